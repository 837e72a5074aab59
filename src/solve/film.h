/* film.h - how a puzzle was solved, as an animated SVG picture. */
#ifndef HR_FILM_H
#define HR_FILM_H

#include "solve/trace.h"

/* Draws the question and, over it, the cells as they stood after each step of one chain, in a loop
 * that holds at the end. A viewer that does not animate shows the last step. question (task->seq);
 * searches: the model searches in rounds, otherwise the steps are segments. `path` must end in
 * .svg and is replaced atomically. Fails where the trace holds no step of the chain. */
hr_status hr_film_write(const hr_task *task, const uint8_t *question, const hr_trace *trace,
                        int chain, bool searches, const char *path);

#endif
