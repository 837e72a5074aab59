/* inspect_page.h - an inspection as a page. */
#ifndef HR_INSPECT_PAGE_H
#define HR_INSPECT_PAGE_H

#include "base/err.h"
#include "hrm_look.h"

hr_status hr_inspect_page(const hrm_inspection *inspection, const char *path);

#endif
