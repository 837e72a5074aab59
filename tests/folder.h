/* folder.h - a folder of a test program's own. */
#ifndef HR_TEST_FOLDER_H
#define HR_TEST_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64];

/* The path of a name in it, which holds until the fourth call after this one. */
static inline char *in_folder(const char *name) {
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", folder, name);
    return out;
}

static inline int open_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hrm-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state) {
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#endif
