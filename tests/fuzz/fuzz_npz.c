/* fuzz_npz.c - hostile files for the reader that takes any format of tensors: archives of NumPy's
 * and PyTorch's, packed and not. */
#include <stdint.h>

#include "io/tensors_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_tensors file;
    volatile double sum = 0;
    if (hr_tensors_parse(data, size, "fuzz", &file)) return 0;
    for (size_t i = 0; i < file.count; i++)
        for (size_t k = 0; k < file.tensors[i].count; k += 17)
            sum = sum + hr_tensor_at(&file.tensors[i], k);
    hr_tensors_close(&file);
    return 0;
}
