/* eval.h - accuracy on a data set, with its interval. */
#ifndef HR_EVAL_H
#define HR_EVAL_H

#include "data/dataset.h"
#include "hrm_tools.h"
#include "solve/solve.h"

/* See hrm_evaluate. */
hr_status hr_eval_run(hr_solver *solver, const hr_dataset *dataset, const hrm_eval_options *options,
                      hrm_eval_report *out);

/* Whether an answer with all labelled cells right is exact: where others are not labelled and the
 * rules are complete, it has to keep them too. */
bool hr_eval_agrees(const hr_task *task, hr_known known, hr_verdict verdict);

/* Refuses a data set whose lengths, vocabulary or puzzle identifiers do not fit the model. */
hr_status hr_eval_fits(const hr_model *model, const hr_dataset *dataset);
/* Refuses puzzles other than those that the model's puzzle embedding was trained for. names:
 * hr_dataset_names of what it was trained on; 0, here or for the data: not known, and accepted. */
hr_status hr_eval_knows(const hr_model *model, uint64_t names, const hr_dataset *dataset);

#endif
