/* tried.c - see tried.h */
#include "look/tried.h"

#include <math.h>
#include <string.h>

#include "look/walk.h"

enum { FILLED = HRM_LOOK_FILLED, STARTS = HRM_LOOK_STARTS };

/* A puzzle many times over: every row of the walk is a variant of it. */
typedef struct trying {
    hr_walk walk;
    const hr_dataset *data;
    const hrm_inspect_options *options;
    hrm_inspection *out;
    hr_rng rng;
    uint8_t *answer; /* (rows x seq) after the last segment */
    bool *exact;     /* (rows) */
    bool *ever;      /* (rows) after some segment */
    uint32_t *order; /* (seq) */
    hr_arena arena;
} trying;

static void layout(void *owner, hr_arena *arena) {
    trying *x = owner;
    const size_t rows = (size_t)x->walk.rows, seq = (size_t)x->walk.model->spec.seq;
    x->answer = HR_TAKE(arena, uint8_t, rows * seq);
    x->exact = HR_TAKE(arena, bool, rows);
    x->ever = HR_TAKE(arena, bool, rows);
    x->order = HR_TAKE(arena, uint32_t, seq);
}

/* For the first `puzzles`, in so many rows each. */
static hr_status open_trying(trying *x, hr_model *model, const hr_task *task, hr_pool *pool,
                             size_t puzzles, int rows) {
    hr_status status = hr_walk_open(&x->walk, model, task, pool, rows);
    x->walk.probe.logits = NULL;
    hr_walk_tell(&x->walk, x->options, puzzles < x->out->puzzles ? puzzles : x->out->puzzles);
    return status ? status : hr_arena_fill(&x->arena, layout, x);
}

static void close_trying(trying *x) {
    hr_arena_close(&x->arena);
    hr_walk_close(&x->walk);
}

/* All rows become one puzzle. */
static void take_puzzle(trying *x, size_t puzzle) {
    hr_walk *w = &x->walk;
    const size_t seq = (size_t)w->model->spec.seq, numbers = seq * (size_t)w->model->spec.numbers;
    w->batch.rows = 1;
    hr_dataset_rows(x->data, puzzle, &w->batch);
    w->batch.rows = w->rows;
    for (size_t b = 1; b < (size_t)w->rows; b++) {
        memcpy(w->batch.inputs + b * seq, w->batch.inputs, seq * sizeof *w->batch.inputs);
        memcpy(w->batch.labels + b * seq, w->batch.labels, seq * sizeof *w->batch.labels);
        w->batch.ids[b] = w->batch.ids[0];
        if (numbers)
            memcpy(w->batch.numbers + b * numbers, w->batch.numbers,
                   numbers * sizeof *w->batch.numbers);
    }
}

/* Whether the answer to the puzzle is, or some of it. */
static bool known(const trying *x) {
    int t = x->walk.model->spec.seq;
    while (t && x->walk.batch.labels[t - 1] == HR_IGNORE) t--;
    return t > 0;
}

static bool right(const trying *x, int row) {
    const int seq = x->walk.model->spec.seq;
    const int32_t *label = x->walk.batch.labels + row * seq;
    for (int t = 0; t < seq; t++)
        if (label[t] != HR_IGNORE && label[t] != x->answer[row * seq + t]) return false;
    return true;
}

static hr_status walk_segments(trying *x) {
    hr_walk *w = &x->walk;
    const int seq = w->model->spec.seq, outputs = hr_spec_outputs(&w->model->spec);
    double entropy = 0;
    hr_status status = HR_OK;
    memset(x->ever, 0, (size_t)w->rows * sizeof *x->ever);
    for (int s = 0; !status && s < x->out->segments; s++) {
        status = hr_walk_segment(w, !s);
        for (int b = 0; !status && b < w->rows; b++) {
            hr_walk_read(w, b, w->logits + (size_t)(b * seq) * (size_t)outputs, x->answer + b * seq,
                         &entropy);
            x->ever[b] |= x->exact[b] = right(x, b);
        }
    }
    return status;
}

/* ---- nearly filled ----------------------------------------------------------------------------
 */

/* Row k keeps the first k of the question's open cells, in a random order, open; returns how many
 * there are, -1 where the answer is not known. */
static int fill(trying *x, size_t puzzle) {
    const hr_walk *w = &x->walk;
    const int seq = w->model->spec.seq, first = w->task->vocab - w->task->symbols;
    const int32_t *label = w->batch.labels;
    int open = 0;
    hr_rng_permutation(hr_rng_sub(x->rng, puzzle), x->order, (uint32_t)seq);
    for (int i = 0; i < seq; i++) {
        uint32_t t = x->order[i];
        if (label[t] < first) return -1; /* HR_IGNORE is negative */
        if (w->batch.inputs[t] >= first) continue;
        for (int k = 0; k < FILLED && k <= open; k++) w->batch.inputs[k * seq + (int)t] = label[t];
        open++;
    }
    return open;
}

hr_status hr_try_filled(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                        const hrm_inspect_options *o, hrm_inspection *out) {
    trying x = {.data = data, .options = o, .out = out, .rng = hr_rng_stream(o->seed, "filled")};
    if (!task->symbols || task->ops->candidates)
        return hr_fail_about(HR_ERR_UNSUPPORTED, "filled",
                             "filled: an open cell of this task is not known from its question");
    if (!(out->filled = HR_NEW(hrm_look_filled, FILLED))) return HR_ERR_MEM;
    hr_status status = open_trying(&x, model, task, pool, o->filled, FILLED);
    for (size_t p = 0; !status && p < x.walk.total; p++) {
        take_puzzle(&x, p);
        int open = fill(&x, p);
        hr_walk_start(&x.walk);
        if (open >= 0) status = walk_segments(&x);
        for (int k = 0; !status && k < FILLED && k <= open; k++) {
            out->filled[k].puzzles++;
            out->filled[k].exact += x.exact[k];
            out->filled[k].ever += x.ever[k];
        }
        if (!status) status = hr_walk_done(&x.walk, 1);
    }
    for (int k = 0; k < FILLED; k++) {
        out->filled[k].open = k;
        out->filled[k].exact /= (double)out->filled[k].puzzles; /* NaN of none */
        out->filled[k].ever /= (double)out->filled[k].puzzles;
    }
    close_trying(&x);
    return status;
}

/* ---- begun from elsewhere ---------------------------------------------------------------------
 */

/* Random states but for the first row's, which keeps those that the model begins with. */
static void scatter(trying *x, size_t puzzle) {
    hr_walk *w = &x->walk;
    const size_t numbers = hr_spec_state(&w->model->spec);
    for (int i = 0; i < w->model->recur.states; i++) {
        hr_rng rng = hr_rng_sub(hr_rng_sub(x->rng, puzzle), (uint64_t)i);
        for (size_t k = numbers; k < (size_t)w->rows * numbers; k++)
            w->now[i][k] = (hr_real)hr_rng_trunc_normal(rng, k);
    }
    hr_walk_push(w);
}

/* Rows from `first` on whose answer no earlier one of them gives. */
static int different(const trying *x, int first) {
    const size_t seq = (size_t)x->walk.model->spec.seq;
    int count = 0;
    for (int b = first; b < x->walk.rows; b++) {
        int a = first;
        while (a < b && memcmp(x->answer + (size_t)a * seq, x->answer + (size_t)b * seq, seq)) a++;
        count += a == b;
    }
    return count;
}

static void add_starts(const trying *x, hrm_look_starts *sum) {
    int right_ones = 0, answers = different(x, 1);
    for (int b = 1; b <= STARTS; b++) right_ones += x->exact[b];
    sum->puzzles++;
    sum->own += x->exact[0];
    sum->right += right_ones / (double)STARTS;
    sum->any += right_ones > 0;
    sum->answers += answers;
    if (right_ones == STARTS) sum->all++;
    if (x->exact[0]) return;
    sum->failed++;
    sum->answers_failed += answers;
    sum->rescued += right_ones > 0;
}

hr_status hr_try_starts(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                        const hrm_inspect_options *o, hrm_inspection *out) {
    trying x = {.data = data, .options = o, .out = out, .rng = hr_rng_stream(o->seed, "starts")};
    hrm_look_starts *sum = &out->starts;
    if (model->spec.symbols || model->spec.skip_padding)
        return hr_fail_about(HR_ERR_UNSUPPORTED, "starts", "starts: this model %s",
                             model->spec.symbols ? "begins every round with fresh states"
                                                 : "skips padding");
    hr_status status = open_trying(&x, model, task, pool, o->starts, STARTS + 1);
    for (size_t p = 0; !status && p < x.walk.total; p++) {
        take_puzzle(&x, p);
        if (known(&x)) {
            hr_walk_start(&x.walk);
            scatter(&x, p);
            status = walk_segments(&x);
            if (!status) add_starts(&x, sum);
        }
        if (!status) status = hr_walk_done(&x.walk, 1);
    }
    double *const of_all[] = {&sum->own, &sum->right, &sum->any, &sum->all, &sum->answers};
    for (size_t i = 0; i < sizeof of_all / sizeof *of_all; i++) *of_all[i] /= (double)sum->puzzles;
    sum->answers_failed /= (double)sum->failed; /* NaN of none */
    sum->rescued /= (double)sum->failed;
    close_trying(&x);
    return status;
}
