/* bench_models.c - training steps and inference of the published models and of a looped net. */
#include "check/bench_models.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "model/recipe_spec.h"
#include "nn/engine_ranks.h"
#include "nn/engines.h"
#include "regime/segments.h"
#include "regime/step.h"

enum { INFER_BATCH = 64 };

#define TRM "arch=trm", "l_layers=2", "h_cycles=3", "l_cycles=6", "puzzle_emb_len=16", "ema=0.999"

/* The published Sudoku settings; a net on candidates with 4 blocks in 16 loops, each of them
 * scored; and HRM on grids of 30 x 30, the size of mazes and ARC-AGI. */
static const struct config {
    const char *name;
    int batch, side;
    const char *settings[8]; /* of a recipe, whose defaults are HRM's */
} configs[] = {
    {"hrm-27m", 384, 9, {NULL}},
    {"trm-7m", 768, 9, {TRM}},
    {"trm-mlp-5m", 768, 9, {TRM, "mix=token_mlp", "pos=none"}},
    {"lattice-128",
     512,
     9,
     {"arch=loop", "regime=lattice", "pos=grid", "hidden=128", "heads=4", "l_cycles=16",
      "halt_max_steps=1"}},
    {"hrm-27m-900", 32, 30, {NULL}},
};
enum { CONFIGS = sizeof configs / sizeof *configs };

typedef struct session {
    hr_bencher *b;
    hr_recipe recipe;
    hr_model *model;
    int rows;
    hr_learner *learner; /* training */
    hr_engine *engine;   /* inference, with the rest: */
    hr_carry *carry;
    hr_batch batch;
    hr_real *logits, *q;
    hr_arena arena;
} session;

static void close_session(session *s) {
    hr_arena_close(&s->arena);
    hr_learner_free(s->learner);
    hr_carry_free(s->carry);
    hr_engine_free(s->engine);
    hr_model_free(s->model);
}

static hr_status open_model(session *s, const struct config *c, bool train) {
    const hr_task task = {.seq = c->side * c->side, .cols = c->side, .vocab = 11, .symbols = 9};
    hr_status status = HR_OK;
    hr_recipe_defaults(&s->recipe);
    for (int i = 0; !status && i < 8 && c->settings[i]; i++)
        status = hr_recipe_set(&s->recipe, c->settings[i], c->name);
    hr_spec spec = hr_recipe_spec(&s->recipe, &task, 1);
    if (!status) status = hr_model_new(&spec, s->b->kern, train, &s->model);
    if (status) return status;
    hr_model_init(s->model, 0);
    hr_model_pack(s->model, s->b->pool);
    return HR_OK;
}

static void fill_batch(const hr_spec *spec, hr_batch *batch) {
    hr_rng rng = hr_rng_stream(4, "bench");
    for (size_t i = 0; i < (size_t)batch->rows * (size_t)spec->seq; i++) {
        int32_t token = (int32_t)hr_rng_below(rng, 2 * i, 10);
        int32_t label = (int32_t)hr_rng_below(rng, 2 * i + 1, 9);
        batch->inputs[i] = spec->symbols ? 1 << label | 1 << token % 9 : 1 + token;
        batch->labels[i] = spec->symbols ? label : 2 + label;
    }
}

static hr_status open_training(session *s, const struct config *c) {
    hr_status status = open_model(s, c, true);
    if (status) return status;
    hr_optim_config optim = hr_recipe_optim(&s->recipe);
    const hr_learner_config config = {
        .regime = &hr_regime_segments,
        .objective = hr_recipe_objective(&s->recipe),
        .optim = &optim,
        .size = hr_engines[0]->plan(s->model, s->rows, HR_ENGINE_SHARDS, (size_t)2 << 30, NULL),
    };
    status = hr_learner_new(s->model, s->b->pool, &config, &s->learner);
    if (!status) fill_batch(&s->model->spec, &s->learner->rows.batch);
    return status;
}

static void take_inference(void *owner, hr_arena *arena) {
    session *s = owner;
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->rows, cells = rows * (size_t)spec->seq;
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->logits = HR_TAKE(arena, hr_real, cells * (size_t)hr_spec_outputs(spec));
    s->batch = (hr_batch){.rows = s->rows};
    s->batch.inputs = HR_TAKE(arena, int32_t, cells);
    s->batch.labels = HR_TAKE(arena, int32_t, cells);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
}

static hr_status open_inference(session *s, const struct config *c) {
    hr_status status = open_model(s, c, false);
    if (!status)
        status = hr_engine_new(hr_engines[0], s->model, s->b->pool,
                               &(hr_engine_size){.micro = s->rows}, NULL, &s->engine);
    if (!status) status = hr_carry_new(s->engine, s->rows, &s->carry);
    if (!status) status = hr_arena_fill(&s->arena, take_inference, s);
    if (!status) fill_batch(&s->model->spec, &s->batch);
    return status;
}

static const hr_step_how how = {.size = 1, .lr = 1e-7, .puzzle_lr = 1e-7, .puzzle_decay = 1};

static void run_update(void *context) {
    session *s = context;
    hr_step_report report = {0};
    hr_step_update(s->learner, &how, &report);
}

static void run_train_step(void *context) {
    session *s = context;
    hr_step_report report;
    hr_step(s->learner, &how, &report);
}

static void run_inference(void *context) {
    session *s = context;
    s->engine->ops->reset(s->carry, NULL, s->rows);
    for (int i = 0; i < s->model->spec.halt_max_steps; i++)
        s->engine->ops->forward(s->engine, &s->batch, s->carry, s->logits, s->q);
}

/* A step, and what of it is the optimiser's, in seconds. */
static void measure_step(session *s, const struct config *c, double *step, double *update) {
    char name[64];
    double flops =
        hr_model_flops(&s->model->spec, true, s->model->spec.arch == HR_ARCH_HRM) * s->rows;
    snprintf(name, sizeof name, "train %s, batch %d", c->name, s->rows);
    *step = hr_bench_measure(
        s->b, name, run_train_step, s,
        (hrm_bench_result){.tflops = flops,
                           .puzzles_per_second = s->rows,
                           .tokens_per_second = s->rows * hr_spec_tokens(&s->model->spec)});
    snprintf(name, sizeof name, "update %s", c->name);
    *update = hr_bench_measure(s->b, name, run_update, s, (hrm_bench_result){0});
}

static hr_status train(hr_bencher *b, const struct config *c) {
    session s = {.b = b, .rows = b->options->batch ? b->options->batch : c->batch};
    double step, update;
    hr_status status = open_training(&s, c);
    if (!status) measure_step(&s, c, &step, &update);
    close_session(&s);
    return status;
}

/* Nodes whose processors work as those here, so many of them, and that exchange gradients between
 * two steps over a link of so many Gb/s, each at once with all others. */
typedef struct cluster {
    int nodes, cores;
    double link;
} cluster;

/* Of a step, in seconds; 0: the batch has too few shards. The rank that has most to do counts. */
static double reckon(const session *s, const cluster *x, double step, double update) {
    const hr_optim_config optim = hr_recipe_optim(&s->recipe);
    hr_engine_size size = hr_engines[0]->plan(
        s->model, s->rows, x->nodes > HR_ENGINE_SHARDS ? x->nodes : HR_ENGINE_SHARDS, SIZE_MAX,
        NULL);
    double here = hr_pool_threads(s->b->pool), most = 0;
    if (size.shards < x->nodes) return 0;
    for (int r = 0; r < x->nodes; r++) {
        const hr_comm rank = {.rank = r, .size = x->nodes};
        double rows = hr_ranks_part(&rank, &size).rows,
               sent = (double)hr_ranks_sent(&rank, s->model, &size, &optim),
               work = ((step - update) * rows / s->rows + update) * here / x->cores,
               all = work + sent * 8 / (x->link * 1e9);
        if (all > most) most = all;
    }
    return most;
}

static hr_status scale(hr_bencher *b, const struct config *c) {
    static const int nodes[] = {2, 8, 64};
    static const double links[] = {1, 10, 100};
    session s = {.b = b, .rows = b->options->batch ? b->options->batch : c->batch};
    const int cores[] = {hr_pool_threads(b->pool), 16};
    double step = 0, update = 0;
    hr_status status = open_training(&s, c);
    if (!status) measure_step(&s, c, &step, &update);
    for (int i = 0; !status && i < 2 * 3 * 3 && !b->stopped; i++) {
        const cluster x = {nodes[i / 3 % 3], cores[i / 9], links[i % 3]};
        double seconds = reckon(&s, &x, step, update), alone = step * cores[0] / x.cores;
        char name[96];
        if (seconds <= 0) continue;
        snprintf(name, sizeof name, "%d nodes of %d, %g Gb/s: %.1f times", x.nodes, x.cores, x.link,
                 alone / seconds);
        const hrm_bench_result r = {
            .name = name, .seconds = seconds, .puzzles_per_second = s.rows / seconds};
        b->stopped = !b->options->callback(b->options->user, &r);
    }
    close_session(&s);
    return status;
}

/* Measures one puzzle alone, then a batch. */
static hr_status infer(hr_bencher *b, const struct config *c) {
    for (int pass = 0; pass < 2; pass++) {
        int rows = pass == 0 ? 1 : b->options->batch ? b->options->batch : INFER_BATCH;
        session s = {.b = b, .rows = rows};
        hr_status status = open_inference(&s, c);
        if (!status) {
            char name[64];
            int segments = s.model->spec.halt_max_steps;
            double flops = hr_model_flops(&s.model->spec, false, false) * rows * segments;
            snprintf(name, sizeof name, "infer %s, %d puzzle%s, %d segment%s", c->name, rows,
                     rows > 1 ? "s" : "", segments, segments > 1 ? "s" : "");
            hr_bench_measure(
                b, name, run_inference, &s,
                (hrm_bench_result){.tflops = flops,
                                   .puzzles_per_second = rows,
                                   .tokens_per_second =
                                       (double)rows * segments * hr_spec_tokens(&s.model->spec)});
        }
        close_session(&s);
        if (status) return status;
    }
    return HR_OK;
}

static hr_status each_config(hr_bencher *b,
                             hr_status (*work)(hr_bencher *, const struct config *)) {
    const char *name = b->options->config;
    bool found = false;
    for (int i = 0; i < CONFIGS; i++) {
        if (name && strcmp(name, configs[i].name)) continue;
        found = true;
        hr_status status = work(b, &configs[i]);
        if (status) return status;
    }
    if (found) return HR_OK;
    return hr_fail(HR_ERR_ARG,
                   "config: \"%.40s\" is not one of hrm-27m, trm-7m, "
                   "trm-mlp-5m, lattice-128, hrm-27m-900",
                   name);
}

hr_status hr_bench_train(hr_bencher *bench) {
    return each_config(bench, train);
}

hr_status hr_bench_ranks(hr_bencher *bench) {
    return each_config(bench, scale);
}

hr_status hr_bench_infer(hr_bencher *bench) {
    return each_config(bench, infer);
}
