/* declared_text.c - declared tasks as text. A separator may end the rows; where sizes vary, short
 * rows and missing ones are padded when read and cut off when written. No text that is written is
 * longer than the task has cells: where separators do not fit, all rows follow each other.       */
#include "task/declared_text.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "task/draw.h"
#include "task/family.h"

/* The token of every character, -1 where there is none. */
static void table(const hr_task *task, bool answer, int *token) {
    const hr_declared *d = task->declared;
    for (int c = 0; c < 256; c++) token[c] = -1;
    for (int t = 0; t < task->vocab; t++)
        if (!t || t != d->blank) token[(unsigned char)task->alphabet[t]] = t;
    /* a blank may look like a symbol of the answers; in a question it is the blank */
    if (d->blank && !answer) token[(unsigned char)task->alphabet[d->blank]] = d->blank;
}

static hr_status unknown(const hr_task *task, bool answer, size_t column, char c) {
    const hr_declared *d = task->declared;
    char wanted[320];
    int first = d->blank ? d->blank + 1 : 1;
    snprintf(wanted, sizeof wanted, "one of \"%.*s\"", task->vocab - first, task->alphabet + first);
    size_t n = strlen(wanted);
    if (d->blank && !answer)
        snprintf(wanted + n, sizeof wanted - n, " or '%c'", task->alphabet[d->blank]);
    return hr_task_refuse(column, c, wanted);
}

/* Where the next character goes. */
typedef struct place {
    int row, col;
} place;

static void pad_row(const hr_task *task, place *at, uint8_t *tokens) {
    while (at->col < task->cols) tokens[at->row * task->cols + at->col++] = task->declared->pad;
    at->row++;
    at->col = 0;
}

static hr_status end_row(const hr_task *task, place *at, size_t column, uint8_t *tokens) {
    if (at->row + 1 >= task->rows)
        return hr_fail(HR_ERR_TASK, "column %zu begins row %d; this task has %d", column + 1,
                       at->row + 2, task->rows);
    if (at->col < task->cols && !task->declared->pad)
        return hr_fail(HR_ERR_TASK, "row %d has %d characters; this task has %d", at->row + 1,
                       at->col, task->cols);
    pad_row(task, at, tokens);
    return HR_OK;
}

static hr_status put(const hr_task *task, place *at, bool flat, size_t column, uint8_t token,
                     uint8_t *tokens) {
    if (at->col == task->cols && flat) {
        at->row++;
        at->col = 0;
    }
    if (at->row < task->rows && at->col < task->cols) {
        tokens[at->row * task->cols + at->col++] = token;
        return HR_OK;
    }
    if (flat)
        return hr_fail(HR_ERR_TASK, "more than %d characters; this task has no more", task->seq);
    return hr_fail(HR_ERR_TASK, "column %zu: row %d has more than %d characters", column,
                   at->row + 1, task->cols);
}

hr_status hr_declared_parse(const hr_task *task, const char *text, size_t size, bool answer,
                            uint8_t *tokens) {
    const hr_declared *d = task->declared;
    int token[256];
    place at = {0, 0};
    hr_status status = HR_OK;
    bool whole = size == (size_t)task->seq && !memchr(text, d->separator, size);
    bool flat = !d->separator || whole;
    if (!d->pad && !d->separator && size != (size_t)task->seq)
        return hr_task_refuse_size(size, task->seq);
    if (!size) return hr_fail(HR_ERR_TASK, "is empty");
    table(task, answer, token);
    for (size_t i = 0; i < size && !status; i++) {
        int t = token[(unsigned char)text[i]];
        if (d->separator && text[i] == d->separator) status = end_row(task, &at, i + 1, tokens);
        else if (t < 0) status = unknown(task, answer, i + 1, text[i]);
        else status = put(task, &at, flat, i + 1, (uint8_t)t, tokens);
    }
    if (status) return status;
    bool full = at.row + 1 == task->rows && at.col == task->cols;
    if (!full && !d->pad)
        return hr_fail(HR_ERR_TASK, "ends in row %d, column %d; this task has %d x %d", at.row + 1,
                       at.col, task->rows, task->cols);
    while (at.row < task->rows) pad_row(task, &at, tokens);
    return HR_OK;
}

/* Tokens of a row without the padding at its end. */
static int row_size(const hr_task *task, const uint8_t *row) {
    int size = task->cols;
    while (task->declared->pad && size && row[size - 1] == task->declared->pad) size--;
    return size;
}

/* The rows that are not all padding, one at least. */
static int used_rows(const hr_task *task, const uint8_t *tokens) {
    int rows = task->rows;
    while (rows > 1 && row_size(task, tokens + (rows - 1) * task->cols) == 0) rows--;
    return rows;
}

/* Characters of the text with separators; 0 where the task has none, or it would be too long. */
static int separated_size(const hr_task *task, const uint8_t *tokens, int rows) {
    int size = rows - 1;
    for (int r = 0; r < rows; r++) size += row_size(task, tokens + r * task->cols);
    return task->declared->separator && size <= task->seq ? size : 0;
}

void hr_declared_format(const hr_task *task, const uint8_t *tokens, char *text) {
    const hr_declared *d = task->declared;
    int size = 0, rows = used_rows(task, tokens);
    bool separated = separated_size(task, tokens, rows) > 0;
    /* without separators a text that is cut has none to tell its rows by */
    if (d->separator && !separated) rows = task->rows;
    for (int r = 0; r < rows; r++) {
        const uint8_t *row = tokens + r * task->cols;
        bool cut = separated || (!d->separator && r + 1 == rows);
        int cols = cut ? row_size(task, row) : task->cols;
        if (r && separated) text[size++] = d->separator;
        for (int c = 0; c < cols; c++)
            text[size++] = task->alphabet[row[c] < task->vocab ? row[c] : 0];
    }
    text[size] = 0;
}

/* ---- drawing --------------------------------------------------------------------------------- */

/* The line above row r: dashes where the region above is another. */
static void add_border(const hr_task *task, int r, hr_buffer *out) {
    const char *region = task->declared->region + r * task->cols;
    bool any = false;
    for (int c = 0; c < task->cols; c++) any |= region[c] != region[c - task->cols];
    for (int c = 0; any && c < task->cols; c++) {
        bool here = region[c] != region[c - task->cols];
        bool next = c + 1 < task->cols && region[c + 1] != region[c + 1 - task->cols];
        hr_buffer_print(out, "%c%s", here ? '-' : ' ',
                        c + 1 == task->cols ? "\n"
                        : here && next      ? "-"
                                            : " ");
    }
}

char *hr_declared_draw(const hr_task *task, const uint8_t *question, const uint8_t *tokens,
                       hr_draw how) {
    const hr_declared *d = task->declared;
    hr_buffer out = {0};
    for (int i = 0; i < task->seq; i++) {
        int r = i / task->cols, c = i % task->cols, t = tokens[i] < task->vocab ? tokens[i] : 0;
        bool painted = how == HR_DRAW_COLOUR && question && question[i] != tokens[i];
        if (d->region && r && !c) add_border(task, r, &out);
        if (d->region && c) hr_buffer_add(&out, d->region[i] == d->region[i - 1] ? " " : "|", 1);
        if (painted) hr_buffer_print(&out, "\033[1;32m");
        hr_buffer_add(&out, t && t == d->pad ? " " : &task->alphabet[t], 1);
        if (painted) hr_buffer_print(&out, "\033[0m");
        if (c + 1 < task->cols) continue;
        if (how == HR_DRAW_MARKED && question)
            hr_task_add_marks(&out, task->cols, question + i - c, tokens + i - c);
        hr_buffer_add(&out, "\n", 1);
    }
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}
