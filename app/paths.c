/* paths.c - finds out whether an output is one of the inputs; writes to a temporary file first. */
#include "paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "opt.h"

static bool is_over(const char *out, const char *in) {
    struct stat x, y;
    if (!in) return false;
    if (!strcmp(out, in) && strcmp(in, "-"))
        return true; /* two outputs of one name, which may not exist yet */
    if (stat(out, &x) || (strcmp(in, "-") ? stat(in, &y) : fstat(STDIN_FILENO, &y))) return false;
    return S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int app_keep_off_all(const char *option, const char *out, const char *const *other, size_t count) {
    for (size_t i = 0; out && i < count; i++)
        if (is_over(out, other[i]))
            return app_usage_error("%s: %s would be written over %s; name another file", option,
                                   out, strcmp(other[i], "-") ? other[i] : "the standard input");
    return 0;
}

bool app_output_open(app_output *out, const char *path) {
    struct stat info;
    bool there = !stat(path, &info), direct = there && !S_ISREG(info.st_mode);
    *out = (app_output){.path = path};
    out->real = there ? realpath(path, NULL) : strdup(path); /* a link stays one */
    if (out->real && !direct &&
        asprintf(&out->temporary, "%s.tmp%ld", out->real, (long)getpid()) < 0)
        out->temporary = NULL;
    if (out->temporary && !access(out->real, F_OK) && access(out->real, W_OK))
        out->file = NULL; /* a file that may not be written may not be replaced */
    else if (direct || out->temporary) out->file = fopen(direct ? path : out->temporary, "w");
    if (out->file) return true;
    fprintf(stderr, "hrm: %s: cannot write: %s\n", path, strerror(errno));
    app_output_close(out, false);
    return false;
}

bool app_output_close(app_output *out, bool keep) {
    bool good = !out->file || (!ferror(out->file) && !fflush(out->file));
    if (out->file && fclose(out->file)) good = false;
    if (out->file && out->temporary && good && keep) good = !rename(out->temporary, out->real);
    if (out->file && out->temporary && !(good && keep)) unlink(out->temporary);
    free(out->real);
    free(out->temporary);
    *out = (app_output){.path = out->path};
    return good;
}
