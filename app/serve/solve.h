/* solve.h - one puzzle of a job, from the queue through a worker's stream to its place in the job.
 */
#ifndef SERVE_SOLVE_H
#define SERVE_SOLVE_H

#include "job.h"

/* A puzzle at work. */
typedef struct task {
    struct task *next; /* of the worker */
    job *job;
    size_t puzzle;
    hrm_solve_options options;
    hrm_search bounds;
    double begun, deadline;
    unsigned calls;
    bool late;
    json_t *round; /* what the search says of the step that comes next */
    json_t *trace;
} task;

/* Fills in *out, for the stream. NULL: memory is short, and the job failed. */
task *solve_begin(job *j, size_t i, hrm_stream_puzzle *out);
/* The answer goes to its place in the job, or the job fails. NULL: there is none. Frees the task.
 */
void solve_end(task *t, const hrm_stream_answer *a);

#endif
