/* sudoku_canon.h - one form for all Sudoku that a symmetry maps onto each other. Cells hold 0
 * (blank) or 1..side. */
#ifndef HR_SUDOKU_CANON_H
#define HR_SUDOKU_CANON_H

#include "task/task.h"

/* A key (side^2 bytes) equal for two solved grids exactly when a symmetry of the task (digits,
 * bands, rows in bands, stacks, columns in stacks, for square boxes transpose) maps one onto the
 * other. It is the first in lexical order of all images of the grid. */
void hr_sudoku_canonical(const hr_task *task, const uint8_t *solution, uint8_t *key);

/* The same for puzzles (0: blank) of sides 4 and 6, whose symmetries are few enough to try: two
 * puzzles have equal keys exactly when a symmetry maps one onto the other. */
void hr_sudoku_canonical_puzzle(const hr_task *task, const uint8_t *cells, uint8_t *key);

#endif
