/* describe.h - what a file or folder is, as JSON for people and programs. */
#ifndef HR_DESCRIBE_H
#define HR_DESCRIBE_H

#include <jansson.h>

#include "data/dataset.h"
#include "io/tensors.h"

/* See hrm_describe and hrm_dataset_describe. Free the text with hr_free. */
hr_status hr_describe(const char *path, char **json);
/* For lists of tensors: name, status (NULL: none), shape and dtype (t NULL: not known). */
json_t *hr_describe_tensor(const char *name, const char *status, const hr_tensor *t);
hr_status hr_describe_dataset(const hr_dataset *dataset, char **json);

#endif
