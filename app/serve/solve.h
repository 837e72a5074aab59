/* solve.h - a worker's solvers, and one puzzle of a job. */
#ifndef SERVE_SOLVE_H
#define SERVE_SOLVE_H

#include "job.h"

/* The solvers of one worker, one for each model that it was asked for. */
typedef struct solver_box solver_box;

solver_box *solve_open(void);
void solve_close(solver_box *box);
/* Answers puzzle i: its place in the job is filled in, or the job fails. box NULL: out of memory.
 */
void solve_puzzle(solver_box *box, job *j, size_t i);

#endif
