/* plain.c - unpacking by zlib. */
#include "base/plain.h"

#include <string.h>

#include <zlib.h>

#include "base/kind.h"
#include "base/mem.h"

enum { UNPACKED_MOST = 1 << 30, PIECE = 1 << 20 };

hr_status hr_plain_unpack(const void *data, size_t size, const char *name, hr_file *out) {
    z_stream z = {0};
    const unsigned char *from = data;
    unsigned char *to = NULL;
    size_t have = 0, capacity = 0, left = size;
    hr_status status = inflateInit2(&z, 16 + MAX_WBITS) == Z_OK ? HR_OK : HR_ERR_MEM;
    int code = Z_OK;
    while (!status && code == Z_OK) {
        if (have > UNPACKED_MOST)
            status =
                hr_fail(HR_ERR_FORMAT, "%s: is more than 1 GiB unpacked; unpack it first", name);
        if (!status) status = hr_reserve(&to, &capacity, have, PIECE, 1);
        if (status) break;
        if (!z.avail_in) {
            z.next_in = (z_const Bytef *)(uintptr_t)(from + size - left);
            z.avail_in = left < PIECE ? (uInt)left : PIECE;
            left -= z.avail_in;
        }
        z.next_out = to + have;
        z.avail_out = PIECE;
        code = inflate(&z, Z_NO_FLUSH);
        have += PIECE - z.avail_out;
        /* packed files may follow each other, and make one */
        if (code == Z_STREAM_END && (z.avail_in || left)) code = inflateReset(&z);
    }
    inflateEnd(&z);
    if (!status && code != Z_STREAM_END)
        status = hr_fail(HR_ERR_FORMAT, "%s: is packed by gzip, and damaged or cut off", name);
    if (status) hr_free(to);
    else *out = (hr_file){to, have};
    return status;
}

hr_status hr_plain_load(const char *path, hr_file *out) {
    hr_file packed;
    hr_status status = hr_os_load(path, out);
    if (!status && out->size >= 2 && !memcmp(out->data, "\x1f\x8b", 2)) {
        packed = *out;
        *out = (hr_file){0};
        status = hr_plain_unpack(packed.data, packed.size, path, out);
        hr_os_unload(&packed);
    }
    if (status) return status;
    const char *other = hr_kind_other(out->data, out->size);
    if (!other && out->size > 8 && out->data[8] == '{' && !memcmp(out->data + 4, "\0\0\0", 4))
        other = "a model, or other tensors (safetensors), and no text";
    if (other) {
        hr_os_unload(out);
        return hr_fail(HR_ERR_FORMAT, "%s: is %s", path, other);
    }
    if (out->size < 3 || memcmp(out->data, "\xef\xbb\xbf", 3)) return HR_OK;
    out->size -= 3; /* the bytes are ours */
    memmove((void *)(uintptr_t)out->data, out->data + 3, out->size);
    return HR_OK;
}
