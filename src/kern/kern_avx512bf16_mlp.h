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
            o.b = pairs_at(w->gate_up) + j / LANES * pairs * PANEL;
            to.h_rows = h + i * step + j / PAIR;
            tokens_forward[which](&o, &to);
        }
}

static void mlp_hidden(float *h, const float *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, float *scratch) {
    (void)scratch;
    hidden_rows((pair *)(void *)h, pairs_at(x), rows, w, first, last);
}

static void mlp(float *y, const float *addend, const float *x, size_t rows, const hr_mlp *w,
                float *scratch) {
    size_t d = w->width, pairs = pairs_of(d);
    pair *own = (pair *)(void *)scratch, *h = own + rows * pairs;
    by_rows(own, x, d, rows, d);
    hidden_rows(h, own, rows, w, 0, w->inner);
    product(y, d, addend, h, pairs_at(w->down), w->inner / PAIR, rows, d);
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

/* Hidden numbers j..j+31 of up to ROWS rows from i on. */
static void tokens_backward(const mlp_parts *parts, pair *dgate_up, const pair *x, const pair *dy,
                            const hr_mlp *w, size_t rows, size_t i, size_t j, int which) {
    float dh[ROWS * PANEL] __attribute__((aligned(64)));
    size_t pairs = pairs_of(w->width), deep = pairs_of(rows), step = w->inner;
    const target there = {dh, NULL, PANEL, PANEL};
    factors o = {.a = dy + i * pairs, .step = pairs, .pairs = pairs, .times = 1};
    o.b = pairs_at(w->down_back) + j * pairs;
    put_rows[which](&o, &there);
    o.a = x + i * pairs;
    for (size_t half = 0; half < 2; half++) {
        size_t at = j + half * LANES, line = j * deep + i / PAIR * PANEL + half * LANES;
        const forms to = {.gate_rows = dgate_up + i * step + at / PAIR,
                          .up_rows = dgate_up + i * step + (w->inner + at) / PAIR,
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

static void mlp_backward(float *dx, const float *addend, const float *dy, const float *x,
                         size_t rows, const hr_mlp *w, float *operands, float *scratch) {
    size_t d = w->width, pairs = pairs_of(d);
    mlp_parts parts = parts_of(operands, pairs_of(rows), w);
    pair *own = (pair *)(void *)scratch, *down = own + rows * pairs;
    pair *dgate_up = down + rows * pairs;
    by_rows(own, x, d, rows, d);
    by_rows(down, dy, d, rows, d);
    in_panels(parts.x, x, d, rows, d);
    in_panels(parts.dy, dy, d, rows, d);
    for (size_t j = 0; j < w->inner; j += PANEL)
        for (size_t i = 0, tall; i < rows; i += tall) {
            int which;
            tall = tallest(rows - i, &which);
            tokens_backward(&parts, dgate_up, own, down, w, rows, i, j, which);
        }
    product(dx, d, addend, dgate_up, pairs_at(w->gate_up_back), w->inner, rows, d);
}

/* ---- weight gradients ------------------------------------------------------------------------ */

/* Sums (m x n, in squares) += A B, both in panels, over `pairs` pairs; `rows` rows from row i0 on,
 * `cols` columns from column j0 on. */
static void sum_panels(float *sums, const pair *a, const pair *b, size_t pairs, size_t m, size_t i0,
                       size_t rows, size_t j0, size_t cols) {
    for (size_t j = j0; j < j0 + cols; j += PANEL)
        for (size_t i = i0; i < i0 + rows; i += PANEL) {
            const factors o = {.a = a + i * pairs, .b = b + j * pairs, .pairs = pairs, .times = 1};
            panel_product(sums + j * round_up(m) + i * PANEL, PANEL, o, PANEL, PANEL);
        }
}

static void mlp_gradient(float *gate_up, float *down, const float *operands, size_t rows,
                         const hr_mlp *w, size_t part, size_t parts) {
    size_t d = w->width, pairs = pairs_of(rows), from, count;
    mlp_parts p = parts_of(operands, pairs, w);
    slice(2 * w->inner, part, parts, &from, &count);
    sum_panels(gate_up, p.x, p.dgate_up, pairs, d, 0, d, from, count);
    slice(w->inner, part, parts, &from, &count);
    sum_panels(down, p.dy, p.h, pairs, d, 0, d, from, count);
}

static void operand(float *out, const float *a, size_t ld, size_t k, size_t m, bool left) {
    (void)left;
    in_panels((pair *)(void *)out, a, ld, k, m);
}

static void operand_product(float *sums, const float *left, const float *right, size_t m, size_t n,
                            size_t k, size_t first, size_t last) {
    sum_panels(sums, pairs_at(left), pairs_at(right), pairs_of(k), m, first, last - first, 0, n);
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
    factors o = {.step = pairs, .stride = w->inner * pairs, .pairs = pairs, .times = 1};
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

static void mix(float *y, const float *addend, const float *x, size_t ld, size_t cols,
                const hr_mlp *w, float *scratch) {
    pair *own = (pair *)(void *)scratch, *h = own + panels_of(cols, w);
    in_panels(own, x, ld, w->width, cols);
    hidden_channels(h, own, cols, w);
    product(y, ld, addend, pairs_at(w->down), h, w->inner / PAIR, w->width, cols);
}

/* Hidden numbers from j on, channels c..c+31. */
static void channels_backward(const mlp_parts *parts, pair *dgate_up, const pair *x, const pair *dy,
                              const hr_mlp *w, size_t cols, size_t c, size_t j, int which) {
    static const put_fn put_half[] = {put_6, put_4, put_2};
    float dh[ROWS / 2 * PANEL] __attribute__((aligned(64)));
    size_t pairs = pairs_of(w->width), deep = pairs_of(cols), inner = w->inner;
    const target there = {dh, NULL, PANEL, PANEL};
    factors o = {.step = pairs, .stride = inner * pairs, .pairs = pairs, .times = 1};
    o.a = pairs_at(w->down_back) + j * pairs;
    o.b = dy + c * pairs;
    put_half[which](&o, &there);
    pair *panel = dgate_up + c * inner + j / PAIR * PANEL;
    const forms to = {.h_rows = parts->h + j * deep + c / PAIR,
                      .gate_rows = parts->dgate_up + j * deep + c / PAIR,
                      .up_rows = parts->dgate_up + (inner + j) * deep + c / PAIR,
                      .gate_panel = panel,
                      .up_panel = panel + inner / PAIR * PANEL,
                      .dh = dh,
                      .step = deep,
                      .cols = cols - c,
                      .relu = w->relu};
    o.a = pairs_at(w->gate_up) + j * pairs;
    o.b = x + c * pairs;
    channels_back[which](&o, &to);
}

static void mix_backward(float *dx, const float *addend, const float *dy, const float *x, size_t ld,
                         size_t cols, const hr_mlp *w, float *operands, float *scratch) {
    mlp_parts parts = parts_of(operands, pairs_of(cols), w);
    pair *own = (pair *)(void *)scratch, *down = own + panels_of(cols, w);
    pair *dgate_up = down + panels_of(cols, w);
    in_panels(own, x, ld, w->width, cols);
    in_panels(down, dy, ld, w->width, cols);
    in_panels_transposed(parts.x, x, ld, cols, w->width);
    in_panels_transposed(parts.dy, dy, ld, cols, w->width);
    for (size_t c = 0; c < cols; c += PANEL)
        for (size_t j = 0, tall; j < w->inner; j += tall) {
            int which;
            tall = hidden_height(w->inner - j, &which);
            channels_backward(&parts, dgate_up, own, down, w, cols, c, j, which);
        }
    product(dx, ld, addend, pairs_at(w->gate_up_back), dgate_up, w->inner, w->width, cols);
}

/* Sums (m x n, in squares) += A B, A by rows, B in panels, over several pairs of operands; `rows`
 * rows from row i0 on. */
static void sum_rows(float *sums, factors o, size_t m, size_t i0, size_t rows, size_t n) {
    const pair *a = o.a, *b = o.b;
    for (size_t j = 0; j < n; j += PANEL)
        for (size_t i = i0, tall; i < i0 + rows; i += tall) {
            int which;
            size_t square = PANEL - i % PANEL, left = i0 + rows - i;
            tall = tallest(left < square ? left : square, &which);
            float *own = sums + j * round_up(m) + i * PANEL;
            const target there = {own, own, PANEL, PANEL};
            o.a = a + i * o.step;
            o.b = b + j * o.pairs;
            put_rows[which](&o, &there);
        }
}

static void mix_gradient(float *gate_up, float *down, const float *operands, size_t count,
                         size_t cols, const hr_mlp *w, size_t part, size_t parts, float *scratch) {
    size_t pairs = pairs_of(cols), gap = hr_kern_mlp_operands(&TABLE, cols, w->width, w->inner);
    size_t from, n;
    mlp_parts p = parts_of(operands, pairs, w);
    factors o = {.step = pairs, .pairs = pairs, .times = count, .a_gap = gap, .b_gap = gap};
    (void)scratch;
    slice(2 * w->inner, part, parts, &from, &n);
    o.a = p.dgate_up;
    o.b = p.x;
    sum_rows(gate_up, o, 2 * w->inner, from, n, w->width);
    slice(w->inner, part, parts, &from, &n);
    o.a = p.h;
    o.b = p.dy;
    sum_rows(down, o, w->inner, from, n, w->width);
}
