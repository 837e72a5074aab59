/* convert.h - weights from any container to any other, with a report. */
#ifndef HR_CONVERT_H
#define HR_CONVERT_H

#include "hrm_tools.h"

#include "base/err.h"

/* See hrm_convert. */
hr_status hr_convert(const char *in, const char *out, const hrm_convert_options *options,
                     hrm_conversion **report);

#endif
