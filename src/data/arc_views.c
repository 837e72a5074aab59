/* arc_views.c - draws the augmented copies of ARC tasks and numbers them. */
#include "data/arc_views.h"

#include <string.h>

#include "base/mem.h"
#include "task/dihedral.h"

enum { TRIES = 5 }; /* for each copy wanted, as the published builder */

typedef struct job {
    const hr_arc_tasks *tasks;
    const hr_arc_draw *how;
    hr_arc_view *view; /* (tasks x (copies + 1)) */
    size_t *count;     /* (tasks) */
    uint64_t *hash;    /* (threads x (copies + 1)) */
} job;

static uint64_t scramble(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t hash_grid(const hr_arc_view *view, const hr_arc_tasks *tasks, size_t pair,
                          int side) {
    hr_arc_grid plain, seen;
    if (!hr_arc_tasks_grid(tasks, pair, side, &plain)) return 0;
    hr_arc_apply(view, &plain, &seen);
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(seen.rows * 64 + seen.cols);
    for (int i = 0; i < seen.rows * seen.cols; i++) hash = (hash ^ seen.cell[i]) * 0x100000001b3u;
    return scramble(hash);
}

/* Does not depend on the order of the pairs. */
static uint64_t hash_task(const hr_arc_view *view, const hr_arc_tasks *tasks,
                          const hr_arc_task *t) {
    uint64_t sum = 0;
    for (size_t p = t->first; p < t->first + (size_t)(t->demos + t->tests); p++)
        sum += scramble(hash_grid(view, tasks, p, 0) * 3 + hash_grid(view, tasks, p, 1));
    return sum;
}

/* The i-th orientation, counted from 0 after the plain one. */
static hr_arc_view oriented(uint64_t i) {
    hr_arc_view view = hr_arc_plain;
    view.code = (uint8_t)((i + 1) % HR_DIHEDRAL);
    return view;
}

/* The colours that views of a task may exchange, as bits. */
static unsigned free_colours(const hr_arc_tasks *tasks, const hr_arc_task *t, bool keep_outputs) {
    unsigned seen[2] = {0, 0}; /* in inputs, in outputs */
    if (!keep_outputs) return HR_ARC_FREE;
    for (int i = 0; i < 2 * t->demos + t->tests; i++) { /* the tests' outputs are not looked at */
        int side = i < t->demos, at = side ? i : i - t->demos;
        hr_arc_grid grid;
        hr_arc_tasks_grid(tasks, t->first + (size_t)at, side, &grid);
        for (int c = 0; c < grid.rows * grid.cols; c++) seen[side] |= 1u << grid.cell[c];
    }
    return HR_ARC_FREE & ~(seen[1] & ~seen[0]);
}

static void draw_task(void *context, int task, int worker) {
    const job *j = context;
    const hr_arc_task *t = &j->tasks->task[task];
    const hr_arc_draw *how = j->how;
    size_t capacity = (size_t)how->copies + 1, n = 0;
    hr_arc_view *view = j->view + (size_t)task * capacity;
    uint64_t *hash = j->hash + (size_t)worker * capacity;
    hr_rng rng = hr_rng_sub(hr_rng_stream(how->seed, "arc views"), (uint64_t)task);
    unsigned free = free_colours(j->tasks, t, how->keep_output_colours);
    hash[n] = how->copies ? hash_task(&hr_arc_plain, j->tasks, t) : 0;
    view[n++] = hr_arc_plain;
    for (uint64_t i = 0; n < capacity && i < (uint64_t)TRIES * (uint64_t)how->copies; i++) {
        size_t seen = 0;
        view[n] = how->keep_colours ? oriented(i) : hr_arc_view_draw(hr_rng_sub(rng, i), free);
        hash[n] = hash_task(&view[n], j->tasks, t);
        while (hash[seen] != hash[n]) seen++;
        n += seen == n;
    }
    j->count[task] = n;
}

/* The identifier of the same view of an earlier task of the same name, or 0. */
static int32_t known_id(const hr_arc_tasks *tasks, const hr_arc_views *v, size_t task, size_t at) {
    for (size_t t = 0; t < task; t++) {
        if (strcmp(tasks->task[t].id, tasks->task[task].id)) continue;
        for (size_t i = v->start[t]; i < v->start[t + 1]; i++)
            if (!memcmp(&v->view[i], &v->view[at], sizeof *v->view)) return v->id[i];
    }
    return 0;
}

static hr_status collect(const job *j, hr_arc_views *out) {
    size_t tasks = j->tasks->count, capacity = (size_t)j->how->copies + 1;
    out->start = HR_NEW(size_t, tasks + 1);
    if (!out->start) return HR_ERR_MEM;
    for (size_t t = 0; t < tasks; t++) out->start[t + 1] = out->start[t] + j->count[t];
    out->count = out->start[tasks];
    out->view = HR_NEW(hr_arc_view, out->count);
    out->id = HR_NEW(int32_t, out->count);
    if (!out->view || !out->id) return HR_ERR_MEM;
    out->identifiers = 1;
    for (size_t t = 0; t < tasks; t++) {
        size_t first = 0; /* the first task of this name */
        while (strcmp(j->tasks->task[first].id, j->tasks->task[t].id)) first++;
        int32_t plain = first < t ? out->id[out->start[first]] : out->identifiers;
        for (size_t i = 0, at = out->start[t]; i < j->count[t]; i++, at++) {
            out->view[at] = j->view[t * capacity + i];
            int32_t id = out->share  ? plain + out->view[at].code
                         : first < t ? known_id(j->tasks, out, t, at)
                                     : 0;
            out->id[at] = id ? id : out->identifiers++;
        }
        if (out->share && first == t) out->identifiers += out->share;
    }
    return HR_OK;
}

hr_status hr_arc_views_draw(const hr_arc_tasks *tasks, const hr_arc_draw *how, hr_pool *pool,
                            hr_arc_views *out) {
    size_t capacity = (size_t)how->copies + 1, threads = (size_t)hr_pool_threads(pool);
    job j = {
        .tasks = tasks,
        .how = how,
        .view = HR_NEW(hr_arc_view, hr_mul(tasks->count, capacity)),
        .count = HR_NEW(size_t, tasks->count),
        .hash = HR_NEW(uint64_t, hr_mul(threads, capacity)),
    };
    *out = (hr_arc_views){.share = how->share_vectors ? HR_DIHEDRAL : 0};
    hr_status status = j.view && j.count && j.hash ? HR_OK : HR_ERR_MEM;
    if (!status && hr_mul(tasks->count, capacity) > INT32_MAX)
        status = hr_fail(HR_ERR_ARG, "augmentations: %d copies of %zu tasks are too many",
                         how->copies, tasks->count);
    if (!status) {
        hr_pool_run(pool, (int)tasks->count, draw_task, &j);
        status = collect(&j, out);
    }
    hr_free(j.view);
    hr_free(j.count);
    hr_free(j.hash);
    if (status) hr_arc_views_free(out);
    return status;
}

void hr_arc_views_free(hr_arc_views *views) {
    hr_free(views->view);
    hr_free(views->start);
    hr_free(views->id);
    *views = (hr_arc_views){0};
}
