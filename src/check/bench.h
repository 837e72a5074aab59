/* bench.h - measures this machine: kernels, training steps and inference of named models, each as a
 * share of the multiplications per second that the same threads reach on registers alone. Inputs
 * are random: speed does not depend on their values. */
#ifndef HR_BENCH_H
#define HR_BENCH_H

#include "hrm_tools.h"
#include "base/err.h"

/* See hrm_bench. */
hr_status hr_bench(const hrm_bench_options *options);

#endif
