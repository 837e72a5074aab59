/* parity_unit.c - single operations: norm, rope, attention, SwiGLU, losses, optimisers, init.
 *
 * The unit files hold no settings beside their tensors; those that the published runs used when the
 * numbers were made are the constants below. */
#include "check/parity_unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/sort.h"
#include "base/text.h"
#include "nn/block_once.h"
#include "nn/loss.h"
#include "nn/engines.h"

#define FORWARD      2e-6 /* of the largest expected magnitude */
#define GRADIENT     1e-5
#define OPTIMISER    1e-7 /* absolute */
#define RMS_EPS      1e-5
#define SIGN_LR      1e-2
#define SIGN_DECAY   0.1
#define AVERAGE_RATE 0.9

/* A unit file; its tensors as arrays live until the file is done. */
typedef struct unit {
    hr_parity_run *run;
    const hr_kern *kern;
    hr_safetensors file;
    hr_real *owned[64];
    int count;
    hr_status status; /* the first failure; later calls then do nothing */
} unit;

static hr_real *make(unit *u, size_t count) {
    hr_real *p = u->status || u->count == 64 ? NULL : HR_NEW(hr_real, count);
    if (p) u->owned[u->count++] = p;
    else if (!u->status) u->status = hr_fail(HR_ERR_MEM, "out of memory for a fixture");
    return p;
}

/* A tensor that must be there, with so many dimensions. */
static const hr_tensor *need(unit *u, const char *name, int dims) {
    const hr_tensor *t = hr_safetensors_find(&u->file, name);
    if (!u->status && (!t || t->dims != dims || !t->count))
        u->status =
            hr_fail(HR_ERR_FORMAT, "tensor %s is missing or not %d-dimensional", name, dims);
    return t;
}

static hr_real *values(unit *u, const char *name, int dims) {
    const hr_tensor *t = need(u, name, dims);
    hr_real *out = u->status ? NULL : make(u, t->count);
    for (size_t i = 0; out && i < t->count; i++) out[i] = (hr_real)hr_tensor_at(t, i);
    return out;
}

/* Compares with the file's tensor PREFIX NAME. */
static void match(unit *u, const char *prefix, const char *name, const hr_real *got, size_t n,
                  double of_max) {
    const hr_parity_limit limit = {HR_PARITY_OF_MAX, of_max};
    char full[HR_PARITY_TEXT];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    if (!u->status && !hr_parity_match(u->run, &u->file, full, got, n, limit))
        hr_parity_note(u->run, full, INFINITY, of_max);
}

typedef struct layer {
    const hr_real *w; /* (out x in) */
    size_t rows, in, out;
} layer;

/* y (rows x out) = x (rows x in) W^T, and its gradients. */
static void linear(unit *u, const layer *l, hr_real *y, const hr_real *x) {
    size_t rows = l->rows, in = l->in, out = l->out;
    hr_real *pack = make(u, u->kern->packed_size(HR_PACK_B, in, out));
    if (u->status) return;
    u->kern->pack(pack, l->w, 1, in, in, out);
    u->kern->gemm(
        &(hr_gemm){.c = y, .ldc = out, .a = x, .lda = in, .b = pack, .m = rows, .n = out, .k = in});
}

static void linear_backward(unit *u, const layer *l, hr_real *dx, hr_real *dw, const hr_real *dy,
                            const hr_real *x) {
    size_t rows = l->rows, in = l->in, out = l->out;
    hr_real *pack = make(u, u->kern->packed_size(HR_PACK_B, out, in));
    if (u->status) return;
    u->kern->pack(pack, l->w, in, 1, out, in);
    u->kern->gemm(&(hr_gemm){
        .c = dx, .ldc = in, .a = dy, .lda = out, .b = pack, .m = rows, .n = in, .k = out});
    u->kern->gemm_tn(&(hr_gemm){
        .c = dw, .ldc = in, .a = dy, .lda = out, .b = x, .ldb = in, .m = out, .n = in, .k = rows});
}

/* ---- operations ----------------------------------------------------------------------------- */

static void norm_unit(unit *u) {
    const hr_tensor *t = need(u, "x", 2);
    hr_real *x = values(u, "x", 2), *dy = values(u, "dy", 2);
    if (u->status) return;
    size_t rows = (size_t)t->shape[0], d = (size_t)t->shape[1];
    hr_real *y = make(u, t->count), *inv = make(u, rows);
    if (u->status) return;
    u->kern->rms(y, inv, x, rows, d, (hr_real)RMS_EPS);
    match(u, "", "y", y, t->count, FORWARD);
    u->kern->rms_backward(dy, NULL, y, inv, dy, rows, d);
    match(u, "", "dx", dy, t->count, GRADIENT);
}

/* A model, whose angles are compared: they are the ones that are used. */
static hr_model *angles(unit *u, size_t tokens, size_t head_dim) {
    hr_spec spec = hr_spec_defaults();
    spec.seq = (int)tokens;
    spec.vocab = 2;
    spec.puzzle_emb_ndim = 0;
    spec.heads = 1;
    spec.hidden = (int)head_dim;
    hr_model *model = NULL;
    if (!u->status) u->status = hr_spec_check(&spec);
    if (!u->status) u->status = hr_model_new(&spec, u->kern, false, &model);
    return model;
}

/* A published table repeats its first half; position[] picks rows, NULL takes all. */
static void match_table(unit *u, const hr_model *model, const char *name, const hr_real *half,
                        const hr_real *position) {
    const hr_tensor *t = need(u, name, 2);
    hr_real *got = u->status ? NULL : make(u, t->count);
    if (!got) return;
    size_t d = (size_t)t->shape[1], tokens = (size_t)model->spec.seq;
    for (size_t i = 0; i < t->count; i++) {
        size_t row = position ? (size_t)position[i / d] : i / d;
        got[i] = row < tokens ? half[row * (d / 2) + i % d % (d / 2)] : 0;
    }
    hr_parity_absolute(u->run, t, got, FORWARD);
}

static void rotate_unit(unit *u, const hr_model *model, const char *in, const char *out) {
    const hr_tensor *t = need(u, in, 4);
    hr_real *x = values(u, in, 4);
    if (u->status || t->shape[1] > model->spec.seq) return;
    size_t tokens = (size_t)t->shape[1], heads = (size_t)t->shape[2], d = (size_t)t->shape[3];
    const hr_rope rope = {model->cos, model->sin, tokens, heads, d, false};
    for (size_t b = 0; b < (size_t)t->shape[0]; b++)
        u->kern->rope(x + b * tokens * heads * d, heads * d, &rope);
    match(u, "", out, x, t->count, FORWARD);
}

static void rope_unit(unit *u) {
    const hr_tensor *cos = need(u, "cos", 2), *far = need(u, "cos_dim64", 2);
    hr_real *position = values(u, "cos_dim64_positions", 1);
    if (u->status) return;
    hr_model *near = angles(u, (size_t)cos->shape[0], (size_t)cos->shape[1]);
    hr_real last = 0;
    for (size_t i = 0; i < (size_t)far->shape[0]; i++)
        if (position[i] > last) last = position[i];
    hr_model *wide = angles(u, (size_t)fmin((double)last, 1e6) + 1, (size_t)far->shape[1]);
    if (!u->status) {
        match_table(u, near, "cos", near->cos, NULL);
        match_table(u, near, "sin", near->sin, NULL);
        match_table(u, wide, "cos_dim64", wide->cos, position);
        match_table(u, wide, "sin_dim64", wide->sin, position);
        rotate_unit(u, near, "q", "q_out");
        rotate_unit(u, near, "k", "k_out");
    }
    hr_model_free(near);
    hr_model_free(wide);
}

/* The width of a head, which x does not tell: from num_heads in the file's metadata, or from the
 * angles of rope.safetensors, which are of the same heads. 0 after a failure. */
static size_t head_width(unit *u, size_t d) {
    const char *heads = hr_safetensors_meta(&u->file, "num_heads");
    bool there;
    hr_safetensors rope = {0};
    size_t width =
        heads && atoi(heads) > 0 && d % (size_t)atoi(heads) == 0 ? d / (size_t)atoi(heads) : 0;
    if (!width) {
        u->status = hr_parity_tensors(u->run, "unit", &rope, &there, "unit/rope.safetensors");
        const hr_tensor *cos = u->status ? NULL : hr_safetensors_find(&rope, "cos");
        if (cos && cos->dims == 2 && cos->shape[1] > 0) width = (size_t)cos->shape[1];
        hr_safetensors_close(&rope);
    }
    if (!u->status && (!width || d % width || width % 2))
        u->status =
            hr_fail(HR_ERR_FORMAT,
                    "how many heads its %zu channels are is told neither by num_heads in its "
                    "metadata nor by the width of unit/rope.safetensors",
                    d);
    return u->status ? 0 : width;
}

static void attention_case(unit *u, const char *prefix, const hr_model *model, size_t wide) {
    const hr_tensor *t = need(u, "x", 3);
    hr_real *x = values(u, "x", 3), *dy = values(u, "dy", 3);
    hr_real *wqkv = values(u, "qkv_proj.weight", 2), *wo = values(u, "o_proj.weight", 2);
    if (u->status) return;
    size_t batch = (size_t)t->shape[0], tokens = (size_t)t->shape[1], d = (size_t)t->shape[2];
    size_t rows = batch * tokens, heads = d / wide, each = tokens * d;
    hr_real *qkv = make(u, rows * 3 * d), *dqkv = make(u, rows * 3 * d), *out = make(u, rows * d);
    hr_real *y = make(u, rows * d), *dout = make(u, rows * d), *dx = make(u, rows * d);
    hr_real *dwqkv = make(u, 3 * d * d), *dwo = make(u, d * d);
    hr_real *scratch = make(u, u->kern->attention_scratch(tokens, wide, true));
    const hr_head head = {tokens, wide, 3 * d, d, d, (hr_real)(1 / sqrt((double)wide))};
    hr_rope rope = {.tokens = tokens, .heads = 2 * heads, .head_dim = wide};
    if (model) rope.cos = model->cos, rope.sin = model->sin;
    const layer in = {wqkv, rows, d, 3 * d}, back = {wo, rows, d, d};
    linear(u, &in, qkv, x);
    if (u->status) return;
    for (size_t b = 0; b < batch; b++) {
        if (model) u->kern->rope(qkv + b * 3 * each, 3 * d, &rope);
        for (size_t h = 0; h < d; h += wide)
            u->kern->attention(out + b * each + h, qkv + b * 3 * each + h, &head, scratch);
    }
    linear(u, &back, y, out);
    linear_backward(u, &back, dout, dwo, dy, out);
    if (u->status) return;
    rope.inverse = true;
    for (size_t b = 0; b < batch; b++) {
        for (size_t h = 0; h < d; h += wide)
            u->kern->attention_backward(dqkv + b * 3 * each + h, 3 * d, d, dout + b * each + h,
                                        qkv + b * 3 * each + h, &head, scratch);
        if (model) u->kern->rope(dqkv + b * 3 * each, 3 * d, &rope);
    }
    linear_backward(u, &in, dx, dwqkv, dqkv, x);
    match(u, prefix, "y", y, rows * d, FORWARD);
    match(u, prefix, "dx", dx, rows * d, GRADIENT);
    match(u, prefix, "d_qkv_proj.weight", dwqkv, 3 * d * d, GRADIENT);
    match(u, prefix, "d_o_proj.weight", dwo, d * d, GRADIENT);
}

static void attention_unit(unit *u) {
    const hr_tensor *t = need(u, "x", 3);
    size_t wide = u->status ? 0 : head_width(u, (size_t)t->shape[2]);
    hr_model *rope = u->status ? NULL : angles(u, (size_t)t->shape[1], wide);
    if (u->status) return;
    attention_case(u, "rope.", rope, wide);
    attention_case(u, "norope.", NULL, wide);
    hr_model_free(rope);
}

/* The whole MLP, called as blocks do. */
static void swiglu_unit(unit *u) {
    const hr_tensor *t = need(u, "x", 3), *w = need(u, "down_proj.weight", 2);
    hr_real *x = values(u, "x", 3), *dy = values(u, "dy", 3);
    hr_real *w1 = values(u, "gate_up_proj.weight", 2), *w2 = values(u, "down_proj.weight", 2);
    if (u->status) return;
    const hr_kern *k = u->kern;
    size_t d = (size_t)t->shape[2], n = t->count / d, inner = (size_t)w->shape[1];
    if (inner % HR_KERN_GRAIN) {
        u->status = hr_fail(HR_ERR_FORMAT, "hidden numbers are no multiple of %d", HR_KERN_GRAIN);
        return;
    }
    hr_real *y = make(u, n * d), *dx = make(u, n * d);
    hr_real *dw1 = make(u, 2 * inner * d), *dw2 = make(u, inner * d);
    hr_real *up = make(u, k->packed_size(HR_PACK_B, d, 2 * inner));
    hr_real *down = make(u, k->packed_size(HR_PACK_B, inner, d));
    hr_real *up_back = make(u, k->packed_size(HR_PACK_B, 2 * inner, d));
    hr_real *down_back = make(u, k->packed_size(HR_PACK_B, d, inner));
    hr_real *sums1 = make(u, k->packed_size(HR_PACK_SUMS, d, 2 * inner));
    hr_real *sums2 = make(u, k->packed_size(HR_PACK_SUMS, d, inner));
    hr_mlp_call call = {.out = y, .x = x, .dy = dy, .n = n};
    call.operands = make(u, k->mlp_operands(n, d, inner));
    call.scratch = make(u, k->mlp_scratch(HR_USE_BACKWARD, n, d, inner));
    if (u->status) return;
    const hr_mlp mlp = {d, inner, false, up, down, up_back, down_back, 0, 0};
    k->pack_gates(up, w1, d, inner);
    k->pack(down, w2, 1, inner, inner, d);
    k->pack(up_back, w1, d, 1, 2 * inner, d);
    k->pack(down_back, w2, inner, 1, d, inner);
    k->mlp(&mlp, &call);
    match(u, "", "y", y, n * d, FORWARD);
    call.out = dx;
    k->mlp_backward(&mlp, &call);
    k->mlp_gradient(
        &mlp, &(hr_mlp_gradient){
                  .gate_up = sums1, .down = sums2, .operands = call.operands, .n = n, .parts = 1});
    k->collect(dw1, sums1, 2 * inner, d, false, true);
    k->collect(dw2, sums2, inner, d, true, true);
    match(u, "", "dx", dx, n * d, GRADIENT);
    match(u, "", "d_gate_up_proj.weight", dw1, 2 * inner * d, GRADIENT);
    match(u, "", "d_down_proj.weight", dw2, inner * d, GRADIENT);
}

/* ---- one whole block ------------------------------------------------------------------------ */

static const char *const block_weights[] = {"mlp_t.gate_up_proj.weight", "mlp_t.down_proj.weight",
                                            "mlp.gate_up_proj.weight", "mlp.down_proj.weight"};

static hr_model *block_model(unit *u, size_t tokens, size_t d, size_t inner, size_t inner_t) {
    static const double expansions[] = {1, 2, 2.5, 3, 4, 6, 8};
    hr_spec spec = hr_spec_defaults();
    hr_model *model = NULL;
    spec.arch = HR_ARCH_TRM;
    spec.mix = HR_MIX_TOKEN_MLP;
    spec.pos = HR_POS_NONE;
    spec.seq = (int)tokens;
    spec.hidden = (int)d;
    spec.vocab = 2;
    spec.puzzle_emb_ndim = spec.puzzle_emb_len = spec.h_layers = 0;
    spec.heads = spec.l_layers = 1;
    size_t i = 0;
    for (; i < sizeof expansions / sizeof *expansions; i++) {
        spec.expansion = expansions[i];
        if ((size_t)hr_spec_inner(&spec, (int)d) == inner &&
            (size_t)hr_spec_inner(&spec, (int)tokens) == inner_t)
            break;
    }
    if (i == sizeof expansions / sizeof *expansions)
        u->status =
            hr_fail(HR_ERR_FORMAT, "no expansion gives inner widths %zu and %zu", inner, inner_t);
    if (!u->status) u->status = hr_spec_check(&spec);
    if (!u->status) u->status = hr_model_new(&spec, u->kern, true, &model);
    for (int w = 0; !u->status && w < 4; w++) {
        char name[HR_PARAM_NAME];
        snprintf(name, sizeof name, "model.inner.L_level.layers.0.%s", block_weights[w]);
        const hr_param *p = hr_param_find(&model->table, name);
        const hr_tensor *t = need(u, block_weights[w], 2);
        if (!u->status && (!p || t->count != p->count))
            u->status = hr_fail(HR_ERR_FORMAT, "%s has another size", block_weights[w]);
        for (size_t j = 0; !u->status && j < p->count; j++)
            model->params[p->offset + j] = (hr_real)hr_tensor_at(t, j);
    }
    if (!u->status) hr_model_pack(model, u->run->pool);
    return model;
}

static void run_block(unit *u, const hr_model *m, hr_real *x, hr_real *dy, size_t rows) {
    size_t n = rows * hr_spec_state(&m->spec);
    hr_real *y = make(u, n), *grads = make(u, m->table.dense);
    if (!u->status) u->status = hr_block_once(m, rows, x, y, dy, grads);
    if (u->status) return;
    match(u, "", "y", y, n, FORWARD);
    match(u, "", "dx", dy, n, GRADIENT);
    for (int i = 0; i < 4; i++) {
        char name[HR_PARAM_NAME];
        snprintf(name, sizeof name, "model.inner.L_level.layers.0.%s", block_weights[i]);
        const hr_param *p = hr_param_find(&m->table, name);
        match(u, "d_", block_weights[i], grads + p->offset, p->count, GRADIENT);
    }
}

static void block_unit(unit *u) {
    const hr_tensor *t = need(u, "x", 3);
    const hr_tensor *inner = need(u, "mlp.down_proj.weight", 2);
    const hr_tensor *inner_t = need(u, "mlp_t.down_proj.weight", 2);
    hr_real *x = values(u, "x", 3), *dy = values(u, "dy", 3);
    if (u->status) return;
    hr_model *m = block_model(u, (size_t)t->shape[1], (size_t)t->shape[2], (size_t)inner->shape[1],
                              (size_t)inner_t->shape[1]);
    if (!u->status) run_block(u, m, x, dy, (size_t)t->shape[0]);
    hr_model_free(m);
}

/* ---- losses --------------------------------------------------------------------------------- */

/* Notes |got - expected| relative to the expected value (to 1 below it). */
static void match_relative(unit *u, const char *prefix, const char *name, const double *got,
                           size_t n, double limit) {
    char full[HR_PARITY_TEXT];
    snprintf(full, sizeof full, "%s%s", prefix, name);
    const hr_tensor *t = hr_safetensors_find(&u->file, full);
    double worst = t && t->count == n ? 0 : INFINITY;
    for (size_t i = 0; t && t->count == n && i < n; i++) {
        double expected = hr_tensor_at(t, i);
        worst = fmax(worst, fabs(got[i] - expected) / fmax(1, fabs(expected)));
        if (isnan(got[i])) worst = INFINITY;
    }
    hr_parity_note(u->run, full, worst, limit);
}

static void loss_kind(unit *u, const char *kind, hr_loss_kind which, double token_limit) {
    const hr_tensor *t = need(u, "logits", 3);
    hr_real *logits = values(u, "logits", 3), *labels = values(u, "labels", 2);
    hr_real *dlogits = u->status ? NULL : make(u, t->count);
    if (u->status) return;
    size_t rows = (size_t)t->shape[0], seq = (size_t)t->shape[1], v = (size_t)t->shape[2];
    double *losses = HR_NEW(double, rows *seq), total = 0;
    if (!losses) u->status = HR_ERR_MEM;
    for (size_t b = 0; losses && b < rows; b++) {
        int labelled = 0;
        for (size_t i = 0; i < seq; i++) labelled += (int)labels[b * seq + i] != HR_IGNORE;
        for (size_t i = b * seq; i < (b + 1) * seq; i++) {
            int label = (int)labels[i];
            if (label < 0 || label >= (int)v) continue;
            double scale = 1.0 / (labelled ? labelled : 1);
            losses[i] = hr_loss_token(which, logits + i * v, (int)v, label, scale, dlogits + i * v);
            total += losses[i] * scale;
        }
    }
    if (losses) match_relative(u, kind, "token_loss", losses, rows * seq, token_limit);
    match_relative(u, kind, "total", &total, 1, 1e-6);
    match(u, kind, "dlogits", dlogits, t->count, GRADIENT);
    hr_free(losses);
}

static void loss_unit(unit *u) {
    loss_kind(u, "stablemax.", HR_LOSS_STABLEMAX, 1e-9);
    loss_kind(u, "softmax.", HR_LOSS_SOFTMAX, 1e-6);
    const hr_tensor *t = need(u, "bce_logits", 1);
    hr_real *x = values(u, "bce_logits", 1), *target = values(u, "bce_target", 1);
    double *loss = u->status ? NULL : HR_NEW(double, 2 * t->count);
    if (!loss) return;
    for (size_t i = 0; i < t->count; i++) {
        loss[i] = hr_loss_bce((double)x[i], (double)target[i]);
        loss[t->count + i] = hr_sigmoid((double)x[i]) - (double)target[i];
    }
    match_relative(u, "", "bce", loss, t->count, 1e-6);
    match_relative(u, "", "bce_dlogits", loss + t->count, t->count, 1e-6);
    hr_free(loss);
}

/* ---- optimisers ----------------------------------------------------------------------------- */

/* All steps of one setting, which is the beginning of a tensor's name: "lr1e-3_wd0.1.param1". */
static void adam_setting(unit *u, const char *setting, size_t size, double lr, double decay) {
    const hr_tensor *t = need(u, "param0", 2);
    hr_real *p = values(u, "param0", 2);
    hr_real *m = u->status ? NULL : make(u, t->count), *v = u->status ? NULL : make(u, t->count);
    char name[96];
    for (int step = 1; !u->status; step++) {
        snprintf(name, sizeof name, "grad%d", step - 1);
        if (!hr_safetensors_find(&u->file, name)) break;
        hr_real *g = values(u, name, 2);
        if (u->status || hr_safetensors_find(&u->file, name)->count != t->count) return;
        hr_adam adam = {.lr = (hr_real)lr, .beta1 = (hr_real)0.9, .beta2 = (hr_real)0.95};
        adam.decay = (hr_real)(lr * decay);
        adam.correct1 = (hr_real)(1 - pow(0.9, step));
        adam.correct2 = (hr_real)(1 - pow(0.95, step));
        u->kern->adam_atan2(p, m, v, g, t->count, &adam);
        const struct {
            const char *field;
            const hr_real *got;
        } parts[] = {{"param", p}, {"exp_avg", m}, {"exp_avg_sq", v}};
        for (int i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "%.*s.%s%d", (int)size, setting, parts[i].field, step);
            const hr_tensor *expected = hr_safetensors_find(&u->file, name);
            if (expected && expected->count == t->count)
                hr_parity_absolute(u->run, expected, parts[i].got, OPTIMISER);
        }
    }
}

static void adam_unit(unit *u) {
    for (size_t i = 0; i < u->file.count && !u->status; i++) {
        const char *name = u->file.tensors[i].name, *end = strstr(name, ".param1");
        char *at;
        if (strncmp(name, "lr", 2) || !end || end[7]) continue;
        double lr = strtod(name + 2, &at);
        if (!strncmp(at, "_wd", 3)) adam_setting(u, name, (size_t)(end - name), lr, atof(at + 3));
    }
}

/* An engine whose model has little more than a table of puzzle vectors. */
static hr_engine *table_engine(unit *u, size_t puzzles, size_t width, int rows, hr_model **model) {
    hr_spec spec = hr_spec_defaults();
    hr_engine *engine = NULL;
    spec.vocab = 2;
    spec.seq = spec.heads = 1;
    spec.puzzles = (int)puzzles;
    spec.hidden = spec.puzzle_emb_ndim = (int)width;
    u->status = hr_spec_check(&spec);
    if (!u->status) u->status = hr_model_new(&spec, u->kern, true, model);
    const hr_engine_size size = {.micro = rows, .rows = rows, .shards = 1};
    if (!u->status)
        u->status = hr_engine_new(hr_engines[0], *model, u->run->pool, &size, NULL, &engine);
    return engine;
}

static void sign_unit(unit *u) {
    const hr_tensor *w = need(u, "weights", 2), *g = need(u, "grad", 2);
    const hr_tensor *after = need(u, "weights_after", 2);
    hr_real *weights = values(u, "weights", 2), *grad = values(u, "grad", 2);
    hr_real *id_values = values(u, "ids", 1);
    if (u->status || w->shape[1] != g->shape[1]) return;
    int rows = (int)g->shape[0];
    hr_model *model = NULL;
    int32_t *ids = HR_NEW(int32_t, rows);
    hr_engine *e = table_engine(u, (size_t)w->shape[0], (size_t)w->shape[1], rows, &model);
    if (!u->status && !ids) u->status = HR_ERR_MEM;
    if (!u->status) {
        const hr_param *p = hr_param_find(&model->table, "model.inner.puzzle_emb.weights");
        for (int i = 0; i < rows; i++) ids[i] = (int32_t)id_values[i];
        memcpy(model->params + p->offset, weights, w->count * sizeof *weights);
        e->ops->push(e, NULL, HR_HELD_PUZZLES, grad);
        e->ops->update_puzzles(e, &(hr_batch){.rows = rows, .ids = ids}, SIGN_LR, SIGN_DECAY);
        const hr_real *params = e->ops->pull(e, NULL, HR_HELD_PARAMS);
        hr_parity_absolute(u->run, after, params + p->offset, OPTIMISER);
    }
    hr_engine_free(e);
    hr_model_free(model);
    hr_free(ids);
}

static void average_unit(unit *u) {
    hr_real *average = values(u, "w0", 2);
    for (int i = 1; !u->status; i++) {
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        if (!hr_safetensors_find(&u->file, name)) return;
        hr_real *w = values(u, name, 2);
        snprintf(name, sizeof name, "ema%d", i);
        const hr_tensor *t = need(u, name, 2);
        if (u->status) return;
        u->kern->ema(average, w, t->count, AVERAGE_RATE);
        hr_parity_absolute(u->run, t, average, OPTIMISER);
    }
}

/* ---- tables in JSON ------------------------------------------------------------------------- */

static void schedule_table(hr_parity_run *run, const json_t *root) {
    size_t i;
    json_t *row;
    json_array_foreach(root, i, row) {
        double v[4], expected = json_number_value(json_object_get(row, "lr"));
        static const char *const keys[] = {"base_lr", "warmup", "total", "min_ratio"};
        for (int k = 0; k < 4; k++) v[k] = json_number_value(json_object_get(row, keys[k]));
        int64_t step = json_integer_value(json_object_get(row, "step"));
        double got = hr_schedule(v[0], step, (int64_t)v[1], (int64_t)v[2], v[3]);
        char where[64];
        snprintf(where, sizeof where, "step %lld of %.0f", (long long)step, v[2]);
        hr_parity_note(run, where, fabs(got - expected), 1e-12 * fmax(fabs(expected), 1e-12));
    }
}

static void width_table(hr_parity_run *run, const json_t *root) {
    const char *width, *expansion;
    json_t *row, *value;
    json_object_foreach((json_t *)root, width, row) json_object_foreach(row, expansion, value) {
        char where[64];
        snprintf(where, sizeof where, "width %.20s, expansion %.20s", width, expansion);
        const hr_spec spec = {.expansion = atof(expansion)};
        double got = hr_spec_inner(&spec, atoi(width));
        hr_parity_note(run, where, fabs(got - json_number_value(value)), 0);
    }
}

/* Moments and quantiles of our draws against those of the published initialiser. */
static void init_table(hr_parity_run *run, const json_t *root) {
    enum { DRAWS = 1 << 18 };
    const char *text, *level;
    json_t *row, *value;
    double *draw = HR_NEW(double, DRAWS);
    if (!draw) return;
    json_object_foreach((json_t *)root, text, row) {
        double std = atof(text), mean = 0, squares = 0, absolute = 0, error = 4 / sqrt(DRAWS);
        hr_rng rng = hr_rng_stream(0, text);
        for (uint64_t i = 0; i < DRAWS; i++) {
            draw[i] = hr_rng_trunc_normal(rng, i) * std;
            mean += draw[i] / DRAWS;
            squares += draw[i] * draw[i] / DRAWS;
            absolute += fabs(draw[i]) / DRAWS;
        }
        qsort(draw, DRAWS, sizeof *draw, hr_sort_ascending);
        hr_parity_note(run, "mean", fabs(mean), error * std);
        double wanted = json_number_value(json_object_get(row, "std"));
        hr_parity_note(run, "std", fabs(sqrt(squares - mean * mean) - wanted), error * std);
        wanted = json_number_value(json_object_get(row, "mean_abs"));
        hr_parity_note(run, "mean_abs", fabs(absolute - wanted), error * std);
        hr_parity_note(run, "bound", fmax(-draw[0], draw[DRAWS - 1]), 2.27369 * std);
        json_object_foreach(json_object_get(row, "quantiles"), level, value) {
            double got = draw[(size_t)(atof(level) * (DRAWS - 1))];
            hr_parity_note(run, level, fabs(got - json_number_value(value)), 4 * error * std);
        }
    }
    hr_free(draw);
}

/* ---- the list ------------------------------------------------------------------------------- */

typedef struct unit_work {
    void (*fn)(unit *);
    unit *u;
} unit_work;

static void do_work(void *context) {
    const unit_work *w = context;
    w->fn(w->u);
}

static hr_status run_tensors(hr_parity_run *run, const char *name, void (*work)(unit *)) {
    bool there;
    unit u = {.run = run, .kern = run->kern};
    hr_status status = hr_parity_tensors(run, "unit", &u.file, &there, "unit/%s.safetensors", name);
    if (status || !there) return status;
    hr_parity_begin(run, "unit", "%s", name);
    hr_pool_call(run->pool, do_work, &(unit_work){work, &u});
    if (u.status) status = hr_fail_in(u.status, "unit/%s.safetensors", name);
    else hr_parity_end(run);
    for (int i = 0; i < u.count; i++) hr_free(u.owned[i]);
    hr_safetensors_close(&u.file);
    return status;
}

static hr_status run_table(hr_parity_run *run, const char *name,
                           void (*work)(hr_parity_run *, const json_t *)) {
    char path[64];
    json_t *root;
    snprintf(path, sizeof path, "unit/%s.json", name);
    hr_status status = hr_parity_json(run, "unit", path, &root);
    if (status || !root) return status;
    hr_parity_begin(run, "unit", "%s", name);
    work(run, root);
    hr_parity_end(run);
    json_decref(root);
    return HR_OK;
}

hr_status hr_parity_units(hr_parity_run *run) {
    static const struct {
        const char *name;
        void (*work)(unit *);
        bool products; /* tolerances are of float products */
    } tensors[] = {{"rms_norm", norm_unit, false},      {"rope", rope_unit, false},
                   {"attention", attention_unit, true}, {"swiglu", swiglu_unit, true},
                   {"mlp_t_block", block_unit, true},   {"losses", loss_unit, false},
                   {"adam_atan2", adam_unit, false},    {"sign_sgd", sign_unit, false},
                   {"ema", average_unit, false}};
    hr_status status = HR_OK;
    for (size_t i = 0; !status && i < sizeof tensors / sizeof *tensors; i++)
        if (!(run->kern->bf16 && tensors[i].products))
            status = run_tensors(run, tensors[i].name, tensors[i].work);
    if (!status) status = run_table(run, "lr_schedule", schedule_table);
    if (!status) status = run_table(run, "swiglu_inner_width", width_table);
    if (!status) status = run_table(run, "trunc_normal", init_table);
    return status;
}
