/* setup.c - from a recipe to a trainer: data, spec, memory, and the plan that is shown first. */
#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "data/dataset_arrays.h"
#include "data/dataset_open.h"
#include "solve/eval.h"
#include "model/import.h"
#include "train/train.h"

char *hr_trainer_path(const hrm_trainer *t, const char *name) {
    return hr_text_format("%s/%s", t->dir, name);
}

static hr_optim_config optim_of(const hr_recipe *r) {
    return (hr_optim_config){
        .kind = strcmp(r->optimizer, "adamw") ? HR_OPTIM_ADAM_ATAN2 : HR_OPTIM_ADAMW,
        .muon = r->muon,
        .beta1 = r->beta1,
        .beta2 = r->beta2,
        .eps = r->adam_eps,
        .weight_decay = r->weight_decay,
        .muon_momentum = r->muon_momentum,
        .muon_weight_decay = r->muon_weight_decay,
        .clip = r->clip,
        .ema = r->ema,
    };
}

/* Keeps the first `limit` examples; only for data whose rows stand for themselves. */
static hr_status limit_data(hr_dataset *data, int64_t limit) {
    if (!limit || (size_t)limit >= data->examples) return HR_OK;
    if (data->groups != data->examples)
        return hr_fail(HR_ERR_ARG, "limit: %s groups its examples; limit works on CSV files",
                       data->path);
    data->examples = data->puzzles = data->groups = (size_t)limit;
    return HR_OK;
}

static hr_status open_data(hrm_trainer *t) {
    const hr_recipe *r = &t->recipe;
    const char *task = strcmp(r->task, "auto") ? r->task : NULL;
    hr_status status = hr_dataset_open(r->data, task, NULL, &t->data);
    if (!status) status = limit_data(t->data, r->limit);
    if (!status && !t->data->examples)
        status = hr_fail(HR_ERR_TASK, "%s: holds no examples to train on", r->data);
    if (!status) t->data_hash = hr_dataset_hash(t->data);
    if (!status) t->names = hr_dataset_names(t->data);
    if (!status && *r->valid && r->eval_every)
        status = hr_dataset_open(r->valid, NULL, &t->data->task, &t->valid);
    if (!status && t->valid && !t->valid->examples)
        status = hr_fail(HR_ERR_TASK, "%s: holds no puzzles to evaluate on", r->valid);
    if (!status && t->valid)
        t->judged = hr_dataset_mix(hr_dataset_hash(t->valid), &r->eval_limit, sizeof r->eval_limit);
    return status;
}

/* Steps of the reference: int(epochs * groups * mean examples of a puzzle / batch). */
static int64_t planned_steps(const hr_recipe *r, const hr_dataset *data) {
    if (r->steps) return r->steps;
    double mean = (double)data->examples / (double)data->puzzles;
    double steps = floor(r->epochs * (double)data->groups * mean / (double)r->batch);
    return steps < 1 ? 1 : steps > 1e15 ? (int64_t)1e15 : (int64_t)steps;
}

static void layout(hrm_trainer *t, hr_arena *arena) {
    size_t rows = (size_t)t->recipe.batch;
    t->grads = HR_TAKE(arena, hr_real, t->model->table.dense);
    t->puzzle_grads = HR_TAKE(arena, hr_real, rows * (size_t)t->model->spec.puzzle_emb_ndim);
    t->first = HR_TAKE(arena, int, rows);
    t->min_steps = HR_TAKE(arena, int32_t, rows);
    t->reports = HR_TAKE(arena, hr_row_report, rows);
}

/* Bytes of the rows that a regime keeps from step to step. */
static size_t carry_bytes(const hrm_trainer *t) {
    int rows = (int)t->recipe.batch;
    return hr_recipe_is_lattice(&t->recipe) ? hr_lattice_bytes(t->model, rows)
                                            : hr_segments_bytes(t->model, rows);
}

/* The micro-batch that fits what the other parts leave of the budget. */
static hr_status plan_micro(hrm_trainer *t) {
    if (t->micro) return HR_OK; /* of a run that goes on: it is part of its bits */
    hr_optim_config config = optim_of(&t->recipe);
    size_t used = hr_model_bytes(&t->model->spec, t->kern, true) +
                  hr_optim_bytes(t->model, &config, 1) + carry_bytes(t) +
                  t->model->table.dense * sizeof(hr_real);
    int rows = hr_solver_rows(t->model); /* for evaluation, with which training has the same bits */
    used += hr_solver_bytes(t->model, rows) + hr_exec_bytes(t->model, 1, rows, false);
    size_t budget = (size_t)t->recipe.memory, activations;
    t->micro = hr_exec_plan(t->model, (int)t->recipe.batch, true, budget > used ? budget - used : 0,
                            &activations);
    if (used + activations <= budget) return HR_OK;
    return hr_fail(
        HR_ERR_ARG,
        "memory: %.1f MB are not enough; this recipe takes at least %.0f MB, with one row "
        "at a time",
        (double)budget / 1e6, ceil((double)(used + activations) / 1e6));
}

static hr_status take_parts(hrm_trainer *t) {
    const hr_recipe *r = &t->recipe;
    hr_objective objective = hr_recipe_objective(r);
    const hr_lattice_config lattice = {
        .rule = {.drop = r->drop,
                 .conflict = r->conflict,
                 .temperature = r->temperature,
                 .named = r->named,
                 .confirm = r->confirm},
        .views = r->augment,
        .age = r->pool_age,
        .plain = r->plain_share,
        .hinted = r->hint_share,
        .pool_from = r->pool_from,
        .pool_to = r->pool_to,
    };
    hr_optim_config config = optim_of(r);
    hr_status status = hr_exec_new(t->model, t->pool, t->micro, true, &t->exec);
    if (!status) status = hr_optim_new(t->model, t->pool, &config, &t->optim);
    if (!status && hr_recipe_is_lattice(r))
        status = hr_lattice_new(t->model, &t->data->task, (int)r->batch, &lattice, &objective,
                                &t->lattice);
    else if (!status) status = hr_segments_new(t->model, (int)r->batch, &objective, &t->segments);
    bool turned =
        hr_recipe_is_lattice(r) && t->data->task.ops->symmetry; /* by the pool, at every look */
    if (!status)
        status = hr_sampler_open(t->data, (uint64_t)r->seed, r->augment && !turned, &t->sampler);
    if (!status && t->valid)
        status =
            hr_solver_new(t->model, t->pool, &t->data->task, hr_solver_rows(t->model), &t->solver);
    hr_arena count = {0};
    if (!status) {
        layout(t, &count);
        status = hr_arena_open(&t->arena, count.used);
    }
    if (!status) layout(t, &t->arena);
    return status;
}

void hr_trainer_release(hrm_trainer *t) {
    hr_arena_close(&t->arena);
    hr_sampler_close(&t->sampler);
    hr_segments_free(t->segments);
    hr_lattice_free(t->lattice);
    hr_optim_free(t->optim);
    hr_solver_free(t->solver);
    hr_exec_free(t->exec);
    t->sampler = (hr_sampler){0};
    t->segments = NULL;
    t->lattice = NULL;
    t->optim = NULL;
    t->solver = NULL;
    t->exec = NULL;
}

hr_status hr_trainer_prepare(hrm_trainer *t) {
    if (t->exec) return HR_OK;
    if (!t->resumed) { /* else the state brings the weights */
        if (!*t->recipe.init) hr_model_init(t->model, (uint64_t)t->recipe.seed);
        hr_model_pack(t->model, t->pool);
    }
    hr_status status = take_parts(t);
    if (status) hr_trainer_release(t);
    return status;
}

/* The weights that the recipe names; a file of that name may hold others one day. */
static hr_status begin_with(hrm_trainer *t) {
    hr_status status = hr_import_into(t->recipe.init, t->model);
    if (!status)
        t->init_hash = hr_dataset_mix(HR_DATASET_HASH, t->model->params,
                                      t->model->table.total * sizeof *t->model->params);
    return status;
}

hr_status hr_trainer_build(hrm_trainer *t) {
    const hr_recipe *r = &t->recipe;
    t->best_exact = t->best_cells = -1;
    t->grown = r->grow_from;
    t->kern = hr_kern_select(*r->isa ? r->isa : NULL);
    if (!t->kern) return HR_ERR_ARG;
    hr_status status = hr_pool_new((int)r->threads, &t->pool);
    if (!status) status = open_data(t);
    if (status) return status;
    t->steps = planned_steps(r, t->data);
    if (hr_recipe_is_lattice(r) && !t->data->task.symbols)
        return hr_fail(HR_ERR_TASK,
                       "regime: lattice needs a task whose open cells hold symbols; "
                       "%s is a plain grid; a task file that names the blank makes it one",
                       t->data->path);
    if (hr_recipe_is_lattice(r) && (status = hr_dataset_check_whole(t->data))) return status;
    hr_spec spec = hr_recipe_spec(r, &t->data->task, t->data->identifiers);
    status = hr_model_new(&spec, t->kern, true, &t->model);
    if (!status && spec.skip_padding) status = hr_dataset_check_padding(t->data, spec.pad);
    if (!status && t->valid) status = hr_eval_fits(t->model, t->valid);
    if (!status && t->valid) status = hr_eval_knows(t->model, t->names, t->valid);
    if (!status && *r->init && !t->resumed) status = begin_with(t);
    return status ? status : plan_micro(t);
}

/* Where examples are made, a puzzle takes its identifier, its start and its view; evaluation reads
 * the list of names. */
static size_t dataset_bytes(const hr_dataset *d) {
    if (!d) return 0;
    return d->make ? d->puzzles * 20 + (size_t)d->identifiers * 40 + (4 << 20)
                   : d->examples * (2 * (size_t)d->task.seq + 12);
}

/* What the program, its libraries and its threads' stacks were measured to take, rounded up. */
enum { PROGRAM_BYTES = 8 << 20 };

static json_t *bytes_json(const hrm_trainer *t) {
    int threads = hr_pool_threads(t->pool);
    size_t model = hr_model_bytes(&t->model->spec, t->kern, true);
    hr_optim_config config = optim_of(&t->recipe);
    hrm_trainer arrays = *t; /* to count them */
    hr_arena count = {0};
    layout(&arrays, &count);
    size_t optimiser = hr_optim_bytes(t->model, &config, threads) + count.used;
    size_t carry = carry_bytes(t);
    size_t activations = hr_exec_bytes(t->model, threads, t->micro, true);
    size_t data = dataset_bytes(t->data) + dataset_bytes(t->valid);
    int rows = hr_solver_rows(t->model);
    if (t->valid)
        activations +=
            hr_solver_bytes(t->model, rows) + hr_exec_bytes(t->model, threads, rows, false);
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "program", (json_int_t)PROGRAM_BYTES,
                     "model", (json_int_t)model, "optimiser", (json_int_t)optimiser, "carry",
                     (json_int_t)carry, "activations", (json_int_t)activations, "data",
                     (json_int_t)data, "total",
                     (json_int_t)(PROGRAM_BYTES + model + optimiser + carry + activations + data));
}

double hr_trainer_flops(const hrm_trainer *t) {
    bool target = !hr_recipe_is_lattice(&t->recipe) && t->model->spec.arch == HR_ARCH_HRM;
    return hr_model_flops(&t->model->spec, true, target) * (double)t->recipe.batch;
}

hr_status hr_trainer_plan(const hrm_trainer *t, char **json) {
    const hr_spec *spec = &t->model->spec;
    double flops = hr_trainer_flops(t);
    json_t *plan = json_pack(
        "{s:s, s:o, s:I, s:i, s:i, s:i, s:I, s:I, s:f, s:I, s:I, s:s, s:s, s:i, s:o, s:o}", "arch",
        hr_arch_name(spec->arch), "dir", hr_json_name(t->dir), "parameters",
        (json_int_t)t->model->table.parameters, "tokens", hr_spec_tokens(spec), "batch",
        (int)t->recipe.batch, "micro_batch", t->micro, "step", (json_int_t)t->step, "steps",
        (json_int_t)t->steps, "flops_per_step", flops, "examples", (json_int_t)t->data->examples,
        "groups", (json_int_t)t->data->groups, "task", t->data->task.ops->name, "isa",
        t->kern->name, "threads", hr_pool_threads(t->pool), "bytes", bytes_json(t), "recipe",
        hr_recipe_to_json(&t->recipe));
    return hr_json_text(plan, JSON_COMPACT, "the plan", json);
}
