/* trace.h - what callers may follow of a solver at work, step by step: told through a callback, or
 * kept. */
#ifndef HR_TRACE_H
#define HR_TRACE_H

#include "solve/solve.h"

/* Puts steps of a solver into the words of the public interface, for options->step. */
typedef struct hr_stepper hr_stepper;
/* All are borrowed. */
hr_status hr_stepper_new(const hr_solver *solver, const hr_task *task,
                         const hrm_solve_options *options, hr_stepper **out);
void hr_stepper_free(hr_stepper *stepper);
/* A round of one chain. */
void hr_stepper_round(hr_stepper *stepper, const hr_search_round *round);
/* After a segment (from 1): tells it of every row, the first of which is puzzle `first`; after the
 * rounds of all chains (0): nothing to tell. False when the callback asked to stop, at this step or
 * since the last call. */
bool hr_stepper_segment(hr_stepper *stepper, size_t first, int segment);

/* Steps that are kept, each with memory of its own. */
typedef struct hr_trace {
    hrm_step *step;
    size_t count, capacity;
    hr_status status; /* HR_ERR_MEM when one could not be kept */
    hrm_step_callback next;
    void *user; /* of next and of the other callbacks that options had */
    hrm_progress progress;
    hrm_round_callback explain;
} hr_trace;
/* Puts a zeroed trace between a call and the callbacks in its options. */
void hr_trace_begin(hr_trace *trace, hrm_solve_options *options);
void hr_trace_free(hr_trace *trace);

#endif
