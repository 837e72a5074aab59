/* test_quantise.c - weights in fewer bytes: whoever deploys a small file must get the model that it
 * was made from, as near as its bytes allow, and the same answers whichever way it is held in
 * memory. */
#include "folder.h"
#include "small_net.h"
#include "test.h"

#include <float.h>
#include <math.h>

#include "base/rng.h"
#include "base/os.h"
#include "model/checkpoint.h"
#include "model/quantise.h"
#include "nn/exec.h"
#include "task/survey.h"

enum { ROWS = 5, SPECS = 4 };

static hr_spec spec_of(int i) {
    if (i < 2) return small(i ? HR_ARCH_TRM : HR_ARCH_HRM, i ? HR_MIX_TOKEN_MLP : HR_MIX_ATTENTION);
    hr_spec s = small(HR_ARCH_LOOP, i == 2 ? HR_MIX_NONE : HR_MIX_ATTENTION);
    s.norm = HR_NORM_PRE;
    s.h_cycles = 1;
    s.puzzle_emb_ndim = 0;
    s.puzzles = 1;
    s.cols = 5;
    if (i == 2) {
        s.pos = HR_POS_NONE;
        s.conv = 3;
        s.hidden = 40; /* in no whole groups of columns */
        s.expansion = 1.3;
    } else {
        s.pos = HR_POS_GRID;
        s.symbols = 10;
        s.symbol_channels = 1;
    }
    OK(hr_spec_check(&s));
    return s;
}

/* A model file of fresh weights. */
static void write_model(const hr_spec *spec, hr_dtype kind, const char *path) {
    hr_tensors owner = {.kind = HR_TENSORS_SAFETENSORS};
    hr_model *model;
    hr_tensor *views, *own;
    hr_task task;
    size_t count;
    OK(hr_model_new(spec, &hr_kern_ref, false, &model));
    hr_model_init(model, 3);
    OK(hr_task_of_sizes(spec->seq, spec->vocab, "grid", &task));
    OK(hr_checkpoint_views(&model->table, model->params, NULL, &views));
    OK(hr_quantise(&model->table, kind, views, &owner, &own, &count));
    OK(hr_checkpoint_write(path, spec, &task, "{}", own, count));
    hr_tensors_close(&owner);
    hr_free(views);
    hr_task_free(&task);
    hr_model_free(model);
}

typedef struct held {
    hr_file file;
    hr_pool *pool;
    hr_model *model;
    hr_task task;
} held;

static hr_status load(const char *path, const hr_kern *kern, bool narrow, bool stays, held *out) {
    char *training;
    OK(hr_os_load(path, &out->file));
    OK(hr_pool_new(stays ? 2 : 1, HR_POOL_SPACE, &out->pool));
    const hr_checkpoint_bytes from = {.bytes = out->file.data,
                                      .size = out->file.size,
                                      .name = path,
                                      .unverified = true,
                                      .narrow = narrow,
                                      .stays = stays};
    hr_status status =
        hr_checkpoint_parse(&from, kern, out->pool, &out->model, &out->task, &training);
    hr_free(training);
    if (!stays) hr_os_unload(&out->file);
    return status;
}

static void let_go(held *h) {
    hr_model_free(h->model);
    hr_task_free(&h->task);
    hr_pool_free(h->pool);
    hr_os_unload(&h->file);
}

/* Logits of two segments of `rows` rows. */
static hr_real *forward(const held *h, int rows, size_t *count) {
    const hr_spec *s = &h->model->spec;
    const hr_rng rng = hr_rng_stream(5, "batch");
    hr_exec *exec;
    hr_real *z[HR_STATES_MAX], q[2 * ROWS];
    hr_batch batch = {.rows = rows};
    size_t cells = (size_t)(rows * s->seq);
    *count = cells * (size_t)hr_spec_outputs(s);
    batch.inputs = HR_NEW(int32_t, cells);
    batch.ids = HR_NEW(int32_t, (size_t)rows);
    for (size_t i = 0; i < cells; i++)
        batch.inputs[i] = (int32_t)hr_rng_below(rng, i, s->symbols ? 1024 : (uint64_t)s->vocab);
    OK(hr_exec_new(h->model, h->pool, &(hr_engine_size){.micro = rows}, &exec));
    for (int i = 0; i < HR_STATES_MAX; i++) {
        z[i] = HR_NEW(hr_real, (size_t)rows * hr_spec_state(s));
        hr_model_initial(h->model, i, z[i], rows);
    }
    hr_real *logits = HR_NEW(hr_real, *count);
    for (int i = 0; i < 2; i++) hr_exec_forward(exec, &batch, z, logits, q);
    for (int i = 0; i < HR_STATES_MAX; i++) hr_free(z[i]);
    hr_free(batch.inputs), hr_free(batch.ids);
    hr_exec_free(exec);
    return logits;
}

/* Expanded a part at a time or all at once, copied or where the file lies, by one thread or shared
 * by two, with any kernels: the same bits. Otherwise int8 on a small machine would answer otherwise
 * than int8 that was evaluated. */
static void narrow_weights_give_the_bits_of_floats(void **state) {
    (void)state;
    for (int i = 0; i < SPECS; i++)
        for (int bf16 = 0; bf16 < 2; bf16++) {
            hr_spec spec = spec_of(i);
            write_model(&spec, bf16 ? HR_BF16 : HR_I8, in_folder("m"));
            for (int t = 0; hr_kern_at(t); t++)
                for (int way = 0; way < 2; way++) {
                    held whole, narrow;
                    size_t count;
                    OK(load(in_folder("m"), hr_kern_at(t), false, true, &whole));
                    OK(load(in_folder("m"), hr_kern_at(t), true, way, &narrow));
                    assert_null(whole.model->narrow);
                    assert_int_equal(narrow.model->narrow_bytes, bf16 ? 2 : 1);
                    assert_true(narrow.model->arena.size < whole.model->arena.size);
                    for (int rows = 1; rows <= ROWS; rows += ROWS - 1) {
                        hr_real *a = forward(&whole, rows, &count);
                        hr_real *b = forward(&narrow, rows, &count);
                        assert_memory_equal(a, b, count * sizeof *a);
                        hr_free(a), hr_free(b);
                    }
                    let_go(&whole);
                    let_go(&narrow);
                }
        }
}

/* fmax would end gcc 12 for arm64 with an internal error. */
static double largest(const hr_real *row, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (fabs((double)row[i]) > most) most = fabs((double)row[i]);
    return most;
}

/* Every weight within half a step of what it was, and what is saved or written again the same file:
 * a model must not decay by being copied. */
static void files_come_back(void **state) {
    (void)state;
    for (int i = 0; i < SPECS; i++)
        for (int bf16 = 0; bf16 < 2; bf16++) {
            const hr_dtype kind = bf16 ? HR_BF16 : HR_I8;
            hr_spec spec = spec_of(i);
            held was, now, narrow;
            hr_tensors owner = {.kind = HR_TENSORS_SAFETENSORS};
            hr_tensor *views, *own;
            hr_file first, saved, again;
            size_t count;
            write_model(&spec, HR_F32, in_folder("fp32"));
            write_model(&spec, kind, in_folder("m"));
            OK(load(in_folder("fp32"), &hr_kern_ref, false, true, &was));
            OK(load(in_folder("m"), &hr_kern_ref, false, true, &now));
            OK(load(in_folder("m"), &hr_kern_ref, true, true, &narrow));
            for (int p = 0; p < was.model->table.count; p++) {
                const hr_param *param = &was.model->table.param[p];
                const hr_real *a = was.model->params + param->offset;
                const hr_real *b = now.model->params + param->offset;
                bool kept = param->role == HR_ROLE_Q_BIAS || param->role == HR_ROLE_STATE ||
                            (!bf16 && param->role == HR_ROLE_HEAD);
                for (size_t r = 0; r < param->rows; r++) {
                    double most = largest(a + r * param->cols, param->cols);
                    for (size_t c = 0; c < param->cols; c++) {
                        double x = (double)a[r * param->cols + c];
                        double step = kept                                    ? 0
                                      : bf16 || param->role == HR_ROLE_PUZZLE ? fabs(x) / 256
                                                                              : most / 126.9 / 2;
                        assert_true(fabs(x - (double)b[r * param->cols + c]) <= step);
                    }
                }
            }
            OK(hr_checkpoint_save(in_folder("saved"), narrow.model, NULL, &narrow.task, "{}"));
            OK(hr_checkpoint_views(&now.model->table, now.model->params, NULL, &views));
            OK(hr_quantise(&now.model->table, kind, views, &owner, &own, &count));
            OK(hr_checkpoint_write(in_folder("again"), &spec, &now.task, "{}", own, count));
            OK(hr_os_load(in_folder("m"), &first));
            OK(hr_os_load(in_folder("saved"), &saved));
            OK(hr_os_load(in_folder("again"), &again));
            assert_int_equal(first.size, again.size);
            assert_memory_equal(first.data, again.data, first.size);
            if (!spec.puzzle_emb_ndim && spec.mix != HR_MIX_TOKEN_MLP && !bf16) {
                assert_int_equal(first.size, saved.size);
                assert_memory_equal(first.data, saved.data, first.size);
            }
            hr_os_unload(&first), hr_os_unload(&saved), hr_os_unload(&again);
            hr_tensors_close(&owner);
            hr_free(views);
            let_go(&was), let_go(&now), let_go(&narrow);
        }
}

/* ---- hostile files --------------------------------------------------------------------------- */

/* The file with the n-th place of `from` changed to `to`, of the same length; its header's checksum
 * is then wrong, which is not looked at. */
static hr_status load_changed(const char *from, const char *to, int n, held *out) {
    hr_file file;
    OK(hr_os_load(in_folder("m"), &file));
    unsigned char *bytes = hr_alloc(file.size), *at = bytes;
    size_t size = strlen(from);
    memcpy(bytes, file.data, file.size);
    for (; n; n--) {
        at = memmem(at + (at > bytes), file.size - (size_t)(at + (at > bytes) - bytes), from, size);
        assert_non_null(at);
    }
    memcpy(at, to, size);
    OK(hr_os_write_file(in_folder("changed"), bytes, file.size));
    hr_os_unload(&file);
    hr_free(bytes);
    return load(in_folder("changed"), &hr_kern_ref, true, true, out);
}

static void refused(hr_status status, const char *says, held *h) {
    assert_int_not_equal(status, HR_OK);
    if (!strstr(hr_error_text(), says)) fail_msg("%s, not: %s", hr_error_text(), says);
    let_go(h);
}

/* Numbers without the scales that they are multiplied by would be another model. */
static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    hr_spec spec = spec_of(1);
    held h;
    write_model(&spec, HR_I8, in_folder("m"));
    refused(load_changed("weight.scale\":{", "weight.scala\":{", 1, &h), "no .scale of", &h);
    refused(load_changed("\"rows\"", "\"cols\"", 1, &h), "has scales by \"cols\"", &h);
    refused(load_changed("\"version\":\"2\"", "\"version\":\"3\"", 1, &h), "versions 1 and 2", &h);
    refused(load_changed("\"scales\":", "\"scale_\":", 1, &h), "tensors; its spec needs", &h);

    hr_file file; /* the last numbers of the file are scales */
    const float bad[] = {-1, NAN, INFINITY, 3e38f};
    for (int i = 0; i < 4; i++) {
        OK(hr_os_load(in_folder("m"), &file));
        unsigned char *bytes = hr_alloc(file.size);
        memcpy(bytes, file.data, file.size);
        memcpy(bytes + file.size - 4, &bad[i], 4);
        OK(hr_os_write_file(in_folder("changed"), bytes, file.size));
        hr_os_unload(&file);
        hr_free(bytes);
        for (int narrow = 0; narrow < 2; narrow++)
            refused(load(in_folder("changed"), &hr_kern_ref, narrow, true, &h), "no scale", &h);
    }

    write_model(&spec, HR_BF16, in_folder("m"));
    OK(hr_os_load(in_folder("m"), &file));
    unsigned char *bytes = hr_alloc(file.size);
    memcpy(bytes, file.data, file.size);
    hr_safetensors parsed;
    OK(hr_safetensors_parse(file.data, file.size, "m", &parsed));
    const hr_tensor *t =
        hr_safetensors_find(&parsed, "model.inner.L_level.layers.1.mlp.down_proj.weight");
    bytes[(const unsigned char *)t->data - file.data] = 0x80;
    bytes[(const unsigned char *)t->data - file.data + 1] = 0x7f;
    hr_safetensors_close(&parsed);
    OK(hr_os_write_file(in_folder("changed"), bytes, file.size));
    hr_os_unload(&file);
    hr_free(bytes);
    refused(load(in_folder("changed"), &hr_kern_ref, true, true, &h), "not finite", &h);
}

/* Rows of zeros, of one number, and of numbers near both ends of floats. */
static void odd_rows_are_kept(void **state) {
    (void)state;
    hr_spec spec = spec_of(1);
    hr_param_table table;
    hr_tensors owner = {.kind = HR_TENSORS_SAFETENSORS};
    hr_tensor *own, tensors[32];
    size_t count;
    OK(hr_param_table_new(&spec, &table));
    float *zeros = HR_NEW(float, table.total);
    for (int i = 0; i < table.count; i++) {
        const hr_param *p = &table.param[i];
        tensors[i] = (hr_tensor){.name = p->name, .dims = p->dims, .count = p->count};
        tensors[i].shape[0] = (int64_t)(p->dims == 1 ? p->count : p->rows);
        tensors[i].shape[1] = (int64_t)(p->dims == 1 ? 0 : p->cols);
        tensors[i].data = zeros + p->offset;
    }
    const hr_param *p = hr_param_find(&table, "model.inner.L_level.layers.0.mlp.down_proj.weight");
    float *row = zeros + p->offset;
    row[p->cols] = 3, row[p->cols + 1] = -3;
    row[2 * p->cols] = FLT_MAX / 2, row[2 * p->cols + 1] = 1;
    row[3 * p->cols] = 1e-44f, row[3 * p->cols + 1] = -1e-45f;
    OK(hr_quantise(&table, HR_I8, tensors, &owner, &own, &count));
    const hr_tensor *t = &own[p - table.param];
    const int8_t *numbers = t->data;
    assert_int_equal(t->dtype, HR_I8);
    for (size_t i = 0; i < p->cols; i++) assert_int_equal(numbers[i], 0);
    assert_int_equal(numbers[p->cols], 127);
    assert_int_equal(numbers[p->cols + 1], -127);
    assert_int_equal(numbers[2 * p->cols], 127);
    assert_int_equal(numbers[2 * p->cols + 1], 0);
    for (size_t i = 0; i < p->count; i++) assert_in_range(numbers[i] + 127, 0, 254);
    hr_tensors_close(&owner);
    hr_param_table_free(&table);
    hr_free(zeros);
}

HR_TEST_MAIN(cmocka_unit_test_setup_teardown(narrow_weights_give_the_bits_of_floats, open_folder,
                                             remove_folder),
             cmocka_unit_test_setup_teardown(files_come_back, open_folder, remove_folder),
             cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, open_folder,
                                             remove_folder),
             cmocka_unit_test(odd_rows_are_kept))
