/* planners.h - what can be made of a seen map: costs to plan with, the better the more is known.
 *
 * The cheapest expected way is the cheapest one by expected costs, since a way's cost is a sum. So
 * who knows terrain and noise as well as `sampled` does has, but for the sampling, the best that
 * anything can do. */
#ifndef PLANNERS_H
#define PLANNERS_H

#include "world.h"

/* The cells of which something is seen. */
static int list_seen(const world *w, int *cell) {
    int n = 0;
    for (int i = 0; i < CELLS; i++)
        if (!w->missing[i]) cell[n++] = i;
    return n;
}

/* As seen; a gap costs what the others do in the mean. */
static void raw(const world *w, double *out) {
    int cell[CELLS], n = list_seen(w, cell);
    double mean = 0;
    for (int i = 0; i < n; i++) mean += w->seen[cell[i]] / n;
    for (int i = 0; i < CELLS; i++) out[i] = w->missing[i] ? mean : w->seen[i];
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of what is seen of the nine cells around; of none of them as `raw`. */
static void median(const world *w, double *out) {
    raw(w, out);
    for (int i = 0; i < CELLS; i++) {
        double near[9];
        int n = 0;
        for (int r = i / SIDE - 1; r <= i / SIDE + 1; r++)
            for (int c = i % SIDE - 1; c <= i % SIDE + 1; c++) {
                bool inside = r >= 0 && c >= 0 && r < SIDE && c < SIDE;
                if (inside && !w->missing[r * SIDE + c]) near[n++] = w->seen[r * SIDE + c];
            }
        qsort(near, (size_t)n, sizeof *near, ascending);
        if (n) out[i] = (near[(n - 1) / 2] + near[n / 2]) / 2;
    }
}

/* What the noise of two cells has in common. */
static double noise_between(int a, int b, double level) {
    double own = a == b ? NOISE_OWN * NOISE_OWN + NOISE_JOINT * NOISE_JOINT * 1e-6 : 0;
    return level * level * (NOISE_JOINT * NOISE_JOINT * alike(a, b, NOISE_REACH) + own);
}

/* x = L^-1 x, of the first n. */
static void solve_lower(const square *l, int n, double *x) {
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) x[i] -= l->at[i][j] * x[j];
        x[i] /= l->at[i][i];
    }
}

/* x = L^-T x. */
static void solve_upper(const square *l, int n, double *x) {
    for (int i = n - 1; i >= 0; i--) {
        for (int j = i + 1; j < n; j++) x[i] -= l->at[j][i] * x[j];
        x[i] /= l->at[i][i];
    }
}

/* Mean of a cell's cost, and what two cells so far apart have in common, from many maps. */
typedef struct terrain_moments {
    double mean, common[SIDE][SIDE];
} terrain_moments;

static const terrain_moments *moments(void) {
    enum { MAPS = 4000 };
    static terrain_moments out;
    static double count[SIDE][SIDE];
    static square field;
    if (out.mean > 0) return &out;
    field_of(REACH, &field);
    chance_begin(4, 0, 0);
    for (int m = 0; m < MAPS; m++) {
        double cost[CELLS];
        draw_field(&field, cost);
        for (int i = 0; i < CELLS; i++) out.mean += (cost[i] = cost_of(cost[i])) / (MAPS * CELLS);
        for (int i = 0; i < CELLS; i++)
            for (int j = 0; j < CELLS; j++) {
                int r = abs(i / SIDE - j / SIDE), c = abs(i % SIDE - j % SIDE);
                out.common[r][c] += cost[i] * cost[j];
                count[r][c]++;
            }
    }
    for (int r = 0; r < SIDE; r++)
        for (int c = 0; c < SIDE; c++)
            out.common[r][c] = out.common[r][c] / count[r][c] - out.mean * out.mean;
    return &out;
}

static double common(int a, int b) {
    return moments()->common[abs(a / SIDE - b / SIDE)][abs(a % SIDE - b % SIDE)];
}

/* The best estimate that is linear in what is seen (kriging): the posterior mean, were costs normal
 * numbers with the mean and the covariances that they have. */
static void linear(const world *w, double level, double *out) {
    static square m, l;
    int cell[CELLS], n = list_seen(w, cell);
    double weight[CELLS];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            m.at[i][j] = common(cell[i], cell[j]) + noise_between(cell[i], cell[j], level);
        m.at[i][i] += 1e-3; /* covariances that were sampled */
        weight[i] = w->seen[cell[i]] - moments()->mean;
    }
    triangle(&m, n, &l);
    solve_lower(&l, n, weight);
    solve_upper(&l, n, weight);
    for (int i = 0; i < CELLS; i++) {
        out[i] = moments()->mean;
        for (int j = 0; j < n; j++) out[i] += common(i, cell[j]) * weight[j];
    }
}

/* ---- the posterior by sampling --------------------------------------------------------------- */

/* A field as independent normal numbers, of which it is made, and how unlikely it is. */
typedef struct sample {
    double own[CELLS], field[CELLS], slope[CELLS], energy;
} sample;

typedef struct posterior {
    const world *seen;
    const square *prior; /* of the field */
    square noise;        /* of what is seen */
    int cell[CELLS], n;
    double
        trust; /* in what is seen: below 1 at first, so that no sample is caught where it began */
} posterior;

/* Field, energy and its slope, from its own numbers. */
static void weigh(const posterior *p, sample *s) {
    double rest[CELLS], back[CELLS] = {0};
    s->energy = 0;
    for (int i = 0; i < CELLS; i++) {
        s->field[i] = 0;
        for (int j = 0; j <= i; j++) s->field[i] += p->prior->at[i][j] * s->own[j];
        s->energy += s->own[i] * s->own[i] / 2;
    }
    for (int i = 0; i < p->n; i++)
        rest[i] = p->seen->seen[p->cell[i]] - cost_of(s->field[p->cell[i]]);
    solve_lower(&p->noise, p->n, rest);
    for (int i = 0; i < p->n; i++) s->energy += p->trust * rest[i] * rest[i] / 2;
    solve_upper(&p->noise, p->n, rest);
    for (int i = 0; i < p->n; i++)
        back[p->cell[i]] = p->trust * rest[i] * cost_slope(s->field[p->cell[i]]);
    for (int j = 0; j < CELLS; j++) {
        s->slope[j] = s->own[j];
        for (int i = j; i < CELLS; i++) s->slope[j] -= p->prior->at[i][j] * back[i];
    }
}

/* One step of Hamiltonian sampling (Duane et al. 1987); returns whether it was taken. */
static bool move_on(const posterior *p, double stride, sample *now) {
    enum { LEAPS = 10 };
    sample next = *now;
    double pace[CELLS], before = now->energy, after = 0;
    for (int i = 0; i < CELLS; i++) {
        pace[i] = normal();
        before += pace[i] * pace[i] / 2;
        pace[i] -= stride / 2 * next.slope[i];
    }
    for (int l = 0; l < LEAPS; l++) {
        for (int i = 0; i < CELLS; i++) next.own[i] += stride * pace[i];
        weigh(p, &next);
        for (int i = 0; i < CELLS; i++)
            pace[i] -= (l + 1 < LEAPS ? stride : stride / 2) * next.slope[i];
    }
    for (int i = 0; i < CELLS; i++) after += pace[i] * pace[i] / 2;
    if (!(log(chance()) < before - after - next.energy)) return false;
    *now = next;
    return true;
}

/* The posterior mean of costs, over so many samples. */
static void sampled(const world *w, double level, int samples, double *out) {
    static square m, prior;
    static posterior p;
    static bool known;
    sample now;
    double stride = 0.1;
    if (!known) field_of(REACH, &prior);
    known = true;
    p.seen = w;
    p.prior = &prior;
    p.n = list_seen(w, p.cell);
    for (int i = 0; i < p.n; i++)
        for (int j = 0; j < p.n; j++) m.at[i][j] = noise_between(p.cell[i], p.cell[j], level);
    triangle(&m, p.n, &p.noise);
    chance_begin(5, (uint64_t)w->goal, (uint64_t)w->start);
    for (int i = 0; i < CELLS; i++) now.own[i] = normal();
    memset(out, 0, CELLS * sizeof *out);
    for (int s = -samples; s < samples;
         s++) { /* the first half finds the way there, and a stride */
        p.trust = s < -samples / 4 ? 0.02 + 0.98 * (samples + s) / (0.75 * samples) : 1;
        weigh(&p, &now);
        bool moved = move_on(&p, stride * (0.8 + 0.4 * chance()), &now);
        if (s < 0) stride *= moved ? 1.02 : 0.93; /* some four of five are taken */
        for (int i = 0; s >= 0 && i < CELLS; i++) out[i] += cost_of(now.field[i]) / samples;
    }
}

#endif
