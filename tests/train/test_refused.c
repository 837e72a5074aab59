/* test_refused.c - runs that cannot begin or go on as asked: who waits for hours for a run must
 * hear so at once, and of which key. */
#include "run_folder.h"

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
                 {"limit=5", NULL},
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
                                       cmocka_unit_test(runs_that_cannot_go_on),
                                       cmocka_unit_test(trainers_used_for_something_else)};
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
