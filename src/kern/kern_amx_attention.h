/* kern_amx_attention.h - attention on tiles, one head and 32 queries at a time. Their scores leave
 * the tiles transposed, keys by queries: each SIMD lane is a query, and nothing is summed across
 * lanes; they become probabilities in L1 or L2 and are written as the tiles of the products that
 * follow. Part of kern_amx.c.
 *
 * Tokens and channels are padded to whole steps with zeros; t and h count the steps of both. */

/* Takes n bf16 numbers of the scratch. */
INLINE bf16 *take(float **scratch, size_t n) {
    bf16 *p = (bf16 *)(void *)*scratch;
    *scratch += n / 2;
    return p;
}

/* s (32 t keys x 32) = keys, as tiles by rows, times 32 queries, down the columns. */
INLINE void scores(float *s, const bf16 *keys, const bf16 *queries, size_t t, size_t h) {
    for (size_t j = 0; j < t; j++) {
        const factors o = once(keys + j * h * STEP, queries, h);
        block(s + j * EDGE * EDGE, EDGE, NULL, o, true, true);
    }
}

/* Two vectors: 32 queries. */
typedef struct pair {
    __m512 v[2];
} pair;

#define BOTH HR_UNROLL(2) for (size_t i = 0; i < 2; i++)

/* Replaces the scores by exp(scale (s - the largest)); returns 1 / their sum. */
static pair exponentials(float *s, size_t tokens, float scale) {
    pair top, late, sum;
    BOTH top.v[i] = late.v[i] = _mm512_load_ps(s + 16 * i);
    for (size_t j = 1; j + 1 < tokens; j += 2) BOTH {
            top.v[i] = _mm512_max_ps(top.v[i], _mm512_load_ps(s + j * EDGE + 16 * i));
            late.v[i] = _mm512_max_ps(late.v[i], _mm512_load_ps(s + (j + 1) * EDGE + 16 * i));
        }
    if (tokens % 2 == 0) /* the last has no neighbour */
        BOTH top.v[i] = _mm512_max_ps(top.v[i], _mm512_load_ps(s + (tokens - 1) * EDGE + 16 * i));
    BOTH {
        top.v[i] = _mm512_max_ps(top.v[i], late.v[i]);
        sum.v[i] = _mm512_setzero_ps();
    }
    for (size_t j = 0; j < tokens; j++, s += EDGE) BOTH {
            __m512 x = _mm512_sub_ps(_mm512_load_ps(s + 16 * i), top.v[i]);
            __m512 e = quick_exp(_mm512_mul_ps(x, _mm512_set1_ps(scale)));
            sum.v[i] = _mm512_add_ps(sum.v[i], e);
            _mm512_store_ps(s + 16 * i, e);
        }
    BOTH sum.v[i] = _mm512_div_ps(_mm512_set1_ps(1.0f), sum.v[i]);
    return sum;
}

/* s (tokens x 32) as tiles by rows of its transpose. */
static void transpose_scores(bf16 *out, const float *s, size_t tokens) {
    for (size_t j = 0; j < tokens; j += EDGE, out += STEP)
        for (size_t half = 0; half < 2; half++)
            tile_of_columns(out + half * STEP / 2, s + j * EDGE + half * 16, EDGE, tokens - j, 16,
                            true);
}

/* `rows` rows of the sum over tokens, each times its factor. */
static void weigh(float *out, const hr_head *head, const bf16 *p, const bf16 *v,
                  const float *factor, size_t rows) {
    float sums[EDGE * EDGE] __attribute__((aligned(64)));
    size_t t = steps_of(head->tokens), width = head->width;
    for (size_t c = 0; c < width; c += EDGE) {
        const factors o = once(p, v + c * t * EDGE, t);
        __mmask16 left = first_lanes(width - c);
        __mmask16 right = width > c + 16 ? first_lanes(width - c - 16) : 0;
        block(sums, EDGE, NULL, o, true, true);
        for (size_t r = 0; r < rows; r++) {
            __m512 by = _mm512_set1_ps(factor[r]);
            float *to = out + r * head->ldo + c;
            _mm512_mask_storeu_ps(to, left, _mm512_mul_ps(_mm512_load_ps(sums + r * EDGE), by));
            if (!right) continue;
            _mm512_mask_storeu_ps(to + 16, right,
                                  _mm512_mul_ps(_mm512_load_ps(sums + r * EDGE + 16), by));
        }
    }
}

static void attention(float *out, const float *q, const hr_head *head, float *scratch) {
    size_t tokens = head->tokens, width = head->width, t = steps_of(tokens), h = steps_of(width);
    bf16 *keys = take(&scratch, t * h * STEP), *v = take(&scratch, t * h * STEP);
    bf16 *queries = take(&scratch, h * STEP), *p = take(&scratch, t * STEP);
    float *s = scratch, factor[EDGE] __attribute__((aligned(64)));
    ready();
    tiles_of_rows(keys, q + head->stride, head->ld, tokens, width);
    tiles_of_columns(v, q + 2 * head->stride, head->ld, tokens, width, false);
    for (size_t i = 0; i < tokens; i += EDGE) {
        size_t count = tokens - i < EDGE ? tokens - i : EDGE;
        tiles_of_transpose(queries, q + i * head->ld, head->ld, count, width);
        scores(s, keys, queries, t, h);
        pair share = exponentials(s, tokens, head->scale);
        for (size_t k = 0; k < 2; k++) _mm512_store_ps(factor + 16 * k, share.v[k]);
        transpose_scores(p, s, tokens);
        weigh(out + i * head->ldo, head, p, v, factor, count);
    }
}

/* ---- backward -------------------------------------------------------------------------------- */

enum { QUERIES = 4 * EDGE }; /* whose parts of the gradients at k and v are summed in the tiles */

/* A head at work. */
typedef struct work {
    const hr_head *head;
    size_t t, h, ld; /* ld: of dq */
    const float *q, *dout;
    float *dq;
    bf16 *keys, *values;      /* by rows */
    bf16 *k_cols;             /* down the columns */
    bf16 *q_cols, *dout_cols; /* of the queries at work, down the columns */
    bf16 *p, *ds;             /* keys by queries at work: probabilities, gradients
                                 at the scores */
    bf16 *queries, *dout_transposed, *ds_transposed; /* of 32 queries */
    float *s, *dp;                                   /* (32 t x 32) */
} work;

static void share_out(work *w, float *scratch) {
    size_t all = w->t * w->h * STEP, deep = w->t < QUERIES / EDGE ? w->t : QUERIES / EDGE;
    w->keys = take(&scratch, all);
    w->values = take(&scratch, all);
    w->k_cols = take(&scratch, all);
    w->q_cols = take(&scratch, deep * w->h * STEP);
    w->dout_cols = take(&scratch, deep * w->h * STEP);
    w->p = take(&scratch, deep * w->t * STEP);
    w->ds = take(&scratch, deep * w->t * STEP);
    w->queries = take(&scratch, w->h * STEP);
    w->dout_transposed = take(&scratch, w->h * STEP);
    w->ds_transposed = take(&scratch, w->t * STEP);
    w->s = scratch;
    w->dp = scratch + w->t * EDGE * EDGE;
}

/* Row j of 32 queries' columns, the `step`-th of `deep`, of tiles by rows. */
INLINE bf16 *row_at(bf16 *tiles, size_t j, size_t step, size_t deep) {
    return tiles + (j / EDGE * deep + step) * STEP + j % EDGE * EDGE;
}

/* dp becomes the gradient at the scores, p (dp - sum(p dp)) scale; both are written as tiles. */
static void softmax_backward(const work *w, size_t step, size_t deep) {
    pair share = exponentials(w->s, w->head->tokens, w->head->scale), mean;
    const __m512 by = _mm512_set1_ps(w->head->scale);
    const size_t tokens = w->head->tokens;
    const float *e = w->s;
    float *dp = w->dp;
    BOTH mean.v[i] = _mm512_setzero_ps();
    for (size_t j = 0; j < tokens; j++, e += EDGE, dp += EDGE)
        BOTH mean.v[i] =
            _mm512_fmadd_ps(_mm512_load_ps(e + 16 * i), _mm512_load_ps(dp + 16 * i), mean.v[i]);
    BOTH mean.v[i] = _mm512_mul_ps(mean.v[i], share.v[i]);
    e = w->s, dp = w->dp;
    for (size_t j = 0; j < tokens; j++, e += EDGE, dp += EDGE) {
        pair p, ds;
        BOTH {
            p.v[i] = _mm512_mul_ps(_mm512_load_ps(e + 16 * i), share.v[i]);
            ds.v[i] = _mm512_sub_ps(_mm512_load_ps(dp + 16 * i), mean.v[i]);
            ds.v[i] = _mm512_mul_ps(_mm512_mul_ps(p.v[i], by), ds.v[i]);
            _mm512_store_ps(dp + 16 * i, ds.v[i]);
        }
        _mm512_store_si512(row_at(w->p, j, step, deep),
                           (__m512i)_mm512_cvtne2ps_pbh(p.v[1], p.v[0]));
        _mm512_store_si512(row_at(w->ds, j, step, deep),
                           (__m512i)_mm512_cvtne2ps_pbh(ds.v[1], ds.v[0]));
    }
}

/* Queries i..i+31, the `step`-th of `deep` that are at work: the gradient at q, and what those at k
 * and v are made of. */
static void query_backward(const work *w, size_t i, size_t step, size_t deep) {
    const hr_head *head = w->head;
    size_t tokens = head->tokens, width = head->width;
    size_t count = tokens - i < EDGE ? tokens - i : EDGE;
    tiles_of_transpose(w->queries, w->q + i * head->ld, head->ld, count, width);
    tiles_of_transpose(w->dout_transposed, w->dout + i * head->ldo, head->ldo, count, width);
    scores(w->s, w->keys, w->queries, w->t, w->h);
    scores(w->dp, w->values, w->dout_transposed, w->t, w->h);
    softmax_backward(w, step, deep);
    transpose_scores(w->ds_transposed, w->dp, tokens);
    for (size_t c = 0; c < width; c += EDGE) {
        const factors o = once(w->ds_transposed, w->k_cols + c * w->t * EDGE, w->t);
        block_any(w->dq + i * w->ld + c, w->ld, NULL, count, width - c, o);
    }
}

static void attention_backward(float *dq, size_t ld, size_t stride, const float *dout,
                               const float *q, const hr_head *head, float *scratch) {
    size_t tokens = head->tokens, width = head->width;
    work w = {.head = head,
              .t = steps_of(tokens),
              .h = steps_of(width),
              .ld = ld,
              .q = q,
              .dout = dout,
              .dq = dq};
    share_out(&w, scratch);
    ready();
    tiles_of_rows(w.keys, q + head->stride, head->ld, tokens, width);
    tiles_of_rows(w.values, q + 2 * head->stride, head->ld, tokens, width);
    tiles_of_columns(w.k_cols, q + head->stride, head->ld, tokens, width, false);
    for (size_t g = 0; g < tokens; g += QUERIES) {
        size_t count = tokens - g < QUERIES ? tokens - g : QUERIES, deep = steps_of(count);
        tiles_of_columns(w.q_cols, q + g * head->ld, head->ld, count, width, false);
        tiles_of_columns(w.dout_cols, dout + g * head->ldo, head->ldo, count, width, false);
        for (size_t step = 0; step < deep; step++) query_backward(&w, g + step * EDGE, step, deep);
        hr_gemm gradient = {.c = dq + stride, .ldc = ld, .m = tokens, .n = width};
        product_of(&gradient, g ? gradient.c : NULL, once(w.ds, w.q_cols, deep), deep, deep);
        gradient.c += stride;
        product_of(&gradient, g ? gradient.c : NULL, once(w.p, w.dout_cols, deep), deep, deep);
    }
}
