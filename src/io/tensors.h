/* tensors.h - named tensors from a file of any supported format. */
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
    hr_safetensors file; /* of the kind SAFETENSORS: its metadata */
    size_t capacity;     /* of tensors */
    void **blocks;       /* names and data that belong to the tensors */
    size_t block_count, block_capacity;
} hr_tensors;

void hr_tensors_close(hr_tensors *tensors);             /* accepts a zeroed struct */
const char *hr_tensors_kind_name(hr_tensors_kind kind); /* "safetensors", "PyTorch", "npz" */

/* For readers. own: takes over a block, even when it fails; NULL fails as memory that was short.
 * add: adds a tensor whose name and data are in such blocks. */
hr_status hr_tensors_own(hr_tensors *tensors, void *block);
hr_status hr_tensors_add(hr_tensors *tensors, const hr_tensor *tensor);

#endif
