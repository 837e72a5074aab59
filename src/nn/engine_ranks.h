/* engine_ranks.h - several ranks as one engine: each has all of the model and some rows of every
 * batch, on the first engine of the list.
 *
 * All ranks call every operation alike, with the same arguments, and get the same: the bits of one
 * process. In training a rank has consecutive shards, whose sums meet the others' in the tree
 * (tree.h); every rank then makes the same step. Rows that are only solved are dealt out one by
 * one. Reports, logits and gradients of puzzles' vectors come back to all. */
#ifndef HR_ENGINE_RANKS_H
#define HR_ENGINE_RANKS_H

#include "nn/engine.h"

extern const hr_engine_ops hr_engine_ranks;
/* That one where ranks work beside the pool's threads; else the first there is. */
const hr_engine_ops *hr_engine_for(const hr_pool *pool);

/* What this rank has of a batch that is trained on: as the engine that works on it is made. */
hr_engine_size hr_ranks_part(const hr_comm *comm, const hr_engine_size *whole);
/* Refuses a batch with fewer shards than there are ranks. */
hr_status hr_ranks_fit(const hr_comm *comm, int shards);
/* Bytes that this rank takes beside its engine, to exchange gradients; and that it sends a step, at
 * most, but for what rows have come to. A comm of NULL: all of it, and none. */
size_t hr_ranks_bytes(const hr_comm *comm, const hr_model *model, const hr_engine_size *whole);
size_t hr_ranks_sent(const hr_comm *comm, const hr_model *model, const hr_engine_size *whole,
                     const hr_optim_config *optim);

#endif
