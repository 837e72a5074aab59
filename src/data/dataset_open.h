/* dataset_open.h - reads and writes puzzles as CSV or as a directory in the published layout. */
#ifndef HR_DATASET_OPEN_H
#define HR_DATASET_OPEN_H

#include "base/os.h"
#include "data/dataset.h"

/* task: as in a recipe; NULL: the data tell; answers must keep a task file's rules. expect (may be
 * NULL): a model's task, which the file must fit and whose alphabet is used; answers that break its
 * rules are then let pass, whatever task it is: evaluation counts them. */
hr_status hr_dataset_open(const char *path, const char *task, const hr_task *expect,
                          hr_dataset **out);
/* The same of data that may lack something. answers false: a CSV file needs none. bad (may be
 * NULL): of a table, a row that cannot be used, or whose answer breaks a rule, is left out and
 * reported there (see hr_dataset). */
hr_status hr_dataset_open_partial(const char *path, const char *task, const hr_task *expect,
                                  bool answers, hr_bad *bad, hr_dataset **out);
/* The questions of a file for a model's task: a table's answers that cannot be read are not known,
 * and told (see hr_dataset). text (may be NULL): what `path` holds, a table as plain text. */
hr_status hr_dataset_open_questions(const char *path, const hr_file *text, const hr_task *expect,
                                    hr_dataset **out);
/* Refuses symmetries that a task file (its name, for the message) declares where one of them makes
 * an answer break a rule. hr_dataset_open does so where the caller named that file. */
hr_status hr_dataset_check_symmetries(const hr_dataset *dataset, const char *file);
/* CSV when path ends in ".csv", else the published layout. See hrm_dataset_export. */
hr_status hr_dataset_export(const hr_dataset *dataset, const char *path, int augmentations,
                            uint64_t seed);

#endif
