/* survey.h - telling a task from data: the first family of the list whose puzzles all of the data
 * are, otherwise a grid over the characters that occur. */
#ifndef HR_SURVEY_H
#define HR_SURVEY_H

#include "task/task.h"

/* answer NULL: it is not known. Fails with HR_ERR_TASK when the pair's lengths, without blanks that
 * one of them has more at its end, differ from each other or from earlier pairs, unless they may.
 */
hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size);
hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out);

/* The task of data that are tokens already, by their sizes; name (may be NULL) as in a recipe. */
hr_status hr_task_of_sizes(int seq, int vocab, const char *name, hr_task *out);
/* The same cells and characters as a plain grid: for data that turn out not to be of the family. */
hr_status hr_task_plain(const hr_task *task, hr_task *out);

#endif
