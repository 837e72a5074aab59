/* block.h - one block of the network, forward and backward, over a row block.
 *
 * No biases. Post-norm (arXiv 2506.21734 section 2): x1 = rms(x + mix(x)); y = rms(x1 + mlp(x1)).
 * Pre-norm: x1 = x + mix(rms(x)); y = x1 + mlp(rms(x1)). mix is attention over the T tokens of a
 * row, or a gated MLP over T shared by all channels, whose post-norm runs over T as published.
 * With a convolution, x0 stands for x there: post-norm x0 = rms(x + conv(x)), pre-norm
 * x0 = x + conv(rms(x)). It runs over the grid of cells; of prefix tokens conv is 0. Where nothing
 * else mixes, x1 = x0. Channels (spec.h) meet there too: their mean over the F channels of a row,
 * of rms(x) or x as for the convolution, times symbol_mix, is added to x0 of every channel.
 *
 * To a block each channel is a row of its own: rows counts channels, those of a puzzle together.
 * n = rows * T; I, J inner widths of the channel and the token MLP.
 *
 * A training step may leave out (mask.h) of what mix and mlp give before they are added.        */
#ifndef HR_BLOCK_H
#define HR_BLOCK_H

#include "nn/mask.h"
#include "nn/model.h"
#include "nn/tape.h"

/* Is told of heads of attention: q, k and v of one of a row, counted through channels, as the
 * kernel gets them. */
typedef struct hr_heed {
    void (*head)(const struct hr_heed *heed, size_t row, size_t head, const hr_real *qkv,
                 const hr_head *shape);
} hr_heed;

/* A block at work on a row block. */
typedef struct hr_block_work {
    const hr_model *model;
    const hr_dims *dims;
    const hr_block *block;
    const hr_tape *tape;
    const hr_scratch *scratch;
    const hr_deltas *deltas; /* backward alone */
    size_t rows;
    hr_mask mask;        /* training alone, and not in stages */
    const hr_heed *heed; /* forward alone; or NULL */
} hr_block_work;

/* tape->in -> tape->y. */
void hr_block_forward(const hr_block_work *work);

/* The same in stages that any number of threads may share: a stage works on units (tokens, heads or
 * groups of columns), any split of them gives the same bits, and the next stage waits until all
 * are done. Threads share f, norm, mean, joint and hidden of the scratch, not the rest. */
typedef enum hr_stage {
    HR_STAGE_NORM,    /* tokens: norm before the convolution and where channels meet */
    HR_STAGE_SYMBOLS, /* tokens of one channel: what the channels' mean becomes */
    HR_STAGE_MIX_IN,  /* tokens: convolution, channels; norm before the mixing */
    HR_STAGE_MIX,     /* heads; token MLP: groups of columns, with their norm after the mixing */
    HR_STAGE_SUM,    /* tokens: attention's o and sum; norm; where nothing mixes, the convolution */
    HR_STAGE_HIDDEN, /* panels of 32: the MLP's hidden numbers */
    HR_STAGE_DOWN,   /* panels of 32: the MLP's output and sum */
    HR_STAGE_END,    /* tokens: norm of post-norm; else nothing */
    HR_STAGES,
} hr_stage;
/* How many units a stage has for `rows` rows; may be 0. */
size_t hr_block_units(const hr_dims *dims, hr_stage stage, size_t rows);
void hr_block_stage(const hr_block_work *work, hr_stage stage, size_t from, size_t to);

/* dy (n x D) is replaced by the gradient at the block's input. */
void hr_block_backward(const hr_block_work *work, hr_real *dy);

/* What weight gradients are of. */
typedef enum hr_matrix {
    HR_MATRIX_GATE_UP,
    HR_MATRIX_DOWN,
    HR_MATRIX_MIX_IN,
    HR_MATRIX_MIX_OUT,
    HR_MATRIX_SYMBOL_MIX,
    HR_MATRIX_CONV,
    HR_MATRICES,     /* of a block */
    HR_MATRIX_HEADS, /* lm_head, and the q head's weight behind it */
    HR_MATRIX_Q_BIAS,
    HR_MATRIX_EMBEDDINGS,
} hr_matrix;
/* Part `part` of `parts` of what has gradients. Parts are different numbers. */
typedef struct hr_part {
    hr_matrix matrix;
    size_t part, parts;
} hr_part;
/* Where sums of gradients lie: `runs` of `length` numbers, `stride` apart, the first at `at` in
 * those of a model (model->sums numbers). */
typedef struct hr_piece {
    size_t at, length, stride, runs;
} hr_piece;
/* That of a part; no length: there are none. */
hr_piece hr_block_piece(const hr_model *model, const hr_block *block, hr_part part);
/* That of a part of the columns of some rows of d numbers. */
hr_piece hr_block_columns(size_t at, size_t rows, size_t d, hr_part part);

/* Adds the weight gradients of a part over a row block to `sums`, where its piece begins, as the
 * kernels keep them: hr_block_collect makes gradients of sums. fresh: they are the first, and what
 * is in `sums` is of no meaning. */
void hr_block_gradient(const hr_block_work *work, hr_part part, hr_real *sums, bool fresh);
/* The same of all of the block, to the sums of a model. */
void hr_block_gradients(const hr_block_work *work, hr_real *sums, bool fresh);
void hr_block_collect(const hr_model *model, const hr_block *block, const hr_real *sums,
                      hr_real *grads);

#endif
