/* sudoku_canon.h - one form for all Sudoku that a symmetry maps onto each other. Cells hold 0
 * (blank) or 1..side. */
#ifndef HR_SUDOKU_CANON_H
#define HR_SUDOKU_CANON_H

#include "task/task.h"

/* A key (side^2 bytes) equal for two grids exactly when a symmetry of the task (digits, bands, rows
 * in bands, stacks, columns in stacks, for square boxes transpose) maps one onto the other. It is
 * the first in lexical order of all images of the grid. solved: no cell is blank; else a puzzle, of
 * side 4 or 6, whose symmetries are few enough to try. */
void hr_sudoku_canonical(const hr_task *task, const uint8_t *cells, bool solved, uint8_t *key);

#endif
