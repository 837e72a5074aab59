/* torchpt.c - PyTorch's checkpoints, read without Python and without running anything in them. */
#include "io/torchpt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/pickle.h"

enum {
    PICKLE_MAX = 1 << 28, /* bytes of data.pkl */
    DEPTH_MAX = 16,
    NAME_MAX_ = 1000,
    COPIES_MAX = 2,        /* views together may be so many times as large as the storages */
    MEMBERS_MAX = 1 << 20, /* of all maps and lists; a pickle may put one into itself */
    NAMES_MAX = 1 << 26,   /* bytes of all their names */
};

/* Every name that may occur. Those of storages come last, in the order of `types`; those from
 * DEVICE on before them are no tensors and are skipped. */
enum { ORDERED_DICT, TENSOR, PARAMETER, DEVICE, STORAGES = DEVICE + 12 };
static const char *const names[] = {
    "collections.OrderedDict",
    "torch._utils._rebuild_tensor_v2",
    "torch._utils._rebuild_parameter",
    "torch.device",
    "torch.Size",
    "torch.float32",
    "torch.float64",
    "torch.float16",
    "torch.bfloat16",
    "torch.int64",
    "torch.int32",
    "torch.int16",
    "torch.int8",
    "torch.uint8",
    "torch.bool",
    "torch.FloatStorage",
    "torch.DoubleStorage",
    "torch.HalfStorage",
    "torch.BFloat16Storage",
    "torch.LongStorage",
    "torch.IntStorage",
    "torch.ShortStorage",
    "torch.CharStorage",
    "torch.ByteStorage",
    "torch.BoolStorage",
};
static const hr_dtype types[] = {HR_F32, HR_F64, HR_F16, HR_BF16, HR_I64,
                                 HR_I32, HR_I16, HR_I8,  HR_U8,   HR_BOOL};
enum { NAMES = sizeof names / sizeof *names, TYPES = sizeof types / sizeof *types };
_Static_assert((int)NAMES == (int)STORAGES + (int)TYPES, "one dtype per storage name");

typedef struct storage {
    unsigned char *bytes; /* NULL: not read yet */
    size_t size;
} storage;

typedef struct reader {
    hr_zip *zip;
    hr_tensors *out;
    char *folder;        /* "archive/" or "" */
    storage *storages;   /* one for each entry of the archive */
    size_t held, copied; /* bytes of storages; of tensors that are not contiguous in one */
    size_t members, name_bytes;
} reader;

static hr_status refuse(const reader *r, const char *tensor, const char *what) {
    return hr_fail(HR_ERR_FORMAT, "%s: tensor \"%.80s\" %s", hr_zip_path(r->zip), tensor, what);
}

/* ---- storages -------------------------------------------------------------------------------- */

/* The length of the folder in front of data.pkl, or -1. */
static long folder_size(const char *name) {
    static const char tail[] = "data.pkl";
    size_t size = strlen(name), tail_size = sizeof tail - 1;
    if (size < tail_size || strcmp(name + size - tail_size, tail)) return -1;
    size_t folder = size - tail_size;
    if (!folder) return 0;
    return name[folder - 1] == '/' && !memchr(name, '/', folder - 1) ? (long)folder : -1;
}

bool hr_torch_is(const hr_zip *zip) {
    for (size_t i = 0; i < hr_zip_count(zip); i++)
        if (folder_size(hr_zip_name(zip, i)) >= 0) return true;
    return false;
}

static long find_record(const reader *r, const char *name) {
    char full[NAME_MAX_ + 128];
    snprintf(full, sizeof full, "%s%s", r->folder, name);
    return hr_zip_find(r->zip, full);
}

/* ('storage', type, key, device, elements) */
typedef struct storage_id {
    hr_dtype dtype;
    const hr_pickle_value *key;
    size_t count;
} storage_id;

static bool read_storage_id(const hr_pickle_value *v, storage_id *out) {
    if (v->kind != HR_PICKLE_ID || v->item[0]->kind != HR_PICKLE_TUPLE || v->item[0]->count != 5)
        return false;
    hr_pickle_value *const *part = v->item[0]->item;
    bool good = part[0]->kind == HR_PICKLE_TEXT && part[0]->size == 7 &&
                !memcmp(part[0]->text, "storage", 7) && part[1]->kind == HR_PICKLE_NAME &&
                part[1]->integer >= STORAGES && part[2]->kind == HR_PICKLE_TEXT &&
                part[2]->size <= 100 && part[4]->kind == HR_PICKLE_INT && part[4]->integer >= 0;
    if (!good) return false;
    *out = (storage_id){types[part[1]->integer - STORAGES], part[2], (size_t)part[4]->integer};
    return true;
}

static hr_status load_storage(reader *r, const char *tensor, const storage_id *id, storage **out) {
    char name[112];
    snprintf(name, sizeof name, "data/%.*s", (int)id->key->size, id->key->text);
    long i = find_record(r, name);
    if (i < 0) return refuse(r, tensor, "has no data in the archive");
    storage *s = &r->storages[i];
    size_t bytes = hr_mul(id->count, hr_dtype_size(id->dtype));
    if (!s->bytes) {
        hr_status status = hr_zip_read(r->zip, (size_t)i, bytes, &s->bytes, &s->size);
        if (!status) status = hr_tensors_own(r->out, s->bytes);
        if (status) {
            s->bytes = NULL;
            return status;
        }
        r->held += s->size;
    }
    if (s->size != bytes) return refuse(r, tensor, "has a storage of another size than it says");
    *out = s;
    return HR_OK;
}

/* ---- tensors --------------------------------------------------------------------------------- */

static bool read_sizes(const hr_pickle_value *v, int64_t *out, size_t *count) {
    if (v->kind != HR_PICKLE_TUPLE || v->count > HR_DIMS_MAX) return false;
    *count = v->count;
    for (size_t i = 0; i < v->count; i++) {
        if (v->item[i]->kind != HR_PICKLE_INT || v->item[i]->integer < 0) return false;
        out[i] = v->item[i]->integer;
    }
    return true;
}

/* Elements from the first to the last that a view reaches, or SIZE_MAX. */
static size_t reach(const hr_tensor *t, const int64_t *stride) {
    size_t last = 0;
    for (int d = 0; d < t->dims; d++)
        last = hr_add(last, hr_mul((size_t)(t->shape[d] - 1), (size_t)stride[d]));
    return hr_add(last, 1);
}

static bool is_contiguous(const hr_tensor *t, const int64_t *stride) {
    int64_t expected = 1;
    for (int d = t->dims - 1; d >= 0; d--) {
        if (t->shape[d] != 1 && stride[d] != expected) return false;
        expected *= t->shape[d];
    }
    return true;
}

/* Copies the elements in the order of the shape, last index fastest. */
static hr_status copy_view(reader *r, const char *name, const storage *s, const int64_t *stride,
                           const unsigned char *from, hr_tensor *t) {
    size_t size = hr_dtype_size(t->dtype), bytes = t->count * size;
    int64_t index[HR_DIMS_MAX] = {0}, at = 0;
    if (r->copied + bytes > COPIES_MAX * r->held)
        return refuse(r, name, "and others are too many views of too little");
    hr_status status = hr_zip_charge(r->zip, (size_t)(s - r->storages), bytes);
    if (status) return status;
    unsigned char *block = hr_alloc(bytes);
    status = hr_tensors_own(r->out, block);
    if (status) return status;
    r->copied += bytes;
    t->data = block;
    for (size_t i = 0; i < t->count; i++, block += size) {
        memcpy(block, from + (size_t)at * size, size);
        hr_tensor_step(t, stride, index, &at);
    }
    return HR_OK;
}

/* (storage, offset, size, stride, requires_grad, hooks) */
static hr_status read_tensor(reader *r, const char *name, const hr_pickle_value *call) {
    const hr_pickle_value *args = call->item[1];
    storage_id id;
    storage *s = NULL;
    int64_t stride[HR_DIMS_MAX];
    size_t dims = 0, strides = 0;
    hr_tensor t = {.name = name, .count = 1};
    bool good = args->count >= 4 && read_storage_id(args->item[0], &id) &&
                args->item[1]->kind == HR_PICKLE_INT && args->item[1]->integer >= 0 &&
                read_sizes(args->item[2], t.shape, &dims) &&
                read_sizes(args->item[3], stride, &strides) && dims == strides;
    if (!good) return refuse(r, name, "is described in a way that is not known");
    size_t offset = (size_t)args->item[1]->integer;
    t.dtype = id.dtype;
    t.dims = (int)dims;
    for (size_t d = 0; d < dims; d++) t.count = hr_mul(t.count, (size_t)t.shape[d]);
    for (size_t d = 0; d < dims; d++) {
        if (!t.shape[d]) t.count = 0;       /* even where the product of the others overflows */
        if (t.shape[d] == 1) stride[d] = 0; /* no step is ever made */
    }
    hr_status status = load_storage(r, name, &id, &s);
    if (status) return status;
    if (!t.count) {
        t.data = s->bytes;
        return hr_tensors_add(r->out, &t);
    }
    if (t.count > id.count)
        return refuse(r, name, "repeats its storage; save it with contiguous()");
    if (hr_add(offset, reach(&t, stride)) > id.count)
        return refuse(r, name, "reaches beyond its storage");
    const unsigned char *from = s->bytes + offset * hr_dtype_size(t.dtype);
    t.data = from;
    if (!is_contiguous(&t, stride)) status = copy_view(r, name, s, stride, from, &t);
    return status ? status : hr_tensors_add(r->out, &t);
}

/* ---- the tree -------------------------------------------------------------------------------- */

static hr_status walk(reader *r, const char *name, const hr_pickle_value *v, int depth);

static hr_status walk_member(reader *r, const char *outer, const hr_pickle_value *key, size_t index,
                             const hr_pickle_value *v, int depth) {
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, key ? key->integer : (int64_t)index);
    bool text = key && key->kind == HR_PICKLE_TEXT;
    if (key && !text && key->kind != HR_PICKLE_INT)
        return hr_fail(HR_ERR_FORMAT, "%s: has a key that is neither text nor a whole number",
                       hr_zip_path(r->zip));
    char *name =
        hr_text_format("%s%s%.*s", outer, *outer ? "." : "",
                       text ? (int)key->size : (int)strlen(number), text ? key->text : number);
    hr_status status = hr_tensors_own(r->out, name);
    if (status) return status;
    size_t size = strlen(name);
    r->name_bytes += size;
    if (size > NAME_MAX_ || r->name_bytes > NAMES_MAX || ++r->members > MEMBERS_MAX)
        return hr_fail(HR_ERR_FORMAT, "%s: has too many names or too long ones",
                       hr_zip_path(r->zip));
    return walk(r, name, v, depth);
}

static hr_status walk(reader *r, const char *name, const hr_pickle_value *v, int depth) {
    hr_status status = HR_OK;
    if (depth == DEPTH_MAX)
        return hr_fail(HR_ERR_FORMAT, "%s: is nested too deeply", hr_zip_path(r->zip));
    if (v->kind == HR_PICKLE_CALL && v->item[0]->integer == PARAMETER && v->item[1]->count)
        v = v->item[1]->item[0]; /* of a tensor */
    if (v->kind == HR_PICKLE_CALL && v->item[0]->integer == TENSOR)
        return read_tensor(r, *name ? name : "tensor", v);
    if (v->kind == HR_PICKLE_CALL && v->item[0]->integer < DEVICE)
        return refuse(r, name, "is described in a way that is not known");
    if (v->kind == HR_PICKLE_MAP)
        for (size_t i = 0; i + 1 < v->count && !status; i += 2)
            status = walk_member(r, name, v->item[i], 0, v->item[i + 1], depth + 1);
    if (v->kind == HR_PICKLE_LIST)
        for (size_t i = 0; i < v->count && !status; i++)
            status = walk_member(r, name, NULL, i, v->item[i], depth + 1);
    return status;
}

static hr_status find_folder(reader *r, size_t *pickle) {
    for (size_t i = 0; i < hr_zip_count(r->zip); i++) {
        const char *name = hr_zip_name(r->zip, i);
        long size = folder_size(name);
        if (size < 0) continue;
        if (r->folder) return hr_fail(HR_ERR_FORMAT, "%s: holds two data.pkl", hr_zip_path(r->zip));
        if (size > NAME_MAX_)
            return hr_fail(HR_ERR_FORMAT, "%s: has a folder name of more than %d bytes",
                           hr_zip_path(r->zip), NAME_MAX_);
        r->folder = hr_text_format("%.*s", (int)size, name);
        if (!r->folder) return HR_ERR_MEM;
        *pickle = i;
    }
    return HR_OK;
}

static hr_status check_byte_order(reader *r) {
    unsigned char *text;
    size_t size;
    long i = find_record(r, "byteorder");
    if (i < 0) return HR_OK;
    hr_status status = hr_zip_read(r->zip, (size_t)i, 16, &text, &size);
    if (status) return status;
    if (strcmp((const char *)text, "little"))
        status = hr_fail(HR_ERR_UNSUPPORTED,
                         "%s: was saved on a big-endian machine; save it on a common one",
                         hr_zip_path(r->zip));
    hr_free(text);
    return status;
}

static hr_status read(reader *r) {
    hr_pickle pickle = {0};
    unsigned char *bytes = NULL;
    size_t at = 0, size = 0;
    hr_status status = find_folder(r, &at);
    if (!status) status = check_byte_order(r);
    if (!status) status = hr_zip_read(r->zip, at, PICKLE_MAX, &bytes, &size);
    if (!status) status = hr_pickle_parse(bytes, size, hr_zip_path(r->zip), names, NAMES, &pickle);
    if (!status) status = walk(r, "", pickle.root, 0);
    hr_pickle_free(&pickle);
    hr_free(bytes);
    return status;
}

hr_status hr_torch_read(hr_zip *zip, hr_tensors *out) {
    reader r = {.zip = zip, .out = out, .storages = HR_NEW(storage, hr_zip_count(zip))};
    hr_status status = r.storages ? read(&r) : HR_ERR_MEM;
    hr_free(r.folder);
    hr_free(r.storages);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_byte(hr_buffer *out, unsigned char byte) {
    hr_buffer_add(out, &byte, 1);
}

static void put_text(hr_buffer *out, const char *text) {
    size_t size = strlen(text);
    put_byte(out, 'X');
    for (int i = 0; i < 4; i++) put_byte(out, (unsigned char)(size >> 8 * i));
    hr_buffer_add(out, text, size);
}

static void put_integer(hr_buffer *out, int64_t value) {
    if (value >= 0 && value < 256) {
        put_byte(out, 'K');
        put_byte(out, (unsigned char)value);
        return;
    }
    hr_buffer_add(out, "\x8a\x08", 2);
    for (int i = 0; i < 8; i++) put_byte(out, (unsigned char)((uint64_t)value >> 8 * i));
}

static void put_name(hr_buffer *out, const char *full) {
    const char *dot = strrchr(full, '.');
    hr_buffer_print(out, "c%.*s\n%s\n", (int)(dot - full), full, dot + 1);
}

static void put_sizes(hr_buffer *out, const int64_t *sizes, int count) {
    put_byte(out, '(');
    for (int i = 0; i < count; i++) put_integer(out, sizes[i]);
    put_byte(out, 't');
}

static void put_tensor(hr_buffer *out, const hr_tensor *t, size_t key) {
    char text[24];
    int64_t stride[HR_DIMS_MAX], step = 1;
    int type = 0;
    while (types[type] != t->dtype) type++;
    for (int d = t->dims - 1; d >= 0; d--) {
        stride[d] = step;
        step *= t->shape[d] ? t->shape[d] : 1;
    }
    snprintf(text, sizeof text, "%zu", key);
    put_text(out, t->name);
    put_name(out, names[TENSOR]);
    hr_buffer_add(out, "((", 2);
    put_text(out, "storage");
    put_name(out, names[STORAGES + type]);
    put_text(out, text);
    put_text(out, "cpu");
    put_integer(out, (int64_t)t->count);
    hr_buffer_add(out, "tQ", 2);
    put_integer(out, 0);
    put_sizes(out, t->shape, t->dims);
    put_sizes(out, stride, t->dims);
    put_byte(out, 0x89);
    put_name(out, names[ORDERED_DICT]);
    hr_buffer_add(out, ")RtR", 4);
}

hr_status hr_torch_write(const char *path, const hr_tensor *tensors, size_t count) {
    hr_buffer pickle = {0};
    hr_zip_writer *writer;
    hr_buffer_add(&pickle, "\x80\x02", 2);
    put_name(&pickle, names[ORDERED_DICT]);
    hr_buffer_add(&pickle, ")R(", 3);
    for (size_t i = 0; i < count; i++) put_tensor(&pickle, &tensors[i], i);
    hr_buffer_add(&pickle, "u.", 2);
    hr_status status = pickle.failed ? HR_ERR_MEM : hr_zip_create(path, &writer);
    if (status) {
        hr_buffer_free(&pickle);
        return status;
    }
    status = hr_zip_add(writer, "archive/data.pkl", pickle.text, pickle.size);
    if (!status) status = hr_zip_add(writer, "archive/byteorder", "little", 6);
    for (size_t i = 0; i < count && !status; i++) {
        char name[40];
        snprintf(name, sizeof name, "archive/data/%zu", i);
        status = hr_zip_add(writer, name, tensors[i].data,
                            tensors[i].count * hr_dtype_size(tensors[i].dtype));
    }
    if (!status) status = hr_zip_add(writer, "archive/version", "3\n", 2);
    status = hr_zip_end(writer, status);
    hr_buffer_free(&pickle);
    return status;
}
