/* bench.h - measures this machine: kernels, training steps and inference of named models, each as a
 * share of the multiplications per second that the same threads reach on registers alone. Inputs
 * are random: speed does not depend on their values. */
#ifndef HR_BENCH_H
#define HR_BENCH_H

#include "hrm.h"
#include "base/mem.h"
#include "base/pool.h"
#include "kern/kern.h"

/* See hrm_bench. */
hr_status hr_bench(const hrm_bench_options *options, hrm_bench_callback callback, void *user);

/* ---- for the bench_*.c files ----------------------------------------------------------------- */

typedef struct hr_bencher {
    const hrm_bench_options *options;
    const hr_kern *kern;
    hr_pool *pool;
    double peak; /* FLOP/s */
    hrm_bench_callback callback;
    void *user;
} hr_bencher;

/* Runs work once to warm up, then for the time that is asked for, and reports the median. per: what
 * one run does, in the fields that a result has per second (FLOP in tflops, bytes in
 * gigabytes_per_second). */
void hr_bench_measure(hr_bencher *bench, const char *name, void (*work)(void *), void *context,
                      hrm_bench_result per);
/* n numbers in [-0.5, 0.5); NULL while the arena only counts. */
hr_real *hr_bench_numbers(hr_arena *arena, size_t n, uint64_t seed);

hr_status hr_bench_products(hr_bencher *bench);
hr_status hr_bench_kernels(hr_bencher *bench);
hr_status hr_bench_mlps(hr_bencher *bench); /* the last part of hr_bench_kernels */
hr_status hr_bench_train(hr_bencher *bench);
hr_status hr_bench_infer(hr_bencher *bench);

#endif
