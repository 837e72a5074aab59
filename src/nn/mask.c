/* mask.c - see mask.h */
#include "nn/mask.h"

static hr_rng row_stream(const hr_mask *m, size_t i) {
    return hr_rng_sub(m->rng, m->from + (m->row ? (size_t)m->row[i] : i));
}

void hr_mask_add(const hr_mask *mask, hr_mask_sum sum, hr_real *out, const hr_real *addend,
                 const hr_real *x, size_t from, size_t to) {
    const hr_dims *dims = mask->dims;
    size_t size = dims->tokens * dims->d;
    const hr_real kept = 65536 / (hr_real)(65536 - mask->share);
    for (size_t r = from; r < to; r++) {
        size_t at = r * size;
        hr_rng rng = row_stream(mask, r / dims->channels);
        rng = hr_rng_sub(hr_rng_sub(rng, mask->layer * HR_MASK_SUMS + sum), r % dims->channels);
        uint64_t bits = 0; /* for four neighbours */
        for (size_t k = 0; k < size; k++, bits >>= 16) {
            if (k % 4 == 0) bits = hr_rng_u64(rng, k / 4);
            hr_real left = (bits & 0xffff) < mask->share ? 0 : x[at + k] * kept;
            out[at + k] = addend ? addend[at + k] + left : left;
        }
    }
}

void hr_mask_input(const hr_mask *mask, double share, hr_real *x, size_t rows) {
    size_t row = hr_row_tokens(mask->dims) * mask->dims->d;
    const hr_real kept = (hr_real)(1 / (1 - share));
    for (size_t i = 0; share > 0 && i < rows; i++, x += row) {
        hr_rng rng = row_stream(mask, i);
        for (size_t k = 0; k < row; k++) x[k] *= hr_rng_uniform(rng, k) < share ? 0 : kept;
    }
}
