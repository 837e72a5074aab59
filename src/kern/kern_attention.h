/* kern_attention.h - attention as products and passes over rows, for tables that do not fuse it.
 * Comes after pack, gemm and gemm_tn, and after the elementwise part of kern_vec.h. */
/* In place over the rows of s (tokens x ld): softmax(scale s). */
static void softmax_rows(float *s, size_t ld, size_t tokens, float scale) {
    ints lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    for (size_t t = 0; t < tokens; t++, s += ld) {
        vec most = splat(s[0]);
        EACH(tokens, {
            vec x = pick(lane < (ints)(lane * 0 + (int)left), GET(s), most);
            most = pick(x > most, x, most);
        });
        vec top = splat(max_lanes(most)), by = splat(scale), sums = {0};
        EACH(tokens, {
            vec e = vec_exp((GET(s) - top) * by);
            e = pick(lane < (ints)(lane * 0 + (int)left), e, splat(0));
            sums += e;
            PUT(s, e);
        });
        vec share = splat(1 / sum_lanes(sums));
        EACH(tokens, { PUT(s, GET(s) * share); });
    }
}

/* Scratch of one head: probabilities, their gradients, a packed operand. */
typedef struct head_space {
    size_t ld; /* of p and dp */
    float *p, *dp, *packed;
} head_space;

static head_space divide(float *scratch, size_t tokens) {
    size_t ld = (tokens + PANEL - 1) / PANEL * PANEL;
    return (head_space){ld, scratch, scratch + tokens * ld, scratch + 2 * tokens * ld};
}

static void probabilities(const head_space *w, const float *q, const float *k, size_t ld,
                          size_t tokens, size_t head_dim, float scale) {
    pack(w->packed, k, 1, ld, head_dim, tokens);
    gemm(w->p, w->ld, q, ld, w->packed, tokens, tokens, head_dim, false);
    softmax_rows(w->p, w->ld, tokens, scale);
}

static void attention(float *out, const float *qkv, size_t tokens, size_t heads, size_t head_dim,
                      size_t first, size_t last, float scale, float *scratch) {
    size_t d = heads * head_dim, ld = 3 * d;
    head_space w = divide(scratch, tokens);
    for (size_t h = first; h < last; h++) {
        const float *q = qkv + h * head_dim, *k = q + d, *v = k + d;
        probabilities(&w, q, k, ld, tokens, head_dim, scale);
        pack(w.packed, v, ld, 1, tokens, head_dim);
        gemm(out + h * head_dim, d, w.p, w.ld, w.packed, tokens, head_dim, tokens, false);
    }
}

/* dp <- p (dp - sum(p dp)) scale, row by row. */
static void softmax_backward(const head_space *w, size_t tokens, float scale) {
    for (size_t t = 0; t < tokens; t++) {
        const float *p = w->p + t * w->ld;
        float *dp = w->dp + t * w->ld;
        vec products = {0};
        EACH(tokens, { products = FUSED(GET(p), GET(dp), products); });
        vec sum = splat(sum_lanes(products)), by = splat(scale);
        EACH(tokens, { PUT(dp, GET(p) * (GET(dp) - sum) * by); });
    }
}

static void attention_backward(float *dqkv, const float *dout, const float *qkv, size_t tokens,
                               size_t heads, size_t head_dim, float scale, float *scratch) {
    size_t d = heads * head_dim, ld = 3 * d;
    head_space w = divide(scratch, tokens);
    memset(dqkv, 0, tokens * ld * sizeof *dqkv);
    for (size_t h = 0; h < heads; h++) {
        const float *q = qkv + h * head_dim, *k = q + d, *v = k + d, *dy = dout + h * head_dim;
        float *dq = dqkv + h * head_dim, *dk = dq + d, *dv = dk + d;
        probabilities(&w, q, k, ld, tokens, head_dim, scale);
        gemm_tn(dv, ld, w.p, w.ld, dy, d, tokens, head_dim, tokens);
        pack(w.packed, v, 1, ld, head_dim, tokens);
        gemm(w.dp, w.ld, dy, d, w.packed, tokens, tokens, head_dim, false);
        softmax_backward(&w, tokens, scale);
        pack(w.packed, k, ld, 1, tokens, head_dim);
        gemm(dq, ld, w.dp, w.ld, w.packed, tokens, head_dim, tokens, false);
        gemm_tn(dk, ld, w.dp, w.ld, q, ld, tokens, head_dim, tokens);
    }
}
