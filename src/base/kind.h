/* kind.h - what a file is that should have been another. */
#ifndef HR_KIND_H
#define HR_KIND_H

#include <stddef.h>

/* What bytes are that should have been text, and what to do about it; NULL: no known format. */
const char *hr_kind_other(const void *data, size_t size);

#endif
