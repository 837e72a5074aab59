/* sudoku_gen.h - Sudoku made anew, hardened by search. */
#ifndef HR_SUDOKU_GEN_H
#define HR_SUDOKU_GEN_H

#include "task/task.h"

typedef struct hr_sudoku_wish {
    uint64_t seed;
    int min_rating;
} hr_sudoku_wish;

/* The i-th generated puzzle of a wish: minimal (no clue can go), one solution, rating at least
 * min_rating, hardened by search. Every (seed, i) gives the same puzzle on every machine. Fails
 * with HR_ERR_TASK when no puzzle so hard is found within a bounded number of tries. stop may be
 * NULL. Cells hold 0 (blank) or 1..side. */
hr_status hr_sudoku_generate(const hr_task *task, const hr_sudoku_wish *wish, uint64_t i,
                             const hr_stop *stop, uint8_t *cells, uint8_t *solution, int *rating);

#endif
