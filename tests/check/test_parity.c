/* test_parity.c - the golden numbers of the published implementations, on every kernel table. */
#include "test.h"

#include <unistd.h>

#include "base/os.h"
#include "check/bench.h"
#include "check/parity.h"

static bool tell(void *user, const hrm_parity_case *c) {
    const char *isa = user;
    if (!c->passed)
        print_error("%s: %s: %g against a tolerance of %g in %s\n", isa, c->name, c->worst,
                    c->tolerance, c->where);
    return true;
}

static const hrm_parity_options silent;

/* Kernels that multiply bf16 are bound by fewer cases: their rounding falls at other places.
 * cases: how many there are at least, of float kernels and of those. */
static void every_table(const char *folder, const size_t cases[2]) {
    hr_pool *pool;
    OK(hr_pool_new(2, HR_POOL_SPACE, &pool));
    for (int i = 0; hr_kern_at(i); i++) {
        hrm_parity_report report;
        char isa[16];
        snprintf(isa, sizeof isa, "%s", hr_kern_at(i)->name);
        OK(hr_parity(folder, hr_kern_at(i), pool,
                     &(hrm_parity_options){.callback = tell, .user = isa}, &report));
        assert_int_equal(report.failed, 0);
        assert_true(report.passed >= cases[hr_kern_at(i)->bf16]);
    }
    hr_pool_free(pool);
}

static void golden_numbers(void **state) {
    (void)state;
    every_table(FIXTURES, (const size_t[]){120, 31});
}

static void more_golden_numbers(void **state) {
    (void)state;
    SKIP_WITHOUT(shared, "fixtures/manifest.json");
    char folder[512];
    snprintf(folder, sizeof folder, "%s/fixtures", shared);
    every_table(folder, (const size_t[]){266, 40});
}

/* ---- a folder with one case, attention ------------------------------------------------------- */

/* Its file with other metadata and, where asked for, another with the tables that tell heads. */
static char one_case[] = "/tmp/hrm-parity-XXXXXX";

static const char *in_case(const char *name) {
    static char path[64];
    snprintf(path, sizeof path, "%s/%s", one_case, name);
    return path;
}

static void write_case(const char *heads, bool tables) {
    hr_safetensors file;
    const hr_meta meta = {"num_heads", heads};
    OK(hr_safetensors_open(FIXTURES "/unit/attention.safetensors", &file));
    OK(hr_safetensors_write(in_case("unit/attention.safetensors"), file.tensors, file.count, &meta,
                            heads != NULL));
    hr_safetensors_close(&file);
    unlink(in_case("unit/rope.safetensors"));
    if (!tables) return;
    OK(hr_safetensors_open(FIXTURES "/unit/rope.safetensors", &file));
    OK(hr_safetensors_write(in_case("unit/rope.safetensors"), file.tensors, file.count, NULL, 0));
    hr_safetensors_close(&file);
}

/* The number of heads is not in the shapes; taken wrong, right kernels would seem wrong. */
static void heads_are_told(void **state) {
    (void)state;
    hr_pool *pool;
    hrm_parity_report report;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    assert_non_null(mkdtemp(one_case));
    OK(hr_os_mkdirs(in_case("unit")));
    FILE *manifest = fopen(in_case("manifest.json"), "w");
    assert_non_null(manifest);
    assert_true(fputs("{}", manifest) >= 0 && !fclose(manifest));
    const struct {
        const char *heads;
        bool tables;
        hr_status status;
        size_t passed, failed;
    } cases[] = {{"4", false, HR_OK, 1, 0},          {NULL, true, HR_OK, 2, 0},
                 {"4", true, HR_OK, 2, 0},           {"2", false, HR_OK, 0, 1},
                 {NULL, false, HR_ERR_FORMAT, 0, 0}, {"5", false, HR_ERR_FORMAT, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_case(cases[i].heads, cases[i].tables);
        assert_int_equal(hr_parity(one_case, &hr_kern_ref, pool, &silent, &report),
                         cases[i].status);
        assert_int_equal(report.passed, cases[i].passed);
        assert_int_equal(report.failed, cases[i].failed);
        if (cases[i].status) assert_non_null(strstr(hr_error_text(), "neither by num_heads"));
    }
    static const char *const left[] = {"unit/attention.safetensors", "unit/rope.safetensors",
                                       "manifest.json", "unit", ""};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) remove(in_case(left[i]));
    hr_pool_free(pool);
}

static void folders_without_fixtures_are_refused(void **state) {
    (void)state;
    hr_pool *pool;
    hrm_parity_report report;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    assert_int_equal(hr_parity("tests", &hr_kern_ref, pool, &silent, &report), HR_ERR_IO);
    hr_pool_free(pool);
}

static bool stop(void *user, const hrm_parity_case *c) {
    (void)c;
    return ++*(int *)user < 3;
}

static void a_callback_stops_it(void **state) {
    (void)state;
    hr_pool *pool;
    hrm_parity_report report;
    int calls = 0;
    OK(hr_pool_new(1, HR_POOL_SPACE, &pool));
    assert_int_equal(hr_parity(FIXTURES, hr_kern_select("float"), pool,
                               &(hrm_parity_options){.callback = stop, .user = &calls}, &report),
                     HR_ERR_STOPPED);
    assert_int_equal(calls, 3);
    hr_pool_free(pool);
}

static bool stop_measuring(void *user, const hrm_bench_result *r) {
    assert_true(r->seconds > 0);
    return ++*(int *)user < 2;
}

static void a_callback_stops_measuring(void **state) {
    (void)state;
    int calls = 0;
    const hrm_run run = {.size = sizeof run, .threads = 1, .isa = "ref"};
    const hrm_bench_options options = {.size = sizeof options,
                                       .what = "gemm",
                                       .seconds = 1e-9,
                                       .run = &run,
                                       .callback = stop_measuring,
                                       .user = &calls};
    assert_int_equal(hr_bench(&options), HR_ERR_STOPPED);
    assert_int_equal(calls, 2);
}

HR_TEST_MAIN(cmocka_unit_test(a_callback_stops_measuring), cmocka_unit_test(a_callback_stops_it),
             cmocka_unit_test(golden_numbers), cmocka_unit_test(more_golden_numbers),
             cmocka_unit_test(heads_are_told),
             cmocka_unit_test(folders_without_fixtures_are_refused))
