/* bench_mlps.h - times of the gated MLPs. */
#ifndef HR_BENCH_MLPS_H
#define HR_BENCH_MLPS_H

#include "check/bench_measure.h"

hr_status hr_bench_mlps(hr_bencher *bench);

#endif
