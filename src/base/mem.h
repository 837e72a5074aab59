/* mem.h - memory: checked sizes, one allocator for everything, arenas for whole lifetimes.
 *
 * Large memory is planned: a layout function takes its pieces from an arena. Run on an arena
 * without a block it only counts bytes; run again on a block of that size it deals out pointers.
 * So the plan that is printed and the memory that is used cannot disagree.                      */
#ifndef HR_MEM_H
#define HR_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { HR_ALIGN = 64 };

/* 64-byte aligned, zeroed. NULL (and the message set) when memory is short. size 0 gives a valid
 * pointer. Free with hr_free, which takes NULL. */
void *hr_alloc(size_t size);
/* The same without zeroing: memory is used up only where it is written to. */
void *hr_alloc_untouched(size_t size);
void *hr_realloc(void *p, size_t old_size, size_t new_size); /* keeps the old block on failure */
void hr_free(void *p);
/* Room for `more` elements of `size` bytes after the `used` ones of a growing array; slot: the
 * address of its pointer, which is kept on failure. What is new is zero. */
hr_status hr_reserve(void *slot, size_t *capacity, size_t used, size_t more, size_t size);

/* count * size with overflow saturating to SIZE_MAX, which no allocation can satisfy. */
size_t hr_mul(size_t count, size_t size);
size_t hr_add(size_t a, size_t b);

#define HR_NEW(type, count) ((type *)hr_alloc(hr_mul((count), sizeof(type))))

/* Options, whose first field says their size: what the caller gave (NULL: nothing) over the
 * defaults in own. A caller that was compiled with an older or a newer header has shorter or longer
 * ones. */
hr_status hr_options_take(void *own, size_t known, const void *given);

/* For tests: allocations so far, and the bytes asked for in them; and fail the n-th allocation from
 * now (0: never), as if none had before. */
uint64_t hr_alloc_count(void);
uint64_t hr_alloc_bytes(void);
void hr_alloc_fail_after(uint64_t n);

typedef struct hr_arena {
    unsigned char *base; /* NULL while counting */
    size_t size;         /* of the block; 0 while counting */
    size_t used;         /* so far; the plan's result */
    void *block;         /* of its own, which base lies in */
} hr_arena;

/* Makes a block of `size` bytes, all zero. Memory is used up only where it is written to, but for
 * blocks in large pages. */
hr_status hr_arena_open(hr_arena *arena, size_t size);
void hr_arena_close(hr_arena *arena);

/* The next `count` elements of `size` bytes, 64-byte aligned; NULL while counting. */
void *hr_arena_take(hr_arena *arena, size_t count, size_t size);
#define HR_TAKE(arena, type, count) ((type *)hr_arena_take((arena), (count), sizeof(type)))

/* A layout function takes all the memory of its owner from an arena. count: the bytes that it
 * takes; fill: runs it on a block of that size; fill_sparse: never in large pages, for memory of
 * which much stays untouched. */
typedef void (*hr_arena_layout)(void *owner, hr_arena *arena);
size_t hr_arena_count(hr_arena_layout layout, void *owner);
hr_status hr_arena_fill(hr_arena *arena, hr_arena_layout layout, void *owner);
hr_status hr_arena_fill_sparse(hr_arena *arena, hr_arena_layout layout, void *owner);

#endif
