/* dataset_files.h - the two forms of puzzle files behind dataset.h: CSV and published directories.
 */
#ifndef HR_DATASET_FILES_H
#define HR_DATASET_FILES_H

#include "run/dataset.h"
#include "run/task_file.h"

/* Both fill a zeroed dataset; what they allocated before a failure is freed with it. */
hr_status hr_dataset_read_csv(hr_dataset *data, const hr_task_choice *task, const hr_task *expect);
hr_status hr_dataset_read_dir(hr_dataset *data, const hr_task_choice *task, const hr_task *expect);

/* copies: each puzzle is written once plain and `copies` times under a random symmetry. */
hr_status hr_dataset_write_csv(const hr_dataset *data, const char *path, int copies, uint64_t seed);
hr_status hr_dataset_write_dir(const hr_dataset *data, const char *path, int copies, uint64_t seed);

/* Memory for `examples` in `puzzles` in `groups`, task already set; ids and starts are zero. */
hr_status hr_dataset_allocate(hr_dataset *data, size_t examples, size_t puzzles, size_t groups);

/* One example as it is written: copy 0 is plain, others are shuffled, all examples of a puzzle
 * alike. question and answer: (task.seq) tokens each. */
void hr_dataset_copy(const hr_dataset *data, size_t puzzle, size_t example, int copy, uint64_t seed,
                     uint8_t *question, uint8_t *answer);

#endif
