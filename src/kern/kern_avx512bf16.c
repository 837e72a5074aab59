/* kern_avx512bf16.c - AVX-512 kernels whose matrix products multiply bf16 and add in float
 * (VDPBF16PS); the Makefile compiles this file alone with its flags.
 *
 * A register lane holds a pair of neighbours along the summed dimension. Operands are kept as such
 * pairs, in two forms: by rows, the pairs of a row one after the other; and in panels of 32
 * columns, pair by pair, two rows of 32 numbers each. A register tile is 12 x 32 sums. They run
 * pair by pair in the order of the summed dimension, in chunks of CHUNK; so a result does not
 * depend on how rows or columns are split. */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define ROWS       12
#define TABLE      hr_kern_avx512bf16
#define TABLE_NAME "avx512bf16"

#include "kern/kern_bf16.h"

enum {
    PANEL = 2 * LANES,   /* columns of a register tile and of a panel; edge of a square of sums */
    PAIR = 2,            /* bf16 numbers in the place of one float */
    CHUNK = 2048,        /* summed numbers of a pass */
    L2_PAIRS = 96 << 10, /* panels that stay in L2 while rows pass by */
    GROUP = 32 << 10,    /* pairs of A that gemm rounds at a time */
    DEPTH = 512,         /* rows that gemm_tn rounds at a time */
    WIDTH = 512,         /* columns of B that gemm_tn rounds at a time */
};

typedef uint32_t pair;

/* Packed operands lie where floats are declared. */
static const pair *pairs_at(const float *packed) {
    return (const pair *)(const void *)packed;
}

static size_t pairs_of(size_t n) {
    return (n + 1) / PAIR;
}

/* To whole panels. */
static size_t round_up(size_t n) {
    return (n + PANEL - 1) / PANEL * PANEL;
}

/* Floats of a panel over k rows, and of a left operand. */
static size_t panel_size(size_t k) {
    return pairs_of(k) * PANEL;
}

static size_t left_size(size_t m, size_t k) {
    return m * k;
}

/* ---- operands -------------------------------------------------------------------------------- */

/* A (m x k, rows lda apart) by rows. */
static void by_rows(pair *out, const float *a, size_t lda, size_t m, size_t k) {
    size_t pairs = pairs_of(k);
    for (size_t i = 0; i < m; i++, out += pairs)
        for (size_t p = 0; p < pairs; p += LANES)
            _mm512_mask_storeu_epi32(out + p, first_lanes(pairs - p),
                                     round_row(a + i * lda + PAIR * p, k - PAIR * p));
}

/* The transpose of A (k x m, rows lda apart) by rows, 16 x 32 numbers at a time. */
static void by_rows_transposed(pair *out, const float *a, size_t lda, size_t m, size_t k) {
    size_t pairs = pairs_of(k);
    for (size_t i = 0; i < m; i += LANES)
        for (size_t p = 0; p < pairs; p += LANES) {
            __m512i r[LANES];
            __mmask16 cols = first_lanes(m - i);
            for (size_t q = 0; q < LANES; q++) {
                size_t at = PAIR * (p + q);
                r[q] = at < k ? round_pair(a + at * lda + i, lda, at + 1 < k, cols)
                              : _mm512_setzero_si512();
            }
            transpose_pairs(r);
            for (size_t j = 0; j < LANES && i + j < m; j++)
                _mm512_mask_storeu_epi32(out + (i + j) * pairs + p, first_lanes(pairs - p), r[j]);
        }
}

/* B (k x n, rows ldb apart) in panels; columns past the last are zero. */
static void in_panels(pair *out, const float *b, size_t ldb, size_t k, size_t n) {
    size_t pairs = pairs_of(k);
    for (size_t j = 0; j < n; j += PANEL)
        for (size_t p = 0; p < pairs; p++, out += PANEL)
            for (size_t half = 0; half < PANEL; half += LANES) {
                size_t left = n > j + half ? n - j - half : 0;
                const float *from = b + PAIR * p * ldb + j + half;
                _mm512_storeu_si512(
                    out + half, left ? round_pair(from, ldb, PAIR * p + 1 < k, first_lanes(left))
                                     : _mm512_setzero_si512());
            }
}

/* `wide` columns of a panel (16 or 32), from the rows of B's transpose (rows ldb apart), of which
 * `rows` are there. */
INLINE void panel_transposed(pair *out, const float *b, size_t ldb, size_t rows, size_t k,
                             const size_t wide) {
    size_t pairs = pairs_of(k);
    for (size_t half = 0; half < wide; half += LANES)
        for (size_t p = 0; p < pairs; p += LANES) {
            __m512i r[LANES];
            for (size_t j = 0; j < LANES; j++)
                r[j] = half + j < rows ? round_row(b + (half + j) * ldb + PAIR * p, k - PAIR * p)
                                       : _mm512_setzero_si512();
            transpose_pairs(r);
            for (size_t q = 0; q < LANES && p + q < pairs; q++)
                _mm512_storeu_si512(out + (p + q) * PANEL + half, r[q]);
        }
}

/* The transpose of B (n x k, rows ldb apart) in panels. */
static void in_panels_transposed(pair *out, const float *b, size_t ldb, size_t k, size_t n) {
    for (size_t j = 0; j < n; j += PANEL)
        panel_transposed(out + j * pairs_of(k), b + j * ldb, ldb, n - j, k, PANEL);
}

static void pack(float *panels, const float *b, size_t row, size_t col, size_t k, size_t n) {
    pair *out = (pair *)(void *)panels;
    if (col == 1) in_panels(out, b, row, k, n);
    else in_panels_transposed(out, b, col, k, n);
}

/* ---- register tiles -------------------------------------------------------------------------- */

/* What a tile is summed from: pair p of row i of A is a[i * step + p] by rows, a[i + p * PANEL] in
 * a panel. Where the rows are of two kinds, the second half begins `second` pairs after the first.
 * All that `times` times, each time a gap on. */
typedef struct factors {
    const pair *a, *b;
    size_t step, second, pairs, times, a_gap, b_gap;
} factors;

/* How A lies, and how many of a tile's rows are of the first kind; compile-time constants. */
typedef struct manner {
    bool panel;
    int first;
} manner;

INLINE void multiply(__m512 s[][2], const int rows, const factors *o, const manner how) {
    const size_t next = how.panel ? PANEL : 1, step = how.panel ? 1 : o->step;
    HR_UNROLL(16)
    for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = _mm512_setzero_ps();
    for (size_t t = 0; t < o->times; t++) {
        const pair *a = o->a + t * o->a_gap, *b = o->b + t * o->b_gap;
        for (size_t p = 0; p < o->pairs; p++, a += next, b += PANEL) {
            __m512bh b0 = (__m512bh)_mm512_loadu_si512(b);
            __m512bh b1 = (__m512bh)_mm512_loadu_si512(b + LANES);
            HR_UNROLL(16)
            for (int i = 0; i < rows; i++) {
                size_t at = (size_t)(i % how.first) * step + (i < how.first ? 0 : o->second);
                __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[at]);
                s[i][0] = _mm512_dpbf16_ps(s[i][0], b0, x);
                s[i][1] = _mm512_dpbf16_ps(s[i][1], b1, x);
            }
        }
    }
}

INLINE void put(const int rows, const factors *o, const target *to, const manner how) {
    __m512 s[ROWS][2];
    multiply(s, rows, o, how);
    __mmask16 low = first_lanes(to->cols);
    __mmask16 high = to->cols > LANES ? first_lanes(to->cols - LANES) : 0;
    HR_UNROLL(16)
    for (int i = 0; i < rows; i++) {
        float *c = to->c + (size_t)i * to->ldc;
        if (to->addend) {
            const float *addend = to->addend + (size_t)i * to->ldc;
            s[i][0] = _mm512_add_ps(_mm512_maskz_loadu_ps(low, addend), s[i][0]);
            s[i][1] = _mm512_add_ps(_mm512_maskz_loadu_ps(high, addend + LANES), s[i][1]);
        }
        _mm512_mask_storeu_ps(c, low, s[i][0]);
        _mm512_mask_storeu_ps(c + LANES, high, s[i][1]);
    }
}

typedef void (*put_fn)(const factors *o, const target *to);

#define TILE(name, rows, panel)                                                                    \
    static __attribute__((noinline)) void name##rows(const factors *o, const target *to) {         \
        put(rows, o, to, (manner){panel, rows});                                                   \
    }
#define PUT_TILE(rows) TILE(put_, rows, false) TILE(put_panel_, rows, true)
PUT_TILE(1)
PUT_TILE(2)
PUT_TILE(4)
PUT_TILE(8)
PUT_TILE(12)
TILE(put_, 6, false) /* half of a tile whose rows are of two kinds */

/* The place in a table of tiles, and the rows, of the tallest that `left` rows fill. */
enum { HEIGHTS = 5 };
static const size_t height[HEIGHTS] = {12, 8, 4, 2, 1};
INLINE size_t tallest(size_t left, int *which) {
    *which = left >= 12 ? 0 : left >= 8 ? 1 : left >= 4 ? 2 : left >= 2 ? 3 : 4;
    return height[*which];
}
static const put_fn put_rows[HEIGHTS] = {put_12, put_8, put_4, put_2, put_1};
static const put_fn put_panel[HEIGHTS] = {put_panel_12, put_panel_8, put_panel_4, put_panel_2,
                                          put_panel_1};

/* ---- products -------------------------------------------------------------------------------- */

/* A pass over the `pairs` pairs of o, A by rows, B in panels `whole` pairs high. */
static void pass(const hr_gemm *g, const float *addend, factors o, size_t whole) {
    const pair *a = o.a, *b = o.b;
    size_t group = L2_PAIRS / (o.pairs * PANEL) * PANEL;
    if (group < PANEL) group = PANEL;
    for (size_t j0 = 0; j0 < g->n; j0 += group)
        for (size_t i = 0, rows; i < g->m; i += rows) {
            int which;
            rows = tallest(g->m - i, &which);
            o.a = a + i * o.step;
            for (size_t j = j0; j < g->n && j < j0 + group; j += PANEL) {
                size_t at = i * g->ldc + j;
                const target to = {g->c + at, further(addend, at), g->ldc, g->n - j};
                o.b = b + j * whole;
                put_rows[which](&o, &to);
            }
        }
}

/* C = addend + A B over k numbers, A by rows, B in panels. */
static void product(const hr_gemm *g, const pair *a, const pair *b) {
    size_t pairs = pairs_of(g->k);
    for (size_t p = 0; p < pairs; p += CHUNK / PAIR) {
        const factors o = {.a = a + p,
                           .b = b + p * PANEL,
                           .step = pairs,
                           .pairs = pairs - p < CHUNK / PAIR ? pairs - p : CHUNK / PAIR,
                           .times = 1};
        pass(g, p ? g->c : g->addend, o, pairs);
    }
}

/* C (m x n) += A B, A in a panel, m <= PANEL. */
INLINE void panel_product(float *c, size_t ldc, factors o, size_t m, size_t n) {
    const pair *a = o.a, *b = o.b;
    for (size_t i = 0, rows; i < m; i += rows) {
        int which;
        rows = tallest(m - i, &which);
        o.a = a + i;
        for (size_t j = 0; j < n; j += PANEL) {
            float *sums = c + i * ldc + j;
            const target to = {sums, sums, ldc, n - j};
            o.b = b + j * o.pairs;
            put_panel[which](&o, &to);
        }
    }
}

/* Space for rounded operands, of the thread: too large for a stack that others made. */
typedef union rounding {
    pair rows[GROUP];
    struct {
        pair a[DEPTH / PAIR * PANEL], b[DEPTH / PAIR * WIDTH];
    } columns;
} rounding;
_Static_assert(sizeof(rounding) <= HR_POOL_SPACE, "too large for a thread");

/* As many rows at a time as there is space for. */
static void gemm(const hr_gemm *g) {
    rounding *space = hr_pool_space();
    for (size_t p = 0; p < g->k; p += CHUNK) {
        size_t deep = g->k - p < CHUNK ? g->k - p : CHUNK, pairs = pairs_of(deep);
        size_t most = GROUP / pairs / ROWS * ROWS;
        const factors o = {.a = space->rows,
                           .b = pairs_at(g->b) + p / PAIR * PANEL,
                           .step = pairs,
                           .pairs = pairs,
                           .times = 1};
        for (size_t i = 0; i < g->m; i += most) {
            hr_gemm rows = *g;
            rows.c += i * g->ldc;
            rows.m = g->m - i < most ? g->m - i : most;
            by_rows(space->rows, g->a + i * g->lda + p, g->lda, rows.m, deep);
            pass(&rows, further(p ? g->c : g->addend, i * g->ldc), o, pairs_of(g->k));
        }
    }
}

static const float *pack_a(float *space, const float *a, size_t m, size_t k) {
    by_rows((pair *)(void *)space, a, k, m, k);
    return space;
}

static void gemm_packed(const hr_gemm *g) {
    product(g, pairs_at(g->a), pairs_at(g->b));
}

static void gemm_tn(const hr_gemm *g) {
    rounding *space = hr_pool_space();
    size_t m = g->m, n = g->n, k = g->k;
    for (size_t p = 0; p < k; p += DEPTH)
        for (size_t j = 0; j < n; j += WIDTH) {
            size_t deep = k - p < DEPTH ? k - p : DEPTH, cols = n - j < WIDTH ? n - j : WIDTH;
            in_panels(space->columns.b, g->b + p * g->ldb + j, g->ldb, deep, cols);
            for (size_t i = 0; i < m; i += PANEL) {
                size_t rows = m - i < PANEL ? m - i : PANEL;
                in_panels(space->columns.a, g->a + p * g->lda + i, g->lda, deep, rows);
                const factors o = {.a = space->columns.a,
                                   .b = space->columns.b,
                                   .pairs = pairs_of(deep),
                                   .times = 1};
                panel_product(g->c + i * g->ldc + j, g->ldc, o, rows, cols);
            }
        }
}

static double burn(size_t rounds) {
    __m512 s[ROWS][2];
    for (int i = 0; i < ROWS; i++) s[i][0] = s[i][1] = _mm512_set1_ps((float)i);
    __m512bh x = (__m512bh)_mm512_set1_epi32((int)rounds), b = x; /* some number near 0 */
    for (size_t p = 0; p < rounds; p++) {
        HR_UNROLL(16)
        for (int i = 0; i < ROWS; i++) {
            s[i][0] = _mm512_dpbf16_ps(s[i][0], b, x);
            s[i][1] = _mm512_dpbf16_ps(s[i][1], b, x);
        }
    }
    volatile float sink = 0;
    for (int i = 0; i < ROWS; i++) sink = sink + sum_lanes((vec)s[i][0] + (vec)s[i][1]);
    return (double)rounds * ROWS * 2 * PANEL * 2;
}

#define FUSES_MLPS
#define EXP(x) ((vec)quick_exp((__m512)(x)))
#include "kern/kern_squares.h"
#include "kern/kern_avx512bf16_mlp.h"
#include "kern/kern_vec.h"
#endif
