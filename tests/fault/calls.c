/* calls.c - runs a program and follows its system calls on files below a folder: writes them down,
 * or lets the n-th fail, do half, or be the last.
 *
 * usage: calls FOLDER LOG FAULT N COMMAND...
 * FAULT: none; kill; short (half the bytes); or an error, as EIO. N counts calls that count,
 * from 1. LOG gets a line for each: its name, result, file descriptor or flags, offset, path,
 * second path and the bytes written in hexadecimal, parted by tabs. Exits as the program does, 128
 * + n for a signal; 77 where programs cannot be followed here. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT = 77, NO_SUCH_CALL = -1 };

#ifdef __x86_64__

/* A call: its number, and which argument is a descriptor, a path, another path; -1: none. */
typedef struct call {
    long number;
    const char *name;
    int fd, path, other;
} call;
static const call calls[] = {
    {SYS_read, "read", 0, -1, -1},           {SYS_write, "write", 0, -1, -1},
    {SYS_close, "close", 0, -1, -1},         {SYS_lseek, "lseek", 0, -1, -1},
    {SYS_fstat, "fstat", 0, -1, -1},         {SYS_flock, "flock", 0, -1, -1},
    {SYS_fsync, "fsync", 0, -1, -1},         {SYS_fdatasync, "fdatasync", 0, -1, -1},
    {SYS_ftruncate, "ftruncate", 0, -1, -1}, {SYS_fchmod, "fchmod", 0, -1, -1},
    {SYS_pwrite64, "pwrite", 0, -1, -1},     {SYS_getdents64, "getdents", 0, -1, -1},
    {SYS_openat, "open", -1, 1, -1},         {SYS_newfstatat, "stat", -1, 1, -1},
    {SYS_mkdir, "mkdir", -1, 0, -1},         {SYS_rename, "rename", -1, 0, 1},
    {SYS_unlink, "unlink", -1, 0, -1},       {SYS_unlinkat, "unlinkat", 0, 1, -1},
    {SYS_readlink, "readlink", -1, 0, -1},   {SYS_access, "access", -1, 0, -1},
    {SYS_linkat, "link", -1, 3, 1},
};
static const struct {
    const char *name;
    int number;
} errors[] = {{"EIO", EIO},
              {"ENOSPC", ENOSPC},
              {"EINTR", EINTR},
              {"EMFILE", EMFILE},
              {"EOPNOTSUPP", EOPNOTSUPP}};

static struct {
    const char *folder;
    FILE *log;
    bool kills, shortens;
    int error;
    unsigned long at, count;
} task;

/* A thread between the beginning and the end of a call. */
typedef struct thread {
    pid_t id;
    const call *call; /* NULL: none that counts */
    bool fails;
    unsigned long long argument[6], offset;
    char path[PATH_MAX], other[PATH_MAX];
} thread;
static thread threads[64];

static thread *thread_of(pid_t id) {
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        if (!threads[i].id) threads[i].id = id;
        if (threads[i].id == id) return &threads[i];
    }
    abort();
}

static size_t copy_from(pid_t id, unsigned long long at, void *out, size_t size) {
    struct iovec here = {out, size}, there = {(void *)(uintptr_t)at, size};
    ssize_t got = process_vm_readv(id, &here, 1, &there, 1, 0);
    return got < 0 ? 0 : (size_t)got;
}

static void poke(pid_t id, size_t reg, long value) {
    ptrace(PTRACE_POKEUSER, id, offsetof(struct user, regs) + reg, value);
}
#define POKE(id, reg, value) poke(id, offsetof(struct user_regs_struct, reg), value)

static void path_of_descriptor(const thread *t, char *out) {
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)t->id, (int)t->argument[t->call->fd]);
    ssize_t size = readlink(link, out, PATH_MAX - 1);
    out[size < 0 ? 0 : size] = 0;
}

/* Strings may end where the memory that can be read does. */
static void path_of_argument(const thread *t, int argument, char *out) {
    size_t size = 0;
    if (argument < 0) return;
    while (size < PATH_MAX - 1 &&
           copy_from(t->id, t->argument[argument] + size, out + size, 1) == 1 && out[size])
        size++;
    out[size] = 0;
}

static unsigned long long offset_of(const thread *t) {
    char path[64], line[64];
    unsigned long long offset = 0;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)t->id, (int)t->argument[0]);
    FILE *f = fopen(path, "re");
    if (f && fgets(line, sizeof line, f)) sscanf(line, "pos: %llu", &offset);
    if (f) fclose(f);
    return offset;
}

/* Paths are relative to the folder that the command runs in, or in that. */
static bool counts(thread *t) {
    *t->path = *t->other = 0;
    if (t->call->fd >= 0 && t->call->path < 0) path_of_descriptor(t, t->path);
    path_of_argument(t, t->call->path, t->path);
    path_of_argument(t, t->call->other, t->other);
    size_t n = strlen(task.folder);
    bool whole = *t->path == '/', inside = *t->path && !strchr(t->path, ':'); /* pipe:[1] */
    if (whole) inside = !strncmp(t->path, task.folder, n) && (!t->path[n] || t->path[n] == '/');
    if (whole && inside) memmove(t->path, t->path + n, strlen(t->path + n) + 1);
    return inside && ++task.count;
}

static void begin(thread *t, const struct __ptrace_syscall_info *info) {
    t->call = NULL;
    t->fails = false;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == (long)info->entry.nr) t->call = &calls[i];
    if (!t->call) return;
    for (int i = 0; i < 6; i++) t->argument[i] = info->entry.args[i];
    if (!counts(t)) {
        t->call = NULL;
        return;
    }
    t->offset = t->call->number == SYS_write ? offset_of(t) : 0;
    if (task.count != task.at) return;
    if (task.kills) kill(t->id, SIGKILL);
    else if (task.shortens) POKE(t->id, rdx, (long)(t->argument[2] / 2));
    else if (task.error) {
        t->fails = true;
        POKE(t->id, orig_rax, NO_SUCH_CALL);
    }
}

static void write_down(const thread *t, long result) {
    bool open = t->call->number == SYS_openat, written = t->call->number == SYS_write;
    fprintf(task.log, "%s\t%ld\t%d\t%llu\t%s\t%s\t", t->call->name, result,
            (int)t->argument[open ? 2 : 0], t->offset, t->path, t->other);
    char bytes[4096];
    for (size_t at = 0, got; written && result > 0 && at < (size_t)result; at += got) {
        size_t left = (size_t)result - at;
        got =
            copy_from(t->id, t->argument[1] + at, bytes, left < sizeof bytes ? left : sizeof bytes);
        if (!got) abort();
        for (size_t i = 0; i < got; i++) fprintf(task.log, "%02x", (unsigned char)bytes[i]);
    }
    fputc('\n', task.log);
}

static void end(thread *t, const struct __ptrace_syscall_info *info) {
    if (!t->call) return;
    if (t->fails) POKE(t->id, rax, -task.error);
    if (task.log) write_down(t, t->fails ? -task.error : (long)info->exit.rval);
    t->call = NULL;
}

/* Returns the signal that the thread is to get when it goes on. */
static int stopped(pid_t id, int status) {
    int signal = WSTOPSIG(status);
    if (status >> 16 || signal == SIGSTOP) return 0; /* an event, or a new thread's beginning */
    if (signal != (SIGTRAP | 0x80)) return signal;
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, id, sizeof info, &info) <= 0) return 0;
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) begin(thread_of(id), &info);
    else if (info.op == PTRACE_SYSCALL_INFO_EXIT) end(thread_of(id), &info);
    return 0;
}

static int follow(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return CANNOT;
    if (ptrace(PTRACE_SETOPTIONS, child, 0,
               PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                   PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL))
        return CANNOT;
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    for (pid_t id; (id = waitpid(-1, &status, __WALL)) > 0;) {
        if (WIFSTOPPED(status)) {
            ptrace(PTRACE_SYSCALL, id, 0, stopped(id, status));
            continue;
        }
        thread_of(id)->id = -1; /* numbers may come again */
        if (id == child) return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return CANNOT;
}

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    task.folder = argv[1];
    task.log = *argv[2] ? fopen(argv[2], "we") : NULL;
    task.kills = !strcmp(argv[3], "kill");
    task.shortens = !strcmp(argv[3], "short");
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (!strcmp(argv[3], errors[i].name)) task.error = errors[i].number;
    task.at = strcmp(argv[3], "none") ? strtoul(argv[4], NULL, 10) : 0;
    pid_t child = fork();
    if (!child) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(CANNOT);
        execv(argv[5], argv + 5); /* stops there */
        _exit(CANNOT);
    }
    int code = follow(child);
    if (task.log && fclose(task.log)) return CANNOT;
    return code;
}

#else

int main(void) {
    return CANNOT;
}

#endif
