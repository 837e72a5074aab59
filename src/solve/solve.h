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
    void *user;                       /* of the puzzle's hr_solver_how */
    const uint8_t *question, *tokens; /* (seq) */
    const hr_search_result *search;   /* models of candidates; else NULL */
    hr_search_end end;
    int segments;      /* after which the answer did not change any more; rounds of a search */
    double confidence; /* probability that the answer is right; 0 where none is given */
} hr_solved;

/* The defaults of a search. */
extern const hrm_search hr_solver_search;

/* How to solve one puzzle, or all. search, check, seed and watch are for models of candidates,
 * which search. */
typedef struct hr_solver_how {
    int segments;             /* from fresh states; or rounds; 0: as the spec says */
    const hrm_search *search; /* may be NULL */
    bool check;               /* by the rules of the solver's task */
    uint64_t seed;
    /* May be NULL. watch: every round; segment: every segment (from 1) of the puzzle, in a row of
     * the batch. wanted: after so many of either, and inside long ones; false ends the puzzle. */
    void (*watch)(void *user, const hr_search_round *round);
    void (*segment)(void *user, int row, int segment);
    bool (*wanted)(void *user, int steps);
    void *user;
} hr_solver_how;

/* A puzzle that `next` gives. */
typedef struct hr_asked {
    uint8_t *question; /* (seq) to be written */
    float *numbers;    /* (seq x numbers of a cell) likewise; NULL where there are none */
    int32_t id;        /* of its puzzle embedding; 0 until it is set */
    hr_solver_how how; /* its own: that of all until it is changed; what it points to must stay */
    size_t index;
} hr_asked;

/* Where puzzles come from and answers go, and what holds for all. Puzzles are counted from 0;
 * pointers hold until the functions return. A failure ends the stream, but when `next` fails the
 * puzzles before are still answered. */
typedef struct hr_flow {
    /* Fills in *asked and sets *more. After HR_SEARCH_LATER it is called again, with `wait` at
     * once. A puzzle that is HR_SEARCH_HOPELESS ends as HR_SEARCH_UNTRIED. */
    hr_status (*next)(void *user, bool wait, hr_asked *asked, hr_search_next *more);
    hr_status (*done)(void *user, const hr_solved *solved);
    void *user;
    /* Between steps, and inside long ones, there, as `wanted`, from any thread but one at a time;
     * false stops. May be NULL. */
    bool (*go)(void *user);
    bool alone;     /* one puzzle after the other; of models of candidates */
    bool unordered; /* answers are given as they are done, and puzzles share the time evenly;
                       otherwise in the order of the puzzles */
} hr_flow;

/* A puzzle on its way from `next` to `done`, or a place for one. */
typedef struct hr_place {
    int next; /* the next free place, or the puzzle after this one */
    bool done;
    hr_solved solved;
    hr_search_result result;
    hr_solver_how how;
    void *stream;
} hr_place;

/* A row of the batch, and the puzzle in it. */
typedef struct hr_row {
    int place;         /* below 0: none */
    int most;          /* segments */
    int done, settled; /* settled: the last segment that changed the answer */
    double seconds;    /* its share */
    bool unwanted;
    int view;      /* of the puzzle, that is at work */
    bool again;    /* with the next one, from fresh states */
    double surest; /* confidence of the answer that is kept, and the segment that settled it */
    int kept_settled;
} hr_row;

/* A model at work: memory for up to `rows` puzzles at a time. */
typedef struct hr_solver {
    hr_model *model; /* borrowed */
    hr_engine *engine;
    bool own_engine;
    bool halts; /* see hr_solver_halts */
    int rows;
    double begin;        /* of the stream, in seconds */
    size_t finished;     /* puzzles that are done */
    const hr_task *task; /* borrowed; may be NULL */
    double sure;         /* the model's own bound of confidence; 0: HR_USUAL_SURE */
    /* models that answer in segments: the batch, its states and outputs */
    hr_batch batch;
    hr_carry *carry;
    hr_real *logits, *q;
    hr_row *row;    /* (rows) */
    bool *fresh;    /* (rows) new in this segment */
    uint8_t *kept;  /* (rows x seq) the best answer of a puzzle's views */
    uint32_t *cell; /* (seq) and (256): the maps of a view */
    uint8_t *symbol;
    uint8_t *back; /* (seq) a view, or an answer taken back from one */
    /* models of candidates, which search */
    hr_search *search;
    /* puzzles at work, and those that wait for one before them */
    hr_place *place; /* (window) */
    int window, free_place, oldest, newest;
    uint8_t *question, *tokens; /* (window x seq) */
    float *numbers;             /* (window x seq x numbers of a cell) */
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
/* Its puzzle in that row, counted from 0, and the tokens (seq) that it has there. */
size_t hr_solver_puzzle(const hr_solver *solver, int row);
const uint8_t *hr_solver_tokens(const hr_solver *solver, int row);
/* The confidence that is enough. */
double hr_solver_sure(const hr_solver *solver, const hr_solver_how *how);
/* How many segments will be run, or how many rounds at most for a puzzle. */
int hr_solver_segments(const hr_solver *solver, const hr_solver_how *how);
hr_status hr_solver_run(hr_solver *solver, const hr_solver_how *how, const hr_flow *flow);

/* How a round ended, in the terms of the public interface. */
hrm_round_end hr_round_end(const hr_search_round *round);

#endif
