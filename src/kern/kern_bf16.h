/* kern_bf16.h - bf16 in registers of 16 floats: rounding, pairs of neighbours, and functions that
 * are only as exact as the bf16 that they become. For the tables whose products round so.
 *
 * Rounding is to nearest, ties to even. */
#define BF16
#define LANES 16

#define FUSED(a, b, c) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define ROOT(x)        ((vec)_mm512_sqrt_ps((__m512)(x)))

#include <immintrin.h>

#include "base/pool.h"
#include "kern/kern_lanes.h"

INLINE __mmask16 first_lanes(size_t n) {
    return n >= LANES ? 0xffff : (__mmask16)((1u << n) - 1);
}

/* 32 neighbours, those from n on read as zero. */
INLINE __m512i round_row(const float *a, size_t n) {
    __m512 low = _mm512_maskz_loadu_ps(first_lanes(n), a);
    __m512 high =
        n > LANES ? _mm512_maskz_loadu_ps(first_lanes(n - LANES), a + LANES) : _mm512_setzero_ps();
    return (__m512i)_mm512_cvtne2ps_pbh(high, low);
}

/* 16 lanes of two rows as pairs. */
INLINE __m512i pair_rows(__m512 upper, __m512 lower) {
    const __m512i order =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6,
                         21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(lower, upper));
}

/* 16 columns of two rows `step` apart as 16 pairs; the second row reads as zero unless `both`. */
INLINE __m512i round_pair(const float *b, size_t step, bool both, __mmask16 cols) {
    return pair_rows(_mm512_maskz_loadu_ps(cols, b),
                     both ? _mm512_maskz_loadu_ps(cols, b + step) : _mm512_setzero_ps());
}

/* A 16 x 16 matrix of pairs, transposed. */
INLINE void transpose_pairs(__m512i r[16]) {
    __m512i t[16];
    HR_UNROLL(8)
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    HR_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    HR_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
    }
    HR_UNROLL(4)
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
}

/* 2^x for |x| <= 1/2, a few units in 1,000,000. */
INLINE __m512 two_to(__m512 x) {
    __m512 p = _mm512_set1_ps(9.67e-3f);
    p = _mm512_fmadd_ps(p, x, _mm512_set1_ps(5.5504e-2f));
    p = _mm512_fmadd_ps(p, x, _mm512_set1_ps(0.24022652f));
    p = _mm512_fmadd_ps(p, x, _mm512_set1_ps(0.69314718f));
    return _mm512_fmadd_ps(p, x, _mm512_set1_ps(1.0f));
}

/* exp(x) for x <= 0, a few units in 1,000,000: finer than the bf16 that it becomes. */
INLINE __m512 quick_exp(__m512 x) {
    x = _mm512_max_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), _mm512_set1_ps(-126.0f));
    __m512 n = _mm512_roundscale_ps(x, 0);
    return _mm512_scalef_ps(two_to(_mm512_sub_ps(x, n)), n);
}

/* 1 / (1 + exp(-x)), a few units in 10,000: finer than the bf16 that it becomes. */
INLINE __m512 quick_sigmoid(__m512 x) {
    x = _mm512_mul_ps(x, _mm512_set1_ps(-1.44269504f));
    x = _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(-126.0f)), _mm512_set1_ps(126.0f));
    __m512 n = _mm512_roundscale_ps(x, 0), p = two_to(_mm512_sub_ps(x, n));
    return _mm512_rcp14_ps(_mm512_add_ps(_mm512_scalef_ps(p, n), _mm512_set1_ps(1.0f)));
}

/* One vector of a gated MLP's hidden row, and with dh of the gradients at gate and up. */
typedef struct hidden {
    __m512 h, dg, du;
} hidden;

INLINE hidden activate(__m512 g, __m512 u, __m512 dh, const bool relu, const bool back) {
    hidden out;
    if (relu) {
        __mmask16 on = _mm512_cmp_ps_mask(g, _mm512_setzero_ps(), _CMP_GT_OQ);
        out.h = _mm512_maskz_mul_ps(on, g, u);
        out.dg = back ? _mm512_maskz_mul_ps(on, dh, u) : g;
        out.du = back ? _mm512_maskz_mul_ps(on, dh, g) : g;
        return out;
    }
    __m512 s = quick_sigmoid(g), gs = _mm512_mul_ps(g, s);
    out.h = _mm512_mul_ps(gs, u);
    /* silu' = s + g s (1 - s) */
    __m512 slope = _mm512_fmadd_ps(_mm512_fnmadd_ps(gs, s, gs), _mm512_set1_ps(1.0f), s);
    out.dg = back ? _mm512_mul_ps(_mm512_mul_ps(dh, u), slope) : g;
    out.du = back ? _mm512_mul_ps(dh, gs) : g;
    return out;
}
