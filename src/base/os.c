/* os.c - POSIX behind os.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "base/os.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

int hr_os_cores(void) {
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

hr_status hr_os_mkdirs(const char *path) {
    char *copy = hr_text_copy(path);
    if (!copy) return HR_ERR_MEM;
    hr_status status = HR_OK;
    for (char *p = copy + 1; !status; p++) {
        if (*p && *p != '/') continue;
        char kept = *p;
        *p = 0;
        if (mkdir(copy, 0777) && !(errno == EEXIST && hr_os_is_dir(copy)))
            status = hr_fail(HR_ERR_IO, "%s: cannot make the directory: %s", copy,
                             errno == EEXIST ? "a file is in the way" : strerror(errno));
        *p = kept;
        if (!kept) break;
    }
    hr_free(copy);
    return status;
}

enum { COPIED_MOST = 256 << 20 };

static hr_status map(int fd, size_t size, const char *path, hr_file *out) {
    void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) return hr_fail(HR_ERR_IO, "%s: cannot map: %s", path, strerror(errno));
    *out = (hr_file){p, size, true};
    return HR_OK;
}

static hr_status copy(int fd, size_t size, const char *path, hr_file *out) {
    unsigned char *data = hr_alloc(size);
    size_t have = 0;
    ssize_t got = 1;
    if (!data) return hr_fail_in(HR_ERR_MEM, "%s", path);
    while (have < size && got) {
        got = read(fd, data + have, size - have);
        if (got > 0) have += (size_t)got;
        else if (got < 0 && errno != EINTR) break;
    }
    if (have == size) {
        *out = (hr_file){data, size, false};
        return HR_OK;
    }
    hr_free(data);
    return got ? hr_fail(HR_ERR_IO, "%s: cannot read: %s", path, strerror(errno))
               : hr_fail(HR_ERR_IO, "%s: became shorter while it was read; try again", path);
}

hr_status hr_os_load(const char *path, hr_file *out) {
    *out = (hr_file){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe is refused, not waited for */
    if (fd < 0) return hr_fail(HR_ERR_IO, "%s: cannot open: %s", path, strerror(errno));
    struct stat s;
    hr_status status = HR_OK;
    if (fstat(fd, &s))
        status = hr_fail(HR_ERR_IO, "%s: cannot read its size: %s", path, strerror(errno));
    else if (!S_ISREG(s.st_mode)) status = hr_fail(HR_ERR_IO, "%s: is not a regular file", path);
    else if (s.st_size > COPIED_MOST) status = map(fd, (size_t)s.st_size, path, out);
    else status = copy(fd, (size_t)s.st_size, path, out);
    close(fd);
    return status;
}

void hr_os_unload(hr_file *file) {
    void *data = (void *)(uintptr_t)file->data;
    if (file->mapped) munmap(data, file->size);
    else hr_free(data);
    *file = (hr_file){0};
}

hr_status hr_os_create(const char *path, hr_writer *out) {
    struct stat s;
    bool there = !stat(path, &s), direct = there && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode);
    bool link = there && !direct && !lstat(path, &s) && S_ISLNK(s.st_mode);
    char *end = link ? realpath(path, NULL) : NULL;
    static atomic_uint writers; /* two threads may write to one path */
    *out = (hr_writer){0};
    out->path = hr_text_copy(end ? end : path);
    free(end);
    if (out->path && !direct)
        out->temporary = hr_text_format("%s.tmp%ld%06u", out->path, (long)getpid(),
                                        atomic_fetch_add(&writers, 1) % 1000000);
    if (!out->path || (!out->temporary && !direct)) {
        hr_os_abandon(out);
        return HR_ERR_MEM;
    }
    if (!direct) unlink(out->temporary); /* of a killed process with our number */
    out->file = fopen(direct ? path : out->temporary, direct ? "wbe" : "wbxe");
    if (!out->file) {
        hr_status status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
        hr_os_abandon(out);
        return status;
    }
    return HR_OK;
}

hr_status hr_os_write(hr_writer *writer, const void *data, size_t size) {
    if (size && fwrite(data, 1, size, writer->file) != size)
        return hr_fail(HR_ERR_IO, "%s: cannot write: %s", writer->path, strerror(errno));
    return HR_OK;
}

static void sync_directory_of(const char *path) {
    char *copy = hr_text_copy(path);
    if (!copy) return;
    char *slash = strrchr(copy, '/');
    if (slash) slash[slash == copy] = 0;
    int fd = open(slash ? copy : ".", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* best effort: some file systems refuse it for directories */
        close(fd);
    }
    hr_free(copy);
}

hr_status hr_os_commit(hr_writer *writer) {
    hr_status status = HR_OK;
    bool direct = !writer->temporary;
    bool bad = fflush(writer->file) || (!direct && fsync(fileno(writer->file)));
    bad |= fclose(writer->file) != 0;
    writer->file = NULL;
    if (bad || (!direct && rename(writer->temporary, writer->path)))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", writer->path, strerror(errno));
    else if (!direct) {
        sync_directory_of(writer->path);
        hr_free(writer->temporary);
        writer->temporary = NULL;
    }
    hr_os_abandon(writer);
    return status;
}

void hr_os_abandon(hr_writer *writer) {
    if (writer->file) fclose(writer->file);
    if (writer->temporary) unlink(writer->temporary);
    hr_free(writer->path);
    hr_free(writer->temporary);
    *writer = (hr_writer){0};
}

hr_status hr_os_end(hr_writer *writer, hr_status status) {
    if (!status) return hr_os_commit(writer);
    hr_os_abandon(writer);
    return status;
}

hr_status hr_os_complete(hr_writer *writer, const void *data, size_t size) {
    return hr_os_end(writer, hr_os_write(writer, data, size));
}

hr_status hr_os_write_file(const char *path, const void *data, size_t size) {
    hr_writer writer;
    hr_status status = hr_os_create(path, &writer);
    return status ? status : hr_os_complete(&writer, data, size);
}

hr_status hr_os_try(const char *path) {
    struct stat s;
    hr_writer out;
    bool there = !stat(path, &s);
    if (there && S_ISDIR(s.st_mode))
        return hr_fail(HR_ERR_IO, "%s: cannot write: it is a folder", path);
    if (there && !S_ISREG(s.st_mode)) return HR_OK; /* a pipe would hear of a try */
    hr_status status = hr_os_create(path, &out);
    if (!status) hr_os_abandon(&out);
    return status;
}

hr_status hr_os_remove(const char *path) {
    if (unlink(path))
        return errno == ENOENT ? HR_OK
                               : hr_fail(HR_ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
    sync_directory_of(path);
    return HR_OK;
}

void hr_os_sweep(const char *dir, const char *name) {
    size_t size = strlen(name);
    DIR *folder = opendir(dir);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *suffix = entry->d_name + size; /* looked at where the name is as long */
        if (strncmp(entry->d_name, name, size) || strncmp(suffix, ".tmp", 4)) continue;
        if (!suffix[4] || suffix[4 + strspn(suffix + 4, "0123456789")]) continue;
        unlinkat(dirfd(folder), entry->d_name, 0);
    }
    closedir(folder);
}
