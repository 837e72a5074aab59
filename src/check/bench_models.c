/* bench_models.c - training steps and inference of the published models and of a looped net. */
#include "check/bench_models.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "regime/segments.h"
#include "regime/step.h"

enum { INFER_BATCH = 64 };

/* The published Sudoku settings, by size; one round of a net on candidates; and HRM on grids of 30
 * x 30, as mazes and ARC-AGI are. */
static const struct config {
    const char *name;
    hr_arch arch;
    hr_mix mix;
    int batch, seq;
} configs[] = {
    {"hrm-27m", HR_ARCH_HRM, HR_MIX_ATTENTION, 384, 81},
    {"trm-7m", HR_ARCH_TRM, HR_MIX_ATTENTION, 768, 81},
    {"trm-mlp-5m", HR_ARCH_TRM, HR_MIX_TOKEN_MLP, 768, 81},
    {"lattice-128", HR_ARCH_LOOP, HR_MIX_ATTENTION, 512, 81},
    {"hrm-27m-900", HR_ARCH_HRM, HR_MIX_ATTENTION, 32, 900},
};
enum { CONFIGS = sizeof configs / sizeof *configs };

/* 4 blocks of width 128 in 16 loops, each of them scored. */
static hr_spec looped(void) {
    hr_spec s = hr_spec_defaults();
    s.arch = HR_ARCH_LOOP;
    s.pos = HR_POS_GRID;
    s.symbols = s.cols = 9;
    s.puzzle_emb_ndim = 0;
    s.hidden = 128;
    s.heads = 4;
    s.h_layers = 0;
    s.h_cycles = 1;
    s.l_cycles = 16;
    s.halt_max_steps = 1;
    return s;
}

static hr_spec spec_of(const struct config *c) {
    if (c->arch == HR_ARCH_LOOP) return looped();
    hr_spec s = hr_spec_defaults();
    s.seq = c->seq;
    if (c->arch == HR_ARCH_HRM) return s;
    s.arch = HR_ARCH_TRM;
    s.h_layers = 0;
    s.l_layers = 2;
    s.h_cycles = 3;
    s.l_cycles = 6;
    s.puzzle_emb_len = 16;
    s.mix = c->mix;
    if (c->mix == HR_MIX_TOKEN_MLP) s.pos = HR_POS_NONE;
    return s;
}

typedef struct session {
    hr_bencher *b;
    hr_model *model;
    int rows;
    hr_learner *learner; /* training */
    hr_exec *exec;       /* inference, and the arrays of it */
    hr_batch batch;
    hr_real *z[HR_STATES_MAX], *logits, *q;
    hr_arena arena;
} session;

static void close_session(session *s) {
    hr_arena_close(&s->arena);
    hr_learner_free(s->learner);
    hr_exec_free(s->exec);
    hr_model_free(s->model);
}

static hr_status open_model(session *s, const struct config *c, bool train) {
    hr_spec spec = spec_of(c);
    hr_status status = hr_model_new(&spec, s->b->kern, train, &s->model);
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
    const hr_optim_config optim = {.kind = HR_OPTIM_ADAM_ATAN2,
                                   .beta1 = 0.9,
                                   .beta2 = 0.95,
                                   .weight_decay = 1,
                                   .ema = c->arch == HR_ARCH_TRM ? 0.999 : 0};
    hr_status status = open_model(s, c, true);
    if (status) return status;
    const hr_learner_config config = {
        .regime = &hr_regime_segments,
        .objective = {.loss = HR_LOSS_STABLEMAX,
                      .q_weight = 0.5,
                      .keep_weight = 4,
                      .drop_weight = 0.5,
                      .symbol_weight = 1,
                      .conflict_weight = 0.1},
        .optim = &optim,
        .size = hr_exec_plan(s->model, s->rows, HR_EXEC_SHARDS, (size_t)2 << 30, NULL),
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
    for (int i = 0; i < s->model->recur.states; i++)
        s->z[i] = HR_TAKE(arena, hr_real, rows * hr_spec_state(spec));
    s->batch = (hr_batch){.rows = s->rows};
    s->batch.inputs = HR_TAKE(arena, int32_t, cells);
    s->batch.labels = HR_TAKE(arena, int32_t, cells);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
}

static hr_status open_inference(session *s, const struct config *c) {
    hr_status status = open_model(s, c, false);
    if (!status)
        status = hr_exec_new(s->model, s->b->pool, &(hr_exec_size){.micro = s->rows}, &s->exec);
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
    for (int i = 0; i < s->model->recur.states; i++)
        hr_model_initial(s->model, i, s->z[i], s->rows);
    for (int i = 0; i < s->model->spec.halt_max_steps; i++)
        hr_exec_forward(s->exec, &s->batch, s->z, s->logits, s->q);
}

static hr_status train(hr_bencher *b, const struct config *c) {
    int rows = b->options->batch ? b->options->batch : c->batch;
    session s = {.b = b, .rows = rows};
    hr_status status = open_training(&s, c);
    if (!status) {
        char name[64];
        double flops = hr_model_flops(&s.model->spec, true, c->arch == HR_ARCH_HRM) * rows;
        snprintf(name, sizeof name, "train %s, batch %d", c->name, rows);
        hr_bench_measure(
            b, name, run_train_step, &s,
            (hrm_bench_result){.tflops = flops,
                               .puzzles_per_second = rows,
                               .tokens_per_second = rows * hr_spec_tokens(&s.model->spec)});
        snprintf(name, sizeof name, "update %s", c->name);
        hr_bench_measure(b, name, run_update, &s, (hrm_bench_result){0});
    }
    close_session(&s);
    return status;
}

/* One puzzle alone, and a batch. */
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

hr_status hr_bench_infer(hr_bencher *bench) {
    return each_config(bench, infer);
}
