/* kern_squares.h - what tables that round to bf16 have in common. Sums of weight gradients are kept
 * as squares of PANEL x PANEL numbers, 4 KiB each, down the columns of squares: rows of a wide
 * matrix would lie in the same few sets of the caches. Operands of the sums are packed as a right
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

static void collect(float *c, const float *sums, size_t m, size_t n, bool transposed) {
    for (size_t j = 0; j < n; j += PANEL)
        for (size_t i = 0; i < m; i += PANEL, sums += PANEL * PANEL)
            for (size_t r = 0; r < PANEL && i + r < m; r++)
                for (size_t s = 0; s < PANEL && j + s < n; s++)
                    c[transposed ? (j + s) * m + i + r : (i + r) * n + j + s] +=
                        sums[r * PANEL + s];
}

/* A part of the rows or columns of sums: where it begins, and how many it has. */
typedef struct range {
    size_t from, count;
} range;

/* Part `part` of n rows or columns, in whole squares. */
static range slice(size_t n, size_t part, size_t parts) {
    size_t squares = round_up(n) / PANEL;
    size_t each = (squares + parts - 1) / parts * PANEL, at = each * part;
    size_t from = at < n ? at : n;
    return (range){from, n - from < each ? n - from : each};
}
