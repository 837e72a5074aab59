/* maze_way.h - shortest ways through mazes. */
#ifndef HR_MAZE_WAY_H
#define HR_MAZE_WAY_H

#include "task/task.h"

/* Tokens as the published code has them: the characters "# SGo" from 1 on. */
enum { HR_MAZE_WALL = 1, HR_MAZE_FREE, HR_MAZE_START, HR_MAZE_GOAL, HR_MAZE_PATH };
enum { HR_MAZE_SIDE_MAX = 128, HR_MAZE_CELLS_MAX = HR_MAZE_SIDE_MAX * HR_MAZE_SIDE_MAX };

/* Sets of tokens that hr_maze_distances may step on: all but walls; the marked way and its ends. */
enum {
    HR_MAZE_ENDS = 1 << HR_MAZE_START | 1 << HR_MAZE_GOAL,
    HR_MAZE_OPEN = HR_MAZE_ENDS | 1 << HR_MAZE_FREE,
    HR_MAZE_MARKED = HR_MAZE_ENDS | 1 << HR_MAZE_PATH,
};

/* The cells with S and G; false unless there is one of each. */
bool hr_maze_ends(const hr_task *task, const uint8_t *cells, int *start, int *goal);

/* Moves (up, down, left, right) from the cell `from` to every cell, over tokens of the set `open`:
 * moves (seq); HR_MAZE_FAR where there is no way. */
enum { HR_MAZE_FAR = 0xffff };
void hr_maze_distances(const hr_task *task, const uint8_t *cells, unsigned open, int from,
                       uint16_t *moves);

/* Cells as they are seen under a dihedral code; out may not be cells. */
void hr_maze_orient(const hr_task *task, int code, const uint8_t *cells, uint8_t *out);

/* Moves of a shortest way from S to G; 0 where there is none, or not one S and one G. answer (may
 * be NULL; not `question`) gets the question with the way marked by the rule of the benchmark: from
 * S on, the first of down, left, right, up that comes closer to G. */
int hr_maze_solve(const hr_task *task, const uint8_t *question, uint8_t *answer);

#endif
