/* test_inspect.c - figures about the inside of models against plain counting: whoever reads a
 * ratio, a residual or an AUC takes it for what its definition says. */
#include "test.h"
#include "small_net.h"

#include <math.h>
#include <unistd.h>

#include "api/handles.h"
#include "base/rng.h"
#include "hrm_look.h"
#include "look/inspect.h"
#include "look/inspected.h"
#include "look/measure.h"
#include "look/patch.h"
#include "look/states.h"
#include "nn/engines.h"
#include "nn/loss.h"

#undef OK /* statuses here are of either kind */
#define OK(call)                                                                                   \
    do {                                                                                           \
        if ((int)(call)) fail_msg("%s: %s", #call, hrm_error());                                   \
    } while (0)

enum { PUZZLES = 23, SEGMENTS = 3 };

/* ---- statistics -------------------------------------------------------------------------------
 */

/* The ratio from eigenvalues of a covariance that is computed as it is defined. */
static void ratio(void **state) {
    (void)state;
    enum { N = 60, D = 7 };
    hr_real rows[N * D], scratch[D * D];
    double mean[D] = {0}, c[D * D] = {0}, again[D * D], values[D], vectors[D * D];
    hr_rng rng = hr_rng_stream(3, "vectors");
    for (size_t i = 0; i < N * D; i++)
        rows[i] = (hr_real)(hr_rng_uniform(rng, i) * (double)(i % D + 1) + 5);
    for (int i = 0; i < N * D; i++) mean[i % D] += (double)rows[i] / N;
    for (int r = 0; r < N; r++)
        for (int i = 0; i < D * D; i++)
            c[i] += ((double)rows[r * D + i / D] - mean[i / D]) *
                    ((double)rows[r * D + i % D] - mean[i % D]) / N;
    memcpy(again, c, sizeof c);
    hr_measure_eigen(again, D, values, vectors);
    double sum = 0, squares = 0;
    for (int k = 0; k < D; k++) {
        sum += values[k];
        squares += values[k] * values[k];
        if (k) assert_true(values[k] <= values[k - 1]);
        for (int i = 0; i < D; i++) { /* C v = l v */
            double product = 0;
            for (int j = 0; j < D; j++) product += c[i * D + j] * vectors[j * D + k];
            assert_float_equal(product, values[k] * vectors[i * D + k], 1e-9);
        }
    }
    hr_arena arena = {0};
    hr_spread spread;
    hr_spread_take(&spread, D, 4, &arena);
    OK(hr_arena_open(&arena, arena.used));
    hr_spread_take(&spread, D, 4, &arena);
    for (size_t g = 0; g < 4; g++)
        hr_spread_add(&spread, g, hr_kern_select("ref"), rows + g * N / 4 * D, N / 4, scratch);
    hrm_interval got = hr_spread_ratio(&spread);
    assert_float_equal(got.value, sum * sum / squares, 1e-3);
    assert_true(got.low < got.value && got.value < got.high && got.value > 1 && got.value < D);
    hr_arena_close(&arena);
}

static void areas(void **state) {
    (void)state;
    enum { N = 40 };
    hr_rated of[N];
    double pairs = 0, all = 0;
    hr_rng rng = hr_rng_stream(4, "scores");
    for (size_t i = 0; i < N; i++)
        of[i] =
            (hr_rated){(double)hr_rng_below(rng, 2 * i, 9), hr_rng_below(rng, 2 * i + 1, 3) > 0};
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            if (!of[i].right || of[j].right) continue;
            all++;
            pairs += of[i].score > of[j].score ? 1 : of[i].score == of[j].score ? 0.5 : 0;
        }
    hrm_interval area = hr_measure_auc(of, N);
    assert_float_equal(area.value, pairs / all, 1e-12);
    assert_true(area.low < area.value && area.value < area.high);
    hr_rated alike[2] = {{1, true}, {2, true}};
    assert_true(isnan(hr_measure_auc(alike, 2).value));
}

static void thresholds(void **state) {
    (void)state;
    double two[] = {5.1, 0.9, 5, 1, 4.9, 1.1}, same[] = {2, 2, 2};
    assert_float_equal(hr_measure_otsu(two, 6), 3, 1e-12);
    assert_true(isnan(hr_measure_otsu(same, 3)));
    hr_ranked ranked[] = {{7, 0, 0}, {1, 0, 1}, {7, 0, 2}, {3, 0, 3}, {9, 0, 4}};
    static const double want[] = {0.625, 0, 0.625, 0.25, 1};
    hr_measure_ranks(ranked, 5);
    for (int i = 0; i < 5; i++) assert_float_equal(ranked[i].rank, want[i], 1e-12);
}

/* Against tables of Student's t, 0.975: 12.7062, 4.30265, 2.77645, 2.26216, 1.98422. */
static void means(void **state) {
    (void)state;
    static const struct {
        size_t n;
        double t;
    } row[] = {{2, 12.706205}, {3, 4.302653}, {5, 2.776445}, {10, 2.262157}, {100, 1.984217}};
    double values[100], off;
    for (size_t k = 0; k < sizeof row / sizeof *row; k++) {
        size_t n = row[k].n;
        double mean = 0, squares = 0;
        for (size_t i = 0; i < n; i++) mean += (values[i] = (double)(i * i % 7) / 9) / (double)n;
        for (size_t i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean);
        off = row[k].t * sqrt(squares / (double)((n - 1) * n));
        hrm_interval got = hr_measure_mean(values, n);
        assert_float_equal(got.value, mean, 1e-12);
        assert_float_equal(got.low, mean - off, 1e-6);
        assert_float_equal(got.high, mean + off, 1e-6);
    }
    hrm_interval one = hr_measure_mean(values, 1);
    assert_true(one.value == values[0] && isnan(one.low) && isnan(one.high));
    assert_true(isnan(hr_measure_mean(values, 0).value));
    assert_int_equal(hrm_mean(NULL, 1, &one), HR_ERR_ARG);
    OK(hrm_mean((const double[]){2, 2, 2}, 3, &one));
    assert_true(one.value == 2 && isnan(one.low) && isnan(one.high)); /* no spread, no interval */
}

/* ---- a small net on small puzzles --------------------------------------------------------------
 */

typedef struct world {
    hr_pool *pool;
    hr_model *model;
    hr_task task;
    hrm_dataset *data;
    char path[40];
} world;

static void open_world(world *w, hr_arch arch, bool candidates, int threads) {
    hr_spec spec = candidates ? small_net() : small(arch, HR_MIX_ATTENTION);
    spec.vocab = 6;
    spec.seq = 16;
    spec.halt_max_steps = SEGMENTS;
    const char *isa = arch == HR_ARCH_HRM ? "float" : NULL;
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = PUZZLES,
                                    .seed = 2};
    snprintf(w->path, sizeof w->path, "/tmp/hrm-look-%d.csv", (int)getpid());
    OK(hrm_generate("sudoku", w->path, &options));
    OK(hrm_dataset_open(w->path, NULL, &w->data));
    w->task = w->data->data->task;
    OK(hr_pool_new(threads, HR_POOL_SPACE, &w->pool));
    OK(hr_model_new(&spec, hr_kern_select(isa), false, &w->model));
    hr_model_init(w->model, 7);
    hr_model_pack(w->model, w->pool);
}

static void close_world(world *w) {
    hrm_dataset_free(w->data);
    hr_model_free(w->model);
    hr_pool_free(w->pool);
    unlink(w->path);
}

static hrm_inspection *inspect(const world *w, int batch, size_t untrained) {
    hrm_inspection *out;
    hrm_inspect_options options = {
        .size = sizeof options, .batch = batch, .untrained = untrained, .segments = SEGMENTS};
    options.attention = untrained ? 2 : 0;
    options.patch = options.starts = untrained && !w->model->spec.symbols ? 2 : 0;
    options.filled = untrained ? 5 : 0;
    OK(hr_inspect(w->model, &w->task, w->pool, w->data->data, &options, &out));
    return out;
}

/* All states of all puzzles. */
static hrm_states states_of(world *w) {
    const hr_spec *spec = &w->model->spec;
    hrm_states s = {.puzzles = PUZZLES, .segments = SEGMENTS, .calls = w->model->recur.calls};
    s.tokens = hr_spec_tokens(spec);
    s.prefix = hr_spec_prefix(spec);
    s.channels = 1;
    s.hidden = spec->hidden;
    s.cells = spec->seq;
    s.outputs = hr_spec_outputs(spec);
    size_t calls = (size_t)(PUZZLES * SEGMENTS * s.calls);
    s.numbers = HR_NEW(float, calls *hr_spec_state(spec));
    s.logits = HR_NEW(float, calls *(size_t)(s.cells * s.outputs));
    s.q = HR_NEW(float, calls * 2);
    char *texts[PUZZLES];
    for (size_t i = 0; i < PUZZLES; i++) {
        hrm_example example;
        OK(hrm_dataset_example(w->data, i, &example));
        texts[i] = strdup(example.question);
    }
    OK(hr_states(w->model, &w->task, w->pool, (const char *const *)texts, &s));
    for (int i = 0; i < PUZZLES; i++) free(texts[i]);
    return s;
}

static void drop_states(hrm_states *s) {
    hr_free(s->numbers);
    hr_free(s->logits);
    hr_free(s->q);
}

static const float *state_at(const hrm_states *s, int puzzle, int segment, int call) {
    return s->numbers + (size_t)((puzzle * s->segments + segment) * s->calls + call) *
                            (size_t)(s->tokens * s->hidden);
}

/* The probe tells what a segment without one leaves behind, to the last bit. */
static void same_states(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_TRM, false, 2);
    hrm_states s = states_of(&w);
    hr_engine *engine;
    hr_carry *carry;
    OK(hr_engine_new(hr_engines[0], w.model, w.pool, &(hr_engine_size){.micro = PUZZLES}, NULL,
                     &engine));
    OK(hr_carry_new(engine, PUZZLES, &carry));
    int32_t inputs[PUZZLES * 16], labels[PUZZLES * 16], ids[PUZZLES];
    hr_batch batch = {PUZZLES, inputs, labels, ids, NULL};
    hr_dataset_rows(w.data->data, 0, &batch);
    size_t each = (size_t)(s.tokens * s.hidden), count = (size_t)(s.cells * s.outputs);
    hr_real *logits = HR_NEW(hr_real, PUZZLES * count), q[PUZZLES * 2];
    engine->ops->reset(carry, NULL, PUZZLES);
    for (int k = 0; k < SEGMENTS; k++) {
        engine->ops->forward(engine, &batch, carry, logits, q);
        const hr_real *h = engine->ops->pull(engine, carry, HR_HELD_STATE_H);
        for (int p = 0; p < PUZZLES; p++) {
            size_t at = (size_t)((p * SEGMENTS + k) * s.calls + s.calls - 1);
            assert_memory_equal(h + (size_t)p * each, state_at(&s, p, k, s.calls - 1),
                                each * sizeof *h);
            assert_memory_equal(logits + (size_t)p * count, s.logits + at * count,
                                count * sizeof *logits);
            assert_memory_equal(q + 2 * p, s.q + 2 * at, 2 * sizeof *q);
        }
    }
    hr_free(logits);
    hr_carry_free(carry);
    hr_engine_free(engine);
    drop_states(&s);
    close_world(&w);
}

static double distance(const float *a, const float *b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (double)(a[i] - b[i]) * (double)(a[i] - b[i]);
    return sqrt(sum / n);
}

/* Cells as labelled in the answer that logits say. */
static int right_cells(const hrm_states *s, const hr_dataset *data, int puzzle, int at) {
    const uint8_t *question, *labels;
    int right = 0;
    hr_dataset_pair(data, (size_t)puzzle, &question, &labels);
    for (int t = 0; t < s->cells; t++) {
        const float *x = s->logits + (size_t)(at * s->cells + t) * (size_t)s->outputs;
        int best = 0;
        for (int v = 1; v < s->outputs; v++)
            if (x[v] > x[best]) best = v;
        right += best == labels[t];
    }
    return right;
}

/* Residuals, cells right and spreads from the states themselves. */
static void figures(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_HRM, false, 2);
    hrm_states s = states_of(&w);
    hrm_inspection *in = inspect(&w, 4, 0);
    int n = s.tokens * s.hidden, calls = s.calls, d = s.hidden;
    assert_int_equal(in->calls, calls);
    for (int k = 0; k < SEGMENTS; k++)
        for (int c = 0; c < calls; c++) {
            double moved = 0, right = 0;
            const hrm_look_step *step = &in->call[k * calls + c];
            int before = c - 1; /* the call that made this state before */
            while (before >= 0 && in->call[before].state != step->state) before--;
            int last = calls - 1;
            while (in->call[last].state != step->state) last--;
            for (int p = 0; p < PUZZLES; p++) {
                if (before >= 0)
                    moved += distance(state_at(&s, p, k, c), state_at(&s, p, k, before), n);
                else if (k)
                    moved += distance(state_at(&s, p, k, c), state_at(&s, p, k - 1, last), n);
                right += right_cells(&s, w.data->data, p, (p * SEGMENTS + k) * calls + c);
            }
            if (before >= 0 || k) assert_float_equal(step->residual, moved / PUZZLES, 1e-6);
            assert_float_equal(step->right, right / PUZZLES / 16, 1e-9);
            if (step > in->call) /* what was won and what was lost is what is right now */
                assert_float_equal(step->gained - step->lost, 16 * (step->right - step[-1].right),
                                   1e-6);
            assert_true(step->gained + step->lost < step->changed + 1e-9);
        }
    hr_real *rows = HR_NEW(hr_real, (size_t)(PUZZLES * SEGMENTS * 16 * d)), *to = rows;
    hr_real *scratch = HR_NEW(hr_real, (size_t)(d * d));
    for (int i = 0; i < PUZZLES * SEGMENTS; i++, to += 16 * d)
        memcpy(to, state_at(&s, 0, i, calls - 1) + s.prefix * d, (size_t)(16 * d) * sizeof *to);
    hr_arena arena = {0};
    hr_spread spread;
    hr_spread_take(&spread, (size_t)d, 1, &arena);
    OK(hr_arena_open(&arena, arena.used));
    hr_spread_take(&spread, (size_t)d, 1, &arena);
    hr_spread_add(&spread, 0, hr_kern_select("ref"), rows, (size_t)(PUZZLES * SEGMENTS * 16),
                  scratch);
    assert_float_equal(in->participation[0].value, hr_spread_ratio(&spread).value, 1e-2);
    hr_arena_close(&arena);
    hr_free(scratch);
    hr_free(rows);
    hrm_inspection_free(in);
    drop_states(&s);
    close_world(&w);
}

/* The same bits with any number of threads and any batch, for nets of every kind. */
static void same_bits(void **state) {
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        char *first = NULL;
        for (int way = 0; way < 3; way++) {
            world w;
            open_world(&w, kind == 0 ? HR_ARCH_HRM : HR_ARCH_TRM, kind > 1, way == 1 ? 3 : 1);
            hrm_inspection *in = inspect(&w, way == 2 ? 5 : 0, 6);
            char *json;
            OK(hr_inspected_json(in, &json));
            if (first) assert_string_equal(json, first);
            else first = strdup(json);
            hr_free(json);
            assert_int_equal(in->untrained_puzzles, 6);
            assert_true(in->participation[0].value > 1);
            assert_int_equal(in->drops != NULL, kind > 1);
            size_t standing = 0, left = 0;
            for (size_t i = 0; i < in->puzzles; i++) {
                const hrm_look_puzzle *p = &in->puzzle[i];
                standing += p->open > 0 && p->wrong == 0;
                left += p->open > 0 && p->wrong == 0 && p->left > 0;
            }
            assert_true(in->standing == standing && in->standing_left == left);
            assert_true(kind > 1 ? left > 0 : !left);
            if (in->drops) assert_true(in->drops[0].could[HRM_NAKED_SINGLE] > 0);
            hrm_inspection_free(in);
            close_world(&w);
        }
        free(first);
    }
}

/* Answers that are all given stay, and with more open cells fewer come out; the model's own start
 * is what it always does, and a net without training answers otherwise from elsewhere. */
static void tried(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_TRM, true, 1);
    hrm_inspection *in = inspect(&w, 0, 1);
    assert_int_equal(in->filled[0].puzzles, 5);
    assert_float_equal(in->filled[0].exact, 1, 0);
    assert_true(in->filled[8].exact < 1 && in->filled[8].exact <= in->filled[8].ever);
    assert_int_equal(in->filled[8].open, 8);
    assert_int_equal(in->starts.puzzles, 0);
    hrm_inspection_free(in);
    close_world(&w);
    open_world(&w, HR_ARCH_TRM, false, 1);
    in = inspect(&w, 0, 1);
    assert_int_equal(in->starts.puzzles, 2);
    assert_float_equal(in->starts.own, (in->puzzle[0].exact + in->puzzle[1].exact) / 2.0, 0);
    assert_true(in->starts.answers > 1 && in->starts.answers <= HRM_LOOK_STARTS);
    hrm_inspection_free(in);
    close_world(&w);
}

/* Puzzles without an answer are neither right nor wrong. */
static void unanswered(void **state) {
    (void)state;
    enum { NONE = 2 };
    for (int candidates = 0; candidates < 2; candidates++) {
        world w;
        open_world(&w, HR_ARCH_TRM, candidates, 1);
        hr_dataset *data = w.data->data;
        const hr_linear *head = &w.model->lm_head;
        hr_real *weight = w.model->params + head->weight;
        for (size_t i = 0; candidates && i < head->in * head->out; i++) weight[i] *= 50; /* drops */
        hr_model_pack(w.model, w.pool);
        data->ignore = 0;
        memset(data->labels, 0, (size_t)(NONE * data->task.seq));
        hrm_inspect_options options = {.size = sizeof options, .segments = 1, .limit = NONE};
        options.filled = NONE;
        options.starts = candidates ? 0 : NONE;
        hrm_inspection *few, *all;
        OK(hr_inspect(w.model, &w.task, w.pool, data, &options, &few));
        options.limit = 0;
        options.starts *= 2;
        OK(hr_inspect(w.model, &w.task, w.pool, data, &options, &all));
        assert_true(few->known == 0 && all->known == PUZZLES - NONE);
        assert_true(few->filled[0].puzzles == 0 && isnan(few->filled[0].exact));
        assert_int_equal(few->starts.puzzles, 0);
        if (!candidates) {
            assert_int_equal(all->starts.puzzles, NONE);
            assert_float_equal(all->starts.right, 0, 0); /* as 2 of 4 before, of an untrained net */
        } else {
            double wrong = 0, told = PUZZLES * all->drops->dropped - NONE * few->drops->dropped;
            size_t standing = 0;
            for (int i = NONE; i < PUZZLES; i++) {
                wrong += all->puzzle[i].wrong;
                standing += all->puzzle[i].open > 0 && all->puzzle[i].wrong == 0;
            }
            assert_true(wrong > 0 && few->drops->dropped > 0 && few->puzzle[0].open > 0);
            assert_float_equal(all->drops->wrong, wrong / told, 1e-12);
            assert_true(isnan(few->drops->wrong) && isnan(few->puzzle[0].wrong));
            assert_true(few->standing == 0 && all->standing == standing);
        }
        hrm_inspection_free(few);
        hrm_inspection_free(all);
        close_world(&w);
    }
}

/* Stops after the first puzzle of a part that has two. */
static bool stop_first(void *user, size_t done, size_t total) {
    size_t *most = user;
    if (total == 2 && done > *most) *most = done;
    return total != 2 || done < 1;
}

/* Every part of it asks whether to go on, and tells how far it is. */
static void stopped(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_TRM, false, 1);
    for (int part = 0; part < 5; part++) {
        size_t most = 0, of[5] = {0};
        hrm_inspection *out = NULL;
        of[part] = 2;
        hrm_inspect_options options = {.size = sizeof options,
                                       .limit = 3,
                                       .untrained = of[0],
                                       .attention = of[1],
                                       .patch = of[2],
                                       .filled = of[3],
                                       .starts = of[4],
                                       .batch = 1,
                                       .progress = stop_first,
                                       .user = &most};
        assert_int_equal(hr_inspect(w.model, &w.task, w.pool, w.data->data, &options, &out),
                         HR_ERR_STOPPED);
        assert_null(out);
        assert_int_equal(most, 1);
    }
    close_world(&w);
}

/* Heads that weigh all alike attend evenly; others to what a softmax gives, all of it. */
static void even_attention(void **state) {
    (void)state;
    for (int even = 0; even < 2; even++) {
        world w;
        open_world(&w, HR_ARCH_HRM, false, 2);
        for (int k = 0; even && k < HR_MODULES_MAX; k++)
            for (int l = 0; l < w.model->modules[k].layers; l++) {
                const hr_linear *qkv = &w.model->modules[k].blocks[l].mix_in;
                memset(w.model->params + qkv->weight, 0, qkv->in * qkv->out * sizeof(hr_real));
            }
        hr_model_pack(w.model, w.pool);
        hrm_inspection *in = inspect(&w, 0, 1);
        double tokens = hr_spec_tokens(&w.model->spec), unlike = 0;
        for (int b = 0; b < in->segments * in->blocks; b++) {
            const hrm_look_block *x = &in->block[b];
            double total = x->near.self + 3 * (x->near.row + x->near.column) + x->near.box +
                           8 * x->near.elsewhere + (tokens - 16) * x->prefix;
            assert_float_equal(total / tokens, 1, 1e-9); /* 4x4: 1, 3, 3, 1 and 8 cells */
            unlike += fabs(x->near.self - 1) + fabs(x->entropy - log(tokens));
            if (even) assert_float_equal(x->near.box, 1, 1e-6);
            if (even) assert_float_equal(x->entropy, log(tokens), 1e-6);
        }
        if (!even) assert_true(unlike > 1e-3);
        for (int i = 0; even && i < in->blocks * 256; i++)
            assert_float_equal(in->map[i], 1 / tokens, 1e-6);
        hrm_inspection_free(in);
        close_world(&w);
    }
}

/* Patches by hand, through an engine. */
static void patches(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_TRM, false, 1);
    enum { OUT = 6, SEQ = 16 };
    hrm_inspection in = {.segments = 2, .patched = 1};
    OK(hr_patch(w.model, &w.task, w.pool, w.data->data, &(hrm_inspect_options){0}, &in));
    hr_engine *engine;
    hr_carry *carry;
    OK(hr_engine_new(hr_engines[0], w.model, w.pool, &(hr_engine_size){.micro = 2}, NULL, &engine));
    OK(hr_carry_new(engine, 2, &carry));
    int32_t inputs[2 * SEQ], labels[2 * SEQ], ids[2];
    hr_batch batch = {2, inputs, labels, ids, NULL};
    hr_real logits[2 * SEQ * OUT];
    size_t each = hr_spec_state(&w.model->spec), d = (size_t)w.model->spec.hidden;
    size_t prefix = (size_t)hr_spec_prefix(&w.model->spec);
    int moved = 0;
    for (int cell = 0; cell < SEQ; cell++) {
        hr_dataset_rows(w.data->data, 0, &batch);
        engine->ops->reset(carry, NULL, 2);
        engine->ops->forward(engine, &batch, carry, logits, NULL);
        for (int k = 0; k < 2; k++) { /* row 1 becomes row 0 with a cell of its own */
            hr_real *both = HR_NEW(hr_real, 2 * each);
            memcpy(both, engine->ops->pull(engine, carry, HR_HELD_STATE_H + k),
                   2 * each * sizeof *both);
            size_t at = (prefix + (size_t)cell) * d;
            memcpy(both + each, both, at * sizeof *both);
            memcpy(both + each + at + d, both + at + d, (each - at - d) * sizeof *both);
            engine->ops->push(engine, carry, HR_HELD_STATE_H + k, both);
            hr_free(both);
        }
        memcpy(inputs + SEQ, inputs, SEQ * sizeof *inputs);
        ids[1] = ids[0];
        engine->ops->forward(engine, &batch, carry, logits, NULL);
        for (int t = 0; t < SEQ; t++) {
            int other =
                hr_argmax(logits + t * OUT, OUT) != hr_argmax(logits + (SEQ + t) * OUT, OUT);
            assert_float_equal(in.moves[cell * SEQ + t], other, 0);
            moved += other;
        }
    }
    assert_true(moved > 0 && moved < SEQ * SEQ);
    hr_free(in.moves);
    hr_carry_free(carry);
    hr_engine_free(engine);
    close_world(&w);
}

/* What a model has not is said. */
static void refused(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_TRM, true, 1);
    hrm_inspection *out = NULL;
    hrm_inspect_options options = {.size = sizeof options, .patch = 1};
    assert_int_equal(hr_inspect(w.model, &w.task, w.pool, w.data->data, &options, &out),
                     HR_ERR_UNSUPPORTED);
    assert_null(out);
    assert_non_null(strstr(hrm_error(), "fresh states"));
    close_world(&w);
}

/* Every allocation that fails is told, and nothing is lost (the sanitizers look). */
static void short_memory(void **state) {
    (void)state;
    world w;
    open_world(&w, HR_ARCH_HRM, false, 1);
    for (uint64_t n = 1;; n++) {
        hrm_inspection *out = NULL;
        hrm_inspect_options options = {.size = sizeof options,
                                       .limit = 3,
                                       .untrained = 1,
                                       .attention = 1,
                                       .patch = 1,
                                       .filled = 1,
                                       .starts = 1};
        hr_alloc_fail_after(n);
        hr_status status = hr_inspect(w.model, &w.task, w.pool, w.data->data, &options, &out);
        hr_alloc_fail_after(0);
        hrm_inspection_free(out);
        if (!status) break;
        assert_int_equal(status, HR_ERR_MEM);
        assert_true(n < 200);
    }
    close_world(&w);
}

HR_TEST_MAIN(cmocka_unit_test(ratio), cmocka_unit_test(areas), cmocka_unit_test(thresholds),
             cmocka_unit_test(means), cmocka_unit_test(same_states), cmocka_unit_test(figures),
             cmocka_unit_test(same_bits), cmocka_unit_test(tried), cmocka_unit_test(unanswered),
             cmocka_unit_test(stopped), cmocka_unit_test(even_attention), cmocka_unit_test(patches),
             cmocka_unit_test(refused), cmocka_unit_test(short_memory))
