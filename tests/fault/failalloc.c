/* failalloc.c - preloaded into a program: its n-th allocation from the beginning of main fails, or
 * all from the n-th on. Reached is whatever the C library or another library takes, mappings and
 * threads included.
 *
 * FAIL_AT=n, 0: none; FAIL_STICKY=1: all after it too; FAIL_COUNT=FILE: the number of allocations
 * goes there.       */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <dlfcn.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t),
    *__libc_memalign(size_t, size_t);

static atomic_ulong count;
static unsigned long at;
static bool sticky, begun;

/* A place for a debugger's breakpoint. */
__attribute__((noinline)) void failed_allocation(void);
void failed_allocation(void) {
    errno = ENOMEM;
}

static bool fails(void) {
    if (!begun) return false;
    unsigned long n = atomic_fetch_add(&count, 1) + 1;
    if (!at || (sticky ? n < at : n != at)) return false;
    failed_allocation();
    return true;
}

/* A preloaded library begins after those that the program names: the loader and they are not what
 * is tried. */
__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("FAIL_AT");
    at = text ? strtoul(text, NULL, 10) : 0;
    sticky = getenv("FAIL_STICKY") != NULL;
    begun = true;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAIL_COUNT");
    char text[32];
    begun = false;
    int fd = path ? open(path, O_CREAT | O_WRONLY | O_TRUNC, 0666) : -1;
    int size = snprintf(text, sizeof text, "%lu\n", (unsigned long)count);
    if (path && write(fd, text, (size_t)size) != size) _exit(99);
}

void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
    return size && fails() ? NULL : __libc_realloc(p, size);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
    void *p = memalign(alignment, size);
    if (p) *out = p;
    return p ? 0 : ENOMEM;
}

void *mmap(void *p, size_t size, int protection, int flags, int fd, off_t offset) {
    if (fails()) return MAP_FAILED;
    return (void *)syscall(SYS_mmap, p, size, protection, flags, fd, offset);
}

/* Whose stack is mapped inside the C library, where nothing is preloaded. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
    static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (fails()) return EAGAIN;
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    return real(thread, attributes, start, argument);
}
