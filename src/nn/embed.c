/* embed.c - the input embedding and its gradients. */
#include "nn/embed.h"

#include <math.h>
#include <string.h>

/* Factor from an embedding to x. */
static hr_real embedding_scale(const hr_spec *spec) {
    double scale = sqrt((double)spec->hidden);
    return (hr_real)(spec->pos == HR_POS_LEARNED ? scale * 0.707106781 : scale);
}

static const hr_real *values(const hr_model *model, const hr_param *p) {
    return p ? model->params + p->offset : NULL;
}

/* The sum over a cell's candidates. */
static void embed_set(const hr_model *model, const hr_real *table, int32_t set, hr_real *x) {
    size_t d = (size_t)model->spec.hidden;
    memset(x, 0, d * sizeof *x);
    for (int s = 0; s < model->spec.symbols; s++)
        if (set >> s & 1) model->kern->add(x, x, table + (size_t)s * d, d);
}

/* What channel f sees of a cell. */
static size_t kind_of(const hr_spec *spec, int32_t input, size_t f) {
    bool there = spec->symbols ? input >> f & 1 : (size_t)input == f;
    return there ? HR_CHANNEL_PRESENT : HR_CHANNEL_ABSENT;
}

/* What channel f sees of a cell, and which one it is where that matters. */
static void embed_kind(const hr_model *model, const hr_real *table, int32_t input, size_t f,
                       hr_real *x) {
    const hr_spec *spec = &model->spec;
    size_t d = (size_t)spec->hidden;
    memcpy(x, table + kind_of(spec, input, f) * d, d * sizeof *x);
    if (f < (size_t)spec->own_channels)
        model->kern->add(x, x, table + (HR_CHANNEL_KINDS + f) * d, d);
}

/* Adds to a cell its numbers' vectors, each so many times. */
static void embed_numbers(const hr_model *model, const float *numbers, hr_real *x) {
    const hr_param *p = model->places.numbers;
    const hr_real *table = values(model, p);
    for (size_t k = 0; k < p->rows; k++)
        for (size_t c = 0; c < p->cols; c++) x[c] += (hr_real)numbers[k] * table[k * p->cols + c];
}

/* What stands for a puzzle: its row of the puzzle embedding and the vector of its view, or NULL. */
typedef struct vectors {
    const hr_real *row, *view;
} vectors;

static vectors vectors_of(const hr_model *model, int32_t id) {
    const hr_spec *spec = &model->spec;
    vectors p = {values(model, model->places.puzzles), values(model, model->places.views)};
    if (p.row) p.row += hr_puzzle_row(spec, id) * (size_t)spec->puzzle_emb_ndim;
    if (p.view) p.view += hr_puzzle_view(spec, id) * (size_t)spec->hidden;
    return p;
}

/* Channel f of the i-th row of a row block, T tokens. */
static void embed_channel(const hr_model *model, const hr_row_block *block, int i, size_t f,
                          const hr_batch *batch, const vectors *puzzle, hr_real *x) {
    const hr_spec *spec = &model->spec;
    const hr_places *places = &model->places;
    const hr_dims *s = &block->dims;
    const size_t first = hr_row_at(block, i) * (size_t)spec->seq;
    const int32_t *tokens = batch->inputs + first;
    const hr_real *table = values(model, places->tokens), *prefix = values(model, places->prefix);
    const hr_real *row = values(model, places->row), *col = values(model, places->col);
    const hr_real *pos = values(model, places->pos);
    const hr_real scale = embedding_scale(&model->spec);
    memset(x, 0, s->prefix * s->d * sizeof *x);
    bool cells = spec->puzzle_emb_cells; /* the puzzle stands in them all, or before them */
    if (puzzle->row && !cells) memcpy(x, puzzle->row, (size_t)spec->puzzle_emb_ndim * sizeof *x);
    if (puzzle->view && !cells) model->kern->add(x, x, puzzle->view, s->d);
    if (prefix) memcpy(x, prefix, s->d * sizeof *x);
    if (pos && s->prefix) model->kern->add(x, x, pos, s->prefix * s->d);
    for (size_t t = 0; t < s->seq; t++) {
        size_t at = hr_cell_at(block, i, t);
        hr_real *cell = x + (s->prefix + t) * s->d;
        if (s->channels > 1) embed_kind(model, table, tokens[at], f, cell);
        else if (spec->symbols) embed_set(model, table, tokens[at], cell);
        else memcpy(cell, table + (size_t)tokens[at] * s->d, s->d * sizeof *x);
        if (places->numbers)
            embed_numbers(model, batch->numbers + (first + at) * (size_t)spec->numbers, cell);
        if (cells) model->kern->add(cell, cell, puzzle->row + f * s->d, s->d);
        if (puzzle->view && cells) model->kern->add(cell, cell, puzzle->view, s->d);
        if (pos) model->kern->add(cell, cell, pos + (s->prefix + at) * s->d, s->d);
        if (!row) continue;
        model->kern->add(cell, cell, row + at / (size_t)spec->cols * s->d, s->d);
        model->kern->add(cell, cell, col + at % (size_t)spec->cols * s->d, s->d);
    }
    for (size_t k = 0; k < s->tokens * s->d; k++) x[k] *= scale;
}

void hr_embed_forward(const hr_model *model, const hr_row_block *block, const hr_batch *batch,
                      hr_real *x) {
    for (int i = 0; i < block->rows; i++) {
        size_t at = hr_row_at(block, i);
        vectors own = vectors_of(model, batch->ids[at]);
        for (size_t f = 0; f < block->dims.channels; f++, x += block->dims.tokens * block->dims.d)
            embed_channel(model, block, i, f, batch, &own, x);
    }
}

/* Adds scale * d to the gradient of row `row` of a table, in columns [from, to), the first of which
 * begins the sums. */
static void spread(const hr_param *table, size_t row, hr_real scale, const hr_real *d,
                   hr_real *sums, size_t from, size_t to) {
    hr_real *at = sums + table->offset + row * table->cols;
    for (size_t c = from; c < to; c++) at[c - from] += scale * d[c];
}

/* The gradient at what channel f sees of a cell, as embed_channel has it. */
static void spread_input(const hr_model *model, int32_t input, size_t f, const hr_real *d,
                         hr_real *sums, size_t from, size_t to) {
    const hr_spec *spec = &model->spec;
    const hr_param *table = model->places.tokens;
    const hr_real scale = embedding_scale(spec);
    if (spec->symbol_channels) {
        spread(table, kind_of(spec, input, f), scale, d, sums, from, to);
        if (f < (size_t)spec->own_channels)
            spread(table, HR_CHANNEL_KINDS + f, scale, d, sums, from, to);
        return;
    }
    if (!spec->symbols) spread(table, (size_t)input, scale, d, sums, from, to);
    for (int k = 0; k < spec->symbols; k++)
        if (input >> k & 1) spread(table, (size_t)k, scale, d, sums, from, to);
}

void hr_embed_clear(const hr_model *m, hr_real *sums, size_t from, size_t to) {
    if (to - from == (size_t)m->spec.hidden) memset(sums, 0, m->embed_count * sizeof *sums);
    else
        for (const hr_param *p = m->table.param; p->role == HR_ROLE_EMBEDDING; p++)
            for (size_t r = 0; r < p->rows; r++)
                memset(sums + p->offset + r * p->cols, 0, (to - from) * sizeof *sums);
}

void hr_embed_backward(const hr_model *model, const hr_row_block *block, const hr_batch *batch,
                       const hr_real *dx, hr_real *sums, size_t from, size_t to) {
    const hr_dims *s = &block->dims;
    const hr_spec *spec = &model->spec;
    const hr_places *p = &model->places;
    const hr_real scale = embedding_scale(spec), *d = dx;
    const size_t numbers = (size_t)spec->numbers;
    for (size_t k = 0; k < (size_t)block->rows * s->channels; k++) {
        int i = (int)(k / s->channels);
        size_t f = k % s->channels;
        const int32_t *input = batch->inputs + hr_row_at(block, i) * (size_t)spec->seq;
        const float *given =
            numbers ? batch->numbers + hr_row_at(block, i) * (size_t)spec->seq * numbers : NULL;
        size_t view = hr_puzzle_view(spec, batch->ids[hr_row_at(block, i)]);
        for (size_t t = 0; t < s->tokens; t++, d += s->d) {
            size_t cell = t < s->prefix ? 0 : hr_cell_at(block, i, t - s->prefix);
            if (p->pos)
                spread(p->pos, t < s->prefix ? t : s->prefix + cell, scale, d, sums, from, to);
            if (p->views && (spec->puzzle_emb_cells || !t))
                spread(p->views, view, scale, d, sums, from, to);
            if (t < s->prefix) {
                if (p->prefix) spread(p->prefix, t, scale, d, sums, from, to);
                continue;
            }
            spread_input(model, input[cell], f, d, sums, from, to);
            for (size_t n = 0; n < numbers; n++)
                spread(p->numbers, n, scale * (hr_real)given[cell * numbers + n], d, sums, from,
                       to);
            if (!p->row) continue;
            spread(p->row, cell / (size_t)spec->cols, scale, d, sums, from, to);
            spread(p->col, cell % (size_t)spec->cols, scale, d, sums, from, to);
        }
    }
}

void hr_embed_puzzle_backward(const hr_model *model, const hr_real *dx, size_t tokens,
                              hr_real *puzzle_grad) {
    const hr_real scale = embedding_scale(&model->spec);
    size_t channels = (size_t)hr_spec_channels(&model->spec), d = (size_t)model->spec.hidden;
    size_t count = (size_t)model->spec.puzzle_emb_ndim / channels;
    size_t times = model->spec.puzzle_emb_cells ? tokens : 1;
    for (size_t f = 0; f < channels; f++, dx += tokens * d, puzzle_grad += count)
        for (size_t i = 0; i < count; i++) {
            hr_real sum = dx[i];
            for (size_t t = 1; t < times; t++) sum += dx[t * count + i];
            puzzle_grad[i] = scale * sum;
        }
}
