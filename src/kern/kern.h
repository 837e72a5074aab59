/* kern.h - THE table of operations. A back end is one hr_kern; everything numeric above goes
 * through it. kern_ref.c is the definition of correct; every other table is tested against it.
 *
 * All matrices are row-major, `ld*` is the distance between rows in elements. Kernels cannot fail:
 * shapes are checked once, where a model is made. Sums run in one fixed order, which depends on the
 * shape only, never on the number of threads. Sizes may be any positive number: tails are the
 * kernel's business. Buffers are 64-byte aligned at their start, rows need not be.
 *
 * hr_real is float. A build with HR_REAL_DOUBLE makes it double with kern_ref.c alone: the same
 * model code then checks its gradients by finite differences.                                    */
#ifndef HR_KERN_H
#define HR_KERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#ifdef HR_REAL_DOUBLE
typedef double hr_real;
#else
typedef float hr_real;
#endif

/* One step of Adam-like optimisers; see optim.h for the formulas. */
typedef struct hr_adam {
    hr_real lr, beta1, beta2, eps, decay; /* decay: lr * weight decay, already multiplied */
    hr_real correct1, correct2;           /* 1 - beta1^t, 1 - beta2^t */
} hr_adam;

typedef struct hr_kern {
    const char *name; /* "ref", "portable", "avx2", "avx512", "avx512bf16", "amx", "neon" */
    size_t panel;     /* columns of one packed panel */
    size_t step;      /* summed numbers are packed in multiples of it */
    bool bf16;        /* matrix products round their operands to bf16 and sum in float */

    /* Packs B (k x n, element (i, j) at b[i * row + j * col]) for gemm: panels of `panel` columns,
     * each k rows of `panel` values, padded with zeros. hr_kern_pack_count says how
     * many hr_real that takes. (row = n, col = 1) packs B itself, (row = 1, col = k) packs the
     * transpose of an n x k matrix, such as a linear layer's weight. */
    void (*pack)(hr_real *panels, const hr_real *b, size_t row, size_t col, size_t k, size_t n);
    /* C (m x n) = A (m x k) B, B packed; with `add` C += A B. */
    void (*gemm)(hr_real *c, size_t ldc, const hr_real *a, size_t lda, const hr_real *panels,
                 size_t m, size_t n, size_t k, bool add);
    /* C (m x n) += A^T B, A (k x m), B (k x n), both plain: weight gradients. */
    void (*gemm_tn)(hr_real *c, size_t ldc, const hr_real *a, size_t lda, const hr_real *b,
                    size_t ldb, size_t m, size_t n, size_t k);

    /* y = s / sqrt(mean(s^2) + eps), s = x + f, by rows of d; inv (rows) gets 1 / sqrt(...) unless
     * NULL. y may be x or f. */
    void (*add_rms)(hr_real *y, hr_real *inv, const hr_real *x, const hr_real *f, size_t rows,
                    size_t d, hr_real eps);
    /* ds = inv (dy - y mean(dy y)): gradient for x and f alike. ds may be dy. */
    void (*add_rms_backward)(hr_real *ds, const hr_real *y, const hr_real *inv, const hr_real *dy,
                             size_t rows, size_t d);

    /* h (rows x inter) = silu(gate) * up; gate_up rows hold [gate | up] (rows x 2 inter). */
    void (*swiglu)(hr_real *h, const hr_real *gate_up, size_t rows, size_t inter);
    /* dgate_up from dh; dgate_up may be gate_up. */
    void (*swiglu_backward)(hr_real *dgate_up, const hr_real *gate_up, const hr_real *dh,
                            size_t rows, size_t inter);

    /* Rotate-half RoPE in place on `heads` heads of head_dim, the first columns of each of `tokens`
     * rows: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin); cos, sin (tokens x head_dim/2). With
     * `inverse` the angle is negated: that is also its gradient. */
    void (*rope)(hr_real *x, size_t ld, const hr_real *cos, const hr_real *sin, size_t tokens,
                 size_t heads, size_t head_dim, bool inverse);

    /* Softmax attention without mask for one sample: qkv (tokens x 3 heads head_dim: q heads, k
     * heads, v heads), out (tokens x heads head_dim); of the heads from `first` to before `last`.
     * scratch: hr_kern_attention_scratch. */
    void (*attention)(hr_real *out, const hr_real *qkv, size_t tokens, size_t heads,
                      size_t head_dim, size_t first, size_t last, hr_real scale, hr_real *scratch);
    /* dqkv from dout; probabilities are computed again from qkv. dqkv may not be qkv. */
    void (*attention_backward)(hr_real *dqkv, const hr_real *dout, const hr_real *qkv,
                               size_t tokens, size_t heads, size_t head_dim, hr_real scale,
                               hr_real *scratch);

    /* out = a + b, out += a, out = a^T (a: rows x cols). out may be a or b in add. */
    void (*add)(hr_real *out, const hr_real *a, const hr_real *b, size_t n);
    void (*transpose)(hr_real *out, const hr_real *a, size_t rows, size_t cols);

    /* Adam-atan2, release 0.0.3: p *= 1 - decay; m += (1-b1)(g-m); v += (1-b2)(g g - v);
     * p -= lr / correct1 * atan2(m, sqrt(v) / sqrt(correct2)). atan2 within 2 ulp. */
    void (*adam_atan2)(hr_real *p, hr_real *m, hr_real *v, const hr_real *g, size_t n,
                       const hr_adam *step);
    /* AdamW: the same, with p -= lr * (m / correct1) / (sqrt(v / correct2) + eps). */
    void (*adamw)(hr_real *p, hr_real *m, hr_real *v, const hr_real *g, size_t n,
                  const hr_adam *step);
    /* average = (1 - rate) p + rate average. */
    void (*ema)(hr_real *average, const hr_real *p, size_t n, double rate);

    /* Multiplies and adds registers `rounds` times, which no product can outrun; returns the
     * operations done. For measuring what a processor can do at most. */
    double (*burn)(size_t rounds);
} hr_kern;

/* Elements that packing a k x n matrix takes. */
size_t hr_kern_pack_count(const hr_kern *kern, size_t k, size_t n);
/* Elements of scratch that attention and its backward need for one sample. */
size_t hr_kern_attention_scratch(const hr_kern *kern, size_t tokens, size_t head_dim);

/* The fastest table that this processor can run; with a name that one, or the fastest that
 * multiplies in "float" or "bf16". NULL and the message set when the name is not known or this
 * processor cannot run it. */
const hr_kern *hr_kern_select(const char *name);
/* The i-th table that this processor can run, reference first; NULL past the end. */
const hr_kern *hr_kern_at(int i);

extern const hr_kern hr_kern_ref;

#endif
