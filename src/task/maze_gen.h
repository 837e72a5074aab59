/* maze_gen.h - generating mazes. */
#ifndef HR_MAZE_GEN_H
#define HR_MAZE_GEN_H

#include "task/generator.h"

/* A maze is the first of many random tries (walls cell by cell, S and G any free cells) whose way
 * is long enough; fails with HR_ERR_TASK after some millions of tries. */
extern const hr_generator hr_maze_generator;

#endif
