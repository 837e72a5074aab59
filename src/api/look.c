/* look.c - what happens inside a model. */
#include "api/handles.h"
#include "hrm_look.h"
#include "look/deduce.h"
#include "look/inspect.h"
#include "look/inspected.h"
#include "look/measure.h"
#include "look/report.h"
#include "look/states.h"
#include "model/record.h"
#include "solve/eval.h"

HR_API_INIT(hrm_inspect_options, .untrained = 100)
HR_API_INIT(hrm_report_options, .examples = 32)

hrm_status hrm_inspect(const hrm_model *model, const hrm_dataset *dataset,
                       const hrm_inspect_options *options, hrm_inspection **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, model, dataset);
    HR_API_TAKE(hrm_inspect_options, own, options);
    const hr_dataset *data = dataset->data;
    enum { MOST = 1 << 12 };
    if (own.segments < 0 || own.segments > MOST)
        return hr_fail_about(HR_ERR_ARG, "segments", "segments: %d is not between 0 and %d",
                             own.segments, MOST);
    if (own.batch < 0 || own.batch > MOST)
        return hr_fail_about(HR_ERR_ARG, "batch", "batch: %d is not between 0 and %d", own.batch,
                             MOST);
    HR_API_CHECK(hr_eval_fits(model->model, data));
    HR_API_CHECK(hr_eval_knows(model->model, hr_record_names(model->training), data));
    if (!data->examples) return hr_fail(HR_ERR_TASK, "%s: has no puzzles", data->path);
    hr_pool *pool;
    hr_status status = hr_pool_new(model->threads, HR_POOL_SPACE, &pool);
    if (!status) status = hr_inspect(model->model, &model->task, pool, data, &own, out);
    hr_pool_free(pool);
    return status;
}

void hrm_inspection_free(hrm_inspection *inspection) {
    hr_inspection_free(inspection);
}

hrm_status hrm_inspection_json(const hrm_inspection *inspection, char **json) {
    HR_API_FLOATS;
    if (json) *json = NULL;
    HR_API_NEED(inspection, json);
    return hr_inspected_json(inspection, json);
}

const char *hrm_technique_name(hrm_technique technique) {
    return hr_technique_name(technique);
}

hrm_status hrm_inspection_write(const hrm_inspection *inspection, const char *dir) {
    HR_API_FLOATS;
    HR_API_NEED(inspection, dir);
    return hr_inspected_write(inspection, dir);
}

/* Sizes, and memory for all of it. */
static hr_status make_states(const hr_model *m, size_t count, int segments, hrm_states *out) {
    const hr_spec *spec = &m->spec;
    out->puzzles = count;
    out->segments = segments ? segments : spec->symbols ? 1 : spec->halt_max_steps;
    out->calls = m->recur.calls;
    out->prefix = hr_spec_prefix(spec);
    out->channels = hr_spec_channels(spec);
    out->hidden = spec->hidden;
    out->tokens = out->channels * hr_spec_tokens(spec);
    out->cells = spec->seq;
    out->outputs = hr_spec_outputs(spec);
    size_t calls = hr_mul(hr_mul(count, (size_t)out->segments), (size_t)out->calls);
    out->state = HR_NEW(unsigned char, (size_t)out->calls);
    out->numbers = HR_NEW(float, hr_mul(calls, hr_spec_state(spec)));
    out->logits = HR_NEW(float, hr_mul(calls, (size_t)(out->cells * out->outputs)));
    out->q = HR_NEW(float, hr_mul(calls, 2));
    if (!out->state || !out->numbers || !out->logits || !out->q) return HR_ERR_MEM;
    for (int c = 0; c < out->calls; c++) out->state[c] = (unsigned char)m->recur.call[c].dest;
    return HR_OK;
}

hrm_status hrm_states_of(const hrm_model *model, const char *const *puzzles, size_t count,
                         int segments, hrm_states **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, model, puzzles);
    HR_API_CHECK(hr_api_list("puzzles", puzzles, count));
    if (segments < 0) return hr_fail(HR_ERR_ARG, "segments: %d is below 0", segments);
    hrm_states *states = HR_NEW(hrm_states, 1);
    if (!states) return HRM_STATUS_MEM;
    hr_pool *pool = NULL;
    hr_status status = make_states(model->model, count, segments, states);
    if (!status) status = hr_pool_new(model->threads, HR_POOL_SPACE, &pool);
    if (!status) status = hr_states(model->model, &model->task, pool, puzzles, states);
    hr_pool_free(pool);
    if (status) hrm_states_free(states);
    else *out = states;
    return status;
}

void hrm_states_free(hrm_states *states) {
    if (!states) return;
    hr_free(states->state);
    hr_free(states->numbers);
    hr_free(states->logits);
    hr_free(states->q);
    hr_free(states);
}

hrm_status hrm_mean(const double *values, size_t count, hrm_interval *out) {
    HR_API_FLOATS;
    HR_API_NEED(values, out);
    *out = hr_measure_mean(values, count);
    return HRM_STATUS_OK;
}

hrm_status hrm_runs_open(const char *dir, hrm_runs **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, dir);
    hr_run_list runs;
    hr_status status = hr_runs_find(dir, &runs);
    if (!status) status = hr_runs_info(&runs, out);
    hr_runs_free(&runs);
    return status;
}

void hrm_runs_free(hrm_runs *runs) {
    hr_runs_info_free(runs);
}

hrm_status hrm_report(const char *const *dirs, size_t count, const char *path,
                      const hrm_report_options *options, hrm_runs **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(path, dirs);
    HR_API_CHECK(hr_api_list("dirs", dirs, count));
    if (!count) return hr_fail(HR_ERR_ARG, "dirs: there is none");
    HR_API_TAKE(hrm_report_options, own, options);
    HR_API_TAKE_INNER(hrm_run, run, own.run);
    return hr_report(dirs, count, path, &own, out);
}
