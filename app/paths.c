/* paths.c - finds out whether an output is one of the inputs. */
#include "paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "opt.h"

/* A file of a run or of data, in the very folder that stands for it. */
static bool is_within(const char *out, const char *in) {
    static const char *const own[] = {
        ".safetensors", ".npy",         "metrics.jsonl",    "sessions.jsonl",
        "recipe.yaml",  "dataset.json", "identifiers.json", "test_puzzles.json"};
    const char *slash = strrchr(out, '/');
    char folder[PATH_MAX];
    struct stat x, y;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - out + 1) : 1, slash ? out : ".");
    if (access(out, F_OK) || stat(in, &y) || stat(folder, &x) || x.st_dev != y.st_dev ||
        x.st_ino != y.st_ino)
        return false;
    for (size_t i = 0, n = strlen(out); i < sizeof own / sizeof *own; i++) {
        size_t end = strlen(own[i]);
        if (n >= end && !strcmp(out + n - end, own[i])) return true;
    }
    return false;
}

static bool is_over(const char *out, const char *in) {
    struct stat x, y;
    if (!in) return false;
    if (is_within(out, in)) return true;
    if (!strcmp(out, in) && strcmp(in, "-"))
        return true; /* two outputs of one name, which may not exist yet */
    if (stat(out, &x) || (strcmp(in, "-") ? stat(in, &y) : fstat(STDIN_FILENO, &y))) return false;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int app_keep_folder_all(const char *dir, bool replace, const char *const *name, size_t count) {
    struct stat info;
    char *path = NULL;
    int code = 0;
    for (size_t i = 0; !code && !replace && i < count; i++) {
        if (asprintf(&path, "%s/%s", dir, name[i]) < 0) return app_fail(HRM_STATUS_MEM);
        if (!stat(path, &info))
            code = app_usage_error("%s: holds %s already; name another folder, or say --replace",
                                   dir, name[i]);
        free(path);
    }
    return code;
}

int app_keep_off_all(const char *option, const char *out, const char *const *other, size_t count) {
    if (out && !strcmp(out, "-"))
        return app_usage_error("%s: - is no file; /dev/stdout is the standard output", option);
    for (size_t i = 0; out && i < count; i++)
        if (is_over(out, other[i]))
            return app_usage_error("%s: %s would be written over %s%s; name another file", option,
                                   out, is_within(out, other[i]) ? "a file of " : "",
                                   strcmp(other[i], "-") ? other[i] : "the standard input");
    return 0;
}
