/* kern_mlp.h - gated MLPs as products and elementwise passes, for tables that do not fuse them; in
 * kern_ref.c this is their definition. Comes after pack, gemm, gemm_tn, swiglu, relu_glu
 * and PANEL. */

static void glu(const hr_mlp *w, hr_real *h, const hr_real *gate_up, size_t rows, size_t inner) {
    (w->relu ? relu_glu : swiglu)(h, gate_up, rows, inner);
}

static void glu_backward(const hr_mlp *w, hr_real *dgate_up, const hr_real *gate_up,
                         const hr_real *dh, size_t rows, size_t inner) {
    (w->relu ? relu_glu_backward : swiglu_backward)(dgate_up, gate_up, dh, rows, inner);
}

/* What a backward leaves: x and dy (rows x width each), h (rows x inner), dgate_up (rows x 2
 * inner); of `mix` the same with rows and columns exchanged. */
typedef struct mlp_parts {
    hr_real *x, *dy, *h, *dgate_up;
} mlp_parts;

static mlp_parts parts_of(const hr_real *operands, size_t rows, const hr_mlp *w) {
    hr_real *at = (hr_real *)(uintptr_t)operands;
    return (mlp_parts){at, at + rows * w->width, at + 2 * rows * w->width,
                       at + rows * (2 * w->width + w->inner)};
}

/* ---- row by row ------------------------------------------------------------------------------ */

static void pack_gates(hr_real *out, const hr_real *gate_up, size_t width, size_t inner) {
    pack(out, gate_up, 1, width, width, 2 * inner);
}

static void mlp(hr_real *y, const hr_real *addend, const hr_real *x, size_t rows, const hr_mlp *w,
                hr_real *scratch) {
    size_t d = w->width, inner = w->inner;
    hr_real *h = scratch + rows * 2 * inner;
    gemm(scratch, 2 * inner, NULL, x, d, w->gate_up, rows, 2 * inner, d);
    glu(w, h, scratch, rows, inner);
    gemm(y, d, addend, h, inner, w->down, rows, d, inner);
}

static void mlp_hidden(hr_real *h, const hr_real *x, size_t rows, const hr_mlp *w, size_t first,
                       size_t last, hr_real *scratch) {
    size_t d = w->width, count = last - first, panel = hr_kern_panel_count(&TABLE, d);
    hr_real *part = scratch + rows * 2 * count;
    for (size_t i = 0; i < 2; i++)
        gemm(scratch + i * count, 2 * count, NULL, x, d,
             w->gate_up + (i * w->inner + first) / PANEL * panel, rows, count, d);
    glu(w, part, scratch, rows, count);
    for (size_t r = 0; r < rows; r++)
        memcpy(h + r * w->inner + first, part + r * count, count * sizeof *h);
}

static void mlp_backward(hr_real *dx, const hr_real *addend, const hr_real *dy, const hr_real *x,
                         size_t rows, const hr_mlp *w, hr_real *operands, hr_real *scratch) {
    size_t d = w->width, inner = w->inner;
    mlp_parts o = parts_of(operands, rows, w);
    memcpy(o.x, x, rows * d * sizeof *x);
    memcpy(o.dy, dy, rows * d * sizeof *dy);
    gemm(o.dgate_up, 2 * inner, NULL, x, d, w->gate_up, rows, 2 * inner, d);
    glu(w, o.h, o.dgate_up, rows, inner);
    gemm(scratch, inner, NULL, dy, d, w->down_back, rows, inner, d);
    glu_backward(w, o.dgate_up, o.dgate_up, scratch, rows, inner);
    gemm(dx, d, addend, o.dgate_up, 2 * inner, w->gate_up_back, rows, d, 2 * inner);
}

static void slice(size_t n, size_t part, size_t parts, size_t *from, size_t *count) {
    size_t each = (n + parts - 1) / parts, at = each * part < n ? each * part : n;
    *from = at;
    *count = n - at < each ? n - at : each;
}

static void mlp_gradient(hr_real *gate_up, hr_real *down, const hr_real *operands, size_t rows,
                         const hr_mlp *w, size_t part, size_t parts) {
    size_t d = w->width, inner = w->inner, from, count;
    mlp_parts o = parts_of(operands, rows, w);
    slice(2 * inner, part, parts, &from, &count);
    if (count)
        gemm_tn(gate_up + from, 2 * inner, o.x, d, o.dgate_up + from, 2 * inner, d, count, rows);
    slice(inner, part, parts, &from, &count);
    if (count) gemm_tn(down + from, inner, o.dy, d, o.h + from, inner, d, count, rows);
}

/* ---- down the columns ------------------------------------------------------------------------ */

static void pack_left(hr_real *out, const hr_real *a, size_t row, size_t col, size_t m, size_t k) {
    for (size_t i = 0; i < m; i++)
        for (size_t p = 0; p < k; p++) *out++ = a[i * row + p * col];
}

/* c (m x cols) = addend + a (m x k) b (k x cols), a by pack_left; `packed` is scratch. */
static void left(hr_real *c, size_t ldc, const hr_real *addend, const hr_real *a, const hr_real *b,
                 size_t ldb, size_t m, size_t cols, size_t k, hr_real *packed) {
    pack(packed, b, ldb, 1, k, cols);
    gemm(c, ldc, addend, a, k, packed, m, cols, k);
}

static void mix(hr_real *y, const hr_real *addend, const hr_real *x, size_t ld, size_t cols,
                const hr_mlp *w, hr_real *scratch) {
    size_t t = w->width, inner = w->inner;
    hr_real *h = scratch + 2 * inner * cols, *packed = h + inner * cols;
    left(scratch, cols, NULL, w->gate_up, x, ld, 2 * inner, cols, t, packed);
    glu(w, h, scratch, 1, inner * cols);
    left(y, ld, addend, w->down, h, cols, t, cols, inner, packed);
}

static void mix_backward(hr_real *dx, const hr_real *addend, const hr_real *dy, const hr_real *x,
                         size_t ld, size_t cols, const hr_mlp *w, hr_real *operands,
                         hr_real *scratch) {
    size_t t = w->width, inner = w->inner;
    mlp_parts o = parts_of(operands, cols, w);
    hr_real *packed = scratch + inner * cols;
    for (size_t i = 0; i < t; i++) {
        memcpy(o.x + i * cols, x + i * ld, cols * sizeof *x);
        memcpy(o.dy + i * cols, dy + i * ld, cols * sizeof *dy);
    }
    left(o.dgate_up, cols, NULL, w->gate_up, x, ld, 2 * inner, cols, t, packed);
    glu(w, o.h, o.dgate_up, 1, inner * cols);
    left(scratch, cols, NULL, w->down_back, dy, ld, inner, cols, t, packed);
    glu_backward(w, o.dgate_up, o.dgate_up, scratch, 1, inner * cols);
    left(dx, ld, addend, w->gate_up_back, o.dgate_up, cols, t, cols, 2 * inner, packed);
}

static void mix_gradient(hr_real *gate_up, hr_real *down, const hr_real *operands, size_t count,
                         size_t cols, const hr_mlp *w, size_t part, size_t parts,
                         hr_real *scratch) {
    size_t t = w->width, inner = w->inner, from, n;
    for (size_t r = 0; r < count; r++, operands += cols * (2 * t + 3 * inner)) {
        mlp_parts o = parts_of(operands, cols, w);
        slice(2 * inner, part, parts, &from, &n);
        pack(scratch, o.x, 1, cols, cols, t);
        hr_real *sums = gate_up + from * t;
        if (n) gemm(sums, t, sums, o.dgate_up + from * cols, cols, scratch, n, t, cols);
        slice(inner, part, parts, &from, &n);
        pack(scratch, o.dy, 1, cols, cols, t);
        sums = down + from * t;
        if (n) gemm(sums, t, sums, o.h + from * cols, cols, scratch, n, t, cols);
    }
}
