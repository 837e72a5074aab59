/* maze_gen.h - mazes made anew. */
#ifndef HR_MAZE_GEN_H
#define HR_MAZE_GEN_H

#include "task/task.h"

/* What kind of maze to make. */
typedef struct hr_maze_wish {
    double low, high; /* the share of walls is drawn between them, for every try */
    int min_moves;    /* shortest ways have at least so many moves */
    uint64_t seed;
} hr_maze_wish;

/* Maze number `index` of a wish: the first of its tries (walls cell by cell, S and G any free
 * cells) that has a way as long as wished. Fails with HR_ERR_TASK after some millions of tries.
 * stop may be NULL. */
hr_status hr_maze_generate(const hr_task *task, const hr_maze_wish *wish, uint64_t index,
                           const hr_stop *stop, uint8_t *question, uint8_t *answer, int *moves);

#endif
