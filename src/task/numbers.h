/* numbers.h - real numbers beside the cells of a puzzle.
 *
 * A task may declare that every cell of a question comes with K numbers (task->numbers). As text
 * they follow the cells behind a colon, K of the first cell, K of the second, ..., with blanks
 * between them: "..#.: 0.5 -1 2 0". Tables and folders have a place of their own for them. They are
 * finite, and at most HR_NUMBER_MOST from 0. Answers have none. */
#ifndef HR_TASK_NUMBERS_H
#define HR_TASK_NUMBERS_H

#include "task/task.h"

#define HR_NUMBER_MOST 1e6
enum { HR_TASK_NUMBERS_MAX = 64 }; /* beside a cell */

/* How many a puzzle has: seq x K. */
size_t hr_task_number_count(const hr_task *task);
/* Whether a number may stand in a puzzle. */
bool hr_task_number_fits(double value);
/* The numbers of a puzzle, blanks or line ends between them; out (may be NULL): so many. Fails with
 * HR_ERR_TASK where one is none, or there are more or fewer. */
hr_status hr_task_read_numbers(const hr_task *task, const char *text, size_t size, float *out);
/* Adds them as that reads them, so that they stay the same bits. */
void hr_task_write_numbers(const hr_task *task, const float *numbers, hr_buffer *out);
/* hr_task_parse of a question with its numbers (may be NULL: they are only checked). Of a task
 * without numbers just that. */
hr_status hr_task_parse_puzzle(const hr_task *task, const char *text, size_t size, uint8_t *tokens,
                               float *numbers);
/* The text that it reads; of a task without numbers ops->format. NULL: no memory. Free it with
 * hr_free. */
char *hr_task_puzzle_text(const hr_task *task, const uint8_t *tokens, const float *numbers);
/* What a symmetry's map of cells makes of them; out may not be in. */
void hr_task_see_numbers(const hr_task *task, const uint32_t *cell, const float *in, float *out);

#endif
