/* answer.h - puzzles as text in, answers as text out. */
#ifndef HR_ANSWER_H
#define HR_ANSWER_H

#include "solve/solve.h"

/* Frees what an answer holds, not the answer. */
void hr_answer_free(hrm_answer *answer);

/* See hrm_solver_stream. The options are whole: of this version's size, those of solve too. */
hr_status hr_solve_stream(hr_solver *solver, const hr_task *task,
                          const hrm_stream_options *options);
/* See hrm_solve. answers (count) come zeroed. */
hr_status hr_solve_texts(hr_solver *solver, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers);

/* One puzzle, in the caller's memory; see hrm_solver_answer. The options are whole. */
typedef struct hr_text_answer {
    char *text; /* (seq + 1) */
    hrm_verdict *verdict;
} hr_text_answer;
hr_status hr_solve_text(hr_solver *solver, const hr_task *task, const char *puzzle,
                        const hrm_solve_options *options, const hr_text_answer *out);

#endif
