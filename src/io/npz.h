/* npz.h - NumPy's .npz: zip archives of .npy files, packed or not. */
#ifndef HR_NPZ_H
#define HR_NPZ_H

#include "io/tensors.h"
#include "io/zip.h"

/* Adds every array to `out`, named without ".npy". */
hr_status hr_npz_read(hr_zip *zip, hr_tensors *out);
/* Written atomically and unpacked. BF16, which NumPy lacks, becomes F32: every value stays. */
hr_status hr_npz_write(const char *path, const hr_tensor *tensors, size_t count);

#endif
