/* os.c - POSIX behind os.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/os.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/local.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/xxh64.h"

int hr_os_processors(void) {
#ifdef __linux__
    cpu_set_t set;
    if (!sched_getaffinity(0, sizeof set, &set)) {
        int n = CPU_COUNT(&set);
        if (n > 0) return n;
    }
#endif
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

/* Reads up to two numbers; returns how many. */
static int read_numbers(const char *root, const char *folder, const char *name, long *out) {
    char *path = hr_text_format("%s/sys/fs/cgroup%s/%s", root, folder, name);
    FILE *file = path ? fopen(path, "re") : NULL;
    int got = file ? fscanf(file, "%ld %ld", &out[0], &out[1]) : 0;
    if (file) fclose(file);
    hr_free(path);
    return got;
}

/* The smallest quota of a control group and those above it, found by cutting `folder` short down to
 * `stem`. In another name space only the topmost may exist. */
static double group_quota(const char *root, char *folder, size_t stem) {
    double least = 0;
    for (;;) {
        long n[3]; /* quota, period */
        bool got = stem ? read_numbers(root, folder, "cpu.cfs_quota_us", n) == 1 &&
                              read_numbers(root, folder, "cpu.cfs_period_us", n + 1) == 1
                        : read_numbers(root, folder, "cpu.max", n) == 2;
        if (got && n[0] > 0 && n[1] > 0 && (least <= 0 || (double)n[0] / (double)n[1] < least))
            least = (double)n[0] / (double)n[1];
        char *end = strrchr(folder + stem, '/');
        if (!end) return least;
        *end = 0;
    }
}

double hr_os_quota(const char *root) {
    char *name = hr_text_format("%s/proc/self/cgroup", root), line[4096];
    FILE *file = name ? fopen(name, "re") : NULL;
    double least = 0;
    hr_free(name);
    while (file && fgets(line, sizeof line, file)) { /* number:controllers:path */
        line[strcspn(line, "\n")] = 0;
        char *path = strstr(line, ":/"), *own = strstr(line, ":cpu");
        for (; own && own[4] != ',' && own[4] != ':'; own = strstr(own + 1, ",cpu")) {
        }
        if (!path || (strncmp(line, "0::", 3) && !own)) continue;
        char *folder = hr_text_format("%s%s", own ? "/cpu" : "", path + 1);
        double quota = folder ? group_quota(root, folder, own ? 4 : 0) : 0;
        if (quota > 0 && (least <= 0 || quota < least)) least = quota;
        hr_free(folder);
    }
    if (file) fclose(file);
    return least;
}

int hr_os_cores(void) {
    int n = hr_os_processors();
    double quota = hr_os_quota("");
    return quota > 0 && quota < n ? (int)ceil(quota) : n;
}

bool hr_os_mask(unsigned char out[HR_OS_MASK]) {
#ifdef __linux__
    cpu_set_t set;
    _Static_assert(sizeof set == HR_OS_MASK, "a mask of processors");
    if (sched_getaffinity(0, sizeof set, &set)) return false;
    memcpy(out, &set, sizeof set);
    return true;
#else
    (void)out;
    return false;
#endif
}

void hr_os_keep_part(int i, int n) {
#ifdef __linux__
    cpu_set_t all, own;
    if (sched_getaffinity(0, sizeof all, &all) || CPU_COUNT(&all) < n) return;
    CPU_ZERO(&own);
    for (int cpu = 0, at = 0; cpu < CPU_SETSIZE; cpu++) {
        if (!CPU_ISSET(cpu, &all)) continue;
        if (at * n / CPU_COUNT(&all) == i) CPU_SET(cpu, &own);
        at++;
    }
    sched_setaffinity(0, sizeof own, &own);
#else
    (void)i, (void)n;
#endif
}

uint64_t hr_os_machine(void) {
    char text[128] = "";
    gethostname(text, 64);
    size_t size = strlen(text);
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file) size += fread(text + size, 1, 48, file);
    if (file) fclose(file);
    return hr_xxh64(text, size, 0);
}

void hr_os_processor(char out[HR_OS_PROCESSOR]) {
    struct utsname system;
    char line[256];
    snprintf(out, HR_OS_PROCESSOR, "%.90s", uname(&system) ? "unknown" : system.machine);
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && fgets(line, sizeof line, f)) {
        const char *name = strchr(line, ':');
        if (strncmp(line, "model name", 10) || !name) continue;
        name += 1 + strspn(name + 1, " \t");
        if (*name != '\n') snprintf(out, HR_OS_PROCESSOR, "%.*s", (int)strcspn(name, "\n"), name);
        break;
    }
    if (f) fclose(f);
}

double hr_os_date(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double hr_os_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

size_t hr_os_peak_rss(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage)) return 0;
#ifdef __APPLE__
    return (size_t)usage.ru_maxrss;
#else
    return (size_t)usage.ru_maxrss * 1024;
#endif
}

static bool has_mode(const char *path, mode_t mode) {
    struct stat s;
    return !stat(path, &s) && (s.st_mode & S_IFMT) == mode;
}

bool hr_os_is_dir(const char *path) {
    return has_mode(path, S_IFDIR);
}

bool hr_os_is_file(const char *path) {
    return has_mode(path, S_IFREG);
}

bool hr_os_is_pipe(const char *path) {
    return has_mode(path, S_IFIFO);
}

hr_status hr_os_find(const char *path, bool *file) {
    struct stat s;
    bool there = !stat(path, &s);
    *file = there && S_ISREG(s.st_mode);
    return there || errno == ENOENT || errno == ENOTDIR
               ? HR_OK
               : hr_fail(HR_ERR_IO, "%s: cannot look at it: %s", path, strerror(errno));
}

/* The folder that a path is in; NULL when memory is short. */
static char *folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? hr_text_format("%.*s", (int)(slash - path + (slash == path)), path)
                 : hr_text_copy(".");
}

/* Makes the names in a path's folder last. Some file systems refuse it for folders; a disk that
 * fails is another matter. */
static hr_status sync_directory_of(const char *path) {
    char *folder = folder_of(path);
    if (!folder) return HR_ERR_MEM;
    int fd = open(folder, O_RDONLY | O_CLOEXEC);
    bool failed = fd >= 0 && fsync(fd) && (errno == EIO || errno == ENOSPC || errno == EDQUOT);
    hr_status status =
        failed ? hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno)) : HR_OK;
    if (fd >= 0) close(fd);
    hr_free(folder);
    return status;
}

size_t hr_os_size(const char *path) {
    struct stat s;
    return !stat(path, &s) && S_ISREG(s.st_mode) ? (size_t)s.st_size : 0;
}

hr_status hr_os_mkdirs(const char *path) {
    char *copy = hr_text_copy(path);
    if (!copy) return HR_ERR_MEM;
    hr_status status = HR_OK;
    for (char *p = copy + 1; !status; p++) {
        if (*p && *p != '/') continue;
        char kept = *p;
        *p = 0;
        if (!mkdir(copy, 0777)) status = sync_directory_of(copy);
        else if (errno != EEXIST || !hr_os_is_dir(copy))
            status = hr_fail(HR_ERR_IO, "%s: cannot make the directory: %s", copy,
                             errno == EEXIST ? "a file is in the way" : strerror(errno));
        *p = kept;
        if (!kept) break;
    }
    hr_free(copy);
    return status;
}

static hr_status copy(int fd, size_t size, const char *path, hr_file *out) {
    unsigned char *data = hr_alloc_untouched(size);
    size_t have = 0;
    ssize_t got = 1;
    if (!data) return hr_fail_in(HR_ERR_MEM, "%s", path);
    while (have < size && got) {
        got = read(fd, data + have, size - have);
        if (got > 0) have += (size_t)got;
        else if (got < 0 && errno != EINTR) break;
    }
    if (have == size) {
        *out = (hr_file){data, size};
        return HR_OK;
    }
    hr_free(data);
    return got ? hr_fail(HR_ERR_IO, "%s: cannot read: %s", path, strerror(errno))
               : hr_fail(HR_ERR_IO, "%s: became shorter while it was read; try again", path);
}

/* Reads to the end. */
static hr_status copy_stream(int fd, const char *path, hr_file *out) {
    unsigned char *data = NULL;
    size_t have = 0, room = 0;
    hr_status status = HR_OK;
    ssize_t got = 1;
    while (!status && got) {
        status = hr_reserve(&data, &room, have, 1 << 16, 1);
        do got = status ? 0 : read(fd, data + have, room - have);
        while (got < 0 && errno == EINTR);
        if (got < 0) status = hr_fail(HR_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
        else have += (size_t)got;
    }
    if (status) hr_free(data);
    else *out = (hr_file){data, have};
    return status;
}

hr_status hr_os_load_any(const char *path, hr_file *out) {
    *out = (hr_file){0};
    if (!hr_os_is_pipe(path)) return hr_os_load(path, out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return hr_fail(HR_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    hr_status status = copy_stream(fd, path, out);
    close(fd);
    return status;
}

hr_status hr_os_load(const char *path, hr_file *out) {
    *out = (hr_file){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused, not waited for */
    if (fd < 0) return hr_fail(HR_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    struct stat s;
    hr_status status = HR_OK;
    if (fstat(fd, &s))
        status = hr_fail(HR_ERR_IO, "%s: cannot read its size: %s", path, strerror(errno));
    else if (!S_ISREG(s.st_mode))
        status = hr_fail(HR_ERR_IO, "%s: is %s", path,
                         S_ISDIR(s.st_mode) ? "a folder" : "not a regular file");
    else status = copy(fd, (size_t)s.st_size, path, out);
    close(fd);
    return status;
}

void hr_os_unload(hr_file *file) {
    hr_free((void *)(uintptr_t)file->data);
    *file = (hr_file){0};
}

enum { NANOSECONDS = 9 }; /* digits of them, with which names of temporary files end */

static void abandon(hr_writer *writer) {
    if (writer->file) fclose(writer->file);
    if (writer->temporary) unlink(writer->temporary);
    hr_free(writer->path);
    hr_free(writer->temporary);
    *writer = (hr_writer){0};
}

/* Removes what killed writers left of `name`: their ends are of so many digits at least. */
static void sweep(const char *dir, const char *name, size_t digits) {
    size_t size = strlen(name);
    struct stat s;
    DIR *folder = opendir(dir);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *suffix = entry->d_name + size; /* only read where the name is as long */
        if (strncmp(entry->d_name, name, size) || strncmp(suffix, ".tmp", 4)) continue;
        size_t count = strspn(suffix + 4, "0123456789");
        if (count < digits || suffix[4 + count]) continue;
        int fd = openat(dirfd(folder), entry->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) continue;
        if (!fstat(fd, &s) && S_ISREG(s.st_mode) && !flock(fd, LOCK_EX | LOCK_NB))
            unlinkat(dirfd(folder), entry->d_name, 0);
        close(fd);
    }
    closedir(folder);
}

void hr_os_sweep(const char *dir, const char *name) {
    sweep(dir, name, 1);
}

/* The same beside a path, where people may have files of theirs: of the names made below only. */
static void sweep_beside(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = folder_of(path);
    if (folder) sweep(folder, slash ? slash + 1 : path, 1 + NANOSECONDS);
    hr_free(folder);
}

/* Whoever writes a temporary file holds its lock until it has its last name: a lock that can be had
 * is that of a process that is gone. False: a sweep came between the making and the lock. Where
 * there are no locks no sweep removes anything. */
static bool hold_lock(FILE *file) {
    struct stat s;
    if (flock(fileno(file), LOCK_EX | LOCK_NB)) return errno != EWOULDBLOCK;
    return fstat(fileno(file), &s) || s.st_nlink > 0;
}

static bool link_to(FILE *file, const char *name) {
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fileno(file));
    return !linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static bool make_locked(const char *name, FILE **out) {
    *out = fopen(name, "wbxe");
    if (!*out || hold_lock(*out)) return *out;
    fclose(*out);
    *out = NULL;
    errno = EEXIST;
    return false;
}

/* Gives the file a name of our own beside the path; makes one of that name where there is none yet.
 * Another thread, or a process that has our number in another container, may be writing to the same
 * path. False: errno says why. */
static bool name_file(hr_writer *out) {
    bool linked = out->file, made = false;
    int error = EEXIST;
    for (int tries = 0; error == EEXIST && tries < 100; tries++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        hr_free(out->temporary);
        out->temporary = hr_text_format("%s.tmp%ld%0*ld", out->path, (long)getpid(), NANOSECONDS,
                                        (long)now.tv_nsec);
        made = out->temporary && (linked ? link_to(out->file, out->temporary)
                                         : make_locked(out->temporary, &out->file));
        error = made ? 0 : out->temporary ? errno : ENOMEM;
    }
    if (made) return true;
    hr_free(out->temporary); /* not ours to remove */
    out->temporary = NULL;
    errno = error;
    return false;
}

/* A file without a name in the path's folder, locked; NULL where the system or the disk has none
 * such. It gets one when it is whole, so that nobody ever sees what a killed process left. */
static FILE *open_nameless(const char *path) {
    FILE *file = NULL;
#ifdef O_TMPFILE
    char *folder = folder_of(path);
    int fd = folder && !access("/proc/self/fd", X_OK)
                 ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666)
                 : -1;
    hr_free(folder);
    if (fd >= 0) (void)!flock(fd, LOCK_EX | LOCK_NB);
    if (fd >= 0 && !(file = fdopen(fd, "wb"))) close(fd);
#else
    (void)path;
#endif
    return file;
}

/* A file of our own for the path, with the rights of the one that it replaces. */
static void open_own(hr_writer *out, const struct stat *replaced) {
    struct stat own;
    sweep_beside(out->path);
    out->file = open_nameless(out->path);
    if ((out->file || name_file(out)) && replaced && !fstat(fileno(out->file), &own) &&
        own.st_mode != replaced->st_mode)
        (void)!fchmod(fileno(out->file), replaced->st_mode & 0777);
}

hr_status hr_os_create(const char *path, hr_writer *out) {
    struct stat s, itself;
    bool there = !stat(path, &s), file = there && S_ISREG(s.st_mode);
    bool link = file && !lstat(path, &itself) && S_ISLNK(itself.st_mode);
    char *end = link ? realpath(path, NULL) : NULL;
    *out = (hr_writer){.path = hr_text_copy(end ? end : path), .direct = there && !file};
    free(end);
    hr_status status = !out->path ? HR_ERR_MEM
                       : there && S_ISDIR(s.st_mode)
                           ? hr_fail(HR_ERR_IO, "%s: cannot write: it is a folder", path)
                           : HR_OK;
    if (!status && out->direct) out->file = fopen(path, "wbe");
    else if (!status && !(file && access(path, W_OK))) /* what may not be written stays */
        open_own(out, file ? &s : NULL);
    if (!status && !out->file)
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    if (status) abandon(out);
    return status;
}

hr_status hr_os_write(hr_writer *writer, const void *data, size_t size) {
    if (size && fwrite(data, 1, size, writer->file) != size)
        return hr_fail(HR_ERR_IO, "%s: cannot write: %s", writer->path, strerror(errno));
    return HR_OK;
}

/* Puts a whole file in its place. */
static bool put(hr_writer *writer) {
    if ((!writer->temporary && !name_file(writer)) || rename(writer->temporary, writer->path))
        return false;
    hr_free(writer->temporary);
    writer->temporary = NULL;
    return true;
}

/* What waits: to be put in its place, or, where there is no file, for the path to be removed. */
static HR_LOCAL struct {
    bool on;
    hr_writer *item;
    size_t count, capacity;
} waiting;

void hr_os_hold(void) {
    waiting.on = true;
}

/* Takes over the writer. */
static hr_status wait_with(hr_writer *writer) {
    hr_status status = writer->path ? hr_reserve(&waiting.item, &waiting.capacity, waiting.count, 1,
                                                 sizeof *waiting.item)
                                    : HR_ERR_MEM;
    if (!status) waiting.item[waiting.count++] = *writer;
    else abandon(writer);
    *writer = (hr_writer){0};
    return status;
}

hr_status hr_os_release(hr_status status) {
    waiting.on = false;
    for (size_t i = 0; i < waiting.count; i++) {
        hr_writer *w = &waiting.item[i];
        if (!status && !w->file) status = hr_os_remove(w->path);
        else if (!status && !put(w))
            status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", w->path, strerror(errno));
        else if (!status) status = sync_directory_of(w->path);
        abandon(w);
    }
    hr_free(waiting.item);
    waiting.item = NULL;
    waiting.count = waiting.capacity = 0;
    return status;
}

static hr_status commit(hr_writer *writer) {
    hr_status status = HR_OK;
    bool direct = writer->direct;
    bool bad = fflush(writer->file) || (!direct && fsync(fileno(writer->file)));
    if (!bad && !direct && waiting.on) return wait_with(writer);
    if (!bad && direct) { /* what is synced is closed last, for its lock */
        bad = fclose(writer->file) != 0;
        writer->file = NULL;
    }
    if (bad || (!direct && !put(writer)))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", writer->path, strerror(errno));
    else if (!direct) status = sync_directory_of(writer->path);
    abandon(writer);
    return status;
}

hr_status hr_os_end(hr_writer *writer, hr_status status) {
    if (!status) status = hr_fail_unless_short(writer->path);
    if (!status) return commit(writer);
    abandon(writer);
    return status;
}

hr_status hr_os_write_file(const char *path, const void *data, size_t size) {
    hr_writer writer;
    hr_status status = hr_os_create(path, &writer);
    return status ? status : hr_os_end(&writer, hr_os_write(&writer, data, size));
}

hr_status hr_os_try(const char *path) {
    struct stat s;
    hr_writer out;
    if (!stat(path, &s) && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode))
        return HR_OK; /* trying would disturb a pipe */
    hr_status status = hr_os_create(path, &out);
    if (!status) abandon(&out);
    return status;
}

hr_status hr_os_remove(const char *path) {
    if (waiting.on) return wait_with(&(hr_writer){.path = hr_text_copy(path)});
    if (unlink(path))
        return errno == ENOENT || errno == ENOTDIR
                   ? HR_OK
                   : hr_fail(HR_ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
    return sync_directory_of(path);
}
