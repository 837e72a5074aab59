/* task_json.h - a task as one line of JSON, for metadata, and back. */
#ifndef HR_TASK_JSON_H
#define HR_TASK_JSON_H

#include "task/task.h"

/* Free the text with hr_free. */
char *hr_task_to_json(const hr_task *task);
/* The text need not be trusted. */
hr_status hr_task_from_json(const char *text, hr_task *out);

#endif
