/* test_arc_like.c - generated ARC-like tasks: each can be solved from its demonstrations. A family
 * that breaks its own rule teaches a net noise, and nobody would see it but by the score. */
#include "test.h"
#include "folder.h"

#include <unistd.h>

#include "base/os.h"
#include "data/arc_like.h"
#include "task/arc_tasks.h"

static size_t family(const char *name) {
    for (size_t i = 0; hr_arc_like_name(i); i++)
        if (!strcmp(hr_arc_like_name(i), name)) return i;
    fail_msg("no family %s", name);
    return 0;
}

static unsigned colours(const hr_arc_grid *g) {
    unsigned set = 0;
    for (int i = 0; i < g->rows * g->cols; i++) {
        assert_true(g->cell[i] < HR_ARC_COLOURS);
        set |= 1u << g->cell[i];
    }
    return set;
}

/* What holds for every task. */
static void check(const char *name, const hr_arc_like *t, int side) {
    int test = t->pairs - 1, alike = 0;
    unsigned known = colours(&t->in[test]);
    assert_in_range(t->pairs, 4, 6);
    for (int i = 0; i < t->pairs; i++) {
        const hr_arc_grid *in = &t->in[i], *out = &t->out[i];
        assert_in_range(in->rows, 1, side);
        assert_in_range(in->cols, 1, side);
        assert_in_range(out->rows, 1, side);
        assert_in_range(out->cols, 1, side);
        if (hr_arc_same(in, out)) fail_msg("%s: nothing to do", name);
        for (int j = 0; j < i; j++)
            if (hr_arc_same(in, &t->in[j])) fail_msg("%s: one input twice", name);
        if (i < test) known |= colours(out);
        alike += i < test && hr_arc_same(out, &t->out[0]);
    }
    if (alike == test) fail_msg("%s: every demonstration has the same output", name);
    if (colours(&t->out[test]) & ~known) fail_msg("%s: a colour that was never shown", name);
}

/* A family that finds no task at some size would end a run of hours; one without sense would teach
 * nonsense. */
static void every_family_makes_sense_at_every_size(void **state) {
    (void)state;
    const int sides[] = {10, 16, 30};
    size_t i = 0;
    for (; hr_arc_like_name(i); i++) {
        int largest = 0;
        for (int s = 0; s < 3; s++)
            for (uint64_t n = 0; n < 50; n++) {
                hr_arc_like t;
                hr_rng rng = hr_rng_sub(hr_rng_stream(n, "test"), (uint64_t)s);
                if (!hr_arc_like_make(i, rng, sides[s], &t))
                    fail_msg("%s: none at side %d", hr_arc_like_name(i), sides[s]);
                check(hr_arc_like_name(i), &t, sides[s]);
                for (int p = 0; p < t.pairs && s == 2; p++) {
                    int cells = t.in[p].rows > t.out[p].rows ? t.in[p].rows : t.out[p].rows;
                    largest = largest > cells ? largest : cells;
                }
            }
        assert_true(largest > 4); /* side is used */
    }
    assert_true(i >= 60);
}

/* The families' own draws differ between pairs and agree between the pairs of a task: else the
 * demonstrations would say something else than the test. Three rules, found again from outside. */
static void pairs_of_a_task_have_one_rule(void **state) {
    (void)state;
    for (uint64_t n = 0; n < 50; n++) {
        hr_arc_like t;
        hr_rng rng = hr_rng_stream(n, "rule");
        assert_true(hr_arc_like_make(family("turn"), rng, 16, &t));
        int codes = 0;
        for (int code = 0; code < 8; code++) {
            hr_arc_view view = hr_arc_plain;
            view.code = (uint8_t)code;
            bool all = true;
            for (int p = 0; p < t.pairs; p++) {
                hr_arc_grid turned;
                hr_arc_apply(&view, &t.in[p], &turned);
                all &= hr_arc_same(&turned, &t.out[p]);
            }
            codes += all;
        }
        assert_int_equal(codes, 1);

        assert_true(hr_arc_like_make(family("colour_map"), rng, 16, &t));
        int image[HR_ARC_COLOURS], truth[4] = {-1, -1, -1, -1};
        memset(image, -1, sizeof image);
        for (int p = 0; p < t.pairs; p++)
            for (int i = 0; i < t.in[p].rows * t.in[p].cols; i++) {
                int *to = &image[t.in[p].cell[i]];
                if (*to < 0 && p < t.pairs - 1) *to = t.out[p].cell[i]; /* the test adds none */
                assert_int_equal(*to, t.out[p].cell[i]);
            }

        assert_true(hr_arc_like_make(family("halves"), rng, 16, &t));
        for (int p = 0; p < t.pairs; p++)
            for (int i = 0; i < t.out[p].rows * t.out[p].cols; i++) {
                int w = t.out[p].cols, at = i / w * (2 * w + 1) + i % w;
                int *to = &truth[2 * (t.in[p].cell[at] > 0) + (t.in[p].cell[at + w + 1] > 0)];
                if (*to < 0 && p < t.pairs - 1) *to = t.out[p].cell[i];
                assert_int_equal(*to, t.out[p].cell[i]);
            }
    }
}

static char *made(const char *file, size_t count, uint64_t seed, int side) {
    hrm_arc_like_options o = {.size = sizeof o, .count = count, .seed = seed, .side = side};
    char *text;
    size_t size;
    OK(hr_arc_like_write(in_folder(file), &o));
    FILE *f = fopen(in_folder(file), "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size = (size_t)ftell(f);
    rewind(f);
    text = calloc(1, size + 1);
    assert_int_equal(fread(text, 1, size, f), size);
    fclose(f);
    return text;
}

/* Who cites a seed must get the same tasks again; who asks for more must keep those there are. */
static void the_same_seed_makes_the_same_bytes(void **state) {
    (void)state;
    char *a = made("a.json", 250, 7, 20), *b = made("b.json", 250, 7, 20);
    char *more = made("more.json", 300, 7, 20), *other = made("other.json", 250, 8, 20);
    assert_string_equal(a, b);
    assert_memory_equal(a, more, strlen(a) - 2);
    assert_string_not_equal(a, other);
    free(a), free(b), free(more), free(other);
}

/* Training reads what was written: names of their own, one test pair, nothing left out, no two
 * tasks of two seeds under one name. */
static void tasks_are_read_again(void **state) {
    (void)state;
    hr_arc_tasks t = {.side = 12};
    free(made("a.json", 500, 0, 12));
    free(made("b.json", 500, 1, 12));
    OK(hr_arc_tasks_read(&t, in_folder("a.json"), false));
    OK(hr_arc_tasks_read(&t, in_folder("b.json"), false));
    assert_int_equal(t.count, 1000);
    assert_int_equal(t.largers, 0);
    for (size_t i = 0; i < t.count; i++) {
        assert_in_range(t.task[i].demos, 3, 5);
        assert_int_equal(t.task[i].tests, 1);
        assert_memory_equal(t.task[i].id, "arclike-", 8);
    }
    hr_arc_tasks_free(&t);
}

static bool stop_at_ten(void *user, size_t done, size_t total) {
    (void)user, (void)total;
    return done < 10;
}

/* Only the families asked for; a wrong name is told, a stopped run leaves no half of a file. */
static void families_are_chosen(void **state) {
    (void)state;
    const char *names[] = {"gravity", "rays"};
    hrm_arc_like_options o = {.size = sizeof o, .count = 9, .side = 30, .families = names, 2};
    hr_arc_tasks t = {0};
    OK(hr_arc_like_write(in_folder("few.json"), &o));
    OK(hr_arc_tasks_read(&t, in_folder("few.json"), false));
    for (size_t i = 0; i < t.count; i++)
        assert_true(strstr(t.task[i].id, "-gravity-") || strstr(t.task[i].id, "-rays-"));
    assert_int_equal(t.count, 9);
    hr_arc_tasks_free(&t);

    names[1] = "gravty";
    assert_int_equal(hr_arc_like_write(in_folder("none.json"), &o), HR_ERR_ARG);
    assert_non_null(strstr(hr_error_text(), "did you mean gravity"));
    names[1] = NULL;
    assert_int_equal(hrm_arc_generate(in_folder("none.json"), &o), HRM_STATUS_ARG);
    assert_int_equal(hrm_arc_generate(NULL, &o), HRM_STATUS_ARG);
    names[1] = "rays";
    o.side = 9;
    assert_int_equal(hr_arc_like_write(in_folder("none.json"), &o), HR_ERR_ARG);
    o.side = 31;
    assert_int_equal(hr_arc_like_write(in_folder("none.json"), &o), HR_ERR_ARG);
    o.side = 10;
    o.count = 0;
    assert_int_equal(hr_arc_like_write(in_folder("none.json"), &o), HR_ERR_ARG);
    o.count = 20;
    o.progress = stop_at_ten;
    assert_int_equal(hr_arc_like_write(in_folder("none.json"), &o), HR_ERR_STOPPED);
    assert_int_not_equal(access(in_folder("none.json"), F_OK), 0);
}

/* The list in the documentation is what users choose from. */
static void the_documentation_lists_all_families(void **state) {
    (void)state;
    hr_file file;
    OK(hr_os_load("docs/arc.md", &file));
    char *text = calloc(1, file.size + 1), word[64];
    memcpy(text, file.data, file.size);
    for (size_t i = 0; hr_arc_like_name(i); i++) {
        snprintf(word, sizeof word, "`%s`", hr_arc_like_name(i));
        if (!strstr(text, word)) fail_msg("docs/arc.md does not name %s", word);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(hr_arc_like_name(i), hr_arc_like_name(j));
    }
    free(text);
    hr_os_unload(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_family_makes_sense_at_every_size),
        cmocka_unit_test(pairs_of_a_task_have_one_rule),
        cmocka_unit_test(the_same_seed_makes_the_same_bytes),
        cmocka_unit_test(tasks_are_read_again),
        cmocka_unit_test(families_are_chosen),
        cmocka_unit_test(the_documentation_lists_all_families),
    };
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
