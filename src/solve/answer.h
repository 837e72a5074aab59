/* answer.h - puzzles as text in, answers as text out. */
#ifndef HR_ANSWER_H
#define HR_ANSWER_H

#include "solve/solve.h"

/* Frees what an answer holds, not the answer. */
void hr_answer_free(hrm_answer *answer);

/* See hrm_solve_stream. total: of the puzzles, for progress; 0: not known. */
hr_status hr_solve_stream(hr_solver *solver, const hr_task *task, hrm_next_puzzle next,
                          hrm_answer_callback done, void *user, size_t total,
                          const hrm_solve_options *options);
/* See hrm_solve. answers (count) come zeroed. */
hr_status hr_solve_texts(hr_solver *solver, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers);

#endif
