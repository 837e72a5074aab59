/* maze.h - making a task of mazes. */
#ifndef HR_MAZE_H
#define HR_MAZE_H

#include "task/task.h"

/* A square maze, 2 to 128 cells a side. Tokens as the published code: "# SGo" from 1 on. */
hr_status hr_task_maze(int side, hr_task *out);

#endif
