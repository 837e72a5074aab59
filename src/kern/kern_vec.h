/* kern_vec.h - the fast kernels that are not plain matrix products, and the table. With BF16 it
 * comes after the products and packing of the table; else those of floats are taken. FUSES_MLPS,
 * FUSES_ATTENTION: the table's own MLPs and attention are there already. */
#ifndef BF16
#include "kern/kern_gemm.h"
#endif

/* ---- norms and elementwise ------------------------------------------------------------------- */

/* Does `body` for every vector of n elements: `at` is its first element, `left` how many it has. */
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

static void rms(float *y, float *inv, const float *x, size_t rows, size_t d, float eps) {
    for (size_t r = 0; r < rows; r++, y += d, x += d) {
        vec squares = {0};
        EACH(d, {
            vec s = GET(x);
            squares = FUSED(s, s, squares);
        });
        float scale = 1 / sqrtf(sum_lanes(squares) / (float)d + eps);
        vec by = splat(scale);
        EACH(d, { PUT(y, GET(x) * by); });
        if (inv) inv[r] = scale;
    }
}

INLINE void rms_back(float *dx, const float *addend, const float *y, const float *inv,
                     const float *dy, size_t rows, size_t d) {
    for (size_t r = 0; r < rows; r++, dx += d, y += d, dy += d) {
        vec products = {0};
        EACH(d, { products = FUSED(GET(dy), GET(y), products); });
        vec mean = splat(sum_lanes(products) / (float)d), by = splat(inv[r]);
        EACH(d, {
            vec own = by * (GET(dy) - GET(y) * mean);
            PUT(dx, addend ? GET(addend + r * d) + own : own);
        });
    }
}

static void rms_backward(float *dx, const float *addend, const float *y, const float *inv,
                         const float *dy, size_t rows, size_t d) {
    if (addend) rms_back(dx, addend, y, inv, dy, rows, d);
    else rms_back(dx, NULL, y, inv, dy, rows, d); /* nothing to ask in the loop */
}

/* A SIMD lane for each column, whose sum runs down the rows. */
static void rms_columns(float *y, float *inv, const float *x, size_t ld, size_t rows, size_t d,
                        float eps) {
    EACH(d, {
        vec squares = {0};
        for (size_t r = 0; r < rows; r++) {
            vec s = GET(x + r * ld);
            squares = FUSED(s, s, squares);
        }
        vec scale = splat(1.0f) / ROOT(squares / splat((float)rows) + splat(eps));
        for (size_t r = 0; r < rows; r++) PUT(y + r * ld, GET(x + r * ld) * scale);
        PUT(inv, scale);
    });
}

static void rms_columns_backward(float *dx, const float *y, const float *inv, const float *dy,
                                 size_t ld, size_t rows, size_t d) {
    EACH(d, {
        vec products = {0};
        for (size_t r = 0; r < rows; r++)
            products = FUSED(GET(dy + r * ld), GET(y + r * ld), products);
        vec mean = products / splat((float)rows);
        vec by = GET(inv);
        for (size_t r = 0; r < rows; r++)
            PUT(dx + r * ld, by * (GET(dy + r * ld) - GET(y + r * ld) * mean));
    });
}

#ifndef FUSES_MLPS
INLINE void gated(float *h, const float *gate_up, size_t rows, size_t inter, const bool relu) {
    for (size_t r = 0; r < rows; r++, h += inter, gate_up += 2 * inter) {
        const float *up = gate_up + inter;
        EACH(inter, {
            vec g = GET(gate_up);
            vec u = GET(up);
            PUT(h, relu ? pick(g > splat(0), g * u, splat(0)) : g * sigmoid(g) * u);
        });
    }
}

INLINE void gated_backward(float *dgate_up, const float *gate_up, const float *dh, size_t rows,
                           size_t inter, const bool relu) {
    for (size_t r = 0; r < rows; r++, dh += inter, gate_up += 2 * inter, dgate_up += 2 * inter) {
        const float *up = gate_up + inter;
        float *dup = dgate_up + inter;
        EACH(inter, {
            vec g = GET(gate_up);
            vec u = GET(up);
            vec d = GET(dh);
            if (relu) {
                PUT(dgate_up, pick(g > splat(0), d * u, splat(0)));
                PUT(dup, pick(g > splat(0), d * g, splat(0)));
            } else {
                vec s = sigmoid(g);
                PUT(dgate_up, d * u * s * (splat(1.0f) + g * (splat(1.0f) - s)));
                PUT(dup, d * g * s);
            }
        });
    }
}

static void glu(const hr_mlp *w, float *h, const float *gate_up, size_t rows, size_t inter) {
    if (w->relu) gated(h, gate_up, rows, inter, true);
    else gated(h, gate_up, rows, inter, false);
}

static void glu_backward(const hr_mlp *w, float *dgate_up, const float *gate_up, const float *dh,
                         size_t rows, size_t inter) {
    if (w->relu) gated_backward(dgate_up, gate_up, dh, rows, inter, true);
    else gated_backward(dgate_up, gate_up, dh, rows, inter, false);
}

#include "kern/kern_mlp.h"
#endif

static void rope(float *x, size_t ld, const hr_rope *r) {
    size_t half = r->head_dim / 2;
    const float *cosine = r->cos, *sine = r->sin;
    const vec sign = splat(r->inverse ? -1.0f : 1.0f);
    for (size_t t = 0; t < r->tokens; t++, x += ld, cosine += half, sine += half)
        for (size_t h = 0; h < r->heads; h++) {
            float *first = x + h * r->head_dim;
            float *second = first + half;
            EACH(half, {
                vec c = GET(cosine);
                vec s = GET(sine) * sign;
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

#ifndef FUSES_ATTENTION
#include "kern/kern_attention.h"
#endif
#include "kern/kern_conv.h"

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
        PUT(p, p_ - rate * vec_atan2(m_, ROOT(v_) / root));
    });
}

static void adamw(float *p, float *m, float *v, const float *g, size_t n, const hr_adam *step) {
    const vec rate = splat(step->lr), c1 = splat(step->correct1), c2 = splat(step->correct2);
    const vec eps = splat(step->eps);
    EACH(n, {
        MOMENTS
        PUT(p, p_ - rate * (m_ / c1) / (ROOT(v_ / c2) + eps));
    });
}

static void ema(float *average, const float *p, size_t n, double rate) {
    const vec keep = splat((float)rate), take = splat((float)(1 - rate));
    EACH(n, { PUT(average, take * GET(p) + keep * GET(average)); });
}

#include "kern/kern_table.h"
