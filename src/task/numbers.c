/* numbers.c - see numbers.h */
#include "task/numbers.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "task/family.h"
#include "task/lines.h"

size_t hr_task_number_count(const hr_task *task) {
    return (size_t)task->seq * (size_t)task->numbers;
}

bool hr_task_number_fits(double value) {
    return fabs(value) <= HR_NUMBER_MOST; /* NaN is not */
}

/* One number, of `size` characters. */
static bool read_number(const char *text, size_t size, double *out) {
    char copy[64];
    if (size >= sizeof copy) return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    return !copy[strspn(copy, "0123456789.eE+-")] && hr_text_number(copy, out);
}

hr_status hr_task_read_numbers(const hr_task *task, const char *text, size_t size, float *out) {
    static const char blanks[] = " \t\r\n";
    size_t wanted = hr_task_number_count(task), count = 0;
    for (size_t i = 0, end; i < size; i = end) {
        double value = 0;
        end = i + 1;
        if (hr_task_is_one_of(text[i], blanks)) continue;
        while (end < size && !hr_task_is_one_of(text[end], blanks)) end++;
        if (!read_number(text + i, end - i, &value))
            return hr_fail(HR_ERR_TASK,
                           "number %zu: \"%.*s\" is no number; they are written 0.5 or 5e-1, with "
                           "blanks between them",
                           count + 1, end - i < 40 ? (int)(end - i) : 40, text + i);
        if (!hr_task_number_fits(value))
            return hr_fail(HR_ERR_TASK, "number %zu: %g is not between %g and %g", count + 1, value,
                           -HR_NUMBER_MOST, HR_NUMBER_MOST);
        if (out && count < wanted) out[count] = (float)value;
        count++;
    }
    if (count == wanted) return HR_OK;
    return hr_fail(HR_ERR_TASK, "%zu number%s; this task has %zu, %d for each of %d cells", count,
                   count == 1 ? "" : "s", wanted, task->numbers, task->seq);
}

void hr_task_write_numbers(const hr_task *task, const float *numbers, hr_buffer *out) {
    size_t count = hr_task_number_count(task);
    for (size_t i = 0; i < count; i++) {
        char text[HR_REAL_SIZE];
        hr_text_float(numbers[i], text);
        hr_buffer_print(out, i ? " %s" : "%s", text);
    }
}

hr_status hr_task_parse_puzzle(const hr_task *task, const char *text, size_t size, uint8_t *tokens,
                               float *numbers) {
    if (!task->numbers) return hr_task_parse(task, text, size, false, tokens);
    const char *mark = memchr(text, HR_NUMBERS_MARK, size);
    size_t cells = mark ? (size_t)(mark - text) : size;
    hr_status status = hr_task_parse(task, text, cells, false, tokens);
    if (status) return status;
    if (!mark)
        return hr_fail(HR_ERR_TASK,
                       "the puzzle comes without numbers; this task has %d for each cell, behind a "
                       "colon after the last one",
                       task->numbers);
    return hr_task_read_numbers(task, mark + 1, size - cells - 1, numbers);
}

char *hr_task_puzzle_text(const hr_task *task, const uint8_t *tokens, const float *numbers) {
    hr_buffer out = {0};
    char *cells = hr_alloc((size_t)task->seq + 1);
    if (cells) task->ops->format(task, tokens, cells);
    hr_buffer_print(&out, "%s", cells ? cells : "");
    if (task->numbers) {
        hr_buffer_print(&out, "%c ", HR_NUMBERS_MARK);
        hr_task_write_numbers(task, numbers, &out);
    }
    if (!cells || out.failed) hr_buffer_free(&out);
    hr_free(cells);
    return out.text;
}

void hr_task_see_numbers(const hr_task *task, const uint32_t *cell, const float *in, float *out) {
    size_t each = (size_t)task->numbers;
    for (size_t i = 0; i < (size_t)task->seq; i++)
        memcpy(out + i * each, in + cell[i] * each, each * sizeof *out);
}
