/* test_toy_table.c - a table of kernels is one file and a line of the list: here is one, the
 * reference with another packing, and a run on it gives what the reference gives. */
#define TABLE      hr_kern_toy
#define TABLE_NAME "toy"

#define HR_KERN_EXTRA(T) T(toy, ALL, true)

#include "test.h"

#include <math.h>

#include "base/os.h"
#include "data/generate.h"
#include "kern/kern_tables.h"
#include "train/train.h"

/* ---- the table ------------------------------------------------------------------------------- */

enum { PANEL = 1 };

/* Columns of B one after the other, from the last number to the first, and one that is not used. */
static size_t panel_size(size_t k) {
    return k + 1;
}

static void pack(hr_real *out, const hr_real *b, size_t row, size_t col, size_t k, size_t n) {
    for (size_t j = 0; j < n; j++)
        for (size_t p = 0; p < k; p++) out[j * (k + 1) + k - 1 - p] = b[p * row + j * col];
}

static void gemm(const hr_gemm *g) {
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            double sum = 0;
            for (size_t p = 0; p < g->k; p++)
                sum += (double)g->a[i * g->lda + p] * (double)g->b[(j + 1) * (g->k + 1) - 2 - p];
            size_t at = i * g->ldc + j;
            g->c[at] = (hr_real)((g->addend ? (double)g->addend[at] : 0) + sum);
        }
}

static void gemm_tn(const hr_gemm *g) {
    hr_kern_ref.gemm_tn(g);
}

#include "kern/kern_plain.h"

#include "kern/kern_loops.h"

#include "kern/kern_mlp.h"

#include "kern/kern_table.h"

/* ---- the list, with its line ----------------------------------------------------------------- */

#include "kern/kern.c"

/* ---- the test -------------------------------------------------------------------------------- */

static const char recipe[] = "hidden: 32\nheads: 2\nexpansion: 1\nh_layers: 1\nl_layers: 1\n"
                             "h_cycles: 1\nl_cycles: 2\nbatch: 6\nsteps: 4\nhalt_max_steps: 2\n"
                             "lr: 1e-3\nthreads: 1\neval_every: 0\n";

static void train(const char *folder, const char *isa, const char *const *settings, size_t count,
                  hr_file *model) {
    char path[256], out[128];
    hrm_trainer *t;
    hrm_run run = {.threads = 1, .isa = isa};
    snprintf(path, sizeof path, "%s/recipe.yaml", folder);
    snprintf(out, sizeof out, "%s/%s", folder, isa);
    OK(hr_trainer_new(path, settings, count, out, &run, &t));
    OK(hr_trainer_run(t, NULL));
    hr_trainer_free(t);
    snprintf(path, sizeof path, "%s/model.safetensors", out);
    OK(hr_os_load(path, model));
}

/* Attention, and token MLPs: every kernel that packs. */
static void a_toy_table_trains_as_the_reference(void **state) {
    (void)state;
    static const char *const settings[][2] = {{"arch=hrm"}, {"arch=trm", "mix=token_mlp"}};
    for (size_t i = 0; i < 2; i++) {
        char folder[64] = "/tmp/hrm-test-XXXXXX", data[128], path[128], text[512];
        assert_non_null(mkdtemp(folder));
        hrm_generate_options options = {.settings = (const char *const[]){"side=4"},
                                        .settings_count = 1,
                                        .count = 20,
                                        .seed = 1};
        snprintf(data, sizeof data, "%s/d.csv", folder);
        snprintf(path, sizeof path, "%s/recipe.yaml", folder);
        OK(hr_generate("sudoku", data, &options));
        snprintf(text, sizeof text, "%sdata: %s\n", recipe, data);
        OK(hr_os_write_file(path, text, strlen(text)));
        hr_file ref, toy;
        train(folder, "ref", settings[i], 1 + i, &ref);
        train(folder, "toy", settings[i], 1 + i, &toy);
        assert_true(ref.size == toy.size);
        for (size_t at = 0; at < ref.size; at++) {
            static const char sum[] = "xxh64_header\":\"";
            if (at + 15 < ref.size && !memcmp(ref.data + at, sum, 15)) at += 15 + 16; /* of all */
            if (ref.data[at] == toy.data[at]) continue;
            assert_memory_equal(ref.data + at, "ref", 3); /* a model says what it was made on */
            assert_memory_equal(toy.data + at, "toy", 3);
            at += 2;
        }
        hr_os_unload(&ref);
        hr_os_unload(&toy);
        snprintf(text, sizeof text, "rm -rf %s", folder);
        assert_int_equal(system(text), 0);
    }
}

static void the_list_knows_it(void **state) {
    (void)state;
    assert_ptr_equal(hr_kern_select("toy"), &hr_kern_toy);
    assert_non_null(strstr(hr_kern_names(), "toy"));
    assert_null(hr_kern_select("tyo"));
    assert_non_null(strstr(hr_error_text(), "toy"));
    assert_true(hr_kern_toy.packed_size(HR_PACK_B, 8, 3) != 24);
}

HR_TEST_MAIN(cmocka_unit_test(the_list_knows_it),
             cmocka_unit_test(a_toy_table_trains_as_the_reference))
