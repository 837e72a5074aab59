/* kind.c - formats told by their first bytes. */
#include "base/kind.h"

#include <string.h>

const char *hr_kind_other(const void *data, size_t size) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *what;
    } kinds[] = {
        {"\xff\xfe", 2, "text in UTF-16; save it as UTF-8"},
        {"\xfe\xff", 2, "text in UTF-16; save it as UTF-8"},
        {"PAR1", 4, "a Parquet table; save it as CSV"},
        {"ARROW1", 6, "an Arrow table; save it as CSV"},
        {"PK\3\4", 4,
         "a zip archive, perhaps arrays of NumPy (.npz); unpack it first (a spreadsheet: save it "
         "as CSV)"},
        {"\x1f\x8b", 2, "packed by gzip; unpack it first"},
        {"BZh", 3, "packed by bzip2; unpack it first"},
        {"\xfd"
         "7zXZ",
         5, "packed by xz; unpack it first"},
        {"\x28\xb5\x2f\xfd", 4, "packed by zstd; unpack it first"},
        {"\x93NUMPY", 6,
         "an array of NumPy; puzzles are read from such in the published "
         "layout (docs/formats.md), or handed over in Python"},
        {"\x89HDF", 4, "an HDF5 file; save it as CSV"},
        {"SQLite format 3", 15, "a database of SQLite; save its table as CSV"},
        {"\x89PNG", 4, "a picture"},
        {"\xff\xd8\xff", 3, "a picture"},
        {"GIF8", 4, "a picture"},
        {"7z\xbc\xaf", 4, "an archive of 7z; unpack it first"},
        {"\x04\x22\x4d\x18", 4, "packed by lz4; unpack it first"},
        {"\xd0\xcf\x11\xe0", 4, "a spreadsheet or document of an office suite; save it as CSV"},
        {"%PDF", 4, "a PDF document"},
    };
    const unsigned char *p = data;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (size >= kinds[i].size && !memcmp(p, kinds[i].bytes, kinds[i].size))
            return kinds[i].what;
    if (size >= 262 && !memcmp(p + 257, "ustar", 5)) return "an archive of tar; unpack it first";
    if (size >= 4 && !p[0] != !p[1] && !p[2] != !p[3] && !p[0] == !p[2]) return kinds[0].what;
    return NULL;
}
