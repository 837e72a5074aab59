/* muon.c - five Newton-Schulz steps with the quintic coefficients of the source. */
#include "nn/muon.h"

#include <math.h>
#include <string.h>

/* The matrix is worked on with its shorter side `r` as rows: X (r x c). */
typedef struct space {
    hr_real *x, *next; /* (r x c) */
    hr_real *a, *b;    /* (r x r): X X^T and b A + c A^2 */
    hr_real *pack;     /* X^T, A or X packed, whichever is largest */
} space;

static size_t most(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Kernels want their buffers to start at whole cache lines. */
static size_t aligned(size_t n) {
    const size_t unit = HR_ALIGN / sizeof(hr_real);
    return (n + unit - 1) / unit * unit;
}

static size_t scratch_of(const hr_kern *kern, size_t rows, size_t cols) {
    size_t r = rows < cols ? rows : cols, c = rows < cols ? cols : rows;
    size_t pack = most(kern->packed_size(HR_PACK_B, c, r), kern->packed_size(HR_PACK_B, r, c));
    pack = most(pack, kern->packed_size(HR_PACK_B, r, r));
    return 2 * aligned(r * c) + 2 * aligned(r * r) + pack;
}

static space divide(size_t r, size_t c, hr_real *base) {
    space s = {.x = base, .next = base + aligned(r * c), .a = base + 2 * aligned(r * c)};
    s.b = s.a + aligned(r * r);
    s.pack = s.b + aligned(r * r);
    return s;
}

size_t hr_muon_scratch(const hr_model *model) {
    size_t size = 0;
    for (int i = 0; i < model->table.count; i++) {
        const hr_param *p = &model->table.param[i];
        if (p->role == HR_ROLE_LINEAR) size = most(size, scratch_of(model->kern, p->rows, p->cols));
    }
    return aligned(size);
}

/* c (m x n) = a (m x k) B, B packed. */
static void multiply(const hr_kern *kern, const space *s, hr_real *c, const hr_real *a, size_t m,
                     size_t n, size_t k) {
    kern->gemm(
        &(hr_gemm){.c = c, .ldc = n, .a = a, .lda = k, .b = s->pack, .m = m, .n = n, .k = k});
}

/* X <- a X + (b A + c A^2) X with A = X X^T. */
static void newton_schulz(const hr_kern *k, space *s, size_t r, size_t c) {
    const hr_real a = (hr_real)3.4445, b = (hr_real)-4.7750, cc = (hr_real)2.0315;
    k->pack(s->pack, s->x, 1, c, c, r);
    multiply(k, s, s->a, s->x, r, r, c);
    k->pack(s->pack, s->a, r, 1, r, r);
    multiply(k, s, s->b, s->a, r, r, r);
    for (size_t i = 0; i < r * r; i++) s->b[i] = b * s->a[i] + cc * s->b[i];
    k->pack(s->pack, s->x, c, 1, r, c);
    multiply(k, s, s->next, s->b, r, c, r);
    for (size_t i = 0; i < r * c; i++) s->x[i] = a * s->x[i] + s->next[i];
}

/* What a row is multiplied by before all are brought back to the size that they had. */
static double row_factor(hr_real square) {
    return 1 / (sqrt((double)square) + 1e-10);
}

/* Rows are outputs, whichever side is the shorter. The running means need no correction of their
 * first steps, which is one factor for all rows and falls out with their common size. */
static void even_rows(hr_real *u, size_t rows, size_t cols, hr_real *squares, double beta2) {
    double before = 0, after = 0;
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (size_t i = 0; i < cols; i++) sum += (double)u[r * cols + i] * (double)u[r * cols + i];
        squares[r] = (hr_real)(beta2 * (double)squares[r] + (1 - beta2) * sum / (double)cols);
        double factor = row_factor(squares[r]);
        before += sum;
        after += sum * factor * factor;
    }
    const double scale = after > 0 ? sqrt(before / after) : 0;
    for (size_t r = 0; r < rows; r++) {
        const hr_real factor = (hr_real)(scale * row_factor(squares[r]));
        for (size_t i = 0; i < cols; i++) u[r * cols + i] *= factor;
    }
}

void hr_muon_momentum(const hr_param *param, const hr_muon *m) {
    size_t n = param->rows * param->cols;
    for (size_t i = 0; i < n; i++) {
        m->momentum[i] = (hr_real)m->mu * m->momentum[i] + m->grad[i];
        m->grad[i] = m->grad[i] + (hr_real)m->mu * m->momentum[i];
    }
}

void hr_muon_orthogonal(const hr_kern *kern, const hr_param *param, const hr_muon *m,
                        hr_real *scratch) {
    size_t rows = param->rows, cols = param->cols, n = rows * cols;
    size_t r = rows < cols ? rows : cols, c = rows < cols ? cols : rows;
    space s = divide(r, c, scratch);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)m->grad[i] * (double)m->grad[i];
    const hr_real scale = (hr_real)(1 / (sqrt(sum) + 1e-7));
    for (size_t i = 0; i < n; i++) s.next[i] = m->grad[i] * scale;
    if (rows > cols) kern->transpose(s.x, s.next, rows, cols);
    else memcpy(s.x, s.next, n * sizeof *s.x);
    for (int i = 0; i < 5; i++) newton_schulz(kern, &s, r, c);
    if (rows > cols) kern->transpose(m->grad, s.x, cols, rows);
    else memcpy(m->grad, s.x, n * sizeof *s.x);
}

double hr_muon_work(const hr_param *param) {
    double a = (double)param->rows, b = (double)param->cols, r = a < b ? a : b;
    return 5 * (2 * a * b * r + r * r * r);
}

void hr_muon_apply(const hr_param *param, const hr_muon *m) {
    size_t rows = param->rows, cols = param->cols, n = rows * cols;
    if (m->squares) even_rows(m->grad, rows, cols, m->squares, m->beta2);
    double tall = rows > cols ? (double)rows / (double)cols : 1;
    const hr_real step = (hr_real)(m->lr * sqrt(tall)),
                  keep = (hr_real)(1 - m->lr * m->weight_decay);
    for (size_t i = 0; i < n; i++) m->p[i] = m->p[i] * keep - step * m->grad[i];
}
