/* check_rest.c - norms, rotary angles, attention, convolutions, elementwise kernels, optimisers. */
#include <math.h>

#include "check.h"

void check_norm(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 9), w = between(d, 1, 150), n = rows * w;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *y = buffer(n), *own = copy(x, n);
    float *inv = buffer(rows), *inv_own = buffer(rows), *dx = copy(dy, n);
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
}

void check_norm_columns(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 40), w = between(d, 1, 70), ld = w + between(d, 0, 3);
    size_t n = rows * ld;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *own = copy(x, n);
    float *inv = buffer(w), *inv_own = buffer(w), *ds = copy(dy, n);
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
}

void check_rope(const hr_kern *k, dice *d) {
    size_t tokens = between(d, 1, 9), heads = between(d, 1, 5), half = between(d, 1, 33);
    size_t ld = heads * 2 * half + between(d, 0, 7), n = tokens * half;
    float *angle = numbers(d, n, 3), *cosine = buffer(n), *sine = buffer(n);
    for (size_t i = 0; i < n; i++) cosine[i] = cosf(angle[i]), sine[i] = sinf(angle[i]);
    float *x = numbers(d, tokens * ld, 1), *own = copy(x, tokens * ld);
    bool inverse = between(d, 0, 1);
    const hr_rope angles = {cosine, sine, tokens, heads, 2 * half, inverse};
    hr_kern_ref.rope(x, ld, &angles);
    k->rope(own, ld, &angles);
    same("rope", own, x, tokens * ld, 1e-6, 10);
}

void check_attention(const hr_kern *k, dice *d) {
    size_t tokens = between(d, 0, 9) ? between(d, 1, 40) : between(d, 100, 300);
    size_t heads = between(d, 1, 4), width = 2 * between(d, 1, between(d, 0, 4) ? 20 : 40);
    size_t n = tokens * heads * width;
    float *qkv = numbers(d, 3 * n, 1), *dout = numbers(d, n, 1), *out = buffer(n);
    float *own = buffer(n), *dqkv = buffer(3 * n), *dqkv_own = buffer(3 * n);
    float *scratch = buffer(k->attention_scratch(tokens, width, false));
    float *scratch_back = buffer(k->attention_scratch(tokens, width, true));
    float *scratch_ref = buffer(hr_kern_ref.attention_scratch(tokens, width, true));
    hr_head head = {tokens,        width,         3 * heads * width,
                    heads * width, heads * width, 1 / sqrtf((float)width)};
    for (size_t h = 0; h < heads * width; h += width) {
        hr_kern_ref.attention(out + h, qkv + h, &head, scratch_ref);
        disturb(), k->attention(own + h, qkv + h, &head, scratch);
        hr_kern_ref.attention_backward(dqkv + h, head.ld, head.stride, dout + h, qkv + h, &head,
                                       scratch_ref);
        disturb();
        k->attention_backward(dqkv_own + h, head.ld, head.stride, dout + h, qkv + h, &head,
                              scratch_back);
    }
    if (k->bf16) near_to("attention", own, out, n, 0.05);
    else same("attention", own, out, n, 1e-4, 1);
    if (k->bf16) near_to("attention_backward", dqkv_own, dqkv, 3 * n, 0.05);
    else near_to("attention_backward", dqkv_own, dqkv, 3 * n, 1e-4);
}

/* Grids of one row or one column, grids smaller than the taps, channels that fill no vector; any
 * split of the cells has the bits of the whole. */
void check_conv(const hr_kern *k, dice *d) {
    hr_conv g = {.across = 3 + 2 * between(d, 0, 2)};
    bool line = !between(d, 0, 4);
    g.down = line ? 1 : g.across;
    g.rows = line || !between(d, 0, 4) ? 1 : between(d, 1, 13);
    g.cols = between(d, 0, 4) ? between(d, 1, 30) : 1;
    g.d = between(d, 1, 70);
    size_t cells = g.rows * g.cols, n = cells * g.d, taps = g.down * g.across * g.d;
    float *x = numbers(d, n, 1), *dy = numbers(d, n, 1), *w = numbers(d, taps, 1);
    float *y = buffer(n), *own = buffer(n), *split = copy(x, n);
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
}

void check_simple(const hr_kern *k, dice *d) {
    size_t rows = between(d, 1, 40), cols = between(d, 1, 40), n = rows * cols;
    float *a = numbers(d, n, 1), *b = numbers(d, n, 1), *out = buffer(n);
    float *own = buffer(n);
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
}

/* Gradients from 1e-20 to 1e5 and zeros: the update is scale-free, so small ones count as much. */
void check_optimisers(const hr_kern *k, dice *d) {
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
    }
}
