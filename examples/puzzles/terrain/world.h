/* world.h - terrain that costs to cross, what is seen of it, and the best ways over it.
 *
 * Below the terrain lies a smooth field of normal numbers; a cell is plain, rough or rock by it,
 * with a short slope between: crossing costs near 1, 3 or 9. What is seen of a cell is its cost
 * with noise added, of which a part is like that of the cells around; of some cells nothing is
 * seen. A way goes from cell to neighbouring cell, and costs what the cells cost that it enters. */
#ifndef WORLD_H
#define WORLD_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 10, CELLS = SIDE * SIDE };

/* The field's, and the noise's common part: how far they reach, in cells. The noise's standard
 * deviations at level 1, in costs: the common part's, and each cell's own. */
#define REACH       1.6
#define NOISE_REACH 2.0
#define NOISE_JOINT 1.2
#define NOISE_OWN   1.0

typedef struct square {
    double at[CELLS][CELLS];
} square;

/* A map, and what is seen of it. */
typedef struct world {
    double cost[CELLS], seen[CELLS];
    bool missing[CELLS];
    int goal, start;
} world;

/* ---- chance ---------------------------------------------------------------------------------- */

static uint64_t chance_state;

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t chance_bits(void) {
    uint64_t z = chance_state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Each purpose, seed and number has numbers of its own. */
static void chance_begin(uint64_t purpose, uint64_t seed, uint64_t number) {
    chance_state = purpose;
    chance_state = chance_bits() ^ seed;
    chance_state = chance_bits() ^ number;
    chance_bits();
}

/* Above 0, below 1. */
static double chance(void) {
    return ((double)(chance_bits() >> 12) + 0.5) / 0x1p52;
}

static int chance_below(int n) {
    return (int)(chance() * n);
}

/* Box and Muller. */
static double normal(void) {
    double r = sqrt(-2 * log(chance()));
    return r * cos(2 * 3.14159265358979323846 * chance());
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* How alike two cells are in a field of that reach. */
static double alike(int a, int b, double reach) {
    double dr = a / SIDE - b / SIDE, dc = a % SIDE - b % SIDE;
    return exp(-(dr * dr + dc * dc) / (2 * reach * reach));
}

/* The lower triangle L with L L^T = m, of the first n rows and columns (Cholesky). */
static void triangle(const square *m, int n, square *out) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = m->at[i][j];
            for (int k = 0; k < j; k++) sum -= out->at[i][k] * out->at[j][k];
            out->at[i][j] = i == j ? sqrt(sum) : sum / out->at[j][j];
        }
}

/* L of a field of that reach, whose numbers have the variance 1. */
static void field_of(double reach, square *out) {
    static square m;
    for (int i = 0; i < CELLS; i++)
        for (int j = 0; j < CELLS; j++) m.at[i][j] = alike(i, j, reach) + (i == j ? 1e-6 : 0);
    triangle(&m, CELLS, out);
}

static void draw_field(const square *l, double *out) {
    double own[CELLS];
    for (int i = 0; i < CELLS; i++) own[i] = normal();
    for (int i = 0; i < CELLS; i++) {
        out[i] = 0;
        for (int j = 0; j <= i; j++) out[i] += l->at[i][j] * own[j];
    }
}

static double slope(double x) {
    return 1 / (1 + exp(-8 * x));
}

/* What a cell costs over that number of the field. */
static double cost_of(double field) {
    return 1 + 2 * slope(field + 0.2) + 6 * slope(field - 0.9);
}

static double cost_slope(double field) {
    double rough = slope(field + 0.2), rock = slope(field - 0.9);
    return 8 * (2 * rough * (1 - rough) + 6 * rock * (1 - rock));
}

/* ---- ways ------------------------------------------------------------------------------------ */

enum { UP, DOWN, LEFT, RIGHT, HERE };

/* The cell that lies there; -1: none does. */
static int step_to(int cell, int arrow) {
    int r = cell / SIDE + (arrow == DOWN) - (arrow == UP),
        c = cell % SIDE + (arrow == RIGHT) - (arrow == LEFT);
    return r < 0 || c < 0 || r == SIDE || c == SIDE ? -1 : r * SIDE + c;
}

/* From every cell the first step of the cheapest way to the goal (Dijkstra); of ways that cost the
 * same the one whose first step is the first of up, down, left, right. Costs below `least` count as
 * that. */
static void plan(const double *cost, int goal, int *arrow) {
    const double least = 0.1;
    double far[CELLS];
    bool done[CELLS] = {false};
    for (int i = 0; i < CELLS; i++) far[i] = i == goal ? 0 : INFINITY;
    for (int n = 0; n < CELLS; n++) {
        int at = -1;
        for (int i = 0; i < CELLS; i++)
            if (!done[i] && (at < 0 || far[i] < far[at])) at = i;
        done[at] = true;
        double through = far[at] + fmax(cost[at], least);
        for (int a = 0; a < HERE; a++) {
            int to = step_to(at, a);
            if (to >= 0 && through < far[to]) far[to] = through;
        }
    }
    for (int i = 0; i < CELLS; i++) {
        double best = INFINITY;
        arrow[i] = HERE;
        for (int a = 0; a < HERE && i != goal; a++) {
            int to = step_to(i, a);
            if (to < 0 || far[to] + fmax(cost[to], least) >= best) continue;
            best = far[to] + fmax(cost[to], least);
            arrow[i] = a;
        }
    }
}

/* What the way along the arrows costs from start to goal; negative where they do not lead there. */
static double walk(const world *w, const int *arrow) {
    double sum = 0;
    int at = w->start;
    for (int n = 0; n < CELLS && at != w->goal; n++) {
        at = arrow[at] == HERE ? -1 : step_to(at, arrow[at]);
        if (at < 0) return -1;
        sum += w->cost[at];
    }
    return at == w->goal ? sum : -1;
}

/* ---- what is seen ---------------------------------------------------------------------------- */

/* Noise and gaps number `number` of a seed, at a level; which readings they leave alone. */
static void draw_noise(double level, uint64_t seed, uint64_t number, double *noise, bool *missing) {
    static square joint;
    static bool known;
    if (!known) field_of(NOISE_REACH, &joint);
    known = true;
    chance_begin(2, seed, number);
    draw_field(&joint, noise);
    for (int i = 0; i < CELLS; i++) {
        noise[i] = level * (NOISE_JOINT * noise[i] + NOISE_OWN * normal());
        missing[i] = chance() < 0.1;
    }
    int row = chance_below(SIDE - 2), col = chance_below(SIDE - 2);
    int gap = chance() < 0.5 ? 9 : 0;
    for (int i = 0; i < gap; i++) missing[(row + i / 3) * SIDE + col + i % 3] = true;
}

/* Map `number` of a seed seen through the noise of another number, with the goal of draw `goal`.
 * The start is at least eight steps from it. */
static void make_world(double level, uint64_t seed, uint64_t number, uint64_t noise, uint64_t goal,
                       world *out) {
    static square field;
    static bool known;
    if (!known) field_of(REACH, &field);
    known = true;
    chance_begin(1, seed, number);
    draw_field(&field, out->cost);
    for (int i = 0; i < CELLS; i++) out->cost[i] = cost_of(out->cost[i]);
    draw_noise(level, seed, noise, out->seen, out->missing);
    for (int i = 0; i < CELLS; i++)
        out->seen[i] = out->missing[i] ? 0 : out->cost[i] + out->seen[i];
    chance_begin(3, seed, number ^ goal << 32);
    int apart;
    do {
        out->goal = chance_below(CELLS);
        out->start = chance_below(CELLS);
        apart =
            abs(out->goal / SIDE - out->start / SIDE) + abs(out->goal % SIDE - out->start % SIDE);
    } while (apart < 8);
}

#endif
