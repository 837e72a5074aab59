/* kern_attention.h - attention as products and passes over rows, for tables that do not fuse it.
 * Comes after pack, gemm and gemm_tn, and after the elementwise part of kern_vec.h. EXP is the
 * exponential of numbers up to 0. */
#ifndef EXP
#define EXP vec_exp
#endif

/* Lanes of a row from `at` on that are not past its end. Rows are whole vectors apart, so what lies
 * there may be read, whatever it is, and written. */
INLINE ints within(size_t at, size_t tokens) {
    ints lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    return lane < (int)(tokens - at);
}

/* In place over the rows of s (tokens x ld): softmax(scale s), zeros past the end. */
static void softmax_rows(float *s, size_t ld, size_t tokens, float scale) {
    for (size_t t = 0; t < tokens; t++, s += ld) {
        vec most = splat(s[0]);
        for (size_t at = 0; at < tokens; at += LANES) {
            vec x = pick(within(at, tokens), load(s + at), most);
            most = pick(x > most, x, most);
        }
        vec top = splat(max_lanes(most)), by = splat(scale), sums = {0};
        for (size_t at = 0; at < tokens; at += LANES) {
            vec e = EXP((load(s + at) - top) * by);
            e = pick(within(at, tokens), e, splat(0));
            sums += e;
            store(s + at, e);
        }
        vec share = splat(1 / sum_lanes(sums));
        for (size_t at = 0; at < tokens; at += LANES) store(s + at, load(s + at) * share);
    }
}

/* Scratch of one head: probabilities, a packed operand, gradients of the probabilities. */
typedef struct head_space {
    size_t tokens, ld; /* ld: of p and dp */
    float *p, *packed, *dp;
} head_space;

static head_space divide(float *scratch, const hr_head *h) {
    size_t ld = (h->tokens + PANEL - 1) / PANEL * PANEL;
    size_t wide = (h->width + PANEL - 1) / PANEL * PANEL;
    float *packed = scratch + h->tokens * ld;
    return (head_space){h->tokens, ld, scratch, packed, packed + ld * wide};
}

/* C (tokens x n) = A B, A over k by rows, B packed. */
static void multiply_packed(const head_space *w, float *c, size_t ldc, const float *a, size_t lda,
                            size_t n, size_t k) {
    gemm(&(hr_gemm){c, NULL, a, w->packed, ldc, lda, 0, w->tokens, n, k});
}

/* C (tokens x width) += the transpose of p or dp times B (tokens x width). */
static void add_transposed(const head_space *w, float *c, size_t ldc, const float *p,
                           const float *b, size_t ldb, size_t width) {
    gemm_tn(&(hr_gemm){c, NULL, p, b, ldc, w->ld, ldb, w->tokens, width, w->tokens});
}

static void probabilities(const head_space *w, const float *q, const hr_head *h) {
    pack(w->packed, q + h->stride, 1, h->ld, h->width, h->tokens);
    multiply_packed(w, w->p, w->ld, q, h->ld, h->tokens, h->width);
    softmax_rows(w->p, w->ld, h->tokens, h->scale);
}

static void attention(float *out, const float *q, const hr_head *h, float *scratch) {
    head_space w = divide(scratch, h);
    probabilities(&w, q, h);
    pack(w.packed, q + 2 * h->stride, h->ld, 1, h->tokens, h->width);
    multiply_packed(&w, out, h->ldo, w.p, w.ld, h->width, h->tokens);
}

/* dp <- p (dp - sum(p dp)) scale, row by row. */
static void softmax_backward(const head_space *w, size_t tokens, float scale) {
    for (size_t t = 0; t < tokens; t++) {
        const float *p = w->p + t * w->ld;
        float *dp = w->dp + t * w->ld;
        vec products = {0};
        for (size_t at = 0; at < tokens; at += LANES) {
            vec x = pick(within(at, tokens), load(dp + at), splat(0));
            store(dp + at, x);
            products = FUSED(load(p + at), x, products);
        }
        vec sum = splat(sum_lanes(products)), by = splat(scale);
        for (size_t at = 0; at < tokens; at += LANES)
            store(dp + at, load(p + at) * (load(dp + at) - sum) * by);
    }
}

static void attention_backward(float *dq, size_t ld, size_t stride, const float *dout,
                               const float *q, const hr_head *h, float *scratch) {
    size_t tokens = h->tokens, width = h->width;
    const float *k = q + h->stride, *v = k + h->stride;
    float *dk = dq + stride, *dv = dk + stride;
    head_space w = divide(scratch, h);
    for (size_t t = 0; t < tokens; t++) {
        memset(dk + t * ld, 0, width * sizeof *dk);
        memset(dv + t * ld, 0, width * sizeof *dv);
    }
    probabilities(&w, q, h);
    add_transposed(&w, dv, ld, w.p, dout, h->ldo, width);
    pack(w.packed, v, 1, h->ld, width, tokens);
    multiply_packed(&w, w.dp, w.ld, dout, h->ldo, tokens, width);
    softmax_backward(&w, tokens, h->scale);
    pack(w.packed, k, h->ld, 1, tokens, width);
    multiply_packed(&w, dq, ld, w.dp, w.ld, width, tokens);
    add_transposed(&w, dk, ld, w.dp, q, h->ld, width);
}
