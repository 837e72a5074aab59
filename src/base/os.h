/* os.h - the operating system: files read whole and written atomically, clocks, cores. */
#ifndef HR_OS_H
#define HR_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Processors that this process may run on, at least 1; and how many of them are worth a thread:
 * no more than the quotas of its control groups (cpu.max) pay for, rounded up. */
int hr_os_processors(void);
int hr_os_cores(void);
/* That quota, in processors; 0: none. root stands before /proc and /sys: "", but in tests. */
double hr_os_quota(const char *root);
/* Seconds on a clock that never jumps. */
double hr_os_seconds(void);
/* Largest resident size of this process so far, in bytes; 0 when not known. */
size_t hr_os_peak_rss(void);

bool hr_os_is_dir(const char *path);
bool hr_os_is_file(const char *path);
/* Makes the directory and the missing ones above it. */
hr_status hr_os_mkdirs(const char *path);

/* A file's bytes; data is never NULL after success. Close with hr_os_unload. They are a copy, which
 * no other program can take away or change. */
typedef struct hr_file {
    const unsigned char *data;
    size_t size;
} hr_file;
hr_status hr_os_load(const char *path, hr_file *out);
void hr_os_unload(hr_file *file);

/* Atomic writing: a temporary file beside `path`, then fsync, rename, fsync of the directory.
 * Until hr_os_end the old file stays; after a crash there is the old file or the new one,
 * never a part. Links to files are followed. What is no regular file (a pipe, a device) cannot be
 * replaced and is written to as it is. */
typedef struct hr_writer {
    FILE *file;
    char *path, *temporary; /* temporary NULL: written as it is */
} hr_writer;
hr_status hr_os_create(const char *path, hr_writer *out);
hr_status hr_os_write(hr_writer *writer, const void *data, size_t size);
/* Commits, unless `status` says that something failed before: then abandons, and returns it. Closes
 * the writer in any case. */
hr_status hr_os_end(hr_writer *writer, hr_status status);
/* All that a file holds, and commit; abandons when it fails. */
hr_status hr_os_complete(hr_writer *writer, const void *data, size_t size);
void hr_os_abandon(hr_writer *writer); /* removes the temporary file; safe after the end */

/* For files that only make sense together: from now on what this thread finishes and removes waits.
 * The end does it all, in its order, or, where status is a failure, none of it. */
void hr_os_hold(void);
hr_status hr_os_release(hr_status status);

/* Tells before the work whether its result could be written there. */
hr_status hr_os_try(const char *path);

/* Removes a file for good; no error where there is none. */
hr_status hr_os_remove(const char *path);

/* Removes the temporary files that killed processes left of `name` in a folder which is now the
 * caller's alone. Failures are ignored: what stays is only in the way. */
void hr_os_sweep(const char *dir, const char *name);

/* A whole small file written atomically. */
hr_status hr_os_write_file(const char *path, const void *data, size_t size);

#endif
