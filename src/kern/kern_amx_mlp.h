/* kern_amx_mlp.h - gated MLPs on tiles: gate, up and the gradient at the hidden row leave the tiles
 * for L1, where the activation turns them into the operands, again tiles, of the next products.
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

/* ---- 32 x 32 numbers ------------------------------------------------------------------------- */

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

/* How the hidden row leaves; compile-time constants. `half`: 16 columns at a time, forward. */
typedef struct manner {
    bool relu, back, rows_h, half;
} manner;

/* Rows r and r + 1, 32 columns, of sums become tiles. */
INLINE void activate_rows(const places *at, const forms *to, size_t r, const manner how) {
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
INLINE void activate_half_rows(const places *at, const forms *to, size_t r, const manner how) {
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
        if (how.half) activate_half_rows(&p->at, &p->to, p->row, how);
        else activate_rows(&p->at, &p->to, p->row, how);
    }
}

/* What four tiles of sums are made of: (a0, a1) x (b0, b1), each a tile at every STEP. */
typedef struct sides {
    const bf16 *a0, *a1, *b0, *b1;
} sides;

/* Four tiles of sums into `out`; a streams past the caches' nearest level, where b and the sums
 * stay. */
INLINE void quad(float *out, const sides of, size_t steps, pending *p, const manner how) {
    const bf16 *a0 = of.a0, *a1 = of.a1, *b0 = of.b0, *b1 = of.b1;
    FENCE();
    ZERO_TILES(0, 1, 2, 3);
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
    quad(out, (sides){x, x + STEP / 2, left, left + STEP / 2}, steps, p, how);
    quad(out + QUAD, (sides){x, x + STEP / 2, right, right + STEP / 2}, steps, p, how);
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
        const bf16 *gate = tiles_at(w->gate_up) + (j - 2 * w->from / EDGE) * steps * STEP;
        p.soon = gate + steps * STEP;
        for (size_t i = 0; i < blocks; i++, side ^= 1) {
            const bf16 *a = x + i * steps * STEP;
            const places at = {sums[side], sums[side] + TILE, NULL, 2 * TILE, 0, j % 2};
            const forms to = {.h_rows = h + (i * deep + j / 2) * STEP};
            quad(sums[side], (sides){a, a + STEP / 2, gate, gate + STEP / 2}, steps, &p, how);
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

static void mlp(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, steps = steps_of(d), most = mlp_rows(c->n, w);
    bf16 *tiles = (bf16 *)(void *)c->scratch, *h = tiles + most * steps * EDGE;
    ready();
    for (size_t i = 0; i < c->n; i += most) {
        const hr_gemm down = {.c = c->out + i * d,
                              .ldc = d,
                              .addend = further(c->addend, i * d),
                              .m = c->n - i < most ? c->n - i : most,
                              .n = d,
                              .k = w->inner};
        tiles_of_rows(tiles, c->x + i * d, d, down.m, d);
        hidden_rows(h, tiles, down.m, w, 0, w->inner / EDGE);
        product(&down, h, tiles_at(w->down));
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
            quad(out + 2 * QUAD, (sides){d, d + STEP / 2, up, up + STEP / 2}, steps, &p, how);
            const forms to = {.h_cols = o->h + (j * blocks + i) * STEP,
                              .gate_rows = dgate_up + (i * 2 * deep + j) * STEP,
                              .up_rows = dgate_up + (i * 2 * deep + deep + j) * STEP,
                              .gate_cols = o->dgate_up + (j * blocks + i) * STEP,
                              .up_cols = o->dgate_up + ((deep + j) * blocks + i) * STEP};
            wait_for(&p, &at, &to, 3 * steps);
        }
    drain(&p, EDGE, how);
}

/* Tiles of x, of dy and of the gradients at gate and up, in the scratch of a backward. */
typedef struct backward {
    bf16 *x, *dy, *dgate_up;
} backward;

static backward begin_backward(const hr_mlp *w, const hr_mlp_call *c) {
    bf16 *x = (bf16 *)(void *)c->scratch;
    size_t size = steps_of(c->n) * steps_of(w->width) * STEP;
    return (backward){x, x + size, x + 2 * size};
}

static void mlp_backward(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, rows = c->n, blocks = steps_of(rows);
    const mlp_parts o = parts_of(c->operands, blocks, w);
    const backward b = begin_backward(w, c);
    const hr_gemm out = {
        .c = c->out, .ldc = d, .addend = c->addend, .m = rows, .n = d, .k = 2 * w->inner};
    ready();
    tiles_of_rows(b.x, c->x, d, rows, d);
    tiles_of_rows(b.dy, c->dy, d, rows, d);
    tiles_of_columns(o.x, c->x, d, rows, d, true);
    tiles_of_columns(o.dy, c->dy, d, rows, d, true);
    if (w->relu) hidden_backward(&o, b.dgate_up, b.x, b.dy, blocks, w, true);
    else hidden_backward(&o, b.dgate_up, b.x, b.dy, blocks, w, false);
    product(&out, b.dgate_up, tiles_at(w->gate_up_back));
}

static void mlp_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    size_t d = w->width, blocks = steps_of(g->n);
    const mlp_parts o = parts_of(g->operands, blocks, w);
    ready();
    range part = slice(2 * w->inner, g->part, g->parts);
    const totals up = {g->gate_up, d, part.count, true, g->fresh};
    if (up.at) sum_passes(up, o.x, o.dgate_up + part.from * blocks * EDGE, blocks);
    part = slice(w->inner, g->part, g->parts);
    const totals down = {g->down, d, part.count, true, g->fresh};
    if (down.at) sum_passes(down, o.dy, o.h + part.from * blocks * EDGE, blocks);
}

/* ---- down the columns ------------------------------------------------------------------------ */

static void pack_left(float *out, const float *a, size_t row, size_t col, size_t m, size_t k) {
    if (col == 1) tiles_of_rows((bf16 *)(void *)out, a, row, m, k);
    else tiles_of_columns((bf16 *)(void *)out, a, col, k, m, true);
}

/* gate and up of hidden numbers 32 j on, channels 32 c on: two quads of [gate; up] each. */
INLINE void gate_up_rows(float *out, const hr_mlp *w, const bf16 *x, size_t j, size_t steps,
                         pending *p, const manner how) {
    const bf16 *gate = tiles_at(w->gate_up) + j * steps * STEP;
    const bf16 *up = gate + w->inner / EDGE * steps * STEP;
    quad(out, (sides){gate, up, x, x + STEP / 2}, steps, p, how);
    quad(out + QUAD, (sides){gate + STEP / 2, up + STEP / 2, x, x + STEP / 2}, steps, p, how);
}

/* 32 hidden numbers by 32 channels at a time. Forward h leaves down the columns, into `cols`;
 * backward by rows, as what is beside it, and the gradients down the columns too. */
INLINE void hidden_columns(const mlp_parts *o, bf16 *cols, const bf16 *x, const bf16 *dy,
                           size_t blocks, const hr_mlp *w, const manner how) {
    float sums[2][3 * QUAD] __attribute__((aligned(64)));
    size_t steps = steps_of(w->width), deep = w->inner / EDGE, side = 0;
    const size_t total = (how.back ? 3 : 2) * steps;
    pending p = {.row = EDGE, .total = total};
    for (size_t c = 0; c < blocks; c++)
        for (size_t j = 0; j < deep; j++, side ^= 1) {
            float *out = sums[side];
            const places at = {out, out + 2 * TILE, out + 2 * QUAD, QUAD, TILE, 0};
            gate_up_rows(out, w, x + c * steps * STEP, j, steps, &p, how);
            forms to = {.h_cols = cols + (c * deep + j) * STEP};
            if (how.back) {
                const bf16 *up = tiles_at(w->down_back) + j * steps * STEP;
                const bf16 *d = dy + c * steps * STEP;
                quad(out + 2 * QUAD, (sides){up, up + STEP / 2, d, d + STEP / 2}, steps, &p, how);
                to = (forms){.h_rows = o->h + (j * blocks + c) * STEP,
                             .gate_rows = o->dgate_up + (j * blocks + c) * STEP,
                             .up_rows = o->dgate_up + ((deep + j) * blocks + c) * STEP,
                             .gate_cols = cols + (c * 2 * deep + j) * STEP,
                             .up_cols = cols + (c * 2 * deep + deep + j) * STEP};
            }
            wait_for(&p, &at, &to, total);
        }
    drain(&p, EDGE, how);
}

static void mix(const hr_mlp *w, const hr_mlp_call *c) {
    size_t t = w->width, blocks = steps_of(c->n);
    bf16 *tiles = (bf16 *)(void *)c->scratch, *h = tiles + blocks * steps_of(t) * STEP;
    const hr_gemm down = {
        .c = c->out, .ldc = c->ld, .addend = c->addend, .m = t, .n = c->n, .k = w->inner};
    ready();
    tiles_of_columns(tiles, c->x, c->ld, t, c->n, false);
    if (w->relu) hidden_columns(NULL, h, tiles, NULL, blocks, w, (manner){.relu = true});
    else hidden_columns(NULL, h, tiles, NULL, blocks, w, (manner){.relu = false});
    product(&down, tiles_at(w->down), h);
}

static void mix_backward(const hr_mlp *w, const hr_mlp_call *c) {
    size_t t = w->width, cols = c->n, ld = c->ld, blocks = steps_of(cols);
    const mlp_parts o = parts_of(c->operands, blocks, w);
    const backward b = begin_backward(w, c);
    const hr_gemm out = {
        .c = c->out, .ldc = ld, .addend = c->addend, .m = t, .n = cols, .k = 2 * w->inner};
    ready();
    tiles_of_columns(b.x, c->x, ld, t, cols, false);
    tiles_of_columns(b.dy, c->dy, ld, t, cols, false);
    tiles_of_transpose(o.x, c->x, ld, t, cols);
    tiles_of_transpose(o.dy, c->dy, ld, t, cols);
    if (w->relu)
        hidden_columns(&o, b.dgate_up, b.x, b.dy, blocks, w, (manner){true, true, true, false});
    else hidden_columns(&o, b.dgate_up, b.x, b.dy, blocks, w, (manner){false, true, true, false});
    product(&out, tiles_at(w->gate_up_back), b.dgate_up);
}

static void mix_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    size_t t = w->width, inner = w->inner, blocks = steps_of(g->n);
    size_t gap = 2 * mlp_operands(g->n, t, inner); /* two bf16 in a float */
    const mlp_parts o = parts_of(g->operands, blocks, w);
    ready();
    range part = slice(2 * inner, g->part, g->parts);
    factors sum = {.a = o.dgate_up + part.from * blocks * EDGE,
                   .b = o.x,
                   .steps = blocks,
                   .times = g->calls,
                   .a_gap = gap,
                   .b_gap = gap};
    if (g->gate_up) sum_up((totals){g->gate_up, part.count, t, false, g->fresh}, sum, blocks);
    part = slice(inner, g->part, g->parts);
    sum.a = o.h + part.from * blocks * EDGE;
    sum.b = o.dy;
    if (g->down) sum_up((totals){g->down, part.count, t, false, g->fresh}, sum, blocks);
}
