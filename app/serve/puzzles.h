/* puzzles.h - puzzles to try, out of data sets that the served models can read. */
#ifndef SERVE_PUZZLES_H
#define SERVE_PUZZLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "hrm_tools.h"

/* Opens what fits a model; the status why it fits none, of which hrm_error says more. From one
 * thread; those of puzzles_open after all of them. */
hrm_status puzzles_add(const char *path);
/* From now on they are asked for. */
void puzzles_open(void);
void puzzles_close(void);
/* {"puzzle", "task", "model", "rating"} of a puzzle by chance; task NULL: of any; low to high: its
 * rating. NULL: there is none. One thread at a time. */
json_t *puzzles_random(const char *task, int low, int high);

#endif
