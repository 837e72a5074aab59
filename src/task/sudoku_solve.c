/* sudoku_solve.c - an exact Sudoku solver whose guesses are the rating.
 *
 * After the idea of T. Dillon's tdoku: beside the candidates of the cells, the solver keeps for
 * each digit and chute (a band or a stack of boxes) the set of ways in which the digit can lie in
 * it; a way gives the digit another line in each box, so there are at most 6. Propagation runs to
 * the fixpoint of these rules, whose order therefore does not matter:
 *   - a digit's candidates and its ways agree (this contains hidden singles and locked candidates);
 *   - a cell with one candidate holds it, and a placed digit excludes the others from its cell;
 *   - a mini-line of w cells takes exactly w digits: when only w can enter, they must; when w must,
 *     no other can.
 * Then the search takes the open chute with the fewest ways over all digits (bands from the top,
 * then stacks from the left), in it the digit with the fewest ways but more than one (the smallest
 * digit on ties), and assumes its first way in the order of hr_sudoku_chute.way; if that fails, the
 * way is struck out and propagation goes on. Every assumption counts as one guess. The rating is
 * the number of guesses until the first solution; on the puzzles of Sudoku-Extreme this is nearly
 * always the published number.
 *
 * A band's cells are one word: row i of the band in bits i * side and up.                       */
#include "task/sudoku_solve.h"

#include <string.h>

typedef struct digit {
    uint32_t cells[3];  /* of each band: where the digit can be */
    uint32_t placed[3]; /* of each band: rows where one cell is left */
    uint32_t can[2];    /* mini-lines that some way takes, over bands and over stacks */
    uint32_t must[2];   /* mini-lines that every way takes */
    uint8_t ways[2][3]; /* of each band, of each stack */
} digit;

typedef struct state {
    digit digits[HR_SUDOKU_SIDE_MAX];
    unsigned dirty; /* digits that lost something since they were last closed */
} state;

typedef struct search {
    const hr_sudoku_solver *solver;
    int limit;
    uint8_t (*list)[HR_SUDOKU_CELLS_MAX];
    hr_sudoku_result *result;
} search;

/* The rotations, then the reflections: of all orders, the one under which the guesses agree best
 * with the published ratings. */
static const uint8_t ways3[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                    {2, 1, 0}, {0, 2, 1}, {1, 0, 2}};
static const uint8_t ways2[2][2] = {{0, 1}, {1, 0}};

static void init_chute(hr_sudoku_chute *chute, int order, bool stack) {
    chute->order = order;
    chute->lines = order * order;
    chute->ways = order == 3 ? 6 : 2;
    for (int k = 0; k < chute->ways; k++) {
        chute->way[k] = 0;
        for (int box = 0; box < order; box++) {
            int line = order == 3 ? ways3[k][box] : ways2[k][box];
            chute->way[k] |= (uint16_t)(1u << (stack ? box * order + line : line * order + box));
        }
    }
    for (unsigned set = 0; set < 1u << chute->lines; set++) {
        chute->fits[set] = 0;
        for (int k = 0; k < chute->ways; k++)
            if ((chute->way[k] & ~set) == 0) chute->fits[set] |= (uint8_t)(1u << k);
    }
    for (unsigned set = 0; set < 1u << chute->ways; set++) {
        chute->any[set] = 0;
        chute->all[set] = 511;
        chute->count[set] = (uint8_t)__builtin_popcount(set);
        for (int k = 0; k < chute->ways; k++) {
            if (!(set >> k & 1)) continue;
            chute->any[set] |= chute->way[k];
            chute->all[set] &= chute->way[k];
        }
    }
}

void hr_sudoku_solver_init(hr_sudoku_solver *s, const hr_task *task) {
    s->most = 0;
    s->box_rows = task->box_rows;
    s->box_cols = task->box_cols;
    s->side = s->box_rows * s->box_cols;
    s->bands = s->box_cols;
    s->stacks = s->box_rows;
    init_chute(&s->chute[0], s->box_rows, false);
    init_chute(&s->chute[1], s->box_cols, true);
    unsigned box = (1u << s->box_cols) - 1;
    for (unsigned row = 0; row < 1u << s->side; row++) {
        s->boxes[row] = 0;
        for (int b = 0; b < s->stacks; b++)
            if (row >> (b * s->box_cols) & box) s->boxes[row] |= (uint8_t)(1u << b);
    }
    for (unsigned set = 0; set < 1u << s->chute[0].lines; set++) {
        s->expand[set] = 0;
        for (int i = 0; i < s->box_rows; i++)
            for (int b = 0; b < s->stacks; b++)
                if (set >> (i * s->stacks + b) & 1)
                    s->expand[set] |= (uint32_t)box << (i * s->side + b * s->box_cols);
    }
}

/* Brings a digit's cells and its ways to agreement; false when nothing is left. R and C are the
 * box's sides: the callers' constants, so that the loops unroll. */
static inline __attribute__((always_inline)) bool close_as(const hr_sudoku_solver *s, digit *d,
                                                           int R, int C) {
    const int side = R * C;
    const uint32_t row = (1u << side) - 1, box = (1u << C) - 1;
    bool changed = true;
    while (changed) {
        uint32_t cols[3] = {0}, keep[3] = {0}; /* of each band: columns used, columns allowed */
        for (int b = 0; b < C; b++) {
            unsigned set = 0;
            for (int i = 0; i < R; i++)
                set |= (unsigned)s->boxes[d->cells[b] >> (i * side) & row] << (i * R);
            unsigned ways = d->ways[0][b] &= s->chute[0].fits[set];
            if (!ways) return false;
            d->cells[b] &= s->expand[s->chute[0].any[ways]];
            for (int i = 0; i < R; i++) cols[b] |= d->cells[b] >> (i * side) & row;
        }
        for (int t = 0; t < R; t++) {
            unsigned set = 0;
            for (int b = 0; b < C; b++) set |= (cols[b] >> (t * C) & box) << (b * C);
            unsigned ways = d->ways[1][t] &= s->chute[1].fits[set];
            if (!ways) return false;
            unsigned any = s->chute[1].any[ways];
            for (int b = 0; b < C; b++) keep[b] |= (any >> (b * C) & box) << (t * C);
        }
        changed = false;
        for (int b = 0; b < C; b++) {
            if (!(cols[b] & ~keep[b])) continue;
            changed = true;
            for (int i = 0; i < R; i++) d->cells[b] &= ~((cols[b] & ~keep[b]) << (i * side));
        }
    }
    d->can[0] = d->must[0] = d->can[1] = d->must[1] = 0;
    for (int t = 0; t < R; t++) {
        d->can[1] |= (uint32_t)s->chute[1].any[d->ways[1][t]] << (t * C * C);
        d->must[1] |= (uint32_t)s->chute[1].all[d->ways[1][t]] << (t * C * C);
    }
    for (int b = 0; b < C; b++) {
        d->can[0] |= (uint32_t)s->chute[0].any[d->ways[0][b]] << (b * R * R);
        d->must[0] |= (uint32_t)s->chute[0].all[d->ways[0][b]] << (b * R * R);
        d->placed[b] = 0;
        for (int i = 0; i < R; i++) {
            uint32_t r = d->cells[b] & row << (i * side);
            if (!(r & (r - 1))) d->placed[b] |= r;
        }
    }
    return true;
}

static bool close_digit(const hr_sudoku_solver *s, digit *d) {
    if (s->side == 9) return close_as(s, d, 3, 3);
    if (s->side == 6) return close_as(s, d, 2, 3);
    return close_as(s, d, 2, 2);
}

/* Puts a digit alone into its row for every bit of `cells`. */
static uint32_t place(const hr_sudoku_solver *s, uint32_t word, uint32_t cells) {
    const uint32_t row = (1u << s->side) - 1;
    for (; cells; cells &= cells - 1) {
        int at = __builtin_ctz(cells);
        word &= ~(row << (at / s->side * s->side)) | 1u << at;
    }
    return word;
}

/* A placed digit excludes the others from its cell; a cell with one candidate holds it. */
static bool settle_cells(const hr_sudoku_solver *s, state *g) {
    const uint32_t full = (1u << (s->side * s->box_rows)) - 1;
    for (int b = 0; b < s->bands; b++) {
        uint32_t placed = 0, once = 0, twice = 0;
        for (int d = 0; d < s->side; d++) {
            const digit *p = &g->digits[d];
            if (placed & p->placed[b]) return false;
            placed |= p->placed[b];
            twice |= once & p->cells[b];
            once |= p->cells[b];
        }
        if (once != full) return false;
        for (int d = 0; d < s->side; d++) {
            digit *p = &g->digits[d];
            uint32_t cells = p->cells[b] & (~placed | p->placed[b]);
            uint32_t single = p->cells[b] & ~twice & ~p->placed[b];
            if (single) cells = place(s, cells, single);
            if (cells == p->cells[b]) continue;
            p->cells[b] = cells;
            g->dirty |= 1u << d;
        }
    }
    return true;
}

/* Strikes out the ways of digit d that miss a mini-line of `need` or take one of `shun`. */
static void strike(const hr_sudoku_solver *s, state *g, int d, int dir, uint32_t need,
                   uint32_t shun) {
    const hr_sudoku_chute *chute = &s->chute[dir];
    const unsigned mask = (1u << chute->lines) - 1;
    for (int c = 0; c < (dir ? s->stacks : s->bands); c++) {
        unsigned n = need >> (c * chute->lines) & mask, x = shun >> (c * chute->lines) & mask;
        for (int k = 0; k < chute->ways; k++)
            if ((n & ~chute->way[k]) || (x & chute->way[k]))
                g->digits[d].ways[dir][c] &= (uint8_t) ~(1u << k);
    }
    g->dirty |= 1u << d;
}

/* A mini-line of w cells takes exactly w digits. can[k], must[k]: those that at least k digits can
 * or must enter. */
static bool settle_lines(const hr_sudoku_solver *s, state *g, int dir) {
    const int w = dir ? s->box_rows : s->box_cols;
    const int chutes = dir ? s->stacks : s->bands;
    const uint32_t full = (uint32_t)((UINT64_C(1) << (chutes * s->chute[dir].lines)) - 1);
    uint32_t can[5] = {full}, must[5] = {full};
    for (int d = 0; d < s->side; d++)
        for (int k = 4; k > 0; k--) {
            can[k] |= can[k - 1] & g->digits[d].can[dir];
            must[k] |= must[k - 1] & g->digits[d].must[dir];
        }
    if (can[w] != full || must[w + 1]) return false;
    const uint32_t exact = full & ~can[w + 1], taken = must[w];
    for (int d = 0; d < s->side; d++) {
        uint32_t open = g->digits[d].can[dir] & ~g->digits[d].must[dir];
        if (open & (exact | taken)) strike(s, g, d, dir, open & exact, open & taken);
    }
    return true;
}

static bool propagate(const hr_sudoku_solver *s, state *g) {
    for (;;) {
        while (g->dirty) {
            int d = __builtin_ctz(g->dirty);
            g->dirty &= g->dirty - 1;
            if (!close_digit(s, &g->digits[d])) return false;
        }
        if (!settle_cells(s, g)) return false;
        if (g->dirty) continue;
        if (!settle_lines(s, g, 0) || !settle_lines(s, g, 1)) return false;
        if (!g->dirty) return true;
    }
}

static int ways_of(const hr_sudoku_solver *s, const state *g, int dir, int c, int d) {
    return s->chute[dir].count[g->digits[d].ways[dir][c]];
}

/* Where to guess; false when every digit has one way everywhere: solved. */
static bool choose(const hr_sudoku_solver *s, const state *g, int *dir, int *chute, int *d) {
    int least = 1000;
    for (int i = 0; i < s->bands + s->stacks; i++) {
        int c = i < s->bands ? i : i - s->bands, sum = 0;
        for (int e = 0; e < s->side; e++) sum += ways_of(s, g, i >= s->bands, c, e);
        if (sum == s->side || sum >= least) continue;
        least = sum;
        *dir = i >= s->bands;
        *chute = c;
    }
    if (least == 1000) return false;
    least = 1000;
    for (int e = 0; e < s->side; e++) {
        int n = ways_of(s, g, *dir, *chute, e);
        if (n < 2 || n >= least) continue;
        least = n;
        *d = e;
    }
    return true;
}

static void keep_solution(const hr_sudoku_solver *s, const state *g, uint8_t *solution) {
    const int word = s->side * s->box_rows;
    for (int d = 0; d < s->side; d++)
        for (int b = 0; b < s->bands; b++)
            for (uint32_t w = g->digits[d].cells[b]; w; w &= w - 1)
                solution[b * word + __builtin_ctz(w)] = (uint8_t)(d + 1);
}

/* Counts the solutions of *g, which it uses up; true when there are enough. The depth is bounded:
 * every level fixes a way of one of at most 54 digits in chutes. */
static bool explore(const search *q, state *g) {
    hr_sudoku_result *result = q->result;
    for (;;) {
        int dir = 0, chute = 0, d = 0;
        if (!propagate(q->solver, g)) return false;
        if (!choose(q->solver, g, &dir, &chute, &d)) {
            if (q->list) keep_solution(q->solver, g, q->list[result->solutions]);
            if (result->solutions++ == 0) {
                result->first = result->guesses;
                keep_solution(q->solver, g, result->solution);
            }
            return result->solutions >= q->limit;
        }
        result->given_up = q->solver->most && result->guesses == q->solver->most;
        if (result->given_up) return true;
        uint8_t *ways = &g->digits[d].ways[dir][chute];
        uint8_t guess = *ways & (uint8_t) - *ways;
        if (result->guesses < INT32_MAX) result->guesses++;
        state then = *g;
        then.digits[d].ways[dir][chute] = guess;
        then.dirty = g->dirty = 1u << d;
        if (explore(q, &then)) return true;
        *ways &= (uint8_t)~guess;
    }
}

/* All candidates but those that the givens and the ban exclude. False when a cell holds no digit
 * of this side. */
static bool start(const hr_sudoku_solver *s, const uint8_t *cells, int ban_cell, int ban_digit,
                  state *g) {
    const int word = s->side * s->box_rows;
    memset(g, 0, sizeof *g);
    for (int d = 0; d < s->side; d++) {
        digit *p = &g->digits[d];
        for (int b = 0; b < 3; b++) {
            if (b < s->bands) p->cells[b] = (1u << word) - 1;
            p->ways[0][b] = p->ways[1][b] = 63;
        }
    }
    for (int i = 0; i < s->side * s->side; i++) {
        if (!cells[i]) continue;
        if (cells[i] > s->side) return false;
        uint32_t bit = 1u << (i % word);
        for (int d = 0; d < s->side; d++) {
            uint32_t *at = &g->digits[d].cells[i / word];
            if (d + 1 != cells[i]) *at &= ~bit;
            else *at = *at & bit ? place(s, *at, bit) : 0;
        }
    }
    if (ban_cell >= 0) g->digits[ban_digit - 1].cells[ban_cell / word] &= ~(1u << ban_cell % word);
    g->dirty = (1u << s->side) - 1;
    return true;
}

void hr_sudoku_search(const hr_sudoku_solver *solver, const uint8_t *cells, int ban_cell,
                      int ban_digit, int limit, uint8_t (*list)[HR_SUDOKU_CELLS_MAX],
                      hr_sudoku_result *result) {
    state g;
    search q = {.solver = solver, .limit = limit, .list = list, .result = result};
    memset(result, 0, sizeof *result);
    if (limit > 0 && start(solver, cells, ban_cell, ban_digit, &g)) explore(&q, &g);
    if (!result->solutions) result->first = result->guesses;
}
