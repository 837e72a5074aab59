/* checkpoint.h - models in safetensors files, with what is needed to solve with them as metadata.
 *
 * Metadata: format "hrm", version, spec, task and training (JSON texts). Tensors: every parameter
 * under its published name, float32 or bfloat16, or int8 with scales (safetensors.h). */
#ifndef HR_CHECKPOINT_H
#define HR_CHECKPOINT_H

#include "io/safetensors.h"
#include "nn/model.h"
#include "task/task.h"

#define HR_CHECKPOINT_VERSION "1"
#define HR_CHECKPOINT_SCALED  "2" /* with scales, without which its numbers would be others */

/* Writes atomically. dense: the dense parameters to save instead of the model's own (an average),
 * or NULL. training: one JSON object about the run. */
hr_status hr_checkpoint_save(const char *path, const hr_model *model, const hr_real *dense,
                             const hr_task *task, const char *training);

/* A model file in memory; name stands for its path in messages. */
typedef struct hr_checkpoint_bytes {
    const void *bytes;
    size_t size;
    const char *name;
    bool unverified; /* its checksums are not looked at */
    bool narrow;     /* weights stay as small as they are there: the model is one to solve with */
    bool stays;      /* the bytes stay as long as the model: such weights need no copy */
} hr_checkpoint_bytes;
/* Loads and packs. The tensors must be exactly those of the spec, finite, of matching shapes.
 * training: the record, hr_free it; NULL where the file has none. */
hr_status hr_checkpoint_parse(const hr_checkpoint_bytes *from, const hr_kern *kern, hr_pool *pool,
                              hr_model **model, hr_task *task, char **training);

/* The parts of those two, for whoever has tensors without a model. */
/* Every parameter as a tensor of its published name; a new array, hr_free it. */
hr_status hr_checkpoint_views(const hr_param_table *table, const hr_real *params,
                              const hr_real *dense, hr_tensor **out);
hr_status hr_checkpoint_write(const char *path, const hr_spec *spec, const hr_task *task,
                              const char *training, const hr_tensor *tensors, size_t count);
bool hr_checkpoint_is(const hr_safetensors *file); /* a model file, of whatever version */
hr_status hr_checkpoint_header(const hr_safetensors *file, hr_spec *spec, hr_task *task);

/* One value of the named tensor as a parameter; fails where that is not finite. */
hr_status hr_checkpoint_value(const char *name, double value, hr_real *out);
/* Copies one tensor into the parameters, checked; and whether it has the parameter's shape. */
hr_status hr_checkpoint_copy_param(const hr_tensor *tensor, const hr_param *param, hr_real *params);
bool hr_checkpoint_fits(const hr_tensor *tensor, const hr_param *param);
hr_status hr_checkpoint_read_param(const hr_safetensors *file, const hr_param *param,
                                   hr_real *params);

#endif
