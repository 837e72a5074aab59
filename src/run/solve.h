/* solve.h - runs a model for a number of segments and reads its answers. */
#ifndef HR_SOLVE_H
#define HR_SOLVE_H

#include <stdatomic.h>

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
    const hr_task *task; /* borrowed; may be NULL */
    hr_search *search;   /* models of candidates: it solves, z and logits are not there */
    hr_search_result *results;
    uint8_t *tokens;   /* (rows x seq) answers */
    uint8_t *question; /* (seq) scratch */
    int32_t
        *settled; /* (rows) the segment after which the answer did not change any more, from 1 */
    const atomic_bool
        *stop; /* may be NULL; set by another thread: give up after the step at hand */
    hr_arena arena;
} hr_solver;

/* task: for its symmetries, which models of candidates look through; may be NULL. */
hr_status hr_solver_new(hr_model *model, hr_pool *pool, const hr_task *task, int rows,
                        hr_solver **out);
void hr_solver_free(hr_solver *solver);
size_t hr_solver_bytes(const hr_model *model, int rows);
/* Rows at a time that keep a model's states within a few tens of megabytes. */
int hr_solver_rows(const hr_model *model);

/* How to solve. What is beside segments is of models of candidates, which search. */
typedef struct hr_solver_how {
    int segments; /* from fresh states; or most rounds of a puzzle; 0: as the spec says */
    bool check;   /* by the rules of the solver's task */
    uint64_t seed;
    void (*watch)(void *user, const hr_search_round *round);
    void *user;
    /* Any model: after every segment (from 1), or round of all chains (0); false: give up. */
    bool (*go)(void *user, int segment);
} hr_solver_how;

/* What of a request does not fit the model: HR_ERR_UNSUPPORTED. */
hr_status hr_solver_can(const hr_solver *solver, const hr_solver_how *how);
/* Solves solver->batch. False when it gave up: there are no answers. */
bool hr_solver_run(hr_solver *solver, const hr_solver_how *how);

/* How a round ended, as callers are told. */
hrm_round_end hr_round_end(const hr_search_round *round);

/* Solves texts for a task: see hrm_solve. answers (count) come zeroed. */
hr_status hr_solve_texts(hr_solver *solver, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers);

#endif
