/* kern_conv.h - depthwise convolutions, a SIMD lane for each channel. Comes after kern_lanes.h and
 * EACH, GET and PUT.
 *
 * A cell's sum is one chain of fused multiply-adds over the taps, row by row: rows outside the grid
 * are left out, columns outside it enter as zeros. That holds in every run, so a result does not
 * depend on how a caller splits the cells. */
enum {
    RUN = 8,   /* cells whose sums stay in registers while inputs pass by */
    SHORT = 4, /* the same, for what is left of a row */
    MOST = 7,  /* taps across */
};

/* `count` cells of one row, at most `run`, and the taps that lie within the grid's rows. */
typedef struct run_of {
    float *y;
    const float *addend; /* or NULL */
    const float *x;      /* as far along the row, in the first row of inputs */
    const float *w;      /* the first tap */
    ptrdiff_t next;      /* from one tap to the next */
    size_t d, row, rows; /* from a cell to the next, from a row to the next; rows of taps */
    size_t low, high;    /* inputs that lie within the row */
    size_t count;
} run_of;

/* One vector of channels, from `at` on, of these cells; `inside`: all inputs lie within the row,
 * and count is run. */
INLINE void conv_channels(const int run, const int across, const bool inside, const run_of o,
                          size_t at, const size_t left) {
    const size_t half = (size_t)across / 2;
    const float *x = o.x, *w = o.w;
    vec sum[RUN];
    HR_UNROLL(16)
    for (int i = 0; i < run; i++) sum[i] = (vec){0};
    for (size_t t = 0; t < o.rows; t++, x += o.row) {
        const float *in = inside ? x - half * o.d : x;
        vec tap[MOST];
        HR_UNROLL(16)
        for (int a = 0; a < across; a++, w += o.next) tap[a] = GET(w);
        HR_UNROLL(16)
        for (int j = 0; j < run + across - 1; j++) {
            size_t i = (size_t)j;
            vec v = {0};
            if (inside) v = GET(in + i * o.d);
            else if (i >= half && i < o.high) v = GET(in + (i - half) * o.d);
            else if (i >= o.low && i < o.high) v = GET(in - (half - i) * o.d);
            HR_UNROLL(16)
            for (int a = 0; a < across; a++)
                if (j >= a && j - a < run) sum[j - a] = FUSED(tap[a], v, sum[j - a]);
        }
    }
    float *y = o.y;
    const float *addend = o.addend;
    if (addend) {
        HR_UNROLL(16)
        for (int i = 0; i < run; i++, addend += o.d)
            if (inside || (size_t)i < o.count) sum[i] = GET(addend) + sum[i];
    }
    HR_UNROLL(16)
    for (int i = 0; i < run; i++, y += o.d)
        if (inside || (size_t)i < o.count) PUT(y, sum[i]);
}

INLINE void conv_run(const int run, const int across, const bool inside, const run_of o) {
    const size_t d = o.d;
    EACH(d, { conv_channels(run, across, inside, o, at, left); });
}

/* A convolution at work; backward the taps are rotated: they run the other way. */
typedef struct conv_work {
    float *y;
    const float *addend, *x;
    const hr_conv *g;
    bool rotated;
} conv_work;

/* Cells from..to-1 of a row. */
INLINE void conv_row(const int across, const conv_work *c, size_t row, size_t from, size_t to) {
    const hr_conv *g = c->g;
    const size_t half = (size_t)across / 2, d = g->d, up = g->down / 2;
    const size_t top = row < up ? up - row : 0; /* taps above the grid */
    const size_t end = row + up < g->rows ? g->down : g->rows + up - row;
    const size_t first = c->rotated ? (g->down - top) * (size_t)across - 1 : top * (size_t)across;
    for (size_t col = from, count; col < to; col += count) {
        size_t run = to - col > SHORT ? RUN : SHORT, cell = (row * g->cols + col) * d;
        count = to - col < run ? to - col : run;
        const run_of o = {
            .y = c->y + cell,
            .addend = further(c->addend, cell),
            .x = c->x + ((row + top - up) * g->cols + col) * d,
            .w = g->w + first * d,
            .next = c->rotated ? -(ptrdiff_t)d : (ptrdiff_t)d,
            .d = d,
            .row = g->cols * d,
            .rows = end - top,
            .low = col < half ? half - col : 0,
            .high = g->cols + half - col,
            .count = count,
        };
        bool inside = count == run && o.low == 0 && run + 2 * half <= o.high;
        if (run == RUN && inside) conv_run(RUN, across, true, o);
        else if (run == RUN) conv_run(RUN, across, false, o);
        else if (inside) conv_run(SHORT, across, true, o);
        else conv_run(SHORT, across, false, o);
    }
}

typedef void (*conv_row_fn)(const conv_work *c, size_t row, size_t from, size_t to);

#define CONV_ROW(across)                                                                           \
    static __attribute__((noinline)) void conv_row_##across(const conv_work *c, size_t row,        \
                                                            size_t from, size_t to) {              \
        conv_row(across, c, row, from, to);                                                        \
    }
CONV_ROW(3)
CONV_ROW(5)
CONV_ROW(7)

static void conv_cells(const conv_work *c, size_t from, size_t to) {
    const hr_conv *g = c->g;
    conv_row_fn fn = g->across == 3 ? conv_row_3 : g->across == 5 ? conv_row_5 : conv_row_7;
    for (size_t cell = from, count; cell < to; cell += count) {
        size_t row = cell / g->cols, col = cell % g->cols;
        count = g->cols - col < to - cell ? g->cols - col : to - cell;
        fn(c, row, col, col + count);
    }
}

static void conv(float *y, const float *addend, const float *x, const hr_conv *g, size_t from,
                 size_t to) {
    conv_cells(&(conv_work){y, addend, x, g, false}, from, to);
}

static void conv_backward(float *dx, const float *addend, const float *dy, const hr_conv *g) {
    conv_cells(&(conv_work){dx, addend, dy, g, true}, 0, g->rows * g->cols);
}

/* One row of cells and the rows of inputs that it reads. */
typedef struct row_of {
    float *dw; /* the first tap */
    const float *dy, *x;
    size_t d, cols, row; /* from a cell to the next; cells; from a row to the next */
} row_of;

/* Adds one row of cells to the gradients of `deep` rows of taps, in the vector of channels from
 * `at` on. A tap has `chains` accumulators, so that additions need not wait for each other. */
INLINE void gradient_channels(const int deep, const int across, const int chains, const row_of o,
                              size_t at, const size_t left) {
    const size_t half = (size_t)across / 2, d = o.d;
    vec sum[3][2][MOST];
    HR_UNROLL(16)
    for (int t = 0; t < deep; t++) {
        HR_UNROLL(16)
        for (int a = 0; a < across * chains; a++) sum[t][a / across][a % across] = (vec){0};
    }
    for (size_t col = 0; col < o.cols;) {
        const float *dy = o.dy + col * d;
        if (col < half || col + SHORT + half > o.cols) { /* cell by cell */
            vec v = GET(dy);
            HR_UNROLL(16)
            for (int t = 0; t < deep; t++) {
                const float *in = o.x + (size_t)t * o.row;
                HR_UNROLL(16)
                for (int a = 0; a < across; a++) {
                    size_t c = col + (size_t)a - half;
                    if (c < o.cols) sum[t][0][a] = FUSED(v, GET(in + c * d), sum[t][0][a]);
                }
            }
            col++;
            continue;
        }
        vec own[SHORT];
        HR_UNROLL(16)
        for (int i = 0; i < SHORT; i++, dy += d) own[i] = GET(dy);
        HR_UNROLL(16)
        for (int t = 0; t < deep; t++) {
            const float *in = o.x + (size_t)t * o.row + (col - half) * d;
            HR_UNROLL(16)
            for (int j = 0; j < SHORT + across - 1; j++, in += d) {
                vec v = GET(in);
                HR_UNROLL(16)
                for (int a = 0; a < across; a++)
                    if (j >= a && j - a < SHORT)
                        sum[t][(j - a) % chains][a] =
                            FUSED(own[j - a], v, sum[t][(j - a) % chains][a]);
            }
        }
        col += SHORT;
    }
    float *dw = o.dw;
    HR_UNROLL(16)
    for (int t = 0; t < deep; t++) {
        HR_UNROLL(16)
        for (int a = 0; a < across; a++, dw += d)
            PUT(dw, GET(dw) + (chains == 2 ? sum[t][0][a] + sum[t][1][a] : sum[t][0][a]));
    }
}

/* Of `n` channels. */
INLINE void gradient_row(const int deep, const int across, const int chains, const row_of o,
                         size_t n) {
    EACH(n, { gradient_channels(deep, across, chains, o, at, left); });
}

static void conv_gradient(float *dw, const float *dy, const float *x, const hr_conv *g,
                          size_t first, size_t last) {
    const size_t d = g->d, row = g->cols * d, up = g->down / 2;
    for (size_t r = 0; r < g->rows; r++) {
        size_t top = r < up ? up - r : 0, end = r + up < g->rows ? g->down : g->rows + up - r;
        row_of o = {.dy = dy + r * row + first, .d = d, .cols = g->cols, .row = row};
        if (g->down == 3 && top == 0 && end == 3) {
            o.x = x + (r - 1) * row + first;
            o.dw = dw + first;
            gradient_row(3, 3, 1, o, last - first);
            continue;
        }
        for (size_t t = top; t < end; t++) {
            o.x = x + (r + t - up) * row + first;
            o.dw = dw + t * g->across * d + first;
            if (g->across == 3) gradient_row(1, 3, 2, o, last - first);
            else if (g->across == 5) gradient_row(1, 5, 2, o, last - first);
            else gradient_row(1, 7, 1, o, last - first);
        }
    }
}
