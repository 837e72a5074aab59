/* safetensors.h - the only native format: named tensors and string metadata in one file.
 *
 * 8 bytes little-endian header length, a JSON header {name: {dtype, shape, data_offsets}},
 * raw little-endian row-major data. The reader trusts nothing in it. Files from here hold checksums
 * of each tensor and of the header, which are verified when a file is read.
 *
 * With the metadata scales = "rows" every matrix X of I8 has a vector X.scale (F32, one number for
 * each row): an element is its number times that of its row. Scales are read with their matrices
 * and stand behind the other tensors. */
#ifndef HR_SAFETENSORS_H
#define HR_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/os.h"

typedef enum hr_dtype {
    HR_F32,
    HR_F64,
    HR_BF16,
    HR_F16,
    HR_I64,
    HR_I32,
    HR_I16,
    HR_I8,
    HR_U8,
    HR_BOOL,
} hr_dtype;

enum { HR_DIMS_MAX = 8 };

/* A view: owns nothing. */
typedef struct hr_tensor {
    const char *name;
    hr_dtype dtype;
    int dims;
    int64_t shape[HR_DIMS_MAX];
    size_t count;      /* elements: the product of the shape, 1 for a scalar */
    const void *data;  /* may be unaligned */
    const void *scale; /* of a matrix with scales: F32 for each row, may be unaligned; else NULL */
} hr_tensor;

#define HR_SCALES     "scales" /* the key, */
#define HR_SCALES_ROW "rows"   /* its value, */
#define HR_SCALE_END  ".scale" /* and how names of scales end */

size_t hr_dtype_size(hr_dtype dtype);
const char *hr_dtype_name(hr_dtype dtype);

/* Element i as a double, whatever the dtype (I64 beyond 2^53 rounds), times its scale. */
double hr_tensor_at(const hr_tensor *tensor, size_t i);
/* The scale of a row, where it has scales. */
float hr_tensor_scale(const hr_tensor *tensor, size_t row);
/* Steps to the next element, the last index fastest. index (dims) and *at are 0 at first; stride
 * (dims) and *at count elements. */
void hr_tensor_step(const hr_tensor *tensor, const int64_t *stride, int64_t *index, int64_t *at);

typedef struct hr_meta {
    const char *key, *value;
} hr_meta;

typedef struct hr_safetensors {
    size_t count;
    hr_tensor *tensors; /* in file order, names unique; data borrowed until close */
    size_t scales;      /* so many more tensors stand behind them */
    size_t meta_count;
    hr_meta *meta;
    struct hr_safetensors_owned *owned;
} hr_safetensors;

hr_status hr_safetensors_open(const char *path, hr_safetensors *out);
/* The same over bytes in memory, borrowed until close; `name` stands for the path in messages. */
hr_status hr_safetensors_parse(const void *data, size_t size, const char *name,
                               hr_safetensors *out);
/* The same whatever the checksums say. */
hr_status hr_safetensors_open_unverified(const char *path, hr_safetensors *out);
hr_status hr_safetensors_parse_unverified(const void *data, size_t size, const char *name,
                                          hr_safetensors *out);
/* Hands over the file that was parsed; hr_safetensors_close closes it. */
void hr_safetensors_keep(hr_safetensors *parsed, const hr_file *file);
void hr_safetensors_close(hr_safetensors *file); /* accepts a zeroed struct */
const hr_tensor *hr_safetensors_find(const hr_safetensors *file, const char *name); /* or NULL */
const char *hr_safetensors_meta(const hr_safetensors *file, const char *key);       /* or NULL */

/* Writes atomically. Equal tensors and metadata make equal bytes. The data begin 64-byte aligned.
 */
hr_status hr_safetensors_write(const char *path, const hr_tensor *tensors, size_t count,
                               const hr_meta *meta, size_t meta_count);

#endif
