/* solve.h - runs a model on a stream of puzzles and reads its answers. */
#ifndef HR_SOLVE_H
#define HR_SOLVE_H

#include <stdatomic.h>

#include "hrm_tools.h"
#include "nn/engine.h"
#include "solve/search.h"
#include "task/task.h"

/* What became of one puzzle. */
typedef struct hr_solved {
    size_t index;
    const uint8_t *question, *tokens; /* (seq) */
    const hr_search_result *search;   /* models of candidates; else NULL */
    hr_search_end end;
    int segments;      /* after which the answer did not change any more; rounds of a search */
    double confidence; /* probability that the answer is right; 0 where none is given */
} hr_solved;

/* Where puzzles come from and answers go. Both functions see them in the same order, counted from
 * 0; pointers hold until they return. A failure ends the stream, but when `next` fails the puzzles
 * before are still answered. */
typedef struct hr_flow {
    /* Writes a question (seq) and its puzzle identifier, and sets *more, without `wait` perhaps to
     * HR_SEARCH_LATER. A puzzle that is HR_SEARCH_HOPELESS ends as HR_SEARCH_UNTRIED. */
    hr_status (*next)(void *user, size_t index, bool wait, uint8_t *question, int32_t *id,
                      hr_search_next *more);
    hr_status (*done)(void *user, const hr_solved *solved);
    void *user;
} hr_flow;

/* The defaults of a search. */
extern const hrm_search hr_solver_search;

/* How to solve. All but segments and go is for models of candidates, which search. */
typedef struct hr_solver_how {
    int segments;             /* from fresh states; or rounds; 0: as the spec says */
    const hrm_search *search; /* may be NULL */
    bool check;               /* by the rules of the solver's task */
    uint64_t seed;
    bool alone; /* one puzzle after the other */
    /* May be NULL. go: after every segment (from 1), or round of all chains (0), and (0) inside
     * long ones, there from any thread but one at a time; false stops. */
    void (*watch)(void *user, const hr_search_round *round);
    bool (*go)(void *user, int segment);
    void *user;
} hr_solver_how;

/* A puzzle of a search that `done` has not got yet. */
typedef struct hr_waiting {
    bool done;
    hr_search_result result;
} hr_waiting;

/* A model at work: memory for up to `rows` puzzles at a time. */
typedef struct hr_solver {
    hr_model *model; /* borrowed */
    hr_engine *engine;
    bool own_engine;
    bool halts; /* see hr_solver_halts */
    int rows;
    double begin;           /* of the stream, in seconds */
    size_t first, finished; /* number of the batch's first puzzle; puzzles that are done */
    const hr_task *task;    /* borrowed; may be NULL */
    /* models that answer in segments: the batch, its states and outputs */
    hr_batch batch;
    hr_carry *carry;
    hr_real *logits, *q;
    int32_t *settled;   /* (rows) the last segment that changed the answer */
    hr_search_end *end; /* (rows) */
    /* models of candidates, which search; puzzles wait here for those before them */
    hr_search *search;
    hr_waiting *waiting;        /* (window), a ring */
    int window;                 /* puzzles; rows of the next two */
    uint8_t *question, *tokens; /* (window x seq) */
    const atomic_bool *stop; /* may be NULL; set by another thread: texts stop at the next step */
    hr_arena arena;
} hr_solver;

/* engine: one that holds the model, or NULL. task: models of candidates see puzzles through its
 * symmetries; may be NULL. Both are borrowed. */
hr_status hr_solver_new(hr_model *model, hr_pool *pool, hr_engine *engine, const hr_task *task,
                        int rows, hr_solver **out);
void hr_solver_free(hr_solver *solver);
size_t hr_solver_bytes(const hr_model *model, int rows);
/* What hrm_answer calls confidence, for a row of the batch after a segment. */
double hr_solver_confidence(const hr_solver *solver, size_t row);
/* How many rows at a time keep a model's states within a few tens of megabytes. */
int hr_solver_rows(const hr_model *model);

/* Whether the halting head was ever trained, with the weights as they are now. */
bool hr_solver_halts(hr_solver *solver);

/* Refuses options that do not fit the model: HR_ERR_UNSUPPORTED, HR_ERR_ARG. */
hr_status hr_solver_can(const hr_solver *solver, const hr_solver_how *how);
/* How many segments will be run, or how many rounds at most for a puzzle. */
int hr_solver_segments(const hr_solver *solver, const hr_solver_how *how);
hr_status hr_solver_run(hr_solver *solver, const hr_solver_how *how, const hr_flow *flow);

/* How a round ended, in the terms of the public interface. */
hrm_round_end hr_round_end(const hr_search_round *round);

#endif
