/* dataset_csv.h - puzzles in tables: CSV, or with semicolons or tabs, packed by gzip or not. */
#ifndef HR_DATASET_CSV_H
#define HR_DATASET_CSV_H

#include "base/os.h"
#include "data/dataset.h"
#include "data/task_file.h"

/* Fills a zeroed dataset; after a failure too, hr_dataset_free frees it. answers: they must be
 * there. */
hr_status hr_dataset_read_csv(hr_dataset *data, const hr_task_choice *task, const hr_task *expect,
                              bool answers);

/* The same of a file that was read, plain text. */
hr_status hr_dataset_parse_csv(hr_dataset *data, const hr_file *file, const hr_task_choice *task,
                               const hr_task *expect, bool answers);

/* Whether a text file is a table: by its name, or by what its first line names. */
bool hr_dataset_csv_is(const char *path, const void *text, size_t size);

/* copies: each puzzle is written once plain and `copies` times under a random symmetry. */
hr_status hr_dataset_write_csv(const hr_dataset *data, const char *path, int copies, uint64_t seed);

#endif
