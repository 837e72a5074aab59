/* states.h - all states of some puzzles, in memory. */
#ifndef HR_STATES_H
#define HR_STATES_H

#include "base/pool.h"
#include "hrm_look.h"
#include "nn/model.h"
#include "task/task.h"

/* See hrm_states_of. */
hr_status hr_states(hr_model *model, const hr_task *task, hr_pool *pool, const char *const *puzzles,
                    hrm_states *out);

#endif
