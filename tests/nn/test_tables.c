/* test_tables.c - a model must say and learn the same whichever kernels the processor brings: every
 * table runs whole nets, of widths as models really have them, beside the reference. */
#include "test.h"

#include <math.h>

#include "base/rng.h"
#include "nn/exec.h"

enum { ROWS = 3, DRAWS = 24, SEGMENTS = 1 };

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
    s.expansion = 1 + (double)pick(rng, &at, 4);
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

typedef struct learned {
    size_t cells, dense;
    hr_real *logits, *grads;
} learned;

/* Two training segments from fixed weights; loss and gradient are those of the last. */
static learned learn(const hr_spec *spec, const hr_kern *kern) {
    hr_pool *pool;
    hr_model *model;
    hr_exec *exec;
    OK(hr_pool_new(2, &pool));
    OK(hr_model_new(spec, kern, true, &model));
    hr_model_init(model, 3);
    hr_model_pack(model, pool);
    OK(hr_exec_new(model, pool, ROWS, true, &exec));
    size_t seq = (size_t)spec->seq;
    learned r = {.cells = ROWS * seq * (size_t)spec->vocab, .dense = model->table.dense};
    r.logits = HR_NEW(hr_real, r.cells);
    r.grads = HR_NEW(hr_real, r.dense);
    hr_real *puzzle = HR_NEW(hr_real, ROWS * (size_t)spec->puzzle_emb_ndim), *z[HR_STATES_MAX];
    int32_t ids[ROWS] = {0, 1, 0};
    int32_t *inputs = HR_NEW(int32_t, ROWS * seq), *labels = HR_NEW(int32_t, ROWS * seq);
    hr_rng rng = hr_rng_stream(5, "batch");
    for (size_t i = 0; i < ROWS * seq; i++) {
        inputs[i] = (int32_t)hr_rng_below(rng, 2 * i, (uint64_t)spec->vocab);
        labels[i] = (int32_t)hr_rng_below(rng, 2 * i + 1, (uint64_t)spec->vocab);
    }
    for (int s = 0; s < HR_STATES_MAX; s++) {
        z[s] = HR_NEW(hr_real, ROWS * hr_spec_state(spec));
        hr_model_initial(model, s, z[s], ROWS);
    }
    hr_batch batch = {.rows = ROWS, .inputs = inputs, .labels = labels, .ids = ids};
    hr_objective objective = {.loss = HR_LOSS_SOFTMAX, .global_batch = ROWS};
    hr_row_report reports[ROWS];
    static const bool last[ROWS] = {false};
    for (int i = 0; i < SEGMENTS; i++) {
        memset(r.grads, 0, r.dense * sizeof *r.grads);
        hr_exec_train(exec, &batch, &objective, last, z, r.grads, puzzle, reports, r.logits);
    }
    for (int s = 0; s < HR_STATES_MAX; s++) hr_free(z[s]);
    hr_free(inputs), hr_free(labels), hr_free(puzzle);
    hr_exec_free(exec);
    hr_model_free(model);
    hr_pool_free(pool);
    return r;
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

/* bf16 has 8 bits: each product is off by up to .4 %, and a net chains some dozens of them. A
 * weight that is read from a wrong place is off by about as much as the result is large. */
static void every_table_runs_the_same_net(void **state) {
    (void)state;
    for (uint64_t i = 0; i < DRAWS; i++) {
        hr_spec spec = draw_spec(i);
        learned ref = learn(&spec, hr_kern_at(0));
        for (int t = 1; hr_kern_at(t); t++) {
            const hr_kern *kern = hr_kern_at(t);
            learned r = learn(&spec, kern);
            double logits = apart(ref.logits, r.logits, ref.cells);
            double grads = apart(ref.grads, r.grads, ref.dense);
            double most = kern->bf16 ? .05 : 1e-4;
            if (!(logits < most && grads < 3 * most)) {
                char *text = hr_spec_to_json(&spec);
                fail_msg("%s: logits off by %g, gradients by %g: %s", kern->name, logits, grads,
                         text);
            }
            hr_free(r.logits), hr_free(r.grads);
        }
        hr_free(ref.logits), hr_free(ref.grads);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table_runs_the_same_net)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
