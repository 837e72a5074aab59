/* test_model.c - models and their execution: same bits whatever the threads and the memory, none
 * taken while running. */
#include "test.h"
#include "small_net.h"

#include <math.h>

#include "base/rng.h"
#include "nn/exec.h"

enum { ROWS = 7 };

static hr_spec convolved(hr_mix mix, hr_norm norm, bool line) {
    hr_spec s = small(HR_ARCH_TRM, mix);
    if (mix == HR_MIX_NONE) s.pos = HR_POS_NONE;
    s.norm = norm;
    s.conv = 3;
    s.cols = line ? 20 : 5;
    return s;
}

/* ---- spec ------------------------------------------------------------------------------------ */

static void spec_reads_back_from_json(void **state) {
    (void)state;
    hr_spec in = small(HR_ARCH_TRM, HR_MIX_TOKEN_MLP), out;
    in.expansion = 2.7;
    in.rms_eps = 1e-6;
    char *text = hr_spec_to_json(&in);
    OK(hr_spec_from_json(text, &out));
    char *again = hr_spec_to_json(&out);
    assert_string_equal(text, again);
    assert_true(in.expansion == out.expansion && in.rms_eps == out.rms_eps);
    assert_int_equal(in.mix, out.mix);
    hr_free(text);
    hr_free(again);
}

/* A model file's metadata is outside bytes: each of these must be refused by name. */
static void hostile_specs_are_refused(void **state) {
    (void)state;
    hr_spec good = small(HR_ARCH_HRM, HR_MIX_ATTENTION), out;
    const struct {
        const char *field;
        int value;
    } bad[] = {{"hidden", 33},  {"hidden", 1 << 30}, {"heads", 0},         {"heads", 5},
               {"vocab", 1000}, {"seq", -1},         {"seq", 1 << 30},     {"l_layers", 0},
               {"l_cycles", 0}, {"puzzles", -3},     {"halt_max_steps", 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_spec s = good;
        int *field = !strcmp(bad[i].field, "hidden")     ? &s.hidden
                     : !strcmp(bad[i].field, "heads")    ? &s.heads
                     : !strcmp(bad[i].field, "vocab")    ? &s.vocab
                     : !strcmp(bad[i].field, "seq")      ? &s.seq
                     : !strcmp(bad[i].field, "l_layers") ? &s.l_layers
                     : !strcmp(bad[i].field, "l_cycles") ? &s.l_cycles
                     : !strcmp(bad[i].field, "puzzles")  ? &s.puzzles
                                                         : &s.halt_max_steps;
        *field = bad[i].value;
        if (hr_spec_check(&s) == HR_OK) fail_msg("%s = %d passed", bad[i].field, bad[i].value);
        assert_non_null(strstr(hr_error_text(), bad[i].field));
    }
    assert_int_not_equal(hr_spec_from_json("{}", &out), HR_OK);
    assert_int_not_equal(hr_spec_from_json("[1]", &out), HR_OK);
    assert_int_not_equal(hr_spec_from_json("{\"arch\": \"hrm\", \"colour\": 1}", &out), HR_OK);
}

static void refused(hr_spec s, const char *words) {
    if (hr_spec_check(&s) == HR_OK) fail_msg("passed, not refused for: %s", words);
    if (!strstr(hr_error_text(), words)) fail_msg("%s, not: %s", hr_error_text(), words);
}

/* Older files have no key for the convolution, and files without one must not change. */
static void convolutions_are_checked_and_read_back(void **state) {
    (void)state;
    hr_spec plain = small(HR_ARCH_TRM, HR_MIX_ATTENTION), out;
    hr_spec good = convolved(HR_MIX_NONE, HR_NORM_PRE, false);
    char *text = hr_spec_to_json(&plain), *other = hr_spec_to_json(&good);
    assert_null(strstr(text, "conv"));
    OK(hr_spec_from_json(text, &out));
    assert_int_equal(out.conv, 0);
    assert_non_null(strstr(other, "\"mix\": \"none\""));
    OK(hr_spec_from_json(other, &out));
    assert_true(out.conv == 3 && out.cols == 5 && out.mix == HR_MIX_NONE);
    assert_int_equal(hr_spec_taps(&good), 9);
    good.cols = good.seq;
    assert_int_equal(hr_spec_taps(&good), 3);
    hr_free(text), hr_free(other);
    for (int taps = 1; taps < 7; taps++) {
        good.conv = taps;
        if (taps != 3 && taps != 5) refused(good, "not 0, 3, 5 or 7");
    }
    good.conv = 0;
    refused(good, "mix none needs a convolution");
    good.conv = 3;
    good.cols = 0;
    refused(good, "conv needs cols");
    good.cols = 7;
    refused(good, "conv needs cols that divide the 20 cells, not 7");
}

/* A puzzle's vector in every cell leaves no token before them; older files have no key for it. */
static void puzzle_vectors_in_cells_are_checked_and_read_back(void **state) {
    (void)state;
    hr_spec s = small(HR_ARCH_TRM, HR_MIX_ATTENTION), out;
    char *text = hr_spec_to_json(&s);
    assert_null(strstr(text, "puzzle_emb_cells"));
    hr_free(text);
    s.puzzle_emb_cells = 1;
    s.puzzle_emb_len = 0;
    s.puzzle_emb_ndim = s.hidden;
    assert_int_equal(hr_spec_prefix(&s), 0);
    text = hr_spec_to_json(&s);
    OK(hr_spec_from_json(text, &out));
    assert_int_equal(out.puzzle_emb_cells, 1);
    hr_free(text);
    s.puzzle_emb_ndim = s.hidden - 1;
    refused(s, "puzzle_emb_cells needs puzzle_emb_ndim as hidden");
    s.puzzle_emb_ndim = s.hidden;
    s.puzzle_emb_len = 2;
    refused(s, "puzzle_emb_len 0");
}

/* Identifiers are views of tasks: one row for all of a task's, none beyond the blank one's. */
static void puzzles_are_views_of_tasks(void **state) {
    (void)state;
    hr_spec s = small(HR_ARCH_TRM, HR_MIX_ATTENTION), out;
    hr_model *m;
    s.puzzle_emb_views = 8;
    s.puzzles = 1 + 3 * 8;
    assert_int_equal(hr_spec_puzzle_rows(&s), 4);
    const int32_t ids[] = {0, 1, 8, 9, 24};
    const size_t rows[] = {0, 1, 1, 2, 3}, views[] = {0, 0, 7, 0, 7};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(hr_puzzle_row(&s, ids[i]), rows[i]);
        assert_int_equal(hr_puzzle_view(&s, ids[i]), views[i]);
    }
    OK(hr_model_new(&s, hr_kern_select(NULL), false, &m));
    assert_int_equal(hr_param_find(&m->table, "model.inner.puzzle_emb.weights")->rows, 4);
    assert_int_equal(hr_param_find(&m->table, "model.inner.puzzle_view.embedding_weight")->rows, 8);
    hr_model_free(m);
    char *text = hr_spec_to_json(&s);
    OK(hr_spec_from_json(text, &out));
    assert_int_equal(out.puzzle_emb_views, 8);
    hr_free(text);
    s.puzzle_emb_ndim = s.puzzle_emb_len = 0;
    refused(s, "puzzle_emb_views 8 without puzzle_emb_ndim");
}

/* Two cells of one row differ in the column's half of the angles only, and the other way round;
 * what stands before the grid is not turned. */
static void rope2d_turns_by_row_and_column(void **state) {
    (void)state;
    hr_spec s = small(HR_ARCH_TRM, HR_MIX_ATTENTION);
    s.pos = HR_POS_ROPE2D;
    s.cols = 5;
    hr_model *m;
    OK(hr_model_new(&s, hr_kern_select(NULL), false, &m));
    const size_t half = 4, prefix = (size_t)hr_spec_prefix(&s);
    for (size_t i = 0; i < half; i++) assert_true(m->cos[i] == 1 && m->sin[i] == 0);
    for (size_t cell = 0; cell < 20; cell++)
        for (size_t i = 0; i < half; i++) {
            double place = (double)(i < 2 ? cell / 5 : cell % 5);
            double angle = place * pow(s.rope_theta, -4.0 * (double)(i % 2) / 8);
            size_t at = (prefix + cell) * half + i;
            assert_true(fabs((double)m->cos[at] - cos(angle)) < 1e-6);
            assert_true(fabs((double)m->sin[at] - sin(angle)) < 1e-6);
        }
    hr_model_free(m);
    s.mix = HR_MIX_TOKEN_MLP;
    refused(s, "mix is token_mlp");
    s.mix = HR_MIX_ATTENTION;
    s.heads = 16;
    refused(s, "that 4 divides, not 2");
    s.cols = 0;
    refused(s, "pos rope2d needs cols");
}

static void published_sizes(void **state) {
    (void)state;
    hr_param_table table;
    hr_spec hrm = hr_spec_defaults();
    OK(hr_param_table_new(&hrm, &table));
    /* 27M (arXiv 2506.21734): 8 blocks of 4 D^2 attention and 3 D I SwiGLU, heads, embeddings */
    size_t d = 512, inner = 1536, block = 4 * d * d + 3 * d * inner;
    assert_int_equal(table.parameters, 8 * block + 2 * 11 * d + 2 * d + 2 + d);
    hr_param_table_free(&table);
}

/* ---- execution ------------------------------------------------------------------------------- */

typedef struct result {
    hr_real *z[HR_STATES_MAX], *logits, *grads, *puzzle_grads;
    size_t state, cells, dense, puzzle;
    hr_row_report reports[ROWS];
} result;

static void result_free(result *r) {
    for (int s = 0; s < HR_STATES_MAX; s++) hr_free(r->z[s]);
    hr_free(r->logits), hr_free(r->grads), hr_free(r->puzzle_grads);
}

static void fill_batch(const hr_spec *s, hr_batch *batch) {
    hr_rng rng = hr_rng_stream(5, "batch");
    size_t cells = ROWS * (size_t)s->seq;
    batch->rows = ROWS;
    batch->inputs = HR_NEW(int32_t, cells);
    batch->labels = HR_NEW(int32_t, cells);
    batch->ids = HR_NEW(int32_t, ROWS);
    for (size_t i = 0; i < cells; i++) {
        batch->inputs[i] = (int32_t)hr_rng_below(rng, 2 * i, (uint64_t)s->vocab);
        batch->labels[i] = (int32_t)hr_rng_below(rng, 2 * i + 1, (uint64_t)s->vocab);
    }
    for (int b = 0; b < ROWS; b++) batch->ids[b] = b % s->puzzles;
    size_t numbers = cells * (size_t)s->numbers;
    batch->numbers = numbers ? HR_NEW(float, numbers) : NULL;
    for (size_t i = 0; i < numbers; i++) batch->numbers[i] = (float)hr_rng_uniform(rng, ~i) - 0.5f;
}

static int shards = 3;     /* of a batch */
static double dropped = 0; /* share that layers leave out */

/* Some training segments on `threads` threads in micro-batches of `micro` rows; the gradients are
 * the last one's. */
static void run(const hr_spec *spec, const hr_kern *kern, int threads, int micro, int segments,
                result *r) {
    const hr_engine_size size = {.micro = micro, .rows = ROWS, .shards = shards};
    hr_pool *pool;
    hr_model *model;
    hr_exec *exec;
    hr_batch batch;
    static const bool last[ROWS] = {false, true};
    OK(hr_pool_new(threads, HR_POOL_SPACE, &pool));
    OK(hr_model_new(spec, kern, true, &model));
    hr_model_init(model, 3);
    hr_model_pack(model, pool);
    OK(hr_exec_new(model, pool, &size, &exec));
    fill_batch(spec, &batch);
    *r = (result){.state = ROWS * hr_spec_state(spec),
                  .cells = ROWS * (size_t)spec->seq * (size_t)spec->vocab,
                  .dense = model->table.dense,
                  .puzzle = ROWS * (size_t)spec->puzzle_emb_ndim};
    for (int s = 0; s < HR_STATES_MAX; s++) {
        r->z[s] = HR_NEW(hr_real, r->state);
        hr_model_initial(model, s, r->z[s], ROWS);
    }
    r->logits = HR_NEW(hr_real, r->cells);
    r->grads = HR_NEW(hr_real, r->dense);
    r->puzzle_grads = HR_NEW(hr_real, r->puzzle);
    hr_objective objective = {.loss = HR_LOSS_STABLEMAX,
                              .q_weight = 0.5,
                              .q_continue = spec->arch == HR_ARCH_HRM,
                              .global_batch = ROWS,
                              .residual_dropout = dropped,
                              .drop = hr_rng_stream(7, "drop")};
    uint64_t before = hr_alloc_count();
    for (int i = 0; i < segments; i++)
        hr_exec_train(exec, &(hr_training){&batch, &objective, last, r->reports, r->logits}, r->z,
                      r->grads, r->puzzle_grads);
    assert_int_equal(hr_alloc_count() - before, 0); /* a step takes no memory */
    hr_exec_free(exec);
    hr_model_free(model);
    hr_pool_free(pool);
    hr_free(batch.inputs), hr_free(batch.labels), hr_free(batch.ids);
    hr_free(batch.numbers);
}

static void assert_same(const result *a, const result *b) {
    for (int s = 0; s < HR_STATES_MAX; s++)
        assert_memory_equal(a->z[s], b->z[s], a->state * sizeof(hr_real));
    assert_memory_equal(a->logits, b->logits, a->cells * sizeof(hr_real));
    assert_memory_equal(a->grads, b->grads, a->dense * sizeof(hr_real));
    assert_memory_equal(a->puzzle_grads, b->puzzle_grads, a->puzzle * sizeof(hr_real));
    for (int i = 0; i < ROWS; i++) {
        assert_true(a->reports[i].lm_loss == b->reports[i].lm_loss);
        assert_true(a->reports[i].q_halt == b->reports[i].q_halt);
    }
}

/* Nor on how many rows run at once, with one or two row blocks in a shard. */
static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    hr_spec specs[] = {small(HR_ARCH_HRM, HR_MIX_ATTENTION), small(HR_ARCH_TRM, HR_MIX_ATTENTION),
                       small(HR_ARCH_TRM, HR_MIX_TOKEN_MLP),
                       convolved(HR_MIX_ATTENTION, HR_NORM_POST, false),
                       convolved(HR_MIX_NONE, HR_NORM_PRE, true)};
    specs[1].numbers = 2;
    static const int micro[] = {3, 1, ROWS};
    const size_t kept = hr_exec_small_dense;
    for (int i = 0; i < 10; i++)
        for (int t = 0; hr_kern_at(t); t++) {
            result one, other;
            hr_spec *spec = &specs[i % 5];
            spec->cols = spec->cols == spec->seq ? 110 : spec->cols;
            spec->seq = 110;                        /* two rows are a row block */
            hr_exec_small_dense = i < 5 ? kept : 0; /* then as large models train */
            run(spec, hr_kern_at(t), 1, 3, 1, &one);
            for (int threads = 1; threads <= (t ? 8 : 2); threads += threads < 4 ? 1 : 4) {
                run(spec, hr_kern_at(t), threads, micro[threads % 3], 1, &other);
                assert_same(&one, &other);
                result_free(&other);
            }
            result_free(&one);
        }
    hr_exec_small_dense = kept;
}

static uint64_t pick(hr_rng rng, uint64_t *at, uint64_t below) {
    return hr_rng_below(rng, (*at)++, below);
}

/* The i-th net: heads of 8 to 64 numbers, whole panels of packed weights and parts of one. */
static hr_spec draw_spec(uint64_t i) {
    static const int widths[] = {64, 96, 128, 192}, heads[] = {8, 16, 24, 32, 48, 64};
    hr_rng rng = hr_rng_sub(hr_rng_stream(11, "specs"), i);
    uint64_t at = 0;
    hr_spec s = hr_spec_defaults();
    s.arch = (hr_arch)pick(rng, &at, 3);
    s.hidden = widths[pick(rng, &at, 4)];
    do s.heads = s.hidden / heads[pick(rng, &at, 6)];
    while (s.heads < 1 || s.hidden % s.heads || s.hidden / s.heads % 8);
    s.cols = 2 + (int)pick(rng, &at, 7);
    s.seq = s.cols * (2 + (int)pick(rng, &at, 6));
    s.vocab = 3 + (int)pick(rng, &at, 9);
    s.expansion = (double)(1 << pick(rng, &at, 4)); /* MLPs that lie in one cache, and wider */
    s.mix = (hr_mix)(i % 3 ? HR_MIX_ATTENTION : pick(rng, &at, 3));
    s.norm = (hr_norm)pick(rng, &at, 2);
    s.act = (hr_act)pick(rng, &at, 2);
    s.conv = s.mix == HR_MIX_NONE || pick(rng, &at, 2) ? 3 : 0;
    s.pos = (hr_pos)pick(rng, &at, 5);
    if (s.mix != HR_MIX_ATTENTION && (s.pos == HR_POS_ROPE || s.pos == HR_POS_ROPE2D))
        s.pos = HR_POS_GRID;
    s.puzzles = 2;
    s.puzzle_emb_ndim = s.hidden;
    s.h_layers = s.arch == HR_ARCH_HRM ? 1 : 0;
    s.l_layers = 1 + (int)pick(rng, &at, 2);
    s.h_cycles = 1;
    s.l_cycles = 2;
    OK(hr_spec_check(&s));
    return s;
}

/* |a - b| / |a|, Euclidean. */
static double apart(const hr_real *a, const hr_real *b, size_t n) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        double x = (double)a[i], y = (double)b[i];
        difference += (x - y) * (x - y);
        size += x * x;
    }
    return sqrt(difference / (size + 1e-30));
}

/* A model must say and learn the same whichever kernels the processor brings.
 * bf16 has 8 bits: each product is off by up to .4 %, and a net chains some dozens of them. A
 * weight that is read from a wrong place is off by about as much as the result is large. */
static void every_table_runs_the_same_net(void **state) {
    (void)state;
    const size_t kept = hr_exec_small_dense;
    for (uint64_t i = 0; i < 24; i++) {
        hr_spec spec = draw_spec(i);
        result ref, r;
        hr_exec_small_dense = kept;
        run(&spec, hr_kern_at(0), 2, ROWS, 1, &ref);
        if (i % 2) hr_exec_small_dense = 0; /* the others layer by layer, as large models train */
        for (int t = 1; hr_kern_at(t); t++) {
            const hr_kern *kern = hr_kern_at(t);
            run(&spec, kern, 2, ROWS, 1, &r);
            double logits = apart(ref.logits, r.logits, ref.cells);
            double grads = apart(ref.grads, r.grads, ref.dense);
            double most = kern->bf16 ? .05 : 1e-4;
            if (!(logits < most && grads < 3 * most)) {
                char *text = hr_spec_to_json(&spec);
                fail_msg("%s: logits off by %g, gradients by %g: %s", kern->name, logits, grads,
                         text);
            }
            result_free(&r);
        }
        result_free(&ref);
    }
    hr_exec_small_dense = kept;
}

/* A large model's sums meet piece by piece, of as many shards as there is memory for: they must
 * come to what whole sums do. */
static void large_models_sum_alike(const hr_spec *spec, const result *small) {
    const size_t kept = hr_exec_small_dense;
    hr_exec_small_dense = 0;
    for (int micro = 1; micro <= ROWS; micro += 2) {
        result large;
        run(spec, hr_kern_select(NULL), 2, micro, 2, &large);
        assert_same(small, &large);
        result_free(&large);
    }
    hr_exec_small_dense = kept;
}

/* Micro-batches only save memory; shards are the order in which gradients are summed. */
static void micro_batches_change_nothing_but_memory(void **state) {
    (void)state;
    hr_spec spec = small(HR_ARCH_HRM, HR_MIX_ATTENTION);
    result whole, part;
    spec.seq = 110;
    run(&spec, hr_kern_select(NULL), 2, ROWS, 2, &whole);
    run(&spec, hr_kern_select(NULL), 2, 1, 2, &part);
    assert_same(&whole, &part);
    result_free(&part);
    for (shards = 1; shards <= ROWS; shards++) {
        run(&spec, hr_kern_select(NULL), 2, ROWS, 2, &part);
        large_models_sum_alike(&spec, &part);
        assert_memory_equal(whole.logits, part.logits, whole.cells * sizeof(hr_real));
        assert_memory_equal(whole.puzzle_grads, part.puzzle_grads, whole.puzzle * sizeof(hr_real));
        for (size_t i = 0; i < whole.dense; i++) {
            double a = (double)whole.grads[i], b = (double)part.grads[i];
            if (fabs(a - b) > 1e-5 * (fabs(a) + 1e-2)) fail_msg("gradient %zu: %g, %g", i, a, b);
        }
        result_free(&part);
    }
    shards = 3;
    result_free(&whole);
}

/* What layers leave out is left out whoever computes it, beside whichever rows: else a run with
 * dropout would not repeat on another machine. */
static void what_layers_leave_out_is_the_same(void **state) {
    (void)state;
    hr_spec specs[] = {small(HR_ARCH_HRM, HR_MIX_ATTENTION), small(HR_ARCH_TRM, HR_MIX_TOKEN_MLP),
                       convolved(HR_MIX_ATTENTION, HR_NORM_PRE, false)};
    const size_t was_small = hr_exec_small_dense;
    for (int i = 0; i < 6; i++) {
        result one, other;
        hr_spec *spec = &specs[i % 3];
        spec->cols = spec->cols == spec->seq ? 110 : spec->cols;
        spec->seq = 110;
        hr_exec_small_dense = i < 3 ? was_small : 0;
        dropped = 0.25;
        run(spec, hr_kern_select(NULL), 1, 3, 2, &one);
        for (int threads = 2; threads < 4; threads++) {
            run(spec, hr_kern_select(NULL), threads, threads == 2 ? 1 : ROWS, 2, &other);
            assert_same(&one, &other);
            result_free(&other);
        }
        shards = ROWS;
        run(spec, hr_kern_select(NULL), 2, 2, 2, &other);
        assert_memory_equal(one.logits, other.logits, one.cells * sizeof(hr_real));
        result_free(&other);
        shards = 3;
        dropped = 0; /* which it does */
        run(spec, hr_kern_select(NULL), 2, 3, 2, &other);
        assert_memory_not_equal(one.logits, other.logits, one.cells * sizeof(hr_real));
        result_free(&other);
        result_free(&one);
    }
    hr_exec_small_dense = was_small;
}

/* Two segments forward only, of the first `rows` rows: what solving and evaluation run. */
static void forward(const hr_spec *spec, const hr_kern *kern, int threads, int rows, result *r) {
    hr_pool *pool;
    hr_model *model;
    hr_exec *exec;
    hr_batch batch;
    OK(hr_pool_new(threads, HR_POOL_SPACE, &pool));
    OK(hr_model_new(spec, kern, false, &model));
    hr_model_init(model, 3);
    hr_model_pack(model, pool);
    OK(hr_exec_new(model, pool, &(hr_engine_size){.micro = rows}, &exec));
    fill_batch(spec, &batch);
    batch.rows = rows;
    *r = (result){.state = (size_t)rows * hr_spec_state(spec),
                  .cells = (size_t)(rows * spec->seq * spec->vocab)};
    for (int s = 0; s < HR_STATES_MAX; s++) {
        r->z[s] = HR_NEW(hr_real, r->state);
        hr_model_initial(model, s, r->z[s], rows);
    }
    r->logits = HR_NEW(hr_real, r->cells);
    hr_real q[2 * ROWS];
    for (int i = 0; i < 2; i++) hr_exec_forward(exec, &batch, r->z, r->logits, q);
    for (int b = 0; b < rows; b++) r->reports[b].q_halt = (double)q[2 * b];
    hr_exec_free(exec);
    hr_model_free(model);
    hr_pool_free(pool);
    hr_free(batch.inputs), hr_free(batch.labels), hr_free(batch.ids);
}

/* Forward only must be the forward of training: else evaluation measures another model. */
static void forward_is_the_same_in_training(void **state) {
    (void)state;
    hr_spec spec = small(HR_ARCH_HRM, HR_MIX_ATTENTION);
    result trained, plain;
    run(&spec, hr_kern_select(NULL), 2, 3, 2, &trained);
    forward(&spec, hr_kern_select(NULL), 2, ROWS, &plain);
    for (size_t i = 0; i < trained.cells; i++)
        assert_true(fabs((double)plain.logits[i] - (double)trained.logits[i]) < 1e-4);
    result_free(&plain);
    result_free(&trained);
}

/* One puzzle is shared by all threads, many are spread over them: the answer must not tell. */
static void few_rows_give_the_bits_of_many(void **state) {
    (void)state;
    const hr_spec specs[] = {small(HR_ARCH_HRM, HR_MIX_ATTENTION),
                             small(HR_ARCH_TRM, HR_MIX_TOKEN_MLP),
                             convolved(HR_MIX_ATTENTION, HR_NORM_POST, false),
                             convolved(HR_MIX_ATTENTION, HR_NORM_PRE, true),
                             convolved(HR_MIX_TOKEN_MLP, HR_NORM_POST, true),
                             convolved(HR_MIX_TOKEN_MLP, HR_NORM_PRE, false),
                             convolved(HR_MIX_NONE, HR_NORM_POST, false),
                             convolved(HR_MIX_NONE, HR_NORM_PRE, false)};
    for (int i = 0; i < 8; i++)
        for (int t = 0; hr_kern_at(t); t++) {
            result many, few;
            forward(&specs[i], hr_kern_at(t), 1, ROWS, &many);
            for (int rows = 1; rows <= 3; rows++)
                for (int threads = 1; threads <= 4; threads++) {
                    forward(&specs[i], hr_kern_at(t), threads, rows, &few);
                    for (int s = 0; s < HR_STATES_MAX; s++)
                        assert_memory_equal(many.z[s], few.z[s], few.state * sizeof(hr_real));
                    assert_memory_equal(many.logits, few.logits, few.cells * sizeof(hr_real));
                    for (int b = 0; b < rows; b++)
                        assert_true(many.reports[b].q_halt == few.reports[b].q_halt);
                    result_free(&few);
                }
            result_free(&many);
        }
}

/* The micro-batch follows from the budget, and what is planned is what is taken. */
static void memory_stays_within_the_budget(void **state) {
    (void)state;
    hr_spec spec = small(HR_ARCH_HRM, HR_MIX_ATTENTION);
    hr_model *model;
    OK(hr_model_new(&spec, hr_kern_select(NULL), true, &model));
    const size_t kept = hr_exec_small_dense;
    hr_exec_small_dense = 0;
    size_t bytes, low;
    hr_engine_size most = hr_exec_plan(model, 640, 8, SIZE_MAX, &bytes);
    hr_engine_size least = hr_exec_plan(model, 640, 8, 1, &low);
    assert_int_equal(most.micro, 640);
    assert_int_equal(bytes, hr_exec_bytes(model, 0, &most));
    size_t budget = (low + bytes) / 2;
    assert_int_equal(least.micro, 330 / 21); /* never less than one row block */
    hr_engine_size half = hr_exec_plan(model, 640, 8, budget, &bytes);
    assert_true(half.micro < 640 && half.micro > 80);
    assert_true(bytes <= budget);
    /* and a whole batch has one sum at a time, whatever its shards */
    hr_engine_size one = hr_exec_plan(model, 600, 1, SIZE_MAX, &low);
    most = hr_exec_plan(model, 600, 8, SIZE_MAX, &bytes);
    assert_true(one.shards == 1 && most.shards == 8);
    assert_true(bytes < low + model->sums * sizeof(hr_real));
    hr_exec_small_dense = kept; /* of a small model every thread needs but one row block */
    most = hr_exec_plan(model, 640, 8, SIZE_MAX, NULL);
    assert_int_equal(most.micro, 8 * (330 / 21));
    assert_true(hr_exec_bytes(model, 2, &most) < hr_exec_bytes(model, 3, &most));
    half = hr_exec_plan(model, 640, 8, budget / 8, &bytes);
    assert_true(bytes <= budget / 8 && half.micro < most.micro);
    assert_int_equal(hr_exec_plan(model, 31, 8, SIZE_MAX, NULL).shards, 3);
    hr_model_free(model);
}

/* Nets that call one block a hundred times live from how little a call leaves behind: of a
 * pre-norm block without mixing its output and nothing else. */
static void a_convolution_leaves_only_its_output(void **state) {
    (void)state;
    hr_spec spec = convolved(HR_MIX_NONE, HR_NORM_PRE, false);
    hr_dims dims = hr_dims_of(&spec);
    hr_arena count = {0}, output = {0};
    hr_tape tape;
    hr_tape_take(&tape, &dims, ROWS * dims.tokens, &count);
    (void)HR_TAKE(&output, hr_real, ROWS * dims.tokens * dims.d);
    assert_int_equal(count.used, output.used);
}

/* The published initialisation: a fresh model starts out unsure whether to halt. */
static void initialisation_is_the_published_one(void **state) {
    (void)state;
    hr_spec spec = small(HR_ARCH_HRM, HR_MIX_ATTENTION);
    hr_model *a, *b;
    OK(hr_model_new(&spec, hr_kern_select(NULL), false, &a));
    OK(hr_model_new(&spec, hr_kern_select(NULL), false, &b));
    hr_model_init(a, 4);
    hr_model_init(b, 4);
    assert_memory_equal(a->params, b->params, a->table.total * sizeof(hr_real));
    hr_model_init(b, 5);
    assert_memory_not_equal(a->params, b->params, a->table.total * sizeof(hr_real));
    const hr_param *bias = hr_param_find(&a->table, "model.inner.q_head.bias");
    const hr_param *q = hr_param_find(&a->table, "model.inner.q_head.weight");
    const hr_param *puzzle = hr_param_find(&a->table, "model.inner.puzzle_emb.weights");
    assert_true(a->params[bias->offset] == -5 && a->params[bias->offset + 1] == -5);
    for (size_t i = 0; i < q->count; i++) assert_true(a->params[q->offset + i] == 0);
    for (size_t i = 0; i < puzzle->count; i++) assert_true(a->params[puzzle->offset + i] == 0);
    hr_model_free(a);
    hr_model_free(b);
}

HR_TEST_MAIN(cmocka_unit_test(spec_reads_back_from_json),
             cmocka_unit_test(hostile_specs_are_refused),
             cmocka_unit_test(convolutions_are_checked_and_read_back),
             cmocka_unit_test(puzzle_vectors_in_cells_are_checked_and_read_back),
             cmocka_unit_test(puzzles_are_views_of_tasks),
             cmocka_unit_test(rope2d_turns_by_row_and_column), cmocka_unit_test(published_sizes),
             cmocka_unit_test(bits_do_not_depend_on_threads),
             cmocka_unit_test(every_table_runs_the_same_net),
             cmocka_unit_test(micro_batches_change_nothing_but_memory),
             cmocka_unit_test(what_layers_leave_out_is_the_same),
             cmocka_unit_test(forward_is_the_same_in_training),
             cmocka_unit_test(few_rows_give_the_bits_of_many),
             cmocka_unit_test(memory_stays_within_the_budget),
             cmocka_unit_test(a_convolution_leaves_only_its_output),
             cmocka_unit_test(initialisation_is_the_published_one))
