/* tensors_open.h - opens any file that holds named tensors: safetensors, PyTorch checkpoints,
 * NumPy's .npz. The contents tell which. */
#ifndef HR_TENSORS_OPEN_H
#define HR_TENSORS_OPEN_H

#include "base/os.h"
#include "io/tensors.h"

/* The bytes of such a file; of a run folder, those of its best model, or of its last if there is no
 * best one. Close with hr_os_unload. */
hr_status hr_tensors_load(const char *path, hr_file *out);
bool hr_tensors_in(const char *dir); /* whether a folder holds a model */
/* Close with hr_tensors_close. */
hr_status hr_tensors_open(const char *path, hr_tensors *out);
/* The same over bytes in memory, borrowed until close; `name` stands for the path in messages. */
hr_status hr_tensors_parse(const void *data, size_t size, const char *name, hr_tensors *out);

#endif
