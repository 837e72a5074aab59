/* exec_train.h - segments with loss and gradient, and of an exec what they need. */
#ifndef HR_EXEC_TRAIN_H
#define HR_EXEC_TRAIN_H

#include "nn/worker.h"

static inline int hr_ceil_div(int a, int b) {
    return (a + b - 1) / b;
}
/* Rows of a row block and row blocks of a shard, at most, where no padding is skipped. */
int hr_exec_block_rows(const hr_exec *e);
int hr_exec_shard_blocks(const hr_exec *e);
/* Says how many shards run at once in micro-batches of so many rows; takes the memory of training.
 */
void hr_exec_shape_training(hr_exec *e);
void hr_exec_take_training(hr_exec *e, hr_arena *arena);

/* One training segment: the forward of hr_exec_forward with loss, and gradients, written to grads
 * (the table's dense part) and puzzle_grads (rows x puzzle_emb_ndim; NULL when there is none).
 * Returns the tokens that were computed as a share of those of as many whole rows. Where e->watch
 * stops it, nothing that it writes means anything. */
double hr_exec_train(hr_exec *e, const hr_training *training, hr_real *const z[HR_STATES_MAX],
                     hr_real *grads, hr_real *puzzle_grads);

#endif
