/* bench_measure.h - how a piece of work is timed and reported. */
#ifndef HR_BENCH_MEASURE_H
#define HR_BENCH_MEASURE_H

#include "hrm_tools.h"
#include "base/mem.h"
#include "base/pool.h"
#include "kern/kern.h"

typedef struct hr_bencher {
    const hrm_bench_options *options;
    const hr_kern *kern;
    hr_pool *pool;
    double peak;  /* FLOP/s */
    bool stopped; /* by the callback: nothing more is measured */
} hr_bencher;

/* Measures what the threads reach on registers alone, and raises `peak` if it is more. */
void hr_bench_peak(hr_bencher *bench);
/* Runs work once to warm up, then for the time asked for, and reports the median, which it returns
 * in seconds (0: it was stopped). per: what one run
 * does, in the fields that a result has for rates (FLOP in tflops, bytes in
 * gigabytes_per_second). */
double hr_bench_measure(hr_bencher *bench, const char *name, void (*work)(void *), void *context,
                        hrm_bench_result per);
/* n numbers in [-0.5, 0.5); NULL while the arena only counts. */
hr_real *hr_bench_numbers(hr_arena *arena, size_t n, uint64_t seed);

#endif
