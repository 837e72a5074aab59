/* dataset_arrays.h - the files of a directory in the published layout, one by one. */
#ifndef HR_DATASET_ARRAYS_H
#define HR_DATASET_ARRAYS_H

#include "data/dataset.h"
#include "io/json.h"
#include "io/npy.h"

/* Opens the array SET__NAME.npy, of integers, in a published directory. */
hr_status hr_dataset_open_array(const char *dir, const char *set, const char *name, int dims,
                                hr_npy *out);
/* The same of real numbers, or integers. */
hr_status hr_dataset_open_reals(const char *dir, const char *set, const char *name, int dims,
                                hr_npy *out);
/* Arrays to write; the folder is made if need be. */
typedef struct hr_dataset_array {
    const char *name;
    hr_dtype dtype;
    const void *data;
    size_t rows, cols; /* cols 0: of one dimension */
} hr_dataset_array;
hr_status hr_dataset_write_arrays(const char *dir, const hr_dataset_array *arrays, size_t count);
/* all__numbers.npy: the numbers beside the cells of so many examples. */
hr_status hr_dataset_write_numbers(const char *dir, const hr_task *task, const float *numbers,
                                   size_t examples);
/* Writes and releases the value; NULL fails as memory that was short. dir NULL: name is the path.
 */
hr_status hr_dataset_write_json(const char *dir, const char *name, json_t *value);
/* The dataset.json of so many examples and puzzles, or NULL. */
json_t *hr_dataset_header(const hr_dataset *data, size_t examples, size_t puzzles);

/* DIR/../NAME of a published directory; hr_free it. NULL where there is no such file (or no
 * memory). */
char *hr_dataset_beside(const hr_dataset *data, const char *name);
/* The file beside ARC's identifiers.json and test_puzzles.json that tells how many tests each
 * scored task has that was left out. */
#define HR_ARC_LEFT_OUT "left_out.json"

/* Hash of the puzzles' names (identifiers.json above the split folder), which tells whether two
 * data sets have the same identifiers; 0 where there are none. */
uint64_t hr_dataset_names(const hr_dataset *dataset);

/* Removes a directory's dataset.json, if there is one, and then what its writers put beside it.
 * Writers call it first and write dataset.json last, so that nothing reads a mixture of old arrays
 * and new ones, and none of the old ones stays. */
hr_status hr_dataset_void_dir(const char *dir);

#endif
