/* check.c - every kernel of every table that this processor runs against the reference, on random
 * shapes, tails and extreme values. A wrong tail here is a wrong model there. Where tiles are all
 * that the processor lacks, the AMX table runs too, emulated (emulate_amx.h), but for times.
 *
 * usage: check [--bench]   (--bench prints each kernel's time and the ratio to the reference) */
#include "test.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/rng.h"
#include "emulate_amx.h"
#include "kern/kern.h"

enum { ROUNDS = 40 };

/* One random case: shapes and values follow from `at` alone, so a failure can be repeated. */
typedef struct dice {
    hr_rng rng;
    uint64_t at;
} dice;

static size_t between(dice *d, size_t low, size_t high) {
    return low + (size_t)hr_rng_below(d->rng, d->at++, high - low + 1);
}

/* Mostly ordinary numbers, some tiny, some large, some zero. */
static float *numbers(dice *d, size_t n, double scale) {
    float *out = HR_NEW(float, n);
    assert_non_null(out);
    for (size_t i = 0; i < n; i++) {
        double x = hr_rng_trunc_normal(d->rng, d->at++) * scale;
        uint64_t kind = hr_rng_below(d->rng, d->at++, 50);
        out[i] = (float)(kind == 0 ? 0 : kind == 1 ? x * 1e-6 : kind == 2 ? x * 30 : x);
    }
    return out;
}

static float *copy(const float *from, size_t n) {
    float *out = HR_NEW(float, n);
    assert_non_null(out);
    memcpy(out, from, n * sizeof *out);
    return out;
}

/* To be called before each kernel that may multiply: a library beside this one uses the tiles of
 * the thread too, and a kernel that counts on finding its own there is killed in that program. */
static void disturb(void) {
    static uint64_t times;
    size_t how = (size_t)hr_rng_below(hr_rng_stream(1, "tiles"), times++, 3);
    if (how) hr_kern_release(), emulate_amx_disturb(how == 2);
}

/* |got - expected| <= tolerance * (|expected| + scale) for every element. */
static void same(const char *what, const float *got, const float *expected, size_t n,
                 double tolerance, double scale) {
    for (size_t i = 0; i < n; i++) {
        double g = (double)got[i], e = (double)expected[i];
        if (fabs(g - e) <= tolerance * (fabs(e) + scale)) continue;
        fail_msg("%s: element %zu of %zu is %.9g, the reference has %.9g", what, i, n, g, e);
    }
}

/* Within bf16's precision (or the share given) as a whole: single numbers may lie further off where
 * large ones cancel. */
static void near_to(const char *what, const float *got, const float *expected, size_t n,
                    double share) {
    double off = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        off += pow((double)got[i] - (double)expected[i], 2);
        size += pow((double)expected[i], 2);
    }
    if (!(off <= share * share * size))
        fail_msg("%s: relative distance %.3g from the reference", what, sqrt(off / size));
}

static void close_to(const char *what, const float *got, const float *expected, size_t n) {
    near_to(what, got, expected, n, 0.05);
}

/* What a product of this table takes in: bf16 is float without its lower half, rounded to nearest,
 * ties to even. The result replaces x. */
static const float *rounded(const hr_kern *k, float *x, size_t n) {
    for (size_t i = 0; k->bf16 && i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
        memcpy(&x[i], &bits, sizeof bits);
    }
    return x;
}

/* What a result is added to, of n numbers: nothing, itself or others. */
typedef struct term {
    size_t kind;
    float *others;
} term;

static term draw_term(dice *d, size_t n) {
    term a = {between(d, 0, 2), NULL};
    if (a.kind == 2) a.others = numbers(d, n, 1);
    return a;
}

static const float *addend_of(const term *a, const float *result) {
    return a->kind == 1 ? result : a->others;
}

/* Mostly small; sometimes deeper than any block that a kernel sums at a time. */
static size_t depth_of(dice *d) {
    return between(d, 0, 15) ? between(d, 1, 90) : between(d, 2000, 2200);
}

static void gemm(const hr_kern *k, dice *d) {
    size_t m = between(d, 1, 70), n = between(d, 1, 70), depth = depth_of(d);
    size_t lda = depth + between(d, 0, 3), ldc = n + between(d, 0, 5);
    bool transposed = between(d, 0, 1);
    term addend = draw_term(d, m * ldc);
    size_t row = transposed ? 1 : n, col = transposed ? depth : 1;
    float *a = numbers(d, m * lda, 1), *b = numbers(d, depth * n, 1), *c = numbers(d, m * ldc, 1);
    float *pack = HR_NEW(float, hr_kern_pack_count(k, depth, n)), *own = copy(c, m * ldc);
    float *before = copy(c, m * ldc);
    float *pack_ref = HR_NEW(float, hr_kern_pack_count(&hr_kern_ref, depth, n));
    k->pack(pack, b, row, col, depth, n);
    disturb(), k->gemm(own, ldc, addend_of(&addend, own), a, lda, pack, m, n, depth);
    hr_kern_ref.pack(pack_ref, rounded(k, b, depth * n), row, col, depth, n);
    hr_kern_ref.gemm(c, ldc, addend_of(&addend, c), rounded(k, a, m * lda), lda, pack_ref, m, n,
                     depth);
    same("gemm", own, c, m * ldc, 1e-5,
         sqrt((double)depth) * 10); /* columns past n untouched too */
    float *space = HR_NEW(float, hr_kern_left_count(k, m, depth)), *again = copy(before, m * ldc);
    for (size_t i = 1; i < m; i++) memmove(a + i * depth, a + i * lda, depth * sizeof *a);
    const float *left = k->pack_a(space, a, m, depth);
    disturb(), k->gemm_packed(again, ldc, addend_of(&addend, again), left, pack, m, n, depth);
    assert_memory_equal(again, own, m * ldc * sizeof *own);
    hr_free(space), hr_free(again), hr_free(before), hr_free(addend.others);
    hr_free(a), hr_free(b), hr_free(c), hr_free(own), hr_free(pack), hr_free(pack_ref);
}

static void gemm_tn(const hr_kern *k, dice *d) {
    size_t m = between(d, 1, 130), n = between(d, 1, 70), depth = depth_of(d);
    size_t lda = m + between(d, 0, 3), ldb = n + between(d, 0, 3), ldc = n + between(d, 0, 5);
    float *a = numbers(d, depth * lda, 1), *b = numbers(d, depth * ldb, 1);
    float *c = numbers(d, m * ldc, 1), *own = copy(c, m * ldc), *before = copy(c, m * ldc);
    disturb(), k->gemm_tn(own, ldc, a, lda, b, ldb, m, n, depth);
    hr_kern_ref.gemm_tn(c, ldc, rounded(k, a, depth * lda), lda, rounded(k, b, depth * ldb), ldb, m,
                        n, depth);
    same("gemm_tn", own, c, m * ldc, 1e-5, sqrt((double)depth) * 10);
    memcpy(own, before, m * ldc * sizeof *own);
    float *left = HR_NEW(float, hr_kern_operand_count(k, depth, m));
    float *right = HR_NEW(float, hr_kern_operand_count(k, depth, n));
    size_t cut = between(d, 0, m / k->sums_edge) * k->sums_edge;
    k->operand(left, a, lda, depth, m, true);
    k->operand(right, b, ldb, depth, n, false);
    float *sums = HR_NEW(float, hr_kern_sums_count(k, m, n));
    disturb(), k->operand_product(sums, left, right, m, n, depth, cut, m);
    disturb(), k->operand_product(sums, left, right, m, n, depth, 0, cut);
    float *sum = HR_NEW(float, m *n), *transposed = HR_NEW(float, m *n);
    k->collect(sum, sums, m, n, false);
    k->collect(transposed, sums, m, n, true);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++) {
            own[i * ldc + j] += sum[i * n + j];
            assert_true(transposed[j * m + i] == sum[i * n + j]);
        }
    same("operand_product", own, c, m * ldc, 1e-5, sqrt((double)depth) * 10);
    hr_free(left), hr_free(right), hr_free(before);
    hr_free(sums), hr_free(sum), hr_free(transposed);
    hr_free(a), hr_free(b), hr_free(c), hr_free(own);
}

static void norm(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 9), w = between(d, 1, 150), n = rows * w;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *y = HR_NEW(float, n), *own = copy(x, n);
    float *inv = HR_NEW(float, rows), *inv_own = HR_NEW(float, rows), *dx = copy(dy, n);
    term addend = draw_term(d, n);
    hr_kern_ref.rms(y, inv, x, rows, w, 1e-5f);
    k->rms(own, inv_own, own, rows, w, 1e-5f); /* in place, as it is used */
    same("rms", own, y, n, 2e-6, 1e-6);
    same("rms, inverse", inv_own, inv, rows, 2e-6, 0);
    const float *given = copy(dy, n);
    hr_kern_ref.rms_backward(dx, addend_of(&addend, dx), y, inv, given, rows, w);
    k->rms_backward(dy, addend_of(&addend, dy), y, inv, dy, rows, w);
    for (size_t r = 0; r < rows; r++)
        same("rms_backward", dy + r * w, dx + r * w, w, 1e-5, (double)inv[r] * 10);
    hr_free(x), hr_free(dy), hr_free(y), hr_free(own), hr_free(inv), hr_free(inv_own), hr_free(dx);
    hr_free((void *)(uintptr_t)given), hr_free(addend.others);
}

static void swiglu(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 9), inner = between(d, 1, 150), n = rows * inner;
    float *gate_up = numbers(d, 2 * n, 3), *dh = numbers(d, n, 1), *h = HR_NEW(float, n);
    float *own = HR_NEW(float, n), *dg = HR_NEW(float, 2 * n);
    hr_kern_ref.swiglu(h, gate_up, rows, inner);
    k->swiglu(own, gate_up, rows, inner);
    same("swiglu", own, h, n, 4e-6, 1e-6);
    hr_kern_ref.swiglu_backward(dg, gate_up, dh, rows, inner);
    k->swiglu_backward(gate_up, gate_up, dh, rows, inner);
    same("swiglu_backward", gate_up, dg, 2 * n, 1e-5, 0.1);
    hr_free(gate_up), hr_free(dh), hr_free(h), hr_free(own), hr_free(dg);
}

/* A gated MLP's output, input gradient and weight gradients (each in its weight's own layout) in
 * one buffer: by rows of x (rows x width), or with `mixed` down its columns (width x rows). */
typedef struct mlp_case {
    size_t rows, width, inner;
    bool mixed, relu;
    term addend;                    /* of the output and of the gradient */
    float *x, *dy, *gate_up, *down; /* weights (2 inner x width), (width x inner) */
} mlp_case;

static size_t mlp_results(const mlp_case *m) {
    return 2 * m->rows * m->width + 3 * m->inner * m->width;
}

static void mlp_pack(const hr_kern *k, const mlp_case *m, float *out[4], hr_mlp *w) {
    size_t d = m->width, i = m->inner;
    for (int j = 0; j < 4; j++) {
        size_t rows = j == 0 ? d : j == 1 ? i : j == 2 ? 2 * i : d; /* summed */
        size_t cols = j == 0 ? 2 * i : j == 1 ? d : j == 2 ? d : i;
        const float *from = j % 2 ? m->down : m->gate_up;
        size_t ld = j % 2 ? i : d;
        out[j] = HR_NEW(float, m->mixed ? hr_kern_left_count(k, cols, rows)
                                        : hr_kern_pack_count(k, rows, cols));
        if (m->mixed && j < 2) k->pack_left(out[j], from, ld, 1, cols, rows);
        else if (m->mixed) k->pack_left(out[j], from, 1, ld, cols, rows);
        else if (j == 0) k->pack_gates(out[j], from, d, i);
        else if (j < 2) k->pack(out[j], from, 1, ld, rows, cols);
        else k->pack(out[j], from, ld, 1, rows, cols);
    }
    *w = (hr_mlp){d, i, m->relu, out[0], out[1], out[2], out[3]};
}

static void mlp_run(const hr_kern *k, const mlp_case *m, size_t parts, float *out) {
    size_t n = m->rows * m->width, g = 2 * m->inner * m->width;
    float *packed[5], *gate_up_sums = HR_NEW(float, hr_kern_sums_count(k, 2 * m->inner, m->width));
    float *down_sums = HR_NEW(float, hr_kern_sums_count(k, m->inner, m->width));
    float *scratch = HR_NEW(float, hr_kern_mlp_scratch(k, m->rows, m->width, m->inner));
    size_t each = hr_kern_mlp_operands(k, m->rows, m->width, m->inner);
    float *operands = HR_NEW(float, 2 * each);
    float *y = out, *dx = out + n, *gate_up = dx + n, *down = gate_up + g;
    hr_mlp w;
    mlp_pack(k, m, packed, &w);
    packed[4] = HR_NEW(float, n);
    memset(out, 0, mlp_results(m) * sizeof *out);
    memcpy(y, m->x, n * sizeof *y); /* in place */
    for (size_t i = 0; i < n; i++) dx[i] = 1;
    if (m->mixed) {
        disturb(), k->mix(y, addend_of(&m->addend, y), y, m->rows, m->rows, &w, scratch);
        disturb();
        k->mix_backward(dx, addend_of(&m->addend, dx), m->dy, m->x, m->rows, m->rows, &w, operands,
                        scratch);
        disturb();
        k->mix_backward(packed[4], NULL, m->x, m->dy, m->rows, m->rows, &w, operands + each,
                        scratch); /* another row's operands, for the gradients alone */
        for (size_t p = 0; p < parts; p++)
            disturb(), k->mix_gradient(gate_up_sums, down_sums, operands, 2, m->rows, &w, p, parts,
                                       scratch);
        k->collect(gate_up, gate_up_sums, 2 * m->inner, m->width, false);
        k->collect(down, down_sums, m->inner, m->width, true);
    } else {
        float *h = HR_NEW(float, hr_kern_left_count(k, m->rows, m->inner));
        float *space = HR_NEW(float, hr_kern_left_count(k, m->rows, m->width));
        float *shared = copy(y, n);
        const float *addend = addend_of(&m->addend, shared),
                    *x = k->pack_a(space, y, m->rows, m->width);
        size_t cut = m->inner / 64 * 32, col = m->width / k->panel * k->panel;
        disturb();
        k->mlp_hidden(h, x, m->rows, &w, cut, m->inner, scratch); /* shared by two threads */
        disturb(), k->mlp_hidden(h, x, m->rows, &w, 0, cut, scratch);
        disturb(), k->gemm_packed(shared, m->width, addend, h, w.down, m->rows, col, m->inner);
        disturb();
        k->gemm_packed(shared + col, m->width, addend ? addend + col : NULL, h,
                       w.down + col / k->panel * hr_kern_panel_count(k, m->inner), m->rows,
                       m->width - col, m->inner);
        disturb(), k->mlp(y, addend_of(&m->addend, y), y, m->rows, &w, scratch);
        assert_memory_equal(shared, y, n * sizeof *y);
        hr_free(h), hr_free(space), hr_free(shared);
        disturb();
        k->mlp_backward(dx, addend_of(&m->addend, dx), m->dy, m->x, m->rows, &w, operands, scratch);
        for (size_t p = 0; p < parts; p++)
            disturb(), k->mlp_gradient(gate_up_sums, down_sums, operands, m->rows, &w, p, parts);
        k->collect(gate_up, gate_up_sums, m->width, 2 * m->inner, true);
        k->collect(down, down_sums, m->width, m->inner, false);
    }
    for (int i = 0; i < 5; i++) hr_free(packed[i]);
    hr_free(scratch), hr_free(operands), hr_free(gate_up_sums), hr_free(down_sums);
}

static void mlp(const hr_kern *k, dice *d) {
    mlp_case m = {.rows = between(d, 1, 130), .width = between(d, 1, 100)};
    m.inner = 32 * between(d, 1, 4);
    m.mixed = between(d, 0, 1), m.relu = between(d, 0, 1);
    size_t n = m.rows * m.width, g = m.inner * m.width;
    m.addend = draw_term(d, n);
    m.x = numbers(d, n, 1), m.dy = numbers(d, n, 1);
    m.gate_up = numbers(d, 2 * g, 0.2), m.down = numbers(d, g, 0.2);
    float *expected = HR_NEW(float, mlp_results(&m)), *own = HR_NEW(float, mlp_results(&m));
    mlp_run(&hr_kern_ref, &m, 1, expected);
    mlp_run(k, &m, between(d, 1, 5), own);
    const char *name[] = {"y", "dx", "gradient of gate and up", "gradient of down"};
    size_t count[] = {n, n, 2 * g, g}, at = 0;
    for (int i = 0; i < 4; at += count[i++]) {
        near_to(name[i], own + at, expected + at, count[i], k->bf16 ? 0.05 : 1e-5);
    }
    hr_free(m.x), hr_free(m.dy), hr_free(m.gate_up), hr_free(m.down);
    hr_free(expected), hr_free(own), hr_free(m.addend.others);
}

static void norm_columns(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 40), w = between(d, 1, 70), ld = w + between(d, 0, 3);
    size_t n = rows * ld;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *own = copy(x, n);
    float *inv = HR_NEW(float, w), *inv_own = HR_NEW(float, w), *ds = copy(dy, n);
    hr_kern_ref.rms_columns(x, inv, x, ld, rows, w, 1e-5f);
    k->rms_columns(own, inv_own, own, ld, rows, w, 1e-5f);
    same("rms_columns", own, x, n, 4e-6, 1e-6);
    same("rms_columns, inverse", inv_own, inv, w, 4e-6, 0);
    hr_kern_ref.rms_columns_backward(ds, x, inv, ds, ld, rows, w);
    k->rms_columns_backward(dy, x, inv, dy, ld, rows, w);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < w; i++)
            same("rms_columns_backward", dy + r * ld + i, ds + r * ld + i, 1, 1e-5,
                 (double)inv[i] * 10);
    hr_free(x), hr_free(dy), hr_free(own), hr_free(inv), hr_free(inv_own), hr_free(ds);
}

static void rope(const hr_kern *k, dice *d) {
    size_t tokens = between(d, 1, 9), heads = between(d, 1, 5), half = between(d, 1, 33);
    size_t ld = heads * 2 * half + between(d, 0, 7), n = tokens * half;
    float *angle = numbers(d, n, 3), *cosine = HR_NEW(float, n), *sine = HR_NEW(float, n);
    for (size_t i = 0; i < n; i++) cosine[i] = cosf(angle[i]), sine[i] = sinf(angle[i]);
    float *x = numbers(d, tokens * ld, 1), *own = copy(x, tokens * ld);
    bool inverse = between(d, 0, 1);
    hr_kern_ref.rope(x, ld, cosine, sine, tokens, heads, 2 * half, inverse);
    k->rope(own, ld, cosine, sine, tokens, heads, 2 * half, inverse);
    same("rope", own, x, tokens * ld, 1e-6, 10);
    hr_free(angle), hr_free(cosine), hr_free(sine), hr_free(x), hr_free(own);
}

static void attention(const hr_kern *k, dice *d) {
    size_t tokens = between(d, 0, 9) ? between(d, 1, 40) : between(d, 100, 300);
    size_t heads = between(d, 1, 4), width = 2 * between(d, 1, between(d, 0, 4) ? 20 : 40);
    size_t n = tokens * heads * width;
    float *qkv = numbers(d, 3 * n, 1), *dout = numbers(d, n, 1), *out = HR_NEW(float, n);
    float *own = HR_NEW(float, n), *dqkv = HR_NEW(float, 3 * n), *dqkv_own = HR_NEW(float, 3 * n);
    float *scratch = HR_NEW(float, hr_kern_attention_scratch(k, tokens, width) +
                                       hr_kern_attention_scratch(&hr_kern_ref, tokens, width));
    hr_head head = {tokens,        width,         3 * heads * width,
                    heads * width, heads * width, 1 / sqrtf((float)width)};
    for (size_t h = 0; h < heads * width; h += width) {
        hr_kern_ref.attention(out + h, qkv + h, &head, scratch);
        disturb(), k->attention(own + h, qkv + h, &head, scratch);
        hr_kern_ref.attention_backward(dqkv + h, head.ld, head.stride, dout + h, qkv + h, &head,
                                       scratch);
        disturb();
        k->attention_backward(dqkv_own + h, head.ld, head.stride, dout + h, qkv + h, &head,
                              scratch);
    }
    if (k->bf16) close_to("attention", own, out, n);
    else same("attention", own, out, n, 1e-4, 1);
    if (k->bf16) close_to("attention_backward", dqkv_own, dqkv, 3 * n);
    else near_to("attention_backward", dqkv_own, dqkv, 3 * n, 1e-4);
    hr_free(qkv), hr_free(dout), hr_free(out), hr_free(own), hr_free(dqkv), hr_free(dqkv_own);
    hr_free(scratch);
}

/* Grids of one row or one column, grids smaller than the taps, channels that fill no vector; any
 * split of the cells has the bits of the whole. */
static void conv(const hr_kern *k, dice *d) {
    hr_conv g = {.across = 3 + 2 * between(d, 0, 2)};
    bool line = !between(d, 0, 4);
    g.down = line ? 1 : g.across;
    g.rows = line || !between(d, 0, 4) ? 1 : between(d, 1, 13);
    g.cols = between(d, 0, 4) ? between(d, 1, 30) : 1;
    g.d = between(d, 1, 70);
    size_t cells = g.rows * g.cols, n = cells * g.d, taps = g.down * g.across * g.d;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *w = numbers(d, taps, 1);
    float *y = HR_NEW(float, n), *own = HR_NEW(float, n), *split = copy(x, n);
    float *dw = numbers(d, taps, 1), *dw_own = copy(dw, taps);
    const float *addend = between(d, 0, 1) ? dy : NULL;
    size_t cut = between(d, 0, cells), channel = between(d, 0, g.d);
    g.w = w;
    hr_kern_ref.conv(y, addend, x, &g, 0, cells);
    k->conv(own, addend, x, &g, 0, cells);
    k->conv(split, addend, x, &g, cut, cells);
    k->conv(split, addend, x, &g, 0, cut);
    same("conv", own, y, n, 4e-6, 100);
    assert_memory_equal(split, own, n * sizeof *own);
    hr_kern_ref.conv_backward(y, addend ? y : NULL, dy, &g);
    k->conv_backward(own, addend ? own : NULL, dy, &g);
    same("conv_backward", own, y, n, 4e-6, 200);
    hr_kern_ref.conv_gradient(dw, dy, x, &g, 0, g.d);
    k->conv_gradient(dw_own, dy, x, &g, 0, channel);
    k->conv_gradient(dw_own, dy, x, &g, channel, g.d);
    same("conv_gradient", dw_own, dw, taps, 1e-5, 10 * sqrt((double)cells));
    hr_free(x), hr_free(dy), hr_free(w), hr_free(y), hr_free(own), hr_free(split), hr_free(dw);
    hr_free(dw_own);
}

static void simple(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 40), cols = between(d, 1, 40), n = rows * cols;
    float *a = numbers(d, n, 1), *b = numbers(d, n, 1), *out = HR_NEW(float, n);
    float *own = HR_NEW(float, n);
    hr_kern_ref.add(out, a, b, n);
    k->add(own, a, b, n);
    assert_memory_equal(own, out, n * sizeof *own);
    hr_kern_ref.transpose(out, a, rows, cols);
    k->transpose(own, a, rows, cols);
    assert_memory_equal(own, out, n * sizeof *own);
    hr_kern_ref.ema(out, a, n, 0.99);
    k->ema(own, a, n, 0.99);
    same("ema", own, out, n, 1e-6, 1);
    disturb();
    assert_true(k->burn(rows) > 0); /* what `hrm bench` holds times against */
    hr_free(a), hr_free(b), hr_free(out), hr_free(own);
}

/* Gradients from 1e-20 to 1e5 and zeros: the update is scale-free, so small ones count as much. */
static void optimisers(const hr_kern *k, dice *d) {
    size_t n = between(d, 1, 100);
    for (int which = 0; which < 2; which++) {
        float *p = numbers(d, n, 1), *m = numbers(d, n, 0.1), *g = numbers(d, n, 1);
        float *v = numbers(d, n, 0.1);
        for (size_t i = 0; i < n; i++) {
            double scale = pow(10, (double)between(d, 0, 25) - 20);
            g[i] *= (float)scale, m[i] *= (float)scale;
            v[i] = v[i] * v[i] * (float)(scale * scale);
        }
        float *before = copy(m, n), *p2 = copy(p, n), *m2 = copy(m, n), *v2 = copy(v, n);
        hr_adam step = {1e-3f, 0.9f, 0.95f, 1e-8f, 1e-4f, 0.271f, 0.142625f};
        (which ? hr_kern_ref.adamw : hr_kern_ref.adam_atan2)(p, m, v, g, n, &step);
        (which ? k->adamw : k->adam_atan2)(p2, m2, v2, g, n, &step);
        same(which ? "adamw" : "adam_atan2", p2, p, n, 1e-6, 1e-2);
        for (size_t i = 0; i < n; i++) { /* each on its own scale; the sum may cancel */
            double size = fabs((double)before[i]) + fabs((double)g[i]);
            same("first moment", m2 + i, m + i, 1, 1e-6, size);
            same("second moment", v2 + i, v + i, 1, 1e-6, 1e-30);
        }
        hr_free(before);
        hr_free(p), hr_free(m), hr_free(g), hr_free(v), hr_free(p2), hr_free(m2), hr_free(v2);
    }
}

typedef void (*check_fn)(const hr_kern *, dice *);

/* The tables of hr_kern_at, then what can be emulated; NULL past the last. */
static const hr_kern *table_at(int i) {
    const hr_kern *k = hr_kern_at(i);
    return k || !hr_kern_at(i - 1) ? k : emulate_amx();
}

static void run_check(check_fn fn, const char *name) {
    for (int t = 0; table_at(t); t++)
        for (uint64_t round = 0; round < ROUNDS; round++) {
            dice d = {.rng = hr_rng_sub(hr_rng_stream(1, name), round)};
            fn(table_at(t), &d);
        }
}

#define CHECK(name)                                                                                \
    static void check_##name(void **state) {                                                       \
        (void)state;                                                                               \
        run_check(name, #name);                                                                    \
    }
CHECK(gemm)
CHECK(gemm_tn)
CHECK(norm)
CHECK(swiglu)
CHECK(mlp)
CHECK(norm_columns)
CHECK(rope)
CHECK(attention)
CHECK(conv)
CHECK(simple)
CHECK(optimisers)

/* The same product computed over any split of its rows must have the same bits: that is what makes
 * results independent of the number of threads. */
static void rows_do_not_depend_on_their_neighbours(void **state) {
    (void)state;
    enum { M = 61, N = 50, K = 77 };
    dice d = {.rng = hr_rng_stream(2, "rows")};
    float *a = numbers(&d, M * K, 1), *b = numbers(&d, K * N, 1), *whole = HR_NEW(float, M *N);
    float *split = HR_NEW(float, M *N);
    for (int t = 0; table_at(t); t++) {
        const hr_kern *k = table_at(t);
        float *pack = HR_NEW(float, hr_kern_pack_count(k, K, N));
        k->pack(pack, b, N, 1, K, N);
        disturb(), k->gemm(whole, N, NULL, a, K, pack, M, N, K);
        for (size_t cut = 1; cut < M; cut++) {
            k->gemm(split, N, NULL, a, K, pack, cut, N, K);
            k->gemm(split + cut * N, N, NULL, a + cut * K, K, pack, M - cut, N, K);
            assert_memory_equal(split, whole, M * N * sizeof *whole);
        }
        hr_free(pack);
    }
    hr_free(a), hr_free(b), hr_free(whole), hr_free(split);
}

static void unknown_tables_are_refused(void **state) {
    (void)state;
    assert_null(hr_kern_select("sse9"));
    assert_non_null(strstr(hr_error_text(), "sse9"));
    assert_string_equal(hr_kern_select("ref")->name, "ref");
    assert_false(hr_kern_select("float")->bf16);
    if (hr_kern_select("bf16")) assert_true(hr_kern_select("bf16")->bf16);
    else assert_non_null(strstr(hr_error_text(), "cannot run bf16"));
    assert_ptr_equal(hr_kern_at(0), &hr_kern_ref);
}

/* ---- --bench ----------------------------------------------------------------------------------
 */

static double seconds_of(check_fn fn, const hr_kern *k) {
    double best = 1e9;
    for (int repeat = 0; repeat < 5; repeat++) {
        dice d = {.rng = hr_rng_stream(3, "bench")};
        double begin = hr_os_seconds();
        fn(k, &d);
        best = fmin(best, hr_os_seconds() - begin);
    }
    return best;
}

static void bench_gemm(const hr_kern *k, dice *d) {
    enum { M = 656, N = 512, K = 128 };
    static float *a, *b, *c, *pack;
    if (!a) a = numbers(d, M * K, 1), b = numbers(d, K * N, 1), c = HR_NEW(float, M *N);
    if (!pack) pack = HR_NEW(float, hr_kern_pack_count(&hr_kern_ref, K, N) * 2);
    k->pack(pack, b, N, 1, K, N);
    for (int i = 0; i < 4; i++) k->gemm(c, N, NULL, a, K, pack, M, N, K);
}

static void bench_gemm_tn(const hr_kern *k, dice *d) {
    enum { M = 512, N = 128, K = 656 };
    static float *a, *b, *c;
    if (!a) a = numbers(d, M * K, 1), b = numbers(d, K * N, 1), c = HR_NEW(float, M *N);
    for (int i = 0; i < 4; i++) k->gemm_tn(c, N, a, M, b, N, M, N, K);
}

/* Forward, backward and gradients of an MLP whose rows stay in L2. */
static void bench_mlp_case(const hr_kern *k, dice *d, mlp_case m, size_t times, bool train) {
    static mlp_case last;
    static const hr_kern *table;
    static float *packed[4], *scratch, *operands, *y, *dx, *gate_up, *down;
    static hr_mlp w;
    size_t n = m.rows * m.width, g = m.inner * m.width;
    m.x = last.x, m.dy = last.dy, m.gate_up = last.gate_up, m.down = last.down;
    if (memcmp(&m, &last, sizeof m) || table != k) {
        m.x = numbers(d, n, 1), m.dy = numbers(d, n, 1);
        m.gate_up = numbers(d, 2 * g, 0.2), m.down = numbers(d, g, 0.2);
        mlp_pack(k, &m, packed, &w);
        scratch = HR_NEW(float, hr_kern_mlp_scratch(k, m.rows, m.width, m.inner));
        operands = HR_NEW(float, hr_kern_mlp_operands(k, m.rows, m.width, m.inner));
        y = HR_NEW(float, n), dx = HR_NEW(float, n);
        gate_up = HR_NEW(float, hr_kern_sums_count(k, m.width, 2 * m.inner));
        down = HR_NEW(float, hr_kern_sums_count(k, m.width, m.inner));
        last = m, table = k;
    }
    for (size_t i = 0; i < times; i++) {
        if (m.mixed) k->mix(y, NULL, m.x, m.rows, m.rows, &w, scratch);
        else k->mlp(y, NULL, m.x, m.rows, &w, scratch);
        if (!train) continue;
        if (m.mixed) {
            k->mix_backward(dx, dx, m.dy, m.x, m.rows, m.rows, &w, operands, scratch);
            k->mix_gradient(gate_up, down, operands, 1, m.rows, &w, 0, 1, scratch);
        } else {
            k->mlp_backward(dx, dx, m.dy, m.x, m.rows, &w, operands, scratch);
            k->mlp_gradient(gate_up, down, operands, m.rows, &w, 0, 1);
        }
    }
}

enum { BENCH_TIMES = 60 };

static const mlp_case small = {.rows = 328, .width = 128, .inner = 352};
static const mlp_case small_relu = {.rows = 328, .width = 128, .inner = 352, .relu = true};
static const mlp_case mixed = {.rows = 128, .width = 82, .inner = 224, .mixed = true};
static const mlp_case mixed_relu = {
    .rows = 128, .width = 82, .inner = 224, .mixed = true, .relu = true};
static const mlp_case large = {.rows = 328, .width = 512, .inner = 1536};

#define BENCH_MLP(name, which, times, train)                                                       \
    static void bench_##name(const hr_kern *k, dice *d) {                                          \
        bench_mlp_case(k, d, which, times, train);                                                 \
    }
BENCH_MLP(mlp, small, BENCH_TIMES, false)
BENCH_MLP(mlp_train, small, BENCH_TIMES, true)
BENCH_MLP(relu_train, small_relu, BENCH_TIMES, true)
BENCH_MLP(mix, mixed, 4 * BENCH_TIMES, false)
BENCH_MLP(mix_train, mixed, 4 * BENCH_TIMES, true)
BENCH_MLP(mix_relu, mixed_relu, 4 * BENCH_TIMES, true)
BENCH_MLP(mlp_512, large, BENCH_TIMES / 4, false)
BENCH_MLP(mlp_512_train, large, BENCH_TIMES / 4, true)

enum { CONV_TIMES = 100 };

/* 30 x 30 cells, 64 channels: which = 0 forward, 1 backward, 2 gradient of the weights. */
static void bench_conv_case(const hr_kern *k, dice *d, size_t side, int which) {
    static float *x, *y, *w, *dw;
    hr_conv g = {.rows = 30, .cols = 30, .down = side, .across = side, .d = 64};
    size_t n = g.rows * g.cols * g.d, taps = 49 * g.d;
    if (!x) x = numbers(d, n, 1), w = numbers(d, taps, 1), y = copy(x, n), dw = copy(w, taps);
    g.w = w;
    for (int i = 0; i < CONV_TIMES; i++) {
        if (which == 0) k->conv(y, x, x, &g, 0, g.rows * g.cols);
        else if (which == 1) k->conv_backward(y, x, x, &g);
        else k->conv_gradient(dw, y, x, &g, 0, g.d);
    }
}

#define BENCH_CONV(name, side, which)                                                              \
    static void bench_##name(const hr_kern *k, dice *d) {                                          \
        bench_conv_case(k, d, side, which);                                                        \
    }
BENCH_CONV(conv, 3, 0)
BENCH_CONV(conv_back, 3, 1)
BENCH_CONV(conv_gradient, 3, 2)
BENCH_CONV(conv_7, 7, 0)
BENCH_CONV(conv_gradient_7, 7, 2)

static int bench(void) {
    const double conv_flops = 2.0 * 900 * 64 * 9 * CONV_TIMES, conv_7 = conv_flops * 49 / 9;
    const double mlp_flops = 6.0 * 328 * 128 * 352 * BENCH_TIMES;
    const double mix_flops = 6.0 * 128 * 82 * 224 * 4 * BENCH_TIMES;
    const double big_flops = 6.0 * 328 * 512 * 1536 * (BENCH_TIMES / 4);
    const struct {
        const char *name;
        check_fn fn;
        double flops;
    } rows[] = {{"gemm 656x512x128", bench_gemm, 4 * 2.0 * 656 * 512 * 128},
                {"gemm_tn 512x128x656", bench_gemm_tn, 4 * 2.0 * 512 * 128 * 656},
                {"mlp 328x128x352", bench_mlp, mlp_flops},
                {"  forward and back", bench_mlp_train, 3 * mlp_flops},
                {"  with ReLU", bench_relu_train, 3 * mlp_flops},
                {"mix 82x128x224", bench_mix, mix_flops},
                {"  forward and back", bench_mix_train, 3 * mix_flops},
                {"  with ReLU", bench_mix_relu, 3 * mix_flops},
                {"mlp 328x512x1536", bench_mlp_512, big_flops},
                {"  forward and back", bench_mlp_512_train, 3 * big_flops},
                {"conv 3x3, 30x30x64", bench_conv, conv_flops},
                {"  backward", bench_conv_back, conv_flops},
                {"  gradient", bench_conv_gradient, conv_flops},
                {"conv 7x7, 30x30x64", bench_conv_7, conv_7},
                {"  gradient", bench_conv_gradient_7, conv_7}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double ref = seconds_of(rows[i].fn, &hr_kern_ref);
        for (int t = 0; hr_kern_at(t); t++) {
            double s = seconds_of(rows[i].fn, hr_kern_at(t));
            printf("%-20s %-7s %8.1f GFLOP/s  %6.1f x reference\n", rows[i].name,
                   hr_kern_at(t)->name, rows[i].flops / s * 1e-9, ref / s);
        }
    }
    return 0;
}

static int check(void) {
    printf("# tables:");
    for (int t = 0; table_at(t); t++)
        printf(" %s%s", table_at(t)->name, hr_kern_at(t) ? "" : " (emulated)");
    printf("\n");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check_gemm),
        cmocka_unit_test(check_gemm_tn),
        cmocka_unit_test(check_norm),
        cmocka_unit_test(check_swiglu),
        cmocka_unit_test(check_mlp),
        cmocka_unit_test(check_norm_columns),
        cmocka_unit_test(check_rope),
        cmocka_unit_test(check_attention),
        cmocka_unit_test(check_conv),
        cmocka_unit_test(check_simple),
        cmocka_unit_test(check_optimisers),
        cmocka_unit_test(rows_do_not_depend_on_their_neighbours),
        cmocka_unit_test(unknown_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Kernels find their space within a pool's call. */
static void run(void *way) { /* in: 1 to take times; out: as main returns */
    *(int *)way = *(int *)way ? bench() : check();
}

int main(int argc, char **argv) {
    int way = argc > 1 && !strcmp(argv[1], "--bench");
    hr_pool *pool;
    if (hr_pool_new(1, &pool)) return 1;
    hr_pool_call(pool, run, &way);
    hr_pool_free(pool);
    return way;
}
