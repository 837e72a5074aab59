/* step.c - see step.h */
#include "regime/step.h"

#include <math.h>
#include <string.h>

#include "nn/engine_ranks.h"
#include "nn/engines.h"

/* ---- the learner ----------------------------------------------------------------------------- */

static void layout(void *owner, hr_arena *arena) {
    hr_learner *l = owner;
    hr_step_rows *r = &l->rows;
    const hr_spec *spec = &l->model->spec;
    size_t rows = (size_t)r->count, cells = rows * (size_t)spec->seq;
    r->batch.inputs = HR_TAKE(arena, int32_t, cells);
    r->batch.labels = HR_TAKE(arena, int32_t, cells);
    r->batch.ids = HR_TAKE(arena, int32_t, rows);
    if (spec->numbers) r->batch.numbers = HR_TAKE(arena, float, cells *(size_t)spec->numbers);
    r->last = HR_TAKE(arena, bool, rows);
    r->reports = HR_TAKE(arena, hr_row_report, rows);
    if (l->logits) r->logits = HR_TAKE(arena, hr_real, cells * (size_t)hr_spec_outputs(spec));
    l->regime->take(l->own, r, arena);
}

static hr_learner blank(hr_model *model, const hr_regime *regime, int rows) {
    return (hr_learner){.regime = regime, .model = model, .rows = {.model = model, .count = rows}};
}

size_t hr_learner_row_bytes(hr_model *model, const hr_regime *regime, int rows) {
    hr_learner l = blank(model, regime, rows);
    l.logits = regime->logits;
    return hr_arena_count(layout, &l) + hr_engines[0]->carry_bytes(model, rows);
}

bool hr_learner_has_target(const hr_regime *regime, const hr_spec *spec) {
    return regime->halting && spec->arch == HR_ARCH_HRM;
}

static hr_status open_learner(hr_learner *l, const hr_learner_config *c) {
    l->logits = c->logits || c->regime->logits;
    hr_status status = hr_arena_fill(&l->arena, layout, l);
    const hr_engine_ops *ops = c->engine ? c->engine : hr_engine_for(l->pool);
    l->optim = c->optim != NULL;
    l->average = c->optim && c->optim->ema > 0;
    if (!status) status = hr_engine_new(ops, l->model, l->pool, &c->size, c->optim, &l->engine);
    if (!status) status = hr_carry_new(l->engine, l->rows.count, &l->rows.carry);
    if (status) return status;
    l->regime->begin(l->own, &l->rows, c->keys, c->views);
    return HR_OK;
}

hr_status hr_learner_new(hr_model *model, hr_pool *pool, const hr_learner_config *c,
                         hr_learner **out) {
    *out = NULL;
    hr_learner *l = HR_NEW(hr_learner, 1);
    if (!l) return HR_ERR_MEM;
    *l = blank(model, c->regime, c->size.rows);
    l->pool = pool;
    l->rows.task = c->task;
    l->rows.batch.rows = c->size.rows;
    l->rows.objective = c->objective;
    l->rows.objective.global_batch = c->size.rows;
    l->rows.objective.q_continue = hr_learner_has_target(c->regime, &model->spec);
    hr_status status = open_learner(l, c);
    if (status) hr_learner_free(l);
    else *out = l;
    return status;
}

void hr_learner_free(hr_learner *l) {
    if (!l) return;
    hr_carry_free(l->rows.carry);
    hr_engine_free(l->engine);
    hr_arena_close(&l->arena);
    hr_free(l);
}

/* ---- the step -------------------------------------------------------------------------------- */

static double loss_of(const hr_step_rows *r, const hr_row_report *x) {
    const hr_objective *o = &r->objective;
    if (r->model->spec.symbols)
        return x->keep_loss + o->symbol_weight * x->lm_loss + o->conflict_weight * x->q_halt_loss;
    return x->lm_loss + o->q_weight * (x->q_halt_loss + x->q_continue_loss);
}

/* What the step has of the loops: fewer segments, or fewer calls of one. Returns the calls. */
static int set_size(hr_learner *l, double size) {
    int calls = l->model->recur.calls;
    if (l->regime->resize && l->regime->resize(l->own, &l->rows, size)) return calls;
    return l->rows.objective.depth = (int)ceil(size * calls);
}

bool hr_step_gradients(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    hr_step_rows *r = &l->rows;
    int calls = set_size(l, how->size);
    *out = (hr_step_report){0};
    l->regime->draw(l->own, r, how);
    r->objective.drop = hr_rng_sub(hr_rng_stream(how->seed, "dropout"), (uint64_t)how->step);
    const hr_training training = {&r->batch, &r->objective, r->last, r->reports, r->logits};
    double share = l->engine->ops->train(l->engine, &training, r->carry);
    if (l->engine->watch && atomic_load(&l->engine->watch->stopped)) return !(out->cut = true);
    l->regime->judge(l->own, r, how, &out->count);
    for (int b = 0; b < r->count; b++) {
        out->lm_loss += r->reports[b].lm_loss / r->count;
        out->loss += loss_of(r, &r->reports[b]) / r->count;
    }
    out->share = share * calls / l->model->recur.calls;
    return true;
}

bool hr_step_update(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    const hr_engine_ops *ops = l->engine->ops;
    if (l->optim) out->grad_norm = ops->update(l->engine, how->lr, how->muon_lr);
    if (!isfinite(out->loss) || !isfinite(out->grad_norm)) return false;
    ops->update_puzzles(l->engine, &l->rows.batch, how->puzzle_lr, how->puzzle_decay);
    if (l->optim) ops->pack(l->engine);
    return true;
}

bool hr_step(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    return hr_step_gradients(l, how, out) && hr_step_update(l, how, out);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

const hr_real *hr_learner_pull(const hr_learner *l, hr_held what) {
    return l->engine->ops->pull(l->engine, l->rows.carry, what);
}

int hr_learner_arrays(hr_learner *l, hr_regime_array *out) {
    size_t dense = l->model->table.dense;
    int n = 0;
    out[n++] = (hr_regime_array){"params", HR_F32, NULL, l->model->table.total, HR_HELD_PARAMS};
    out[n++] = (hr_regime_array){"optim.m", HR_F32, NULL, dense, HR_HELD_M};
    out[n++] = (hr_regime_array){"optim.v", HR_F32, NULL, dense, HR_HELD_V};
    if (l->average) out[n++] = (hr_regime_array){"ema", HR_F32, NULL, dense, HR_HELD_AVERAGE};
    return n + l->regime->arrays(l->own, &l->rows, out + n);
}

const void *hr_learner_array(const hr_learner *l, const hr_regime_array *a) {
    return a->data ? a->data : hr_learner_pull(l, a->held);
}

void hr_learner_set(hr_learner *l, const hr_regime_array *a, const void *numbers) {
    if (!a->data) l->engine->ops->push(l->engine, l->rows.carry, a->held, numbers);
    else memcpy(a->data, numbers, a->count * hr_dtype_size(a->dtype));
}

hr_status hr_learner_loaded(hr_learner *l) {
    if (!l->regime->sound(l->own, &l->rows))
        return hr_fail(HR_ERR_FORMAT, "holds rows with values out of range");
    l->engine->ops->pack(l->engine);
    return HR_OK;
}
