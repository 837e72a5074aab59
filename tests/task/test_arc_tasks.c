/* test_arc_tasks.c - ARC's JSON: what is read of it, under which names, and what is refused. */
#include "test.h"

#include <stdio.h>

#include "base/text.h"
#include "task/two_tasks.h"

/* An output that the solutions lack left its task scored by the others alone. */
static void lacking_solutions_are_named(void **state) {
    (void)state;
    static const char *const lacking[] = {"{\"b\": [[[8]], [[0]]]}", "{\"a\": [], \"b\": 1}",
                                          "{\"a\": [null]}", "{\"a\": [[]]}", "{}"};
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        hr_arc_tasks tasks = {0};
        assert_int_equal(hr_arc_tasks_parse(&tasks, two_tasks, strlen(two_tasks), lacking[i],
                                            strlen(lacking[i]), "x", true),
                         HR_ERR_FORMAT);
        if (!strstr(hr_error_text(), "task a, test pair 1: has no output"))
            fail_msg("%s", hr_error_text());
        hr_arc_tasks_free(&tasks);
    }
}

/* The solutions of another version of a task would go to the wrong tests, or stand against outputs
 * that the task has itself: scores by them mean nothing. */
static void solutions_of_others_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *solutions, *why;
    } other[] = {
        {"{\"a\": [[[9]], [[5], [4]]]}",
         "task a: has 1 test pair, and the file of solutions beside it 2 outputs"},
        {"{\"a\": [[[5]]], \"b\": [[[8]]]}",
         "task b: has 2 test pairs, and the file of solutions beside it 1 output;"},
        {"{\"a\": [[[5]]], \"b\": [[[8]], [[1]]]}",
         "task b, test pair 2: has an output of its own, and the file of solutions beside it"},
        {"{\"a\": [[[5]]], \"b\": [[[8]], [[0, 0]]]}", "task b, test pair 2: has an output of its"},
        {"{\"a\": [[[5]]], \"b\": [[[8]], [[10]]]}",
         "task b, test pair 2: the file of solutions beside it: a cell that is no colour"},
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        hr_arc_tasks tasks = {0};
        assert_int_equal(hr_arc_tasks_parse(&tasks, two_tasks, strlen(two_tasks),
                                            other[i].solutions, strlen(other[i].solutions), "x",
                                            true),
                         HR_ERR_FORMAT);
        if (!strstr(hr_error_text(), other[i].why)) fail_msg("%s", hr_error_text());
        hr_arc_tasks_free(&tasks);
    }
}

#define PAIRS "\"train\": [{\"input\": [[1]], \"output\": [[2]]}], \"test\": [{\"input\": [[3]]}]"

/* Tasks without their names cannot be told apart in scores and submissions. */
static void tasks_name_themselves(void **state) {
    (void)state;
    static const struct {
        const char *text, *names[3];
    } named[] = {
        {"{\"id\": \"p\", " PAIRS "}\n{\"task_id\": \"q\", " PAIRS "}\n{\"name\": \"r\", " PAIRS
         "}",
         {"p", "q", "r"}},
        {"[{\"id\": \"p\", " PAIRS "}, {" PAIRS "}, {\"id\": 17, " PAIRS "}]", {"p", "x-2", "17"}},
        {"{\"id\": null, " PAIRS "}\n{\"task_id\": \"q\", \"name\": \"no name\", " PAIRS "}",
         {"x-1", "q"}},
        {"[{" PAIRS "}]", {"x-1"}},
        {"{\"id\": \"p\", " PAIRS "}", {"x"}}, /* a file of one task is its name, as published */
        {"{\"e\": {\"id\": \"p\", " PAIRS "}}", {"e"}},
    };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        hr_arc_tasks tasks = {0};
        OK(hr_arc_tasks_parse(&tasks, named[i].text, strlen(named[i].text), NULL, 0, "x", true));
        for (size_t k = 0; k < tasks.count; k++) {
            assert_non_null(named[i].names[k]);
            assert_string_equal(tasks.task[k].id, named[i].names[k]);
        }
        assert_true(tasks.count == 3 || !named[i].names[tasks.count]);
        hr_arc_tasks_free(&tasks);
    }
    static const char by_name[] = "[{\"id\": \"p\", " PAIRS "}, {\"id\": \"q\", " PAIRS "}]";
    static const char solutions[] = "{\"q\": [[[7]]], \"p\": [[[6]]]}";
    hr_arc_tasks tasks = {0};
    hr_arc_grid g;
    OK(hr_arc_tasks_parse(&tasks, by_name, strlen(by_name), solutions, strlen(solutions), "x",
                          true));
    assert_true(hr_arc_tasks_grid(&tasks, 3, 1, &g)); /* of q */
    assert_int_equal(g.cell[0], 7);
    hr_arc_tasks_free(&tasks);
}

/* Programs write what they do not know as null or []; of a demonstration it is a mistake. */
static void outputs_of_tests_may_be_unknown(void **state) {
    (void)state;
    static const char *const outputs[] = {"null", "[]"};
    for (int i = 0; i < 2; i++)
        for (int demo = 0; demo < 2; demo++) {
            char text[160];
            hr_arc_tasks tasks = {0};
            hr_arc_grid g;
            snprintf(text, sizeof text,
                     "{\"train\": [{\"input\": [[1]], \"output\": %s}], \"test\": [{\"input\": "
                     "[[3]], \"output\": %s}]}",
                     demo ? outputs[i] : "[[1]]", outputs[i]);
            hr_status status = hr_arc_tasks_parse(&tasks, text, strlen(text), NULL, 0, "x", true);
            assert_int_equal(status, demo ? HR_ERR_FORMAT : HR_OK);
            if (demo) assert_string_equal(hr_error_text(), "task x, train pair 1: has no output");
            else assert_false(hr_arc_tasks_grid(&tasks, 1, 1, &g));
            hr_arc_tasks_free(&tasks);
        }
}

/* What is trained on are the pairs up to the first that is not known: those behind it were lost. */
static void known_tests_come_first_to_be_trained_on(void **state) {
    (void)state;
    static const char text[] =
        "{\"train\": [{\"input\": [[1]], \"output\": [[1]]}], \"test\": [{\"input\": [[2]]},"
        "{\"input\": [[3]], \"output\": [[3]]}, {\"input\": [[4]]}, {\"input\": [[5]], "
        "\"output\": [[5]]}]}";
    for (int scored = 0; scored < 2; scored++) {
        static const int inputs[2][5] = {{1, 3, 5, 4, 2}, {1, 2, 3, 4, 5}};
        hr_arc_tasks tasks = {0};
        hr_arc_grid g;
        OK(hr_arc_tasks_parse(&tasks, text, strlen(text), NULL, 0, "x", scored));
        for (size_t i = 0; i < 5; i++) {
            assert_true(hr_arc_tasks_grid(&tasks, i, 0, &g));
            if (scored || i < 3) assert_int_equal(g.cell[0], inputs[scored][i]);
            if (!scored) assert_int_equal(hr_arc_tasks_grid(&tasks, i, 1, &g), i < 3);
        }
        hr_arc_tasks_free(&tasks);
    }
}

static void tasks_from_json(void **state) {
    (void)state;
    hr_arc_grid g;
    hr_arc_tasks tasks = parse_two(true);
    assert_int_equal(tasks.count, 2);
    assert_string_equal(tasks.task[1].id, "b");
    assert_int_equal(tasks.task[1].tests, 2);
    assert_true(hr_arc_tasks_grid(&tasks, 2, 1, &g)); /* from the solutions */
    assert_int_equal(g.cell[1], 4);
    assert_true(hr_arc_tasks_grid(&tasks, 4, 1, &g)); /* the file's own output */
    assert_int_equal(g.cell[0], 8);
    hr_arc_tasks_free(&tasks);
    static const char one[] =
        "{\"train\": [{\"input\": [[1]], \"output\": [[2]]}], \"test\": [{\"input\": [[3]]}]}";
    OK(hr_arc_tasks_parse(&tasks, one, strlen(one), NULL, 0, "0a", false));
    assert_string_equal(tasks.task[0].id, "0a");
    assert_false(hr_arc_tasks_grid(&tasks, 1, 1, &g));
    hr_arc_tasks_free(&tasks);
}

/* A task with any grid too large for the canvas is left out whole, and said to be: one that is
 * dropped silently would make a score look better than it is. */
static void larger_tasks_are_left_out(void **state) {
    (void)state;
    hr_arc_tasks tasks = {.side = 1};
    OK(hr_arc_tasks_parse(&tasks, two_tasks, strlen(two_tasks), two_solutions,
                          strlen(two_solutions), "x", true));
    assert_int_equal(tasks.count, 1);
    assert_string_equal(tasks.task[0].id, "b");
    assert_int_equal(tasks.pairs, 3); /* nothing of the other is kept */
    assert_int_equal(tasks.size, 6 * 3);
    assert_int_equal(tasks.largers, 1);
    assert_string_equal(tasks.larger[0].id, "a");
    assert_int_equal(tasks.larger[0].rows, 1);
    assert_int_equal(tasks.larger[0].cols, 2);
    assert_int_equal(hr_arc_tasks_larger(&tasks, true), 1);
    assert_int_equal(hr_arc_tasks_larger(&tasks, false), 0);
    OK(hr_arc_tasks_any(&tasks));
    hr_arc_tasks_free(&tasks);
    /* the solution alone is too large; where it is not known, the task is kept */
    static const char one[] =
        "{\"a\": {\"train\": [{\"input\": [[1]], \"output\": [[2]]}], \"test\": [{\"input\": "
        "[[3]]}]}}";
    static const char solution[] = "{\"a\": [[[1, 2, 3]]]}";
    tasks.side = 2;
    OK(hr_arc_tasks_parse(&tasks, one, strlen(one), solution, strlen(solution), "x", true));
    assert_int_equal(tasks.count, 0);
    assert_int_equal(hr_arc_tasks_any(&tasks), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "a grid of 1 x 3 cells, more than 2 x 2"));
    OK(hr_arc_tasks_parse(&tasks, one, strlen(one), NULL, 0, "x", true));
    assert_int_equal(tasks.count, 1);
    assert_int_equal(tasks.largers, 1);
    hr_arc_tasks_free(&tasks);
}

static void hostile_tasks_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "3",
        "{\"a\": 3}",
        "{\"train\": []}",
        "{\"train\": [{\"input\": [[1]]}]}",
        "{\"train\": [{\"input\": [[1]], \"output\": [[1]]}], \"test\": []}",
        "{\"train\": [{\"input\": [[1]], \"output\": [[10]]}], \"test\": [{\"input\": [[1]]}]}",
        "{\"train\": [{\"input\": [[1, 2], [1]], \"output\": [[1]]}], \"test\": [{\"input\": "
        "[[1]]}]}",
        "{\"train\": [{\"input\": [[]], \"output\": [[1]]}], \"test\": [{\"input\": [[1]]}]}",
        "{\"train\": [{\"input\": [[1.0]], \"output\": [[1]]}], \"test\": [{\"input\": [[1]]}]}",
        "[{\"id\": 1.5, " PAIRS "}]",
        "[{\"id\": \"\", " PAIRS "}]",
        "[{\"id\": \"p\", " PAIRS "}, 3]",
        "[{\"id\": \"p\"}]",
        "{\"x|||y\": {\"train\": [{\"input\": [[1]], \"output\": [[1]]}], \"test\": [{\"input\": "
        "[[1]]}]}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hr_arc_tasks tasks = {0};
        if (hr_arc_tasks_parse(&tasks, bad[i], strlen(bad[i]), NULL, 0, "x", false) == HR_OK)
            fail_msg("\"%s\" passed", bad[i]);
        hr_arc_tasks_free(&tasks);
    }
}

/* Thirty megabytes of "[]," took 1.4 GB. Grids take many times their size too, and stay readable.
 */
static void values_beyond_measure_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *piece;
        bool good;
    } texts[] = {{"[],", false},
                 {"{},", false},
                 {"0,1,", true},
                 {"\"[],\\\"[[[[\",", true},
                 {"[[0,0,0,1,0,7,0,0,0,2],[0,0,0,1,0,7,0,0,0,2]],", true}};
    size_t size = 4 << 20;
    char *text = malloc(size);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t piece = strlen(texts[i].piece), at = 1;
        *text = '[';
        for (; at + piece <= size; at += piece) memcpy(text + at, texts[i].piece, piece);
        hr_status status = hr_text_check_json(text, at);
        assert_int_equal(status, texts[i].good ? HR_OK : HR_ERR_FORMAT);
    }
    free(text);
}

HR_TEST_MAIN(cmocka_unit_test(values_beyond_measure_are_refused),
             cmocka_unit_test(lacking_solutions_are_named),
             cmocka_unit_test(solutions_of_others_are_refused),
             cmocka_unit_test(tasks_name_themselves),
             cmocka_unit_test(outputs_of_tests_may_be_unknown),
             cmocka_unit_test(known_tests_come_first_to_be_trained_on),
             cmocka_unit_test(tasks_from_json), cmocka_unit_test(larger_tasks_are_left_out),
             cmocka_unit_test(hostile_tasks_are_refused))
