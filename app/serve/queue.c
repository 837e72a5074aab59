#include "queue.h"

#include <stdio.h>
#include <stdlib.h>

#include "solve.h"
#include "term.h"

enum { WORKERS_MAX = 256 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t some;
    job *first, **last; /* jobs with a puzzle that nobody has taken */
    size_t length, most;
    double seconds;
    bool closed, ended;
    job *at_work[WORKERS_MAX]; /* what each worker is at */
    pthread_t thread[WORKERS_MAX];
    int workers;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER};

/* With the lock held, as all below that say nothing. */
static void append(job *j) {
    j->next = NULL;
    *queue.last = j;
    queue.last = &j->next;
    queue.length++;
}

static job *pop(void) {
    job *j = queue.first;
    queue.first = j->next;
    if (!queue.first) queue.last = &queue.first;
    queue.length--;
    return j;
}

/* What a worker does next: puzzle *i of a job, which then goes to the end of the queue for its
 * other puzzles. NULL: nothing, look again. */
static job *take(size_t *i) {
    if (!queue.first) return NULL;
    job *j = pop();
    *i = j->taken++;
    j->open++;
    if (atomic_load(&j->cancelled)) j->taken = j->count; /* nobody wants the rest */
    j->queued = j->taken < j->count;
    if (j->queued) append(j);
    return j;
}

/* One puzzle fewer at work; true: that was the job's last. */
static bool give_back(job *j) {
    j->open--;
    return !j->open && !j->queued;
}

static void *work(void *argument) {
    int self = (int)(intptr_t)argument;
    solver_box *box = solve_open();
    pthread_mutex_lock(&queue.lock);
    for (;;) {
        size_t i;
        job *j = take(&i);
        if (!j && queue.ended) break;
        if (!j) {
            pthread_cond_wait(&queue.some, &queue.lock);
            continue;
        }
        queue.at_work[self] = j;
        pthread_mutex_unlock(&queue.lock);
        solve_puzzle(box, j, i);
        pthread_mutex_lock(&queue.lock);
        queue.at_work[self] = NULL;
        if (!give_back(j)) continue;
        pthread_mutex_unlock(&queue.lock);
        job_finish(j);
        job_drop(j);
        pthread_mutex_lock(&queue.lock);
    }
    pthread_mutex_unlock(&queue.lock);
    solve_close(box);
    return NULL;
}

bool queue_open(int workers, size_t length, double seconds) {
    queue.last = &queue.first;
    queue.most = length;
    queue.seconds = seconds;
    for (; queue.workers < workers && queue.workers < WORKERS_MAX; queue.workers++)
        if (pthread_create(&queue.thread[queue.workers], NULL, work,
                           (void *)(intptr_t)queue.workers))
            break;
    if (!queue.workers) fputs("hrm: no thread can be had\n", stderr);
    return queue.workers > 0;
}

bool queue_put(job *j) {
    pthread_mutex_lock(&queue.lock);
    bool room = queue.length < queue.most && !queue.closed;
    if (room) {
        job_hold(j);
        j->asked = term_now();
        j->queued = true;
        append(j);
        if (j->count > 1) pthread_cond_broadcast(&queue.some);
        else pthread_cond_signal(&queue.some);
    }
    pthread_mutex_unlock(&queue.lock);
    return room;
}

/* Takes jobs out of the queue that nobody has begun and nobody wants; a list of them. */
static job *sweep(double now) {
    job *gone = NULL, **end = &gone;
    queue.last = &queue.first;
    for (job *j = queue.first, *next; j; j = next) {
        next = j->next;
        bool late = !j->taken && now - j->asked > queue.seconds;
        if (job_is_left(j)) job_cancel(j);
        if (late) job_fail(j, 503, "waited %.0f s and nobody had time; try again", queue.seconds);
        if (!j->open && atomic_load(&j->cancelled)) {
            j->queued = false;
            queue.length--;
            j->next = NULL;
            *end = j;
            end = &j->next;
        } else {
            *queue.last = j;
            queue.last = &j->next;
        }
    }
    *queue.last = NULL;
    return gone;
}

void queue_tick(void) {
    pthread_mutex_lock(&queue.lock);
    job *gone = sweep(term_now());
    pthread_mutex_unlock(&queue.lock);
    while (gone) {
        job *j = gone;
        gone = j->next;
        job_finish(j);
        job_drop(j);
    }
}

void queue_close(void) {
    pthread_mutex_lock(&queue.lock);
    queue.closed = true;
    pthread_mutex_unlock(&queue.lock);
}

void queue_cancel(void) {
    pthread_mutex_lock(&queue.lock);
    for (job *j = queue.first; j; j = j->next) job_cancel(j);
    for (int i = 0; i < queue.workers; i++)
        if (queue.at_work[i]) job_cancel(queue.at_work[i]);
    pthread_mutex_unlock(&queue.lock);
}

void queue_end(void) {
    pthread_mutex_lock(&queue.lock);
    queue.closed = queue.ended = true;
    pthread_cond_broadcast(&queue.some);
    pthread_mutex_unlock(&queue.lock);
    for (int i = 0; i < queue.workers; i++) pthread_join(queue.thread[i], NULL);
    queue.workers = 0;
}

size_t queue_length(void) {
    pthread_mutex_lock(&queue.lock);
    size_t length = queue.length;
    pthread_mutex_unlock(&queue.lock);
    return length;
}

/* With the lock held. */
static int count_busy(void) {
    int busy = 0;
    for (int i = 0; i < queue.workers; i++) busy += queue.at_work[i] != NULL;
    return busy;
}

int queue_busy(void) {
    pthread_mutex_lock(&queue.lock);
    int busy = count_busy();
    pthread_mutex_unlock(&queue.lock);
    return busy;
}

bool queue_is_idle(void) {
    pthread_mutex_lock(&queue.lock);
    bool idle = !queue.length && !count_busy();
    pthread_mutex_unlock(&queue.lock);
    return idle;
}
