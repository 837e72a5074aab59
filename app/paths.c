/* paths.c - finds out whether an output is one of the inputs; writes to a temporary file first. */
#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "opt.h"
#include "signals.h"
#include "term.h"

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

/* Whoever writes a temporary file holds its lock until it has its last name; one that can be had is
 * that of a process that is gone, and goes (hr_os_sweep). False: that came between the making and
 * the lock. */
static bool hold_lock(app_output *out) {
    struct stat s;
    out->lock = fcntl(fileno(out->file), F_DUPFD_CLOEXEC, 0); /* outlives the closing of the file */
    if (out->lock < 0) return true;
    if (flock(out->lock, LOCK_EX | LOCK_NB)) return errno != EWOULDBLOCK;
    return fstat(out->lock, &s) || s.st_nlink > 0;
}

/* Removes what killed commands left beside the real file: names as those made below, unlocked. */
static void sweep(const char *real) {
    enum { DIGITS = 10 }; /* at least: of the process and of nanoseconds */
    const char *slash = strrchr(real, '/'), *name = slash ? slash + 1 : real;
    struct stat s;
    size_t size = strlen(name);
    char *dir = slash ? strndup(real, (size_t)(slash - real) + 1) : strdup(".");
    DIR *folder = dir ? opendir(dir) : NULL;
    free(dir);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        const char *suffix = entry->d_name + size; /* only read where the name is as long */
        if (strncmp(entry->d_name, name, size) || strncmp(suffix, ".tmp", 4)) continue;
        size_t digits = strspn(suffix + 4, "0123456789");
        if (digits < DIGITS || suffix[4 + digits]) continue;
        int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
        int fd = openat(dirfd(folder), entry->d_name, flags);
        if (fd < 0) continue;
        if (!fstat(fd, &s) && S_ISREG(s.st_mode) && !flock(fd, LOCK_EX | LOCK_NB))
            unlinkat(dirfd(folder), entry->d_name, 0);
        close(fd);
    }
    if (folder) closedir(folder);
}

static void drop_lock(app_output *out) {
    if (out->lock >= 0) close(out->lock);
    out->lock = -1;
}

/* A file of our own beside the real one, with its rights where there is one: another process may
 * be writing there, with the same number where it is in another container. */
static void open_temporary(app_output *out, const struct stat *replaced) {
    sweep(out->real);
    for (int tries = 0; !out->file && tries < 100; tries++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        if (asprintf(&out->temporary, "%s.tmp%ld%09ld", out->real, (long)getpid(), now.tv_nsec) < 0)
            out->temporary = NULL;
        out->file = out->temporary ? fopen(out->temporary, "wx") : NULL;
        int error = out->file ? 0 : errno;
        if (!out->file) free(out->temporary), out->temporary = NULL;
        errno = error;
        if (error && error != EEXIST) return;
        if (!out->file || hold_lock(out)) continue;
        drop_lock(out);
        fclose(out->file);
        free(out->temporary);
        out->file = NULL;
        out->temporary = NULL;
        errno = EEXIST;
    }
    if (out->file) signals_drop(out->temporary, true);
    if (out->file && replaced) (void)!fchmod(fileno(out->file), replaced->st_mode & 0777);
}

bool app_output_open(app_output *out, const char *path) {
    struct stat info;
    bool there = !stat(path, &info), direct = there && !S_ISREG(info.st_mode);
    *out = (app_output){.path = path, .lock = -1};
    out->real = there ? realpath(path, NULL) : strdup(path); /* a link stays one */
    if (direct) out->file = fopen(path, "w");
    if (direct && out->file && (out->buffer = malloc(APP_LINE)))
        (void)!setvbuf(out->file, out->buffer, _IOFBF, APP_LINE);
    if (!direct && out->real &&
        !(there && access(out->real, W_OK))) /* what may not be written stays */
        open_temporary(out, there ? &info : NULL);
    if (out->file) return true;
    fprintf(stderr, "hrm: %s: cannot write: %s\n", path, strerror(errno));
    app_output_close(out, false);
    return false;
}

/* On the disk before it is in its place, so that a power cut leaves the old file or the new one. */
static bool is_synced(FILE *file) {
    return !fsync(fileno(file)) || (errno != EIO && errno != ENOSPC && errno != EDQUOT);
}

bool app_output_close(app_output *out, bool keep) {
    const char *why = out->file ? term_unwritten(out->file) : NULL;
    bool replaces = out->file && out->temporary && keep;
    if (!why && replaces && !is_synced(out->file)) why = strerror(errno);
    if (out->file && fclose(out->file) && !why) why = strerror(errno);
    if (replaces && !why && rename(out->temporary, out->real)) why = strerror(errno);
    if (out->file && out->temporary && (why || !keep)) unlink(out->temporary);
    if (out->temporary) drop_lock(out);
    if (why) fprintf(stderr, "hrm: %s: cannot write all of it: %s\n", out->path, why);
    if (out->temporary) signals_drop(out->temporary, false);
    free(out->real);
    free(out->temporary);
    free(out->buffer);
    *out = (app_output){.path = out->path};
    return !why;
}
