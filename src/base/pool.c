/* pool.c - the thread pool: atomic counters start and end a run and hand out its tasks. Threads
 * spin briefly before they sleep, since runs follow each other closely; the mutex and the
 * conditions are for those that sleep. Who sleeps says so before it looks a last time, and who
 * wakes looks for sleepers after it has changed the counter: one of the two sees the other. */
#include "base/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/os.h"

enum { SPIN = 2000, THREADS_MAX = 256 };

struct hr_pool {
    int threads;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    atomic_uint run;  /* number of the current run; a change wakes the workers */
    atomic_int next;  /* next task to claim */
    atomic_int alive; /* workers still in the current run */
    atomic_int sleepers;
    atomic_bool waiting; /* the caller sleeps until `alive` is 0 */
    int tasks;
    hr_pool_fn fn;
    void *context;
    bool quit;
    int started;
    unsigned char *space; /* (threads x HR_POOL_SPACE) */
    pid_t owner;          /* threads do not survive fork(2): in a child the caller works alone */
    pthread_t ids[THREADS_MAX];
};

typedef struct worker {
    hr_pool *pool;
    int index;
} worker;

static _Thread_local void *own_space; /* while this thread works for a pool */

void *hr_pool_space(void) {
    return own_space;
}

static void pause_cpu(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void work(hr_pool *pool, int index) {
    void *before = own_space; /* of hr_pool_call */
    own_space = pool->space + (size_t)index * HR_POOL_SPACE;
    for (int task; (task = atomic_fetch_add(&pool->next, 1)) < pool->tasks;)
        pool->fn(pool->context, task, index);
    own_space = before;
}

static void *thread_main(void *argument) {
    worker w = *(worker *)argument;
    hr_free(argument);
    hr_pool *pool = w.pool;
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < SPIN && atomic_load(&pool->run) == seen; i++) pause_cpu();
        if (atomic_load(&pool->run) == seen) {
            pthread_mutex_lock(&pool->lock);
            atomic_fetch_add(&pool->sleepers, 1);
            while (atomic_load(&pool->run) == seen) pthread_cond_wait(&pool->start, &pool->lock);
            atomic_fetch_sub(&pool->sleepers, 1);
            pthread_mutex_unlock(&pool->lock);
        }
        seen = atomic_load(&pool->run);
        if (pool->quit) return NULL;
        work(pool, w.index);
        if (atomic_fetch_sub(&pool->alive, 1) == 1 && atomic_load(&pool->waiting)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

/* Starts a run, for the workers. */
static void begin(hr_pool *pool) {
    atomic_fetch_add(&pool->run, 1);
    if (!atomic_load(&pool->sleepers)) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
}

static hr_status start_workers(hr_pool *pool) {
    for (int i = 1; i < pool->threads; i++) {
        worker *w = HR_NEW(worker, 1);
        if (!w) return HR_ERR_MEM;
        *w = (worker){pool, i};
        if (pthread_create(&pool->ids[i], NULL, thread_main, w)) {
            hr_free(w);
            return hr_fail(HR_ERR_MEM, "cannot start thread %d of %d; ask for fewer threads", i + 1,
                           pool->threads);
        }
        pool->started = i;
    }
    return HR_OK;
}

hr_status hr_pool_new(int threads, hr_pool **out) {
    *out = NULL;
    if (threads == 0 && (threads = hr_os_cores()) > THREADS_MAX) threads = THREADS_MAX;
    if (threads < 1 || threads > THREADS_MAX)
        return hr_fail(HR_ERR_ARG, "threads: %d is not between 1 and %d", threads, THREADS_MAX);
    hr_pool *pool = HR_NEW(hr_pool, 1);
    if (pool) pool->space = hr_alloc_untouched((size_t)threads * HR_POOL_SPACE);
    if (!pool || !pool->space) {
        hr_free(pool);
        return HR_ERR_MEM;
    }
    pool->threads = threads;
    pool->owner = getpid();
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    hr_status status = start_workers(pool);
    if (status) {
        hr_pool_free(pool);
        return status;
    }
    *out = pool;
    return HR_OK;
}

void hr_pool_free(hr_pool *pool) {
    if (!pool) return;
    if (pool->owner == getpid()) {
        pool->quit = true;
        begin(pool);
        for (int i = 1; i <= pool->started; i++) pthread_join(pool->ids[i], NULL);
        pthread_cond_destroy(&pool->start);
        pthread_cond_destroy(&pool->done);
        pthread_mutex_destroy(&pool->lock);
    }
    hr_free(pool->space);
    hr_free(pool);
}

int hr_pool_threads(const hr_pool *pool) {
    return pool->threads;
}

void hr_pool_run(hr_pool *pool, int tasks, hr_pool_fn fn, void *context) {
    if (tasks <= 0) return;
    pool->fn = fn;
    pool->context = context;
    pool->tasks = tasks;
    atomic_store(&pool->next, 0);
    if (tasks == 1 || pool->threads == 1 || pool->owner != getpid()) {
        work(pool, 0);
        return;
    }
    atomic_store(&pool->alive, pool->threads - 1);
    begin(pool);
    work(pool, 0);
    for (int i = 0; i < SPIN && atomic_load(&pool->alive); i++) pause_cpu();
    if (!atomic_load(&pool->alive)) return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->waiting, true);
    while (atomic_load(&pool->alive)) pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->lock);
}

void hr_pool_call(hr_pool *pool, void (*fn)(void *context), void *context) {
    void *before = own_space;
    own_space = pool->space;
    fn(context);
    own_space = before;
}
