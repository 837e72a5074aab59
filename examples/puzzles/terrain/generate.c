/* generate.c - planning over terrain that is seen through noise, as puzzles; and what other
 * planners make of the same maps.
 *
 * usage: generate puzzles LEVEL SEED MAPS [TIMES]   a table of questions, numbers and answers
 *        generate planners LEVEL SEED MAPS          what classical planners' ways cost
 *        generate score LEVEL SEED MAPS < ANSWERS   what a model's ways cost, of which each line
 *                                                   answers a question of the table
 * LEVEL is that of the noise. With TIMES each map comes so often: first as it was seen, then
 * through the noise and the gaps of another one, with another goal. */
#include "planners.h"

static const char arrows[] = "^v<>G";

/* Costs over those of the best ways, in the mean over maps, with the normal interval at 95 %. */
typedef struct costs {
    double sum, squares;
    long maps, lost;
} costs;

static void count(costs *c, double cost, double best) {
    c->maps++;
    if (cost < 0) {
        c->lost++;
        return;
    }
    c->sum += cost / best;
    c->squares += cost / best * (cost / best);
}

static void tell(const char *name, const costs *c) {
    double n = (double)(c->maps - c->lost), mean = c->sum / n;
    double half = 1.959964 * sqrt(fmax(c->squares / n - mean * mean, 0) / n);
    printf("%-32s cost %.4f (%.4f to %.4f) of the best  no way %.4f\n", name, mean, mean - half,
           mean + half, (double)c->lost / (double)c->maps);
}

/* What the best way costs. */
static double best_of(const world *w) {
    int arrow[CELLS];
    plan(w->cost, w->goal, arrow);
    return walk(w, arrow);
}

static int puzzles(double level, uint64_t seed, long maps, long times) {
    printf("question,numbers,answer\n");
    for (long k = 0; k < maps * times; k++) {
        world w;
        int arrow[CELLS];
        long map = k % maps, round = k / maps;
        make_world(level, seed, (uint64_t)map, (uint64_t)((map + 7 * round) % maps),
                   (uint64_t)round, &w);
        plan(w.cost, w.goal, arrow);
        for (int i = 0; i < CELLS; i++) putchar(i == w.goal ? 'G' : '.');
        for (int i = 0; i < CELLS; i++)
            printf("%c%.2f %d", i ? ' ' : ',', (w.missing[i] ? 0 : w.seen[i] - 3) / 3,
                   w.missing[i]);
        putchar(',');
        for (int i = 0; i < CELLS; i++) putchar(arrows[arrow[i]]);
        putchar('\n');
    }
    return fflush(stdout) != 0;
}

static int planners(double level, uint64_t seed, long maps) {
    enum { RAW, MEDIAN, LINEAR_1, LINEAR, SAMPLED_1, SAMPLED, PLANNERS, SAMPLES = 200 };
    static const char *const name[PLANNERS] = {
        "as seen",          "median of nine",          "linear, told level 1",
        "linear, told all", "posterior, told level 1", "posterior, told all"};
    costs c[PLANNERS] = {{0, 0, 0, 0}};
    for (long m = 0; m < maps; m++) {
        world w;
        double cost[PLANNERS][CELLS];
        int arrow[CELLS];
        make_world(level, seed, (uint64_t)m, (uint64_t)m, 0, &w);
        raw(&w, cost[RAW]);
        median(&w, cost[MEDIAN]);
        linear(&w, 1, cost[LINEAR_1]);
        linear(&w, level, cost[LINEAR]);
        sampled(&w, level, SAMPLES, cost[SAMPLED]);
        if (level == 1) memcpy(cost[SAMPLED_1], cost[SAMPLED], sizeof cost[SAMPLED]);
        else sampled(&w, 1, SAMPLES, cost[SAMPLED_1]);
        for (int p = 0; p < PLANNERS; p++) {
            plan(cost[p], w.goal, arrow);
            count(&c[p], walk(&w, arrow), best_of(&w));
        }
    }
    for (int p = 0; p < PLANNERS; p++) tell(name[p], &c[p]);
    return 0;
}

/* What follows a tab is not read. Where its arrows do not lead to the goal, a way by the median
 * stands in. */
static int score(double level, uint64_t seed, long maps) {
    costs own = {0, 0, 0, 0}, helped = {0, 0, 0, 0}, less = {0, 0, 0, 0};
    char line[4096];
    for (long m = 0; m < maps; m++) {
        world w;
        double cost[CELLS];
        int arrow[CELLS];
        if (!fgets(line, sizeof line, stdin) || strcspn(line, "\t\n") != CELLS) {
            fprintf(stderr, "answer %ld is not of %d symbols\n", m + 1, CELLS);
            return 1;
        }
        make_world(level, seed, (uint64_t)m, (uint64_t)m, 0, &w);
        for (int i = 0; i < CELLS; i++) {
            const char *at = strchr(arrows, line[i]);
            arrow[i] = at ? (int)(at - arrows) : HERE;
        }
        double way = walk(&w, arrow), best = best_of(&w);
        count(&own, way, best);
        if (way < 0) {
            median(&w, cost);
            plan(cost, w.goal, arrow);
            way = walk(&w, arrow);
        }
        count(&helped, way, best);
        linear(&w, 1, cost);
        plan(cost, w.goal, arrow);
        count(&less, 10 * best + walk(&w, arrow) - way, best); /* so that none is below 0 */
    }
    tell("the model, where it has a way", &own);
    tell("the model, else the median", &helped);
    less.sum -= 10 * (double)less.maps; /* which leaves the variance as it is */
    double n = (double)maps, mean = less.sum / n,
           spread = less.squares / n - (mean + 10) * (mean + 10);
    printf("linear, told level 1, costs more by %.4f (%.4f to %.4f)\n", mean,
           mean - 1.959964 * sqrt(spread / n), mean + 1.959964 * sqrt(spread / n));
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    bool table = !strcmp(what, "puzzles"), known = !strcmp(what, "planners");
    double level = argc > 2 ? atof(argv[2]) : 0;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    long maps = argc > 4 ? atol(argv[4]) : 0, times = argc > 5 ? atol(argv[5]) : 1;
    bool asked = table || known || !strcmp(what, "score");
    if (!asked || argc > (table ? 6 : 5) || !(level > 0) || maps < 1 || times < 1) {
        fprintf(stderr, "usage: %s puzzles|planners|score LEVEL SEED MAPS [TIMES]\n", argv[0]);
        return 2;
    }
    if (table) return puzzles(level, seed, maps, times);
    return known ? planners(level, seed, maps) : score(level, seed, maps);
}
