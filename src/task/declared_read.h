/* declared_read.h - from the keys of a task file, and from what the data show, to a task. */
#ifndef HR_DECLARED_READ_H
#define HR_DECLARED_READ_H

#include "task/declared_parts.h"

/* What hr_task_declare does, for a task that is zero but for its family and an empty `declared`:
 * fills in sizes, alphabet and `declared`. */
hr_status hr_declared_read(const hr_task_entry *entries, size_t count, const hr_task_survey *survey,
                           hr_task *task);

#endif
