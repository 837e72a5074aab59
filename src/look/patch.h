/* patch.h - activation patching: which answers move with one cell's state. */
#ifndef HR_PATCH_H
#define HR_PATCH_H

#include "data/dataset.h"
#include "hrm_look.h"

/* In the data's first puzzles, as out->patched says, with options' progress; fills in out->moved
 * and moves. */
hr_status hr_patch(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                   const hrm_inspect_options *options, hrm_inspection *out);

#endif
