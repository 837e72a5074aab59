/* libc.c - what the C library would ask a WASI host for, answered here, so that the module needs no
 * such host: a clock from hrm.now, no streams, no environment and the one locale that there is
 * without it. All of it is weak: where another version of the library brings its own after all, the
 * module's imports tell, which the tests compare. */
#include <locale.h>
#include <wasi/api.h>

#define WEAK __attribute__((weak))

/* Milliseconds of a clock that never jumps: the caller's. */
__attribute__((import_module("hrm"), import_name("now"))) double web_now(void);

WEAK __wasi_errno_t __wasi_clock_time_get(__wasi_clockid_t id, __wasi_timestamp_t precision,
                                          __wasi_timestamp_t *now) {
    (void)id, (void)precision;
    *now = (__wasi_timestamp_t)(web_now() * 1e6);
    return 0;
}

WEAK __wasi_errno_t __wasi_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *list, size_t count,
                                    __wasi_size_t *written) {
    (void)fd, (void)list, (void)count, (void)written;
    return __WASI_ERRNO_BADF;
}

WEAK __wasi_errno_t __wasi_fd_seek(__wasi_fd_t fd, __wasi_filedelta_t by, __wasi_whence_t whence,
                                   __wasi_filesize_t *at) {
    (void)fd, (void)by, (void)whence, (void)at;
    return __WASI_ERRNO_BADF;
}

WEAK __wasi_errno_t __wasi_fd_close(__wasi_fd_t fd) {
    (void)fd;
    return __WASI_ERRNO_BADF;
}

WEAK locale_t newlocale(int mask, const char *name, locale_t base) {
    (void)mask, (void)name;
    return base;
}

WEAK locale_t uselocale(locale_t locale) {
    return locale;
}

WEAK void freelocale(locale_t locale) {
    (void)locale;
}
