/* fuzz_plain.c - hostile bytes as text, and as what gzip packed. */
#include <stdint.h>
#include <string.h>

#include "base/kind.h"
#include "base/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_file file;
    volatile size_t sum = 0;
    const char *other = hr_kind_other(data, size);
    if (other) sum = sum + strlen(other);
    if (hr_plain_unpack(data, size, "fuzz", &file)) return 0;
    for (size_t i = 0; i < file.size; i++) sum = sum + file.data[i];
    hr_os_unload(&file);
    return 0;
}
