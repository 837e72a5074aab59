/* pool.c - the thread pool. One atomic number holds the number of the run and how many of its tasks
 * are not claimed yet; a run ends when its tasks are done, so nobody waits for a thread that had no
 * work. Runs follow each other closely: an idle thread spins for a moment and then sleeps, or
 * sleeps at once where a yield has shown that others want the processor. A thread counts itself
 * among the sleepers before it looks for work a last time, and a run looks for sleepers after it
 * has changed the number, so one of the two sees the other. A run wakes one thread, which wakes the
 * next while tasks are left. */
#include "base/pool.h"

#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/local.h"
#include "base/mem.h"
#include "base/os.h"

enum {
    PAUSES = 50,  /* between yields */
    YIELDS = 40,  /* before sleep */
    CROWDED = 64, /* waits without spinning, after a yield that let others run */
};
#define LATE 20e-6 /* a yield that takes more seconds has let others run */

struct hr_pool {
    int threads, width;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    atomic_ullong ticket; /* number of the run << 32 | tasks not claimed */
    atomic_int left;      /* tasks not done */
    atomic_int sleepers;
    atomic_bool waiting; /* the caller sleeps until `left` is 0 */
    atomic_bool quit;
    int tasks;
    hr_pool_fn fn;
    void *context;
    int started;
    unsigned char *space; /* (threads x each) */
    size_t each;
    hr_comm *comm; /* or NULL */
    pid_t owner;   /* threads do not survive fork(2): in a child the caller works alone */
    pthread_t ids[HR_POOL_THREADS];
};

typedef struct worker {
    hr_pool *pool;
    int index;
} worker;

static HR_LOCAL void *own_space; /* while this thread works for a pool */

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

static bool has_work(hr_pool *pool) {
    return (uint32_t)atomic_load(&pool->ticket) || atomic_load(&pool->quit);
}

static bool is_done(hr_pool *pool) {
    return !atomic_load(&pool->left);
}

/* Spins; whether `ready` came true. *crowded: this thread's waits that are left without spinning.
 */
static bool spin(bool (*ready)(hr_pool *pool), hr_pool *pool, int *crowded) {
    if (*crowded > 0) return --*crowded, ready(pool);
    for (int i = 0; i < YIELDS; i++) {
        for (int j = 0; j < PAUSES; j++, pause_cpu())
            if (ready(pool)) return true;
        double before = hr_os_seconds();
        sched_yield();
        if (hr_os_seconds() - before < LATE) continue;
        *crowded = CROWDED;
        break;
    }
    return ready(pool);
}

static void wake(hr_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->start);
    pthread_mutex_unlock(&pool->lock);
}

/* Does tasks until none is left to claim. The members of a run stay until its last task is done. */
static void work(hr_pool *pool, int index) {
    int done = 0;
    unsigned long long ticket = atomic_load(&pool->ticket);
    void *before = own_space; /* of hr_pool_call */
    own_space = pool->space + (size_t)index * pool->each;
    for (uint32_t rest; (rest = (uint32_t)ticket);) {
        if (!atomic_compare_exchange_weak(&pool->ticket, &ticket, ticket - 1)) continue;
        if (index && !done && rest > 1 && atomic_load(&pool->sleepers)) wake(pool);
        pool->fn(pool->context, pool->tasks - (int)rest, index);
        done++;
        ticket = atomic_load(&pool->ticket);
    }
    own_space = before;
    if (!done || atomic_fetch_sub(&pool->left, done) != done || !atomic_load(&pool->waiting))
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->lock);
}

static void *thread_main(void *argument) {
    worker w = *(worker *)argument;
    hr_free(argument);
    hr_pool *pool = w.pool;
    fesetenv(FE_DFL_ENV); /* not what the host had set when it made the pool */
    for (int crowded = 0; !atomic_load(&pool->quit); work(pool, w.index)) {
        if (spin(has_work, pool, &crowded)) continue;
        pthread_mutex_lock(&pool->lock);
        atomic_fetch_add(&pool->sleepers, 1);
        while (!has_work(pool)) pthread_cond_wait(&pool->start, &pool->lock);
        atomic_fetch_sub(&pool->sleepers, 1);
        pthread_mutex_unlock(&pool->lock);
    }
    return NULL;
}

static hr_status start_workers(hr_pool *pool) {
    for (int i = 1; i < pool->threads; i++) {
        worker *w = HR_NEW(worker, 1);
        if (!w) return HR_ERR_MEM;
        *w = (worker){pool, i};
        if (pthread_create(&pool->ids[i], NULL, thread_main, w)) {
            hr_free(w);
            return hr_fail(
                HR_ERR_MEM,
                "cannot start thread %d of %d, for want of memory or of threads; ask for fewer",
                i + 1, pool->threads);
        }
        pool->started = i;
    }
    return HR_OK;
}

hr_status hr_pool_new(int threads, size_t space, hr_pool **out) {
    *out = NULL;
    if (threads == 0 && (threads = hr_os_cores()) > HR_POOL_THREADS) threads = HR_POOL_THREADS;
    if (threads < 1 || threads > HR_POOL_THREADS)
        return hr_fail(HR_ERR_ARG, "threads: %d is not between 1 and %d", threads, HR_POOL_THREADS);
    hr_pool *pool = HR_NEW(hr_pool, 1);
    size_t each = (space + HR_ALIGN - 1) / HR_ALIGN * HR_ALIGN;
    if (pool) pool->space = hr_alloc_untouched((size_t)threads * each);
    if (!pool || !pool->space) {
        hr_free(pool);
        return HR_ERR_MEM;
    }
    pool->threads = threads;
    pool->each = each;
    pool->width = hr_os_processors() < threads ? hr_os_processors() : threads;
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
        pthread_mutex_lock(&pool->lock);
        atomic_store(&pool->quit, true);
        pthread_cond_broadcast(&pool->start);
        pthread_mutex_unlock(&pool->lock);
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

int hr_pool_width(const hr_pool *pool) {
    return pool->width;
}

void hr_pool_set_comm(hr_pool *pool, hr_comm *comm) {
    pool->comm = comm;
}

hr_comm *hr_pool_comm(const hr_pool *pool) {
    return pool->comm;
}

/* Does all tasks in the calling thread. */
static void run_alone(hr_pool *pool, int tasks, hr_pool_fn fn, void *context) {
    void *before = own_space;
    own_space = pool->space;
    for (int i = 0; i < tasks; i++) fn(context, i, 0);
    own_space = before;
}

void hr_pool_run(hr_pool *pool, int tasks, hr_pool_fn fn, void *context) {
    static HR_LOCAL int crowded;
    if (tasks <= 0) return;
    if (tasks == 1 || pool->threads == 1 || pool->owner != getpid()) {
        run_alone(pool, tasks, fn, context);
        return;
    }
    pool->fn = fn;
    pool->context = context;
    pool->tasks = tasks;
    atomic_store(&pool->left, tasks);
    atomic_store(&pool->ticket, ((atomic_load(&pool->ticket) >> 32) + 1) << 32 | (uint32_t)tasks);
    int sleepers = atomic_load(&pool->sleepers);
    if (sleepers && pool->started - sleepers < tasks - 1) wake(pool);
    work(pool, 0);
    if (spin(is_done, pool, &crowded)) return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->waiting, true);
    while (!is_done(pool)) pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->lock);
}

void hr_pool_call(hr_pool *pool, void (*fn)(void *context), void *context) {
    void *before = own_space;
    own_space = pool->space;
    fn(context);
    own_space = before;
}
