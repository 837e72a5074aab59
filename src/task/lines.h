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
/* Reads an answer of which some cells are not known: hr_task_unknown or '.', where answers cannot
 * hold it, stands there; their tokens are 0. size: of question and answer. */
hr_status hr_task_parse_partial(const hr_task *task, const char *question, const char *answer,
                                const size_t size[2], uint8_t *tokens);
/* What stands in an answer for a cell that is not known: the task's blank or, where it has none or
 * answers can hold it, '.'; 0 where they can hold both, so that nothing can. */
char hr_task_unknown(const hr_task *task);
/* The same, or the mark below where nothing can. */
char hr_task_unknown_or_mark(const hr_task *task);
/* What stands there where it is shown and not read back: '?' or, where the task is written with
 * that, a character that it is not written with. */
char hr_task_mark(const hr_task *task);
/* How many lines like this one make a puzzle: all rows where it is one of them, 1, or 0 where it is
 * no part of any (empty, a border), -1 where it is a heading such as "Grid 01", between puzzles. */
int hr_task_rows(const hr_task *task, const char *line, size_t size);

#endif
