/* kern_amx.c - kernels whose matrix products run on AMX tiles: bf16 operands, float sums
 * (TDPBF16PS); the rest is AVX-512. The Makefile compiles this file alone with its flags.
 *
 * A tile is 16 rows of 64 bytes. Products go by blocks of 2 x 2 tiles, 32 x 32 numbers of C, in
 * steps of 32 summed numbers: two tiles of A (rows 0-15 and 16-31, rounded to bf16) and two of B
 * (columns 0-15 and 16-31, neighbours along the summed dimension paired in a lane). Both operands
 * are kept as the tiles they will be loaded as, 2 KiB a step. Sums run pair by pair in the order of
 * the summed dimension, in chunks of CHUNK; so a result does not depend on how rows are split. */
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
#define TABLE      hr_kern_amx
#define TABLE_NAME "amx"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kern/kern_bf16.h"

enum {
    EDGE = 32,         /* of a block of C; columns of a packed panel; summed numbers of a step */
    PANEL = EDGE,      /* for the headers */
    STEP = 2048 / 2,   /* bf16 numbers of one step of one operand: two tiles */
    CHUNK = 512,       /* summed numbers of a pass: a panel of B, 32 KiB, stays in L1 */
    LONGEST = 640,     /* unless one pass does */
    DEEP = 8,          /* steps from which on a B is expected beyond L2 */
    GROUP = 192 << 10, /* bf16 numbers of A that are rounded at a time, and stay in L2 */
    DEPTH = 512,       /* rows that gemm_tn rounds at a time */
    WIDTH = 512,       /* columns of B that gemm_tn rounds at a time */
};

typedef uint16_t bf16;

/* ---- the processor --------------------------------------------------------------------------- */

/* Linux gives a process the tiles' state when it asks (arch_prctl(2), ARCH_REQ_XCOMP_PERM). */
static bool runs(void) {
    enum { REQUEST = 0x1023, TILE_DATA = 18, BF16_BIT = 1 << 22, TILE_BIT = 1 << 24 };
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    if (!(d & BF16_BIT) || !(d & TILE_BIT)) return false;
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

/* Tiles are set up: eight of 16 rows of 64 bytes. Calls look each time, since other code of the
 * process may set up tiles of its own, or release them, on a thread that calls this library. */
static void ready(void) {
    typedef struct tile_config {
        uint8_t palette, start, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } tile_config;
    static const tile_config config = {.palette = 1,
                                       .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
                                       .rows = {16, 16, 16, 16, 16, 16, 16, 16}};
    tile_config held; /* the intrinsics would tell the compiler of 8 bytes only */
    __asm__ volatile("sttilecfg %0" : "=m"(held));
    if (memcmp(&held, &config, sizeof held)) __asm__ volatile("ldtilecfg %0" ::"m"(config));
}

#define ZERO_TILES(a, b, c, d)                                                                     \
    do {                                                                                           \
        _tile_zero(a);                                                                             \
        _tile_zero(b);                                                                             \
        _tile_zero(c);                                                                             \
        _tile_zero(d);                                                                             \
    } while (0)
#define FENCE() __asm__ volatile("" ::: "memory") /* tile loads and stores are opaque to gcc */

/* ---- operands -------------------------------------------------------------------------------- */

static size_t steps_of(size_t n) {
    return (n + EDGE - 1) / EDGE;
}

static size_t round_up(size_t n) {
    return steps_of(n) * EDGE;
}

/* Floats of a panel over k rows, and of a left operand: two bf16 in the place of each. */
static size_t panel_size(size_t k) {
    return round_up(k) * PANEL / 2;
}

static size_t left_size(size_t m, size_t k) {
    return round_up(m) * round_up(k) / 2;
}

static const bf16 *tiles_at(const float *packed) {
    return (const bf16 *)(const void *)packed;
}

/* One tile: 16 x 32 numbers read by rows `step` apart; rows and columns from n on are zero. */
INLINE void tile_of_rows(bf16 *tile, const float *a, size_t step, size_t rows, size_t n) {
    if (rows >= 16 && n >= EDGE) HR_UNROLL(16)
    for (size_t r = 0; r < 16; r++)
        _mm512_store_si512(tile + r * 32,
                           (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(a + r * step + LANES),
                                                        _mm512_loadu_ps(a + r * step)));
    else for (size_t r = 0; r < 16; r++) _mm512_store_si512(
        tile + r * 32, r < rows ? round_row(a + r * step, n) : _mm512_setzero_si512());
}

/* One tile of pairs down the columns: 32 rows `step` apart, 16 columns; with `transposed` the tile
 * of the transpose. Rows from `rows` and columns from n on are zero. */
INLINE void tile_of_columns(bf16 *tile, const float *b, size_t step, size_t rows, size_t n,
                            bool transposed) {
    __m512i r[16];
    __mmask16 cols = first_lanes(n);
    HR_UNROLL(16)
    for (size_t p = 0; p < 16; p++)
        r[p] = 2 * p < rows ? round_pair(b + 2 * p * step, step, 2 * p + 1 < rows, cols)
                            : _mm512_setzero_si512();
    if (transposed) transpose_pairs(r);
    HR_UNROLL(16)
    for (size_t p = 0; p < 16; p++) _mm512_store_si512(tile + p * 32, r[p]);
}

/* A (m x n, rows lda apart) as tiles by rows, `steps` steps for each 32 rows. */
static void tiles_of_rows(bf16 *out, const float *a, size_t lda, size_t m, size_t n) {
    for (size_t i = 0; i < m; i += EDGE)
        for (size_t p = 0; p < n; p += EDGE, out += STEP)
            for (size_t half = 0; half < 2; half++) {
                size_t at = i + half * 16, left = at < m ? m - at : 0;
                tile_of_rows(out + half * STEP / 2, a + at * lda + p, lda, left, n - p);
            }
}

/* B (m x n, rows ldb apart) as tiles down the columns: for each 32 columns the steps over m. With
 * `transposed` they are tiles by rows of the transpose. */
static void tiles_of_columns(bf16 *out, const float *b, size_t ldb, size_t m, size_t n,
                             bool transposed) {
    for (size_t j = 0; j < n; j += EDGE)
        for (size_t p = 0; p < m; p += EDGE, out += STEP)
            for (size_t half = 0; half < 2; half++) {
                size_t at = j + half * 16, left = at < n ? n - at : 0;
                tile_of_columns(out + half * STEP / 2, b + p * ldb + at, ldb, m - p, left,
                                transposed);
            }
}

/* One tile of 16 columns of the transpose of B: at most 16 rows of B, 32 numbers of each. */
INLINE void tile_of_transpose(bf16 *tile, const float *b, size_t ldb, size_t rows, size_t n) {
    __m512i r[16];
    tile_of_rows(tile, b, ldb, rows, n);
    for (int q = 0; q < 16; q++) r[q] = _mm512_load_si512(tile + q * 32);
    transpose_pairs(r);
    for (int q = 0; q < 16; q++) _mm512_store_si512(tile + q * 32, r[q]);
}

/* The transpose of B (m x n, rows ldb apart) as tiles down its columns: for each 32 rows of B the
 * steps over n. */
static void tiles_of_transpose(bf16 *out, const float *b, size_t ldb, size_t m, size_t n) {
    for (size_t i = 0; i < m; i += EDGE)
        for (size_t p = 0; p < n; p += EDGE)
            for (size_t half = 0; half < 2; half++, out += STEP / 2) {
                size_t at = i + half * 16, left = at < m ? m - at : 0;
                tile_of_transpose(out, b + at * ldb + p, ldb, left, n - p);
            }
}

static void pack(float *panels, const float *b, size_t row, size_t col, size_t k, size_t n) {
    bf16 *out = (bf16 *)(void *)panels;
    if (col == 1) tiles_of_columns(out, b, row, k, n, false);
    else tiles_of_transpose(out, b, col, n, k);
}

/* ---- products -------------------------------------------------------------------------------- */

/* What a block is summed from: `times` times `steps` steps of both operands, each time a gap on.
 * Meanwhile what comes soon is fetched into L2, so many lines at a step. */
typedef struct factors {
    const bf16 *a, *b;
    size_t steps, times, a_gap, b_gap, lines;
    const bf16 *soon;
} factors;

INLINE factors once(const bf16 *a, const bf16 *b, size_t steps) {
    return (factors){.a = a, .b = b, .steps = steps, .times = 1};
}

/* Lines of the next panel (32 a step) to fetch at each step of this one, which `blocks` blocks
 * pass; a B of few steps is in L2 already. */
INLINE size_t lines_ahead(size_t steps, size_t blocks) {
    return blocks && steps >= DEEP ? (32 + blocks - 1) / blocks : 0;
}

INLINE void fetch(const bf16 *soon, size_t lines) {
    for (size_t l = 0; l < lines; l++) _mm_prefetch(soon + l * 32, _MM_HINT_T1);
}

/* C (32 x 32 or less, by whole tiles); A streams past, B stays. The sums begin with addend, or with
 * zeros where that is NULL. */
INLINE void block(float *c, size_t ldc, const float *addend, const factors o, const bool low,
                  const bool right) {
    size_t bytes = ldc * sizeof *c;
    float *below = c + 16 * ldc;
    FENCE();
    if (addend) {
        const float *second = addend + 16 * ldc;
        _tile_loadd(0, addend, bytes);
        if (right) _tile_loadd(1, addend + 16, bytes);
        if (low) _tile_loadd(2, second, bytes);
        if (low && right) _tile_loadd(3, second + 16, bytes);
    } else ZERO_TILES(0, 1, 2, 3);
    for (size_t t = 0; t < o.times; t++) {
        const bf16 *a = o.a + t * o.a_gap, *b = o.b + t * o.b_gap;
        for (size_t s = 0; s < o.steps; s++, a += STEP, b += STEP) {
            fetch(o.soon + s * o.lines * 32, o.lines);
            _tile_loadd(6, b, 64);
            _tile_stream_loadd(4, a, 64);
            _tile_dpbf16ps(0, 4, 6);
            if (right) {
                _tile_loadd(7, b + STEP / 2, 64);
                _tile_dpbf16ps(1, 4, 7);
            }
            if (low) {
                _tile_stream_loadd(5, a + STEP / 2, 64);
                _tile_dpbf16ps(2, 5, 6);
                if (right) _tile_dpbf16ps(3, 5, 7);
            }
        }
    }
    _tile_stored(0, c, bytes);
    if (right) _tile_stored(1, c + 16, bytes);
    if (low) _tile_stored(2, below, bytes);
    if (low && right) _tile_stored(3, below + 16, bytes);
    FENCE();
}

/* A block at C's edge goes through a copy. (A struct of 64 bytes handed on by value is copied by
 * one load, which waits for the stores that made it: hence the pointer.) */
static void block_at_edge(float *c, size_t ldc, const float *addend, size_t rows, size_t cols,
                          const factors *o) {
    float whole[EDGE * EDGE] __attribute__((aligned(64)));
    __mmask16 left = first_lanes(cols), right = cols > 16 ? first_lanes(cols - 16) : 0;
    if (rows > EDGE) rows = EDGE;
    for (size_t r = 0; addend && r < EDGE; r++) {
        const float *from = addend + r * ldc;
        _mm512_store_ps(whole + r * EDGE, _mm512_maskz_loadu_ps(r < rows ? left : 0, from));
        _mm512_store_ps(whole + r * EDGE + 16,
                        _mm512_maskz_loadu_ps(r < rows ? right : 0, from + 16));
    }
    addend = addend ? whole : NULL;
    if (rows > 16 && cols > 16) block(whole, EDGE, addend, *o, true, true);
    else if (rows > 16) block(whole, EDGE, addend, *o, true, false);
    else if (cols > 16) block(whole, EDGE, addend, *o, false, true);
    else block(whole, EDGE, addend, *o, false, false);
    for (size_t r = 0; r < rows; r++) {
        _mm512_mask_storeu_ps(c + r * ldc, left, _mm512_load_ps(whole + r * EDGE));
        if (right)
            _mm512_mask_storeu_ps(c + r * ldc + 16, right, _mm512_load_ps(whole + r * EDGE + 16));
    }
}

INLINE void block_any(float *c, size_t ldc, const float *addend, size_t rows, size_t cols,
                      const factors o) {
    if (rows >= EDGE && cols >= EDGE) block(c, ldc, addend, o, true, true);
    else block_at_edge(c, ldc, addend, rows, cols, &o);
}

/* Space for rounded operands, of the thread: too large for a stack that others made. */
typedef struct rounding {
    bf16 a[GROUP], b[DEPTH * WIDTH];
} rounding;
_Static_assert(sizeof(rounding) <= HR_POOL_SPACE, "too large for a thread");

/* Of operands whose panels are a_steps and b_steps high what block (i, j) is summed from, the steps
 * of `all` alone. A large B comes from beyond L2: its next panel is fetched while this one is at
 * work, so many lines at a step. */
INLINE factors block_of(const factors *all, size_t i, size_t j, size_t a_steps, size_t b_steps,
                        size_t lines) {
    factors o = *all;
    o.a += i * a_steps * STEP;
    o.b += j * b_steps * STEP;
    o.lines = lines;
    o.soon = o.b + b_steps * STEP + i * all->steps * lines * 32;
    return o;
}

/* The steps of o of C = addend + A B; of A there are a_steps steps for each 32 rows, of B b_steps
 * for each 32 columns. */
INLINE void product_of(const hr_gemm *g, const float *addend, const factors all, size_t a_steps,
                       size_t b_steps) {
    size_t m = g->m, n = g->n, ldc = g->ldc, lines = lines_ahead(b_steps, steps_of(m));
    for (size_t j = 0; j < n; j += EDGE)
        for (size_t i = 0; i < m; i += EDGE) {
            const factors o = block_of(&all, i / EDGE, j / EDGE, a_steps, b_steps, lines);
            size_t at = i * ldc + j;
            block_any(g->c + at, ldc, further(addend, at), m - i, n - j, o);
        }
}

/* C = addend + A B over k numbers, both tiles, in passes whose panel of B stays in L1. */
static void product(const hr_gemm *g, const bf16 *a, const bf16 *b) {
    size_t steps = steps_of(g->k), pass = steps <= LONGEST / EDGE ? steps : CHUNK / EDGE;
    for (size_t s = 0; s < steps; s += pass) {
        const factors o = once(a + s * STEP, b + s * STEP, steps - s < pass ? steps - s : pass);
        product_of(g, s ? g->c : g->addend, o, steps, steps);
    }
}

/* `rows` rows and n columns of sums (kern_squares.h), whose blocks follow one another along the
 * rows or, of `mlp`, down the columns; fresh: what is in them is of no meaning. */
typedef struct totals {
    float *at;
    size_t rows, n;
    bool down, fresh;
} totals;

/* Adds A B to them. */
INLINE void sum_up(const totals to, const factors all, size_t steps) {
    size_t lines = lines_ahead(steps, steps_of(to.rows));
    for (size_t j = 0; j < steps_of(to.n); j++)
        for (size_t i = 0; i < steps_of(to.rows); i++) {
            const factors o = block_of(&all, i, j, steps, steps, lines);
            size_t square = to.down ? j * steps_of(to.rows) + i : i * steps_of(to.n) + j;
            float *own = to.at + square * EDGE * EDGE;
            block(own, EDGE, to.fresh ? NULL : own, o, true, true);
        }
}

/* The same in passes as `product`'s. */
static void sum_passes(totals to, const bf16 *a, const bf16 *b, size_t steps) {
    size_t pass = steps <= LONGEST / EDGE ? steps : CHUNK / EDGE;
    for (size_t s = 0; s < steps; s += pass, to.fresh = false)
        sum_up(to, once(a + s * STEP, b + s * STEP, steps - s < pass ? steps - s : pass), steps);
}

/* A pass over the k numbers of g; its panels are `steps` steps high in all. */
static void gemm_chunk(const hr_gemm *g, const bf16 *panels, size_t steps) {
    size_t own = steps_of(g->k), group = GROUP / (own * STEP) * EDGE;
    rounding *rounded = hr_pool_space();
    for (size_t i = 0; i < g->m; i += group) {
        hr_gemm rows = *g;
        rows.c += i * g->ldc;
        rows.m = g->m - i < group ? g->m - i : group;
        tiles_of_rows(rounded->a, g->a + i * g->lda, g->lda, rows.m, g->k);
        product_of(&rows, further(g->addend, i * g->ldc), once(rounded->a, panels, own), own,
                   steps);
    }
}

static void gemm(const hr_gemm *g) {
    size_t chunk = g->k <= LONGEST ? g->k : CHUNK;
    ready();
    for (size_t p = 0; p < g->k; p += chunk) {
        hr_gemm part = *g;
        part.addend = p ? g->c : g->addend;
        part.a += p;
        part.k = g->k - p < chunk ? g->k - p : chunk;
        gemm_chunk(&part, tiles_at(g->b) + p * EDGE, steps_of(g->k));
    }
}

/* gemm_tn over k <= DEPTH rows and n <= WIDTH columns. */
static void gemm_tn_part(const hr_gemm *g) {
    size_t steps = steps_of(g->k);
    rounding *rounded = hr_pool_space();
    tiles_of_columns(rounded->b, g->b, g->ldb, g->k, g->n, false);
    for (size_t i = 0; i < g->m; i += EDGE) {
        hr_gemm rows = *g;
        rows.c += i * g->ldc;
        rows.m = g->m - i < EDGE ? g->m - i : EDGE;
        tiles_of_columns(rounded->a, g->a + i, g->lda, g->k, rows.m, true);
        product_of(&rows, rows.c, once(rounded->a, rounded->b, steps), steps, steps);
    }
}

static void gemm_tn(const hr_gemm *g) {
    ready();
    for (size_t j = 0; j < g->n; j += WIDTH)
        for (size_t p = 0; p < g->k; p += DEPTH) {
            hr_gemm part = *g;
            part.c += j;
            part.a += p * g->lda;
            part.b += p * g->ldb + j;
            part.n = g->n - j < WIDTH ? g->n - j : WIDTH;
            part.k = g->k - p < DEPTH ? g->k - p : DEPTH;
            gemm_tn_part(&part);
        }
}

static const float *pack_a(float *space, const float *a, size_t m, size_t k) {
    tiles_of_rows((bf16 *)(void *)space, a, k, m, k);
    return space;
}

static void gemm_packed(const hr_gemm *g) {
    ready();
    product(g, tiles_at(g->a), tiles_at(g->b));
}

static void pack_factor(float *out, const float *a, size_t ld, size_t k, size_t m, bool left) {
    tiles_of_columns((bf16 *)(void *)out, a, ld, k, m, left);
}

static void factor_product(const hr_gemm *g, size_t first, size_t last) {
    size_t steps = steps_of(g->k);
    ready();
    const totals to = {g->c, last - first, g->n, false, !g->addend};
    sum_passes(to, tiles_at(g->a) + first * steps * EDGE, tiles_at(g->b), steps);
}

static double burn(size_t rounds) {
    ready();
    ZERO_TILES(0, 1, 2, 3);
    ZERO_TILES(4, 5, 6, 7);
    for (size_t i = 0; i < rounds; i++) {
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    return (double)rounds * 4 * 16 * 16 * 32 * 2;
}

#define SYSTEM
#define FUSES_MLPS
#define FUSES_ATTENTION

#include "kern/kern_amx_attention.h"
#include "kern/kern_squares.h"
#include "kern/kern_amx_mlp.h"
#include "kern/kern_vec.h"
#endif
