/* kern_avx512bf16_mlp.h - gated MLPs whose hidden numbers meet the activation in the registers that
 * summed them and leave as the operands of the products that follow. Nothing of width `inner` is
 * ever stored as float. Part of kern_avx512bf16.c.
 *
 * `mlp` and `mix` are each other's mirror image: there rows are tokens and columns hidden numbers,
 * 16 of gate beside the same 16 of up; here rows are hidden numbers, as many of gate above as many
 * of up, and columns channels. */

/* The forms in which hidden numbers leave, each at the tile's first row and column; NULL where it
 * is not wanted. */
typedef struct forms {
    pair *h_rows, *gate_rows, *up_rows;    /* by rows, `step` pairs apart */
    pair *h_panel, *gate_panel, *up_panel; /* in a panel */
    const float *dh;                       /* the gradient at them, rows PANEL apart */
    size_t step, cols;                     /* of `mix`: columns there are */
    bool relu;
} forms;

typedef void (*hidden_fn)(const factors *o, const forms *to);

/* 16 numbers by rows. */
INLINE void half_row(pair *to, __m512 x) {
    _mm256_storeu_si256((__m256i *)(void *)to, (__m256i)_mm512_cvtneps_pbh(x));
}

/* One family of tiles, of all heights and both activations. */
#define HIDDEN_TILE(name, back, rows)                                                              \
    static                                                                                         \
        __attribute__((noinline)) void name##_##back##_##rows(const factors *o, const forms *to) { \
        if (to->relu) name(rows, o, to, true, back);                                               \
        else name(rows, o, to, false, back);                                                       \
    }

/* ---- row by row ------------------------------------------------------------------------------ */

/* Two rows of hidden numbers, of which the second may be missing. */
INLINE void put_hidden(const forms *to, size_t i, hidden x, hidden y, const bool both,
                       const bool back) {
    if (!back) {
        half_row(to->h_rows + i * to->step, x.h);
        if (both) half_row(to->h_rows + (i + 1) * to->step, y.h);
        return;
    }
    const __m512 none = _mm512_setzero_ps();
    half_row(to->gate_rows + i * to->step, x.dg);
    half_row(to->up_rows + i * to->step, x.du);
    if (both) {
        half_row(to->gate_rows + (i + 1) * to->step, y.dg);
        half_row(to->up_rows + (i + 1) * to->step, y.du);
    }
    size_t line = i / PAIR * PANEL;
    _mm512_storeu_si512(to->h_panel + line, pair_rows(x.h, both ? y.h : none));
    _mm512_storeu_si512(to->gate_panel + line, pair_rows(x.dg, both ? y.dg : none));
    _mm512_storeu_si512(to->up_panel + line, pair_rows(x.du, both ? y.du : none));
}

/* The gradient at 16 hidden numbers of row i. */
INLINE __m512 gradient_at(const forms *to, int i, size_t from, const bool back) {
    return back ? _mm512_loadu_ps(to->dh + (size_t)i * PANEL + from) : _mm512_setzero_ps();
}

INLINE void tokens(const int rows, const factors *o, const forms *to, const bool relu,
                   const bool back) {
    __m512 s[ROWS][2];
    multiply(s, rows, o, (manner){false, rows});
    HR_UNROLL(16)
    for (int i = 0; i < rows; i += 2) {
        const bool both = i + 1 < rows;
        const int j = both ? i + 1 : i;
        hidden x = activate(s[i][0], s[i][1], gradient_at(to, i, 0, back), relu, back), y = x;
        if (both) y = activate(s[j][0], s[j][1], gradient_at(to, j, 0, back), relu, back);
        put_hidden(to, (size_t)i, x, y, both, back);
    }
}

#define TOKENS_TILE(rows) HIDDEN_TILE(tokens, false, rows) HIDDEN_TILE(tokens, true, rows)
TOKENS_TILE(1)
TOKENS_TILE(2)
TOKENS_TILE(4)
TOKENS_TILE(8)
TOKENS_TILE(12)
static const hidden_fn tokens_forward[HEIGHTS] = {tokens_false_12, tokens_false_8, tokens_false_4,
                                                  tokens_false_2, tokens_false_1};
static const hidden_fn tokens_back[HEIGHTS] = {tokens_true_12, tokens_true_8, tokens_true_4,
                                               tokens_true_2, tokens_true_1};

/* Panels of 16 columns of gate beside the same 16 of up. */
static void pack_gates(float *out, const float *gate_up, size_t width, size_t inner) {
    pair *to = (pair *)(void *)out;
    for (size_t j = 0; j < inner; j += LANES, to += pairs_of(width) * PANEL)
        for (size_t up = 0; up < 2; up++)
            panel_transposed(to + up * LANES, gate_up + (up * inner + j) * width, width, LANES,
                             width, LANES);
}

/* Hidden numbers first..last-1 of all rows, from x by rows. */
static void hidden_rows(pair *h, const pair *x, size_t rows, const hr_mlp *w, size_t first,
                        size_t last) {
    size_t pairs = pairs_of(w->width), step = w->inner / PAIR;
    factors o = {.step = pairs, .pairs = pairs, .times = 1};
    forms to = {.step = step, .relu = w->relu};
    for (size_t j = first; j < last; j += LANES)
        for (size_t i = 0, tall; i < rows; i += tall) {
            int which;
            tall = tallest(rows - i, &which);
            o.a = x + i * pairs;
            o.b = pairs_at(w->gate_up) + (j - w->from) / LANES * pairs * PANEL;
            to.h_rows = h + i * step + j / PAIR;
            tokens_forward[which](&o, &to);
        }
}

static void mlp_hidden(float *h, const float *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, float *scratch) {
    (void)scratch;
    hidden_rows((pair *)(void *)h, pairs_at(x), rows, w, first, last);
}

/* out = addend + the product of h by rows and a packed matrix of width numbers, over inner. */
static hr_gemm product_of(const hr_mlp_call *c, size_t ldc, size_t m, size_t n, size_t k) {
    return (hr_gemm){.c = c->out, .ldc = ldc, .addend = c->addend, .m = m, .n = n, .k = k};
}

static void mlp(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, pairs = pairs_of(d);
    const hr_gemm out = product_of(c, d, c->n, d, w->inner);
    pair *own = (pair *)(void *)c->scratch, *h = own + c->n * pairs;
    by_rows(own, c->x, d, c->n, d);
    hidden_rows(h, own, c->n, w, 0, w->inner);
    product(&out, h, pairs_at(w->down));
}

/* What a backward leaves, in panels of which each holds `pairs` pairs: x, dy, h and the gradients
 * at gate and up down the tokens; of `mix` x and dy transposed, the others by rows. */
typedef struct mlp_parts {
    pair *x, *dy, *h, *dgate_up;
} mlp_parts;

static mlp_parts parts_of(const float *operands, size_t pairs, const hr_mlp *w) {
    pair *at = (pair *)(uintptr_t)operands;
    size_t x = pairs * round_up(w->width), h = pairs * w->inner;
    return (mlp_parts){at, at + x, at + 2 * x, at + 2 * x + h};
}

/* A backward at work on n rows (of `mix`, columns): x and dy as the products take them, the
 * gradients at gate and up as the product for dx does. */
typedef struct backward {
    const hr_mlp *w;
    mlp_parts parts;
    pair *x, *dy, *dgate_up;
    size_t n;
} backward;

/* Takes the scratch apart, x and dy `size` pairs each. */
static backward begin_backward(const hr_mlp *w, const hr_mlp_call *c, size_t size) {
    pair *x = (pair *)(void *)c->scratch;
    return (backward){w, parts_of(c->operands, pairs_of(c->n), w), x, x + size, x + 2 * size, c->n};
}

/* Hidden numbers j..j+31 of up to ROWS rows from i on. */
static void tokens_backward(const backward *k, size_t i, size_t j, int which) {
    float dh[ROWS * PANEL] __attribute__((aligned(64)));
    const hr_mlp *w = k->w;
    const mlp_parts *parts = &k->parts;
    size_t pairs = pairs_of(w->width), deep = pairs_of(k->n), step = w->inner;
    const target there = {dh, NULL, PANEL, PANEL};
    factors o = {.a = k->dy + i * pairs, .step = pairs, .pairs = pairs, .times = 1};
    o.b = pairs_at(w->down_back) + j * pairs;
    put_rows[which](&o, &there);
    o.a = k->x + i * pairs;
    for (size_t half = 0; half < 2; half++) {
        size_t at = j + half * LANES, line = j * deep + i / PAIR * PANEL + half * LANES;
        const forms to = {.gate_rows = k->dgate_up + i * step + at / PAIR,
                          .up_rows = k->dgate_up + i * step + (w->inner + at) / PAIR,
                          .h_panel = parts->h + line,
                          .gate_panel = parts->dgate_up + line,
                          .up_panel = parts->dgate_up + w->inner * deep + line,
                          .dh = dh + half * LANES,
                          .step = step,
                          .relu = w->relu};
        o.b = pairs_at(w->gate_up) + at / LANES * pairs * PANEL;
        tokens_back[which](&o, &to);
    }
}

static void mlp_backward(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, rows = c->n;
    const backward k = begin_backward(w, c, rows * pairs_of(d));
    const hr_gemm out = product_of(c, d, rows, d, 2 * w->inner);
    by_rows(k.x, c->x, d, rows, d);
    by_rows(k.dy, c->dy, d, rows, d);
    in_panels(k.parts.x, c->x, d, rows, d);
    in_panels(k.parts.dy, c->dy, d, rows, d);
    for (size_t j = 0; j < w->inner; j += PANEL)
        for (size_t i = 0, tall; i < rows; i += tall) {
            int which;
            tall = tallest(rows - i, &which);
            tokens_backward(&k, i, j, which);
        }
    product(&out, k.dgate_up, pairs_at(w->gate_up_back));
}

/* ---- weight gradients ------------------------------------------------------------------------ */

/* Sums of some rows and columns += A B, both in panels; their squares follow one another along the
 * rows or, of `mlp`, down the columns. */
static void sum_panels(float *sums, factors o, range rows, range cols, bool down, bool fresh) {
    const pair *a = o.a + rows.from * o.pairs, *b = o.b + cols.from * o.pairs;
    size_t high = round_up(rows.count), wide = round_up(cols.count);
    o.times = 1;
    for (size_t j = 0; sums && j < cols.count; j += PANEL)
        for (size_t i = 0; i < rows.count; i += PANEL) {
            o.a = a + i * o.pairs;
            o.b = b + j * o.pairs;
            float *own = sums + (down ? j * high + i * PANEL : i * wide + j * PANEL);
            if (fresh) memset(own, 0, PANEL * PANEL * sizeof *own);
            panel_product(own, PANEL, o, PANEL, PANEL);
        }
}

static void mlp_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    size_t pairs = pairs_of(g->n);
    const range all = {0, w->width};
    const mlp_parts p = parts_of(g->operands, pairs, w);
    const factors up = {.a = p.x, .b = p.dgate_up, .pairs = pairs};
    const factors down = {.a = p.dy, .b = p.h, .pairs = pairs};
    sum_panels(g->gate_up, up, all, slice(2 * w->inner, g->part, g->parts), true, g->fresh);
    sum_panels(g->down, down, all, slice(w->inner, g->part, g->parts), true, g->fresh);
}

static void pack_factor(float *out, const float *a, size_t ld, size_t k, size_t m, bool left) {
    (void)left;
    in_panels((pair *)(void *)out, a, ld, k, m);
}

static void factor_product(const hr_gemm *g, size_t first, size_t last) {
    const factors o = {.a = pairs_at(g->a), .b = pairs_at(g->b), .pairs = pairs_of(g->k)};
    sum_panels(g->c, o, (range){first, last - first}, (range){0, g->n}, false, !g->addend);
}

/* ---- down the columns ------------------------------------------------------------------------ */

/* Weights that multiply from the left. */
static void pack_left(float *out, const float *a, size_t row, size_t col, size_t m, size_t k) {
    if (col == 1) by_rows((pair *)(void *)out, a, row, m, k);
    else by_rows_transposed((pair *)(void *)out, a, col, m, k);
}

/* Rows i and i + 1 of hidden numbers. */
INLINE void put_channels(const forms *to, size_t i, const hidden x[2], const hidden y[2],
                         const bool back) {
    size_t line = i / PAIR * PANEL;
    HR_UNROLL(2)
    for (size_t half = 0; half < 2; half++) {
        size_t at = line + half * LANES;
        if (!back) {
            _mm512_storeu_si512(to->h_panel + at, pair_rows(x[half].h, y[half].h));
            continue;
        }
        _mm512_storeu_si512(to->gate_panel + at, pair_rows(x[half].dg, y[half].dg));
        _mm512_storeu_si512(to->up_panel + at, pair_rows(x[half].du, y[half].du));
    }
    if (!back) return;
    const __mmask16 there = first_lanes(pairs_of(to->cols));
    HR_UNROLL(2)
    for (size_t r = 0; r < 2; r++) {
        const hidden *z = r ? y : x;
        size_t at = (i + r) * to->step;
        _mm512_mask_storeu_epi32(to->h_rows + at, there,
                                 (__m512i)_mm512_cvtne2ps_pbh(z[1].h, z[0].h));
        _mm512_mask_storeu_epi32(to->gate_rows + at, there,
                                 (__m512i)_mm512_cvtne2ps_pbh(z[1].dg, z[0].dg));
        _mm512_mask_storeu_epi32(to->up_rows + at, there,
                                 (__m512i)_mm512_cvtne2ps_pbh(z[1].du, z[0].du));
    }
}

INLINE void channels(const int rows, const factors *o, const forms *to, const bool relu,
                     const bool back) {
    __m512 s[ROWS][2];
    multiply(s, rows, o, (manner){false, rows / 2});
    HR_UNROLL(8)
    for (int i = 0; i < rows / 2; i += 2) {
        hidden x[2], y[2];
        HR_UNROLL(2)
        for (int half = 0; half < 2; half++) {
            const size_t at = (size_t)half * LANES;
            x[half] = activate(s[i][half], s[rows / 2 + i][half], gradient_at(to, i, at, back),
                               relu, back);
            y[half] = activate(s[i + 1][half], s[rows / 2 + i + 1][half],
                               gradient_at(to, i + 1, at, back), relu, back);
        }
        put_channels(to, (size_t)i, x, y, back);
    }
}

#define CHANNELS_TILE(rows) HIDDEN_TILE(channels, false, rows) HIDDEN_TILE(channels, true, rows)
CHANNELS_TILE(4)
CHANNELS_TILE(8)
CHANNELS_TILE(12)

/* Hidden numbers come in multiples of 32: six or four at a time. */
INLINE size_t hidden_height(size_t left, int *which) {
    *which = left >= 6 ? 0 : left >= 4 ? 1 : 2;
    return (size_t)(6 - 2 * *which);
}
static const hidden_fn channels_forward[] = {channels_false_12, channels_false_8, channels_false_4};
static const hidden_fn channels_back[] = {channels_true_12, channels_true_8, channels_true_4};

/* h in panels, of channels whose x (W x cols) lies in panels. */
static void hidden_channels(pair *h, const pair *x, size_t cols, const hr_mlp *w) {
    size_t pairs = pairs_of(w->width), deep = w->inner / PAIR;
    factors o = {.step = pairs, .second = w->inner * pairs, .pairs = pairs, .times = 1};
    forms to = {.relu = w->relu};
    for (size_t c = 0; c < cols; c += PANEL)
        for (size_t j = 0, tall; j < w->inner; j += tall) {
            int which;
            tall = hidden_height(w->inner - j, &which);
            o.a = pairs_at(w->gate_up) + j * pairs;
            o.b = x + c * pairs;
            to.h_panel = h + c * deep + j / PAIR * PANEL;
            channels_forward[which](&o, &to);
        }
}

/* Pairs that `cols` columns of W tokens take in panels, of pairs down the tokens. */
static size_t panels_of(size_t cols, const hr_mlp *w) {
    return round_up(cols) * pairs_of(w->width);
}

static void mix(const hr_mlp *w, const hr_mlp_call *c) {
    pair *own = (pair *)(void *)c->scratch, *h = own + panels_of(c->n, w);
    const hr_gemm out = product_of(c, c->ld, w->width, c->n, w->inner);
    in_panels(own, c->x, c->ld, w->width, c->n);
    hidden_channels(h, own, c->n, w);
    product(&out, pairs_at(w->down), h);
}

/* Hidden numbers from j on, channels c..c+31. */
static void channels_backward(const backward *k, size_t c, size_t j, int which) {
    static const put_fn put_half[] = {put_6, put_4, put_2};
    float dh[ROWS / 2 * PANEL] __attribute__((aligned(64)));
    const hr_mlp *w = k->w;
    const mlp_parts *parts = &k->parts;
    size_t pairs = pairs_of(w->width), deep = pairs_of(k->n), inner = w->inner;
    const target there = {dh, NULL, PANEL, PANEL};
    factors o = {.step = pairs, .second = inner * pairs, .pairs = pairs, .times = 1};
    o.a = pairs_at(w->down_back) + j * pairs;
    o.b = k->dy + c * pairs;
    put_half[which](&o, &there);
    pair *panel = k->dgate_up + c * inner + j / PAIR * PANEL;
    const forms to = {.h_rows = parts->h + j * deep + c / PAIR,
                      .gate_rows = parts->dgate_up + j * deep + c / PAIR,
                      .up_rows = parts->dgate_up + (inner + j) * deep + c / PAIR,
                      .gate_panel = panel,
                      .up_panel = panel + inner / PAIR * PANEL,
                      .dh = dh,
                      .step = deep,
                      .cols = k->n - c,
                      .relu = w->relu};
    o.a = pairs_at(w->gate_up) + j * pairs;
    o.b = k->x + c * pairs;
    channels_back[which](&o, &to);
}

static void mix_backward(const hr_mlp *w, const hr_mlp_call *call) {
    size_t cols = call->n, ld = call->ld;
    const backward k = begin_backward(w, call, panels_of(cols, w));
    const hr_gemm out = product_of(call, ld, w->width, cols, 2 * w->inner);
    in_panels(k.x, call->x, ld, w->width, cols);
    in_panels(k.dy, call->dy, ld, w->width, cols);
    in_panels_transposed(k.parts.x, call->x, ld, cols, w->width);
    in_panels_transposed(k.parts.dy, call->dy, ld, cols, w->width);
    for (size_t c = 0; c < cols; c += PANEL)
        for (size_t j = 0, tall; j < w->inner; j += tall) {
            int which;
            tall = hidden_height(w->inner - j, &which);
            channels_backward(&k, c, j, which);
        }
    product(&out, pairs_at(w->gate_up_back), k.dgate_up);
}

/* Some rows of sums (m x n) += A B, A by rows, B in panels, over several pairs of operands. */
static void sum_rows(float *sums, factors o, range part, size_t n, bool fresh) {
    const pair *a = o.a + part.from * o.step, *b = o.b;
    for (size_t j = 0; sums && j < n; j += PANEL)
        for (size_t i = 0, tall; i < part.count; i += tall) {
            int which;
            size_t row = i % PANEL, square = PANEL - row, left = part.count - i;
            tall = tallest(left < square ? left : square, &which);
            float *own = sums + (i - row) * round_up(n) + j * PANEL + row * PANEL;
            const target there = {own, fresh ? NULL : own, PANEL, PANEL};
            o.a = a + i * o.step;
            o.b = b + j * o.pairs;
            put_rows[which](&o, &there);
        }
}

static void mix_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    size_t pairs = pairs_of(g->n), gap = mlp_operands(g->n, w->width, w->inner);
    const mlp_parts p = parts_of(g->operands, pairs, w);
    factors o = {.step = pairs, .pairs = pairs, .times = g->calls, .a_gap = gap, .b_gap = gap};
    o.a = p.dgate_up;
    o.b = p.x;
    sum_rows(g->gate_up, o, slice(2 * w->inner, g->part, g->parts), w->width, g->fresh);
    o.a = p.h;
    o.b = p.dy;
    sum_rows(g->down, o, slice(w->inner, g->part, g->parts), w->width, g->fresh);
}
