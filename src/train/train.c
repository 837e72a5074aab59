/* train.c - the training loop: batch -> segment -> gradients -> optimiser -> checkpoint. */
#include "train/train.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "model/checkpoint.h"
#include "solve/eval.h"
#include "model/record.h"

void hr_trainer_free(hrm_trainer *t) {
    if (!t) return;
    if (t->log) fclose(t->log);
    if (t->lock >= 0) close(t->lock);
    hr_trainer_release(t);
    hr_model_free(t->model);
    hr_dataset_free(t->valid);
    hr_dataset_free(t->data);
    hr_pool_free(t->pool);
    hr_free(t->dir);
    hr_free(t);
}

static hr_status start(const char *dir, hrm_trainer **out) {
    *out = HR_NEW(hrm_trainer, 1);
    if (!*out) return HR_ERR_MEM;
    (*out)->lock = -1;
    (*out)->dir = hr_text_copy(dir);
    hr_recipe_defaults(&(*out)->recipe);
    return (*out)->dir ? HR_OK : HR_ERR_MEM;
}

/* One trainer per folder: an advisory lock that the system drops with the process. */
static hr_status lock_folder(hrm_trainer *t) {
    if (t->lock >= 0) return HR_OK;
    char *path = hr_trainer_path(t, ".lock");
    if (!path) return HR_ERR_MEM;
    t->lock = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    hr_status status = HR_OK;
    if (t->lock < 0) status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    else if (flock(t->lock, LOCK_EX | LOCK_NB))
        status = errno == EWOULDBLOCK
                     ? hr_fail(HR_ERR_IO, "%s: another process is training in this folder", t->dir)
                     : hr_fail(HR_ERR_IO, "%s: cannot lock: %s", path, strerror(errno));
    if (status && t->lock >= 0) {
        close(t->lock);
        t->lock = -1;
    }
    hr_free(path);
    return status;
}

/* What was said for this run alone comes before what the recipe says. */
static hr_status apply(hr_recipe *recipe, const char *const *settings, size_t count,
                       const hrm_run *run) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = hr_recipe_set(recipe, settings[i], "command line");
    char *isa = run && run->isa ? hr_text_format("isa=%s", run->isa) : NULL;
    if (!status && run && run->isa)
        status = isa ? hr_recipe_set(recipe, isa, "options") : HR_ERR_MEM;
    if (run && run->threads) recipe->threads = run->threads;
    hr_free(isa);
    return status ? status : hr_recipe_check(recipe);
}

static hr_status write_recipe(const hrm_trainer *t) {
    char *path = hr_trainer_path(t, "recipe.yaml"), *text = hr_recipe_to_yaml(&t->recipe);
    hr_status status = path && text ? hr_os_write_file(path, text, strlen(text)) : HR_ERR_MEM;
    hr_free(path);
    hr_free(text);
    return status;
}

/* What is known of a model file's origin; nothing that differs between two runs of the same recipe.
 */
static char *training_record(const hrm_trainer *t) {
    hr_recipe recipe = t->recipe;
    hr_recipe_forget_running(&recipe);
    char hash[17], *yaml = hr_recipe_to_yaml(&recipe);
    snprintf(hash, sizeof hash, "%016" PRIx64, t->data_hash);
    json_t *record =
        json_pack("{s:I, s:I, s:s, s:s, s:b, s:s}", "step", (json_int_t)t->step, "seed",
                  (json_int_t)t->recipe.seed, "isa", *t->isas ? t->isas : t->kern->name,
                  "data_hash", hash, "ema", t->optim->average != NULL, "recipe", yaml ? yaml : "");
    char *text = NULL;
    hr_record_set_names(record, t->names);
    if (t->init_hash) {
        snprintf(hash, sizeof hash, "%016" PRIx64, t->init_hash);
        json_object_set_new(record, "init_hash", json_string(hash));
    }
    if (yaml) hr_json_text(record, JSON_COMPACT, "a training record", &text);
    else json_decref(record);
    hr_free(yaml);
    return text;
}

static hr_status save_model(const hrm_trainer *t, const char *name) {
    char *path = hr_trainer_path(t, name), *record = training_record(t);
    hr_status status = path && record ? hr_checkpoint_save(path, t->model, t->optim->average,
                                                           &t->data->task, record)
                                      : hr_fail(HR_ERR_MEM, "out of memory for a checkpoint");
    hr_free(path);
    hr_free(record);
    return status;
}

static hr_status refuse_numbers(const hrm_trainer *t, int64_t step, const char *where) {
    return hr_fail(HR_ERR_NUMERIC,
                   "step %" PRId64
                   ": a value of %s is not finite; the last good checkpoint stays in "
                   "%s; start over with a lower lr, or with clip",
                   step, where, t->dir);
}

/* The first tensor of which one of the values is not finite, or NULL; of all, or the dense ones. */
static const char *not_finite_in(const hrm_trainer *t, const hr_real *values, bool all) {
    for (int i = 0; i < t->model->table.count; i++) {
        const hr_param *p = &t->model->table.param[i];
        for (size_t j = 0; (all || p->kind == HR_PARAM_DENSE) && j < p->count; j++)
            if (!isfinite(values[p->offset + j])) return p->name;
    }
    return NULL;
}

/* Loss and gradients may be finite where the weights that they lead to are not. */
static hr_status check_weights(const hrm_trainer *t) {
    const char *where = not_finite_in(t, t->model->params, true);
    return where ? refuse_numbers(t, t->step, where) : HR_OK;
}

static hr_status save(const hrm_trainer *t) {
    char *path = hr_trainer_path(t, "state.safetensors");
    hr_status status = path ? check_weights(t) : HR_ERR_MEM;
    if (!status) status = save_model(t, "model.safetensors");
    if (!status) status = hr_state_save(t, path);
    hr_free(path);
    return status;
}

/* The files of a run; others in its folder are not ours. */
static const char *const run_file[] = {"state.safetensors", "recipe.yaml", "metrics.jsonl",
                                       "model.safetensors", "best.safetensors"};
enum { RUN_FILES = sizeof run_file / sizeof *run_file };

static hr_status check_free(const hrm_trainer *t) {
    for (int i = 0; i < RUN_FILES; i++) {
        char *path = hr_trainer_path(t, run_file[i]);
        if (!path) return HR_ERR_MEM;
        bool held = hr_os_is_file(path);
        hr_free(path);
        if (held && i == 0)
            return hr_fail_option(
                hr_fail(HR_ERR_ARG, "%s: holds a run already; resume it or choose another folder",
                        t->dir),
                "out_dir");
        if (held)
            return hr_fail_option(
                hr_fail(HR_ERR_ARG,
                        "%s: holds a %s, which a run would replace; choose another folder", t->dir,
                        run_file[i]),
                "out_dir");
    }
    return HR_OK;
}

hr_status hr_trainer_new(const char *recipe, const char *const *settings, size_t count,
                         const char *dir, const hrm_run *run, hrm_trainer **out) {
    hrm_trainer *t;
    *out = NULL;
    hr_status status = start(dir, &t);
    if (!status) status = hr_recipe_read(&t->recipe, recipe);
    if (!status) status = apply(&t->recipe, settings, count, run);
    if (!status) status = hr_recipe_check_regime(&t->recipe);
    if (!status) status = check_free(t);
    if (!status) status = hr_trainer_build(t);
    if (status) {
        hr_trainer_free(t);
        return status;
    }
    *out = t;
    return HR_OK;
}

static hr_status resume(hrm_trainer *t, const char *path, const char *const *settings, size_t count,
                        const hrm_run *run) {
    hr_status status = hr_state_recipe(path, &t->recipe, &t->micro);
    hr_recipe before = t->recipe;
    if (!status) status = apply(&t->recipe, settings, count, run);
    if (status) return status;
    const char *key = hr_recipe_conflict(&before, &t->recipe);
    if (key)
        return hr_fail(HR_ERR_ARG,
                       "command line: %s cannot change in a run that goes on; start a new one",
                       key);
    t->changed = memcmp(&before, &t->recipe, sizeof before) != 0;
    bool any_isa = *t->recipe.isa && strcmp(before.isa, t->recipe.isa);
    status = hr_trainer_build(t);
    if (!status) status = hr_trainer_prepare(t);
    if (!status) status = hr_state_load(t, path, any_isa);
    if (!status && t->steps < t->step)
        status = hr_fail(HR_ERR_ARG,
                         "steps: %" PRId64 " is before step %" PRId64 ", where this run stands",
                         t->steps, t->step);
    return status;
}

hr_status hr_trainer_resume(const char *dir, const char *const *settings, size_t count,
                            const hrm_run *run, hrm_trainer **out) {
    hrm_trainer *t;
    *out = NULL;
    hr_status status = start(dir, &t);
    char *path = status ? NULL : hr_trainer_path(t, "state.safetensors");
    if (!status && !path) status = HR_ERR_MEM;
    if (!status && !hr_os_is_file(path))
        status = hr_fail(HR_ERR_IO, "%s: holds no run to go on with (no state.safetensors)", dir);
    if (!status) status = lock_folder(t); /* before reading: what it holds stays the last */
    if (!status) {
        t->resumed = true;
        status = resume(t, path, settings, count, run);
    }
    hr_free(path);
    if (status) hr_trainer_free(t);
    else *out = t;
    return status;
}

static hr_status refuse_step(const hrm_trainer *t, double loss) {
    const char *where = not_finite_in(t, t->grads, false);
    if (!where) where = isfinite(loss) ? "a gradient" : "the loss";
    return refuse_numbers(t, t->step + 1, where);
}

/* One segment of every row. */
static void step_segments(hrm_trainer *t, hrm_event *event) {
    const hr_recipe *r = &t->recipe;
    hr_segments *g = t->segments;
    double rows = g->rows, cells = 0;
    size_t exact = 0, segments = 0;
    t->sampler.part = t->grown;
    hr_sampler_next(&t->sampler, g->halted, &g->batch);
    hr_segments_replace(g);
    if (r->stagger && !t->step) hr_segments_stagger(g);
    hr_segments_explore(g, (uint64_t)r->seed, t->step, r->halt_exploration, t->min_steps);
    hr_segments_step(g, t->exec, t->min_steps, t->grads, t->puzzle_grads, t->reports, NULL);
    for (int b = 0; b < g->rows; b++) {
        const hr_row_report *x = &t->reports[b];
        event->lm_loss += x->lm_loss / rows;
        event->loss +=
            (x->lm_loss + g->objective.q_weight * (x->q_halt_loss + x->q_continue_loss)) / rows;
        if (!g->halted[b] || !x->labelled) continue;
        event->finished++;
        exact += x->exact;
        segments += (size_t)g->steps[b];
        cells += (double)x->correct / x->labelled;
    }
    double finished = (double)event->finished;
    event->finished_exact = (double)exact / finished; /* NaN when none, as promised */
    event->finished_cells = cells / finished;
    event->finished_steps = (double)segments / finished;
    t->window.exact += exact;
    t->window.segments += segments;
    t->window.cells += cells;
}

/* One round of every row of the pool. */
static void step_lattice(hrm_trainer *t, hrm_event *event) {
    hr_lattice *p = t->lattice;
    hr_lattice_count count;
    double rows = p->rows;
    hr_lattice_step(p, t->exec, &t->sampler, (uint64_t)t->recipe.seed, t->step,
                    (double)t->step / (double)t->steps, t->grads, t->reports, &count);
    for (int b = 0; b < p->rows; b++) {
        const hr_row_report *x = &t->reports[b];
        event->lm_loss += x->lm_loss / rows;
        event->loss += (x->keep_loss + p->objective.symbol_weight * x->lm_loss +
                        p->objective.conflict_weight * x->q_halt_loss) /
                       rows;
    }
    double solved = (double)count.solved;
    event->finished = (size_t)count.solved;
    event->finished_exact = (double)count.right / solved;
    event->finished_cells = count.living ? count.cells / (double)count.living : 0;
    event->finished_steps = (double)count.rounds / solved;
    hr_window *w = &t->window;
    w->exact += (size_t)count.right;
    w->segments += (size_t)count.rounds;
    w->cells += count.cells;
    w->living += count.living;
    w->detected += count.detected;
    w->false_alarms += count.false_alarms;
}

static bool due(int64_t step, int64_t every) {
    return every > 0 && step % every == 0;
}

static void puzzle_step(hrm_trainer *t, double share) {
    const hr_recipe *r = &t->recipe;
    double lr = r->puzzle_emb_lr < 0 ? r->lr : r->puzzle_emb_lr;
    double decay = r->puzzle_emb_weight_decay < 0 ? r->weight_decay : r->puzzle_emb_weight_decay;
    hr_puzzle_step(t->model, t->segments->batch.ids, t->segments->rows, t->puzzle_grads, t->first,
                   lr * share, decay);
}

/* What a step has of the loops: fewer segments, or where there is only one, fewer calls of it.
 * Returns the calls. */
static int set_size(hrm_trainer *t) {
    int calls = t->model->recur.calls, segments = t->model->spec.halt_max_steps;
    if (t->segments && segments > 1) {
        t->segments->limit = (int)ceil(t->grown * segments);
        return calls;
    }
    hr_objective *objective = t->lattice ? &t->lattice->objective : &t->segments->objective;
    objective->depth = (int)ceil(t->grown * calls);
    return objective->depth;
}

/* Loops and puzzles grow when enough rows came out exact, by a mean over some of the last. */
static void grow(hrm_trainer *t, size_t finished, double exact) {
    enum { ROWS = 160 };
    if (finished) t->grown_exact += fmin(0.5, (double)finished / ROWS) * (exact - t->grown_exact);
    if (t->grown_exact >= t->recipe.grow_at) t->grown = fmin(1, t->grown * t->recipe.grow_by);
}

static hr_status train_step(hrm_trainer *t, hrm_event *event) {
    const hr_recipe *r = &t->recipe;
    double begin = hr_os_seconds();
    memset(t->grads, 0, t->model->table.dense * sizeof *t->grads);
    *event = (hrm_event){.kind = HRM_EVENT_STEP, .step = t->step + 1, .steps = t->steps};
    int calls = t->model->recur.calls, depth = set_size(t);
    if (t->lattice) step_lattice(t, event);
    else step_segments(t, event);
    t->window.steps++;
    t->window.loss += event->loss;
    t->window.lm_loss += event->lm_loss;
    t->window.finished += event->finished;
    event->lr = hr_schedule(r->lr, t->step + 1, r->warmup, t->steps, r->lr_min_ratio);
    double share = r->lr > 0 ? event->lr / r->lr /* every rate follows the one schedule */
                             : hr_schedule(1, t->step + 1, r->warmup, t->steps, r->lr_min_ratio);
    hr_optim_step(t->optim, t->grads, event->lr, r->muon_lr * share, &event->grad_norm);
    if (!isfinite(event->loss) || !isfinite(event->grad_norm)) return refuse_step(t, event->loss);
    if (t->segments) puzzle_step(t, share);
    hr_model_pack(t->model, t->pool);
    t->step++;
    t->window.grad_norm += event->grad_norm;
    grow(t, event->finished, event->finished_exact);
    double took = hr_os_seconds() - begin;
    t->step_seconds = t->step_seconds > 0 ? 0.9 * t->step_seconds + 0.1 * took : took;
    event->steps_per_second = 1 / t->step_seconds;
    event->flops_per_second =
        hr_trainer_flops(t) * hr_exec_share(t->exec) * depth / calls / t->step_seconds;
    event->eta_seconds = (double)(t->steps - t->step) * t->step_seconds;
    event->seconds = t->seconds + hr_os_seconds() - t->begin;
    if (r->minutes > 0)
        event->eta_seconds = fmax(0, fmin(event->eta_seconds, 60 * r->minutes - event->seconds));
    return due(t->step, r->log_every) ? hr_journal_step(t, event->lr) : HR_OK;
}

/* Swaps the trained weights for their average and back; the gradients' memory holds them meanwhile.
 */
static void use_average(hrm_trainer *t, bool average) {
    if (!t->optim->average) return;
    size_t bytes = t->model->table.dense * sizeof(hr_real);
    if (average) memcpy(t->grads, t->model->params, bytes);
    memcpy(t->model->params, average ? t->optim->average : t->grads, bytes);
    hr_model_pack(t->model, t->pool);
}

/* False: the caller asks to stop. */
static bool tell(const hrm_trainer *t, const hrm_event *event) {
    return !t->callback || t->callback(t->user, event);
}

static bool goes_on(void *trainer, size_t done, size_t total) {
    (void)done, (void)total;
    const hrm_trainer *t = trainer;
    const hrm_event event = {.kind = HRM_EVENT_EVALUATING, .step = t->step, .steps = t->steps};
    return tell(t, &event);
}

static hr_status evaluate(hrm_trainer *t, hrm_event *event) {
    const hrm_eval_options options = {
        .limit = (size_t)t->recipe.eval_limit, .progress = goes_on, .user = t};
    *event = (hrm_event){.kind = HRM_EVENT_EVAL, .step = t->step, .steps = t->steps};
    hr_status status = check_weights(t);
    if (status) return status;
    use_average(t, true);
    status = hr_eval_run(t->solver, t->valid, &options, &event->eval);
    use_average(t, false);
    if (status) return status;
    t->evaluated = t->step;
    event->seconds = t->seconds + hr_os_seconds() - t->begin;
    event->best = event->eval.exact > t->best_exact ||
                  (event->eval.exact == t->best_exact && event->eval.cells > t->best_cells);
    if (event->best) {
        t->best_exact = event->eval.exact;
        t->best_cells = event->eval.cells;
        status = save_model(t, "best.safetensors");
    }
    return status ? status : hr_journal_eval(t, &event->eval);
}

static hr_status save_and_tell(hrm_trainer *t, bool *go) {
    hr_status status = save(t);
    char *path = status ? NULL : hr_trainer_path(t, "model.safetensors");
    const hrm_event event = {
        .kind = HRM_EVENT_SAVED, .step = t->step, .steps = t->steps, .path = path};
    if (!status) *go = tell(t, &event) && *go;
    hr_free(path);
    return status;
}

/* What a killed run left half-written. */
static void sweep(const char *dir) {
    for (int i = 0; i < RUN_FILES; i++) hr_os_sweep(dir, run_file[i]);
}

/* The folder's first files, so that a run can be resumed from its first moment. */
static hr_status open_folder(hrm_trainer *t) {
    char *state = hr_trainer_path(t, "state.safetensors");
    if (!state) return HR_ERR_MEM;
    hr_status status = hr_os_mkdirs(t->dir);
    if (!status && !t->resumed) status = lock_folder(t);
    bool held = hr_os_is_file(state);
    if (!status && !t->resumed) status = check_free(t); /* once more, now that it is ours alone */
    if (!status) sweep(t->dir);
    if (!status && (!held || t->changed)) status = hr_state_save(t, state);
    if (!status) status = write_recipe(t);
    if (!status) status = hr_journal_open(t);
    hr_free(state);
    return status;
}

/* Opens the folder, the first time. */
static hr_status ready(hrm_trainer *t) {
    if (t->broken)
        return hr_fail(HR_ERR_NUMERIC,
                       "%s: a step has failed, and the weights in memory are not to be used; "
                       "resume from the last checkpoint",
                       t->dir);
    if (t->log) return HR_OK;
    hr_status status = hr_trainer_prepare(t);
    return status ? status : open_folder(t);
}

static bool is_out_of_time(const hrm_trainer *t, double seconds) {
    return t->recipe.minutes > 0 && seconds > 60 * t->recipe.minutes;
}

/* Evaluates, unless it is stopped, and tells. */
static hr_status evaluate_and_tell(hrm_trainer *t, bool *go) {
    hrm_event event;
    hr_status status = evaluate(t, &event);
    if (status == HR_ERR_STOPPED) *go = false;
    else if (!status) *go = tell(t, &event) && *go;
    return status == HR_ERR_STOPPED ? HR_OK : status;
}

/* Whether the evaluation that belongs to the step done last was stopped, or never begun. */
static bool owes_evaluation(const hrm_trainer *t) {
    return t->valid && t->step > 0 && t->evaluated != t->step &&
           (due(t->step, t->recipe.eval_every) || t->step == t->steps);
}

hr_status hr_trainer_run(hrm_trainer *t, hrm_event_callback callback, void *user) {
    const hr_recipe *r = &t->recipe;
    t->begin = hr_os_seconds();
    if (is_out_of_time(t, t->seconds) && t->step < t->steps)
        return hr_fail(HR_ERR_ARG,
                       "minutes: %g are used up at step %" PRId64 " of %" PRId64
                       "; to go on say more of them, or minutes=0 for no bound",
                       r->minutes, t->step, t->steps);
    hr_status status = ready(t);
    bool go = true, out_of_time = false;
    hrm_event event;
    t->callback = callback;
    t->user = user;
    if (!status && owes_evaluation(t)) {
        status = evaluate_and_tell(t, &go);
        if (!status && go) status = save_and_tell(t, &go);
    }
    while (!status && go && !out_of_time && t->step < t->steps) {
        status = train_step(t, &event);
        if (status) break;
        go = tell(t, &event);
        out_of_time = is_out_of_time(t, event.seconds);
        bool end = t->step == t->steps || out_of_time;
        if (go && (owes_evaluation(t) || (t->valid && end))) status = evaluate_and_tell(t, &go);
        if (!status && (end || !go || due(t->step, r->save_every))) status = save_and_tell(t, &go);
    }
    t->broken |= status == HR_ERR_NUMERIC;
    t->callback = NULL;
    if (!status && !go && (t->step < t->steps || owes_evaluation(t)))
        status = hr_fail(HR_ERR_STOPPED, "stopped after step %" PRId64 " of %" PRId64, t->step,
                         t->steps);
    t->seconds += hr_os_seconds() - t->begin;
    return status;
}

/* One piece of a run that is stepped from outside; only time within pieces counts as training. */
static hr_status piece(hrm_trainer *t, hr_status (*work)(hrm_trainer *t, hrm_event *event),
                       hrm_event *event) {
    *event = (hrm_event){0};
    t->begin = hr_os_seconds();
    hr_status status = ready(t);
    if (!status) status = work(t, event);
    t->broken |= status == HR_ERR_NUMERIC;
    t->seconds += hr_os_seconds() - t->begin;
    t->begin = hr_os_seconds();
    return status;
}

static hr_status save_piece(hrm_trainer *t, hrm_event *event) {
    event->kind = HRM_EVENT_SAVED;
    return save(t);
}

hr_status hr_trainer_step(hrm_trainer *t, hrm_event *event) {
    if (t->step < t->steps) return piece(t, train_step, event);
    *event = (hrm_event){.step = t->step, .steps = t->steps};
    return hr_fail(HR_ERR_ARG, "%s: the run is at its end, step %" PRId64, t->dir, t->step);
}

hr_status hr_trainer_evaluate(hrm_trainer *t, hrm_event *event) {
    if (t->valid) return piece(t, evaluate, event);
    return hr_fail(HR_ERR_ARG, "%s: there is nothing to evaluate on; set valid and eval_every",
                   t->dir);
}

hr_status hr_trainer_save(hrm_trainer *t) {
    hrm_event event;
    return piece(t, save_piece, &event);
}

hr_status hr_trainer_snapshot(hrm_trainer *t, hr_model **model, char **training) {
    const hr_param_table *table = &t->model->table;
    if (t->begin == 0) t->begin = hr_os_seconds(); /* before the first step the clock stands */
    hr_status status = ready(t);
    if (!status) status = hr_model_new(&t->model->spec, t->kern, false, model);
    if (!status && !(*training = training_record(t))) status = HR_ERR_MEM;
    for (int i = 0; !status && i < table->count; i++) {
        const hr_param *p = &table->param[i];
        const hr_real *from =
            p->kind == HR_PARAM_DENSE && t->optim->average ? t->optim->average : t->model->params;
        memcpy((*model)->params + p->offset, from + p->offset, p->count * sizeof *from);
    }
    if (!status) hr_model_pack(*model, t->pool);
    return status;
}
