/* paths.h - protects files: a command never writes over what it reads, and replaces an old file
 * only when the new one is complete. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Refuses, as a usage error (its exit code; 0: fine), to write `out` over one of the files that
 * follow, of which "-" is what standard input comes from. option: the one that names `out`. NULLs
 * are fine. */
#define app_keep_off(option, out, ...)                                                             \
    app_keep_off_all(option, out, (const char *[]){__VA_ARGS__},                                   \
                     sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))
int app_keep_off_all(const char *option, const char *out, const char *const *other, size_t count);

/* A file that replaces the old one when all of it is written. What is no regular file (a pipe, a
 * device) is written to directly. */
typedef struct app_output {
    FILE *file; /* NULL: not open */
    const char *path;
    char *real, *temporary; /* temporary NULL: written as it is */
    int lock;               /* of temporary */
    char *buffer;           /* of what is written as it is, so that long lines go out whole */
} app_output;
enum { APP_LINE = 1 << 16 };
/* Opens it; false after one clear line on stderr. */
bool app_output_open(app_output *out, const char *path);
/* Closes it, and puts it in its place if `keep`, else removes it; false after one clear line on
 * stderr. Safe where it is not open. */
bool app_output_close(app_output *out, bool keep);

#endif
