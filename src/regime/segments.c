/* segments.c - the carry and its halting decisions. */
#include "regime/segments.h"

#include <math.h>

#include "base/rng.h"

static const hr_key keys[] = {
    HR_KEY(hr_segments_keys, REAL, halt_exploration, "0.1", 0, 1,
           "share of rows that may not halt at once"),
    HR_KEY(hr_segments_keys, BOOL, stagger, "false", 0, 1,
           "rows begin at different segments, so that fresh puzzles enter each step"),
    HR_KEY(hr_segments_keys, REAL, q_weight, "0.5", 0, 1e6, "weight of the halting losses"),
};

static void objective(const void *values, hr_objective *out) {
    const hr_segments_keys *k = values;
    out->q_weight = k->q_weight;
}

static void take(void *self, const hr_step_rows *r, hr_arena *arena) {
    hr_segments *g = self;
    g->steps = HR_TAKE(arena, int32_t, (size_t)r->count);
    g->min_steps = HR_TAKE(arena, int32_t, (size_t)r->count);
    g->halted = HR_TAKE(arena, bool, (size_t)r->count);
}

static void begin(void *self, const hr_step_rows *r, const void *values, bool views) {
    hr_segments *g = self;
    (void)views;
    if (values) g->keys = *(const hr_segments_keys *)values;
    g->limit = r->model->spec.halt_max_steps;
    for (int b = 0; b < r->count; b++) g->halted[b] = true;
}

/* With several segments a puzzle has fewer of them. */
static bool resize(void *self, const hr_step_rows *r, double size) {
    hr_segments *g = self;
    int most = r->model->spec.halt_max_steps;
    if (most > 1) g->limit = (int)ceil(size * most);
    return most > 1;
}

static void explore(hr_segments *g, int rows, const hr_step_how *how) {
    int most = g->limit;
    hr_rng rng = hr_rng_sub(hr_rng_stream(how->seed, "explore"), (uint64_t)how->step);
    for (int b = 0; b < rows; b++) {
        bool hold = most > 1 && hr_rng_uniform(rng, 2 * (uint64_t)b) < g->keys.halt_exploration;
        uint64_t draw = hr_rng_below(rng, 2 * (uint64_t)b + 1, (uint64_t)(most > 1 ? most - 1 : 1));
        g->min_steps[b] = hold ? 2 + (int32_t)draw : 0;
    }
}

static void draw(void *self, hr_step_rows *r, const hr_step_how *how) {
    hr_segments *g = self;
    if (how->sampler) {
        how->sampler->part = how->size;
        hr_sampler_next(how->sampler, g->halted, &r->batch);
    }
    hr_regime_reset(r, g->halted);
    for (int b = 0; b < r->count; b++)
        if (g->halted[b]) g->steps[b] = 0;
    if (g->keys.stagger && !how->step)
        for (int b = 0; b < r->count; b++) g->steps[b] = b % g->limit;
    explore(g, r->count, how);
    for (int b = 0; b < r->count; b++) r->last[b] = ++g->steps[b] >= g->limit;
}

static void judge(void *self, const hr_step_rows *r, const hr_step_how *how,
                  hr_regime_count *count) {
    hr_segments *g = self;
    bool hrm = r->model->spec.arch == HR_ARCH_HRM;
    (void)how;
    for (int b = 0; b < r->count; b++) {
        const hr_row_report *x = &r->reports[b];
        bool sure = g->limit > 1 && x->q_halt > (hrm ? x->q_continue : 0);
        g->halted[b] = (r->last[b] || sure) && g->steps[b] >= g->min_steps[b];
        if (!g->halted[b] || !x->labelled) continue;
        count->finished++;
        count->exact += x->exact;
        count->segments += g->steps[b];
        count->cells += (double)x->correct / x->labelled;
    }
    count->scored = count->finished;
}

static int arrays(void *self, hr_step_rows *r, hr_regime_array *out) {
    hr_segments *g = self;
    const hr_spec *spec = &r->model->spec;
    size_t rows = (size_t)r->count, cells = rows * (size_t)spec->seq;
    size_t carry = rows * hr_spec_state(spec);
    int n = 0;
    out[n++] = (hr_regime_array){"carry.z_H", HR_F32, NULL, carry, HR_HELD_STATE_H};
    if (r->model->recur.states > 1)
        out[n++] = (hr_regime_array){"carry.z_L", HR_F32, NULL, carry, HR_HELD_STATE_L};
    out[n++] = (hr_regime_array){"carry.steps", HR_I32, g->steps, .count = rows};
    out[n++] = (hr_regime_array){"carry.halted", HR_BOOL, g->halted, .count = rows};
    out[n++] = (hr_regime_array){"batch.inputs", HR_I32, r->batch.inputs, .count = cells};
    out[n++] = (hr_regime_array){"batch.labels", HR_I32, r->batch.labels, .count = cells};
    out[n++] = (hr_regime_array){"batch.ids", HR_I32, r->batch.ids, .count = rows};
    if (spec->numbers)
        out[n++] = (hr_regime_array){"batch.numbers", HR_F32, r->batch.numbers,
                                     .count = cells * (size_t)spec->numbers};
    return n;
}

/* Values that index memory later, and numbers that would spoil all others. */
static bool sound(const void *self, const hr_step_rows *r) {
    const hr_segments *g = self;
    const hr_spec *spec = &r->model->spec;
    bool good = true;
    for (size_t i = 0; i < (size_t)r->count * (size_t)spec->seq; i++) {
        int32_t in = r->batch.inputs[i], label = r->batch.labels[i];
        good &= in >= 0 && in < spec->vocab;
        good &= label == HR_IGNORE || (label >= 0 && label < spec->vocab);
    }
    size_t numbers = (size_t)r->count * (size_t)spec->seq * (size_t)spec->numbers;
    for (size_t i = 0; i < numbers; i++) good &= isfinite(r->batch.numbers[i]) != 0;
    for (int b = 0; b < r->count; b++) {
        good &= r->batch.ids[b] >= 0 && r->batch.ids[b] < spec->puzzles;
        good &= g->steps[b] >= 0 && g->steps[b] <= spec->halt_max_steps;
    }
    return good;
}

const hr_regime hr_regime_segments = {
    .name = "segments",
    .halting = true,
    .keys = keys,
    .key_count = sizeof keys / sizeof *keys,
    .objective = objective,
    .take = take,
    .begin = begin,
    .resize = resize,
    .draw = draw,
    .judge = judge,
    .arrays = arrays,
    .sound = sound,
};
_Static_assert(sizeof(hr_segments) <= HR_REGIME_BYTES, "more than its place");
_Static_assert(sizeof(hr_segments_keys) <= HR_REGIME_KEYS, "more than their place");
