/* test_judged.c - confidence against what was right: whoever trusts answers above a bound must get
 * as many right ones as the bound was chosen for. */
#include "test.h"

#include <math.h>

#include "base/rng.h"
#include "solve/judged.h"

enum { N = 60 };

/* The bound with the most answers above it, by trying each. */
static size_t most_above(const hr_judged *of, size_t n, double share) {
    size_t most = 0;
    for (size_t i = 0; i < n; i++) {
        size_t sure = 0, right = 0;
        for (size_t j = 0; j < n; j++) {
            sure += of[j].confidence >= of[i].confidence;
            right += of[j].confidence >= of[i].confidence && of[j].right;
        }
        if ((double)right >= share * (double)sure && sure > most) most = sure;
    }
    return most;
}

static void bound_leaves_what_was_asked(void **state) {
    (void)state;
    hr_rng rng = hr_rng_stream(5, "judged");
    uint64_t at = 0;
    for (int round = 0; round < 200; round++) {
        hr_judged of[N];
        size_t n = 1 + (size_t)hr_rng_below(rng, at++, N), sure = 0, right = 0;
        double share = .5 + .5 * hr_rng_uniform(rng, at++);
        for (size_t i = 0; i < n; i++) {
            double c = (double)hr_rng_below(rng, at++, 20) / 20; /* with ties */
            of[i] = (hr_judged){c, false, hr_rng_uniform(rng, at++) < c};
        }
        hr_judged_sort(of, n);
        double bound = hr_judged_bound(of, n, share);
        for (size_t i = 0; i < n; i++) {
            sure += of[i].confidence >= bound;
            right += of[i].confidence >= bound && of[i].right;
        }
        assert_int_equal(sure, most_above(of, n, share));
        assert_true(isnan(bound) == !sure);
        assert_true((double)right >= share * (double)sure);
    }
}

static void no_number_is_never_sure(void **state) {
    (void)state;
    hr_judged of[] = {{NAN, true, true}, {.9, true, true}, {NAN, false, false}, {.4, false, false}};
    hr_judged_sort(of, 4);
    assert_true(isnan(of[0].confidence) && isnan(of[1].confidence) && of[3].right);
    assert_true(fabs(hr_judged_bound(of, 4, 1) - .65) < 1e-12);
    assert_true(fabs(hr_judged_bound(of, 4, .5) - .2) < 1e-12);
    assert_true(isnan(hr_judged_bound(of, 2, .1)));
    assert_true(isnan(hr_judged_bound(of, 0, .5)));
}

static void area_counts_pairs(void **state) {
    (void)state;
    hr_judged of[] = {{.1, false, false}, {.5, true, true}, {.5, false, false}, {.9, true, true}};
    hr_judged_sort(of, 4);
    assert_true(fabs(hr_judged_auc(of, 4) - 3.5 / 4) < 1e-12);
    assert_true(isnan(hr_judged_auc(of, 1)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bound_leaves_what_was_asked),
        cmocka_unit_test(no_number_is_never_sure),
        cmocka_unit_test(area_counts_pairs),
    };
    return cmocka_run_group_tests_name("judged", tests, NULL, NULL);
}
