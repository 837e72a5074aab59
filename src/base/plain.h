/* plain.h - text files as other people have them: packed by gzip or not, with a byte order mark or
 * not. What is no text, or text that is not read, is named for what it is. */
#ifndef HR_PLAIN_H
#define HR_PLAIN_H

#include "base/os.h"

/* A file's text, without the mark; close with hr_os_unload. */
hr_status hr_plain_load(const char *path, hr_file *out);
/* What bytes are that are taken for text, and what to do about it; NULL: nothing that is known. */
const char *hr_plain_other(const void *data, size_t size);
/* What gzip packed, as a new block; `name` is for messages. */
hr_status hr_plain_unpack(const void *data, size_t size, const char *name, hr_file *out);

#endif
