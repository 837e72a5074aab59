/* kern_gemm.h - matrix products in float and their packing, after kern_lanes.h. The including file
 * defines ROWS, the rows of a register tile.
 *
 * Every sum of gemm is one chain of fused multiply-adds over k, every sum of gemm_tn one chain per
 * DEPTH rows, added up in order, in full and in partial tiles alike: so a result does not depend on
 * how a caller splits rows or columns. */
#include "base/pool.h"
#include "kern/kern_lanes.h"

enum {
    PANEL = 2 * LANES,        /* columns of a register tile and of a packed panel */
    DEPTH = 128,              /* rows that gemm_tn packs at a time */
    TALL = 192 / ROWS * ROWS, /* columns of A that it packs at a time */
    L2_FLOATS = 96 << 10,     /* packed B that stays in L2 while rows pass by */
};

static size_t panel_size(size_t k) {
    return k * PANEL;
}

static void pack(float *panels, const float *b, size_t row, size_t col, size_t k, size_t n) {
    for (size_t j0 = 0; j0 < n; j0 += PANEL, panels += k * PANEL) {
        size_t cols = n - j0 < PANEL ? n - j0 : PANEL;
        const float *from = b + j0 * col;
        for (size_t i = 0; i < k && cols < PANEL; i++)
            memset(panels + i * PANEL, 0, PANEL * sizeof *panels);
        if (col == 1)
            for (size_t i = 0; i < k; i++)
                memcpy(panels + i * PANEL, from + i * row, cols * sizeof *panels);
        else
            for (size_t j = 0; j < cols; j++)
                for (size_t i = 0; i < k; i++) panels[i * PANEL + j] = from[i * row + j * col];
    }
}

/* A register tile: c (rows x PANEL) from a (element (i, p) at a[i * step + p * lda]) and a panel */
INLINE void tile(const int rows, const target *to, const float *a, size_t step, size_t lda,
                 const float *panel, size_t k) {
    vec s[ROWS][2];
    HR_UNROLL(16)
    for (int i = 0; i < rows; i++) s[i][0] = s[i][1] = (vec){0};
    for (size_t p = 0; p < k; p++, panel += PANEL, a += lda) {
        vec b0 = load(panel), b1 = load(panel + LANES);
        HR_UNROLL(16)
        for (int i = 0; i < rows; i++) {
            vec x = splat(a[(size_t)i * step]);
            s[i][0] = FUSED(x, b0, s[i][0]);
            s[i][1] = FUSED(x, b1, s[i][1]);
        }
    }
    const float *addend = to->addend;
    if (to->cols == PANEL) {
        HR_UNROLL(16)
        for (int i = 0; i < rows; i++) {
            size_t at = (size_t)i * to->ldc;
            store(to->c + at, addend ? load(addend + at) + s[i][0] : s[i][0]);
            store(to->c + at + LANES, addend ? load(addend + at + LANES) + s[i][1] : s[i][1]);
        }
        return;
    }
    float whole[ROWS][PANEL];
    HR_UNROLL(16)
    for (int i = 0; i < rows; i++) {
        store(whole[i], s[i][0]);
        store(whole[i] + LANES, s[i][1]);
    }
    for (int i = 0; i < rows; i++)
        for (size_t j = 0; j < to->cols; j++) {
            size_t at = (size_t)i * to->ldc + j;
            to->c[at] = addend ? addend[at] + whole[i][j] : whole[i][j];
        }
}

typedef void (*tile_fn)(const target *to, const float *a, const size_t stride[2],
                        const float *panel, size_t k);

/* A tile of `rows` rows for each way A is read: by rows in gemm, down its columns in gemm_tn. */
#define TILE(rows)                                                                                 \
    static __attribute__((noinline)) void tile_##rows(                                             \
        const target *to, const float *a, const size_t stride[2], const float *panel, size_t k) {  \
        if (stride[0] == 1) tile(rows, to, a, 1, stride[1], panel, k);                             \
        else tile(rows, to, a, stride[0], 1, panel, k);                                            \
    }
TILE(1)
TILE(2)
TILE(4)
static __attribute__((noinline)) void
tile_full(const target *to, const float *a, const size_t stride[2], const float *panel, size_t k) {
    if (stride[0] == 1) tile(ROWS, to, a, 1, stride[1], panel, k);
    else tile(ROWS, to, a, stride[0], 1, panel, k);
}

/* The tallest tile for `left` rows. */
INLINE size_t tallest(size_t left, tile_fn *fn) {
    *fn = left >= ROWS ? tile_full : left >= 4 ? tile_4 : left >= 2 ? tile_2 : tile_1;
    return left >= ROWS ? ROWS : left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static void gemm(const hr_gemm *g) {
    const size_t stride[2] = {g->lda, 1}, m = g->m, n = g->n, k = g->k;
    size_t group = L2_FLOATS / (k * PANEL) * PANEL; /* columns whose panels stay in L2 */
    if (group < PANEL) group = PANEL;
    for (size_t j0 = 0; j0 < n; j0 += group) {
        size_t j1 = n - j0 < group ? n : j0 + group;
        tile_fn fn;
        for (size_t i = 0, rows; i < m; i += rows) {
            rows = tallest(m - i, &fn);
            for (size_t j = j0; j < j1; j += PANEL) {
                size_t at = i * g->ldc + j, cols = n - j < PANEL ? n - j : PANEL;
                const target to = {g->c + at, further(g->addend, at), g->ldc, cols};
                fn(&to, g->a + i * g->lda, stride, g->b + j * k, k);
            }
        }
    }
}

/* Rows i.. of A^T by `depth` columns, tile by tile, as the tiles read them. */
static void transpose_rows(float *out, const float *a, size_t lda, size_t rows, size_t depth) {
    tile_fn fn;
    for (size_t i = 0, tall; i < rows; i += tall) {
        tall = tallest(rows - i, &fn);
        for (size_t p = 0; p < depth; p++, out += tall) {
            const float *from = a + p * lda + i;
            if (tall == ROWS) memcpy(out, from, ROWS * sizeof *out);
            else memcpy(out, from, tall * sizeof *out);
        }
    }
}

/* A is read down its columns, far apart: TALL of them at a time are copied for all of B. */
static void gemm_tn(const hr_gemm *g) {
    _Static_assert(DEPTH * TALL * sizeof(float) <= HR_POOL_SPACE, "too large for a thread");
    const size_t m = g->m, n = g->n, k = g->k, ldc = g->ldc;
    float *transposed = hr_pool_space();
    float panel[DEPTH * PANEL] __attribute__((aligned(64)));
    for (size_t i0 = 0; i0 < m; i0 += TALL)
        for (size_t p = 0; p < k; p += DEPTH) {
            size_t depth = k - p < DEPTH ? k - p : DEPTH, wide = m - i0 < TALL ? m - i0 : TALL;
            transpose_rows(transposed, g->a + p * g->lda + i0, g->lda, wide, depth);
            for (size_t j = 0; j < n; j += PANEL) {
                size_t cols = n - j < PANEL ? n - j : PANEL;
                tile_fn fn;
                pack(panel, g->b + p * g->ldb + j, g->ldb, 1, depth, cols);
                for (size_t i = 0, rows; i < wide; i += rows) {
                    rows = tallest(wide - i, &fn);
                    const size_t stride[2] = {1, rows};
                    float *sums = g->c + (i0 + i) * ldc + j;
                    const target to = {sums, sums, ldc, cols};
                    fn(&to, transposed + i * depth, stride, panel, depth);
                }
            }
        }
}

static double burn(size_t rounds) {
    vec s[ROWS][2];
    for (int i = 0; i < ROWS; i++) s[i][0] = s[i][1] = splat((float)i);
    vec x = splat(0.999f), b = splat(0.001f);
    for (size_t p = 0; p < rounds; p++) {
        HR_UNROLL(16)
        for (int i = 0; i < ROWS; i++) {
            s[i][0] = FUSED(x, s[i][0], b);
            s[i][1] = FUSED(x, s[i][1], b);
        }
    }
    volatile float sink = 0;
    for (int i = 0; i < ROWS; i++) sink = sink + sum_lanes(s[i][0] + s[i][1]);
    return (double)rounds * ROWS * 2 * LANES * 2;
}

#include "kern/kern_plain.h"
