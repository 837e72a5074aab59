/* block.c - forward and hand-written backward of one block. */
#include "nn/block.h"

#include <math.h>
#include <string.h>

enum { GROUP = 32 }; /* channels that one lane of a step works on */

hr_dims hr_dims_of(const hr_spec *spec) {
    hr_dims s = {
        .tokens = (size_t)hr_spec_tokens(spec),
        .fields = (size_t)hr_spec_fields(spec),
        .prefix = (size_t)hr_spec_prefix(spec),
        .seq = (size_t)spec->seq,
        .d = (size_t)spec->hidden,
        .outputs = (size_t)hr_spec_outputs(spec),
        .heads = (size_t)spec->heads,
        .inner = (size_t)hr_spec_inner(spec, spec->hidden),
        .taps = (size_t)hr_spec_taps(spec),
        .grid_rows = spec->cols ? (size_t)(spec->seq / spec->cols) : 1,
        .grid_cols = (size_t)(spec->cols ? spec->cols : spec->seq),
        .attention = spec->mix == HR_MIX_ATTENTION,
        .token_mlp = spec->mix == HR_MIX_TOKEN_MLP,
        .pre = spec->norm == HR_NORM_PRE,
    };
    s.head_dim = s.d / s.heads;
    s.inner_t = s.token_mlp ? (size_t)hr_spec_inner(spec, (int)s.tokens) : 0;
    return s;
}

/* Norms after the mixing of n tokens, whole rows. */
static size_t inv1_count(const hr_dims *s, size_t n) {
    return s->token_mlp ? n / s->tokens * s->d : n;
}

static bool mixes(const hr_dims *s) {
    return s->attention || s->token_mlp;
}

/* Whether x0 is not the block's input. */
static bool early(const hr_dims *s) {
    return s->taps || s->fields > 1;
}

void hr_tape_take(hr_tape *tape, const hr_dims *s, size_t n, hr_arena *arena) {
    *tape = (hr_tape){0};
    if (s->attention) tape->heads = HR_TAKE(arena, hr_real, n * s->d);
    if (mixes(s)) tape->x1 = HR_TAKE(arena, hr_real, n * s->d);
    tape->y = HR_TAKE(arena, hr_real, n * s->d);
    if (s->pre) return;
    if (mixes(s)) tape->inv1 = HR_TAKE(arena, hr_real, inv1_count(s, n));
    tape->inv2 = HR_TAKE(arena, hr_real, n);
}

hr_tape hr_tape_at(const hr_tape *tape, const hr_dims *s, size_t n) {
    return (hr_tape){
        .in = tape->in + n * s->d,
        .heads = tape->heads ? tape->heads + n * s->d : NULL,
        .x1 = tape->x1 ? tape->x1 + n * s->d : NULL,
        .y = tape->y + n * s->d,
        .inv1 = tape->inv1 ? tape->inv1 + inv1_count(s, n) : NULL,
        .inv2 = tape->inv2 ? tape->inv2 + n : NULL,
    };
}

static size_t largest(size_t a, size_t b) {
    return a > b ? a : b;
}

void hr_scratch_take(hr_scratch *scratch, const hr_kern *k, const hr_dims *s, size_t n, bool train,
                     hr_arena *arena) {
    size_t mlp = hr_kern_mlp_scratch(k, n, s->d, s->inner);
    if (s->token_mlp) mlp = largest(mlp, hr_kern_mlp_scratch(k, s->d, s->tokens, s->inner_t));
    scratch->f = train || (early(s) && s->pre) ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->norm = s->pre ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->inv = HR_TAKE(arena, hr_real, n);
    scratch->mlp = HR_TAKE(arena, hr_real, mlp);
    scratch->attention =
        s->attention ? HR_TAKE(arena, hr_real, hr_kern_attention_scratch(k, s->tokens, s->head_dim))
                     : NULL;
    scratch->packed_a = HR_TAKE(arena, hr_real, hr_kern_left_count(k, n, s->d));
    scratch->hidden = HR_TAKE(arena, hr_real, hr_kern_left_count(k, n, s->inner));
    scratch->head = s->attention ? HR_TAKE(arena, hr_real, n * 3 * s->head_dim) : NULL;
    scratch->mean = s->fields > 1 ? HR_TAKE(arena, hr_real, n / s->fields * s->d) : NULL;
    scratch->joint = s->fields > 1 ? HR_TAKE(arena, hr_real, n / s->fields * s->d) : NULL;
    scratch->x0 = early(s) && train ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    scratch->inv0 = early(s) && train ? HR_TAKE(arena, hr_real, n) : NULL;
    scratch->dqkv = s->attention && train ? HR_TAKE(arena, hr_real, n * 3 * s->d) : NULL;
}

void hr_deltas_take(hr_deltas *deltas, const hr_kern *k, const hr_dims *s, size_t n,
                    hr_arena *arena) {
    *deltas = (hr_deltas){0};
    deltas->mlp = HR_TAKE(arena, hr_real, hr_kern_mlp_operands(k, n, s->d, s->inner));
    if (early(s)) deltas->ds0 = HR_TAKE(arena, hr_real, n * s->d);
    if (early(s) && s->pre) deltas->in = HR_TAKE(arena, hr_real, n * s->d);
    for (int i = 0; s->fields > 1 && i < 2; i++)
        deltas->fields[i] = HR_TAKE(arena, hr_real, hr_kern_operand_count(k, n / s->fields, s->d));
    if (s->token_mlp)
        deltas->mix = HR_TAKE(arena, hr_real,
                              n / s->tokens * hr_kern_mlp_operands(k, s->d, s->tokens, s->inner_t));
    if (!s->attention) return;
    for (int i = 0; i < 2; i++) {
        deltas->o[i] = HR_TAKE(arena, hr_real, hr_kern_operand_count(k, n, s->d));
        deltas->qkv[i] = HR_TAKE(arena, hr_real, hr_kern_operand_count(k, n, (i ? 1 : 3) * s->d));
    }
}

/* y (m x out) = addend (NULL: 0) + x (m x in) W^T. */
static void linear(const hr_kern *k, const hr_linear *w, hr_real *y, const hr_real *addend,
                   const hr_real *x, size_t m) {
    k->gemm(y, w->out, addend, x, w->in, w->forward, m, w->out, w->in);
}

/* dx (m x in) = addend (NULL: 0) + dy (m x out) W. */
static void linear_backward(const hr_kern *k, const hr_linear *w, hr_real *dx,
                            const hr_real *addend, const hr_real *dy, size_t m) {
    k->gemm(dx, w->in, addend, dy, w->out, w->backward, m, w->in, w->out);
}

static hr_mlp mlp_of(const hr_model *m, const hr_linear *gate_up, const hr_linear *down) {
    return (hr_mlp){.width = gate_up->in,
                    .inner = down->in,
                    .relu = m->spec.act == HR_ACT_RELU,
                    .gate_up = gate_up->forward,
                    .down = down->forward,
                    .gate_up_back = gate_up->backward,
                    .down_back = down->backward};
}

static hr_real eps_of(const hr_model *m) {
    return (hr_real)m->spec.rms_eps;
}

/* RoPE on the first `heads` heads of each of n tokens, rows ld apart. */
static void rotate(const hr_model *m, const hr_dims *s, hr_real *x, size_t ld, size_t heads,
                   size_t n, bool inverse) {
    for (size_t i = 0; m->cos && i < n; i += s->tokens) {
        size_t at = s->cos ? i * s->head_dim / 2 : 0;
        const hr_real *cos = s->cos ? s->cos : m->cos, *sin = s->sin ? s->sin : m->sin;
        m->kern->rope(x + i * ld, ld, cos + at, sin + at, s->tokens, heads, s->head_dim, inverse);
    }
}

static hr_conv conv_of(const hr_model *m, const hr_dims *s, const hr_block *block) {
    size_t across = (size_t)m->spec.conv;
    return (hr_conv){.rows = s->grid_rows,
                     .cols = s->grid_cols,
                     .down = s->taps / across,
                     .across = across,
                     .d = s->d,
                     .w = m->params + block->conv};
}

/* What the mixing is added to. */
static const hr_real *before_mix(const hr_dims *s, const hr_tape *tape) {
    return early(s) ? tape->x1 : tape->in;
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

/* q, k and v of head h of n tokens into scratch->head, from their input as the kernels take it. */
static void take_head(const hr_model *m, const hr_dims *s, const hr_block *block,
                      const hr_scratch *scratch, const hr_real *packed_a, size_t h, size_t n) {
    const hr_kern *k = m->kern;
    size_t each = hr_kern_pack_count(k, s->d, s->head_dim), ld = 3 * s->head_dim;
    const hr_real *w = block->mix_in.forward + 3 * h * each;
    size_t once = s->head_dim % k->panel ? 1 : 3; /* of q, k, v: no panel is part of two */
    for (size_t i = 0; i < 3; i += once)
        k->gemm_packed(scratch->head + i * s->head_dim, ld, NULL, packed_a, w + i * each, n,
                       once * s->head_dim, s->d);
    rotate(m, s, scratch->head, ld, 2, n, false);
}

/* ---- forward ----------------------------------------------------------------------------------
 */

/* Lanes from..to-1 of a step are tokens, counted through all rows, unless said otherwise. */

/* out = in + conv of `of`, whose cells may be any of the rows. */
static void convolve(const hr_model *m, const hr_dims *s, const hr_block *block, hr_real *out,
                     const hr_real *in, const hr_real *of, size_t from, size_t to) {
    hr_conv conv = conv_of(m, s, block);
    for (size_t i = from, count; i < to; i += count) {
        size_t token = i % s->tokens, cells = (i - token + s->prefix) * s->d;
        count = s->tokens - token < to - i ? s->tokens - token : to - i;
        size_t end = token + count, first = token > s->prefix ? token : s->prefix;
        for (; token < end && token < s->prefix; token++) /* no cell */
            memcpy(out + (i / s->tokens * s->tokens + token) * s->d,
                   in + (i / s->tokens * s->tokens + token) * s->d, s->d * sizeof *out);
        if (first < end)
            m->kern->conv(out + cells, in + cells, of + cells, &conv, first - s->prefix,
                          end - s->prefix);
    }
}

/* Tokens from..to-1, of one field each, counted through all rows: the mean of the fields of `of` (n
 * x D), and what it becomes. */
static void meet_fields(const hr_model *m, const hr_dims *s, const hr_block *block,
                        const hr_scratch *scratch, const hr_real *of, size_t from, size_t to) {
    const hr_real share = 1 / (hr_real)s->fields;
    for (size_t i = from; i < to; i++) {
        hr_real *mean = scratch->mean + i * s->d;
        const hr_real *field = of + (i / s->tokens * hr_row_tokens(s) + i % s->tokens) * s->d;
        memcpy(mean, field, s->d * sizeof *mean);
        for (size_t f = 1; f < s->fields; f++)
            m->kern->add(mean, mean, field + f * s->tokens * s->d, s->d);
        for (size_t c = 0; c < s->d; c++) mean[c] *= share;
    }
    linear(m->kern, &block->fields, scratch->joint + from * s->d, NULL, scratch->mean + from * s->d,
           to - from);
}

/* out = in + what the fields' mean became, tokens from..to-1. */
static void join_fields(const hr_model *m, const hr_dims *s, const hr_scratch *scratch,
                        hr_real *out, const hr_real *in, size_t from, size_t to) {
    for (size_t i = from, count; i < to; i += count) {
        size_t field = i / s->tokens, token = i % s->tokens;
        count = s->tokens - token < to - i ? s->tokens - token : to - i;
        m->kern->add(out + i * s->d, in + i * s->d,
                     scratch->joint + (field / s->fields * s->tokens + token) * s->d, count * s->d);
    }
}

/* x0, into `out`, with its 1/rms (post-norm) where inv is not NULL; `norm` is the block's input
 * after the norm of pre-norm. */
static void take_x0(const hr_model *m, const hr_dims *s, const hr_block *block,
                    const hr_scratch *scratch, hr_real *out, hr_real *inv, const hr_real *in,
                    const hr_real *norm, size_t from, size_t to) {
    if (s->taps) convolve(m, s, block, out, in, s->pre ? norm : in, from, to);
    if (s->fields > 1) join_fields(m, s, scratch, out, s->taps ? out : in, from, to);
    out += from * s->d;
    if (!s->pre) m->kern->rms(out, inv, out, to - from, s->d, eps_of(m));
}

static void norm_in(const hr_model *m, const hr_dims *s, const hr_tape *tape,
                    const hr_scratch *scratch, size_t from, size_t to) {
    m->kern->rms(scratch->f + from * s->d, NULL, tape->in + from * s->d, to - from, s->d,
                 eps_of(m));
}

static void mix_in(const hr_model *m, const hr_dims *s, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, size_t from, size_t to) {
    if (early(s)) take_x0(m, s, block, scratch, tape->x1, NULL, tape->in, scratch->f, from, to);
    const hr_real *in = before_mix(s, tape) + from * s->d;
    if (s->pre) m->kern->rms(scratch->norm + from * s->d, NULL, in, to - from, s->d, eps_of(m));
}

/* Heads from..to-1 of all rows: each head's q, k and v are used up before the next one's come. */
static void attend(const hr_model *m, const hr_dims *s, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, size_t rows, size_t from, size_t to) {
    const hr_head head = head_of(s);
    size_t n = rows * s->tokens;
    const hr_real *in = s->pre ? scratch->norm : before_mix(s, tape);
    in = m->kern->pack_a(scratch->packed_a, in, n, s->d);
    for (size_t h = from; h < to; h++) {
        take_head(m, s, block, scratch, in, h, n);
        for (size_t i = 0; i < n; i += s->tokens)
            m->kern->attention(tape->heads + i * s->d + h * s->head_dim,
                               scratch->head + i * head.ld, &head, scratch->attention);
    }
}

static size_t groups(const hr_dims *s) {
    return (s->d + GROUP - 1) / GROUP;
}

/* Groups of channels from..to-1, counted through all rows. */
static void mix_tokens(const hr_model *m, const hr_dims *s, const hr_block *block,
                       const hr_tape *tape, const hr_scratch *scratch, size_t from, size_t to) {
    hr_mlp w = mlp_of(m, &block->mix_in, &block->mix_out);
    for (size_t i = from, count; i < to; i += count) {
        size_t b = i / groups(s), group = i % groups(s), first = group * GROUP;
        count = groups(s) - group < to - i ? groups(s) - group : to - i;
        size_t end = (group + count) * GROUP < s->d ? (group + count) * GROUP : s->d;
        size_t at = b * s->tokens * s->d + first, cols = end - first;
        const hr_real *addend = before_mix(s, tape) + at,
                      *in = s->pre ? scratch->norm + at : addend;
        hr_real *x1 = tape->x1 + at;
        m->kern->mix(x1, addend, in, s->d, cols, &w, scratch->mlp);
        if (!s->pre)
            m->kern->rms_columns(x1, tape->inv1 + b * s->d + first, x1, s->d, s->tokens, cols,
                                 eps_of(m));
    }
}

/* What the channel MLP is added to. */
static hr_real *before_mlp(const hr_dims *s, const hr_tape *tape) {
    return mixes(s) ? tape->x1 : tape->y;
}

/* What the channel MLP takes in. */
static const hr_real *mlp_in(const hr_dims *s, const hr_tape *tape, const hr_scratch *scratch) {
    return s->pre ? scratch->norm : before_mlp(s, tape);
}

/* All before the channel MLP: attention's o and its sum, or the convolution alone, whose input
 * others may still read in f; norms. */
static void sum_mix(const hr_model *m, const hr_dims *s, const hr_block *block, const hr_tape *tape,
                    const hr_scratch *scratch, size_t from, size_t to) {
    const hr_kern *k = m->kern;
    size_t n = to - from, at = from * s->d;
    hr_real *x1 = before_mlp(s, tape) + at;
    if (!mixes(s)) take_x0(m, s, block, scratch, tape->y, NULL, tape->in, scratch->f, from, to);
    if (s->attention) linear(k, &block->mix_out, x1, before_mix(s, tape) + at, tape->heads + at, n);
    if (s->pre) k->rms(scratch->norm + at, NULL, x1, n, s->d, eps_of(m));
    else if (s->attention) k->rms(x1, tape->inv1 + from, x1, n, s->d, eps_of(m));
}

/* Panels of the MLP's hidden numbers, then of its output: each thread reads its own weights. */
static void mlp_hidden(const hr_model *m, const hr_dims *s, const hr_block *block,
                       const hr_tape *tape, const hr_scratch *scratch, size_t rows, size_t from,
                       size_t to) {
    hr_mlp w = mlp_of(m, &block->gate_up, &block->down);
    size_t n = rows * s->tokens;
    const hr_real *x = m->kern->pack_a(scratch->packed_a, mlp_in(s, tape, scratch), n, s->d);
    m->kern->mlp_hidden(scratch->hidden, x, n, &w, from * GROUP, to * GROUP, scratch->mlp);
}

static void mlp_down(const hr_model *m, const hr_dims *s, const hr_block *block,
                     const hr_tape *tape, const hr_scratch *scratch, size_t rows, size_t from,
                     size_t to) {
    const hr_kern *k = m->kern;
    size_t first = from * GROUP, last = to * GROUP < s->d ? to * GROUP : s->d;
    const hr_real *w = block->down.forward + first / k->panel * hr_kern_panel_count(k, s->inner);
    k->gemm_packed(tape->y + first, s->d, before_mlp(s, tape) + first, scratch->hidden, w,
                   rows * s->tokens, last - first, s->inner);
}

/* Post-norm's after the channel MLP. */
static void norm_out(const hr_model *m, const hr_dims *s, const hr_tape *tape, size_t from,
                     size_t to) {
    hr_real *y = tape->y + from * s->d;
    if (!s->pre) m->kern->rms(y, tape->inv2 + from, y, to - from, s->d, eps_of(m));
}

size_t hr_block_lanes(const hr_dims *s, hr_step step, size_t rows) {
    switch (step) {
    case HR_STEP_NORM:
        return early(s) && s->pre ? rows * s->tokens : 0;
    case HR_STEP_FIELDS:
        return s->fields > 1 ? rows / s->fields * s->tokens : 0;
    case HR_STEP_MIX_IN:
        return mixes(s) && (s->pre || early(s)) ? rows * s->tokens : 0;
    case HR_STEP_MIX:
        return s->token_mlp ? rows * groups(s) : s->attention ? s->heads : 0;
    case HR_STEP_HIDDEN:
        return s->inner / GROUP;
    case HR_STEP_DOWN:
        return groups(s);
    default:
        return rows * s->tokens;
    }
}

void hr_block_step(const hr_model *m, const hr_dims *s, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, hr_step step, size_t rows, size_t from, size_t to) {
    switch (step) {
    case HR_STEP_NORM:
        norm_in(m, s, tape, scratch, from, to);
        break;
    case HR_STEP_FIELDS:
        meet_fields(m, s, block, scratch, s->pre ? scratch->f : tape->in, from, to);
        break;
    case HR_STEP_MIX_IN:
        mix_in(m, s, block, tape, scratch, from, to);
        break;
    case HR_STEP_MIX:
        if (s->token_mlp) mix_tokens(m, s, block, tape, scratch, from, to);
        else attend(m, s, block, tape, scratch, rows, from, to);
        break;
    case HR_STEP_SUM:
        sum_mix(m, s, block, tape, scratch, from, to);
        break;
    case HR_STEP_HIDDEN:
        mlp_hidden(m, s, block, tape, scratch, rows, from, to);
        break;
    case HR_STEP_DOWN:
        mlp_down(m, s, block, tape, scratch, rows, from, to);
        break;
    default:
        norm_out(m, s, tape, from, to);
    }
}

void hr_block_forward(const hr_model *model, const hr_dims *s, const hr_block *block,
                      const hr_tape *tape, const hr_scratch *scratch, size_t rows) {
    hr_mlp w = mlp_of(model, &block->gate_up, &block->down);
    size_t n = rows * s->tokens;
    for (hr_step step = 0; step <= HR_STEP_SUM; step++) {
        size_t lanes = hr_block_lanes(s, step, rows);
        if (lanes) hr_block_step(model, s, block, tape, scratch, step, rows, 0, lanes);
    }
    model->kern->mlp(tape->y, before_mlp(s, tape), mlp_in(s, tape, scratch), n, &w, scratch->mlp);
    norm_out(model, s, tape, 0, n);
}

/* ---- backward ---------------------------------------------------------------------------------
 */

/* From the gradient `dout` at o's output to that at q, k and v, of which `in` (n x D) was the
 * input; leaves what the weight gradients are made of. */
static void attention_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                               const hr_tape *tape, const hr_real *in, const hr_real *dout,
                               const hr_deltas *deltas, const hr_scratch *scratch, size_t rows) {
    const hr_kern *k = m->kern;
    const hr_head head = head_of(s);
    size_t n = rows * s->tokens;
    linear_backward(k, &block->mix_out, scratch->f, NULL, dout, n);
    const hr_real *packed_a = k->pack_a(scratch->packed_a, in, n, s->d);
    for (size_t h = 0; h < s->heads; h++) {
        take_head(m, s, block, scratch, packed_a, h, n);
        for (size_t i = 0; i < n; i += s->tokens)
            k->attention_backward(scratch->dqkv + i * 3 * s->d + h * s->head_dim, 3 * s->d, s->d,
                                  scratch->f + i * s->d + h * s->head_dim,
                                  scratch->head + i * head.ld, &head, scratch->attention);
    }
    rotate(m, s, scratch->dqkv, 3 * s->d, 2 * s->heads, n, true);
    k->operand(deltas->o[0], dout, s->d, n, s->d, true);
    k->operand(deltas->o[1], tape->heads, s->d, n, s->d, false);
    k->operand(deltas->qkv[0], scratch->dqkv, 3 * s->d, n, 3 * s->d, true);
    k->operand(deltas->qkv[1], in, s->d, n, s->d, false);
}

/* x0 again, and for pre-norm the convolution's input; 1/rms of the norm at it goes to inv0. */
static const hr_real *x0_again(const hr_model *m, const hr_dims *s, const hr_block *block,
                               const hr_tape *tape, const hr_deltas *deltas,
                               const hr_scratch *scratch, size_t rows) {
    size_t n = rows * s->tokens;
    if (!early(s)) return tape->in;
    if (s->pre) m->kern->rms(deltas->in, scratch->inv0, tape->in, n, s->d, eps_of(m));
    if (s->fields > 1)
        meet_fields(m, s, block, scratch, s->pre ? deltas->in : tape->in, 0, n / s->fields);
    take_x0(m, s, block, scratch, scratch->x0, scratch->inv0, tape->in, deltas->in, 0, n);
    return scratch->x0;
}

/* dx (n x D) = addend + the gradient at the convolution's input, from that at its output. */
static void conv_backward(const hr_model *m, const hr_dims *s, const hr_block *block, hr_real *dx,
                          const hr_real *addend, const hr_real *dy, size_t rows) {
    hr_conv conv = conv_of(m, s, block);
    for (size_t b = 0; b < rows; b++) {
        size_t row = b * s->tokens * s->d, cells = row + s->prefix * s->d;
        if (addend) memcpy(dx + row, addend + row, s->prefix * s->d * sizeof *dx);
        else memset(dx + row, 0, s->prefix * s->d * sizeof *dx);
        m->kern->conv_backward(dx + cells, addend ? addend + cells : NULL, dy + cells, &conv);
    }
}

/* dx (n x D) += the gradient at the fields, from ds0; leaves what the weight's gradient is made of.
 * The fields' mean must still lie in the scratch. */
static void fields_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                            const hr_deltas *deltas, const hr_scratch *scratch, hr_real *dx,
                            size_t rows) {
    const hr_kern *k = m->kern;
    size_t field = s->tokens * s->d, each = rows / s->fields * s->tokens;
    k->operand(deltas->fields[1], scratch->mean, s->d, each, s->d, false);
    hr_real *sum = scratch->joint, *dmean = scratch->mean;
    for (size_t r = 0; r < rows; r++) {
        hr_real *to = sum + r / s->fields * field;
        if (r % s->fields) k->add(to, to, deltas->ds0 + r * field, field);
        else memcpy(to, deltas->ds0 + r * field, field * sizeof *to);
    }
    k->operand(deltas->fields[0], sum, s->d, each, s->d, true);
    linear_backward(k, &block->fields, dmean, NULL, sum, each);
    for (size_t i = 0; i < each * s->d; i++) dmean[i] /= (hr_real)s->fields;
    for (size_t r = 0; r < rows; r++)
        k->add(dx + r * field, dx + r * field, dmean + r / s->fields * field, field);
}

/* dx = addend (NULL: 0) + the gradient at the input of convolution and fields, from ds0. */
static void early_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                           const hr_deltas *deltas, const hr_scratch *scratch, hr_real *dx,
                           const hr_real *addend, size_t rows) {
    size_t count = rows * s->tokens * s->d;
    if (s->taps) conv_backward(m, s, block, dx, addend, deltas->ds0, rows);
    else if (addend) memcpy(dx, addend, count * sizeof *dx);
    else memset(dx, 0, count * sizeof *dx);
    if (s->fields > 1) fields_backward(m, s, block, deltas, scratch, dx, rows);
}

/* From the gradient dy at x0 to that at the block's input. */
static void x0_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                        const hr_real *x0, const hr_deltas *deltas, const hr_scratch *scratch,
                        hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens;
    if (s->pre) {
        memcpy(deltas->ds0, dy, n * s->d * sizeof *dy);
        early_backward(m, s, block, deltas, scratch, scratch->f, NULL, rows);
        k->rms_backward(dy, dy, deltas->in, scratch->inv0, scratch->f, n, s->d);
        return;
    }
    k->rms_backward(deltas->ds0, NULL, x0, scratch->inv0, dy, n, s->d);
    early_backward(m, s, block, deltas, scratch, dy, deltas->ds0, rows);
}

static size_t mix_operands(const hr_model *m, const hr_dims *s) {
    return hr_kern_mlp_operands(m->kern, s->d, s->tokens, s->inner_t);
}

/* From the gradient dy at the output of the mixing's norm to that at x0. */
static void post_mix_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                              const hr_tape *tape, const hr_real *x0, const hr_deltas *deltas,
                              const hr_scratch *scratch, hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens, row = s->tokens * s->d;
    hr_mlp mix = mlp_of(m, &block->mix_in, &block->mix_out);
    if (s->attention) {
        k->rms_backward(dy, NULL, tape->x1, tape->inv1, dy, n, s->d);
        attention_backward(m, s, block, tape, x0, dy, deltas, scratch, rows);
        linear_backward(k, &block->mix_in, dy, dy, scratch->dqkv, n);
    }
    for (size_t b = 0; s->token_mlp && b < rows; b++) {
        hr_real *own = dy + b * row, *f = scratch->f + b * row;
        k->rms_columns_backward(f, tape->x1 + b * row, tape->inv1 + b * s->d, own, s->d, s->tokens,
                                s->d);
        k->mix_backward(own, f, f, x0 + b * row, s->d, s->d, &mix,
                        deltas->mix + b * mix_operands(m, s), scratch->mlp);
    }
}

static void post_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                          const hr_tape *tape, const hr_deltas *deltas, const hr_scratch *scratch,
                          hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens;
    hr_mlp w = mlp_of(m, &block->gate_up, &block->down);
    const hr_real *x0 = x0_again(m, s, block, tape, deltas, scratch, rows);
    k->rms_backward(scratch->f, NULL, tape->y, tape->inv2, dy, n, s->d);
    k->mlp_backward(dy, scratch->f, scratch->f, mixes(s) ? tape->x1 : x0, n, &w, deltas->mlp,
                    scratch->mlp);
    post_mix_backward(m, s, block, tape, x0, deltas, scratch, dy, rows);
    if (early(s)) x0_backward(m, s, block, x0, deltas, scratch, dy, rows);
}

/* From the gradient dy at x1 to that at x0. */
static void pre_mix_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                             const hr_tape *tape, const hr_real *x0, const hr_deltas *deltas,
                             const hr_scratch *scratch, hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens, row = s->tokens * s->d;
    hr_mlp mix = mlp_of(m, &block->mix_in, &block->mix_out);
    hr_real *norm = scratch->norm;
    k->rms(norm, scratch->inv, x0, n, s->d, eps_of(m));
    if (s->attention) {
        attention_backward(m, s, block, tape, norm, dy, deltas, scratch, rows);
        linear_backward(k, &block->mix_in, scratch->f, NULL, scratch->dqkv, n);
    }
    for (size_t b = 0; s->token_mlp && b < rows; b++)
        k->mix_backward(scratch->f + b * row, NULL, dy + b * row, norm + b * row, s->d, s->d, &mix,
                        deltas->mix + b * mix_operands(m, s), scratch->mlp);
    k->rms_backward(dy, dy, norm, scratch->inv, scratch->f, n, s->d);
}

static void pre_backward(const hr_model *m, const hr_dims *s, const hr_block *block,
                         const hr_tape *tape, const hr_deltas *deltas, const hr_scratch *scratch,
                         hr_real *dy, size_t rows) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens;
    hr_mlp w = mlp_of(m, &block->gate_up, &block->down);
    const hr_real *x0 = x0_again(m, s, block, tape, deltas, scratch, rows);
    hr_real *norm = scratch->norm;
    k->rms(norm, scratch->inv, mixes(s) ? tape->x1 : x0, n, s->d, eps_of(m));
    k->mlp_backward(scratch->f, NULL, dy, norm, n, &w, deltas->mlp, scratch->mlp);
    k->rms_backward(dy, dy, norm, scratch->inv, scratch->f, n, s->d);
    if (mixes(s)) pre_mix_backward(m, s, block, tape, x0, deltas, scratch, dy, rows);
    if (early(s)) x0_backward(m, s, block, x0, deltas, scratch, dy, rows);
}

void hr_block_backward(const hr_model *model, const hr_dims *s, const hr_block *block,
                       const hr_tape *tape, const hr_deltas *deltas, const hr_scratch *scratch,
                       hr_real *dy, size_t rows) {
    if (s->pre) pre_backward(model, s, block, tape, deltas, scratch, dy, rows);
    else post_backward(model, s, block, tape, deltas, scratch, dy, rows);
}

/* Rows part of sums (out x in) += the product of operands of n rows. */
static void product(const hr_kern *k, const hr_linear *w, hr_real *sums, hr_real *const operands[2],
                    size_t n, size_t part, size_t parts) {
    size_t each = (w->out + parts - 1) / parts;
    each = (each + GROUP - 1) / GROUP * GROUP;
    size_t from = each * part, to = from + each < w->out ? from + each : w->out;
    if (from < to)
        k->operand_product(sums + w->sums, operands[0], operands[1], w->out, w->in, n, from, to);
}

/* Taps of some of the channels. */
static void conv_gradient(const hr_model *m, const hr_dims *s, const hr_block *block, hr_real *sums,
                          const hr_real *ds0, const hr_real *in, size_t rows, size_t part,
                          size_t parts) {
    hr_conv conv = conv_of(m, s, block);
    size_t each = (s->d + parts - 1) / parts;
    each = (each + GROUP - 1) / GROUP * GROUP;
    size_t from = each * part, to = from + each < s->d ? from + each : s->d;
    for (size_t b = 0; from < to && b < rows; b++) {
        size_t cells = (b * s->tokens + s->prefix) * s->d;
        m->kern->conv_gradient(sums + block->conv_sums, ds0 + cells, in + cells, &conv, from, to);
    }
}

void hr_block_gradient(const hr_model *m, const hr_dims *s, const hr_block *block,
                       const hr_tape *tape, const hr_deltas *deltas, const hr_scratch *scratch,
                       hr_real *sums, size_t rows, size_t part, size_t parts) {
    const hr_kern *k = m->kern;
    size_t n = rows * s->tokens;
    hr_mlp w = mlp_of(m, &block->gate_up, &block->down);
    hr_mlp mix = mlp_of(m, &block->mix_in, &block->mix_out);
    k->mlp_gradient(sums + block->gate_up.sums, sums + block->down.sums, deltas->mlp, n, &w, part,
                    parts);
    if (s->taps)
        conv_gradient(m, s, block, sums, deltas->ds0, s->pre ? deltas->in : tape->in, rows, part,
                      parts);
    if (s->fields > 1) product(k, &block->fields, sums, deltas->fields, n / s->fields, part, parts);
    if (s->token_mlp)
        k->mix_gradient(sums + block->mix_in.sums, sums + block->mix_out.sums, deltas->mix, rows,
                        s->d, &mix, part, parts, scratch->mlp);
    if (!s->attention) return;
    product(k, &block->mix_out, sums, deltas->o, n, part, parts);
    product(k, &block->mix_in, sums, deltas->qkv, n, part, parts);
}

/* grads (out x in) += sums, transposed (in x out) or not. */
static void collect(const hr_kern *k, const hr_linear *w, const hr_real *sums, hr_real *grads,
                    bool transposed) {
    k->collect(grads + w->weight, sums + w->sums, transposed ? w->in : w->out,
               transposed ? w->out : w->in, transposed);
}

void hr_block_collect(const hr_model *m, const hr_block *block, const hr_real *sums,
                      hr_real *grads) {
    hr_dims s = hr_dims_of(&m->spec);
    const hr_kern *k = m->kern;
    size_t taps = s.taps * s.d;
    if (taps) k->add(grads + block->conv, grads + block->conv, sums + block->conv_sums, taps);
    if (s.fields > 1) collect(k, &block->fields, sums, grads, false);
    if (mixes(&s)) {
        collect(k, &block->mix_in, sums, grads, false);
        collect(k, &block->mix_out, sums, grads, s.token_mlp);
    }
    collect(k, &block->gate_up, sums, grads, true);
    collect(k, &block->down, sums, grads, false);
}
