/* dataset_dir.h - puzzles in directories of the published layout. */
#ifndef HR_DATASET_DIR_H
#define HR_DATASET_DIR_H

#include "data/dataset.h"
#include "data/task_file.h"

/* Fills a zeroed dataset; after a failure too, hr_dataset_free frees it. */
hr_status hr_dataset_read_dir(hr_dataset *data, const hr_task_choice *task, const hr_task *expect);

/* copies: each puzzle is written once plain and `copies` times under a random symmetry. */
hr_status hr_dataset_write_dir(const hr_dataset *data, const char *path, int copies, uint64_t seed);

#endif
