/* npy.c - NumPy's array files. The header is a Python dict literal; only the three keys and the
 * few value forms that the format allows are understood, everything else is refused. */
#include "io/npy.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const struct {
    const char *descr;
    hr_dtype dtype;
} types[] = {
    {"<f4", HR_F32}, {"<f8", HR_F64}, {"<f2", HR_F16}, {"<i8", HR_I64},  {"<i4", HR_I32},
    {"<i2", HR_I16}, {"|i1", HR_I8},  {"|u1", HR_U8},  {"|b1", HR_BOOL},
};
enum { TYPES = sizeof types / sizeof *types, HEADER_MAX = 65536 };

typedef struct cursor {
    const char *at, *end;
    const char *name;
} cursor;

static hr_status refuse(const cursor *c, const char *what) {
    return hr_fail(HR_ERR_FORMAT, "%s: %s", c->name, what);
}

static bool take(cursor *c, char wanted) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n')) c->at++;
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word) {
    size_t n = strlen(word);
    take(c, '\0'); /* skips blanks; headers hold no zero byte */
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n)) return false;
    c->at += n;
    return true;
}

/* A quoted string without escapes into out (size bytes). */
static bool take_string(cursor *c, char *out, size_t size) {
    char quote = take(c, '\'') ? '\'' : take(c, '"') ? '"' : 0;
    size_t n = 0;
    if (!quote) return false;
    while (c->at < c->end && *c->at != quote) {
        if (n + 1 == size || *c->at == '\\') return false;
        out[n++] = *c->at++;
    }
    out[n] = 0;
    return take(c, quote);
}

static bool take_count(cursor *c, int64_t *out) {
    int64_t value = 0;
    int digits = 0;
    take(c, '\0');
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++, digits++) {
        if (value > INT64_MAX / 10 - 1) return false;
        value = value * 10 + (*c->at - '0');
    }
    *out = value;
    return digits > 0;
}

static bool take_shape(cursor *c, hr_tensor *out) {
    if (!take(c, '(')) return false;
    while (!take(c, ')')) {
        if (out->dims == HR_DIMS_MAX || !take_count(c, &out->shape[out->dims++])) return false;
        if (!take(c, ',')) return take(c, ')');
    }
    return true;
}

static hr_status read_header(cursor *c, hr_tensor *out) {
    bool descr = false, order = false, shape = false;
    if (!take(c, '{')) return refuse(c, "the header is not a dictionary");
    while (!take(c, '}')) {
        char key[32], value[32];
        if (!take_string(c, key, sizeof key) || !take(c, ':'))
            return refuse(c, "the header is damaged");
        if (!strcmp(key, "descr") && !descr && take_string(c, value, sizeof value)) {
            int i = 0;
            while (i < TYPES && strcmp(types[i].descr, value)) i++;
            if (i == TYPES)
                return hr_fail(HR_ERR_UNSUPPORTED,
                               "%s: numbers of type \"%s\" are not supported; save little-endian "
                               "integers or floats",
                               c->name, value);
            out->dtype = types[i].dtype;
            descr = true;
        } else if (!strcmp(key, "fortran_order") && !order) {
            if (take_word(c, "True"))
                return hr_fail(HR_ERR_UNSUPPORTED,
                               "%s: is in Fortran order; save it with numpy.ascontiguousarray",
                               c->name);
            order = take_word(c, "False");
            if (!order) return refuse(c, "the header is damaged");
        } else if (!strcmp(key, "shape") && !shape) {
            shape = take_shape(c, out);
            if (!shape) return refuse(c, "the header's shape is damaged or has over 8 dimensions");
        } else {
            return refuse(c, "the header has a key that is not known, or one twice");
        }
        if (!take(c, ',') && !(take(c, '}') && c->at--)) return refuse(c, "the header is damaged");
    }
    return descr && order && shape ? HR_OK
                                   : refuse(c, "the header lacks descr, fortran_order or shape");
}

hr_status hr_npy_parse(const void *data, size_t size, const char *name, hr_tensor *out) {
    const unsigned char *bytes = data;
    cursor c = {.name = name};
    *out = (hr_tensor){.name = name, .count = 1};
    if (size < 10 || memcmp(bytes, "\x93NUMPY", 6)) return refuse(&c, "is not a NumPy array file");
    if (bytes[6] < 1 || bytes[6] > 3)
        return hr_fail(HR_ERR_VERSION, "%s: NumPy format version %d is not known; save it as 1.0",
                       name, bytes[6]);
    size_t start = bytes[6] == 1 ? 10 : 12, length = bytes[8] | (size_t)bytes[9] << 8;
    if (size < start) return refuse(&c, "ends inside its header");
    if (bytes[6] > 1) length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    if (length > HEADER_MAX || length > size - start)
        return refuse(&c, "claims a longer header than it holds");
    c.at = (const char *)bytes + start;
    c.end = c.at + length;
    hr_status status = read_header(&c, out);
    if (status) return status;
    for (int i = 0; i < out->dims; i++) {
        if (out->shape[i] && out->count > SIZE_MAX / 16 / (size_t)out->shape[i])
            return refuse(&c, "claims an impossible shape");
        out->count *= (size_t)out->shape[i];
    }
    if (out->count * hr_dtype_size(out->dtype) != size - start - length)
        return refuse(&c, "holds another number of bytes than its shape needs");
    out->data = bytes + start + length;
    return HR_OK;
}

hr_status hr_npy_open(const char *path, hr_npy *out) {
    *out = (hr_npy){0};
    hr_status status = hr_os_load(path, &out->file);
    if (status) return status;
    status = hr_npy_parse(out->file.data, out->file.size, path, &out->tensor);
    if (status) hr_npy_close(out);
    return status;
}

void hr_npy_close(hr_npy *npy) {
    hr_os_unload(&npy->file);
    *npy = (hr_npy){0};
}

static const char *descr_of(hr_dtype dtype) {
    for (int i = 0; i < TYPES; i++)
        if (types[i].dtype == dtype) return types[i].descr;
    return NULL;
}

hr_status hr_npy_header(const char *path, const hr_tensor *t, hr_buffer *out) {
    const char *descr = descr_of(t->dtype);
    if (!descr)
        return hr_fail(HR_ERR_UNSUPPORTED, "%s: NumPy has no type for %s", path,
                       hr_dtype_name(t->dtype));
    hr_buffer header = {0};
    hr_buffer_print(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
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
    if (!status) status = hr_os_create(path, &writer);
    if (!status) {
        status = hr_os_write(&writer, header.text, header.size);
        if (!status) status = hr_os_write(&writer, t->data, t->count * hr_dtype_size(t->dtype));
        if (status) hr_os_abandon(&writer);
        else status = hr_os_commit(&writer);
    }
    hr_buffer_free(&header);
    return status;
}
