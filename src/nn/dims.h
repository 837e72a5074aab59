/* dims.h - the sizes of a row, of which those of every buffer follow. */
#ifndef HR_DIMS_H
#define HR_DIMS_H

#include "kern/kern_ops.h"
#include "nn/spec.h"

typedef struct hr_dims {
    size_t tokens, prefix, seq, d, outputs, heads, head_dim, inner, inner_t;
    size_t channels;             /* symbol channels of T tokens each, that a puzzle has; 1: none */
    size_t taps;                 /* of the convolution; 0: none */
    size_t grid_rows, grid_cols; /* that it runs over; their product is seq */
    bool attention, token_mlp, pre; /* neither of the first two: no mixing */
    /* Rotary angles (rows x T x head_dim/2) where rows have their own; NULL: the model's, for each
     * row. */
    const hr_real *cos, *sin;
} hr_dims;
/* Of a row with all its cells. Functions that take dims take those of the rows at hand. */
hr_dims hr_dims_of(const hr_spec *spec);
/* Tokens of a puzzle's row, of all its channels. */
static inline size_t hr_row_tokens(const hr_dims *dims) {
    return dims->channels * dims->tokens;
}
/* Whether tokens mix but by a convolution; and whether what is mixed is not a block's input, since
 * a convolution or channels come before. */
static inline bool hr_dims_mix(const hr_dims *dims) {
    return dims->attention || dims->token_mlp;
}
static inline bool hr_dims_early(const hr_dims *dims) {
    return dims->taps || dims->channels > 1;
}

#endif
