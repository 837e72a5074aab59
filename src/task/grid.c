/* grid.c - letters and tokens of plain grids. */
#include "task/grid.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "task/family.h"

/* Of the 223 visible bytes one is left for padding. */
enum { SYMBOLS_MAX = 222 };

hr_status hr_grid_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens) {
    (void)answer;
    if (size != (size_t)task->seq) return hr_task_refuse_size(task, text, size);
    int token[256];
    memset(token, -1, sizeof token);
    for (int t = 0; t < task->vocab; t++) token[(unsigned char)task->alphabet[t]] = t;
    for (size_t i = 0; i < size; i++) {
        int t = token[(unsigned char)text[i]];
        if (t < 0) {
            char wanted[300];
            snprintf(wanted, sizeof wanted, "one of \"%.*s\"", task->vocab - 1, task->alphabet + 1);
            return hr_task_refuse(i + 1, text[i], wanted);
        }
        tokens[i] = (uint8_t)t;
    }
    return HR_OK;
}

void hr_grid_format(const hr_task *task, const uint8_t *tokens, char *text) {
    for (int i = 0; i < task->seq; i++) {
        char c = task->alphabet[tokens[i] < task->vocab ? tokens[i] : 0];
        text[i] = c ? c : task->blank ? task->alphabet[task->blank] : '.'; /* padding: no symbol */
    }
    text[task->seq] = 0;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    (void)question;
    hr_verdict verdict = hr_task_check_filled(task, answer, 1, "symbol", why, &why_size);
    if (verdict) return verdict;
    snprintf(why, why_size, "this task has no rules to check an answer by");
    return HR_UNKNOWN;
}

static void write_json(const hr_task *task, hr_buffer *json) {
    hr_buffer_print(json, ", \"rows\": %d, \"cols\": %d, \"alphabet\": \"", task->rows, task->cols);
    for (int t = 1; t < task->vocab; t++) hr_task_add_byte(json, (unsigned char)task->alphabet[t]);
    hr_buffer_print(json, "\"");
}

static hr_status read_json(json_t *root, hr_task *out) {
    static const char *const names[] = {"rows", "cols"};
    const char *utf8 = json_string_value(json_object_get(root, "alphabet"));
    int size[2];
    char alphabet[255];
    size_t symbols;
    hr_status status = hr_task_read_sizes(root, names, 2, 1, size);
    if (status) return status;
    if (!utf8 || !hr_task_read_bytes(utf8, alphabet, sizeof alphabet, &symbols))
        return hr_fail(HR_ERR_FORMAT, "alphabet is no text of known characters");
    return hr_task_grid(size[0], size[1], alphabet, symbols, out);
}

const hr_task_ops hr_family_grid = {
    .name = "grid",
    .padded = true,
    .parse = hr_grid_parse,
    .format = hr_grid_format,
    .check = check,
    .write_json = write_json,
    .read_json = read_json,
};

hr_status hr_task_grid(int rows, int cols, const char *alphabet, size_t symbols, hr_task *out) {
    bool used[256] = {false};
    if (rows < 1 || cols < 1 || rows > HR_TASK_CELLS_MAX / cols)
        return hr_fail(HR_ERR_TASK, "a grid of %d x %d cells is not possible; 1 to %d cells are",
                       rows, cols, HR_TASK_CELLS_MAX);
    if (symbols < 1 || symbols > SYMBOLS_MAX)
        return hr_fail(HR_ERR_TASK, "an alphabet of %zu symbols is not possible; 1 to %d are",
                       symbols, SYMBOLS_MAX);
    *out = (hr_task){.ops = &hr_family_grid,
                     .rules = HR_RULES_NONE,
                     .seq = rows * cols,
                     .rows = rows,
                     .cols = cols,
                     .vocab = (int)symbols + 1};
    for (size_t i = 0; i < symbols; i++) {
        unsigned char c = (unsigned char)alphabet[i];
        if (c < 0x20 || c == 0x7f)
            return hr_fail(HR_ERR_TASK,
                           "symbol %zu of the alphabet is the control character 0x%02x; only "
                           "visible characters and the blank can be symbols",
                           i + 1, c);
        if (used[c])
            return hr_fail(HR_ERR_TASK, "symbol %zu of the alphabet, '%c', occurs twice", i + 1, c);
        used[c] = true;
        out->alphabet[i + 1] = (char)c;
    }
    out->alphabet[0] = hr_task_free_character(used);
    return HR_OK;
}
