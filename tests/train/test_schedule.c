/* test_schedule.c - rates by step and by time, also of runs that go on with something else: a rate
 * that jumps, or never comes down, costs its user the whole run and says nothing. */
#include "test.h"

#include <math.h>

#include "train/schedule.h"

static const double base = 2, low = 0.1; /* the peak, and the least share of it */

/* A run of `steps` with a warm-up of 10, lr_min_ratio .1 and this cooldown. */
static hr_setup setup_of(int64_t steps, double cooldown) {
    hr_setup s = {.steps = steps};
    hr_recipe_defaults(&s.recipe);
    s.recipe.lr = base;
    s.recipe.lr_min_ratio = low;
    s.recipe.warmup = 10;
    s.recipe.steps = steps;
    s.recipe.cooldown = cooldown;
    return s;
}

static void by_minutes(hr_setup *s, double minutes) {
    s->recipe.minutes = minutes;
    OK(hr_recipe_set(&s->recipe, "schedule=minutes", "test"));
}

static double rate(const hr_setup *s, hr_progress p, int64_t step, double seconds) {
    p.step = step - 1; /* done */
    return hr_schedule_rate(s, &p, s->recipe.lr, seconds);
}

static void is_rate(const hr_setup *s, const hr_progress *p, int64_t step, double expected) {
    double got = rate(s, *p, step, 0);
    if (fabs(got - expected) > 1e-12)
        fail_msg("step %d: %.17g, not %.17g", (int)step, got, expected);
}

/* At `fallen` of the way down in a line. */
static double down(double fallen) {
    return base * (low + (1 - low) * (1 - fallen));
}

static void rates_are_their_formula(void **state) {
    (void)state;
    const hr_progress begun = {0};
    const hr_setup cosine = setup_of(100, 0), last = setup_of(100, 0.2), whole = setup_of(100, 1);
    hr_setup late = setup_of(100, 0.2);
    late.recipe.warmup = 90; /* into the cooldown, which begins at its end */
    for (int step = 1; step <= 100; step++) {
        double warm = base * step / 10, wave = acos(-1) * (step - 10) / 90;
        is_rate(&cosine, &begun, step,
                step < 10 ? warm : base * (low + (1 - low) * (1 + cos(wave)) / 2));
        is_rate(&last, &begun, step,
                step < 10    ? warm
                : step <= 80 ? base
                             : down((step - 80) / 20.0));
        is_rate(&whole, &begun, step, step < 10 ? warm : down((step - 10) / 90.0));
        is_rate(&late, &begun, step, step < 90 ? base * step / 90 : down((step - 90) / 10.0));
    }
    const hr_setup short_fall = setup_of(100, 1e-9); /* of a step at least */
    is_rate(&short_fall, &begun, 99, base);
    is_rate(&short_fall, &begun, 100, base * low);
}

/* Time and steps: whichever is further. */
static void a_cooldown_goes_by_minutes(void **state) {
    (void)state;
    const hr_progress begun = {0};
    hr_setup s = setup_of(1000000, 0.2);
    by_minutes(&s, 1);
    assert_true(rate(&s, begun, 5, 1) == base / 2);
    assert_true(rate(&s, begun, 500, 30) == base && rate(&s, begun, 900, 48) == base);
    assert_true(fabs(rate(&s, begun, 1000, 54) - down(0.5)) < 1e-12);
    assert_true(fabs(rate(&s, begun, 1100, 60) - base * low) < 1e-12);
    assert_true(fabs(rate(&s, begun, 1200, 61) - base * low) < 1e-12);
    assert_true(fabs(rate(&s, begun, 900000, 50) - down(0.5)) < 1e-12);
}

/* The run `before`, at a step and a time, goes on as `s` says. */
static hr_progress go_on(const hr_setup *before, hr_setup *s, int64_t step, double seconds) {
    hr_progress p = {.step = step, .seconds = seconds};
    OK(hr_schedule_renew(s, &before->recipe, "run", &p));
    hr_free(p.changes);
    p.changes = NULL;
    return p;
}

/* Before its cooldown a run with more steps, or minutes, is the one that had them from the start.
 */
static void a_flat_rate_goes_on(void **state) {
    (void)state;
    const hr_progress begun = {0};
    const hr_setup before = setup_of(100, 0.2);
    hr_setup longer = setup_of(300, 0.2), shorter = setup_of(75, 0.2);
    for (int at = 5; at <= 80; at += 25) { /* from within the warm-up to the last flat step */
        hr_progress p = go_on(&before, &longer, at, 0);
        for (int step = at + 1; step <= 300; step++)
            assert_true(rate(&longer, p, step, 0) == rate(&longer, begun, step, 0));
    }
    hr_progress p =
        go_on(&before, &shorter, 70, 0); /* where its cooldown would have begun before */
    is_rate(&shorter, &p, 71, down(0.2));
    is_rate(&shorter, &p, 75, base * low);
    hr_setup minute = setup_of(1000000, 0.2), more = minute;
    by_minutes(&minute, 1);
    by_minutes(&more, 2);
    p = go_on(&minute, &more, 500, 40);
    assert_true(rate(&more, p, 501, 50) == base && rate(&more, p, 502, 96) == base);
    assert_true(fabs(rate(&more, p, 503, 108) - down(0.5)) < 1e-12);
}

/* What is left of a fall is spread over what is left of the run, without a jump. */
static void a_cooldown_goes_on(void **state) {
    (void)state;
    const hr_setup before = setup_of(100, 0.2);
    hr_setup longer = setup_of(190, 0.2), again = setup_of(300, 0.2);
    hr_progress p = go_on(&before, &longer, 90, 0);
    is_rate(&longer, &p, 91, down(0.5 + 0.5 / 100));
    is_rate(&longer, &p, 140, down(0.75));
    is_rate(&longer, &p, 190, base * low);
    p.step = 190;
    OK(hr_schedule_renew(&again, &longer.recipe, "run", &p)); /* at its end: at the least rate */
    hr_free(p.changes);
    is_rate(&again, &p, 191, base * low);
    is_rate(&again, &p, 300, base * low);
    hr_setup zero = setup_of(100, 0.2), on = setup_of(200, 0.2);
    zero.recipe.lr_min_ratio = on.recipe.lr_min_ratio = 0;
    p = (hr_progress){.step = 100};
    assert_int_equal(hr_schedule_renew(&on, &zero.recipe, "run", &p), HR_ERR_ARG);
    hr_free(p.changes);
    assert_non_null(strstr(hr_error_text(), "say with which lr"));
}

/* Another rate or cooldown is a schedule of its own: a flat run may be cooled down at any time. */
static void another_schedule_begins_anew(void **state) {
    (void)state;
    hr_setup before = setup_of(100, 0), s = setup_of(120, 0.1);
    before.recipe.lr_min_ratio = 1;
    hr_progress p = go_on(&before, &s, 100, 0);
    is_rate(&s, &p, 101, base);
    is_rate(&s, &p, 108, base);
    is_rate(&s, &p, 114, down(0.5));
    is_rate(&s, &p, 120, base * low);
    const hr_setup cosine = setup_of(100, 0);
    hr_setup flat = setup_of(120, 0.2);
    p = go_on(&cosine, &flat, 50, 0);
    is_rate(&flat, &p, 51, base);
    is_rate(&flat, &p, 108, down(0.5));
    hr_setup other = setup_of(150, 0.2);
    other.recipe.lr = 3;
    p = go_on(&s, &other, 118, 0);
    is_rate(&other, &p, 119, 3);
    is_rate(&other, &p, 120, 3);
    is_rate(&other, &p, 150, 3 * low);
}

HR_TEST_MAIN(cmocka_unit_test(rates_are_their_formula),
             cmocka_unit_test(a_cooldown_goes_by_minutes), cmocka_unit_test(a_flat_rate_goes_on),
             cmocka_unit_test(a_cooldown_goes_on), cmocka_unit_test(another_schedule_begins_anew))
