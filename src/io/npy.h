/* npy.h - NumPy's .npy files, formats 1.0 to 3.0. */
#ifndef HR_NPY_H
#define HR_NPY_H

#include "base/os.h"
#include "base/text.h"
#include "io/safetensors.h"

typedef struct hr_npy {
    hr_tensor tensor; /* borrowed until close */
    hr_file file;
    void *own; /* of hr_npy_parse */
} hr_npy;

hr_status hr_npy_open(const char *path, hr_npy *out);
/* The same in memory. The tensor borrows the data where it can: *own is NULL. Another order of
 * indices or bytes, and unsigned numbers, which become signed ones of twice the size, are copied to
 * *own, which the caller frees after the tensor. */
hr_status hr_npy_parse(const void *data, size_t size, const char *name, hr_tensor *out, void **own);
/* The bytes of that copy; 0 where none is made. */
hr_status hr_npy_measure(const void *data, size_t size, const char *name, size_t *copy);
void hr_npy_close(hr_npy *npy); /* accepts a zeroed struct */
/* Format 1.0, written atomically; tensor->name is not used. */
hr_status hr_npy_write(const char *path, const hr_tensor *tensor);
/* Adds the header that such a file has before its data; `path` is for messages. */
hr_status hr_npy_header(const char *path, const hr_tensor *tensor, hr_buffer *out);

#endif
