/* mask.c - see mask.h */
#include "nn/mask.h"

static hr_rng row_stream(const hr_mask *m, size_t i) {
    return hr_rng_sub(m->rng, m->from + (m->row ? (size_t)m->row[i] : i));
}

/* 64 bits at `index` of a stream, as SplitMix64 makes them: cheaper than base/rng.h's, and good
 * enough for what stays or goes. */
static uint64_t bits_at(hr_rng rng, uint64_t index) {
    uint64_t z = rng.key + (index + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
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
        for (size_t k = 0; k < size; k++) { /* four neighbours share a number */
            hr_real left =
                (bits_at(rng, k / 4) >> k % 4 * 16 & 0xffff) < mask->share ? 0 : x[at + k] * kept;
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
