/* weighed.h - the Sudoku grid that costs least, exactly: depth first, cheapest digits first. A
 * limit of the cost, doubled until a grid keeps it, rules most digits of most cells out before any
 * guess; what the cells cost at least rules out more behind every one. */
#ifndef WEIGHED_H
#define WEIGHED_H

#include "reader.h"

typedef struct weighed {
    const double (*cost)[DIGITS];
    double best; /* of the grid found, or the limit */
    bool found;
    char grid[CELLS + 1];
    long nodes, most; /* after so many guesses it gives up: what it has is then not proved */
} weighed;

/* Takes a digit out of a cell, and what follows; false: some cell is left with none. */
static bool take_out(uint16_t *may, int cell, int set);

/* The cell holds the one digit of the set: its peers do not. */
static bool keep_alone(uint16_t *may, int cell, int set) {
    int row = cell / 9, col = cell % 9, box = row / 3 * 27 + col / 3 * 3;
    for (int k = 0; k < 9; k++) {
        int peer[3] = {row * 9 + k, k * 9 + col, box + k / 3 * 9 + k % 3};
        for (int p = 0; p < 3; p++)
            if (peer[p] != cell && (may[peer[p]] & set) && !take_out(may, peer[p], set))
                return false;
    }
    return true;
}

static bool take_out(uint16_t *may, int cell, int set) {
    may[cell] &= (uint16_t)~set;
    if (!may[cell]) return false;
    return (may[cell] & (may[cell] - 1)) || keep_alone(may, cell, may[cell]);
}

/* Sets where a digit has one place left in a row, column or box; false: it has none. */
static bool place_hidden(uint16_t *may) {
    for (int unit = 0; unit < 27; unit++)
        for (int d = 0; d < 9; d++) {
            int places = 0, at = 0;
            for (int k = 0; k < 9; k++) {
                int u = unit % 9;
                int cell = unit < 9    ? u * 9 + k
                           : unit < 18 ? k * 9 + u
                                       : u / 3 * 27 + u % 3 * 3 + k / 3 * 9 + k % 3;
                if (may[cell] >> d & 1) places++, at = cell;
            }
            if (!places) return false;
            if (places == 1 && may[at] != 1 << d && !take_out(may, at, may[at] & ~(1 << d)))
                return false;
        }
    return true;
}

/* What the cells cost at least. */
static double bound(const weighed *w, const uint16_t *may) {
    double sum = 0;
    for (int i = 0; i < CELLS; i++) {
        double least = INFINITY;
        for (int d = 0; d < DIGITS; d++)
            if (may[i] >> d & 1 && w->cost[i][d] < least) least = w->cost[i][d];
        sum += least;
    }
    return sum;
}

/* Takes digits out that would make a grid too dear, until none would; false: all would. */
static bool rule_out(const weighed *w, uint16_t *may) {
    for (bool more = true; more;) {
        more = false;
        if (!place_hidden(may)) return false;
        const double spare = w->best - bound(w, may);
        if (spare <= 0) return false;
        for (int i = 0; i < CELLS; i++) {
            double least = INFINITY;
            int dear = 0;
            for (int d = 0; d < DIGITS; d++)
                if (may[i] >> d & 1 && w->cost[i][d] < least) least = w->cost[i][d];
            for (int d = 0; d < DIGITS; d++)
                if (may[i] >> d & 1 && w->cost[i][d] - least >= spare) dear |= 1 << d;
            if (dear && !take_out(may, i, dear)) return false;
            more |= dear != 0;
        }
    }
    return true;
}

static void search(weighed *w, const uint16_t *from) {
    uint16_t may[CELLS];
    memcpy(may, from, sizeof may);
    if (w->nodes++ >= w->most || !rule_out(w, may)) return;
    int cell = -1, fewest = 10;
    for (int i = 0; i < CELLS; i++) {
        int n = __builtin_popcount(may[i]);
        if (n > 1 && n < fewest) fewest = n, cell = i;
    }
    if (cell < 0) {
        w->best = bound(w, may);
        w->found = true;
        for (int i = 0; i < CELLS; i++) w->grid[i] = (char)('1' + __builtin_ctz(may[i]));
        return;
    }
    for (int left = may[cell]; left;) {
        int next = -1;
        for (int d = 0; d < DIGITS; d++)
            if (left >> d & 1 && (next < 0 || w->cost[cell][d] < w->cost[cell][next])) next = d;
        left &= ~(1 << next);
        uint16_t tried[CELLS];
        memcpy(tried, may, sizeof tried);
        if (take_out(tried, cell, may[cell] & ~(1 << next))) search(w, tried);
    }
}

/* The cheapest grid of digits from the sets of the cells. */
static inline void weigh(const double cost[CELLS][DIGITS], const int *sets, long most,
                         weighed *out) {
    uint16_t may[CELLS];
    double dearest = 0;
    *out = (weighed){.cost = cost, .most = most};
    for (int i = 0; i < CELLS; i++) may[i] = (1 << DIGITS) - 1;
    for (int i = 0; i < CELLS; i++)
        if ((may[i] & ~sets[i]) && !take_out(may, i, may[i] & ~sets[i])) return;
    for (int i = 0; i < CELLS; i++) {
        double most_of = 0;
        for (int d = 0; d < DIGITS; d++)
            if (may[i] >> d & 1 && cost[i][d] > most_of) most_of = cost[i][d];
        dearest += most_of;
    }
    for (double limit = 1; !out->found && out->nodes < most; limit *= 2) {
        out->best = limit;
        search(out, may);
        if (limit > dearest) break;
    }
}

#endif
