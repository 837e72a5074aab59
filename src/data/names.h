/* names.h - identifiers.json: a list of up to millions of short names, read in place. */
#ifndef HR_NAMES_H
#define HR_NAMES_H

#include "base/os.h"

enum { HR_NAME_MAX = 256 };

typedef struct hr_names {
    hr_file file;
    uint32_t *start; /* (count) where each name's opening quote is */
    size_t count;
} hr_names;

/* A JSON list of strings and nothing else. */
hr_status hr_names_open(const char *path, hr_names *out);
hr_status hr_names_parse(const void *data, size_t size, const char *name, hr_names *out);
void hr_names_close(hr_names *names); /* accepts a zeroed one */
/* Name i; false where there is none or it is no text of less than HR_NAME_MAX bytes. */
bool hr_names_get(const hr_names *names, size_t i, char out[HR_NAME_MAX]);

#endif
