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

/* Refuses lines of several lengths of a task of one row. */
static hr_status check_lines(const char *text, size_t size) {
    size_t first = 0, row = 0;
    for (size_t i = 0, end; i < size; i = end + 1) {
        for (end = i; end < size && !hr_task_is_one_of(text[end], "\r\n");) end++;
        if (end == i) continue;
        if (!row++) first = end - i;
        if (end - i != first)
            return hr_fail(HR_ERR_TASK,
                           "row %zu has %zu cell%s, row 1 has %zu; this task has one row", row,
                           end - i, end - i == 1 ? "" : "s", first);
    }
    return HR_OK;
}

/* Refuses rows that are not as long as the task's: joined they would be another puzzle. */
static hr_status check_rows(const hr_task *task, const char *text, size_t size) {
    bool separated = task->declared && task->declared->separator;
    size_t row = 0;
    if (task->rows < 2 && !separated) return check_lines(text, size);
    if (task->padding || separated) return HR_OK;
    for (size_t i = 0, end; i < size; i = end + 1) {
        for (end = i; end < size && !hr_task_is_one_of(text[end], "\r\n");) end++;
        if (end == i) continue;
        row++;
        if (end - i != (size_t)task->cols && end - i != (size_t)task->seq)
            return hr_task_refuse_row(task, row, end - i);
    }
    return HR_OK;
}

hr_status hr_task_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens) {
    bool blank = memchr(task->alphabet + 1, ' ', (size_t)task->vocab - 1);
    char *joined = NULL;
    while (size && hr_task_is_one_of(text[size - 1], "\r\n")) size--;
    if (!task->ops->line_rows && (memchr(text, '\n', size) || memchr(text, '\r', size))) {
        hr_status status = check_rows(task, text, size);
        if (status) return status;
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

/* Whether an answer of the task can hold this character as a symbol. */
static bool holds(const hr_task *task, char c) {
    const hr_declared *d = task->declared;
    for (int t = 1; t < task->vocab; t++)
        if (task->alphabet[t] == c && t != task->blank && (!d || d->in_answer[t] || t == d->pad))
            return true;
    return d && d->separator == c;
}

char hr_task_unknown(const hr_task *task) {
    char blank = task->blank ? task->alphabet[task->blank] : '.';
    if (!holds(task, blank)) return blank;
    return holds(task, '.') ? 0 : '.';
}

char hr_task_mark(const hr_task *task) {
    bool used[256] = {false};
    for (int t = 0; t < task->vocab; t++) used[(unsigned char)task->alphabet[t]] = true;
    if (task->declared) used[(unsigned char)task->declared->separator] = true;
    return used['?'] ? hr_task_free_character(used) : '?';
}

char hr_task_unknown_or_mark(const hr_task *task) {
    char unknown = hr_task_unknown(task);
    return unknown ? unknown : hr_task_mark(task);
}

/* The tokens of an answer that reads as a question with open cells; false where it does not. dot:
 * a '.' is one. */
static bool parse_as_question(const hr_task *task, const char *answer, size_t size, bool dot,
                              uint8_t *tokens) {
    char blank = task->blank ? task->alphabet[task->blank] : '.';
    bool open = false;
    char *text = hr_alloc(size ? size : 1);
    for (size_t i = 0; text && i < size; i++) text[i] = dot && answer[i] == '.' ? blank : answer[i];
    bool good = text && !hr_task_parse(task, text, size, false, tokens);
    hr_free(text);
    for (int t = 0; good && t < task->seq; t++) {
        bool unknown = task->blank ? tokens[t] == task->blank : task->alphabet[tokens[t]] == '.';
        if (unknown) tokens[t] = 0;
        open |= unknown;
    }
    return good && open;
}

hr_status hr_task_parse_partial(const hr_task *task, const char *question, const char *answer,
                                const size_t size[2], uint8_t *tokens) {
    bool dot = !holds(task, '.');
    if (dot && size[0] == size[1] && !hr_task_parse_open(task, question, answer, size[1], tokens)) {
        for (int t = 0; t < task->seq; t++)
            if (answer[t] == '.') tokens[t] = 0;
        return HR_OK;
    }
    if (hr_task_unknown(task) && parse_as_question(task, answer, size[1], dot, tokens))
        return HR_OK;
    return hr_task_parse(task, answer, size[1], true, tokens); /* for its message */
}

/* Or a part of one, in UTF-8. */
static bool is_letter(char c) {
    return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A line of words and a number: "Grid 01", "Puzzle #3:"; or a word in brackets: "[Puzzle]". */
static bool is_heading(const hr_task *task, const char *line, size_t size) {
    size_t i = 0, words;
    if (*line == '[' && !memchr(task->alphabet + 1, '[', (size_t)task->vocab - 1)) {
        for (i = 1; i < size && is_letter(line[i]);) i++;
        return i > 1 && i + 1 == size && line[i] == ']';
    }
    while (i < size && (is_letter(line[i]) || line[i] == ' ')) i++;
    words = i;
    while (i < size && hr_task_is_one_of(line[i], "0123456789#:. ")) i++;
    return words > 1 && line[words - 1] == ' ' && is_letter(*line) && i == size && i > words;
}

int hr_task_rows(const hr_task *task, const char *line, size_t size) {
    while (size && hr_task_is_one_of(line[size - 1], "\r\n")) size--;
    bool row = task->rows > 1 && !task->padding && size == (size_t)task->cols;
    if (!size) return 0;
    if (task->numbers && memchr(line, HR_NUMBERS_MARK, size) && !is_heading(task, line, size))
        return 1;
    if (!row && size != (size_t)task->seq && is_heading(task, line, size)) return -1;
    return task->ops->line_rows ? task->ops->line_rows(task, line, size) : row ? task->rows : 1;
}
