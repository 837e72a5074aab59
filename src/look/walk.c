/* walk.c - see walk.h */
#include "look/walk.h"

#include <math.h>
#include <string.h>

#include "nn/engines.h"
#include "solve/search.h"

static void layout(void *owner, hr_arena *arena) {
    hr_walk *w = owner;
    const hr_spec *spec = &w->model->spec;
    size_t rows = (size_t)w->rows, cells = rows * (size_t)spec->seq;
    size_t outputs = (size_t)hr_spec_outputs(spec);
    w->batch.inputs = HR_TAKE(arena, int32_t, cells);
    w->batch.labels = HR_TAKE(arena, int32_t, cells);
    w->batch.ids = HR_TAKE(arena, int32_t, rows);
    if (spec->numbers) w->batch.numbers = HR_TAKE(arena, float, cells *(size_t)spec->numbers);
    w->question = HR_TAKE(arena, uint8_t, cells);
    w->tokens = HR_TAKE(arena, size_t, rows);
    w->scratch = HR_TAKE(arena, int32_t, (size_t)spec->seq);
    w->logits = HR_TAKE(arena, hr_real, cells * outputs);
    for (int i = 0; i < w->model->recur.states; i++)
        w->now[i] = HR_TAKE(arena, hr_real, rows * hr_spec_state(spec));
    if (w->engine)
        w->probe.logits = HR_TAKE(
            arena, hr_real, (size_t)hr_pool_threads(w->engine->pool) * (size_t)spec->seq * outputs);
}

int hr_walk_rows(const hr_model *model) {
    enum { STATE_BYTES = 32 << 20, MOST = 64 };
    size_t row = 3 * hr_engines[0]->carry_bytes(model, 1) +
                 (size_t)model->spec.seq * (size_t)hr_spec_outputs(&model->spec) * sizeof(hr_real);
    size_t rows = STATE_BYTES / row;
    return rows < 1 ? 1 : rows > MOST ? MOST : (int)rows;
}

static void told(void *user, const hr_probed *p) {
    hr_walk *w = user;
    w->tokens[p->row] = p->tokens;
    if (w->told) w->told(w->user, p);
    memcpy(w->now[p->state] + (size_t)p->row * hr_spec_state(&w->model->spec), p->numbers,
           hr_walk_numbers(w, p->row) * sizeof(hr_real));
}

hr_status hr_walk_open(hr_walk *w, hr_model *model, const hr_task *task, hr_pool *pool, int rows) {
    hr_round_rule rule = hr_search_defaults().rule;
    *w = (hr_walk){.model = model, .task = task, .rows = rows, .limit = hr_round_limit(&rule)};
    hr_status status = hr_engine_new(hr_engines[0], model, pool, &(hr_engine_size){.micro = rows},
                                     NULL, &w->engine);
    if (!status) status = hr_carry_new(w->engine, rows, &w->carry);
    if (!status) status = hr_arena_fill(&w->arena, layout, w);
    w->probe.told = told;
    w->probe.user = w;
    if (!status) w->engine->probe = &w->probe;
    return status;
}

void hr_walk_close(hr_walk *w) {
    hr_arena_close(&w->arena);
    hr_carry_free(w->carry);
    hr_engine_free(w->engine);
    *w = (hr_walk){0};
}

static void fresh_states(hr_walk *w) {
    const hr_engine_ops *ops = w->engine->ops;
    size_t count = (size_t)w->batch.rows * hr_spec_state(&w->model->spec);
    ops->reset(w->carry, NULL, w->batch.rows);
    for (int i = 0; i < w->model->recur.states; i++) {
        const hr_real *state = ops->pull(w->engine, w->carry, HR_HELD_STATE_H + i);
        if (state) memcpy(w->now[i], state, count * sizeof *state);
    }
}

void hr_walk_start(hr_walk *w) {
    const hr_spec *spec = &w->model->spec;
    size_t seq = (size_t)spec->seq;
    for (size_t i = 0; i < (size_t)w->batch.rows * seq; i++)
        w->question[i] = (uint8_t)w->batch.inputs[i];
    for (size_t b = 0; spec->symbols && b < (size_t)w->batch.rows; b++) {
        memcpy(w->scratch, w->batch.inputs + b * seq, seq * sizeof *w->scratch);
        hr_round_start(spec, w->task, w->scratch, w->batch.inputs + b * seq);
    }
    fresh_states(w);
}

/* What the last round was sure of falls. */
int32_t hr_walk_left(const hr_walk *w, size_t cell) {
    int32_t set = w->batch.inputs[cell];
    const size_t symbols = (size_t)w->model->spec.symbols;
    for (size_t s = 0; s < symbols && !(set & HR_GIVEN); s++)
        if ((double)w->logits[cell * 2 * symbols + s] < w->limit) set &= ~((int32_t)1 << s);
    return set;
}

void hr_walk_push(hr_walk *w) {
    for (int i = 0; i < w->model->recur.states; i++)
        w->engine->ops->push(w->engine, w->carry, HR_HELD_STATE_H + i, w->now[i]);
}

static void told_head(void *user, const hr_probed_head *head) {
    hr_walk *w = user;
    w->head(w->user, head);
}

void hr_walk_tell(hr_walk *w, const hrm_inspect_options *o, size_t total) {
    w->progress = o->progress;
    w->reader = o->user;
    w->done = 0;
    w->total = total;
}

static bool go_on(void *walk) {
    const hr_walk *w = walk;
    return !w->progress || w->progress(w->reader, w->done, w->total);
}

hr_status hr_walk_done(hr_walk *w, size_t puzzles) {
    w->done += puzzles;
    return go_on(w) ? HR_OK : hr_fail(HR_ERR_STOPPED, "stopped");
}

hr_status hr_walk_segment(hr_walk *w, bool first) {
    hr_watch watch = {.go = go_on, .user = w};
    bool rounds = w->model->spec.symbols && !first;
    for (size_t i = 0; rounds && i < (size_t)w->batch.rows * (size_t)w->model->spec.seq; i++)
        w->batch.inputs[i] = hr_walk_left(w, i);
    if (rounds) fresh_states(w);
    w->probe.head = w->head ? told_head : NULL;
    hr_watch_begin(&watch);
    w->engine->watch = w->progress ? &watch : NULL;
    w->engine->ops->forward(w->engine, &w->batch, w->carry, w->logits, NULL);
    w->engine->watch = NULL;
    return atomic_load(&watch.stopped) ? hr_fail(HR_ERR_STOPPED, "stopped") : HR_OK;
}

/* The likeliest of n; allowed: a set of those that may be said, 0: all. */
static int read_cell(const hr_real *x, int n, uint32_t allowed, double *entropy) {
    int best = -1;
    double top = -INFINITY, sum = 0, weighted = 0;
    for (int k = 0; k < n; k++) {
        if ((double)x[k] > top) top = (double)x[k];
        if (allowed && !(allowed >> k & 1)) continue;
        if (best < 0 || x[k] > x[best]) best = k;
    }
    for (int k = 0; k < n; k++) {
        double off = (double)x[k] - top, e = (double)expf((float)off);
        sum += e;
        weighted += e * off;
    }
    *entropy += log(sum) - weighted / sum;
    return best;
}

void hr_walk_read(const hr_walk *w, int row, const hr_real *logits, uint8_t *answer,
                  double *entropy) {
    const hr_spec *spec = &w->model->spec;
    int symbols = spec->symbols, first = symbols ? spec->vocab - symbols : 0;
    double sum = 0;
    for (int t = 0; t < spec->seq; t++) {
        const hr_real *x = logits + (size_t)t * (size_t)hr_spec_outputs(spec) + symbols;
        int32_t set = w->batch.inputs[(size_t)row * (size_t)spec->seq + (size_t)t];
        uint32_t allowed = symbols ? (uint32_t)set & ~(uint32_t)HR_GIVEN : 0;
        answer[t] = (uint8_t)(first + read_cell(x, symbols ? symbols : spec->vocab, allowed, &sum));
    }
    *entropy += sum / spec->seq;
}

size_t hr_walk_numbers(const hr_walk *w, int row) {
    const hr_spec *spec = &w->model->spec;
    return (size_t)hr_spec_channels(spec) * w->tokens[row] * (size_t)spec->hidden;
}

const hr_real *hr_walk_cells(const hr_walk *w, int state, int row, size_t channel, size_t *count) {
    const hr_spec *spec = &w->model->spec;
    size_t prefix = (size_t)hr_spec_prefix(spec);
    *count = w->tokens[row] - prefix;
    return w->now[state] + (size_t)row * hr_spec_state(spec) +
           (channel * w->tokens[row] + prefix) * (size_t)spec->hidden;
}
