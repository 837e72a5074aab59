/* handles.h - what the opaque types of hrm.h hold. */
#ifndef HR_HANDLES_H
#define HR_HANDLES_H

#include <stdatomic.h>

#include "hrm.h"
#include "hrm_tools.h"
#include "data/dataset.h"
#include "model/checkpoint.h"
#include "solve/solve.h"

/* Immutable after load: any number of threads may read it. */
struct hrm_model {
    hr_model *model;
    hr_task task;
    char *training; /* JSON about its training, as its file had it; NULL: nothing known */
    int threads;    /* that solvers get when they do not say */
};

struct hrm_solver {
    const hrm_model *model; /* borrowed */
    hr_pool *pool;
    hr_solver *solver; /* memory for so many rows; kept while they stay the same */
    atomic_bool stop;
    atomic_bool busy; /* a call is in progress */
};

struct hrm_dataset {
    hr_dataset *data;
    char *question, *answer; /* text of the example asked for last */
};

/* Internal statuses are public ones: the same numbers. */
static inline hrm_status hr_api_status(hr_status status) {
    return (hrm_status)status;
}
static inline hrm_status hr_api_missing(const char *what) {
    return hr_api_status(hr_fail(HR_ERR_ARG, "%s is NULL", what));
}

/* Options. A caller that was compiled with an older or a newer header has shorter or longer ones:
 * what it does not know has the defaults, what this library does not know is left out. */
void hr_api_fill(void *options, const void *defaults, size_t known, size_t size);
hrm_status hr_api_take(void *own, size_t known, const void *given);
#define HR_API_INIT(type, ...)                                                                     \
    void type##_init(type *options, size_t size) {                                                 \
        const type defaults = {.size = size, __VA_ARGS__};                                         \
        hr_api_fill(options, &defaults, sizeof defaults, size);                                    \
    }
/* Makes `own` of what the caller gave (may be NULL), and status of whether that can be. */
#define HR_API_TAKE(type, own, given, status)                                                      \
    type own;                                                                                      \
    type##_init(&own, sizeof own);                                                                 \
    hrm_status status = hr_api_take(&own, sizeof own, given)
/* The same of options within options: *slot is set to point at own. */
hrm_status hr_api_take_run(hrm_run *own, const hrm_run **slot);
hrm_status hr_api_take_search(hrm_search *own, const hrm_search **slot);

/* Fails for a list that is NULL, or holds a NULL. */
hrm_status hr_api_list(const char *what, const char *const *list, size_t count);
/* A model of a file's bytes. */
hrm_status hr_api_open(const hr_checkpoint_bytes *from, const hrm_run *run, hrm_model **out);
/* Fails for an example that is not there. */
hrm_status hr_api_index(const hrm_dataset *dataset, size_t index);
/* Memory of a solver for a call of `count` puzzles: batch and segments as in hrm_solve_options. */
hr_status hr_api_prepare(hrm_solver *solver, size_t count, int batch, int segments);

#endif
