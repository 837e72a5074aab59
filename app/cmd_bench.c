/* cmd_bench.c - hrm bench: one line per measurement. */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "term.h"

static void print_rate(double value, const char *unit) {
    if (value > 0) printf("  %8.4g %s", value, unit);
}

static bool print_line(void *user, const hrm_bench_result *r) {
    (void)user;
    printf("%-40s %10.4g ms", r->name, r->seconds * 1e3);
    if (r->tflops > 0)
        printf("  %8.1f GFLOP/s  %5.1f %% of %.1f", r->tflops * 1e3, r->fraction_of_peak * 100,
               r->peak_tflops * 1e3);
    print_rate(r->gigabytes_per_second, "GB/s");
    print_rate(r->puzzles_per_second, "puzzles/s");
    print_rate(r->tokens_per_second, "tokens/s");
    if (r->peak_rss_bytes > 0 && r->puzzles_per_second > 0)
        printf("  %.0f MB", (double)r->peak_rss_bytes * 1e-6);
    putchar('\n');
    fflush(stdout);
    return true;
}

static bool print_json(void *user, const hrm_bench_result *r) {
    (void)user;
    json_t *o = json_pack("{s:s, s:f, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:I}", "name", r->name,
                          "seconds", r->seconds, "runs", r->runs, "tflops", r->tflops,
                          "peak_tflops", r->peak_tflops, "fraction_of_peak", r->fraction_of_peak,
                          "gigabytes_per_second", r->gigabytes_per_second, "puzzles_per_second",
                          r->puzzles_per_second, "tokens_per_second", r->tokens_per_second,
                          "peak_rss_bytes", (json_int_t)r->peak_rss_bytes);
    term_json(o, JSON_REAL_PRECISION(6));
    fflush(stdout);
    return true;
}

int cmd_bench(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_bench_options options = {.size = sizeof options,
                                 .what = args->words[0],
                                 .config = args->config,
                                 .batch = (int)args->batch,
                                 .seconds = args->seconds > 0 ? args->seconds : 1,
                                 .run = &run,
                                 .callback = args->json ? print_json : print_line};
    hrm_status status = hrm_bench(&options);
    return status ? app_fail(status) : 0;
}
