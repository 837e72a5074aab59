/* report.c - see report.h */
#include "look/report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/os.h"
#include "look/chart.h"
#include "look/samples.h"

typedef struct report {
    hr_page page;
    hr_run_list runs;
    hrm_runs *info;    /* of the same */
    hr_series *series; /* (runs) of a chart */
    char **cell;       /* (columns) of a row */
    const hrm_report_options *options;
} report;

/* ---- tables ---------------------------------------------------------------------------------- */

/* A table of which `cell` makes the texts; NULL where there is nothing to say. */
static void table(report *r, const char *caption, const char *const *head, size_t cols, size_t rows,
                  char *(*cell)(report *r, size_t row, size_t col)) {
    char **text = HR_NEW(char *, cols);
    r->page.body.failed |= !text;
    hr_page_table(&r->page, caption, head, (int)cols);
    for (size_t i = 0; text && i < rows; i++) {
        for (size_t k = 0; k < cols; k++) text[k] = cell(r, i, k);
        hr_page_row(&r->page, (const char *const *)text);
        for (size_t k = 0; k < cols; k++) hr_free(text[k]);
    }
    hr_page_table_end(&r->page);
    hr_free(text);
}

static char *number(const char *format, double v) __attribute__((format(printf, 1, 0)));
static char *number(const char *format, double v) {
    return isnan(v) ? NULL : hr_text_format(format, v);
}

static char *span(double seconds) {
    if (!(seconds > 0)) return NULL;
    if (seconds < 120) return hr_text_format("%.1f s", seconds);
    int minutes = (int)(seconds / 60);
    return minutes < 120 ? hr_text_format("%d min", minutes)
                         : hr_text_format("%d h %02d min", minutes / 60, minutes % 60);
}

/* 6.3e9 as "6.3 G"; of operations. */
static char *amount(double v) {
    static const char unit[][2] = {"", "k", "M", "G", "T", "P", "E"};
    size_t k = 0;
    if (!(v > 0)) return NULL;
    for (; v >= 1000 && k + 1 < sizeof unit / sizeof *unit; k++) v /= 1000;
    return hr_text_format("%.3g %s", v, unit[k]);
}

static char *share(double v, double low, double high) {
    if (isnan(v)) return NULL;
    return isnan(low) ? hr_text_format("%.2f %%", 100 * v)
                      : hr_text_format("%.2f %% [%.1f, %.1f]", 100 * v, 100 * low, 100 * high);
}

static const char *const run_head[] = {"run",   "state", "step",    "of",      "time",  "loss",
                                       "exact", "cells", "at step", "puzzles", "recipe"};
enum { RUN_COLUMNS = sizeof run_head / sizeof *run_head };

static char *run_cell(report *r, size_t row, size_t col) {
    const hrm_run_info *x = &r->info->run[row];
    switch (col) {
    case 0:
        return hr_text_copy(r->runs.run[row].name);
    case 1:
        return hr_text_copy(x->state);
    case 2:
        return number("%.0f", (double)x->step);
    case 3:
        return x->steps ? number("%.0f", (double)x->steps) : NULL;
    case 4:
        return span(x->seconds);
    case 5:
        return number("%.4g", x->loss);
    case 6:
        return share(x->exact, x->exact_low, x->exact_high);
    case 7:
        return share(x->cells, NAN, NAN);
    case 8:
        return r->runs.run[row].best ? number("%.0f", (double)x->best_step) : NULL;
    case 9:
        return x->evaluated ? number("%.0f", (double)x->evaluated) : NULL;
    default:
        return hr_text_copy(*x->difference ? x->difference : r->runs.differences ? "as most" : "");
    }
}

static const char *const machine_head[] = {
    "run",         "processor",  "cores",     "threads",          "kernels",
    "hrm",         "parameters", "sessions",  "last began (UTC)", "FLOP a step",
    "FLOP in all", "FLOP/s",     "peak bytes"};
enum { MACHINE_COLUMNS = sizeof machine_head / sizeof *machine_head };

static char *word(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? hr_text_copy(text) : NULL;
}

static char *date(double seconds) {
    time_t at = isnan(seconds) ? 0 : (time_t)seconds;
    struct tm parts;
    char text[32];
    if (!at || !gmtime_r(&at, &parts)) return NULL;
    strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
    return hr_text_copy(text);
}

static char *machine_cell(report *r, size_t row, size_t col) {
    const hr_run *run = &r->runs.run[row];
    const hrm_run_info *x = &r->info->run[row];
    switch (col) {
    case 0:
        return hr_text_copy(run->name);
    case 1:
        return hr_text_copy(*x->processor ? x->processor : "not recorded");
    case 2:
        return number("%.0f", hr_run_number(run->begin, "cores"));
    case 3:
        return number("%.0f", hr_run_number(run->begin, "threads"));
    case 4:
        return word(run->begin, "isa");
    case 5:
        return word(run->begin, "version");
    case 6:
        return amount((double)x->parameters);
    case 7:
        return number("%.0f", (double)run->sessions);
    case 8:
        return date(hr_run_number(run->begin, "time"));
    case 9:
        return amount(hr_run_number(run->begin, "flops_per_step"));
    case 10:
        return amount(x->flops);
    case 11:
        return amount(x->flops / x->seconds);
    default:
        return amount(hr_run_number(run->end, "peak_bytes"));
    }
}

static char *recipe_cell(report *r, size_t row, size_t col) {
    const char *key = r->runs.difference[row].key;
    return col ? hr_runs_value(&r->runs.run[col - 1], key) : hr_text_copy(key);
}

static char *recipe_cell_across(report *r, size_t row, size_t col) {
    return col ? hr_runs_value(&r->runs.run[row], r->runs.difference[col - 1].key)
               : hr_text_copy(r->runs.run[row].name);
}

/* ---- sections -------------------------------------------------------------------------------- */

static void add_runs(report *r) {
    hr_page_section(&r->page, "Runs");
    table(r, "Runs and their best evaluations", run_head, RUN_COLUMNS, r->runs.count, run_cell);
    for (size_t i = 0; i < r->runs.count; i++)
        if (*r->info->run[i].problems)
            hr_page_say(&r->page, "%s: %s.", r->runs.run[i].dir, r->info->run[i].problems);
    if (r->info->unlike)
        hr_page_say(
            &r->page,
            "The runs were not scored on the same puzzles (valid, eval_limit, eval_rounds): "
            "their figures cannot be compared.");
}

/* A curve of every run that has one; nothing where none has a value. */
static void add_curves(report *r, const char *name, hr_chart chart) {
    size_t count = 0;
    bool any = false, cut = false;
    for (size_t i = 0; i < r->runs.count; i++) {
        const hr_run *run = &r->runs.run[i];
        const hr_curve *c = hr_run_curve(run, name), *low = NULL, *high = NULL;
        if (!c) continue;
        for (size_t k = 0; k < c->count; k++) {
            any |= !isnan(c->y[k]);
            cut |= chart.log_y && c->y[k] <= 0;
        }
        if (!strcmp(name, "eval/exact")) {
            low = hr_run_curve(run, "eval/exact/low");
            high = hr_run_curve(run, "eval/exact/high");
        }
        bool band = low && high && low->count == c->count && high->count == c->count;
        r->series[count++] = (hr_series){.name = run->name,
                                         .x = c->x,
                                         .y = c->y,
                                         .low = band ? low->y : NULL,
                                         .high = band ? high->y : NULL,
                                         .count = c->count};
    }
    chart.x = "step";
    chart.log_y &= !cut; /* rather all values than powers */
    if (any) hr_chart_lines(&r->page, &chart, r->series, count);
}

#define SHARE .bounded = true, .low = 0, .high = 1
static const struct {
    const char *name;
    hr_chart chart;
} known[] = {
    {"step/loss", {.title = "Loss", .log_y = true}},
    {"step/lm_loss", {.title = "Loss of the cells alone", .log_y = true}},
    {"eval/exact", {.title = "Exact, of validation puzzles, with 95 % intervals", SHARE}},
    {"eval/valid", {.title = "Right by the task's rules, of validation puzzles", SHARE}},
    {"eval/cells", {.title = "Cells right, of validation puzzles", SHARE}},
    {"step/exact", {.title = "Exact, of rows that finished in training", SHARE}},
    {"step/hinted_exact", {.title = "Exact with hints, of rows that finished in training", SHARE}},
    {"step/cells", {.title = "Cells right in training", SHARE}},
    {"step/lr", {.title = "Learning rate"}},
    {"step/grad_norm", {.title = "Norm of the gradient, before clipping", .log_y = true}},
    {"step/segments", {.title = "Segments until a row halts, in training"}},
    {"eval/mean_segments", {.title = "Segments until the answer stays, of validation puzzles"}},
    {"eval/halt_accuracy", {.title = "Halting head right, of validation puzzles", SHARE}},
    {"eval/halt_auc", {.title = "AUC of the halting head, of validation puzzles", SHARE}},
    {"step/living", {.title = "Rows that their solution still fits", SHARE}},
    {"step/grown", {.title = "Share of the way to whole puzzles", SHARE}},
};
enum { KNOWN = sizeof known / sizeof *known };

static bool is_known(const char *name) {
    static const char *const other[] = {"eval/exact/low", "eval/exact/high", "eval/unscored",
                                        "eval/given"};
    for (size_t i = 0; i < KNOWN; i++)
        if (!strcmp(known[i].name, name)) return true;
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (!strcmp(other[i], name)) return true;
    return false;
}

static void add_all_curves(report *r) {
    hr_page_section(&r->page, "Curves");
    hr_chart_group(&r->page);
    for (size_t i = 0; i < KNOWN; i++) add_curves(r, known[i].name, known[i].chart);
    hr_chart_group_end(&r->page);
    hr_page_fold(&r->page, false, "Other numbers of metrics.jsonl");
    hr_chart_group(&r->page);
    for (size_t i = 0; i < r->runs.count; i++)
        for (int k = 0; k < r->runs.run[i].curves; k++) {
            const char *name = r->runs.run[i].curve[k].name;
            bool before = is_known(name);
            for (size_t j = 0; j < i && !before; j++) before = hr_run_curve(&r->runs.run[j], name);
            if (!before) add_curves(r, name, (hr_chart){.title = name});
        }
    hr_chart_group_end(&r->page);
    hr_page_unfold(&r->page);
}

/* The band of these bounds in a run's best evaluation; NULL: it has none. */
static const json_t *band_of(const hr_run *run, double low, double high) {
    const json_t *bands = json_object_get(run->best, "bands"), *band;
    for (size_t i = 0; (band = json_array_get(bands, i)); i++)
        if (hr_run_number(band, "low") == low && hr_run_number(band, "high") == high) return band;
    return NULL;
}

static void add_band(report *r, const json_t *band) {
    double low = hr_run_number(band, "low"), high = hr_run_number(band, "high");
    r->cell[0] = high < 0      ? hr_text_format("%.0f and more", low)
                 : low == high ? hr_text_format("%.0f", low)
                               : hr_text_format("%.0f to %.0f", low, high);
    for (size_t i = 0; i < r->runs.count; i++) {
        const json_t *own = band_of(&r->runs.run[i], low, high);
        double n = hr_run_number(own, "n");
        r->cell[i + 1] =
            n > 0 ? hr_text_format("%.1f %% of %.0f", 100 * hr_run_number(own, "exact") / n, n)
                  : NULL;
    }
    hr_page_row(&r->page, (const char *const *)r->cell);
    for (size_t i = 0; i <= r->runs.count; i++) hr_free(r->cell[i]);
}

/* Bands of all runs' best evaluations, those of one kind in a table. */
static void add_ratings(report *r, const char **head) {
    static const char *const kinds[] = {"rating", "open cells"};
    hr_page_section(&r->page, "By difficulty");
    bool any = false;
    for (size_t k = 0; k < 2; k++) {
        bool open = false;
        for (size_t i = 0; i < r->runs.count; i++) {
            const hr_run *run = &r->runs.run[i];
            const json_t *bands = json_object_get(run->best, "bands"), *band;
            const char *by = json_string_value(json_object_get(run->best, "band_by"));
            if (strcmp(by ? by : kinds[0], kinds[k])) continue;
            for (size_t b = 0; (band = json_array_get(bands, b)); b++) {
                bool before = !(hr_run_number(band, "n") > 0);
                for (size_t j = 0; j < i && !before; j++)
                    before = band_of(&r->runs.run[j], hr_run_number(band, "low"),
                                     hr_run_number(band, "high"));
                if (before) continue;
                head[0] = kinds[k];
                if (!open)
                    hr_page_table(&r->page, "Exact answers of the best evaluations", head,
                                  (int)r->runs.count + 1);
                open = any = true;
                add_band(r, band);
            }
        }
        if (open) hr_page_table_end(&r->page);
    }
    if (!any) hr_page_say(&r->page, "No evaluation says it.");
}

static void add_recipes(report *r, const char **head) {
    const hr_run_list *runs = &r->runs;
    hr_page_section(&r->page, "Recipes");
    if (runs->differences && runs->differences >= runs->count) {
        head[0] = "key";
        table(r, "Keys of which the recipes differ", head, runs->count + 1, runs->differences,
              recipe_cell);
    } else if (runs->differences) {
        const char **keys = HR_NEW(const char *, runs->differences + 1);
        r->page.body.failed |= !keys;
        for (size_t i = 0; keys && i < runs->differences; i++)
            keys[i + 1] = runs->difference[i].key;
        if (keys) keys[0] = "run";
        if (keys)
            table(r, "Keys of which the recipes differ", keys, runs->differences + 1, runs->count,
                  recipe_cell_across);
        hr_free(keys);
    } else if (runs->count > 1) hr_page_say(&r->page, "All of them have the same recipe.");
    for (size_t i = 0; i < runs->count; i++) {
        const json_t *recipe = runs->run[i].recipe;
        hr_buffer text = {0};
        const char *key;
        json_t *value;
        json_object_foreach((json_t *)(uintptr_t)recipe, key, value) {
            char *own = hr_runs_value(&runs->run[i], key);
            hr_buffer_print(&text, "%s: %s\n", key, own ? own : "");
            hr_free(own);
        }
        if (!text.size) continue;
        hr_page_fold(&r->page, false, runs->run[i].name);
        hr_page_lines(&r->page, text.text);
        hr_page_unfold(&r->page);
        hr_buffer_free(&text);
    }
}

static const hr_run *best_of(const report *r) {
    const hr_run *best = NULL;
    double most = -1;
    for (size_t i = 0; i < r->runs.count; i++) {
        const hrm_run_info *x = &r->info->run[i];
        double exact = isnan(x->exact) ? 0 : x->exact + 1e-6 * (isnan(x->cells) ? 0 : x->cells);
        if (!r->runs.run[i].recipe || exact <= most) continue;
        best = &r->runs.run[i];
        most = exact;
    }
    return best;
}

static hr_status compose(report *r) {
    size_t columns = r->runs.count + 1;
    const char **head = HR_NEW(const char *, columns);
    r->series = HR_NEW(hr_series, columns);
    r->cell = HR_NEW(char *, columns);
    hr_status status = head && r->series && r->cell ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; !status && i < r->runs.count; i++) head[i + 1] = r->runs.run[i].name;
    if (!status) {
        const hr_run *best = r->options->examples ? best_of(r) : NULL;
        add_runs(r);
        add_all_curves(r);
        add_ratings(r, head);
        if (best) status = hr_samples_add(&r->page, best, r->options);
        add_recipes(r, head);
        hr_page_section(&r->page, "Machines, time and operations");
        table(r, "Of the last sessions; FLOP as if all puzzles were of full size", machine_head,
              MACHINE_COLUMNS, r->runs.count, machine_cell);
    }
    hr_free(head);
    hr_free(r->series);
    hr_free(r->cell);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* A folder that holds no run stays in the list, as one that says so. */
static hr_status read_runs(report *r, const char *const *dirs, size_t count) {
    hr_status first = HR_OK, status = HR_OK;
    size_t good = 0;
    for (size_t i = 0; i < count && !status; i++) {
        hr_status one = hr_runs_add_all(&r->runs, dirs[i]);
        good += !one;
        if (one == HR_ERR_MEM) status = one;
        else if (one) status = hr_runs_add_none(&r->runs, dirs[i], hr_error_text());
        if (one && !first) first = one;
    }
    for (size_t i = 0; i < r->runs.count; i++) /* of the same name in different folders */
        for (size_t k = 0; k < r->runs.count; k++)
            if (k != i && !strcmp(r->runs.run[k].name, r->runs.run[i].name))
                r->runs.run[i].name = r->runs.run[i].dir;
    if (status || good) return status ? status : hr_runs_compare(&r->runs);
    return hr_fail(first, "%s: %s", r->runs.run[0].dir, r->runs.run[0].problems.text);
}

hr_status hr_report(const char *const *dirs, size_t count, const char *path,
                    const hrm_report_options *options, hrm_runs **out) {
    report r = {.options = options};
    if (!hr_text_ends(path, ".html") && !hr_text_ends(path, ".htm"))
        return hr_fail_about(HR_ERR_ARG, "out", "%s: a page's name must end in .html", path);
    hr_status status = read_runs(&r, dirs, count);
    if (!status) status = hr_os_try(path);
    if (!status) status = hr_runs_info(&r.runs, &r.info);
    if (!status) status = compose(&r);
    char *title = options->title ? hr_text_copy(options->title)
                  : status || r.runs.count == 1
                      ? hr_text_format("Run %s", status ? "" : r.runs.run[0].name)
                      : hr_text_format("%zu runs", r.runs.count);
    if (!status && !title) status = HR_ERR_MEM;
    if (!status) status = hr_page_write(&r.page, title, NULL, path);
    hr_page_free(&r.page);
    hr_runs_free(&r.runs);
    hr_free(title);
    if (!status && out) *out = r.info;
    else hr_runs_info_free(r.info);
    return status;
}
