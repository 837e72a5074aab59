/* describe.h - what a file or folder is, as JSON for people and programs. */
#ifndef HR_DESCRIBE_H
#define HR_DESCRIBE_H

#include "data/dataset.h"

/* See hrm_describe and hrm_dataset_describe. Free the text with hr_free. */
hr_status hr_describe(const char *path, char **json);
hr_status hr_describe_dataset(const hr_dataset *dataset, char **json);

#endif
