/* kern_lanes.h - registers of LANES floats and what the kernels do with them, through vector
 * extensions. The including file, one for each instruction set, defines LANES,
 * FUSED(a, b, c), which is a * b + c, and ROOT(x), the square root.
 *
 * Nothing is contracted that is not written as FUSED: every compiler and every optimisation level
 * gives the same bits. Everything is static: nothing compiled for one instruction set may be linked
 * into code that runs on another. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kern/kern_tables.h"

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ints __attribute__((vector_size(LANES * 4)));
/* A vector in memory: aligned like a float. */
typedef float vec_there __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* Before a loop of at most n iterations, a constant once inlined, over an array that is to stay in
 * registers: a loop that stays a loop keeps it in memory. */
#ifdef __clang__
#define HR_UNROLL(n) _Pragma("clang loop unroll(full)")
#else
#define HR_PRAGMA(text) _Pragma(#text)
#define HR_UNROLL(n)    HR_PRAGMA(GCC unroll n)
#endif

/* Where a register tile's sums go: c = addend + sums, `cols` columns; addend may be NULL. */
typedef struct target {
    float *c;
    const float *addend;
    size_t ldc, cols;
} target;

/* The same n numbers on, where there is something. */
INLINE const float *further(const float *addend, size_t n) {
    return addend ? addend + n : NULL;
}

INLINE vec load(const float *p) {
    return *(const vec_there *)p;
}

INLINE void store(float *p, vec v) {
    *(vec_there *)p = v;
}

INLINE vec splat(float x) {
    return x - (vec){0};
}

/* The first n lanes, n <= LANES; the others read as 0 and are not written. */
INLINE vec load_part(const float *p, size_t n) {
    vec v = {0};
    memcpy(&v, p, n * sizeof *p);
    return v;
}

INLINE void store_part(float *p, vec v, size_t n) {
    memcpy(p, &v, n * sizeof *p);
}

INLINE vec pick(ints mask, vec yes, vec no) {
    return (vec)((mask & (ints)yes) | (~mask & (ints)no));
}

/* Each lane has what the one `width` beside it had. */
INLINE vec exchanged(vec v, int width) {
#ifdef __clang__
    vec out;
    for (int i = 0; i < LANES; i++) out[i] = v[i ^ width];
    return out;
#else /* which would go through memory for that */
    ints lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    return __builtin_shuffle(v, lane ^ width);
#endif
}

/* Halves are added to halves until one number is left. */
INLINE float sum_lanes(vec v) {
    for (int width = LANES / 2; width; width /= 2) v += exchanged(v, width);
    return v[0];
}

INLINE float max_lanes(vec v) {
    for (int width = LANES / 2; width; width /= 2) {
        vec other = exchanged(v, width);
        v = pick(other > v, other, v);
    }
    return v[0];
}

/* ---- elementary functions -------------------------------------------------------------------- */

/* exp within 2 ulp: x = n ln 2 + r, polynomial in r, scaled by 2^n in two steps so that results
 * below the normal range and infinity come out right. */
INLINE vec vec_exp(vec x) {
    const vec magic = splat(12582912.0f); /* 1.5 * 2^23: adding it rounds to an integer */
    x = pick(x < splat(-104.0f), splat(-104.0f), x);
    x = pick(x > splat(89.0f), splat(89.0f), x);
    vec shifted = x * splat(1.44269504088896341f) + magic;
    vec n = shifted - magic;
    vec r = FUSED(n, splat(2.12194440e-4f), FUSED(n, splat(-0.693359375f), x));
    vec p = splat(1.9875691500e-4f);
    p = FUSED(p, r, splat(1.3981999507e-3f));
    p = FUSED(p, r, splat(8.3334519073e-3f));
    p = FUSED(p, r, splat(4.1665795894e-2f));
    p = FUSED(p, r, splat(1.6666665459e-1f));
    p = FUSED(p, r, splat(5.0000001201e-1f));
    p = FUSED(p, r * r, r) + splat(1.0f);
    ints whole = (ints)shifted - (ints)magic;
    ints half = whole >> 1;
    vec a = (vec)((half + 127) << 23), b = (vec)((whole - half + 127) << 23);
    return p * a * b;
}

INLINE vec sigmoid(vec x) {
    return splat(1.0f) / (splat(1.0f) + vec_exp(-x));
}

/* atan2(y, x) for x >= 0, within 3 ulp; 0 for (0, 0). */
INLINE vec vec_atan2(vec y, vec x) {
    const ints sign = (ints)y & (ints)splat(-0.0f);
    vec a = (vec)((ints)y ^ sign);
    ints steep = a > x;
    vec low = pick(steep, x, a), high = pick(steep, a, x);
    vec z = pick(high > splat(0.0f), low / high, splat(0.0f));
    ints upper = z > splat(0.41421356f);
    z = pick(upper, (z - splat(1.0f)) / (z + splat(1.0f)), z);
    vec q = z * z;
    vec p = FUSED(splat(8.05374449538e-2f), q, splat(-1.38776856032e-1f));
    p = FUSED(p, q, splat(1.99777106478e-1f));
    p = FUSED(p, q, splat(-3.33329491539e-1f));
    vec t = FUSED(p * q, z, z);
    t = pick(upper, t + splat(0.785398163397448f), t);
    t = pick(steep, splat(1.5707963267948966f) - t, t);
    return (vec)((ints)t ^ sign);
}
