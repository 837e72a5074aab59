/* block.h - one block of the network, forward and backward, over a row block.
 *
 * Post-norm, no biases (arXiv 2506.21734 section 2): x1 = rms(x + mix(x)); y = rms(x1 +
 * swiglu(x1)). mix is attention over the T tokens of a row, or a SwiGLU over T shared by all
 * channels.
 *
 * n = rows * T; I, J inner widths of the channel and the token SwiGLU.                          */
#ifndef HR_BLOCK_H
#define HR_BLOCK_H

#include "nn/model.h"

/* Sizes that every buffer follows from. */
typedef struct hr_dims {
    size_t tokens, prefix, seq, d, outputs, heads, head_dim, inner, inner_t;
    bool token_mlp;
} hr_dims;
hr_dims hr_dims_of(const hr_spec *spec);

/* What a block's forward leaves behind for its backward. */
typedef struct hr_tape {
    hr_real *in;      /* (n x D); borrowed: the tape below's y, or the call's input */
    hr_real *mix_in;  /* attention: qkv after RoPE (n x 3D); token MLP: gate_up (rows D x 2J) */
    hr_real *mix_out; /* attention: heads' outputs (n x D); token MLP: unused, NULL */
    hr_real *x1;      /* (n x D) */
    hr_real *inv1;    /* attention (n); token MLP (rows D) */
    hr_real *gate_up; /* (n x 2I) */
    hr_real *y;       /* (n x D) */
    hr_real *inv2;    /* (n) */
} hr_tape;
/* Takes the tape of `rows` rows from the arena, all but `in`. */
void hr_tape_take(hr_tape *tape, const hr_dims *dims, size_t rows, hr_arena *arena);
/* The same tape from row `row` on. */
hr_tape hr_tape_at(const hr_tape *tape, const hr_dims *dims, size_t row);

/* Buffers of one worker for one row block of `rows` rows. */
typedef struct hr_scratch {
    hr_real *f;       /* (n x D) */
    hr_real *h;       /* (n x I) or (rows D x J), the larger */
    hr_real *t1, *t2; /* (n x D) each, transposes; token MLP only */
    hr_real *attention;
} hr_scratch;
void hr_scratch_take(hr_scratch *scratch, const hr_model *model, size_t rows, hr_arena *arena);

/* tape->in -> tape->y. */
void hr_block_forward(const hr_model *model, const hr_block *block, const hr_tape *tape,
                      const hr_scratch *scratch, size_t rows);

/* The same in steps that any number of threads may share: a step works on lanes (tokens, channels,
 * heads or rows), any split of them gives the same bits, and the next step waits until all are
 * done. Threads share the scratch but for scratch->attention. */
typedef enum hr_step {
    HR_STEP_MIX_IN, /* qkv, rotated; token MLP: the turned input */
    HR_STEP_MIX,    /* attention; token MLP: mixing with its norm */
    HR_STEP_TURN,   /* token MLP: turned back */
    HR_STEP_REST,   /* the rest, which is token by token */
    HR_STEPS,
} hr_step;
/* How many lanes a step has for `rows` rows; may be 0. */
size_t hr_block_lanes(const hr_dims *dims, hr_step step, size_t rows);
void hr_block_step(const hr_model *model, const hr_block *block, const hr_tape *tape,
                   const hr_scratch *scratch, hr_step step, size_t from, size_t to);

/* What the weight gradients of one block need beside its tape. */
typedef struct hr_deltas {
    hr_real *ds2;  /* (n x D) gradient at down's output */
    hr_real *h;    /* (n x I) down's input */
    hr_real *ds1;  /* gradient at mix_out's output: (n x D), token MLP (rows D x T) */
    hr_real *dmix; /* attention: dqkv (n x 3D); token MLP: unused, it is tape->mix_in */
    hr_real *h_t;  /* token MLP: (rows D x J) mix_out's input */
    hr_real *in_t; /* token MLP: (rows D x T) mix_in's input */
} hr_deltas;
void hr_deltas_take(hr_deltas *deltas, const hr_dims *dims, size_t rows, hr_arena *arena);
hr_deltas hr_deltas_at(const hr_deltas *deltas, const hr_dims *dims, size_t row);

/* dy (n x D) is replaced by the gradient at the block's input; tape->gate_up (and, token MLP,
 * tape->mix_in) by their own gradients. */
void hr_block_backward(const hr_model *model, const hr_block *block, const hr_tape *tape,
                       const hr_deltas *deltas, const hr_scratch *scratch, hr_real *dy,
                       size_t rows);

/* The block's weight gradients over all rows: dW (out x in) += dY^T X. Four products. */
typedef struct hr_product {
    size_t weight, out, in, k; /* place in grads; shape; rows summed over */
    const hr_real *dy, *x;     /* (k x out), (k x in) */
} hr_product;
void hr_block_products(const hr_block *block, const hr_tape *tape, const hr_deltas *deltas,
                       const hr_dims *dims, size_t rows, hr_product out[4]);

#endif
