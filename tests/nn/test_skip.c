/* test_skip.c - padding that takes no part: as if the puzzle were all there is, whatever stands
 * beside it in the batch. */
#include "test.h"

#include <math.h>

#include "base/rng.h"
#include "nn/exec.h"

enum { ROWS = 7, PAD = 2 };

/* Of each row: the part of the 5 x 4 grid that is not padding. */
static const struct {
    int top, left, rows, cols;
} part[ROWS] = {{0, 0, 3, 2}, {0, 0, 5, 4}, {1, 1, 3, 2}, {0, 0, 1, 4},
                {0, 0, 5, 4}, {0, 0, 2, 3}, {0, 0, 3, 2}};

static hr_spec spec_of(hr_arch arch, hr_mix mix, hr_pos pos, int conv) {
    hr_spec s = hr_spec_defaults();
    s.arch = arch;
    s.mix = mix;
    s.pos = pos;
    s.conv = conv;
    s.vocab = 11;
    s.seq = 20;
    s.cols = 4;
    s.skip_padding = 1;
    s.pad = PAD;
    s.puzzles = 3;
    s.hidden = s.puzzle_emb_ndim = 16;
    s.heads = 2;
    s.h_layers = arch == HR_ARCH_HRM ? 1 : 0;
    s.l_layers = 1;
    s.h_cycles = 1;
    s.l_cycles = 2;
    s.norm = conv == 5 ? HR_NORM_PRE : HR_NORM_POST;
    return s;
}

/* On candidates; the padding is the last symbol. */
static hr_spec sets_of(hr_pos pos) {
    hr_spec s = spec_of(HR_ARCH_LOOP, HR_MIX_ATTENTION, pos, 3);
    s.symbols = 5;
    s.pad = s.vocab - 1;
    s.puzzle_emb_ndim = 0;
    return s;
}

/* Too many weights for a small one. */
static hr_spec large(void) {
    hr_spec s = spec_of(HR_ARCH_LOOP, HR_MIX_ATTENTION, HR_POS_ROPE2D, 3);
    s.hidden = 256;
    s.l_layers = 3;
    s.l_cycles = 1;
    return s;
}

/* A model at work on a batch. */
typedef struct bench {
    hr_spec spec;
    hr_pool *pool;
    hr_model *model;
    hr_exec *exec;
    hr_batch batch;
    hr_objective objective;
    hr_real *z[HR_STATES_MAX], *logits, *q, *grads, *puzzle_grads;
    size_t state, cells, puzzle;
    hr_row_report reports[ROWS];
} bench;

static bool inside(int row, int t, int cols) {
    int r = t / cols - part[row].top, c = t % cols - part[row].left;
    return r >= 0 && r < part[row].rows && c >= 0 && c < part[row].cols;
}

/* A cell that is no padding. */
static void fill_cell(const hr_spec *s, hr_batch *batch, size_t i, uint64_t number) {
    hr_rng rng = hr_rng_stream(5, "cell");
    int kinds = s->symbols ? s->symbols - 1 : s->vocab;
    int32_t value = (int32_t)hr_rng_below(rng, 2 * number, (uint64_t)kinds);
    batch->labels[i] = (int32_t)hr_rng_below(rng, 2 * number + 1, (uint64_t)kinds);
    batch->inputs[i] = !s->symbols && value == PAD ? PAD + 1 : value;
    if (s->symbols)
        batch->inputs[i] = (number % 3 ? HR_GIVEN : 0) | 1 << value | 1 << batch->labels[i];
}

static void fill(const hr_spec *s, hr_batch *batch, int rows, bool padded) {
    size_t cells = (size_t)(rows * s->seq);
    *batch = (hr_batch){.rows = rows,
                        .inputs = HR_NEW(int32_t, cells),
                        .labels = HR_NEW(int32_t, cells),
                        .ids = HR_NEW(int32_t, (size_t)rows)};
    for (int b = 0; b < rows; b++) batch->ids[b] = b % s->puzzles;
    for (size_t i = 0; i < cells; i++) {
        int row = (int)i / s->seq, t = (int)i % s->seq;
        fill_cell(s, batch, i, i);
        if (!padded || inside(row, t, s->cols)) continue;
        batch->inputs[i] = s->symbols ? HR_GIVEN | 1 << (s->symbols - 1) : PAD;
        batch->labels[i] = s->symbols ? s->symbols - 1 : PAD;
    }
}

static void begin(bench *x) {
    for (int s = 0; s < HR_STATES_MAX; s++) hr_model_initial(x->model, s, x->z[s], x->batch.rows);
}

static void open_bench(bench *x, const hr_spec *spec, const hr_kern *kern, int threads, int micro,
                       int rows, bool padded) {
    memset(x, 0, sizeof *x);
    x->spec = *spec;
    OK(hr_pool_new(threads, HR_POOL_SPACE, &x->pool));
    OK(hr_model_new(spec, kern, true, &x->model));
    hr_model_init(x->model, 3);
    hr_rng noise = hr_rng_stream(4, "noise");
    for (size_t i = 0; i < x->model->table.total; i++) /* no parameter is 0, as some would be */
        x->model->params[i] += (hr_real)(0.02 * hr_rng_trunc_normal(noise, i));
    hr_model_pack(x->model, x->pool);
    const hr_engine_size size = {.micro = micro, .rows = rows, .shards = rows < 2 ? 1 : 2};
    OK(hr_exec_new(x->model, x->pool, &size, &x->exec));
    fill(spec, &x->batch, rows, padded);
    x->state = (size_t)rows * hr_spec_state(spec);
    x->cells = (size_t)(rows * spec->seq * hr_spec_outputs(spec));
    x->puzzle = (size_t)(rows * spec->puzzle_emb_ndim);
    for (int s = 0; s < HR_STATES_MAX; s++) x->z[s] = HR_NEW(hr_real, x->state);
    x->logits = HR_NEW(hr_real, x->cells);
    x->q = HR_NEW(hr_real, 2 * (size_t)rows);
    x->grads = HR_NEW(hr_real, x->model->table.dense);
    x->puzzle_grads = HR_NEW(hr_real, x->puzzle);
    x->objective = (hr_objective){.q_weight = 0.5,
                                  .q_continue = spec->arch == HR_ARCH_HRM,
                                  .global_batch = rows,
                                  .keep_weight = 4,
                                  .drop_weight = 0.5,
                                  .symbol_weight = 0.7,
                                  .conflict_weight = 0.3};
    begin(x);
}

static void close_bench(bench *x) {
    for (int s = 0; s < HR_STATES_MAX; s++) hr_free(x->z[s]);
    hr_free(x->logits), hr_free(x->q), hr_free(x->grads), hr_free(x->puzzle_grads);
    hr_free(x->batch.inputs), hr_free(x->batch.labels), hr_free(x->batch.ids);
    hr_exec_free(x->exec);
    hr_model_free(x->model);
    hr_pool_free(x->pool);
}

/* Two training segments; none takes memory. */
static void train(bench *x) {
    static const bool last[ROWS] = {false, true};
    uint64_t before = hr_alloc_count();
    for (int i = 0; i < 2; i++)
        hr_exec_train(x->exec,
                      &(hr_training){&x->batch, &x->objective, last, x->reports, x->logits}, x->z,
                      x->grads, x->puzzle_grads);
    assert_int_equal(hr_alloc_count() - before, 0);
}

static void forward(bench *x) {
    for (int i = 0; i < 2; i++) hr_exec_forward(x->exec, &x->batch, x->z, x->logits, x->q);
}

static void assert_same(const bench *a, const bench *b) {
    for (int s = 0; s < a->model->recur.states; s++)
        assert_memory_equal(a->z[s], b->z[s], a->state * sizeof(hr_real));
    assert_memory_equal(a->logits, b->logits, a->cells * sizeof(hr_real));
    assert_memory_equal(a->q, b->q, 2 * (size_t)a->batch.rows * sizeof(hr_real));
    assert_memory_equal(a->grads, b->grads, a->model->table.dense * sizeof(hr_real));
    assert_memory_equal(a->puzzle_grads, b->puzzle_grads, a->puzzle * sizeof(hr_real));
    assert_memory_equal(a->reports, b->reports, sizeof a->reports);
}

static size_t specs(hr_spec *out) {
    size_t n = 0;
    out[n++] = spec_of(HR_ARCH_HRM, HR_MIX_ATTENTION, HR_POS_ROPE, 0);
    out[n++] = spec_of(HR_ARCH_TRM, HR_MIX_ATTENTION, HR_POS_ROPE2D, 3);
    out[n++] = spec_of(HR_ARCH_LOOP, HR_MIX_ATTENTION, HR_POS_LEARNED, 0);
    out[n++] = spec_of(HR_ARCH_LOOP, HR_MIX_NONE, HR_POS_NONE, 5);
    out[n++] = sets_of(HR_POS_GRID);
    out[n - 1].conv = 0;
    out[n++] = sets_of(HR_POS_ROPE2D);
    out[n++] = large();
    return n;
}
enum { SPECS = 7, LARGE = 6 };

/* Whoever turns it on for puzzles of one size gets the run that he had. */
static void without_padding_nothing_changes(void **state) {
    (void)state;
    hr_spec spec[SPECS];
    assert_int_equal(specs(spec), SPECS);
    for (int i = 0; i < SPECS; i++)
        for (int k = 0; hr_kern_at(k); k++) {
            bench with, without;
            hr_spec plain = spec[i];
            plain.skip_padding = plain.pad = 0;
            if (i == LARGE && hr_kern_at(k) != hr_kern_select(NULL)) continue;
            open_bench(&with, &spec[i], hr_kern_at(k), 2, 3, ROWS, false);
            open_bench(&without, &plain, hr_kern_at(k), 2, 3, ROWS, false);
            train(&with), train(&without);
            forward(&with), forward(&without);
            assert_same(&with, &without);
            close_bench(&with), close_bench(&without);
        }
}

/* Nor on how many rows of many shapes run at once; of small models and of a large one. */
static void bits_do_not_depend_on_threads(void **state) {
    (void)state;
    hr_spec spec[SPECS];
    specs(spec);
    for (int i = 0; i < SPECS; i++)
        for (int k = 0; hr_kern_at(k); k++) {
            bench one, other;
            if (i == LARGE && hr_kern_at(k) != hr_kern_select(NULL)) continue;
            open_bench(&one, &spec[i], hr_kern_at(k), 1, 5, ROWS, true);
            train(&one), forward(&one);
            for (int threads = 2; threads <= (i == LARGE ? 2 : 4); threads++) {
                open_bench(&other, &spec[i], hr_kern_at(k), threads, 7 - 2 * threads % 6, ROWS,
                           true);
                train(&other), forward(&other);
                assert_same(&one, &other);
                close_bench(&other);
            }
            close_bench(&one);
        }
}

/* The last of `row` in x (seq x width) against its cells in a model of just that size. */
static void assert_cells(const bench *x, int row, const hr_real *mine, const hr_real *small,
                         size_t width) {
    size_t n = 0;
    for (int t = 0; t < x->spec.seq; t++) {
        if (!inside(row, t, x->spec.cols)) continue;
        const hr_real *own = mine + (size_t)(row * x->spec.seq + t) * width;
        if (memcmp(own, small + n++ * width, width * sizeof *own))
            fail_msg("%s: row %d, cell %d: %.9g, alone %.9g", x->model->kern->name, row, t,
                     (double)own[0], (double)small[(n - 1) * width]);
    }
}

/* A model of the size of one row's part, with the weights of x and that part as its only row. */
static void open_small(bench *small, const bench *x, int row) {
    hr_spec spec = x->spec;
    bool line = spec.cols == spec.seq;
    spec.skip_padding = spec.pad = 0;
    spec.cols = part[row].cols;
    spec.seq = part[row].rows * part[row].cols;
    if (line) spec.cols = spec.seq;
    open_bench(small, &spec, x->model->kern, 1, 1, 1, false);
    assert_int_equal(small->model->table.total, x->model->table.total);
    memcpy(small->model->params, x->model->params, x->model->table.total * sizeof(hr_real));
    hr_model_pack(small->model, small->pool);
    begin(small);
    for (int t = 0, n = 0; t < x->spec.seq; t++) {
        if (!inside(row, t, x->spec.cols)) continue;
        small->batch.inputs[n] = x->batch.inputs[row * x->spec.seq + t];
        small->batch.labels[n++] = x->batch.labels[row * x->spec.seq + t];
    }
    small->batch.ids[0] = x->batch.ids[row];
    small->objective.global_batch = x->objective.global_batch;
}

/* Where positions mean the same in both, a puzzle of its own size is what the net computes: same
 * answers, same losses, same puzzle gradient, and, alone in its batch, same gradients. */
static void check_small(const hr_spec *spec, const hr_kern *kern) {
    bench x, small, alone;
    open_bench(&x, spec, kern, 2, 5, ROWS, true);
    train(&x);
    for (int row = 0; row < ROWS; row++) {
        size_t outputs = (size_t)hr_spec_outputs(spec), ndim = (size_t)spec->puzzle_emb_ndim;
        if (part[row].top && spec->pos != HR_POS_NONE) continue; /* stands elsewhere */
        if (spec->conv && part[row].rows == 1) continue;         /* would be along a line */
        if (spec->hidden > 64 && row > 1) continue;              /* takes long enough */
        open_small(&small, &x, row);
        small.objective.q_continue = x.objective.q_continue;
        static const bool last[ROWS] = {false, true};
        for (int i = 0; i < 2; i++)
            hr_exec_train(small.exec,
                          &(hr_training){&small.batch, &small.objective, last + row, small.reports,
                                         small.logits},
                          small.z, small.grads, small.puzzle_grads);
        assert_cells(&x, row, x.logits, small.logits, outputs);
        assert_memory_equal(&x.reports[row], &small.reports[0], sizeof small.reports[0]);
        assert_memory_equal(x.puzzle_grads + (size_t)row * ndim, small.puzzle_grads,
                            ndim * sizeof(hr_real));
        open_bench(&alone, spec, kern, 1, 1, ROWS, true);
        size_t seq = (size_t)spec->seq;
        memmove(alone.batch.inputs, x.batch.inputs + (size_t)row * seq, seq * sizeof(int32_t));
        memmove(alone.batch.labels, x.batch.labels + (size_t)row * seq, seq * sizeof(int32_t));
        alone.batch.ids[0] = x.batch.ids[row];
        alone.batch.rows = 1;
        for (int i = 0; i < 2; i++)
            hr_exec_train(alone.exec,
                          &(hr_training){&alone.batch, &alone.objective, last + row, alone.reports,
                                         alone.logits},
                          alone.z, alone.grads, alone.puzzle_grads);
        assert_memory_equal(alone.grads, small.grads, x.model->table.dense * sizeof(hr_real));
        close_bench(&small), close_bench(&alone);
    }
    close_bench(&x);
}

static void a_puzzle_is_computed_as_if_it_were_all(void **state) {
    (void)state;
    const hr_spec spec[] = {spec_of(HR_ARCH_HRM, HR_MIX_ATTENTION, HR_POS_NONE, 0),
                            spec_of(HR_ARCH_TRM, HR_MIX_ATTENTION, HR_POS_ROPE2D, 3),
                            spec_of(HR_ARCH_LOOP, HR_MIX_NONE, HR_POS_NONE, 5),
                            sets_of(HR_POS_ROPE2D),
                            sets_of(HR_POS_NONE),
                            large()};
    for (int i = 0; i < 6; i++)
        for (int k = 0; hr_kern_at(k); k++)
            if (i < 5 || hr_kern_at(k) == hr_kern_select(NULL))
                check_small(&spec[i], hr_kern_at(k));
}

/* A sequence that is shorter than the longest, with rotary positions counted along it. */
static void so_is_a_sequence(void **state) {
    (void)state;
    hr_spec spec = spec_of(HR_ARCH_LOOP, HR_MIX_ATTENTION, HR_POS_ROPE, 3), shorter;
    spec.cols = spec.seq;
    for (int k = 0; hr_kern_at(k); k++) {
        bench x, small;
        open_bench(&x, &spec, hr_kern_at(k), 2, ROWS, ROWS, false);
        for (int b = 0; b < ROWS; b++)
            for (int t = 20 - 3 * b; t < 20; t++) x.batch.inputs[b * 20 + t] = PAD;
        forward(&x);
        for (int b = 0; b < ROWS - 1; b++) {
            shorter = spec;
            shorter.seq = shorter.cols = 20 - 3 * b;
            shorter.skip_padding = shorter.pad = 0;
            open_bench(&small, &shorter, hr_kern_at(k), 1, 1, 1, false);
            memcpy(small.model->params, x.model->params, x.model->table.total * sizeof(hr_real));
            hr_model_pack(small.model, small.pool);
            begin(&small);
            memcpy(small.batch.inputs, x.batch.inputs + 20 * b,
                   (size_t)shorter.seq * sizeof(int32_t));
            small.batch.ids[0] = x.batch.ids[b];
            forward(&small);
            assert_memory_equal(small.logits, x.logits + 20 * b * 11,
                                small.cells * sizeof(hr_real));
            assert_memory_equal(small.q, x.q + 2 * b, 2 * sizeof(hr_real));
            close_bench(&small);
        }
        close_bench(&x);
    }
}

/* What hrm solve answers must not depend on what else is in the file, nor on its threads. */
static void a_row_does_not_see_the_rows_beside_it(void **state) {
    (void)state;
    hr_spec spec[SPECS];
    specs(spec);
    for (int i = 0; i < SPECS; i++)
        for (int k = 0; hr_kern_at(k); k++) {
            bench all, one;
            if (i == LARGE && hr_kern_at(k) != hr_kern_select(NULL)) continue;
            open_bench(&all, &spec[i], hr_kern_at(k), 1, 4, ROWS, true);
            open_bench(&one, &spec[i], hr_kern_at(k), 3, 1, ROWS, true);
            forward(&all);
            hr_batch whole = one.batch;
            size_t seq = (size_t)spec[i].seq, state_size = all.state / ROWS;
            for (size_t b = 0; b < ROWS; b++) {
                one.batch =
                    (hr_batch){.rows = 1, .inputs = whole.inputs + b * seq, .ids = whole.ids + b};
                begin(&one);
                forward(&one);
                assert_memory_equal(one.logits, all.logits + b * all.cells / ROWS,
                                    all.cells / ROWS * sizeof(hr_real));
                assert_memory_equal(one.q, all.q + 2 * b, 2 * sizeof(hr_real));
                assert_memory_equal(one.z[all.model->recur.states - 1],
                                    all.z[all.model->recur.states - 1] + b * state_size,
                                    state_size * sizeof(hr_real));
            }
            one.batch = whole;
            close_bench(&all), close_bench(&one);
        }
}

static int likeliest(const hr_real *x, int n) {
    int best = 0;
    for (int v = 1; v < n; v++)
        if (x[v] > x[best]) best = v;
    return best;
}

/* The answer of padding is padding, also where a convolution's rectangle holds some, and in a row
 * that is nothing else. Nothing of it counts. */
static void padding_is_answered_by_padding(void **state) {
    (void)state;
    for (int conv = 0; conv <= 3; conv += 3) {
        hr_spec spec = spec_of(HR_ARCH_LOOP, HR_MIX_ATTENTION, HR_POS_LEARNED, conv);
        bench x;
        open_bench(&x, &spec, hr_kern_select(NULL), 2, 4, ROWS, true);
        for (int t = 0; t < 20; t++) x.batch.inputs[t] = PAD; /* all of row 0 */
        x.batch.inputs[4 * 20 + 6] = PAD;                     /* amid row 4, which is full */
        for (int i = 0; i < ROWS * 20; i++) {
            if (x.batch.inputs[i] == PAD) x.batch.labels[i] = 3;
            else x.batch.labels[i] = 4;
        }
        train(&x);
        for (int b = 0; b < ROWS; b++) {
            int live = 0;
            for (int t = 0; t < 20; t++) {
                const hr_real *logits = x.logits + (b * 20 + t) * 11;
                bool padding = x.batch.inputs[b * 20 + t] == PAD;
                live += !padding;
                if (padding) assert_int_equal(likeliest(logits, 11), PAD);
                for (int v = 0; v < 11; v++) assert_true(isfinite(logits[v]));
            }
            assert_int_equal(x.reports[b].labelled, live);
            assert_int_equal(live, b == 0 ? 0 : b == 4 ? 19 : part[b].rows * part[b].cols);
            assert_true(isfinite(x.reports[b].lm_loss));
        }
        for (size_t i = 0; i < x.model->table.dense; i++) assert_true(isfinite(x.grads[i]));
        /* the token of padding has a gradient only where a net or a rectangle needs one */
        double norm = 0;
        for (int c = 0; c < 16; c++)
            norm += fabs((double)x.grads[x.model->places.tokens->offset + PAD * 16 + (size_t)c]);
        if (conv) assert_true(norm > 0);
        close_bench(&x);
    }
}

static void refused(hr_spec s, const char *words) {
    if (hr_spec_check(&s) == HR_OK) fail_msg("passed, not refused for: %s", words);
    if (!strstr(hr_error_text(), words)) fail_msg("%s, not: %s", hr_error_text(), words);
}

/* It is part of the model file, and files without it must not change. */
static void it_is_checked_and_read_back(void **state) {
    (void)state;
    hr_spec spec = spec_of(HR_ARCH_TRM, HR_MIX_ATTENTION, HR_POS_ROPE, 0), out;
    char *text = hr_spec_to_json(&spec);
    assert_non_null(strstr(text, "\"skip_padding\": 1, \"pad\": 2"));
    OK(hr_spec_from_json(text, &out));
    assert_true(out.skip_padding == 1 && out.pad == PAD);
    hr_free(text);
    spec.pad = 11;
    refused(spec, "pad is 11, not a token");
    spec.pad = PAD;
    spec.mix = HR_MIX_TOKEN_MLP;
    refused(spec, "skip_padding needs mix attention or none");
    spec.skip_padding = 0;
    refused(spec, "pad is 2, not a token");
    spec.pad = 0;
    spec.pos = HR_POS_NONE;
    OK(hr_spec_check(&spec));
    text = hr_spec_to_json(&spec);
    assert_null(strstr(text, "pad"));
    OK(hr_spec_from_json(text, &out));
    assert_true(!out.skip_padding && !out.pad);
    hr_free(text);
}

HR_TEST_MAIN(cmocka_unit_test(without_padding_nothing_changes),
             cmocka_unit_test(bits_do_not_depend_on_threads),
             cmocka_unit_test(a_puzzle_is_computed_as_if_it_were_all),
             cmocka_unit_test(so_is_a_sequence),
             cmocka_unit_test(a_row_does_not_see_the_rows_beside_it),
             cmocka_unit_test(padding_is_answered_by_padding),
             cmocka_unit_test(it_is_checked_and_read_back))
