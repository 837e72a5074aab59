/* dataset_open.h - puzzles from files and to files, whichever their form: CSV, or a directory in
 * the published layout. */
#ifndef HR_DATASET_OPEN_H
#define HR_DATASET_OPEN_H

#include "data/dataset.h"

/* task: as a recipe's, or NULL to tell from the data.
 * With a task given by `expect` (may be NULL) the file must fit it, and its alphabet is used (a
 * model's task). */
hr_status hr_dataset_open(const char *path, const char *task, const hr_task *expect,
                          hr_dataset **out);
/* The same for solving alone: a CSV file may do without answers. */
hr_status hr_dataset_open_questions(const char *path, const hr_task *expect, hr_dataset **out);
/* CSV when path ends in ".csv", else the published layout. See hrm_dataset_export. */
hr_status hr_dataset_export(const hr_dataset *dataset, const char *path, int augmentations,
                            uint64_t seed);

/* The same of data that may be faulty: a row that cannot be used, or whose answer breaks a rule, is
 * left out of a table and told of in `bad` (see hr_dataset). */
hr_status hr_dataset_open_bad(const char *path, const char *task, struct json_t *bad,
                              hr_dataset **out);

#endif
