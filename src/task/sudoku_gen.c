/* sudoku_gen.c - minimal Sudoku puzzles of a wished difficulty.
 *
 * A puzzle begins as an empty grid that random clues fill until one solution is left; then clues
 * that are not needed go, in random order. This alone gives easy puzzles, so most are hardened: take
 * out one to three clues, fill up with random ones (the solution may change), drop those not
 * needed, and keep the result unless the solver now needs fewer guesses.
 *
 * How far is drawn for each puzzle from the mixture found in Sudoku-Extreme: about a quarter are
 * left as they are, the rest aim at a number of guesses from its quantiles. The aim counts the
 * guesses of the whole proof of uniqueness, not those until the first solution (the rating), since
 * the latter depends on luck, and hardening by it would pick unlucky puzzles instead of hard ones.
 *
 * All randomness is integer arithmetic on the counter-based generator, so every (seed, i) gives the
 * same puzzle on every machine.                                                                 */
#include "task/sudoku_solve.h"

#include <string.h>

enum {
    MOVES_MAX = 20000, /* hardening moves for one puzzle before giving up */
    STUCK = 200        /* moves without progress before starting over */
};

typedef struct maker {
    hr_sudoku_solver solver;
    hr_rng rng;
    uint64_t at; /* numbers drawn so far */
    int cells;
} maker;

typedef struct puzzle {
    uint8_t clues[HR_SUDOKU_CELLS_MAX];
    hr_sudoku_result result; /* of a search for two solutions */
} puzzle;

static int below(maker *m, int n) {
    return (int)hr_rng_below(m->rng, m->at++, (uint64_t)n);
}

static void shuffled(maker *m, uint8_t *order) {
    for (int i = 0; i < m->cells; i++) {
        int j = below(m, i + 1);
        order[i] = order[j];
        order[j] = (uint8_t)i;
    }
}

static bool clashes(const maker *m, const uint8_t *clues, int cell, int digit) {
    const int side = m->solver.side, R = m->solver.box_rows, C = m->solver.box_cols;
    for (int i = 0; i < m->cells; i++) {
        if (clues[i] != digit) continue;
        int r = i / side, c = i % side, row = cell / side, col = cell % side;
        if (r == row || c == col || (r / R == row / R && c / C == col / C)) return true;
    }
    return false;
}

/* Adds random clues to a puzzle that has solutions until one is left. */
static void fill(maker *m, puzzle *p) {
    hr_sudoku_search(&m->solver, p->clues, -1, 0, 2, &p->result);
    while (p->result.solutions > 1) {
        int cell = below(m, m->cells), digit = below(m, m->solver.side) + 1;
        if (p->clues[cell] || clashes(m, p->clues, cell, digit)) continue;
        hr_sudoku_result result;
        p->clues[cell] = (uint8_t)digit;
        hr_sudoku_search(&m->solver, p->clues, -1, 0, 2, &result);
        if (result.solutions) p->result = result;
        else p->clues[cell] = 0;
    }
}

/* Drops the clues that are not needed: without them the cell can hold nothing else anyway. */
static void minimise(maker *m, puzzle *p) {
    uint8_t order[HR_SUDOKU_CELLS_MAX];
    shuffled(m, order);
    for (int i = 0; i < m->cells; i++) {
        int cell = order[i], clue = p->clues[cell];
        hr_sudoku_result other;
        if (!clue) continue;
        p->clues[cell] = 0;
        hr_sudoku_search(&m->solver, p->clues, cell, clue, 1, &other);
        if (other.solutions) p->clues[cell] = (uint8_t)clue;
    }
    hr_sudoku_search(&m->solver, p->clues, -1, 0, 2, &p->result);
}

static void move(maker *m, puzzle *p) {
    for (int take = 1 + below(m, 3); take > 0;) {
        int cell = below(m, m->cells);
        if (!p->clues[cell]) continue;
        p->clues[cell] = 0;
        take--;
    }
    fill(m, p);
    minimise(m, p);
}

/* Guesses to aim at. The table holds the 5 % quantiles of the guesses that the hard three quarters
 * of Sudoku-Extreme's training puzzles need. */
static int aim(maker *m) {
    static const uint8_t quantiles[21] = {14, 21, 26, 30, 33, 36, 39, 41, 43,  46, 48,
                                          50, 53, 56, 59, 63, 69, 77, 87, 101, 141};
    if (m->solver.side < 9 || below(m, 1000) < 263) return 0;
    int at = below(m, 20 * 64), low = quantiles[at / 64], high = quantiles[at / 64 + 1];
    return low + (high - low) * (at % 64) / 64;
}

hr_status hr_sudoku_generate(const hr_task *task, uint64_t seed, uint64_t i, int min_rating,
                             uint8_t *cells, uint8_t *solution, int *rating) {
    maker m = {.rng = hr_rng_sub(hr_rng_stream(seed, "sudoku generate"), i), .cells = task->seq};
    hr_sudoku_solver_init(&m.solver, task);
    int target = aim(&m), best = 0;
    puzzle p = {.result = {0}};
    for (int moves = 0, stuck = STUCK; moves <= MOVES_MAX; moves++) {
        if (stuck == STUCK) { /* at the start as well */
            memset(&p, 0, sizeof p);
            fill(&m, &p);
            minimise(&m, &p);
            stuck = 0;
            if (moves) target -= target / 8; /* an aim is a wish, min_rating is not */
        } else {
            puzzle q = p;
            move(&m, &q);
            stuck = q.result.guesses > p.result.guesses ? 0 : stuck + 1;
            if (q.result.guesses >= p.result.guesses) p = q;
        }
        if (p.result.first > best) best = p.result.first;
        if (p.result.guesses < target || p.result.first < min_rating) continue;
        memcpy(cells, p.clues, (size_t)m.cells);
        memcpy(solution, p.result.solution, (size_t)m.cells);
        *rating = p.result.first;
        return HR_OK;
    }
    return hr_fail(HR_ERR_TASK,
                   "no %dx%d Sudoku of rating %d or more was found in %d tries (the hardest had "
                   "%d); ask for a lower rating",
                   m.solver.side, m.solver.side, min_rating, MOVES_MAX, best);
}
