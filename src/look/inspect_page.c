/* inspect_page.c - see inspect_page.h */
#include "look/inspect_page.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "look/chart.h"
#include "look/deduce.h"

enum {
    TEXT = 48,
    GRIDS = 12,         /* of a puzzle, at most */
    GRID_CELLS = 12000, /* of all grids */
    POINTS = 2000,      /* of a chart */
    SIZE = 18,          /* of a cell */
};

/* Room for numbers of charts, and the segments' own. */
typedef struct drawing {
    const hrm_inspection *of;
    hr_page page;
    double *x, *y; /* (the most that a chart has) */
} drawing;

static double number(const hrm_look_step *step, size_t offset) {
    return *(const double *)(const void *)((const char *)step + offset);
}

static const char *unit(const hrm_inspection *of) {
    return of->candidates ? "round" : "segment";
}

/* ---- answers ----------------------------------------------------------------------------------
 */

/* A line by segment for each of `count` numbers of a step. */
static void by_segment(drawing *d, const hr_chart *chart, const char *const *names,
                       const size_t *offsets, size_t count) {
    const hrm_inspection *of = d->of;
    hr_series series[4];
    const size_t n = (size_t)of->segments;
    double *y = d->y;
    for (size_t i = 0; i < n; i++) d->x[i] = (double)i + 1;
    for (size_t k = 0; k < count; k++, y += n) {
        for (size_t i = 0; i < n; i++) y[i] = number(&of->segment[i], offsets[k]);
        series[k] = (hr_series){.name = names[k], .x = d->x, .y = y, .count = n};
    }
    hr_chart_lines(&d->page, chart, series, count);
}

#define STEP(field) offsetof(hrm_look_step, field)

static void answers(drawing *d) {
    const hrm_inspection *of = d->of;
    hr_page_section(&d->page, "Answers");
    hr_page_say(&d->page, "What the heads say after each %s, of %zu puzzles.", unit(of),
                of->puzzles);
    hr_chart_group(&d->page);
    by_segment(d, &(hr_chart){.title = "Right", .x = unit(of), .bounded = true, .high = 1},
               (const char *const[]){"puzzles", "cells"},
               (const size_t[]){STEP(exact), STEP(right)}, of->known ? 2 : 0);
    by_segment(d, &(hr_chart){.title = "Cells that changed", .x = unit(of)},
               (const char *const[]){"changed", "gained", "lost", "returned"},
               (const size_t[]){STEP(changed), STEP(gained), STEP(lost), STEP(returned)}, 4);
    by_segment(d, &(hr_chart){.title = "Faults", .x = unit(of)},
               (const char *const[]){"faults", "mended"},
               (const size_t[]){STEP(faults), STEP(mended)}, 2);
    by_segment(d, &(hr_chart){.title = "Entropy of a cell", .x = unit(of), .y = "nats"},
               (const char *const[]){"entropy"}, (const size_t[]){STEP(entropy)}, 1);
    if (of->halts)
        by_segment(d, &(hr_chart){.title = "Halting", .x = unit(of), .y = "logit"},
                   (const char *const[]){"halt", "go on"},
                   (const size_t[]){STEP(halt), STEP(go_on)}, of->candidates ? 1 : 2);
    hr_chart_group_end(&d->page);
}

/* ---- calls ------------------------------------------------------------------------------------
 */

/* A line for each state, over all calls that made it. */
static void by_call(drawing *d, const hr_chart *chart, size_t offset) {
    static const char *const names[] = {"z_H", "z_L"};
    const hrm_inspection *of = d->of;
    hr_series series[2];
    size_t at = 0;
    for (int k = 0; k < of->states; k++) {
        series[k] = (hr_series){.name = names[k], .x = d->x + at, .y = d->y + at};
        for (int i = 0; i < of->segments * of->calls; i++) {
            if (of->call[i].state != k) continue;
            d->x[at] = i + 1;
            d->y[at++] = number(&of->call[i], offset);
            series[k].count++;
        }
    }
    hr_chart_lines(&d->page, chart, series, (size_t)of->states);
}

static void calls(drawing *d) {
    const hrm_inspection *of = d->of;
    hr_page_section(&d->page, "Calls");
    hr_page_say(
        &d->page,
        "Every call of the recursion makes a state anew, %d in a %s. The heads were trained "
        "on what the last of them makes; what they read after the others, and in z_L, is an "
        "observation.",
        of->calls, unit(of));
    hr_chart_group(&d->page);
    by_call(d,
            &(hr_chart){.title = "Forward residual",
                        .x = "call",
                        .y = "root mean square",
                        .log_y = true,
                        .note = "How far each call moves its state from where it was made last."},
            STEP(residual));
    if (of->known)
        by_call(d, &(hr_chart){.title = "Cells that the heads read rightly", .x = "call"},
                STEP(right));
    hr_chart_group_end(&d->page);
}

/* ---- spread -----------------------------------------------------------------------------------
 */

static void spread(drawing *d) {
    static const char *const names[] = {"z_H", "z_L"};
    const hrm_inspection *of = d->of;
    const hrm_interval *const from[] = {of->participation, of->untrained};
    hr_series series[] = {{.name = "trained"}, {.name = "fresh weights"}};
    double value[2][3][2];
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 2; i++) {
            value[k][0][i] = from[k][i].value;
            value[k][1][i] = from[k][i].low;
            value[k][2][i] = from[k][i].high;
        }
        series[k].y = value[k][0];
        series[k].low = value[k][1];
        series[k].high = value[k][2];
        series[k].count = (size_t)of->states;
    }
    hr_page_section(&d->page, "Directions");
    hr_page_say(&d->page,
                "The participation ratio says into how many of %d directions the vectors of cells "
                "spread, over all %ss of all puzzles; 95 %% intervals.",
                of->hidden, unit(of));
    hr_chart_bars(&d->page, &(hr_chart){.title = "Participation ratio"}, names, series,
                  of->untrained_puzzles ? 2 : 1);
}

/* ---- drift ------------------------------------------------------------------------------------
 */

static void scatter(drawing *d) {
    const hrm_inspection *of = d->of;
    hr_series series[] = {{.name = "right"}, {.name = "wrong"}};
    size_t at = 0, n = of->puzzles < POINTS ? of->puzzles : POINTS;
    for (int k = 0; k < 2; k++) {
        series[k].x = d->x + at;
        series[k].y = d->y + at;
        for (size_t i = 0; i < n; i++) {
            const hrm_look_puzzle *p = &of->puzzle[i];
            if (!p->known || p->exact != !k) continue;
            d->x[at] = p->drift;
            d->y[at++] = p->halt;
            series[k].count++;
        }
    }
    hr_chart_lines(&d->page,
                   &(hr_chart){.title = "Drift and halting",
                               .x = "late drift",
                               .y = "halting logit",
                               .log_x = true,
                               .points = true},
                   series, 2);
}

static void areas(drawing *d) {
    static const char *const names[] = {"drift", "halting", "both"};
    const hrm_inspection *of = d->of;
    const hrm_interval *const all[] = {&of->auc_drift, &of->auc_halt, &of->auc_both};
    double value[3], low[3], high[3];
    for (int i = 0; i < 3; i++) {
        value[i] = all[i]->value;
        low[i] = all[i]->low;
        high[i] = all[i]->high;
    }
    hr_chart_bars(&d->page,
                  &(hr_chart){.title = "Area under the ROC curve",
                              .bounded = true,
                              .high = 1,
                              .note = "Of telling right answers from wrong ones; half is chance."},
                  names, &(hr_series){.y = value, .low = low, .high = high, .count = 3}, 1);
}

static void drift(drawing *d) {
    static const char *const head[] = {"", "right", "wrong"};
    const hrm_inspection *of = d->of;
    char cell[4][TEXT];
    const size_t count[] = {of->settled_right, of->settled_wrong, of->moving_right,
                            of->moving_wrong};
    for (int i = 0; i < 4; i++) snprintf(cell[i], TEXT, "%zu", count[i]);
    hr_page_section(&d->page, "Standing still");
    hr_page_say(&d->page,
                "Late drift is how far z_H still moves near the end. %zu puzzles were right after "
                "some %s, and %zu of them to the end.",
                of->reached, unit(of), of->kept);
    hr_page_table(&d->page, "Puzzles, by whether their state settled", head, 3);
    hr_page_row(&d->page, (const char *const[]){"settled", cell[0], cell[1]});
    hr_page_row(&d->page, (const char *const[]){"moving", cell[2], cell[3]});
    hr_page_table_end(&d->page);
    hr_chart_group(&d->page);
    scatter(d);
    if (of->halts && isfinite(of->auc_drift.value)) areas(d);
    hr_chart_group_end(&d->page);
}

/* ---- what cells listen to ----------------------------------------------------------------------
 */

static const char *const near_names[] = {"self", "row", "column", "box", "elsewhere"};

static const double *near_values(const hrm_look_near *x) {
    return &x->self;
}

static void attention(drawing *d) {
    enum { BLOCKS = 8 };
    const hrm_inspection *of = d->of;
    hr_series series[BLOCKS];
    char names[BLOCKS][TEXT];
    int blocks = of->blocks < BLOCKS ? of->blocks : BLOCKS;
    hr_page_section(&d->page, "Attention");
    hr_page_say(&d->page,
                "Where cells attend to, in the last %s of %zu puzzles; 1 is what even attention "
                "would give.",
                unit(of), of->attended);
    for (int b = 0; b < blocks; b++) {
        const hrm_look_block *x = &of->block[(of->segments - 1) * of->blocks + b];
        snprintf(names[b], TEXT, "%s%d", x->module ? "L" : "H", x->layer + 1);
        series[b] = (hr_series){.name = names[b], .y = near_values(&x->near), .count = 5};
    }
    hr_chart_bars(&d->page, &(hr_chart){.title = "Attention by block"}, near_names, series,
                  (size_t)blocks);
    hr_chart_group(&d->page);
    for (int b = 0; of->map && of->cells <= 100 && b < blocks; b++)
        hr_chart_heat(&d->page, &(hr_chart){.title = names[b], .x = "attended to", .y = "cell"},
                      of->map + b * of->cells * of->cells, of->cells, of->cells, NULL, NULL);
    hr_chart_group_end(&d->page);
}

static void patches(drawing *d) {
    const hrm_inspection *of = d->of;
    hr_page_section(&d->page, "Patches");
    hr_page_say(
        &d->page,
        "One cell's states after the first %s were replaced by those of another puzzle: the "
        "share of answers that are others one %s later, in %zu puzzles.",
        unit(of), unit(of), of->patched);
    hr_chart_group(&d->page);
    hr_chart_bars(&d->page, &(hr_chart){.title = "Answers that moved"}, near_names,
                  &(hr_series){.y = near_values(&of->moved), .count = 5}, 1);
    if (of->cells <= 100)
        hr_chart_heat(&d->page, &(hr_chart){.title = "By cell", .x = "answer", .y = "replaced"},
                      of->moves, of->cells, of->cells, NULL, NULL);
    hr_chart_group_end(&d->page);
}

/* ---- easier, and from elsewhere ---------------------------------------------------------------
 */

static void tried(drawing *d) {
    enum { N = HRM_LOOK_FILLED };
    const hrm_inspection *of = d->of;
    const hrm_look_starts *x = &of->starts;
    hr_series series[] = {{.name = "in the end", .x = d->x, .y = d->y, .count = N},
                          {.name = "in between", .x = d->x, .y = d->y + N, .count = N}};
    hr_page_section(&d->page, "Fixed points");
    for (int k = 0; of->filled && k < N; k++) {
        d->x[k] = k;
        d->y[k] = of->filled[k].exact;
        d->y[N + k] = of->filled[k].ever;
    }
    if (of->filled)
        hr_chart_lines(&d->page,
                       &(hr_chart){.title = "Right with all other cells filled in",
                                   .x = "cells left open",
                                   .bounded = true,
                                   .high = 1},
                       series, 2);
    if (x->puzzles)
        hr_page_say(&d->page,
                    "%zu puzzles begun from %d random states each: %.2f %% right (%.2f %% from the "
                    "model's own), %.2f %% of the puzzles from some, %.2f %% from each; %.2f "
                    "different answers a puzzle.",
                    x->puzzles, HRM_LOOK_STARTS, 100 * x->right, 100 * x->own, 100 * x->any,
                    100 * x->all, x->answers);
}

/* ---- deductions -------------------------------------------------------------------------------
 */

static void deductions(drawing *d) {
    enum { COLUMNS = HRM_TECHNIQUES + 3 };
    const hrm_inspection *of = d->of;
    char text[COLUMNS][TEXT];
    const char *row[COLUMNS],
        *head[COLUMNS] = {"round", "candidates", [COLUMNS - 1] = "unexplained"};
    hr_page_section(&d->page, "Deductions");
    hr_page_say(&d->page,
                "The candidates that fall in each round, and the shares of them that people would "
                "explain from the sets at its beginning, by the simplest technique: in one step, "
                "and (after +) as the last of several.");
    for (int k = 0; k < HRM_TECHNIQUES; k++) head[2 + k] = hr_technique_name((hrm_technique)k);
    hr_page_table(&d->page, "Candidates that fall, in the mean of the puzzles", head, COLUMNS);
    for (int i = 0; i < COLUMNS; i++) row[i] = text[i];
    for (int s = 0; s < of->segments && of->drops[s].dropped > 0; s++) {
        const hrm_look_drops *x = &of->drops[s];
        snprintf(text[0], TEXT, "%d", x->segment);
        snprintf(text[1], TEXT, "%.2f", x->dropped);
        for (int k = 0; k < HRM_TECHNIQUES; k++)
            snprintf(text[2 + k], TEXT, "%.2f + %.2f %%", 100 * x->by[k], 100 * x->later[k]);
        snprintf(text[COLUMNS - 1], TEXT, "%.2f %%", 100 * x->unexplained);
        hr_page_row(&d->page, row);
    }
    hr_page_table_end(&d->page);
    hr_page_say(
        &d->page,
        "%zu of %zu puzzles with known answers end with open cells and nothing right fallen. "
        "In %zu of them one of these techniques would let another candidate fall in one "
        "step.",
        of->standing, of->known, of->standing_left);
}

/* ---- the first puzzles ------------------------------------------------------------------------
 */

/* How a cell of a grid looks. */
typedef enum kind { GIVEN, RIGHT, WRONG, OPEN, KINDS } kind;

static kind kind_of(const hrm_look_path *p, const char *now, int t) {
    if (p->expected[t] == p->unknown) return OPEN;
    if (p->expected[t] != now[t]) return now[t] == p->question[t] ? OPEN : WRONG;
    return p->question[t] == now[t] ? GIVEN : RIGHT;
}

/* The cells of one kind; or, of KINDS, those that differ from before. */
static void squares(drawing *d, const hrm_look_path *p, const char *before, const char *now,
                    kind which) {
    static const char *const looks[] = {
        "fill=\"var(--s0)\" fill-opacity=\".1\"", "fill=\"var(--s0)\" fill-opacity=\".45\"",
        "fill=\"var(--s1)\" fill-opacity=\".45\"", "fill=\"var(--line)\" fill-opacity=\".4\"",
        "fill=\"none\" stroke=\"var(--ink)\""};
    hr_buffer_print(&d->page.body, "<path %s d=\"", looks[which]);
    for (int t = 0; t < d->of->cells; t++)
        if (which == KINDS ? before[t] != now[t] : kind_of(p, now, t) == which)
            hr_buffer_print(&d->page.body, "M%d %dh17v17h-17z", t % d->of->cols * SIZE,
                            t / d->of->cols * SIZE);
    hr_page_raw(&d->page, "\"/>");
}

/* A grid with its symbols; a frame is about those that changed. */
static void grid(drawing *d, const hrm_look_path *p, const char *before, const char *now,
                 const char *title) {
    const hrm_inspection *of = d->of;
    hr_buffer *out = &d->page.body;
    hr_buffer_print(out,
                    "<figure style=\"flex:0 0 auto\"><figcaption>%s</figcaption><svg role=\"img\" "
                    "aria-label=\"%s\" style=\"width:%dpx\" viewBox=\"-1 -1 %d %d\">",
                    title, title, of->cols * (of->cols > 12 ? 10 : SIZE), of->cols * SIZE + 1,
                    of->rows * SIZE + 1);
    for (int k = 0; k <= KINDS; k++) squares(d, p, before, now, (kind)k);
    for (int r = 0; r < of->rows; r++) {
        hr_buffer_print(out, "<text text-anchor=\"middle\" y=\"%d\" x=\"", r * SIZE + 14);
        for (int c = 0; c < of->cols; c++) hr_buffer_print(out, "%d ", c * SIZE + SIZE / 2);
        hr_page_raw(&d->page, "\">");
        for (int c = 0; c < of->cols; c++) {
            char text[] = {now[r * of->cols + c], 0};
            if (*text <= ' ' || *text > '~') *text = '.';
            hr_page_escape(out, text);
        }
        hr_page_raw(&d->page, "</text>");
    }
    hr_page_raw(&d->page, "</svg></figure>\n");
}

static void grids(drawing *d, const hrm_look_path *p) {
    const hrm_inspection *of = d->of;
    int shown = of->segments < GRIDS ? of->segments : GRIDS;
    char title[TEXT];
    hr_chart_group(&d->page);
    grid(d, p, p->question, p->question, "question");
    const char *before = p->question;
    for (int i = 0; i < shown; i++) { /* of many, evenly spread ones */
        int s = shown > 1 ? i * (of->segments - 1) / (shown - 1) : of->segments - 1;
        const char *now = p->answer + s * (of->cells + 1);
        snprintf(title, sizeof title, "%s %d", unit(of), s + 1);
        grid(d, p, before, now, title);
        before = now;
    }
    hr_chart_group_end(&d->page);
}

static void path(drawing *d, const hrm_look_path *p) {
    char title[TEXT], x[TEXT], y[TEXT];
    for (int s = 0; s < d->of->segments; s++) {
        d->x[s] = p->point[s * 3];
        d->y[s] = p->point[s * 3 + 1];
    }
    snprintf(title, sizeof title, "Puzzle %zu", p->index);
    snprintf(x, sizeof x, "first axis, %.0f %%", 100 * p->explained[0]);
    snprintf(y, sizeof y, "second axis, %.0f %%", 100 * p->explained[1]);
    hr_chart_lines(&d->page, &(hr_chart){.title = title, .x = x, .y = y},
                   &(hr_series){.x = d->x, .y = d->y, .count = (size_t)d->of->segments}, 1);
}

static void first_puzzles(drawing *d) {
    const hrm_inspection *of = d->of;
    int each = of->cells * (1 + (of->segments < GRIDS ? of->segments : GRIDS)), left = GRID_CELLS;
    hr_page_section(&d->page, "Grids");
    hr_page_say(&d->page, "Blue cells are right (pale: given), orange ones wrong, grey ones open; "
                          "a frame is about those that "
                          "changed since the grid before.");
    for (size_t i = 0; i < of->paths && (!i || left >= each); i++, left -= each) {
        char title[TEXT];
        snprintf(title, sizeof title, "Puzzle %zu", of->path[i].index);
        hr_page_fold(&d->page, !i, title);
        grids(d, &of->path[i]);
        hr_page_unfold(&d->page);
    }
    if (!of->paths || !of->path[0].point || of->segments < 3) return;
    hr_page_section(&d->page, "Trajectories");
    hr_page_say(&d->page,
                "Where z_H is after each %s, on the two axes of most variance of each "
                "puzzle alone.",
                unit(of));
    hr_chart_group(&d->page);
    for (size_t i = 0; i < of->paths; i++) path(d, &of->path[i]);
    hr_chart_group_end(&d->page);
}

/* ---- the page ---------------------------------------------------------------------------------
 */

hr_status hr_inspect_page(const hrm_inspection *of, const char *path_of_page) {
    size_t most = (size_t)(of->segments * of->calls);
    if (most < POINTS) most = POINTS;
    if (most < 4 * (size_t)of->segments) most = 4 * (size_t)of->segments;
    drawing d = {.of = of, .x = HR_NEW(double, most), .y = HR_NEW(double, most)};
    char lead[160];
    snprintf(lead, sizeof lead,
             "%zu puzzle%s, %d %ss of %d calls; states of %d numbers for each cell", of->puzzles,
             of->puzzles == 1 ? "" : "s", of->segments, unit(of), of->calls, of->hidden);
    hr_status status = d.x && d.y ? HR_OK : HR_ERR_MEM;
    if (!status) {
        answers(&d);
        calls(&d);
        spread(&d);
        drift(&d);
        if (of->drops) deductions(&d);
        if (of->block) attention(&d);
        if (of->moves) patches(&d);
        if (of->filled || of->starts.puzzles) tried(&d);
        first_puzzles(&d);
        status = hr_page_write(&d.page, of->title, lead, path_of_page);
    }
    hr_free(d.x);
    hr_free(d.y);
    return status;
}
