/* progress.h - tells a caller how far a pool's work has come, and tells the work when to stop. */
#ifndef HR_PROGRESS_H
#define HR_PROGRESS_H

#include <stdatomic.h>

#include "hrm.h"
#include "base/err.h"

typedef struct hr_progress {
    hrm_progress tell; /* may be NULL */
    void *user;
    size_t done, total;
    double told; /* when, in hr_os_seconds */
    atomic_bool stopped;
} hr_progress;

/* One more is done. False when the caller wants no more. On the thread that runs the pool. */
bool hr_progress_step(hr_progress *p);

/* What a task on this worker of a pool asks while it works. The caller hears only from worker 0,
 * its own thread, a few times a second; the others hear of its answer. */
hr_stop hr_progress_stop(hr_progress *p, int worker);

#endif
