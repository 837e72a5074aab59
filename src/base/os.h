/* os.h - the operating system: files read whole and written atomically, clocks, cores. */
#ifndef HR_OS_H
#define HR_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Processors that this process may run on, at least 1; and how many of them are worth a thread: no
 * more than the quotas of its control groups (cpu.max) allow, rounded up. */
int hr_os_processors(void);
int hr_os_cores(void);
/* That quota, in processors; 0: none. root: put before /proc and /sys by tests; else "". */
double hr_os_quota(const char *root);
/* The processors of this process as bits; false: the system does not say. And makes do with the
 * i-th of n equal parts of them, from here on and in threads to come; with all where there are
 * fewer than n. */
enum { HR_OS_MASK = 128 };
bool hr_os_mask(unsigned char out[HR_OS_MASK]);
void hr_os_keep_part(int i, int n);
/* A number for the machine that this is, as it runs since it was started. */
uint64_t hr_os_machine(void);
/* How the processor calls itself, or its kind. */
enum { HR_OS_PROCESSOR = 96 };
void hr_os_processor(char out[HR_OS_PROCESSOR]);
/* Seconds since 1970, by the wall's clock. */
double hr_os_date(void);
/* Seconds on a clock that never jumps. */
double hr_os_seconds(void);
/* Largest resident size of this process so far, in bytes; 0 when not known. */
size_t hr_os_peak_rss(void);

bool hr_os_is_dir(const char *path);
bool hr_os_is_file(const char *path);
bool hr_os_is_pipe(const char *path);
/* The same, where a disk that does not tell is a failure. */
hr_status hr_os_find(const char *path, bool *file);
/* Of a regular file, in bytes; 0 where there is none. */
size_t hr_os_size(const char *path);
/* Makes the directory and the missing ones above it. */
hr_status hr_os_mkdirs(const char *path);

/* A copy of a file's bytes, which no other program can change; data is never NULL after success.
 * Close with hr_os_unload. */
typedef struct hr_file {
    const unsigned char *data;
    size_t size;
} hr_file;
hr_status hr_os_load(const char *path, hr_file *out);
/* The same, and of a pipe all that comes, which is waited for. */
hr_status hr_os_load_any(const char *path, hr_file *out);
void hr_os_unload(hr_file *file);

/* Atomic writing: a file of our own, then fsync, a name beside `path`, rename, fsync of the
 * directory. Until hr_os_end the old file stays; after a crash there is the old file or the new
 * one, never a part. Links to files are followed. What is no regular file (a pipe, a device) cannot
 * be replaced and is written to as it is; a file that may not be written is refused. */
typedef struct hr_writer {
    FILE *file;
    char *path, *temporary; /* temporary: the name beside it; NULL: none yet, as far as there are
                               files without */
    bool direct;            /* written as it is */
} hr_writer;
hr_status hr_os_create(const char *path, hr_writer *out);
hr_status hr_os_write(hr_writer *writer, const void *data, size_t size);
/* Commits; or, where `status` is a failure, removes the temporary file and returns status. Closes
 * the writer in any case; a zeroed one is accepted with a failure. */
hr_status hr_os_end(hr_writer *writer, hr_status status);

/* For files that only make sense together: after hold, what this thread writes and removes waits.
 * release does it all, in order, or none of it where status is a failure. */
void hr_os_hold(void);
hr_status hr_os_release(hr_status status);

/* Whether a file could be written there; asked before long work. */
hr_status hr_os_try(const char *path);

/* Removes a file for good; no error where there is none. */
hr_status hr_os_remove(const char *path);

/* Removes the temporary files of `name` that processes killed at the last moment, or where every
 * file has a name, left in a folder of the caller's own; whoever still writes one holds a lock on
 * it. hr_os_create does so too for the file that it will replace. Failures are ignored: such a file
 * does no harm. */
void hr_os_sweep(const char *dir, const char *name);

/* A whole small file written atomically. */
hr_status hr_os_write_file(const char *path, const void *data, size_t size);

#endif
