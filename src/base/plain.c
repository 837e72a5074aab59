/* plain.c - unpacking by zlib. */
#include "base/plain.h"

#include <string.h>

#include <zlib.h>

#include "base/kind.h"
#include "base/mem.h"

enum { PIECE = 1 << 18 };

size_t hr_plain_most(size_t packed) {
    return hr_add(hr_mul(packed, 10), 8 << 20);
}

/* Unpacks as far as `room` bytes: to `to`, or, where it is NULL, only counting. */
static hr_status unpack(const unsigned char *from, size_t size, const char *name, unsigned char *to,
                        size_t room, size_t *have) {
    unsigned char passing[1 << 15];
    z_stream z = {0};
    size_t left = size;
    int code = inflateInit2(&z, 16 + MAX_WBITS);
    *have = 0;
    while (code == Z_OK && *have < room) {
        size_t piece = room - *have < sizeof passing ? room - *have : sizeof passing;
        if (!z.avail_in) {
            z.next_in = (z_const Bytef *)(uintptr_t)(from + size - left);
            z.avail_in = left < PIECE ? (uInt)left : PIECE;
            left -= z.avail_in;
        }
        z.next_out = to ? to + *have : passing;
        z.avail_out = (uInt)piece;
        code = inflate(&z, Z_NO_FLUSH);
        *have += piece - z.avail_out;
        /* packed files may follow each other, and make one */
        if (code == Z_STREAM_END && (z.avail_in || left)) code = inflateReset(&z);
    }
    inflateEnd(&z);
    if (code == Z_MEM_ERROR) hr_fail_short();
    if (code == Z_STREAM_END || code == Z_OK) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "%s: is packed by gzip, and damaged or cut off", name);
}

hr_status hr_plain_unpack(const void *data, size_t size, const char *name, hr_file *out) {
    size_t most = hr_plain_most(size), have;
    *out = (hr_file){0};
    hr_status status = unpack(data, size, name, NULL, most + 1, &have);
    if (status) return status;
    if (have > most)
        return hr_fail(HR_ERR_FORMAT,
                       "%s: is packed by gzip, and more than ten times as large unpacked (and more "
                       "than 8 MB); unpack it first",
                       name);
    unsigned char *to = hr_alloc_untouched(have + 1); /* the end is read with room for one more */
    if (!to) return hr_fail_in(HR_ERR_MEM, "%s", name);
    status = unpack(data, size, name, to, have + 1, &have);
    if (status) hr_free(to);
    else *out = (hr_file){to, have};
    return status;
}

const char *hr_plain_other(const void *data, size_t size) {
    const unsigned char *p = data;
    if (size > 8 && p[8] == '{' && !memcmp(p + 4, "\0\0\0", 4))
        return "a model, or other tensors (safetensors), and no text";
    return hr_kind_other(data, size);
}

/* Text of what was read, as `status` says. */
static hr_status make_plain(hr_status status, const char *path, hr_file *out) {
    hr_file packed = {0};
    if (!status && out->size >= 2 && !memcmp(out->data, "\x1f\x8b", 2)) {
        packed = *out;
        *out = (hr_file){0};
        status = hr_plain_unpack(packed.data, packed.size, path, out);
        hr_free((void *)(uintptr_t)packed.data);
    }
    if (status) return status;
    const char *other = hr_plain_other(out->data, out->size);
    if (other) {
        hr_os_unload(out);
        return packed.size ? hr_fail(HR_ERR_FORMAT,
                                     "%s: is packed by gzip, and within is %s; unpack "
                                     "it first",
                                     path, other)
                           : hr_fail(HR_ERR_FORMAT, "%s: is %s", path, other);
    }
    if (out->size < 3 || memcmp(out->data, "\xef\xbb\xbf", 3)) return HR_OK;
    out->size -= 3; /* the bytes are ours */
    memmove((void *)(uintptr_t)out->data, out->data + 3, out->size);
    return HR_OK;
}

hr_status hr_plain_load(const char *path, hr_file *out) {
    return make_plain(hr_os_load(path, out), path, out);
}

hr_status hr_plain_load_any(const char *path, hr_file *out) {
    return make_plain(hr_os_load_any(path, out), path, out);
}
