/* tensors_open.c - finds out which format a file has. */
#include "io/tensors_open.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "io/npz.h"
#include "io/torchpt.h"

static int by_name(const void *a, const void *b) {
    return strcmp((*(const hr_tensor *const *)a)->name, (*(const hr_tensor *const *)b)->name);
}

/* Refuses names that are not UTF-8, and equal ones. */
static hr_status check_names(const hr_tensors *t) {
    const hr_tensor **order = HR_NEW(const hr_tensor *, t->count);
    hr_status status = order ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; !status && i < t->count; i++) {
        json_t *text = json_string(t->tensors[i].name);
        if (!text) status = hr_fail(HR_ERR_FORMAT, "the name of tensor %zu is not UTF-8", i + 1);
        json_decref(text);
        order[i] = &t->tensors[i];
    }
    if (!status) qsort(order, t->count, sizeof *order, by_name);
    for (size_t i = 1; !status && i < t->count; i++)
        if (!strcmp(order[i]->name, order[i - 1]->name))
            status = hr_fail(HR_ERR_FORMAT, "holds two tensors called \"%.80s\"", order[i]->name);
    hr_free(order);
    return status;
}

static hr_status read_zip(hr_zip *zip, hr_tensors *out) {
    bool torch = hr_torch_is(zip);
    out->kind = torch ? HR_TENSORS_TORCH : HR_TENSORS_NPZ;
    hr_status status = torch ? hr_torch_read(zip, out) : hr_npz_read(zip, out);
    if (!status && (status = check_names(out))) status = hr_fail_in(status, "%s", hr_zip_path(zip));
    if (status) hr_tensors_close(out);
    return status;
}

hr_status hr_tensors_parse(const void *data, size_t size, const char *name, hr_tensors *out) {
    *out = (hr_tensors){0};
    if (hr_torch_is_legacy(data, size))
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: is a checkpoint of the format before PyTorch 1.6; load it there and "
                       "save it again with torch.save",
                       name);
    if (hr_zip_is(data, size)) {
        hr_zip *zip;
        hr_status status = hr_zip_parse(data, size, name, &zip);
        if (!status) status = read_zip(zip, out);
        hr_zip_close(zip);
        return status;
    }
    hr_status status = hr_safetensors_parse(data, size, name, &out->file);
    if (status) return status;
    out->count = out->file.count;
    out->tensors = out->file.tensors;
    return HR_OK;
}

/* The model's file in a folder; hr_free it. NULL: there is none. */
static hr_status model_in(const char *dir, char **out) {
    static const char *const names[] = {"best.safetensors", "model.safetensors"};
    *out = NULL;
    for (int i = 0; i < 2 && !*out && hr_os_is_dir(dir); i++) {
        char *path = hr_text_format("%s/%s", dir, names[i]);
        if (!path) return HR_ERR_MEM; /* not the other one */
        if (hr_os_is_file(path)) *out = path;
        else hr_free(path);
    }
    return HR_OK;
}

bool hr_tensors_in(const char *dir) {
    char *path;
    bool in = !model_in(dir, &path) && path;
    hr_free(path);
    return in;
}

hr_status hr_tensors_load(const char *path, hr_file *out) {
    char *inner;
    *out = (hr_file){0};
    hr_status status = model_in(path, &inner);
    if (status) return status;
    status = inner || !hr_os_is_dir(path)
                 ? hr_os_load(inner ? inner : path, out)
                 : hr_fail(HR_ERR_IO,
                           "%s: is a folder without a model (best.safetensors or "
                           "model.safetensors)",
                           path);
    hr_free(inner);
    return status;
}

hr_status hr_tensors_open(const char *path, hr_tensors *out) {
    *out = (hr_tensors){0};
    hr_file file;
    hr_status status = hr_tensors_load(path, &file);
    if (status) return status;
    status = hr_tensors_parse(file.data, file.size, path, out);
    if (!status && out->kind == HR_TENSORS_SAFETENSORS) hr_safetensors_keep(&out->file, &file);
    else hr_os_unload(&file); /* of an archive there are copies */
    return status;
}
