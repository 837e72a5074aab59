/* checkpoint.c - saving and loading model files. */
#include "model/checkpoint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/torchpt.h"
#include "task/task_json.h"

static hr_tensor view(const hr_param *p, const hr_real *params) {
    hr_tensor t = {.name = p->name, .dtype = HR_F32, .dims = p->dims, .count = p->count};
    t.shape[0] = (int64_t)(p->dims == 1 ? p->count : p->rows);
    t.shape[1] = p->dims == 1 ? 0 : (int64_t)p->cols;
    if (!p->narrow) t.data = params + p->offset;
    return t;
}

hr_status hr_checkpoint_views(const hr_param_table *table, const hr_real *params,
                              const hr_real *dense, hr_tensor **out) {
    *out = HR_NEW(hr_tensor, (size_t)table->count);
    if (!*out) return HR_ERR_MEM;
    for (int i = 0; i < table->count; i++) {
        const hr_param *p = &table->param[i];
        (*out)[i] = view(p, dense && p->kind == HR_PARAM_DENSE ? dense : params);
    }
    return HR_OK;
}

hr_status hr_checkpoint_write(const char *path, const hr_spec *spec, const hr_task *task,
                              const char *training, const hr_tensor *tensors, size_t count) {
    char *spec_text = hr_spec_to_json(spec), *task_text = hr_task_to_json(task);
    hr_status status = spec_text && task_text ? HR_OK : HR_ERR_MEM;
    if (!status) {
        bool scaled = false;
        for (size_t i = 0; i < count; i++) scaled |= tensors[i].dtype == HR_I8;
        const hr_meta meta[] = {{"format", "hrm"},
                                {"version", scaled ? HR_CHECKPOINT_SCALED : HR_CHECKPOINT_VERSION},
                                {"spec", spec_text},
                                {"task", task_text},
                                {"training", training},
                                {HR_SCALES, HR_SCALES_ROW}};
        status = hr_safetensors_write(path, tensors, count, meta, scaled ? 6 : 5);
    }
    hr_free(spec_text);
    hr_free(task_text);
    return status;
}

/* Views of narrow parameters become those of their numbers, and of scales behind all others, whose
 * names lie in `names`. */
static hr_status view_narrow(const hr_model *m, hr_tensor **tensors, char **names, size_t *count) {
    enum { NAME = HR_PARAM_NAME + sizeof HR_SCALE_END };
    hr_tensor *all = hr_realloc(*tensors, *count * sizeof *all, 2 * *count * sizeof *all);
    *names = hr_alloc(*count * NAME);
    if (all) *tensors = all;
    if (!all || !*names) return HR_ERR_MEM;
    for (size_t i = 0, own = *count; i < own; i++) {
        const hr_narrow *w = &m->narrow[i];
        const hr_param *p = &m->table.param[i];
        if (!p->narrow) continue;
        all[i].dtype = w->scale ? HR_I8 : HR_BF16;
        all[i].data = w->numbers;
        if (!w->scale) continue;
        char *name = *names + i * NAME;
        snprintf(name, NAME, "%s" HR_SCALE_END, p->name);
        all[(*count)++] = (hr_tensor){.name = name,
                                      .dtype = HR_F32,
                                      .dims = 1,
                                      .shape = {(int64_t)p->rows},
                                      .count = p->rows,
                                      .data = w->scale};
    }
    return HR_OK;
}

hr_status hr_checkpoint_save(const char *path, const hr_model *model, const hr_real *dense,
                             const hr_task *task, const char *training) {
    hr_tensor *tensors;
    char *names = NULL;
    size_t count = (size_t)model->table.count;
    hr_status status = hr_checkpoint_views(&model->table, model->params, dense, &tensors);
    if (!status && model->narrow) status = view_narrow(model, &tensors, &names, &count);
    if (!status) status = hr_checkpoint_write(path, &model->spec, task, training, tensors, count);
    hr_free(tensors);
    hr_free(names);
    return status;
}

bool hr_checkpoint_fits(const hr_tensor *t, const hr_param *p) {
    bool same = t->dims == p->dims && t->count == p->count;
    return p->dims == 2 ? same && t->shape[0] == (int64_t)p->rows : same;
}

static hr_status check_shape(const hr_tensor *t, const hr_param *p) {
    if (!t) return hr_fail(HR_ERR_FORMAT, "tensor %s is missing", p->name);
    if (hr_checkpoint_fits(t, p)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "tensor %s does not have the shape %zu x %zu of its spec",
                   p->name, p->rows, p->cols);
}

hr_status hr_checkpoint_value(const char *name, double value, hr_real *out) {
    if (!isfinite(value))
        return hr_fail(HR_ERR_NUMERIC, "tensor %s holds a value that is not finite", name);
    *out = (hr_real)value;
    if (isfinite(*out)) return HR_OK;
    return hr_fail(HR_ERR_NUMERIC,
                   "tensor %s holds %.9g, which is beyond the 32-bit floats of a model", name,
                   value);
}

hr_status hr_checkpoint_copy_param(const hr_tensor *t, const hr_param *p, hr_real *params) {
    hr_status status = check_shape(t, p);
    if (status) return status;
    hr_real *to = params + p->offset;
    bool same = t->dtype == HR_F32 && sizeof *to == sizeof(float); /* most are: at once */
    if (same) memcpy(to, t->data, p->count * sizeof *to);
    for (size_t i = 0; i < p->count; i++) {
        if (same && isfinite(to[i])) continue;
        status = hr_checkpoint_value(p->name, hr_tensor_at(t, i), &to[i]);
        if (status) return status;
    }
    return HR_OK;
}

hr_status hr_checkpoint_read_param(const hr_safetensors *file, const hr_param *p, hr_real *params) {
    return hr_checkpoint_copy_param(hr_safetensors_find(file, p->name), p, params);
}

bool hr_checkpoint_is(const hr_safetensors *file) {
    const char *format = hr_safetensors_meta(file, "format");
    return format && !strcmp(format, "hrm");
}

hr_status hr_checkpoint_header(const hr_safetensors *file, hr_spec *spec, hr_task *task) {
    const char *version = hr_safetensors_meta(file, "version");
    const char *spec_text = hr_safetensors_meta(file, "spec");
    const char *task_text = hr_safetensors_meta(file, "task");
    if (!hr_checkpoint_is(file) || !spec_text || !task_text)
        return hr_fail(HR_ERR_FORMAT,
                       "is not an hrm model (no spec and task in its metadata); "
                       "give the file of a model that was trained here or converted");
    if (!version ||
        (strcmp(version, HR_CHECKPOINT_VERSION) && strcmp(version, HR_CHECKPOINT_SCALED)))
        return hr_fail(
            HR_ERR_VERSION,
            "has format version \"%.20s\"; this library reads versions " HR_CHECKPOINT_VERSION
            " and " HR_CHECKPOINT_SCALED ": use a newer one",
            version ? version : "");
    hr_status status = hr_spec_from_json(spec_text, spec);
    if (!status) status = hr_task_from_json(task_text, task);
    if (!status && (task->seq != spec->seq || task->vocab != spec->vocab))
        status = hr_fail(HR_ERR_FORMAT, "task (%d tokens, vocabulary %d) and model (%d, %d) differ",
                         task->seq, task->vocab, spec->seq, spec->vocab);
    if (!status && task->numbers != spec->numbers)
        status = hr_fail(HR_ERR_FORMAT, "task (%d numbers beside a cell) and model (%d) differ",
                         task->numbers, spec->numbers);
    return status;
}

/* Bytes of a number of the blocks' weights where all are int8 with scales, or all are bf16; else 0.
 */
static size_t narrow_bytes(const hr_safetensors *file, hr_param_table *table) {
    size_t bytes = 0;
    hr_param_table_narrow(table);
    for (int i = 0; i < table->count; i++) {
        if (!table->param[i].narrow) continue;
        const hr_tensor *t = hr_safetensors_find(file, table->param[i].name);
        size_t own = t->scale || t->dtype == HR_BF16 ? hr_dtype_size(t->dtype) : 0;
        if (!own || (bytes && own != bytes)) return 0;
        bytes = own;
    }
    return bytes;
}

/* A hostile spec may claim any size: the file must hold all of it before memory is taken. */
static hr_status check_shapes(const hr_safetensors *file, const hr_spec *spec, size_t *narrow) {
    hr_param_table table;
    hr_status status = hr_param_table_new(spec, &table);
    if (!status && (file->count != (size_t)table.count))
        status = hr_fail(HR_ERR_FORMAT, "holds %zu tensors; its spec needs %d", file->count,
                         table.count);
    for (int i = 0; !status && i < table.count; i++)
        status = check_shape(hr_safetensors_find(file, table.param[i].name), &table.param[i]);
    if (!status) *narrow = narrow_bytes(file, &table);
    hr_param_table_free(&table);
    return status;
}

/* A narrow parameter from its tensor, whose shape is right. */
static hr_status take_narrow(const hr_tensor *t, const hr_param *p, hr_narrow *w) {
    hr_real value;
    for (size_t i = 0; !w->scale && i < t->count; i++) {
        hr_status status = hr_checkpoint_value(p->name, hr_tensor_at(t, i), &value);
        if (status) return status;
    }
    for (size_t r = 0; w->scale && r < p->rows; r++) w->scale[r] = hr_tensor_scale(t, r);
    w->numbers = w->room ? memcpy(w->room, t->data, t->count * hr_dtype_size(t->dtype)) : t->data;
    return HR_OK;
}

static hr_status read_params(const hr_safetensors *file, hr_model *m) {
    hr_status status = HR_OK;
    for (int i = 0; !status && i < m->table.count; i++) {
        const hr_param *p = &m->table.param[i];
        const hr_tensor *t = hr_safetensors_find(file, p->name);
        status = p->narrow ? take_narrow(t, p, &m->narrow[i])
                           : hr_checkpoint_copy_param(t, p, m->params);
    }
    return status;
}

static hr_status load(const hr_safetensors *file, const hr_checkpoint_bytes *from,
                      const hr_kern *kern, hr_pool *pool, hr_model **model, hr_task *task,
                      char **training) {
    hr_spec spec;
    size_t narrow = 0;
    const char *record = hr_safetensors_meta(file, "training");
    hr_status status = hr_checkpoint_header(file, &spec, task);
    if (!status && record && !(*training = hr_text_copy(record))) status = HR_ERR_MEM;
    if (!status) status = check_shapes(file, &spec, &narrow);
    if (!status && narrow && from->narrow)
        status = hr_model_new_narrow(&spec, kern, narrow, !from->stays, model);
    else if (!status) status = hr_model_new(&spec, kern, false, model);
    if (!status) status = read_params(file, *model);
    if (!status) hr_model_pack(*model, pool);
    return status;
}

/* What is a checkpoint, but not one of this program. */
static hr_status refuse_foreign(const void *bytes, size_t size) {
    if (!hr_zip_is(bytes, size) && !hr_torch_is_legacy(bytes, size)) return HR_OK;
    return hr_fail_about(
        HR_ERR_FORMAT, "in",
        "is a checkpoint of PyTorch or an .npz; convert it to a model (.safetensors)");
}

hr_status hr_checkpoint_parse(const hr_checkpoint_bytes *from, const hr_kern *kern, hr_pool *pool,
                              hr_model **model, hr_task *task, char **training) {
    *model = NULL;
    *training = NULL;
    *task = (hr_task){0};
    hr_safetensors file = {0};
    hr_status status = refuse_foreign(from->bytes, from->size);
    if (status) hr_fail_in(status, "%s", from->name);
    else if (from->unverified)
        status = hr_safetensors_parse_unverified(from->bytes, from->size, from->name, &file);
    else status = hr_safetensors_parse(from->bytes, from->size, from->name, &file);
    if (!status) {
        status = load(&file, from, kern, pool, model, task, training);
        if (status) hr_fail_in(status, "%s", from->name);
    }
    hr_safetensors_close(&file);
    if (!status) return HR_OK;
    hr_model_free(*model);
    hr_task_free(task);
    hr_free(*training);
    *model = NULL;
    *training = NULL;
    return hr_fail_place(status, from->name, 0, 0);
}
