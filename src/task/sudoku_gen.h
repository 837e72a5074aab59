/* sudoku_gen.h - Sudoku made anew, hardened by search. */
#ifndef HR_SUDOKU_GEN_H
#define HR_SUDOKU_GEN_H

#include "task/task.h"

/* The i-th generated puzzle of a seed: minimal (no clue can go), one solution, rating at least
 * min_rating, hardened by search. Every (seed, i) gives the same puzzle on every machine. Fails
 * with HR_ERR_TASK when no puzzle so hard is found within a bounded number of tries. stop may be
 * NULL. */
hr_status hr_sudoku_generate(const hr_task *task, uint64_t seed, uint64_t i, int min_rating,
                             const hr_stop *stop, uint8_t *cells, uint8_t *solution, int *rating);

#endif
