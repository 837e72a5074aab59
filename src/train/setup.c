/* setup.c - see setup.h */
#include "train/setup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "data/audit.h"
#include "data/dataset_arrays.h"
#include "data/dataset_open.h"
#include "io/json.h"
#include "model/import.h"
#include "model/recipe_spec.h"
#include "nn/engine_ranks.h"
#include "nn/engines.h"
#include "solve/eval.h"

/* Keeps the first `limit` examples; only for data whose rows stand for themselves. */
static hr_status limit_data(hr_dataset *data, int64_t limit) {
    if (!limit || (size_t)limit >= data->examples) return HR_OK;
    if (data->groups != data->examples)
        return hr_fail(HR_ERR_ARG, "limit: %s groups its examples; limit works on CSV files",
                       data->path);
    data->examples = data->puzzles = data->groups = (size_t)limit;
    return HR_OK;
}

/* A run that goes on reads its data again, which a pipe gives but once. */
static hr_status check_lasting(const char *path) {
    return hr_os_is_pipe(path) ? hr_fail(HR_ERR_IO,
                                         "%s: is a pipe; a run reads its data again when it goes "
                                         "on, so write them to a file",
                                         path)
                               : HR_OK;
}

static hr_status open_data(hr_setup *s) {
    const hr_recipe *r = &s->recipe;
    const char *task = strcmp(r->task, "auto") ? r->task : NULL;
    hr_status status = check_lasting(r->data);
    if (!status && *r->valid) status = check_lasting(r->valid);
    if (!status) status = hr_dataset_open(r->data, task, NULL, &s->data);
    if (!status) status = limit_data(s->data, r->limit);
    if (!status && !s->data->examples)
        status = hr_fail(HR_ERR_TASK, "%s: holds no examples to train on", r->data);
    if (!status) s->data_hash = hr_dataset_hash(s->data);
    if (!status) s->names = hr_dataset_names(s->data);
    if (!status && *r->valid && r->eval_every)
        status = hr_dataset_open(r->valid, NULL, &s->data->task, &s->valid);
    if (!status && s->valid && !s->valid->examples)
        status = hr_fail(HR_ERR_TASK, "%s: holds no puzzles to evaluate on", r->valid);
    if (!status && !s->resumed) status = hr_dataset_check_answered(s->data, 0);
    if (!status && s->valid && (!s->resumed || s->renewed))
        status = hr_dataset_check_answered(s->valid, (size_t)r->eval_limit);
    int64_t all = s->valid ? (int64_t)s->valid->examples : 0, count = r->eval_limit;
    if (!count || count > all) count = all; /* however that is said */
    if (!status && s->valid)
        s->valid_hash = hr_dataset_mix(hr_dataset_hash(s->valid), &count, sizeof count);
    s->search = hr_solver_search;
    s->search.rounds = hr_recipe_eval_rounds(r);
    if (s->search.rounds)
        s->valid_hash = hr_dataset_mix(s->valid_hash, &s->search.rounds, sizeof s->search.rounds);
    return status;
}

/* Steps of the reference: int(epochs * groups * mean examples of a puzzle / batch). */
int64_t hr_setup_steps(const hr_recipe *r, const hr_dataset *data) {
    if (r->steps) return r->steps;
    double mean = (double)data->examples / (double)data->puzzles;
    double steps = floor(r->epochs * (double)data->groups * mean / (double)r->batch);
    return steps < 1 ? 1 : steps > 1e15 ? (int64_t)1e15 : (int64_t)steps;
}

/* The micro-batch that fits what the other parts leave of the budget. A run of an earlier version
 * goes on even where its budget is now too small. */
static hr_status plan_rows(hr_setup *s) {
    const hr_engine_ops *engine = hr_engines[0];
    hr_optim_config config = hr_recipe_optim(&s->recipe);
    int batch = (int)s->recipe.batch;
    size_t used = hr_model_bytes(&s->model->spec, s->kern, true) +
                  engine->optim_bytes(s->model, 1, &config, batch) +
                  hr_learner_row_bytes(s->model, s->regime, batch);
    /* for evaluation, with which training has the same bits */
    used += hr_solver_bytes(s->model, hr_solver_rows(s->model));
    size_t budget = (size_t)s->recipe.memory, activations;
    s->size = engine->plan(s->model, batch, (int)s->recipe.shards,
                           budget > used ? budget - used : 0, &activations);
    hr_status status = hr_ranks_fit(s->comm, s->size.shards);
    if (status || used + activations <= budget || (s->resumed && !s->renewed)) return status;
    return hr_fail(
        HR_ERR_ARG,
        "memory: %.1f MB are not enough; this recipe takes at least %.0f MB, with %d row%s "
        "at a time",
        (double)budget / 1e6, ceil((double)(used + activations) / 1e6), s->size.micro,
        s->size.micro == 1 ? "" : "s");
}

/* Frequency to minus class_balance, such that a cell weighs 1 in the mean; of the first puzzles. */
static void balance_symbols(hr_setup *s) {
    enum { PUZZLES = 20000 };
    const hr_dataset *d = s->data;
    const uint8_t *question, *labels;
    double *weight = s->symbol_weights, count[HR_VOCAB_MAX] = {0}, all = 0, mean = 0;
    for (size_t i = 0; i < d->examples && i < PUZZLES; i++) {
        hr_dataset_pair(d, i, &question, &labels);
        for (int t = 0; t < d->task.seq; t++) count[labels[t]] += labels[t] != d->ignore;
    }
    for (int v = 0; v < HR_VOCAB_MAX; v++) {
        weight[v] = count[v] > 0 ? pow(count[v], -s->recipe.class_balance) : 0;
        mean += weight[v] * count[v];
        all += count[v];
    }
    for (int v = 0; v < HR_VOCAB_MAX; v++) weight[v] = count[v] > 0 ? weight[v] * all / mean : 1;
}

/* "2:1.5,7:0.5" over them; blanks may stand between pairs, and be a symbol before a colon. */
static hr_status weigh_symbols(hr_setup *s) {
    const hr_task *task = &s->data->task;
    bool named[HR_VOCAB_MAX] = {false};
    for (int v = 0; v < HR_VOCAB_MAX; v++) s->symbol_weights[v] = 1;
    if (s->recipe.class_balance > 0) balance_symbols(s);
    for (const char *at = s->recipe.class_weights; *at;) {
        while ((*at == ',' || *at == ' ') && at[1] != ':') at++;
        if (!*at) break;
        size_t size = at[1] == ':' ? 2 + strcspn(at + 2, ", ") : 0;
        char number[32];
        double weight = -1;
        snprintf(number, sizeof number, "%.*s", size ? (int)size - 2 : 0, size ? at + 2 : at);
        if (!size || size > sizeof number || !hr_text_number(number, &weight) ||
            !(weight >= 0 && weight <= 1e6))
            return hr_fail(HR_ERR_ARG,
                           "class_weights: \"%.40s\" is not symbol:weight, a weight from 0 to 1e6, "
                           "as in 2:1.5,7:0.5",
                           at);
        int token = 1;
        while (token < task->vocab && task->alphabet[token] != *at) token++;
        if (token == task->vocab)
            return hr_fail(HR_ERR_ARG, "class_weights: '%c' is no symbol of %s, which are \"%.*s\"",
                           *at, s->data->path, task->vocab - 1, task->alphabet + 1);
        if (named[token])
            return hr_fail(HR_ERR_ARG, "class_weights: '%c' is there twice; leave one out", *at);
        named[token] = true;
        s->symbol_weights[token] *= weight;
        at += size;
    }
    return HR_OK;
}

static hr_status take_parts(hr_setup *s) {
    const hr_recipe *r = &s->recipe;
    hr_optim_config optim = hr_recipe_optim(r);
    hr_learner_config config = {
        .regime = s->regime,
        .keys = hr_recipe_own(r),
        .task = &s->data->task,
        .views = r->augment,
        .objective = hr_recipe_objective(r),
        .optim = &optim,
        .size = s->size,
    };
    if (r->class_balance > 0 || *r->class_weights)
        config.objective.symbol_weights = s->symbol_weights;
    bool views = s->regime->views && s->data->task.ops->symmetry; /* then they are the regime's */
    hr_status status = hr_learner_new(s->model, s->pool, &config, &s->learner);
    if (!status)
        status = hr_sampler_open(s->data, (uint64_t)r->seed, r->augment && !views, &s->sampler);
    if (!status && s->valid)
        status = hr_solver_new(s->model, s->pool, s->learner->engine, &s->data->task,
                               hr_solver_rows(s->model), &s->solver);
    return status;
}

static void release(hr_setup *s) {
    hr_sampler_close(&s->sampler);
    hr_solver_free(s->solver);
    hr_learner_free(s->learner);
    s->sampler = (hr_sampler){0};
    s->learner = NULL;
    s->solver = NULL;
}

hr_status hr_setup_prepare(hr_setup *s) {
    if (s->learner) return HR_OK;
    if (!s->resumed) {
        if (!*s->recipe.init) hr_model_init(s->model, (uint64_t)s->recipe.seed);
        hr_model_pack(s->model, s->pool);
    }
    hr_status status = hr_comm_agree(s->comm, take_parts(s));
    if (status) release(s);
    return status;
}

void hr_setup_close(hr_setup *s) {
    release(s);
    hr_model_free(s->model);
    hr_dataset_free(s->valid);
    hr_dataset_free(s->data);
    hr_pool_free(s->pool);
}

/* The weights that the recipe names; a file of that name may hold others one day. */
static hr_status begin_with(hr_setup *s) {
    hr_status status = hr_import_into(s->recipe.init, s->model);
    if (!status)
        s->init_hash = hr_dataset_mix(HR_DATASET_HASH, s->model->params,
                                      s->model->table.total * sizeof *s->model->params);
    return status;
}

hr_status hr_setup_build(hr_setup *s) {
    const hr_recipe *r = &s->recipe;
    s->regime = hr_recipe_regime(r);
    s->kern = hr_kern_select(*r->isa ? r->isa : NULL);
    if (!s->kern) return HR_ERR_ARG;
    int threads = r->threads || !s->comm ? (int)r->threads : s->comm->threads;
    hr_status status = hr_pool_new(threads, HR_POOL_SPACE, &s->pool);
    if (!status) hr_pool_set_comm(s->pool, s->comm);
    if (!status) status = open_data(s);
    if (!status && r->augment && !s->resumed) status = hr_audit_symmetries(s->data);
    if (!status) status = weigh_symbols(s);
    if (status) return status;
    s->steps = hr_setup_steps(r, s->data);
    if (s->regime->fits && (status = s->regime->fits(s->data))) return status;
    if (r->puzzle_emb_views && !s->data->share)
        return hr_fail(HR_ERR_ARG,
                       "puzzle_emb_views: needs ARC data whose copies share vectors; %s has a "
                       "puzzle for each copy",
                       s->data->path);
    hr_spec spec = hr_recipe_spec(r, &s->data->task, s->data->identifiers);
    status = hr_model_new(&spec, s->kern, true, &s->model);
    if (!status && spec.skip_padding) status = hr_dataset_check_padding(s->data, spec.pad);
    if (!status && s->valid) status = hr_eval_fits(s->model, s->valid);
    if (!status && s->valid) status = hr_eval_knows(s->model, s->names, s->valid);
    if (!status && *r->init && !s->resumed) status = begin_with(s);
    return status ? status : plan_rows(s);
}

const char *hr_setup_not_finite(const hr_setup *s, hr_held what, bool all) {
    const hr_real *values = hr_learner_pull(s->learner, what);
    for (int i = 0; values && i < s->model->table.count; i++) {
        const hr_param *p = &s->model->table.param[i];
        for (size_t j = 0; (all || p->kind == HR_PARAM_DENSE) && j < p->count; j++)
            if (!isfinite(values[p->offset + j])) return p->name;
    }
    return NULL;
}

/* Where examples are made, a puzzle takes its identifier, its start and its view; evaluation reads
 * the list of names. */
static size_t dataset_bytes(const hr_dataset *d) {
    if (!d) return 0;
    return d->make ? d->puzzles * 20 + (size_t)d->identifiers * 40 + (4 << 20)
                   : d->examples * (2 * (size_t)d->task.seq + 12);
}

/* What the program, its libraries and its threads' stacks were measured to take, rounded up. */
enum { PROGRAM_BYTES = 10 << 20, MPI_BYTES = 20 << 20 };

/* Where logits of rows that ranks share come together. */
static size_t dealt_bytes(const hr_model *m, int rows) {
    size_t row = (size_t)m->spec.seq * (size_t)hr_spec_outputs(&m->spec) + 2;
    return (size_t)rows * row * sizeof(hr_real);
}

static void count_bytes(const hr_setup *s, hrm_plan *p) {
    int threads = hr_pool_threads(s->pool), batch = (int)s->recipe.batch;
    hr_optim_config config = hr_recipe_optim(&s->recipe);
    const hr_engine_ops *engine = hr_engines[0];
    const hr_engine_size own = hr_ranks_part(s->comm, &s->size);
    p->program_bytes = PROGRAM_BYTES + (s->comm ? MPI_BYTES : 0);
    p->model_bytes = hr_model_bytes(&s->model->spec, s->kern, true);
    p->optimiser_bytes = engine->optim_bytes(s->model, threads, &config, own.rows);
    p->carry_bytes = hr_learner_row_bytes(s->model, s->regime, batch) -
                     engine->carry_bytes(s->model, batch) + engine->carry_bytes(s->model, own.rows);
    p->activations_bytes =
        engine->bytes(s->model, threads, &own) + hr_ranks_bytes(s->comm, s->model, &s->size);
    int rows = s->valid ? hr_solver_rows(s->model) : 0;
    size_t solver = rows ? hr_solver_bytes(s->model, rows) : 0;
    if (s->comm) p->carry_bytes += dealt_bytes(s->model, batch) + dealt_bytes(s->model, rows);
    p->activations_bytes += solver;
    if (s->rejudges) /* by a second model at work beside this one */
        p->activations_bytes += solver + hr_model_bytes(&s->model->spec, s->kern, false) +
                                engine->bytes(s->model, threads, &(hr_engine_size){.micro = rows});
    p->data_bytes = dataset_bytes(s->data) + dataset_bytes(s->valid);
    p->total_bytes = p->program_bytes + p->model_bytes + p->optimiser_bytes + p->carry_bytes +
                     p->activations_bytes + p->data_bytes;
}

double hr_setup_flops(const hr_setup *s) {
    bool target = hr_learner_has_target(s->regime, &s->model->spec);
    return hr_model_flops(&s->model->spec, true, target) * (double)s->recipe.batch;
}

/* What makes figures say less than they seem to. */
static hr_status warn(const hr_setup *s, hrm_plan *p) {
    size_t shared = 0, n = s->valid ? s->valid->examples : 0;
    char *idle = hr_recipe_idle(&s->recipe);
    if (!idle) return HR_ERR_MEM;
    if (*idle)
        hr_result_add(p, &p->warnings, &p->warning_count,
                      hr_text_format("recipe: without effect: %s", idle));
    hr_free(idle);
    hr_status status = s->valid ? hr_audit_shared(s->valid, s->data, &shared) : HR_OK;
    if (!status && shared) {
        const char *path = s->valid->path;
        hr_result_add(
            p, &p->warnings, &p->warning_count,
            shared == n ? hr_text_format("valid: all of %s is trained on as well; its figures, and "
                                         "the best model by them, say nothing of other puzzles",
                                         path)
                        : hr_text_format("valid: %zu of the %zu puzzles of %s are trained on as "
                                         "well",
                                         shared, n, path));
    }
    if (s->valid && s->valid->unrated)
        hr_result_add(
            p, &p->warnings, &p->warning_count,
            hr_text_format("valid: ratings of %s: %s", s->valid->path, s->valid->unrated_why));
    return status ? status : hr_audit_claims(s->data, p, &p->warnings, &p->warning_count);
}

hr_status hr_setup_plan(const hr_setup *s, const char *dir, int64_t step, hrm_plan **out) {
    const hr_spec *spec = &s->model->spec;
    const hr_optim_config optim = hr_recipe_optim(&s->recipe);
    char *recipe = NULL;
    hrm_plan *p = HR_RESULT(hrm_plan);
    hr_status status =
        p ? hr_json_text(hr_recipe_to_json(&s->recipe), JSON_COMPACT, "the plan", &recipe)
          : HR_ERR_MEM;
    if (status) return hr_result_give(status, p, out);
    *p = (hrm_plan){
        .arch = hr_arch_name(spec->arch),
        .task = hr_result_text(p, s->data->task.ops->name),
        .isa = s->kern->name,
        .dir = hr_result_text(p, dir),
        .recipe = hr_result_keep(p, recipe),
        .parameters = s->model->table.parameters,
        .examples = s->data->examples,
        .groups = s->data->groups,
        .tokens = hr_spec_tokens(spec),
        .batch = (int)s->recipe.batch,
        .micro_batch = hr_ranks_part(s->comm, &s->size).micro,
        .threads = hr_pool_threads(s->pool),
        .step = step,
        .steps = s->steps,
        .flops_per_step = hr_setup_flops(s),
        .ranks = hr_comm_size(s->comm),
        .rank_rows = hr_ranks_part(s->comm, &s->size).rows,
        .sent_bytes = hr_ranks_sent(s->comm, s->model, &s->size, &optim),
    };
    count_bytes(s, p);
    return hr_result_give(warn(s, p), p, out);
}
