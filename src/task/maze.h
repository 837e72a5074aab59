/* maze.h - what belongs to mazes alone: shortest paths and the generator. */
#ifndef HR_MAZE_H
#define HR_MAZE_H

#include "task/task.h"

/* Tokens as the published code has them: the characters "# SGo" from 1 on. */
enum { HR_MAZE_WALL = 1, HR_MAZE_FREE, HR_MAZE_START, HR_MAZE_GOAL, HR_MAZE_PATH };
enum { HR_MAZE_SIDE_MAX = 128 };

/* Moves (up, down, left, right) of a shortest way from S to G; 0 where there is none, or not one S
 * and one G. answer (may be NULL; not `question`) gets the question with the way marked by the rule
 * of the benchmark: from S on, the first of down, left, right, up that comes closer to G. */
int hr_maze_solve(const hr_task *task, const uint8_t *question, uint8_t *answer);

/* What kind of maze to make. */
typedef struct hr_maze_wish {
    double low, high; /* the share of walls is drawn between them, for every try */
    int min_moves;    /* shortest ways have at least so many moves */
} hr_maze_wish;

/* Maze number `index` under a seed: the first of its tries (walls cell by cell, S and G any free
 * cells) that has a way as long as wished. Fails with HR_ERR_TASK after some millions of tries.
 * stop may be NULL. */
hr_status hr_maze_generate(const hr_task *task, const hr_maze_wish *wish, uint64_t seed,
                           uint64_t index, const hr_stop *stop, uint8_t *question, uint8_t *answer,
                           int *moves);

/* A key, the same for a maze and all its rotations and mirrors: the least of them, byte by byte.
 * key may not be question. */
void hr_maze_canonical(const hr_task *task, const uint8_t *question, uint8_t *key);

#endif
