#include "solve.h"

#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "metrics.h"
#include "text.h"
#include "term.h"

struct solver_box {
    unsigned generation;
    struct {
        model *of;
        hrm_solver *solver;
    } kept[MODELS_MAX];
};

/* Enough of a story: the rest of a longer search is counted, not told. */
enum { TRACE_MAX = 2000, HEAT_MAX = 1 << 16, LOOK_EVERY = 8 };

/* One puzzle at work. */
typedef struct task {
    job *job;
    size_t puzzle;
    double begun, deadline;
    unsigned calls;
    bool late;
    json_t *round; /* what the search says of the step that comes next */
    json_t *trace;
} task;

solver_box *solve_open(void) {
    solver_box *box = calloc(1, sizeof *box);
    if (box) box->generation = models_generation();
    return box;
}

static void empty(solver_box *box) {
    for (size_t i = 0; i < MODELS_MAX && box->kept[i].of; i++) {
        hrm_solver_free(box->kept[i].solver);
        models_drop(box->kept[i].of);
    }
    memset(box->kept, 0, sizeof box->kept);
}

void solve_close(solver_box *box) {
    if (box) empty(box);
    free(box);
}

static hrm_solver *solver_of(solver_box *box, model *m) {
    size_t i = 0;
    if (!box) return NULL;
    if (box->generation != models_generation()) {
        box->generation = models_generation();
        empty(box);
    }
    while (i < MODELS_MAX - 1 && box->kept[i].of && box->kept[i].of != m) i++;
    if (box->kept[i].of == m) return box->kept[i].solver;
    if (box->kept[i].of) empty(box), i = 0;
    if (hrm_solver_new(m->shared, 1, &box->kept[i].solver)) return NULL;
    atomic_fetch_add(&m->refs, 1);
    box->kept[i].of = m;
    return box->kept[i].solver;
}

/* Between steps: whether to go on. */
static bool go_on(void *user, size_t done, size_t total) {
    task *t = user;
    (void)done;
    (void)total;
    if (t->calls++ % LOOK_EVERY == 0 && job_is_left(t->job)) job_cancel(t->job);
    if (term_now() > t->deadline) t->late = true;
    return !t->late && !atomic_load(&t->job->cancelled);
}

static bool on_round(void *user, const hrm_round *r) {
    task *t = user;
    json_decref(t->round);
    t->round = app_round_json(r);
    json_object_del(t->round, "event");
    return true;
}

/* Probabilities of what a cell may hold, as two hexadecimal digits each. */
static void add_heat(json_t *o, const model *m, const hrm_step *s) {
    static const char hex[] = "0123456789abcdef";
    int from = m->info.symbols ? m->info.vocab - m->info.symbols : 0, n = m->info.vocab - from;
    size_t size = 2 * (size_t)s->cells * (size_t)n, at = 0;
    char *heat = size > HEAT_MAX ? NULL : malloc(size + 1);
    if (!heat) return;
    for (int i = 0; i < s->cells * n; i++) {
        int x = (int)(s->probabilities[i / n * s->vocab + from + i % n] * 255 + 0.5f);
        heat[at++] = hex[x >> 4 & 15];
        heat[at++] = hex[x & 15];
    }
    json_object_set_new(o, "heat", json_stringn(heat, size));
    free(heat);
}

static bool on_step(void *user, const hrm_step *s) {
    task *t = user;
    job *j = t->job;
    bool search = j->model->info.symbols > 0;
    json_t *o = t->round;
    t->round = NULL;
    if (!o) o = json_pack("{s:i, s:o}", "segment", s->step + 1, "cells", term_text(s->text));
    json_object_set_new(o, "puzzle", json_integer((json_int_t)t->puzzle + 1));
    json_object_set_new(o, "confidence", json_real(s->confidence));
    if (j->heat) add_heat(o, j->model, s);
    bool good = !j->tell || j->tell(j, search ? "round" : "segment", o);
    if (t->trace && json_array_size(t->trace) < TRACE_MAX) json_array_append(t->trace, o);
    json_decref(o);
    atomic_fetch_add(&j->rounds, 1);
    if (j->step) j->step(j);
    if (!good) job_cancel(j);
    return good && go_on(t, 0, 0);
}

static json_t *describe(const task *t, const hrm_answer *a) {
    const job *j = t->job;
    json_t *o =
        json_pack("{s:o, s:o, s:s, s:o, s:f, s:i, s:f}", "solution", term_text(a->text), "grid",
                  text_grid(j->model, a->tokens), "verdict", app_verdict(a->verdict), "why",
                  term_text(a->why), "confidence", a->confidence, "rounds",
                  a->rounds ? a->rounds : a->segments, "seconds", term_now() - t->begun);
    if (o && a->chains) {
        json_object_set_new(o, "guesses", json_integer(a->guesses));
        json_object_set_new(o, "contradictions", json_integer(a->restarts));
        json_object_set_new(o, "chains", json_integer(a->chains));
        json_object_set_new(o, "chain", a->chain < 0 ? json_null() : json_integer(a->chain + 1));
    }
    if (o && t->trace) json_object_set(o, "trace", t->trace);
    return o;
}

static void keep(task *t, const hrm_answer *a) {
    job *j = t->job;
    json_t *o = describe(t, a);
    metrics_add(a->verdict != HRM_VERDICT_INCOMPLETE && a->verdict != HRM_VERDICT_WRONG
                    ? METRIC_SOLVED
                    : METRIC_UNSOLVED,
                1);
    metrics_add(METRIC_ROUNDS, (unsigned)a->rounds);
    if (!o) {
        job_fail(j, 500, "out of memory");
        return;
    }
    pthread_mutex_lock(&j->lock);
    j->answer[t->puzzle] = o;
    pthread_mutex_unlock(&j->lock);
    if (!j->tell) return;
    json_t *told = json_copy(o);
    json_object_set_new(told, "puzzle", json_integer((json_int_t)t->puzzle + 1));
    if (!j->tell(j, "answer", told)) job_cancel(j);
    json_decref(told);
}

void solve_puzzle(solver_box *box, job *j, size_t i) {
    double begun = term_now();
    hrm_solver *solver = solver_of(box, j->model);
    bool search = j->model->info.symbols > 0, story = j->tell || j->trace;
    task t = {.job = j, .puzzle = i, .begun = begun, .deadline = begun + j->seconds};
    hrm_search bounds = j->search;
    hrm_solve_options o;
    pthread_mutex_lock(&j->lock);
    if (!j->begun) j->begun = begun;
    pthread_mutex_unlock(&j->lock);
    if (!solver) {
        job_fail(j, 500, "no solver: %s", hrm_error());
        return;
    }
    if (atomic_load(&j->cancelled)) return;
    if (!search) hrm_search_init(&bounds, sizeof bounds); /* which takes its bounds by time alone */
    bounds.seconds = j->seconds; /* it ends with what it has; much later it is given up */
    t.deadline += 1 + j->seconds;
    hrm_solve_options_init(&o, sizeof o);
    o.segments = j->segments;
    o.progress = go_on;
    o.user = &t;
    o.seed = j->seed;
    o.search = &bounds;
    if (search) o.check = j->check;
    if (search && story) o.explain = on_round;
    if (story || j->step) o.step = on_step;
    if (j->trace) t.trace = json_array();
    hrm_answer *a = NULL;
    hrm_status status = hrm_solver_solve(solver, (const char *const *)&j->puzzle[i], 1, &o, &a);
    if (!status) keep(&t, a);
    else if (status != HRM_STATUS_STOPPED) job_fail(j, 500, "%s", hrm_error());
    else if (t.late) job_fail(j, 504, "puzzle %zu took longer than %g s", i + 1, j->seconds);
    hrm_answers_free(a, 1);
    json_decref(t.round);
    json_decref(t.trace);
    metrics_time(term_now() - begun);
}
