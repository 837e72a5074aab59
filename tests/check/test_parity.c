/* test_parity.c - the golden numbers of the published implementations, on every kernel table. */
#include "test.h"

#include "check/parity.h"

static void tell(void *user, const hr_parity_case *c) {
    const char *isa = user;
    if (!c->passed)
        print_error("%s: %s: %g against a tolerance of %g in %s\n", isa, c->name, c->worst,
                    c->tolerance, c->where);
}

/* Kernels that multiply bf16 are bound by fewer cases: their rounding falls at other places. */
static void every_table(void **state) {
    (void)state;
    SKIP_WITHOUT_SHARED(shared);
    char path[512], isa[16];
    snprintf(path, sizeof path, "%s/fixtures", shared);
    hr_pool *pool;
    OK(hr_pool_new(2, &pool));
    for (int i = 0; hr_kern_at(i); i++) {
        size_t passed, failed;
        snprintf(isa, sizeof isa, "%s", hr_kern_at(i)->name);
        OK(hr_parity(path, hr_kern_at(i), pool, tell, isa, &passed, &failed));
        assert_int_equal(failed, 0);
        assert_true(passed >= (hr_kern_at(i)->bf16 ? 40 : 266));
    }
    hr_pool_free(pool);
}

static void folders_without_fixtures_are_refused(void **state) {
    (void)state;
    hr_pool *pool;
    size_t passed, failed;
    OK(hr_pool_new(1, &pool));
    assert_int_equal(hr_parity("tests", &hr_kern_ref, pool, NULL, NULL, &passed, &failed),
                     HR_ERR_IO);
    hr_pool_free(pool);
}

HR_TEST_MAIN(cmocka_unit_test(every_table), cmocka_unit_test(folders_without_fixtures_are_refused))
