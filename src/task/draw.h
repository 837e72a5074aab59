/* draw.h - grids as lines of text, plain or painted, and how a cell looks. */
#ifndef HR_DRAW_H
#define HR_DRAW_H

#include "task/task.h"

/* Draws tokens as a grid of lines, boxes ruled; cells may differ from `question` (may be NULL).
 * Free the text with hr_free. */
char *hr_task_draw(const hr_task *task, const uint8_t *question, const uint8_t *tokens,
                   hr_draw how);

/* How a cell looks that holds `token`; changed: the answer differs from the question there. Any
 * token value is safe. */
hr_look hr_task_look(const hr_task *task, uint8_t token, bool changed);
/* Rows and columns from the top left that hold every cell of the tokens' grid; at least 1. */
void hr_task_extent(const hr_task *task, const uint8_t *tokens, int *rows, int *cols);

#endif
