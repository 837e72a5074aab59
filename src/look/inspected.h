/* inspected.h - an inspection as JSON and as tables. */
#ifndef HR_INSPECTED_H
#define HR_INSPECTED_H

#include "base/err.h"
#include "hrm_look.h"

/* See hrm_inspection_json and hrm_inspection_write. */
hr_status hr_inspected_json(const hrm_inspection *inspection, char **json);
hr_status hr_inspected_write(const hrm_inspection *inspection, const char *dir);

#endif
