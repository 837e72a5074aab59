/* grid.h - a grid or sequence over an alphabet, without known rules: the task of data that belong
 * to no family.
 *
 * A blank in the text is a symbol like any other. Padding, and any value that is no token, is
 * written as alphabet[0], a character that the alphabet does not use; parse reads it as padding. */
#ifndef HR_GRID_H
#define HR_GRID_H

#include "task/task.h"

/* A grid (or a sequence: rows 1) over the characters of `alphabet`, tokens 1... in that order. */
hr_status hr_task_grid(int rows, int cols, const char *alphabet, size_t symbols, hr_task *out);

/* Text by the task's alphabet, letter by letter: hr_task_ops.parse and format. */
hr_status hr_grid_parse(const hr_task *task, const char *text, size_t size, bool answer,
                        uint8_t *tokens);
void hr_grid_format(const hr_task *task, const uint8_t *tokens, char *text);

#endif
