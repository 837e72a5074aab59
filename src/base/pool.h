/* pool.h - a persistent pool of threads.
 *
 * Work is a number of tasks; threads claim the next one, so a slow core only does fewer. A task
 * must write only what belongs to it: then results do not depend on the number of threads.     */
#ifndef HR_POOL_H
#define HR_POOL_H

#include "base/comm.h"
#include "base/err.h"

typedef struct hr_pool hr_pool;

/* task: 0..tasks-1; worker: 0..threads-1, for per-thread scratch. */
typedef void (*hr_pool_fn)(void *context, int task, int worker);

enum { HR_POOL_THREADS = 256 };
/* threads counts the caller, 1..HR_POOL_THREADS; 0 takes hr_os_cores. space: bytes of scratch for
 * each (hr_pool_space). */
hr_status hr_pool_new(int threads, size_t space, hr_pool **out);
void hr_pool_free(hr_pool *pool);
int hr_pool_threads(const hr_pool *pool);
/* The smaller of threads and processors: splitting work into more parts does not pay. */
int hr_pool_width(const hr_pool *pool);
/* The ranks that work beside this one's threads; NULL, until it is set: none. Borrowed. */
void hr_pool_set_comm(hr_pool *pool, hr_comm *comm);
hr_comm *hr_pool_comm(const hr_pool *pool);

/* Runs every task and returns when all are done. One run at a time; not from within a task. */
void hr_pool_run(hr_pool *pool, int tasks, hr_pool_fn fn, void *context);

/* Calls fn, which may run the pool, in the calling thread with the space of a task. */
void hr_pool_call(hr_pool *pool, void (*fn)(void *context), void *context);

/* Scratch for the calling thread, used by one function at a time: too large for a stack whose size
 * others decide. NULL outside of tasks and hr_pool_call. Training needs HR_POOL_SPACE bytes. */
enum { HR_POOL_SPACE = 1 << 20 };
void *hr_pool_space(void);

#endif
