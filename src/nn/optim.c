/* optim.c - optimiser steps over the dense block, threaded in fixed chunks. */
#include "nn/optim.h"

#include <math.h>
#include <string.h>

#include "base/comm.h"
#include "nn/muon.h"

enum { CHUNK = 1 << 15 }; /* elements one task updates */

static void layout(void *owner, hr_arena *arena) {
    hr_optim *o = owner;
    size_t n = o->model->table.dense;
    o->m = HR_TAKE(arena, hr_real, n);
    o->v = HR_TAKE(arena, hr_real, n);
    o->average = o->config.ema > 0 ? HR_TAKE(arena, hr_real, n) : NULL;
    o->muon_stride = o->config.muon ? hr_muon_scratch(o->model) : 0;
    o->muon = o->config.muon ? HR_TAKE(arena, hr_real, o->muon_stride * (size_t)o->threads) : NULL;
}

size_t hr_optim_bytes(const hr_model *model, const hr_optim_config *config, int threads) {
    hr_optim o = {.config = *config, .model = (hr_model *)(uintptr_t)model, .threads = threads};
    return hr_arena_count(layout, &o);
}

hr_status hr_optim_new(hr_model *model, hr_pool *pool, const hr_optim_config *config,
                       hr_optim **out) {
    *out = NULL;
    hr_optim *o = HR_NEW(hr_optim, 1);
    if (!o) return HR_ERR_MEM;
    *o = (hr_optim){
        .config = *config, .model = model, .pool = pool, .threads = hr_pool_threads(pool)};
    hr_status status = hr_arena_fill(&o->arena, layout, o);
    if (status) {
        hr_optim_free(o);
        return status;
    }
    if (o->average) memcpy(o->average, model->params, model->table.dense * sizeof *o->average);
    *out = o;
    return HR_OK;
}

void hr_optim_free(hr_optim *optim) {
    if (!optim) return;
    hr_arena_close(&optim->arena);
    hr_free(optim);
}

enum { NORM_PARTS = 256, NORM_LANES = 16 }; /* of the norm; and those that one task sums in step */

typedef struct norm_job {
    const hr_real *grads;
    size_t count;
    double sums[NORM_PARTS];
} norm_job;

/* Parts of equal length, each summed in order; several at once, since every addition waits for the
 * one before it. */
static void norm_task(void *context, int task, int worker) {
    norm_job *j = context;
    (void)worker;
    size_t part = (j->count + NORM_PARTS - 1) / NORM_PARTS, first = (size_t)task * NORM_LANES;
    double sum[NORM_LANES] = {0};
    size_t whole = (first + NORM_LANES) * part <= j->count ? part : 0; /* numbers that all have */
    const hr_real *g = j->grads + first * part;
    for (size_t i = 0; i < whole; i++)
        for (size_t l = 0; l < NORM_LANES; l++)
            sum[l] += (double)g[l * part + i] * (double)g[l * part + i];
    for (size_t l = 0; !whole && l < NORM_LANES; l++)
        for (size_t i = (first + l) * part; i < j->count && i < (first + l + 1) * part; i++)
            sum[l] += (double)j->grads[i] * (double)j->grads[i];
    memcpy(j->sums + first, sum, sizeof sum);
}

/* Euclidean norm, summed in one fixed order whatever the number of threads. */
static double grad_norm(const hr_real *grads, size_t count, hr_pool *pool) {
    norm_job j = {.grads = grads, .count = count};
    hr_pool_run(pool, NORM_PARTS / NORM_LANES, norm_task, &j);
    double sum = 0;
    for (int i = 0; i < NORM_PARTS; i++) sum += j.sums[i];
    return sqrt(sum);
}

typedef struct step_job {
    hr_optim *o;
    hr_real *grads;
    hr_adam adam;
    double muon_lr;
    hr_real scale;      /* of the gradients, from clipping */
    double ema;         /* the average's rate at this step */
    int matrices;       /* tasks before the chunks: one for each Muon matrix */
    bool dealt;         /* they are applied afterwards */
    size_t first, last; /* where those that are made orthogonal here begin */
} step_job;

static bool by_muon(const hr_optim_config *config, const hr_param *p) {
    return config->muon && p->role == HR_ROLE_LINEAR;
}

/* Adam over [from, to), leaving out what Muon updates. */
static void adam_range(const step_job *j, size_t from, size_t to) {
    hr_optim *o = j->o;
    const hr_kern *k = o->model->kern;
    hr_real *p = o->model->params;
    void (*update)(hr_real *, hr_real *, hr_real *, const hr_real *, size_t, const hr_adam *) =
        o->config.kind == HR_OPTIM_ADAM_ATAN2 ? k->adam_atan2 : k->adamw;
    for (int i = 0; i < o->model->table.count; i++) {
        const hr_param *q = &o->model->table.param[i];
        if (q->kind != HR_PARAM_DENSE || by_muon(&o->config, q)) continue;
        size_t a = q->offset > from ? q->offset : from;
        size_t b = q->offset + q->count < to ? q->offset + q->count : to;
        if (a < b) update(p + a, o->m + a, o->v + a, j->grads + a, b - a, &j->adam);
    }
}

/* The matrix of that number among Muon's. */
static const hr_param *matrix(const hr_optim *o, int index) {
    const hr_param *p = o->model->table.param;
    while (!by_muon(&o->config, p) || index--) p++;
    return p;
}

static hr_muon muon_of(const step_job *j, const hr_param *p) {
    const hr_optim *o = j->o;
    return (hr_muon){.p = o->model->params + p->offset,
                     .momentum = o->m + p->offset,
                     .squares = o->config.muon_rows ? o->v + p->offset : NULL,
                     .grad = j->grads + p->offset,
                     .lr = j->muon_lr,
                     .mu = o->config.muon_momentum,
                     .beta2 = o->config.muon_beta2,
                     .weight_decay = o->config.muon_weight_decay};
}

static void muon_task(const step_job *j, int index, int worker) {
    const hr_optim *o = j->o;
    const hr_param *p = matrix(o, index);
    const hr_muon m = muon_of(j, p);
    hr_muon_momentum(p, &m);
    if (p->offset >= j->first && p->offset < j->last)
        hr_muon_orthogonal(o->model->kern, p, &m, o->muon + o->muon_stride * (size_t)worker);
    if (!j->dealt) hr_muon_apply(p, &m);
}

static void step_task(void *context, int task, int worker) {
    const step_job *j = context;
    if (task < j->matrices) {
        muon_task(j, task, worker);
        return;
    }
    size_t n = j->o->model->table.dense, from = (size_t)(task - j->matrices) * CHUNK;
    adam_range(j, from, from + CHUNK < n ? from + CHUNK : n);
}

static void apply_task(void *context, int task, int worker) {
    const step_job *j = context;
    const hr_param *p = matrix(j->o, task);
    const hr_muon m = muon_of(j, p);
    (void)worker;
    hr_muon_apply(p, &m);
}

void hr_optim_deal(const hr_model *model, const hr_optim_config *config, int parts, size_t *at) {
    const hr_param *p = model->table.param, *end = p + model->table.count;
    double all = 0, before = 0;
    int part = 0;
    for (const hr_param *q = p; q < end; q++) all += by_muon(config, q) ? hr_muon_work(q) : 0;
    at[0] = at[parts] = 0;
    for (; p < end; p++) {
        if (!by_muon(config, p)) continue;
        double work = hr_muon_work(p);
        int whose = (int)((before + work / 2) / all * parts);
        if (!before) at[0] = p->offset;
        for (; part < whose && part < parts - 1; part++) at[part + 1] = p->offset;
        before += work;
        at[parts] = p->offset + p->count;
    }
    for (; part < parts - 1; part++) at[part + 1] = at[parts];
}

static void update(step_job *j, const hr_dealt *dealt) {
    hr_optim *o = j->o;
    size_t n = o->model->table.dense, at[HR_RANKS + 1] = {0};
    int chunks = (int)((n + CHUNK - 1) / CHUNK);
    for (int i = 0; i < o->model->table.count; i++)
        j->matrices += by_muon(&o->config, &o->model->table.param[i]);
    j->dealt = dealt && j->matrices;
    j->last = n;
    if (j->dealt) {
        hr_optim_deal(o->model, &o->config, dealt->parts, at);
        j->first = at[dealt->part];
        j->last = at[dealt->part + 1];
    }
    hr_pool_run(o->pool, j->matrices + chunks, step_task, j);
    if (!j->dealt) return;
    dealt->gather(dealt->user, j->grads, at);
    hr_pool_run(o->pool, j->matrices, apply_task, j);
}

/* Scales the gradients before the step. */
static void scale_task(void *context, int task, int worker) {
    const step_job *j = context;
    (void)worker;
    size_t n = j->o->model->table.dense, from = (size_t)task * CHUNK;
    for (size_t i = from; i < n && i < from + CHUNK; i++) j->grads[i] *= j->scale;
}

static void ema_task(void *context, int task, int worker) {
    const step_job *j = context;
    (void)worker;
    hr_optim *o = j->o;
    size_t n = o->model->table.dense, from = (size_t)task * CHUNK;
    size_t count = n - from < CHUNK ? n - from : CHUNK;
    o->model->kern->ema(o->average + from, o->model->params + from, count, j->ema);
}

double hr_optim_step(hr_optim *o, int64_t t, hr_real *grads, double lr, double muon_lr,
                     const hr_dealt *dealt) {
    const hr_optim_config *c = &o->config;
    size_t n = o->model->table.dense;
    int chunks = (int)((n + CHUNK - 1) / CHUNK);
    double norm = grad_norm(grads, n, o->pool);
    if (!isfinite(norm)) return norm;
    step_job j = {.o = o, .grads = grads, .muon_lr = muon_lr, .ema = c->ema};
    /* without a rising rate the weights of the first steps count for 1 / (1 - ema) steps on */
    if (c->ema_warmup) j.ema = fmin(c->ema, (double)(1 + t) / (double)(10 + t));
    if (c->clip > 0 && norm > c->clip) {
        j.scale = (hr_real)(c->clip / norm);
        hr_pool_run(o->pool, chunks, scale_task, &j);
    }
    j.adam = (hr_adam){
        .lr = (hr_real)lr,
        .beta1 = (hr_real)c->beta1,
        .beta2 = (hr_real)c->beta2,
        .eps = (hr_real)c->eps,
        .decay = (hr_real)(lr * c->weight_decay),
        .correct1 = (hr_real)(1 - pow(c->beta1, (double)t)),
        .correct2 = (hr_real)(1 - pow(c->beta2, (double)t)),
    };
    update(&j, dealt);
    if (o->average) hr_pool_run(o->pool, chunks, ema_task, &j);
    return norm;
}

void hr_puzzle_step(hr_model *model, const int32_t *ids, int rows, hr_real *grads, int *first,
                    double lr, double weight_decay) {
    const hr_param *p = hr_param_find(&model->table, "model.inner.puzzle_emb.weights");
    if (!p) return;
    for (int b = 0; b < rows; b++) { /* each row's sum gathers in the first row that has it */
        first[b] = b;
        for (int a = 0; a < b && first[b] == b; a++)
            if (hr_puzzle_row(&model->spec, ids[a]) == hr_puzzle_row(&model->spec, ids[b]))
                first[b] = a;
        if (first[b] == b) continue;
        hr_real *sum = grads + (size_t)first[b] * p->cols;
        model->kern->add(sum, sum, grads + (size_t)b * p->cols, p->cols);
    }
    const hr_real keep = (hr_real)(1 - lr * weight_decay), step = (hr_real)lr;
    for (int b = 0; b < rows; b++) {
        if (first[b] != b) continue;
        hr_real *w = model->params + p->offset + hr_puzzle_row(&model->spec, ids[b]) * p->cols;
        const hr_real *g = grads + (size_t)b * p->cols;
        for (size_t i = 0; i < p->cols; i++)
            w[i] = w[i] * keep - (g[i] > 0 ? step : g[i] < 0 ? -step : 0);
    }
}

double hr_schedule_wave(double base, double progress, double min_ratio, bool line) {
    double wave = line ? 1 - progress : 0.5 * (1 + cos(3.14159265358979323846 * progress));
    double ratio = min_ratio + (1 - min_ratio) * wave;
    return base * (ratio > 0 ? ratio : 0);
}

double hr_schedule(double base, int64_t step, int64_t warmup, int64_t total, double min_ratio) {
    if (step < warmup) return base * (double)step / (double)(warmup > 1 ? warmup : 1);
    double span = (double)(total - warmup > 1 ? total - warmup : 1);
    return hr_schedule_wave(base, (double)(step - warmup) / span, min_ratio, false);
}
