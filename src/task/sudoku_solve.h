/* sudoku_solve.h - an exact solver and its rating. Cells hold 0 (blank) or 1..side; sides 4, 6 and
 * 9 as the task says. */
#ifndef HR_SUDOKU_SOLVE_H
#define HR_SUDOKU_SOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "task/task.h"

/* As a token of the task a digit is so much larger, and a blank cell this. */
enum { HR_SUDOKU_BLANK = 1 };
enum { HR_SUDOKU_SIDE_MAX = 9, HR_SUDOKU_CELLS_MAX = 81 };

/* The ways a digit can lie in a chute (a band or a stack) of `order` boxes: it takes another line
 * in each box, so a way is a permutation. A mini-line is a line's part inside a box; bit
 * line * order + box stands for it in a band, bit box * order + line in a stack. */
typedef struct hr_sudoku_chute {
    int order, lines, ways; /* mini-lines: order^2; ways: order! */
    uint16_t way[6];        /* the mini-lines that a way takes */
    uint8_t fits[512];      /* set of mini-lines -> set of the ways inside it */
    uint16_t any[64];       /* set of ways -> the mini-lines that some way takes */
    uint16_t all[64];       /* set of ways -> the mini-lines that every way takes */
    uint8_t count[64];      /* set of ways -> their number */
} hr_sudoku_chute;

typedef struct hr_sudoku_solver {
    int side, box_rows, box_cols;
    int bands, stacks;        /* box_cols and box_rows of them */
    hr_sudoku_chute chute[2]; /* of bands, of stacks */
    uint8_t boxes[512];       /* set of columns of a row -> set of boxes it touches */
    uint32_t expand[512];     /* set of mini-lines of a band -> their cells */
    int most;                 /* guesses after which a search is given up; 0: it never is */
} hr_sudoku_solver;

/* Builds the tables, which serve any number of puzzles. */
void hr_sudoku_solver_init(hr_sudoku_solver *solver, const hr_task *task);

typedef struct hr_sudoku_result {
    bool given_up;                         /* there may be others */
    int solutions;                         /* found, at most the limit */
    int first;                             /* the rating: guesses until the first solution, or all
                                              guesses when there is none */
    int guesses;                           /* guesses in all */
    uint8_t solution[HR_SUDOKU_CELLS_MAX]; /* the first one */
} hr_sudoku_result;

/* Searches up to `limit` solutions of `cells` and puts them into `list` (limit of them, or NULL);
 * a cell above side makes none. When ban_cell >= 0, that cell may not hold ban_digit. */
void hr_sudoku_search(const hr_sudoku_solver *solver, const uint8_t *cells, int ban_cell,
                      int ban_digit, int limit, uint8_t (*list)[HR_SUDOKU_CELLS_MAX],
                      hr_sudoku_result *result);

#endif
