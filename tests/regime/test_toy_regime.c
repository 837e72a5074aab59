/* test_toy_regime.c - a training regime of its own file and one line in the list, and nothing else:
 * its key is in recipes, runs train by it, its numbers are in the metrics, and runs go on bit for
 * bit. The list is the library's, with the toy as one more: the test brings its own regimes.c. */
#include "run_folder.h"

#include <unistd.h>

#define HR_REGIMES(X) X(segments) X(lattice) X(toy)
#include "regime/regimes.c" /* in place of the library's */

#include "base/os.h"
#include "data/generate.h"
#include "io/json.h"
#include "train/train.h"

/* ---- the regime: every row a fresh puzzle at every step, of which a share is scored ---------- */

typedef struct toy_keys {
    double toy_share;
} toy_keys;

typedef struct toy {
    toy_keys keys;
    int32_t *seen; /* (rows) puzzles */
} toy;

static const hr_key keys[] = {
    HR_KEY(toy_keys, REAL, toy_share, "1", 0, 1, "toy: rows that count"),
};

static void objective(const void *values, hr_objective *out) {
    (void)values;
    out->q_weight = 0;
}

static void take(void *self, const hr_step_rows *r, hr_arena *arena) {
    ((toy *)self)->seen = HR_TAKE(arena, int32_t, (size_t)r->count);
}

static void begin(void *self, const hr_step_rows *r, const void *values, bool views) {
    (void)r, (void)views;
    if (values) ((toy *)self)->keys = *(const toy_keys *)values;
}

static void draw(void *self, hr_step_rows *r, const hr_step_how *how) {
    toy *x = self;
    hr_sampler_next(how->sampler, NULL, &r->batch);
    hr_regime_reset(r, NULL);
    for (int b = 0; b < r->count; b++) x->seen[b]++;
}

static void judge(void *self, const hr_step_rows *r, const hr_step_how *how,
                  hr_regime_count *count) {
    const toy *x = self;
    (void)how;
    for (int b = 0; b < (int)(x->keys.toy_share * r->count); b++) {
        count->finished++;
        count->exact += r->reports[b].exact;
        count->cells += (double)r->reports[b].correct / r->reports[b].labelled;
        count->own[0] += x->seen[b];
    }
    count->scored = count->segments = count->finished;
}

static void tell(const hr_regime_count *sum, double rows, json_t *line) {
    json_object_set_new(line, "toy", hr_json_real((double)sum->own[0] / rows));
}

static int arrays(void *self, hr_step_rows *r, hr_regime_array *out) {
    out[0] = (hr_regime_array){"toy.seen", HR_I32, ((toy *)self)->seen, .count = (size_t)r->count};
    return 1;
}

static bool sound(const void *self, const hr_step_rows *r) {
    bool good = true;
    for (int b = 0; b < r->count; b++) good &= ((const toy *)self)->seen[b] >= 0;
    return good;
}

const hr_regime hr_regime_toy = {
    .name = "toy",
    .keys = keys,
    .key_count = sizeof keys / sizeof *keys,
    .objective = objective,
    .take = take,
    .begin = begin,
    .draw = draw,
    .judge = judge,
    .tell = tell,
    .arrays = arrays,
    .sound = sound,
};

/* ---- runs ------------------------------------------------------------------------------------ */

static int open_run(void **state) {
    (void)state;
    static const char recipe[] = "arch: trm\nhidden: 16\nheads: 2\nexpansion: 1\nl_layers: 1\n"
                                 "h_cycles: 1\nl_cycles: 2\nbatch: 8\nsteps: 12\nlr: 1e-3\n"
                                 "warmup: 2\nhalt_max_steps: 2\nmemory: 20MiB\nregime: toy\n"
                                 "toy_share: 0.5\n";
    return open_run_folder(recipe, false);
}

static void run(hrm_trainer *t, int64_t stop) {
    assert_int_equal(hr_trainer_run(t, &(hrm_train_options){.event = stop_at, .user = &stop}),
                     stop ? HR_ERR_STOPPED : HR_OK);
    hr_trainer_free(t);
}

static void a_toy_trains_and_goes_on(void **state) {
    (void)state;
    hrm_trainer *t;
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("whole"), NULL, &t));
    run(t, 0);
    OK(hr_trainer_new(at("recipe.yaml"), NULL, 0, at("parts"), NULL, &t));
    run(t, 5);
    OK(hr_trainer_resume(at("parts"), NULL, 0, NULL, &t));
    run(t, 0);
    assert_same_file("whole/model.safetensors", "parts/model.safetensors");
    FILE *f = fopen(at("parts/metrics.jsonl"), "r");
    assert_non_null(f);
    char line[1024];
    for (int step = 1; step <= 12; step++) {
        char own[32];
        assert_non_null(fgets(line, sizeof line, f));
        snprintf(own, sizeof own, "\"toy\":%g", step / 2.0); /* half of the rows, seen so often */
        assert_non_null(strstr(line, own));
        assert_non_null(strstr(line, "\"finished\":4"));
    }
    fclose(f);
}

static void its_key_is_its_own(void **state) {
    (void)state;
    hr_recipe r;
    hr_key key;
    bool listed = false;
    for (size_t i = 0; hr_recipe_key(i, &key); i++) {
        listed |= !strcmp(key.name, "toy_share");
        if (!strcmp(key.name, "regime")) assert_string_equal(key.choices, "segments|lattice|toy");
    }
    assert_true(listed);
    hr_recipe_defaults(&r);
    assert_int_equal(hr_recipe_set(&r, "toy_share=2", "test"), HR_ERR_ARG);
    OK(hr_recipe_set(&r, "toy_share=.25", "test"));
    assert_int_equal(hr_recipe_check_regime(&r), HR_ERR_ARG); /* of regime segments */
    assert_non_null(strstr(hr_error_text(), "toy_share"));
    OK(hr_recipe_set(&r, "regime=toy", "test"));
    OK(hr_recipe_check_regime(&r));
    assert_true(((const toy_keys *)hr_recipe_own(&r))->toy_share == .25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_toy_trains_and_goes_on),
        cmocka_unit_test(its_key_is_its_own),
    };
    return cmocka_run_group_tests(tests, open_run, remove_folder);
}
