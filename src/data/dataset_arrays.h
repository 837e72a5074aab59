/* dataset_arrays.h - the files of a directory in the published layout, one by one. */
#ifndef HR_DATASET_ARRAYS_H
#define HR_DATASET_ARRAYS_H

#include "data/dataset.h"
#include "io/json.h"
#include "io/npy.h"

/* Parts of a published directory. An array to read is SET__NAME.npy, of integers. */
hr_status hr_dataset_open_array(const char *dir, const char *set, const char *name, int dims,
                                hr_npy *out);
/* Arrays to write, into a folder that is made where there is none. */
typedef struct hr_dataset_array {
    const char *name;
    hr_dtype dtype;
    const void *data;
    size_t rows, cols; /* cols 0: of one dimension */
} hr_dataset_array;
hr_status hr_dataset_write_arrays(const char *dir, const hr_dataset_array *arrays, size_t count);
/* Takes the value, NULL for memory that was short. dir NULL: name is all of the path. */
hr_status hr_dataset_write_json(const char *dir, const char *name, json_t *value);
json_t *hr_dataset_header(const hr_dataset *data, size_t examples, size_t puzzles);

/* DIR/../NAME of a published directory; hr_free it. NULL where there is no such file (or no
 * memory). */
char *hr_dataset_beside(const hr_dataset *data, const char *name);
/* Beside ARC's identifiers.json and test_puzzles.json: how many tests each scored task has that was
 * left out. */
#define HR_ARC_LEFT_OUT "left_out.json"

/* Hash of the puzzles' names (identifiers.json above the split folder), by which their identifiers
 * are known again; 0 where there are none. */
uint64_t hr_dataset_names(const hr_dataset *dataset);

/* Takes the dataset.json away from a published directory, if it is one, so that nothing reads it
 * until all is written and dataset.json, last: old arrays never pass beside new ones. */
hr_status hr_dataset_void_dir(const char *dir);

#endif
