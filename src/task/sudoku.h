/* sudoku.h - Sudoku as a task. */
#ifndef HR_SUDOKU_H
#define HR_SUDOKU_H

#include "task/task.h"

/* A Sudoku of box_rows x box_cols boxes: 2x2 (side 4), 2x3 (side 6) or 3x3 (side 9). Tokens as the
 * published code: 1 blank, 2.. the digits 1... */
hr_status hr_task_sudoku(int box_rows, int box_cols, hr_task *out);

/* A symmetry: transposes first when asked, then new[i][j] = old[rows[i]][cols[j]], then every digit
 * d becomes digits[d]; hr_sudoku_maps writes it as hr_task_ops.symmetry does. */
typedef struct hr_sudoku_symmetry {
    uint8_t digits[10]; /* digits[0] is not used: blanks stay blank */
    uint8_t rows[9], cols[9];
    bool transpose;
} hr_sudoku_symmetry;
void hr_sudoku_maps(const hr_task *task, const hr_sudoku_symmetry *symmetry, uint32_t *cell,
                    uint8_t *token);

#endif
