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

static void embed_row(const hr_model *model, const hr_dims *s, const int32_t *tokens,
                      const hr_real *puzzle, hr_real *x) {
    const hr_real *table = param(model, "model.inner.embed_tokens.embedding_weight");
    const hr_real *pos = param(model, "model.inner.embed_pos.embedding_weight");
    const hr_real scale = embedding_scale(&model->spec);
    memset(x, 0, s->prefix * s->d * sizeof *x);
    if (puzzle) memcpy(x, puzzle, (size_t)model->spec.puzzle_emb_ndim * sizeof *x);
    for (size_t t = 0; t < s->seq; t++)
        memcpy(x + (s->prefix + t) * s->d, table + (size_t)tokens[t] * s->d, s->d * sizeof *x);
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

void hr_embed_backward(const hr_model *model, const hr_batch *batch, int first, int rows,
                       const hr_real *dx, hr_real *grads, size_t from, size_t to) {
    hr_dims s = hr_dims_of(&model->spec);
    const hr_real scale = embedding_scale(&model->spec);
    const hr_param *tokens =
        hr_param_find(&model->table, "model.inner.embed_tokens.embedding_weight");
    const hr_param *pos = hr_param_find(&model->table, "model.inner.embed_pos.embedding_weight");
    for (int b = 0; b < rows; b++) {
        const int32_t *input = batch->inputs + (size_t)(first + b) * s.seq;
        for (size_t t = 0; t < s.tokens; t++) {
            const hr_real *d = dx + ((size_t)b * s.tokens + t) * s.d;
            hr_real *dpos = pos ? grads + pos->offset + t * s.d : NULL;
            for (size_t c = from; pos && c < to; c++) dpos[c] += scale * d[c];
            if (t < s.prefix) continue;
            hr_real *demb = grads + tokens->offset + (size_t)input[t - s.prefix] * s.d;
            for (size_t c = from; c < to; c++) demb[c] += scale * d[c];
        }
    }
}

void hr_embed_puzzle_backward(const hr_model *model, const hr_real *dx, hr_real *puzzle_grad) {
    const hr_real scale = embedding_scale(&model->spec);
    for (int i = 0; i < model->spec.puzzle_emb_ndim; i++) puzzle_grad[i] = scale * dx[i];
}
