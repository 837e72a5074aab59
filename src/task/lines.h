/* lines.h - puzzles as people write them down: rows under each other, blanks at their ends. */
#ifndef HR_LINES_H
#define HR_LINES_H

#include "task/task.h"

/* A text as people have it, as tokens: rows may stand under each other, blanks behind the last cell
 * say nothing. */
hr_status hr_task_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens);
/* How many lines like this one make a puzzle: all rows where it is one of them, 1, or 0 where it is
 * no part of any (empty, a heading such as "Grid 01"). */
int hr_task_rows(const hr_task *task, const char *line, size_t size);

#endif
