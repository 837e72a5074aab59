/* queue.h - who waits, and the workers. Jobs take turns, one puzzle at a time, so a request for one
 * puzzle is not held up by a request for a thousand. Each worker is one thread with a solver of its
 * own for one model, in whose stream a few puzzles are at work, so that easy ones pass hard ones;
 * what it answers does not depend on who else asks. */
#ifndef SERVE_QUEUE_H
#define SERVE_QUEUE_H

#include "job.h"

/* workers: of each model, which begin with its first job; length: jobs that may wait; seconds: how
 * long, at most. */
void queue_open(int workers, size_t length, double seconds);
/* Holds the job until it is done. False when it is full or closed, or no thread can be had: the job
 * has failed, with the reason. */
bool queue_put(job *j);
/* Now and then: gives up jobs that waited too long or whose clients are gone; workers of a version
 * that is not served any more end once they are done. */
void queue_tick(void);
/* Nothing new is taken any more. */
void queue_close(void);
/* Cancels all there is. */
void queue_cancel(void);
/* Ends the workers, who first finish what there is. */
void queue_end(void);
size_t queue_length(void); /* jobs that wait */
int queue_busy(void);      /* workers at work */
bool queue_is_idle(void);  /* neither */

#endif
