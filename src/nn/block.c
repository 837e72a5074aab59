/* block.c - forward and hand-written backward of one block. */
#include "nn/block.h"

#include <math.h>
#include <string.h>

enum { GROUP = HR_KERN_GRAIN }; /* columns of D that one unit of a stage works on */

/* dx (m x in) = addend (NULL: 0) + dy (m x out) W. */
static void linear_backward(const hr_kern *k, const hr_linear *w, hr_real *dx,
                            const hr_real *addend, const hr_real *dy, size_t m) {
    size_t in = w->in, out = w->out;
    k->gemm(&(hr_gemm){dx, addend, dy, w->backward, in, out, 0, m, in, out});
}

typedef hr_block_work work;

static size_t tokens_of(const work *w) {
    return w->rows * w->dims->tokens;
}

/* Packed columns of a layer's output, *count from `first` on: of narrow weights a group of them at
 * most, until others are asked for. */
static const hr_real *columns(const work *w, const hr_linear *l, size_t first, size_t *count) {
    const hr_kern *k = w->model->kern;
    if (!l->narrow) return l->forward + k->packed_slice(l->in, first);
    if (*count > GROUP) *count = GROUP;
    hr_narrow_rows(l->narrow, l->in, first, *count, w->scratch->rows);
    k->pack(w->scratch->panel, w->scratch->rows, 1, l->in, l->in, *count);
    return w->scratch->panel;
}

/* y (m x out) = addend (NULL: 0) + x (m x in) W^T. */
static void linear(const work *w, const hr_linear *l, hr_real *y, const hr_real *addend,
                   const hr_real *x, size_t m) {
    size_t in = l->in, out = l->out;
    for (size_t j = 0, count; j < out; j += count) {
        count = out - j;
        const hr_real *weights = columns(w, l, j, &count);
        w->model->kern->gemm(
            &(hr_gemm){y + j, addend ? addend + j : NULL, x, weights, out, in, 0, m, count, in});
    }
}

static hr_mlp mlp_of(const work *w, const hr_linear *gate_up, const hr_linear *down) {
    return (hr_mlp){.width = gate_up->in,
                    .inner = down->in,
                    .relu = w->model->spec.act == HR_ACT_RELU,
                    .gate_up = gate_up->forward,
                    .down = down->forward,
                    .gate_up_back = gate_up->backward,
                    .down_back = down->backward};
}

static hr_mlp channel_mlp(const work *w) {
    return mlp_of(w, &w->block->gate_up, &w->block->down);
}

static hr_mlp token_mlp(const work *w) {
    return mlp_of(w, &w->block->mix_in, &w->block->mix_out);
}

/* What the mask leaves of x (n x D), of rows from..to-1; x itself where there is none. */
static const hr_real *kept(const work *w, hr_mask_sum s, const hr_real *x, size_t from, size_t to) {
    if (!w->mask.share) return x;
    hr_mask_add(&w->mask, s, w->scratch->hidden, NULL, x, from, to);
    return w->scratch->hidden;
}

/* y = x / rms(x), n rows of D; inv gets 1/rms unless NULL. */
static void norm(const work *w, hr_real *y, hr_real *inv, const hr_real *x, size_t n) {
    w->model->kern->rms(y, inv, x, n, w->dims->d, (hr_real)w->model->spec.rms_eps);
}

/* RoPE on the first `heads` heads of the tokens of all rows, ld apart. */
static void rotate(const work *w, hr_real *x, size_t ld, size_t heads, bool inverse) {
    const hr_model *m = w->model;
    const hr_dims *s = w->dims;
    for (size_t i = 0; m->cos && i < tokens_of(w); i += s->tokens) {
        size_t at = s->cos ? i * s->head_dim / 2 : 0;
        const hr_rope rope = {.cos = (s->cos ? s->cos : m->cos) + at,
                              .sin = (s->sin ? s->sin : m->sin) + at,
                              .tokens = s->tokens,
                              .heads = heads,
                              .head_dim = s->head_dim,
                              .inverse = inverse};
        w->model->kern->rope(x + i * ld, ld, &rope);
    }
}

static hr_conv conv_of(const work *w) {
    size_t across = (size_t)w->model->spec.conv;
    return (hr_conv){.rows = w->dims->grid_rows,
                     .cols = w->dims->grid_cols,
                     .down = w->dims->taps / across,
                     .across = across,
                     .d = w->dims->d,
                     .w = w->model->params + w->block->conv};
}

/* What the mixing is added to. */
static const hr_real *before_mix(const work *w) {
    return hr_dims_early(w->dims) ? w->tape->x1 : w->tape->in;
}

/* Heads as they lie in the scratch. */
static hr_head head_of(const hr_dims *s) {
    return (hr_head){.tokens = s->tokens,
                     .width = s->head_dim,
                     .ld = 3 * s->head_dim,
                     .stride = s->head_dim,
                     .ldo = s->d,
                     .scale = (hr_real)(1 / sqrt((double)s->head_dim))};
}

/* Packed weights of q, k and v of head h, `each` numbers. */
static const hr_real *head_weights(const work *w, size_t h, size_t each) {
    const hr_dims *s = w->dims;
    const hr_linear *l = &w->block->mix_in;
    if (!l->narrow) return l->forward + 3 * h * each;
    for (size_t i = 0; i < 3; i++) {
        size_t first = (i * s->heads + h) * s->head_dim;
        hr_narrow_rows(l->narrow, s->d, first, s->head_dim, w->scratch->rows);
        w->model->kern->pack(w->scratch->panel + i * each, w->scratch->rows, 1, s->d, s->d,
                             s->head_dim);
    }
    return w->scratch->panel;
}

/* q, k and v of head h of all tokens into scratch->head, from their prepacked input. */
static void take_head(const work *w, const hr_real *packed_a, size_t h) {
    const hr_dims *s = w->dims;
    size_t each = w->model->kern->packed_size(HR_PACK_B, s->d, s->head_dim), ld = 3 * s->head_dim;
    const hr_real *weights = head_weights(w, h, each);
    /* q, k, v at once where packed one after the other they are one matrix */
    size_t once = w->model->kern->packed_slice(s->d, s->head_dim) == SIZE_MAX ? 1 : 3;
    for (size_t i = 0; i < 3; i += once)
        w->model->kern->gemm_packed(&(hr_gemm){.c = w->scratch->head + i * s->head_dim,
                                               .ldc = ld,
                                               .a = packed_a,
                                               .b = weights + i * each,
                                               .m = tokens_of(w),
                                               .n = once * s->head_dim,
                                               .k = s->d});
    rotate(w, w->scratch->head, ld, 2, false);
}

/* ---- forward --------------------------------------------------------------------------------- */

/* Units from..to-1 of a stage are tokens, counted through all rows, unless said otherwise. */

/* out = in + conv of `of`, whose cells may be any of the rows. */
static void convolve(const work *w, hr_real *out, const hr_real *in, const hr_real *of, size_t from,
                     size_t to) {
    const hr_dims *s = w->dims;
    hr_conv conv = conv_of(w);
    for (size_t i = from, count; i < to; i += count) {
        size_t token = i % s->tokens, cells = (i - token + s->prefix) * s->d;
        count = s->tokens - token < to - i ? s->tokens - token : to - i;
        size_t end = token + count, first = token > s->prefix ? token : s->prefix;
        for (; token < end && token < s->prefix; token++) /* no cell */
            memcpy(out + (i / s->tokens * s->tokens + token) * s->d,
                   in + (i / s->tokens * s->tokens + token) * s->d, s->d * sizeof *out);
        if (first < end)
            w->model->kern->conv(out + cells, in + cells, of + cells, &conv, first - s->prefix,
                                 end - s->prefix);
    }
}

/* Tokens from..to-1, of one channel each, counted through all rows: the mean of the channels of
 * `of` (n x D), and what it becomes. */
static void mix_symbols(const work *w, const hr_real *of, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    const hr_real share = 1 / (hr_real)s->channels;
    for (size_t i = from; i < to; i++) {
        hr_real *mean = w->scratch->mean + i * s->d;
        const hr_real *channel = of + (i / s->tokens * hr_row_tokens(s) + i % s->tokens) * s->d;
        memcpy(mean, channel, s->d * sizeof *mean);
        for (size_t f = 1; f < s->channels; f++)
            w->model->kern->add(mean, mean, channel + f * s->tokens * s->d, s->d);
        for (size_t c = 0; c < s->d; c++) mean[c] *= share;
    }
    linear(w, &w->block->symbol_mix, w->scratch->joint + from * s->d, NULL,
           w->scratch->mean + from * s->d, to - from);
}

/* out = in + what the channels' mean became, tokens from..to-1. */
static void join_symbols(const work *w, hr_real *out, const hr_real *in, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    for (size_t i = from, count; i < to; i += count) {
        size_t channel = i / s->tokens, token = i % s->tokens;
        count = s->tokens - token < to - i ? s->tokens - token : to - i;
        w->model->kern->add(out + i * s->d, in + i * s->d,
                            w->scratch->joint + (channel / s->channels * s->tokens + token) * s->d,
                            count * s->d);
    }
}

/* x0, into `out`, with its 1/rms (post-norm) where inv is not NULL; `normed` is the block's input
 * after the norm of pre-norm. */
static void take_x0(const work *w, hr_real *out, hr_real *inv, const hr_real *normed, size_t from,
                    size_t to) {
    const hr_dims *s = w->dims;
    const hr_real *in = w->tape->in;
    if (s->taps) convolve(w, out, in, s->pre ? normed : in, from, to);
    if (s->channels > 1) join_symbols(w, out, s->taps ? out : in, from, to);
    out += from * s->d;
    if (!s->pre) norm(w, out, inv, out, to - from);
}

static void norm_in(const work *w, size_t from, size_t to) {
    size_t at = from * w->dims->d;
    norm(w, w->scratch->f + at, NULL, w->tape->in + at, to - from);
}

static void mix_in(const work *w, size_t from, size_t to) {
    size_t at = from * w->dims->d;
    if (hr_dims_early(w->dims)) take_x0(w, w->tape->x1, NULL, w->scratch->f, from, to);
    if (w->dims->pre) norm(w, w->scratch->norm + at, NULL, before_mix(w) + at, to - from);
}

/* Heads from..to-1 of all rows: each head's q, k and v are used up before the next one's come. */
static void attend(const work *w, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    const hr_head head = head_of(s);
    const hr_real *in = s->pre ? w->scratch->norm : before_mix(w);
    in = w->model->kern->pack_a(w->scratch->packed_a, in, tokens_of(w), s->d);
    for (size_t h = from; h < to; h++) {
        take_head(w, in, h);
        for (size_t i = 0; i < tokens_of(w); i += s->tokens) {
            const hr_real *qkv = w->scratch->head + i * head.ld;
            if (w->heed) w->heed->head(w->heed, i / s->tokens, h, qkv, &head);
            w->model->kern->attention(w->tape->heads + i * s->d + h * s->head_dim, qkv, &head,
                                      w->scratch->attention);
        }
    }
}

static size_t groups(const hr_dims *s) {
    return (s->d + GROUP - 1) / GROUP;
}

/* Groups of columns from..to-1, counted through all rows. */
static void mix_tokens(const work *w, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    const hr_mlp mlp = token_mlp(w);
    for (size_t i = from, count; i < to; i += count) {
        size_t b = i / groups(s), group = i % groups(s), first = group * GROUP;
        count = groups(s) - group < to - i ? groups(s) - group : to - i;
        size_t end = (group + count) * GROUP < s->d ? (group + count) * GROUP : s->d;
        size_t at = b * s->tokens * s->d + first, cols = end - first;
        const hr_real *addend = before_mix(w) + at;
        hr_real *x1 = w->tape->x1 + at;
        bool masked = w->mask.share; /* whole rows */
        w->model->kern->mix(&mlp, &(hr_mlp_call){.out = masked ? w->scratch->hidden + at : x1,
                                                 .addend = masked ? NULL : addend,
                                                 .x = s->pre ? w->scratch->norm + at : addend,
                                                 .n = cols,
                                                 .ld = s->d,
                                                 .scratch = w->scratch->mlp});
        if (masked)
            hr_mask_add(&w->mask, HR_MASK_MIX, w->tape->x1, before_mix(w), w->scratch->hidden, b,
                        b + 1);
        if (!s->pre)
            w->model->kern->rms_columns(x1, w->tape->inv1 + b * s->d + first, x1, s->d, s->tokens,
                                        cols, (hr_real)w->model->spec.rms_eps);
    }
}

/* What the channel MLP is added to. */
static hr_real *before_mlp(const work *w) {
    return hr_dims_mix(w->dims) ? w->tape->x1 : w->tape->y;
}

/* What the channel MLP takes in. */
static const hr_real *mlp_in(const work *w) {
    return w->dims->pre ? w->scratch->norm : before_mlp(w);
}

/* All before the channel MLP: attention's o and its sum, or the convolution alone, whose input
 * others may still read in f; norms. */
static void sum_mix(const work *w, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    size_t n = to - from, at = from * s->d;
    hr_real *x1 = before_mlp(w) + at;
    if (!hr_dims_mix(s)) take_x0(w, w->tape->y, NULL, w->scratch->f, from, to);
    bool masked = s->attention && w->mask.share; /* all of them */
    if (s->attention)
        linear(w, &w->block->mix_out, masked ? w->scratch->hidden : x1,
               masked ? NULL : before_mix(w) + at, w->tape->heads + at, n);
    if (masked)
        hr_mask_add(&w->mask, HR_MASK_MIX, x1, before_mix(w), w->scratch->hidden, 0, w->rows);
    if (s->pre) norm(w, w->scratch->norm + at, NULL, x1, n);
    else if (s->attention) norm(w, x1, w->tape->inv1 + from, x1, n);
}

/* Leaves an MLP with narrow weights those of one group of hidden numbers. */
static void take_group(const work *w, hr_mlp *mlp, size_t first) {
    const hr_narrow *weights = w->block->gate_up.narrow;
    hr_real *rows = w->scratch->rows;
    hr_narrow_rows(weights, mlp->width, first, GROUP, rows);
    hr_narrow_rows(weights, mlp->width, mlp->inner + first, GROUP, rows + GROUP * mlp->width);
    w->model->kern->pack_gates(w->scratch->panel, rows, mlp->width, GROUP);
    mlp->gate_up = w->scratch->panel;
    mlp->from = first;
    mlp->held = GROUP;
}

/* Panels of the MLP's hidden numbers, then of its output: each thread reads its own weights. */
static void mlp_hidden(const work *w, size_t from, size_t to) {
    hr_mlp mlp = channel_mlp(w);
    bool narrow = w->block->gate_up.narrow;
    size_t n = tokens_of(w), step = narrow ? 1 : to - from;
    const hr_real *x = w->model->kern->pack_a(w->scratch->packed_a, mlp_in(w), n, w->dims->d);
    for (; from < to; from += step) {
        if (narrow) take_group(w, &mlp, from * GROUP);
        w->model->kern->mlp_hidden(w->scratch->hidden, x, n, &mlp, from * GROUP,
                                   (from + step) * GROUP, w->scratch->mlp);
    }
}

static void mlp_down(const work *w, size_t from, size_t to) {
    const hr_dims *s = w->dims;
    size_t first = from * GROUP, last = to * GROUP < s->d ? to * GROUP : s->d;
    for (size_t count; first < last; first += count) {
        count = last - first;
        const hr_real *weights = columns(w, &w->block->down, first, &count);
        w->model->kern->gemm_packed(&(hr_gemm){.c = w->tape->y + first,
                                               .ldc = s->d,
                                               .addend = before_mlp(w) + first,
                                               .a = w->scratch->hidden,
                                               .b = weights,
                                               .m = tokens_of(w),
                                               .n = count,
                                               .k = s->inner});
    }
}

/* Post-norm's after the channel MLP. */
static void norm_out(const work *w, size_t from, size_t to) {
    hr_real *y = w->tape->y + from * w->dims->d;
    if (!w->dims->pre) norm(w, y, w->tape->inv2 + from, y, to - from);
}

size_t hr_block_units(const hr_dims *s, hr_stage stage, size_t rows) {
    switch (stage) {
    case HR_STAGE_NORM:
        return hr_dims_early(s) && s->pre ? rows * s->tokens : 0;
    case HR_STAGE_SYMBOLS:
        return s->channels > 1 ? rows / s->channels * s->tokens : 0;
    case HR_STAGE_MIX_IN:
        return hr_dims_mix(s) && (s->pre || hr_dims_early(s)) ? rows * s->tokens : 0;
    case HR_STAGE_MIX:
        return s->token_mlp ? rows * groups(s) : s->attention ? s->heads : 0;
    case HR_STAGE_HIDDEN:
        return s->inner / GROUP;
    case HR_STAGE_DOWN:
        return groups(s);
    default:
        return rows * s->tokens;
    }
}

static void stage_symbols(const work *w, size_t from, size_t to) {
    mix_symbols(w, w->dims->pre ? w->scratch->f : w->tape->in, from, to);
}

static void step_mix(const work *w, size_t from, size_t to) {
    (w->dims->token_mlp ? mix_tokens : attend)(w, from, to);
}

static void (*const stages[HR_STAGES])(const work *w, size_t from, size_t to) = {
    [HR_STAGE_NORM] = norm_in,  [HR_STAGE_SYMBOLS] = stage_symbols, [HR_STAGE_MIX_IN] = mix_in,
    [HR_STAGE_MIX] = step_mix,  [HR_STAGE_SUM] = sum_mix,           [HR_STAGE_HIDDEN] = mlp_hidden,
    [HR_STAGE_DOWN] = mlp_down, [HR_STAGE_END] = norm_out,
};

void hr_block_stage(const work *w, hr_stage stage, size_t from, size_t to) {
    stages[stage](w, from, to);
}

void hr_block_forward(const work *w) {
    const hr_mlp mlp = channel_mlp(w);
    bool narrow = w->block->gate_up.narrow;
    for (hr_stage stage = 0; stage <= (narrow ? HR_STAGE_END : HR_STAGE_SUM); stage++) {
        size_t units = hr_block_units(w->dims, stage, w->rows);
        if (units) stages[stage](w, 0, units);
    }
    if (narrow) return;
    bool masked = w->mask.share;
    w->model->kern->mlp(&mlp, &(hr_mlp_call){.out = masked ? w->scratch->hidden : w->tape->y,
                                             .addend = masked ? NULL : before_mlp(w),
                                             .x = mlp_in(w),
                                             .n = tokens_of(w),
                                             .scratch = w->scratch->mlp});
    if (masked)
        hr_mask_add(&w->mask, HR_MASK_MLP, w->tape->y, before_mlp(w), w->scratch->hidden, 0,
                    w->rows);
    norm_out(w, 0, tokens_of(w));
}

/* ---- backward -------------------------------------------------------------------------------- */

/* From the gradient `dout` at o's output to that at q, k and v, of which `in` (n x D) was the
 * input; leaves what the weight gradients are made of. */
static void attention_backward(const work *w, const hr_real *in, const hr_real *dout) {
    const hr_kern *k = w->model->kern;
    const hr_dims *s = w->dims;
    const hr_scratch *scratch = w->scratch;
    const hr_head head = head_of(s);
    size_t n = tokens_of(w);
    linear_backward(k, &w->block->mix_out, scratch->f, NULL, dout, n);
    const hr_real *packed_a = k->pack_a(scratch->packed_a, in, n, s->d);
    for (size_t h = 0; h < s->heads; h++) {
        take_head(w, packed_a, h);
        for (size_t i = 0; i < n; i += s->tokens)
            k->attention_backward(scratch->dqkv + i * 3 * s->d + h * s->head_dim, 3 * s->d, s->d,
                                  scratch->f + i * s->d + h * s->head_dim,
                                  scratch->head + i * head.ld, &head, scratch->attention);
    }
    rotate(w, scratch->dqkv, 3 * s->d, 2 * s->heads, true);
    k->pack_factor(w->deltas->o[0], dout, s->d, n, s->d, true);
    k->pack_factor(w->deltas->o[1], w->tape->heads, s->d, n, s->d, false);
    k->pack_factor(w->deltas->qkv[0], scratch->dqkv, 3 * s->d, n, 3 * s->d, true);
    k->pack_factor(w->deltas->qkv[1], in, s->d, n, s->d, false);
}

/* x0 again, and for pre-norm the convolution's input; 1/rms of the norm at it goes to inv0. */
static const hr_real *x0_again(const work *w) {
    const hr_real *in = w->tape->in;
    const hr_scratch *scratch = w->scratch;
    size_t n = tokens_of(w);
    if (!hr_dims_early(w->dims)) return in;
    if (w->dims->pre) norm(w, w->deltas->in, scratch->inv0, in, n);
    if (w->dims->channels > 1)
        mix_symbols(w, w->dims->pre ? w->deltas->in : in, 0, n / w->dims->channels);
    take_x0(w, scratch->x0, scratch->inv0, w->deltas->in, 0, n);
    return scratch->x0;
}

/* dx (n x D) = addend + the gradient at the convolution's input, from that at its output. */
static void conv_backward(const work *w, hr_real *dx, const hr_real *addend, const hr_real *dy) {
    const hr_dims *s = w->dims;
    hr_conv conv = conv_of(w);
    for (size_t b = 0; b < w->rows; b++) {
        size_t row = b * s->tokens * s->d, cells = row + s->prefix * s->d;
        if (addend) memcpy(dx + row, addend + row, s->prefix * s->d * sizeof *dx);
        else memset(dx + row, 0, s->prefix * s->d * sizeof *dx);
        w->model->kern->conv_backward(dx + cells, addend ? addend + cells : NULL, dy + cells,
                                      &conv);
    }
}

/* dx (n x D) += the gradient at the channels, from ds0; leaves what the weight's gradient is made
 * of. The channels' mean must still lie in the scratch. */
static void symbols_backward(const work *w, hr_real *dx) {
    const hr_kern *k = w->model->kern;
    const hr_dims *s = w->dims;
    const hr_deltas *deltas = w->deltas;
    size_t channel = s->tokens * s->d, each = w->rows / s->channels * s->tokens;
    hr_real *sum = w->scratch->joint, *dmean = w->scratch->mean;
    k->pack_factor(deltas->symbol_operands[1], dmean, s->d, each, s->d, false);
    for (size_t r = 0; r < w->rows; r++) {
        hr_real *to = sum + r / s->channels * channel;
        if (r % s->channels) k->add(to, to, deltas->ds0 + r * channel, channel);
        else memcpy(to, deltas->ds0 + r * channel, channel * sizeof *to);
    }
    k->pack_factor(deltas->symbol_operands[0], sum, s->d, each, s->d, true);
    linear_backward(k, &w->block->symbol_mix, dmean, NULL, sum, each);
    for (size_t i = 0; i < each * s->d; i++) dmean[i] /= (hr_real)s->channels;
    for (size_t r = 0; r < w->rows; r++)
        k->add(dx + r * channel, dx + r * channel, dmean + r / s->channels * channel, channel);
}

/* dx = addend (NULL: 0) + the gradient at the input of convolution and channels, from ds0. */
static void early_backward(const work *w, hr_real *dx, const hr_real *addend) {
    size_t count = tokens_of(w) * w->dims->d;
    if (w->dims->taps) conv_backward(w, dx, addend, w->deltas->ds0);
    else if (addend) memcpy(dx, addend, count * sizeof *dx);
    else memset(dx, 0, count * sizeof *dx);
    if (w->dims->channels > 1) symbols_backward(w, dx);
}

/* From the gradient dy at x0 to that at the block's input. */
static void x0_backward(const work *w, const hr_real *x0, hr_real *dy) {
    const hr_deltas *deltas = w->deltas;
    const hr_scratch *scratch = w->scratch;
    size_t n = tokens_of(w), d = w->dims->d;
    if (w->dims->pre) {
        memcpy(deltas->ds0, dy, n * d * sizeof *dy);
        early_backward(w, scratch->f, NULL);
        w->model->kern->rms_backward(dy, dy, deltas->in, scratch->inv0, scratch->f, n, d);
        return;
    }
    w->model->kern->rms_backward(deltas->ds0, NULL, x0, scratch->inv0, dy, n, d);
    early_backward(w, dy, deltas->ds0);
}

/* The token MLP's from dy to out, of row b; leaves its operands in their place. */
static void mix_backward(const work *w, size_t b, hr_mlp_call call) {
    const hr_dims *s = w->dims;
    const hr_mlp mlp = token_mlp(w);
    call.n = call.ld = s->d;
    call.operands = w->deltas->mix + b * w->model->kern->mlp_operands(s->d, s->tokens, s->inner_t);
    call.scratch = w->scratch->mlp;
    w->model->kern->mix_backward(&mlp, &call);
}

/* The channel MLP's from dy to out. */
static void mlp_backward(const work *w, hr_mlp_call call) {
    const hr_mlp mlp = channel_mlp(w);
    call.n = tokens_of(w);
    call.operands = w->deltas->mlp;
    call.scratch = w->scratch->mlp;
    w->model->kern->mlp_backward(&mlp, &call);
}

/* From the gradient dy at the output of the mixing's norm to that at x0. */
static void post_mix_backward(const work *w, const hr_real *x0, hr_real *dy) {
    const hr_dims *s = w->dims;
    const hr_tape *tape = w->tape;
    size_t n = tokens_of(w), row = s->tokens * s->d;
    if (s->attention) {
        w->model->kern->rms_backward(dy, NULL, tape->x1, tape->inv1, dy, n, s->d);
        attention_backward(w, x0, kept(w, HR_MASK_MIX, dy, 0, w->rows));
        linear_backward(w->model->kern, &w->block->mix_in, dy, dy, w->scratch->dqkv, n);
    }
    for (size_t b = 0; s->token_mlp && b < w->rows; b++) {
        hr_real *own = dy + b * row, *f = w->scratch->f + b * row;
        w->model->kern->rms_columns_backward(f, tape->x1 + b * row, tape->inv1 + b * s->d, own,
                                             s->d, s->tokens, s->d);
        const hr_real *left = kept(w, HR_MASK_MIX, w->scratch->f, b, b + 1) + b * row;
        mix_backward(w, b, (hr_mlp_call){.out = own, .addend = f, .x = x0 + b * row, .dy = left});
    }
}

static void post_backward(const work *w, hr_real *dy) {
    const hr_tape *tape = w->tape;
    const hr_real *x0 = x0_again(w);
    hr_real *f = w->scratch->f;
    w->model->kern->rms_backward(f, NULL, tape->y, tape->inv2, dy, tokens_of(w), w->dims->d);
    mlp_backward(w, (hr_mlp_call){.out = dy,
                                  .addend = f,
                                  .x = hr_dims_mix(w->dims) ? tape->x1 : x0,
                                  .dy = kept(w, HR_MASK_MLP, f, 0, w->rows)});
    post_mix_backward(w, x0, dy);
    if (hr_dims_early(w->dims)) x0_backward(w, x0, dy);
}

/* From the gradient dy at x1 to that at x0. */
static void pre_mix_backward(const work *w, const hr_real *x0, hr_real *dy) {
    const hr_dims *s = w->dims;
    const hr_scratch *scratch = w->scratch;
    size_t n = tokens_of(w), row = s->tokens * s->d;
    norm(w, scratch->norm, scratch->inv, x0, n);
    const hr_real *left = kept(w, HR_MASK_MIX, dy, 0, w->rows);
    if (s->attention) {
        attention_backward(w, scratch->norm, left);
        linear_backward(w->model->kern, &w->block->mix_in, scratch->f, NULL, scratch->dqkv, n);
    }
    for (size_t b = 0; s->token_mlp && b < w->rows; b++)
        mix_backward(w, b,
                     (hr_mlp_call){.out = scratch->f + b * row,
                                   .x = scratch->norm + b * row,
                                   .dy = left + b * row});
    w->model->kern->rms_backward(dy, dy, scratch->norm, scratch->inv, scratch->f, n, s->d);
}

static void pre_backward(const work *w, hr_real *dy) {
    const hr_dims *s = w->dims;
    const hr_scratch *scratch = w->scratch;
    size_t n = tokens_of(w);
    const hr_real *x0 = x0_again(w);
    norm(w, scratch->norm, scratch->inv, hr_dims_mix(s) ? w->tape->x1 : x0, n);
    mlp_backward(w, (hr_mlp_call){.out = scratch->f,
                                  .x = scratch->norm,
                                  .dy = kept(w, HR_MASK_MLP, dy, 0, w->rows)});
    w->model->kern->rms_backward(dy, dy, scratch->norm, scratch->inv, scratch->f, n, s->d);
    if (hr_dims_mix(s)) pre_mix_backward(w, x0, dy);
    if (hr_dims_early(s)) x0_backward(w, x0, dy);
}

void hr_block_backward(const work *w, hr_real *dy) {
    (w->dims->pre ? pre_backward : post_backward)(w, dy);
}

/* ---- weight gradients ------------------------------------------------------------------------ */

static const hr_linear *linear_of(const hr_block *block, hr_matrix matrix) {
    const hr_linear *all[] = {&block->gate_up, &block->down, &block->mix_in, &block->mix_out,
                              &block->symbol_mix};
    return all[matrix];
}

/* Whether the sums have rows by the layer's inputs: those of an MLP's down have hidden numbers. */
static bool turned(const hr_model *m, hr_matrix matrix) {
    return matrix == HR_MATRIX_DOWN ||
           (matrix == HR_MATRIX_MIX_OUT && m->spec.mix == HR_MIX_TOKEN_MLP);
}

hr_piece hr_block_columns(size_t at, size_t rows, size_t d, hr_part p) {
    size_t count, from = hr_kern_part(d, p.part, p.parts, &count);
    return (hr_piece){at + from, count, d, rows};
}

hr_piece hr_block_piece(const hr_model *m, const hr_block *block, hr_part p) {
    if (p.matrix == HR_MATRIX_CONV) {
        hr_dims s = hr_dims_of(&m->spec);
        return hr_block_columns(block->conv_sums, s.taps, s.taps ? s.d : 0, p);
    }
    const hr_linear *w = linear_of(block, p.matrix);
    bool by_in = turned(m, p.matrix);
    size_t rows = by_in ? w->in : w->out, cols = by_in ? w->out : w->in;
    size_t count, from = hr_kern_part(rows, p.part, p.parts, &count);
    size_t length = count ? m->kern->packed_size(HR_PACK_SUMS, count, cols) : 0;
    return (hr_piece){w->sums + m->kern->packed_size(HR_PACK_SUMS, from, cols), length, length, 1};
}

/* Rows of sums (out x in) += the product of operands of n rows. */
static void product(const hr_kern *k, const hr_linear *w, hr_part p, hr_real *sums, bool fresh,
                    hr_real *const operands[2], size_t n) {
    size_t count, from = hr_kern_part(w->out, p.part, p.parts, &count);
    const hr_gemm g = {.c = sums,
                       .addend = fresh ? NULL : sums,
                       .a = operands[0],
                       .b = operands[1],
                       .m = w->out,
                       .n = w->in,
                       .k = n};
    k->factor_product(&g, from, from + count);
}

/* Taps of some of the columns. */
static void conv_gradient(const work *w, hr_part p, hr_real *sums, bool fresh) {
    const hr_dims *s = w->dims;
    const hr_real *in = s->pre ? w->deltas->in : w->tape->in;
    hr_conv conv = conv_of(w);
    size_t count, from = hr_kern_part(s->d, p.part, p.parts, &count);
    for (size_t t = 0; fresh && t < s->taps; t++) memset(sums + t * s->d, 0, count * sizeof *sums);
    for (size_t b = 0; b < w->rows; b++) {
        size_t cells = (b * s->tokens + s->prefix) * s->d + from;
        w->model->kern->conv_gradient(sums, w->deltas->ds0 + cells, in + cells, &conv, 0, count);
    }
}

void hr_block_gradient(const work *w, hr_part p, hr_real *sums, bool fresh) {
    const hr_kern *k = w->model->kern;
    const hr_block *block = w->block;
    const hr_deltas *deltas = w->deltas;
    const hr_mlp mlp = channel_mlp(w), mix = token_mlp(w);
    size_t n = tokens_of(w);
    bool up = p.matrix == HR_MATRIX_GATE_UP || p.matrix == HR_MATRIX_MIX_IN;
    hr_mlp_gradient g = {.gate_up = up ? sums : NULL,
                         .down = up ? NULL : sums,
                         .operands = deltas->mlp,
                         .n = n,
                         .part = p.part,
                         .parts = p.parts,
                         .fresh = fresh,
                         .scratch = w->scratch->mlp};
    if (p.matrix <= HR_MATRIX_DOWN) k->mlp_gradient(&mlp, &g);
    else if (p.matrix == HR_MATRIX_CONV) conv_gradient(w, p, sums, fresh);
    else if (p.matrix == HR_MATRIX_SYMBOL_MIX)
        product(k, &block->symbol_mix, p, sums, fresh, deltas->symbol_operands,
                n / w->dims->channels);
    else if (w->dims->token_mlp) {
        g.operands = deltas->mix;
        g.n = w->dims->d;
        g.calls = w->rows;
        k->mix_gradient(&mix, &g);
    } else product(k, linear_of(block, p.matrix), p, sums, fresh, up ? deltas->qkv : deltas->o, n);
}

void hr_block_gradients(const work *w, hr_real *sums, bool fresh) {
    for (hr_part p = {0, 0, 1}; p.matrix < HR_MATRICES; p.matrix++) {
        hr_piece piece = hr_block_piece(w->model, w->block, p);
        if (piece.length) hr_block_gradient(w, p, sums + piece.at, fresh);
    }
}

/* grads (out x in) = sums. */
static void collect(const hr_model *m, const hr_block *block, hr_matrix matrix, const hr_real *sums,
                    hr_real *grads) {
    const hr_linear *w = linear_of(block, matrix);
    bool by_in = turned(m, matrix);
    if (!w->out) return; /* the model has no such layer */
    memset(grads + w->weight, 0, w->in * w->out * sizeof *grads);
    m->kern->collect(grads + w->weight, sums + w->sums, by_in ? w->in : w->out,
                     by_in ? w->out : w->in, by_in, matrix <= HR_MATRIX_DOWN);
}

void hr_block_collect(const hr_model *m, const hr_block *block, const hr_real *sums,
                      hr_real *grads) {
    hr_dims s = hr_dims_of(&m->spec);
    size_t taps = s.taps * s.d;
    if (taps) memcpy(grads + block->conv, sums + block->conv_sums, taps * sizeof *grads);
    for (hr_matrix i = 0; i < HR_MATRIX_CONV; i++) collect(m, block, i, sums, grads);
}
