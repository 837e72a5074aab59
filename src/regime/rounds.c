/* rounds.c - one round on a row of candidates, and views of it. */
#include "regime/rounds.h"

#include <math.h>

#include "nn/loss.h"

/* ---- one round ------------------------------------------------------------------------------- */

static int32_t all_symbols(int symbols) {
    return (int32_t)(((uint32_t)1 << symbols) - 1);
}

/* softmax(x / temperature) over the candidates. */
static void odds(const hr_real *x, int32_t set, int symbols, double temperature, double *p) {
    double top = -INFINITY, sum = 0;
    for (int s = 0; s < symbols; s++)
        if (set >> s & 1) top = fmax(top, (double)x[s]);
    for (int s = 0; s < symbols; s++) {
        p[s] = set >> s & 1 ? exp(((double)x[s] - top) / temperature) : 0;
        sum += p[s];
    }
    for (int s = 0; s < symbols; s++) p[s] /= sum;
}

/* Any of the `open` cells that have several candidates. */
static int any_cell(const int32_t *sets, int open, hr_rng rng) {
    int nth = (int)hr_rng_below(rng, 0, (uint64_t)open), t = -1;
    do t++;
    while (hr_round_count(sets[t]) < 2 || nth-- > 0);
    return t;
}

/* Of the cells with the fewest candidates, the one whose likeliest symbol is least sure: little is
 * open if the guess is wrong, and much is learned either way. */
static int fewest_cell(int seq, int symbols, const int32_t *sets, const hr_real *logits) {
    double p[HR_SYMBOLS_MAX], least = 0;
    int fewest = 0, cell = -1;
    for (int t = 0; t < seq; t++) {
        int left = hr_round_count(sets[t]);
        if (left < 2 || (fewest && left > fewest)) continue;
        odds(logits + ((size_t)t * 2 + 1) * (size_t)symbols, sets[t], symbols, 1, p);
        double top = 0;
        for (int s = 0; s < symbols; s++) top = fmax(top, p[s]);
        if (left == fewest && top >= least) continue;
        fewest = left;
        least = top;
        cell = t;
    }
    return cell;
}

/* Settles the cell on a symbol by its odds. */
static void guess(const hr_round_rule *rule, int symbols, const hr_real *logits, hr_rng rng,
                  int32_t *set, hr_round_move *move) {
    double p[HR_SYMBOLS_MAX], uniform = hr_rng_uniform(rng, 1);
    odds(logits + symbols, *set, symbols, rule->temperature, p);
    for (int s = 0; s < symbols && uniform >= 0; s++) {
        if (!(*set >> s & 1)) continue;
        move->symbol = s;
        move->probability = p[s];
        uniform -= p[s];
    }
    move->others = *set & ~((int32_t)1 << move->symbol);
    *set = (int32_t)1 << move->symbol;
}

double hr_round_limit(const hr_round_rule *rule) {
    return log(rule->drop / (1 - rule->drop));
}

hr_round_status hr_round_play(const hr_round_rule *rule, const hr_spec *spec, int32_t *sets,
                              const hr_real *logits, double conflict, hr_rng rng,
                              hr_round_move *move) {
    hr_round_move local;
    if (!move) move = &local;
    *move = (hr_round_move){.cell = -1, .symbol = -1};
    double limit = hr_round_limit(rule);
    int seq = spec->seq, symbols = spec->symbols;
    bool empty = false;
    int open = 0, undecided = 0; /* cells, after and before */
    for (int t = 0; t < seq; t++) {
        undecided += hr_round_count(sets[t]) != 1;
        const hr_real *x = logits + (size_t)t * 2 * (size_t)symbols;
        for (int s = 0; s < symbols && !(sets[t] & HR_GIVEN); s++) {
            if (!(sets[t] >> s & 1) || (double)x[s] >= limit) continue;
            sets[t] &= ~((int32_t)1 << s);
            move->dropped++;
        }
        int left = hr_round_count(sets[t]);
        if (rule->named && left == 1 && !(sets[t] & HR_GIVEN) &&
            !(sets[t] >> hr_argmax(x + symbols, symbols) & 1)) {
            sets[t] = left = 0;
            move->dropped++;
        }
        empty |= left == 0;
        open += left > 1;
    }
    if (empty || hr_sigmoid(conflict) > rule->conflict) return HR_ROUND_CONFLICT;
    if (!open) return rule->confirm && undecided ? HR_ROUND_OPEN : HR_ROUND_SOLVED;
    move->cell = rule->fewest ? fewest_cell(seq, symbols, sets, logits) : any_cell(sets, open, rng);
    guess(rule, symbols, logits + (size_t)move->cell * 2 * (size_t)symbols, rng, &sets[move->cell],
          move);
    return HR_ROUND_OPEN;
}

void hr_round_start(const hr_spec *spec, const hr_task *task, const int32_t *tokens,
                    int32_t *sets) {
    int first = spec->vocab - spec->symbols;
    int32_t padding = hr_padding_of(spec), every = all_symbols(spec->symbols);
    if (padding > 0) every &= ~padding;
    bool asks = task && task->ops->candidates;
    for (int t = 0; t < spec->seq; t++) {
        if (asks) sets[t] = (int32_t)task->ops->candidates(task, (uint8_t)tokens[t]);
        else if (tokens[t] >= first) sets[t] = (int32_t)1 << (tokens[t] - first);
        else sets[t] = every;
        if ((asks || tokens[t] >= first) && hr_round_count(sets[t]) == 1) sets[t] |= HR_GIVEN;
    }
}

/* ---- views ----------------------------------------------------------------------------------- */

void hr_round_view_take(hr_round_view *view, const hr_spec *spec, hr_arena *arena) {
    view->cell = HR_TAKE(arena, uint32_t, (size_t)spec->seq);
    view->symbol = HR_TAKE(arena, uint8_t, (size_t)spec->vocab);
}

void hr_round_view_draw(hr_round_view *view, const hr_spec *spec, const hr_task *task, hr_rng rng) {
    if (task && task->ops->symmetry) {
        task->ops->symmetry(task, rng, view->cell, view->symbol);
        return;
    }
    for (int t = 0; t < spec->seq; t++) view->cell[t] = (uint32_t)t;
    for (int v = 0; v < spec->vocab; v++) view->symbol[v] = (uint8_t)v;
}

void hr_round_view_see(const hr_round_view *view, const hr_spec *spec, const int32_t *sets,
                       int32_t *seen, const int32_t *truth, int32_t *seen_truth) {
    int first = spec->vocab - spec->symbols;
    for (int t = 0; t < spec->seq; t++) {
        int32_t set = sets[view->cell[t]], image = set & HR_GIVEN;
        for (int s = 0; s < spec->symbols; s++)
            if (set >> s & 1) image |= (int32_t)1 << (view->symbol[first + s] - first);
        seen[t] = image;
        if (truth) seen_truth[t] = view->symbol[first + truth[view->cell[t]]] - first;
    }
}

void hr_round_view_back(const hr_round_view *view, const hr_spec *spec, const hr_real *seen,
                        hr_real *logits) {
    int first = spec->vocab - spec->symbols;
    size_t symbols = (size_t)spec->symbols;
    for (size_t t = 0; t < (size_t)spec->seq; t++) {
        const hr_real *from = seen + t * 2 * symbols;
        hr_real *to = logits + view->cell[t] * 2 * symbols;
        for (size_t s = 0; s < symbols; s++) {
            size_t image = (size_t)(view->symbol[(size_t)first + s] - first);
            to[s] = from[image];
            to[symbols + s] = from[symbols + image];
        }
    }
}
