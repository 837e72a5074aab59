/* tensors_open.h - opens any file that holds named tensors: safetensors, PyTorch checkpoints,
 * NumPy's .npz. The contents tell which. */
#ifndef HR_TENSORS_OPEN_H
#define HR_TENSORS_OPEN_H

#include "io/tensors.h"

/* Close with hr_tensors_close. */
hr_status hr_tensors_open(const char *path, hr_tensors *out);
/* The same over bytes in memory, borrowed until close; `name` stands for the path in messages. */
hr_status hr_tensors_parse(const void *data, size_t size, const char *name, hr_tensors *out);

#endif
