/* local.h - what each thread has of its own.
 *
 * Where a program loads this library while it runs, as Python does, the loader takes memory for
 * ordinary thread-local variables when a thread first touches them, and ends the program where
 * there is none. So there are only a few small ones, for which every thread has room, and blocks.
 */
#ifndef HR_LOCAL_H
#define HR_LOCAL_H

#include <stddef.h>

/* Pointers, counts and flags: there is room for some hundreds of bytes in all. */
#define HR_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

/* *slot, an HR_LOCAL pointer, or where it is NULL a new zeroed block there, which goes with the
 * thread; NULL when memory is short. */
void *hr_local(void **slot, size_t size);

#endif
