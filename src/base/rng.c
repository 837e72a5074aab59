/* rng.c - Philox 4x32-10 and the distributions of rng.h. */
#include "base/rng.h"

#include <math.h>

/* purpose: keeps the numbers of a stream, its substreams and the streams of a seed apart. */
static uint64_t philox(uint64_t key, uint64_t counter, uint64_t purpose) {
    uint32_t c0 = (uint32_t)counter, c1 = (uint32_t)(counter >> 32);
    uint32_t c2 = (uint32_t)purpose, c3 = (uint32_t)(purpose >> 32);
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c0 = n0;
        c1 = (uint32_t)p1;
        c2 = n2;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return (uint64_t)c1 << 32 | c0;
}

hr_rng hr_rng_stream(uint64_t seed, const char *name) {
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a of the name, then mixed with the seed */
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return (hr_rng){philox(seed, h, 1)};
}

hr_rng hr_rng_sub(hr_rng rng, uint64_t index) {
    return (hr_rng){philox(rng.key, index, 2)};
}

uint64_t hr_rng_u64(hr_rng rng, uint64_t index) {
    return philox(rng.key, index, 0);
}

double hr_rng_uniform(hr_rng rng, uint64_t index) {
    return (double)(hr_rng_u64(rng, index) >> 11) * 0x1p-53;
}

/* The upper half of a product, from halves of its factors: not every machine has numbers of 128
 * bits. */
static uint64_t upper_half(uint64_t a, uint64_t b) {
    const uint64_t low = UINT32_MAX, a1 = a >> 32, b1 = b >> 32;
    uint64_t middle = a1 * (b & low) + ((a & low) * (b & low) >> 32);
    uint64_t other = (a & low) * b1 + (middle & low);
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

uint64_t hr_rng_below(hr_rng rng, uint64_t index, uint64_t n) {
    return upper_half(hr_rng_u64(rng, index), n);
}

/* Inverse of the normal distribution function by bisection-free Newton steps on erfc. */
static double normal_quantile(double p) {
    double t = sqrt(-2 * log(p < 0.5 ? p : 1 - p));
    double x = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) /
                       (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t);
    if (p < 0.5) x = -x;
    for (int i = 0; i < 3; i++) {
        double e = 0.5 * erfc(-x * 0.70710678118654752) - p;
        x -= e * 2.5066282746310002 * exp(0.5 * x * x);
    }
    return x;
}

double hr_rng_trunc_normal(hr_rng rng, uint64_t index) {
    const double low = 0.5 * erfc(2 * 0.70710678118654752); /* mass below -2 */
    const double std = 0.87962566103423978;                 /* of a standard normal cut at +-2 */
    double p = low + (1 - 2 * low) * ((double)(hr_rng_u64(rng, index) >> 11) + 0.5) * 0x1p-53;
    return normal_quantile(p) / std;
}

void hr_rng_permutation(hr_rng rng, uint32_t *out, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = (uint32_t)hr_rng_below(rng, i, i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}
