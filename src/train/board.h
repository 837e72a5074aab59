/* board.h - scalars for TensorBoard: event files (TFRecord of protocol buffers), written by hand.
 */
#ifndef HR_BOARD_H
#define HR_BOARD_H

#include <stdio.h>

#include <jansson.h>

#include "base/err.h"

typedef struct hr_board {
    FILE *file; /* NULL: none is written */
    char *path;
} hr_board;

/* A new event file in `dir`, after those that are there; what they say of steps after `step` is
 * declared void. Closes what was open. */
hr_status hr_board_open(hr_board *board, const char *dir, int64_t step);
void hr_board_close(hr_board *board); /* accepts a zeroed one */
/* The numbers of a line of metrics.jsonl, as EVENT/KEY. */
hr_status hr_board_add(hr_board *board, const json_t *line);

#endif
