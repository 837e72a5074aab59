/* zip.h - zip archives (libzip), for PyTorch checkpoints and NumPy's .npz.
 *
 * Reading: sizes are checked against the bytes of the file before memory is taken, contents against
 * their checksums. All entries together may take no more than hr_plain_most of the file's size. */
#ifndef HR_ZIP_H
#define HR_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"

typedef struct hr_zip hr_zip;

/* Over bytes in memory, borrowed until close; `name` stands for the file in messages. */
hr_status hr_zip_parse(const void *data, size_t size, const char *name, hr_zip **out);
void hr_zip_close(hr_zip *zip);
/* Whether bytes begin like a non-empty archive. In the header, so that asking needs no libzip. */
static inline bool hr_zip_is(const void *data, size_t size) {
    return size >= 4 && !memcmp(data, "PK\3\4", 4);
}

const char *hr_zip_path(const hr_zip *zip);
size_t hr_zip_count(const hr_zip *zip);
/* Of entry i; borrowed until close, "" when the archive does not say. */
const char *hr_zip_name(const hr_zip *zip, size_t i);
/* The entry of this name, or -1. */
long hr_zip_find(const hr_zip *zip, const char *name);
/* That `bytes` more are made of entry i: they count like those that are read. */
hr_status hr_zip_charge(hr_zip *zip, size_t i, size_t bytes);
/* A new block with the entry's bytes and a zero after them; hr_free it. Entries of more than `most`
 * bytes are refused. */
hr_status hr_zip_read(hr_zip *zip, size_t i, size_t most, unsigned char **out, size_t *size);

/* Writing: entries are stored without times, so that equal contents make equal bytes; hr_zip_end
 * replaces `path` atomically. Data are borrowed until then. */
typedef struct hr_zip_writer hr_zip_writer;
hr_status hr_zip_create(const char *path, hr_zip_writer **out);
hr_status hr_zip_add(hr_zip_writer *writer, const char *name, const void *data, size_t size);
/* Commits, or abandons where `status` says that something failed before; frees the writer, which
 * may then be NULL. */
hr_status hr_zip_end(hr_zip_writer *writer, hr_status status);

#endif
