/* lines.c - rows and blanks of puzzles in files. */
#include "task/lines.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "task/declared_parts.h"
#include "task/family.h"

/* Copies a text without its line ends; where the task has a separator of rows, that replaces them.
 */
static size_t join_lines(const hr_task *task, const char *text, size_t size, char *out) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++) {
        if (!hr_task_is_one_of(text[i], "\r\n")) out[n++] = text[i];
        else if (task->declared && task->declared->separator && text[i] == '\n')
            out[n++] = task->declared->separator;
    }
    return n;
}

hr_status hr_task_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens) {
    bool blank = memchr(task->alphabet + 1, ' ', (size_t)task->vocab - 1);
    char *joined = NULL;
    while (size && hr_task_is_one_of(text[size - 1], "\r\n")) size--;
    if (!task->ops->line_rows && (memchr(text, '\n', size) || memchr(text, '\r', size))) {
        joined = hr_alloc(size);
        if (!joined) return HR_ERR_MEM;
        size = join_lines(task, text, size, joined);
        text = joined;
    }
    while (size && hr_task_is_one_of(text[size - 1], " \t") && (!blank || size > (size_t)task->seq))
        size--;
    size_t before = 0; /* blanks before the first cell; families with lines pass over their own */
    while (!task->ops->line_rows && before < size && hr_task_is_one_of(text[before], " \t") &&
           (!blank || size - before > (size_t)task->seq))
        before++;
    hr_status status = task->ops->parse(task, text + before, size - before, answer, tokens);
    long cell = status ? hr_error_failure().cell : 0;
    if (cell) hr_fail_cell(status, (size_t)cell + before);
    hr_free(joined);
    return status;
}

hr_status hr_task_parse_open(const hr_task *task, const char *question, const char *answer,
                             size_t size, uint8_t *tokens) {
    bool symbol = memchr(task->alphabet + 1, '.', (size_t)task->vocab - 1);
    if (symbol || size != (size_t)task->seq || !memchr(answer, '.', size))
        return hr_task_parse(task, answer, size, true, tokens);
    char *filled = hr_alloc(size);
    if (!filled) return HR_ERR_MEM;
    for (size_t i = 0; i < size; i++) filled[i] = answer[i] == '.' ? question[i] : answer[i];
    hr_status status = hr_task_parse(task, filled, size, true, tokens);
    hr_free(filled);
    return status;
}

/* A line of words and a number: "Grid 01", "Puzzle #3:". */
static bool is_heading(const char *line, size_t size) {
    size_t i = 0, words;
    while (i < size && (isalpha((unsigned char)line[i]) || line[i] == ' ')) i++;
    words = i;
    while (i < size && hr_task_is_one_of(line[i], "0123456789#:. ")) i++;
    return words > 1 && line[words - 1] == ' ' && isalpha((unsigned char)*line) && i == size &&
           i > words;
}

int hr_task_rows(const hr_task *task, const char *line, size_t size) {
    while (size && hr_task_is_one_of(line[size - 1], "\r\n")) size--;
    bool row = task->rows > 1 && !task->padding && size == (size_t)task->cols;
    if (!size) return 0;
    if (!row && size != (size_t)task->seq && is_heading(line, size)) return -1;
    return task->ops->line_rows ? task->ops->line_rows(task, line, size) : row ? task->rows : 1;
}
