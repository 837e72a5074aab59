/* The example of terrain: its ways are the cheapest there are, its noise is what it says, and every
 * planner beside the model does what it is known to do, so that none is made to look worse than it
 * is. */
#include "../../examples/puzzles/terrain/planners.h"
#include "test.h"

static world some(uint64_t number) {
    world w;
    make_world(1, 12, number, number, 0, &w);
    return w;
}

/* What the cheapest way from each cell costs, by going over all cells until nothing changes. */
static void cheapest(const double *cost, int goal, double *far) {
    for (int i = 0; i < CELLS; i++) far[i] = i == goal ? 0 : INFINITY;
    for (bool changed = true; changed;) {
        changed = false;
        for (int i = 0; i < CELLS; i++)
            for (int a = 0; a < HERE && i != goal; a++) {
                int to = step_to(i, a);
                if (to < 0 || far[to] + cost[to] >= far[i]) continue;
                far[i] = far[to] + cost[to];
                changed = true;
            }
    }
}

/* A label that is not the cheapest way would teach something else, and be no bound for others. */
static void ways_are_the_cheapest(void **state) {
    (void)state;
    for (uint64_t k = 0; k < 50; k++) {
        world w = some(k);
        double far[CELLS];
        int arrow[CELLS];
        plan(w.cost, w.goal, arrow);
        cheapest(w.cost, w.goal, far);
        for (w.start = 0; w.start < CELLS; w.start++)
            assert_true(fabs(walk(&w, arrow) - far[w.start]) < 1e-9);
    }
}

/* Arrows in a circle, off the map or on no cell are no way. */
static void what_leads_nowhere_is_no_way(void **state) {
    (void)state;
    world w = some(0);
    int arrow[CELLS];
    plan(w.cost, w.goal, arrow);
    assert_true(walk(&w, arrow) > 0);
    int kept = arrow[w.start];
    arrow[w.start] = HERE;
    assert_true(walk(&w, arrow) < 0);
    for (int i = 0; i < CELLS; i++) arrow[i] = i % SIDE ? LEFT : RIGHT;
    assert_true(walk(&w, arrow) < 0 || w.goal % SIDE == 0);
    for (int i = 0; i < CELLS; i++) arrow[i] = UP;
    w.start = (w.goal + 1) % SIDE;
    assert_true(walk(&w, arrow) < 0);
    (void)kept;
}

/* Noise and gaps are as large as the page says, and a map's noise comes with it wherever it goes.
 */
static void noise_is_as_said(void **state) {
    (void)state;
    enum { MAPS = 600 };
    double squares = 0, beside = 0, gaps = 0, seen = 0;
    for (uint64_t k = 0; k < MAPS; k++) {
        double noise[CELLS];
        bool missing[CELLS];
        draw_noise(2, 7, k, noise, missing);
        for (int i = 0; i < CELLS; i++) {
            squares += noise[i] * noise[i] / (MAPS * CELLS);
            gaps += missing[i] / (double)(MAPS * CELLS);
            if (i % SIDE) beside += noise[i] * noise[i - 1] / (MAPS * CELLS * 0.9);
        }
        world w;
        make_world(2, 7, 0, k, 3, &w);
        for (int i = 0; i < CELLS; i++)
            if (!missing[i]) seen += fabs(w.seen[i] - w.cost[i] - noise[i]);
    }
    assert_true(fabs(squares - 4 * (1.2 * 1.2 + 1)) < 0.4);
    assert_true(fabs(beside - noise_between(0, 1, 2)) < 0.4);
    assert_true(fabs(gaps - (0.1 + 0.9 * 0.5 * 0.09)) < 0.01);
    assert_true(seen < 1e-6);
}

/* Where next to no noise is, and no gap, all see the map as it is. */
static void without_noise_all_know_the_map(void **state) {
    (void)state;
    world w = some(3);
    double cost[CELLS];
    memcpy(w.seen, w.cost, sizeof w.seen);
    memset(w.missing, 0, sizeof w.missing);
    raw(&w, cost);
    for (int i = 0; i < CELLS; i++) assert_true(cost[i] == w.cost[i]);
    linear(&w, 1e-3, cost);
    for (int i = 0; i < CELLS; i++) assert_true(fabs(cost[i] - w.cost[i]) < 0.02);
}

/* The slope that sampling goes down, against differences. */
static void slopes_are_those_of_the_energy(void **state) {
    (void)state;
    static square prior, m;
    static posterior p;
    world w = some(5);
    sample s = {.energy = 0}, near;
    field_of(REACH, &prior);
    p.seen = &w, p.prior = &prior, p.trust = 0.7;
    p.n = list_seen(&w, p.cell);
    for (int i = 0; i < p.n; i++)
        for (int j = 0; j < p.n; j++) m.at[i][j] = noise_between(p.cell[i], p.cell[j], 1);
    triangle(&m, p.n, &p.noise);
    for (int i = 0; i < CELLS; i++) s.own[i] = normal();
    weigh(&p, &s);
    for (int i = 0; i < CELLS; i++) {
        const double step = 1e-5;
        near = s;
        near.own[i] += step;
        weigh(&p, &near);
        double up = near.energy;
        near.own[i] -= 2 * step;
        weigh(&p, &near);
        double quotient = (up - near.energy) / (2 * step);
        assert_true(fabs(quotient - s.slope[i]) < 1e-4 * (1 + fabs(s.slope[i])));
    }
}

/* Mean error of planners' costs: the more is known, the smaller. Sampling that was stuck showed
 * here. */
static void who_knows_more_errs_less(void **state) {
    (void)state;
    enum { RAW, MEDIAN, LINEAR, SAMPLED, PLANNERS, MAPS = 24 };
    double error[PLANNERS] = {0};
    for (uint64_t k = 0; k < MAPS; k++) {
        world w = some(k);
        double cost[PLANNERS][CELLS];
        raw(&w, cost[RAW]);
        median(&w, cost[MEDIAN]);
        linear(&w, 1, cost[LINEAR]);
        sampled(&w, 1, 100, cost[SAMPLED]);
        for (int i = 0; i < PLANNERS * CELLS; i++)
            error[i / CELLS] += pow(cost[i / CELLS][i % CELLS] - w.cost[i % CELLS], 2);
    }
    assert_true(error[SAMPLED] < 0.95 * error[LINEAR]);
    assert_true(error[LINEAR] < 0.8 * error[MEDIAN] && error[LINEAR] < 0.8 * error[RAW]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ways_are_the_cheapest),
        cmocka_unit_test(what_leads_nowhere_is_no_way),
        cmocka_unit_test(noise_is_as_said),
        cmocka_unit_test(without_noise_all_know_the_map),
        cmocka_unit_test(slopes_are_those_of_the_energy),
        cmocka_unit_test(who_knows_more_errs_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
