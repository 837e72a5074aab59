/* train.c - training runs and the keys of their recipes. */
#include "train/train.h"

#include "api/handles.h"
#include "base/local.h"
#include "base/mem.h"
#include "base/result.h"
#include "model/recipe.h"

HR_API_INIT(hrm_train_options, .user = NULL)

hrm_status hrm_trainer_new(const char *recipe, const char *const *settings, size_t count,
                           const char *out_dir, const hrm_run *run, hrm_trainer **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, recipe, out_dir);
    HR_API_CHECK(hr_api_list("settings", settings, count));
    HR_API_TAKE(hrm_run, own, run);
    return hr_trainer_new(recipe, settings, count, out_dir, &own, out);
}

hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                              const hrm_run *run, hrm_trainer **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, dir);
    HR_API_CHECK(hr_api_list("settings", settings, count));
    HR_API_TAKE(hrm_run, own, run);
    return hr_trainer_resume(dir, settings, count, &own, out);
}

hrm_status hrm_trainer_plan(const hrm_trainer *trainer, hrm_plan **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(trainer, out);
    return hr_trainer_plan(trainer, out);
}

void hrm_plan_free(hrm_plan *plan) {
    hr_result_free(plan);
}

hrm_status hrm_trainer_measure(hrm_trainer *trainer, double *seconds) {
    HR_API_FLOATS;
    if (seconds) *seconds = 0;
    HR_API_NEED(trainer, seconds);
    return hr_trainer_measure(trainer, seconds);
}

hrm_status hrm_trainer_run(hrm_trainer *trainer, const hrm_train_options *options) {
    HR_API_FLOATS;
    HR_API_NEED(trainer);
    HR_API_TAKE(hrm_train_options, own, options);
    return hr_trainer_run(trainer, &own);
}

void hrm_trainer_cancel(hrm_trainer *trainer) {
    if (trainer) hr_trainer_cancel(trainer);
}

void hrm_trainer_free(hrm_trainer *trainer) {
    hr_trainer_free(trainer);
}

hrm_status hrm_trainer_step(hrm_trainer *trainer, hrm_event *out) {
    HR_API_FLOATS;
    hrm_event event;
    if (out) *out = (hrm_event){0};
    HR_API_NEED(trainer);
    return hr_trainer_step(trainer, out ? out : &event);
}

hrm_status hrm_trainer_evaluate(hrm_trainer *trainer, hrm_eval_report *out) {
    HR_API_FLOATS;
    hrm_event event = {0};
    if (out) *out = event.eval;
    HR_API_NEED(trainer);
    hrm_status status = hr_trainer_evaluate(trainer, &event);
    if (out) *out = event.eval;
    return status;
}

hrm_status hrm_trainer_save(hrm_trainer *trainer) {
    HR_API_FLOATS;
    HR_API_NEED(trainer);
    return hr_trainer_save(trainer);
}

hrm_status hrm_trainer_model(hrm_trainer *trainer, hrm_model **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, trainer);
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    m->task = hr_task_copy(&trainer->setup.data->task);
    m->threads = hr_pool_threads(trainer->setup.pool);
    hr_status status = hr_trainer_snapshot(trainer, &m->model, &m->training);
    if (status) hrm_model_free(m);
    else *out = m;
    return status;
}

const hrm_recipe_key *hrm_recipe_keys(size_t i) {
    static const char *const types[] = {
        [HR_KEY_INT] = "integer", [HR_KEY_BYTES] = "bytes", [HR_KEY_REAL] = "number",
        [HR_KEY_BOOL] = "switch", [HR_KEY_TEXT] = "text",   [HR_KEY_CHOICE] = "choice"};
    static HR_LOCAL hrm_recipe_key key;
    hr_key k;
    if (!hr_recipe_key(i, &k)) return NULL;
    key = (hrm_recipe_key){k.name, types[k.type], k.preset, k.choices ? k.choices : "", k.help};
    return &key;
}
