/* embed.h - tokens and puzzle identifiers to the input x, and back to gradients.
 *
 * x = sqrt(D) * [puzzle prefix; token embeddings], with learned positions
 * x = sqrt(D) * (that + position embedding) / sqrt(2). The prefix is the puzzle's row of the sparse
 * table, padded with zeros to prefix * D; with puzzle_emb_cells there is none, and the row is added
 * to every cell, of each channel its own part. The vector of a puzzle's view is added to every cell
 * too, or else to the first prefix token. To each cell every number of it adds so many times its
 * vector, in each channel the same. */
#ifndef HR_EMBED_H
#define HR_EMBED_H

#include "nn/rows.h"

/* The rows of a row block into x (rows x T x D). */
void hr_embed_forward(const hr_model *model, const hr_row_block *block, const hr_batch *batch,
                      hr_real *x);

/* Zeros where the next adds to, and as it says. */
void hr_embed_clear(const hr_model *model, hr_real *sums, size_t from, size_t to);

/* Adds to `sums` (as the embeddings lie at the front of the parameters, from column `from` on) the
 * gradients of the token
 * and position embeddings in columns [from, to), rows in order, from dx (rows x T x D). Columns
 * are independent, so callers split them among threads. */
void hr_embed_backward(const hr_model *model, const hr_row_block *block, const hr_batch *batch,
                       const hr_real *dx, hr_real *sums, size_t from, size_t to);

/* The gradient of one row's puzzle vector (puzzle_emb_ndim) from its dx (`tokens` x D). */
void hr_embed_puzzle_backward(const hr_model *model, const hr_real *dx, size_t tokens,
                              hr_real *puzzle_grad);

#endif
