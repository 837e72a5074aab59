/* narrow.c - see narrow.h */
#include "nn/narrow.h"

#include <stdint.h>
#include <string.h>

static void from_int8(const int8_t *numbers, hr_real scale, size_t count, hr_real *out) {
    for (size_t i = 0; i < count; i++) out[i] = scale * (hr_real)numbers[i];
}

static void from_bf16(const unsigned char *numbers, size_t count, hr_real *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        float value;
        memcpy(&half, numbers + i * sizeof half, sizeof half);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(&value, &bits, sizeof value);
        out[i] = (hr_real)value;
    }
}

void hr_narrow_rows(const hr_narrow *w, size_t cols, size_t from, size_t rows, hr_real *out) {
    if (!w->scale) {
        const unsigned char *numbers = w->numbers;
        from_bf16(numbers + from * cols * sizeof(uint16_t), rows * cols, out);
        return;
    }
    const int8_t *numbers = w->numbers;
    for (size_t r = from; r < from + rows; r++, out += cols)
        from_int8(numbers + r * cols, w->scale[r], cols, out);
}
