/* bench_models.h - times of training steps and inference of named models. */
#ifndef HR_BENCH_MODELS_H
#define HR_BENCH_MODELS_H

#include "check/bench_measure.h"

hr_status hr_bench_train(hr_bencher *bench);
hr_status hr_bench_infer(hr_bencher *bench);
/* What training would come to on several machines: reckoned from a step that is measured here and
 * from links that are not. */
hr_status hr_bench_ranks(hr_bencher *bench);

#endif
