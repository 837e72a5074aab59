/* bench.c - what `hrm bench` measures, and how: the peak, and the median of repeated runs. */
#include "check/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/rng.h"

enum { RUNS_MAX = 1000 };

typedef struct burn_job {
    const hr_kern *kern;
    double flops[256];
} burn_job;

static void burn_task(void *context, int task, int worker) {
    burn_job *job = context;
    (void)worker;
    job->flops[task] = job->kern->burn(200000);
}

/* Every thread multiplies registers; the best of a few tries. */
static void measure_peak(hr_bencher *b) {
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

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

void hr_bench_measure(hr_bencher *b, const char *name, void (*work)(void *), void *context,
                      hrm_bench_result r) {
    double times[RUNS_MAX], budget = b->options->seconds > 0 ? b->options->seconds : 1;
    int runs = 0;
    work(context); /* warms caches up and touches fresh memory */
    for (double start = hr_os_seconds(); runs < RUNS_MAX;) {
        double from = hr_os_seconds();
        if (runs && from - start > budget) break;
        work(context);
        times[runs++] = hr_os_seconds() - from;
    }
    measure_peak(b);
    qsort(times, (size_t)runs, sizeof *times, ascending);
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
    b->callback(b->user, &r);
}

hr_real *hr_bench_numbers(hr_arena *arena, size_t n, uint64_t seed) {
    hr_real *out = HR_TAKE(arena, hr_real, n);
    hr_rng rng = hr_rng_stream(seed, "bench");
    for (size_t i = 0; out && i < n; i++) out[i] = (hr_real)hr_rng_uniform(rng, i) - (hr_real)0.5;
    return out;
}

hr_status hr_bench(const hrm_bench_options *options, hrm_bench_callback callback, void *user) {
    hr_bencher b = {.options = options, .callback = callback, .user = user};
    const char *what = options->what ? options->what : "";
    static const struct {
        const char *name;
        hr_status (*run)(hr_bencher *);
        bool models; /* measures models, of which `config` picks one */
    } kinds[] = {{"gemm", hr_bench_products, false},
                 {"kernels", hr_bench_kernels, false},
                 {"train", hr_bench_train, true},
                 {"infer", hr_bench_infer, true}};
    int kind = 0;
    while (kind < 4 && strcmp(what, kinds[kind].name)) kind++;
    if (kind == 4)
        return hr_fail(HR_ERR_ARG, "bench: \"%.40s\" is not one of gemm, kernels, train, infer",
                       what);
    if (options->config && !kinds[kind].models)
        return hr_fail(HR_ERR_ARG, "config: only train and infer measure a named configuration");
    if (options->batch < 0) return hr_fail(HR_ERR_ARG, "batch: %d is below 0", options->batch);
    b.kern = hr_kern_select(options->run.isa);
    if (!b.kern) return HR_ERR_ARG;
    hr_status status = hr_pool_new(options->run.threads, &b.pool);
    if (status) return status;
    measure_peak(&b);
    status = kinds[kind].run(&b);
    hr_pool_free(b.pool);
    return status;
}
