/* parity_model.c - whole models: forward segments, training steps, gradients, parameters. */
#include "check/parity_model.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "nn/loss.h"
#include "model/checkpoint.h"
#include "regime/segments.h"
#include "regime/step.h"

enum { SEGMENTS = 3, STEPS = 5, ROWS_MAX = 4096 };

/* Everything one case owns. */
typedef struct fixture {
    hr_parity_run *run;
    const json_t *entry, *tolerance; /* of the manifest */
    const char *name;
    int rows;
    hr_spec spec;
    hr_model *model;
    hr_learner *learner; /* of the present part, and what it holds: */
    const hr_segments *halting;
    const hr_batch *batch;
    const hr_real *logits;
    const hr_row_report *reports;
    hr_safetensors eval, train, bf16;
    hr_real *q, *column; /* (rows x 2), (rows x seq) */
    hr_arena arena;
    int delicate; /* steps since some gradient was rounding noise, so that its sign is arbitrary */
} fixture;

/* ---- comparing one array with what a file holds of it --------------------------------------- */

/* How much further two right runs may be apart after a weight moved to the other side: the
 * difference about doubles with every step (measured with two orders of summing the same gradient).
 */
static double spread_since(const fixture *f) {
    return f->delicate > 1 ? pow(2, f->delicate - 1) : 1;
}

static hr_parity_limit absolutely(double tolerance) {
    return (hr_parity_limit){HR_PARITY_ABSOLUTE, tolerance};
}

/* Compares with the file's tensor PREFIX FIELD. */
static void compare(fixture *f, const hr_safetensors *file, const char *prefix, const char *field,
                    const hr_real *got, size_t n, hr_parity_limit limit) {
    char name[HR_PARITY_TEXT];
    snprintf(name, sizeof name, "%s%s", prefix, field);
    hr_parity_match(f->run, file, name, got, n, limit);
}

static void compare_number(fixture *f, const hr_safetensors *file, const char *prefix,
                           const char *field, double got, double relative) {
    char name[HR_PARITY_TEXT];
    snprintf(name, sizeof name, "%s%s", prefix, field);
    const hr_tensor *t = hr_safetensors_find(file, name);
    if (!t || t->count != 1) return;
    double expected = hr_tensor_at(t, 0);
    hr_parity_note(f->run, name, fabs(got - expected), relative * fmax(fabs(expected), 1e-3));
}

static void compare_exactly(fixture *f, const hr_safetensors *file, const char *prefix,
                            const char *field, const int32_t *got, size_t n) {
    char name[HR_PARITY_TEXT];
    snprintf(name, sizeof name, "%s%s", prefix, field);
    const hr_tensor *t = hr_safetensors_find(file, name);
    if (!t) return;
    if (t->count != n) hr_parity_note(f->run, name, INFINITY, 0);
    else hr_parity_integers(f->run, t, got);
}

static double tolerance_of(const fixture *f, const char *key, const char *inner, double otherwise) {
    const json_t *value = json_object_get(f->tolerance, key);
    if (inner) value = json_object_get(value, inner);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* ---- building ------------------------------------------------------------------------------- */

static hr_status read_size(const json_t *config, const char *key, bool required, int *out) {
    int64_t value = *out;
    hr_status status = hr_json_int(config, key, required, 0, 1 << 24, &value);
    *out = (int)value;
    return status;
}

static hr_status read_spec(const json_t *entry, hr_spec *s, int *rows) {
    const json_t *config = json_object_get(entry, "config");
    const char *kind = "", *pos = "";
    bool mlp_t = false;
    *s = hr_spec_defaults();
    s->puzzle_emb_len = 0;
    hr_status status = hr_json_string(entry, "kind", true, &kind);
    if (!status) status = hr_json_string(config, "pos_encodings", true, &pos);
    if (!status) status = read_size(entry, "batch_size", true, rows);
    const struct {
        const char *key;
        int *to;
    } sizes[] = {{"seq_len", &s->seq},
                 {"vocab_size", &s->vocab},
                 {"hidden_size", &s->hidden},
                 {"num_puzzle_identifiers", &s->puzzles},
                 {"num_heads", &s->heads},
                 {"puzzle_emb_ndim", &s->puzzle_emb_ndim},
                 {"H_layers", &s->h_layers},
                 {"L_layers", &s->l_layers},
                 {"H_cycles", &s->h_cycles},
                 {"L_cycles", &s->l_cycles},
                 {"halt_max_steps", &s->halt_max_steps}};
    for (size_t i = 0; !status && i < sizeof sizes / sizeof *sizes; i++)
        status = read_size(config, sizes[i].key, true, sizes[i].to);
    if (!status) status = read_size(config, "puzzle_emb_len", false, &s->puzzle_emb_len);
    if (!status) status = hr_json_number(config, "expansion", true, &s->expansion);
    if (!status) status = hr_json_bool(config, "mlp_t", false, &mlp_t);
    if (!status) status = hr_json_number(config, "rope_theta", false, &s->rope_theta);
    if (!status) status = hr_json_number(config, "rms_norm_eps", false, &s->rms_eps);
    if (status) return status;
    bool trm = !strcmp(kind, "trm");
    if (!trm && strcmp(kind, "hrm"))
        return hr_fail(HR_ERR_FORMAT, "kind \"%.20s\" is not hrm or trm", kind);
    if (*rows < 1 || *rows > ROWS_MAX)
        return hr_fail(HR_ERR_FORMAT, "batch_size %d is not between 1 and %d", *rows, ROWS_MAX);
    s->arch = trm ? HR_ARCH_TRM : HR_ARCH_HRM;
    if (trm) s->h_layers = 0;
    s->mix = mlp_t ? HR_MIX_TOKEN_MLP : HR_MIX_ATTENTION;
    s->pos = !strcmp(pos, "rope")      ? HR_POS_ROPE
             : !strcmp(pos, "learned") ? HR_POS_LEARNED
                                       : HR_POS_NONE;
    return hr_spec_check(s);
}

/* Parameters come from the first of the state files that has them. */
static hr_status load_state(fixture *f) {
    hr_safetensors files[4] = {0};
    size_t count = 0, i;
    const json_t *name;
    hr_status status = HR_OK;
    json_array_foreach(json_object_get(f->entry, "state_files"), i, name) {
        if (status || count == 4 || !json_is_string(name)) continue;
        char *path =
            hr_text_format("%s/models/%s/%s", f->run->dir, f->name, json_string_value(name));
        status = path ? hr_safetensors_open(path, &files[count++]) : HR_ERR_MEM;
        hr_free(path);
    }
    for (int p = 0; !status && p < f->model->table.count; p++) {
        const hr_param *param = &f->model->table.param[p];
        size_t from = 0;
        while (from + 1 < count && !hr_safetensors_find(&files[from], param->name)) from++;
        if (!count) status = hr_fail(HR_ERR_FORMAT, "state_files is empty");
        else status = hr_checkpoint_read_param(&files[from], param, f->model->params);
    }
    for (size_t c = 0; c < count; c++) hr_safetensors_close(&files[c]);
    if (!status) hr_model_pack(f->model, f->run->pool);
    return status;
}

static void layout(void *owner, hr_arena *arena) {
    fixture *f = owner;
    size_t rows = (size_t)f->rows;
    f->q = HR_TAKE(arena, hr_real, rows * 2);
    f->column = HR_TAKE(arena, hr_real, rows * (size_t)f->spec.seq);
}

/* A learner for the next part; optim: NULL where nothing is updated. */
static hr_status begin_part(fixture *f, hr_loss_kind loss, const hr_optim_config *optim) {
    const hr_learner_config config = {
        .regime = &hr_regime_segments,
        .objective = {.loss = loss, .q_weight = 0.5},
        .optim = optim,
        .size = {.rows = f->rows, .micro = f->rows, .shards = 1},
        .logits = true,
    };
    hr_learner_free(f->learner);
    hr_status status = hr_learner_new(f->model, f->run->pool, &config, &f->learner);
    if (status) return status;
    f->halting = (const void *)f->learner->own;
    f->batch = &f->learner->rows.batch;
    f->logits = f->learner->rows.logits;
    f->reports = f->learner->rows.reports;
    return HR_OK;
}

static hr_status open_file(fixture *f, const char *file, hr_safetensors *out) {
    bool there;
    return hr_parity_tensors(f->run, "models", out, &there, "models/%s/%s", f->name, file);
}

static hr_status open_fixture(fixture *f) {
    hr_status status = read_spec(f->entry, &f->spec, &f->rows);
    if (!status) status = hr_model_new(&f->spec, f->run->kern, true, &f->model);
    if (!status) status = load_state(f);
    if (!status) status = open_file(f, "eval_fp32.safetensors", &f->eval);
    if (!status) status = open_file(f, "eval_bf16.safetensors", &f->bf16);
    if (!status) status = open_file(f, "train_fp32.safetensors", &f->train);
    return status ? status : hr_arena_fill(&f->arena, layout, f);
}

static void close_fixture(fixture *f) {
    hr_arena_close(&f->arena);
    hr_safetensors_close(&f->eval);
    hr_safetensors_close(&f->bf16);
    hr_safetensors_close(&f->train);
    hr_learner_free(f->learner);
    hr_model_free(f->model);
}

/* Copies rows (all, or those with take[row]) of the fixture's i-th batch, and checks their values.
 */
static hr_status read_batch(fixture *f, int i, const bool *take, hr_batch *out) {
    char name[64];
    size_t seq = (size_t)f->spec.seq;
    static const char *const fields[] = {"inputs", "labels", "puzzle_identifiers"};
    for (int part = 0; part < 3; part++) {
        size_t width = part == 2 ? 1 : seq;
        snprintf(name, sizeof name, "batch%d.%s", i, fields[part]);
        const hr_tensor *t = hr_safetensors_find(&f->eval, name);
        int32_t *to = part == 0 ? out->inputs : part == 1 ? out->labels : out->ids;
        if (!t || t->count != (size_t)f->rows * width)
            return hr_fail(HR_ERR_FORMAT, "%s is missing or of another size", name);
        double most = part == 2 ? f->spec.puzzles : f->spec.vocab;
        for (size_t at = 0; at < t->count; at++) {
            double value = hr_tensor_at(t, at);
            bool ignored = part == 1 && value == HR_IGNORE;
            if (!ignored && !(value >= 0 && value < most))
                return hr_fail(HR_ERR_FORMAT, "%s holds %g, which is out of range", name, value);
            if (!take || take[at / width]) to[at] = (int32_t)value;
        }
    }
    return HR_OK;
}

/* ---- evaluation ----------------------------------------------------------------------------- */

static const hr_real *column_of(fixture *f, int index) {
    for (int b = 0; b < f->rows; b++) f->column[b] = f->q[2 * b + index];
    return f->column;
}

static void compare_segment(fixture *f, int segment) {
    static const char *const fields[] = {"z_H", "z_L", "logits", "q_halt", "q_continue"};
    size_t rows = (size_t)f->rows, logits = rows * (size_t)f->spec.seq * (size_t)f->spec.vocab;
    size_t state = rows * hr_spec_state(&f->spec);
    char prefix[32], key[64];
    snprintf(prefix, sizeof prefix, "eval.seg%d.", segment);
    hr_parity_begin(f->run, "model", "%s: segment %d", f->name, segment);
    for (int i = 0; i < 5; i++) {
        const hr_real *got = i < 2    ? hr_learner_pull(f->learner, HR_HELD_STATE_H + (hr_held)i)
                             : i == 2 ? f->logits
                                      : column_of(f, i - 3);
        snprintf(key, sizeof key, "%s%s", prefix, fields[i]);
        compare(f, &f->eval, prefix, fields[i], got,
                i < 2    ? state
                : i == 2 ? logits
                         : rows,
                absolutely(tolerance_of(f, key, "fp32_abs", 1e-5)));
    }
    hr_parity_end(f->run);
}

/* Our logits against the published bf16 run: a coarse check, and the only one for bf16 kernels,
 * which round at other places. */
static void compare_bf16(fixture *f, int segment) {
    char name[40], where[64];
    int v = f->spec.vocab;
    size_t tokens = (size_t)f->rows * (size_t)f->spec.seq, same = 0;
    snprintf(name, sizeof name, "eval.seg%d.logits", segment);
    const hr_tensor *t = hr_safetensors_find(&f->bf16, name);
    hr_real *theirs = t && t->count == tokens * (size_t)v ? HR_NEW(hr_real, t->count) : NULL;
    if (!theirs) return;
    for (size_t i = 0; i < t->count; i++) theirs[i] = (hr_real)hr_tensor_at(t, i);
    for (size_t i = 0; i < tokens; i++)
        same += hr_argmax(f->logits + i * (size_t)v, v) == hr_argmax(theirs + i * (size_t)v, v);
    hr_free(theirs);
    hr_parity_begin(f->run, "model", "%s: segment %d near the bf16 run", f->name, segment);
    hr_parity_note(f->run, name, hr_parity_distance(t, f->logits, 1),
                   tolerance_of(f, name, "bf16_rel_l2", 0.5));
    snprintf(where, sizeof where, "%s: other argmax", name);
    hr_parity_note(f->run, where, 1 - (double)same / (double)tokens,
                   1 - tolerance_of(f, name, "bf16_argmax_agree_min", 0.8));
    hr_parity_end(f->run);
}

static hr_status run_eval(fixture *f) {
    hr_status status = begin_part(f, HR_LOSS_STABLEMAX, NULL);
    if (status) return status;
    hr_step_rows *r = &f->learner->rows;
    status = read_batch(f, 0, NULL, &r->batch);
    hr_regime_reset(r, NULL);
    for (int segment = 0; !status && segment < SEGMENTS; segment++) {
        hr_engine *e = f->learner->engine;
        e->ops->forward(e, &r->batch, r->carry, r->logits, f->q);
        if (!f->run->kern->bf16) compare_segment(f, segment);
        compare_bf16(f, segment);
    }
    return status;
}

/* ---- training ------------------------------------------------------------------------------- */

static hr_status compare_grads(fixture *f, const char *file, const char *what) {
    hr_safetensors expected = {0};
    hr_status status = open_file(f, file, &expected);
    if (status || !expected.count) return status;
    double tolerance = tolerance_of(f, "grads_rel_l2", NULL, 1e-4);
    if (f->delicate) tolerance = 1e-2 * spread_since(f); /* as for the outputs */
    const hr_parity_limit limit = {HR_PARITY_RELATIVE_L2, tolerance};
    const hr_real *grads = hr_learner_pull(f->learner, HR_HELD_GRADS);
    hr_parity_begin(f->run, "model", "%s: gradients of %s", f->name, what);
    for (int i = 0; i < f->model->table.count; i++) {
        const hr_param *p = &f->model->table.param[i];
        if (p->kind == HR_PARAM_DENSE)
            compare(f, &expected, "", p->name, grads + p->offset, p->count, limit);
    }
    compare(f, &expected, "", "model.inner.puzzle_emb.local_weights",
            hr_learner_pull(f->learner, HR_HELD_PUZZLES),
            (size_t)f->rows * (size_t)f->spec.puzzle_emb_ndim, limit);
    hr_parity_end(f->run);
    hr_safetensors_close(&expected);
    return HR_OK;
}

/* An update of Adam's kind is nearly lr * sign(gradient): where the gradient is rounding noise, two
 * right computations may step to either side, and later losses differ a little more. */
static void find_noise(fixture *f) {
    const hr_real *grads = hr_learner_pull(f->learner, HR_HELD_GRADS);
    bool noise = false;
    if (f->delicate) { /* two runs that differ go on differing */
        f->delicate++;
        return;
    }
    for (int i = 0; i < f->model->table.count; i++) {
        const hr_param *p = &f->model->table.param[i];
        if (p->kind != HR_PARAM_DENSE) continue;
        const hr_real *g = grads + p->offset;
        double squares = 0;
        for (size_t j = 0; j < p->count; j++) squares += (double)g[j] * (double)g[j];
        double least = 3e-6 * sqrt(squares / (double)p->count);
        for (size_t j = 0; j < p->count; j++)
            if (g[j] != 0 && fabs((double)g[j]) < least) noise = true;
    }
    if (noise) f->delicate = 1;
}

static void compare_params(fixture *f, const hr_safetensors *file, const char *prefix,
                           const hr_real *params, bool dense_only, int steps) {
    const json_t *limits = json_object_get(f->tolerance, "params_after");
    const json_t *dense = json_object_get(f->entry, "optimizer");
    const json_t *sparse = json_object_get(f->entry, "puzzle_emb_optimizer");
    double near = json_number_value(json_object_get(limits, "abs")), checked = 0, outside = 0;
    double share = json_number_value(json_object_get(limits, "fraction_allowed_outside"));
    if (!limits) near = 1e-5;
    if (!limits) share = 1e-3;
    if (f->delicate) share = fmax(share, 5e-3 * spread_since(f));
    for (int i = 0; i < f->model->table.count; i++) {
        const hr_param *p = &f->model->table.param[i];
        if (dense_only && p->kind != HR_PARAM_DENSE) continue;
        const json_t *from = p->kind == HR_PARAM_SPARSE ? sparse : dense;
        double lr = json_number_value(json_object_get(from, "lr"));
        compare(f, file, prefix, p->name, params + p->offset, p->count,
                absolutely(2.1 * lr * steps));
        for (int sampled = 0; sampled < 2; sampled++) {
            char name[HR_PARITY_TEXT];
            snprintf(name, sizeof name, "%s%s%s", prefix, p->name, sampled ? ".sample" : "");
            const hr_tensor *t = hr_safetensors_find(file, name);
            size_t stride = t ? hr_parity_stride(p->count, t->count) : 0;
            for (size_t j = 0; stride && j < t->count; j++, checked++) {
                double d = fabs((double)params[p->offset + j * stride] - hr_tensor_at(t, j));
                outside += !(d <= near);
            }
        }
    }
    if (checked > 0) hr_parity_note(f->run, "share beyond the tolerance", outside / checked, share);
}

static hr_status compare_after(fixture *f, int steps) {
    const hr_real *average = hr_learner_pull(f->learner, HR_HELD_AVERAGE);
    hr_safetensors file = {0};
    hr_status status = open_file(f, "params_after.safetensors", &file);
    char prefix[32];
    snprintf(prefix, sizeof prefix, "after%d.", steps);
    hr_parity_begin(f->run, "model", "%s: parameters after %d", f->name, steps);
    if (!status)
        compare_params(f, &file, prefix, hr_learner_pull(f->learner, HR_HELD_PARAMS), false, steps);
    hr_parity_end(f->run);
    snprintf(prefix, sizeof prefix, "ema%d.", steps);
    hr_parity_begin(f->run, "model", "%s: average after %d", f->name, steps);
    if (!status && average) compare_params(f, &file, prefix, average, true, steps);
    hr_parity_end(f->run);
    hr_safetensors_close(&file);
    return status;
}

static void compare_decisions(fixture *f, const char *prefix, int step) {
    size_t rows = (size_t)f->rows;
    int32_t *halted = HR_NEW(int32_t, rows);
    if (!halted) return;
    for (size_t b = 0; b < rows; b++) halted[b] = f->halting->halted[b];
    hr_parity_begin(f->run, "model", "%s: halting and data of step %d", f->name, step);
    compare_exactly(f, &f->train, prefix, "halted", halted, rows);
    compare_exactly(f, &f->train, prefix, "steps", f->halting->steps, rows);
    compare_exactly(f, &f->train, prefix, "cur_labels", f->batch->labels,
                    rows * (size_t)f->spec.seq);
    compare_exactly(f, &f->train, prefix, "cur_puzzle_identifiers", f->batch->ids, rows);
    hr_parity_end(f->run);
    hr_free(halted);
}

/* As the published metrics: sums over the rows that halted and have a label. */
static void compare_metrics(fixture *f, const char *prefix, double relative) {
    double count = 0, accuracy = 0, exact = 0, q_right = 0, steps = 0, lm = 0, halt = 0, cont = 0;
    for (int b = 0; b < f->rows; b++) {
        const hr_row_report *r = &f->reports[b];
        lm += r->lm_loss;
        halt += r->q_halt_loss;
        cont += r->q_continue_loss;
        if (!f->halting->halted[b] || !r->labelled) continue;
        count++;
        accuracy += (double)r->correct / r->labelled;
        exact += r->exact;
        q_right += (r->q_halt >= 0) == r->exact;
        steps += f->halting->steps[b];
    }
    compare_number(f, &f->train, prefix, "loss", lm + 0.5 * (halt + cont), relative);
    compare_number(f, &f->train, prefix, "metric_lm_loss", lm, relative);
    compare_number(f, &f->train, prefix, "metric_q_halt_loss", halt, relative);
    compare_number(f, &f->train, prefix, "metric_q_continue_loss", cont, relative);
    compare_number(f, &f->train, prefix, "metric_count", count, 1e-9);
    compare_number(f, &f->train, prefix, "metric_accuracy", accuracy, 1e-6);
    compare_number(f, &f->train, prefix, "metric_exact_accuracy", exact, 1e-9);
    compare_number(f, &f->train, prefix, "metric_q_halt_accuracy", q_right, 1e-9);
    compare_number(f, &f->train, prefix, "metric_steps", steps, 1e-9);
}

/* Token losses of our logits under both losses. */
static void compare_token_losses(fixture *f, const char *prefix, double tolerance) {
    static const char *const fields[] = {"tok_loss_stablemax", "tok_loss_softmax"};
    size_t tokens = (size_t)f->rows * (size_t)f->spec.seq;
    for (int kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < tokens; i++) {
            int label = f->batch->labels[i];
            const hr_real *logits = f->logits + i * (size_t)f->spec.vocab;
            f->column[i] = label == HR_IGNORE
                               ? 0
                               : (hr_real)hr_loss_token((hr_loss_kind)kind, logits, f->spec.vocab,
                                                        label, 1, NULL);
        }
        compare(f, &f->train, prefix, fields[kind], f->column, tokens, absolutely(tolerance));
    }
}

static void compare_step(fixture *f, int step) {
    size_t rows = (size_t)f->rows, logits = rows * (size_t)f->spec.seq * (size_t)f->spec.vocab;
    size_t state = rows * hr_spec_state(&f->spec);
    double relative = tolerance_of(f, "train_losses_rel", NULL, 1e-5);
    double absolute = 1e-4; /* after a step, states carry the parameters' own deviations */
    if (f->delicate) relative = 1e-3 * spread_since(f), absolute = 1e-2 * spread_since(f);
    const hr_parity_limit near = absolutely(absolute);
    char prefix[32];
    snprintf(prefix, sizeof prefix, "step%d.", step);
    compare_decisions(f, prefix, step);
    hr_parity_begin(f->run, "model", "%s: losses of step %d%s", f->name, step,
                    f->delicate ? " (noise in an earlier gradient)" : "");
    compare_metrics(f, prefix, relative);
    compare_token_losses(f, prefix, absolute);
    hr_parity_end(f->run);
    hr_parity_begin(f->run, "model", "%s: outputs of step %d", f->name, step);
    for (size_t b = 0; b < rows; b++) f->column[b] = (hr_real)f->reports[b].q_halt;
    compare(f, &f->train, prefix, "q_halt_logits", f->column, rows, near);
    for (size_t b = 0; b < rows; b++) f->column[b] = (hr_real)f->reports[b].q_continue;
    compare(f, &f->train, prefix, "q_continue_logits", f->column, rows, near);
    for (size_t b = 0; b < rows; b++) f->column[b] = (hr_real)f->reports[b].target_q_continue;
    compare(f, &f->train, prefix, "target_q_continue", f->column, rows, near);
    compare(f, &f->train, prefix, "logits", f->logits, logits, near);
    compare(f, &f->train, prefix, "z_H", hr_learner_pull(f->learner, HR_HELD_STATE_H), state, near);
    compare(f, &f->train, prefix, "z_L", hr_learner_pull(f->learner, HR_HELD_STATE_L), state, near);
    hr_parity_end(f->run);
}

/* A step up to the gradients, from the fixture's rows. */
static hr_status one_step(fixture *f, int step, const hr_step_how *how, hr_step_report *report) {
    hr_status status = read_batch(f, step, f->halting->halted, &f->learner->rows.batch);
    if (!status) hr_step_gradients(f->learner, how, report);
    return status;
}

/* The gradients of step 0 with the other loss. */
static hr_status run_softmax(fixture *f) {
    hr_step_report report;
    hr_status status = begin_part(f, HR_LOSS_SOFTMAX, NULL);
    if (!status) status = one_step(f, 0, &(hr_step_how){.size = 1}, &report);
    return status ? status : compare_grads(f, "grads_step0_softmax.safetensors", "step 0, softmax");
}

static hr_status train_steps(fixture *f) {
    const json_t *dense = json_object_get(f->entry, "optimizer");
    const json_t *sparse = json_object_get(f->entry, "puzzle_emb_optimizer");
    const hr_step_how how = {
        .size = 1,
        .lr = json_number_value(json_object_get(dense, "lr")),
        .puzzle_lr = json_number_value(json_object_get(sparse, "lr")),
        .puzzle_decay = json_number_value(json_object_get(sparse, "weight_decay")),
    };
    hr_step_report report;
    hr_status status = HR_OK;
    for (int step = 0; !status && step < STEPS; step++) {
        status = one_step(f, step, &how, &report);
        if (status) break;
        compare_step(f, step);
        if (step == 0) status = compare_grads(f, "grads_step0.safetensors", "step 0");
        if (step == 1) status = compare_grads(f, "grads_step1_sample.safetensors", "step 1");
        find_noise(f);
        hr_step_update(f->learner, &how, &report);
        if (!status) status = compare_after(f, step + 1);
    }
    return status;
}

static hr_status run_train(fixture *f) {
    const json_t *o = json_object_get(f->entry, "optimizer");
    const hr_optim_config config = {
        .kind = HR_OPTIM_ADAM_ATAN2,
        .beta1 = json_number_value(json_object_get(o, "beta1")),
        .beta2 = json_number_value(json_object_get(o, "beta2")),
        .weight_decay = json_number_value(json_object_get(o, "weight_decay")),
        .ema = json_number_value(json_object_get(f->entry, "ema_rate")),
    };
    hr_status status = begin_part(f, HR_LOSS_STABLEMAX, &config);
    return status ? status : train_steps(f);
}

static hr_status run_case(hr_parity_run *run, const json_t *entry) {
    fixture f = {.run = run, .entry = entry};
    f.tolerance = json_object_get(entry, "suggested_tolerance");
    hr_status status = hr_json_string(entry, "name", true, &f.name);
    if (status) return hr_fail_in(status, "manifest.json, models");
    status = open_fixture(&f);
    if (!status && f.eval.count) status = run_eval(&f);
    bool exact = !run->kern->bf16; /* the other fixtures are of float arithmetic */
    if (!status && f.eval.count && exact) status = run_softmax(&f);
    if (!status && f.eval.count && f.train.count && exact) status = run_train(&f);
    close_fixture(&f);
    return status ? hr_fail_in(status, "models/%s", f.name) : HR_OK;
}

hr_status hr_parity_models(hr_parity_run *run) {
    size_t i;
    const json_t *entry;
    hr_status status = HR_OK;
    json_array_foreach(json_object_get(run->manifest, "models"), i, entry) {
        status = run_case(run, entry);
        if (status) break;
    }
    return status;
}
