/* test_task.c - grids over any alphabet, telling a task from its data, tasks as JSON, drawings. */
#include "test.h"
#include "same_task.h"

#include "base/mem.h"
#include "task/arc.h"
#include "task/task.h"
#include "task/task_json.h"
#include "task/draw.h"
#include "task/family.h"
#include "task/maze.h"
#include "task/lines.h"
#include "task/survey.h"
#include "task/sudoku.h"
#include "task/grid.h"

static void grids_keep_any_character(void **state) {
    (void)state;
    static const char alphabet[] = "a ,\"\xe9", text[] = "\xe9 \",a ";
    hr_task task;
    uint8_t tokens[6];
    char out[7];
    OK(hr_task_grid(2, 3, alphabet, 5, &task));
    assert_int_equal(task.vocab, 6); /* 0 is padding */
    OK(task.ops->parse(&task, text, 6, false, tokens));
    assert_int_equal(tokens[0], 5);
    assert_int_equal(tokens[4], 1);
    task.ops->format(&task, tokens, out);
    assert_string_equal(out, text);
    assert_int_equal(task.ops->parse(&task, "xaaaaa", 6, false, tokens), HR_ERR_TASK);
    assert_int_equal(task.ops->parse(&task, "aaaaa", 5, false, tokens), HR_ERR_TASK);
    memset(tokens, 0, sizeof tokens);
    task.ops->format(&task, tokens, out); /* padding prints as something */
    assert_int_equal(strlen(out), 6);
    assert_int_equal(task.ops->check(&task, tokens, tokens, NULL, 0), HR_INCOMPLETE);
}

static hr_status survey(const char *const pairs[][2], size_t count, hr_task *out) {
    hr_task_survey s = {0};
    for (size_t i = 0; i < count; i++) {
        const char *answer = pairs[i][1]; /* NULL: not known */
        hr_status status = hr_task_survey_add(&s, pairs[i][0], strlen(pairs[i][0]), answer,
                                              answer ? strlen(answer) : 0);
        if (status) return status;
    }
    return hr_task_survey_end(&s, out);
}

static void data_tell_their_task(void **state) {
    (void)state;
    hr_task task;
    OK(survey((const char *const[][2]){{"1...............", "1234341221434321"}}, 1, &task));
    assert_string_equal(task.ops->name, "sudoku");
    /* one digit wrong: not Sudoku, but a grid over its characters */
    OK(survey((const char *const[][2]){{"1...............", "1234341221434322"}}, 1, &task));
    assert_string_equal(task.ops->name, "grid");
    assert_int_equal(task.rows, 4);
    OK(survey((const char *const[][2]){{"S# G", "S#oG"}}, 1, &task));
    assert_string_equal(task.alphabet + 1, "# SGo"); /* the published order */
    OK(survey((const char *const[][2]){{"312", "123"}, {"231", "123"}}, 2, &task));
    assert_int_equal(task.rows, 1); /* a sequence */
    assert_int_equal(task.cols, 3);
    /* a 1 x 2 and a 2 x 1 grid of colours, each with its end markers */
    OK(survey((const char *const[][2]){{"12|||____", "1|_2|_|__"}}, 1, &task));
    assert_string_equal(task.ops->name, "arc");
    assert_int_equal(task.rows, 3);
    /* the same digits without them, or beside another character: anyone's grid */
    OK(survey((const char *const[][2]){{"12_______", "1|_2|_|__"}}, 1, &task));
    assert_string_equal(task.ops->name, "grid");
    OK(survey((const char *const[][2]){{"12|||____", "1|_2|_|_3"}}, 1, &task));
    assert_string_equal(task.ops->name, "grid");
    assert_int_equal(survey((const char *const[][2]){{"12", "123"}}, 1, &task), HR_ERR_TASK);
    assert_int_equal(survey((const char *const[][2]){{"12", "12"}, {"123", "123"}}, 2, &task),
                     HR_ERR_TASK);
    assert_int_equal(survey((const char *const[][2]){{"", ""}}, 1, &task), HR_ERR_TASK);
    assert_int_equal(survey(NULL, 0, &task), HR_ERR_TASK);
}

/* Letters beyond ASCII were counted as bytes: rows of four were said to have more, of what was not.
 */
static void letters_are_counted(void **state) {
    (void)state;
    static const char *const walls = "S\xe2\x96\x88 G", *const way = "S\xe2\x96\x88oG";
    hr_task task;
    uint8_t tokens[16];
    assert_int_equal(hr_task_letters(walls, strlen(walls)), 4);
    assert_int_equal(hr_task_letters("\xe9\xff", 2), 2); /* Latin-1 */
    assert_int_equal(survey((const char *const[][2]){{"S# G", "S#oG"}, {walls, way}}, 2, &task),
                     HR_ERR_TASK);
    assert_string_equal(hr_error_text(),
                        "the question has 4 characters, some of them beyond ASCII; a symbol is one "
                        "byte (ASCII), so write other letters for them");
    assert_int_equal(survey((const char *const[][2]){{walls, "S#oG"}}, 1, &task), HR_ERR_TASK);
    assert_non_null(
        strstr(hr_error_text(), "the question has 4 characters and its answer 4, some"));
    OK(hr_task_sudoku(2, 2, &task));
    OK(hr_task_plain(&task, &task));
    assert_int_equal(hr_task_parse(&task, walls, strlen(walls), false, tokens), HR_ERR_TASK);
    assert_non_null(
        strstr(hr_error_text(), "4 characters, some of them beyond ASCII; this task has"));
}

/* Where all have equally many bytes a letter of three was taken for three symbols. */
static void letters_are_no_bytes(void **state) {
    (void)state;
    static const struct {
        const char *text;
        hr_status status;
    } tried[] = {{"\xe2\x96\x88\xe2\x96\x91", HR_ERR_TASK},
                 {"\xe9\xe2\x96\x88xy", HR_OK}, /* bytes, some of which look like a letter */
                 {"abcdef", HR_OK}};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++) {
        hr_task_survey survey = {.line = 7};
        size_t size = strlen(tried[i].text);
        OK(hr_task_survey_add(&survey, tried[i].text, size, tried[i].text, size));
        assert_int_equal(hr_task_survey_letters(&survey), tried[i].status);
        if (tried[i].status)
            assert_string_equal(hr_error_text(),
                                "line 7 holds \"\xe2\x96\x88\", a letter of 3 bytes; a symbol is "
                                "one byte (ASCII), so write another one for it");
    }
}

/* Puzzles without any answer were taken for Sudoku, of whatever size, and refused by that. */
static void questions_alone_tell_their_task(void **state) {
    (void)state;
    hr_task task;
    const char *question =
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
    OK(survey((const char *const[][2]){{"S# G", NULL}, {"SG##", NULL}}, 2, &task));
    assert_string_equal(task.ops->name, "maze");
    OK(survey((const char *const[][2]){{question, NULL}}, 1, &task));
    assert_string_equal(task.ops->name, "sudoku");
    OK(survey((const char *const[][2]){{"12|||____", NULL}}, 1, &task));
    assert_string_equal(task.ops->name, "arc");
    OK(survey((const char *const[][2]){{"abca", NULL}, {"abcb", NULL}}, 2, &task));
    assert_string_equal(task.ops->name, "grid");
    assert_string_equal(task.alphabet + 1, "abc");
    OK(survey((const char *const[][2]){{"SG# ", "SG# "}, {"S#S ", NULL}}, 2, &task));
    assert_string_equal(task.ops->name, "grid"); /* a maze has one S */
}

/* A Sudoku table whose answers are all wrong was taken for plain grids, and every command was
 * content with it. Few givens, or givens that break the rules themselves, prove nothing. */
static void questions_tell_a_family(void **state) {
    (void)state;
    hr_task task;
    const char *question =
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
    const char *wrong =
        "534678912672195348198342567859761423426853791713924856961537284287419635345286197";
    hr_task_survey check = {.most = true};
    assert_int_equal(survey((const char *const[][2]){{question, wrong}}, 1, &task), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "looks like sudoku, by its questions, but 1 of 1"));
    OK(hr_task_survey_add(&check, question, 81, wrong, 81));
    OK(hr_task_survey_end(&check, &task));
    assert_string_equal(task.ops->name, "sudoku");
    check = (hr_task_survey){.family = task.ops};
    OK(hr_task_survey_add(&check, question, 81, wrong, 81));
    assert_int_equal(hr_task_survey_end(&check, &task), HR_ERR_TASK);
    assert_non_null(
        strstr(hr_error_text(), "line 1 is no sudoku (row 9, column 8: the given 7 became 9)"));
    char few[82], clash[82];
    for (int i = 0; i < 81; i++) few[i] = i < 9 ? question[i] : '.';
    for (int i = 0; i < 81; i++) clash[i] = question[i] == '9' ? '8' : question[i];
    few[81] = clash[81] = 0;
    OK(survey((const char *const[][2]){{few, wrong}}, 1, &task));
    assert_string_equal(task.ops->name, "grid");
    OK(survey((const char *const[][2]){{clash, wrong}}, 1, &task));
    assert_string_equal(task.ops->name, "grid");
}

/* Answers of which some cells are not known made a table a plain grid, whose models learned '.'.
 * One such answer proves little; a grid that holds a digit twice in a box is of another puzzle. */
static void unknown_cells_hide_no_family(void **state) {
    (void)state;
    hr_task task;
    const char *const partly[][2] = {{"1...............", ".23434.2.143.3.1"},
                                     {"1...........2...", ".23434.2.143.3.1"},
                                     {"1.......2.......", "1.34.4122.4343.1"},
                                     {"12........43.3..", "12........43.3.."}},
                      *const latin[][2] = {{"1...............", ".23423.1.412.1.3"},
                                           {"1..........2....", ".23423.1.412.1.3"},
                                           {"1...2...........", ".23423.1.412.1.3"}};
    OK(survey(partly, 4, &task));
    assert_string_equal(task.ops->name, "sudoku");
    OK(survey(partly, 1, &task));
    assert_string_equal(task.ops->name, "grid");
    const char *copies[12][2];
    for (int i = 0; i < 12; i++) copies[i][0] = copies[i][1] = "1.2..3..2..1..3.";
    OK(survey(copies, 12, &task));
    assert_string_equal(task.ops->name, "sudoku");
    for (int i = 0; i < 12; i++) copies[i][0] = copies[i][1] = "1020030020010030";
    OK(survey(copies, 12, &task));
    assert_string_equal(task.ops->name, "sudoku");
    OK(survey(latin, 3, &task));
    assert_string_equal(task.ops->name, "grid");
}

/* A label that nobody knows, written as what is a symbol in those letters, became one. */
static void unknown_labels_are_no_symbol(void **state) {
    (void)state;
    static const char q[] = "_A______________", a[] = "BA_C.BA__CBAA__B";
    hr_task sudoku, maze, grid;
    uint8_t tokens[16];
    OK(hr_task_sudoku(2, 2, &sudoku));
    assert_int_equal(hr_task_unknown(&sudoku), '.');
    OK(hr_task_set_letters(&sudoku, "_ABCD", 5));
    assert_int_equal(hr_task_unknown(&sudoku), '_');
    OK(hr_task_parse_partial(&sudoku, q, a, (const size_t[]){16, 16}, tokens));
    for (int t = 0; t < 16; t++)
        assert_int_equal(tokens[t], strchr("_.", a[t]) ? 0 : a[t] - 'A' + 2);
    assert_int_equal(
        hr_task_parse_partial(&sudoku, q, "BA_C.BA__CBAA__Q", (const size_t[]){16, 16}, tokens),
        HR_ERR_TASK);
    OK(hr_task_set_letters(&sudoku, "_.BCD", 5)); /* a '.' is a digit */
    OK(hr_task_parse_partial(&sudoku, "________________", "B._C.B.__CB..__B",
                             (const size_t[]){16, 16}, tokens));
    assert_int_equal(tokens[1], 2);
    assert_int_equal(tokens[2], 0);
    OK(survey((const char *const[][2]){{"S# G", "S#oG"}}, 1, &maze));
    assert_int_equal(hr_task_unknown(&maze), '.');
    OK(hr_task_set_letters(&maze, "X.AB*", 5));
    assert_int_equal(hr_task_unknown(&maze), 0);
    OK(hr_task_grid(1, 2, "a?", 2, &grid));
    assert_int_equal(hr_task_unknown(&grid), '.');
    assert_int_equal(hr_task_mark(&sudoku), '?');
    assert_true(!strchr("a?", hr_task_mark(&grid)));
}

static void tasks_read_back_from_json(void **state) {
    (void)state;
    hr_task in[5], out;
    OK(hr_task_sudoku(3, 3, &in[0]));
    OK(hr_task_sudoku(2, 3, &in[1]));
    OK(hr_task_grid(2, 3, "a\"\\\xff", 4, &in[2]));
    OK(hr_task_arc(30, &in[3]));
    OK(hr_task_arc(7, &in[4]));
    for (int i = 0; i < 5; i++) {
        char *text = hr_task_to_json(&in[i]);
        OK(hr_task_from_json(text, &out));
        assert_true(same_task(&in[i], &out));
        assert_false(same_task(&in[(i + 1) % 5], &out));
        if (i == 3)
            assert_string_equal(text, "{\"task\": \"arc\"}"); /* as earlier models have it */
        hr_free(text);
    }
}

/* A model file's metadata is outside bytes. */
static void hostile_tasks_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        "{\"task\": \"chess\"}",
        "{\"task\": \"sudoku\", \"box_rows\": 3, \"box_cols\": 4}",
        "{\"task\": \"sudoku\", \"box_rows\": 3}",
        "{\"task\": \"sudoku\", \"box_rows\": 3, \"box_cols\": 4294967299}",
        "{\"task\": \"arc\", \"side\": 0}",
        "{\"task\": \"arc\", \"side\": 31}",
        "{\"task\": \"arc\", \"side\": 1048576}",
        "{\"task\": \"arc\", \"side\": \"9\"}",
        "{\"task\": \"grid\", \"rows\": 0, \"cols\": 1, \"alphabet\": \"ab\"}",
        "{\"task\": \"grid\", \"rows\": -1, \"cols\": 1, \"alphabet\": \"ab\"}",
        "{\"task\": \"grid\", \"rows\": 65536, \"cols\": 65536, \"alphabet\": \"ab\"}",
        "{\"task\": \"grid\", \"rows\": 1, \"cols\": 1, \"alphabet\": \"\"}",
        "{\"task\": \"grid\", \"rows\": 1, \"cols\": 1, \"alphabet\": \"aa\"}",
        "{\"task\": \"grid\", \"rows\": 1, \"cols\": 1, \"alphabet\": \"\\u0400\"}",
        "{\"task\": \"grid\", \"rows\": \"1\", \"cols\": 1, \"alphabet\": \"ab\"}",
    };
    hr_task task;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (hr_task_from_json(bad[i], &task) == HR_OK) fail_msg("\"%s\" passed", bad[i]);
}

static void drawings(void **state) {
    (void)state;
    hr_task task;
    uint8_t question[16], answer[16];
    OK(hr_task_sudoku(2, 2, &task));
    OK(task.ops->parse(&task, "1...............", 16, false, question));
    OK(task.ops->parse(&task, "1234341221434321", 16, true, answer));
    char *plain = hr_task_draw(&task, question, answer, HR_DRAW_PLAIN);
    assert_string_equal(plain, "1 2 | 3 4\n3 4 | 1 2\n----+----\n2 1 | 4 3\n4 3 | 2 1\n");
    char *colour = hr_task_draw(&task, question, answer, HR_DRAW_COLOUR);
    assert_non_null(strstr(colour, "\033[1;32m2\033[0m"));
    assert_int_equal(colour[0], '1'); /* a given is not emphasised */
    hr_free(plain);
    hr_free(colour);
}

/* A view of a solved puzzle is one that is solved, what is answered there comes back as the answer
 * to the puzzle, and no two of the first eight are alike: else several views of a puzzle would be
 * voted on in different frames. */
static void check_views(const hr_task *task, const char *question, const char *answer, int count) {
    uint8_t q[36], a[36], image[2][36], back[36], all[8][36], token[64];
    uint32_t cell[36];
    size_t seq = (size_t)task->seq;
    OK(task->ops->parse(task, question, seq, false, q));
    OK(task->ops->parse(task, answer, seq, true, a));
    for (int n = 0; n < count; n++) {
        assert_true(hr_task_view(task, n, cell, token));
        hr_task_view_see(task, cell, token, q, image[0]);
        hr_task_view_see(task, cell, token, a, image[1]);
        assert_int_equal(task->ops->check(task, image[0], image[1], NULL, 0), HR_SOLVED);
        hr_task_view_back(task, cell, token, image[1], back);
        assert_memory_equal(back, a, seq);
        if (n == 0) assert_memory_equal(image[0], q, seq);
        for (int i = 0; i < n && n < 8; i++) assert_memory_not_equal(all[i], image[0], seq);
        if (n < 8) memcpy(all[n], image[0], seq);
    }
}

static void views_are_puzzles(void **state) {
    (void)state;
    hr_task sudoku, maze, grid;
    uint32_t cell[36];
    uint8_t token[64];
    OK(hr_task_sudoku(2, 2, &sudoku));
    check_views(&sudoku, "1......2....4...", "1234341221434321", 64);
    OK(hr_task_maze(3, &maze));
    check_views(&maze, "S  ## #G ", "Soo##o#Go", 8);
    OK(hr_task_grid(2, 3, "ab", 2, &grid));
    assert_true(hr_task_view(&grid, 0, cell, token));
    assert_false(hr_task_view(&grid, 1, cell, token)); /* whose symmetries nobody knows */
    assert_false(hr_task_view(&maze, 8, cell, token));
}

HR_TEST_MAIN(cmocka_unit_test(views_are_puzzles), cmocka_unit_test(grids_keep_any_character),
             cmocka_unit_test(data_tell_their_task),
             cmocka_unit_test(questions_alone_tell_their_task),
             cmocka_unit_test(letters_are_counted), cmocka_unit_test(letters_are_no_bytes),
             cmocka_unit_test(questions_tell_a_family),
             cmocka_unit_test(unknown_cells_hide_no_family),
             cmocka_unit_test(unknown_labels_are_no_symbol),
             cmocka_unit_test(tasks_read_back_from_json),
             cmocka_unit_test(hostile_tasks_are_refused), cmocka_unit_test(drawings))
