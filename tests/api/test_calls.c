/* test_calls.c - calls of the system that fail at any point of any kind of work: a disk that does
 * not read, write or sync, files that cannot be opened, renamed or locked, threads that do not
 * start. The call says so or does without, leaves no temporary file, and works again afterwards.
 * tests/fault/calls.py tries the same of whole commands, by which gcov and the sanitizers cannot
 * see what an error leads to. */
#include "work.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

static struct {
    unsigned long count, at; /* 0: none fails */
    const char *name;        /* of the one that failed */
} call;

static bool refused(const char *name) {
    if (!call.at || ++call.count != call.at) return false;
    call.name = name;
    errno = EIO;
    return true;
}

/* In place of the C library's function, which it calls where it does not fail. */
#define CALL(type, name, failed, parameters, arguments)                                            \
    type name parameters;                                                                          \
    type name parameters {                                                                         \
        static type(*real) parameters;                                                             \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                                      \
        if (refused(#name)) return failed;                                                         \
        return real arguments;                                                                     \
    }
#define OPEN(name, parameters, arguments)                                                          \
    int name parameters;                                                                           \
    int name parameters {                                                                          \
        static int(*real) parameters;                                                              \
        mode_t mode;                                                                               \
        va_list list;                                                                              \
        va_start(list, flags);                                                                     \
        mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;                           \
        va_end(list);                                                                              \
        if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);                                      \
        if (refused(#name)) return -1;                                                             \
        return real arguments;                                                                     \
    }

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int in, const char *path, int flags, ...), (in, path, flags, mode))
CALL(FILE *, fopen, NULL, (const char *path, const char *mode), (path, mode))
CALL(FILE *, fdopen, NULL, (int fd, const char *mode), (fd, mode))
CALL(int, access, -1, (const char *path, int mode), (path, mode))
CALL(int, linkat, -1, (int from, const char *path, int to, const char *name, int flags),
     (from, path, to, name, flags))
CALL(ssize_t, read, -1, (int fd, void *to, size_t size), (fd, to, size))
CALL(char *, fgets, NULL, (char *to, int size, FILE *file), (to, size, file))
CALL(size_t, fwrite, 0, (const void *from, size_t size, size_t n, FILE *file),
     (from, size, n, file))
CALL(int, fflush, EOF, (FILE * file), (file))
CALL(int, fclose, (real(file), errno = EIO, EOF), (FILE * file), (file))
CALL(int, flock, -1, (int fd, int how), (fd, how))
CALL(int, fchmod, -1, (int fd, mode_t mode), (fd, mode))
CALL(int, stat, -1, (const char *path, struct stat *out), (path, out))
CALL(int, lstat, -1, (const char *path, struct stat *out), (path, out))
CALL(int, fstat, -1, (int fd, struct stat *out), (fd, out))
CALL(int, mkdir, -1, (const char *path, mode_t mode), (path, mode))
CALL(int, rename, -1, (const char *from, const char *to), (from, to))
CALL(int, unlink, -1, (const char *path), (path))
CALL(int, unlinkat, -1, (int in, const char *path, int flags), (in, path, flags))
CALL(DIR *, opendir, NULL, (const char *path), (path))
CALL(struct dirent *, readdir, NULL, (DIR * in), (in))
CALL(char *, realpath, NULL, (const char *path, char *out), (path, out))
CALL(int, uname, -1, (struct utsname * out), (out))
CALL(int, getrusage, -1, (__rusage_who_t who, struct rusage *out), (who, out))
CALL(int, sched_getaffinity, -1, (pid_t id, size_t size, cpu_set_t *out), (id, size, out))
CALL(int, pthread_create, EAGAIN,
     (pthread_t * id, const pthread_attr_t *how, void *(*start)(void *), void *argument),
     (id, how, start, argument))

/* What waits for a disk, thousands of times, tells nothing. */
int fsync(int fd) {
    (void)fd;
    return refused("fsync") ? -1 : 0;
}

static void no_temporary_file(const char *work) {
    static const char *const where[] = {"*.tmp*", "*/*.tmp*", "*/*/*.tmp*"};
    glob_t found;
    for (size_t i = 0; i < sizeof where / sizeof *where; i++) {
        if (!glob(at(where[i]), 0, NULL, &found))
            fail_msg("%s, %s %lu: %s is left", work, call.name, call.at, found.gl_pathv[0]);
        globfree(&found);
    }
}

/* One that is not removed, as asked, stays. */
static bool removes(const char *name) {
    return !strcmp(name, "unlink");
}

/* What cannot be looked at counts as what is not there, where that is no harm. */
static bool absent(const char *name) {
    return !strcmp(name, "stat") || !strcmp(name, "access");
}

static void calls_fail(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        int failures = 0;
        bool reached = true;
        for (unsigned long n = 1; reached; n++) {
            call.count = 0;
            call.at = n;
            call.name = NULL;
            hrm_status status = kinds[i].work();
            reached = call.name;
            unsigned long counted = call.count;
            call.at = 0;
            if (status && !reached) fail_msg("%s: %s", kinds[i].name, hrm_error());
            bool meant = status == HRM_STATUS_IO || status == HRM_STATUS_MEM;
            if (status && !meant && !absent(call.name))
                fail_msg("%s, %s %lu of %lu: %d, %s", kinds[i].name, call.name, n, counted,
                         (int)status, hrm_error());
            if (status && !*hrm_error()) fail_msg("%s, %s: no word", kinds[i].name, call.name);
            if (reached && !removes(call.name)) no_temporary_file(kinds[i].name);
            failures += status != HRM_STATUS_OK;
        }
        print_message("# %s: %d points\n", kinds[i].name, failures);
        if (failures < 1) fail_msg("%s: never failed", kinds[i].name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(calls_fail)};
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
