/* model.h - a model: spec, parameters, packed weights.
 *
 * Shapes: B rows, T = prefix + seq tokens, D hidden, V vocab. A state is (B x T x D), with
 * channels (B x F x T x D). */
#ifndef HR_MODEL_H
#define HR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/pool.h"
#include "kern/kern.h"
#include "nn/narrow.h"
#include "nn/param.h"
#include "nn/recur.h"
#include "nn/spec.h"

enum { HR_IGNORE = -100 };   /* a label that does not count */
enum { HR_GIVEN = 1 << 30 }; /* beside the candidates of a cell: the puzzle gave it */

/* Rows of puzzles as the model takes them. */
typedef struct hr_batch {
    int rows;
    int32_t *inputs; /* (rows x seq) tokens, each < vocab; or candidates: bit s for symbol s, and
                        perhaps HR_GIVEN. See hr_padding_of */
    int32_t *labels; /* (rows x seq) tokens or HR_IGNORE; or the true symbols, counted from 0; NULL
                        where nothing is scored */
    int32_t *ids;    /* (rows) puzzle identifiers, each < spec.puzzles */
    float *numbers;  /* (rows x seq x spec.numbers); NULL where there are none */
} hr_batch;

/* A linear layer y = x W^T, W (out x in) at `weight` in the parameters. */
typedef struct hr_linear {
    size_t in, out, weight;
    bool gates;   /* of the channel MLP: [gate; up], packed forward as such */
    size_t heads; /* of q, k and v: packed forward q, k, v of one head after the other */
    bool left;    /* of the token MLP: packed as the left operand, W and W^T */
    size_t sums;  /* where the sums of its gradient begin, as kern.h keeps them */
    hr_real *forward, *backward; /* packed W^T and W; backward NULL where no training */
    const hr_narrow *narrow;     /* W instead, of which nothing is packed beforehand; or NULL */
} hr_linear;

/* One block: convolution, mixing (attention: qkv and o; token MLP: gate_up and down over T), then
 * SwiGLU. Without mixing mix_in and mix_out are zeros. */
typedef struct hr_block {
    size_t conv, conv_sums; /* its weight in the parameters, and the sums of its gradient */
    hr_linear symbol_mix;   /* symbol_mix; zeros where there are no channels */
    hr_linear mix_in, mix_out, gate_up, down;
    size_t sums, sums_end; /* where those of all of it are */
} hr_block;

typedef struct hr_module {
    int layers;
    hr_block *blocks;
} hr_module;

/* Parameters that are not of a block, by what they do; NULL where the model has none. */
typedef struct hr_places {
    const hr_param *tokens, *prefix, *pos, *row, *col, *views, *numbers, *puzzles; /* embeddings */
    const hr_param *q_weight, *q_bias;
    const hr_param *initial[HR_STATES_MAX];
} hr_places;

typedef struct hr_model {
    hr_spec spec;
    const hr_kern *kern;
    bool train; /* packed for backward too */
    hr_param_table table;
    hr_places places;
    hr_real *params; /* one block, laid out by the table */
    /* What is not in it, by number of the parameter; NULL: all is. Bytes of a number there, and
     * whether they are copied into the model's memory. */
    hr_narrow *narrow;
    size_t narrow_bytes;
    bool copies;
    hr_recur recur;
    hr_module modules[HR_MODULES_MAX];
    hr_linear lm_head;
    /* Where gradients are summed: of the q head's weight and bias, and of the embeddings, which lie
     * there as at the front of the parameters. And how many numbers all sums are. */
    size_t q_sums, q_bias_sums, embed_sums, embed_count, sums;
    hr_real *cos, *sin; /* (T x head_dim/2) when pos is rope or rope2d */
    hr_arena arena;
} hr_model;

/* Parameters are zero until hr_model_init or a loader fills them; then hr_model_pack. train: also
 * packs for backward. */
hr_status hr_model_new(const hr_spec *spec, const hr_kern *kern, bool train, hr_model **out);
/* The same for solving, with weights of blocks in `bytes` (1: int8, 2: bf16) each, to be set in
 * model->narrow; copies: with room for copies of them. */
hr_status hr_model_new_narrow(const hr_spec *spec, const hr_kern *kern, size_t bytes, bool copies,
                              hr_model **out);
void hr_model_free(hr_model *model);
/* Initialises as the papers do: truncated normal weights, q head bias -5, puzzle embedding zero. */
void hr_model_init(hr_model *model, uint64_t seed);
/* Packs the weights for the kernels; after every change of the parameters. */
void hr_model_pack(hr_model *model, hr_pool *pool);
/* Bytes that hr_model_new takes. */
size_t hr_model_bytes(const hr_spec *spec, const hr_kern *kern, bool train);
/* Writes the initial state of `dest` into `rows` rows of a state (a halted row's fresh start). */
void hr_model_initial(const hr_model *model, int state, hr_real *z, int rows);
/* Whether its halting head was ever trained: a fresh one is zero, and stays so without a loss. */
bool hr_model_halts(const hr_model *model);
/* Multiplications and additions of one segment for one row: without gradient, and what training
 * adds (backward, and the target pass where q_target). */
double hr_model_flops(const hr_spec *spec, bool train, bool q_target);

/* The input of a cell that takes no part, HR_GIVEN left aside; -1: all cells do. */
int32_t hr_padding_of(const hr_spec *spec);

#endif
