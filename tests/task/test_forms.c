/* test_forms.c - the example of forms: its reader says of digits what is true of them, its letters
 * are those of its task file, and the search beside the model finds the grid that costs least, held
 * against all grids of puzzles that are small enough to look at all. */
#include "../../examples/puzzles/forms/reader.h"
#include "../../examples/puzzles/forms/weighed.h"
#include "test.h"

static const char solution[] =
    "5346789126721953481983425678597614234268537917139248569615372842874196353452"
    "86179";

/* Of all readings that give a digit a chance of so much, so many are of that digit; and 8 and 9,
 * which one segment parts, are taken for each other as often as normal noise of that deviation
 * passes 1. */
static void chances_are_what_they_say(void **state) {
    (void)state;
    enum { READINGS = 60000, PARTS = 10 };
    long held[PARTS] = {0}, right[PARTS] = {0}, taken = 0, nines = 0;
    double sum[PARTS] = {0};
    char question[CELLS + 1];
    form f;
    for (int i = 0; i < CELLS; i++) question[i] = (char)('1' + i % 9);
    question[CELLS] = 0;
    for (uint64_t k = 0; k < READINGS / CELLS; k++) {
        read_form(question, 0.5, 3, k, &f);
        for (int i = 0; i < CELLS; i++) {
            int truth = i % 9;
            for (int d = 0; d < DIGITS; d++) {
                int part = (int)(f.chance[i][d] * (PARTS - 1e-9));
                held[part]++;
                right[part] += d == truth;
                sum[part] += f.chance[i][d];
            }
            nines += truth == 8;
            taken += truth == 8 && f.chance[i][7] > f.chance[i][8];
        }
    }
    for (int p = 0; p < PARTS; p++) {
        double mean = sum[p] / (double)held[p], share = (double)right[p] / (double)held[p];
        double five = 5 * sqrt(mean * (1 - mean) / (double)held[p]) + 1e-9;
        if (fabs(mean - share) > five) fail_msg("%g of chance %g are right", share, mean);
    }
    assert_true(fabs((double)taken / (double)nines - 0.02275) < 0.008);
}

/* Every pair has its letter in the order of the task file; three are open; the surest cell is a
 * digit however much may be left out. */
static void cells_are_letters(void **state) {
    (void)state;
    static const double chance[DIGITS] = {0.6, 0.3, 0.08, 0.02, 0, 0, 0, 0, 0};
    int n = 0;
    for (int a = 0; a < DIGITS; a++) {
        assert_int_equal(cell_of(1 << a), '1' + a);
        for (int b = a + 1; b < DIGITS; b++, n++)
            assert_int_equal(cell_of(1 << a | 1 << b), n < 26 ? 'a' + n : 'A' + n - 26);
    }
    assert_int_equal(n, 36);
    assert_int_equal(cell_of(7), '.');
    assert_int_equal(likely_set(chance, 1), 1);
    assert_int_equal(likely_set(chance, 0.4), 1);
    assert_int_equal(likely_set(chance, 0.2), 3);
    assert_int_equal(likely_set(chance, 0.05), 7);
    assert_int_equal(likely_set(chance, 0.001), 15);
}

static double cost[CELLS][DIGITS];

static bool keeps_rules(const char *grid) {
    for (int i = 0; i < CELLS; i++)
        for (int k = 0; k < i; k++) {
            bool peers =
                i / 9 == k / 9 || i % 9 == k % 9 || (i / 27 == k / 27 && i % 9 / 3 == k % 9 / 3);
            if (peers && grid[i] == grid[k]) return false;
        }
    return true;
}

/* The cheapest of all grids that fill the cells from `from` on of these. */
static double cheapest(char *grid, const int *open, int count, int from) {
    double best = INFINITY, sum = 0;
    if (from == count) {
        for (int i = 0; i < CELLS; i++) sum += cost[i][grid[i] - '1'];
        return keeps_rules(grid) ? sum : INFINITY;
    }
    char kept = grid[open[from]];
    for (int d = 0; d < DIGITS; d++) {
        grid[open[from]] = (char)('1' + d);
        best = fmin(best, cheapest(grid, open, count, from + 1));
    }
    grid[open[from]] = kept;
    return best;
}

static void the_search_is_exact(void **state) {
    (void)state;
    static const int deadly[] = {3, 5, 75, 77}; /* 6 and 8 may change places in some grids */
    generate_state = 7;
    for (int trial = 0; trial < 200; trial++) {
        char grid[CELLS + 1];
        int sets[CELLS], open[6], count = 0;
        memcpy(grid, solution, sizeof grid);
        for (int i = 0; i < 4 && trial % 2; i++) open[count++] = deadly[i];
        while (count < 4) {
            int cell = random_below(CELLS), at = 0;
            while (at < count && open[at] != cell) at++;
            if (at == count) open[count++] = cell;
        }
        for (int i = 0; i < CELLS; i++) {
            sets[i] = 1 << (grid[i] - '1');
            for (int d = 0; d < DIGITS; d++) cost[i][d] = random_below(100) / 8.0;
        }
        for (int i = 0; i < count; i++) sets[open[i]] = (1 << DIGITS) - 1;
        weighed w;
        weigh(cost, sets, 100000, &w);
        double want = cheapest(grid, open, count, 0);
        assert_true(w.found && keeps_rules(w.grid));
        assert_true(fabs(w.best - want) < 1e-9);
    }
}

/* A puzzle without a solution has none, whatever it costs; one whose digits were misread has its
 * solution where their chances are weighed. */
static void misread_digits(void **state) {
    (void)state;
    static const char question[] =
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5"
        "....8..79";
    int sets[CELLS];
    weighed w;
    memset(cost, 0, sizeof cost);
    for (int i = 0; i < CELLS; i++) {
        int digit = question[i] - '1';
        sets[i] = digit >= 0 ? 1 << digit : (1 << DIGITS) - 1;
        if (digit < 0) continue;
        for (int d = 0; d < DIGITS; d++) cost[i][d] = d == digit ? 0 : 3;
    }
    weigh(cost, sets, 100000, &w);
    assert_true(w.found && !strncmp(w.grid, solution, CELLS));
    sets[0] = 1 << 7; /* 8 for 5 */
    weigh(cost, sets, 100000, &w);
    assert_false(w.found);
    for (int d = 0; d < DIGITS; d++) cost[0][d] = d == 7 ? 0 : d == 4 ? 1 : 5;
    for (int i = 0; i < CELLS; i++) sets[i] = (1 << DIGITS) - 1;
    weigh(cost, sets, 100000, &w);
    assert_true(w.found && w.best == 1 && !strncmp(w.grid, solution, CELLS));
}

HR_TEST_MAIN(cmocka_unit_test(chances_are_what_they_say), cmocka_unit_test(cells_are_letters),
             cmocka_unit_test(the_search_is_exact), cmocka_unit_test(misread_digits))
