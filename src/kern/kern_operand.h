/* kern_operand.h - operands that several products share, for tables that multiply plain matrices;
 * in kern_ref.c this is their definition. Comes after gemm and gemm_tn. */

static void operand(hr_real *out, const hr_real *a, size_t ld, size_t k, size_t m, bool left) {
    (void)left;
    for (size_t i = 0; i < k; i++) memcpy(out + i * m, a + i * ld, m * sizeof *out);
}

static void operand_product(hr_real *sums, const hr_real *left, const hr_real *right, size_t m,
                            size_t n, size_t k, size_t first, size_t last) {
    gemm_tn(sums + first * n, n, left + first, m, right, n, last - first, n, k);
}

static void collect(hr_real *c, const hr_real *sums, size_t m, size_t n, bool transposed) {
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) c[transposed ? j * m + i : i * n + j] += sums[i * n + j];
}

static const hr_real *pack_a(hr_real *space, const hr_real *a, size_t m, size_t k) {
    (void)space, (void)m, (void)k;
    return a;
}

static void gemm_packed(hr_real *c, size_t ldc, const hr_real *addend, const hr_real *a,
                        const hr_real *panels, size_t m, size_t n, size_t k) {
    gemm(c, ldc, addend, a, k, panels, m, n, k);
}
