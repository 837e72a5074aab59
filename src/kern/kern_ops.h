/* kern_ops.h - THE table of operations. A back end is one hr_kern; everything numeric above goes
 * through it. kern_ref.c is the definition of correct; every other table is tested against it.
 *
 * All matrices are row-major, `ld*` is the distance between rows in elements. Kernels cannot fail:
 * shapes are checked once, where a model is made. Sums run in one fixed order, which depends on the
 * shape only, never on the number of threads. Sizes may be any positive number: tails are the
 * kernel's business. Buffers are 64-byte aligned at their start, rows need not be.
 *
 * hr_real is float. A build with HR_REAL_DOUBLE makes it double with kern_ref.c alone: the same
 * model code then checks its gradients by finite differences.                                    */
#ifndef HR_KERN_OPS_H
#define HR_KERN_OPS_H

#include <stdbool.h>
#include <stddef.h>

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

/* One matrix product, C (m x n) = addend + A (m x k) B (k x n); each entry of the table says how A
 * and B lie. */
typedef struct hr_gemm {
    hr_real *c;
    const hr_real *addend; /* lies as C does, may be C; NULL: zeros */
    const hr_real *a, *b;
    size_t ldc, lda, ldb; /* distances between rows; of no meaning where the operand is packed */
    size_t m, n, k;
} hr_gemm;

/* What a table packs, and its shape as packed_size takes it. */
typedef enum hr_packing {
    HR_PACK_B,      /* k x n: the right operand of gemm and gemm_packed, weights of `mlp` */
    HR_PACK_A,      /* m x k: the left operand of gemm_packed, weights of `mix` */
    HR_PACK_FACTOR, /* k x m: either operand of factor_product */
    HR_PACK_SUMS,   /* m x n: sums of weight gradients */
} hr_packing;

/* Any table can cut packed matrices and sums at multiples of so many columns or rows; hidden
 * numbers of an MLP come in whole such groups. */
enum { HR_KERN_GRAIN = 32 };
/* The first of part `part` of n rows or columns, in whole grains; *count gets how many it has. */
static inline size_t hr_kern_part(size_t n, size_t part, size_t parts, size_t *count) {
    size_t each = (n + parts - 1) / parts;
    each = (each + HR_KERN_GRAIN - 1) / HR_KERN_GRAIN * HR_KERN_GRAIN;
    size_t from = each * part < n ? each * part : n;
    *count = n - from < each ? n - from : each;
    return from;
}

/* The packed weights of a gated MLP, y = down(act(gate x) * up x), act SiLU or ReLU. Forward:
 * [gate; up] (2I x W) and down (W x I); backward the same matrices, packed the other way. See
 * `mlp` and `mix` for how. Backward may be NULL where there is no training. */
typedef struct hr_mlp {
    size_t width, inner; /* W, I */
    bool relu;
    const hr_real *gate_up, *down, *gate_up_back, *down_back;
    size_t from, held; /* mlp_hidden: gate_up has but the `held` hidden numbers from `from` on,
                          whole groups, packed as if they were all; 0: it has all */
} hr_mlp;

/* What an MLP runs on: n rows (`mlp`), or n columns of W tokens each (`mix`). */
typedef struct hr_mlp_call {
    hr_real *out;          /* y; backward: dx, the gradient at x */
    const hr_real *addend; /* lies as out does, may be out; NULL: zeros */
    const hr_real *x, *dy; /* dy: backward alone, the gradient at y */
    size_t n, ld;          /* ld: mix alone, distance between rows of out, addend, x and dy */
    hr_real *operands;     /* backward: gets what the weights' gradients are made of */
    hr_real *scratch;
} hr_mlp_call;

/* One part of the weights' gradients of an MLP, added to their sums. */
typedef struct hr_mlp_gradient {
    hr_real *gate_up, *down; /* where the part's sums begin; NULL: not now */
    const hr_real *operands; /* of one call of n rows; mix: of `calls` calls, one after the other */
    size_t n, calls;
    size_t part, parts; /* of the sums' rows, as hr_kern_part has them */
    bool fresh;         /* the sums begin with this: what is in them is of no meaning */
    hr_real *scratch;   /* mix alone */
} hr_mlp_gradient;

/* Rotary angles for the first `heads` heads of each of `tokens` rows; cos, sin (tokens x
 * head_dim/2). */
typedef struct hr_rope {
    const hr_real *cos, *sin;
    size_t tokens, heads, head_dim;
    bool inverse; /* the angle is negated: that is also the gradient */
} hr_rope;

/* A depthwise convolution over a grid of cells, row by row, d channels each; what lies outside the
 * grid counts as zero. Taps: 3, 5 or 7 across, and as many down or 1. */
typedef struct hr_conv {
    size_t rows, cols, down, across, d;
    const hr_real *w; /* (down across x d), taps row by row */
} hr_conv;

/* One head of attention over a sample's tokens. q, k and v (tokens x width each) begin `stride`
 * numbers after one another; their rows are ld apart, those of the output ldo. Scores are
 * multiplied by scale. */
typedef struct hr_head {
    size_t tokens, width, ld, stride, ldo;
    hr_real scale;
} hr_head;

/* What scratch is for: `mlp` and mlp_hidden; `mix`; or either with its backward. */
typedef enum hr_kern_use { HR_USE_MLP, HR_USE_MIX, HR_USE_BACKWARD } hr_kern_use;

typedef struct hr_kern {
    const char *name;
    bool bf16; /* products round their operands to bf16 and sum in float: a matter of precision; how
                  operands lie is for packed_size and its kind to say */
    bool (*runs)(void); /* whether the operating system lets it run; NULL: it does */

    /* Elements that a matrix takes once packed. */
    size_t (*packed_size)(hr_packing kind, size_t rows, size_t cols);
    /* Where the columns from `from` on begin in a packed B of k rows, as if they were packed alone;
     * SIZE_MAX where the table cannot cut there, which it always can at multiples of
     * HR_KERN_GRAIN. It is then packed_size(HR_PACK_B, k, from), so matrices packed one after the
     * other are one matrix to gemm where each but the last can be cut at its end. */
    size_t (*packed_slice)(size_t k, size_t from);
    /* Bytes of hr_pool_space that all but gemm_tn need, which has HR_POOL_SPACE. */
    size_t space;
    /* Elements of scratch of an MLP over n rows (mix: columns), and of what its backward leaves. */
    size_t (*mlp_scratch)(hr_kern_use use, size_t n, size_t width, size_t inner);
    size_t (*mlp_operands)(size_t n, size_t width, size_t inner);
    /* Elements of scratch that attention needs for one sample, with its backward or without. */
    size_t (*attention_scratch)(size_t tokens, size_t head_dim, bool trains);

    /* Packs B (k x n, element (i, j) at b[i * row + j * col]); row or col is 1. (row = n, col = 1)
     * packs B itself, (row = 1, col = k) the transpose of an n x k matrix, such as a linear layer's
     * weight. */
    void (*pack)(hr_real *out, const hr_real *b, size_t row, size_t col, size_t k, size_t n);
    /* Packs [gate; up] (2I x W, by rows) for `mlp`: the size of HR_PACK_B, W x 2I. */
    void (*pack_gates)(hr_real *out, const hr_real *gate_up, size_t width, size_t inner);
    /* Packs A (m x k, element (i, p) at a[i * row + p * col]) for `mix`; row or col is 1. */
    void (*pack_left)(hr_real *out, const hr_real *a, size_t row, size_t col, size_t m, size_t k);
    /* Prepacks A (m x k, rows k apart) once for several products: in `space` (HR_PACK_A), or A
     * itself where the table takes it as it is. */
    const hr_real *(*pack_a)(hr_real *space, const hr_real *a, size_t m, size_t k);
    /* Packs A (k x m, rows ld apart; left) or B (k x n) for factor_product. */
    void (*pack_factor)(hr_real *out, const hr_real *a, size_t ld, size_t k, size_t m, bool left);

    /* C = addend + A B, A by rows, B by `pack`. */
    void (*gemm)(const hr_gemm *g);
    /* The same, A by pack_a or mlp_hidden. */
    void (*gemm_packed)(const hr_gemm *g);
    /* C += A^T B, A (k x m) and B (k x n) both by rows: weight gradients. addend is not read. */
    void (*gemm_tn)(const hr_gemm *g);

    /* Weight gradients are summed in m x n numbers (HR_PACK_SUMS), kept as the table likes, but
     * rows one after the other in whole grains: those from row i on begin packed_size(HR_PACK_SUMS,
     * i, n) numbers further. factor_product gives C, where such sums of the rows `first` to before
     * `last` begin, those of addend + A^T B, A and B by pack_factor, addend C or NULL: zeros;
     * `first` is a multiple of HR_KERN_GRAIN. */
    void (*factor_product)(const hr_gemm *g, size_t first, size_t last);
    /* Adds sums to C (m x n), or transposed to C (n x m). of_mlp: they are of mlp_gradient. */
    void (*collect)(hr_real *c, const hr_real *sums, size_t m, size_t n, bool transposed,
                    bool of_mlp);

    /* out (n x W) = addend + MLP(x), x (n x W): each row by itself. Weights: gate_up by pack_gates;
     * by `pack` down (I x W), backward (2I x W) and (W x I). out may be x. */
    void (*mlp)(const hr_mlp *w, const hr_mlp_call *c);
    /* Its first half, which several threads may share: hidden numbers first..last-1, whole groups
     * of HR_KERN_GRAIN, of all rows, from x by pack_a. h (HR_PACK_A of rows x I) is then the left
     * operand of gemm_packed, for the product with `down`. */
    void (*mlp_hidden)(hr_real *h, const hr_real *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, hr_real *scratch);
    /* out = addend + the gradient at x; out may not be x or dy. */
    void (*mlp_backward)(const hr_mlp *w, const hr_mlp_call *c);
    /* Sums of gate_up (2I x W), and of down transposed (I x W). */
    void (*mlp_gradient)(const hr_mlp *w, const hr_mlp_gradient *g);

    /* The same MLP down the columns: out (W x n) = addend + MLP(x), x (W x n): W tokens, mixed
     * alike in every channel. Weights by pack_left: gate_up (2I x W), down (W x I), backward (W x
     * 2I) and (I x W). out may be x. */
    void (*mix)(const hr_mlp *w, const hr_mlp_call *c);
    void (*mix_backward)(const hr_mlp *w, const hr_mlp_call *c);
    /* Sums of gate_up (2I x W), and of down transposed (I x W). */
    void (*mix_gradient)(const hr_mlp *w, const hr_mlp_gradient *g);

    /* y = x / sqrt(mean(x^2) + eps), by rows of d; inv (rows) gets 1 / sqrt(...) unless NULL. y may
     * be x. */
    void (*rms)(hr_real *y, hr_real *inv, const hr_real *x, size_t rows, size_t d, hr_real eps);
    /* dx = addend + inv (dy - y mean(dy y)), the gradient at x. addend may be dx, or NULL for
     * zeros; dx may be dy. */
    void (*rms_backward)(hr_real *dx, const hr_real *addend, const hr_real *y, const hr_real *inv,
                         const hr_real *dy, size_t rows, size_t d);

    /* The same norm down the columns: x, y (rows x d), the mean over the rows; inv (d); rows ld
     * apart. */
    void (*rms_columns)(hr_real *y, hr_real *inv, const hr_real *x, size_t ld, size_t rows,
                        size_t d, hr_real eps);
    void (*rms_columns_backward)(hr_real *dx, const hr_real *y, const hr_real *inv,
                                 const hr_real *dy, size_t ld, size_t rows, size_t d);

    /* Rotate-half RoPE in place, rows ld apart: (x1, x2) -> (x1 cos - x2 sin, x2 cos + x1 sin). */
    void (*rope)(hr_real *x, size_t ld, const hr_rope *rope);

    /* Softmax attention of one head without mask: out (tokens x width). */
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

    /* out = a + b, out = a^T (a: rows x cols). out may be a or b in add. */
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

#endif
