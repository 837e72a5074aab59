/* tensors.h - named tensors out of any file that holds them: safetensors, PyTorch checkpoints,
 * NumPy's .npz. The contents tell which. */
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

hr_status hr_tensors_open(const char *path, hr_tensors *out);
/* The same over bytes in memory, borrowed until close; `name` stands for the path in messages. */
hr_status hr_tensors_parse(const void *data, size_t size, const char *name, hr_tensors *out);
void hr_tensors_close(hr_tensors *tensors); /* accepts a zeroed struct */
const hr_tensor *hr_tensors_find(const hr_tensors *tensors, const char *name); /* or NULL */
const char *hr_tensors_kind_name(hr_tensors_kind kind); /* "safetensors", "PyTorch", "npz" */

/* For readers: takes a block over, also when it fails (NULL counts as memory that was short); adds
 * a tensor whose name and data are in such blocks. */
hr_status hr_tensors_own(hr_tensors *tensors, void *block);
hr_status hr_tensors_add(hr_tensors *tensors, const hr_tensor *tensor);

#endif
