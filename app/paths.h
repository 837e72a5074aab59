/* paths.h - protects files: a command never writes over what it reads. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include <stddef.h>

/* Refuses, as a usage error (its exit code; 0: fine), to write `out` over one of the files that
 * follow, of which "-" is what standard input comes from. option: the one that names `out`. NULLs
 * are fine. */
#define app_keep_off(option, out, ...)                                                             \
    app_keep_off_all(option, out, (const char *[]){__VA_ARGS__},                                   \
                     sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))
int app_keep_off_all(const char *option, const char *out, const char *const *other, size_t count);

#endif
