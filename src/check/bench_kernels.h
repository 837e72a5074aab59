/* bench_kernels.h - times of matrix products, and the other kernels. */
#ifndef HR_BENCH_KERNELS_H
#define HR_BENCH_KERNELS_H

#include "check/bench_measure.h"

hr_status hr_bench_products(hr_bencher *bench);
hr_status hr_bench_kernels(hr_bencher *bench); /* and the MLPs */

#endif
