/* npy.c - NumPy's array files. The header is a Python dict literal; only the three keys and the
 * few value forms that the format allows are understood, everything else is refused. */
#include "io/npy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/yaml.h"

static const struct {
    const char *descr; /* the first of each dtype is the one that is written */
    hr_dtype dtype;
} types[] = {
    {"<f4", HR_F32},  {"<f8", HR_F64}, {"<f2", HR_F16}, {"<i8", HR_I64},
    {"<i4", HR_I32},  {"<i2", HR_I16}, {"|i1", HR_I8},  {"|u1", HR_U8},
    {"|b1", HR_BOOL}, {"<u2", HR_I32}, {"<u4", HR_I64}, {"<u8", HR_I64},
};
enum { TYPES = sizeof types / sizeof *types, HEADER_MAX = 65536 };

/* How a file stores its numbers. */
typedef struct layout {
    const char *name; /* of the file */
    size_t at;        /* bytes before what is being read */
    size_t width;     /* bytes of a number */
    bool big, without_sign, fortran;
} layout;

static hr_status refuse(const layout *from, const char *what) {
    hr_fail(HR_ERR_FORMAT, "%s: %s", from->name, what);
    return hr_fail_offset(hr_fail_place(HR_ERR_FORMAT, from->name, 0, 0), from->at);
}

/* "2,3"; a scalar's is "". */
static bool read_shape(const char *text, hr_tensor *out) {
    for (char *end; *text; text = *end ? end + 1 : end) {
        if (*text < '0' || *text > '9' || out->dims == HR_DIMS_MAX) return false;
        errno = 0;
        out->shape[out->dims++] = strtoll(text, &end, 10);
        if (errno || (*end && *end != ',')) return false;
    }
    return true;
}

static hr_status read_keys(const hr_yaml *header, layout *from, hr_tensor *out) {
    const char *descr = hr_yaml_find(header, "descr"), *shape = hr_yaml_find(header, "shape");
    const char *order = hr_yaml_find(header, "fortran_order");
    const char *name = from->name;
    int i = 0;
    if (!descr || !shape || !order || header->count != 3)
        return refuse(from, "the header lacks descr, fortran_order or shape, or has other keys");
    while (i < TYPES && !(strspn(descr, "<>=|") == 1 && !strcmp(types[i].descr + 1, descr + 1)))
        i++;
    if (i == TYPES)
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: numbers of type \"%.32s\" are not supported; save integers or floats "
                       "of at most 8 bytes",
                       name, descr);
    out->dtype = types[i].dtype;
    from->width = (size_t)(descr[2] - '0');
    from->big = *descr == '>';
    from->without_sign = descr[1] == 'u';
    from->fortran = !strcmp(order, "True");
    if (!from->fortran && strcmp(order, "False")) return refuse(from, "the header is damaged");
    if (read_shape(shape, out)) return HR_OK;
    return refuse(from, "the header's shape is damaged or has over 8 dimensions");
}

/* With brackets in place of its parentheses, the dictionary is YAML too. */
static hr_status read_header(const char *text, size_t size, layout *from, hr_tensor *out) {
    hr_yaml keys;
    char *copy = hr_alloc(size + 1);
    if (!copy) return HR_ERR_MEM;
    for (size_t i = 0; i < size; i++)
        copy[i] = text[i] == '(' ? '[' : text[i] == ')' ? ']' : text[i];
    hr_status status = hr_yaml_parse(copy, size, from->name, &keys);
    if (!status) status = read_keys(&keys, from, out);
    else if (status != HR_ERR_MEM) status = refuse(from, "the header is damaged");
    hr_yaml_close(&keys);
    hr_free(copy);
    return status;
}

/* Copies the numbers to C order, little-endian and signed. */
static hr_status arrange(layout *from, const unsigned char *data, hr_tensor *t, unsigned char *to) {
    int64_t stride[HR_DIMS_MAX], index[HR_DIMS_MAX] = {0}, at = 0, count = 1;
    size_t width = from->width, wide = hr_dtype_size(t->dtype);
    for (int i = 0; i < t->dims; i++) {
        int d = from->fortran ? i : t->dims - 1 - i;
        stride[d] = count;
        count *= t->shape[d];
    }
    for (size_t i = 0; i < t->count; i++, to += wide) {
        const unsigned char *p = data + (size_t)at * width;
        uint64_t bits = 0;
        for (size_t b = 0; b < width; b++)
            bits |= (uint64_t)p[from->big ? width - 1 - b : b] << 8 * b;
        if (from->without_sign && bits >> 63) {
            from->at += (size_t)at * width;
            return refuse(from, "holds a number above 9223372036854775807");
        }
        memcpy(to, &bits, wide);
        hr_tensor_step(t, stride, index, &at);
    }
    return HR_OK;
}

/* Everything but the numbers; *from ends at them. */
static hr_status describe(const unsigned char *bytes, size_t size, layout *from, hr_tensor *out) {
    *out = (hr_tensor){.name = from->name, .count = 1};
    if (size < 10 || memcmp(bytes, "\x93NUMPY", 6))
        return refuse(from, "is not a NumPy array file");
    if (bytes[6] < 1 || bytes[6] > 3)
        return hr_fail(HR_ERR_VERSION, "%s: NumPy format version %d is not known; save it as 1.0",
                       from->name, bytes[6]);
    size_t start = bytes[6] == 1 ? 10 : 12, length = bytes[8] | (size_t)bytes[9] << 8;
    from->at = size < start ? size : 8;
    if (size < start) return refuse(from, "ends inside its header");
    if (bytes[6] > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > HEADER_MAX || length > size - start)
        return refuse(from, "claims a longer header than it holds");
    from->at = start;
    hr_status status = read_header((const char *)bytes + start, length, from, out);
    if (status) return status;
    for (int i = 0; i < out->dims; i++) {
        if (out->shape[i] && out->count > SIZE_MAX / 16 / (size_t)out->shape[i])
            return refuse(from, "claims an impossible shape");
        out->count *= (size_t)out->shape[i];
    }
    from->at = start + length;
    if (out->count * from->width != size - from->at)
        return refuse(from, "holds another number of bytes than its shape needs");
    out->data = bytes + from->at;
    return HR_OK;
}

/* The bytes of a copy in C order, little-endian and signed; 0: the file's own are. */
static size_t copy_of(const layout *from, const hr_tensor *t) {
    bool plain = !(from->fortran && t->dims > 1) && (!from->big || from->width == 1);
    if (plain && !(from->without_sign && from->width > 1)) return 0;
    return t->count * hr_dtype_size(t->dtype);
}

hr_status hr_npy_measure(const void *data, size_t size, const char *name, size_t *copy) {
    layout from = {.name = name};
    hr_tensor t;
    hr_status status = describe(data, size, &from, &t);
    *copy = status ? 0 : copy_of(&from, &t);
    return status;
}

hr_status hr_npy_parse(const void *data, size_t size, const char *name, hr_tensor *out,
                       void **own) {
    layout from = {.name = name};
    *own = NULL;
    hr_status status = describe(data, size, &from, out);
    size_t copy = status ? 0 : copy_of(&from, out);
    if (!copy) return status;
    *own = hr_alloc(copy);
    if (!*own) return HR_ERR_MEM;
    status = arrange(&from, out->data, out, *own);
    out->data = *own;
    if (!status) return HR_OK;
    hr_free(*own);
    *own = NULL;
    return status;
}

hr_status hr_npy_open(const char *path, hr_npy *out) {
    *out = (hr_npy){0};
    hr_status status = hr_os_load(path, &out->file);
    if (status) return status;
    status = hr_npy_parse(out->file.data, out->file.size, path, &out->tensor, &out->own);
    if (status) hr_npy_close(out);
    return status;
}

void hr_npy_close(hr_npy *npy) {
    hr_os_unload(&npy->file);
    hr_free(npy->own);
    *npy = (hr_npy){0};
}

hr_status hr_npy_header(const char *path, const hr_tensor *t, hr_buffer *out) {
    int type = 0;
    while (type < TYPES && types[type].dtype != t->dtype) type++;
    if (type == TYPES)
        return hr_fail(HR_ERR_UNSUPPORTED, "%s: NumPy has no type for %s", path,
                       hr_dtype_name(t->dtype));
    hr_buffer header = {0};
    hr_buffer_print(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                    types[type].descr);
    for (int i = 0; i < t->dims; i++)
        hr_buffer_print(&header, "%" PRId64 "%s", t->shape[i],
                        i + 1 < t->dims || t->dims == 1 ? ", " : "");
    hr_buffer_print(&header, "), }");
    while (!header.failed && (10 + header.size + 1) % HR_ALIGN) hr_buffer_add(&header, " ", 1);
    hr_buffer_add(&header, "\n", 1);
    unsigned char lead[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    lead[8] = (unsigned char)header.size;
    lead[9] = (unsigned char)(header.size >> 8);
    hr_buffer_add(out, lead, sizeof lead);
    if (!header.failed) hr_buffer_add(out, header.text, header.size);
    bool failed = header.failed || out->failed;
    hr_buffer_free(&header);
    return failed ? HR_ERR_MEM : HR_OK;
}

hr_status hr_npy_write(const char *path, const hr_tensor *t) {
    hr_buffer header = {0};
    hr_writer writer;
    hr_status status = hr_npy_header(path, t, &header);
    if (!status && !(status = hr_os_create(path, &writer))) {
        status = hr_os_write(&writer, header.text, header.size);
        if (!status) status = hr_os_write(&writer, t->data, t->count * hr_dtype_size(t->dtype));
        status = hr_os_end(&writer, status);
    }
    hr_buffer_free(&header);
    return status;
}
