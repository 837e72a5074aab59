/* api.c - the public functions: arguments checked, handles kept, everything else done below. */
#include "hrm.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "run/adapt.h"
#include "run/arc_build.h"
#include "run/ballot.h"
#include "run/bench.h"
#include "run/checkpoint.h"
#include "run/dataset.h"
#include "run/describe.h"
#include "run/eval.h"
#include "run/generate.h"
#include "run/parity.h"
#include "run/picture.h"
#include "run/recipe.h"
#include "run/solve.h"
#include "run/train.h"

_Static_assert((int)HRM_STATUS_ARG == (int)HR_ERR_ARG &&
                   (int)HRM_STATUS_UNSUPPORTED == (int)HR_ERR_UNSUPPORTED,
               "public and internal status codes are the same numbers");
_Static_assert((int)HRM_WRONG == (int)HR_WRONG && (int)HRM_UNKNOWN == (int)HR_UNKNOWN,
               "public and internal verdicts are the same numbers");

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

/* Internal statuses become public ones here and only here. */
static hrm_status public(hr_status status) {
    return (hrm_status)status;
}

static hrm_status missing(const char *what) {
    return public(hr_fail(HR_ERR_ARG, "%s is NULL", what));
}

const char *hrm_error(void) {
    return hr_error_text();
}

void hrm_free(void *text) {
    hr_free(text);
}

const char *hrm_version(void) {
    return TEXT(HRM_VERSION_MAJOR) "." TEXT(HRM_VERSION_MINOR) "." TEXT(HRM_VERSION_PATCH);
}

char *hrm_version_json(void) {
    hr_buffer text = {0};
    hr_buffer_print(&text, "{\"version\": \"%s\", \"isa\": \"%s\", \"isas\": [", hrm_version(),
                    hr_kern_select(NULL)->name);
    for (int i = 0; hr_kern_at(i); i++)
        hr_buffer_print(&text, "%s\"%s\"", i ? ", " : "", hr_kern_at(i)->name);
    hr_buffer_print(&text, "], \"compiler\": \"%s\", \"threads\": %d}", __VERSION__, hr_os_cores());
    if (!text.failed) return text.text;
    hr_buffer_free(&text);
    return NULL;
}

const char *hrm_nearest(const char *word, const char *const *words, size_t count) {
    return word && words ? hr_text_nearest(word, words, count) : NULL;
}

/* ---- puzzles --------------------------------------------------------------------------------- */

struct hrm_dataset {
    hr_dataset *data;
    char *question, *answer; /* text of the example asked for last */
};

static hrm_status open_dataset(const char *path, const char *task, const hr_task *expect,
                               hrm_dataset **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!path) return missing("path");
    hrm_dataset *d = HR_NEW(hrm_dataset, 1);
    if (!d) return HRM_STATUS_MEM;
    hr_status status = hr_dataset_open(path, task, expect, &d->data);
    if (!status) {
        d->question = hr_alloc((size_t)d->data->task.seq + 1);
        d->answer = hr_alloc((size_t)d->data->task.seq + 1);
        if (!d->question || !d->answer) status = HR_ERR_MEM;
    }
    if (status) hrm_dataset_free(d);
    else *out = d;
    return public(status);
}

hrm_status hrm_dataset_open(const char *path, const char *task, hrm_dataset **out) {
    return open_dataset(path, task, NULL, out);
}

void hrm_dataset_free(hrm_dataset *dataset) {
    if (!dataset) return;
    hr_dataset_free(dataset->data);
    hr_free(dataset->question);
    hr_free(dataset->answer);
    hr_free(dataset);
}

size_t hrm_dataset_size(const hrm_dataset *dataset) {
    return dataset ? dataset->data->examples : 0;
}

hrm_status hrm_dataset_describe(const hrm_dataset *dataset, char **json) {
    if (!json) return missing("json");
    *json = NULL;
    return dataset ? public(hr_describe_dataset(dataset->data, json)) : missing("dataset");
}

static hrm_status check_index(const hrm_dataset *dataset, size_t index) {
    if (!dataset) return missing("dataset");
    if (index < dataset->data->examples) return HRM_STATUS_OK;
    return public(hr_fail(
        HR_ERR_ARG, "%s: example %zu does not exist; the first is 0, the last %zu",
        dataset->data->path, index, dataset->data->examples ? dataset->data->examples - 1 : 0));
}

hrm_status hrm_dataset_example(hrm_dataset *dataset, size_t index, hrm_example *out) {
    if (!out) return missing("out");
    *out = (hrm_example){0};
    hrm_status status = check_index(dataset, index);
    if (status) return status;
    const hr_dataset *d = dataset->data;
    const uint8_t *question, *answer;
    hr_dataset_pair(d, index, &question, &answer);
    d->task.ops->format(&d->task, question, dataset->question);
    d->task.ops->format(&d->task, answer, dataset->answer);
    *out = (hrm_example){
        .question = dataset->question,
        .answer = dataset->answer,
        .size = strlen(dataset->question),
        .rating = d->rating ? d->rating[index] : HR_RATING_UNKNOWN,
        .puzzle = d->puzzle_id[hr_dataset_puzzle_of(d, index)],
    };
    return HRM_STATUS_OK;
}

hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text) {
    if (!text) return missing("text");
    *text = NULL;
    hrm_status status = check_index(dataset, index);
    if (status) return status;
    const hr_dataset *d = dataset->data;
    const uint8_t *q, *a;
    hr_dataset_pair(d, index, &q, &a);
    char *question = hr_task_draw(&d->task, NULL, q, colour);
    char *answer = hr_task_draw(&d->task, q, a, colour);
    if (question && answer) *text = hr_text_format("%s\n%s", question, answer);
    hr_free(question);
    hr_free(answer);
    return *text ? HRM_STATUS_OK : HRM_STATUS_MEM;
}

hrm_status hrm_dataset_picture(hrm_dataset *dataset, size_t index, const char *path) {
    if (!path) return missing("path");
    hrm_status status = check_index(dataset, index);
    return status ? status : public(hr_picture_write(dataset->data, index, path));
}

hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                              uint64_t seed) {
    if (!dataset || !path) return missing(dataset ? "path" : "dataset");
    return public(hr_dataset_export(dataset->data, path, augmentations, seed));
}

hrm_status hrm_sudoku_generate(const char *path, const hrm_sudoku_options *options,
                               hrm_progress progress, void *user) {
    if (!path || !options) return missing(path ? "options" : "path");
    return public(hr_generate_sudoku(path, options, progress, user));
}

hrm_status hrm_maze_generate(const char *path, const hrm_maze_options *options,
                             hrm_progress progress, void *user) {
    if (!path || !options) return missing(path ? "options" : "path");
    return public(hr_generate_maze(path, options, progress, user));
}

hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, char **json) {
    if (!dir || !options) return missing(dir ? "options" : "dir");
    return public(hr_arc_build(dir, options, json));
}

/* ---- models, solving, evaluation ------------------------------------------------------------- */

struct hrm_model {
    hr_pool *pool;
    hr_model *model;
    hr_task task;
    hr_solver *solver; /* kept from one call to the next while the batch stays the same */
};

hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!path) return missing("path");
    const hr_kern *kern = hr_kern_select(run ? run->isa : NULL);
    if (!kern) return HRM_STATUS_ARG;
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    hr_status status = hr_pool_new(run ? run->threads : 0, &m->pool);
    if (!status) status = hr_checkpoint_load(path, kern, m->pool, &m->model, &m->task);
    if (status) hrm_model_free(m);
    else *out = m;
    return public(status);
}

hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model, hrm_dataset **out) {
    return model ? open_dataset(path, NULL, &model->task, out) : missing("model");
}

void hrm_model_free(hrm_model *model) {
    if (!model) return;
    hr_solver_free(model->solver);
    hr_model_free(model->model);
    hr_pool_free(model->pool);
    hr_task_free(&model->task);
    hr_free(model);
}

hrm_status hrm_describe(const char *path, char **json) {
    if (!path || !json) return missing(path ? "json" : "path");
    return public(hr_describe(path, json));
}

static hr_status prepare(hrm_model *m, size_t count, int batch, int segments) {
    if (batch < 0 || batch > 1 << 20)
        return hr_fail(HR_ERR_ARG, "batch: %d is not between 0 and %d", batch, 1 << 20);
    if (segments < 0 || segments > 1 << 20)
        return hr_fail(HR_ERR_ARG, "segments: %d is not between 0 and %d", segments, 1 << 20);
    int rows = batch ? batch : hr_solver_rows(m->model);
    if ((size_t)rows > count) rows = count ? (int)count : 1;
    if (m->solver && m->solver->rows == rows) return HR_OK;
    hr_solver_free(m->solver);
    m->solver = NULL;
    return hr_solver_new(m->model, m->pool, &m->task, rows, &m->solver);
}

hrm_status hrm_solve(hrm_model *model, const char *const *puzzles, size_t count,
                     const hrm_solve_options *options, hrm_answer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!model || !puzzles) return missing(model ? "puzzles" : "model");
    hrm_answer *answers = HR_NEW(hrm_answer, count);
    if (!answers) return HRM_STATUS_MEM;
    hr_status status =
        prepare(model, count, options ? options->batch : 0, options ? options->segments : 0);
    if (!status)
        status = hr_solve_texts(model->solver, &model->task, puzzles, count, options, answers);
    if (status) hrm_answers_free(answers, count);
    else *out = answers;
    return public(status);
}

void hrm_answers_free(hrm_answer *answers, size_t count) {
    for (size_t i = 0; answers && i < count; i++) {
        hr_free(answers[i].text);
        hr_free(answers[i].drawing);
        hr_free(answers[i].drawing_colour);
    }
    hr_free(answers);
}

hrm_status hrm_evaluate(hrm_model *model, hrm_dataset *dataset, const hrm_eval_options *options,
                        hrm_eval_report *out) {
    if (!out) return missing("out");
    *out = (hrm_eval_report){0};
    if (!model || !dataset) return missing(model ? "dataset" : "model");
    if (options && options->votes < 0)
        return public(hr_fail(HR_ERR_ARG, "votes: %d is below 0", options->votes));
    hr_status status = hr_ballot_allowed(dataset->data, options);
    if (!status)
        status = prepare(model, dataset->data->examples, options ? options->batch : 0,
                         options ? options->segments : 0);
    if (!status) status = hr_eval_run(model->solver, dataset->data, options, out);
    return public(status);
}

hrm_status hrm_adapt(hrm_model *model, const char *path, const hrm_adapt_options *options,
                     char **json) {
    if (!json) return missing("json");
    *json = NULL;
    if (!model || !path || !options) return missing(!model ? "model" : !path ? "path" : "options");
    return public(hr_adapt(model->model, &model->task, model->pool, path, options, json));
}

/* ---- training -------------------------------------------------------------------------------- */

hrm_status hrm_trainer_new(const char *recipe, const char *const *settings, size_t count,
                           const char *out_dir, const hrm_run *run, hrm_trainer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!recipe || !out_dir) return missing(recipe ? "out_dir" : "recipe");
    return public(hr_trainer_new(recipe, settings, count, out_dir, run, out));
}

hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                              const hrm_run *run, hrm_trainer **out) {
    if (!out) return missing("out");
    *out = NULL;
    return dir ? public(hr_trainer_resume(dir, settings, count, run, out)) : missing("dir");
}

hrm_status hrm_trainer_plan(const hrm_trainer *trainer, char **json) {
    if (!trainer || !json) return missing(trainer ? "json" : "trainer");
    return public(hr_trainer_plan(trainer, json));
}

hrm_status hrm_trainer_run(hrm_trainer *trainer, hrm_event_callback callback, void *user) {
    return trainer ? public(hr_trainer_run(trainer, callback, user)) : missing("trainer");
}

void hrm_trainer_free(hrm_trainer *trainer) {
    hr_trainer_free(trainer);
}

const hrm_recipe_key *hrm_recipe_keys(size_t i) {
    static const char *const types[] = {"integer", "number", "switch", "text", "choice"};
    static _Thread_local hrm_recipe_key key;
    if (i >= hr_recipe_key_count) return NULL;
    const hr_recipe_key *k = &hr_recipe_keys[i];
    key =
        (hrm_recipe_key){k->name, types[k->type], k->preset, k->choices ? k->choices : "", k->help};
    return &key;
}

/* ---- parity ---------------------------------------------------------------------------------- */

typedef struct relay {
    hrm_parity_callback callback;
    void *user;
} relay;

static void tell(void *user, const hr_parity_case *c) {
    const relay *r = user;
    hrm_parity_case result = {c->group, c->name, c->passed, c->worst, c->tolerance, c->where};
    if (r->callback) r->callback(r->user, &result);
}

hrm_status hrm_parity(const char *dir, const hrm_run *run, hrm_parity_callback callback, void *user,
                      size_t *passed, size_t *failed) {
    if (!dir || !passed || !failed) return missing(dir ? "passed or failed" : "dir");
    *passed = *failed = 0;
    const hr_kern *kern = hr_kern_select(run ? run->isa : NULL);
    hr_pool *pool = NULL;
    hr_status status = kern ? hr_pool_new(run ? run->threads : 0, &pool) : HR_ERR_ARG;
    relay r = {callback, user};
    if (!status) status = hr_parity(dir, kern, pool, tell, &r, passed, failed);
    hr_pool_free(pool);
    return public(status);
}

/* ---- measuring ------------------------------------------------------------------------------- */

hrm_status hrm_bench(const hrm_bench_options *options, hrm_bench_callback callback, void *user) {
    if (!options || !callback) return missing(options ? "callback" : "options");
    return public(hr_bench(options, callback, user));
}
