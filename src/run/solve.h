/* solve.h - runs a model for a number of segments and reads its answers. */
#ifndef HR_SOLVE_H
#define HR_SOLVE_H

#include "hrm.h"
#include "nn/model.h"
#include "run/search.h"
#include "task/task.h"

/* A model at work: memory for up to `rows` puzzles at a time. */
typedef struct hr_solver {
    hr_model *model; /* borrowed */
    hr_exec *exec;
    int rows;
    hr_batch batch; /* fill inputs and ids (and labels, for evaluation), set rows */
    hr_real *z[HR_STATES_MAX];
    hr_real *logits, *q;
    hr_search *search; /* models of candidates: it solves, z and logits are not there */
    hr_search_result *results;
    uint8_t *tokens; /* (rows x seq) answers */
    int32_t
        *settled; /* (rows) the segment after which the answer did not change any more, from 1 */
    hr_arena arena;
} hr_solver;

/* task: for its symmetries, which models of candidates look through; may be NULL. */
hr_status hr_solver_new(hr_model *model, hr_pool *pool, const hr_task *task, int rows,
                        hr_solver **out);
void hr_solver_free(hr_solver *solver);
size_t hr_solver_bytes(const hr_model *model, int rows);
/* Rows at a time that keep a model's states within a few tens of megabytes. */
int hr_solver_rows(const hr_model *model);

/* Runs `segments` segments over solver->batch from fresh states; of models of candidates at most so
 * many rounds for a puzzle. */
void hr_solver_run(hr_solver *solver, int segments);

/* Solves texts for a task: see hrm_solve. answers (count) come zeroed. */
hr_status hr_solve_texts(hr_solver *solver, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers);

#endif
