/* test_engine.c - the engine seam: an engine that keeps all it holds apart trains and solves with
 * the bits of the one it hands the work to, so nobody looks behind the seam; and shards that are
 * shared out among engines meet in the tree of one. */
#include "test.h"

#include <math.h>

#define HR_ENGINES(X) X(apart) X(cpu)
#include "nn/engines.c" /* in place of the library's */

#include "base/rng.h"
#include "nn/engine_cpu.h"
#include "nn/exec.h"
#include "regime/segments.h"
#include "regime/step.h"
#include "solve/solve.h"

enum { ROWS = 7, SEQ = 20, STEPS = 4 };

/* ---- an engine that keeps everything in memory of its own ------------------------------------
 *
 * It lends it to a CPU engine for an operation, and spoils what is left there afterwards. */

enum { HELD = HR_HELD_AVERAGE + 1 };
static int calls; /* of operations that work */

typedef struct apart {
    void *inner;                       /* an engine, or a carry */
    hr_real *mine[HELD], *shown[HELD]; /* pulls are to the second */
} apart;

static hr_engine *inner_of(const hr_engine *e) {
    return ((apart *)e->own)->inner;
}

static size_t count_of(const hr_engine *e, const hr_carry *c, int what) {
    const hr_model *m = e->model;
    if (what <= HR_HELD_STATE_L)
        return c && what < m->recur.states ? (size_t)c->rows * hr_spec_state(&m->spec) : 0;
    if (what == HR_HELD_PARAMS) return m->table.total;
    if (!e->size.shards) return 0;
    if (what == HR_HELD_PUZZLES) return (size_t)e->size.rows * (size_t)m->spec.puzzle_emb_ndim;
    return hr_engine_cpu.pull(inner_of(e), NULL, (hr_held)what) ? m->table.dense : 0;
}

/* Between own memory and the inner engine's; what is left there is no number. */
static void move(hr_engine *e, hr_carry *c, bool in) {
    apart *of = c ? c->own : e->own;
    hr_carry *inner = c ? of->inner : NULL;
    for (int i = c ? HR_HELD_STATE_H : HR_HELD_PARAMS; i < (c ? HR_HELD_PARAMS : HELD); i++) {
        size_t count = of->mine[i] ? count_of(e, c, i) : 0;
        if (!count) continue;
        if (in) {
            hr_engine_cpu.push(inner_of(e), inner, (hr_held)i, of->mine[i]);
            continue;
        }
        const hr_real *from = hr_engine_cpu.pull(inner_of(e), inner, (hr_held)i);
        memcpy(of->mine[i], from, count * sizeof(hr_real));
        for (size_t k = 0; k < count; k++) ((hr_real *)(uintptr_t)from)[k] = (hr_real)NAN;
    }
}

static void enter(hr_engine *e, hr_carry *c) {
    move(e, NULL, true);
    if (c) move(e, c, true);
    inner_of(e)->updates = e->updates;
    calls++;
}

static void leave(hr_engine *e, hr_carry *c) {
    e->updates = inner_of(e)->updates;
    move(e, NULL, false);
    if (c) move(e, c, false);
}

static void take(apart *of, const hr_engine *e, const hr_carry *c) {
    for (int i = 0; i < HELD; i++) {
        size_t count = count_of(e, c, i);
        if (!count || (c != NULL) != (i <= HR_HELD_STATE_L)) continue;
        of->mine[i] = HR_NEW(hr_real, count);
        of->shown[i] = i == HR_HELD_PARAMS ? e->model->params : HR_NEW(hr_real, count);
    }
}

static void drop(apart *of) {
    for (int i = 0; i < HELD; i++) {
        hr_free(of->mine[i]);
        if (i != HR_HELD_PARAMS) hr_free(of->shown[i]);
    }
    hr_free(of);
}

static hr_status apart_open(hr_engine *e) {
    apart *own = e->own = HR_NEW(apart, 1);
    hr_engine *inner;
    hr_status status = hr_engine_new(&hr_engine_cpu, e->model, e->pool, &e->size, e->optim, &inner);
    own->inner = inner;
    take(own, e, NULL);
    leave(e, NULL);
    return status;
}

static void apart_close(hr_engine *e) {
    apart *own = e->own;
    enter(e, NULL);
    hr_engine_free(own->inner);
    drop(own);
}

static hr_status carry_open(hr_carry *c) {
    apart *own = c->own = HR_NEW(apart, 1);
    hr_carry *inner;
    hr_status status = hr_carry_new(inner_of(c->engine), c->rows, &inner);
    own->inner = inner;
    take(own, c->engine, c);
    return status;
}

static void carry_close(hr_carry *c) {
    hr_carry_free(((apart *)c->own)->inner);
    drop(c->own);
}

static void reset(hr_carry *c, const bool *which, int rows) {
    enter(c->engine, c);
    hr_engine_cpu.reset(((apart *)c->own)->inner, which, rows);
    leave(c->engine, c);
}

static const hr_real *pull(hr_engine *e, hr_carry *c, hr_held what) {
    apart *of = what <= HR_HELD_STATE_L ? c->own : e->own;
    if (!of->mine[what]) return NULL;
    return memcpy(of->shown[what], of->mine[what], count_of(e, c, what) * sizeof(hr_real));
}

static void push(hr_engine *e, hr_carry *c, hr_held what, const hr_real *numbers) {
    apart *of = what <= HR_HELD_STATE_L ? c->own : e->own;
    memcpy(of->mine[what], numbers, count_of(e, c, what) * sizeof(hr_real));
}

/* Runs `work` on the inner engine, as `inner`. */
#define WITHIN(e, c, work)                                                                         \
    do {                                                                                           \
        hr_engine *inner = inner_of(e);                                                            \
        enter(e, c);                                                                               \
        work;                                                                                      \
        leave(e, c);                                                                               \
    } while (0)

static void pack(hr_engine *e) {
    WITHIN(e, NULL, hr_engine_cpu.pack(inner));
}

static void forward(hr_engine *e, const hr_batch *batch, hr_carry *c, hr_real *logits, hr_real *q) {
    WITHIN(e, c, hr_engine_cpu.forward(inner, batch, ((apart *)c->own)->inner, logits, q));
}

static double train(hr_engine *e, const hr_training *training, hr_carry *c) {
    double share;
    WITHIN(e, c, share = hr_engine_cpu.train(inner, training, ((apart *)c->own)->inner));
    return share;
}

static double update(hr_engine *e, double lr, double muon_lr) {
    double norm;
    WITHIN(e, NULL, norm = hr_engine_cpu.update(inner, lr, muon_lr));
    return norm;
}

static void update_puzzles(hr_engine *e, const hr_batch *batch, double lr, double decay) {
    WITHIN(e, NULL, hr_engine_cpu.update_puzzles(inner, batch, lr, decay));
}

static void use_average(hr_engine *e, bool average) {
    WITHIN(e, NULL, hr_engine_cpu.use_average(inner, average));
}

static hr_engine_size plan(const hr_model *model, int rows, int shards, size_t budget,
                           size_t *bytes) {
    return hr_engine_cpu.plan(model, rows, shards, budget, bytes);
}

static size_t bytes_of(const hr_model *model, int workers, const hr_engine_size *size) {
    return hr_engine_cpu.bytes(model, workers, size);
}

static size_t optim_bytes(const hr_model *model, int workers, const hr_optim_config *optim,
                          int rows) {
    return hr_engine_cpu.optim_bytes(model, workers, optim, rows);
}

static size_t carry_bytes(const hr_model *model, int rows) {
    return hr_engine_cpu.carry_bytes(model, rows);
}

const hr_engine_ops hr_engine_apart = {
    .name = "apart",
    .plan = plan,
    .bytes = bytes_of,
    .optim_bytes = optim_bytes,
    .open = apart_open,
    .close = apart_close,
    .carry_bytes = carry_bytes,
    .carry_open = carry_open,
    .carry_close = carry_close,
    .reset = reset,
    .pull = pull,
    .push = push,
    .pack = pack,
    .forward = forward,
    .train = train,
    .update = update,
    .update_puzzles = update_puzzles,
    .use_average = use_average,
};

/* ---- a run of steps on it -------------------------------------------------------------------- */

typedef struct bench {
    hr_pool *pool;
    hr_model *model;
    hr_learner *learner;
    uint8_t tokens[ROWS * SEQ];
    int asked;
} bench;

static hr_spec small(hr_arch arch) {
    hr_spec s = hr_spec_defaults();
    s.arch = arch;
    s.vocab = 11;
    s.seq = SEQ;
    s.puzzles = 3;
    s.hidden = s.puzzle_emb_ndim = 32;
    s.heads = 4;
    s.h_layers = arch == HR_ARCH_HRM;
    s.l_layers = s.h_cycles = s.l_cycles = 2;
    s.halt_max_steps = 3;
    return s;
}

static void fill(const hr_spec *s, hr_batch *batch) {
    hr_rng rng = hr_rng_stream(5, "batch");
    for (size_t i = 0; i < ROWS * SEQ; i++) {
        batch->inputs[i] = (int32_t)hr_rng_below(rng, 2 * i, (uint64_t)s->vocab);
        batch->labels[i] = (int32_t)hr_rng_below(rng, 2 * i + 1, (uint64_t)s->vocab);
    }
    for (int b = 0; b < ROWS; b++) batch->ids[b] = b % s->puzzles;
}

static hr_optim_config optim_of(hr_arch arch) {
    return (hr_optim_config){.kind = HR_OPTIM_ADAM_ATAN2,
                             .beta1 = .9,
                             .beta2 = .95,
                             .weight_decay = .1,
                             .ema = arch == HR_ARCH_TRM ? .9 : 0};
}

static void open_bench(bench *x, hr_arch arch, const hr_engine_ops *ops) {
    const hr_optim_config optim = optim_of(arch);
    hr_spec spec = small(arch);
    *x = (bench){0};
    OK(hr_pool_new(2, HR_POOL_SPACE, &x->pool));
    OK(hr_model_new(&spec, hr_kern_select(NULL), true, &x->model));
    hr_model_init(x->model, 3);
    hr_model_pack(x->model, x->pool);
    OK(hr_learner_new(x->model, x->pool,
                      &(hr_learner_config){.regime = &hr_regime_segments,
                                           .objective = {.q_weight = .5},
                                           .optim = &optim,
                                           .engine = ops,
                                           .size = ops->plan(x->model, ROWS, 3, SIZE_MAX, NULL)},
                      &x->learner));
    fill(&spec, &x->learner->rows.batch);
}

static void close_bench(bench *x) {
    hr_learner_free(x->learner);
    hr_model_free(x->model);
    hr_pool_free(x->pool);
}

static void step(bench *x, int at) {
    hr_step_report report;
    assert_true(hr_step(
        x->learner, &(hr_step_how){.step = at, .size = 1, .lr = 1e-2, .puzzle_lr = 1e-2}, &report));
}

static hr_status next(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    size_t index = asked->index;
    (void)wait;
    *more = index < ROWS ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    for (int t = 0; t < SEQ && index < ROWS; t++)
        asked->question[t] = (uint8_t)((index + (size_t)t) % 11);
    asked->id = 1;
    ((bench *)user)->asked++;
    return HR_OK;
}

static hr_status keep(void *user, const hr_solved *solved) {
    memcpy(((bench *)user)->tokens + solved->index * SEQ, solved->tokens, SEQ);
    return HR_OK;
}

/* With the average where there is one, as evaluation does. */
static void solve(bench *x) {
    hr_engine *e = x->learner->engine;
    hr_solver *solver;
    OK(hr_solver_new(x->model, x->pool, e, NULL, 3, &solver));
    e->ops->use_average(e, true);
    OK(hr_solver_run(solver, &(hr_solver_how){0},
                     &(hr_flow){.next = next, .done = keep, .user = x}));
    e->ops->use_average(e, false);
    hr_solver_free(solver);
}

static void assert_same(bench *a, bench *b) {
    hr_regime_array x[HR_LEARNER_ARRAYS], y[HR_LEARNER_ARRAYS];
    int n = hr_learner_arrays(a->learner, x);
    assert_int_equal(hr_learner_arrays(b->learner, y), n);
    for (int i = 0; i < n; i++) {
        const void *one = hr_learner_array(a->learner, &x[i]);
        const void *other = hr_learner_array(b->learner, &y[i]);
        if (memcmp(one, other, x[i].count * hr_dtype_size(x[i].dtype)))
            fail_msg("%s differs", x[i].name);
    }
    assert_memory_equal(a->tokens, b->tokens, sizeof a->tokens);
    assert_int_equal(a->learner->engine->updates, b->learner->engine->updates);
}

/* What is read or written beside the operations is not a number on the one, and weights on the
 * other. A third goes on from what the first had after a step. */
static void nobody_looks_behind_the_seam(void **state) {
    (void)state;
    static const hr_arch archs[] = {HR_ARCH_HRM, HR_ARCH_TRM};
    for (int i = 0; i < 2; i++) {
        bench own, other, later;
        open_bench(&own, archs[i], &hr_engine_cpu);
        open_bench(&other, archs[i], &hr_engine_apart);
        open_bench(&later, archs[i], &hr_engine_apart);
        for (int at = 0; at < STEPS; at++) {
            step(&own, at);
            step(&other, at);
            if (at) step(&later, at);
            hr_regime_array a[HR_LEARNER_ARRAYS], b[HR_LEARNER_ARRAYS];
            int n = at ? 0 : hr_learner_arrays(other.learner, a);
            if (n) hr_learner_arrays(later.learner, b);
            for (int k = 0; k < n; k++)
                hr_learner_set(later.learner, &b[k], hr_learner_array(other.learner, &a[k]));
            if (n) later.learner->engine->updates = other.learner->engine->updates;
            if (n) OK(hr_learner_loaded(later.learner));
        }
        solve(&own), solve(&other), solve(&later);
        assert_same(&own, &other);
        assert_same(&own, &later);
        close_bench(&own), close_bench(&other), close_bench(&later);
    }
    assert_true(calls > 2 * 3 * STEPS);
}

/* The plan that a recipe's memory is held against is what is asked for, to the few bytes of the
 * structures themselves; and a step that fails is none. */
static void the_plan_is_what_is_taken(void **state) {
    (void)state;
    static const hr_arch archs[] = {HR_ARCH_HRM, HR_ARCH_TRM};
    for (int i = 0; i < 2; i++) {
        bench x;
        const hr_engine_ops *ops = &hr_engine_cpu;
        const hr_optim_config optim = optim_of(archs[i]);
        uint64_t before = hr_alloc_bytes();
        open_bench(&x, archs[i], ops);
        uint64_t taken = hr_alloc_bytes() - before;
        hr_engine *e = x.learner->engine;
        size_t carry = ops->carry_bytes(x.model, ROWS);
        size_t planned = hr_model_bytes(&x.model->spec, x.model->kern, true) +
                         ops->optim_bytes(x.model, 2, &optim, ROWS) +
                         hr_learner_row_bytes(x.model, &hr_regime_segments, ROWS) +
                         ops->bytes(x.model, 2, &e->size) + 2 * HR_POOL_SPACE;
        if (taken < planned || taken - planned > 16384)
            fail_msg("planned %zu, taken %zu", planned, (size_t)taken);
        hr_carry *more;
        before = hr_alloc_bytes();
        OK(hr_carry_new(e, ROWS, &more));
        taken = hr_alloc_bytes() - before;
        if (taken < carry || taken - carry > 256)
            fail_msg("planned %zu, taken %zu", carry, (size_t)taken);
        hr_carry_free(more);
        hr_real *broken = HR_NEW(hr_real, x.model->table.dense);
        broken[0] = NAN;
        ops->push(e, NULL, HR_HELD_GRADS, broken);
        assert_false(isfinite(ops->update(e, 1e-3, 0)));
        assert_int_equal(e->updates, 0);
        hr_free(broken);
        close_bench(&x);
    }
}

/* ---- shards shared out among engines --------------------------------------------------------- */

enum { SHARDS = 5 };

/* Subtrees that were handed over, and what all come to. */
typedef struct ring {
    hr_subtree have[SHARDS];
    int count;
    bool last; /* the engine at work has the last shards */
    hr_pool *pool;
    const hr_kern *kern;
} ring;

static void clear(ring *r) {
    while (r->count) hr_free(r->have[--r->count].sum);
}

/* The first hands its subtrees over; the last one goes on where it stopped. */
static void join(void *user, const hr_subtree *own, int count, size_t numbers) {
    ring *r = user;
    size_t bytes = numbers * sizeof(hr_real);
    if (!r->last) {
        clear(r);
        for (; r->count < count; r->count++) {
            r->have[r->count] = own[r->count];
            r->have[r->count].sum = memcpy(HR_NEW(hr_real, numbers), own[r->count].sum, bytes);
        }
        return;
    }
    hr_arena arena = {0};
    hr_tree tree;
    hr_tree_take(&tree, numbers, SHARDS, SHARDS, &arena);
    OK(hr_arena_open(&arena, arena.used));
    hr_tree_take(&tree, numbers, SHARDS, SHARDS, &arena);
    for (int i = 0; i < r->count + count; i++) {
        const hr_subtree *from = i < r->count ? &r->have[i] : &own[i - r->count];
        hr_real *sum = memcpy(hr_tree_leaf(&tree), from->sum, bytes);
        hr_tree_push(&tree, sum, from->start, from->size);
        hr_tree_join(&tree, r->kern, r->pool);
    }
    memcpy(own[0].sum, hr_tree_finish(&tree, r->kern, r->pool), bytes);
    hr_arena_close(&arena);
}

/* Gradients of a batch's rows from..to-1 into out (dense). */
static void gradients(hr_model *m, hr_pool *pool, const hr_engine_size *size, int from,
                      hr_real *out) {
    hr_engine *e;
    hr_carry *carry;
    int32_t inputs[ROWS * SEQ], labels[ROWS * SEQ], ids[ROWS];
    hr_row_report reports[ROWS];
    hr_batch batch = {ROWS, inputs, labels, ids, NULL};
    const hr_objective objective = {.q_weight = .5,
                                    .global_batch = ROWS,
                                    .dropout = .25,
                                    .residual_dropout = .25,
                                    .drop = hr_rng_stream(5, "drop")};
    fill(&m->spec, &batch);
    batch = (hr_batch){size->rows, inputs + from * SEQ, labels + from * SEQ, ids + from, NULL};
    OK(hr_engine_new(&hr_engine_cpu, m, pool, size, NULL, &e));
    OK(hr_carry_new(e, size->rows, &carry));
    for (int i = 0; i < 2; i++) { /* what the first left must not tell in the second */
        e->ops->reset(carry, NULL, size->rows);
        e->ops->train(e, &(hr_training){&batch, &objective, NULL, reports, NULL}, carry);
    }
    memcpy(out, e->ops->pull(e, NULL, HR_HELD_GRADS), m->table.dense * sizeof *out);
    hr_carry_free(carry);
    hr_engine_free(e);
}

/* Several machines must find what one would. */
static void shared_shards_meet_in_one_tree(void **state) {
    (void)state;
    hr_spec spec = small(HR_ARCH_TRM);
    ring r = {.kern = hr_kern_select(NULL)};
    hr_model *m;
    OK(hr_pool_new(2, HR_POOL_SPACE, &r.pool));
    OK(hr_model_new(&spec, r.kern, true, &m));
    hr_model_init(m, 3);
    hr_model_pack(m, r.pool);
    hr_real *whole = HR_NEW(hr_real, m->table.dense), *part = HR_NEW(hr_real, m->table.dense);
    const hr_engine_size all = {.micro = ROWS, .rows = ROWS, .shards = SHARDS};
    gradients(m, r.pool, &all, 0, whole);
    for (int first = 1; first < SHARDS; first++)
        for (int engine = 0; engine < 3; engine++) { /* the third: where it would end alone */
            r.last = engine > 0;
            int from = r.last ? first * ROWS / SHARDS : 0,
                to = r.last ? ROWS : first * ROWS / SHARDS;
            const hr_exchange exchange = {r.last ? first : 0, SHARDS, ROWS, join, &r};
            const hr_engine_size size = {.micro = 1,
                                         .rows = to - from,
                                         .shards = r.last ? SHARDS - first : first,
                                         .exchange = engine < 2 ? &exchange : NULL};
            gradients(m, r.pool, &size, from, part);
            bool same = !memcmp(whole, part, m->table.dense * sizeof *part);
            assert_int_equal(same, engine == 1);
        }
    clear(&r);
    hr_free(whole), hr_free(part);
    hr_model_free(m);
    hr_pool_free(r.pool);
}

static bool never(void *user) {
    (void)user;
    return false;
}

/* A segment that is cut at whichever moment leaves an engine that goes on as a new one would. */
static void a_cut_segment_leaves_no_trace(void **state) {
    (void)state;
    const size_t kept = hr_exec_small_dense;
    for (int kind = 0; kind < 4; kind++) {
        bench x;
        hr_exec_small_dense = kind % 2 ? 0 : kept;
        open_bench(&x, kind / 2 ? HR_ARCH_HRM : HR_ARCH_TRM, &hr_engine_cpu);
        hr_engine *e = x.learner->engine;
        hr_step_rows *r = &x.learner->rows;
        const hr_training training = {&r->batch, &r->objective, NULL, r->reports, NULL};
        hr_watch watch = {.go = never};
        hr_real *whole = HR_NEW(hr_real, x.model->table.dense);
        size_t bytes = x.model->table.dense * sizeof *whole;
        int cuts = 0;
        for (int i = 0; i < 40; i++) {
            hr_watch_begin(&watch);
            watch.asked += i * 1e-4 - 0.022; /* the question comes so soon */
            e->watch = i ? &watch : NULL;
            e->ops->reset(r->carry, NULL, ROWS);
            e->ops->train(e, &training, r->carry);
            cuts += e->watch && atomic_load(&watch.stopped);
            e->watch = NULL;
            e->ops->reset(r->carry, NULL, ROWS);
            e->ops->train(e, &training, r->carry);
            const hr_real *grads = e->ops->pull(e, NULL, HR_HELD_GRADS);
            if (!i) memcpy(whole, grads, bytes);
            assert_memory_equal(whole, grads, bytes);
        }
        assert_true(cuts > 0);
        hr_free(whole);
        close_bench(&x);
    }
    hr_exec_small_dense = kept;
}

/* A net that runs fewer calls has no gradient at the blocks that it leaves out, whatever was there
 * before. */
static void calls_left_out_have_no_gradient(void **state) {
    (void)state;
    const size_t kept = hr_exec_small_dense;
    for (int large = 0; large < 2; large++) {
        bench x;
        hr_exec_small_dense = large ? 0 : kept;
        open_bench(&x, HR_ARCH_HRM, &hr_engine_cpu);
        for (int depth = 0; depth < 2; depth++) {
            x.learner->rows.objective.depth = depth; /* 0: all; 1: the last call, of H */
            hr_engine *e = x.learner->engine;
            hr_step_rows *r = &x.learner->rows;
            e->ops->reset(r->carry, NULL, ROWS);
            e->ops->train(e, &(hr_training){&r->batch, &r->objective, NULL, r->reports, NULL},
                          r->carry);
            const hr_real *grads = e->ops->pull(e, NULL, HR_HELD_GRADS);
            for (int i = 0; i < x.model->table.count; i++) {
                const hr_param *p = &x.model->table.param[i];
                double sum = 0;
                for (size_t k = 0; p->role == HR_ROLE_LINEAR && k < p->count; k++)
                    sum += fabs((double)grads[p->offset + k]);
                bool left_out = depth && strstr(p->name, "L_level");
                if (p->role == HR_ROLE_LINEAR && left_out == (sum > 0))
                    fail_msg("%s: %g at depth %d", p->name, sum, depth);
            }
        }
        close_bench(&x);
    }
    hr_exec_small_dense = kept;
}

HR_TEST_MAIN(cmocka_unit_test(nobody_looks_behind_the_seam),
             cmocka_unit_test(the_plan_is_what_is_taken),
             cmocka_unit_test(a_cut_segment_leaves_no_trace),
             cmocka_unit_test(calls_left_out_have_no_gradient),
             cmocka_unit_test(shared_shards_meet_in_one_tree))
