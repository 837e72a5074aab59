/* fuzz_official.c - hostile bytes for the reader of all_config.yaml. */
#include <stdint.h>

#include "model/official.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_official official;
    if (!hr_official_parse(data, size, "fuzz", &official)) hr_official_free(&official);
    return 0;
}
