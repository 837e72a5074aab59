/* fuzz_zip.c - hostile archives: every entry is read. */
#include <stdint.h>

#include "base/mem.h"
#include "io/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_zip *zip;
    volatile unsigned sum = 0;
    if (hr_zip_parse(data, size, "fuzz", &zip)) return 0;
    for (size_t i = 0; i < hr_zip_count(zip); i++) {
        unsigned char *bytes;
        size_t count;
        sum = sum + (unsigned char)hr_zip_name(zip, i)[0];
        if (hr_zip_read(zip, i, 1 << 24, &bytes, &count)) continue;
        for (size_t k = 0; k < count; k += 61) sum = sum + bytes[k];
        hr_free(bytes);
    }
    hr_zip_close(zip);
    return 0;
}
