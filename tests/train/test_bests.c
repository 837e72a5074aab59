/* test_bests.c - the best model of a run, where evaluations come to measure by other puzzles. */
#include "run_folder.h"

#include "train/train.h"

static const char recipe[] =
    "arch: hrm\nhidden: 16\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
    "h_cycles: 1\nl_cycles: 1\nbatch: 4\nhalt_max_steps: 3\n";

static int open_run(void **state) {
    (void)state;
    return open_run_folder(recipe, true);
}

/* What a run tells of its evaluations. */
typedef struct told {
    int rejudged, evaluated, best;
    int64_t step; /* of the model that was measured again */
    double exact, cells;
} told;

static bool take_told(void *user, const hrm_event *e) {
    told *x = user;
    bool again = e->kind == HRM_EVENT_KIND_REJUDGED, eval = e->kind == HRM_EVENT_KIND_EVAL;
    x->rejudged += again;
    x->evaluated += eval;
    x->best += eval && e->best;
    if (again) x->step = e->step;
    if (again || eval) x->exact = e->eval.exact, x->cells = e->eval.cells;
    return true;
}

static told tell_of(const char *name, const char *const *settings, size_t count) {
    hrm_trainer *t;
    told x = {0};
    OK(hr_trainer_resume(at(name), settings, count, NULL, &t));
    OK(hr_trainer_run(t, &(hrm_train_options){.event = take_told, .user = &x}));
    hr_trainer_free(t);
    return x;
}

/* At a rate of 0 no model is better than another. Evaluated on fewer puzzles, or others, the first
 * one seemed so: it replaced best.safetensors, however bad it was. */
static void bests_are_of_one_set_of_puzzles(void **state) {
    (void)state;
    static const char *const still[] = {"lr=0",  "puzzle_emb_lr=0", "steps=10",
                                        "ema=0", "eval_every=5",    "eval_limit=30"};
    static const char *const fewer[] = {"eval_limit=3", "steps=20"}, *const none[] = {
                                                                         "valid=", "eval_every=0",
                                                                         "steps=25"};
    char again[256] = "";
    snprintf(again, sizeof again, "valid=%s", at("d.csv"));
    const char *const on[] = {again, "eval_every=5", "steps=30"}, *const all[] = {"eval_limit=30",
                                                                                  "steps=35"};
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), still, 6, at("bests"), NULL, &t));
    OK(hr_trainer_run(t, NULL));
    hr_trainer_free(t);
    hr_file best;
    OK(hr_os_load(at("bests/best.safetensors"), &best));
    OK(hr_os_write_file(at("bests/first"), best.data, best.size));
    hr_os_unload(&best);
    told x = tell_of("bests", fewer, 2);
    assert_int_equal(x.rejudged, 1);
    assert_int_equal(x.step, 5);
    assert_int_equal(x.evaluated, 2);
    assert_int_equal(x.best, 0);
    assert_same_file("bests/best.safetensors", "bests/first");
    /* a session without evaluations forgets nothing */
    x = tell_of("bests", none, 3);
    assert_int_equal(x.rejudged + x.evaluated, 0);
    x = tell_of("bests", on, 3);
    assert_int_equal(x.rejudged, 0);
    assert_int_equal(x.best, 0);
    /* back to all of them */
    x = tell_of("bests", all, 2);
    assert_int_equal(x.rejudged, 1);
    assert_int_equal(x.best, 0);
    /* where the best model is gone, the comparison begins anew */
    assert_int_equal(unlink(at("bests/best.safetensors")), 0);
    const char *const last[] = {"eval_limit=3", "steps=40"};
    x = tell_of("bests", last, 2);
    assert_int_equal(x.rejudged, 0);
    assert_int_equal(x.best, 1);
    assert_true(hr_os_is_file(at("bests/best.safetensors")));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(bests_are_of_one_set_of_puzzles)};
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
