/* describe.c - models, trainer states, tensors, data sets, run folders: what is in them. */
#include "model/describe.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/kind.h"
#include "base/plain.h"
#include "base/result.h"
#include "base/text.h"
#include "io/json.h"
#include "io/tensors_open.h"
#include "io/yaml.h"
#include "io/zip.h"
#include "data/dataset_csv.h"
#include "data/dataset_open.h"
#include "model/quantise.h"
#include "model/recipe.h"

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static hr_status describe_ratings(const hr_dataset *d, hrm_dataset_info *out) {
    int32_t *sorted = HR_NEW(int32_t, d->examples);
    size_t n = 0;
    double sum = 0;
    if (!sorted) return HR_ERR_MEM;
    for (size_t i = 0; i < d->examples; i++) {
        if (d->rating[i] < 0) continue;
        sorted[n++] = d->rating[i];
        sum += d->rating[i];
    }
    qsort(sorted, n, sizeof *sorted, by_value);
    out->rated = n;
    if (n) {
        out->rating_mean = sum / (double)n;
        out->rating_median = sorted[n / 2];
        out->rating_p90 = sorted[n * 9 / 10];
        out->rating_max = sorted[n - 1];
    }
    hr_free(sorted);
    return HR_OK;
}

hr_status hr_describe_dataset(const hr_dataset *d, hrm_dataset_info *out) {
    *out = (hrm_dataset_info){
        .path = d->path,
        .task = d->task.ops->name,
        .examples = d->examples,
        .puzzles = d->puzzles,
        .groups = d->groups,
        .identifiers = d->identifiers,
        .unknown = d->ignore < 0 ? -1 : d->ignore,
        .cells = d->task.seq,
        .rows = d->task.rows,
        .cols = d->task.cols,
        .vocab = d->task.vocab,
        .unrated = d->unrated_why,
        .unread = d->unread_why,
    };
    return d->rating ? describe_ratings(d, out) : HR_OK;
}

_Static_assert(HR_DIMS_MAX == sizeof((hrm_tensor_info *)0)->shape / sizeof(int64_t),
               "a tensor is described whole");

hrm_tensor_info hr_describe_tensor(void *result, const char *name, const char *status,
                                   const hr_tensor *t) {
    hrm_tensor_info out = {.name = hr_result_text(result, name), .status = status};
    if (!t) return out;
    out.dtype = hr_dtype_name(t->dtype);
    if (strcmp(t->name, name)) out.source = hr_result_text(result, t->name);
    out.dims = t->dims;
    for (int d = 0; d < t->dims; d++) out.shape[d] = t->shape[d];
    return out;
}

static void list_tensors(const hr_tensors *file, hrm_description *out) {
    size_t all = file->count + file->file.scales;
    hrm_tensor_info *list = HR_RESULT_ARRAY(out, hrm_tensor_info, all);
    for (size_t i = 0; list && i < all; i++)
        list[i] = hr_describe_tensor(out, file->tensors[i].name, NULL, &file->tensors[i]);
    out->tensors = list;
    out->tensor_count = all;
}

static bool is_parameter(const hr_tensor *t) {
    return !strstr(t->name, "H_init") && !strstr(t->name, "L_init");
}

/* They make products several times slower; flushing them to zero would change the model. */
static size_t denormals_in(const hr_tensor *t) {
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) {
        double size = fabs(hr_tensor_at(t, i));
        count += size > 0 && size < (double)FLT_MIN;
    }
    return count;
}

/* dir: the run folder that the state in `path` stands for; NULL: the file itself. */
static hr_status describe_tensors(const char *path, const char *dir, hrm_description *out) {
    hr_tensors file = {0};
    hr_status status = hr_tensors_open(path, &file);
    if (status) return status;
    const char *format = hr_safetensors_meta(&file.file, "format");
    bool model = format && !strcmp(format, "hrm"), state = format && !strcmp(format, "hrm-state");
    const hr_tensor *end = file.tensors + file.count;
    for (const hr_tensor *t = file.tensors; t < end + file.file.scales; t++)
        out->bytes += t->count * hr_dtype_size(t->dtype);
    for (const hr_tensor *t = file.tensors; t < end; t++) {
        if (!state && is_parameter(t)) out->parameters += t->count;
        if (model) out->denormals += denormals_in(t);
    }
    out->kind = dir ? "run" : model ? "model" : state ? "state" : "tensors";
    if (!model && !state) out->format = hr_tensors_kind_name(file.kind);
    if (model) out->dtype = hr_quantise_name(hr_quantise_of(file.tensors, file.count));
    static const char *const keys[] = {"spec", "task", "training", "progress", "recipe"};
    const char **const slots[] = {&out->spec, &out->task, &out->training, &out->progress,
                                  &out->recipe};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        *slots[i] = hr_result_text(out, hr_safetensors_meta(&file.file, keys[i]));
    if (!dir) list_tensors(&file, out);
    hr_tensors_close(&file);
    return HR_OK;
}

/* What a text is that is no table. NULL: YAML that is broken, or JSON that is too large. */
static const char *text_kind(const char *path, const hr_file *f) {
    const char *text = (const char *)f->data;
    json_error_t error;
    if (hr_text_check_json(text, f->size)) {
        hr_fail_in(HR_ERR_FORMAT, "%s", path);
        return NULL;
    }
    json_t *value = json_loadb(text, f->size, JSON_DISABLE_EOF_CHECK, &error);
    if (value) {
        size_t at = (size_t)error.position;
        while (at < f->size && isspace((unsigned char)text[at])) at++;
        json_decref(value);
        return at < f->size || hr_text_ends(path, ".jsonl") ? "JSON lines" : "JSON";
    }
    hr_recipe recipe;
    hr_yaml yaml;
    hr_recipe_defaults(&recipe);
    hr_status status = hr_yaml_parse(f->data, f->size, path, &yaml);
    bool named = hr_text_ends(path, ".yaml") || hr_text_ends(path, ".yml");
    if (status && named) return NULL;
    bool parsed = !status && (yaml.count || named);
    bool official = parsed && hr_yaml_find(&yaml, "arch.name");
    bool task = parsed && (hr_yaml_find(&yaml, "shape") || hr_yaml_find(&yaml, "sizes"));
    hr_yaml_close(&yaml);
    if (parsed && !hr_recipe_read_text(&recipe, text, f->size, path)) return "recipe";
    if (parsed) return official ? "configuration" : task ? "task file" : "YAML";
    if (hr_text_ends(path, ".md") || (f->size > 2 && !memcmp(text, "# ", 2))) return "markdown";
    return "text";
}

static hr_status describe_dataset(const char *path, hrm_description *out) {
    hr_dataset *dataset;
    hr_status status = hr_dataset_open(path, NULL, NULL, &dataset);
    if (status) return status;
    status = hr_describe_dataset(dataset, &out->dataset);
    out->kind = "dataset";
    out->dataset.path = hr_result_text(out, out->dataset.path);
    out->dataset.task = hr_result_text(out, out->dataset.task);
    out->dataset.unrated = hr_result_text(out, out->dataset.unrated);
    out->dataset.unread = hr_result_text(out, out->dataset.unread);
    hr_dataset_free(dataset);
    return status;
}

/* A file of which the name says nothing. */
static hr_status describe_file(const char *path, hrm_description *out) {
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    bool tensors = hr_zip_is(file.data, file.size) ||
                   (memchr(file.data, 0, file.size < 4096 ? file.size : 4096) &&
                    !hr_kind_other(file.data, file.size));
    hr_os_unload(&file);
    if (tensors) return describe_tensors(path, NULL, out);
    status = hr_plain_load(path, &file);
    if (status) return status;
    if (hr_dataset_csv_is(path, file.data, file.size)) status = describe_dataset(path, out);
    else {
        out->kind = text_kind(path, &file);
        out->bytes = file.size;
        status = hr_fail_unless_short(path); /* which is no kind of file */
        if (!status && !out->kind) status = HR_ERR_FORMAT;
    }
    hr_os_unload(&file);
    return status;
}

hr_status hr_describe(const char *path, hrm_description **out) {
    hrm_description *d = HR_RESULT(hrm_description);
    char *state = hr_text_format("%s/state.safetensors", path);
    hr_status status = HR_OK;
    if (!d || !state) status = HR_ERR_MEM;
    else if (hr_text_ends(path, ".safetensors")) status = describe_tensors(path, NULL, d);
    else if (hr_os_is_dir(path) && hr_os_is_file(state)) status = describe_tensors(state, path, d);
    else if (hr_tensors_in(path)) status = describe_tensors(path, NULL, d);
    else if (hr_os_is_dir(path)) status = describe_dataset(path, d);
    else if (hr_dataset_csv_is(path, "", 0)) status = describe_dataset(path, d);
    else status = describe_file(path, d);
    hr_free(state);
    if (!status) d->path = hr_result_text(d, path);
    return hr_result_give(status, d, out);
}
