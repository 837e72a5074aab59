/* dataset_files.h - the two forms of puzzle files behind dataset.h: CSV and published directories.
 */
#ifndef HR_DATASET_FILES_H
#define HR_DATASET_FILES_H

#include "io/json.h"
#include "io/npy.h"
#include "data/dataset.h"
#include "data/task_file.h"

/* Both fill a zeroed dataset; what they allocated before a failure is freed with it. answers: a
 * file without them is refused. */
hr_status hr_dataset_read_csv(hr_dataset *data, const hr_task_choice *task, const hr_task *expect,
                              bool answers);
hr_status hr_dataset_read_dir(hr_dataset *data, const hr_task_choice *task, const hr_task *expect);

/* copies: each puzzle is written once plain and `copies` times under a random symmetry. */
hr_status hr_dataset_write_csv(const hr_dataset *data, const char *path, int copies, uint64_t seed);
hr_status hr_dataset_write_dir(const hr_dataset *data, const char *path, int copies, uint64_t seed);

/* Memory for `examples` in `puzzles` in `groups`, task already set; ids and starts are zero. */
hr_status hr_dataset_allocate(hr_dataset *data, size_t examples, size_t puzzles, size_t groups);
/* The same without memory for inputs and labels, which data->source makes. */
hr_status hr_dataset_allocate_made(hr_dataset *data, size_t examples, size_t puzzles,
                                   size_t groups);

/* DIR/../NAME of a published directory; hr_free it. NULL where there is no such file (or no
 * memory). */
char *hr_dataset_beside(const hr_dataset *data, const char *name);

/* Takes the dataset.json away from a published directory, if it is one, so that nothing reads it
 * until all is written and dataset.json, last: old arrays never pass beside new ones. */
hr_status hr_dataset_void_dir(const char *dir);
/* Parts of a published directory. An array to read is all__NAME.npy, of integers. */
hr_status hr_dataset_open_array(const char *dir, const char *name, int dims, hr_npy *out);
hr_status hr_dataset_write_array(const char *dir, const char *name, hr_dtype dtype,
                                 const void *data, size_t rows, size_t cols);      /* cols 0: 1-d */
hr_status hr_dataset_write_json(const char *dir, const char *name, json_t *value); /* takes it */
json_t *hr_dataset_header(const hr_dataset *data, size_t examples, size_t puzzles);

/* FNV-1a over what `hash`, HR_DATASET_HASH at first, is of: recognises data, does not protect it.
 */
#define HR_DATASET_HASH 0xcbf29ce484222325
uint64_t hr_dataset_mix(uint64_t hash, const void *data, size_t size);
/* The last of the `count` starts that is not above `at`. */
size_t hr_dataset_range(const int32_t *start, size_t count, size_t at);

/* One example as it is written: copy 0 is plain, others are shuffled, all examples of a puzzle
 * alike. question and answer: (task.seq) tokens each. */
void hr_dataset_copy(const hr_dataset *data, size_t puzzle, size_t example, int copy, uint64_t seed,
                     uint8_t *question, uint8_t *answer);

#endif
