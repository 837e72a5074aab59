/* puzzles.h - puzzles to try, out of data sets that the served models can read. */
#ifndef SERVE_PUZZLES_H
#define SERVE_PUZZLES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Opens what fits a model among `paths`; what fits none is left out. From one thread, before the
 * first is asked for. */
void puzzles_open(const char *const *paths, size_t count);
void puzzles_close(void);
/* {"puzzle", "task", "model", "rating"} of a puzzle by chance; task NULL: of any; low to high: its
 * rating. NULL: there is none. One thread at a time. */
json_t *puzzles_random(const char *task, int low, int high);

#endif
