/* fuzz_safetensors.c - hostile bytes for the safetensors reader. */
#include <stdint.h>
#include <string.h>

#include "io/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_safetensors file;
    volatile double sum = 0;
    if (hr_safetensors_parse(data, size, "fuzz", &file)) return 0;
    for (size_t i = 0; i < file.count; i++)
        for (size_t j = 0; j < file.tensors[i].count; j++)
            sum = sum + hr_tensor_at(&file.tensors[i], j);
    hr_safetensors_close(&file);
    return 0;
}
