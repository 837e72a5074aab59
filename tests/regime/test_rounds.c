/* test_rounds.c - the rule of a round, and views, on sets small enough to follow. */
#include "test.h"
#include "small_net.h"

#include <math.h>

#include "regime/rounds.h"
#include "task/sudoku.h"
#include "task/maze.h"

enum { SEQ = 4, S = 4, OUT = 2 * S, SURE = 8 };
#define ALL     15
#define GIVE(s) (HR_GIVEN | 1 << (s))

static const hr_spec sizes = {.seq = SEQ, .symbols = S};
static const hr_round_rule rule = {.drop = 0.1, .conflict = 0.5, .temperature = 1.5};

/* Logits that keep everything and know no symbol. */
static void neutral(hr_real *logits) {
    for (int i = 0; i < SEQ * OUT; i++) logits[i] = i % OUT < S ? SURE : 0;
}

static hr_round_status play(int32_t *sets, const hr_real *logits, double conflict, uint64_t seed,
                            hr_round_move *move) {
    return hr_round_play(&rule, &sizes, sets, logits, conflict, hr_rng_stream(seed, "t"), move);
}

/* What the model is sure of falls, what was given never does, and a full grid is the end. */
static void sure_candidates_fall(void **state) {
    (void)state;
    hr_real logits[SEQ * OUT];
    int32_t sets[SEQ] = {GIVE(1), ALL, ALL, 1 << 2};
    hr_round_move move;
    neutral(logits);
    for (int s = 0; s < S; s++) logits[s] = -SURE; /* a given, whatever the model thinks of it */
    for (int t = 1; t < 3; t++)
        for (int s = 0; s < S; s++) logits[t * OUT + s] = s == t ? SURE : -SURE;
    assert_int_equal(play(sets, logits, -SURE, 1, &move), HR_ROUND_SOLVED);
    assert_int_equal(move.dropped, 6);
    assert_int_equal(sets[0], GIVE(1));
    assert_int_equal(sets[1], 1 << 1);
    assert_int_equal(sets[2], 1 << 2);
    /* just above the limit stays */
    int32_t edge[SEQ] = {1, 1, 1, 3};
    neutral(logits);
    logits[3 * OUT] = (hr_real)(log(0.1 / 0.9) + 1e-3);
    play(edge, logits, -SURE, 1, &move);
    assert_int_equal(move.dropped, 0);
    int32_t below[SEQ] = {1, 1, 1, 3};
    logits[3 * OUT] = (hr_real)(log(0.1 / 0.9) - 1e-3);
    assert_int_equal(play(below, logits, -SURE, 1, &move), HR_ROUND_SOLVED);
    assert_int_equal(below[3], 2);
}

/* A contradiction is noticed before anything is guessed: from the model, or from an empty cell. */
static void conflicts_stop_before_a_guess(void **state) {
    (void)state;
    hr_real logits[SEQ * OUT];
    int32_t sets[SEQ] = {GIVE(0), ALL, ALL, ALL}, kept[SEQ];
    memcpy(kept, sets, sizeof sets);
    neutral(logits);
    assert_int_equal(play(sets, logits, 0.1, 1, NULL), HR_ROUND_CONFLICT);
    assert_memory_equal(sets, kept, sizeof sets);
    assert_int_equal(play(sets, logits, -0.1, 1, NULL), HR_ROUND_OPEN);
    int32_t dead[SEQ] = {GIVE(0), 3, ALL, ALL};
    logits[OUT] = logits[OUT + 1] = -SURE;
    assert_int_equal(play(dead, logits, -SURE, 1, NULL), HR_ROUND_CONFLICT);
    assert_int_equal(dead[1], 0);
    assert_int_equal(dead[2], ALL);
    int32_t full[SEQ] = {1, 1, 1, 1}; /* complete, but the model knows better */
    neutral(logits);
    assert_int_equal(play(full, logits, SURE, 1, NULL), HR_ROUND_CONFLICT);
}

/* Guesses fall on every open cell and follow the symbols' odds, and only on candidates. */
static void guesses_follow_the_odds(void **state) {
    (void)state;
    enum { ROUNDS = 4000 };
    hr_real logits[SEQ * OUT];
    int cells[SEQ] = {0}, symbols[S] = {0};
    neutral(logits);
    logits[2 * OUT + S + 1] = (hr_real)(1.5 * log(3)); /* three times as likely at 1.5 */
    logits[2 * OUT + S + 3] = 100;                     /* not a candidate of that cell */
    for (uint64_t i = 0; i < ROUNDS; i++) {
        int32_t sets[SEQ] = {GIVE(0), 6, 7, 1};
        hr_round_move move;
        assert_int_equal(play(sets, logits, -SURE, i, &move), HR_ROUND_OPEN);
        int cell = sets[1] != 6 ? 1 : 2;
        assert_int_equal(move.cell, cell);
        assert_int_equal(sets[cell], 1 << move.symbol);
        assert_int_equal(sets[3 - cell], cell == 1 ? 7 : 6);
        assert_true(sets[cell] && !(sets[cell] & (sets[cell] - 1)));
        cells[cell]++;
        if (cell == 2) symbols[__builtin_ctz((unsigned)sets[2])]++;
    }
    assert_true(abs(cells[1] - ROUNDS / 2) < 200);
    assert_int_equal(symbols[3], 0);
    assert_true(fabs((double)symbols[1] / cells[2] - 0.6) < 0.05); /* 1 : 3 : 1 */
    assert_true(fabs((double)symbols[0] / cells[2] - 0.2) < 0.05);
}

/* With `fewest`, a guess takes a cell with the fewest candidates, of those the least sure one, and
 * says what else the cell could have been: what is left when the guess is taken back. */
static void a_guess_takes_the_fewest_and_least_sure(void **state) {
    (void)state;
    const hr_round_rule few = {.drop = 0.1, .conflict = 0.5, .temperature = 1, .fewest = true};
    hr_real logits[SEQ * OUT];
    neutral(logits);
    logits[1 * OUT + S + 1] = 1;
    logits[2 * OUT + S + 1] = 2;
    logits[1 * OUT + S + 3] = 9; /* no candidate */
    for (uint64_t i = 0; i < 20; i++) {
        int32_t sets[SEQ] = {7, 3, 3, 8};
        hr_round_move move;
        assert_int_equal(
            hr_round_play(&few, &sizes, sets, logits, -SURE, hr_rng_stream(i, "t"), &move),
            HR_ROUND_OPEN);
        assert_int_equal(move.cell, 1);
        assert_int_equal(sets[1] | move.others, 3);
        assert_int_equal(sets[1], 1 << move.symbol);
        assert_int_equal(sets[0], 7);
        double odds = move.symbol == 1 ? exp(1) / (exp(1) + 1) : 1 / (exp(1) + 1);
        assert_true(fabs(move.probability - odds) < 1e-6);
    }
}

/* A full grid whose cell the model would fill otherwise is no answer, whatever the model says of
 * contradictions; a net that had trained for minutes gave nearly only wrong grids without it. A
 * given stands, and so does a cell that has other candidates. */
static void a_symbol_that_the_model_denies_falls(void **state) {
    (void)state;
    hr_round_rule strict = rule;
    strict.named = true;
    hr_real logits[SEQ * OUT];
    neutral(logits);
    for (int t = 0; t < SEQ; t++) logits[t * OUT + S + 2] = 1; /* 2 everywhere */
    for (int wrong = 0; wrong < 2; wrong++) {
        int32_t sets[SEQ] = {GIVE(1), 1 << 2, 1 << 2, 1 << (wrong ? 3 : 2)};
        int32_t same[SEQ];
        memcpy(same, sets, sizeof same);
        hr_round_move move;
        assert_int_equal(
            hr_round_play(&strict, &sizes, sets, logits, -SURE, hr_rng_stream(1, "t"), &move),
            wrong ? HR_ROUND_CONFLICT : HR_ROUND_SOLVED);
        assert_int_equal(move.dropped, wrong);
        assert_int_equal(sets[3], wrong ? 0 : 1 << 2);
        assert_memory_equal(sets, same, 3 * sizeof *sets);
        assert_int_equal(play(same, logits, -SURE, 1, NULL), HR_ROUND_SOLVED);
    }
    int32_t several[SEQ] = {GIVE(1), 1 << 2, 1 << 2, 1 << 0 | 1 << 3};
    assert_int_equal(
        hr_round_play(&strict, &sizes, several, logits, -SURE, hr_rng_stream(1, "t"), NULL),
        HR_ROUND_OPEN);
}

/* A task may say what its cells can hold: in a maze, a free cell is on the way or not, and all else
 * is given. Without that a maze has no open cell at all, or a wall could become a way. */
static void a_task_says_what_a_cell_may_hold(void **state) {
    (void)state;
    hr_task maze;
    OK(hr_task_maze(2, &maze));
    hr_spec spec = hr_spec_defaults();
    spec.vocab = maze.vocab;
    spec.symbols = maze.symbols;
    spec.seq = maze.seq;
    uint8_t tokens[4];
    int32_t question[4], sets[4];
    OK(maze.ops->parse(&maze, "S #G", 4, false, tokens));
    for (int t = 0; t < 4; t++) question[t] = tokens[t];
    hr_round_start(&spec, &maze, question, sets);
    assert_int_equal(sets[0], GIVE(2));
    assert_int_equal(sets[1], 1 << 1 | 1 << 4);
    assert_int_equal(sets[2], GIVE(0));
    assert_int_equal(sets[3], GIVE(3));
}

/* What is seen through a view and judged there means the same on the row. */
static void views_go_both_ways(void **state) {
    (void)state;
    hr_spec spec = small_net();
    hr_task task;
    OK(hr_task_sudoku(2, 2, &task));
    uint32_t cell[16];
    uint8_t symbol[6];
    hr_round_view view = {cell, symbol};
    int moved = 0;
    for (uint64_t i = 0; i < 50; i++) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(3, "view"), i);
        int32_t sets[16], truth[16], seen[16], seen_truth[16];
        hr_real logits[16 * OUT], own[16 * OUT];
        for (uint64_t t = 0; t < 16; t++) {
            truth[t] = (int32_t)hr_rng_below(rng, 2 * t, 4);
            sets[t] = (int32_t)hr_rng_below(rng, 2 * t + 1, 16) | (t % 3 ? 0 : HR_GIVEN);
        }
        hr_round_view_draw(&view, &spec, &task, hr_rng_sub(rng, 99));
        hr_round_view_see(&view, &spec, sets, seen, truth, seen_truth);
        for (int t = 0; t < 16; t++) /* logits that spell the sets and truths out */
            for (int s = 0; s < S; s++) {
                logits[t * OUT + s] = (hr_real)(seen[t] >> s & 1);
                logits[t * OUT + S + s] = s == seen_truth[t];
            }
        hr_round_view_back(&view, &spec, logits, own);
        for (int t = 0; t < 16; t++) {
            moved += cell[t] != (uint32_t)t;
            assert_int_equal(seen[t] & HR_GIVEN, sets[cell[t]] & HR_GIVEN);
            for (int s = 0; s < S; s++) {
                assert_true(own[t * OUT + s] == (hr_real)(sets[t] >> s & 1));
                assert_true(own[t * OUT + S + s] == (hr_real)(s == truth[t]));
            }
        }
    }
    assert_true(moved > 100);
}

HR_TEST_MAIN(cmocka_unit_test(sure_candidates_fall),
             cmocka_unit_test(conflicts_stop_before_a_guess),
             cmocka_unit_test(guesses_follow_the_odds),
             cmocka_unit_test(a_guess_takes_the_fewest_and_least_sure),
             cmocka_unit_test(a_symbol_that_the_model_denies_falls),
             cmocka_unit_test(a_task_says_what_a_cell_may_hold),
             cmocka_unit_test(views_go_both_ways))
