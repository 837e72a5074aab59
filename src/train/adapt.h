/* adapt.h - ARC tasks that a model never saw: fresh puzzle vectors, fitted on the demonstrations,
 * then the test inputs solved by vote of their copies. */
#ifndef HR_ADAPT_H
#define HR_ADAPT_H

#include "hrm_tools.h"
#include "nn/model.h"
#include "task/task.h"

/* See hrm_adapt. The model stays as it is. training: its record (JSON, or NULL), which tells the
 * losses it was trained on; without one the published ones. */
hr_status hr_adapt(const hr_model *model, const hr_task *task, const char *training, hr_pool *pool,
                   const char *path, const hrm_adapt_options *options, hrm_adapted **out);

#endif
