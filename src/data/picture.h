/* picture.h - an example of a data set as a picture. */
#ifndef HR_PICTURE_H
#define HR_PICTURE_H

#include "data/dataset.h"

/* Question and answer side by side, as PNG or SVG by the ending of `path`. */
hr_status hr_picture_write(const hr_dataset *data, size_t example, const char *path);

#endif
