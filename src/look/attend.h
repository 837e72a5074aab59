/* attend.h - where cells attend to. */
#ifndef HR_ATTEND_H
#define HR_ATTEND_H

#include "data/dataset.h"
#include "hrm_look.h"

/* Of the data's first puzzles, as out->attended says, with options' progress; fills in out->blocks,
 * block and map. */
hr_status hr_attend(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                    const hrm_inspect_options *options, hrm_inspection *out);

#endif
