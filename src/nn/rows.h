/* rows.h - which cells of a row take part, and which rows run together.
 *
 * A row block holds rows of one shape: of as many tokens and, with a convolution, of one grid. They
 * run in one go, so it aims at as many tokens as stay in a core's cache: the shorter its rows, the
 * more of them. Row blocks follow from the rows alone.
 *
 * Without skip_padding a row has all its cells, and rows come in the order of the batch. With it a
 * row has the cells that are not padding, closed up; with a convolution, which needs a grid, all
 * cells of the smallest rectangle around those, padding and all. A row of nothing but padding keeps
 * its first cell, since a net needs a token. Padding that is computed after all has no loss, and
 * nobody sees its logits. Rows come by size, the largest first, those of one shape in the order of
 * the batch.                                                                                     */
#ifndef HR_ROWS_H
#define HR_ROWS_H

#include "nn/block.h"

enum { HR_ROW_BLOCK_TOKENS = 330 }; /* that a row block aims at */

/* The rows at work: a batch, or a part of one. */
typedef struct hr_rows {
    const hr_spec *spec;
    hr_dims full; /* of a row with all its cells */
    int from, count;
    int blocks;
    /* With skip_padding, for up to `most` rows: */
    int most;
    struct hr_cut *cut; /* (most) the row blocks */
    int32_t *row;       /* (most) by place: the row of the batch */
    int32_t *cell;      /* (most x seq) by place: the cells that take part */
    int32_t *shape;     /* (most) by row */
    int32_t *corner;    /* (most) by row: the first cell of its rectangle */
    int32_t *next;      /* (seq) by shape: rows, then the place of the next */
} hr_rows;

typedef struct hr_row_block {
    hr_dims dims;    /* of each of its rows */
    int first, rows; /* places */
    size_t start;    /* tokens of the places before */
    int from;        /* the row of the first place, where places are rows */
    const int32_t *row, *cell;
    size_t stride; /* cells from one row to the next in `cell` */
} hr_row_block;

/* most: rows at a time, where padding is skipped; otherwise any number of them will do. */
void hr_rows_take(hr_rows *rows, const hr_spec *spec, int most, hr_arena *arena);
/* The largest row block in tokens, and how many rows of full size one has. */
size_t hr_rows_capacity(const hr_dims *full, bool skip_padding);
int hr_rows_each(const hr_dims *full);

/* Puts rows from..from+count-1 of the batch to work. */
void hr_rows_set(hr_rows *rows, const hr_batch *batch, int from, int count);
/* Row block i of them; it borrows from rows. */
hr_row_block hr_rows_block(const hr_rows *rows, int i);

/* Their tokens. */
size_t hr_rows_tokens(const hr_rows *rows);

/* The row of the batch that is i-th in a row block, and the cell that its token t (prefix not
 * counted) is. */
static inline size_t hr_row_at(const hr_row_block *b, int i) {
    return (size_t)(b->row ? b->row[i] : b->from + i);
}
static inline size_t hr_cell_at(const hr_row_block *b, int i, size_t t) {
    return b->cell ? (size_t)b->cell[(size_t)i * b->stride + t] : t;
}

/* Rotary angles of the row block's tokens, as they stand in the whole puzzle, into cos and sin
 * (tokens of the row block x head_dim/2), which its dims then borrow; nothing where the model's own
 * are right. */
void hr_rows_rotary(hr_row_block *block, const hr_model *model, hr_real *cos, hr_real *sin);
/* Logits of the i-th row's tokens (cells that take part x outputs) into those of the whole row (seq
 * x outputs), where padding is padding for sure. inputs: of the row. */
void hr_rows_spread(const hr_row_block *block, int i, const hr_spec *spec, const int32_t *inputs,
                    const hr_real *logits, hr_real *out);

#endif
