/* inspect.h - what a model does between question and answer, measured over many puzzles. */
#ifndef HR_INSPECT_H
#define HR_INSPECT_H

#include "data/dataset.h"
#include "hrm_look.h"

/* See hrm_inspect; the options are whole. The data fit the model. */
hr_status hr_inspect(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                     const hrm_inspect_options *options, hrm_inspection **out);
void hr_inspection_free(hrm_inspection *inspection);

#endif
