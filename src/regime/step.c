/* step.c - see step.h */
#include "regime/step.h"

#include <math.h>
#include <string.h>

/* ---- the learner ----------------------------------------------------------------------------- */

static void take_rows(void *owner, hr_arena *arena) {
    hr_learner *l = owner;
    hr_step_rows *r = &l->rows;
    const hr_spec *spec = &l->model->spec;
    size_t rows = (size_t)r->count, cells = rows * (size_t)spec->seq;
    size_t state = rows * hr_spec_state(spec);
    for (int i = 0; i < l->model->recur.states; i++) r->z[i] = HR_TAKE(arena, hr_real, state);
    r->batch.inputs = HR_TAKE(arena, int32_t, cells);
    r->batch.labels = HR_TAKE(arena, int32_t, cells);
    r->batch.ids = HR_TAKE(arena, int32_t, rows);
    r->last = HR_TAKE(arena, bool, rows);
    if (l->logits) r->logits = HR_TAKE(arena, hr_real, cells * (size_t)hr_spec_outputs(spec));
    l->regime->take(l->own, r, arena);
}

static void take_gradients(void *owner, hr_arena *arena) {
    hr_learner *l = owner;
    size_t rows = (size_t)l->rows.count, numbers = (size_t)l->model->spec.puzzle_emb_ndim;
    l->grads = HR_TAKE(arena, hr_real, l->model->table.dense);
    if (numbers) l->puzzle_grads = HR_TAKE(arena, hr_real, rows * numbers);
    l->first = HR_TAKE(arena, int, rows);
    l->rows.reports = HR_TAKE(arena, hr_row_report, rows);
}

static void layout(void *owner, hr_arena *arena) {
    take_rows(owner, arena);
    take_gradients(owner, arena);
}

static hr_learner blank(hr_model *model, const hr_regime *regime, int rows) {
    return (hr_learner){.regime = regime, .model = model, .rows = {.model = model, .count = rows}};
}

size_t hr_learner_row_bytes(hr_model *model, const hr_regime *regime, int rows) {
    hr_learner l = blank(model, regime, rows);
    l.logits = regime->logits;
    return hr_arena_count(take_rows, &l);
}

size_t hr_learner_optim_bytes(hr_model *model, const hr_optim_config *optim, int threads,
                              int rows) {
    hr_learner l = blank(model, NULL, rows);
    return hr_arena_count(take_gradients, &l) + hr_optim_bytes(model, optim, threads);
}

bool hr_learner_has_target(const hr_regime *regime, const hr_spec *spec) {
    return regime->halting && spec->arch == HR_ARCH_HRM;
}

static hr_status open_learner(hr_learner *l, const hr_learner_config *c) {
    l->logits = c->logits || c->regime->logits;
    hr_status status = hr_arena_fill(&l->arena, layout, l);
    if (!status) status = hr_exec_new(l->model, l->pool, &c->size, &l->exec);
    if (!status && c->optim) status = hr_optim_new(l->model, l->pool, c->optim, &l->optim);
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
    hr_optim_free(l->optim);
    hr_exec_free(l->exec);
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

void hr_step_gradients(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    hr_step_rows *r = &l->rows;
    int calls = set_size(l, how->size);
    *out = (hr_step_report){0};
    l->regime->draw(l->own, r, how);
    const hr_training training = {&r->batch, &r->objective, r->last, r->reports, r->logits};
    hr_exec_train(l->exec, &training, r->z, l->grads, l->puzzle_grads);
    l->regime->judge(l->own, r, how, &out->count);
    for (int b = 0; b < r->count; b++) {
        out->lm_loss += r->reports[b].lm_loss / r->count;
        out->loss += loss_of(r, &r->reports[b]) / r->count;
    }
    out->share = hr_exec_share(l->exec) * calls / l->model->recur.calls;
}

bool hr_step_update(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    if (l->optim) hr_optim_step(l->optim, l->grads, how->lr, how->muon_lr, &out->grad_norm);
    if (!isfinite(out->loss) || !isfinite(out->grad_norm)) return false;
    if (l->puzzle_grads)
        hr_puzzle_step(l->model, l->rows.batch.ids, l->rows.count, l->puzzle_grads, l->first,
                       how->puzzle_lr, how->puzzle_decay);
    if (l->optim) hr_model_pack(l->model, l->pool);
    return true;
}

bool hr_step(hr_learner *l, const hr_step_how *how, hr_step_report *out) {
    hr_step_gradients(l, how, out);
    return hr_step_update(l, how, out);
}

/* ---- what is kept ---------------------------------------------------------------------------- */

const hr_real *hr_learner_average(const hr_learner *l) {
    return l->optim ? l->optim->average : NULL;
}

void hr_learner_use_average(hr_learner *l, bool average) {
    const hr_real *mean = hr_learner_average(l);
    size_t bytes = l->model->table.dense * sizeof(hr_real);
    if (!mean) return;
    if (average) memcpy(l->grads, l->model->params, bytes);
    memcpy(l->model->params, average ? mean : l->grads, bytes);
    hr_model_pack(l->model, l->pool);
}

int hr_learner_arrays(hr_learner *l, hr_regime_array *out) {
    size_t dense = l->model->table.dense;
    int n = 0;
    out[n++] = (hr_regime_array){"params", HR_F32, l->model->params, l->model->table.total};
    out[n++] = (hr_regime_array){"optim.m", HR_F32, l->optim->m, dense};
    out[n++] = (hr_regime_array){"optim.v", HR_F32, l->optim->v, dense};
    if (l->optim->average) out[n++] = (hr_regime_array){"ema", HR_F32, l->optim->average, dense};
    return n + l->regime->arrays(l->own, &l->rows, out + n);
}

int64_t *hr_learner_updates(hr_learner *l) {
    return &l->optim->t;
}

hr_status hr_learner_loaded(hr_learner *l) {
    if (!l->regime->sound(l->own, &l->rows))
        return hr_fail(HR_ERR_FORMAT, "holds rows with values out of range");
    hr_model_pack(l->model, l->pool);
    return HR_OK;
}
