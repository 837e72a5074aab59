/* kern_avx512bf16.c - AVX-512 kernels whose matrix products multiply bf16 and add in float
 * (VDPBF16PS); the Makefile compiles this file alone with its flags.
 *
 * Operands stay float in memory and are rounded to bf16 (to nearest, ties to even) on their way
 * into a product; a register lane then holds a pair of neighbours along the summed dimension. Sums
 * run in the order of kern_gemm.h, pair by pair. */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define LANES      16
#define ROWS       12
#define TABLE      hr_kern_avx512bf16
#define TABLE_NAME "avx512bf16"

#define FUSED(a, b, c) ((vec)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define ROOT(x)        ((vec)_mm512_sqrt_ps((__m512)(x)))

#include <immintrin.h>

#include "kern/kern.h"

extern const hr_kern TABLE;

#include "kern/kern_lanes.h"

enum {
    PANEL = 2 * LANES,   /* columns of a register tile and of a packed panel */
    PAIR = 2,            /* bf16 numbers in the place of one float */
    CHUNK = 2048,        /* summed numbers of gemm that are rounded at a time */
    DEPTH = 128,         /* rows that gemm_tn rounds at a time */
    BAND = 96,           /* columns of A that gemm_tn rounds at a time */
    L2_PAIRS = 96 << 10, /* packed B that stays in L2 while rows pass by */
};

typedef uint32_t pair;

/* 32 neighbours in a row as 16 pairs, numbers from n on read as zero. */
INLINE __m512i round_row(const float *a, size_t n) {
    vec low = n >= LANES ? load(a) : load_part(a, n);
    vec high = n >= PANEL  ? load(a + LANES)
               : n > LANES ? load_part(a + LANES, n - LANES)
                           : (vec){0};
    return (__m512i)_mm512_cvtne2ps_pbh((__m512)high, (__m512)low);
}

/* 16 pairs down the columns of two rows. */
INLINE __m512i round_columns(vec upper, vec lower) {
    __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)lower, (__m512)upper);
    __m512i even = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(both));
    __m512i odd = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(both, 1));
    return _mm512_or_si512(even, _mm512_slli_epi32(odd, 16));
}

/* Rows i and i + 1 of b (row apart, the second read as zero unless `both`), n <= PANEL columns. */
INLINE void round_two_rows(pair *out, const float *b, size_t row, bool both, size_t n) {
    for (size_t j = 0; j < n; j += LANES) {
        size_t left = n - j < LANES ? n - j : LANES;
        vec upper = left == LANES ? load(b + j) : load_part(b + j, left), lower = {0};
        if (both) lower = left == LANES ? load(b + row + j) : load_part(b + row + j, left);
        _mm512_storeu_si512(out + j, round_columns(upper, lower));
    }
}

static void pack(float *panels, const float *b, size_t row, size_t col, size_t k, size_t n) {
    size_t pairs = (k + 1) / PAIR;
    pair *out = (pair *)(void *)panels;
    for (size_t j0 = 0; j0 < n; j0 += PANEL, out += pairs * PANEL) {
        size_t cols = n - j0 < PANEL ? n - j0 : PANEL;
        if (cols < PANEL) memset(out, 0, pairs * PANEL * sizeof *out);
        if (col == 1)
            for (size_t p = 0; p < pairs; p++)
                round_two_rows(out + p * PANEL, b + j0 + PAIR * p * row, row, PAIR * p + 1 < k,
                               cols);
        else
            for (size_t j = 0; j < cols; j++)
                for (size_t p = 0; p < pairs; p += LANES) {
                    pair part[LANES];
                    size_t left = pairs - p < LANES ? pairs - p : LANES;
                    _mm512_storeu_si512(part,
                                        round_row(b + (j0 + j) * col + PAIR * p, k - PAIR * p));
                    for (size_t i = 0; i < left; i++) out[(p + i) * PANEL + j] = part[i];
                }
    }
}

/* One register tile: c (rows x cols) from a (pair p of row i at a[i * step + p * next]) and a panel
 * of `pairs` rows. */
INLINE void tile(const int rows, float *c, size_t ldc, size_t cols, const pair *a, size_t step,
                 size_t next, const pair *panel, size_t pairs, bool add) {
    __m512 s[ROWS][2];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = _mm512_setzero_ps();
    for (size_t p = 0; p < pairs; p++, panel += PANEL, a += next) {
        __m512bh b0 = (__m512bh)_mm512_loadu_si512(panel);
        __m512bh b1 = (__m512bh)_mm512_loadu_si512(panel + LANES);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[(size_t)i * step]);
            s[i][0] = _mm512_dpbf16_ps(s[i][0], b0, x);
            s[i][1] = _mm512_dpbf16_ps(s[i][1], b1, x);
        }
    }
    __mmask16 low = cols >= LANES ? 0xffff : (__mmask16)((1u << cols) - 1);
    __mmask16 high = cols >= PANEL   ? 0xffff
                     : cols <= LANES ? 0
                                     : (__mmask16)((1u << (cols - LANES)) - 1);
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++) {
        float *out = c + (size_t)i * ldc;
        if (add) {
            s[i][0] = _mm512_add_ps(_mm512_maskz_loadu_ps(low, out), s[i][0]);
            s[i][1] = _mm512_add_ps(_mm512_maskz_loadu_ps(high, out + LANES), s[i][1]);
        }
        _mm512_mask_storeu_ps(out, low, s[i][0]);
        _mm512_mask_storeu_ps(out + LANES, high, s[i][1]);
    }
}

typedef void (*tile_fn)(float *c, size_t ldc, size_t cols, const pair *a, const size_t stride[2],
                        const pair *panel, size_t pairs, bool add);

#define TILE(name, rows)                                                                           \
    static __attribute__((noinline)) void name(float *c, size_t ldc, size_t cols, const pair *a,   \
                                               const size_t stride[2], const pair *panel,          \
                                               size_t pairs, bool add) {                           \
        if (stride[0] == 1) tile(rows, c, ldc, cols, a, 1, stride[1], panel, pairs, add);          \
        else tile(rows, c, ldc, cols, a, stride[0], 1, panel, pairs, add);                         \
    }
TILE(tile_1, 1)
TILE(tile_2, 2)
TILE(tile_4, 4)
TILE(tile_full, ROWS)

/* The tallest tile for `left` rows. */
INLINE size_t tallest(size_t left, tile_fn *fn) {
    *fn = left >= ROWS ? tile_full : left >= 4 ? tile_4 : left >= 2 ? tile_2 : tile_1;
    return left >= ROWS ? ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

/* gemm over `depth` <= CHUNK summed numbers; panels are `pairs` rows high in all. */
static void gemm_chunk(float *c, size_t ldc, const float *a, size_t lda, const pair *panels,
                       size_t pairs, size_t m, size_t n, size_t depth, bool add) {
    pair rounded[ROWS * CHUNK / PAIR] __attribute__((aligned(64)));
    size_t deep = (depth + 1) / PAIR, step = (deep + LANES - 1) / LANES * LANES;
    const size_t stride[2] = {step, 1};
    size_t group = L2_PAIRS / (pairs * PANEL) * PANEL; /* columns whose panels stay in L2 */
    if (group < PANEL) group = PANEL;
    for (size_t j0 = 0; j0 < n; j0 += group) {
        size_t j1 = n - j0 < group ? n : j0 + group;
        tile_fn fn;
        for (size_t i = 0, rows; i < m; i += rows) {
            rows = tallest(m - i, &fn);
            for (size_t r = 0; r < rows; r++)
                for (size_t p = 0; p < deep; p += LANES)
                    _mm512_store_si512(rounded + r * step + p,
                                       round_row(a + (i + r) * lda + PAIR * p, depth - PAIR * p));
            for (size_t j = j0; j < j1; j += PANEL)
                fn(c + i * ldc + j, ldc, n - j < PANEL ? n - j : PANEL, rounded, stride,
                   panels + j * pairs, deep, add);
        }
    }
}

static void gemm(float *c, size_t ldc, const float *a, size_t lda, const float *panels, size_t m,
                 size_t n, size_t k, bool add) {
    const pair *from = (const pair *)(const void *)panels;
    for (size_t p = 0; p < k; p += CHUNK)
        gemm_chunk(c, ldc, a + p, lda, from + p / PAIR * PANEL, (k + 1) / PAIR, m, n,
                   k - p < CHUNK ? k - p : CHUNK, add || p);
}

/* gemm_tn for m <= BAND columns of A. */
static void gemm_tn_band(float *c, size_t ldc, const float *a, size_t lda, const float *b,
                         size_t ldb, size_t m, size_t n, size_t k) {
    pair band[DEPTH / PAIR * BAND] __attribute__((aligned(64)));
    pair panel[DEPTH / PAIR * PANEL] __attribute__((aligned(64)));
    const size_t stride[2] = {1, BAND};
    for (size_t p = 0; p < k; p += DEPTH) {
        size_t depth = k - p < DEPTH ? k - p : DEPTH, deep = (depth + 1) / PAIR;
        for (size_t d = 0; d < deep; d++)
            round_two_rows(band + d * BAND, a + (p + PAIR * d) * lda, lda, PAIR * d + 1 < depth, m);
        for (size_t j = 0; j < n; j += PANEL) {
            size_t cols = n - j < PANEL ? n - j : PANEL;
            for (size_t d = 0; d < deep; d++)
                round_two_rows(panel + d * PANEL, b + (p + PAIR * d) * ldb + j, ldb,
                               PAIR * d + 1 < depth, cols);
            tile_fn fn;
            for (size_t i = 0, rows; i < m; i += rows) {
                rows = tallest(m - i, &fn);
                fn(c + i * ldc + j, ldc, cols, band + i, stride, panel, deep, true);
            }
        }
    }
}

static void gemm_tn(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                    size_t m, size_t n, size_t k) {
    for (size_t i = 0; i < m; i += BAND)
        gemm_tn_band(c + i * ldc, ldc, a + i, lda, b, ldb, m - i < BAND ? m - i : BAND, n, k);
}

/* Weights that multiply from the left are rounded once: rows of pairs, one after the other. */
static void pack_left(float *out, const float *a, size_t row, size_t col, size_t m, size_t k) {
    size_t pairs = (k + 1) / PAIR;
    pair *to = (pair *)(void *)out;
    for (size_t i = 0; i < m; i++, to += pairs)
        for (size_t p = 0; p < pairs; p += LANES) {
            float part[PANEL];
            size_t left = k - PAIR * p < PANEL ? k - PAIR * p : PANEL;
            for (size_t q = 0; q < left; q++) part[q] = a[i * row + (PAIR * p + q) * col];
            __mmask16 there = left == PANEL ? 0xffff : (__mmask16)((1u << (left + 1) / PAIR) - 1);
            _mm512_mask_storeu_epi32(to + p, there, round_row(part, left));
        }
}

/* c (m x n) (+)= a (m x k) b (k x n), a by pack_left, in the order of gemm; `packed` is scratch. */
static void left(float *c, size_t ldc, const float *a, const float *b, size_t ldb, size_t m,
                 size_t n, size_t k, bool add, float *packed) {
    const pair *rows = (const pair *)(const void *)a, *panels = (const pair *)(void *)packed;
    size_t pairs = (k + 1) / PAIR;
    const size_t stride[2] = {pairs, 1};
    pack(packed, b, ldb, 1, k, n);
    for (size_t p = 0; p < pairs; p += CHUNK / PAIR) {
        size_t deep = pairs - p < CHUNK / PAIR ? pairs - p : CHUNK / PAIR;
        tile_fn fn;
        for (size_t i = 0, tall; i < m; i += tall) {
            tall = tallest(m - i, &fn);
            for (size_t j = 0; j < n; j += PANEL)
                fn(c + i * ldc + j, ldc, n - j < PANEL ? n - j : PANEL, rows + i * pairs + p,
                   stride, panels + j * pairs + p * PANEL, deep, add || p);
        }
    }
}

static double burn(size_t rounds) {
    __m512 s[ROWS][2];
    for (int i = 0; i < ROWS; i++) s[i][0] = s[i][1] = _mm512_set1_ps((float)i);
    __m512bh x = (__m512bh)_mm512_set1_epi32((int)rounds), b = x; /* some number near 0 */
    for (size_t p = 0; p < rounds; p++) {
#pragma GCC unroll 16
        for (int i = 0; i < ROWS; i++) {
            s[i][0] = _mm512_dpbf16_ps(s[i][0], b, x);
            s[i][1] = _mm512_dpbf16_ps(s[i][1], b, x);
        }
    }
    volatile float sink = 0;
    for (int i = 0; i < ROWS; i++) sink = sink + sum_lanes((vec)s[i][0] + (vec)s[i][1]);
    return (double)rounds * ROWS * 2 * PANEL * 2;
}

#define BF16
#define PACKED_LEFT
#include "kern/kern_vec.h"
#endif
