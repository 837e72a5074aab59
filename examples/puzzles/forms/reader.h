/* reader.h - digits that are read through noise, and what is left of them as a puzzle.
 *
 * A digit is shown by seven segments, each dark or light, +1 or -1, and every segment arrives with
 * normal noise added. The reader knows the shapes and the noise, so what it says of a digit is
 * exact: the chance of each of the nine. As a puzzle a cell holds the likeliest digit, a letter
 * where it is one of two, and nothing where it may be one of more: how much of the chance may be
 * left out says which. */
#ifndef READER_H
#define READER_H

#include <math.h>

#include "../generate.h"

enum { CELLS = 81, DIGITS = 9, SEGMENTS = 7 };
/* Segments of 1 to 9, a bit each: top, upper left, upper right, middle, lower left, lower right,
 * bottom. */
static const int shape[DIGITS] = {0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f};

/* What the reader says of a form. */
typedef struct form {
    bool given[CELLS];
    double cost[CELLS][DIGITS]; /* -log of the chance over that of the likeliest; 0 where nothing is
                                   given */
    double chance[CELLS][DIGITS];
} form;

static inline double normal(void) {
    double u = ((double)(random_bits() >> 11) + 1) / 9007199254740993.0;
    double v = (double)(random_bits() >> 11) / 9007199254740992.0;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline void read_digit(int digit, double noise, double *cost, double *chance) {
    double seen[SEGMENTS], least = INFINITY, sum = 0;
    for (int s = 0; s < SEGMENTS; s++)
        seen[s] = (shape[digit] >> s & 1 ? 1 : -1) + noise * normal();
    for (int d = 0; d < DIGITS; d++) {
        cost[d] = 0;
        for (int s = 0; s < SEGMENTS; s++) {
            double off = seen[s] - (shape[d] >> s & 1 ? 1 : -1);
            cost[d] += off * off / (2 * noise * noise);
        }
        if (cost[d] < least) least = cost[d];
    }
    for (int d = 0; d < DIGITS; d++) sum += chance[d] = exp(-(cost[d] -= least));
    for (int d = 0; d < DIGITS; d++) chance[d] /= sum;
}

/* The `number`-th form of a seed: the givens of a puzzle, read. */
static inline void read_form(const char *question, double noise, uint64_t seed, uint64_t number,
                             form *out) {
    generate_state = seed * 0x9e3779b97f4a7c15 ^ number * 0xd1342543de82ef95;
    random_bits();
    memset(out, 0, sizeof *out);
    for (int i = 0; i < CELLS; i++) {
        out->given[i] = question[i] >= '1' && question[i] <= '9';
        if (out->given[i]) read_digit(question[i] - '1', noise, out->cost[i], out->chance[i]);
    }
}

/* The likeliest digit. */
static inline int likeliest(const double *chance) {
    int best = 0;
    for (int d = 1; d < DIGITS; d++)
        if (chance[d] > chance[best]) best = d;
    return best;
}

/* The likeliest digits, one at least, that leave out no more of the chance than that. */
static inline int likely_set(const double *chance, double left_out) {
    double left = 1;
    int set = 0;
    while (!set || (left > left_out && set != (1 << DIGITS) - 1)) {
        double rest[DIGITS];
        for (int d = 0; d < DIGITS; d++) rest[d] = set >> d & 1 ? -1 : chance[d];
        int next = likeliest(rest);
        set |= 1 << next;
        left -= chance[next];
    }
    return set;
}

/* A cell as the task file has it: a to z and A to J are the pairs 12, 13, ... 89. */
static inline char cell_of(int set) {
    if (__builtin_popcount((unsigned)set) > 2) return '.';
    int first = __builtin_ctz((unsigned)set), n = 0;
    if (set == 1 << first) return (char)('1' + first);
    for (int a = 0; a < DIGITS; a++)
        for (int b = a + 1; b < DIGITS; b++, n++)
            if (set == (1 << a | 1 << b)) return (char)(n < 26 ? 'a' + n : 'A' + n - 26);
    return '.';
}

/* What the puzzle says of a cell. */
static inline int set_of(const form *f, int cell, double left_out) {
    int every = (1 << DIGITS) - 1;
    int set = f->given[cell] ? likely_set(f->chance[cell], left_out) : every;
    return __builtin_popcount((unsigned)set) > 2 ? every : set;
}

static inline void puzzle_of(const form *f, double left_out, char *question) {
    for (int i = 0; i < CELLS; i++) question[i] = cell_of(set_of(f, i, left_out));
    question[CELLS] = 0;
}

#endif
