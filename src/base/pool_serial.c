/* pool_serial.c - pool.h without threads: the calling thread does every task, in order. For
 * libhrm-core.a, in place of pool.c. */
#include "base/local.h"
#include "base/mem.h"
#include "base/pool.h"

struct hr_pool {
    void *space;
    hr_comm *comm;
};

static HR_LOCAL void *space; /* of the pool that is at work in this thread */

hr_status hr_pool_new(int threads, size_t bytes, hr_pool **out) {
    *out = NULL;
    if (threads < 0 || threads > HR_POOL_THREADS)
        return hr_fail(HR_ERR_ARG, "threads: %d is not between 1 and %d", threads, HR_POOL_THREADS);
    hr_pool *pool = HR_NEW(hr_pool, 1);
    if (!pool) return HR_ERR_MEM;
    pool->space = hr_alloc_untouched(bytes);
    if (!pool->space) {
        hr_free(pool);
        return HR_ERR_MEM;
    }
    *out = pool;
    return HR_OK;
}

void hr_pool_free(hr_pool *pool) {
    if (pool) hr_free(pool->space);
    hr_free(pool);
}

int hr_pool_threads(const hr_pool *pool) {
    (void)pool;
    return 1;
}

int hr_pool_width(const hr_pool *pool) {
    return hr_pool_threads(pool);
}

void hr_pool_set_comm(hr_pool *pool, hr_comm *comm) {
    pool->comm = comm;
}

hr_comm *hr_pool_comm(const hr_pool *pool) {
    return pool->comm;
}

void hr_pool_run(hr_pool *pool, int tasks, hr_pool_fn fn, void *context) {
    void *before = space;
    space = pool->space;
    for (int i = 0; i < tasks; i++) fn(context, i, 0);
    space = before;
}

void hr_pool_call(hr_pool *pool, void (*fn)(void *context), void *context) {
    void *before = space;
    space = pool->space;
    fn(context);
    space = before;
}

void *hr_pool_space(void) {
    return space;
}
