/* test_adapt.c - fitting a model to tasks that it never saw, and runs on ARC data: what is asked
 * must be possible, what is stopped stops at once, what diverges says so. */
#include "api/work.h"

#include <math.h>

static hrm_model *model_of(const char *name) {
    hrm_model *model;
    OK((hr_status)hrm_model_load(at(name), NULL, &model));
    return model;
}

static hrm_adapt_options quick(void) {
    hrm_adapt_options o;
    hrm_adapt_options_init(&o, sizeof o);
    o.augment = 1;
    o.steps = 2;
    o.batch = 2;
    return o;
}

static void refuses(const hrm_model *model, const char *path, const hrm_adapt_options *o,
                    const char *what) {
    hrm_adapted *out = NULL;
    if (!hrm_adapt(model, path, o, &out)) fail_msg("passed, without: %s", what);
    if (!strstr(hrm_error(), what)) fail_msg("\"%s\" does not say \"%s\"", hrm_error(), what);
    assert_null(out);
}

static void what_cannot_be_fitted_is_refused(void **state) {
    (void)state;
    hrm_model *model = model_of("colours/model.safetensors"),
              *plain = model_of("run/model.safetensors");
    hrm_adapt_options o = quick();
    refuses(plain, at("t.json"), &o, "the model is not for ARC");
    refuses(model, at("nowhere.json"), &o, "nowhere.json");
    o.steps = 0;
    refuses(model, at("t.json"), &o, "steps: 0 is not between 1 and");
    o = quick();
    o.augment = -1;
    refuses(model, at("t.json"), &o, "augment: -1 is not between 0 and");
    o = quick();
    o.lr = (double)NAN;
    refuses(model, at("t.json"), &o, "lr: nan is not between");
    o = quick();
    o.submission = "/nowhere/s.json";
    refuses(model, at("t.json"), &o, "/nowhere/s.json");
    o = quick();
    o.out = "/nowhere/o.safetensors";
    refuses(model, at("t.json"), &o, "/nowhere/o.safetensors");
    static const char large[] = "{\"train\": [{\"input\": [[1,2,3,4,5]], \"output\": [[1]]}], "
                                "\"test\": [{\"input\": [[3]]}]}";
    OK(hr_os_write_file(at("large.json"), large, sizeof large - 1));
    o = quick();
    refuses(model, at("large.json"), &o, "too large for the model");
    o.lr = 1000; /* a rate that ends in numbers without end, sooner or later */
    o.train_network = true;
    o.network_lr = 1000;
    o.steps = 60;
    hrm_adapted *out = NULL;
    hrm_status status = hrm_adapt(model, at("t.json"), &o, &out);
    if (status && status != HRM_STATUS_NUMERIC) fail_msg("%s", hrm_error());
    hrm_adapted_free(out);
    hrm_model_free(model);
    hrm_model_free(plain);
}

static bool stop_after(void *user, size_t done, size_t total) {
    int *left = user;
    (void)done, (void)total;
    return (*left)-- > 0;
}

/* Asked before every step, within it, and in the vote. */
static void fitting_stops_when_asked(void **state) {
    (void)state;
    hrm_model *model = model_of("colours/model.safetensors");
    hrm_adapt_options o = quick();
    hrm_adapted *out = NULL;
    int most = -1;
    o.steps = 12;
    o.progress = stop_after;
    for (int n = 0; most < 0 && n < 10000; n = n < 24 ? n + 1 : 2 * n) {
        int left = n;
        o.user = &left;
        hrm_status status = hrm_adapt(model, at("t.json"), &o, &out);
        if (!status) most = n;
        else if (status != HRM_STATUS_STOPPED) fail_msg("%s", hrm_error());
        if (status) assert_null(out);
    }
    assert_true(most >= 0);
    assert_int_equal(out->steps, 12);
    assert_true(isfinite(out->loss_first) && isfinite(out->loss_last));
    hrm_adapted_free(out);
    hrm_model_free(model);
}

/* Copies of a task may share their vectors, and what is written is a model that solves. */
static void fitted_models_are_written(void **state) {
    (void)state;
    hrm_model *model = model_of("colours/model.safetensors");
    hrm_adapt_options o = quick();
    hrm_adapted *out;
    o.share_vectors = true;
    o.train_network = true;
    o.out = at("fitted.safetensors");
    OK((hr_status)hrm_adapt(model, at("t.json"), &o, &out));
    assert_true(out->network && out->task_count == 1 && !out->larger_count);
    assert_true(out->tasks->tests == 1 && out->tasks->guesses[0].votes > 0);
    hrm_adapted_free(out);
    hrm_model_free(model);
    model = model_of("fitted.safetensors");
    hrm_model_free(model);
    static const char two[] =
        "{\"small\": {\"train\": [{\"input\": [[1, 2]], \"output\": [[1]]}], "
        "\"test\": [{\"input\": [[3]]}]}, \"big\": {\"train\": [{\"input\": "
        "[[1, 2, 3, 4]], \"output\": [[1]]}], \"test\": [{\"input\": [[3]]}]}}";
    OK(hr_os_write_file(at("two.json"), two, sizeof two - 1));
    model = model_of("colours/model.safetensors");
    o = quick();
    OK((hr_status)hrm_adapt(model, at("two.json"), &o, &out));
    assert_true(out->larger_count == 1 && !strcmp(out->larger[0], "big"));
    assert_true(isnan(out->tasks->pass_1));
    hrm_adapted_free(out);
    hrm_model_free(model);
}

/* The metrics of a run on ARC data tell how many tasks are solved. */
static void runs_on_tasks_tell_of_tasks(void **state) {
    (void)state;
    static char data[300], valid[300];
    static const char *const with[] = {"arch=trm",     "halt_max_steps=1", data,     valid,
                                       "eval_every=1", "eval_limit=0",     "steps=1"};
    snprintf(data, sizeof data, "data=%s", at("arc/train"));
    snprintf(valid, sizeof valid, "valid=%s", at("arc/test"));
    OK((hr_status)train(with, sizeof with / sizeof *with, "tasks", true));
    hr_file file;
    OK(hr_os_load(at("tasks/metrics.jsonl"), &file));
    assert_non_null(memmem(file.data, file.size, "\"pass@2\":", 9));
    hr_os_unload(&file);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) /* and all other work can be done */
        if (kinds[i].work()) fail_msg("%s: %s", kinds[i].name, hrm_error());
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_cannot_be_fitted_is_refused),
                                       cmocka_unit_test(fitting_stops_when_asked),
                                       cmocka_unit_test(fitted_models_are_written),
                                       cmocka_unit_test(runs_on_tasks_tell_of_tasks)};
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
