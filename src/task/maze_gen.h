/* maze_gen.h - mazes made anew. */
#ifndef HR_MAZE_GEN_H
#define HR_MAZE_GEN_H

#include "task/generator.h"

/* The first of a maze's tries (walls cell by cell, S and G any free cells) that has a way as long
 * as wished. Fails with HR_ERR_TASK after some millions of tries. */
extern const hr_generator hr_maze_generator;

#endif
