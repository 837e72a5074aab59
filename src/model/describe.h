/* describe.h - what a file or folder is. */
#ifndef HR_DESCRIBE_H
#define HR_DESCRIBE_H

#include "hrm_tools.h"
#include "data/dataset.h"
#include "io/tensors.h"

/* See hrm_describe and hrm_dataset_inspect. */
hr_status hr_describe(const char *path, hrm_description **out);
hr_status hr_describe_dataset(const hr_dataset *dataset, hrm_dataset_info *out);
/* For a list of tensors in a result (result.h): of t (NULL: not known), which has `name` there. */
hrm_tensor_info hr_describe_tensor(void *result, const char *name, const char *status,
                                   const hr_tensor *t);

#endif
