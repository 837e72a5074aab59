/* describe.c - models, trainer states, tensors, data sets, run folders, each as one JSON object. */
#include "model/describe.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/plain.h"
#include "base/text.h"
#include "io/json.h"
#include "io/tensors_open.h"
#include "io/yaml.h"
#include "io/zip.h"
#include "data/dataset_csv.h"
#include "data/dataset_open.h"
#include "model/recipe.h"

static hr_status finish(json_t *object, char **json) {
    return hr_json_text(object, JSON_COMPACT, "the description", json);
}

static int by_value(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static json_t *rating_json(const hr_dataset *d) {
    int32_t *sorted = d->rating ? HR_NEW(int32_t, d->examples) : NULL;
    size_t n = 0;
    double sum = 0;
    for (size_t i = 0; sorted && i < d->examples; i++) {
        if (d->rating[i] < 0) continue;
        sorted[n++] = d->rating[i];
        sum += d->rating[i];
    }
    json_t *out = json_null();
    if (n) {
        qsort(sorted, n, sizeof *sorted, by_value);
        out = json_pack("{s:I, s:f, s:i, s:i, s:i}", "rated", (json_int_t)n, "mean",
                        sum / (double)n, "median", (int)sorted[n / 2], "p90",
                        (int)sorted[n * 9 / 10], "max", (int)sorted[n - 1]);
    }
    hr_free(sorted);
    return out;
}

hr_status hr_describe_dataset(const hr_dataset *d, char **json) {
    return finish(json_pack("{s:s, s:o, s:s, s:I, s:I, s:I, s:i, s:i, s:i, s:i, s:i, s:o}", "kind",
                            "dataset", "path", hr_json_name(d->path), "task", d->task.ops->name,
                            "examples", (json_int_t)d->examples, "puzzles", (json_int_t)d->puzzles,
                            "groups", (json_int_t)d->groups, "identifiers", d->identifiers, "seq",
                            d->task.seq, "vocab", d->task.vocab, "rows", d->task.rows, "cols",
                            d->task.cols, "rating", rating_json(d)),
                  json);
}

/* JSON text in the metadata as a value; as a string when it is not JSON. */
static json_t *meta_value(const char *text) {
    if (!text) return json_null();
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    return value ? value : json_string(text);
}

json_t *hr_describe_tensor(const char *name, const char *status, const hr_tensor *t) {
    json_t *shape = json_array();
    for (int d = 0; t && d < t->dims; d++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[d]));
    json_t *o = json_pack("{s:s, s:s*, s:o}", "name", name, "status", status, "shape", shape);
    if (t) json_object_set_new(o, "dtype", json_string(hr_dtype_name(t->dtype)));
    return o;
}

static json_t *tensors_json(const hr_tensors *file) {
    json_t *list = json_array();
    for (size_t i = 0; i < file->count; i++)
        json_array_append_new(list,
                              hr_describe_tensor(file->tensors[i].name, NULL, &file->tensors[i]));
    return list;
}

static bool is_parameter(const hr_tensor *t) {
    return !strstr(t->name, "H_init") && !strstr(t->name, "L_init");
}

/* dir: the run folder that the state in `path` stands for; NULL: the file itself. */
static hr_status describe_tensors(const char *path, const char *dir, char **json) {
    hr_tensors file = {0};
    hr_status status = hr_tensors_open(path, &file);
    if (status) return status;
    const char *format = hr_safetensors_meta(&file.file, "format");
    bool model = format && !strcmp(format, "hrm"), state = format && !strcmp(format, "hrm-state");
    size_t parameters = 0, bytes = 0;
    for (size_t i = 0; i < file.count; i++) {
        const hr_tensor *t = &file.tensors[i];
        bytes += t->count * hr_dtype_size(t->dtype);
        if (is_parameter(t)) parameters += t->count;
    }
    const char *kind = dir ? "run" : model ? "model" : state ? "state" : "tensors";
    json_t *object = json_pack("{s:s, s:o, s:I}", "kind", kind, "path",
                               hr_json_name(dir ? dir : path), "bytes", (json_int_t)bytes);
    if (object && !model && !state)
        json_object_set_new(object, "format", json_string(hr_tensors_kind_name(file.kind)));
    if (!state) json_object_set_new(object, "parameters", json_integer((json_int_t)parameters));
    static const char *const keys[] = {"spec", "task", "training", "progress", "recipe"};
    for (size_t i = 0; object && i < sizeof keys / sizeof *keys; i++) {
        const char *text = hr_safetensors_meta(&file.file, keys[i]);
        if (text) json_object_set_new(object, keys[i], meta_value(text));
    }
    if (object && !dir) json_object_set_new(object, "tensors", tensors_json(&file));
    hr_tensors_close(&file);
    return finish(object, json);
}

/* What a text is that is no table. NULL: YAML that is broken. */
static const char *text_kind(const char *path, const hr_file *f) {
    const char *text = (const char *)f->data;
    json_error_t error;
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

static hr_status describe_dataset(const char *path, char **json) {
    hr_dataset *dataset;
    hr_status status = hr_dataset_open(path, NULL, NULL, &dataset);
    if (status) return status;
    status = hr_describe_dataset(dataset, json);
    hr_dataset_free(dataset);
    return status;
}

/* A file of which the name says nothing. */
static hr_status describe_file(const char *path, char **json) {
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    bool tensors = hr_zip_is(file.data, file.size) ||
                   (memchr(file.data, 0, file.size < 4096 ? file.size : 4096) &&
                    !hr_plain_other(file.data, file.size));
    hr_os_unload(&file);
    if (tensors) return describe_tensors(path, NULL, json);
    status = hr_plain_load(path, &file);
    if (status) return status;
    if (hr_dataset_csv_is(path, file.data, file.size)) status = describe_dataset(path, json);
    else {
        const char *kind = text_kind(path, &file);
        if (!kind) status = HR_ERR_FORMAT;
        else
            status = finish(json_pack("{s:s, s:o, s:I}", "kind", kind, "path", hr_json_name(path),
                                      "bytes", (json_int_t)file.size),
                            json);
    }
    hr_os_unload(&file);
    return status;
}

hr_status hr_describe(const char *path, char **json) {
    *json = NULL;
    if (hr_text_ends(path, ".safetensors")) return describe_tensors(path, NULL, json);
    char *state = hr_text_format("%s/state.safetensors", path);
    if (!state) return HR_ERR_MEM;
    hr_status status = HR_OK;
    if (hr_os_is_dir(path) && hr_os_is_file(state)) status = describe_tensors(state, path, json);
    else if (hr_tensors_in(path)) status = describe_tensors(path, NULL, json);
    else if (hr_os_is_dir(path)) status = describe_dataset(path, json);
    else if (!hr_os_is_file(path)) status = hr_fail(HR_ERR_IO, "%s: no such file", path);
    else if (hr_dataset_csv_is(path, "", 0)) status = describe_dataset(path, json);
    else status = describe_file(path, json);
    hr_free(state);
    return status;
}
