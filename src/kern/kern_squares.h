/* kern_squares.h - what tables that round to bf16 have in common. Sums of weight gradients are kept
 * as squares of PANEL x PANEL numbers, 4 KiB each, one row of squares after the other: rows of a
 * wide matrix would lie in the same few sets of the caches. Those of `mlp` are transposed each.
 * Operands of the sums are packed as a right
 * operand is: in panels of PANEL columns, panel_size(k) floats each. */
static size_t packed_slice(size_t k, size_t from) {
    return from % PANEL ? SIZE_MAX : from / PANEL * panel_size(k);
}

static size_t packed_size(hr_packing kind, size_t rows, size_t cols) {
    switch (kind) {
    case HR_PACK_A:
        return left_size(rows, cols);
    case HR_PACK_SUMS:
        return round_up(rows) * round_up(cols);
    default:
        return round_up(cols) / PANEL * panel_size(rows);
    }
}

/* Input and gradient at the output; the hidden row and the gradients at gate and up. */
static size_t mlp_operands(size_t n, size_t width, size_t inner) {
    return (2 * round_up(width) + 3 * round_up(inner)) / PANEL * panel_size(n);
}

static void collect(float *c, const float *sums, size_t m, size_t n, bool transposed, bool of_mlp) {
    size_t down = of_mlp ? 1 : PANEL, right = of_mlp ? PANEL : 1;
    for (size_t i = 0; i < m; i += PANEL)
        for (size_t j = 0; j < n; j += PANEL, sums += PANEL * PANEL)
            for (size_t r = 0; r < PANEL && i + r < m; r++)
                for (size_t s = 0; s < PANEL && j + s < n; s++)
                    c[transposed ? (j + s) * m + i + r : (i + r) * n + j + s] +=
                        sums[r * down + s * right];
}

/* A part of the rows or columns of sums: where it begins, and how many it has. */
typedef struct range {
    size_t from, count;
} range;

static range slice(size_t n, size_t part, size_t parts) {
    range r;
    r.from = hr_kern_part(n, part, parts, &r.count);
    return r;
}
