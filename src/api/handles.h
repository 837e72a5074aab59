/* handles.h - what the opaque types of hrm.h hold. */
#ifndef HR_HANDLES_H
#define HR_HANDLES_H

#include <fenv.h>
#include <stdatomic.h>

#include "hrm.h"
#include "hrm_tools.h"
#include "base/os.h"
#include "data/dataset.h"
#include "model/checkpoint.h"
#include "solve/solve.h"

/* Immutable after load: any number of threads may read it. */
struct hrm_model {
    hr_model *model;
    hr_task task;
    char *training; /* JSON about its training, as its file had it; NULL: nothing known */
    double sure;    /* see hrm_model_info */
    hr_file file;   /* where narrow weights lie; or nothing */
    int threads;    /* that solvers get when they do not say */
    hr_comm *ranks; /* that solve together, borrowed; NULL: this process alone */
};

struct hrm_solver {
    const hrm_model *model; /* borrowed */
    hr_pool *pool;
    hr_solver *solver; /* memory for so many rows; kept while they stay the same */
    atomic_bool stop;
    atomic_int busy; /* a call is in progress; not a byte, which some machines cannot exchange */
};

struct hrm_dataset {
    hr_dataset *data;
    char *question, *answer; /* text of the example asked for last */
};

/* For every function that returns a status: what is reckoned until the function returns is reckoned
 * as C begins: rounded to nearest, with denormal numbers, whatever the host has set, which it then
 * has again. */
#define HR_API_FLOATS                                                                              \
    __attribute__((cleanup(hr_api_floats_leave), unused)) fenv_t hosts_floats =                    \
        hr_api_floats_enter()
fenv_t hr_api_floats_enter(void);
void hr_api_floats_leave(fenv_t *hosts);

/* These return from the function they stand in where something is wrong: a status; one of some
 * pointers (variables) that is NULL, which is told by name. */
#define HR_API_CHECK(status)                                                                       \
    do {                                                                                           \
        hrm_status status_ = (status);                                                             \
        if (status_) return status_;                                                               \
    } while (0)
#define HR_API_NEED(...)                                                                           \
    HR_API_CHECK(hr_api_need(#__VA_ARGS__, (const void *const[]){__VA_ARGS__},                     \
                             sizeof((const void *const[]){__VA_ARGS__}) / sizeof(void *)))
hrm_status hr_api_need(const char *names, const void *const *pointers, size_t count);

/* Options. A caller that was compiled with an older or a newer header has shorter or longer ones:
 * what it does not know has the defaults, what this library does not know is left out. */
void hr_api_fill(void *options, const void *defaults, size_t known, size_t size);
#define HR_API_INIT(type, ...)                                                                     \
    void type##_init(type *options, size_t size) {                                                 \
        const type defaults = {.size = size, __VA_ARGS__};                                         \
        hr_api_fill(options, &defaults, sizeof defaults, size);                                    \
    }
/* Makes `own` of what the caller gave (may be NULL); returns from the function where it cannot. */
#define HR_API_TAKE(type, own, given)                                                              \
    type own;                                                                                      \
    type##_init(&own, sizeof own);                                                                 \
    HR_API_CHECK((hrm_status)hr_options_take(&own, sizeof own, given))
/* The same of options within options: the slot is set to point at own. */
#define HR_API_TAKE_INNER(type, own, slot)                                                         \
    HR_API_TAKE(type, own, slot);                                                                  \
    slot = &own

/* Fails for a list that is NULL, or holds a NULL. */
hrm_status hr_api_list(const char *what, const char *const *list, size_t count);
/* A model of a file's bytes. */
hrm_status hr_api_open(const hr_checkpoint_bytes *from, const hrm_run *run, hrm_model **out);
/* Fails for an example that is not there. */
hrm_status hr_api_index(const hrm_dataset *dataset, size_t index);
/* Memory of a solver for a call of `count` puzzles: batch as in hrm_solve_options. */
hr_status hr_api_prepare(hrm_solver *solver, size_t count, int batch);

#endif
