/* sudoku_gen.h - generating Sudoku, hardened by search. */
#ifndef HR_SUDOKU_GEN_H
#define HR_SUDOKU_GEN_H

#include "task/generator.h"

/* Puzzles are minimal (no clue can go) unless `givens` eases them, have one solution and a rating
 * of min-rating at least, and are hardened by search. Every seed and index gives the same puzzle on
 * every machine. Fails with HR_ERR_TASK when no puzzle so hard is found within a bounded number of
 * tries. */
extern const hr_generator hr_sudoku_generator;

#endif
