/* lines.h - puzzles as people write them: rows under each other, blanks at the ends of lines. */
#ifndef HR_LINES_H
#define HR_LINES_H

#include "task/task.h"

/* Reads a puzzle as people write it: rows may stand under each other, blanks before the
 * first cell and after the last are ignored. */
hr_status hr_task_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens);
/* Reads an answer whose open cells are '.', where the task has no such symbol; these get what the
 * question has there. Both texts have `size` characters; fails where they are not one a cell. */
hr_status hr_task_parse_open(const hr_task *task, const char *question, const char *answer,
                             size_t size, uint8_t *tokens);
/* How many lines like this one make a puzzle: all rows where it is one of them, 1, or 0 where it is
 * no part of any (empty, a border), -1 where it is a heading such as "Grid 01", between puzzles. */
int hr_task_rows(const hr_task *task, const char *line, size_t size);

#endif
