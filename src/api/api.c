/* api.c - the public functions: arguments checked, handles kept, everything else done below. */
#include "hrm.h"

#include <string.h>

#include "api/handles.h"
#include "base/os.h"
#include "base/text.h"
#include "train/adapt.h"
#include "data/arc_build.h"
#include "check/bench.h"
#include "model/checkpoint.h"
#include "model/convert.h"
#include "data/dataset.h"
#include "model/describe.h"
#include "data/generate.h"
#include "check/parity.h"
#include "data/picture.h"
#include "model/recipe.h"
#include "solve/solve.h"
#include "train/train.h"

_Static_assert((int)HRM_STATUS_ARG == (int)HR_ERR_ARG &&
                   (int)HRM_STATUS_UNSUPPORTED == (int)HR_ERR_UNSUPPORTED,
               "public and internal status codes are the same numbers");
_Static_assert((int)HRM_WRONG == (int)HR_WRONG && (int)HRM_UNKNOWN == (int)HR_UNKNOWN,
               "public and internal verdicts are the same numbers");

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

#define public hr_api_status
#define missing hr_api_missing

const char *hrm_error(void) {
    return hr_error_text();
}

void hrm_free(void *text) {
    hr_free(text);
}

const char *hrm_version(void) {
    return TEXT(HRM_VERSION_MAJOR) "." TEXT(HRM_VERSION_MINOR) "." TEXT(HRM_VERSION_PATCH);
}

int hrm_abi_version(void) {
    return HRM_ABI;
}

const char *hrm_status_name(hrm_status status) {
    return hr_status_name((hr_status)status);
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

/* Fails for a list that is NULL, or holds a NULL. */
static hrm_status check_list(const char *what, const char *const *list, size_t count) {
    if (count && !list) return missing(what);
    for (size_t i = 0; i < count; i++)
        if (!list[i]) return public(hr_fail(HR_ERR_ARG, "%s %zu is NULL", what, i + 1));
    return HRM_STATUS_OK;
}

/* ---- puzzles --------------------------------------------------------------------------------- */

static hrm_status open_dataset(const char *path, const char *task, const hr_task *expect,
                               hrm_dataset **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!path) return missing("path");
    hrm_dataset *d = HR_NEW(hrm_dataset, 1);
    if (!d) return HRM_STATUS_MEM;
    hr_status status = expect ? hr_dataset_open_questions(path, expect, &d->data)
                              : hr_dataset_open(path, task, NULL, &d->data);
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

hrm_status hrm_dataset_tokens(const hrm_dataset *dataset, const unsigned char **questions,
                              const unsigned char **answers, size_t *cells) {
    if (questions) *questions = NULL;
    if (answers) *answers = NULL;
    if (cells) *cells = 0;
    if (!dataset) return missing("dataset");
    if ((questions || answers) && !dataset->data->inputs)
        return public(hr_fail(HR_ERR_UNSUPPORTED,
                              "%s: its copies are made when they are read; export it to have their "
                              "tokens in memory",
                              dataset->data->path));
    if (questions) *questions = dataset->data->inputs;
    if (answers) *answers = dataset->data->labels;
    if (cells) *cells = (size_t)dataset->data->task.seq;
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
    char *question = hr_task_draw(&d->task, NULL, q, colour ? HR_DRAW_COLOUR : HR_DRAW_PLAIN);
    char *answer = hr_task_draw(&d->task, q, a, colour ? HR_DRAW_COLOUR : HR_DRAW_PLAIN);
    if (question && answer) *text = hr_text_format("%s\n%s", question, answer);
    hr_free(question);
    hr_free(answer);
    return *text ? HRM_STATUS_OK : HRM_STATUS_MEM;
}

hrm_status hrm_dataset_picture(const hrm_dataset *dataset, size_t index, const char *path) {
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
    if (json) *json = NULL;
    if (!dir || !options) return missing(dir ? "options" : "dir");
    hrm_status status = check_list("train", options->train, options->trains);
    if (!status) status = check_list("scored", options->scored, options->scoreds);
    if (status) return status;
    return public(hr_arc_build(dir, options, json));
}

/* ---- models, solving, evaluation ------------------------------------------------------------- */

hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!path) return missing("path");
    const hr_kern *kern = hr_kern_select(run ? run->isa : NULL);
    if (!kern) return HRM_STATUS_ARG;
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    m->threads = run ? run->threads : 0;
    hr_pool *pool;
    hr_status status = hr_pool_new(m->threads, &pool);
    if (!status) status = hr_checkpoint_load(path, kern, pool, &m->model, &m->task, &m->training);
    hr_pool_free(pool);
    if (status) hrm_model_free(m);
    else *out = m;
    return public(status);
}

hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model, hrm_dataset **out) {
    return model ? open_dataset(path, NULL, &model->task, out) : missing("model");
}

void hrm_model_free(hrm_model *model) {
    if (!model) return;
    hr_model_free(model->model);
    hr_free(model->training);
    hr_task_free(&model->task);
    hr_free(model);
}

hrm_status hrm_describe(const char *path, char **json) {
    if (json) *json = NULL;
    if (!path || !json) return missing(path ? "json" : "path");
    return public(hr_describe(path, json));
}

hrm_status hrm_convert(const char *in, const char *out, const hrm_convert_options *options,
                       char **report) {
    if (report) *report = NULL;
    return in ? public(hr_convert(in, out, options, report)) : missing("in");
}

hrm_status hrm_adapt(const hrm_model *model, const char *path, const hrm_adapt_options *options,
                     char **json) {
    if (!json) return missing("json");
    *json = NULL;
    if (!model || !path || !options) return missing(!model ? "model" : !path ? "path" : "options");
    hr_pool *pool;
    hr_status status = hr_pool_new(model->threads, &pool);
    if (!status)
        status = hr_adapt(model->model, &model->task, model->training, pool, path, options, json);
    hr_pool_free(pool);
    return public(status);
}

/* ---- training -------------------------------------------------------------------------------- */

hrm_status hrm_trainer_new(const char *recipe, const char *const *settings, size_t count,
                           const char *out_dir, const hrm_run *run, hrm_trainer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!recipe || !out_dir) return missing(recipe ? "out_dir" : "recipe");
    hrm_status status = check_list("settings", settings, count);
    if (status) return status;
    return public(hr_trainer_new(recipe, settings, count, out_dir, run, out));
}

hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                              const hrm_run *run, hrm_trainer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!dir) return missing("dir");
    hrm_status status = check_list("settings", settings, count);
    if (status) return status;
    return public(hr_trainer_resume(dir, settings, count, run, out));
}

hrm_status hrm_trainer_plan(const hrm_trainer *trainer, char **json) {
    if (json) *json = NULL;
    if (!trainer || !json) return missing(trainer ? "json" : "trainer");
    return public(hr_trainer_plan(trainer, json));
}

hrm_status hrm_trainer_run(hrm_trainer *trainer, hrm_event_callback callback, void *user) {
    return trainer ? public(hr_trainer_run(trainer, callback, user)) : missing("trainer");
}

void hrm_trainer_free(hrm_trainer *trainer) {
    hr_trainer_free(trainer);
}

hrm_status hrm_trainer_step(hrm_trainer *trainer, hrm_event *out) {
    hrm_event event;
    if (out) *out = (hrm_event){0};
    return trainer ? public(hr_trainer_step(trainer, out ? out : &event)) : missing("trainer");
}

hrm_status hrm_trainer_evaluate(hrm_trainer *trainer, hrm_eval_report *out) {
    hrm_event event = {0};
    hrm_status status = trainer ? public(hr_trainer_evaluate(trainer, &event)) : missing("trainer");
    if (out) *out = event.eval;
    return status;
}

hrm_status hrm_trainer_save(hrm_trainer *trainer) {
    return trainer ? public(hr_trainer_save(trainer)) : missing("trainer");
}

hrm_status hrm_trainer_model(hrm_trainer *trainer, hrm_model **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!trainer) return missing("trainer");
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    m->task = hr_task_copy(&trainer->data->task);
    m->threads = hr_pool_threads(trainer->pool);
    hr_status status = hr_trainer_snapshot(trainer, &m->model, &m->training);
    if (status) hrm_model_free(m);
    else *out = m;
    return public(status);
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
