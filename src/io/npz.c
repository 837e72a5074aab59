/* npz.c - .npy files in an archive. */
#include "io/npz.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/npy.h"

static hr_status read_entry(hr_zip *zip, size_t i, size_t name_size, hr_tensors *out) {
    unsigned char *bytes;
    size_t size;
    hr_tensor tensor;
    const char *entry = hr_zip_name(zip, i);
    hr_status status = hr_zip_read(zip, i, SIZE_MAX, &bytes, &size);
    if (!status) status = hr_tensors_own(out, bytes);
    if (status) return status;
    void *own;
    size_t copy;
    status = hr_npy_measure(bytes, size, entry, &copy);
    if (!status && (status = hr_zip_charge(zip, i, copy))) return status;
    if (!status) status = hr_npy_parse(bytes, size, entry, &tensor, &own);
    if (status) return hr_fail_in(status, "%s", hr_zip_path(zip));
    if (own) status = hr_tensors_own(out, own);
    if (status) return status;
    char *name = hr_text_format("%.*s", (int)name_size, entry);
    tensor.name = name;
    status = hr_tensors_own(out, name);
    return status ? status : hr_tensors_add(out, &tensor);
}

hr_status hr_npz_read(hr_zip *zip, hr_tensors *out) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < hr_zip_count(zip) && !status; i++) {
        const char *name = hr_zip_name(zip, i);
        size_t size = strlen(name);
        if (size <= 4 || size > 1000 || strcmp(name + size - 4, ".npy"))
            return hr_fail(
                HR_ERR_FORMAT,
                "%s: is a zip archive, but neither a PyTorch checkpoint (no data.pkl) nor "
                "of NumPy arrays (it holds \"%.60s\")",
                hr_zip_path(zip), name);
        status = read_entry(zip, i, size - 4, out);
    }
    return status;
}

/* The bytes of the tensor's .npy file. */
static hr_status pack(const char *path, const hr_tensor *tensor, hr_buffer *out) {
    hr_tensor t = *tensor;
    float *wide = NULL;
    if (t.dtype == HR_BF16) {
        wide = HR_NEW(float, t.count);
        if (!wide) return HR_ERR_MEM;
        for (size_t i = 0; i < t.count; i++) wide[i] = (float)hr_tensor_at(&t, i);
        t.dtype = HR_F32;
        t.data = wide;
    }
    hr_status status = hr_npy_header(path, &t, out);
    if (!status) hr_buffer_add(out, t.data, t.count * hr_dtype_size(t.dtype));
    hr_free(wide);
    return status ? status : out->failed ? HR_ERR_MEM : HR_OK;
}

hr_status hr_npz_write(const char *path, const hr_tensor *tensors, size_t count) {
    hr_zip_writer *writer = NULL;
    hr_buffer *bytes = HR_NEW(hr_buffer, count);
    hr_status status = bytes ? hr_zip_create(path, &writer) : HR_ERR_MEM;
    for (size_t i = 0; i < count && !status; i++) {
        char *name = hr_text_format("%s.npy", tensors[i].name);
        status = name ? pack(path, &tensors[i], &bytes[i]) : HR_ERR_MEM;
        if (!status) status = hr_zip_add(writer, name, bytes[i].text, bytes[i].size);
        hr_free(name);
    }
    status = hr_zip_end(writer, status);
    for (size_t i = 0; bytes && i < count; i++) hr_buffer_free(&bytes[i]);
    hr_free(bytes);
    return status;
}
