/* test_gradient.c - the hand-written backward against finite differences, in double precision.
 *
 * Gradient flows through the last calls of a segment only (recur.h), so the models here are chosen
 * such that those calls are all calls: then the loss as a function of the parameters has exactly
 * the gradient that training uses. What the papers call the one-step approximation is thereby kept
 * out of the comparison; that it is cut where it should be is what the fixtures test.           */
#include "test.h"

#include <math.h>

#include "base/pool.h"
#include "base/rng.h"
#include "nn/exec.h"

enum { ROWS = 3 };

typedef struct bench {
    hr_model *model;
    hr_exec *exec;
    hr_pool *pool;
    hr_batch batch;
    hr_objective objective;
    double *z[HR_STATES_MAX], *start[HR_STATES_MAX];
    double *grads, *puzzle_grads;
    hr_row_report reports[ROWS];
    size_t state;
} bench;

/* Of the objectives that are opened next. */
static double smoothing, dropout, residual_dropout;
static const double weights[] = {0.5, 2, 1, 0, 1.5, 0.7, 3};

static double draw(hr_rng rng, uint64_t *at) {
    return hr_rng_trunc_normal(rng, (*at)++);
}

/* Candidates: rows 0 and 2 hold their truth, row 1 has lost some of it; some cells are given. */
static void fill_sets(bench *x, const hr_spec *spec, hr_rng rng, uint64_t *at) {
    uint64_t all = (uint64_t)1 << spec->symbols;
    for (int i = 0; i < ROWS * spec->seq; i++) {
        int32_t set = (int32_t)hr_rng_below(rng, (*at)++, all);
        x->batch.labels[i] = (int32_t)hr_rng_below(rng, (*at)++, (uint64_t)spec->symbols);
        if (i / spec->seq != 1) set |= 1 << x->batch.labels[i];
        x->batch.inputs[i] = set | (i % 4 ? 0 : HR_GIVEN);
    }
}

static void open_bench(bench *x, const hr_spec *spec, hr_loss_kind loss) {
    memset(x, 0, sizeof *x);
    OK(hr_spec_check(spec));
    OK(hr_pool_new(2, HR_POOL_SPACE, &x->pool));
    OK(hr_model_new(spec, &hr_kern_ref, true, &x->model));
    hr_model_init(x->model, 1);
    hr_rng rng = hr_rng_stream(2, "bench");
    uint64_t at = 0;
    for (size_t i = 0; i < x->model->table.total;
         i++) { /* no parameter may be special, such as 0 */
        double noise = 0.05 * draw(rng, &at);
        x->model->params[i] += noise;
    }
    const hr_engine_size size = {.micro = 2, .rows = ROWS, .shards = 2}; /* of 1 and 2 rows */
    OK(hr_exec_new(x->model, x->pool, &size, &x->exec));
    size_t cells = ROWS * (size_t)spec->seq;
    x->batch.rows = ROWS;
    x->batch.inputs = HR_NEW(int32_t, cells);
    x->batch.labels = HR_NEW(int32_t, cells);
    x->batch.ids = HR_NEW(int32_t, ROWS);
    for (size_t i = 0; i < cells; i++) {
        x->batch.inputs[i] = (int32_t)hr_rng_below(rng, at++, (uint64_t)spec->vocab);
        x->batch.labels[i] = (int32_t)hr_rng_below(rng, at++, (uint64_t)spec->vocab);
        if (i % 5 == 0) x->batch.labels[i] = HR_IGNORE;
    }
    if (spec->symbols) fill_sets(x, spec, rng, &at);
    size_t numbers = cells * (size_t)spec->numbers;
    if (numbers) x->batch.numbers = HR_NEW(float, numbers);
    for (size_t i = 0; i < numbers; i++) x->batch.numbers[i] = (float)draw(rng, &at);
    x->batch.ids[1] = spec->puzzles - 1; /* rows 0 and 2 share a puzzle */
    x->state = ROWS * hr_spec_state(spec);
    for (int s = 0; s < HR_STATES_MAX; s++) {
        x->z[s] = HR_NEW(double, x->state);
        x->start[s] = HR_NEW(double, x->state);
        for (size_t i = 0; i < x->state; i++) x->start[s][i] = draw(rng, &at);
    }
    x->grads = HR_NEW(double, x->model->table.dense);
    x->puzzle_grads = HR_NEW(double, ROWS *(size_t)spec->puzzle_emb_ndim);
    x->objective = (hr_objective){.loss = loss,
                                  .q_weight = 0.5,
                                  .global_batch = ROWS,
                                  .keep_weight = 4,
                                  .drop_weight = 0.5,
                                  .symbol_weight = 0.7,
                                  .conflict_weight = 0.3,
                                  .smoothing = smoothing,
                                  .dropout = dropout,
                                  .residual_dropout = residual_dropout,
                                  .drop = hr_rng_stream(3, "drop"),
                                  .symbol_weights = smoothing > 0 ? weights : NULL};
}

static void close_bench(bench *x) {
    for (int s = 0; s < HR_STATES_MAX; s++) hr_free(x->z[s]), hr_free(x->start[s]);
    hr_free(x->batch.inputs), hr_free(x->batch.labels), hr_free(x->batch.ids);
    hr_free(x->batch.numbers);
    hr_free(x->grads), hr_free(x->puzzle_grads);
    hr_exec_free(x->exec);
    hr_model_free(x->model);
    hr_pool_free(x->pool);
}

/* The loss that the gradients are of; the targets of the halting terms depend on the outputs but
 * count as constants, so they are held at those of `fixed`. */
static double loss_of(bench *x, const hr_row_report *fixed) {
    static const bool last[ROWS] = {false, true, false};
    hr_model_pack(x->model, x->pool);
    for (int s = 0; s < HR_STATES_MAX; s++) memcpy(x->z[s], x->start[s], x->state * sizeof(double));
    memset(x->grads, 0, x->model->table.dense * sizeof(double));
    hr_exec_train(x->exec, &(hr_training){&x->batch, &x->objective, last, x->reports, NULL}, x->z,
                  x->grads, x->puzzle_grads);
    double sum = 0;
    for (int b = 0; b < ROWS; b++) {
        const hr_row_report *r = &x->reports[b];
        const hr_row_report *f = fixed ? &fixed[b] : r;
        if (x->model->spec.symbols) {
            sum += r->keep_loss + x->objective.symbol_weight * r->lm_loss +
                   x->objective.conflict_weight * r->q_halt_loss;
            continue;
        }
        /* q logits are reported in float; differences need them exact, so use the losses */
        sum += r->lm_loss;
        assert_int_equal(r->exact, f->exact); /* else the halting target moved */
        sum += x->objective.q_weight * r->q_halt_loss;
    }
    return sum / ROWS;
}

/* One number's analytic gradient against the central difference. */
static void check_one(bench *x, double *p, double analytic, const hr_row_report *fixed,
                      const char *name) {
    const double step = 1e-5, kept = *p;
    *p = kept + step;
    double up = loss_of(x, fixed);
    *p = kept - step;
    double down = loss_of(x, fixed);
    *p = kept;
    double numeric = (up - down) / (2 * step);
    if (fabs(numeric - analytic) > 1e-7 + 1e-5 * fabs(analytic))
        fail_msg("%s: gradient %.12g, difference quotient %.12g", name, analytic, numeric);
}

static void check_params(bench *x) {
    const hr_param_table *table = &x->model->table;
    hr_row_report fixed[ROWS];
    double first = loss_of(x, NULL);
    assert_true(isfinite(first));
    memcpy(fixed, x->reports, sizeof fixed);
    double *grads = HR_NEW(double, table->dense);
    memcpy(grads, x->grads, table->dense * sizeof *grads);
    size_t ndim = (size_t)x->model->spec.puzzle_emb_ndim;
    double *puzzle = HR_NEW(double, ROWS *ndim);
    if (ndim) memcpy(puzzle, x->puzzle_grads, ROWS * ndim * sizeof *puzzle);
    for (int i = 0; i < table->count; i++) {
        const hr_param *p = &table->param[i];
        if (p->kind == HR_PARAM_BUFFER) continue;
        for (int k = 0; k < 12; k++) { /* a dozen elements spread over each tensor */
            size_t at = (size_t)k * p->count / 12;
            double analytic = 0;
            if (p->kind == HR_PARAM_DENSE) analytic = grads[p->offset + at];
            else
                for (int b = 0; b < ROWS; b++)
                    if (hr_puzzle_row(&x->model->spec, x->batch.ids[b]) == at / p->cols)
                        analytic += puzzle[(size_t)b * ndim + at % p->cols];
            check_one(x, &x->model->params[p->offset + at], analytic, fixed, p->name);
        }
    }
    hr_free(grads);
    hr_free(puzzle);
}

static hr_spec tiny(void) {
    hr_spec s = hr_spec_defaults();
    s.vocab = 5;
    s.seq = 6;
    s.puzzles = 2;
    s.hidden = 12;
    s.puzzle_emb_ndim = 16; /* two prefix tokens, the second one partly zero */
    s.puzzle_emb_len = 0;
    s.heads = 2;
    s.expansion = 1;
    s.h_layers = s.l_layers = 2;
    s.h_cycles = s.l_cycles = 1;
    s.halt_max_steps = 4;
    return s;
}

static void assert_close(const double *a, const double *b, size_t n, const char *what) {
    for (size_t i = 0; i < n; i++)
        if (fabs(a[i] - b[i]) > 1e-12 + 1e-9 * fabs(a[i]))
            fail_msg("%s %zu: %.12g small, %.12g large", what, i, a[i], b[i]);
}

/* Small models train a shard by a thread, whose gradients are compared here with differences; large
 * ones a row block, then a part of the weights by a thread, to the same gradients. */
static void check_spec(hr_spec spec, hr_loss_kind loss) {
    const size_t kept = hr_exec_small_dense;
    bench small, large;
    open_bench(&small, &spec, loss);
    check_params(&small);
    hr_exec_small_dense = 0;
    open_bench(&large, &spec, loss);
    hr_exec_small_dense = kept;
    assert_true(fabs(loss_of(&small, NULL) - loss_of(&large, NULL)) < 1e-12);
    assert_close(small.grads, large.grads, small.model->table.dense, "gradient");
    assert_close(small.puzzle_grads, large.puzzle_grads, ROWS * (size_t)spec.puzzle_emb_ndim,
                 "puzzle gradient");
    close_bench(&small);
    close_bench(&large);
}

static void hrm_rope(void **state) {
    (void)state;
    check_spec(tiny(), HR_LOSS_STABLEMAX);
}

static void hrm_learned_softmax(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.pos = HR_POS_LEARNED;
    s.h_layers = 1;
    check_spec(s, HR_LOSS_SOFTMAX);
}

static void trm_attention(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.arch = HR_ARCH_TRM;
    s.h_layers = 0;
    s.l_cycles = 3;
    s.puzzle_emb_len = 3;
    check_spec(s, HR_LOSS_STABLEMAX);
}

static void trm_token_mlp(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.arch = HR_ARCH_TRM;
    s.mix = HR_MIX_TOKEN_MLP;
    s.pos = HR_POS_NONE;
    s.h_layers = 0;
    s.l_cycles = 2;
    check_spec(s, HR_LOSS_STABLEMAX);
}

/* A puzzle's vector in every cell, where a convolution alone mixes. */
static void puzzle_in_every_cell(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.arch = HR_ARCH_LOOP;
    s.h_layers = 0;
    s.h_cycles = 1;
    s.mix = HR_MIX_NONE;
    s.pos = HR_POS_NONE;
    s.conv = 3;
    s.cols = s.seq;
    s.puzzle_emb_cells = 1;
    s.puzzle_emb_ndim = s.hidden;
    check_spec(s, HR_LOSS_SOFTMAX);
}

/* A task's vector and one of the view, in every cell of rows whose padding takes no part, or before
 * the cells. */
static void tasks_and_views(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.puzzle_emb_views = 2;
    s.puzzles = 1 + 2 * s.puzzles;
    check_spec(s, HR_LOSS_STABLEMAX);
    s.puzzle_emb_cells = 1;
    s.puzzle_emb_len = 0;
    s.puzzle_emb_ndim = s.hidden;
    s.skip_padding = 1;
    s.pad = 1;
    check_spec(s, HR_LOSS_SOFTMAX);
}

/* Rows of three sizes in two micro-batches: row 0 whole, of row 1 the first line (two cells of it),
 * of row 2 two columns; padding that a convolution's rectangle holds has no gradient either. */
static void check_padded(hr_spec spec, hr_loss_kind loss) {
    bench x;
    spec.skip_padding = 1;
    spec.pad = spec.symbols ? spec.vocab - 1 : 0;
    open_bench(&x, &spec, loss);
    int32_t padding = spec.symbols ? HR_GIVEN | 1 << (spec.symbols - 1) : 0;
    int kinds = spec.symbols ? spec.symbols - 1 : spec.vocab;
    for (int i = 0; i < ROWS * spec.seq; i++) {
        int row = i / spec.seq, t = i % spec.seq;
        bool padded = row == 1 ? t > 1 : row == 2 && (t % spec.cols == 2 || (t == 3 && kinds > 3));
        x.batch.labels[i] %= kinds;
        if (spec.symbols)
            x.batch.inputs[i] = (x.batch.inputs[i] & ~padding) | 1 << x.batch.labels[i];
        else if (!x.batch.inputs[i]) x.batch.inputs[i] = 1;
        if (padded) x.batch.inputs[i] = padding;
    }
    check_params(&x);
    close_bench(&x);
}

/* Numbers beside tokens, with a prefix and padding that takes no part, and in channels. */
static void numbers_in_cells(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.numbers = 3;
    check_spec(s, HR_LOSS_STABLEMAX);
    s.cols = 3;
    check_padded(s, HR_LOSS_SOFTMAX);
    s.arch = HR_ARCH_LOOP;
    s.h_layers = 0;
    s.l_cycles = 2;
    s.pos = HR_POS_LEARNED;
    s.puzzle_emb_ndim = 0;
    s.symbol_channels = 1;
    s.own_channels = 2;
    check_spec(s, HR_LOSS_SOFTMAX);
}

static void no_puzzle_embedding(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.puzzle_emb_ndim = 0;
    s.pos = HR_POS_NONE;
    check_spec(s, HR_LOSS_SOFTMAX);
}

static hr_spec tiny_sets(hr_arch arch) {
    hr_spec s = tiny();
    s.arch = arch;
    s.symbols = 4;
    s.cols = 3;
    s.pos = HR_POS_GRID;
    s.puzzle_emb_ndim = 0;
    s.h_layers = arch == HR_ARCH_HRM ? 1 : 0;
    return s;
}

/* Every call is read and has gradient: what training on candidates rests on. */
static void candidates_loop(void **state) {
    (void)state;
    hr_spec s = tiny_sets(HR_ARCH_LOOP);
    s.l_cycles = 3;
    check_spec(s, HR_LOSS_SOFTMAX);
    s.mix = HR_MIX_TOKEN_MLP;
    check_spec(s, HR_LOSS_STABLEMAX);
}

static void candidates_hrm(void **state) {
    (void)state;
    hr_spec s = tiny_sets(HR_ARCH_HRM);
    s.h_cycles = 2;
    s.l_cycles = 2;
    check_spec(s, HR_LOSS_SOFTMAX);
}

static void candidates_trm(void **state) {
    (void)state;
    hr_spec s = tiny_sets(HR_ARCH_TRM);
    s.h_cycles = 2;
    s.pos = HR_POS_ROPE;
    check_spec(s, HR_LOSS_SOFTMAX);
}

/* A looped net on tokens: gradient through some of its calls, some of those read, some skipped. */
static void loop_tokens(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.arch = HR_ARCH_LOOP;
    s.h_layers = 0;
    s.l_cycles = 5;
    s.grad_calls = 4;
    s.readouts = 2;
    for (int depth = 0; depth <= 3; depth++) {
        bench x;
        open_bench(&x, &s, HR_LOSS_SOFTMAX);
        x.objective.depth = depth;
        if (depth) check_params(&x); /* with all calls, what came before the first is a constant */
        close_bench(&x);
    }
    s.grad_calls = 0;
    check_spec(s, HR_LOSS_STABLEMAX);
}

/* A convolution before each kind of mixing, on a grid and along a sequence, with prefix tokens,
 * which it leaves out, and without. */
static void convolutions(void **state) {
    (void)state;
    for (int mix = HR_MIX_ATTENTION; mix <= HR_MIX_NONE; mix++)
        for (int norm = HR_NORM_POST; norm <= HR_NORM_PRE; norm++)
            for (int shape = 0; shape < 4; shape++) {
                hr_spec s = tiny();
                s.arch = HR_ARCH_TRM;
                s.mix = (hr_mix)mix;
                s.norm = (hr_norm)norm;
                s.h_layers = 0;
                s.conv = shape < 2 ? 3 : 5; /* 5 is more than the grid has rows */
                s.cols = shape % 2 ? s.seq : 3;
                if (shape >= 2) s.puzzle_emb_ndim = 0;
                check_spec(s, HR_LOSS_SOFTMAX);
            }
}

static void rope_by_row_and_column(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.hidden = 16;
    s.pos = HR_POS_ROPE2D;
    s.cols = 3;
    check_spec(s, HR_LOSS_STABLEMAX);
}

static void skipped_padding(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.hidden = 16;
    s.pos = HR_POS_ROPE2D;
    s.cols = 3;
    s.conv = 3;
    for (int norm = HR_NORM_POST; norm <= HR_NORM_PRE; norm++) {
        s.norm = (hr_norm)norm;
        check_padded(s, HR_LOSS_STABLEMAX);
    }
    s = tiny();
    s.pos = HR_POS_LEARNED;
    s.cols = 3;
    check_padded(s, HR_LOSS_SOFTMAX);
    s = tiny_sets(HR_ARCH_LOOP);
    s.l_cycles = 3;
    check_padded(s, HR_LOSS_SOFTMAX);
}

static void convolution_hrm(void **state) {
    (void)state;
    hr_spec s = tiny();
    s.conv = 7;
    s.cols = 2;
    s.norm = HR_NORM_PRE;
    check_spec(s, HR_LOSS_STABLEMAX);
    s.mix = HR_MIX_NONE;
    s.pos = HR_POS_NONE;
    check_spec(s, HR_LOSS_STABLEMAX);
}

/* Candidates: the prefix token tells of conflicts. */
static void convolution_candidates(void **state) {
    (void)state;
    hr_spec s = tiny_sets(HR_ARCH_LOOP);
    s.l_cycles = 3;
    s.conv = 3;
    for (int mix = HR_MIX_ATTENTION; mix <= HR_MIX_NONE; mix++) {
        s.mix = (hr_mix)mix;
        s.norm = mix == HR_MIX_NONE ? HR_NORM_PRE : HR_NORM_POST;
        check_spec(s, HR_LOSS_SOFTMAX);
    }
}

/* A field for each symbol, which meet where a convolution would stand, or beside it. */
static void symbol_channels(void **state) {
    (void)state;
    const hr_arch archs[] = {HR_ARCH_LOOP, HR_ARCH_TRM, HR_ARCH_HRM, HR_ARCH_LOOP};
    const hr_mix mixes[] = {HR_MIX_TOKEN_MLP, HR_MIX_ATTENTION, HR_MIX_TOKEN_MLP, HR_MIX_NONE};
    for (int i = 0; i < 4; i++) {
        hr_spec s = tiny_sets(archs[i]);
        s.symbol_channels = 1;
        s.l_cycles = archs[i] == HR_ARCH_LOOP ? 3 : 1;
        s.mix = mixes[i];
        s.norm = i % 2 ? HR_NORM_POST : HR_NORM_PRE;
        s.conv = s.mix == HR_MIX_NONE || s.mix == HR_MIX_ATTENTION ? 3 : 0;
        s.own_channels = i;
        check_spec(s, HR_LOSS_SOFTMAX);
    }
    hr_spec s = tiny(); /* tokens; each field has a part of the puzzle's vector */
    s.arch = HR_ARCH_TRM;
    s.h_layers = 0;
    s.pos = HR_POS_LEARNED;
    s.symbol_channels = 1;
    s.own_channels = 2;
    s.puzzle_emb_cells = 1;
    s.puzzle_emb_ndim = s.vocab * s.hidden;
    check_spec(s, HR_LOSS_STABLEMAX);
}

/* Labels that are not sure, cells that weigh by their label. */
static void labels_smoothed_and_weighed(void **state) {
    (void)state;
    hr_spec s = tiny(), sets = tiny_sets(HR_ARCH_LOOP);
    const double x[4] = {0.3, -1.2, 2, 0.1};
    double dx[4], smooth[4];
    for (int kind = 0; kind < 2; kind++) { /* without smoothing it is the plain loss */
        double a = hr_loss_token((hr_loss_kind)kind, x, 4, 2, 0.7, dx);
        double b = hr_loss_smooth((hr_loss_kind)kind, x, 4, 2, 0, 0.7, smooth);
        assert_true(fabs(a - b) < 1e-14);
        for (int j = 0; j < 4; j++) assert_true(fabs(dx[j] - smooth[j]) < 1e-14);
        b = hr_loss_smooth((hr_loss_kind)kind, x, 4, 2, 0.2, 1, NULL);
        double mean = 0;
        for (int j = 0; j < 4; j++) mean += hr_loss_token((hr_loss_kind)kind, x, 4, j, 1, NULL) / 4;
        assert_true(fabs(0.8 * a + 0.2 * mean - b) < 1e-14);
    }
    smoothing = 0.15;
    check_spec(s, HR_LOSS_STABLEMAX);
    check_spec(s, HR_LOSS_SOFTMAX);
    sets.l_cycles = 2;
    check_spec(sets, HR_LOSS_SOFTMAX);
    smoothing = 0;
}

/* What is left out has no gradient, in whichever rows run together. */
static void inputs_left_out(void **state) {
    (void)state;
    hr_spec s = tiny();
    dropout = 0.3;
    check_spec(s, HR_LOSS_SOFTMAX);
    s.arch = HR_ARCH_TRM;
    s.mix = HR_MIX_TOKEN_MLP;
    s.pos = HR_POS_NONE;
    s.h_layers = 0;
    check_spec(s, HR_LOSS_STABLEMAX);
    dropout = 0;
}

/* The same of what layers add: in every kind of mixing, before and after norms, in every call. */
static void sums_left_out(void **state) {
    (void)state;
    residual_dropout = 0.3;
    hr_spec s = tiny(), sets = tiny_sets(HR_ARCH_LOOP);
    check_spec(s, HR_LOSS_SOFTMAX);
    s.norm = HR_NORM_PRE;
    check_spec(s, HR_LOSS_STABLEMAX);
    s.arch = HR_ARCH_TRM;
    s.mix = HR_MIX_TOKEN_MLP;
    s.pos = HR_POS_NONE;
    s.h_layers = 0;
    check_spec(s, HR_LOSS_STABLEMAX);
    s.norm = HR_NORM_POST;
    dropout = 0.2;
    check_spec(s, HR_LOSS_SOFTMAX);
    dropout = 0;
    s = tiny();
    s.conv = 3;
    s.cols = 3;
    s.skip_padding = true;
    check_spec(s, HR_LOSS_SOFTMAX);
    s.mix = HR_MIX_NONE;
    s.pos = HR_POS_NONE;
    check_spec(s, HR_LOSS_SOFTMAX);
    sets.l_cycles = 2;
    sets.symbol_channels = 1;
    check_spec(sets, HR_LOSS_SOFTMAX);
    residual_dropout = 0;
}

HR_TEST_MAIN(cmocka_unit_test(hrm_rope), cmocka_unit_test(hrm_learned_softmax),
             cmocka_unit_test(trm_attention), cmocka_unit_test(trm_token_mlp),
             cmocka_unit_test(puzzle_in_every_cell), cmocka_unit_test(symbol_channels),
             cmocka_unit_test(tasks_and_views), cmocka_unit_test(numbers_in_cells),
             cmocka_unit_test(no_puzzle_embedding), cmocka_unit_test(candidates_loop),
             cmocka_unit_test(candidates_hrm), cmocka_unit_test(candidates_trm),
             cmocka_unit_test(rope_by_row_and_column), cmocka_unit_test(convolutions),
             cmocka_unit_test(convolution_hrm), cmocka_unit_test(convolution_candidates),
             cmocka_unit_test(loop_tokens), cmocka_unit_test(skipped_padding),
             cmocka_unit_test(labels_smoothed_and_weighed), cmocka_unit_test(inputs_left_out),
             cmocka_unit_test(sums_left_out))
