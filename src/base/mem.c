/* mem.c - the allocator and arenas of mem.h. */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifndef __wasm__
#include <sys/mman.h>
#endif

enum {
    LARGE_PAGE = 2 << 20,
    HUGE_FROM = 8 << 20, /* what kernels stream through; less would waste a large page */
};

/* Under AddressSanitizer the gaps between the pieces of an arena may not be touched. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, size)   ASAN_POISON_MEMORY_REGION(p, size)
#define UNPOISON(p, size) ASAN_UNPOISON_MEMORY_REGION(p, size)
enum { RED_ZONE = HR_ALIGN };
#else
#define POISON(p, size)   ((void)0)
#define UNPOISON(p, size) ((void)0)
enum { RED_ZONE = 0 };
#endif

static atomic_uint_fast64_t allocations, bytes_asked;
static atomic_uint_fast64_t fail_at; /* value of `allocations` that must fail; 0: none */

static size_t round_up(size_t size) {
    return size > SIZE_MAX - HR_ALIGN ? SIZE_MAX : (size + HR_ALIGN - 1) / HR_ALIGN * HR_ALIGN;
}

/* Memory for free(), in large pages where the system has them: fewer entries to look up while
 * kernels stream through it. */
static void *alloc_huge(size_t bytes) {
#ifdef MADV_HUGEPAGE
    void *p = aligned_alloc(LARGE_PAGE, (bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
    if (p) madvise(p, bytes, MADV_HUGEPAGE); /* only a hint */
    return p;
#else
    return aligned_alloc(HR_ALIGN, bytes);
#endif
}

/* Counts an allocation of `size` bytes; whether it may be tried. */
static bool may_take(size_t size) {
    uint64_t n = atomic_fetch_add(&allocations, 1) + 1;
    atomic_fetch_add(&bytes_asked, size);
    return n != atomic_load(&fail_at) && size < PTRDIFF_MAX - 2 * LARGE_PAGE;
}

static void *taken(void *p, size_t size) {
    if (!p)
        hr_fail(HR_ERR_MEM, "out of memory: %zu bytes were asked for; use a smaller model or batch",
                size);
    return p;
}

void *hr_alloc_untouched(size_t size) {
    size_t bytes = round_up(size ? size : 1);
    if (!may_take(size)) return taken(NULL, size);
    return taken(bytes < HUGE_FROM ? aligned_alloc(HR_ALIGN, bytes) : alloc_huge(bytes), size);
}

void *hr_alloc(size_t size) {
    void *p = hr_alloc_untouched(size);
    return p ? memset(p, 0, round_up(size ? size : 1)) : NULL;
}

void *hr_realloc(void *p, size_t old_size, size_t new_size) {
    void *q = hr_alloc(new_size);
    if (!q) return NULL;
    if (p) memcpy(q, p, old_size < new_size ? old_size : new_size);
    hr_free(p);
    return q;
}

hr_status hr_reserve(void *slot, size_t *capacity, size_t used, size_t more, size_t size) {
    size_t wanted = *capacity ? *capacity : 16, needed = hr_add(used, more);
    void *data;
    if (needed <= *capacity) return HR_OK;
    while (wanted < needed) wanted = hr_mul(wanted, 2);
    memcpy(&data, slot, sizeof data);
    data = hr_realloc(data, used * size, hr_mul(wanted, size));
    if (!data) return HR_ERR_MEM;
    memcpy(slot, &data, sizeof data);
    *capacity = wanted;
    return HR_OK;
}

void hr_free(void *p) {
    free(p);
}

size_t hr_mul(size_t count, size_t size) {
    size_t r;
    return __builtin_mul_overflow(count, size, &r) ? SIZE_MAX : r;
}

size_t hr_add(size_t a, size_t b) {
    size_t r;
    return __builtin_add_overflow(a, b, &r) ? SIZE_MAX : r;
}

uint64_t hr_alloc_count(void) {
    return atomic_load(&allocations);
}

uint64_t hr_alloc_bytes(void) {
    return atomic_load(&bytes_asked);
}

void hr_alloc_fail_after(uint64_t n) {
    hr_fail_told();
    atomic_store(&fail_at, n ? atomic_load(&allocations) + n : 0);
}

static hr_status open_block(hr_arena *arena, size_t size, bool large) {
    *arena = (hr_arena){0};
    if (large) arena->base = arena->block = hr_alloc(size);
    else if ((arena->block = taken(may_take(size) ? calloc(1, size + HR_ALIGN) : NULL, size)))
        arena->base = (unsigned char *)arena->block + HR_ALIGN - (uintptr_t)arena->block % HR_ALIGN;
    if (!arena->base) return HR_ERR_MEM;
    arena->size = size;
    return HR_OK;
}

hr_status hr_arena_open(hr_arena *arena, size_t size) {
    return open_block(arena, size, size >= HUGE_FROM);
}

void hr_arena_close(hr_arena *arena) {
    hr_free(arena->block);
    *arena = (hr_arena){0};
}

void *hr_arena_take(hr_arena *arena, size_t count, size_t size) {
    size_t wanted = hr_mul(count, size), bytes = hr_add(round_up(wanted), RED_ZONE);
    size_t start = arena->used;
    arena->used = hr_add(start, bytes);
    if (!arena->base) return NULL;
    if (arena->used > arena->size) abort(); /* the counting pass and this pass disagree: our bug */
    UNPOISON(arena->base + start, wanted);  /* where pieces of another layout lay */
    POISON(arena->base + start + wanted, bytes - wanted);
    return arena->base + start;
}

size_t hr_arena_count(hr_arena_layout layout, void *owner) {
    hr_arena count = {0};
    layout(owner, &count);
    return count.used;
}

hr_status hr_arena_fill(hr_arena *arena, hr_arena_layout layout, void *owner) {
    hr_status status = hr_arena_open(arena, hr_arena_count(layout, owner));
    if (!status) layout(owner, arena);
    return status;
}

hr_status hr_arena_fill_sparse(hr_arena *arena, hr_arena_layout layout, void *owner) {
    hr_status status = open_block(arena, hr_arena_count(layout, owner), false);
    if (!status) layout(owner, arena);
    return status;
}

hr_status hr_options_take(void *own, size_t known, const void *given) {
    if (!given) return HR_OK;
    size_t size, most = 1 << 16;
    memcpy(&size, given, sizeof size);
    if (size < sizeof size || size > most)
        return hr_fail(HR_ERR_ARG,
                       "options: their size is not set; begin with their init function");
    memcpy(own, given, size < known ? size : known);
    return HR_OK;
}
