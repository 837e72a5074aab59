/* kern_mlp.h - gated MLPs as products and elementwise passes, for tables that do not fuse them; in
 * kern_ref.c this is their definition. Comes after kern_plain.h, glu and glu_backward. */

/* What a backward leaves: x and dy (n x width each), h (n x inner), dgate_up (n x 2 inner); of
 * `mix` the same with rows and columns exchanged. */
typedef struct mlp_parts {
    hr_real *x, *dy, *h, *dgate_up;
} mlp_parts;

static mlp_parts parts_of(const hr_real *operands, size_t n, const hr_mlp *w) {
    hr_real *at = (hr_real *)(uintptr_t)operands;
    return (mlp_parts){at, at + n * w->width, at + 2 * n * w->width,
                       at + n * (2 * w->width + w->inner)};
}

/* c = addend + a b: whole matrices, rows as long as they are wide, b packed. */
static void multiply_rows(hr_real *c, const hr_real *addend, const hr_real *a, const hr_real *b,
                          size_t m, size_t n, size_t k) {
    gemm(&(hr_gemm){c, addend, a, b, n, k, 0, m, n, k});
}

/* ---- row by row ------------------------------------------------------------------------------ */

static void pack_gates(hr_real *out, const hr_real *gate_up, size_t width, size_t inner) {
    pack(out, gate_up, 1, width, width, 2 * inner);
}

/* Rows at work at a time: their hidden numbers stay in the cache, and take little memory. */
static size_t rows_at_once(size_t left) {
    enum { MOST = 96 }; /* whole tiles of every table */
    return left < MOST ? left : MOST;
}

static void mlp(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, inner = w->inner;
    for (size_t i = 0, n; i < c->n; i += n) {
        n = rows_at_once(c->n - i);
        hr_real *gate_up = c->scratch, *h = gate_up + n * 2 * inner;
        multiply_rows(gate_up, NULL, c->x + i * d, w->gate_up, n, 2 * inner, d);
        glu(w, h, gate_up, n, inner);
        multiply_rows(c->out + i * d, c->addend ? c->addend + i * d : NULL, h, w->down, n, d,
                      inner);
    }
}

/* x and h of n rows at work at a time, for mlp_hidden. */
static void hidden_rows(hr_real *h, const hr_real *x, size_t n, const hr_mlp *w, size_t first,
                        size_t last, hr_real *scratch) {
    size_t d = w->width, count = last - first, held = w->held ? w->held : w->inner;
    hr_real *part = scratch + n * 2 * count;
    for (size_t i = 0; i < 2; i++) {
        const hr_real *columns = w->gate_up + packed_slice(d, i * held + first - w->from);
        gemm(&(hr_gemm){scratch + i * count, NULL, x, columns, 2 * count, d, 0, n, count, d});
    }
    glu(w, part, scratch, n, count);
    for (size_t r = 0; r < n; r++)
        memcpy(h + r * w->inner + first, part + r * count, count * sizeof *h);
}

static void mlp_hidden(hr_real *h, const hr_real *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, hr_real *scratch) {
    for (size_t i = 0, n; i < rows; i += n) {
        n = rows_at_once(rows - i);
        hidden_rows(h + i * w->inner, x + i * w->width, n, w, first, last, scratch);
    }
}

static void mlp_backward(const hr_mlp *w, const hr_mlp_call *c) {
    size_t d = w->width, inner = w->inner, n = c->n;
    hr_real *dh = c->scratch;
    mlp_parts o = parts_of(c->operands, n, w);
    memcpy(o.x, c->x, n * d * sizeof *o.x);
    memcpy(o.dy, c->dy, n * d * sizeof *o.dy);
    multiply_rows(o.dgate_up, NULL, c->x, w->gate_up, n, 2 * inner, d);
    glu(w, o.h, o.dgate_up, n, inner);
    multiply_rows(dh, NULL, c->dy, w->down_back, n, inner, d);
    glu_backward(w, o.dgate_up, o.dgate_up, dh, n, inner);
    multiply_rows(c->out, c->addend, o.dgate_up, w->gate_up_back, n, d, 2 * inner);
}

/* sums (n x d) += b^T a, of its part of the rows; a (rows x d), b (rows x n). */
static void sum_columns(const hr_mlp_gradient *g, hr_real *sums, const hr_real *a, const hr_real *b,
                        size_t d, size_t n) {
    size_t count, from = hr_kern_part(n, g->part, g->parts, &count);
    if (!sums || !count) return;
    if (g->fresh) memset(sums, 0, count * d * sizeof *sums);
    gemm_tn(&(hr_gemm){sums, NULL, b + from, a, d, n, d, count, d, g->n});
}

static void mlp_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    mlp_parts o = parts_of(g->operands, g->n, w);
    sum_columns(g, g->gate_up, o.x, o.dgate_up, w->width, 2 * w->inner);
    sum_columns(g, g->down, o.dy, o.h, w->width, w->inner);
}

/* ---- down the columns ------------------------------------------------------------------------ */

static void pack_left(hr_real *out, const hr_real *a, size_t row, size_t col, size_t m, size_t k) {
    for (size_t i = 0; i < m; i++)
        for (size_t p = 0; p < k; p++) *out++ = a[i * row + p * col];
}

/* The product of an A by pack_left and a B by rows; `packed` is scratch. */
static void multiply_left(hr_gemm g, hr_real *packed) {
    pack(packed, g.b, g.ldb, 1, g.k, g.n);
    g.b = packed;
    g.lda = g.k;
    gemm(&g);
}

static void mix(const hr_mlp *w, const hr_mlp_call *c) {
    size_t t = w->width, inner = w->inner, n = c->n;
    hr_real *gate_up = c->scratch, *h = gate_up + 2 * inner * n, *packed = h + inner * n;
    const hr_gemm up = {gate_up, NULL, w->gate_up, c->x, n, 0, c->ld, 2 * inner, n, t};
    const hr_gemm down = {c->out, c->addend, w->down, h, c->ld, 0, n, t, n, inner};
    multiply_left(up, packed);
    glu(w, h, gate_up, 1, inner * n);
    multiply_left(down, packed);
}

static void mix_backward(const hr_mlp *w, const hr_mlp_call *c) {
    size_t t = w->width, inner = w->inner, n = c->n, ld = c->ld;
    mlp_parts o = parts_of(c->operands, n, w);
    hr_real *dh = c->scratch, *packed = dh + inner * n;
    const hr_gemm up = {o.dgate_up, NULL, w->gate_up, c->x, n, 0, ld, 2 * inner, n, t};
    const hr_gemm back = {dh, NULL, w->down_back, c->dy, n, 0, ld, inner, n, t};
    const hr_gemm in = {c->out, c->addend, w->gate_up_back, o.dgate_up, ld, 0, n, t, n, 2 * inner};
    for (size_t i = 0; i < t; i++) {
        memcpy(o.x + i * n, c->x + i * ld, n * sizeof *o.x);
        memcpy(o.dy + i * n, c->dy + i * ld, n * sizeof *o.dy);
    }
    multiply_left(up, packed);
    glu(w, o.h, o.dgate_up, 1, inner * n);
    multiply_left(back, packed);
    glu_backward(w, o.dgate_up, o.dgate_up, dh, 1, inner * n);
    multiply_left(in, packed);
}

/* sums (m x t) += a b^T, of its part of the rows; a (m x n), b (t x n). */
static void sum_rows(const hr_mlp_gradient *g, hr_real *sums, const hr_real *a, const hr_real *b,
                     size_t m, size_t t, bool fresh) {
    size_t count, from = hr_kern_part(m, g->part, g->parts, &count);
    if (!sums || !count) return;
    pack(g->scratch, b, 1, g->n, g->n, t);
    multiply_rows(sums, fresh ? NULL : sums, a + from * g->n, g->scratch, count, t, g->n);
}

static void mix_gradient(const hr_mlp *w, const hr_mlp_gradient *g) {
    size_t each = mlp_operands(g->n, w->width, w->inner);
    for (size_t r = 0; r < g->calls; r++) {
        mlp_parts o = parts_of(g->operands + r * each, g->n, w);
        sum_rows(g, g->gate_up, o.dgate_up, o.x, 2 * w->inner, w->width, g->fresh && !r);
        sum_rows(g, g->down, o.h, o.dy, w->inner, w->width, g->fresh && !r);
    }
}
