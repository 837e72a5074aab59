/* test_refused.c - runs that cannot begin or go on as asked: who waits for hours for a run must
 * hear so at once, and of which key. */
#include "run_folder.h"

#include "base/result.h"
#include "data/dataset_open.h"
#include "train/train.h"

static const char recipe[] =
    "arch: hrm\nhidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
    "h_cycles: 1\nl_cycles: 1\nbatch: 4\nsteps: 6\nhalt_max_steps: 2\nthreads: 1\n"
    "eval_every: 2\neval_limit: 4\nsave_every: 2\n";

static int open_run(void **state) {
    (void)state;
    return open_run_folder(recipe, true);
}

static void refuses(const char *what, hr_status status) {
    if (!status) fail_msg("passed, without: %s", what);
    if (!strstr(hr_error_text(), what))
        fail_msg("\"%s\" does not say \"%s\"", hr_error_text(), what);
}

/* Prepares a run and does its first step; frees it. */
static hr_status first_step(const char *const *settings, size_t count, const char *dir) {
    hrm_trainer *t = NULL;
    hrm_event event;
    hr_status status = hr_trainer_new(at("recipe.yaml"), settings, count, at(dir), NULL, &t);
    if (!status) status = hr_trainer_step(t, &event);
    hr_trainer_free(t);
    return status;
}

static void settings_that_cannot_be(void **state) {
    (void)state;
    static const struct {
        const char *setting, *says; /* NULL: begins */
    } cases[] = {{"puzzle_emb_views=true", "puzzle_emb_views: needs ARC data"},
                 {"isa=abacus", "abacus"},
                 {"class_weights=1:2 3:0.5", NULL},
                 {"class_weights=1:much", "class_weights: \"1:much\" is not symbol:weight"},
                 {"class_weights=1:-2", "is not symbol:weight"},
                 {"class_weights=12", "is not symbol:weight"},
                 {"class_weights=1:0.00000000000000000000000000000000001", "is not symbol:weight"},
                 {"class_weights=9:1", "class_weights: '9' is no symbol of"},
                 {"class_weights= :2", "class_weights: ' ' is no symbol of"},
                 {"class_weights=,1:1,, ", NULL},
                 {"class_weights=1:2000000", "is not symbol:weight"},
                 {"class_weights=1:2,1:3", "class_weights: '1' is there twice"},
                 {"limit=5", NULL},
                 {"limit=1000", NULL},
                 {"class_balance=0.5", NULL},
                 {"puzzle_emb_weight_decay=0.1", NULL},
                 {"log_every=0", NULL},
                 {"ema=0", NULL},
                 {"eval_every=0", "eval_every: is 0, but valid is set"},
                 {"regime=lattice", NULL},
                 {"data=nothing.csv", "nothing.csv"},
                 {"valid=nothing.csv", "nothing.csv"}};
    char dir[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(dir, sizeof dir, "case%zu", i);
        hr_status status = first_step(&cases[i].setting, 1, dir);
        if (cases[i].says) refuses(cases[i].says, status);
        else if (status) fail_msg("%s: %s", cases[i].setting, hr_error_text());
    }
    static const char *const epochs[] = {"steps=0", "epochs=2"};
    static const char *const large[] = {"hidden=256", "memory=1048576"};
    OK(first_step(epochs, 2, "epochs"));
    refuses("memory: 1.0 MB are not enough; this recipe takes at least",
            first_step(large, 2, "large"));
    static const char *const one[] = {"hidden=256", "memory=1048576", "batch=1"};
    refuses("with 1 row at a time", first_step(one, 3, "one"));
    hr_dataset *d;
    char folder_setting[300];
    snprintf(folder_setting, sizeof folder_setting, "data=%s", at("folder"));
    OK(hr_dataset_open(at("d.csv"), NULL, NULL, &d));
    OK(hr_dataset_export(d, at("folder"), 1, 1));
    hr_dataset_free(d);
    const char *const grouped[] = {folder_setting, "limit=5"};
    refuses("limit works on CSV files", first_step(grouped, 2, "grouped"));
}

static int64_t steps_of(const char *epochs) {
    const char *const settings[] = {"steps=0", epochs};
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), settings, 2, at("planned"), NULL, &t));
    int64_t steps = t->setup.steps;
    hr_trainer_free(t);
    return steps;
}

static bool warns(const char *const *settings, size_t count, const char *what) {
    hrm_trainer *t;
    hrm_plan *plan;
    bool found = !what;
    OK(hr_trainer_new(at("recipe.yaml"), settings, count, at("planned"), NULL, &t));
    OK(hr_trainer_plan(t, &plan));
    for (size_t i = 0; i < plan->warning_count; i++)
        found = what ? found || strstr(plan->warnings[i], what) : false;
    hr_result_free(plan);
    hr_trainer_free(t);
    return found;
}

/* A plan is asked before hours are spent: it counts steps at any number of epochs, and says what
 * will come of nothing. */
static void plans_say_what_is_odd(void **state) {
    (void)state;
    char some[300], command[600];
    assert_int_equal(steps_of("epochs=1e-9"), 1);
    assert_int_equal(steps_of("epochs=2"), 15);
    assert_int_equal(steps_of("epochs=1e12"), 7500000000000);
    snprintf(some, sizeof some, "valid=%s", at("some.csv"));
    hrm_generate_options options = {.size = sizeof options,
                                    .settings = (const char *const[]){"side=4"},
                                    .settings_count = 1,
                                    .count = 10,
                                    .seed = 2};
    OK(hr_generate("sudoku", at("other.csv"), &options));
    snprintf(command, sizeof command, "cat %s %s >%s", at("d.csv"), at("other.csv"),
             at("some.csv"));
    assert_int_equal(system(command), 0);
    const char *const idle[] = {"muon_lr=0.5"}, *const shared[] = {some},
                      *const none[] = {"valid=", "eval_every=0"},
                      *const twice[] = {"lr=0.1", "lr=0.2"};
    assert_true(warns(NULL, 0, "all of"));
    assert_true(warns(shared, 1, "of the 40 puzzles of"));
    assert_true(warns(idle, 1, "recipe: without effect"));
    assert_true(warns(none, 2, "without effect: eval_limit") || warns(none, 2, NULL));
    assert_true(warns(twice, 2, "settings: without effect: lr=0.1"));
}

/* Steps from outside are those of a run: at its end, without puzzles to evaluate on, and after one
 * that failed, they are refused and the reason said. */
static void steps_from_outside(void **state) {
    (void)state;
    static const char *const last[] = {"steps=1", "ema=0"},
                             *const none[] = {"valid=", "eval_every=0"},
                             *const wild[] = {"lr=100", "optimizer=adamw", "steps=60", "clip=0",
                                              "weight_decay=1000"};
    hrm_trainer *t;
    hrm_event event;
    hr_model *model = NULL;
    char *record = NULL;
    OK(hr_trainer_new(at("recipe.yaml"), last, 2, at("last"), NULL, &t));
    OK(hr_trainer_snapshot(t, &model, &record)); /* before the first step */
    hr_model_free(model);
    hr_free(record);
    OK(hr_trainer_step(t, &event));
    refuses("the run is at its end, step 1", hr_trainer_step(t, &event));
    OK(hr_trainer_evaluate(t, &event));
    OK(hr_trainer_save(t));
    hr_trainer_free(t);
    OK(hr_trainer_new(at("recipe.yaml"), none, 2, at("blind"), NULL, &t));
    refuses("there is nothing to evaluate on", hr_trainer_evaluate(t, &event));
    hr_trainer_free(t);
    OK(hr_trainer_new(at("recipe.yaml"), wild, 5, at("wild"), NULL, &t));
    hr_status status = HR_OK;
    for (int i = 0; i < 60 && !status; i++) status = hr_trainer_step(t, &event);
    assert_int_equal(status, HR_ERR_NUMERIC);
    refuses("a step has failed", hr_trainer_step(t, &event));
    refuses("a step has failed", hr_trainer_run(t, NULL));
    hr_trainer_free(t);
}

typedef struct watched {
    hrm_event_kind kind; /* of which the first one stops the run */
    hrm_trainer *cancels;
    int seen;
} watched;

static bool watch(void *user, const hrm_event *e) {
    watched *w = user;
    if (e->kind != w->kind) return true;
    w->seen++;
    if (w->cancels) hr_trainer_cancel(w->cancels);
    return w->cancels != NULL;
}

/* A run that is stopped anywhere ends as one that was not, once it goes on. */
static void runs_stopped_anywhere_go_on(void **state) {
    (void)state;
    static const hrm_event_kind kinds[] = {HRM_EVENT_KIND_STEP, HRM_EVENT_KIND_EVALUATING,
                                           HRM_EVENT_KIND_EVAL, HRM_EVENT_KIND_SAVED};
    static const char *const four[] = {"steps=4"};
    char dir[64];
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), four, 1, at("whole"), NULL, &t));
    OK(hr_trainer_run(t, &(hrm_train_options){.tensorboard = true}));
    hr_trainer_free(t);
    for (int i = 0; i < 8; i++) {
        snprintf(dir, sizeof dir, "stopped%d", i);
        OK(hr_trainer_new(at("recipe.yaml"), four, 1, at(dir), NULL, &t));
        watched w = {.kind = kinds[i / 2], .cancels = i % 2 ? t : NULL};
        hr_status status = HR_ERR_STOPPED;
        for (int tries = 0; status == HR_ERR_STOPPED && tries < 9; tries++) {
            status = hr_trainer_run(t, &(hrm_train_options){.event = watch, .user = &w});
            hr_trainer_free(t);
            if (status == HR_ERR_STOPPED) OK(hr_trainer_resume(at(dir), NULL, 0, NULL, &t));
            if (w.seen > 1) w.kind = HRM_EVENT_KIND_REJUDGED; /* enough */
            if (w.cancels) w.cancels = t;
        }
        if (status) fail_msg("%s: %s", dir, hr_error_text());
        assert_true(w.seen > 0);
        snprintf(dir, sizeof dir, "stopped%d/model.safetensors", i);
        assert_same_file("whole/model.safetensors", dir);
    }
}

static bool look_for_model(void *user, const hrm_event *e) {
    if (e->kind != HRM_EVENT_KIND_EVALUATING || e->step < e->steps) return true;
    int *seen = user;
    if (!hr_os_is_file(at("killed_late/model.safetensors")))
        fail_msg("step %d is lost", (int)e->step);
    ++*seen;
    return true;
}

/* An evaluation of a model that searches may take hours: whoever kills it then has what was
 * trained.
 */
static void the_last_evaluation_begins_behind_a_save(void **state) {
    (void)state;
    static const char *const settings[] = {"steps=3", "save_every=0", "eval_every=9"};
    hrm_trainer *t;
    int seen = 0;
    OK(hr_trainer_new(at("recipe.yaml"), settings, 3, at("killed_late"), NULL, &t));
    OK(hr_trainer_run(t, &(hrm_train_options){.event = look_for_model, .user = &seen}));
    assert_true(seen > 0);
    hr_trainer_free(t);
}

static hr_status resumed(const char *dir, const char *const *settings, size_t count) {
    hrm_trainer *t = NULL;
    hr_status status = hr_trainer_resume(at(dir), settings, count, NULL, &t);
    if (!status) status = hr_trainer_run(t, NULL);
    hr_trainer_free(t);
    return status;
}

/* A run that stands at step 4 of 6. */
static void runs_that_cannot_go_on(void **state) {
    (void)state;
    static const char *const before[] = {"steps=2"}, *const late[] = {"minutes=1e-9"},
                             *const stale[] = {"stop_after=1"};
    hrm_trainer *t;
    int64_t stop = 4;
    refuses("no run to go on with", resumed("nowhere", NULL, 0));
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("run"), NULL, &t));
    assert_int_equal(hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop}),
                     HR_ERR_STOPPED);
    hr_trainer_free(t);
    refuses("steps: 2 is before step 4, where this run stands", resumed("run", before, 1));
    refuses("minutes: 1e-09 are used up at step 4 of 6", resumed("run", late, 1));
    hr_status status = resumed("run", stale, 1); /* if no evaluation since was better */
    if (status) refuses("stop_after: the last", status);
    refuses("holds a run already", first_step(NULL, 0, "run"));
    if (status) OK(resumed("run", NULL, 0));
}

/* Steps that were only measured do not count as a run's; one that is cancelled before it began has
 * saved nothing. */
static void trainers_used_for_something_else(void **state) {
    (void)state;
    hrm_trainer *t;
    double seconds = 0;
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("measured"), NULL, &t));
    OK(hr_trainer_measure(t, &seconds));
    assert_true(seconds > 0);
    refuses("steps were measured in this trainer", hr_trainer_run(t, NULL));
    hr_trainer_free(t);
    assert_false(hr_os_is_file(at("measured/state.safetensors")));
    hrm_run run = {.size = sizeof run, .isa = "ref", .threads = 1};
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("cancelled"), &run, &t));
    hr_trainer_cancel(t);
    assert_int_equal(hr_trainer_run(t, NULL), HR_ERR_STOPPED);
    hr_trainer_free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(settings_that_cannot_be),
                                       cmocka_unit_test(plans_say_what_is_odd),
                                       cmocka_unit_test(steps_from_outside),
                                       cmocka_unit_test(runs_stopped_anywhere_go_on),
                                       cmocka_unit_test(the_last_evaluation_begins_behind_a_save),
                                       cmocka_unit_test(runs_that_cannot_go_on),
                                       cmocka_unit_test(trainers_used_for_something_else)};
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
