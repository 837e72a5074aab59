/* mask.h - dropout: which numbers of the input, and of what a layer adds, a training step leaves
 * out.
 *
 * A number stays or goes by the step's stream, its row of the batch and its place in the row; in a
 * layer also by the call, the layer and which of its two sums it is of: the same in the forward
 * and, drawn again, in the backward, whichever rows run together. What stays makes up for the rest.
 */
#ifndef HR_MASK_H
#define HR_MASK_H

#include <stddef.h>

#include "base/rng.h"
#include "nn/dims.h"

typedef struct hr_mask {
    uint32_t share; /* that layers leave out, in 65536ths; 0: nothing */
    hr_rng rng;     /* of the step */
    size_t from;    /* the i-th row is this one of the batch, plus row[i] or, without row, i */
    const int32_t *row;
    const hr_dims *dims; /* of the rows; borrowed */
    uint64_t layer;      /* counted through all calls */
} hr_mask;

typedef enum hr_mask_sum { HR_MASK_MIX, HR_MASK_MLP, HR_MASK_SUMS } hr_mask_sum;

/* out = addend (NULL: zeros) + what is left of x, rows from..to-1 of a row block, T x D each, where
 * each channel counts as a row; out may be addend or x. */
void hr_mask_add(const hr_mask *mask, hr_mask_sum sum, hr_real *out, const hr_real *addend,
                 const hr_real *x, size_t from, size_t to);
/* x (rows x tokens x D): an input, or its gradient, of which the share is left out. */
void hr_mask_input(const hr_mask *mask, double share, hr_real *x, size_t rows);

#endif
