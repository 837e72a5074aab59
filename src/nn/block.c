/* block.c - forward and hand-written backward of one block. */
#include "nn/block.h"

#include <math.h>
#include <string.h>

hr_dims hr_dims_of(const hr_spec *spec) {
    hr_dims s = {
        .tokens = (size_t)hr_spec_tokens(spec),
        .prefix = (size_t)hr_spec_prefix(spec),
        .seq = (size_t)spec->seq,
        .d = (size_t)spec->hidden,
        .outputs = (size_t)hr_spec_outputs(spec),
        .heads = (size_t)spec->heads,
        .inner = (size_t)hr_spec_inner(spec, spec->hidden),
        .token_mlp = spec->mix == HR_MIX_TOKEN_MLP,
    };
    s.head_dim = s.d / s.heads;
    s.inner_t = s.token_mlp ? (size_t)hr_spec_inner(spec, (int)s.tokens) : 0;
    return s;
}

/* Elements of tape->mix_in per row. */
static size_t mix_in_size(const hr_dims *s) {
    return s->token_mlp ? s->d * 2 * s->inner_t : s->tokens * 3 * s->d;
}

static size_t inv1_size(const hr_dims *s) {
    return s->token_mlp ? s->d : s->tokens;
}

void hr_tape_take(hr_tape *tape, const hr_dims *s, size_t rows, hr_arena *arena) {
    size_t n = rows * s->tokens;
    tape->in = NULL;
    tape->mix_in = HR_TAKE(arena, hr_real, rows * mix_in_size(s));
    tape->mix_out = s->token_mlp ? NULL : HR_TAKE(arena, hr_real, n * s->d);
    tape->x1 = HR_TAKE(arena, hr_real, n * s->d);
    tape->inv1 = HR_TAKE(arena, hr_real, rows * inv1_size(s));
    tape->gate_up = HR_TAKE(arena, hr_real, n * 2 * s->inner);
    tape->y = HR_TAKE(arena, hr_real, n * s->d);
    tape->inv2 = HR_TAKE(arena, hr_real, n);
}

hr_tape hr_tape_at(const hr_tape *tape, const hr_dims *s, size_t row) {
    size_t n = row * s->tokens;
    return (hr_tape){
        .in = tape->in + n * s->d,
        .mix_in = tape->mix_in + row * mix_in_size(s),
        .mix_out = tape->mix_out ? tape->mix_out + n * s->d : NULL,
        .x1 = tape->x1 + n * s->d,
        .inv1 = tape->inv1 + row * inv1_size(s),
        .gate_up = tape->gate_up + n * 2 * s->inner,
        .y = tape->y + n * s->d,
        .inv2 = tape->inv2 + n,
    };
}

static size_t largest(size_t a, size_t b) {
    return a > b ? a : b;
}

void hr_scratch_take(hr_scratch *scratch, const hr_model *model, size_t rows, hr_arena *arena) {
    hr_dims s = hr_dims_of(&model->spec);
    size_t n = rows * s.tokens;
    scratch->f = HR_TAKE(arena, hr_real, n * s.d);
    scratch->h = HR_TAKE(arena, hr_real, largest(n * s.inner, rows * s.d * s.inner_t));
    scratch->t1 = scratch->t2 = scratch->attention = NULL;
    if (s.token_mlp) {
        scratch->t1 = HR_TAKE(arena, hr_real, n * s.d);
        scratch->t2 = HR_TAKE(arena, hr_real, n * s.d);
    } else {
        scratch->attention =
            HR_TAKE(arena, hr_real, hr_kern_attention_scratch(model->kern, s.tokens, s.head_dim));
    }
}

void hr_deltas_take(hr_deltas *deltas, const hr_dims *s, size_t rows, hr_arena *arena) {
    size_t n = rows * s->tokens;
    *deltas = (hr_deltas){0};
    deltas->ds2 = HR_TAKE(arena, hr_real, n * s->d);
    deltas->h = HR_TAKE(arena, hr_real, n * s->inner);
    deltas->ds1 = HR_TAKE(arena, hr_real, n * s->d);
    if (s->token_mlp) {
        deltas->h_t = HR_TAKE(arena, hr_real, rows * s->d * s->inner_t);
        deltas->in_t = HR_TAKE(arena, hr_real, n * s->d);
    } else deltas->dmix = HR_TAKE(arena, hr_real, n * 3 * s->d);
}

hr_deltas hr_deltas_at(const hr_deltas *deltas, const hr_dims *s, size_t row) {
    size_t n = row * s->tokens;
    hr_deltas at = {
        .ds2 = deltas->ds2 + n * s->d,
        .h = deltas->h + n * s->inner,
        .ds1 = deltas->ds1 + n * s->d,
    };
    if (s->token_mlp) {
        at.h_t = deltas->h_t + row * s->d * s->inner_t;
        at.in_t = deltas->in_t + n * s->d;
    } else at.dmix = deltas->dmix + n * 3 * s->d;
    return at;
}

/* y (m x out) = x (m x in) W^T. */
static void linear(const hr_kern *k, const hr_linear *w, hr_real *y, const hr_real *x, size_t m) {
    k->gemm(y, w->out, x, w->in, w->forward, m, w->out, w->in, false);
}

/* dx (m x in) = dy (m x out) W; with `add` dx += dy W. */
static void linear_backward(const hr_kern *k, const hr_linear *w, hr_real *dx, const hr_real *dy,
                            size_t m, bool add) {
    k->gemm(dx, w->in, dy, w->out, w->backward, m, w->in, w->out, add);
}

/* (tokens x D) <-> (D x tokens) for each row. */
static void flip(const hr_kern *k, hr_real *out, const hr_real *in, size_t rows, size_t from,
                 size_t to) {
    for (size_t b = 0; b < rows; b++)
        k->transpose(out + b * from * to, in + b * from * to, from, to);
}

/* RoPE on q and k of the tokens from..to-1, counted through all rows. */
static void rotate(const hr_model *m, const hr_dims *s, hr_real *qkv, size_t from, size_t to,
                   bool inverse) {
    if (m->spec.pos != HR_POS_ROPE) return;
    size_t half = s->head_dim / 2;
    for (size_t i = from, count; i < to; i += count) {
        size_t token = i % s->tokens; /* of its row */
        count = s->tokens - token < to - i ? s->tokens - token : to - i;
        m->kern->rope(qkv + i * 3 * s->d, 3 * s->d, m->cos + token * half, m->sin + token * half,
                      count, 2 * s->heads, s->head_dim, inverse);
    }
}

static hr_real attention_scale(const hr_dims *s) {
    return (hr_real)(1 / sqrt((double)s->head_dim));
}

/* Heads from..to-1, counted through all rows. */
static void attend(const hr_model *m, const hr_dims *s, const hr_tape *tape,
                   const hr_scratch *scratch, size_t from, size_t to) {
    for (size_t i = from, count; i < to; i += count) {
        size_t b = i / s->heads, head = i % s->heads;
        count = s->heads - head < to - i ? s->heads - head : to - i;
        m->kern->attention(tape->mix_out + b * s->tokens * s->d,
                           tape->mix_in + b * s->tokens * 3 * s->d, s->tokens, s->heads,
                           s->head_dim, head, head + count, attention_scale(s), scratch->attention);
    }
}

/* Channels from..to-1, counted through all rows. The norm runs over the token axis here:
 * x1^T = rms(x^T + swiglu(x^T)). */
static void mix_tokens(const hr_model *m, const hr_dims *s, const hr_block *block,
                       const hr_tape *tape, const hr_scratch *scratch, size_t from, size_t to) {
    const hr_kern *k = m->kern;
    size_t n = to - from, at = from * s->tokens;
    hr_real *gate_up = tape->mix_in + from * 2 * s->inner_t, *h = scratch->h + from * s->inner_t;
    linear(k, &block->mix_in, gate_up, scratch->t1 + at, n);
    k->swiglu(h, gate_up, n, s->inner_t);
    linear(k, &block->mix_out, scratch->t2 + at, h, n);
    k->add_rms(scratch->t1 + at, tape->inv1 + from, scratch->t1 + at, scratch->t2 + at, n,
               s->tokens, (hr_real)m->spec.rms_eps);
}

/* Tokens from..to-1: o projection and norm of attention, then the MLP. */
static void finish(const hr_model *m, const hr_dims *s, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, size_t from, size_t to) {
    const hr_kern *k = m->kern;
    const hr_real eps = (hr_real)m->spec.rms_eps;
    size_t n = to - from, at = from * s->d;
    hr_real *f = scratch->f + at, *x1 = tape->x1 + at, *h = scratch->h + from * s->inner;
    if (!s->token_mlp) {
        linear(k, &block->mix_out, f, tape->mix_out + at, n);
        k->add_rms(x1, tape->inv1 + from, tape->in + at, f, n, s->d, eps);
    }
    hr_real *gate_up = tape->gate_up + from * 2 * s->inner;
    linear(k, &block->gate_up, gate_up, x1, n);
    k->swiglu(h, gate_up, n, s->inner);
    linear(k, &block->down, f, h, n);
    k->add_rms(tape->y + at, tape->inv2 + from, x1, f, n, s->d, eps);
}

size_t hr_block_lanes(const hr_dims *s, hr_step step, size_t rows) {
    switch (step) {
    case HR_STEP_MIX_IN:
        return s->token_mlp ? rows : rows * s->tokens;
    case HR_STEP_MIX:
        return rows * (s->token_mlp ? s->d : s->heads);
    case HR_STEP_TURN:
        return s->token_mlp ? rows : 0;
    default:
        return rows * s->tokens;
    }
}

void hr_block_step(const hr_model *m, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, hr_step step, size_t from, size_t to) {
    const hr_kern *k = m->kern;
    hr_dims s = hr_dims_of(&m->spec);
    size_t row = from * s.tokens * s.d; /* where lanes are rows */
    switch (step) {
    case HR_STEP_MIX_IN:
        if (s.token_mlp) {
            flip(k, scratch->t1 + row, tape->in + row, to - from, s.tokens, s.d);
            break;
        }
        linear(k, &block->mix_in, tape->mix_in + from * 3 * s.d, tape->in + from * s.d, to - from);
        rotate(m, &s, tape->mix_in, from, to, false);
        break;
    case HR_STEP_MIX:
        if (s.token_mlp) mix_tokens(m, &s, block, tape, scratch, from, to);
        else attend(m, &s, tape, scratch, from, to);
        break;
    case HR_STEP_TURN:
        flip(k, tape->x1 + row, scratch->t1 + row, to - from, s.d, s.tokens);
        break;
    default:
        finish(m, &s, block, tape, scratch, from, to);
    }
}

void hr_block_forward(const hr_model *model, const hr_block *block, const hr_tape *tape,
                      const hr_scratch *scratch, size_t rows) {
    hr_dims s = hr_dims_of(&model->spec);
    for (hr_step step = 0; step < HR_STEPS; step++) {
        size_t lanes = hr_block_lanes(&s, step, rows);
        if (lanes) hr_block_step(model, block, tape, scratch, step, 0, lanes);
    }
}

/* dx1 in f -> gradient at the block's input, in dy. */
static void attention_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                               const hr_tape *tape, const hr_deltas *deltas,
                               const hr_scratch *scratch, hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens;
    k->add_rms_backward(deltas->ds1, tape->x1, tape->inv1, scratch->f, n, s->d);
    linear_backward(k, &block->mix_out, scratch->f, deltas->ds1, n, false);
    for (size_t b = 0; b < rows; b++) {
        size_t at = b * s->tokens * s->d;
        k->attention_backward(deltas->dmix + 3 * at, scratch->f + at, tape->mix_in + 3 * at,
                              s->tokens, s->heads, s->head_dim, attention_scale(s),
                              scratch->attention);
    }
    rotate(m, s, deltas->dmix, 0, n, true);
    memcpy(dy, deltas->ds1, n * s->d * sizeof *dy);
    linear_backward(k, &block->mix_in, dy, deltas->dmix, n, true);
}

static void token_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                           const hr_tape *tape, const hr_deltas *deltas, const hr_scratch *scratch,
                           hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t channels = rows * s->d;
    flip(k, scratch->t1, scratch->f, rows, s->tokens, s->d); /* dx1^T */
    flip(k, scratch->t2, tape->x1, rows, s->tokens, s->d);   /* x1^T */
    k->add_rms_backward(deltas->ds1, scratch->t2, tape->inv1, scratch->t1, channels, s->tokens);
    k->swiglu(deltas->h_t, tape->mix_in, channels, s->inner_t);
    linear_backward(k, &block->mix_out, scratch->h, deltas->ds1, channels, false);
    k->swiglu_backward(tape->mix_in, tape->mix_in, scratch->h, channels, s->inner_t);
    memcpy(scratch->t1, deltas->ds1, channels * s->tokens * sizeof *dy);
    linear_backward(k, &block->mix_in, scratch->t1, tape->mix_in, channels, true);
    flip(k, dy, scratch->t1, rows, s->d, s->tokens);
    flip(k, deltas->in_t, tape->in, rows, s->tokens, s->d);
}

void hr_block_backward(const hr_model *model, const hr_block *block, const hr_tape *tape,
                       const hr_deltas *deltas, const hr_scratch *scratch, hr_real *dy,
                       size_t rows) {
    const hr_kern *k = model->kern;
    hr_dims s = hr_dims_of(&model->spec);
    size_t n = rows * s.tokens;
    k->add_rms_backward(deltas->ds2, tape->y, tape->inv2, dy, n, s.d);
    linear_backward(k, &block->down, scratch->h, deltas->ds2, n, false);
    k->swiglu(deltas->h, tape->gate_up, n, s.inner);
    k->swiglu_backward(tape->gate_up, tape->gate_up, scratch->h, n, s.inner);
    memcpy(scratch->f, deltas->ds2, n * s.d * sizeof *dy);
    linear_backward(k, &block->gate_up, scratch->f, tape->gate_up, n, true);
    if (s.token_mlp) token_backward(model, &s, block, tape, deltas, scratch, dy, rows);
    else attention_backward(model, &s, block, tape, deltas, scratch, dy, rows);
}

void hr_block_products(const hr_block *block, const hr_tape *tape, const hr_deltas *deltas,
                       const hr_dims *s, size_t rows, hr_product out[4]) {
    size_t n = rows * s->tokens, mix = s->token_mlp ? rows * s->d : n;
#define PRODUCT(w, rows_, dy_, x_) (hr_product){(w).weight, (w).out, (w).in, (rows_), (dy_), (x_)}
    out[0] = PRODUCT(block->down, n, deltas->ds2, deltas->h);
    out[1] = PRODUCT(block->gate_up, n, tape->gate_up, tape->x1);
    if (s->token_mlp) {
        out[2] = PRODUCT(block->mix_out, mix, deltas->ds1, deltas->h_t);
        out[3] = PRODUCT(block->mix_in, mix, tape->mix_in, deltas->in_t);
    } else {
        out[2] = PRODUCT(block->mix_out, mix, deltas->ds1, tape->mix_out);
        out[3] = PRODUCT(block->mix_in, mix, deltas->dmix, tape->in);
    }
#undef PRODUCT
}
