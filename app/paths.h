/* paths.h - protects files: a command never writes over what it reads, and never a folder that
 * holds such files already, unless it is told so. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* Refuses, as a usage error (its exit code; 0: fine), to write `out` over one of the files that
 * follow, of which "-" is what standard input comes from. option: the one that names `out`. NULLs
 * are fine. */
#define app_keep_off(option, out, ...)                                                             \
    app_keep_off_all(option, out, (const char *[]){__VA_ARGS__},                                   \
                     sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))
int app_keep_off_all(const char *option, const char *out, const char *const *other, size_t count);
/* Refuses likewise to write a folder that holds one of the files that follow, unless they are to be
 * replaced. */
#define app_keep_folder(dir, replace, ...)                                                         \
    app_keep_folder_all(dir, replace, (const char *[]){__VA_ARGS__},                               \
                        sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *))
int app_keep_folder_all(const char *dir, bool replace, const char *const *name, size_t count);

#endif
