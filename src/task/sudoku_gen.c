/* sudoku_gen.c - minimal Sudoku puzzles of a given difficulty.
 *
 * A puzzle begins as an empty grid that random clues fill until one solution is left; then the
 * clues that are not needed go, in random order. This alone gives easy puzzles, so most are
 * hardened by local search: take out one clue, list the solutions that appear, find the clues that
 * exactly one of them has (each makes a new puzzle, mostly with another solution), and accept the
 * first that is hard enough. Hard enough means no fewer guesses than the greatest of some random
 * numbers below the present puzzle's, so that a small step down is possible.
 *
 * How far is drawn for each puzzle from the mixture found in Sudoku-Extreme: about a quarter are
 * left as they are, the rest aim at a number of guesses from its quantiles. The aim counts the
 * guesses of the whole proof of uniqueness, not those until the first solution (the rating), since
 * the latter depends on luck, and hardening by it would pick unlucky puzzles instead of hard ones.
 * The effort is bounded: a puzzle that does not reach its aim is given as hard as it became.
 *
 * All randomness is integer arithmetic on the counter-based generator, so every (seed, i) gives the
 * same puzzle on every machine.                                                                 */
#include "task/sudoku_gen.h"

#include <string.h>

#include "task/sudoku_canon.h"
#include "task/sudoku_solve.h"

enum {
    LIST = 40,          /* solutions listed after a clue was taken out */
    DRAWS = 8,          /* random numbers that set the bar: the more, the greedier */
    STEPS_AIM = 500,    /* steps spent on the aim */
    STEPS_FRESH = 2000, /* steps after which a stubborn puzzle is given up for a new one */
    STEPS_MAX = 10000   /* steps spent on min_rating */
};

typedef struct maker {
    hr_sudoku_solver solver;
    hr_rng rng;
    uint64_t at; /* numbers drawn so far */
    int cells;
    uint8_t list[LIST][HR_SUDOKU_CELLS_MAX];
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

static void solve(const maker *m, puzzle *p) {
    hr_sudoku_search(&m->solver, p->clues, -1, 0, 2, NULL, &p->result);
}

static bool clashes(const maker *m, const uint8_t *clues, int cell, int digit) {
    const int side = m->solver.side, R = m->solver.box_rows, C = m->solver.box_cols;
    const int row = cell / side, col = cell % side;
    for (int i = 0; i < m->cells; i++) {
        int r = i / side, c = i % side;
        bool sees = r == row || c == col || (r / R == row / R && c / C == col / C);
        if (sees && clues[i] == digit) return true;
    }
    return false;
}

/* Drops the clues that are not needed: without them the cell can hold nothing else anyway. */
static void minimise(maker *m, puzzle *p) {
    uint8_t order[HR_SUDOKU_CELLS_MAX];
    shuffled(m, order);
    for (int i = 0; i < m->cells; i++) {
        int cell = order[i];
        uint8_t clue = p->clues[cell];
        hr_sudoku_result other;
        if (!clue) continue;
        p->clues[cell] = 0;
        hr_sudoku_search(&m->solver, p->clues, cell, clue, 1, NULL, &other);
        if (other.solutions) p->clues[cell] = clue;
    }
    solve(m, p);
}

/* A random minimal puzzle. */
static void make(maker *m, puzzle *p) {
    memset(p->clues, 0, sizeof p->clues);
    solve(m, p);
    while (p->result.solutions > 1) {
        int cell = below(m, m->cells), digit = below(m, m->solver.side) + 1;
        if (p->clues[cell] || clashes(m, p->clues, cell, digit)) continue;
        puzzle next = *p;
        next.clues[cell] = (uint8_t)digit;
        solve(m, &next);
        if (next.result.solutions) *p = next;
    }
    minimise(m, p);
}

/* How many of the listed solutions have the digit in the cell. */
static int count_having(const maker *m, int solutions, int cell, int digit) {
    int n = 0;
    for (int i = 0; i < solutions; i++) n += m->list[i][cell] == digit;
    return n;
}

/* Lists all solutions, after adding clues of some while there are too many: each the rarest of a
 * few random ones. Returns their number; 0 when too many clues would be needed. */
static int list_solutions(maker *m, puzzle *p) {
    for (int extra = 0; extra <= 8; extra++) {
        hr_sudoku_search(&m->solver, p->clues, -1, 0, LIST, m->list, &p->result);
        const int n = p->result.solutions;
        if (n < LIST) return n;
        const uint8_t *one = m->list[below(m, n)];
        int best = -1, least = n;
        for (int tries = 0; tries < 4 || best < 0; tries++) {
            int cell = below(m, m->cells), count = count_having(m, n, cell, one[cell]);
            if (count >= least) continue;
            least = count;
            best = cell;
        }
        p->clues[best] = one[best];
    }
    return 0;
}

/* Minimises q and makes it p when it is hard enough. */
static bool accept(maker *m, puzzle *p, puzzle *q) {
    int bar = 0;
    for (int i = 0; i < DRAWS; i++) {
        int draw = below(m, p->result.guesses + 1);
        if (draw > bar) bar = draw;
    }
    solve(m, q);
    if (q->result.guesses < bar - bar / 5) return false; /* minimising adds few guesses */
    minimise(m, q);
    if (q->result.guesses < bar) return false;
    *p = *q;
    return true;
}

/* Tries to harden p by replacing the clue in `cell` with another; true when p changed. */
static bool replace(maker *m, puzzle *p, int cell) {
    uint16_t clues[HR_SUDOKU_CELLS_MAX * HR_SUDOKU_SIDE_MAX]; /* cell * 16 + digit */
    uint8_t seen[HR_SUDOKU_CELLS_MAX * 16] = {0};             /* solutions that have that clue */
    puzzle open = *p, q;
    int count = 0;
    open.clues[cell] = 0;
    const int n = list_solutions(m, &open);
    if (n == 1) {
        q = open;
        return accept(m, p, &q);
    }
    for (int k = 0; k < n; k++)
        for (int i = 0; i < m->cells; i++) seen[i * 16 + m->list[k][i]]++;
    seen[cell * 16 + p->clues[cell]] = 0; /* the clue that was taken out */
    for (int i = 0; i < m->cells * 16; i++)
        if (seen[i] == 1) clues[count++] = (uint16_t)i;
    for (; count > 0; count--) {
        int k = below(m, count);
        q = open;
        q.clues[clues[k] / 16] = clues[k] % 16;
        clues[k] = clues[count - 1];
        if (accept(m, p, &q)) return true;
    }
    return false;
}

/* Guesses to aim at. The table holds the 5 % quantiles of the guesses that the hard three quarters
 * of Sudoku-Extreme's training puzzles need. */
static int draw_aim(maker *m) {
    static const uint8_t quantiles[21] = {14, 21, 26, 30, 33, 36, 39, 41, 43,  46, 48,
                                          50, 53, 56, 59, 63, 69, 77, 87, 101, 141};
    if (m->solver.side < 9 || below(m, 1000) < 263) return 0;
    int at = below(m, 20 * 64), low = quantiles[at / 64], high = quantiles[at / 64 + 1];
    return low + (high - low) * (at % 64) / 64;
}

/* Goes through the clues in random order until `best` is reached or the effort is spent; best holds
 * the hardest puzzle of those whose rating suffices. HR_ERR_TASK when there is none. */
static hr_status harden(maker *m, int aim, int min_rating, const hr_stop *stop, puzzle *best) {
    uint8_t order[HR_SUDOKU_CELLS_MAX];
    puzzle p;
    bool found = false;
    make(m, &p);
    for (int steps = 0, at = 0, fresh = STEPS_FRESH;; at++) {
        if (p.result.first >= min_rating && (!found || p.result.guesses > best->result.guesses)) {
            *best = p;
            found = true;
        }
        if (found && (steps >= STEPS_AIM || best->result.guesses >= aim)) return HR_OK;
        if (steps >= STEPS_MAX) return HR_ERR_TASK;
        if (stop && stop->asked(stop->user))
            return hr_fail(HR_ERR_STOPPED, "stopped in search of a Sudoku");
        if (steps >= fresh) {
            make(m, &p);
            fresh += STEPS_FRESH;
            at = 0;
        }
        if (at % m->cells == 0) shuffled(m, order);
        int cell = order[at % m->cells];
        if (!p.clues[cell]) continue;
        steps++;
        if (replace(m, &p, cell)) at = -1;
    }
}

/* ---- the generator --------------------------------------------------------------------------- */

enum { MIN_RATING, GIVENS, SIDE };

static const hr_option options[] = {
    {"min-rating", "R", HR_OPTION_INTEGER, 0, 1000000000, NULL,
     "at least so many guesses for a backtracking solver"},
    {"givens", "N", HR_OPTION_INTEGER, 1, 81, NULL,
     "easier: clues are given back, up to a number drawn between the puzzle's own and N"},
    {"side", "N", HR_OPTION_INTEGER, 4, 9, "9", "4, 6 or 9"},
    {.name = NULL},
};

static hr_status begin(hr_gen_args *args) {
    int64_t side = args->option[SIDE].integer;
    if (args->task.ops->of_length((size_t)(side * side), &args->task))
        return hr_fail_about(HR_ERR_ARG, "side", "side: %d is not 4, 6 or 9", (int)side);
    if (args->option[GIVENS].given && args->option[MIN_RATING].integer)
        return hr_fail_about(HR_ERR_ARG, "givens",
                             "givens makes puzzles easier; it cannot go with min-rating");
    return HR_OK;
}

/* Gives clues back, in random order, up to a number drawn between the puzzle's own and `givens`. */
static void ease(const maker *m, const hr_gen_args *args, uint64_t i, puzzle *p) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(args->seed, "givens"), i);
    uint32_t order[HR_SUDOKU_CELLS_MAX], cells = (uint32_t)m->cells, givens = 0;
    for (uint32_t c = 0; c < cells; c++) givens += p->clues[c] != 0;
    uint32_t most = (uint32_t)args->option[GIVENS].integer;
    most = most < cells ? most : cells;
    if (most <= givens) return;
    uint32_t wanted = givens + (uint32_t)hr_rng_below(hr_rng_sub(rng, 0), 0, most - givens + 1);
    hr_rng_permutation(hr_rng_sub(rng, 1), order, cells);
    for (uint32_t c = 0; c < cells && givens < wanted; c++) {
        givens += !p->clues[order[c]];
        p->clues[order[c]] = p->result.solution[order[c]];
    }
    solve(m, p);
}

static hr_status make_puzzle(const hr_gen_args *args, uint64_t i, const hr_stop *stop,
                             uint8_t *question, uint8_t *answer, int *rating) {
    int min_rating = (int)args->option[MIN_RATING].integer;
    maker m = {.rng = hr_rng_sub(hr_rng_stream(args->seed, "sudoku generate"), i),
               .cells = args->task.seq};
    puzzle p;
    hr_sudoku_solver_init(&m.solver, &args->task);
    hr_status status = harden(&m, draw_aim(&m), min_rating, stop, &p);
    if (status == HR_ERR_TASK)
        return hr_fail(HR_ERR_TASK,
                       "no Sudoku of side %d with rating %d or more was found in %d steps; ask for "
                       "a lower rating",
                       m.solver.side, min_rating, STEPS_MAX);
    if (status) return status;
    if (args->option[GIVENS].given) ease(&m, args, i, &p);
    *rating = p.result.first;
    for (int c = 0; c < m.cells; c++) {
        question[c] = p.clues[c] + HR_SUDOKU_BLANK;
        answer[c] = p.result.solution[c] + HR_SUDOKU_BLANK;
    }
    return HR_OK;
}

/* What must not occur twice up to symmetry: for 9x9 the solution, so that no two puzzles share one;
 * for small sides, which have too few solutions, the puzzle. */
static void make_key(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                     uint8_t *key) {
    uint8_t cells[HR_SUDOKU_CELLS_MAX];
    bool whole = task->rows == 9;
    for (int c = 0; c < task->seq; c++)
        cells[c] = (uint8_t)((whole ? answer : question)[c] - HR_SUDOKU_BLANK);
    hr_sudoku_canonical(task, cells, whole, key);
}

const hr_generator hr_sudoku_generator = {
    .one = "puzzle",
    .many = "puzzles",
    .summary = "Sudoku with one solution each",
    .detail = "Minimal puzzles, hardened by search, no two of them equivalent up to symmetry. The "
              "rating is\n"
              "the number of guesses a backtracking solver needs.",
    .examples = "train.csv count=1000 seed=1\n"
                "test.csv count=1000 seed=2 avoid=train.csv\n",
    .options = options,
    .round = 64,
    .rounds = 1000,
    .begin = begin,
    .make = make_puzzle,
    .key = make_key,
};
