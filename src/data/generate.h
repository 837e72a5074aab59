/* generate.h - files of generated puzzles: threaded, reproducible, inequivalent up to symmetry. */
#ifndef HR_GENERATE_H
#define HR_GENERATE_H

#include "hrm_tools.h"
#include "base/err.h"

/* See hrm_generate. */
hr_status hr_generate(const char *family, const char *path, const hrm_generate_options *options);

#endif
