/* dataset_arrays.c - reading and writing the files of a published directory. */
#include "data/dataset_arrays.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "task/numbers.h"

static hr_status open_array(const char *dir, const char *set, const char *name, int dims,
                            bool reals, hr_npy *out) {
    *out = (hr_npy){0};
    char *path = hr_text_format("%s/%s__%s.npy", dir, set, name);
    if (!path) return HR_ERR_MEM;
    hr_status status = hr_npy_open(path, out);
    if (!status && (out->tensor.dims != dims || (!reals && out->tensor.dtype <= HR_F16)))
        status = hr_fail(HR_ERR_FORMAT,
                         "%s: is %d-dimensional, of %s; it should be %d-dimensional, of %s", path,
                         out->tensor.dims, hr_dtype_name(out->tensor.dtype), dims,
                         reals ? "numbers" : "integers");
    hr_free(path);
    return status;
}

hr_status hr_dataset_open_array(const char *dir, const char *set, const char *name, int dims,
                                hr_npy *out) {
    return open_array(dir, set, name, dims, false, out);
}

hr_status hr_dataset_open_reals(const char *dir, const char *set, const char *name, int dims,
                                hr_npy *out) {
    return open_array(dir, set, name, dims, true, out);
}

hr_status hr_dataset_write_numbers(const char *dir, const hr_task *task, const float *numbers,
                                   size_t examples) {
    char *path = hr_text_format("%s/all__numbers.npy", dir);
    hr_tensor t = {.dtype = HR_F32,
                   .dims = 3,
                   .shape = {(int64_t)examples, task->seq, task->numbers},
                   .count = examples * hr_task_number_count(task),
                   .data = numbers};
    hr_status status = path ? hr_npy_write(path, &t) : HR_ERR_MEM;
    hr_free(path);
    return status;
}

static hr_status write_array(const char *dir, const hr_dataset_array *a) {
    char *path = hr_text_format("%s/all__%s.npy", dir, a->name);
    hr_tensor t = {.dtype = a->dtype,
                   .dims = a->cols ? 2 : 1,
                   .shape = {(int64_t)a->rows, (int64_t)a->cols},
                   .count = a->rows * (a->cols ? a->cols : 1),
                   .data = a->data};
    hr_status status = path ? hr_npy_write(path, &t) : HR_ERR_MEM;
    hr_free(path);
    return status;
}

hr_status hr_dataset_write_arrays(const char *dir, const hr_dataset_array *arrays, size_t count) {
    hr_status status = hr_os_mkdirs(dir);
    for (size_t i = 0; i < count && !status; i++) status = write_array(dir, &arrays[i]);
    return status;
}

hr_status hr_dataset_write_json(const char *dir, const char *name, json_t *value) {
    char *path = hr_text_format("%s%s%s", dir ? dir : "", dir ? "/" : "", name), *text;
    hr_status status = hr_json_text(value, 0, name, &text);
    if (!status) status = path ? hr_os_write_file(path, text, strlen(text)) : HR_ERR_MEM;
    hr_free(text);
    hr_free(path);
    return status;
}

char *hr_dataset_beside(const hr_dataset *d, const char *name) {
    char *path = hr_os_is_dir(d->path) ? hr_text_format("%s/../%s", d->path, name) : NULL;
    if (path && hr_os_is_file(path)) return path;
    hr_free(path);
    return NULL;
}

uint64_t hr_dataset_names(const hr_dataset *d) {
    char *path = d->identifiers > 1 ? hr_dataset_beside(d, "identifiers.json") : NULL;
    uint64_t hash = 0;
    hr_file file;
    if (path && !hr_os_load(path, &file)) {
        hash = hr_dataset_mix(HR_DATASET_HASH, file.data, file.size);
        hr_os_unload(&file);
    }
    hr_free(path);
    return hash;
}

json_t *hr_dataset_header(const hr_dataset *d, size_t examples, size_t puzzles) {
    json_t *o =
        json_pack("{s:i, s:i, s:i, s:o, s:i, s:i, s:I, s:f, s:I, s:[s]}", "seq_len", d->task.seq,
                  "vocab_size", d->task.vocab, "pad_id", 0, "ignore_label_id",
                  d->ignore < 0 ? json_null() : json_integer(d->ignore), "blank_identifier_id", 0,
                  "num_puzzle_identifiers", d->identifiers, "total_groups", (json_int_t)d->groups,
                  "mean_puzzle_examples", (double)examples / (double)(puzzles ? puzzles : 1),
                  "total_puzzles", (json_int_t)puzzles, "sets", "all");
    json_t *ids = d->trained_on ? json_loads(d->trained_on, 0, NULL) : NULL;
    if (ids) json_object_set_new(o, "trained_on", ids);
    if (d->task.numbers) json_object_set_new(o, "numbers", json_integer(d->task.numbers));
    if (d->larger) json_object_set_new(o, "larger", json_integer((json_int_t)d->larger));
    return o;
}

hr_status hr_dataset_void_dir(const char *dir) {
    static const char *const files[] = {
        "dataset.json",
        "all__inputs.npy",
        "all__labels.npy",
        "all__numbers.npy",
        "all__grids.npy",
        "all__pairs.npy",
        "all__first_pairs.npy",
        "all__views.npy",
        "all__boxes.npy",
        "all__puzzle_identifiers.npy",
        "all__puzzle_indices.npy",
        "all__group_indices.npy",
    };
    hr_status status = HR_OK;
    for (size_t i = 0; i < sizeof files / sizeof *files && !status; i++) {
        char *path = hr_text_format("%s/%s", dir, files[i]);
        status = path ? hr_os_remove(path) : HR_ERR_MEM;
        hr_free(path);
    }
    return status;
}
