/* exec_train.h - segments with loss and gradient. */
#ifndef HR_EXEC_TRAIN_H
#define HR_EXEC_TRAIN_H

#include "nn/worker.h"

/* One training segment: the forward of hr_exec_forward with loss, and gradients, written to grads
 * (the table's dense part) and puzzle_grads (rows x puzzle_emb_ndim; NULL when there is none).
 * Returns the tokens that were computed as a share of those of as many whole rows. Where e->watch
 * stops it, nothing that it writes means anything. */
double hr_exec_train(hr_exec *e, const hr_training *training, hr_real *const z[HR_STATES_MAX],
                     hr_real *grads, hr_real *puzzle_grads);

#endif
