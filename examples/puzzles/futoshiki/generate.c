/* generate.c - Futoshiki: a 5x5 Latin square, of which some digits and some signs between
 * neighbours are told. At first only so many that there is one solution, then perhaps a few more,
 * so that puzzles are of all difficulties.
 *
 * The text is a grid of 9x9: digits in the odd rows and columns, signs between them.             */
#include "../generate.h"

enum { SIDE = 5, CELLS = SIDE * SIDE, WIDE = 2 * SIDE - 1, SIGNS = 2 * SIDE * (SIDE - 1) };
enum {
    DIGITS_FIRST = 16, /* digits that go before any sign, so that signs have something to say */
    DIGITS_MOST = 10,  /* told in the end */
    SIGNS_MOST = 14
};

typedef struct grid {
    int cell[CELLS]; /* 0: open */
    unsigned row[SIDE], col[SIDE];
    int sign[SIGNS]; /* of lower[s], upper[s]: -1 the first is smaller, 1 larger, 0 not told */
} grid;

static int one[SIGNS], other[SIGNS], place[SIGNS]; /* cells of each sign; where it is written */

static void lay_out(void) {
    int s = 0;
    for (int i = 0; i < CELLS; i++) {
        int r = i / SIDE, c = i % SIDE;
        if (c + 1 < SIDE) {
            one[s] = i;
            other[s] = i + 1;
            place[s++] = 2 * r * WIDE + 2 * c + 1;
        }
        if (r + 1 < SIDE) {
            one[s] = i;
            other[s] = i + SIDE;
            place[s++] = (2 * r + 1) * WIDE + 2 * c;
        }
    }
}

static void set(grid *g, int i, int digit) {
    unsigned bit = 1u << (digit ? digit : g->cell[i]);
    g->cell[i] = digit;
    g->row[i / SIDE] ^= bit;
    g->col[i % SIDE] ^= bit;
}

/* The digits that cell i may hold, by its row, its column and the signs towards cells that are
 * filled. */
static unsigned allowed(const grid *g, int i) {
    unsigned fits = 0x3e & ~(g->row[i / SIDE] | g->col[i % SIDE]);
    for (int s = 0; s < SIGNS; s++) {
        if (!g->sign[s] || (one[s] != i && other[s] != i)) continue;
        int order = one[s] == i ? g->sign[s] : -g->sign[s];
        int d = g->cell[one[s] == i ? other[s] : one[s]];
        if (order < 0) fits &= d ? (1u << d) - 1 : ~(1u << SIDE); /* smaller than d */
        else fits &= d ? ~((2u << d) - 1) : ~2u;
    }
    return fits;
}

static int solve(grid *g, const int *order, int limit, int *solution) {
    int best = -1, least = SIDE + 1;
    unsigned fits = 0;
    for (int i = 0; i < CELLS; i++) {
        if (g->cell[i]) continue;
        unsigned own = allowed(g, i);
        if (__builtin_popcount(own) >= least) continue;
        least = __builtin_popcount(own);
        best = i;
        fits = own;
    }
    if (best < 0) {
        if (solution) memcpy(solution, g->cell, sizeof g->cell);
        return 1;
    }
    int found = 0;
    for (int k = 0; k < SIDE && found < limit; k++) {
        if (!(fits >> (order[k] + 1) & 1)) continue;
        set(g, best, order[k] + 1);
        found += solve(g, order, limit - found, found ? NULL : solution);
        set(g, best, 0);
    }
    return found;
}

static void random_square(int *solution, int *digits) {
    grid g = {0};
    int order[CELLS];
    do {
        memset(&g, 0, sizeof g);
        shuffle(order, CELLS);
        for (int k = 0; k < 6; k++) {
            int digit = 1 + random_below(SIDE);
            if (allowed(&g, order[k]) >> digit & 1) set(&g, order[k], digit);
        }
        shuffle(digits, SIDE);
    } while (!solve(&g, digits, 1, solution));
}

/* The same for squares that turning, mirroring or reversing the digits makes equal. */
static uint64_t kind_of(const int *solution) {
    uint64_t least = UINT64_MAX;
    for (int k = 0; k < 16; k++) {
        char text[CELLS + 1] = {0};
        for (int i = 0; i < CELLS; i++) {
            int r = i / SIDE, c = i % SIDE;
            if (k & 1) r = SIDE - 1 - r;
            if (k & 2) c = SIDE - 1 - c;
            int digit = solution[k & 4 ? c * SIDE + r : r * SIDE + c];
            text[i] = (char)('0' + (k & 8 ? SIDE + 1 - digit : digit));
        }
        uint64_t hash = hash_of(text);
        if (hash < least) least = hash;
    }
    /* the least of many hashes is a small one: mix it again */
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)least);
    return hash_of(text);
}

static void print(const grid *g, const int *digits, char *out) {
    memset(out, ' ', WIDE * WIDE);
    for (int i = 0; i < CELLS; i++)
        out[2 * (i / SIDE) * WIDE + 2 * (i % SIDE)] = digits[i] ? (char)('0' + digits[i]) : '.';
    for (int s = 0; s < SIGNS; s++) {
        bool flat = other[s] == one[s] + 1;
        if (g->sign[s]) out[place[s]] = g->sign[s] < 0 ? (flat ? '<' : '^') : flat ? '>' : 'v';
    }
    out[WIDE * WIDE] = 0;
}

/* Tells more: up to a number of digits and of signs that is drawn between what is told and most. */
static void ease(grid *g, const int *solution) {
    int order[CELLS + SIGNS], digits = 0, signs = 0;
    for (int i = 0; i < CELLS; i++) digits += g->cell[i] != 0;
    for (int s = 0; s < SIGNS; s++) signs += g->sign[s] != 0;
    int more_digits = digits < DIGITS_MOST ? random_below(DIGITS_MOST - digits + 1) : 0;
    int more_signs = signs < SIGNS_MOST ? random_below(SIGNS_MOST - signs + 1) : 0;
    shuffle(order, CELLS + SIGNS);
    for (int k = 0; k < CELLS + SIGNS; k++) {
        int i = order[k], s = i - CELLS;
        if (i < CELLS && !g->cell[i] && more_digits > 0) {
            set(g, i, solution[i]);
            more_digits--;
        } else if (i >= CELLS && !g->sign[s] && more_signs > 0) {
            g->sign[s] = solution[one[s]] < solution[other[s]] ? -1 : 1;
            more_signs--;
        }
    }
}

static bool make(char *question, char *answer, uint64_t *kind) {
    grid g = {0};
    int digits[SIDE], order[CELLS + SIGNS], solution[CELLS];
    random_square(solution, digits);
    for (int i = 0; i < CELLS; i++) set(&g, i, solution[i]);
    for (int s = 0; s < SIGNS; s++) g.sign[s] = solution[one[s]] < solution[other[s]] ? -1 : 1;
    int first[CELLS];
    shuffle(first, CELLS);
    shuffle(order, CELLS + SIGNS);
    for (int k = -DIGITS_FIRST; k < CELLS + SIGNS; k++) { /* what is not needed goes */
        int i = k < 0 ? first[-k] : order[k], s = i - CELLS, digit = i < CELLS ? g.cell[i] : 0;
        int sign = i < CELLS ? 0 : g.sign[s];
        if (!digit && !sign) continue;
        if (digit) set(&g, i, 0);
        else g.sign[s] = 0;
        if (solve(&g, digits, 2, NULL) == 1) continue;
        if (digit) set(&g, i, digit);
        else g.sign[s] = sign;
    }
    ease(&g, solution);
    print(&g, g.cell, question);
    print(&g, solution, answer);
    *kind = kind_of(solution);
    return true;
}

int main(int argc, char **argv) {
    lay_out();
    return generate(argc, argv, make);
}
