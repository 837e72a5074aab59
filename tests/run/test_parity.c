/* test_parity.c - the golden numbers of the published implementations, on every kernel table. */
#include "test.h"

#include "run/parity.h"

static void tell(void *user, const hr_parity_case *c) {
    const char *isa = user;
    if (!c->passed)
        print_error("%s: %s: %g against a tolerance of %g in %s\n", isa, c->name, c->worst,
                    c->tolerance, c->where);
}

static void run(int index) {
    SKIP_WITHOUT_SHARED(shared);
    const hr_kern *kern = hr_kern_at(index);
    if (!kern) {
        print_message("skipped: this processor has no more kernels\n");
        skip();
    }
    char path[512], isa[16];
    hr_pool *pool;
    size_t passed, failed;
    snprintf(path, sizeof path, "%s/fixtures", shared);
    snprintf(isa, sizeof isa, "%s", kern->name);
    OK(hr_pool_new(2, &pool));
    OK(hr_parity(path, kern, pool, tell, isa, &passed, &failed));
    hr_pool_free(pool);
    assert_int_equal(failed, 0);
    assert_true(passed >= 250);
}

static void reference(void **state) {
    (void)state;
    run(0);
}

static void second_table(void **state) {
    (void)state;
    run(1);
}

static void third_table(void **state) {
    (void)state;
    run(2);
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

HR_TEST_MAIN(cmocka_unit_test(reference), cmocka_unit_test(second_table),
             cmocka_unit_test(third_table), cmocka_unit_test(folders_without_fixtures_are_refused))
