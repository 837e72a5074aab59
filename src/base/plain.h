/* plain.h - text files, packed by gzip or not, with a byte order mark or not. Other files are
 * refused with a message that says what they are. */
#ifndef HR_PLAIN_H
#define HR_PLAIN_H

#include "base/os.h"

/* What bytes are that are no text, and what to do about it; NULL: no known format. */
const char *hr_plain_other(const void *data, size_t size);
/* A file's text, without the mark; close with hr_os_unload. */
hr_status hr_plain_load(const char *path, hr_file *out);
/* The same, where the path may also be a pipe, which is read to its end. */
hr_status hr_plain_load_any(const char *path, hr_file *out);
/* How many bytes a packed file of this size may become: ten times its size and 8 MB. Sudoku is
 * packed to a third, mazes to a sixth, weights hardly; a table's examples take as much as its text
 * again, and a small file shall not take all memory. */
size_t hr_plain_most(size_t packed);
/* Unpacks gzip's bytes into a new block, if they are no more than that; `name` is for messages. */
hr_status hr_plain_unpack(const void *data, size_t size, const char *name, hr_file *out);

#endif
