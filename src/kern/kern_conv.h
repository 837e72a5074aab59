/* kern_conv.h - depthwise convolutions, the lanes being channels. Comes after kern_lanes.h and
 * EACH, GET and PUT.
 *
 * A cell's sum is one chain of fused multiply-adds over the taps, row by row: rows outside the grid
 * are left out, columns outside it enter as zeros. That holds in every run, so a result does not
 * depend on how a caller splits the cells. */
enum {
    RUN = 8,    /* cells whose sums stay in registers while inputs pass by */
    SHORT = 4,  /* the same, for what is left of a row */
    CHAINS = 4, /* gradient: sums of a tap, so that additions need not wait for each other */
    MOST = 7,   /* taps across */
};

/* Cells col..col+count-1 of a row, count <= run, in lanes at..; `inside`: no tap leaves the row and
 * count is run. */
INLINE void conv_run(const int run, const int across, const bool inside, float *y,
                     const float *plus, const float *x, const hr_conv *g, bool turned, size_t row,
                     size_t col, size_t count, size_t at, const size_t left) {
    const size_t taps = g->down * (size_t)across, half = (size_t)across / 2, d = g->d;
    vec sum[RUN];
#pragma GCC unroll 16
    for (int i = 0; i < run; i++) sum[i] = (vec){0};
    for (size_t t = 0; t < g->down; t++) {
        size_t from = row + t - g->down / 2; /* above the grid it is a very large number */
        if (from >= g->rows) continue;
        const float *in = x + from * g->cols * d;
        vec w[MOST];
#pragma GCC unroll 16
        for (int a = 0; a < across; a++) {
            size_t tap = t * (size_t)across + (size_t)a;
            w[a] = GET(g->w + (turned ? taps - 1 - tap : tap) * d);
        }
#pragma GCC unroll 16
        for (int j = 0; j < run + across - 1; j++) {
            size_t c = col + (size_t)j - half;
            vec v = inside || c < g->cols ? GET(in + c * d) : (vec){0};
#pragma GCC unroll 16
            for (int a = 0; a < across; a++)
                if (j >= a && j - a < run) sum[j - a] = FUSED(w[a], v, sum[j - a]);
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < run; i++) {
        size_t cell = (row * g->cols + col + (size_t)i) * d;
        if (inside || (size_t)i < count) PUT(y + cell, plus ? GET(plus + cell) + sum[i] : sum[i]);
    }
}

/* Cells from..to-1 of a row. */
INLINE void conv_row(const int across, float *y, const float *plus, const float *x,
                     const hr_conv *g, bool turned, size_t row, size_t from, size_t to) {
    const size_t half = (size_t)across / 2;
    for (size_t col = from, count; col < to; col += count) {
        size_t run = to - col > SHORT ? RUN : SHORT;
        count = to - col < run ? to - col : run;
        bool inside = count == run && col >= half && col + run + half <= g->cols;
        if (run == RUN && inside)
            EACH(g->d, {
                conv_run(RUN, across, true, y, plus, x, g, turned, row, col, count, at, left);
            });
        else if (run == RUN)
            EACH(g->d, {
                conv_run(RUN, across, false, y, plus, x, g, turned, row, col, count, at, left);
            });
        else if (inside)
            EACH(g->d, {
                conv_run(SHORT, across, true, y, plus, x, g, turned, row, col, count, at, left);
            });
        else
            EACH(g->d, {
                conv_run(SHORT, across, false, y, plus, x, g, turned, row, col, count, at, left);
            });
    }
}

typedef void (*conv_row_fn)(float *y, const float *plus, const float *x, const hr_conv *g,
                            bool turned, size_t row, size_t from, size_t to);

#define CONV_ROW(across)                                                                           \
    static __attribute__((noinline)) void conv_row_##across(                                       \
        float *y, const float *plus, const float *x, const hr_conv *g, bool turned, size_t row,    \
        size_t from, size_t to) {                                                                  \
        conv_row(across, y, plus, x, g, turned, row, from, to);                                    \
    }
CONV_ROW(3)
CONV_ROW(5)
CONV_ROW(7)

static void conv_any(float *y, const float *plus, const float *x, const hr_conv *g, bool turned,
                     size_t from, size_t to) {
    conv_row_fn fn = g->across == 3 ? conv_row_3 : g->across == 5 ? conv_row_5 : conv_row_7;
    for (size_t cell = from, count; cell < to; cell += count) {
        size_t row = cell / g->cols, col = cell % g->cols;
        count = g->cols - col < to - cell ? g->cols - col : to - cell;
        fn(y, plus, x, g, turned, row, col, col + count);
    }
}

static void conv(float *y, const float *plus, const float *x, const hr_conv *g, size_t from,
                 size_t to) {
    conv_any(y, plus, x, g, false, from, to);
}

/* The gradient runs through the taps the other way. */
static void conv_backward(float *dx, const float *plus, const float *dy, const hr_conv *g) {
    conv_any(dx, plus, dy, g, true, 0, g->rows * g->cols);
}

/* What one row of cells adds to the gradients of one row of taps, in lanes at.. */
INLINE void conv_gradient_row(const int across, float *dw, const float *dy, const float *x,
                              const hr_conv *g, size_t at, const size_t left) {
    const size_t half = (size_t)across / 2, d = g->d;
    vec sum[CHAINS][MOST];
#pragma GCC unroll 16
    for (int a = 0; a < CHAINS * MOST; a++) sum[a / MOST][a % MOST] = (vec){0};
    for (size_t col = 0; col < g->cols;) {
        if (col >= half && col + CHAINS + half <= g->cols) {
#pragma GCC unroll 16
            for (int i = 0; i < CHAINS; i++) {
                vec v = GET(dy + (col + (size_t)i) * d);
#pragma GCC unroll 16
                for (int a = 0; a < across; a++) {
                    int chain = across == 3 ? i : i % 2; /* as many as registers hold */
                    const float *in = x + (col + (size_t)i + (size_t)a - half) * d;
                    sum[chain][a] = FUSED(v, GET(in), sum[chain][a]);
                }
            }
            col += CHAINS;
            continue;
        }
        vec v = GET(dy + col * d);
#pragma GCC unroll 16
        for (int a = 0; a < across; a++) {
            size_t c = col + (size_t)a - half;
            if (c < g->cols) sum[0][a] = FUSED(v, GET(x + c * d), sum[0][a]);
        }
        col++;
    }
#pragma GCC unroll 16
    for (int a = 0; a < across; a++) {
        vec all = (sum[0][a] + sum[1][a]) + (sum[2][a] + sum[3][a]);
        PUT(dw + (size_t)a * d, GET(dw + (size_t)a * d) + all);
    }
}

static void conv_gradient(float *dw, const float *dy, const float *x, const hr_conv *g,
                          size_t first, size_t last) {
    const size_t d = g->d, row = g->cols * d;
    dw += first, dy += first, x += first;
    for (size_t r = 0; r < g->rows; r++, dy += row)
        EACH(last - first, {
            for (size_t t = 0; t < g->down; t++) {
                size_t from = r + t - g->down / 2;
                if (from >= g->rows) continue;
                float *to = dw + t * g->across * d;
                const float *in = x + from * row;
                if (g->across == 3) conv_gradient_row(3, to, dy, in, g, at, left);
                else if (g->across == 5) conv_gradient_row(5, to, dy, in, g, at, left);
                else conv_gradient_row(7, to, dy, in, g, at, left);
            }
        });
}
