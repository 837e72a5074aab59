/* rng.h - counter-based random numbers: value = f(seed, stream name, index).
 *
 * Philox 4x32-10 (Salmon et al., SC 2011). Nothing is stepped, so resuming needs no saved state:
 * a stream at an index always gives the same value.                                            */
#ifndef HR_RNG_H
#define HR_RNG_H

#include <stdint.h>

typedef struct hr_rng {
    uint64_t key;
} hr_rng;

/* The stream called `name` under `seed`. */
hr_rng hr_rng_stream(uint64_t seed, const char *name);
/* A stream within a stream, for instance one for each step. */
hr_rng hr_rng_sub(hr_rng rng, uint64_t index);

/* 64 uniform bits at `index`. */
uint64_t hr_rng_u64(hr_rng rng, uint64_t index);
/* Uniform in [0, 1), 53 bits. */
double hr_rng_uniform(hr_rng rng, uint64_t index);
/* Uniform in 0..n-1 without bias beyond 2^-64; n > 0. */
uint64_t hr_rng_below(hr_rng rng, uint64_t index, uint64_t n);
/* Standard normal cut at +-2 and rescaled so that the result has standard deviation 1. */
double hr_rng_trunc_normal(hr_rng rng, uint64_t index);
/* A random permutation of 0..n-1 (Fisher-Yates), using indices 0..n-1 of the stream. */
void hr_rng_permutation(hr_rng rng, uint32_t *out, uint32_t n);

#endif
