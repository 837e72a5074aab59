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

/* The packed weights of a gated MLP, y = down(act(gate x) * up x), act SiLU or ReLU. Forward:
 * [gate; up] (2I x W) and down (W x I); backward the same matrices, packed the other way. See
 * `mlp` and `mix` for how. Backward may be NULL where there is no training. */
typedef struct hr_mlp {
    size_t width, inner; /* W, I */
    bool relu;
    const hr_real *gate_up, *down, *gate_up_back, *down_back;
} hr_mlp;

/* A depthwise convolution over a grid of cells, row by row, d channels each; what lies outside the
 * grid counts as zero. Taps: 3, 5 or 7 across, and as many down or 1. */
typedef struct hr_conv {
    size_t rows, cols, down, across, d;
    const hr_real *w; /* (down across x d), taps row by row */
} hr_conv;

/* One head of attention over a sample's tokens: q, and k and v `stride` numbers further on each
 * (tokens x width), rows ld apart; rows of the output ldo apart. Scores are multiplied by scale. */
typedef struct hr_head {
    size_t tokens, width, ld, stride, ldo;
    hr_real scale;
} hr_head;

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
    /* C (m x n) = addend + A (m x k) B, B packed. Here and below `addend` lies as the result does
     * and may be the result; NULL counts as zeros. */
    void (*gemm)(hr_real *c, size_t ldc, const hr_real *addend, const hr_real *a, size_t lda,
                 const hr_real *panels, size_t m, size_t n, size_t k);
    /* The same from an A (m x k, rows k apart) that several products take in: `pack_a` gives it as
     * gemm_packed wants it, in `space` (hr_kern_left_count) or where it is. */
    const hr_real *(*pack_a)(hr_real *space, const hr_real *a, size_t m, size_t k);
    void (*gemm_packed)(hr_real *c, size_t ldc, const hr_real *addend, const hr_real *a,
                        const hr_real *panels, size_t m, size_t n, size_t k);
    /* C (m x n) += A^T B, A (k x m), B (k x n), both plain: weight gradients. */
    void (*gemm_tn)(hr_real *c, size_t ldc, const hr_real *a, size_t lda, const hr_real *b,
                    size_t ldb, size_t m, size_t n, size_t k);

    /* Weight gradients are summed in `sums` of m x n numbers, as the table likes to keep them
     * (hr_kern_sums_count; zeros at first); `collect` adds them to C (m x n), or with `transposed`
     * their transpose to C (n x m). */
    size_t sums_edge; /* sums are kept in squares of so many rows and columns, padded */
    void (*collect)(hr_real *c, const hr_real *sums, size_t m, size_t n, bool transposed);
    /* A^T B in two steps, from operands that many may share: `operand` keeps A (k x m, rows ld
     * apart; the left one) or B (k x n), `operand_product` adds to the sums (m x n) their rows
     * `first` to before `last`; `first` is a multiple of `sums_edge`. hr_kern_operand_count says
     * how many hr_real an operand takes. */
    void (*operand)(hr_real *out, const hr_real *a, size_t ld, size_t k, size_t m, bool left);
    void (*operand_product)(hr_real *sums, const hr_real *left, const hr_real *right, size_t m,
                            size_t n, size_t k, size_t first, size_t last);

    /* Packs [gate; up] (2I x W, both by rows) for `mlp`; takes hr_kern_pack_count of W x 2I. */
    void (*pack_gates)(hr_real *out, const hr_real *gate_up, size_t width, size_t inner);
    /* Packs A (m x k, element (i, p) at a[i * row + p * col]) as the weights of `mix`; takes
     * hr_kern_left_count. row or col is 1. */
    void (*pack_left)(hr_real *out, const hr_real *a, size_t row, size_t col, size_t m, size_t k);

    /* y (rows x W) = addend + MLP(x), x (rows x W): each row by itself. Weights: gate_up by
     * pack_gates; by pack down (I x W), backwards (2I x W) and (W x I). scratch:
     * hr_kern_mlp_scratch. y may be x. */
    void (*mlp)(hr_real *y, const hr_real *addend, const hr_real *x, size_t rows, const hr_mlp *w,
                hr_real *scratch);
    /* The first half of `mlp`, which several threads may share: hidden numbers first..last-1, whole
     * steps of 32, of all rows, from x as `pack_a` gives it. h (hr_kern_left_count of rows x I) is
     * then as gemm_packed takes it, for the product with `down`. */
    void (*mlp_hidden)(hr_real *h, const hr_real *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, hr_real *scratch);
    /* dx = addend + gradient at x, from dy (rows x W); dx may not be x or dy. operands
     * (hr_kern_mlp_operands) get what the weights' gradients are made of. */
    void (*mlp_backward)(hr_real *dx, const hr_real *addend, const hr_real *dy, const hr_real *x,
                         size_t rows, const hr_mlp *w, hr_real *operands, hr_real *scratch);
    /* Adds the gradients of the weights over `rows` rows to sums: of gate_up transposed (W x 2I),
     * of down (W x I). Part `part` of `parts` of their columns. */
    void (*mlp_gradient)(hr_real *gate_up, hr_real *down, const hr_real *operands, size_t rows,
                         const hr_mlp *w, size_t part, size_t parts);

    /* The same MLP down the columns: y (W x cols) = addend + MLP(x), x (W x cols), rows ld apart: W
     * tokens, mixed alike in every channel. Weights by pack_left: gate_up (2I x W), down (W x I),
     * backwards (W x 2I) and (I x W). scratch: hr_kern_mlp_scratch of cols. y may be x. */
    void (*mix)(hr_real *y, const hr_real *addend, const hr_real *x, size_t ld, size_t cols,
                const hr_mlp *w, hr_real *scratch);
    void (*mix_backward)(hr_real *dx, const hr_real *addend, const hr_real *dy, const hr_real *x,
                         size_t ld, size_t cols, const hr_mlp *w, hr_real *operands,
                         hr_real *scratch);
    /* Adds the gradients of the weights over `count` operands, hr_kern_mlp_operands of `cols`
     * columns apart, to sums: of gate_up (2I x W), of down transposed (I x W). Part `part` of
     * `parts` of their rows. */
    void (*mix_gradient)(hr_real *gate_up, hr_real *down, const hr_real *operands, size_t count,
                         size_t cols, const hr_mlp *w, size_t part, size_t parts, hr_real *scratch);

    /* y = x / sqrt(mean(x^2) + eps), by rows of d; inv (rows) gets 1 / sqrt(...) unless NULL. y may
     * be x. */
    void (*rms)(hr_real *y, hr_real *inv, const hr_real *x, size_t rows, size_t d, hr_real eps);
    /* dx = addend + inv (dy - y mean(dy y)), the gradient at x. dx may be dy. */
    void (*rms_backward)(hr_real *dx, const hr_real *addend, const hr_real *y, const hr_real *inv,
                         const hr_real *dy, size_t rows, size_t d);

    /* The same norm down the columns: x, y (rows x d), the mean over the rows; inv (d); rows ld
     * apart. */
    void (*rms_columns)(hr_real *y, hr_real *inv, const hr_real *x, size_t ld, size_t rows,
                        size_t d, hr_real eps);
    void (*rms_columns_backward)(hr_real *dx, const hr_real *y, const hr_real *inv,
                                 const hr_real *dy, size_t ld, size_t rows, size_t d);

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

    /* Softmax attention of one head without mask: out (tokens x width). scratch:
     * hr_kern_attention_scratch. */
    void (*attention)(hr_real *out, const hr_real *q, const hr_head *head, hr_real *scratch);
    /* dq, and dk and dv `stride` numbers further on each, rows ld apart, from dout, which lies as
     * out does; probabilities are computed again. dq may not be q. */
    void (*attention_backward)(hr_real *dq, size_t ld, size_t stride, const hr_real *dout,
                               const hr_real *q, const hr_head *head, hr_real *scratch);

    /* y (cells x d) = addend + the sum over taps (i, j) of w[i, j] x[row + i - down/2, col + j -
     * across/2], channel by channel, of the cells from..to-1. addend may be y, or NULL for zeros; y
     * may not be x. */
    void (*conv)(hr_real *y, const hr_real *addend, const hr_real *x, const hr_conv *conv,
                 size_t from, size_t to);
    /* dx = addend + gradient at x, from dy, of all cells. addend may be dx, or dy, or NULL; dx may
     * not be dy. */
    void (*conv_backward)(hr_real *dx, const hr_real *addend, const hr_real *dy,
                          const hr_conv *conv);
    /* Adds the gradient of w, over all cells, of the channels from `first` to before `last`. */
    void (*conv_gradient)(hr_real *dw, const hr_real *dy, const hr_real *x, const hr_conv *conv,
                          size_t first, size_t last);

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

/* Elements that packing a k x n matrix takes: whole panels and no more, so matrices packed one
 * after the other are one matrix to gemm where all but the last fill their panels. */
size_t hr_kern_pack_count(const hr_kern *kern, size_t k, size_t n);
/* Elements from one packed panel of k rows to the next. */
size_t hr_kern_panel_count(const hr_kern *kern, size_t k);
/* Elements that an operand of k x m takes. */
size_t hr_kern_operand_count(const hr_kern *kern, size_t k, size_t m);
/* Elements that sums of m x n numbers take. */
size_t hr_kern_sums_count(const hr_kern *kern, size_t m, size_t n);
/* Elements that pack_left takes for an m x k matrix. */
size_t hr_kern_left_count(const hr_kern *kern, size_t m, size_t k);
/* Elements of scratch of an MLP over `rows` rows (mix: columns), and of what its backward leaves.
 */
size_t hr_kern_mlp_scratch(const hr_kern *kern, size_t rows, size_t width, size_t inner);
size_t hr_kern_mlp_operands(const hr_kern *kern, size_t rows, size_t width, size_t inner);
/* Elements of scratch that attention and its backward need for one sample. */
size_t hr_kern_attention_scratch(const hr_kern *kern, size_t tokens, size_t head_dim);

/* The fastest table that this processor can run; with a name that one, or the fastest that
 * multiplies in "float" or "bf16". NULL and the message set when the name is not known or this
 * processor cannot run it. */
const hr_kern *hr_kern_select(const char *name);
/* The i-th table that this processor can run, reference first; NULL past the end. */
const hr_kern *hr_kern_at(int i);
/* Releases what tables have set up on the calling thread, as other code of the process may: for
 * tests, since tables must not rely on it. */
void hr_kern_release(void);

extern const hr_kern hr_kern_ref;

#endif
