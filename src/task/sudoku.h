/* sudoku.h - Sudoku beyond what the task seam shows: an exact solver, a rating, a generator, and
 * the symmetries. */
#ifndef HR_SUDOKU_H
#define HR_SUDOKU_H

#include <stdint.h>

#include "task/task.h"

/* Cells hold 0 (blank) or 1..side. Sides 4, 6 and 9 as the task says. */

/* Number of solutions up to `limit`; the first one goes to `solution` (side^2, may be NULL), and
 * to `guesses` (may be NULL) the rating: the guesses until the first solution, whatever the limit,
 * or all guesses when there is none. A cell above side makes 0 solutions. */
int hr_sudoku_solve(const hr_task *task, const uint8_t *cells, int limit, uint8_t *solution,
                    int *guesses);

/* The i-th generated puzzle of a seed: minimal (no clue can go), one solution, rating at least
 * min_rating, hardened by search. Every (seed, i) gives the same puzzle on every machine. Fails
 * with HR_ERR_TASK when no puzzle so hard is found within a bounded number of tries. stop may be
 * NULL. */
hr_status hr_sudoku_generate(const hr_task *task, uint64_t seed, uint64_t i, int min_rating,
                             const hr_stop *stop, uint8_t *cells, uint8_t *solution, int *rating);

/* A key (side^2 bytes) equal for two solved grids exactly when a symmetry of the task (digits,
 * bands, rows in bands, stacks, columns in stacks, for square boxes transpose) maps one onto the
 * other. It is the first in lexical order of all images of the grid. */
void hr_sudoku_canonical(const hr_task *task, const uint8_t *solution, uint8_t *key);

/* The same for puzzles (0: blank) of sides 4 and 6, whose symmetries are few enough to try: two
 * puzzles have equal keys exactly when a symmetry maps one onto the other. */
void hr_sudoku_canonical_puzzle(const hr_task *task, const uint8_t *cells, uint8_t *key);

/* A symmetry: transpose first when asked, then new[i][j] = old[rows[i]][cols[j]], then every digit
 * d becomes digits[d]. */
typedef struct hr_sudoku_symmetry {
    uint8_t digits[10]; /* digits[0] is not used: blanks stay blank */
    uint8_t rows[9], cols[9];
    bool transpose;
} hr_sudoku_symmetry;
/* One of the task's symmetries, all equally likely. */
void hr_sudoku_draw_symmetry(const hr_task *task, hr_rng rng, hr_sudoku_symmetry *out);
void hr_sudoku_apply(const hr_task *task, const hr_sudoku_symmetry *symmetry, const uint8_t *cells,
                     uint8_t *out);

#endif
