/* generate.c - 6x6 Sudoku whose regions are not boxes, minimal and with one solution.
 *
 * The regions admit 7,600 solutions up to the names of the digits, and a half turn maps the regions
 * onto themselves. Half of the solutions are for training, the others for testing. */
#include "../generate.h"

enum { SIDE = 6, CELLS = SIDE * SIDE };
static const char regions[] = "AABBCC"
                              "AABBCC"
                              "DABEFC"
                              "DABEFC"
                              "DDEEFF"
                              "DDEEFF";

/* The digits of one puzzle; sets of digits used in rows, columns and regions. */
typedef struct grid {
    int cell[CELLS]; /* 0: open */
    unsigned row[SIDE], col[SIDE], region[SIDE];
} grid;

static void set(grid *g, int i, int digit) {
    unsigned bit = 1u << (digit ? digit : g->cell[i]);
    g->cell[i] = digit;
    g->row[i / SIDE] ^= bit;
    g->col[i % SIDE] ^= bit;
    g->region[regions[i] - 'A'] ^= bit;
}

static unsigned used(const grid *g, int i) {
    return g->row[i / SIDE] | g->col[i % SIDE] | g->region[regions[i] - 'A'];
}

/* Counts solutions up to `limit`, trying digits in the given order; keeps the first. */
static int solve(grid *g, const int *order, int limit, int *solution) {
    int best = -1, most = -1;
    for (int i = 0; i < CELLS; i++) {
        if (g->cell[i]) continue;
        int taken = __builtin_popcount(used(g, i));
        if (taken > most) {
            most = taken;
            best = i;
        }
    }
    if (best < 0) {
        if (solution) memcpy(solution, g->cell, sizeof g->cell);
        return 1;
    }
    int found = 0;
    for (int k = 0; k < SIDE && found < limit; k++) {
        int digit = order[k] + 1;
        if (used(g, best) >> digit & 1) continue;
        set(g, best, digit);
        found += solve(g, order, limit - found, found ? NULL : solution);
        set(g, best, 0);
    }
    return found;
}

/* Equal for solutions that are the same but for the names of their digits and a half turn. */
static uint64_t kind_of(const int *solution) {
    uint64_t kind = 0;
    for (int turn = 0; turn < 2; turn++) {
        char plain[CELLS + 1] = {0};
        int name[SIDE + 1] = {0}, names = 0;
        for (int i = 0; i < CELLS; i++) {
            int digit = solution[turn ? CELLS - 1 - i : i];
            if (!name[digit]) name[digit] = ++names;
            plain[i] = (char)('0' + name[digit]);
        }
        kind += hash_of(plain);
    }
    return kind;
}

static bool make(char *question, char *answer, uint64_t *kind) {
    grid g = {0};
    int digits[SIDE], order[CELLS], solution[CELLS];
    /* a random solution: random digits in random cells, as long as they fit, then the rest */
    shuffle(order, CELLS);
    for (int k = 0; k < 8; k++) {
        int digit = 1 + random_below(SIDE);
        if (!(used(&g, order[k]) >> digit & 1)) set(&g, order[k], digit);
    }
    shuffle(digits, SIDE);
    if (!solve(&g, digits, 1, solution)) return false;
    memset(&g, 0, sizeof g);
    for (int i = 0; i < CELLS; i++) set(&g, i, solution[i]);
    shuffle(order, CELLS);
    for (int k = 0; k < CELLS; k++) { /* what is not needed goes */
        int digit = g.cell[order[k]];
        set(&g, order[k], 0);
        if (solve(&g, digits, 2, NULL) > 1) set(&g, order[k], digit);
    }
    for (int i = 0; i < CELLS; i++) {
        question[i] = g.cell[i] ? (char)('0' + g.cell[i]) : '.';
        answer[i] = (char)('0' + solution[i]);
    }
    question[CELLS] = answer[CELLS] = 0;
    *kind = kind_of(solution);
    return true;
}

int main(int argc, char **argv) {
    return generate(argc, argv, make);
}
