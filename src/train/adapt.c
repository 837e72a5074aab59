/* adapt.c - a small trainer and a vote around one file of tasks. */
#include "train/adapt.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "io/json.h"
#include "model/checkpoint.h"
#include "data/arc_build.h"
#include "data/picture.h"
#include "data/sampler.h"
#include "data/dataset_arc.h"
#include "data/dataset_arrays.h"
#include "model/record.h"
#include "model/recipe_spec.h"
#include "nn/engines.h"
#include "regime/segments.h"
#include "regime/step.h"
#include "solve/solve.h"
#include "task/arc_vote.h"
#include "task/draw.h"

enum { GUESSES = 2, PLAN_BYTES = 1 << 30 };

/* What an adaptation works with. */
typedef struct fit {
    const hrm_adapt_options *o;
    hr_pool *pool;
    const char *training; /* the model's record; may be NULL */
    hr_recipe recipe;     /* that of its training */
    hr_arc_tasks tasks;
    hr_arc_views views;
    hr_dataset *train, *test;
    hr_model *model; /* a copy with a puzzle embedding of its own */
    hr_learner *learner;
    hr_sampler sampler;
    hr_solver *solver;
    hr_arc_votes *votes;
    char **name;    /* (views.identifiers) of every copy by its identifier */
    int at;         /* steps done */
    double loss[2]; /* mean over the first and the last tenth of the steps */
} fit;

static void close_fit(fit *f) {
    for (int32_t i = 0; f->name && i < f->views.identifiers; i++) hr_free(f->name[i]);
    hr_free(f->name);
    hr_arc_votes_free(f->votes);
    hr_solver_free(f->solver);
    hr_sampler_close(&f->sampler);
    hr_learner_free(f->learner);
    hr_model_free(f->model);
    hr_dataset_free(f->train);
    hr_dataset_free(f->test);
    hr_arc_views_free(&f->views);
    hr_arc_tasks_free(&f->tasks);
}

/* ---- the model ------------------------------------------------------------------------------- */

/* The mean of every `apart`-th of the trained puzzle vectors, from `first` on: where fresh ones
 * start. */
static void mean_row(const hr_model *from, const hr_param *p, size_t first, size_t apart,
                     double *mean) {
    double count = (double)((p->rows - first + apart - 1) / apart);
    for (size_t c = 0; c < p->cols; c++) mean[c] = 0;
    for (size_t r = first; r < p->rows; r += apart)
        for (size_t c = 0; c < p->cols; c++)
            mean[c] += (double)from->params[p->offset + r * p->cols + c] / count;
}

/* turns: vectors of a task follow each other, one for each turn; or 1. */
static hr_status copy_params(const hr_model *from, hr_model *to, size_t turns) {
    for (int i = 0; i < to->table.count; i++) {
        const hr_param *p = &to->table.param[i], *old = hr_param_find(&from->table, p->name);
        if (old->narrow) {
            hr_narrow_rows(&from->narrow[old - from->table.param], p->cols, 0, p->rows,
                           to->params + p->offset);
            continue;
        }
        if (p->kind != HR_PARAM_SPARSE) {
            memcpy(to->params + p->offset, from->params + old->offset, p->count * sizeof(hr_real));
            continue;
        }
        double *mean = HR_NEW(double, p->cols);
        if (!mean) return HR_ERR_MEM;
        for (size_t first = 0; first < turns; first++) {
            if (first < old->rows) mean_row(from, old, first, turns, mean);
            for (size_t r = first; r < p->rows; r += turns)
                for (size_t c = 0; c < p->cols; c++)
                    to->params[p->offset + r * p->cols + c] = (hr_real)mean[c];
        }
        hr_free(mean);
    }
    return HR_OK;
}

static hr_status open_model(fit *f, const hr_model *from) {
    hr_spec spec = from->spec;
    spec.puzzles = f->views.identifiers;
    hr_status status = hr_model_new(&spec, from->kern, true, &f->model);
    bool apart = f->views.share && !spec.puzzle_emb_views;
    if (!status) status = copy_params(from, f->model, apart ? (size_t)f->views.share : 1);
    if (!status) hr_model_pack(f->model, f->pool);
    return status;
}

/* ---- fitting --------------------------------------------------------------------------------- */

static hr_status open_training(fit *f) {
    const hr_optim_config optim = {
        .kind = HR_OPTIM_ADAM_ATAN2, .beta1 = 0.9, .beta2 = 0.95, .eps = 1e-8, .weight_decay = 0.1};
    const hr_segments_keys keys = {.stagger = true};
    const hr_learner_config config = {
        .regime = &hr_regime_segments,
        .keys = &keys,
        .objective = hr_recipe_objective(&f->recipe),
        .optim = f->o->train_network ? &optim : NULL,
        .size = hr_engines[0]->plan(f->model, f->o->batch, HR_ENGINE_SHARDS, PLAN_BYTES, NULL),
    };
    hr_status status = hr_learner_new(f->model, f->pool, &config, &f->learner);
    return status ? status : hr_sampler_open(f->train, f->o->seed, false, &f->sampler);
}

static bool goes_on(const fit *f) {
    return !f->o->progress || f->o->progress(f->o->user, (size_t)f->at, (size_t)f->o->steps);
}

static bool inside(void *user) {
    return goes_on(user);
}

static hr_status stopped(const fit *f) {
    return hr_fail(HR_ERR_STOPPED, "stopped after step %d of %d", f->at, f->o->steps);
}

/* One segment of every row; *loss is their mean. */
static hr_status step(fit *f, double *loss) {
    const hr_step_how how = {.sampler = &f->sampler,
                             .seed = f->o->seed,
                             .step = f->at,
                             .size = 1,
                             .lr = f->o->network_lr,
                             .puzzle_lr = f->o->lr};
    hr_step_report report;
    hr_watch watch = {.go = inside, .user = f};
    hr_watch_begin(&watch);
    f->learner->engine->watch = &watch;
    bool good = hr_step(f->learner, &how, &report);
    f->learner->engine->watch = NULL;
    *loss = report.lm_loss;
    if (report.cut) return stopped(f);
    f->at++;
    if (good) return HR_OK;
    if (isfinite(report.loss))
        return hr_fail(HR_ERR_NUMERIC, "step %d: a gradient is not finite", f->at);
    return hr_fail(HR_ERR_NUMERIC, "step %d: the loss is not finite; lower the rates", f->at);
}

static hr_status train(fit *f) {
    int steps = f->o->steps, tenth = steps < 10 ? 1 : steps / 10;
    for (int i = 0; i < steps; i++) {
        double loss;
        hr_status status = step(f, &loss);
        if (status) return status;
        if (i < tenth) f->loss[0] += loss / tenth;
        if (i >= steps - tenth) f->loss[1] += loss / tenth;
        if (!goes_on(f)) return stopped(f);
    }
    return HR_OK;
}

/* ---- voting ---------------------------------------------------------------------------------- */

static hr_status name_copies(fit *f) {
    f->name = HR_NEW(char *, f->views.identifiers);
    if (!f->name) return HR_ERR_MEM;
    for (size_t t = 0; t < f->tasks.count; t++)
        for (size_t v = f->views.start[t]; v < f->views.start[t + 1]; v++) {
            hr_buffer text = {0};
            hr_arc_name_print(&text, f->tasks.task[t].id, &f->views.view[v]);
            hr_free(f->name[f->views.id[v]]);
            f->name[f->views.id[v]] = text.text;
            if (text.failed) return HR_ERR_MEM;
        }
    return HR_OK;
}

static int32_t id_of(const fit *f, size_t example) {
    return f->test->puzzle_id[hr_dataset_puzzle_of(f->test, example)];
}

static hr_status next_test(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    const fit *f = user;
    const uint8_t *q, *a;
    (void)wait;
    *more = asked->index < f->test->examples ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    if (asked->index >= f->test->examples) return HR_OK;
    hr_dataset_pair(f->test, asked->index, &q, &a);
    memcpy(asked->question, q, (size_t)f->test->task.seq);
    asked->id = id_of(f, asked->index);
    return HR_OK;
}

static hr_status add_vote(void *user, const hr_solved *solved) {
    fit *f = user;
    return hr_arc_votes_add(f->votes,
                            &(hr_arc_vote){.name = f->name[id_of(f, solved->index)],
                                           .view = hr_arc_dataset_view(f->test, solved->index),
                                           .question = solved->question,
                                           .answer = solved->tokens,
                                           .confidence = solved->confidence});
}

static hr_status vote(fit *f) {
    int rows = hr_solver_rows(f->model);
    if ((size_t)rows > f->test->examples) rows = (int)f->test->examples;
    hr_status status = hr_solver_new(f->model, f->pool, f->learner->engine, NULL, rows, &f->solver);
    if (!status) status = hr_arc_votes_new(&f->tasks, f->test->task.rows, &f->votes);
    if (!status) status = name_copies(f);
    if (status) return status;
    const hr_solver_how how = {.segments = f->o->segments};
    return hr_solver_run(f->solver, &how,
                         &(hr_flow){.next = next_test, .done = add_vote, .user = f, .go = inside});
}

/* ---- the result ------------------------------------------------------------------------------ */

static const char *draw(const fit *f, hrm_adapted *out, const hr_arc_grid *g, hr_draw how) {
    uint8_t tokens[HR_ARC_SEQ];
    hr_arc_encode(g, 0, 0, f->test->task.rows, tokens);
    return hr_result_keep(out, hr_task_draw(&f->test->task, NULL, tokens, how));
}

static void tell_guess(const fit *f, hrm_adapted *out, const hr_arc_grid *g, hrm_arc_guess *guess) {
    size_t cells = (size_t)(g->rows * g->cols);
    unsigned char *colours = HR_RESULT_ARRAY(out, unsigned char, cells);
    for (size_t i = 0; colours && i < cells; i++) colours[i] = (unsigned char)g->cell[i];
    guess->rows = g->rows;
    guess->cols = g->cols;
    guess->colours = colours;
    guess->drawing = draw(f, out, g, HR_DRAW_PLAIN);
    guess->drawing_colour = draw(f, out, g, HR_DRAW_COLOUR);
}

static void tell_task(const fit *f, hrm_adapted *out, size_t task, hrm_arc_result *result) {
    size_t tests = (size_t)f->tasks.task[task].tests;
    hrm_arc_guess *guesses = HR_RESULT_ARRAY(out, hrm_arc_guess, tests * GUESSES);
    *result = (hrm_arc_result){.task = hr_result_text(out, f->tasks.task[task].id),
                               .pass_1 = hr_arc_votes_pass(f->votes, task, 1),
                               .pass_2 = hr_arc_votes_pass(f->votes, task, 2),
                               .tests = tests,
                               .guesses = guesses};
    hr_arc_grid g;
    for (size_t i = 0; guesses && i < tests * GUESSES; i++)
        if (hr_arc_votes_guess(f->votes, task, (int)(i / GUESSES), i % GUESSES, &g,
                               &guesses[i].votes, &guesses[i].confidence))
            tell_guess(f, out, &g, &guesses[i]);
        else guesses[i] = (hrm_arc_guess){0};
}

static void tell(const fit *f, hrm_adapted *out) {
    hrm_arc_result *tasks = HR_RESULT_ARRAY(out, hrm_arc_result, f->tasks.count);
    *out = (hrm_adapted){.steps = f->o->steps,
                         .network = f->o->train_network,
                         .copies = f->views.count,
                         .loss_first = f->loss[0],
                         .loss_last = f->loss[1],
                         .side = f->test->task.rows,
                         .tasks = tasks,
                         .task_count = f->tasks.count};
    for (size_t t = 0; tasks && t < f->tasks.count; t++) tell_task(f, out, t, &tasks[t]);
    for (size_t i = 0; i < f->tasks.largers; i++)
        hr_result_add(out, &out->larger, &out->larger_count, hr_text_copy(f->tasks.larger[i].id));
}

/* The test inputs with the answers that rank first, or none, under each other. */
static hr_status write_picture(const fit *f) {
    const hr_task *task = &f->test->task;
    size_t tests = 0, count = 0, seq = (size_t)task->seq, votes;
    double confidence;
    for (size_t t = 0; t < f->tasks.count; t++) tests += (size_t)f->tasks.task[t].tests;
    uint8_t *tokens = hr_alloc(hr_mul(2 * tests, seq));
    const uint8_t *(*pair)[2] = hr_alloc(hr_mul(tests, sizeof *pair));
    for (size_t t = 0; tokens && pair && t < f->tasks.count; t++) {
        const hr_arc_task *of = &f->tasks.task[t];
        for (int i = 0; i < of->tests; i++, count++) {
            uint8_t *own = tokens + 2 * count * seq;
            hr_arc_grid g;
            hr_arc_tasks_grid(&f->tasks, of->first + (size_t)(of->demos + i), 0, &g);
            hr_arc_encode(&g, 0, 0, task->rows, own);
            memset(own + seq, 0, seq);
            if (hr_arc_votes_guess(f->votes, t, i, 0, &g, &votes, &confidence))
                hr_arc_encode(&g, 0, 0, task->rows, own + seq);
            pair[count][0] = own;
            pair[count][1] = own + seq;
        }
    }
    hr_status status =
        tokens && pair ? hr_picture_pairs(task, pair, count, f->o->picture) : HR_ERR_MEM;
    hr_free(tokens);
    hr_free(pair);
    return status;
}

static hr_status write_files(const fit *f) {
    hr_status status = f->o->picture ? write_picture(f) : HR_OK;
    if (status) return status;
    if (f->o->submission)
        status = hr_dataset_write_json(NULL, f->o->submission, hr_arc_votes_submission(f->votes));
    if (status || !f->o->out) return status;
    uint64_t names; /* of the puzzles that the vectors now are for */
    if ((status = hr_arc_names(&f->tasks, &f->views, &names))) return status;
    char *record = hr_record_renamed(f->training ? f->training : "{}", names);
    status =
        record ? hr_checkpoint_save(f->o->out, f->model, NULL, &f->test->task, record) : HR_ERR_MEM;
    hr_free(record);
    return status;
}

static hr_status check(const hr_model *model, const hr_task *task, const hrm_adapt_options *o) {
    if (!task->ops->voted || !model->spec.puzzle_emb_ndim)
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "adapt: the model is not for ARC, or has no puzzle embedding to adapt");
    const struct {
        const char *name;
        double value, least, most;
    } number[] = {{"augment", o->augment, 0, 100000},
                  {"steps", o->steps, 1, INT_MAX},
                  {"batch", o->batch, 1, 1 << 16},
                  {"segments", o->segments, 0, INT_MAX},
                  {"lr", o->lr, 0, 1000},
                  {"network_lr", o->network_lr, 0, 1000}};
    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        if (!(number[i].value >= number[i].least && number[i].value <= number[i].most))
            return hr_fail(HR_ERR_ARG, "%s: %g is not between %g and %g", number[i].name,
                           number[i].value, number[i].least, number[i].most);
    hr_status status = o->submission ? hr_os_try(o->submission) : HR_OK;
    if (!status && o->picture) status = hr_picture_try(o->picture);
    return !status && o->out ? hr_os_try(o->out) : status;
}

/* Tasks that the model's canvas has no room for are left out, unless that leaves none. */
static hr_status read_tasks(fit *f, const char *path) {
    hr_status status = hr_arc_tasks_read(&f->tasks, path, true);
    if (!status && (status = hr_arc_tasks_any(&f->tasks)))
        status = hr_fail_in(status, "%s: too large for the model", path);
    return status;
}

hr_status hr_adapt(const hr_model *model, const hr_task *task, const char *training, hr_pool *pool,
                   const char *path, const hrm_adapt_options *options, hrm_adapted **out) {
    hrm_adapt_options o = *options;
    fit f = {.o = &o, .pool = pool, .tasks.side = task->rows, .training = training};
    hr_recipe_recorded(&f.recipe, training);
    hr_status status = check(model, task, options);
    if (!status) status = read_tasks(&f, path);
    bool shared = model->spec.puzzle_emb_views || o.share_vectors; /* as in its training data */
    const hr_arc_draw how = {.copies = o.augment,
                             .keep_colours = model->spec.symbol_channels,
                             .keep_output_colours = shared,
                             .share_vectors = shared,
                             .seed = o.seed};
    hr_arc_layout layout = {.side = task->rows, .boxed = model->spec.skip_padding, .seed = o.seed};
    if (!status) status = hr_arc_views_draw(&f.tasks, &how, pool, &f.views);
    if (!status) status = hr_arc_dataset(&f.tasks, &f.views, &layout, path, &f.train);
    layout.test = true;
    if (!status) status = hr_arc_dataset(&f.tasks, &f.views, &layout, path, &f.test);
    if (!status) status = open_model(&f, model);
    if (!status) status = open_training(&f);
    if (!status) status = train(&f);
    if (!status) status = vote(&f);
    if (!status) status = write_files(&f);
    hrm_adapted *adapted = HR_RESULT(hrm_adapted);
    if (!status && adapted) tell(&f, adapted);
    close_fit(&f);
    return hr_result_give(status, adapted, out);
}
