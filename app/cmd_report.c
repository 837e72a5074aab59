/* cmd_report.c - hrm report and hrm runs: what run folders tell, as a page and as a table. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "hrm_look.h"
#include "paths.h"
#include "signals.h"
#include "term.h"

/* Beside the run where there is one. */
static char *report_path(const app_args *args) {
    const char *dir = args->words[0];
    size_t size = strlen(dir) + 16;
    if (args->out) return strdup(args->out);
    if (args->count > 1) return strdup("report.html");
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/report.html", dir);
    return path;
}

/* Problems of runs, and whether their figures are of the same puzzles. */
static void warn(const hrm_runs *runs) {
    for (size_t i = 0; i < runs->count; i++) {
        const hrm_run_info *r = &runs->run[i];
        if (*r->problems) {
            fputs("warning: ", stderr);
            term_say(stderr, r->dir);
            fputs(": ", stderr);
            term_say(stderr, r->problems);
            fputc('\n', stderr);
        }
    }
    if (runs->unlike)
        fputs("warning: the runs were not scored on the same puzzles (valid, eval_limit, "
              "eval_rounds): their "
              "figures cannot be compared\n",
              stderr);
}

int cmd_report(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_report_options options;
    hrm_report_options_init(&options, sizeof options);
    hrm_runs *runs;
    options.run = &run;
    if (args->examples >= 0) options.examples = (size_t)args->examples;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = "puzzle";
    char *path = report_path(args);
    signals_install();
    hrm_status status =
        path ? hrm_report(args->words, args->count, path, &options, &runs) : HRM_STATUS_MEM;
    term_clear();
    if (!status) warn(runs);
    if (!status) printf("%s\n", path);
    if (!status) hrm_runs_free(runs);
    free(path);
    return status ? app_fail(status) : 0;
}

/* ---- hrm runs -------------------------------------------------------------------------------- */

static json_t *run_json(const hrm_run_info *r) {
    return json_pack(
        "{s:o, s:s, s:I, s:I, s:f, s:o, s:o, s:[o,o], s:o, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:s, "
        "s:i, s:I, s:o}",
        "dir", term_text(r->dir), "state", r->state, "step", (json_int_t)r->step, "steps",
        (json_int_t)r->steps, "seconds", r->seconds, "loss", term_real(r->loss), "exact",
        term_real(r->exact), "ci95", term_real(r->exact_low), term_real(r->exact_high), "cells",
        term_real(r->cells), "best_step", (json_int_t)r->best_step, "evaluated",
        (json_int_t)r->evaluated, "puzzles", term_text(r->puzzles), "puzzles_hash", r->puzzles_hash,
        "flops", term_real(r->flops), "difference", term_text(r->difference), "processor",
        term_text(r->processor), "isa", r->isa, "threads", r->threads, "parameters",
        (json_int_t)r->parameters, "problems", term_text(r->problems));
}

static int print_json(const hrm_runs *runs) {
    json_t *list = json_array();
    for (size_t i = 0; i < runs->count; i++) json_array_append_new(list, run_json(&runs->run[i]));
    return term_json(list, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) ? 0 : app_fail(HRM_STATUS_MEM);
}

/* A cell of a table for programs: quoted where it must be. */
static void print_field(const char *text, char end) {
    bool quote = strpbrk(text, ",\"\n\r");
    if (quote) putchar('"');
    for (const char *c = text; *c; c++) {
        if (*c == '"') putchar('"');
        putchar(*c);
    }
    if (quote) putchar('"');
    putchar(end);
}

static void print_number(double v) {
    if (isfinite(v)) printf("%.9g", v);
    putchar(',');
}

static int print_csv(const hrm_runs *runs) {
    puts("dir,state,step,steps,seconds,loss,exact,exact_low,exact_high,cells,best_step,evaluated,"
         "flops,parameters,threads,isa,processor,difference,problems,puzzles");
    for (size_t i = 0; i < runs->count; i++) {
        const hrm_run_info *r = &runs->run[i];
        const double number[] = {(double)r->step,
                                 (double)r->steps,
                                 r->seconds,
                                 r->loss,
                                 r->exact,
                                 r->exact_low,
                                 r->exact_high,
                                 r->cells,
                                 (double)r->best_step,
                                 (double)r->evaluated,
                                 r->flops,
                                 (double)r->parameters,
                                 r->threads};
        print_field(r->dir, ',');
        print_field(r->state, ',');
        for (size_t k = 0; k < sizeof number / sizeof *number; k++) print_number(number[k]);
        print_field(r->isa, ',');
        print_field(r->processor, ',');
        print_field(r->difference, ',');
        print_field(r->problems, ',');
        print_field(r->puzzles, '\n');
    }
    return 0;
}

static void print_run(const hrm_run_info *r, int width) {
    char steps[TERM_TEXT] = "", time[TERM_TEXT], exact[64] = "-", cells[TERM_TEXT] = "-";
    if (r->steps) snprintf(steps, sizeof steps, "/%lld", (long long)r->steps);
    if (!isnan(r->exact))
        snprintf(exact, sizeof exact, "%.2f %% [%.1f, %.1f] of %zu at %lld", 100 * r->exact,
                 100 * r->exact_low, 100 * r->exact_high, r->evaluated, (long long)r->best_step);
    if (!isnan(r->cells)) snprintf(cells, sizeof cells, "%.2f %%", 100 * r->cells);
    printf("%*s", width - term_say(stdout, r->dir), "");
    int step = printf("  %-8s  %lld%s", r->state, (long long)r->step, steps);
    printf("%*s  %-10s  %-41s  %-8s  ", step < 26 ? 26 - step : 0, "",
           term_seconds(r->seconds, time), exact, cells);
    term_say(stdout, r->difference);
    putchar('\n');
}

static int print_table(const hrm_runs *runs) {
    int width = 3;
    for (size_t i = 0; i < runs->count; i++) {
        int n = term_say(NULL, runs->run[i].dir);
        if (n > width) width = n;
    }
    printf("%-*s  %-8s  %-14s  %-10s  %-41s  %-8s  %s\n", width, "run", "state", "step", "time",
           "exact of the best evaluation", "cells", "recipe, unlike most");
    for (size_t i = 0; i < runs->count; i++) print_run(&runs->run[i], width);
    warn(runs);
    return 0;
}

int cmd_runs(const app_args *args) {
    hrm_runs *runs;
    const char *dir = args->count ? args->words[0] : "runs";
    if (!args->count && access(dir, F_OK)) {
        fprintf(stderr, "hrm: there is no folder %s here; name one: hrm runs DIR\n", dir);
        return EXIT_FAILED;
    }
    hrm_status status = hrm_runs_open(dir, &runs);
    if (status) return app_fail(status);
    if (args->json && args->csv) {
        hrm_runs_free(runs);
        return app_usage_error("--json and --csv exclude each other");
    }
    if (!runs->count) fprintf(stderr, "hrm: %s: no run is in it\n", dir);
    int code = args->json ? print_json(runs) : args->csv ? print_csv(runs) : print_table(runs);
    hrm_runs_free(runs);
    return code;
}
