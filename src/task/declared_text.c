/* declared_text.c - declared tasks as text. A separator may end the rows; where sizes vary, short
 * rows and missing ones are padded when read and cut off when written. No text that is written is
 * longer than the task has cells: where separators do not fit, all rows follow each other.       */
#include "task/declared_text.h"

#include <stdio.h>
#include <string.h>

#include "task/family.h"

/* The token of every character, -1 where there is none. */
static void table(const hr_task *task, bool answer, int *token) {
    const hr_declared *d = task->declared;
    for (int c = 0; c < 256; c++) token[c] = -1;
    for (int t = answer || d->pad ? 0 : 1; t < task->vocab; t++) /* 0: see format */
        if (!t || t >= d->first || (t != d->blank && !answer))
            token[(unsigned char)task->alphabet[t]] = t;
    /* a blank may look like a symbol of the answers; in a question it is the blank */
    if (d->blank && !answer) token[(unsigned char)task->alphabet[d->blank]] = d->blank;
}

static hr_status unknown(const hr_task *task, bool answer, size_t column, char c) {
    const hr_declared *d = task->declared;
    char wanted[320];
    int first = answer ? d->first : d->blank + 1;
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
        return hr_task_refuse_size(task, text, size);
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
    /* without separators only whole rows tell where each begins */
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
