/* test_sudoku.c - Sudoku: its text, rules, symmetries, solver, generator and canonical forms. */
#include "test.h"

#include "base/mem.h"
#include "task/lines.h"
#include "task/sudoku.h"
#include "task/sudoku_canon.h"
#include "task/sudoku_gen.h"
#include "task/sudoku_solve.h"
#include "task/survey.h"

enum { CELLS = 81 };

static hr_task task_of(int side) {
    hr_task task;
    OK(hr_task_sudoku(side == 9 ? 3 : 2, side == 4 ? 2 : 3, &task));
    return task;
}

/* Puzzle i of a seed and its solution, 0 for a blank. */
static hr_status generate(const hr_task *task, uint64_t seed, int min_rating, uint64_t i,
                          uint8_t *cells, uint8_t *solution, int *rating) {
    hr_gen_args args = {.task = *task, .seed = seed};
    args.option[0].integer = min_rating;
    hr_status status = hr_sudoku_generator.make(&args, i, NULL, cells, solution, rating);
    for (int c = 0; !status && c < task->seq; c++) {
        cells[c]--;
        solution[c]--;
    }
    return status;
}

/* The number of solutions, at most `limit`; solution (the first) and guesses may be NULL. */
static int solve(const hr_task *task, const uint8_t *cells, int limit, uint8_t *solution,
                 int *guesses) {
    hr_sudoku_solver solver;
    hr_sudoku_result result;
    hr_sudoku_solver_init(&solver, task);
    hr_sudoku_search(&solver, cells, -1, 0, limit, NULL, &result);
    if (solution && result.solutions) memcpy(solution, result.solution, (size_t)task->seq);
    if (guesses) *guesses = result.first;
    return result.solutions;
}

/* cells as a symmetry of the task shows them; tells whether it transposes. */
static bool show(const hr_task *task, hr_rng rng, const uint8_t *cells, uint8_t *image) {
    uint32_t cell[CELLS];
    uint8_t token[16];
    task->ops->symmetry(task, rng, cell, token);
    for (int i = 0; i < task->seq; i++) image[i] = (uint8_t)(token[cells[cell[i]] + 1] - 1);
    return cell[0] / (uint32_t)task->cols != cell[1] / (uint32_t)task->cols;
}

static const char puzzle_text[] =
    "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79";
static const char solution_text[] =
    "534678912672195348198342567859761423426853791713924856961537284287419635345286179";

static void text_goes_both_ways(void **state) {
    (void)state;
    hr_task task = task_of(9);
    uint8_t tokens[CELLS], zeros[CELLS];
    char text[CELLS + 1], other[CELLS + 1];
    OK(task.ops->parse(&task, puzzle_text, CELLS, false, tokens));
    assert_int_equal(tokens[0], 6); /* digit 5 is token 6, as the published code has it */
    assert_int_equal(tokens[2], 1);
    task.ops->format(&task, tokens, text);
    assert_string_equal(text, puzzle_text);
    for (int i = 0; i <= CELLS; i++) other[i] = puzzle_text[i] == '.' ? '0' : puzzle_text[i];
    OK(task.ops->parse(&task, other, CELLS, false, zeros));
    assert_memory_equal(tokens, zeros, CELLS);
    assert_int_equal(task.ops->parse(&task, puzzle_text, CELLS, true, tokens), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "column 3"));
    assert_int_equal(task.ops->parse(&task, puzzle_text, 80, false, tokens), HR_ERR_TASK);
    /* a maze's text was said to have no characters */
    assert_int_equal(task.ops->parse(&task, "#S #\n# G#", 9, false, tokens), HR_ERR_TASK);
    assert_non_null(strstr(hr_error_text(), "holds no cell before '#', behind which is a comment"));
    hr_task small = task_of(4);
    assert_int_equal(small.ops->parse(&small, "5...............", 16, false, tokens), HR_ERR_TASK);
}

static hr_verdict judge(const char *answer, char why[96]) {
    hr_task task = task_of(9);
    uint8_t question[CELLS], tokens[CELLS];
    OK(task.ops->parse(&task, puzzle_text, CELLS, false, question));
    OK(task.ops->parse(&task, answer, CELLS, false, tokens));
    return task.ops->check(&task, question, tokens, why, 96);
}

static void the_checker_knows_the_rules(void **state) {
    (void)state;
    char why[96], answer[CELLS + 1];
    assert_int_equal(judge(solution_text, why), HR_SOLVED);
    assert_string_equal(why, "");
    strcpy(answer, solution_text);
    answer[80] = '.';
    assert_int_equal(judge(answer, why), HR_INCOMPLETE);
    assert_string_equal(why, "row 9, column 9 holds no digit");
    strcpy(answer, solution_text);
    answer[0] = '1';
    assert_int_equal(judge(answer, why), HR_WRONG);
    assert_string_equal(why, "row 1, column 1: the given 5 became 1");
    strcpy(answer, solution_text);
    answer[2] = '6'; /* was 4; row 1 holds 6 already */
    assert_int_equal(judge(answer, why), HR_WRONG);
    assert_string_equal(why, "row 1 holds 6 twice");
}

/* Columns and boxes on a grid that is right by rows. */
static void the_checker_sees_columns_and_boxes(void **state) {
    (void)state;
    hr_task task = task_of(4);
    uint8_t blank[16], answer[16];
    char why[96];
    OK(task.ops->parse(&task, "................", 16, false, blank));
    OK(task.ops->parse(&task, "1234341212343412", 16, true, answer));
    assert_int_equal(task.ops->check(&task, blank, answer, why, sizeof why), HR_WRONG);
    assert_string_equal(why, "column 1 holds 1 twice");
    OK(task.ops->parse(&task, "1234234134124123", 16, true, answer));
    assert_int_equal(task.ops->check(&task, blank, answer, why, sizeof why), HR_WRONG);
    assert_string_equal(why, "box 1 holds 2 twice");
    /* of givens alone, open cells left out */
    assert_false(task.ops->hopeless(&task, blank, why, sizeof why));
    OK(task.ops->parse(&task, "1.......1......4", 16, false, answer));
    assert_true(task.ops->hopeless(&task, answer, why, sizeof why));
    assert_string_equal(why, "column 1 holds 1 twice");
}

/* What has no solution is told apart from what has, also where no unit holds a digit twice. */
static void what_has_no_solution_is_refuted(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool refuted;
    } cases[] = {
        {"..9.287..8.6..4..5..3.....46.........2.71345.........23.....5..9..4..8.7..125.3..", true},
        {".....5.8....6.1.43..........1.5........1.6...3.......553.....61........4.........", true},
        {"8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4..",
         false},
        {puzzle_text, false},
        {"123....4........", true},
        {"................", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = strlen(cases[i].text);
        hr_task task = task_of(size == 16 ? 4 : 9);
        uint8_t cells[CELLS];
        OK(task.ops->parse(&task, cases[i].text, size, false, cells));
        assert_false(task.ops->hopeless(&task, cells, NULL, 0));
        if (task.ops->refuted(&task, cells) != cases[i].refuted) fail_msg("case %zu", i);
    }
}

/* A search that takes too long proves nothing. */
static void a_search_can_be_given_up(void **state) {
    (void)state;
    hr_task task = task_of(9);
    hr_sudoku_solver solver;
    hr_sudoku_result result;
    uint8_t cells[CELLS] = {0};
    hr_sudoku_solver_init(&solver, &task);
    solver.most = 7;
    hr_sudoku_search(&solver, cells, -1, 0, 100, NULL, &result);
    assert_true(result.given_up && result.guesses == 7 && result.solutions < 100);
    solver.most = 0;
    hr_sudoku_search(&solver, cells, -1, 0, 100, NULL, &result);
    assert_true(!result.given_up && result.solutions == 100);
}

static void cells_of(const char *text, uint8_t *cells) {
    for (int i = 0; text[i]; i++) cells[i] = text[i] == '.' ? 0 : (uint8_t)(text[i] - '0');
}

static bool sees(const hr_task *task, int a, int b) {
    int side = task->rows, y = a / side, x = a % side, v = b / side, u = b % side;
    return y == v || x == u ||
           (y / task->box_rows == v / task->box_rows && x / task->box_cols == u / task->box_cols);
}

/* The slowest, plainest solver: it shares nothing with the library's. */
static int count_plainly(const hr_task *task, uint8_t *cells, int limit) {
    int side = task->rows, at = 0;
    while (at < side * side && cells[at]) at++;
    if (at == side * side) return 1;
    int count = 0;
    for (int digit = 1; digit <= side && count < limit; digit++) {
        bool free = true;
        for (int i = 0; i < side * side; i++)
            if (sees(task, i, at) && cells[i] == digit) free = false;
        if (!free) continue;
        cells[at] = (uint8_t)digit;
        count += count_plainly(task, cells, limit - count);
        cells[at] = 0;
    }
    return count;
}

static void the_solver_is_right(void **state) {
    (void)state;
    hr_task task = task_of(9);
    uint8_t cells[CELLS], solution[CELLS], expected[CELLS];
    int guesses;
    cells_of(puzzle_text, cells);
    cells_of(solution_text, expected);
    assert_int_equal(solve(&task, cells, 2, solution, &guesses), 1);
    assert_memory_equal(solution, expected, CELLS);
    assert_int_equal(guesses, 0);
    cells[2] = 5; /* row 1 has a 5 */
    assert_int_equal(solve(&task, cells, 2, solution, NULL), 0);
    cells[2] = 77;
    assert_int_equal(solve(&task, cells, 2, solution, NULL), 0);
    memset(cells, 0, sizeof cells);
    assert_int_equal(solve(&task, cells, 50, solution, NULL), 50);
}

/* Against the plain solver, on puzzles with one, several and no solutions. */
static void the_solver_counts_like_a_plain_one(void **state) {
    (void)state;
    for (int side = 4; side <= 6; side += 2) {
        hr_task task = task_of(side);
        hr_rng rng = hr_rng_stream(3, "clues");
        for (uint64_t i = 0; i < 60; i++) {
            uint8_t cells[CELLS], solution[CELLS], copy[CELLS];
            int rating;
            OK(generate(&task, 5, 0, i, cells, solution, &rating));
            for (uint64_t k = 0; k < 2; k++) { /* a clue away, or a digit changed */
                size_t at = (size_t)hr_rng_below(rng, 4 * i + 2 * k, (uint64_t)task.seq);
                if (i % 3) cells[at] = i % 3 == 1 ? 0 : (uint8_t)(1 + i % (uint64_t)side);
            }
            memcpy(copy, cells, CELLS);
            bool clash = false; /* the plain one looks at new digits only */
            for (int j = 0; j < task.seq; j++)
                for (int k = 0; k < j; k++)
                    clash |= copy[j] && copy[j] == copy[k] && sees(&task, j, k);
            int expected = clash ? 0 : count_plainly(&task, copy, 20);
            int got = solve(&task, cells, 20, NULL, NULL);
            if (got != expected) fail_msg("side %d: %d, plainly %d", side, got, expected);
        }
    }
}

static void generated_puzzles_keep_their_promises(void **state) {
    (void)state;
    for (int side = 4; side <= 9; side += side == 4 ? 2 : 3) {
        hr_task task = task_of(side);
        for (uint64_t i = 0; i < 12; i++) {
            uint8_t cells[CELLS], solution[CELLS], found[CELLS], again[CELLS], other[CELLS];
            int rating, guesses, rating_again;
            OK(generate(&task, 9, 0, i, cells, solution, &rating));
            assert_int_equal(solve(&task, cells, 2, found, &guesses), 1);
            assert_memory_equal(found, solution, (size_t)task.seq);
            assert_int_equal(rating, guesses);
            for (int at = 0; at < task.seq; at++) { /* minimal */
                uint8_t clue = cells[at];
                if (!clue) continue;
                cells[at] = 0;
                assert_int_equal(solve(&task, cells, 2, NULL, NULL), 2);
                cells[at] = clue;
            }
            OK(generate(&task, 9, 0, i, again, other, &rating_again));
            assert_memory_equal(cells, again, (size_t)task.seq);
        }
    }
    hr_task task = task_of(9);
    uint8_t cells[CELLS], solution[CELLS];
    int rating;
    OK(generate(&task, 1, 25, 0, cells, solution, &rating));
    assert_true(rating >= 25);
    hr_task small = task_of(4);
    assert_int_equal(generate(&small, 1, 5, 0, cells, solution, &rating), HR_ERR_TASK);
}

static void symmetries_keep_sudoku(void **state) {
    (void)state;
    for (int side = 4; side <= 9; side += side == 4 ? 2 : 3) {
        hr_task task = task_of(side);
        uint8_t cells[CELLS], solution[CELLS], key[CELLS], image[CELLS], own[CELLS], q[CELLS],
            a[CELLS];
        uint8_t question[CELLS], answer[CELLS], token[16];
        uint32_t cell[CELLS];
        int rating, transposed = 0;
        OK(generate(&task, 2, 0, 0, cells, solution, &rating));
        hr_sudoku_canonical(&task, solution, true, key);
        for (int i = 0; i < task.seq; i++) {
            question[i] = (uint8_t)(cells[i] + 1);
            answer[i] = (uint8_t)(solution[i] + 1);
        }
        for (uint64_t i = 0; i < 200; i++) {
            hr_rng rng = hr_rng_sub(hr_rng_stream(4, "symmetry"), i);
            transposed += show(&task, rng, solution, image);
            hr_sudoku_canonical(&task, image, true, own);
            assert_memory_equal(own, key, (size_t)task.seq);
            task.ops->augment(&task, rng, question, answer, q, a);
            assert_int_equal(task.ops->check(&task, q, a, NULL, 0), HR_SOLVED);
            task.ops->symmetry(&task, rng, cell, token);
            for (int k = 0; k < task.seq; k++) assert_int_equal(token[question[cell[k]]], q[k]);
        }
        if (side == 6) assert_int_equal(transposed, 0); /* 2 x 3 boxes do not turn */
        else assert_true(transposed > 60 && transposed < 140);
        OK(generate(&task, 2, 0, 77, cells, solution, &rating));
        hr_sudoku_canonical(&task, solution, true, own);
        if (side == 9) assert_memory_not_equal(own, key, (size_t)task.seq);
    }
}

/* 36 minimal 4x4 puzzles are essentially different; keys that were too fine or too coarse would
 * give another number. */
static void small_puzzles_are_counted_right(void **state) {
    (void)state;
    hr_task task = task_of(4);
    uint8_t keys[64][16], cells[CELLS], solution[CELLS], key[CELLS], image[CELLS], own[CELLS];
    int count = 0, rating;
    for (uint64_t i = 0; i < 3000; i++) {
        OK(generate(&task, 6, 0, i, cells, solution, &rating));
        hr_sudoku_canonical(&task, cells, false, key);
        show(&task, hr_rng_sub(hr_rng_stream(7, "s"), i), cells, image);
        hr_sudoku_canonical(&task, image, false, own);
        assert_memory_equal(own, key, 16);
        int k = 0;
        while (k < count && memcmp(keys[k], key, 16)) k++;
        if (k == count && count < 64) memcpy(keys[count++], key, 16);
    }
    assert_int_equal(count, 36);
}

/* A cell that slipped into another row would make another puzzle. */
static void rows_are_as_long_as_the_task(void **state) {
    (void)state;
    hr_task of[] = {task_of(4), {0}};
    uint8_t tokens[16];
    const char good[] = "1234\n3412\r\n\n2143\n4321\n", slipped[] = "123\n43412\n2143\n4321";
    OK(hr_task_of_sizes(16, 6, "grid", &of[1]));
    memcpy(of[1].alphabet, "_.1234", 6);
    for (int i = 0; i < 2; i++) {
        OK(hr_task_parse(&of[i], good, sizeof good - 1, false, tokens));
        assert_int_equal(hr_task_parse(&of[i], slipped, sizeof slipped - 1, false, tokens),
                         HR_ERR_TASK);
        assert_string_equal(hr_error_text(), "row 1 has 3 cells; this task has 4 in a row");
        hr_task_free(&of[i]);
    }
}

HR_TEST_MAIN(cmocka_unit_test(text_goes_both_ways), cmocka_unit_test(the_checker_knows_the_rules),
             cmocka_unit_test(the_checker_sees_columns_and_boxes),
             cmocka_unit_test(the_solver_is_right),
             cmocka_unit_test(what_has_no_solution_is_refuted),
             cmocka_unit_test(a_search_can_be_given_up),
             cmocka_unit_test(the_solver_counts_like_a_plain_one),
             cmocka_unit_test(generated_puzzles_keep_their_promises),
             cmocka_unit_test(symmetries_keep_sudoku),
             cmocka_unit_test(small_puzzles_are_counted_right),
             cmocka_unit_test(rows_are_as_long_as_the_task))
