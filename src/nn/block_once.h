/* block_once.h - one block by itself, which no engine runs and whose output takes no gradient from
 * outside: what the published numbers of single blocks are held against. Its tape and its scratch
 * stay in here; the numbers are in the caller's memory. */
#ifndef HR_BLOCK_ONCE_H
#define HR_BLOCK_ONCE_H

#include "nn/model.h"

/* The first block of module L, of a model for training, packed, over rows of states x (rows x T x
 * D): y gets what comes out; dy, the gradient there, becomes that at x; grads (dense) gets those of
 * the block's weights. */
hr_status hr_block_once(const hr_model *model, size_t rows, hr_real *x, hr_real *y, hr_real *dy,
                        hr_real *grads);

#endif
