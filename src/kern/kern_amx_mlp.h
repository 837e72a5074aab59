/* kern_amx_mlp.h - gated MLPs on tiles: gate, up and the gradient at the hidden row leave the tiles
 * into L1, meet the activation there and are written as the tiles of the products that follow.
 * Nothing of width `inner` is ever stored as float. Part of kern_amx.c.
 *
 * `mlp` and `mix` are each other's mirror image. 32 rows of x by 32 hidden numbers are four tiles:
 * there rows are tokens and columns hidden numbers, here rows are hidden numbers and columns
 * channels. */

enum {
    TILE = 16 * 16, /* sums in a tile */
    QUAD = 4 * TILE,
    MLP_BYTES = 1536 << 10, /* of L2 for the tiles of the rows at work */
};

/* ---- 32 x 32 numbers -------------------------------------------------------------------------
 */

/* Where the sums of row r, columns 16 c, lie: base + (r / 16) * row + c * col + (r % 16) * 16. */
typedef struct places {
    const float *gate, *up, *dh;
    size_t row, col; /* of gate and up; of dh 2 TILE and TILE */
    size_t half;     /* left or right, where only half is there */
} places;

/* One step (two tiles) of each form: by rows, and down the columns; NULL where it is not wanted. */
typedef struct forms {
    bf16 *h_rows, *h_cols, *gate_rows, *gate_cols, *up_rows, *up_cols;
} forms;

INLINE void put_rows(bf16 *to, size_t r, __m512 left, __m512 right) {
    _mm512_store_si512(to + r / 16 * (STEP / 2) + r % 16 * EDGE,
                       (__m512i)_mm512_cvtne2ps_pbh(right, left));
}

/* Its left or right half. */
INLINE void put_half_row(bf16 *to, size_t r, size_t c, __m512 half) {
    bf16 *at = to + r / 16 * (STEP / 2) + r % 16 * EDGE + c * 16;
    _mm256_store_si256((__m256i *)(void *)at, (__m256i)_mm512_cvtneps_pbh(half));
}

INLINE void put_cols(bf16 *to, size_t r, size_t c, __m512 upper, __m512 lower) {
    _mm512_store_si512(to + c * (STEP / 2) + r / 2 * EDGE, pair_rows(upper, lower));
}

/* Which way the hidden row leaves; compile-time constants. `half`: 16 columns at a time, forward.
 */
typedef struct manner {
    bool relu, back, rows_h, half;
} manner;

/* Rows r and r + 1, 32 columns, of sums become tiles. */
INLINE void meet(const places *at, const forms *to, size_t r, const manner how) {
    hidden x[2][2];
    HR_UNROLL(4)
    for (size_t i = 0; i < 4; i++) {
        size_t row = r + i / 2, c = i % 2;
        size_t place = row / 16 * at->row + c * at->col + row % 16 * 16;
        __m512 dh = _mm512_setzero_ps();
        if (how.back) dh = _mm512_load_ps(at->dh + row / 16 * 2 * TILE + c * TILE + row % 16 * 16);
        x[i / 2][c] = activate(_mm512_load_ps(at->gate + place), _mm512_load_ps(at->up + place), dh,
                               how.relu, how.back);
    }
    HR_UNROLL(2)
    for (size_t i = 0; i < 2; i++) {
        if (how.rows_h) put_rows(to->h_rows, r + i, x[i][0].h, x[i][1].h);
        else put_cols(to->h_cols, r, i, x[0][i].h, x[1][i].h);
        if (!how.back) continue;
        put_rows(to->gate_rows, r + i, x[i][0].dg, x[i][1].dg);
        put_rows(to->up_rows, r + i, x[i][0].du, x[i][1].du);
        put_cols(to->gate_cols, r, i, x[0][i].dg, x[1][i].dg);
        put_cols(to->up_cols, r, i, x[0][i].du, x[1][i].du);
    }
}

/* Rows r and r + 1 of half a panel's sums become a part of h. */
INLINE void meet_half(const places *at, const forms *to, size_t r, const manner how) {
    HR_UNROLL(2)
    for (size_t row = r; row < r + 2; row++) {
        size_t place = row / 16 * at->row + row % 16 * 16;
        hidden x = activate(_mm512_load_ps(at->gate + place), _mm512_load_ps(at->up + place),
                            _mm512_setzero_ps(), how.relu, false);
        put_half_row(to->h_rows, row, at->half, x.h);
    }
}

/* Sums that wait to become tiles: they do so a few rows at a time between the next block's
 * products, so that both units of the processor have work. */
typedef struct pending {
    places at;
    forms to;
    size_t row;         /* the next; EDGE: nothing waits */
    size_t done, total; /* steps of the next block's products */
    size_t lines;       /* to fetch at each of them */
    const bf16 *soon;
} pending;

INLINE void drain(pending *p, size_t until, const manner how) {
    for (; p->row < until; p->row += 2) {
        if (how.half) meet_half(&p->at, &p->to, p->row, how);
        else meet(&p->at, &p->to, p->row, how);
    }
}

/* Four tiles of sums into `out`: (a0, a1) x (b0, b1), each a tile at every STEP; a streams past the
 * caches' nearest level, where b and the sums stay. */
INLINE void quad(float *out, const bf16 *a0, const bf16 *a1, const bf16 *b0, const bf16 *b1,
                 size_t steps, pending *p, const manner how) {
    FENCE();
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t s = 0; s < steps; s++, a0 += STEP, a1 += STEP, b0 += STEP, b1 += STEP) {
        _tile_loadd(6, b0, 64);
        _tile_stream_loadd(4, a0, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b1, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_stream_loadd(5, a1, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
        if (how.half) fetch(p->soon, p->lines), p->soon += p->lines * 32;
        drain(p, EDGE * ++p->done / p->total, how);
    }
    _tile_stored(0, out, 64);
    _tile_stored(1, out + TILE, 64);
    _tile_stored(2, out + 2 * TILE, 64);
    _tile_stored(3, out + 3 * TILE, 64);
    FENCE();
}

/* The sums of the block just multiplied wait; the next block takes `total` steps. */
INLINE void wait_for(pending *p, const places *at, const forms *to, size_t total) {
    p->at = *at;
    p->to = *to;
    p->row = p->done = 0;
    p->total = total;
}

/* ---- row by row ------------------------------------------------------------------------------ */

/* Panels of 16 columns of gate beside the same 16 of up: what meets leaves the tiles together, and
 * what stays in L1 for it lies together. */
static void pack_gates(float *out, const float *gate_up, size_t width, size_t inner) {
    bf16 *tile = (bf16 *)(void *)out;
    for (size_t j = 0; j < inner; j += 16)
        for (size_t p = 0; p < width; p += EDGE)
            for (size_t up = 0; up < 2; up++, tile += STEP / 2)
                tile_of_transpose(tile, gate_up + (up * inner + j) * width + p, width, 16,
                                  width - p);
}

/* Rows at work at a time. */
static size_t mlp_rows(size_t rows, const hr_mlp *w) {
    size_t most = MLP_BYTES / (2 * (round_up(w->width) + round_up(w->inner))) / EDGE * EDGE;
    if (most < EDGE) most = EDGE;
    size_t parts = (rows + most - 1) / most;
    return round_up((rows + parts - 1) / parts);
}

/* gate and up of 32 rows, hidden numbers 32 j on: two quads of [gate | up] each. */
INLINE void gate_up_quads(float *out, const bf16 *x, const bf16 *gate_up, size_t j, size_t steps,
                          pending *p, const manner how) {
    const bf16 *left = gate_up + 2 * j * steps * STEP, *right = left + steps * STEP;
    quad(out, x, x + STEP / 2, left, left + STEP / 2, steps, p, how);
    quad(out + QUAD, x, x + STEP / 2, right, right + STEP / 2, steps, p, how);
}

/* h (tiles by rows) of `rows` rows whose tiles are x. Half a panel of gate and one of up at a time
 * stay in L1. */
INLINE void hidden_panels(bf16 *h, const bf16 *x, size_t rows, const hr_mlp *w, size_t first,
                          size_t last, const bool relu) {
    float sums[2][QUAD] __attribute__((aligned(64)));
    size_t steps = steps_of(w->width), deep = w->inner / EDGE, blocks = steps_of(rows), side = 0;
    const manner how = {.relu = relu, .rows_h = true, .half = true};
    pending p = {.row = EDGE, .total = steps, .lines = lines_ahead(steps, blocks)};
    for (size_t j = 2 * first; j < 2 * last; j++) {
        const bf16 *gate = tiles_at(w->gate_up) + j * steps * STEP;
        p.soon = gate + steps * STEP;
        for (size_t i = 0; i < blocks; i++, side ^= 1) {
            const bf16 *a = x + i * steps * STEP;
            const places at = {sums[side], sums[side] + TILE, NULL, 2 * TILE, 0, j % 2};
            const forms to = {.h_rows = h + (i * deep + j / 2) * STEP};
            quad(sums[side], a, a + STEP / 2, gate, gate + STEP / 2, steps, &p, how);
            wait_for(&p, &at, &to, steps);
        }
    }
    drain(&p, EDGE, how);
}

static void hidden_rows(bf16 *h, const bf16 *x, size_t rows, const hr_mlp *w, size_t first,
                        size_t last) {
    if (w->relu) hidden_panels(h, x, rows, w, first, last, true);
    else hidden_panels(h, x, rows, w, first, last, false);
}

static void mlp_hidden(float *h, const float *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, float *scratch) {
    (void)scratch;
    ready();
    hidden_rows((bf16 *)(void *)h, tiles_at(x), rows, w, first / EDGE, last / EDGE);
}

static void mlp(float *y, const float *addend, const float *x, size_t rows, const hr_mlp *w,
                float *scratch) {
    size_t d = w->width, steps = steps_of(d), deep = w->inner / EDGE, most = mlp_rows(rows, w);
    ready();
    for (size_t i = 0; i < rows; i += most) {
        size_t count = rows - i < most ? rows - i : most;
        bf16 *tiles = (bf16 *)(void *)scratch, *h = tiles + most * steps * EDGE;
        tiles_of_rows(tiles, x + i * d, d, count, d);
        hidden_rows(h, tiles, count, w, 0, deep);
        product(y + i * d, d, further(addend, i * d), h, deep, tiles_at(w->down), deep, count, d,
                deep);
    }
}

/* What a backward leaves, as tiles: x and dy by rows of their transpose, h and the gradients at
 * gate and up down the columns; of `mix` x and dy down the columns of their transpose, the others
 * by rows. */
typedef struct mlp_parts {
    bf16 *x, *dy, *h, *dgate_up;
} mlp_parts;

static mlp_parts parts_of(const float *operands, size_t length, const hr_mlp *w) {
    bf16 *at = (bf16 *)(uintptr_t)operands;
    size_t x = length * steps_of(w->width) * STEP, h = length * (w->inner / EDGE) * STEP;
    return (mlp_parts){at, at + x, at + 2 * x, at + 2 * x + h};
}

INLINE void hidden_backward(const mlp_parts *o, bf16 *dgate_up, const bf16 *x, const bf16 *dy,
                            size_t blocks, const hr_mlp *w, const bool relu) {
    float sums[2][3 * QUAD] __attribute__((aligned(64)));
    size_t steps = steps_of(w->width), deep = w->inner / EDGE, side = 0;
    const manner how = {relu, true, false, false};
    pending p = {.row = EDGE, .total = 3 * steps};
    for (size_t j = 0; j < deep; j++)
        for (size_t i = 0; i < blocks; i++, side ^= 1) {
            float *out = sums[side];
            const places at = {out, out + TILE, out + 2 * QUAD, 2 * TILE, QUAD, 0};
            const bf16 *up = tiles_at(w->down_back) + j * steps * STEP, *d = dy + i * steps * STEP;
            gate_up_quads(out, x + i * steps * STEP, tiles_at(w->gate_up), j, steps, &p, how);
            quad(out + 2 * QUAD, d, d + STEP / 2, up, up + STEP / 2, steps, &p, how);
            const forms to = {.h_cols = o->h + (j * blocks + i) * STEP,
                              .gate_rows = dgate_up + (i * 2 * deep + j) * STEP,
                              .up_rows = dgate_up + (i * 2 * deep + deep + j) * STEP,
                              .gate_cols = o->dgate_up + (j * blocks + i) * STEP,
                              .up_cols = o->dgate_up + ((deep + j) * blocks + i) * STEP};
            wait_for(&p, &at, &to, 3 * steps);
        }
    drain(&p, EDGE, how);
}

static void mlp_backward(float *dx, const float *addend, const float *dy, const float *x,
                         size_t rows, const hr_mlp *w, float *operands, float *scratch) {
    size_t d = w->width, steps = steps_of(d), deep = w->inner / EDGE, blocks = steps_of(rows);
    mlp_parts o = parts_of(operands, blocks, w);
    bf16 *tiles = (bf16 *)(void *)scratch, *dtiles = tiles + blocks * steps * STEP;
    bf16 *dgate_up = dtiles + blocks * steps * STEP;
    ready();
    tiles_of_rows(tiles, x, d, rows, d);
    tiles_of_rows(dtiles, dy, d, rows, d);
    tiles_of_columns(o.x, x, d, rows, d, true);
    tiles_of_columns(o.dy, dy, d, rows, d, true);
    if (w->relu) hidden_backward(&o, dgate_up, tiles, dtiles, blocks, w, true);
    else hidden_backward(&o, dgate_up, tiles, dtiles, blocks, w, false);
    product(dx, d, addend, dgate_up, 2 * deep, tiles_at(w->gate_up_back), 2 * deep, rows, d,
            2 * deep);
}

static void mlp_gradient(float *gate_up, float *down, const float *operands, size_t rows,
                         const hr_mlp *w, size_t part, size_t parts) {
    size_t d = w->width, inner = w->inner, blocks = steps_of(rows), from, count;
    mlp_parts o = parts_of(operands, blocks, w);
    ready();
    slice(2 * inner, part, parts, &from, &count);
    sum_passes(gate_up + from * round_up(d), o.x, o.dgate_up + from * blocks * EDGE, blocks, d, d,
               count);
    slice(inner, part, parts, &from, &count);
    sum_passes(down + from * round_up(d), o.dy, o.h + from * blocks * EDGE, blocks, d, d, count);
}

/* ---- down the columns ------------------------------------------------------------------------ */

static void pack_left(float *out, const float *a, size_t row, size_t col, size_t m, size_t k) {
    if (col == 1) tiles_of_rows((bf16 *)(void *)out, a, row, m, k);
    else tiles_of_columns((bf16 *)(void *)out, a, col, k, m, true);
}

/* gate and up of hidden numbers 32 j on, channels 32 c on: two quads of [gate; up] each. */
INLINE void gate_up_rows(float *out, const bf16 *gate_up, const bf16 *x, size_t j, size_t inner,
                         size_t steps, pending *p, const manner how) {
    const bf16 *gate = gate_up + j * steps * STEP, *up = gate + inner / EDGE * steps * STEP;
    quad(out, gate, up, x, x + STEP / 2, steps, p, how);
    quad(out + QUAD, gate + STEP / 2, up + STEP / 2, x, x + STEP / 2, steps, p, how);
}

INLINE void hidden_columns(bf16 *h, const bf16 *x, size_t blocks, const hr_mlp *w,
                           const bool relu) {
    float sums[2][2 * QUAD] __attribute__((aligned(64)));
    size_t steps = steps_of(w->width), deep = w->inner / EDGE, side = 0;
    const manner how = {relu, false, false, false};
    pending p = {.row = EDGE, .total = 2 * steps};
    for (size_t c = 0; c < blocks; c++)
        for (size_t j = 0; j < deep; j++, side ^= 1) {
            const places at = {sums[side], sums[side] + 2 * TILE, NULL, QUAD, TILE, 0};
            const forms to = {.h_cols = h + (c * deep + j) * STEP};
            gate_up_rows(sums[side], tiles_at(w->gate_up), x + c * steps * STEP, j, w->inner, steps,
                         &p, how);
            wait_for(&p, &at, &to, 2 * steps);
        }
    drain(&p, EDGE, how);
}

static void mix(float *y, const float *addend, const float *x, size_t ld, size_t cols,
                const hr_mlp *w, float *scratch) {
    size_t t = w->width, deep = w->inner / EDGE, blocks = steps_of(cols);
    bf16 *tiles = (bf16 *)(void *)scratch, *h = tiles + blocks * steps_of(t) * STEP;
    ready();
    tiles_of_columns(tiles, x, ld, t, cols, false);
    if (w->relu) hidden_columns(h, tiles, blocks, w, true);
    else hidden_columns(h, tiles, blocks, w, false);
    product(y, ld, addend, tiles_at(w->down), deep, h, deep, t, cols, deep);
}

INLINE void hidden_columns_backward(const mlp_parts *o, bf16 *dgate_up, const bf16 *x,
                                    const bf16 *dy, size_t blocks, const hr_mlp *w,
                                    const bool relu) {
    float sums[2][3 * QUAD] __attribute__((aligned(64)));
    size_t steps = steps_of(w->width), deep = w->inner / EDGE, side = 0;
    const manner how = {relu, true, true, false};
    pending p = {.row = EDGE, .total = 3 * steps};
    for (size_t c = 0; c < blocks; c++)
        for (size_t j = 0; j < deep; j++, side ^= 1) {
            float *out = sums[side];
            const places at = {out, out + 2 * TILE, out + 2 * QUAD, QUAD, TILE, 0};
            const bf16 *up = tiles_at(w->down_back) + j * steps * STEP, *d = dy + c * steps * STEP;
            gate_up_rows(out, tiles_at(w->gate_up), x + c * steps * STEP, j, w->inner, steps, &p,
                         how);
            quad(out + 2 * QUAD, up, up + STEP / 2, d, d + STEP / 2, steps, &p, how);
            const forms to = {.h_rows = o->h + (j * blocks + c) * STEP,
                              .gate_rows = o->dgate_up + (j * blocks + c) * STEP,
                              .up_rows = o->dgate_up + ((deep + j) * blocks + c) * STEP,
                              .gate_cols = dgate_up + (c * 2 * deep + j) * STEP,
                              .up_cols = dgate_up + (c * 2 * deep + deep + j) * STEP};
            wait_for(&p, &at, &to, 3 * steps);
        }
    drain(&p, EDGE, how);
}

static void mix_backward(float *dx, const float *addend, const float *dy, const float *x, size_t ld,
                         size_t cols, const hr_mlp *w, float *operands, float *scratch) {
    size_t t = w->width, steps = steps_of(t), deep = w->inner / EDGE, blocks = steps_of(cols);
    mlp_parts o = parts_of(operands, blocks, w);
    bf16 *tiles = (bf16 *)(void *)scratch, *dtiles = tiles + blocks * steps * STEP;
    bf16 *dgate_up = dtiles + blocks * steps * STEP;
    ready();
    tiles_of_columns(tiles, x, ld, t, cols, false);
    tiles_of_columns(dtiles, dy, ld, t, cols, false);
    tiles_of_transpose(o.x, x, ld, t, cols);
    tiles_of_transpose(o.dy, dy, ld, t, cols);
    if (w->relu) hidden_columns_backward(&o, dgate_up, tiles, dtiles, blocks, w, true);
    else hidden_columns_backward(&o, dgate_up, tiles, dtiles, blocks, w, false);
    product(dx, ld, addend, tiles_at(w->gate_up_back), 2 * deep, dgate_up, 2 * deep, t, cols,
            2 * deep);
}

static void mix_gradient(float *gate_up, float *down, const float *operands, size_t count,
                         size_t cols, const hr_mlp *w, size_t part, size_t parts, float *scratch) {
    size_t t = w->width, inner = w->inner, blocks = steps_of(cols), from, n;
    size_t gap = 2 * hr_kern_mlp_operands(&TABLE, cols, t, inner); /* two bf16 in a float */
    mlp_parts o = parts_of(operands, blocks, w);
    (void)scratch;
    ready();
    slice(2 * inner, part, parts, &from, &n);
    factors sum = {.a = o.dgate_up + from * blocks * EDGE,
                   .b = o.x,
                   .steps = blocks,
                   .times = count,
                   .a_gap = gap,
                   .b_gap = gap};
    sum_up(gate_up + from * EDGE, sum, blocks, 2 * inner, n, t);
    slice(inner, part, parts, &from, &n);
    sum.a = o.h + from * blocks * EDGE;
    sum.b = o.dy;
    sum_up(down + from * EDGE, sum, blocks, inner, n, t);
}
