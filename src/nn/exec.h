/* exec.h - runs a model on this machine's processor: forward, and training.
 *
 * Neither the rows at work at once nor the threads change a bit of what it gives. Shapes as in
 * model.h. */
#ifndef HR_EXEC_H
#define HR_EXEC_H

#include "nn/exec_train.h"

/* For training on batches of so many rows, in as many of the shards as there are row blocks: the
 * largest micro-batch that fits `budget` bytes, workers' scratch left out; at least one row block.
 * *bytes, unless NULL, gets what it takes. */
hr_engine_size hr_exec_plan(const hr_model *model, int rows, int shards, size_t budget,
                            size_t *bytes);
/* All bytes of an exec with that many workers; none: what hr_exec_plan counts. */
size_t hr_exec_bytes(const hr_model *model, int workers, const hr_engine_size *size);
/* The model and the pool are borrowed and must outlive the exec. */
hr_status hr_exec_new(hr_model *model, hr_pool *pool, const hr_engine_size *size, hr_exec **out);
void hr_exec_free(hr_exec *exec);

/* One segment without gradient: states z[s] (rows x T x D) are read and replaced. logits (rows x
 * seq x V) and q (rows x 2: halt, continue) may be NULL. Any number of rows.
 * With skip_padding a row's tokens are closed up at the front of its state, and the logits of its
 * padding say that it is padding; so in training. */
void hr_exec_forward(hr_exec *exec, const hr_batch *batch, hr_real *const z[HR_STATES_MAX],
                     hr_real *logits, hr_real *q);

#endif
