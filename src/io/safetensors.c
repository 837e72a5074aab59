/* safetensors.c - reader and writer of the native format. The reader checks every number of the
 * header against the bytes that are there before it uses it. */
#include "io/safetensors.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/kind.h"
#include "base/mem.h"
#include "base/xxh64.h"
#include "io/json.h"

enum { HEADER_MAX = 100 * 1000 * 1000, META_ALIGN = 64 };

/* Metadata of files from here: a JSON object of the tensors' checksums, and one of the header. No
 * flipped bit takes both away. */
#define TENSOR_SUMS "xxh64_tensors"
#define HEADER_SUM  "xxh64_header"
#define NO_SUM      "0000000000000000"
enum { SUM_DIGITS = sizeof NO_SUM - 1 };

struct hr_safetensors_owned {
    hr_file file;
    json_t *header; /* names and metadata are borrowed from it */
};

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [HR_F32] = {"F32", 4}, [HR_F64] = {"F64", 8},   [HR_BF16] = {"BF16", 2}, [HR_F16] = {"F16", 2},
    [HR_I64] = {"I64", 8}, [HR_I32] = {"I32", 4},   [HR_I16] = {"I16", 2},   [HR_I8] = {"I8", 1},
    [HR_U8] = {"U8", 1},   [HR_BOOL] = {"BOOL", 1},
};
enum { DTYPES = sizeof dtypes / sizeof *dtypes };

size_t hr_dtype_size(hr_dtype dtype) {
    return dtypes[dtype].size;
}

const char *hr_dtype_name(hr_dtype dtype) {
    return dtypes[dtype].name;
}

static double from_half(uint16_t h) {
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double value = exponent == 31  ? (mantissa ? (double)NAN : (double)INFINITY)
                   : exponent == 0 ? ldexp(mantissa, -24)
                                   : ldexp(1024 + mantissa, exponent - 25);
    return h >> 15 ? -value : value;
}

static double from_bfloat(uint16_t b) {
    uint32_t bits = (uint32_t)b << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static double number_at(const hr_tensor *tensor, size_t i) {
    const hr_dtype dtype = tensor->dtype;
    const unsigned char *at = (const unsigned char *)tensor->data + i * hr_dtype_size(dtype);
#define READ(type) (*(type *)memcpy(&(type){0}, at, sizeof(type)))
    return dtype == HR_F32    ? (double)READ(float)
           : dtype == HR_U8   ? READ(uint8_t)
           : dtype == HR_I32  ? READ(int32_t)
           : dtype == HR_BF16 ? from_bfloat(READ(uint16_t))
           : dtype == HR_F16  ? from_half(READ(uint16_t))
           : dtype == HR_F64  ? READ(double)
           : dtype == HR_I64  ? (double)READ(int64_t)
           : dtype == HR_I16  ? READ(int16_t)
           : dtype == HR_I8   ? READ(int8_t)
                              : READ(uint8_t) != 0; /* HR_BOOL */
#undef READ
}

float hr_tensor_scale(const hr_tensor *tensor, size_t row) {
    float scale;
    memcpy(&scale, (const unsigned char *)tensor->scale + row * sizeof scale, sizeof scale);
    return scale;
}

double hr_tensor_at(const hr_tensor *tensor, size_t i) {
    double number = number_at(tensor, i);
    if (!tensor->scale) return number;
    return number * (double)hr_tensor_scale(tensor, i / (size_t)tensor->shape[1]);
}

void hr_tensor_step(const hr_tensor *t, const int64_t *stride, int64_t *index, int64_t *at) {
    for (int d = t->dims - 1; d >= 0; d--) {
        *at += stride[d];
        if (++index[d] < t->shape[d]) return;
        *at -= stride[d] * t->shape[d];
        index[d] = 0;
    }
}

static hr_status read_dtype(const json_t *entry, hr_dtype *out) {
    const char *text;
    hr_status status = hr_json_string(entry, "dtype", true, &text);
    if (status) return status;
    for (int i = 0; i < DTYPES; i++) {
        if (strcmp(text, dtypes[i].name)) continue;
        *out = (hr_dtype)i;
        return HR_OK;
    }
    return hr_fail(HR_ERR_UNSUPPORTED, "dtype \"%.20s\" is not supported", text);
}

static hr_status read_shape(const json_t *entry, hr_tensor *t) {
    const json_t *shape = json_object_get(entry, "shape");
    if (!json_is_array(shape) || json_array_size(shape) > HR_DIMS_MAX)
        return hr_fail(HR_ERR_FORMAT, "shape is not a list of at most %d numbers", HR_DIMS_MAX);
    t->dims = (int)json_array_size(shape);
    t->count = 1;
    for (int d = 0; d < t->dims; d++) {
        const json_t *n = json_array_get(shape, (size_t)d);
        if (!json_is_integer(n) || json_integer_value(n) < 0)
            return hr_fail(HR_ERR_FORMAT, "shape holds something else than a size");
        t->shape[d] = (int64_t)json_integer_value(n);
        t->count = hr_mul(t->count, (size_t)t->shape[d]);
    }
    return HR_OK;
}

static hr_status read_entry(const json_t *entry, const unsigned char *data, size_t size,
                            hr_tensor *t) {
    if (!json_is_object(entry)) return hr_fail(HR_ERR_FORMAT, "is not an object");
    hr_status status = read_dtype(entry, &t->dtype);
    if (!status) status = read_shape(entry, t);
    if (status) return status;
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const json_t *from = json_array_get(offsets, 0), *to = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(from) || !json_is_integer(to))
        return hr_fail(HR_ERR_FORMAT, "data_offsets is not a pair of integers");
    json_int_t a = json_integer_value(from), b = json_integer_value(to);
    if (a < 0 || b < a || (uint64_t)b > size)
        return hr_fail_offset(hr_fail(HR_ERR_FORMAT,
                                      "data_offsets [%" PRId64 ", %" PRId64
                                      "] lie outside the %zu bytes of data",
                                      (int64_t)a, (int64_t)b, size),
                              size);
    if ((size_t)(b - a) != hr_mul(t->count, hr_dtype_size(t->dtype)))
        return hr_fail_offset(hr_fail(HR_ERR_FORMAT,
                                      "shape and data_offsets disagree (%" PRId64 " bytes)",
                                      (int64_t)(b - a)),
                              (size_t)a);
    t->data = data + a;
    return HR_OK;
}

static hr_status read_meta(const json_t *object, hr_safetensors *out) {
    if (!object) return HR_OK;
    if (!json_is_object(object)) return hr_fail(HR_ERR_FORMAT, "__metadata__ is not an object");
    out->meta = HR_NEW(hr_meta, json_object_size(object));
    if (!out->meta) return HR_ERR_MEM;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        if (!json_is_string(value))
            return hr_fail(HR_ERR_FORMAT, "__metadata__ \"%.40s\" is not a text", key);
        out->meta[out->meta_count++] = (hr_meta){key, json_string_value(value)};
    }
    return HR_OK;
}

static int by_place(const void *a, const void *b) {
    const hr_tensor *x = *(const hr_tensor *const *)a, *y = *(const hr_tensor *const *)b;
    uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;
    if (p != q) return p < q ? -1 : 1;
    return (x->count > 0) - (y->count > 0); /* empty ones first: they end where the next begins */
}

/* The tensors must cover the data without overlap and without holes, as the format demands. */
static hr_status check_cover(const hr_safetensors *file, const unsigned char *data, size_t size) {
    const hr_tensor **order = HR_NEW(const hr_tensor *, file->count);
    if (!order) return HR_ERR_MEM;
    for (size_t i = 0; i < file->count; i++) order[i] = &file->tensors[i];
    qsort(order, file->count, sizeof *order, by_place);
    hr_status status = HR_OK;
    const unsigned char *at = data;
    for (size_t i = 0; i < file->count && !status; i++) {
        if (order[i]->data != at)
            status = hr_fail(HR_ERR_FORMAT, "tensor \"%.60s\" overlaps another or leaves a hole",
                             order[i]->name);
        else
            at = (const unsigned char *)order[i]->data +
                 order[i]->count * hr_dtype_size(order[i]->dtype);
    }
    if (!status && at != data + size)
        status = hr_fail(HR_ERR_FORMAT, "holds %zu bytes after the last tensor",
                         (size_t)(data + size - at));
    hr_free(order);
    return status ? hr_fail_offset(status, (size_t)(at - data)) : HR_OK;
}

static hr_status read_tensors(const json_t *header, const unsigned char *data, size_t size,
                              hr_safetensors *out) {
    out->tensors = HR_NEW(hr_tensor, json_object_size(header));
    if (!out->tensors) return HR_ERR_MEM;
    const char *name;
    json_t *entry;
    json_object_foreach((json_t *)(uintptr_t)header, name, entry) {
        if (!strcmp(name, "__metadata__")) continue;
        hr_tensor *t = &out->tensors[out->count];
        t->name = name;
        hr_status status = read_entry(entry, data, size, t);
        if (status) return hr_fail_in(status, "tensor \"%.60s\"", name);
        out->count++;
    }
    return check_cover(out, data, size);
}

/* ---- scales ---------------------------------------------------------------------------------- */

static int by_name(const void *a, const void *b) {
    return strcmp((*(const hr_tensor *const *)a)->name, (*(const hr_tensor *const *)b)->name);
}

/* Compares the name of a matrix's scales, of which `matrix` is the beginning, with a tensor's. */
static int by_matrix(const void *matrix, const void *tensor) {
    const char *name = (*(const hr_tensor *const *)tensor)->name;
    size_t size = strlen(matrix);
    int order = strncmp(matrix, name, size);
    return order ? order : strcmp(HR_SCALE_END, name + size);
}

/* Gives a matrix its scales, found among tensors in order of their names. An element of 127 times
 * any of them is a float. */
static hr_status take_scales(hr_tensor *t, const hr_tensor **order, size_t count,
                             const hr_tensor **out) {
    const hr_tensor **found = bsearch(t->name, order, count, sizeof *order, by_matrix);
    if (!found || (*found)->dtype != HR_F32 || (*found)->dims != 1 ||
        (*found)->shape[0] != t->shape[0])
        return hr_fail(HR_ERR_FORMAT,
                       "tensor \"%.60s\" is of I8, and no " HR_SCALE_END " of %" PRId64
                       " numbers of F32 stands beside it",
                       t->name, t->shape[0]);
    t->scale = (*found)->data;
    for (size_t row = 0; row < (*found)->count; row++) {
        double scale = (double)hr_tensor_scale(t, row);
        if (!(scale >= 0 && scale <= (double)FLT_MAX / 128))
            return hr_fail(HR_ERR_NUMERIC, "tensor \"%.60s\" holds %g, which is no scale",
                           (*found)->name, scale);
    }
    *out = *found;
    return HR_OK;
}

/* Matrices get their scales, which come to stand behind all other tensors. */
static hr_status join_scales(hr_safetensors *file) {
    const char *kind = hr_safetensors_meta(file, HR_SCALES);
    if (!kind) return HR_OK;
    if (strcmp(kind, HR_SCALES_ROW))
        return hr_fail(HR_ERR_VERSION,
                       "has scales by \"%.20s\"; this library reads them by " HR_SCALES_ROW, kind);
    size_t count = file->count;
    const hr_tensor **order = HR_NEW(const hr_tensor *, count), *own = NULL;
    hr_tensor *parted = HR_NEW(hr_tensor, count);
    bool *aside = HR_NEW(bool, count);
    hr_status status = order && parted && aside ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; !status && i < count; i++) order[i] = &file->tensors[i];
    if (!status) qsort(order, count, sizeof *order, by_name);
    for (size_t i = 0; !status && i < count; i++) {
        if (file->tensors[i].dtype != HR_I8 || file->tensors[i].dims != 2) continue;
        status = take_scales(&file->tensors[i], order, count, &own);
        if (!status) aside[own - file->tensors] = true;
    }
    for (size_t pass = 0, at = 0; !status && pass < 2; pass++) {
        for (size_t i = 0; i < count; i++)
            if (aside[i] == (pass == 1)) parted[at++] = file->tensors[i];
        if (!pass) file->count = at;
    }
    hr_free(order);
    hr_free(aside);
    if (!status) file->scales = count - file->count;
    hr_free(status ? parted : file->tensors);
    if (!status) file->tensors = parted;
    return status;
}

/* ---- checksums ------------------------------------------------------------------------------- */

static void print_sum(uint64_t sum, char out[SUM_DIGITS + 1]) {
    snprintf(out, SUM_DIGITS + 1, "%016" PRIx64, sum);
}

static void sum_tensor(const hr_tensor *t, char out[SUM_DIGITS + 1]) {
    print_sum(hr_xxh64(t->data, t->count * hr_dtype_size(t->dtype), 0), out);
}

/* Where the header's own checksum stands in it, and what it should be: head (size) is all from the
 * file's first byte to the header's last but these digits. NULL: it has none. */
static const unsigned char *find_header_sum(const unsigned char *head, size_t size,
                                            char out[SUM_DIGITS + 1]) {
    static const char key[] = "\"" HEADER_SUM "\":\"";
    const size_t length = sizeof key - 1;
    for (size_t i = 8; i + length + SUM_DIGITS <= size; i++) {
        if (head[i] != '"' || memcmp(head + i, key, length)) continue;
        const unsigned char *digits = head + i + length, *rest = digits + SUM_DIGITS;
        uint64_t before = hr_xxh64(head, (size_t)(digits - head), 0);
        print_sum(hr_xxh64(rest, (size_t)(head + size - rest), before), out);
        return digits;
    }
    return NULL;
}

static hr_status check_tensor_sums(const hr_safetensors *file) {
    const char *sums = hr_safetensors_meta(file, TENSOR_SUMS);
    if (!sums && !hr_safetensors_meta(file, HEADER_SUM)) return HR_OK;
    json_t *object = NULL;
    hr_status status = sums ? hr_json_parse(sums, strlen(sums), TENSOR_SUMS, &object)
                            : hr_fail(HR_ERR_FORMAT, "lacks the checksums of its tensors");
    for (size_t i = 0; i < file->count && !status; i++) {
        const hr_tensor *t = &file->tensors[i];
        const char *want = json_string_value(json_object_get(object, t->name));
        char sum[SUM_DIGITS + 1];
        sum_tensor(t, sum);
        if (want && !strcmp(sum, want)) continue;
        status = hr_fail(HR_ERR_FORMAT,
                         "tensor \"%.60s\" is not as it was written; take another copy of the file",
                         t->name);
    }
    json_decref(object);
    return status;
}

static hr_status check_header_sum(const hr_safetensors *file, const unsigned char *head,
                                  size_t size) {
    const char *want = hr_safetensors_meta(file, HEADER_SUM);
    char sum[SUM_DIGITS + 1];
    if (!want && !hr_safetensors_meta(file, TENSOR_SUMS)) return HR_OK;
    if (want && find_header_sum(head, size, sum) && !strcmp(sum, want)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT,
                   "its header is not as it was written; take another copy of the file");
}

/* Puts what stands before a part of the file before the place that was found in the part. */
static hr_status past(hr_status status, size_t before) {
    long offset = hr_error_failure().offset;
    return status && offset >= 0 ? hr_fail_offset(status, before + (size_t)offset) : status;
}

/* The header's length, and that it may be one. */
static hr_status read_length(const unsigned char *bytes, size_t size, size_t *out) {
    uint64_t length = 0;
    if (size < 8) return hr_fail(HR_ERR_FORMAT, "is not a safetensors file: only %zu bytes", size);
    int letters = 0, mark = memcmp(bytes, "\xef\xbb\xbf", 3) ? 0 : 3;
    for (int i = 7; i >= 0; i--) {
        length = length << 8 | bytes[i];
        letters += bytes[i] >= ' ' && bytes[i] < 0x7f;
    }
    bool whole = length <= HEADER_MAX && length <= size - 8;
    /* a length may look like another format's first bytes: 35,615 is gzip's */
    const char *other = whole && length && bytes[8] == '{' ? NULL : hr_kind_other(bytes, size);
    if (other) return hr_fail(HR_ERR_FORMAT, "is not a safetensors file but %s", other);
    if (letters + mark == 8)
        return hr_fail(HR_ERR_FORMAT, "is not a safetensors file: begins with the text \"%.*s\"",
                       letters, (const char *)bytes + mark);
    if (!whole)
        return hr_fail(HR_ERR_FORMAT,
                       "is not a safetensors file or is cut short: header of %" PRIu64
                       " bytes in a file of %zu",
                       length, size);
    *out = (size_t)length;
    return HR_OK;
}

static hr_status parse(const unsigned char *bytes, size_t size, bool verify, hr_safetensors *out) {
    size_t length = 0;
    hr_status status = read_length(bytes, size, &length);
    if (status) return status;
    status = hr_json_parse((const char *)bytes + 8, length, "header", &out->owned->header);
    if (status) return past(status, 8);
    const json_t *header = out->owned->header;
    if (!json_is_object(header)) return hr_fail(HR_ERR_FORMAT, "header is not an object");
    status = read_meta(json_object_get(header, "__metadata__"), out);
    size_t start = 8 + length;
    if (!status && verify)
        status = hr_fail_option(check_header_sum(out, bytes, start), "no_verify");
    if (!status) status = past(read_tensors(header, bytes + start, size - start, out), start);
    if (!status && verify) status = hr_fail_option(check_tensor_sums(out), "no_verify");
    return status ? status : join_scales(out);
}

static hr_status parse_named(const void *data, size_t size, bool verify, const char *name,
                             hr_safetensors *out) {
    *out = (hr_safetensors){0};
    out->owned = HR_NEW(struct hr_safetensors_owned, 1);
    if (!out->owned) return HR_ERR_MEM;
    hr_status status = parse(data, size, verify, out);
    if (!status) return HR_OK;
    hr_safetensors_close(out);
    hr_fail_place(status, name, 0, 0);
    return hr_fail_in(status, "%s", name);
}

hr_status hr_safetensors_parse(const void *data, size_t size, const char *name,
                               hr_safetensors *out) {
    return parse_named(data, size, true, name, out);
}

hr_status hr_safetensors_parse_unverified(const void *data, size_t size, const char *name,
                                          hr_safetensors *out) {
    return parse_named(data, size, false, name, out);
}

void hr_safetensors_keep(hr_safetensors *parsed, const hr_file *file) {
    parsed->owned->file = *file;
}

static hr_status open_named(const char *path, bool verify, hr_safetensors *out) {
    *out = (hr_safetensors){0};
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    status = parse_named(file.data, file.size, verify, path, out);
    if (status) hr_os_unload(&file);
    else hr_safetensors_keep(out, &file);
    return status;
}

hr_status hr_safetensors_open(const char *path, hr_safetensors *out) {
    return open_named(path, true, out);
}

hr_status hr_safetensors_open_unverified(const char *path, hr_safetensors *out) {
    return open_named(path, false, out);
}

void hr_safetensors_close(hr_safetensors *file) {
    if (file->owned) {
        json_decref(file->owned->header);
        hr_os_unload(&file->owned->file);
    }
    hr_free(file->owned);
    hr_free(file->tensors);
    hr_free(file->meta);
    *file = (hr_safetensors){0};
}

const hr_tensor *hr_safetensors_find(const hr_safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->tensors[i].name, name)) return &file->tensors[i];
    return NULL;
}

const char *hr_safetensors_meta(const hr_safetensors *file, const char *key) {
    for (size_t i = 0; i < file->meta_count; i++)
        if (!strcmp(file->meta[i].key, key)) return file->meta[i].value;
    return NULL;
}

/* Texts for people and programs, and the checksums. */
static json_t *meta_of(const hr_tensor *tensors, size_t count, const hr_meta *meta,
                       size_t meta_count) {
    json_t *texts = json_object(), *sums = json_object();
    bool bad = !texts || !sums;
    for (size_t i = 0; i < meta_count; i++)
        bad |= json_object_set_new(texts, meta[i].key, json_string(meta[i].value)) != 0;
    for (size_t i = 0; i < count; i++) {
        char sum[SUM_DIGITS + 1];
        sum_tensor(&tensors[i], sum);
        bad |= json_object_set_new(sums, tensors[i].name, json_string(sum)) != 0;
    }
    char *text = json_dumps(sums, JSON_COMPACT);
    bad |= !text || json_object_set_new(texts, TENSOR_SUMS, json_string(text)) != 0 ||
           json_object_set_new(texts, HEADER_SUM, json_string(NO_SUM)) != 0;
    hr_json_free(text);
    json_decref(sums);
    if (!bad) return texts;
    json_decref(texts);
    return NULL;
}

static json_t *header_of(const hr_tensor *tensors, size_t count, const hr_meta *meta,
                         size_t meta_count) {
    json_t *header = json_object();
    bool bad = !header || json_object_set_new(header, "__metadata__",
                                              meta_of(tensors, count, meta, meta_count)) != 0;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const hr_tensor *t = &tensors[i];
        json_t *shape = json_array();
        for (int d = 0; d < t->dims; d++)
            bad |= json_array_append_new(shape, json_integer((json_int_t)t->shape[d])) != 0;
        size_t end = at + t->count * hr_dtype_size(t->dtype);
        json_t *entry = json_pack("{s:s, s:o, s:[I,I]}", "dtype", hr_dtype_name(t->dtype), "shape",
                                  shape, "data_offsets", (json_int_t)at, (json_int_t)end);
        bad |= json_object_set_new(header, t->name, entry) != 0;
        at = end;
    }
    if (!bad) return header;
    json_decref(header);
    return NULL;
}

/* The first bytes of a file, up to its data; hr_free them. NULL: out of memory, or a text that is
 * not UTF-8. */
static unsigned char *head_of(const hr_tensor *tensors, size_t count, const hr_meta *meta,
                              size_t meta_count, size_t *size) {
    json_t *header = header_of(tensors, count, meta, meta_count);
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    json_decref(header);
    size_t length = text ? strlen(text) : 0;
    *size = (8 + length + META_ALIGN - 1) / META_ALIGN * META_ALIGN;
    unsigned char *head = text ? hr_alloc(*size) : NULL;
    if (head) {
        char sum[SUM_DIGITS + 1];
        for (int i = 0; i < 8; i++) head[i] = (unsigned char)((uint64_t)(*size - 8) >> 8 * i);
        memset(head + 8, ' ', *size - 8);
        memcpy(head + 8, text, length);
        const unsigned char *digits = find_header_sum(head, *size, sum);
        memcpy(head + (digits - head), sum, SUM_DIGITS);
    }
    hr_json_free(text);
    return head;
}

hr_status hr_safetensors_write(const char *path, const hr_tensor *tensors, size_t count,
                               const hr_meta *meta, size_t meta_count) {
    size_t size;
    unsigned char *head = head_of(tensors, count, meta, meta_count, &size);
    if (!head)
        return hr_fail(HR_ERR_MEM,
                       "%s: cannot make its header (out of memory, or a text "
                       "that is not UTF-8)",
                       path);
    hr_writer writer;
    hr_status status = hr_os_create(path, &writer);
    if (!status) {
        status = hr_os_write(&writer, head, size);
        for (size_t i = 0; i < count && !status; i++)
            status = hr_os_write(&writer, tensors[i].data,
                                 tensors[i].count * hr_dtype_size(tensors[i].dtype));
        status = hr_os_end(&writer, status);
    }
    hr_free(head);
    return status;
}
