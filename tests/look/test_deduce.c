/* test_deduce.c - the techniques on grids of which is known what they let fall: whoever reads that
 * a model uses them believes these labels. */
#include "test.h"

#include <stdlib.h>

#include "look/deduce.h"
#include "regime/rounds.h"
#include "task/declared.h"
#include "task/sudoku.h"

enum { SIDE = 9, CELLS = 81, EVERY = (1 << SIDE) - 1 };

typedef struct grid {
    hr_groups groups;
    hr_task task;
    int32_t sets[CELLS];
    uint8_t label[CELLS * SIDE];
} grid;

static void open_grid(grid *g) {
    OK(hr_task_sudoku(3, 3, &g->task));
    OK(hr_groups_make(&g->groups, &g->task));
    assert_int_equal(g->groups.count, 27);
    for (int i = 0; i < CELLS; i++) g->sets[i] = EVERY;
}

/* By which technique a digit of a cell (row and column from 1) falls; -1: it stays. */
static int by(const grid *g, int row, int col, int digit) {
    return g->label[((row - 1) * SIDE + col - 1) * SIDE + digit - 1] - 1;
}

static int32_t *at(grid *g, int row, int col) {
    return &g->sets[(row - 1) * SIDE + col - 1];
}

static int fallen(const grid *g) {
    int count = 0;
    for (int i = 0; i < CELLS * SIDE; i++) count += g->label[i] != 0;
    return count;
}

/* Takes a digit out of a cell. */
static void out(grid *g, int row, int col, int digit) {
    *at(g, row, col) &= ~(1 << (digit - 1));
}

static void singles(void **state) {
    (void)state;
    grid g;
    open_grid(&g);
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(fallen(&g), 0);
    *at(&g, 5, 5) = 1 << 6 | HR_GIVEN; /* a 7 in the middle sees 20 cells */
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(fallen(&g), 20);
    assert_int_equal(by(&g, 5, 1, 7), HRM_NAKED_SINGLE);
    assert_int_equal(by(&g, 4, 4, 7), HRM_NAKED_SINGLE);
    assert_int_equal(by(&g, 5, 5, 7), -1);
    *at(&g, 5, 5) = EVERY;
    for (int col = 1; col < 9; col++) out(&g, 3, col, 4); /* the only 4 of row 3 is in column 9 */
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(by(&g, 3, 9, 1), HRM_HIDDEN_SINGLE);
    assert_int_equal(by(&g, 3, 9, 4), -1);
    assert_int_equal(by(&g, 9, 9, 4), HRM_HIDDEN_SINGLE);
    assert_int_equal(by(&g, 1, 7, 4), HRM_HIDDEN_SINGLE);
    assert_int_equal(fallen(&g), 8 + 8 + 4); /* the cell, its column, the rest of its box */
    hr_groups_free(&g.groups);
}

static void pointing(void **state) {
    (void)state;
    grid g;
    open_grid(&g);
    for (int row = 1; row <= 3; row++) /* box 1 has its 5 in row 2 */
        for (int col = 1; col <= 3 && row != 2; col++) out(&g, row, col, 5);
    hr_deduce(&g.groups, g.sets, g.label);
    for (int col = 4; col <= 9; col++) assert_int_equal(by(&g, 2, col, 5), HRM_POINTING);
    assert_int_equal(fallen(&g), 6);
    for (int i = 0; i < CELLS; i++) g.sets[i] = EVERY;
    for (int col = 4; col <= 9; col++) out(&g, 2, col, 5); /* row 2 has its 5 in box 1 */
    hr_deduce(&g.groups, g.sets, g.label);
    for (int col = 1; col <= 3; col++) assert_int_equal(by(&g, 3, col, 5), HRM_POINTING);
    assert_int_equal(fallen(&g), 6);
    hr_groups_free(&g.groups);
}

static void pairs(void **state) {
    (void)state;
    grid g;
    open_grid(&g);
    *at(&g, 1, 1) = *at(&g, 1, 8) = 1 << 0 | 1 << 1;
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(by(&g, 1, 5, 1), HRM_NAKED_PAIR);
    assert_int_equal(by(&g, 1, 5, 3), -1);
    assert_int_equal(fallen(&g), 7 * 2);
    for (int i = 0; i < CELLS; i++) g.sets[i] = EVERY;
    for (int row = 1; row <= 9; row++) /* 8 and 9 of column 4 are in rows 2 and 7 */
        if (row != 2 && row != 7) {
            out(&g, row, 4, 8);
            out(&g, row, 4, 9);
        }
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(by(&g, 2, 4, 1), HRM_HIDDEN_PAIR);
    assert_int_equal(by(&g, 7, 4, 7), HRM_HIDDEN_PAIR);
    assert_int_equal(by(&g, 7, 4, 8), -1);
    assert_int_equal(fallen(&g), 2 * 7);
    *at(&g, 2, 4) = *at(&g, 7, 4) = 1 << 7 | 1 << 8; /* nothing else in them: naked, none falls */
    hr_deduce(&g.groups, g.sets, g.label);
    assert_int_equal(fallen(&g), 0);
    hr_groups_free(&g.groups);
}

/* A puzzle that these techniques solve: nothing of its answer falls, all else does, and comparing
 * the question with the answer says so. */
static void a_whole_puzzle(void **state) {
    (void)state;
    static const char question[] = "530070000600195000098000060800060003400803001700020006060000280"
                                   "000419005000080079";
    static const char answer[] = "5346789126721953481983425678597614234268537917139248569615372842"
                                 "87419635345286179";
    grid g;
    int32_t truth[CELLS], after[CELLS], scratch[CELLS];
    int open = 0;
    open_grid(&g);
    for (int i = 0; i < CELLS; i++) {
        truth[i] = answer[i] - '1';
        after[i] = 1 << truth[i];
        if (question[i] != '0') g.sets[i] = after[i] |= HR_GIVEN;
        else open++;
    }
    hrm_look_drops of = {0};
    hr_deduce_compare(&g.groups, g.sets, after, truth, g.label, scratch, &of);
    double explained = 0, at_once = 0;
    for (int k = 0; k < HRM_TECHNIQUES; k++) {
        explained += of.by[k] + of.later[k];
        at_once += of.by[k];
        assert_float_equal(of.by[k], of.could[k], 0); /* all of them fell */
    }
    assert_float_equal(of.dropped, open * 8, 0);
    assert_float_equal(of.wrong, 0, 0);
    assert_float_equal(of.open, 0, 0);
    assert_float_equal(explained, of.dropped, 0);
    assert_float_equal(of.by[HRM_NAKED_SINGLE], at_once, 0); /* givens alone tell nothing else */
    assert_true(of.later[HRM_HIDDEN_SINGLE] > 0 && of.steps > of.dropped);
    memcpy(after, g.sets, sizeof after); /* a cell that has to be 4 loses that */
    after[2] &= ~(1 << 3);
    of = (hrm_look_drops){0};
    hr_deduce_compare(&g.groups, g.sets, after, truth, g.label, scratch, &of);
    assert_float_equal(of.dropped, 1, 0);
    assert_float_equal(of.wrong, 1, 0);
    assert_float_equal(of.open, open, 0);
    assert_float_equal(of.steps, 0, 0);
    hr_groups_free(&g.groups);
}

/* Groups of declared tasks: a short one has pairs, but no symbol needs a place in it. */
static void declared(void **state) {
    (void)state;
    hr_task task;
    hr_groups groups;
    char keys[4][2][64] = {
        {"shape", "2 x 3"},
        {"alphabet", "123"},
        {"blank", "."},
        {"rules", "different in rows,different in columns,sum of r1c1 r1c2 = 3"}};
    hr_task_entry entry[4];
    for (int i = 0; i < 4; i++) entry[i] = (hr_task_entry){keys[i][0], keys[i][1], 0, 0};
    OK(hr_task_declare(entry, 4, NULL, &task));
    OK(hr_groups_make(&groups, &task));
    assert_int_equal(groups.count, 5);
    assert_int_equal(groups.size[0], 3);
    assert_int_equal(groups.size[4], 2);
    int32_t sets[6] = {5, 7, 7, 5, 7, 7}; /* no 2 in column 1: the rows have it elsewhere */
    uint8_t label[18];
    hr_deduce(&groups, sets, label);
    for (int i = 0; i < 18; i++) assert_int_equal(label[i], 0);
    sets[1] = 5; /* now row 1 has its 2 in column 3, and 1 and 3 in two cells */
    hr_deduce(&groups, sets, label);
    assert_int_equal(label[2 * 3], HRM_HIDDEN_SINGLE + 1);
    assert_int_equal(label[5 * 3 + 1], HRM_HIDDEN_SINGLE + 1);
    hr_groups_free(&groups);
    hr_task_free(&task);
    assert_null(hr_technique_name(HRM_TECHNIQUES));
}

/* Time and room grow with the square of the groups: of too many none is looked at. */
static void too_many_groups(void **state) {
    (void)state;
    static char rules[2][8192]; /* 240 or 120 times 18 groups */
    for (int many = 0; many < 2; many++) {
        for (int i = 0; i < (many ? 240 : 120); i++)
            strcat(rules[many], i ? ",different in boxes 2 x 1" : "different in boxes 2 x 1");
        hr_task_entry entry[] = {{"shape", "6 x 6", 0, 0},
                                 {"alphabet", "12", 0, 0},
                                 {"blank", ".", 0, 0},
                                 {"rules", rules[many], 0, 0}};
        hr_task task;
        hr_groups groups;
        OK(hr_task_declare(entry, 4, NULL, &task));
        OK(hr_groups_make(&groups, &task));
        assert_int_equal(groups.count, many ? 0 : 120 * 18);
        assert_int_equal(groups.left_out, many ? 240 * 18 : 0);
        hr_groups_free(&groups);
        hr_task_free(&task);
    }
}

HR_TEST_MAIN(cmocka_unit_test(singles), cmocka_unit_test(pointing), cmocka_unit_test(pairs),
             cmocka_unit_test(a_whole_puzzle), cmocka_unit_test(declared),
             cmocka_unit_test(too_many_groups))
