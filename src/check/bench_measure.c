/* bench_measure.c - the peak, and the median of repeated runs. */
#include "check/bench_measure.h"

#include <stdlib.h>

#include "base/os.h"
#include "base/rng.h"
#include "base/sort.h"

enum { RUNS_MAX = 1000 };

typedef struct burn_job {
    const hr_kern *kern;
    double flops[HR_POOL_THREADS];
} burn_job;

static void burn_task(void *context, int task, int worker) {
    burn_job *job = context;
    (void)worker;
    job->flops[task] = job->kern->burn(200000);
}

void hr_bench_peak(hr_bencher *b) {
    burn_job job = {.kern = b->kern};
    int threads = hr_pool_threads(b->pool);
    for (int i = 0; i < 8; i++) {
        double begin = hr_os_seconds(), flops = 0;
        hr_pool_run(b->pool, threads, burn_task, &job);
        double seconds = hr_os_seconds() - begin;
        for (int t = 0; t < threads; t++) flops += job.flops[t];
        if (flops / seconds > b->peak) b->peak = flops / seconds;
    }
}

double hr_bench_measure(hr_bencher *b, const char *name, void (*work)(void *), void *context,
                        hrm_bench_result r) {
    double times[RUNS_MAX], budget = b->options->seconds > 0 ? b->options->seconds : 1;
    int runs = 0;
    if (b->stopped) return 0;
    work(context); /* warms caches up and touches fresh memory */
    for (double start = hr_os_seconds(); runs < RUNS_MAX;) {
        double from = hr_os_seconds();
        if (runs && from - start > budget) break;
        work(context);
        times[runs++] = hr_os_seconds() - from;
    }
    hr_bench_peak(b);
    qsort(times, (size_t)runs, sizeof *times, hr_sort_ascending);
    double seconds = times[runs / 2];
    r.name = name;
    r.seconds = seconds;
    r.runs = runs;
    r.tflops = r.tflops / seconds * 1e-12;
    r.peak_tflops = b->peak * 1e-12;
    r.fraction_of_peak = r.tflops / r.peak_tflops;
    r.gigabytes_per_second = r.gigabytes_per_second / seconds * 1e-9;
    r.puzzles_per_second /= seconds;
    r.tokens_per_second /= seconds;
    r.peak_rss_bytes = hr_os_peak_rss();
    b->stopped = !b->options->callback(b->options->user, &r);
    return seconds;
}

hr_real *hr_bench_numbers(hr_arena *arena, size_t n, uint64_t seed) {
    hr_real *out = HR_TAKE(arena, hr_real, n);
    hr_rng rng = hr_rng_stream(seed, "bench");
    for (size_t i = 0; out && i < n; i++) out[i] = (hr_real)hr_rng_uniform(rng, i) - (hr_real)0.5;
    return out;
}
