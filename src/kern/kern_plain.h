/* kern_plain.h - packing and operands of tables that multiply plain matrices, B alone in panels of
 * PANEL columns, panel_size(k) numbers each; in kern_ref.c this is their definition. Comes after
 * gemm and gemm_tn, before kern_mlp.h. */

static size_t packed_slice(size_t k, size_t from) {
    return from % PANEL ? SIZE_MAX : from / PANEL * panel_size(k);
}

static size_t packed_size(hr_packing kind, size_t rows, size_t cols) {
    return kind == HR_PACK_B ? (cols + PANEL - 1) / PANEL * panel_size(rows) : rows * cols;
}

static size_t mlp_operands(size_t n, size_t width, size_t inner) {
    return n * (2 * width + 3 * inner);
}

static const hr_real *pack_a(hr_real *space, const hr_real *a, size_t m, size_t k) {
    (void)space, (void)m, (void)k;
    return a;
}

static void gemm_packed(const hr_gemm *g) {
    hr_gemm by_rows = *g;
    by_rows.lda = g->k;
    gemm(&by_rows);
}

static void pack_factor(hr_real *out, const hr_real *a, size_t ld, size_t k, size_t m, bool left) {
    (void)left;
    for (size_t i = 0; i < k; i++) memcpy(out + i * m, a + i * ld, m * sizeof *out);
}

static void factor_product(const hr_gemm *g, size_t first, size_t last) {
    if (!g->addend) memset(g->c, 0, (last - first) * g->n * sizeof *g->c);
    size_t m = g->m, n = g->n;
    gemm_tn(&(hr_gemm){g->c, NULL, g->a + first, g->b, n, m, n, last - first, n, g->k});
}

static void collect(hr_real *c, const hr_real *sums, size_t m, size_t n, bool transposed,
                    bool of_mlp) {
    (void)of_mlp;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) c[transposed ? j * m + i : i * n + j] += sums[i * n + j];
}
