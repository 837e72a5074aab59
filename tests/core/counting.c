/* counting.c - linked into the program of examples/edge with -Wl,--wrap=hrm_solver_reserve: every
 * allocation of the process passes here, and those after hrm_solver_reserve must be none, since a
 * device that runs for months must not fragment its heap. Says so when the program ends, with the
 * most that lay there at a time. */
#include <errno.h>
#include <hrm_tools.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *p);
hrm_status __real_hrm_solver_reserve(hrm_solver *solver, size_t count, int batch);
hrm_status __wrap_hrm_solver_reserve(hrm_solver *solver, size_t count, int batch);

static size_t taken, after, held, most;
static bool ready;

static void *counted(void *p) {
    taken++;
    after += ready;
    if (p) held += malloc_usable_size(p);
    if (held > most) most = held;
    return p;
}

void *malloc(size_t size) {
    return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size) {
    return counted(__libc_calloc(count, size));
}

void *realloc(void *p, size_t size) {
    if (p) held -= malloc_usable_size(p);
    return counted(__libc_realloc(p, size));
}

void *aligned_alloc(size_t alignment, size_t size) {
    return counted(__libc_memalign(alignment, size));
}

void free(void *p) {
    if (p) held -= malloc_usable_size(p);
    __libc_free(p);
}

hrm_status __wrap_hrm_solver_reserve(hrm_solver *solver, size_t count, int batch) {
    hrm_status status = __real_hrm_solver_reserve(solver, count, batch);
    fprintf(stderr, "start: %zu allocations, %zu bytes stay, %zu at most\n", taken, held, most);
    ready = true;
    return status;
}

static __attribute__((destructor)) void tell(void) {
    ready = false;
    fprintf(stderr, "after the start: %zu allocations\n", after);
}
