/* rows.c - shapes of rows, and row blocks of one shape. */
#include "nn/rows.h"

#include <string.h>

static const hr_real SURE = 30; /* a logit */

/* A row block as it is remembered. */
struct hr_cut {
    int first, rows, shape;
    size_t start;
};

int hr_rows_each(const hr_dims *full) {
    int rows = (int)(HR_ROW_BLOCK_TOKENS / hr_row_tokens(full));
    return rows < 1 ? 1 : rows;
}

size_t hr_rows_capacity(const hr_dims *full, bool skip_padding) {
    size_t capacity = (size_t)hr_rows_each(full) * hr_row_tokens(full);
    return skip_padding && capacity < HR_ROW_BLOCK_TOKENS ? HR_ROW_BLOCK_TOKENS : capacity;
}

void hr_rows_take(hr_rows *r, const hr_spec *spec, int most, hr_arena *arena) {
    *r = (hr_rows){.spec = spec, .full = hr_dims_of(spec), .most = most};
    if (!spec->skip_padding) return;
    size_t rows = (size_t)most, seq = (size_t)spec->seq;
    r->cut = HR_TAKE(arena, struct hr_cut, rows);
    r->row = HR_TAKE(arena, int32_t, rows);
    r->cell = HR_TAKE(arena, int32_t, rows * seq);
    r->shape = HR_TAKE(arena, int32_t, rows);
    r->corner = HR_TAKE(arena, int32_t, rows);
    r->next = HR_TAKE(arena, int32_t, seq);
}

/* A shape is a number below seq: of a grid its last cell, counted as in the whole one; else how
 * many cells there are, less one. */
static void give_shape(hr_dims *s, bool grid, int shape) {
    s->seq = (size_t)shape + 1;
    if (grid) {
        size_t last = (size_t)shape;
        s->grid_rows = last / s->grid_cols + 1;
        s->grid_cols = last % s->grid_cols + 1;
        s->seq = s->grid_rows * s->grid_cols;
    }
    s->tokens = s->prefix + s->seq;
}

static bool is_padding(int32_t input, int32_t padding) {
    return (input & ~HR_GIVEN) == padding;
}

static void measure(hr_rows *r, const int32_t *inputs, int i) {
    const int32_t padding = hr_padding_of(r->spec);
    const int seq = r->spec->seq, cols = (int)r->full.grid_cols;
    int count = 0, top = seq, left = seq, bottom = 0, right = 0;
    for (int t = 0; t < seq; t++) {
        if (is_padding(inputs[t], padding)) continue;
        int row = t / cols, col = t % cols;
        if (!count) top = row;
        bottom = row;
        if (col < left) left = col;
        if (col > right) right = col;
        count++;
    }
    if (!count) top = left = 0;
    bool grid = r->full.taps;
    r->shape[i] = grid ? (bottom - top) * cols + right - left : count ? count - 1 : 0;
    r->corner[i] = top * cols + left;
}

/* The cells of the row at a place. */
static void list_cells(const hr_rows *r, const int32_t *inputs, int i, int place) {
    const int32_t padding = hr_padding_of(r->spec);
    int32_t *cell = r->cell + (size_t)place * (size_t)r->spec->seq;
    hr_dims s = r->full;
    give_shape(&s, s.taps, r->shape[i]);
    size_t n = 0;
    if (s.taps) {
        for (size_t row = 0; row < s.grid_rows; row++)
            for (size_t col = 0; col < s.grid_cols; col++)
                cell[n++] = r->corner[i] + (int32_t)(row * r->full.grid_cols + col);
        return;
    }
    for (int t = 0; t < r->spec->seq; t++)
        if (!is_padding(inputs[t], padding)) cell[n++] = t;
    if (!n) cell[0] = 0;
}

/* Cuts the rows of a shape, which have the places from `first` on, into row blocks. */
static void cut_shape(hr_rows *r, int shape, int first, int rows, size_t *start) {
    hr_dims s = r->full;
    give_shape(&s, s.taps, shape);
    for (int each = hr_rows_each(&s), count; rows; first += count, rows -= count) {
        count = rows < each ? rows : each;
        r->cut[r->blocks++] = (struct hr_cut){first, count, shape, *start};
        *start += (size_t)count * hr_row_tokens(&s);
    }
}

void hr_rows_set(hr_rows *r, const hr_batch *batch, int from, int count) {
    size_t seq = (size_t)r->spec->seq, start = 0;
    int each = hr_rows_each(&r->full), place = 0;
    r->from = from;
    r->count = count;
    r->blocks = (count + each - 1) / each;
    if (!r->spec->skip_padding) return;
    r->blocks = 0;
    memset(r->next, 0, seq * sizeof *r->next);
    const int32_t *inputs = batch->inputs + (size_t)from * seq;
    for (int i = 0; i < count; i++) {
        measure(r, inputs + (size_t)i * seq, i);
        r->next[r->shape[i]]++;
    }
    for (int shape = (int)seq - 1; shape >= 0; shape--) {
        int rows = r->next[shape];
        cut_shape(r, shape, place, rows, &start);
        r->next[shape] = place;
        place += rows;
    }
    for (int i = 0; i < count; i++) {
        place = r->next[r->shape[i]]++;
        r->row[place] = from + i;
        list_cells(r, inputs + (size_t)i * seq, i, place);
    }
}

hr_row_block hr_rows_block(const hr_rows *r, int i) {
    hr_row_block b = {.dims = r->full, .stride = r->full.seq};
    if (!r->spec->skip_padding) {
        int each = hr_rows_each(&r->full);
        b.first = i * each;
        b.rows = r->count - b.first < each ? r->count - b.first : each;
        b.start = (size_t)b.first * hr_row_tokens(&r->full);
        b.from = r->from + b.first;
        return b;
    }
    const struct hr_cut *cut = &r->cut[i];
    b.first = cut->first;
    b.rows = cut->rows;
    b.start = cut->start;
    b.row = r->row + cut->first;
    b.cell = r->cell + (size_t)cut->first * b.stride;
    give_shape(&b.dims, b.dims.taps, cut->shape);
    return b;
}

size_t hr_rows_tokens(const hr_rows *r) {
    if (!r->blocks) return 0;
    hr_row_block last = hr_rows_block(r, r->blocks - 1);
    return last.start + (size_t)last.rows * hr_row_tokens(&last.dims);
}

void hr_rows_rotary(hr_row_block *b, const hr_model *m, hr_real *cos, hr_real *sin) {
    const hr_dims *s = &b->dims;
    bool moved = false; /* some row has lost more than its end */
    for (int i = 0; b->cell && i < b->rows; i++) moved |= hr_cell_at(b, i, s->seq - 1) >= s->seq;
    if (!m->cos || !moved) return;
    size_t half = s->head_dim / 2, bytes = half * sizeof *cos, to = 0;
    for (int i = 0; i < b->rows; i++)
        for (size_t t = 0; t < s->tokens; t++, to += half) {
            size_t token = t < s->prefix ? t : s->prefix + hr_cell_at(b, i, t - s->prefix);
            memcpy(cos + to, m->cos + token * half, bytes);
            memcpy(sin + to, m->sin + token * half, bytes);
        }
    b->dims.cos = cos;
    b->dims.sin = sin;
}

void hr_rows_spread(const hr_row_block *b, int i, const hr_spec *spec, const int32_t *inputs,
                    const hr_real *logits, hr_real *out) {
    const int32_t padding = hr_padding_of(spec);
    const size_t outputs = b->dims.outputs;
    if (!b->cell) {
        memcpy(out, logits, b->dims.seq * outputs * sizeof *out);
        return;
    }
    for (size_t t = 0; t < b->dims.seq; t++)
        memcpy(out + hr_cell_at(b, i, t) * outputs, logits + t * outputs, outputs * sizeof *out);
    int kinds = spec->symbols ? spec->symbols : spec->vocab, own = spec->pad - spec->vocab + kinds;
    for (int t = 0; padding >= 0 && t < spec->seq; t++)
        for (size_t k = 0; is_padding(inputs[t], padding) && k < outputs; k++)
            out[(size_t)t * outputs + k] = (int)k % kinds == own ? SURE : -SURE;
}
