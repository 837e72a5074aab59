/* kern_vec.h - the fast float kernels, written once with vector extensions and compiled once per
 * instruction set: the including file defines LANES (floats in a register), ROWS (rows of a
 * register tile), FUSED(a, b, c) (a * b + c with one rounding) and TABLE (name of the hr_kern).
 *
 * Nothing is contracted that is not written as FUSED: every compiler and every optimisation level
 * gives the same bits.
 *
 * Every sum of gemm is one chain of fused multiply-adds over k, every sum of gemm_tn one chain per
 * DEPTH rows, added up in order, in full and in partial tiles alike: so a result does not depend on
 * how a caller splits rows or columns. Everything is static: nothing compiled for one instruction
 * set may be linked into code that runs on another. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kern/kern.h"

enum {
    PANEL = 2 * LANES,    /* columns of a register tile and of a packed panel */
    DEPTH = 128,          /* rows that gemm_tn packs at a time */
    L2_FLOATS = 96 << 10, /* packed B that stays in L2 while rows pass by */
};

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ints __attribute__((vector_size(LANES * 4)));
/* A vector in memory: aligned like a float. */
typedef float vec_there __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vec load(const float *p) {
    return *(const vec_there *)p;
}

INLINE void store(float *p, vec v) {
    *(vec_there *)p = v;
}

INLINE vec splat(float x) {
    return x - (vec){0};
}

/* The first n lanes, n <= LANES; the others read as 0 and are not written. */
INLINE vec load_part(const float *p, size_t n) {
    vec v = {0};
    memcpy(&v, p, n * sizeof *p);
    return v;
}

INLINE void store_part(float *p, vec v, size_t n) {
    memcpy(p, &v, n * sizeof *p);
}

INLINE vec pick(ints mask, vec yes, vec no) {
    return (vec)((mask & (ints)yes) | (~mask & (ints)no));
}

INLINE float sum_lanes(vec v) {
    float part[LANES], sum = 0;
    memcpy(part, &v, sizeof part);
    for (int width = LANES / 2; width; width /= 2)
        for (int i = 0; i < width; i++) part[i] += part[i + width];
    sum = part[0];
    return sum;
}

INLINE float max_lanes(vec v) {
    float most = v[0];
    for (int i = 1; i < LANES; i++) most = v[i] > most ? v[i] : most;
    return most;
}

/* ---- elementary functions -------------------------------------------------------------------- */

/* exp within 2 ulp: x = n ln 2 + r, polynomial in r, scaled by 2^n in two steps so that results
 * below the normal range and infinity come out right. */
INLINE vec vec_exp(vec x) {
    const vec magic = splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    x = pick(x < splat(-104.0f), splat(-104.0f), x);
    x = pick(x > splat(89.0f), splat(89.0f), x);
    vec shifted = x * splat(1.44269504088896341f) + magic;
    vec n = shifted - magic;
    vec r = FUSED(n, splat(2.12194440e-4f), FUSED(n, splat(-0.693359375f), x));
    vec p = splat(1.9875691500e-4f);
    p = FUSED(p, r, splat(1.3981999507e-3f));
    p = FUSED(p, r, splat(8.3334519073e-3f));
    p = FUSED(p, r, splat(4.1665795894e-2f));
    p = FUSED(p, r, splat(1.6666665459e-1f));
    p = FUSED(p, r, splat(5.0000001201e-1f));
    p = FUSED(p, r * r, r) + splat(1.0f);
    ints whole = (ints)shifted - (ints)magic;
    ints half = whole >> 1;
    vec a = (vec)((half + 127) << 23), b = (vec)((whole - half + 127) << 23);
    return p * a * b;
}

INLINE vec sigmoid(vec x) {
    return splat(1.0f) / (splat(1.0f) + vec_exp(-x));
}

INLINE vec vec_sqrt(vec x) {
    vec y;
    for (int i = 0; i < LANES; i++) y[i] = __builtin_sqrtf(x[i]);
    return y;
}

/* atan2(y, x) for x >= 0, within 3 ulp; 0 for (0, 0). */
INLINE vec vec_atan2(vec y, vec x) {
    const ints sign = (ints)y & (ints)splat(-0.0f);
    vec a = (vec)((ints)y ^ sign);
    ints steep = a > x;
    vec low = pick(steep, x, a), high = pick(steep, a, x);
    vec z = pick(high > splat(0.0f), low / high, splat(0.0f));
    ints upper = z > splat(0.41421356f);
    z = pick(upper, (z - splat(1.0f)) / (z + splat(1.0f)), z);
    vec q = z * z;
    vec p = FUSED(splat(8.05374449538e-2f), q, splat(-1.38776856032e-1f));
    p = FUSED(p, q, splat(1.99777106478e-1f));
    p = FUSED(p, q, splat(-3.33329491539e-1f));
    vec t = FUSED(p * q, z, z);
    t = pick(upper, t + splat(0.785398163397448f), t);
    t = pick(steep, splat(1.5707963267948966f) - t, t);
    return (vec)((ints)t ^ sign);
}

/* ---- matrix products ------------------------------------------------------------------------- */

static void pack(float *panels, const float *b, size_t row, size_t col, size_t k, size_t n) {
    for (size_t j0 = 0; j0 < n; j0 += PANEL, panels += k * PANEL) {
        size_t cols = n - j0 < PANEL ? n - j0 : PANEL;
        const float *from = b + j0 * col;
        for (size_t i = 0; i < k && cols < PANEL; i++)
            memset(panels + i * PANEL, 0, PANEL * sizeof *panels);
        if (col == 1)
            for (size_t i = 0; i < k; i++)
                memcpy(panels + i * PANEL, from + i * row, cols * sizeof *panels);
        else
            for (size_t j = 0; j < cols; j++)
                for (size_t i = 0; i < k; i++) panels[i * PANEL + j] = from[i * row + j * col];
    }
}

/* One register tile: c (rows x PANEL) from a (element (i, p) at a[i * step + p * lda]) and a panel.
 */
INLINE void tile(const int rows, float *c, size_t ldc, size_t cols, const float *a, size_t step,
                 size_t lda, const float *panel, size_t k, bool add) {
    vec s[ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = (vec){0};
    for (size_t p = 0; p < k; p++, panel += PANEL, a += lda) {
        vec b0 = load(panel), b1 = load(panel + LANES);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            vec x = splat(a[(size_t)i * step]);
            s[i][0] = FUSED(x, b0, s[i][0]);
            s[i][1] = FUSED(x, b1, s[i][1]);
        }
    }
    if (cols == PANEL) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            float *out = c + (size_t)i * ldc;
            store(out, add ? load(out) + s[i][0] : s[i][0]);
            store(out + LANES, add ? load(out + LANES) + s[i][1] : s[i][1]);
        }
        return;
    }
    float whole[ROWS][PANEL];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
        store(whole[i], s[i][0]);
        store(whole[i] + LANES, s[i][1]);
    }
    for (int i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            c[(size_t)i * ldc + j] = add ? c[(size_t)i * ldc + j] + whole[i][j] : whole[i][j];
}

typedef void (*tile_fn)(float *c, size_t ldc, size_t cols, const float *a, const size_t stride[2],
                        const float *panel, size_t k, bool add);

/* A tile of `rows` rows for each way A is read: by rows in gemm, down its columns in gemm_tn. */
#define TILE(rows)                                                                                 \
    static __attribute__((noinline)) void tile_##rows(float *c, size_t ldc, size_t cols,           \
                                                      const float *a, const size_t stride[2],      \
                                                      const float *panel, size_t k, bool add) {    \
        if (stride[0] == 1) tile(rows, c, ldc, cols, a, 1, stride[1], panel, k, add);              \
        else tile(rows, c, ldc, cols, a, stride[0], 1, panel, k, add);                             \
    }
TILE(1)
TILE(2)
TILE(4)
static __attribute__((noinline)) void tile_full(float *c, size_t ldc, size_t cols, const float *a,
                                                const size_t stride[2], const float *panel,
                                                size_t k, bool add) {
    if (stride[0] == 1) tile(ROWS, c, ldc, cols, a, 1, stride[1], panel, k, add);
    else tile(ROWS, c, ldc, cols, a, stride[0], 1, panel, k, add);
}

/* The tallest tile for `left` rows. */
INLINE size_t tallest(size_t left, tile_fn *fn) {
    *fn = left >= ROWS ? tile_full : left >= 4 ? tile_4 : left >= 2 ? tile_2 : tile_1;
    return left >= ROWS ? ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static void gemm(float *c, size_t ldc, const float *a, size_t lda, const float *panels, size_t m,
                 size_t n, size_t k, bool add) {
    const size_t stride[2] = {lda, 1};
    size_t group = L2_FLOATS / (k * PANEL) * PANEL; /* columns whose panels stay in L2 */
    if (group < PANEL) group = PANEL;
    for (size_t j0 = 0; j0 < n; j0 += group) {
        size_t j1 = n - j0 < group ? n : j0 + group;
        tile_fn fn;
        for (size_t i = 0, rows; i < m; i += rows) {
            rows = tallest(m - i, &fn);
            for (size_t j = j0; j < j1; j += PANEL)
                fn(c + i * ldc + j, ldc, n - j < PANEL ? n - j : PANEL, a + i * lda, stride,
                   panels + j * k, k, add);
        }
    }
}

static void gemm_tn(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                    size_t m, size_t n, size_t k) {
    float panel[DEPTH * PANEL] __attribute__((aligned(64)));
    const size_t stride[2] = {1, lda};
    for (size_t j = 0; j < n; j += PANEL) {
        size_t cols = n - j < PANEL ? n - j : PANEL;
        for (size_t p = 0; p < k; p += DEPTH) {
            size_t depth = k - p < DEPTH ? k - p : DEPTH;
            pack(panel, b + p * ldb + j, ldb, 1, depth, cols);
            tile_fn fn;
            for (size_t i = 0, rows; i < m; i += rows) {
                rows = tallest(m - i, &fn);
                fn(c + i * ldc + j, ldc, cols, a + p * lda + i, stride, panel, depth, true);
            }
        }
    }
}

/* ---- norms and elementwise ------------------------------------------------------------------- */

/* Calls `body` with at (first lane) and left (lanes in use) over n elements. */
#define EACH(n, body)                                                                              \
    do {                                                                                           \
        size_t at = 0;                                                                             \
        for (; at + LANES <= (n); at += LANES) {                                                   \
            const size_t left = LANES;                                                             \
            body                                                                                   \
        }                                                                                          \
        if (at < (n)) {                                                                            \
            const size_t left = (n)-at;                                                            \
            body                                                                                   \
        }                                                                                          \
    } while (0)
#define GET(p)    (left == LANES ? load((p) + at) : load_part((p) + at, left))
#define PUT(p, v) (left == LANES ? store((p) + at, (v)) : store_part((p) + at, (v), left))

static void add_rms(float *y, float *inv, const float *x, const float *f, size_t rows, size_t d,
                    float eps) {
    for (size_t r = 0; r < rows; r++, y += d, x += d, f += d) {
        vec squares = {0};
        EACH(d, {
            vec s = GET(x) + GET(f);
            squares = FUSED(s, s, squares);
            PUT(y, s);
        });
        float scale = 1 / sqrtf(sum_lanes(squares) / (float)d + eps);
        vec by = splat(scale);
        EACH(d, { PUT(y, GET(y) * by); });
        if (inv) inv[r] = scale;
    }
}

static void add_rms_backward(float *ds, const float *y, const float *inv, const float *dy,
                             size_t rows, size_t d) {
    for (size_t r = 0; r < rows; r++, ds += d, y += d, dy += d) {
        vec products = {0};
        EACH(d, { products = FUSED(GET(dy), GET(y), products); });
        vec mean = splat(sum_lanes(products) / (float)d), by = splat(inv[r]);
        EACH(d, { PUT(ds, by * (GET(dy) - GET(y) * mean)); });
    }
}

static void swiglu(float *h, const float *gate_up, size_t rows, size_t inter) {
    for (size_t r = 0; r < rows; r++, h += inter, gate_up += 2 * inter) {
        const float *up = gate_up + inter;
        EACH(inter, {
            vec g = GET(gate_up);
            PUT(h, g * sigmoid(g) * GET(up));
        });
    }
}

static void swiglu_backward(float *dgate_up, const float *gate_up, const float *dh, size_t rows,
                            size_t inter) {
    for (size_t r = 0; r < rows; r++, dh += inter, gate_up += 2 * inter, dgate_up += 2 * inter) {
        const float *up = gate_up + inter;
        float *dup = dgate_up + inter;
        EACH(inter, {
            vec g = GET(gate_up);
            vec u = GET(up);
            vec d = GET(dh);
            vec s = sigmoid(g);
            PUT(dgate_up, d * u * s * (splat(1.0f) + g * (splat(1.0f) - s)));
            PUT(dup, d * g * s);
        });
    }
}

static void rope(float *x, size_t ld, const float *cosine, const float *sine, size_t tokens,
                 size_t heads, size_t head_dim, bool inverse) {
    size_t half = head_dim / 2;
    const vec turn = splat(inverse ? -1.0f : 1.0f);
    for (size_t t = 0; t < tokens; t++, x += ld, cosine += half, sine += half)
        for (size_t h = 0; h < heads; h++) {
            float *first = x + h * head_dim;
            float *second = first + half;
            EACH(half, {
                vec c = GET(cosine);
                vec s = GET(sine) * turn;
                vec a = GET(first);
                vec b = GET(second);
                PUT(first, a * c - b * s);
                PUT(second, b * c + a * s);
            });
        }
}

static void add(float *out, const float *a, const float *b, size_t n) {
    EACH(n, { PUT(out, GET(a) + GET(b)); });
}

static void transpose(float *out, const float *a, size_t rows, size_t cols) {
    enum { SIDE = 16 }; /* square blocks keep both sides' lines in L1 */
    for (size_t i0 = 0; i0 < rows; i0 += SIDE)
        for (size_t j0 = 0; j0 < cols; j0 += SIDE) {
            size_t i1 = rows - i0 < SIDE ? rows : i0 + SIDE;
            size_t j1 = cols - j0 < SIDE ? cols : j0 + SIDE;
            for (size_t j = j0; j < j1; j++)
                for (size_t i = i0; i < i1; i++) out[j * rows + i] = a[i * cols + j];
        }
}

/* ---- attention ------------------------------------------------------------------------------- */

/* In place over the rows of s (tokens x ld): softmax(scale s). */
static void softmax_rows(float *s, size_t ld, size_t tokens, float scale) {
    for (size_t t = 0; t < tokens; t++, s += ld) {
        vec most = splat(s[0]);
        EACH(tokens, {
            vec x = GET(s);
            if (left < LANES)
                for (size_t i = left; i < LANES; i++) x[i] = s[0];
            most = pick(x > most, x, most);
        });
        vec top = splat(max_lanes(most)), by = splat(scale), sums = {0};
        EACH(tokens, {
            vec e = vec_exp((GET(s) - top) * by);
            if (left < LANES)
                for (size_t i = left; i < LANES; i++) e[i] = 0;
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
                      float scale, float *scratch) {
    size_t d = heads * head_dim, ld = 3 * d;
    head_space w = divide(scratch, tokens);
    for (size_t h = 0; h < heads; h++) {
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

/* ---- optimisers ------------------------------------------------------------------------------ */

/* Decay and moments, common to both; gives the new m and v. */
#define MOMENTS                                                                                    \
    vec g_ = GET(g);                                                                               \
    vec m_ = GET(m);                                                                               \
    vec v_ = GET(v);                                                                               \
    vec p_ = GET(p) * splat(1 - step->decay);                                                      \
    m_ += splat(1 - step->beta1) * (g_ - m_);                                                      \
    v_ += splat(1 - step->beta2) * (g_ * g_ - v_);                                                 \
    PUT(m, m_);                                                                                    \
    PUT(v, v_);

static void adam_atan2(float *p, float *m, float *v, const float *g, size_t n,
                       const hr_adam *step) {
    const vec root = splat(sqrtf(step->correct2)), rate = splat(step->lr / step->correct1);
    EACH(n, {
        MOMENTS
        PUT(p, p_ - rate * vec_atan2(m_, vec_sqrt(v_) / root));
    });
}

static void adamw(float *p, float *m, float *v, const float *g, size_t n, const hr_adam *step) {
    const vec rate = splat(step->lr), c1 = splat(step->correct1), c2 = splat(step->correct2);
    const vec eps = splat(step->eps);
    EACH(n, {
        MOMENTS
        PUT(p, p_ - rate * (m_ / c1) / (vec_sqrt(v_ / c2) + eps));
    });
}

static void ema(float *average, const float *p, size_t n, double rate) {
    const vec keep = splat((float)rate), take = splat((float)(1 - rate));
    EACH(n, { PUT(average, take * GET(p) + keep * GET(average)); });
}

const hr_kern TABLE = {
    .name = TABLE_NAME,
    .panel = PANEL,
    .pack = pack,
    .gemm = gemm,
    .gemm_tn = gemm_tn,
    .add_rms = add_rms,
    .add_rms_backward = add_rms_backward,
    .swiglu = swiglu,
    .swiglu_backward = swiglu_backward,
    .rope = rope,
    .attention = attention,
    .attention_backward = attention_backward,
    .add = add,
    .transpose = transpose,
    .adam_atan2 = adam_atan2,
    .adamw = adamw,
    .ema = ema,
};
