/* tried.h - the same puzzles made easy, and begun from elsewhere: what a fixed point is worth. */
#ifndef HR_TRIED_H
#define HR_TRIED_H

#include "data/dataset.h"
#include "hrm_look.h"

/* The data's first puzzles with nearly all cells given, as options->filled says; fills in
 * out->filled. */
hr_status hr_try_filled(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                        const hrm_inspect_options *options, hrm_inspection *out);
/* And from random states, as options->starts says; fills in out->starts. */
hr_status hr_try_starts(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                        const hrm_inspect_options *options, hrm_inspection *out);

#endif
