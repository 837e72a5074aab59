/* segments.c - the carry and its halting decisions. */
#include "train/segments.h"

#include "base/rng.h"

static void layout(hr_segments *g, hr_arena *arena) {
    size_t rows = (size_t)g->rows, seq = (size_t)g->model->spec.seq;
    size_t state = rows * hr_spec_state(&g->model->spec);
    for (int i = 0; i < g->model->recur.states; i++) g->z[i] = HR_TAKE(arena, hr_real, state);
    g->steps = HR_TAKE(arena, int32_t, rows);
    g->halted = HR_TAKE(arena, bool, rows);
    g->last = HR_TAKE(arena, bool, rows);
    g->batch.inputs = HR_TAKE(arena, int32_t, rows * seq);
    g->batch.labels = HR_TAKE(arena, int32_t, rows * seq);
    g->batch.ids = HR_TAKE(arena, int32_t, rows);
}

size_t hr_segments_bytes(const hr_model *model, int rows) {
    hr_segments g = {.model = (hr_model *)(uintptr_t)model, .rows = rows};
    hr_arena count = {0};
    layout(&g, &count);
    return count.used;
}

hr_status hr_segments_new(hr_model *model, int rows, const hr_objective *objective,
                          hr_segments **out) {
    *out = NULL;
    hr_segments *g = HR_NEW(hr_segments, 1);
    if (!g) return HR_ERR_MEM;
    *g = (hr_segments){
        .model = model, .objective = *objective, .rows = rows, .limit = model->spec.halt_max_steps};
    g->objective.q_continue = model->spec.arch == HR_ARCH_HRM;
    g->objective.global_batch = rows;
    hr_status status = hr_arena_open(&g->arena, hr_segments_bytes(model, rows));
    if (status) {
        hr_free(g);
        return status;
    }
    layout(g, &g->arena);
    g->batch.rows = rows;
    for (int b = 0; b < rows; b++) g->halted[b] = true;
    *out = g;
    return HR_OK;
}

void hr_segments_free(hr_segments *segments) {
    if (!segments) return;
    hr_arena_close(&segments->arena);
    hr_free(segments);
}

void hr_segments_replace(hr_segments *g) {
    size_t row = hr_spec_state(&g->model->spec);
    for (int b = 0; b < g->rows; b++) {
        if (!g->halted[b]) continue;
        g->steps[b] = 0;
        for (int i = 0; i < g->model->recur.states; i++)
            hr_model_initial(g->model, i, g->z[i] + (size_t)b * row, 1);
    }
}

void hr_segments_stagger(hr_segments *g) {
    for (int b = 0; b < g->rows; b++) g->steps[b] = b % g->limit;
}

void hr_segments_step(hr_segments *g, hr_exec *exec, const int32_t *min_steps, hr_real *grads,
                      hr_real *puzzle_grads, hr_row_report *reports, hr_real *logits) {
    const hr_spec *spec = &g->model->spec;
    for (int b = 0; b < g->rows; b++) g->last[b] = ++g->steps[b] >= g->limit;
    hr_exec_train(exec, &g->batch, &g->objective, g->last, g->z, grads, puzzle_grads, reports,
                  logits);
    for (int b = 0; b < g->rows; b++) {
        float against = spec->arch == HR_ARCH_HRM ? reports[b].q_continue : 0;
        bool sure = g->limit > 1 && reports[b].q_halt > against;
        g->halted[b] = (g->last[b] || sure) && (!min_steps || g->steps[b] >= min_steps[b]);
    }
}

void hr_segments_explore(const hr_segments *g, uint64_t seed, int64_t step, double explore,
                         int32_t *min_steps) {
    int most = g->limit;
    hr_rng rng = hr_rng_sub(hr_rng_stream(seed, "explore"), (uint64_t)step);
    for (int b = 0; b < g->rows; b++) {
        bool hold = most > 1 && hr_rng_uniform(rng, 2 * (uint64_t)b) < explore;
        uint64_t draw = hr_rng_below(rng, 2 * (uint64_t)b + 1, (uint64_t)(most > 1 ? most - 1 : 1));
        min_steps[b] = hold ? 2 + (int32_t)draw : 0;
    }
}
