/* slot.h - the memory of training: how many row blocks and shards are at work at once, and the slot
 * in which each row block keeps what its backward needs. */
#ifndef HR_SLOT_H
#define HR_SLOT_H

#include "nn/worker.h"

static inline int hr_ceil_div(int a, int b) {
    return (a + b - 1) / b;
}
/* Rows of a row block and row blocks of a shard, at most, where no padding is skipped. */
int hr_slot_block_rows(const hr_exec *e);
int hr_slot_shard_blocks(const hr_exec *e);
/* Says how many shards run at once in micro-batches of so many rows; takes the memory of training.
 */
void hr_slot_shape(hr_exec *e);
void hr_slot_take(hr_exec *e, hr_arena *arena);

/* Call c, counted from the first with gradient. */
static inline const hr_call *hr_slot_call(const hr_exec *e, int c) {
    return &e->model->recur.call[e->first_grad + c];
}

static inline int hr_slot_layers(const hr_exec *e, int c) {
    return e->model->modules[hr_slot_call(e, c)->module].layers;
}

/* Bytes of the slot of a row block; without one of the largest. */
size_t hr_slot_bytes(const hr_exec *e, const hr_row_block *block);
/* Gives a row block a slot in the space; its angles are in the worker's memory. */
void hr_slot_open(const hr_exec *e, hr_slot *slot, const hr_row_block *block, hr_real *sums,
                  hr_arena *space);

#endif
