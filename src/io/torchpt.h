/* torchpt.h - what torch.save writes: a zip archive with one pickle, data.pkl, that describes
 * tensors, and one record of bytes per storage, data/KEY. Both record layouts are read (top folder
 * named after the file or "archive", with or without .data, .format_version and the like). */
#ifndef HR_TORCHPT_H
#define HR_TORCHPT_H

#include <stdbool.h>

#include "io/tensors.h"
#include "io/zip.h"

bool hr_torch_is(const hr_zip *zip); /* has a data.pkl */
/* Whether torch.save wrote it before its files were zip archives: a pickled number, always the
 * same, comes first. Such files are not read. */
static inline bool hr_torch_is_legacy(const void *data, size_t size) {
    static const unsigned char magic[] = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c,
                                          0x46, 0xf9, 0x20, 0x6a, 0xa8};
    const unsigned char *bytes = data;
    return size > 2 + sizeof magic && bytes[0] == 0x80 && !memcmp(bytes + 2, magic, sizeof magic);
}

/* Adds every tensor of a map; members of maps and lists within it are named "outer.inner", other
 * values are skipped. The device does not matter. Views become contiguous. A bare tensor is called
 * "tensor". */
hr_status hr_torch_read(hr_zip *zip, hr_tensors *out);

/* An OrderedDict of the tensors, each with a storage of its own, in the layout of PyTorch 2;
 * written atomically. torch.load(weights_only=True) reads it. */
hr_status hr_torch_write(const char *path, const hr_tensor *tensors, size_t count);

#endif
