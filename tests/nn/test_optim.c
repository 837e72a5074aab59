/* test_optim.c - optimisers: formulas as the headers say. */
#include "test.h"
#include "small_net.h"

#include <math.h>

#include "base/rng.h"
#include "nn/muon.h"
#include "nn/optim.h"

typedef struct trained {
    hr_model *model;
    hr_pool *pool;
    hr_optim *optim;
    hr_real *grads;
} trained;

static void open_trained(trained *t, const hr_optim_config *config) {
    hr_spec spec = small(HR_ARCH_TRM, HR_MIX_ATTENTION);
    OK(hr_pool_new(2, HR_POOL_SPACE, &t->pool));
    OK(hr_model_new(&spec, hr_kern_select(NULL), true, &t->model));
    hr_model_init(t->model, 1);
    OK(hr_optim_new(t->model, t->pool, config, &t->optim));
    t->grads = HR_NEW(hr_real, t->model->table.dense);
    hr_rng rng = hr_rng_stream(9, "grads");
    for (int i = 0; i < t->model->table.count; i++) {
        const hr_param *p = &t->model->table.param[i];
        for (size_t j = 0; p->kind == HR_PARAM_DENSE && j < p->count; j++)
            t->grads[p->offset + j] = (hr_real)hr_rng_trunc_normal(rng, p->offset + j);
    }
}

static void close_trained(trained *t) {
    hr_free(t->grads);
    hr_optim_free(t->optim);
    hr_model_free(t->model);
    hr_pool_free(t->pool);
}

static void clipping_bounds_the_norm(void **state) {
    (void)state;
    trained t;
    double sum = 0;
    open_trained(&t, &(hr_optim_config){.beta1 = 0.9, .beta2 = 0.95, .clip = 0.5});
    for (size_t i = 0; i < t.model->table.dense; i++)
        sum += (double)t.grads[i] * (double)t.grads[i];
    double norm = hr_optim_step(t.optim, 1, t.grads, 1e-3, 0, NULL);
    assert_true(fabs(norm - sqrt(sum)) < 1e-5 * sqrt(sum)); /* as it was before */
    sum = 0;
    for (size_t i = 0; i < t.model->table.dense; i++) /* m = 0.1 g after one step */
        sum += 100 * (double)t.optim->m[i] * (double)t.optim->m[i];
    assert_true(fabs(sqrt(sum) - 0.5) < 1e-4);
    close_trained(&t);
}

/* A step with a broken gradient must leave the last good weights. */
static void a_broken_gradient_changes_nothing(void **state) {
    (void)state;
    trained t;
    open_trained(&t, &(hr_optim_config){.beta1 = 0.9, .beta2 = 0.95, .ema = 0.9});
    size_t bytes = t.model->table.dense * sizeof(hr_real);
    hr_real *before = HR_NEW(hr_real, t.model->table.dense);
    memcpy(before, t.model->params, bytes);
    t.grads[100] = NAN;
    assert_false(isfinite(hr_optim_step(t.optim, 1, t.grads, 1e-3, 0, NULL)));
    assert_memory_equal(before, t.model->params, bytes);
    hr_free(before);
    close_trained(&t);
}

/* At a rate of .999 the average of a short run is made of its first weights, and was saved as the
 * model: 12 % of cells where the weights themselves had 39. */
static void an_average_catches_up(void **state) {
    (void)state;
    for (int warmup = 0; warmup < 2; warmup++) {
        trained t;
        open_trained(&t, &(hr_optim_config){
                             .beta1 = 0.9, .beta2 = 0.95, .ema = 0.999, .ema_warmup = warmup == 1});
        size_t at = t.model->table.param[0].offset + 5;
        double first = (double)t.model->params[at], mean = first;
        for (int step = 1; step <= 30; step++) {
            hr_optim_step(t.optim, step, t.grads, 1e-2, 0, NULL);
            double rate = warmup ? fmin(0.999, (1 + step) / (10.0 + step)) : 0.999;
            mean = rate * mean + (1 - rate) * (double)t.model->params[at];
        }
        double way = (double)t.model->params[at] - first;
        assert_true(fabs(mean - (double)t.optim->average[at]) < 1e-5);
        double share = ((double)t.optim->average[at] - first) / way;
        assert_true(warmup ? share > 0.6 : share < 0.03);
        close_trained(&t);
    }
}

static void adamw_is_its_formula(void **state) {
    (void)state;
    trained t;
    open_trained(
        &t,
        &(hr_optim_config){
            .kind = HR_OPTIM_ADAMW, .beta1 = 0.9, .beta2 = 0.99, .eps = 1e-8, .weight_decay = 0.1});
    const hr_param *p = &t.model->table.param[0];
    double w = (double)t.model->params[p->offset + 5], m = 0, v = 0;
    for (int step = 1; step <= 3; step++) {
        double g = (double)t.grads[p->offset + 5];
        w *= 1 - 1e-2 * 0.1;
        m += 0.1 * (g - m);
        v += 0.01 * (g * g - v);
        w -= 1e-2 * (m / (1 - pow(0.9, step))) / (sqrt(v / (1 - pow(0.99, step))) + 1e-8);
        hr_optim_step(t.optim, step, t.grads, 1e-2, 0, NULL);
    }
    assert_true(fabs(w - (double)t.model->params[p->offset + 5]) < 1e-6);
    close_trained(&t);
}

/* u (r x c, r <= c) becomes its nearest orthogonal matrix, about: five steps of the quintic. */
static void orthogonalise(double *u, size_t r, size_t c) {
    double sum = 0, *a = HR_NEW(double, r *r), *next = HR_NEW(double, r *c);
    for (size_t i = 0; i < r * c; i++) sum += u[i] * u[i];
    for (size_t i = 0; i < r * c; i++) u[i] /= sqrt(sum);
    for (int step = 0; step < 5; step++) {
        for (size_t i = 0; i < r * r; i++) {
            a[i] = 0;
            for (size_t k = 0; k < c; k++) a[i] += u[i / r * c + k] * u[i % r * c + k];
        }
        for (size_t i = 0; i < r * c; i++) {
            double once = 0, twice = 0; /* A u, A A u */
            for (size_t k = 0; k < r; k++) {
                once += a[i / c * r + k] * u[k * c + i % c];
                for (size_t l = 0; l < r; l++)
                    twice += a[i / c * r + l] * a[l * r + k] * u[k * c + i % c];
            }
            next[i] = 3.4445 * u[i] - 4.7750 * once + 2.0315 * twice;
        }
        memcpy(u, next, r * c * sizeof *u);
    }
    hr_free(a);
    hr_free(next);
}

/* Outputs are the rows of the matrix, not of u, whose rows are its shorter side: over the root of
 * their running mean square, then as large together as they were. */
static void even(double *u, const hr_param *p, double *mean, double beta2) {
    size_t rows = p->rows, cols = p->cols, across = rows > cols ? rows : 1;
    size_t down = rows > cols ? 1 : cols;
    double before = 0, after = 0;
    for (size_t i = 0; i < rows; i++) {
        double sum = 0;
        for (size_t j = 0; j < cols; j++) sum += pow(u[i * down + j * across], 2);
        mean[i] = beta2 * mean[i] + (1 - beta2) * sum / (double)cols;
        for (size_t j = 0; j < cols; j++) u[i * down + j * across] /= sqrt(mean[i]) + 1e-10;
        before += sum;
        after += sum / pow(sqrt(mean[i]) + 1e-10, 2);
    }
    for (size_t i = 0; i < rows * cols; i++) u[i] *= sqrt(before) / sqrt(after);
}

/* What Muon makes of two steps, here in double: momentum, its look ahead, the orthogonal update,
 * its rows of equal size, its scale on tall matrices, decay. */
static void check_muon(trained *t, const hr_param *p) {
    const bool by_rows = t->optim->config.muon_rows;
    const double lr = 0.02, mu = 0.95, decay = 0.1;
    size_t rows = p->rows, cols = p->cols, n = p->count;
    double *w = HR_NEW(double, n), *m = HR_NEW(double, n), *u = HR_NEW(double, n);
    double *mean = HR_NEW(double, rows);
    for (size_t i = 0; i < n; i++) w[i] = (double)t->model->params[p->offset + i];
    double off = 0, moved = 0;
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < n; i++) {
            hr_real *g = &t->grads[p->offset + i];
            if (step) *g = (hr_real)((i % 3 ? 0.5 : -2) * (double)*g);
            m[i] = mu * m[i] + (double)*g;
            size_t at = rows > cols ? i % cols * rows + i / cols : i; /* the shorter side as rows */
            u[at] = (double)*g + mu * m[i];
        }
        orthogonalise(u, rows < cols ? rows : cols, rows < cols ? cols : rows);
        if (by_rows) even(u, p, mean, 0.8);
        hr_optim_step(t->optim, step + 1, t->grads, 0, lr, NULL);
        for (size_t i = 0; i < n; i++) {
            size_t at = rows > cols ? i % cols * rows + i / cols : i;
            double tall = rows > cols ? sqrt((double)rows / (double)cols) : 1, before = w[i];
            w[i] = w[i] * (1 - lr * decay) - lr * tall * u[at];
            double x = (double)t->model->params[p->offset + i] - w[i];
            off += x * x;
            moved += (w[i] - before) * (w[i] - before);
        }
    }
    assert_true(off < 0.05 * 0.05 * moved); /* the kernels may multiply in bf16 */
    for (size_t i = 0; i < n; i++) {        /* what a state keeps */
        double kept = (double)t->optim->v[p->offset + i], is = by_rows && i < rows ? mean[i] : 0;
        assert_true(fabs(kept - is) <= 0.1 * is);
    }
    hr_free(mean);
    hr_free(w);
    hr_free(m);
    hr_free(u);
}

static void check_muon_of(bool by_rows) {
    trained t;
    int seen[2] = {0, 0}; /* wide matrices, tall ones */
    const hr_optim_config config = {.muon = true,
                                    .muon_rows = by_rows,
                                    .beta1 = 0.9,
                                    .beta2 = 0.95,
                                    .muon_momentum = 0.95,
                                    .muon_beta2 = 0.8,
                                    .muon_weight_decay = 0.1};
    open_trained(&t, &config);
    int count = t.model->table.count;
    close_trained(&t);
    for (int i = 0; i < count; i++) {
        open_trained(&t, &config);
        const hr_param *p = &t.model->table.param[i];
        if (p->role == HR_ROLE_LINEAR && !seen[p->rows > p->cols]++) check_muon(&t, p);
        close_trained(&t);
    }
    assert_true(seen[0] && seen[1]);
}

/* A row taken for a column, or an update of another size, trains worse and fails nowhere else. */
static void muon_is_its_formula(void **state) {
    (void)state;
    check_muon_of(false);
    check_muon_of(true);
}

static void schedule_warms_up_and_cools_down(void **state) {
    (void)state;
    assert_true(hr_schedule(2, 1, 10, 100, 0.1) == 0.2);
    assert_true(hr_schedule(2, 10, 10, 100, 0.1) == 2);
    assert_true(fabs(hr_schedule(2, 100, 10, 100, 0.1) - 0.2) < 1e-12);
    assert_true(fabs(hr_schedule(2, 55, 10, 100, 0.1) - 1.1) < 1e-12);
    assert_true(hr_schedule(2, 99, 0, 100, 1) == 2);
}

HR_TEST_MAIN(cmocka_unit_test(clipping_bounds_the_norm),
             cmocka_unit_test(a_broken_gradient_changes_nothing),
             cmocka_unit_test(an_average_catches_up), cmocka_unit_test(adamw_is_its_formula),
             cmocka_unit_test(muon_is_its_formula),
             cmocka_unit_test(schedule_warms_up_and_cools_down))
