/* fuzz_npy.c - hostile bytes for the npy reader. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "io/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_tensor tensor;
    volatile double sum = 0;
    void *own;
    if (hr_npy_parse(data, size, "fuzz", &tensor, &own)) return 0;
    for (size_t i = 0; i < tensor.count; i++) sum = sum + hr_tensor_at(&tensor, i);
    hr_free(own);
    return 0;
}
