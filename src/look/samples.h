/* samples.h - puzzles that a run's best model solved and failed, on a page. */
#ifndef HR_SAMPLES_H
#define HR_SAMPLES_H

#include "hrm_look.h"
#include "look/page.h"
#include "look/run.h"

/* The first options->examples of the run's validation puzzles, solved here and now. What is not
 * there, or does not fit, is a sentence on the page. Fails when it is stopped. */
hr_status hr_samples_add(hr_page *page, const hr_run *run, const hrm_report_options *options);

#endif
