/* kern_loops.h - every operation but products and what is made of them, as plain loops over
 * hr_real: their definition. Part of kern_ref.c. */
#ifdef HR_REAL_DOUBLE
#define EXP   exp
#define SQRT  sqrt
#define ATAN2 atan2
#else
#define EXP   expf
#define SQRT  sqrtf
#define ATAN2 atan2f
#endif

static void rms(hr_real *y, hr_real *inv, const hr_real *x, size_t rows, size_t d, hr_real eps) {
    for (size_t r = 0; r < rows; r++, y += d, x += d) {
        hr_real sum = 0;
        for (size_t i = 0; i < d; i++) sum += x[i] * x[i];
        hr_real scale = 1 / SQRT(sum / (hr_real)d + eps);
        for (size_t i = 0; i < d; i++) y[i] = x[i] * scale;
        if (inv) inv[r] = scale;
    }
}

static void rms_backward(hr_real *dx, const hr_real *addend, const hr_real *y, const hr_real *inv,
                         const hr_real *dy, size_t rows, size_t d) {
    for (size_t at = 0; at < rows * d; at += d) {
        hr_real dot = 0;
        for (size_t i = at; i < at + d; i++) dot += dy[i] * y[i];
        dot /= (hr_real)d;
        for (size_t i = at; i < at + d; i++)
            dx[i] = (addend ? addend[i] : 0) + inv[at / d] * (dy[i] - y[i] * dot);
    }
}

static void rms_columns(hr_real *y, hr_real *inv, const hr_real *x, size_t ld, size_t rows,
                        size_t d, hr_real eps) {
    for (size_t i = 0; i < d; i++) {
        hr_real sum = 0;
        for (size_t at = i; at < i + rows * ld; at += ld) sum += x[at] * x[at];
        inv[i] = 1 / SQRT(sum / (hr_real)rows + eps);
        for (size_t at = i; at < i + rows * ld; at += ld) y[at] = x[at] * inv[i];
    }
}

static void rms_columns_backward(hr_real *dx, const hr_real *y, const hr_real *inv,
                                 const hr_real *dy, size_t ld, size_t rows, size_t d) {
    for (size_t i = 0; i < d; i++) {
        hr_real dot = 0;
        for (size_t at = i; at < i + rows * ld; at += ld) dot += dy[at] * y[at];
        dot /= (hr_real)rows;
        for (size_t at = i; at < i + rows * ld; at += ld) dx[at] = inv[i] * (dy[at] - y[at] * dot);
    }
}

static hr_real sigmoid(hr_real x) {
    return 1 / (1 + EXP(-x));
}

static void glu(const hr_mlp *w, hr_real *h, const hr_real *gate_up, size_t rows, size_t inner) {
    for (size_t r = 0; r < rows; r++, h += inner, gate_up += 2 * inner)
        for (size_t i = 0; i < inner; i++) {
            hr_real g = gate_up[i], u = gate_up[inner + i];
            h[i] = !w->relu ? g * sigmoid(g) * u : g > 0 ? g * u : 0;
        }
}

static void glu_backward(const hr_mlp *w, hr_real *dgate_up, const hr_real *gate_up,
                         const hr_real *dh, size_t rows, size_t inner) {
    for (size_t r = 0; r < rows; r++, dh += inner, gate_up += 2 * inner, dgate_up += 2 * inner)
        for (size_t i = 0; i < inner; i++) {
            hr_real g = gate_up[i], u = gate_up[inner + i], s = sigmoid(g);
            dgate_up[i] = !w->relu ? dh[i] * u * s * (1 + g * (1 - s)) : g > 0 ? dh[i] * u : 0;
            dgate_up[inner + i] = !w->relu ? dh[i] * g * s : g > 0 ? dh[i] * g : 0;
        }
}

static void rope(hr_real *x, size_t ld, const hr_rope *r) {
    size_t half = r->head_dim / 2;
    const hr_real *cos = r->cos, *sin = r->sin;
    for (size_t t = 0; t < r->tokens; t++, x += ld, cos += half, sin += half)
        for (size_t h = 0; h < r->heads; h++)
            for (size_t i = 0; i < half; i++) {
                hr_real *a = x + h * r->head_dim + i, *b = a + half;
                hr_real s = r->inverse ? -sin[i] : sin[i], x1 = *a, x2 = *b;
                *a = x1 * cos[i] - x2 * s;
                *b = x2 * cos[i] + x1 * s;
            }
}

/* p (tokens) = softmax over k of scale q . k. */
static void probabilities(hr_real *p, const hr_real *q, const hr_real *keys, size_t ld,
                          size_t tokens, size_t head_dim, hr_real scale) {
    hr_real top = -INFINITY, sum = 0;
    for (size_t j = 0; j < tokens; j++) {
        hr_real dot = 0;
        for (size_t i = 0; i < head_dim; i++) dot += q[i] * keys[j * ld + i];
        p[j] = dot * scale;
        top = p[j] > top ? p[j] : top;
    }
    for (size_t j = 0; j < tokens; j++) sum += p[j] = EXP(p[j] - top);
    for (size_t j = 0; j < tokens; j++) p[j] /= sum;
}

static void attention(hr_real *out, const hr_real *q, const hr_head *h, hr_real *scratch) {
    const hr_real *k = q + h->stride, *v = k + h->stride;
    for (size_t t = 0; t < h->tokens; t++, q += h->ld, out += h->ldo) {
        probabilities(scratch, q, k, h->ld, h->tokens, h->width, h->scale);
        memset(out, 0, h->width * sizeof *out);
        for (size_t j = 0; j < h->tokens; j++)
            for (size_t i = 0; i < h->width; i++) out[i] += scratch[j] * v[j * h->ld + i];
    }
}

static void attention_backward(hr_real *dq, size_t ld, size_t stride, const hr_real *dout,
                               const hr_real *q, const hr_head *h, hr_real *scratch) {
    const hr_real *k = q + h->stride, *v = k + h->stride;
    hr_real *dk = dq + stride, *dv = dk + stride, *p = scratch, *dp = scratch + h->tokens;
    for (size_t t = 0; t < h->tokens; t++)
        for (size_t third = 0; third < 3; third++)
            memset(dq + t * ld + third * stride, 0, h->width * sizeof *dq);
    for (size_t t = 0; t < h->tokens; t++, q += h->ld, dout += h->ldo, dq += ld) {
        probabilities(p, q, k, h->ld, h->tokens, h->width, h->scale);
        hr_real mean = 0;
        for (size_t j = 0; j < h->tokens; j++) {
            dp[j] = 0;
            for (size_t i = 0; i < h->width; i++) {
                dp[j] += dout[i] * v[j * h->ld + i];
                dv[j * ld + i] += p[j] * dout[i];
            }
            mean += p[j] * dp[j];
        }
        for (size_t j = 0; j < h->tokens; j++) {
            hr_real ds = p[j] * (dp[j] - mean) * h->scale;
            for (size_t i = 0; i < h->width; i++) {
                dq[i] += ds * k[j * h->ld + i];
                dk[j * ld + i] += ds * q[i];
            }
        }
    }
}

/* The cell that tap (i, j) of cell (row, col) reads, or SIZE_MAX outside the grid; `rotated`: the
 * cell that reads this one by it. */
static size_t neighbour(const hr_conv *g, size_t cell, size_t i, size_t j, bool rotated) {
    size_t down = rotated ? g->down - 1 - i : i, across = rotated ? g->across - 1 - j : j;
    size_t row = cell / g->cols + down, col = cell % g->cols + across; /* of a grid with a margin */
    if (row < g->down / 2 || row >= g->rows + g->down / 2) return SIZE_MAX;
    if (col < g->across / 2 || col >= g->cols + g->across / 2) return SIZE_MAX;
    return (row - g->down / 2) * g->cols + col - g->across / 2;
}

static void conv_any(hr_real *y, const hr_real *addend, const hr_real *x, const hr_conv *g,
                     bool rotated, size_t from, size_t to) {
    for (size_t cell = from; cell < to; cell++)
        for (size_t c = 0; c < g->d; c++) {
            double sum = 0;
            for (size_t i = 0; i < g->down; i++)
                for (size_t j = 0; j < g->across; j++) {
                    size_t at = neighbour(g, cell, i, j, rotated);
                    if (at == SIZE_MAX) continue;
                    sum += (double)g->w[(i * g->across + j) * g->d + c] * (double)x[at * g->d + c];
                }
            y[cell * g->d + c] = (addend ? addend[cell * g->d + c] : 0) + (hr_real)sum;
        }
}

static void conv(hr_real *y, const hr_real *addend, const hr_real *x, const hr_conv *g, size_t from,
                 size_t to) {
    conv_any(y, addend, x, g, false, from, to);
}

static void conv_backward(hr_real *dx, const hr_real *addend, const hr_real *dy, const hr_conv *g) {
    conv_any(dx, addend, dy, g, true, 0, g->rows * g->cols);
}

static void conv_gradient(hr_real *dw, const hr_real *dy, const hr_real *x, const hr_conv *g,
                          size_t first, size_t last) {
    for (size_t i = 0; i < g->down; i++)
        for (size_t j = 0; j < g->across; j++)
            for (size_t c = first; c < last; c++) {
                double sum = 0;
                for (size_t cell = 0; cell < g->rows * g->cols; cell++) {
                    size_t at = neighbour(g, cell, i, j, false);
                    if (at == SIZE_MAX) continue;
                    sum += (double)dy[cell * g->d + c] * (double)x[at * g->d + c];
                }
                dw[(i * g->across + j) * g->d + c] += (hr_real)sum;
            }
}

static void add(hr_real *out, const hr_real *a, const hr_real *b, size_t n) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] + b[i];
}

static void transpose(hr_real *out, const hr_real *a, size_t rows, size_t cols) {
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) out[j * rows + i] = a[i * cols + j];
}

static void moments(hr_real *p, hr_real *m, hr_real *v, hr_real g, const hr_adam *step) {
    *p *= 1 - step->decay;
    *m += (1 - step->beta1) * (g - *m);
    *v += (1 - step->beta2) * (g * g - *v);
}

static void adam_atan2(hr_real *p, hr_real *m, hr_real *v, const hr_real *g, size_t n,
                       const hr_adam *step) {
    hr_real root = SQRT(step->correct2);
    for (size_t i = 0; i < n; i++) {
        moments(&p[i], &m[i], &v[i], g[i], step);
        p[i] -= step->lr / step->correct1 * ATAN2(m[i], SQRT(v[i]) / root);
    }
}

static void adamw(hr_real *p, hr_real *m, hr_real *v, const hr_real *g, size_t n,
                  const hr_adam *step) {
    for (size_t i = 0; i < n; i++) {
        moments(&p[i], &m[i], &v[i], g[i], step);
        p[i] -= step->lr * (m[i] / step->correct1) / (SQRT(v[i] / step->correct2) + step->eps);
    }
}

static void ema(hr_real *average, const hr_real *p, size_t n, double rate) {
    const hr_real keep = (hr_real)rate, take = (hr_real)(1 - rate);
    for (size_t i = 0; i < n; i++) average[i] = take * p[i] + keep * average[i];
}

static double burn(size_t rounds) {
    enum { CHAINS = 8 };
    double s[CHAINS];
    for (int i = 0; i < CHAINS; i++) s[i] = i;
    for (size_t p = 0; p < rounds; p++)
        for (int i = 0; i < CHAINS; i++) s[i] = s[i] * 0.999 + 0.001;
    volatile double sink = 0;
    for (int i = 0; i < CHAINS; i++) sink = sink + s[i];
    return (double)rounds * CHAINS * 2;
}
