/* survey.h - which task data belong to: the first family of the list that every pair fits,
 * otherwise a plain grid over the characters that occur. */
#ifndef HR_SURVEY_H
#define HR_SURVEY_H

#include "task/task.h"

/* Adds a pair. answer NULL: it is not known. Surplus blanks around the longer text do not count;
 * fails with HR_ERR_TASK when the lengths still differ, from each other or from earlier pairs,
 * unless survey->varying. */
hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size);
/* Refuses text whose letters have more bytes than one; what is told of its bytes is wrong. */
hr_status hr_task_survey_letters(const hr_task_survey *survey);
/* Refuses one text of such data that holds anything beyond ASCII. */
hr_status hr_task_refuse_letter(const char *text, size_t size);
hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out);

/* The task of data that are tokens already, by their sizes; name (may be NULL) as in a recipe. */
hr_status hr_task_of_sizes(int seq, int vocab, const char *name, hr_task *out);
/* The same cells and characters as a plain grid, for data that turn out not to be of the family. */
hr_status hr_task_plain(const hr_task *task, hr_task *out);

#endif
