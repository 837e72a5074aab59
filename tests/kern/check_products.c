/* check_products.c - matrix products, their packing, and the gated MLPs made of them. */
#include <math.h>

#include "check.h"

void check_gemm(const hr_kern *k, dice *d) {
    size_t m = between(d, 1, 70), n = between(d, 1, 70), depth = depth_of(d);
    size_t lda = depth + between(d, 0, 3), ldc = n + between(d, 0, 5);
    bool transposed = between(d, 0, 1);
    term addend = draw_term(d, m * ldc);
    size_t row = transposed ? 1 : n, col = transposed ? depth : 1;
    float *a = numbers(d, m * lda, 1), *b = numbers(d, depth * n, 1), *c = numbers(d, m * ldc, 1);
    float *pack = buffer(k->packed_size(HR_PACK_B, depth, n)), *own = copy(c, m * ldc);
    float *pack_ref = buffer(hr_kern_ref.packed_size(HR_PACK_B, depth, n));
    float *again = copy(c, m * ldc);
    k->pack(pack, b, row, col, depth, n);
    hr_gemm g = {own, addend_of(&addend, own), a, pack, ldc, lda, 0, m, n, depth};
    disturb(), k->gemm(&g);
    hr_kern_ref.pack(pack_ref, rounded(k, b, depth * n), row, col, depth, n);
    hr_gemm ref = {c,    addend_of(&addend, c), rounded(k, a, m * lda), pack_ref, ldc, lda, 0, m, n,
                   depth};
    hr_kern_ref.gemm(&ref);
    same("gemm", own, c, m * ldc, 1e-5,
         sqrt((double)depth) * 10); /* columns past n untouched too */
    float *space = buffer(k->packed_size(HR_PACK_A, m, depth));
    for (size_t i = 1; i < m; i++) memmove(a + i * depth, a + i * lda, depth * sizeof *a);
    g.a = k->pack_a(space, a, m, depth);
    g.c = again;
    g.addend = addend_of(&addend, again);
    disturb(), k->gemm_packed(&g);
    assert_memory_equal(again, own, m * ldc * sizeof *own);
}

void check_gemm_tn(const hr_kern *k, dice *d) {
    size_t m = between(d, 1, 130), n = between(d, 1, 70), depth = depth_of(d);
    size_t lda = m + between(d, 0, 3), ldb = n + between(d, 0, 3), ldc = n + between(d, 0, 5);
    float *a = numbers(d, depth * lda, 1), *b = numbers(d, depth * ldb, 1);
    float *c = numbers(d, m * ldc, 1), *own = copy(c, m * ldc), *before = copy(c, m * ldc);
    hr_gemm g = {own, NULL, a, b, ldc, lda, ldb, m, n, depth};
    disturb(), k->gemm_tn(&g);
    rounded(k, a, depth * lda), rounded(k, b, depth * ldb);
    g.c = c;
    hr_kern_ref.gemm_tn(&g);
    same("gemm_tn", own, c, m * ldc, 1e-5, sqrt((double)depth) * 10);
    memcpy(own, before, m * ldc * sizeof *own);
    float *left = buffer(k->packed_size(HR_PACK_FACTOR, depth, m));
    float *right = buffer(k->packed_size(HR_PACK_FACTOR, depth, n));
    size_t cut = between(d, 0, m / HR_KERN_GRAIN) * HR_KERN_GRAIN;
    k->pack_factor(left, a, lda, depth, m, true);
    k->pack_factor(right, b, ldb, depth, n, false);
    float *sums = buffer(k->packed_size(HR_PACK_SUMS, m, n));
    hr_gemm product = {
        .c = sums, .addend = sums, .a = left, .b = right, .m = m, .n = n, .k = depth};
    if (depth % 2) { /* what is there is of no meaning */
        product.addend = NULL;
        for (size_t i = 0; i < k->packed_size(HR_PACK_SUMS, m, n); i++) sums[i] = 9;
    }
    hr_gemm below = product;
    below.c += k->packed_size(HR_PACK_SUMS, cut, n);
    if (below.addend) below.addend = below.c;
    disturb(), k->factor_product(&below, cut, m);
    disturb(), k->factor_product(&product, 0, cut);
    float *sum = buffer(m * n), *transposed = buffer(m * n);
    k->collect(sum, sums, m, n, false, false);
    k->collect(transposed, sums, m, n, true, false);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            own[i * ldc + j] += sum[i * n + j];
            assert_true(transposed[j * m + i] == sum[i * n + j]);
        }
    same("factor_product", own, c, m * ldc, 1e-5, sqrt((double)depth) * 10);
}

/* Where a table can cut a packed matrix, the columns from there on are packed as if alone, and what
 * is before is as large as it would be alone. */
void check_packing(const hr_kern *k, dice *d) {
    size_t depth = depth_of(d), n = between(d, 1, 200), from = between(d, 0, n - 1);
    if (between(d, 0, 1)) from = from / HR_KERN_GRAIN * HR_KERN_GRAIN;
    size_t at = k->packed_slice(depth, from), rest = k->packed_size(HR_PACK_B, depth, n - from);
    assert_true(at != SIZE_MAX || from % HR_KERN_GRAIN);
    if (at == SIZE_MAX) return;
    assert_true(at == (from ? k->packed_size(HR_PACK_B, depth, from) : 0));
    assert_true(at + rest == k->packed_size(HR_PACK_B, depth, n));
    float *b = numbers(d, depth * n, 1), *whole = buffer(at + rest), *part = buffer(rest);
    k->pack(whole, b, n, 1, depth, n);
    k->pack(part, b + from, n, 1, depth, n - from);
    assert_memory_equal(part, whole + at, rest * sizeof *part);
}

/* The same product computed over any split of its rows must have the same bits: that is what makes
 * results independent of the number of threads. */
void check_splits(const hr_kern *k, dice *d) {
    enum { M = 61, N = 50, K = 77 };
    float *a = numbers(d, M * K, 1), *b = numbers(d, K * N, 1), *whole = buffer(M * N);
    float *split = buffer(M * N), *pack = buffer(k->packed_size(HR_PACK_B, K, N));
    k->pack(pack, b, N, 1, K, N);
    disturb(), k->gemm(&(hr_gemm){whole, NULL, a, pack, N, K, 0, M, N, K});
    for (size_t cut = 1; cut < M; cut++) {
        k->gemm(&(hr_gemm){split, NULL, a, pack, N, K, 0, cut, N, K});
        k->gemm(&(hr_gemm){split + cut * N, NULL, a + cut * K, pack, N, K, 0, M - cut, N, K});
        assert_memory_equal(split, whole, M * N * sizeof *whole);
    }
}

/* ---- gated MLPs ------------------------------------------------------------------------------ */

hr_mlp mlp_pack(const hr_kern *k, const mlp_case *m) {
    size_t d = m->width, i = m->inner;
    float *out[4];
    for (int j = 0; j < 4; j++) {
        size_t rows = j == 0 ? d : j == 1 ? i : j == 2 ? 2 * i : d; /* summed */
        size_t cols = j == 0 ? 2 * i : j == 1 ? d : j == 2 ? d : i;
        const float *from = j % 2 ? m->down : m->gate_up;
        size_t ld = j % 2 ? i : d;
        out[j] = buffer(m->mixed ? k->packed_size(HR_PACK_A, cols, rows)
                                 : k->packed_size(HR_PACK_B, rows, cols));
        if (m->mixed && j < 2) k->pack_left(out[j], from, ld, 1, cols, rows);
        else if (m->mixed) k->pack_left(out[j], from, 1, ld, cols, rows);
        else if (j == 0) k->pack_gates(out[j], from, d, i);
        else if (j < 2) k->pack(out[j], from, 1, ld, rows, cols);
        else k->pack(out[j], from, ld, 1, rows, cols);
    }
    return (hr_mlp){d, i, m->relu, out[0], out[1], out[2], out[3], 0, 0};
}

/* The output, the gradient at x and the weights' gradients, these in their weight's own layout. */
typedef struct mlp_result {
    float *y, *dx, *gate_up, *down;
} mlp_result;

/* A group of hidden numbers from weights of which no others are packed. */
static void hidden_of_part(const hr_kern *k, const mlp_case *m, const hr_mlp *w, size_t first,
                           const float *x, float *h, float *scratch) {
    size_t count = HR_KERN_GRAIN, d = m->width;
    float *rows = buffer(2 * count * d), *packed = buffer(k->packed_size(HR_PACK_B, d, 2 * count));
    for (size_t up = 0; up < 2; up++)
        memcpy(rows + up * count * d, m->gate_up + (up * m->inner + first) * d,
               count * d * sizeof *rows);
    k->pack_gates(packed, rows, d, count);
    hr_mlp part = *w;
    part.gate_up = packed;
    part.from = first;
    part.held = count;
    disturb(), k->mlp_hidden(h, x, m->n, &part, first, first + count, scratch);
}

/* Shared by two threads, or from weights that are packed a part at a time, the forward must have
 * the same bits. */
static void check_shared(const hr_kern *k, const mlp_case *m, const hr_mlp *w, const float *y,
                         float *scratch) {
    float *h = buffer(k->packed_size(HR_PACK_A, m->n, m->inner));
    float *space = buffer(k->packed_size(HR_PACK_A, m->n, m->width));
    float *own = copy(m->x, m->n * m->width);
    const float *addend = addend_of(&m->addend, own), *x = k->pack_a(space, own, m->n, m->width);
    size_t cut = m->inner / 64 * 32, col = m->width / HR_KERN_GRAIN * HR_KERN_GRAIN;
    if (m->n % 3) {
        disturb(), k->mlp_hidden(h, x, m->n, w, cut, m->inner, scratch);
        disturb(), k->mlp_hidden(h, x, m->n, w, 0, cut, scratch);
    } else
        for (size_t i = 0; i < m->inner; i += HR_KERN_GRAIN)
            hidden_of_part(k, m, w, i, x, h, scratch);
    hr_gemm g = {own, addend, h, w->down, m->width, 0, 0, m->n, col, m->inner};
    disturb();
    if (col) k->gemm_packed(&g);
    g.c += col;
    g.addend = addend ? addend + col : NULL;
    g.b += k->packed_slice(m->inner, col);
    g.n = m->width - col;
    disturb();
    if (g.n) k->gemm_packed(&g);
    assert_memory_equal(own, y, m->n * m->width * sizeof *y);
}

static mlp_result mlp_run(const hr_kern *k, const mlp_case *m, size_t parts) {
    size_t count = m->n * m->width, i2 = 2 * m->inner, d = m->width;
    size_t each = k->mlp_operands(m->n, d, m->inner);
    mlp_result out = {copy(m->x, count), copy(m->x, count), buffer(i2 * d), buffer(m->inner * d)};
    for (size_t i = 0; i < count; i++) out.dx[i] = 1;
    const hr_mlp w = mlp_pack(k, m);
    hr_mlp_call c = {out.y, addend_of(&m->addend, out.y), out.y, m->dy, m->n, m->n, NULL, NULL};
    c.operands = buffer(2 * each);
    c.scratch = buffer(k->mlp_scratch(m->mixed ? HR_USE_MIX : HR_USE_MLP, m->n, d, m->inner));
    hr_mlp_gradient g = {.operands = c.operands, .n = m->n, .calls = 2, .parts = parts};
    float *gate_up = buffer(k->packed_size(HR_PACK_SUMS, i2, d));
    float *down = buffer(k->packed_size(HR_PACK_SUMS, m->inner, d));
    g.fresh = m->n % 2;
    for (size_t i = 0; g.fresh && i < d * i2; i++) gate_up[i] = 9;
    for (size_t i = 0; g.fresh && i < d * m->inner; i++) down[i] = 9;
    disturb(), (m->mixed ? k->mix : k->mlp)(&w, &c); /* in place */
    if (!m->mixed) check_shared(k, m, &w, out.y, c.scratch);
    c.scratch = g.scratch = buffer(k->mlp_scratch(HR_USE_BACKWARD, m->n, d, m->inner));
    c.out = out.dx;
    c.addend = addend_of(&m->addend, out.dx);
    c.x = m->x;
    disturb(), (m->mixed ? k->mix_backward : k->mlp_backward)(&w, &c);
    if (m->mixed) { /* another row's operands, for the gradients alone */
        hr_mlp_call other = c;
        other.out = buffer(count);
        other.addend = NULL;
        other.x = m->dy, other.dy = m->x;
        other.operands += each;
        disturb(), k->mix_backward(&w, &other);
    }
    for (size_t i = 0, has; i < 2 * parts; i++) { /* the parts of one, then of the other */
        g.part = i % parts;
        size_t first = hr_kern_part(i < parts ? i2 : m->inner, g.part, parts, &has);
        g.gate_up = i < parts ? gate_up + k->packed_size(HR_PACK_SUMS, first, d) : NULL;
        g.down = i < parts ? NULL : down + k->packed_size(HR_PACK_SUMS, first, d);
        disturb(), (m->mixed ? k->mix_gradient : k->mlp_gradient)(&w, &g);
    }
    k->collect(out.gate_up, gate_up, i2, d, false, !m->mixed);
    k->collect(out.down, down, m->inner, d, true, !m->mixed);
    return out;
}

void check_mlp(const hr_kern *k, dice *d) {
    mlp_case m = {.n = between(d, 1, 220), .width = between(d, 1, 100)};
    m.inner = 32 * between(d, 1, 4);
    m.mixed = between(d, 0, 1), m.relu = between(d, 0, 1);
    size_t n = m.n * m.width, g = m.inner * m.width;
    m.addend = draw_term(d, n);
    m.x = numbers(d, n, 1), m.dy = numbers(d, n, 1);
    m.gate_up = numbers(d, 2 * g, 0.2), m.down = numbers(d, g, 0.2);
    const mlp_result expected = mlp_run(&hr_kern_ref, &m, 1);
    const mlp_result own = mlp_run(k, &m, between(d, 1, 5));
    double share = k->bf16 ? 0.05 : 1e-5;
    near_to("y", own.y, expected.y, n, share);
    near_to("dx", own.dx, expected.dx, n, share);
    near_to("gradient of gate and up", own.gate_up, expected.gate_up, 2 * g, share);
    near_to("gradient of down", own.down, expected.down, g, share);
}

/* The activation number by number: weights that are the identity hand [gate | up] in and the hidden
 * row out as they are. */
void check_activation(const hr_kern *k, dice *d) {
    mlp_case m = {.n = between(d, 1, 9), .inner = 32 * between(d, 1, 4)};
    m.width = 2 * m.inner;
    m.relu = between(d, 0, 1);
    size_t count = m.n * m.width;
    m.x = numbers(d, count, 3), m.dy = numbers(d, count, 1);
    m.gate_up = buffer(2 * m.inner * m.width), m.down = buffer(m.width * m.inner);
    for (size_t i = 0; i < m.width; i++) m.gate_up[i * m.width + i] = 1;
    for (size_t i = 0; i < m.inner; i++) m.down[i * m.inner + i] = 1;
    rounded(k, m.x, count), rounded(k, m.dy, count);
    const mlp_result expected = mlp_run(&hr_kern_ref, &m, 1), own = mlp_run(k, &m, 1);
    same("activation", own.y, expected.y, count, k->bf16 ? 8e-3 : 4e-6, k->bf16 ? 1e-3 : 1e-6);
    same("gradient at it", own.dx, expected.dx, count, k->bf16 ? 8e-3 : 1e-5, 0.1);
}
