/* tensors.h - named tensors out of a file, whichever its format. */
#ifndef HR_TENSORS_H
#define HR_TENSORS_H

#include "io/safetensors.h"

typedef enum hr_tensors_kind {
    HR_TENSORS_SAFETENSORS,
    HR_TENSORS_TORCH,
    HR_TENSORS_NPZ,
} hr_tensors_kind;

typedef struct hr_tensors {
    hr_tensors_kind kind;
    size_t count;
    hr_tensor *tensors;  /* in file order, names unique; borrowed until close */
    hr_safetensors file; /* of that kind: its metadata */
    size_t capacity;     /* of tensors */
    void **blocks;       /* memory that belongs to them: names, data */
    size_t block_count, block_capacity;
} hr_tensors;

void hr_tensors_close(hr_tensors *tensors);             /* accepts a zeroed struct */
const char *hr_tensors_kind_name(hr_tensors_kind kind); /* "safetensors", "PyTorch", "npz" */

/* For readers: takes a block over, also when it fails (NULL counts as memory that was short); adds
 * a tensor whose name and data are in such blocks. */
hr_status hr_tensors_own(hr_tensors *tensors, void *block);
hr_status hr_tensors_add(hr_tensors *tensors, const hr_tensor *tensor);

#endif
