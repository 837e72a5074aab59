/* os_none.c - os.h where there are no files: a clock, and refusals. For libhrm-core.a, in place of
 * os.c. */
#include "base/os.h"

#include <time.h>

int hr_os_processors(void) {
    return 1;
}

int hr_os_cores(void) {
    return 1;
}

double hr_os_seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static hr_status refuse(const char *path) {
    return hr_fail(HR_ERR_UNSUPPORTED, "%s: this library was built without files", path);
}

hr_status hr_os_load(const char *path, hr_file *out) {
    *out = (hr_file){0};
    return refuse(path);
}

hr_status hr_os_load_any(const char *path, hr_file *out) {
    return hr_os_load(path, out);
}

bool hr_os_is_pipe(const char *path) {
    (void)path;
    return false;
}

void hr_os_unload(hr_file *file) {
    *file = (hr_file){0};
}

hr_status hr_os_create(const char *path, hr_writer *out) {
    *out = (hr_writer){0};
    return refuse(path);
}

hr_status hr_os_write(hr_writer *writer, const void *data, size_t size) {
    (void)writer;
    (void)data;
    (void)size;
    return refuse("a file");
}

hr_status hr_os_end(hr_writer *writer, hr_status status) {
    (void)writer;
    return status ? status : refuse("a file");
}
