/* kern_squares.h - sums of weight gradients as squares of SUMS_EDGE x SUMS_EDGE numbers, 4 KiB
 * each, down the columns of squares: rows of a wide matrix would lie in the same few sets of the
 * caches.
 */
static void collect(float *c, const float *sums, size_t m, size_t n, bool transposed) {
    for (size_t j = 0; j < n; j += SUMS_EDGE)
        for (size_t i = 0; i < m; i += SUMS_EDGE, sums += SUMS_EDGE * SUMS_EDGE)
            for (size_t r = 0; r < SUMS_EDGE && i + r < m; r++)
                for (size_t s = 0; s < SUMS_EDGE && j + s < n; s++)
                    c[transposed ? (j + s) * m + i + r : (i + r) * n + j + s] +=
                        sums[r * SUMS_EDGE + s];
}

/* Where part `part` of n rows or columns of sums begins, in whole squares, and how many it has. */
static void slice(size_t n, size_t part, size_t parts, size_t *from, size_t *count) {
    size_t units = (n + SUMS_EDGE - 1) / SUMS_EDGE;
    size_t each = (units + parts - 1) / parts * SUMS_EDGE, at = each * part;
    *from = at < n ? at : n;
    *count = n - *from < each ? n - *from : each;
}
