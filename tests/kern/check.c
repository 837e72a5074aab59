/* check.c - every kernel of every table that this processor runs against the reference, on random
 * shapes, tails and extreme values. A wrong tail here is a wrong model there. Where tiles are all
 * that the processor lacks, the AMX table runs too, emulated (emulate_amx.h). */
#include "check.h"

#include <math.h>

#include "base/mem.h"
#include "base/pool.h"
#include "emulate_amx.h"

enum { ROUNDS = 40 };

/* ---- guarded buffers ------------------------------------------------------------------------- */

enum { GUARD = 256, BUFFERS = 64 };       /* floats on each side; buffers of a case */
static const uint32_t guard = 0x7fa5c3e1; /* as a float not a number */
static struct {
    float *p;
    size_t n;
} buffers[BUFFERS];
static size_t in_use;

static void fill_guard(float *p) {
    for (size_t i = 0; i < GUARD; i++) memcpy(p + i, &guard, sizeof guard);
}

float *buffer(size_t n) {
    assert_true(in_use < BUFFERS);
    float *p = HR_NEW(float, n + 2 * GUARD);
    assert_non_null(p);
    fill_guard(p);
    fill_guard(p + GUARD + n);
    buffers[in_use].p = p;
    buffers[in_use++].n = n;
    return p + GUARD;
}

static bool intact(const float *p) {
    for (size_t i = 0; i < GUARD; i++)
        if (memcmp(p + i, &guard, sizeof guard)) return false;
    return true;
}

void end_case(const char *what) {
    for (size_t i = 0; i < in_use; i++) {
        float *p = buffers[i].p;
        size_t n = buffers[i].n;
        if (!intact(p)) fail_msg("%s: wrote before a buffer of %zu numbers", what, n);
        if (!intact(p + GUARD + n)) fail_msg("%s: wrote past a buffer of %zu numbers", what, n);
        hr_free(p);
    }
    in_use = 0;
}

/* ---- cases and comparisons ------------------------------------------------------------------- */

size_t between(dice *d, size_t low, size_t high) {
    return low + (size_t)hr_rng_below(d->rng, d->at++, high - low + 1);
}

size_t depth_of(dice *d) {
    return between(d, 0, 15) ? between(d, 1, 90) : between(d, 2000, 2200);
}

float *numbers(dice *d, size_t n, double scale) {
    float *out = buffer(n);
    for (size_t i = 0; i < n; i++) {
        double x = hr_rng_trunc_normal(d->rng, d->at++) * scale;
        uint64_t kind = hr_rng_below(d->rng, d->at++, 50);
        out[i] = (float)(kind == 0 ? 0 : kind == 1 ? x * 1e-6 : kind == 2 ? x * 30 : x);
    }
    return out;
}

float *copy(const float *from, size_t n) {
    float *out = buffer(n);
    memcpy(out, from, n * sizeof *out);
    return out;
}

term draw_term(dice *d, size_t n) {
    term a = {between(d, 0, 2), NULL};
    if (a.kind == 2) a.others = numbers(d, n, 1);
    return a;
}

const float *addend_of(const term *a, const float *result) {
    return a->kind == 1 ? result : a->others;
}

void disturb(void) {
    static uint64_t times;
    size_t how = (size_t)hr_rng_below(hr_rng_stream(1, "tiles"), times++, 3);
    if (how) emulate_amx_disturb(how == 2);
}

const float *rounded(const hr_kern *k, float *x, size_t n) {
    for (size_t i = 0; k->bf16 && i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
        memcpy(&x[i], &bits, sizeof bits);
    }
    return x;
}

void same(const char *what, const float *got, const float *expected, size_t n, double tolerance,
          double scale) {
    for (size_t i = 0; i < n; i++) {
        double g = (double)got[i], e = (double)expected[i];
        if (fabs(g - e) <= tolerance * (fabs(e) + scale)) continue;
        fail_msg("%s: element %zu of %zu is %.9g, the reference has %.9g", what, i, n, g, e);
    }
}

void near_to(const char *what, const float *got, const float *expected, size_t n, double share) {
    double off = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        off += pow((double)got[i] - (double)expected[i], 2);
        size += pow((double)expected[i], 2);
    }
    if (!(off <= share * share * size))
        fail_msg("%s: relative distance %.3g from the reference", what, sqrt(off / size));
}

/* ---- the program ----------------------------------------------------------------------------- */

const hr_kern *table_at(int i) {
    const hr_kern *k = hr_kern_at(i);
    return k || !hr_kern_at(i - 1) ? k : emulate_amx();
}

static void run_check(check_fn fn, const char *name) {
    for (int t = 0; table_at(t); t++)
        for (uint64_t round = 0; round < ROUNDS; round++) {
            dice d = {.rng = hr_rng_sub(hr_rng_stream(1, name), round)};
            fn(table_at(t), &d);
            end_case(name);
        }
}

#define CHECK(name)                                                                                \
    static void name(void **state) {                                                               \
        (void)state;                                                                               \
        run_check(check_##name, #name);                                                            \
    }
CHECK(gemm)
CHECK(gemm_tn)
CHECK(packing)
CHECK(activation)
CHECK(mlp)
CHECK(norm)
CHECK(norm_columns)
CHECK(rope)
CHECK(attention)
CHECK(conv)
CHECK(simple)
CHECK(optimisers)

static void rows_do_not_depend_on_their_neighbours(void **state) {
    (void)state;
    dice d = {.rng = hr_rng_stream(2, "rows")};
    for (int t = 0; table_at(t); t++) check_splits(table_at(t), &d), end_case("rows");
}

static void guards_are_looked_at(void **state) {
    (void)state;
    float *x = buffer(3);
    memset(x + 3, 0, sizeof *x);
    assert_false(intact(x + 3));
    fill_guard(x + 3);
    assert_true(intact(x + 3));
    end_case("guards");
}

static void unknown_tables_are_refused(void **state) {
    (void)state;
    assert_null(hr_kern_select("sse9"));
    assert_non_null(strstr(hr_error_text(), "sse9"));
    assert_non_null(strstr(hr_error_text(), hr_kern_names()));
    assert_string_equal(hr_kern_select("ref")->name, "ref");
    assert_false(hr_kern_select("float")->bf16);
    if (hr_kern_select("bf16")) assert_true(hr_kern_select("bf16")->bf16);
    else assert_non_null(strstr(hr_error_text(), "cannot run bf16"));
    assert_ptr_equal(hr_kern_at(0), &hr_kern_ref);
    for (int i = 0; hr_kern_at(i); i++) {
        assert_non_null(strstr(hr_kern_names(), hr_kern_at(i)->name));
        assert_ptr_equal(hr_kern_select(hr_kern_at(i)->name), hr_kern_at(i));
    }
}

/* Kernels find their space within a pool's call. */
static void run_all(void *failed) {
    printf("# tables:");
    for (int t = 0; table_at(t); t++)
        printf(" %s%s", table_at(t)->name, hr_kern_at(t) ? "" : " (emulated)");
    printf("\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm),
        cmocka_unit_test(gemm_tn),
        cmocka_unit_test(packing),
        cmocka_unit_test(rows_do_not_depend_on_their_neighbours),
        cmocka_unit_test(activation),
        cmocka_unit_test(mlp),
        cmocka_unit_test(norm),
        cmocka_unit_test(norm_columns),
        cmocka_unit_test(rope),
        cmocka_unit_test(attention),
        cmocka_unit_test(conv),
        cmocka_unit_test(simple),
        cmocka_unit_test(optimisers),
        cmocka_unit_test(guards_are_looked_at),
        cmocka_unit_test(unknown_tables_are_refused),
    };
    *(int *)failed = cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void) {
    int failed = 1;
    hr_pool *pool;
    if (hr_pool_new(1, HR_POOL_SPACE, &pool)) return 1;
    hr_pool_call(pool, run_all, &failed);
    hr_pool_free(pool);
    return failed;
}
