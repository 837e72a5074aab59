/* piece.h - sums of weight gradients in pieces, of a size at which some of them stay in a core's
 * cache: a large model's threads take one each.
 *
 * Units of work on weights: every block, H's first, then the heads, then the embeddings. */
#ifndef HR_PIECE_H
#define HR_PIECE_H

#include "nn/block.h"

/* A piece, and whose it is. */
typedef struct hr_place {
    int unit;
    hr_part of;
    hr_piece piece; /* may be empty */
} hr_place;

/* Units that are blocks; two more follow. */
int hr_piece_units(const hr_model *model);
const hr_block *hr_piece_block(const hr_model *model, int unit, int *module, int *layer);
/* Pieces of some units, for so many threads; and the i-th of those from a unit on. */
int hr_piece_count(const hr_model *model, int threads, int unit, int units);
hr_place hr_piece_at(const hr_model *model, int threads, int unit, int i);
/* Numbers that any of them takes where it lies alone. */
size_t hr_piece_largest(const hr_model *model, int threads);

#endif
