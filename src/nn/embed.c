/* embed.c - the input embedding and its gradients. */
#include "nn/embed.h"

#include <math.h>
#include <string.h>

/* Factor from an embedding to x. */
static hr_real embedding_scale(const hr_spec *spec) {
    double scale = sqrt((double)spec->hidden);
    return (hr_real)(spec->pos == HR_POS_LEARNED ? scale * 0.707106781 : scale);
}

static const hr_real *param(const hr_model *model, const char *name) {
    const hr_param *p = hr_param_find(&model->table, name);
    return p ? model->params + p->offset : NULL;
}

/* The sum over a cell's candidates. */
static void embed_set(const hr_model *model, const hr_real *table, int32_t set, hr_real *x) {
    size_t d = (size_t)model->spec.hidden;
    memset(x, 0, d * sizeof *x);
    for (int s = 0; s < model->spec.symbols; s++)
        if (set >> s & 1) model->kern->add(x, x, table + (size_t)s * d, d);
}

static void embed_row(const hr_model *model, const hr_dims *s, const int32_t *tokens,
                      const hr_real *puzzle, hr_real *x) {
    const hr_spec *spec = &model->spec;
    const hr_real *table = param(model, "model.inner.embed_tokens.embedding_weight");
    const hr_real *prefix = param(model, "model.inner.embed_prefix.embedding_weight");
    const hr_real *row = param(model, "model.inner.embed_row.embedding_weight");
    const hr_real *col = param(model, "model.inner.embed_col.embedding_weight");
    const hr_real *pos = param(model, "model.inner.embed_pos.embedding_weight");
    const hr_real scale = embedding_scale(&model->spec);
    memset(x, 0, s->prefix * s->d * sizeof *x);
    if (puzzle) memcpy(x, puzzle, (size_t)model->spec.puzzle_emb_ndim * sizeof *x);
    if (prefix) memcpy(x, prefix, s->d * sizeof *x);
    for (size_t t = 0; t < s->seq; t++) {
        hr_real *cell = x + (s->prefix + t) * s->d;
        if (spec->symbols) embed_set(model, table, tokens[t], cell);
        else memcpy(cell, table + (size_t)tokens[t] * s->d, s->d * sizeof *x);
        if (!row) continue;
        model->kern->add(cell, cell, row + t / (size_t)spec->cols * s->d, s->d);
        model->kern->add(cell, cell, col + t % (size_t)spec->cols * s->d, s->d);
    }
    if (pos) model->kern->add(x, x, pos, s->tokens * s->d);
    for (size_t i = 0; i < s->tokens * s->d; i++) x[i] *= scale;
}

void hr_embed_forward(const hr_model *model, const hr_batch *batch, int first, int rows,
                      hr_real *x) {
    hr_dims s = hr_dims_of(&model->spec);
    const hr_real *puzzles = param(model, "model.inner.puzzle_emb.weights");
    for (int b = 0; b < rows; b++) {
        const int32_t *tokens = batch->inputs + (size_t)(first + b) * s.seq;
        size_t row = (size_t)batch->ids[first + b] * (size_t)model->spec.puzzle_emb_ndim;
        embed_row(model, &s, tokens, puzzles ? puzzles + row : NULL,
                  x + (size_t)b * s.tokens * s.d);
    }
}

/* Adds scale * d to the gradient of row `row` of a table, in channels [from, to). */
static void spread(const hr_param *table, size_t row, hr_real scale, const hr_real *d,
                   hr_real *grads, size_t from, size_t to) {
    hr_real *at = grads + table->offset + row * table->cols;
    for (size_t c = from; c < to; c++) at[c] += scale * d[c];
}

void hr_embed_backward(const hr_model *model, const hr_batch *batch, int first, int rows,
                       const hr_real *dx, hr_real *grads, size_t from, size_t to) {
    hr_dims s = hr_dims_of(&model->spec);
    const hr_spec *spec = &model->spec;
    const hr_real scale = embedding_scale(spec);
    const hr_param_table *all = &model->table;
    const hr_param *tokens = hr_param_find(all, "model.inner.embed_tokens.embedding_weight");
    const hr_param *prefix = hr_param_find(all, "model.inner.embed_prefix.embedding_weight");
    const hr_param *pos = hr_param_find(all, "model.inner.embed_pos.embedding_weight");
    const hr_param *row = hr_param_find(all, "model.inner.embed_row.embedding_weight");
    const hr_param *col = hr_param_find(all, "model.inner.embed_col.embedding_weight");
    for (int b = 0; b < rows; b++) {
        const int32_t *input = batch->inputs + (size_t)(first + b) * s.seq;
        for (size_t t = 0; t < s.tokens; t++) {
            const hr_real *d = dx + ((size_t)b * s.tokens + t) * s.d;
            if (pos) spread(pos, t, scale, d, grads, from, to);
            if (t < s.prefix) {
                if (prefix) spread(prefix, t, scale, d, grads, from, to);
                continue;
            }
            size_t cell = t - s.prefix;
            if (!spec->symbols) spread(tokens, (size_t)input[cell], scale, d, grads, from, to);
            for (int k = 0; k < spec->symbols; k++)
                if (input[cell] >> k & 1) spread(tokens, (size_t)k, scale, d, grads, from, to);
            if (!row) continue;
            spread(row, cell / (size_t)spec->cols, scale, d, grads, from, to);
            spread(col, cell % (size_t)spec->cols, scale, d, grads, from, to);
        }
    }
}

void hr_embed_puzzle_backward(const hr_model *model, const hr_real *dx, hr_real *puzzle_grad) {
    const hr_real scale = embedding_scale(&model->spec);
    for (int i = 0; i < model->spec.puzzle_emb_ndim; i++) puzzle_grad[i] = scale * dx[i];
}
