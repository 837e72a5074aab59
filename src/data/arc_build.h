/* arc_build.h - hrm data arc: ARC tasks to a directory to train and evaluate on. */
#ifndef HR_ARC_BUILD_H
#define HR_ARC_BUILD_H

#include "hrm_tools.h"
#include "base/err.h"

/* See hrm_arc_build. */
hr_status hr_arc_build(const char *dir, const hrm_arc_options *options, hrm_arc_report **out);

#endif
