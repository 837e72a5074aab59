/* folder.h - a folder in memory, for targets whose readers open files. */
#ifndef HR_FUZZ_FOLDER_H
#define HR_FUZZ_FOLDER_H

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static char folder[64];

static int folder_drop(const char *path, const struct stat *s, int kind, struct FTW *where) {
    (void)s;
    (void)kind;
    (void)where;
    return remove(path);
}

static void folder_remove(void) {
    nftw(folder, folder_drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* On disks every file would be waited for. */
static void folder_open(void) {
    if (*folder) return;
    snprintf(folder, sizeof folder, "/dev/shm/hrm-fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        snprintf(folder, sizeof folder, "/tmp/hrm-fuzz-XXXXXX");
        if (!mkdtemp(folder)) abort();
    }
    atexit(folder_remove);
}

static void folder_path(const char *name, char out[128]) {
    snprintf(out, 128, "%s/%s", folder, name);
}

static void folder_put(const char *name, const uint8_t *data, size_t size) {
    char path[128];
    folder_path(name, path);
    FILE *file = fopen(path, "wb");
    if (!file || (size && fwrite(data, 1, size, file) != size) || fclose(file)) abort();
}

#endif
