/* train.c - the training loop: sampler -> batch -> forward -> loss -> backward -> optimiser, which
 * is hr_step, -> evaluation -> checkpoint. */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "io/json.h"
#include "model/checkpoint.h"
#include "model/record.h"
#include "solve/eval.h"
#include "train/best.h"
#include "train/crew.h"
#include "train/schedule.h"
#include "train/session.h"

/* ---- a run begun, or gone on with ------------------------------------------------------------ */

void hr_trainer_free(hrm_trainer *t) {
    if (!t) return;
    hr_journal_close(&t->journal);
    hr_setup_close(&t->setup);
    hr_folder_close(&t->folder);
    hr_free(t->at.changes);
    hr_free(t->idle);
    hr_free(t);
}

static hr_status start(const char *dir, const hrm_run *run, hrm_trainer **out) {
    *out = HR_NEW(hrm_trainer, 1);
    if (!*out) return HR_ERR_MEM;
    (*out)->at.best_exact = (*out)->at.best_cells = -1;
    hr_recipe_defaults(&(*out)->setup.recipe);
    (*out)->setup.comm = run ? run->ranks : NULL;
    return hr_folder_open(&(*out)->folder, dir);
}

/* What was said for this run alone comes before what the recipe says. */
static hr_status apply(hrm_trainer *t, const char *const *settings, size_t count,
                       const hrm_run *run) {
    hr_recipe *recipe = &t->setup.recipe;
    hr_status status = hr_recipe_set_all(recipe, settings, count, &t->idle);
    char *isa = run && run->isa ? hr_text_format("isa=%s", run->isa) : NULL;
    if (!status && run && run->isa)
        status = isa ? hr_recipe_set(recipe, isa, "options") : HR_ERR_MEM;
    if (run && run->threads) recipe->threads = run->threads;
    hr_free(isa);
    return status ? status : hr_recipe_check(recipe);
}

hr_status hr_trainer_new(const char *recipe, const char *const *settings, size_t count,
                         const char *dir, const hrm_run *run, hrm_trainer **out) {
    hrm_trainer *t;
    *out = NULL;
    hr_status status = start(dir, run, &t);
    if (!status) status = hr_recipe_read(&t->setup.recipe, recipe);
    if (!status) status = hr_recipe_find(&t->setup.recipe, recipe, run ? run->shipped : NULL);
    if (!status) status = apply(t, settings, count, run);
    if (!status) status = hr_recipe_check_regime(&t->setup.recipe);
    if (!status && hr_crew_writes(&t->setup)) status = hr_folder_check_free(&t->folder);
    if (!status) status = hr_setup_build(&t->setup);
    if (t) status = hr_comm_agree(t->setup.comm, status);
    if (!status) status = hr_crew_alike(&t->setup, 0);
    if (status) {
        hr_trainer_free(t);
        return status;
    }
    t->at.init_hash = t->setup.init_hash;
    t->at.grown = t->setup.recipe.grow_from;
    *out = t;
    return HR_OK;
}

/* A disk without power loses what was not written yet, also in the middle of a file. */
static hr_status check_metrics(hrm_trainer *t) {
    bool whole = true;
    if (!hr_crew_writes(&t->setup)) return HR_OK;
    char *path = hr_folder_path(&t->folder, "metrics.jsonl");
    hr_status status = path ? hr_journal_check(path, &t->at.metrics, &whole) : HR_ERR_MEM;
    t->holed = !whole;
    hr_free(path);
    return status;
}

static hr_status resume(hrm_trainer *t, const char *path, const char *const *settings, size_t count,
                        const hrm_run *run) {
    hr_setup *s = &t->setup;
    hr_state_how how = {.verify = !run || !run->no_verify};
    hr_status status = hr_state_recipe(path, how.verify, &s->recipe);
    hr_recipe before = s->recipe;
    if (!status) status = apply(t, settings, count, run);
    if (status) return status;
    const char *key = hr_recipe_conflict(&before, &s->recipe);
    if (key)
        return hr_fail(HR_ERR_ARG,
                       "settings: %s cannot change in a run that goes on; a new one can begin "
                       "with its weights: init=%s/model.safetensors",
                       key, t->folder.dir);
    t->changed = s->renewed = memcmp(&before, &s->recipe, sizeof before) != 0;
    how.any_isa = (*s->recipe.isa && strcmp(before.isa, s->recipe.isa)) ||
                  (!hr_crew_writes(s) && s->comm->mixed);
    t->at.grown = s->recipe.grow_from;
    status = hr_setup_build(s);
    status = hr_comm_agree(s->comm, status);
    if (!status) status = hr_setup_prepare(s);
    if (!status) status = hr_state_load(s, path, &how, &t->at, &t->journal.window);
    if (!status && s->steps < t->at.step)
        status = hr_fail(HR_ERR_ARG,
                         "steps: %" PRId64 " is before step %" PRId64 ", where this run stands",
                         s->steps, t->at.step);
    t->saved = t->at.step;
    s->rejudges = s->valid && t->at.best_exact >= 0 && t->at.best_by != s->valid_hash;
    t->journal.mark = t->at.metrics;
    if (!status) status = check_metrics(t);
    if (!status) status = hr_schedule_renew(s, &before, t->folder.dir, &t->at);
    return hr_comm_agree(s->comm, status);
}

hr_status hr_trainer_resume(const char *dir, const char *const *settings, size_t count,
                            const hrm_run *run, hrm_trainer **out) {
    hrm_trainer *t;
    *out = NULL;
    hr_status status = start(dir, run, &t);
    char *path = status ? NULL : hr_folder_path(&t->folder, "state.safetensors");
    if (!status && !path) status = HR_ERR_MEM;
    if (!status && !hr_os_is_file(path))
        status = hr_fail(HR_ERR_IO, "%s: holds no run to go on with (no state.safetensors)", dir);
    if (!status && hr_crew_writes(&t->setup))
        status = hr_folder_lock(&t->folder); /* before reading: what it holds stays the last */
    if (t) status = hr_comm_agree(t->setup.comm, status);
    if (!status) {
        t->setup.resumed = true;
        status = resume(t, path, settings, count, run);
    }
    if (!status) status = hr_crew_alike(&t->setup, t->at.step);
    hr_free(path);
    if (status) hr_trainer_free(t);
    else *out = t;
    return status;
}

hr_status hr_trainer_plan(const hrm_trainer *t, hrm_plan **out) {
    hr_status status = hr_setup_plan(&t->setup, t->folder.dir, t->at.step, out);
    if (status) return status;
    if (*t->idle)
        hr_result_add(*out, &(*out)->warnings, &(*out)->warning_count,
                      hr_text_format("settings: without effect: %s", t->idle));
    if (t->holed)
        hr_result_add(*out, &(*out)->warnings, &(*out)->warning_count,
                      hr_text_format("metrics.jsonl does not hold what it held at step %" PRId64
                                     "; its curves lack lines, the training lacks nothing",
                                     t->at.step));
    return hr_result_give(HR_OK, *out, out);
}

/* Of training, in this session of the run and those before. */
static double seconds_of(const hrm_trainer *t) {
    return t->at.seconds + hr_os_seconds() - t->begin;
}

/* The same on all ranks, where anything hangs on it. */
static double settled_seconds(const hrm_trainer *t) {
    double own = seconds_of(t);
    return t->setup.recipe.minutes > 0 ? hr_crew_seconds(&t->setup, own) : own;
}

/* ---- what is kept ---------------------------------------------------------------------------- */

static hr_status write_recipe(const hrm_trainer *t) {
    char *path = hr_folder_path(&t->folder, "recipe.yaml"),
         *text = hr_recipe_to_yaml(&t->setup.recipe);
    hr_status status = path && text ? hr_os_write_file(path, text, strlen(text)) : HR_ERR_MEM;
    hr_free(path);
    hr_free(text);
    return status;
}

/* What is known of a model file's origin; nothing that differs between two runs of the same recipe.
 */
static char *training_record(const hrm_trainer *t) {
    hr_recipe recipe = t->setup.recipe;
    hr_recipe_forget_running(&recipe);
    char hash[17], *yaml = hr_recipe_to_yaml(&recipe);
    snprintf(hash, sizeof hash, "%016" PRIx64, t->setup.data_hash);
    json_t *record = json_pack("{s:I, s:I, s:s, s:s, s:b, s:s}", "step", (json_int_t)t->at.step,
                               "seed", (json_int_t)t->setup.recipe.seed, "isa",
                               *t->at.isas ? t->at.isas : t->setup.kern->name, "data_hash", hash,
                               "ema", t->setup.learner->average, "recipe", yaml ? yaml : "");
    char *text = NULL;
    hr_record_set_names(record, t->setup.names);
    if (t->at.changes) json_object_set_new(record, "changes", json_string(t->at.changes));
    if (t->at.init_hash) {
        snprintf(hash, sizeof hash, "%016" PRIx64, t->at.init_hash);
        json_object_set_new(record, "init_hash", json_string(hash));
    }
    if (yaml) hr_json_text(record, JSON_COMPACT, "a training record", &text);
    else json_decref(record);
    hr_free(yaml);
    return text;
}

/* Brings the weights to keep to this machine's memory: into the model, and the dense ones to
 * *dense where they are an average. */
static bool pull_weights(const hrm_trainer *t, const hr_real **dense) {
    const hr_learner *l = t->setup.learner;
    *dense = l->average ? hr_learner_pull(l, HR_HELD_AVERAGE) : NULL;
    return hr_learner_pull(l, HR_HELD_PARAMS) && (*dense || !l->average);
}

static hr_status save_model(const hrm_trainer *t, const char *name) {
    if (!hr_crew_writes(&t->setup)) return HR_OK;
    char *path = hr_folder_path(&t->folder, name), *record = training_record(t);
    const hr_real *dense;
    bool there = pull_weights(t, &dense) && path && record;
    hr_status status =
        there ? hr_checkpoint_save(path, t->setup.model, dense, &t->setup.data->task, record)
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
                   step, where, t->folder.dir);
}

/* Loss and gradients may be finite where the weights that they lead to are not. */
static hr_status check_weights(const hrm_trainer *t) {
    const char *where = hr_setup_not_finite(&t->setup, HR_HELD_PARAMS, true);
    return where ? refuse_numbers(t, t->at.step, where) : HR_OK;
}

static hr_status save_state(hrm_trainer *t, const char *path) {
    hr_progress at = t->at;
    at.seconds = seconds_of(t);
    at.metrics = t->journal.mark;
    hr_status status = hr_comm_agree(t->setup.comm, hr_journal_sync(&t->journal));
    if (!hr_crew_writes(&t->setup)) path = NULL;
    if (!status)
        status =
            hr_comm_agree(t->setup.comm, hr_state_save(&t->setup, &at, &t->journal.window, path));
    if (!status) t->saved = at.step;
    return status;
}

static hr_status save(hrm_trainer *t) {
    char *path = hr_folder_path(&t->folder, "state.safetensors");
    hr_status status = path ? check_weights(t) : HR_ERR_MEM;
    if (!status) status = save_model(t, "model.safetensors");
    status = hr_comm_agree(t->setup.comm, status);
    if (!status) status = save_state(t, path);
    hr_free(path);
    return status;
}

/* ---- a step ---------------------------------------------------------------------------------- */

static hr_status refuse_step(const hrm_trainer *t, double loss) {
    const char *where = hr_setup_not_finite(&t->setup, HR_HELD_GRADS, false);
    if (!where) where = isfinite(loss) ? "a gradient" : "the loss";
    return refuse_numbers(t, t->at.step + 1, where);
}

static bool due(int64_t step, int64_t every) {
    return every > 0 && step % every == 0;
}

/* Loops and puzzles grow when enough rows came out exact, by a mean over some of the last. */
static void grow(hrm_trainer *t, size_t finished, double exact) {
    enum { ROWS = 160 };
    if (finished)
        t->at.grown_exact += fmin(0.5, (double)finished / ROWS) * (exact - t->at.grown_exact);
    if (t->at.grown_exact >= t->setup.recipe.grow_at)
        t->at.grown = fmin(1, t->at.grown * t->setup.recipe.grow_by);
}

/* Every rate follows the one schedule of lr, and what is -1 is as the dense weights have it. */
static void set_rates(const hrm_trainer *t, hr_step_how *how) {
    const hr_recipe *r = &t->setup.recipe;
    double seconds = settled_seconds(t), lr = hr_schedule_rate(&t->setup, &t->at, r->lr, seconds);
    double share = r->lr > 0 ? lr / r->lr : hr_schedule_rate(&t->setup, &t->at, 1, seconds);
    how->lr = lr;
    how->done = hr_schedule_done(&t->setup, &t->at, seconds);
    how->muon_lr = r->muon_lr * share;
    how->puzzle_lr = (r->puzzle_emb_lr < 0 ? r->lr : r->puzzle_emb_lr) * share;
    how->puzzle_decay =
        r->puzzle_emb_weight_decay < 0 ? r->weight_decay : r->puzzle_emb_weight_decay;
}

static void tell_step(const hrm_trainer *t, const hr_step_report *x, double lr, hrm_event *event) {
    double finished = (double)x->count.finished;
    *event = (hrm_event){
        .kind = HRM_EVENT_KIND_STEP,
        .step = t->at.step,
        .steps = t->setup.steps,
        .loss = x->loss,
        .lm_loss = x->lm_loss,
        .lr = lr,
        .grad_norm = x->grad_norm,
        .finished = (size_t)x->count.finished,
        .hinted = t->setup.regime->candidates,
        .finished_exact = (double)x->count.exact / finished, /* NaN when none, as promised */
        .finished_cells = x->count.cells / (double)x->count.scored,
        .finished_steps = (double)x->count.segments / finished,
    };
}

static void tell_time(hrm_trainer *t, double took, double share, hrm_event *event) {
    double minutes = t->setup.recipe.minutes, left = (double)(t->setup.steps - t->at.step);
    t->step_seconds = t->step_seconds > 0 ? 0.9 * t->step_seconds + 0.1 * took : took;
    event->steps_per_second = 1 / t->step_seconds;
    event->flops_per_second = hr_setup_flops(&t->setup) * share / t->step_seconds;
    event->eta_seconds = left * t->step_seconds;
    event->seconds = settled_seconds(t);
    if (minutes > 0)
        event->eta_seconds = fmax(0, fmin(event->eta_seconds, 60 * minutes - event->seconds));
}

static bool not_asked(void *trainer) {
    return !atomic_load(&((hrm_trainer *)trainer)->asked);
}

/* What is in memory is between two steps now; what the folder holds is not. */
static hr_status refuse_cut(const hrm_trainer *t) {
    return hr_fail(HR_ERR_STOPPED,
                   "step %" PRId64 " of %" PRId64 " was cut, nothing of it is kept; %s stands at "
                   "step %" PRId64,
                   t->at.step + 1, t->setup.steps, t->folder.dir, t->saved);
}

/* Rows drawn from the sampler, forward, loss, backward, optimiser: see step.h. */
static hr_status optimise(hrm_trainer *t, hr_step_how *how, hr_step_report *report) {
    *how = (hr_step_how){.sampler = &t->setup.sampler,
                         .seed = (uint64_t)t->setup.recipe.seed,
                         .step = t->at.step,
                         .size = t->at.grown};
    hr_engine *engine = t->setup.learner->engine;
    hr_watch watch = {.go = not_asked, .user = t};
    set_rates(t, how);
    hr_watch_begin(&watch);
    engine->watch = &watch;
    bool good = hr_step(t->setup.learner, how, report);
    engine->watch = NULL;
    t->at.step += good;
    if (report->cut) t->broken = HR_ERR_STOPPED;
    return good ? HR_OK : report->cut ? refuse_cut(t) : refuse_step(t, report->loss);
}

static hr_status train_step(hrm_trainer *t, hrm_event *event) {
    const hr_recipe *r = &t->setup.recipe;
    hr_step_report report;
    hr_step_how how;
    double begin = hr_os_seconds();
    hr_status status = optimise(t, &how, &report);
    if (status) return status;
    hr_journal_add(&t->journal, &report);
    tell_step(t, &report, how.lr, event);
    grow(t, event->finished, event->finished_exact);
    tell_time(t, hr_os_seconds() - begin, report.share, event);
    if (!due(t->at.step, r->log_every)) return HR_OK;
    return hr_journal_step(&t->journal, &(hr_journal_line){
                                            .step = t->at.step,
                                            .seconds = seconds_of(t),
                                            .lr = how.lr,
                                            .grown = r->grow_from < 1 ? t->at.grown : NAN,
                                        });
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* False: the caller asks to stop. */
static bool tell(hrm_trainer *t, const hrm_event *event) {
    return (!t->told || !t->told->event || t->told->event(t->told->user, event)) && not_asked(t);
}

static bool goes_on(void *trainer, size_t done, size_t total) {
    hrm_trainer *t = trainer;
    int most = hr_solver_segments(t->setup.solver, &(hr_solver_how){.search = &t->setup.search});
    const hrm_event event = {
        .kind = HRM_EVENT_KIND_EVALUATING,
        .step = t->at.step,
        .steps = t->setup.steps,
        .finished = done,
        .eval = {.n = total, .search = t->setup.regime->candidates, .segments = most}};
    return tell(t, &event);
}

/* Rows that finish in training had hints: what they say is held against whole puzzles of the same
 * data, as many as were evaluated, or the first few. */
static hr_status evaluate_trained(hrm_trainer *t, hrm_event *event) {
    enum { FEW = 32 };
    size_t n = event->eval.n + event->eval.unscored;
    const hrm_eval_options options = {
        .limit = n < FEW ? n : FEW, .search = &t->setup.search, .progress = goes_on, .user = t};
    return hr_eval_run(t->setup.solver, t->setup.data, &options, &event->train);
}

static hr_status measure_best(hrm_trainer *t, const hrm_eval_options *options) {
    hrm_event event = {.kind = HRM_EVENT_KIND_REJUDGED, .steps = t->setup.steps};
    char *path = hr_folder_path(&t->folder, "best.safetensors");
    hr_status status = path ? HR_OK : HR_ERR_MEM;
    t->at.best_exact = t->at.best_cells = -1;
    bool there = hr_crew_told(&t->setup, path && hr_os_is_file(path));
    if (there) status = hr_best_measure(&t->setup, path, options, &event.eval, &event.step);
    hr_free(path);
    if (status || !there) return status;
    event.seconds = seconds_of(t);
    if (event.eval.n) t->at.best_exact = event.eval.exact, t->at.best_cells = event.eval.cells;
    tell(t, &event);
    return hr_journal_eval(&t->journal, &event, t->at.step);
}

/* What the bests are of may have become another set of puzzles, or another number of them. */
static hr_status agree_on_best(hrm_trainer *t, const hrm_eval_options *options) {
    const hr_progress before = t->at;
    hr_status status = HR_OK;
    if (t->at.best_by == t->setup.valid_hash) return HR_OK;
    if (t->at.best_exact >= 0) status = measure_best(t, options);
    if (status) t->at = before;
    else t->at.best_by = t->setup.valid_hash;
    return status;
}

static hr_status evaluate(hrm_trainer *t, hrm_event *event) {
    const hrm_eval_options options = {.limit = (size_t)t->setup.recipe.eval_limit,
                                      .search = &t->setup.search,
                                      .progress = goes_on,
                                      .user = t};
    *event = (hrm_event){.kind = HRM_EVENT_KIND_EVAL,
                         .step = t->at.step,
                         .steps = t->setup.steps,
                         .hinted = t->setup.regime->candidates};
    hr_status status = check_weights(t);
    if (!status) status = agree_on_best(t, &options);
    if (status) return status;
    hr_engine *engine = t->setup.learner->engine;
    engine->ops->use_average(engine, true);
    status = hr_eval_run(t->setup.solver, t->setup.valid, &options, &event->eval);
    if (!status && event->hinted) status = evaluate_trained(t, event);
    engine->ops->use_average(engine, false);
    if (status) return status;
    t->at.evaluated = t->at.step;
    event->seconds = seconds_of(t);
    event->best = event->eval.exact > t->at.best_exact ||
                  (event->eval.exact == t->at.best_exact && event->eval.cells > t->at.best_cells);
    t->at.stale = event->best ? 0 : t->at.stale + 1;
    if (event->best) {
        t->at.best_exact = event->eval.exact;
        t->at.best_cells = event->eval.cells;
        status = save_model(t, "best.safetensors");
    }
    return status ? status : hr_journal_eval(&t->journal, event, event->step);
}

static hr_status save_and_tell(hrm_trainer *t, bool *go) {
    hr_status status = save(t);
    char *path = status ? NULL : hr_folder_path(&t->folder, "model.safetensors");
    const hrm_event event = {
        .kind = HRM_EVENT_KIND_SAVED, .step = t->at.step, .steps = t->setup.steps, .path = path};
    if (!status) *go = hr_comm_all(t->setup.comm, tell(t, &event) && *go);
    hr_free(path);
    return status;
}

static hr_status open_journal(hrm_trainer *t) {
    t->journal.regime = t->setup.regime;
    t->journal.rows = (int)t->setup.recipe.batch;
    t->journal.valid = t->setup.recipe.valid;
    t->journal.valid_hash = t->setup.valid_hash;
    char *path = hr_crew_writes(&t->setup) ? hr_folder_path(&t->folder, "metrics.jsonl")
                                           : hr_text_copy("/dev/null");
    return hr_journal_open(&t->journal, path, t->at.step);
}

static hr_status take_folder(hrm_trainer *t) {
    hr_status status = hr_os_mkdirs(t->folder.dir);
    if (!status && !t->setup.resumed) status = hr_folder_lock(&t->folder);
    if (!status && !t->setup.resumed)
        status = hr_folder_check_free(&t->folder); /* once more, now that it is ours alone */
    if (!status) hr_folder_sweep(&t->folder);
    return status;
}

/* The folder's first files, so that a run can be resumed from its first moment. */
static hr_status open_folder(hrm_trainer *t) {
    char *state = hr_folder_path(&t->folder, "state.safetensors");
    bool writes = hr_crew_writes(&t->setup);
    hr_status status = state ? HR_OK : HR_ERR_MEM;
    if (!status && writes) status = take_folder(t);
    status = hr_comm_agree(t->setup.comm, status);
    bool held = !status && hr_crew_told(&t->setup, hr_os_is_file(state));
    if (!status && (!held || t->changed)) status = save_state(t, state);
    if (!status && writes) status = write_recipe(t);
    if (!status && writes) status = hr_session_begin(&t->folder, &t->setup, t->at.step, t->holed);
    if (!status) status = open_journal(t);
    hr_free(state);
    return hr_comm_agree(t->setup.comm, status);
}

/* Opens the folder, the first time. */
static hr_status ready(hrm_trainer *t) {
    if (t->measured)
        return hr_fail(HR_ERR_ARG, "%s: steps were measured in this trainer; open another to train",
                       t->folder.dir);
    if (t->broken)
        return hr_fail(t->broken,
                       "%s: a step has %s, and the weights in memory are not to be used; "
                       "resume from the last checkpoint",
                       t->folder.dir, t->broken == HR_ERR_STOPPED ? "been cut" : "failed");
    if (t->journal.file) return HR_OK;
    hr_status status = hr_setup_prepare(&t->setup);
    return status ? status : open_folder(t);
}

static bool is_out_of_time(const hrm_trainer *t, double seconds) {
    return t->setup.recipe.minutes > 0 && seconds > 60 * t->setup.recipe.minutes;
}

/* Its evaluations have not become better for as long as the recipe waits. */
static bool is_stale(const hrm_trainer *t) {
    return t->setup.recipe.stop_after && t->at.stale >= t->setup.recipe.stop_after;
}

/* Evaluates, unless it is stopped, and tells. */
static hr_status evaluate_and_tell(hrm_trainer *t, bool *go) {
    hrm_event event;
    hr_status status = hr_comm_agree(t->setup.comm, evaluate(t, &event));
    if (status == HR_ERR_STOPPED) *go = false;
    else if (!status) *go = hr_comm_all(t->setup.comm, tell(t, &event) && *go);
    return status == HR_ERR_STOPPED ? HR_OK : status;
}

/* Whether the evaluation that belongs to the step done last was stopped, or never begun. */
static bool owes_evaluation(const hrm_trainer *t) {
    return t->setup.valid && t->at.step > 0 && t->at.evaluated != t->at.step &&
           (due(t->at.step, t->setup.recipe.eval_every) || t->at.step == t->setup.steps);
}

/* Puts the end by an error on record, where the folder lets it, and passes the error on. */
static hr_status end_failed(hrm_trainer *t, hr_status status) {
    char *said = hr_text_copy(hr_error_text());
    if (t->journal.file && hr_crew_writes(&t->setup) &&
        hr_session_end(&t->folder, t->at.step, t->at.seconds, "failed"))
        hr_fail(status, "%s", said ? said : "out of memory");
    hr_free(said);
    return status;
}

hr_status hr_trainer_run(hrm_trainer *t, const hrm_train_options *options) {
    const hr_recipe *r = &t->setup.recipe;
    t->begin = hr_os_seconds();
    if (is_out_of_time(t, t->at.seconds) && t->at.step < t->setup.steps)
        return hr_fail(HR_ERR_ARG,
                       "minutes: %g are used up at step %" PRId64 " of %" PRId64
                       "; to go on say more of them, or minutes=0 for no bound",
                       r->minutes, t->at.step, t->setup.steps);
    if (is_stale(t) && t->at.step < t->setup.steps)
        return hr_fail(HR_ERR_ARG,
                       "stop_after: the last %" PRId64 " evaluations up to step %" PRId64
                       " were no better; to go on say more of them, or stop_after=0",
                       t->at.stale, t->at.step);
    hr_status status = ready(t);
    if (!status && options && options->tensorboard && hr_crew_writes(&t->setup))
        status = hr_board_open(&t->journal.board, t->folder.dir, t->at.step);
    status = hr_comm_agree(t->setup.comm, status);
    bool go = hr_comm_all(t->setup.comm, not_asked(t)), out_of_time = false;
    hrm_event event;
    t->told = options;
    if (!status && owes_evaluation(t)) {
        status = evaluate_and_tell(t, &go);
        if (!status && go) status = save_and_tell(t, &go);
    }
    while (!status && go && !out_of_time && !is_stale(t) && t->at.step < t->setup.steps) {
        status = train_step(t, &event);
        go = !status && tell(t, &event);
        status = hr_comm_settle(t->setup.comm, status, &go);
        if (status) break;
        out_of_time = is_out_of_time(t, event.seconds);
        bool end = t->at.step == t->setup.steps || out_of_time;
        bool evaluates = go && (owes_evaluation(t) || (t->setup.valid && end));
        if (evaluates && end) status = save(t); /* it may take long, and be killed */
        if (!status && evaluates) status = evaluate_and_tell(t, &go);
        if (!status && (end || !go || is_stale(t) || due(t->at.step, r->save_every)))
            status = save_and_tell(t, &go);
    }
    if (status == HR_ERR_NUMERIC) t->broken = status;
    t->told = NULL;
    atomic_store(&t->asked, false);
    if (!status && !go && (t->at.step < t->setup.steps || owes_evaluation(t)))
        status = hr_fail(HR_ERR_STOPPED, "stopped after step %" PRId64 " of %" PRId64 "; saved",
                         t->at.step, t->setup.steps);
    t->at.seconds += hr_os_seconds() - t->begin;
    if (status && status != HR_ERR_STOPPED) return end_failed(t, status);
    const char *why = status                         ? "stopped"
                      : t->at.step == t->setup.steps ? "steps"
                      : out_of_time                  ? "minutes"
                                                     : "stop_after";
    hr_status told = HR_OK;
    if (hr_crew_writes(&t->setup))
        told = hr_session_end(&t->folder, t->at.step, t->at.seconds, why);
    told = hr_comm_agree(t->setup.comm, told);
    return told ? told : status;
}

/* One piece of a run that is stepped from outside; only time within pieces counts as training. */
static hr_status piece(hrm_trainer *t, hr_status (*work)(hrm_trainer *t, hrm_event *event),
                       hrm_event *event) {
    *event = (hrm_event){0};
    t->begin = hr_os_seconds();
    hr_status status = ready(t);
    if (!status) status = hr_comm_agree(t->setup.comm, work(t, event));
    bool broke = status == HR_ERR_NUMERIC && !t->broken;
    if (status == HR_ERR_NUMERIC) t->broken = status;
    atomic_store(&t->asked, false);
    t->at.seconds += hr_os_seconds() - t->begin;
    t->begin = hr_os_seconds();
    return broke ? end_failed(t, status) : status;
}

static hr_status save_piece(hrm_trainer *t, hrm_event *event) {
    event->kind = HRM_EVENT_KIND_SAVED;
    return save(t);
}

void hr_trainer_cancel(hrm_trainer *t) {
    atomic_store(&t->asked, true);
}

/* The first step warms caches up; a long one counts all the same. */
hr_status hr_trainer_measure(hrm_trainer *t, double *seconds) {
    hr_step_how how;
    hr_step_report report;
    if (t->journal.file) return hr_fail(HR_ERR_ARG, "%s: the run has begun", t->folder.dir);
    hr_status status = hr_setup_prepare(&t->setup);
    int64_t step = t->at.step;
    t->measured = true;
    t->begin = hr_crew_seconds(&t->setup, hr_os_seconds());
    for (double begin = t->begin, now = begin, took = 0; !status && now - t->begin < 1;) {
        status = optimise(t, &how, &report);
        now = hr_crew_seconds(&t->setup, hr_os_seconds());
        if (took == 0 || now - begin < took) took = *seconds = (now - begin) / report.share;
        begin = now;
    }
    t->at.step = step;
    atomic_store(&t->asked, false);
    return status;
}

hr_status hr_trainer_step(hrm_trainer *t, hrm_event *event) {
    if (t->at.step < t->setup.steps) return piece(t, train_step, event);
    *event = (hrm_event){.step = t->at.step, .steps = t->setup.steps};
    return hr_fail(HR_ERR_ARG, "%s: the run is at its end, step %" PRId64, t->folder.dir,
                   t->at.step);
}

hr_status hr_trainer_evaluate(hrm_trainer *t, hrm_event *event) {
    if (t->setup.valid) return piece(t, evaluate, event);
    return hr_fail(HR_ERR_ARG, "%s: there is nothing to evaluate on; set valid and eval_every",
                   t->folder.dir);
}

hr_status hr_trainer_save(hrm_trainer *t) {
    hrm_event event;
    return piece(t, save_piece, &event);
}

hr_status hr_trainer_snapshot(hrm_trainer *t, hr_model **model, char **training) {
    const hr_param_table *table = &t->setup.model->table;
    if (t->begin == 0) t->begin = hr_os_seconds(); /* before the first step the clock stands */
    hr_status status = ready(t);
    if (!status) status = hr_model_new(&t->setup.model->spec, t->setup.kern, false, model);
    if (!status && !(*training = training_record(t))) status = HR_ERR_MEM;
    const hr_real *dense;
    if (!status && !pull_weights(t, &dense)) status = HR_ERR_MEM;
    for (int i = 0; !status && i < table->count; i++) {
        const hr_param *p = &table->param[i];
        const hr_real *from = p->kind == HR_PARAM_DENSE && dense ? dense : t->setup.model->params;
        memcpy((*model)->params + p->offset, from + p->offset, p->count * sizeof *from);
    }
    if (!status) hr_model_pack(*model, t->setup.pool);
    return status;
}
