/* result.h - what a function gives its caller to keep: a structure and all that it points to, in
 * memory of its own, which goes with one call. */
#ifndef HR_RESULT_H
#define HR_RESULT_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

/* A zeroed structure of `size` bytes; NULL when memory is short. */
void *hr_result_new(size_t size);
/* NULL is nothing. */
void hr_result_free(void *result);
#define HR_RESULT(type) ((type *)hr_result_new(sizeof(type)))

/* Hands a block of hr_alloc over to the result, and returns it. NULL, which stands for memory that
 * was short, makes the result fail. */
void *hr_result_keep(void *result, void *block);
#define HR_RESULT_ARRAY(result, type, count) ((type *)hr_result_keep((result), HR_NEW(type, count)))
/* A copy of a text; NULL stays NULL. */
const char *hr_result_text(void *result, const char *text);
/* Hands a text over that becomes the last of a list (*count), which the result owns as well. */
void hr_result_add(void *result, const char *const **list, size_t *count, char *text);
/* The end of making one: *slot (a pointer to the result's pointer) gets it. Where `status` says so,
 * or memory was short at some time, it goes, and *slot is NULL; returns the status. slot may be
 * NULL. */
hr_status hr_result_give(hr_status status, void *result, void *slot);

#endif
