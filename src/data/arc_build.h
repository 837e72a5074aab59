/* arc_build.h - hrm data arc: ARC tasks to a directory to train and evaluate on. */
#ifndef HR_ARC_BUILD_H
#define HR_ARC_BUILD_H

#include "hrm_tools.h"
#include "data/arc_views.h"

/* See hrm_arc_build. */
hr_status hr_arc_build(const char *dir, const hrm_arc_options *options, hrm_arc_report **out);

/* hr_dataset_names of a directory that is built of these tasks in these views. */
hr_status hr_arc_names(const hr_arc_tasks *tasks, const hr_arc_views *views, uint64_t *names);

#endif
