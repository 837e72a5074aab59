#include "solve.h"

#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "metrics.h"
#include "text.h"
#include "term.h"

/* Enough of a story: the rest of a longer search is counted, not told. */
enum { TRACE_MAX = 2000, HEAT_MAX = 1 << 16, LOOK_EVERY = 8, GIVEN_UP = 60 };

/* After JSON was made: false where memory was short for a part of it, and the job fails. Asked
 * before this thread goes on with another job. */
static bool is_whole(job *j) {
    if (!term_is_short()) return true;
    term_short_told();
    job_fail(j, 500, "out of memory");
    return false;
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
    return is_whole(t->job);
}

/* Probabilities of what a cell may hold, as two hexadecimal digits each. False: memory is short. */
static bool add_heat(json_t *o, const model *m, const hrm_step *s) {
    static const char hex[] = "0123456789abcdef";
    int from = m->info.symbols ? m->info.vocab - m->info.symbols : 0, n = m->info.vocab - from;
    size_t size = 2 * (size_t)s->cells * (size_t)n, at = 0;
    if (size > HEAT_MAX) return true;
    char *heat = malloc(size + 1);
    if (!heat) return false;
    for (int i = 0; i < s->cells * n; i++) {
        int x = (int)(s->probabilities[i / n * s->vocab + from + i % n] * 255 + 0.5f);
        heat[at++] = hex[x >> 4 & 15];
        heat[at++] = hex[x & 15];
    }
    json_object_set_new(o, "heat", json_stringn(heat, size));
    free(heat);
    return true;
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
    if (j->heat && !add_heat(o, j->model, s)) job_fail(j, 500, "out of memory");
    bool good = is_whole(j) && !atomic_load(&j->cancelled) &&
                (!j->tell || j->tell(j, search ? "round" : "segment", o));
    if (t->trace && json_array_size(t->trace) < TRACE_MAX) json_array_append(t->trace, o);
    json_decref(o);
    atomic_fetch_add(&j->rounds, 1);
    if (j->step) j->step(j);
    if (!is_whole(j)) return false;
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
    if (!is_whole(j) || !o) {
        job_fail(j, 500, "out of memory");
        json_decref(o);
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

task *solve_begin(job *j, size_t i, hrm_stream_puzzle *out) {
    task *t = calloc(1, sizeof *t);
    bool search = j->model->info.symbols > 0, story = j->tell || j->trace;
    if (!t) {
        job_fail(j, 500, "out of memory");
        return NULL;
    }
    *t = (task){.job = j, .puzzle = i, .begun = term_now(), .bounds = j->search};
    t->deadline = t->begun + 2 * j->seconds + GIVEN_UP;
    pthread_mutex_lock(&j->lock);
    if (!j->begun) j->begun = t->begun;
    pthread_mutex_unlock(&j->lock);
    hrm_solve_options *o = &t->options;
    if (!search) hrm_search_init(&t->bounds, sizeof t->bounds); /* which takes its bounds by time */
    t->bounds.seconds = j->seconds; /* it ends with what it has; much later it is given up */
    hrm_solve_options_init(o, sizeof *o);
    o->segments = j->segments;
    o->progress = go_on;
    o->user = t;
    o->seed = j->seed;
    o->search = &t->bounds;
    if (search) o->check = j->check;
    if (search && story) o->explain = on_round;
    if (story || j->step) o->step = on_step;
    if (j->trace) t->trace = json_array();
    if (!is_whole(j)) {
        free(t);
        return NULL;
    }
    *out = (hrm_stream_puzzle){.text = j->puzzle[i], .options = o, .user = t};
    return t;
}

void solve_end(task *t, const hrm_stream_answer *a) {
    job *j = t->job;
    if (a && a->answer) keep(t, a->answer);
    else if (a && a->status != HRM_STATUS_STOPPED) job_fail(j, 500, "%s", a->error);
    else if (t->late)
        job_fail(j, 504, "puzzle %zu took longer than %g s", t->puzzle + 1, j->seconds);
    json_decref(t->round);
    json_decref(t->trace);
    metrics_time(term_now() - t->begun);
    free(t);
}
