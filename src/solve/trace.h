/* trace.h - steps of a solver for callers: reported through a callback, or kept. */
#ifndef HR_TRACE_H
#define HR_TRACE_H

#include "solve/solve.h"

/* Reports steps of a solver to options->step. */
typedef struct hr_stepper hr_stepper;
/* Both are borrowed. */
hr_status hr_stepper_new(const hr_solver *solver, const hr_task *task, hr_stepper **out);
void hr_stepper_free(hr_stepper *stepper);
/* A round of one chain; a segment (from 1) of the puzzle in a row. What the callback said. */
bool hr_stepper_round(hr_stepper *stepper, const hrm_solve_options *options,
                      const hr_search_round *round);
bool hr_stepper_segment(hr_stepper *stepper, const hrm_solve_options *options, int row,
                        int segment);

/* What a round did, beside what its step says. */
typedef struct hr_move {
    size_t drops;
    hrm_candidate guess; /* cell -1: none */
    int empty;           /* a contradiction: the cell without candidates; -1 */
    int taken_back;      /* of the guesses, the last ones */
    int guesses;         /* made until now, this one among them */
    hrm_candidate made[];
} hr_move;

/* Steps that are kept, each with memory of its own. */
typedef struct hr_kept {
    hrm_step step;
    hr_move *move; /* NULL: a segment */
} hr_kept;
typedef struct hr_trace {
    hr_kept *kept;
    size_t count, capacity;
    hr_move *move;    /* of the step that comes */
    hr_status status; /* HR_ERR_MEM when one could not be kept */
    hrm_step_callback next;
    void *user; /* of next and of the other callbacks that options had */
    hrm_progress progress;
    hrm_round_callback explain;
} hr_trace;
/* Makes the callbacks in the options go through a zeroed trace, which keeps the steps. searches:
 * the model works in rounds. */
void hr_trace_begin(hr_trace *trace, hrm_solve_options *options, bool searches);
void hr_trace_free(hr_trace *trace);

#endif
