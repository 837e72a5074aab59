/* test_declared.c - tasks of the user's own: what their keys mean, which answers they accept, that
 * their symmetries keep the rules, and that a file that says nonsense is refused in words. */
#include "test.h"
#include "same_task.h"

#include "base/mem.h"
#include "task/lines.h"
#include "task/survey.h"
#include "task/task.h"
#include "task/task_json.h"
#include "task/draw.h"
#include "task/declared.h"
#include "task/sudoku.h"
#include "task/maze.h"
#include "task/arc.h"

/* A task from "key=value" texts, up to NULL. */
static hr_status declare(const char *const *pairs, const hr_task_survey *survey, hr_task *out) {
    hr_task_entry entry[16];
    char text[16][512];
    size_t n = 0;
    for (; pairs[n]; n++) {
        char *equals;
        snprintf(text[n], sizeof text[n], "%s", pairs[n]);
        equals = strchr(text[n], '=');
        assert_non_null(equals);
        *equals = 0;
        entry[n] = (hr_task_entry){text[n], equals + 1, (long)n + 1, 0};
    }
    return hr_task_declare(entry, n, survey, out);
}
#define DECLARE(out, ...) OK(declare((const char *const[]){__VA_ARGS__, NULL}, NULL, (out)))

/* The verdict on an answer, and part of what is said of it. */
static void judged(const hr_task *task, const char *question, const char *answer,
                   hr_verdict verdict, const char *words) {
    uint8_t q[256], a[256];
    char why[96];
    OK(task->ops->parse(task, question, strlen(question), false, q));
    OK(task->ops->parse(task, answer, strlen(answer), true, a));
    hr_verdict said = task->ops->check(task, q, a, why, sizeof why);
    if (said != verdict || !strstr(why, words))
        fail_msg("%s: verdict %d, \"%s\"; expected %d, \"%s\"", answer, said, why, verdict, words);
    assert_int_equal(task->ops->check(task, q, a, NULL, 0), verdict);
}

/* Whether the givens of a question alone break a rule, and what is said of that. */
static void is_hopeless(const hr_task *task, const char *question, const char *words) {
    uint8_t q[256];
    char why[96] = "";
    OK(task->ops->parse(task, question, strlen(question), false, q));
    bool said = task->ops->hopeless(task, q, why, sizeof why);
    if (said != (words != NULL) || !strstr(why, words ? words : ""))
        fail_msg("%s: %d, \"%s\"; expected \"%s\"", question, said, why, words ? words : "");
    assert_true(task->ops->hopeless(task, q, NULL, 0) == said);
}

/* What contradicts itself was searched for a minute before it was given up; what does not must not
 * be refused, however little is given. */
static void givens_that_break_rules(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=3 x 3", "alphabet=123", "blank=.", "regions=AAB ABB CCC",
            "rules=different in rows,different in regions,increasing in columns,"
            "sum of r1c1 r1c2 r1c3 = 6,r3c1 < r3c2");
    is_hopeless(&task, ".........", NULL);
    is_hopeless(&task, "123......", NULL);
    is_hopeless(&task, "1.1......", "row 1 holds 1 twice");
    is_hopeless(&task, ".1.1.....", "region A holds 1 twice");
    is_hopeless(&task, "2.....1..", "column 1: 1 comes after 2");
    is_hopeless(&task, "......21.", "r3c1 is 2 and r3c2 is 1");
    is_hopeless(&task, "......2..", NULL);
    hr_task_free(&task);
    DECLARE(&task, "shape=1 x 3", "alphabet=123", "blank=.", "rules=sum of rows = 8");
    is_hopeless(&task, "...", NULL);
    is_hopeless(&task, "2..", NULL);
    is_hopeless(&task, "1..", "row 1 adds up to at most 7, not 8");
    is_hopeless(&task, "333", "row 1 adds up to 9, not 8");
    hr_task_free(&task);
    DECLARE(&task, "shape=1 x 5", "alphabet=12<>^v", "blank=.", "answers=12", "rules=signs <>^v");
    is_hopeless(&task, "1<.>.", NULL);
    is_hopeless(&task, "2<1>.", "2 < 1 does not hold");
    hr_task_free(&task);
    DECLARE(&task, "shape=2 x 4", "alphabet=# SGo", "blank= ", "rules=path of o from S to G");
    is_hopeless(&task, "S  G    ", NULL);
    is_hopeless(&task, "S #G  # ", "there is no way from S to G");
    is_hopeless(&task, "S  GS   ", "two starts");
    hr_task_free(&task);
    DECLARE(&task, "shape=1 x 3", "alphabet=123", "given=none",
            "rules=increasing in rows,same symbols as question");
    is_hopeless(&task, "321", NULL); /* a question to be sorted gives nothing */
    hr_task_free(&task);
}

static void rules_of_groups(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=3 x 3", "alphabet=123", "blank=.", "regions=AAB ABB CCC",
            "rules=different in rows,different in columns,different in regions");
    assert_int_equal(task.vocab, 5);
    assert_int_equal(task.symbols, 3); /* the lattice regime may work on it */
    judged(&task, "1........", "132213321", HR_UNBROKEN, "");
    judged(&task, "1........", "132132321", HR_WRONG, "column 1 holds 1 twice");
    judged(&task, "1........", "123231312", HR_WRONG, "region A holds 2 twice");
    judged(&task, "2........", "132213321", HR_WRONG, "row 1, column 1: the given 2 became 1");
    uint8_t q[9] = {0}, a[9] = {2, 3, 4, 3, 4, 2, 1, 2, 3};
    char why[96];
    assert_int_equal(task.ops->check(&task, q, a, why, sizeof why), HR_INCOMPLETE);
    assert_string_equal(why, "row 3, column 1 holds no symbol");
    hr_task_free(&task);
    DECLARE(&task, "shape=2x4", "alphabet=1234", "blank=0", "rules=different in boxes 2 x 2");
    judged(&task, "00000000", "12343412", HR_UNBROKEN, "");
    judged(&task, "00000000", "12343413", HR_WRONG, "box 2 holds 3 twice");
    hr_task_free(&task);
    DECLARE(&task, "shape=3 x 3", "alphabet=123456789", "blank=.",
            "rules=sum of rows = 15,sum of diagonals = 15,sum of r1c1 r3c3 = 10,r1c1 < r1c2,"
            "r1c1 != r3c3");
    judged(&task, ".........", "276951438", HR_UNBROKEN, "");
    judged(&task, ".........", "276951483", HR_WRONG, "diagonal 1 adds up to 10, not 15");
    judged(&task, ".........", "672159834", HR_UNBROKEN, "");
    judged(&task, ".........", "618753294", HR_WRONG, "r1c1 is 6 and r1c2 is 1");
    judged(&task, ".........", "276951437", HR_WRONG, "row 3 adds up to 14");
    hr_task_free(&task);
    DECLARE(&task, "shape=2", "alphabet=123", "rules=sum of r1c1 r1c1 r1c2 = 5"); /* weighs one */
    judged(&task, "11", "13", HR_UNBROKEN, "");
    judged(&task, "11", "31", HR_WRONG, "adds up to 7, not 5");
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=579AB", "rules=sum of rows = 25"); /* A is 10, B is 11 */
    judged(&task, "555", "5AA", HR_UNBROKEN, "");
    judged(&task, "555", "5AB", HR_WRONG, "row 1 adds up to 26, not 25");
    hr_task_free(&task);
}

/* Takuzu by its sums alone: what breaks no rule may yet have three alike. Only a file that says
 * that its rules are all can call an answer solved. */
static void some_rules_prove_nothing(void **state) {
    (void)state;
    hr_task task, again;
    DECLARE(&task, "shape=4 x 4", "alphabet=01", "blank=.", "rules=sum of rows = 2");
    assert_int_equal(task.rules, HR_RULES_SOME);
    judged(&task, "................", "0011001100110011", HR_UNBROKEN, "");
    judged(&task, "................", "0011001100110010", HR_WRONG, "row 4 adds up to 1");
    hr_task_free(&task);
    DECLARE(&task, "shape=4 x 4", "alphabet=01", "blank=.", "rules=sum of rows = 2",
            "rules_complete=true");
    char *json = hr_task_to_json(&task);
    OK(hr_task_from_json(json, &again)); /* as the model file holds it */
    hr_free(json);
    assert_int_equal(again.rules, HR_RULES_ALL);
    judged(&again, "................", "0011001100110011", HR_SOLVED, "");
    hr_task_free(&again);
    hr_task_free(&task);
}

/* Takuzu as it is: sums, no three alike, rows and columns that differ. */
static void rules_of_runs_and_counts(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=4 x 4", "alphabet=01", "blank=.", "rules_complete=true",
            "rules=count of 1 in rows = 2,count of 1 in columns = 2,no 3 alike in rows,"
            "no 3 alike in columns,rows differ from each other,columns differ from each other");
    judged(&task, "0...............", "0110100100111100", HR_SOLVED, "");
    judged(&task, "................", "0110100100111101", HR_WRONG, "row 4 holds 1 3 times, not 2");
    judged(&task, "................", "0110011010011001", HR_WRONG, "row 1 and row 2 are alike");
    judged(&task, "................", "0101101001011010", HR_WRONG, "row 1 and row 3 are alike");
    hr_task_free(&task);
    DECLARE(&task, "shape=2 x 6", "alphabet=01", "blank=.", "rules=no 3 alike in rows");
    judged(&task, "............", "001100010011", HR_UNBROKEN, "");
    judged(&task, "............", "001100011100", HR_WRONG, "row 2 holds 3 1 in a row");
    hr_task_free(&task);
    DECLARE(&task, "shape=4", "alphabet=ab",
            "rules=count of a in r1c1 r1c2 <= 1,count of b in rows >= 2");
    judged(&task, "aaaa", "abba", HR_UNBROKEN, "");
    judged(&task, "aaaa", "aabb", HR_WRONG, "holds a 2 times, not at most 1");
    judged(&task, "aaaa", "abaa", HR_WRONG, "row 1 holds b 1 times, not at least 2");
    hr_task_free(&task);
}

static void rules_of_parity(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=2 x 3", "alphabet=01", "blank=.",
            "rules=odd count of 1 in rows,even count of 1 in r1c1 r2c1");
    judged(&task, "......", "100111", HR_UNBROKEN, "");
    judged(&task, "......", "110111", HR_WRONG, "row 1 holds 1 2 times, not an odd number");
    judged(&task, "......", "100010", HR_WRONG, "holds 1 1 times, not an even number");
    uint8_t q[6];
    char why[96];
    OK(task.ops->parse(&task, "11....", 6, false, q));
    assert_false(task.ops->hopeless(&task, q, why, sizeof why)); /* the third may still be 1 */
    OK(task.ops->parse(&task, "110...", 6, false, q));
    assert_true(task.ops->hopeless(&task, q, why, sizeof why));
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=01abAB", "answers=01", "given=none",
            "rules=odd count of 1 in r1c2 r1c3 where r1c1 holds AB,"
            "even count of 1 in r1c1 where r1c3 holds b");
    judged(&task, "Aab", "010", HR_UNBROKEN, "");
    judged(&task, "Bab", "011", HR_WRONG, "holds 1 2 times, not an odd number");
    judged(&task, "aab", "011", HR_UNBROKEN, "");
    judged(&task, "bab", "001", HR_WRONG, "holds 1 1 times, not an even number");
    judged(&task, "aab", "111", HR_WRONG, "holds 1 1 times, not an even number");
    judged(&task, "aaB", "111", HR_UNBROKEN, "");
    hr_task_free(&task);
}

static void rules_of_signs(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=3 x 3", "alphabet= <>^v12", "answers=12", "blank=.",
            "rules=different in rows,different in columns,signs <>^v");
    judged(&task, ".<.^ v. .", "1<2^ v2 1", HR_UNBROKEN, "");
    judged(&task, ".<.^ v. .", "2<1^ v1 2", HR_WRONG, "row 1, column 2: 2 < 1 does not hold");
    judged(&task, "...^  ...", "2 1^  1 2", HR_WRONG, "row 1, column 2 holds  , which");
    judged(&task, ". .^  . .", "2 1^  1 2", HR_WRONG, "row 2, column 1: 2 ^ 1 does not hold");
    judged(&task, ". .  ^. .", "2 1  ^1 2", HR_UNBROKEN, "");
    judged(&task, ". .  v. .", "2 1  v1 2", HR_WRONG, "1 v 2 does not hold");
    judged(&task, ".>.   . .", "1>2   2 1", HR_WRONG, "1 > 2 does not hold");
    judged(&task, ".>.   . .", "1<2   2 1", HR_WRONG, "the given > became <");
    judged(&task, ". .   . .", "1 1   2 2", HR_WRONG, "row 1 holds 1 twice");
    hr_task_free(&task);
    /* a sign that may fill a cell would make every comparison a guess */
    const char *const loose[] = {"shape=3", "alphabet=12<>^v", "rules=signs <>^v", NULL};
    assert_int_equal(declare(loose, NULL, &task), HR_ERR_FORMAT);
}

static void rules_of_sequences(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=6", "alphabet=0123456789", "sizes=varying",
            "rules=same symbols as question,increasing in rows");
    assert_int_equal(task.symbols, 0);
    judged(&task, "312", "123", HR_UNBROKEN, "");
    judged(&task, "3312", "1233", HR_UNBROKEN, "");
    judged(&task, "312", "132", HR_WRONG, "row 1: 2 comes after 3");
    judged(&task, "312", "122", HR_WRONG, "holds 2 1 times more often");
    judged(&task, "312", "12", HR_WRONG, "holds 3 1 times less often");
    judged(&task, "312", "12_3", HR_WRONG, "goes on after its end");
    uint8_t tokens[6];
    OK(hr_task_parse(&task, "3\n1\n2\n", 6, false, tokens));
    assert_int_equal(hr_task_parse(&task, "31\n2", 4, false, tokens), HR_ERR_TASK); /* not 312 */
    assert_string_equal(hr_error_text(), "row 2 has 1 cell, row 1 has 2; this task has one row");
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=abc", "rules=strictly increasing in rows");
    judged(&task, "aaa", "abc", HR_UNBROKEN, "");
    judged(&task, "aaa", "abb", HR_WRONG, "row 1: b comes after b");
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=abc");
    judged(&task, "aaa", "abc", HR_UNKNOWN, "no rules");
    hr_task_free(&task);
}

static void rules_of_paths(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=4 x 4", "alphabet=# SGo", "blank= ", "separator=/",
            "rules=shortest path of o from S to G");
    static const char maze[] = "S  G/ ## /    /    ";
    judged(&task, maze, "SooG/ ## /    /    ", HR_UNBROKEN, "");
    judged(&task, maze, "S oG/ ## /    /    ", HR_WRONG, "breaks off at row 1, column 1");
    judged(&task, maze, "S  G/o##o/oooo/    ", HR_WRONG, "takes 7 steps, the shortest 3");
    judged(&task, maze, "SooG/ ## /o   /    ", HR_WRONG, "lie apart");
    judged(&task, maze, "SooG/o## /    /    ", HR_WRONG, "forks at row 1, column 1");
    judged(&task, maze, "SooG/o#o /    /    ", HR_WRONG, "the given # became o");
    hr_task_free(&task);
    DECLARE(&task, "shape=4 x 4", "alphabet=# SGo", "blank= ", "separator=/",
            "rules=path of o from S to G");
    judged(&task, maze, "S  G/o##o/oooo/    ", HR_UNBROKEN, ""); /* any path will do */
    hr_task_free(&task);
}

/* Short texts come back as they were; what does not fit is refused in words. */
static void texts_of_varying_size(void **state) {
    (void)state;
    hr_task task;
    uint8_t tokens[12];
    char out[13]; /* never longer than the cells */
    static const char *const good[] = {"ab/c", "abcdabcdabcd", "a", "a//b"};
    DECLARE(&task, "shape=3 x 4", "alphabet=abcd", "sizes=varying", "separator=/");
    for (int i = 0; i < 4; i++) {
        OK(task.ops->parse(&task, good[i], strlen(good[i]), i % 2, tokens));
        task.ops->format(&task, tokens, out);
        assert_string_equal(out, good[i]);
    }
    static const char *const bad[] = {"", "abcda/a", "a/b/c/d", "ax"};
    static const char *const words[] = {"empty", "row 1 has more than 4", "begins row 4", "'x'"};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(task.ops->parse(&task, bad[i], strlen(bad[i]), false, tokens),
                         HR_ERR_TASK);
        if (!strstr(hr_error_text(), words[i])) fail_msg("%s: %s", bad[i], hr_error_text());
    }
    memset(tokens, 0, sizeof tokens); /* whatever a model says can be written and read back */
    task.ops->format(&task, tokens, out);
    OK(task.ops->parse(&task, out, strlen(out), false, tokens));
    hr_task_free(&task);
}

/* Data without any key: every character is a symbol, short texts are padded. */
static void data_fill_in_what_is_missing(void **state) {
    (void)state;
    hr_task task, again;
    hr_task_survey s = {.varying = true, .plain = true};
    OK(hr_task_survey_add(&s, "12+3", 4, "15", 2));
    OK(hr_task_survey_add(&s, "9+9", 3, "18", 2));
    OK(declare((const char *const[]){"sizes=varying", NULL}, &s, &task));
    assert_int_equal(task.cols, 4);
    assert_string_equal(task.alphabet + 1, "+123589_");
    char *json = hr_task_to_json(&task);
    OK(hr_task_from_json(json, &again));
    assert_true(same_task(&task, &again));
    assert_int_equal(again.vocab, task.vocab);
    hr_free(json);
    hr_task_free(&task);
    hr_task_free(&again);
    s = (hr_task_survey){.varying = true, .plain = true};
    OK(hr_task_survey_add(&s, "1..2", 4, "1212", 4));
    OK(declare((const char *const[]){"blank=.", "symmetries=symbols", NULL}, &s, &task));
    assert_int_equal(task.rows, 2);
    assert_string_equal(task.alphabet + 1, ".12");
    hr_task_free(&task);
}

static void copies_share_one_declaration(void **state) {
    (void)state;
    hr_task task, copy;
    DECLARE(&task, "shape=3", "alphabet=abc", "rules=different in rows");
    copy = hr_task_copy(&task);
    assert_true(same_task(&task, &copy));
    hr_task_free(&task);
    judged(&copy, "aaa", "abc", HR_UNBROKEN, ""); /* outlives the first owner */
    hr_task_free(&copy);
}

/* Every drawn symmetry of a solved puzzle must be one again, many must be drawn, and the maps that
 * the lattice regime looks through must say the same as the rows that training gets. */
static void keeps_rules(const hr_task *task, const char *question, const char *answer,
                        size_t kinds) {
    uint8_t q[81], a[81], q2[81], a2[81], token[256];
    uint32_t cell[81];
    char why[96], first[400][82];
    size_t seen = 0;
    OK(task->ops->parse(task, question, strlen(question), false, q));
    OK(task->ops->parse(task, answer, strlen(answer), true, a));
    for (uint64_t i = 0; i < 3000; i++) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(7, "symmetry"), i);
        task->ops->augment(task, rng, q, a, q2, a2);
        if (task->ops->check(task, q2, a2, why, sizeof why) != HR_UNBROKEN) fail_msg("%s", why);
        task->ops->symmetry(task, rng, cell, token);
        for (int c = 0; c < task->seq; c++) {
            assert_int_equal(a2[c], token[a[cell[c]]]);
            assert_int_equal(q2[c], token[q[cell[c]]]);
        }
        char text[82];
        task->ops->format(task, a2, text);
        size_t k = 0;
        while (k < seen && strcmp(first[k], text)) k++;
        if (k == seen) snprintf(first[seen++], 82, "%s", text);
    }
    assert_int_equal(seen, kinds);
}

static void symmetries_keep_the_rules(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=5 x 5", "alphabet= <>^v123", "answers=123", "blank=.",
            "symmetries=dihedral,reverse", "mirror=<>", "flip=^v", "transpose=<^ >v",
            "reverse=<> ^v", "rules=different in rows,different in columns,signs <>^v");
    keeps_rules(&task, ".<. .^    . . .     . . 1", "1<2 3^    3 1 2     2 3 1", 16);
    hr_task_free(&task);
    DECLARE(&task, "shape=4 x 4", "alphabet=1234", "blank=.",
            "symmetries=symbols,bands 2,stacks 2,transpose",
            "rules=different in rows,different in columns,different in boxes 2 x 2");
    keeps_rules(&task, "1...............", "1234341221434321", 96);
    assert_int_equal(task.alike, 4);
    hr_task_free(&task);
    /* the lines of the Fano plane all meet: 21 of its 168 maps take i to 1, 2, 4 times i, plus n */
    DECLARE(&task, "shape=7", "alphabet=01", "given=none",
            "symmetries=cells in order 2-7 1,cells in order 1 3 5 7 2 4 6",
            "rules=count of 1 in r1c1 r1c2 r1c4 >= 1,count of 1 in r1c2 r1c3 r1c5 >= 1,"
            "count of 1 in r1c3 r1c4 r1c6 >= 1,count of 1 in r1c4 r1c5 r1c7 >= 1,"
            "count of 1 in r1c5 r1c6 r1c1 >= 1,count of 1 in r1c6 r1c7 r1c2 >= 1,"
            "count of 1 in r1c7 r1c1 r1c3 >= 1");
    keeps_rules(&task, "1111000", "1111000", 21);
    hr_task_free(&task);
    DECLARE(&task, "shape=2 x 2", "alphabet=abcd", "given=none",
            "symmetries=cells in order 2 4 1 3, mirror,rows", "rules=different in r1c1 r2c2");
    keeps_rules(&task, "abcd", "abcd", 8);
    hr_task_free(&task);
}

/* What cells in order says is what a puzzle looks like after one time; no other cell moves. */
static void orders_of_cells(void **state) {
    (void)state;
    static const char *const image[] = {"abcdef", "bcadef", "cabdef"};
    hr_task task;
    uint8_t in[6], out[6], answer[6];
    char text[7];
    int seen[3] = {0, 0, 0};
    DECLARE(&task, "shape=6", "alphabet=abcdef", "symmetries=cells in order 2-3 1 4-6");
    OK(task.ops->parse(&task, image[0], 6, false, in));
    for (uint64_t i = 0; i < 300; i++) {
        task.ops->augment(&task, hr_rng_sub(hr_rng_stream(1, "order"), i), in, in, out, answer);
        task.ops->format(&task, out, text);
        int k = 0;
        while (k < 3 && strcmp(text, image[k])) k++;
        assert_in_range(k, 0, 2);
        seen[k]++;
    }
    for (int k = 0; k < 3; k++) assert_in_range(seen[k], 70, 130);
    hr_task_free(&task);
}

/* What a model may learn of all symbols at once: those that the task says are alike, where they are
 * the last tokens. */
static void symbols_that_are_alike(void **state) {
    (void)state;
    hr_task task;
    DECLARE(&task, "shape=5 x 5", "alphabet= <>^v123", "answers=123", "blank=.",
            "symmetries=symbols");
    assert_int_equal(task.alike, 3);
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=123-", "answers=123", "symmetries=symbols");
    assert_int_equal(task.alike, 0);
    hr_task_free(&task);
    DECLARE(&task, "shape=3", "alphabet=123", "rules=increasing in rows");
    assert_int_equal(task.alike, 0);
    hr_task_free(&task);
    OK(hr_task_sudoku(2, 3, &task));
    assert_int_equal(task.alike, 6);
    OK(hr_task_arc(10, &task));
    assert_int_equal(task.alike, 9);
    OK(hr_task_maze(9, &task));
    assert_int_equal(task.alike, 0);
}

/* A reader that cannot tell 1 from 2 may say so, and is held to it: the search begins with both,
 * the answer is one of them, and the letter says nothing that the rules could contradict. */
static void letters_for_several_symbols(void **state) {
    (void)state;
    static const char *const keys[] = {
        "shape=4 x 4",
        "alphabet=1234",
        "blank=.",
        "candidates=a = 12,b = 13,c = 14,d = 23,e = 24,f = 34",
        "symmetries=symbols,bands 2,stacks 2,transpose",
        "rules=different in rows,different in columns,different in boxes 2 x 2",
        NULL};
    static const char question[] = "1a...f....e.....", answer[] = "1234341221434321";
    hr_task task, same;
    uint8_t q[16], a[16], q2[16], a2[16];
    OK(declare(keys, NULL, &task));
    assert_int_equal(task.vocab, 12);
    assert_int_equal(task.symbols, 4);
    assert_int_equal(task.alike, 4);
    judged(&task, question, answer, HR_UNBROKEN, "");
    judged(&task, "1f..............", answer, HR_WRONG, "the given f stands for one of 34, not 2");
    is_hopeless(&task, "1a1.............", "row 1 holds 1 twice");
    is_hopeless(&task, "1aaaaaaaaaaaaaaa", NULL);
    assert_int_equal(task.ops->parse(&task, "a234341221434321", 16, true, a), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "one of \"1234\""));
    OK(task.ops->parse(&task, question, 16, false, q));
    OK(task.ops->parse(&task, answer, 16, true, a));
    assert_int_equal(task.ops->candidates(&task, q[0]), 1);
    assert_int_equal(task.ops->candidates(&task, q[1]), 3);
    assert_int_equal(task.ops->candidates(&task, q[2]), 15);
    assert_int_equal(hr_task_givens(&task, q), 1);
    for (uint64_t i = 0; i < 200; i++) { /* in every view the letters are still right */
        char why[96];
        task.ops->augment(&task, hr_rng_sub(hr_rng_stream(3, "sets"), i), q, a, q2, a2);
        if (task.ops->check(&task, q2, a2, why, sizeof why) != HR_UNBROKEN) fail_msg("%s", why);
    }
    char *json = hr_task_to_json(&task);
    OK(hr_task_from_json(json, &same));
    assert_true(same_task(&task, &same));
    hr_free(json);
    hr_task_free(&same);
    hr_task_free(&task);
}

/* A file of keys is outside bytes: each of these is refused, and says which key is wrong. */
typedef struct bad_keys {
    const char *pairs[6], *words;
} bad_keys;

static void refuses_all(const bad_keys *bad, size_t count) {
    hr_task task;
    for (size_t i = 0; i < count; i++) {
        hr_status status = declare(bad[i].pairs, NULL, &task);
        if (status != HR_ERR_FORMAT) fail_msg("%s...: passed", bad[i].words);
        if (!strstr(hr_error_text(), bad[i].words))
            fail_msg("\"%s\" instead of \"%s\"", hr_error_text(), bad[i].words);
        assert_null(task.declared);
    }
}

static void nonsense_is_refused(void **state) {
    (void)state;
    static const bad_keys bad[] = {
        {{"shape=3", "alphabet=abc", "aplhabet=x"}, "line 3: the key \"aplhabet\""},
        {{"shape=0 x 3", "alphabet=abc"}, "line 1, shape"},
        {{"shape=2000000", "alphabet=abc"}, "line 1, shape"},
        {{"shape=3 by 3", "alphabet=abc"}, "is not a shape"},
        {{"shape=3 x", "alphabet=abc"}, "is not a shape"},
        {{"shape=3 x 3 x 3", "alphabet=abc"}, "is not a shape"},
        {{"shape=-3 x 3", "alphabet=abc"}, "is not a shape"},
        {{"shape=99999999", "alphabet=abc"}, "is not a shape"},
        {{"alphabet=abc"}, "the key shape is missing"},
        {{"shape=3"}, "the key alphabet is missing"},
        {{"shape=3", "alphabet=aba"}, "holds 'a' twice"},
        {{"shape=3", "alphabet=a\xc3\xa9"}, "beyond ASCII"},
        {{"shape=3", "alphabet=abc", "blank=.."}, "one character"},
        {{"shape=3", "alphabet=abc", "answers=ad"}, "'d' is not in the alphabet"},
        {{"shape=3", "alphabet=abc", "rules_complete=true"}, "there are no rules"},
        {{"shape=3", "alphabet=ab", "rules=r1c1 < r1c2", "rules_complete=yes"}, "true nor false"},
        {{"shape=3", "alphabet=abc", "given=xyz"}, "line 3, given"},
        {{"shape=3", "alphabet=abc", "sizes=some"}, "neither fixed nor varying"},
        {{"shape=3", "alphabet=abc", "pad=_"}, "needs sizes: varying"},
        {{"shape=3", "alphabet=abc", "sizes=varying", "pad=a"}, "another meaning"},
        {{"shape=3", "alphabet=abc", "separator=a"}, "symbol already"},
        {{"shape=3", "alphabet=abc", "symmetries=turn"}, "\"turn\" is not one of"},
        {{"shape=3", "alphabet=abc", "symmetries=transpose"}, "only a square"},
        {{"shape=4 x 4", "alphabet=abc", "symmetries=bands 3"}, "divides the 4 lines"},
        {{"shape=4", "alphabet=abc", "sizes=varying", "symmetries=columns"}, "cannot move"},
        {{"shape=4", "alphabet=abc", "blank=.", "symmetries=question order"}, "no blank"},
        {{"shape=1 x 300", "alphabet=abc", "symmetries=columns"}, "more than 256 lines"},
        {{"shape=3", "alphabet=<>", "mirror=<"}, "pairs of symbols"},
        {{"shape=3", "alphabet=<>", "mirror=<>><"}, "occurs twice"},
        {{"shape=2 x 2", "alphabet=ab", "regions=AAB"}, "has 3 letters, but the grid 4"},
        {{"shape=2 x 2", "alphabet=ab", "rules=different in regions"}, "no key regions"},
        {{"shape=2 x 2", "alphabet=ab", "rules=different in r3c1"}, "not \"r3c1\""},
        {{"shape=2 x 2", "alphabet=ab", "rules=different in"}, "names no cells"},
        {{"shape=2 x 2", "alphabet=ab", "rules=different in r1c1 r1c2 r01c1"},
         "name it once in the group, not twice, the cell \"r01c1\""},
        {{"shape=2 x 2", "alphabet=ab", "rules=different in boxes 3 x 1"}, "boxes need a size"},
        {{"shape=2 x 3", "alphabet=ab", "rules=different in diagonals"}, "only a square"},
        {{"shape=2 x 2", "alphabet=ab", "rules=sum of rows 15"}, "a sum reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=sum of rows = 9999999999"}, "a sum reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=r1c1 < r9c1"}, "not in the grid"},
        {{"shape=2 x 2", "alphabet=ab", "rules=signs <>^"}, "four symbols"},
        {{"shape=2 x 2", "alphabet=ab", "rules=path of o to G"}, "a path reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=path of x from a to b"}, "no symbol 'x'"},
        {{"shape=2 x 2", "alphabet=ab", "rules=no 1 alike in rows"}, "no 3 alike in GROUP"},
        {{"shape=2 x 2", "alphabet=ab", "rules=count of c in rows = 1"}, "no symbol 'c'"},
        {{"shape=2 x 2", "alphabet=ab", "rules=count of a in rows ~ 1"}, "a count reads"},
        {{"shape=2", "alphabet=ab", "rules=rows differ from each other"}, "no other to differ"},
        {{"shape=2 x 2", "alphabet=ab", "rules=be nice"}, "a rule is one of"},
    };
    refuses_all(bad, sizeof bad / sizeof *bad);
}

static void nonsense_letters_are_refused(void **state) {
    (void)state;
    static const bad_keys bad[] = {
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a 12"}, "reads: a = 17"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates== = 12"}, "reads: a = 17"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a"}, "reads: a = 17"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a = 1"}, "two symbols at least"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a = 14"}, "cannot stand for '4'"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a = 1a"}, "cannot stand for 'a'"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=a = 12,a = 13"}, "another meaning"},
        {{"shape=2", "alphabet=123", "blank=.", "candidates=. = 12"}, "another meaning"},
        {{"shape=2", "alphabet=12a", "blank=.", "candidates=a = 12"}, "holds 'a', which stands"},
        {{"shape=2", "alphabet=123", "candidates=a = 12"}, "needs a blank"},
        {{"shape=2", "alphabet=123", "blank=.", "sizes=varying", "candidates=a = 12"},
         "puzzles of one size"},
        {{"shape=2", "alphabet=123", "blank=.", "symmetries=symbols", "candidates=a = 12"},
         "what 'a' becomes"},
        {{"shape=2", "alphabet=1234", "blank=.", "mirror=14", "candidates=a = 12"},
         "what 'a' becomes"},
        {{"shape=2", "alphabet=123", "blank=.", "mirror=1a", "candidates=a = 12"},
         "'a' is not in the alphabet"},
        {{"shape=2", "alphabet=ABCDEFGHIJKLMNOPQRSTUVWXYZ12345", "blank=.", "candidates=a = 12"},
         "at most 30 symbols"},
    };
    refuses_all(bad, sizeof bad / sizeof *bad);
}

static void nonsense_parities_are_refused(void **state) {
    (void)state;
    static const bad_keys bad[] = {
        {{"shape=2 x 2", "alphabet=ab", "rules=odd count of"}, "a parity reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=odd count of a rows"}, "a parity reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=odd count of a in rows where"}, "such as r1c1"},
        {{"shape=2 x 2", "alphabet=ab", "rules=odd count of a in rows where r9c1 holds a"},
         "a parity reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=even count of a in rows where r1c1 has a"},
         "a parity reads"},
        {{"shape=2 x 2", "alphabet=ab", "rules=even count of a in rows where r1c1 holds ac"},
         "no symbol 'c'"},
        {{"shape=2 x 2", "alphabet=ab", "rules=even count of c in rows"}, "no symbol 'c'"},
    };
    refuses_all(bad, sizeof bad / sizeof *bad);
}

static void nonsense_orders_are_refused(void **state) {
    (void)state;
    static const bad_keys bad[] = {
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 2-4 1"}, "here 3, and not as at"},
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 0 1 2"}, "here 3, and not as at"},
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 3-1"}, "here 3, and not as at"},
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 1 2 x"}, "as at \"x\""},
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 1-2 2"}, "names cell 2 twice"},
        {{"shape=3", "alphabet=abc", "symmetries=cells in order 2 1"}, "2 cells, but there are 3"},
        {{"shape=2", "alphabet=ab", "sizes=varying", "symmetries=cells in order 2 1"},
         "cannot move"},
        {{"shape=129", "alphabet=ab",
          "symmetries=cells in order 2 1 4-5 3 7-10 6 12-17 11 19-28 18 30-41 29 43-58 42 60-77 59 "
          "79-100 78 102-129 101"},
         "more than 4294967295 times"},
        {{"shape=2", "alphabet=ab",
          "symmetries=cells in order 2 1,cells in order 2 1,cells in order 2 1,cells in order 2 1,"
          "cells in order 2 1,cells in order 2 1,cells in order 2 1,cells in order 2 1,"
          "cells in order 2 1"},
         "at most 8"},
    };
    refuses_all(bad, sizeof bad / sizeof *bad);
}

/* Memory may end at any allocation: nothing is lost, nothing is used. */
static void memory_may_end(void **state) {
    (void)state;
    const char *const keys[] = {"shape=3 x 3",
                                "alphabet=123",
                                "blank=.",
                                "regions=AABABBCCC",
                                "candidates=a = 12",
                                "rules=different in rows,different in regions",
                                "symmetries=cells in order 2-9 1",
                                NULL};
    hr_task task;
    hr_status status = HR_ERR_MEM;
    for (uint64_t n = 1; n < 200 && status; n++) {
        hr_alloc_fail_after(n);
        status = declare(keys, NULL, &task);
        hr_alloc_fail_after(0);
        if (status) assert_int_equal(status, HR_ERR_MEM);
    }
    OK(status);
    hr_task_free(&task);
}

static void drawings_show_regions(void **state) {
    (void)state;
    hr_task task;
    uint8_t q[6], a[6];
    DECLARE(&task, "shape=2 x 3", "alphabet=123", "blank=.", "regions=AAB ABB");
    OK(task.ops->parse(&task, "1.....", 6, false, q));
    OK(task.ops->parse(&task, "123312", 6, true, a));
    char *text = hr_task_draw(&task, q, a, HR_DRAW_PLAIN);
    assert_string_equal(text, "1 2|3\n  -  \n3|1 2\n");
    hr_free(text);
    text = hr_task_draw(&task, q, a, HR_DRAW_COLOUR);
    assert_non_null(strstr(text, "1 \033[1;32m2\033[0m|"));
    hr_free(text);
    text = hr_task_draw(&task, q, a, HR_DRAW_MARKED);
    assert_string_equal(text, "1 2|3  .**\n  -  \n3|1 2  ***\n");
    hr_free(text);
    hr_task_free(&task);
}

HR_TEST_MAIN(cmocka_unit_test(symbols_that_are_alike), cmocka_unit_test(rules_of_groups),
             cmocka_unit_test(givens_that_break_rules), cmocka_unit_test(some_rules_prove_nothing),
             cmocka_unit_test(rules_of_runs_and_counts), cmocka_unit_test(rules_of_signs),
             cmocka_unit_test(rules_of_sequences), cmocka_unit_test(rules_of_paths),
             cmocka_unit_test(texts_of_varying_size),
             cmocka_unit_test(data_fill_in_what_is_missing),
             cmocka_unit_test(copies_share_one_declaration),
             cmocka_unit_test(symmetries_keep_the_rules), cmocka_unit_test(orders_of_cells),
             cmocka_unit_test(letters_for_several_symbols),
             cmocka_unit_test(nonsense_letters_are_refused), cmocka_unit_test(rules_of_parity),
             cmocka_unit_test(nonsense_is_refused), cmocka_unit_test(nonsense_parities_are_refused),
             cmocka_unit_test(nonsense_orders_are_refused), cmocka_unit_test(memory_may_end),
             cmocka_unit_test(drawings_show_regions))
