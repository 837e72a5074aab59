/* report.h - a page about runs. */
#ifndef HR_REPORT_H
#define HR_REPORT_H

#include "look/runs.h"

/* See hrm_report; options are whole, and so is their run. */
hr_status hr_report(const char *const *dirs, size_t count, const char *path,
                    const hrm_report_options *options, hrm_runs **out);

#endif
