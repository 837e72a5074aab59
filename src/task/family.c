/* family.c - refusals, and pieces of text and JSON that several families read and write. */
#include "task/family.h"

#include <jansson.h>
#include <string.h>
#include <stdio.h>

bool hr_task_is_one_of(char c, const char *list) {
    return c && strchr(list, c);
}

hr_status hr_task_refuse_row(const hr_task *task, size_t row, size_t cells) {
    return hr_fail(HR_ERR_TASK, "row %zu has %zu cell%s; this task has %d in a row", row, cells,
                   cells == 1 ? "" : "s", task->cols);
}

hr_status hr_task_refuse(size_t column, char c, const char *wanted) {
    unsigned char byte = (unsigned char)c;
    if (byte < 0x20 || byte >= 0x7f)
        hr_fail(HR_ERR_TASK, "column %zu holds the byte 0x%02x; it should be %s", column, byte,
                wanted);
    else hr_fail(HR_ERR_TASK, "column %zu holds '%c'; it should be %s", column, c, wanted);
    return hr_fail_cell(HR_ERR_TASK, column);
}

size_t hr_task_letters(const char *text, size_t size) {
    size_t letters = 0;
    for (size_t i = 0; i < size; letters++) {
        size_t bytes = hr_text_letter(text + i, size - i);
        i += bytes ? bytes : 1;
    }
    return letters;
}

hr_status hr_task_refuse_size(const hr_task *task, const char *text, size_t size) {
    size_t letters = text ? hr_task_letters(text, size) : size;
    char grid[40] = "";
    if (task->rows > 1) snprintf(grid, sizeof grid, " (%d x %d)", task->rows, task->cols);
    if (letters == size)
        return hr_fail(HR_ERR_TASK, "%zu character%s; this task has %d%s", size,
                       size == 1 ? "" : "s", task->seq, grid);
    return hr_fail(HR_ERR_TASK,
                   "%zu characters, some of them beyond ASCII; this task has %d%s, and a symbol is "
                   "one byte (ASCII)",
                   letters, task->seq, grid);
}

hr_verdict hr_task_check_filled(const hr_task *task, const uint8_t *answer, int first,
                                const char *what, char *why, size_t *why_size) {
    if (!why) *why_size = 0;
    if (*why_size) why[0] = 0;
    for (int i = 0; i < task->seq; i++) {
        if (answer[i] >= first && answer[i] < task->vocab) continue;
        snprintf(why, *why_size, "row %d, column %d holds no %s", i / task->cols + 1,
                 i % task->cols + 1, what);
        return HR_INCOMPLETE;
    }
    return HR_SOLVED;
}

int hr_task_side(size_t n) {
    int root = 1;
    while ((size_t)root * (size_t)root < n) root++;
    return (size_t)root * (size_t)root == n ? root : 0;
}

int hr_task_neighbours(const hr_task *task, int cell, int out[4]) {
    int n = 0, cols = task->cols, r = cell / cols, c = cell % cols;
    if (r + 1 < task->rows) out[n++] = cell + cols;
    if (c > 0) out[n++] = cell - 1;
    if (c + 1 < cols) out[n++] = cell + 1;
    if (r > 0) out[n++] = cell - cols;
    return n;
}

char hr_task_free_character(const bool used[256]) {
    for (const char *c = "_?~^"; *c; c++)
        if (!used[(unsigned char)*c]) return *c;
    int c = 255;
    while (used[c] || c == 0x7f) c--;
    return (char)c;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

hr_status hr_task_set_letters(hr_task *task, const char *letters, size_t count) {
    bool used[256] = {false};
    if (!task->ops->of_length || task->ops->voted || count + 1 != (size_t)task->vocab)
        return hr_fail(HR_ERR_TASK, "letters: %zu characters; %s has %d, in place of \"%.*s\"",
                       count, task->ops->name, task->vocab - 1, task->vocab - 1,
                       task->alphabet + 1);
    for (size_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)letters[i];
        if (c < 0x20 || c == 0x7f || used[c])
            return hr_fail(HR_ERR_TASK, "letters: character %zu is not visible, or comes twice",
                           i + 1);
        used[c] = true;
    }
    memcpy(task->alphabet + 1, letters, count);
    if (used[(unsigned char)task->alphabet[0]]) task->alphabet[0] = hr_task_free_character(used);
    return HR_OK;
}

void hr_task_add_byte(hr_buffer *json, unsigned char c) {
    if (c < 0x20 || c >= 0x7f) hr_buffer_print(json, "\\u%04x", c);
    else if (c == '"' || c == '\\') hr_buffer_print(json, "\\%c", c);
    else hr_buffer_print(json, "%c", c);
}

bool hr_task_read_bytes(const char *utf8, char *bytes, size_t most, size_t *count) {
    size_t n = 0;
    for (const unsigned char *p = (const unsigned char *)utf8; *p; p++) {
        unsigned c = *p;
        if (c >= 0x80) {
            if (c > 0xc3 || c < 0xc2) return false;
            c = (c & 3) << 6 | (*++p & 0x3f);
        }
        if (n == most) return false;
        bytes[n++] = (char)c;
    }
    *count = n;
    return true;
}

hr_status hr_task_read_sizes(json_t *root, const char *const *names, int count, int more,
                             int *sizes) {
    if (json_object_size(root) != (size_t)(count + more + 1))
        return hr_fail(HR_ERR_FORMAT, "holds %zu keys where %d are known", json_object_size(root),
                       count + more + 1);
    for (int i = 0; i < count; i++) {
        const json_t *value = json_object_get(root, names[i]);
        json_int_t size = json_integer_value(value);
        if (!json_is_integer(value) || size < 0 || size > HR_TASK_CELLS_MAX)
            return hr_fail(HR_ERR_FORMAT, "%s is not a whole number between 0 and %d", names[i],
                           HR_TASK_CELLS_MAX);
        sizes[i] = (int)size;
    }
    return HR_OK;
}
