/* engine_cpu.c - see engine_cpu.h */
#include "nn/engine_cpu.h"

#include <math.h>
#include <string.h>

#include "base/part.h"
#include "nn/exec.h"

typedef struct cpu {
    hr_exec *exec;
    hr_optim *optim; /* or NULL */
    hr_real *grads, *puzzle_grads;
    int *first; /* (rows) scratch */
    hr_arena arena;
} cpu;

/* ---- memory ---------------------------------------------------------------------------------- */

static void take_gradients(cpu *own, const hr_model *m, int rows, hr_arena *arena) {
    size_t numbers = (size_t)rows * (size_t)m->spec.puzzle_emb_ndim;
    own->grads = HR_TAKE(arena, hr_real, m->table.dense);
    own->puzzle_grads = numbers ? HR_TAKE(arena, hr_real, numbers) : NULL;
    own->first = HR_TAKE(arena, int, (size_t)rows);
}

static void layout(void *owner, hr_arena *arena) {
    const hr_engine *e = owner;
    if (e->size.shards) take_gradients(e->own, e->model, e->size.rows, arena);
}

static size_t optim_bytes(const hr_model *model, int workers, const hr_optim_config *optim,
                          int rows) {
    cpu none;
    hr_arena count = {0};
    take_gradients(&none, model, rows, &count);
    return count.used + (optim ? hr_optim_bytes(model, optim, workers) : 0);
}

static hr_status engine_open(hr_engine *e) {
    cpu *own = e->own = HR_NEW(cpu, 1);
    if (!own) return HR_ERR_MEM;
    hr_status status = hr_arena_fill(&own->arena, layout, e);
    if (!status) status = hr_exec_new(e->model, e->pool, &e->size, &own->exec);
    if (!status && e->optim) status = hr_optim_new(e->model, e->pool, e->optim, &own->optim);
    return status;
}

static void engine_close(hr_engine *e) {
    cpu *own = e->own;
    if (!own) return;
    hr_optim_free(own->optim);
    hr_exec_free(own->exec);
    hr_arena_close(&own->arena);
    hr_free(own);
}

/* ---- states ---------------------------------------------------------------------------------- */

typedef struct states {
    hr_real *z[HR_STATES_MAX]; /* (rows x T x D) */
    hr_arena arena;
} states;

static void take_states(void *owner, hr_arena *arena) {
    const hr_carry *c = owner;
    size_t numbers = (size_t)c->rows * hr_spec_state(&c->engine->model->spec);
    for (int i = 0; i < c->engine->model->recur.states; i++)
        ((states *)c->own)->z[i] = HR_TAKE(arena, hr_real, numbers);
}

static size_t carry_bytes(const hr_model *model, int rows) {
    states none;
    hr_engine engine = {.model = (hr_model *)(uintptr_t)model};
    return hr_arena_count(take_states, &(hr_carry){.engine = &engine, .rows = rows, .own = &none});
}

static hr_status carry_open(hr_carry *c) {
    c->own = HR_NEW(states, 1);
    return c->own ? hr_arena_fill(&((states *)c->own)->arena, take_states, c) : HR_ERR_MEM;
}

static void carry_close(hr_carry *c) {
    if (c->own) hr_arena_close(&((states *)c->own)->arena);
    hr_free(c->own);
}

typedef struct fresh {
    hr_carry *carry;
    const bool *which;
} fresh;

static void reset_task(void *context, int row, int worker) {
    const fresh *f = context;
    const hr_model *m = f->carry->engine->model;
    (void)worker;
    for (int i = 0; i < m->recur.states && (!f->which || f->which[row]); i++)
        hr_model_initial(
            m, i, ((states *)f->carry->own)->z[i] + (size_t)row * hr_spec_state(&m->spec), 1);
}

static void reset(hr_carry *c, const bool *which, int rows) {
    hr_pool_run(c->engine->pool, rows, reset_task, &(fresh){c, which});
}

/* ---- what is held ---------------------------------------------------------------------------- */

/* Where it lies, and how much it is. */
static hr_real *held(hr_engine *e, hr_carry *c, hr_held what, size_t *count) {
    cpu *own = e->own;
    const hr_optim *o = own->optim;
    const hr_model *m = e->model;
    *count = m->table.dense;
    switch (what) {
    case HR_HELD_STATE_H:
    case HR_HELD_STATE_L:
        *count = (size_t)c->rows * hr_spec_state(&m->spec);
        return ((states *)c->own)->z[what - HR_HELD_STATE_H];
    case HR_HELD_PARAMS:
        *count = m->table.total;
        return m->params;
    case HR_HELD_PUZZLES:
        *count = (size_t)e->size.rows * (size_t)m->spec.puzzle_emb_ndim;
        return own->puzzle_grads;
    case HR_HELD_GRADS:
        return own->grads;
    case HR_HELD_M:
        return o ? o->m : NULL;
    case HR_HELD_V:
        return o ? o->v : NULL;
    default:
        return o ? o->average : NULL;
    }
}

static const hr_real *pull(hr_engine *e, hr_carry *c, hr_held what) {
    size_t count;
    return held(e, c, what, &count);
}

static void push(hr_engine *e, hr_carry *c, hr_held what, const hr_real *numbers) {
    size_t count;
    hr_real *to = held(e, c, what, &count);
    if (to && to != numbers) memcpy(to, numbers, count * sizeof *to);
}

static void pack(hr_engine *e) {
    hr_model_pack(e->model, e->pool);
}

/* ---- work ------------------------------------------------------------------------------------ */

static void forward(hr_engine *e, const hr_batch *batch, hr_carry *c, hr_real *logits, hr_real *q) {
    hr_exec *exec = ((cpu *)e->own)->exec;
    exec->watch = e->watch;
    exec->probe = e->probe;
    hr_exec_forward(exec, batch, ((states *)c->own)->z, logits, q);
    exec->watch = NULL;
    exec->probe = NULL;
}

static double train(hr_engine *e, const hr_training *training, hr_carry *c) {
    cpu *own = e->own;
    own->exec->watch = e->watch;
    double share =
        hr_exec_train(own->exec, training, ((states *)c->own)->z, own->grads, own->puzzle_grads);
    own->exec->watch = NULL;
    return share;
}

static double update(hr_engine *e, double lr, double muon_lr) {
    cpu *own = e->own;
    double norm = hr_optim_step(own->optim, e->updates + 1, own->grads, lr, muon_lr, e->dealt);
    e->updates += isfinite(norm) != 0;
    return norm;
}

static void update_puzzles(hr_engine *e, const hr_batch *batch, double lr, double decay) {
    cpu *own = e->own;
    if (own->puzzle_grads)
        hr_puzzle_step(e->model, batch->ids, batch->rows, own->puzzle_grads, own->first, lr, decay);
}

static void use_average(hr_engine *e, bool average) {
    cpu *own = e->own;
    size_t bytes = e->model->table.dense * sizeof(hr_real);
    if (!own->optim || !own->optim->average) return;
    if (average) memcpy(own->grads, e->model->params, bytes);
    memcpy(e->model->params, average ? own->optim->average : own->grads, bytes);
    pack(e);
}

const hr_engine_ops hr_engine_cpu = {
    .name = "cpu",
    .plan = HR_BEYOND(hr_exec_plan),
    .bytes = hr_exec_bytes,
    .optim_bytes = HR_BEYOND(optim_bytes),
    .open = engine_open,
    .close = engine_close,
    .carry_bytes = carry_bytes,
    .carry_open = carry_open,
    .carry_close = carry_close,
    .reset = reset,
    .pull = pull,
    .push = push,
    .pack = pack,
    .forward = forward,
    .train = HR_BEYOND(train),
    .update = HR_BEYOND(update),
    .update_puzzles = HR_BEYOND(update_puzzles),
    .use_average = HR_BEYOND(use_average),
};
