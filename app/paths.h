/* paths.h - keeps what a command writes off what it reads. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

/* Refuses, as a usage error (its exit code; 0: fine), to write `out` over one of up to three other
 * files, of which "-" is what standard input comes from. option: the one that names `out`. NULLs
 * are fine. */
int app_keep_off(const char *option, const char *out, const char *const other[3]);

#endif
