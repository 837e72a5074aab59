#include "queue.h"

#include <stdlib.h>

#include "solve.h"
#include "term.h"

/* Rounds of a pass of a model that searches: enough that those of easy puzzles come soon, and those
 * of hard ones go on beside them. Other models take one puzzle after the other, as long each. */
enum { ROUNDS = 2 };

/* The workers of one version of a model, and the jobs that wait for them. */
typedef struct crew {
    struct crew *next;
    model *of;
    job *first, **last; /* jobs with a puzzle that nobody has taken */
    int workers;
    bool leaves; /* the version is not served any more: they finish what there is */
} crew;

/* A thread with a solver, whose stream of puzzles goes on until the crew leaves. */
typedef struct worker {
    struct worker *next;
    crew *crew;
    task *task; /* at work */
    size_t tasks;
} worker;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t some, gone; /* something to do; a worker less */
    crew *crews;
    worker *workers;
    size_t length, most; /* jobs that wait */
    double seconds;
    int size; /* of a crew */
    bool closed, ended;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .some = PTHREAD_COND_INITIALIZER,
           .gone = PTHREAD_COND_INITIALIZER};

/* With the lock held, as all below that say nothing. */
static void append(crew *c, job *j) {
    j->next = NULL;
    *c->last = j;
    c->last = &j->next;
    queue.length++;
}

static job *pop(crew *c) {
    job *j = c->first;
    c->first = j->next;
    if (!c->first) c->last = &c->first;
    queue.length--;
    return j;
}

/* The next puzzle, *i of a job, which then goes to the end of the queue for its other puzzles.
 * NULL: there is none, or another worker has less to do. */
static job *take(const worker *w, size_t *i) {
    crew *c = w->crew;
    for (const worker *o = queue.workers; o; o = o->next)
        if (o->crew == c && o->tasks < w->tasks) return NULL;
    if (!c->first) return NULL;
    job *j = pop(c);
    *i = j->taken++;
    j->open++;
    if (atomic_load(&j->cancelled)) j->taken = j->count; /* nobody wants the rest */
    j->queued = j->taken < j->count;
    if (j->queued) append(c, j);
    return j;
}

/* One puzzle fewer at work; where that was the job's last, it is finished, without the lock. */
static void give_back(job *j) {
    if (--j->open || j->queued) return;
    pthread_mutex_unlock(&queue.lock);
    job_finish(j);
    job_drop(j);
    pthread_mutex_lock(&queue.lock);
}

static hrm_next next(void *user, bool wait, hrm_stream_puzzle *out) {
    worker *w = user;
    task *t = NULL;
    hrm_next said = HRM_NEXT_LATER;
    pthread_mutex_lock(&queue.lock);
    while (!t && said == HRM_NEXT_LATER) {
        size_t i;
        job *j = take(w, &i);
        if (j && !atomic_load(&j->cancelled)) t = solve_begin(j, i, out);
        if (j && !t) give_back(j);
        if (j) continue;
        if (!wait) break;
        if (w->crew->leaves || queue.ended) said = HRM_NEXT_END;
        else pthread_cond_wait(&queue.some, &queue.lock);
    }
    if (t) {
        t->next = w->task;
        w->task = t;
        w->tasks++;
    }
    pthread_mutex_unlock(&queue.lock);
    return t ? HRM_NEXT_PUZZLE : said;
}

/* The answer of a puzzle at work; NULL: it gets none. */
static void end(worker *w, task *t, const hrm_stream_answer *a) {
    job *j = t->job;
    pthread_mutex_lock(&queue.lock);
    task **at = &w->task;
    while (*at != t) at = &(*at)->next;
    *at = t->next;
    w->tasks--;
    pthread_mutex_unlock(&queue.lock);
    solve_end(t, a);
    pthread_mutex_lock(&queue.lock);
    give_back(j);
    pthread_mutex_unlock(&queue.lock);
}

static bool done(void *user, const hrm_stream_answer *a) {
    end(user, a->user, a);
    return true;
}

/* Memory is short: what is at work fails, or what comes next. */
static bool fail(worker *w) {
    hrm_stream_puzzle out;
    if (!w->task && next(w, true, &out) == HRM_NEXT_END) return false;
    while (w->task) {
        job_fail(w->task->job, 500, "no solver: %s", hrm_error());
        end(w, w->task, NULL);
    }
    return true;
}

static void leave(worker *w) {
    crew *c = w->crew, **at = &queue.crews;
    pthread_mutex_lock(&queue.lock);
    worker **own = &queue.workers;
    while (*own != w) own = &(*own)->next;
    *own = w->next;
    free(w);
    if (!--c->workers) {
        while (*at != c) at = &(*at)->next;
        *at = c->next;
        models_drop(c->of);
        free(c);
    }
    pthread_cond_signal(&queue.gone);
    pthread_mutex_unlock(&queue.lock);
}

static void *work(void *argument) {
    worker *w = argument;
    const model *m = w->crew->of;
    hrm_solve_options solve;
    hrm_stream_options o;
    hrm_solve_options_init(&solve, sizeof solve);
    hrm_stream_options_init(&o, sizeof o);
    solve.batch = m->info.symbols ? ROUNDS : 1;
    o.next = next, o.done = done, o.user = w, o.unordered = true, o.solve = &solve;
    hrm_status status;
    do {
        hrm_solver *solver = NULL;
        status = hrm_solver_new(m->shared, 1, &solver);
        if (!status) status = hrm_solver_stream(solver, &o);
        hrm_solver_free(solver);
    } while (status && fail(w));
    leave(w);
    return NULL;
}

static void add_worker(crew *c) {
    pthread_t thread;
    worker *w = calloc(1, sizeof *w);
    if (!w) return;
    *w = (worker){.crew = c, .next = queue.workers};
    if (pthread_create(&thread, NULL, work, w)) { /* it waits for the lock */
        free(w);
        return;
    }
    pthread_detach(thread);
    queue.workers = w;
    c->workers++;
}

/* Of a version of a model; NULL: no thread can be had. */
static crew *crew_of(model *m) {
    crew *c = queue.crews;
    while (c && (c->of != m || c->leaves)) c = c->next;
    if (c || !(c = calloc(1, sizeof *c))) return c;
    *c = (crew){.of = m, .last = &c->first};
    for (int i = 0; i < queue.size; i++) add_worker(c);
    if (!c->workers) {
        free(c);
        return NULL;
    }
    atomic_fetch_add(&m->refs, 1);
    c->next = queue.crews;
    queue.crews = c;
    return c;
}

void queue_open(int workers, size_t length, double seconds) {
    queue.size = workers;
    queue.most = length;
    queue.seconds = seconds;
}

bool queue_put(job *j) {
    pthread_mutex_lock(&queue.lock);
    bool full = queue.length >= queue.most;
    crew *c = full || queue.closed ? NULL : crew_of(j->model);
    if (queue.closed) job_fail(j, 503, "the service is being stopped");
    else if (full) job_fail(j, 503, "too many requests wait; try again");
    else if (!c) job_fail(j, 503, "no memory, or no thread, for a worker; try again");
    else {
        job_hold(j);
        j->asked = term_now();
        j->queued = true;
        append(c, j);
        pthread_cond_broadcast(&queue.some);
    }
    pthread_mutex_unlock(&queue.lock);
    return c;
}

/* Takes jobs out of the queue that nobody has begun and nobody wants, and puts them before those in
 * the list `gone`. */
static job *sweep(crew *c, double now, job *gone) {
    job *next = c->first;
    c->first = NULL;
    c->last = &c->first;
    for (job *j = next; j; j = next) {
        next = j->next;
        bool late = !j->taken && now - j->asked > queue.seconds;
        if (job_is_left(j)) job_cancel(j);
        if (late) job_fail(j, 503, "waited %.0f s and nobody had time; try again", queue.seconds);
        queue.length--;
        if (j->open || !atomic_load(&j->cancelled)) {
            append(c, j);
            continue;
        }
        j->queued = false;
        j->next = gone;
        gone = j;
    }
    return gone;
}

void queue_tick(void) {
    job *gone = NULL;
    pthread_mutex_lock(&queue.lock);
    for (crew *c = queue.crews; c; c = c->next) {
        gone = sweep(c, term_now(), gone);
        c->leaves = !models_serves(c->of);
        if (c->leaves) pthread_cond_broadcast(&queue.some);
    }
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
    for (crew *c = queue.crews; c; c = c->next)
        for (job *j = c->first; j; j = j->next) job_cancel(j);
    for (worker *w = queue.workers; w; w = w->next)
        for (task *t = w->task; t; t = t->next) job_cancel(t->job);
    pthread_mutex_unlock(&queue.lock);
}

void queue_end(void) {
    pthread_mutex_lock(&queue.lock);
    queue.closed = queue.ended = true;
    pthread_cond_broadcast(&queue.some);
    while (queue.workers) pthread_cond_wait(&queue.gone, &queue.lock);
    pthread_mutex_unlock(&queue.lock);
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
    for (const worker *w = queue.workers; w; w = w->next) busy += w->task != NULL;
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
