/* narrow.h - weights that stay in memory in as few bytes as their file has them: int8 with a scale
 * for each row, or bf16. Where they multiply a part of them at a time becomes floats and is packed
 * as the kernels want it, in memory of the thread: the products are those of the floats, to the
 * bit. */
#ifndef HR_NARROW_H
#define HR_NARROW_H

#include "kern/kern_ops.h"

/* A matrix, (rows x cols). */
typedef struct hr_narrow {
    const void *numbers; /* int8, or bf16; may be unaligned */
    void *room;          /* for a copy of them; NULL: they lie elsewhere */
    hr_real *scale;      /* (rows) of int8; NULL: they are bf16 */
} hr_narrow;

/* Rows from.. as floats, one after the other. */
void hr_narrow_rows(const hr_narrow *w, size_t cols, size_t from, size_t rows, hr_real *out);

#endif
