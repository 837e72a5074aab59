/* best.h - the best model of a run, measured again: by what its evaluations have come to measure
 * by.
 */
#ifndef HR_BEST_H
#define HR_BEST_H

#include "hrm_tools.h"
#include "train/setup.h"

/* Evaluates the model file at `path` on the setup's validation puzzles. *step: the one it was saved
 * at. */
hr_status hr_best_measure(const hr_setup *setup, const char *path, const hrm_eval_options *options,
                          hrm_eval_report *out, int64_t *step);

#endif
