/* generate.c - makes puzzles in the order of their index and drops those equivalent to an earlier
 * one. */
#include "data/dataset_open.h"
#include "data/generate.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/text.h"
#include "task/families.h"
#include "task/generator.h"

typedef struct made {
    int rating;
    hr_status status;
    char error[160];
} made;

/* Keys that may not occur again, sorted, `size` bytes each. There are some thousands. */
typedef struct keyset {
    size_t size, count, capacity;
    uint8_t *keys;
} keyset;

typedef struct job {
    const hr_generator *g;
    hr_gen_args args;
    size_t seq, done, total;
    uint64_t first; /* index of the round's first puzzle */
    uint8_t *cells; /* (round x 3 x seq) question, answer, key */
    made *made;     /* (round) */
    char *line;     /* (seq + 1) */
    keyset seen;
    hr_buffer text;
    hrm_progress progress;
    void *user;
    double told; /* when progress was last reported, in hr_os_seconds */
    atomic_bool stopped;
    atomic_int failed; /* the first puzzle of the round that failed, behind which none is needed */
} job;

/* Who makes which puzzle of a round. */
typedef struct turn {
    job *j;
    int i, worker;
} turn;

static uint8_t *cells_of(const job *j, int i, int part) {
    return j->cells + ((size_t)i * 3 + (size_t)part) * j->seq;
}

/* ---- keys so far ----------------------------------------------------------------------------- */

static size_t lower_bound(const keyset *s, const uint8_t *key) {
    size_t low = 0, high = s->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(s->keys + middle * s->size, key, s->size) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* *fresh: whether the key is a new one. */
static hr_status add_key(keyset *s, const uint8_t *key, bool *fresh) {
    size_t at = lower_bound(s, key);
    *fresh = at == s->count || memcmp(s->keys + at * s->size, key, s->size) != 0;
    if (!*fresh) return HR_OK;
    if (hr_reserve(&s->keys, &s->capacity, s->count, 1, s->size)) return HR_ERR_MEM;
    uint8_t *place = s->keys + at * s->size;
    memmove(place + s->size, place, (s->count - at) * s->size);
    memcpy(place, key, s->size);
    s->count++;
    return HR_OK;
}

/* ---- progress -------------------------------------------------------------------------------- */

/* Reports progress; false when the caller asks to stop. */
static bool report(job *j) {
    j->told = hr_os_seconds();
    if (j->progress && !j->progress(j->user, j->done, j->total)) atomic_store(&j->stopped, true);
    return !atomic_load(&j->stopped);
}

/* Only the caller's own thread calls back, twenty times a second; the others read the answer. */
static bool ask(void *context) {
    enum { A_SECOND = 20 };
    const turn *t = context;
    job *j = t->j;
    if (atomic_load_explicit(&j->stopped, memory_order_relaxed)) return true;
    if (t->i > atomic_load_explicit(&j->failed, memory_order_relaxed)) return true;
    return t->worker == 0 && hr_os_seconds() - j->told > 1.0 / A_SECOND && !report(j);
}

/* Puzzle i of the round cannot be made. */
static void give_up(job *j, int i) {
    int first = atomic_load(&j->failed);
    while (i < first && !atomic_compare_exchange_weak(&j->failed, &first, i)) {
    }
}

/* ---- rounds ---------------------------------------------------------------------------------- */

static void make(void *context, int i, int worker) {
    job *j = context;
    made *m = &j->made[i];
    uint8_t *question = cells_of(j, i, 0), *answer = cells_of(j, i, 1);
    const hr_stop stop = {ask, &(turn){j, i, worker}};
    m->status = i > atomic_load(&j->failed) ? hr_fail(HR_ERR_STOPPED, "no longer needed")
                                            : j->g->make(&j->args, j->first + (uint64_t)i, &stop,
                                                         question, answer, &m->rating);
    if (!m->status) {
        j->g->key(&j->args.task, question, answer, cells_of(j, i, 2));
        return;
    }
    snprintf(m->error, sizeof m->error, "%s", hr_error_text());
    give_up(j, i);
}

static void print_row(job *j, int i) {
    hr_buffer_print(&j->text, "generated");
    for (int part = 0; part < 2; part++) {
        j->args.task.ops->format(&j->args.task, cells_of(j, i, part), j->line);
        hr_buffer_print(&j->text, ",%s", j->line);
    }
    hr_buffer_print(&j->text, ",%d\n", j->made[i].rating);
}

/* Adds the new puzzles of a round, until there are enough. */
static hr_status take(job *j) {
    for (int i = 0; i < j->g->round && j->done < j->total; i++) {
        bool fresh = false;
        if (j->made[i].status) return hr_fail(j->made[i].status, "%s", j->made[i].error);
        hr_status status = add_key(&j->seen, cells_of(j, i, 2), &fresh);
        if (status) return status;
        if (!fresh) continue;
        print_row(j, i);
        j->done++;
        if (!report(j))
            return hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu %s", j->done, j->total,
                           j->g->many);
    }
    return HR_OK;
}

static hr_status draw(job *j, hr_pool *pool) {
    hr_status status = HR_OK;
    for (int idle = 0; !status && j->done < j->total; j->first += (uint64_t)j->g->round) {
        size_t before = j->done;
        atomic_store(&j->failed, j->g->round);
        hr_pool_run(pool, j->g->round, make, j);
        status = take(j);
        idle = j->done > before ? 0 : idle + 1;
        if (!status && idle == j->g->rounds)
            status = hr_fail(HR_ERR_TASK,
                             "only %zu %s of this kind differ by more than a symmetry from each "
                             "other and from those to avoid; ask for fewer",
                             j->done, j->g->many);
    }
    return status;
}

static hr_status add_avoided(job *j, const char *path) {
    hr_dataset *data;
    hr_status status = hr_dataset_open(path, NULL, &j->args.task, &data);
    if (status) return status;
    for (size_t i = 0; i < data->examples && !status; i++) {
        bool fresh;
        uint8_t *key = cells_of(j, 0, 2);
        j->g->key(&j->args.task, data->inputs + i * j->seq, data->labels + i * j->seq, key);
        status = add_key(&j->seen, key, &fresh);
    }
    hr_dataset_free(data);
    return status;
}

static hr_status run(job *j, const char *path, const char *avoid, int threads) {
    hr_pool *pool = NULL;
    hr_status status = hr_pool_new(threads, HR_POOL_SPACE, &pool);
    if (!status && avoid) status = add_avoided(j, avoid);
    if (!status) status = hr_os_try(path); /* before the work, so that a wrong path fails at once */
    hr_buffer_print(&j->text, "source,question,answer,rating\n");
    if (!status) status = draw(j, pool);
    if (!status && j->text.failed)
        status = hr_fail(HR_ERR_MEM, "out of memory for the %s", j->g->many);
    if (!status) status = hr_os_write_file(path, j->text.text, j->text.size);
    hr_pool_free(pool);
    return status;
}

hr_status hr_generate(const char *family, const char *path, const hrm_generate_options *o) {
    const hr_task_ops *ops = hr_family_find(family);
    if (!ops || !ops->generator)
        return hr_fail(HR_ERR_ARG, "\"%.60s\" is no family of puzzles that can be made", family);
    job j = {.g = ops->generator, .total = o->count, .progress = o->progress, .user = o->user};
    hr_status status = hr_generator_begin(ops, o->settings, o->settings_count, o->seed, &j.args);
    if (!status && (o->count < 1 || o->count > INT32_MAX))
        status = hr_fail(HR_ERR_ARG, "count: %zu is not between 1 and %d", o->count, INT32_MAX);
    if (status) return status;
    j.seen.size = j.seq = (size_t)j.args.task.seq;
    j.cells = hr_alloc(hr_mul((size_t)j.g->round * 3, j.seq));
    j.made = HR_NEW(made, (size_t)j.g->round);
    j.line = hr_alloc(j.seq + 1);
    status = j.cells && j.made && j.line ? run(&j, path, o->avoid, o->run ? o->run->threads : 0)
                                         : HR_ERR_MEM;
    hr_buffer_free(&j.text);
    hr_free(j.seen.keys);
    hr_free(j.line);
    hr_free(j.made);
    hr_free(j.cells);
    return status;
}
