/* arc_vote.c - counting and ranking. */
#include "task/arc_vote.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"

typedef struct guess {
    uint8_t *bytes; /* rows, columns, cells */
    size_t count;
    double sum; /* of confidences */
} guess;

/* All guesses for one test input, in the order in which they came. */
typedef struct box {
    guess *guess;
    size_t count, capacity;
} box;

struct hr_arc_votes {
    const hr_arc_tasks *tasks;
    int side;
    size_t *first; /* (tasks) the box of a task's first test input */
    box *box;
    size_t boxes;
};

hr_status hr_arc_votes_new(const hr_arc_tasks *tasks, int side, hr_arc_votes **out) {
    hr_arc_votes *v = *out = HR_NEW(hr_arc_votes, 1);
    if (!v) return HR_ERR_MEM;
    v->tasks = tasks;
    v->side = side;
    v->first = HR_NEW(size_t, tasks->count);
    for (size_t t = 0; v->first && t < tasks->count; t++) {
        v->first[t] = v->boxes;
        v->boxes += (size_t)tasks->task[t].tests;
    }
    v->box = HR_NEW(box, v->boxes);
    if (v->first && v->box) return HR_OK;
    hr_arc_votes_free(v);
    *out = NULL;
    return HR_ERR_MEM;
}

void hr_arc_votes_free(hr_arc_votes *v) {
    if (!v) return;
    for (size_t b = 0; v->box && b < v->boxes; b++) {
        for (size_t i = 0; i < v->box[b].count; i++) hr_free(v->box[b].guess[i].bytes);
        hr_free(v->box[b].guess);
    }
    hr_free(v->box);
    hr_free(v->first);
    hr_free(v);
}

static size_t test_pair(const hr_arc_task *t, int i) {
    return t->first + (size_t)(t->demos + i);
}

/* The box of the test input that equals `input`, or NULL. */
static box *box_of(const hr_arc_votes *v, size_t task, const hr_arc_grid *input) {
    const hr_arc_task *t = &v->tasks->task[task];
    hr_arc_grid own;
    for (int i = 0; i < t->tests; i++)
        if (hr_arc_tasks_grid(v->tasks, test_pair(t, i), 0, &own) && hr_arc_same(&own, input))
            return &v->box[v->first[task] + (size_t)i];
    return NULL;
}

static hr_status add_guess(box *b, const hr_arc_grid *grid, double confidence) {
    size_t cells = (size_t)(grid->rows * grid->cols), i = 0;
    uint8_t bytes[2 + HR_ARC_SEQ] = {(uint8_t)grid->rows, (uint8_t)grid->cols};
    memcpy(bytes + 2, grid->cell, cells);
    while (i < b->count &&
           (memcmp(b->guess[i].bytes, bytes, 2) || memcmp(b->guess[i].bytes + 2, bytes + 2, cells)))
        i++;
    if (hr_reserve(&b->guess, &b->capacity, b->count, i == b->count, sizeof *b->guess))
        return HR_ERR_MEM;
    guess *g = &b->guess[i];
    if (i == b->count) {
        *g = (guess){.bytes = hr_alloc(2 + cells)};
        if (!g->bytes) return HR_ERR_MEM;
        memcpy(g->bytes, bytes, 2 + cells);
        b->count++;
    }
    g->count++;
    g->sum += confidence;
    return HR_OK;
}

hr_status hr_arc_votes_add(hr_arc_votes *v, const hr_arc_vote *vote) {
    hr_arc_view view;
    hr_arc_grid seen, input, output;
    size_t id = hr_arc_name_read(vote->name, &view);
    if (vote->view) view = *vote->view;
    hr_arc_crop(vote->question, v->side, &seen);
    hr_arc_undo(&view, &seen, &input);
    hr_arc_crop(vote->answer, v->side, &seen);
    hr_arc_undo(&view, &seen, &output);
    for (size_t t = 0; t < v->tasks->count; t++) {
        const hr_arc_task *task = &v->tasks->task[t];
        if (!task->scored || strlen(task->id) != id || memcmp(task->id, vote->name, id)) continue;
        box *b = box_of(v, t, &input);
        if (b) return add_guess(b, &output, vote->confidence);
    }
    return HR_OK;
}

/* ---- ranking --------------------------------------------------------------------------------- */

static bool ranks_before(const guess *g, size_t a, size_t b) {
    double x = g[a].sum / (double)g[a].count, y = g[b].sum / (double)g[b].count;
    if (g[a].count != g[b].count) return g[a].count > g[b].count;
    return x != y ? x > y : a < b;
}

/* How many rank before guess `at`. */
static size_t rank_of(const box *b, size_t at) {
    size_t before = 0;
    for (size_t i = 0; i < b->count; i++) before += i != at && ranks_before(b->guess, i, at);
    return before;
}

/* The box with the votes on test input i: inputs that are equal share the first one's. */
static const box *votes_on(const hr_arc_votes *v, size_t task, int i) {
    hr_arc_grid input;
    hr_arc_tasks_grid(v->tasks, test_pair(&v->tasks->task[task], i), 0, &input);
    return box_of(v, task, &input);
}

bool hr_arc_votes_guess(const hr_arc_votes *v, size_t task, int i, size_t k, hr_arc_grid *out,
                        size_t *count, double *confidence) {
    const box *b = votes_on(v, task, i);
    for (size_t at = 0; b && at < b->count; at++) {
        if (rank_of(b, at) != k) continue;
        hr_arc_grid_read(b->guess[at].bytes, out);
        if (count) *count = b->guess[at].count;
        if (confidence) *confidence = b->guess[at].sum / (double)b->guess[at].count;
        return true;
    }
    return false;
}

bool hr_arc_votes_any(const hr_arc_votes *v, size_t task) {
    for (int i = 0; i < v->tasks->task[task].tests; i++)
        if (v->box[v->first[task] + (size_t)i].count) return true;
    return false;
}

double hr_arc_votes_pass(const hr_arc_votes *v, size_t task, size_t k) {
    const hr_arc_task *t = &v->tasks->task[task];
    int known = 0, passed = 0;
    for (int i = 0; i < t->tests; i++) {
        hr_arc_grid solution, own;
        if (!hr_arc_tasks_grid(v->tasks, test_pair(t, i), 1, &solution)) continue;
        known++;
        const box *b = votes_on(v, task, i);
        for (size_t at = 0; b && at < b->count; at++) {
            hr_arc_grid_read(b->guess[at].bytes, &own);
            if (!hr_arc_same(&own, &solution)) continue;
            passed += rank_of(b, at) < k;
            break;
        }
    }
    return known ? (double)passed / known : NAN;
}

/* Stands in for a missing attempt: one black cell. */
static const hr_arc_grid no_attempt = {.rows = 1, .cols = 1};

json_t *hr_arc_votes_submission(const hr_arc_votes *v) {
    json_t *all = json_object();
    bool ok = all;
    for (size_t i = 0; i < v->tasks->largers; i++) { /* these got no votes */
        const hr_arc_larger *left = &v->tasks->larger[i];
        json_t *list = json_array();
        for (int k = 0; left->scored && k < left->tests; k++)
            ok &= !json_array_append_new(list, json_pack("{s:o, s:o}", "attempt_1",
                                                         hr_arc_grid_json(&no_attempt), "attempt_2",
                                                         hr_arc_grid_json(&no_attempt)));
        if (left->scored) ok &= !json_object_set(all, left->id, list);
        json_decref(list);
    }
    for (size_t t = 0; t < v->tasks->count; t++) {
        const hr_arc_task *task = &v->tasks->task[t];
        if (!task->scored) continue;
        json_t *list = json_array();
        for (int i = 0; i < task->tests; i++) {
            hr_arc_grid grid = no_attempt;
            json_t *attempts = json_object();
            for (size_t k = 0; k < 2; k++) { /* a missing second is the first again */
                hr_arc_votes_guess(v, t, i, k, &grid, NULL, NULL);
                if (!grid.rows) grid = no_attempt; /* an answer that was all padding */
                ok &= !json_object_set_new(attempts, k ? "attempt_2" : "attempt_1",
                                           hr_arc_grid_json(&grid));
            }
            ok &= !json_array_append_new(list, attempts);
        }
        ok &= !json_object_set_new(all, task->id, list);
    }
    if (!ok) json_decref(all);
    return ok ? all : NULL;
}
