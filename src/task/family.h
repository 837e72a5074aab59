/* family.h - what the puzzle families share among themselves. */
#ifndef HR_FAMILY_H
#define HR_FAMILY_H

#include <stddef.h>

#include "base/err.h"

/* Fails because of the character in `column` (from 1); `wanted` says what may stand there. */
hr_status hr_task_refuse(size_t column, char c, const char *wanted);
/* Fails when a text of `size` characters should have `expected`. */
hr_status hr_task_refuse_size(size_t size, int expected);

#endif
