/* maze_way.c - breadth-first search from one end. */
#include "task/maze_way.h"

#include <string.h>

#include "task/dihedral.h"
#include "task/family.h"

bool hr_maze_ends(const hr_task *task, const uint8_t *cells, int *start, int *goal) {
    int starts = 0, goals = 0;
    *start = *goal = 0;
    for (int i = 0; i < task->seq; i++) {
        if (cells[i] == HR_MAZE_START && ++starts) *start = i;
        if (cells[i] == HR_MAZE_GOAL && ++goals) *goal = i;
    }
    return starts == 1 && goals == 1;
}

void hr_maze_distances(const hr_task *task, const uint8_t *cells, unsigned open, int from,
                       uint16_t *moves) {
    uint16_t queue[HR_MAZE_CELLS_MAX];
    int head = 0, tail = 0, next[4];
    for (int i = 0; i < task->seq; i++) moves[i] = HR_MAZE_FAR;
    moves[from] = 0;
    queue[tail++] = (uint16_t)from;
    while (head < tail) {
        int at = queue[head++], n = hr_task_neighbours(task, at, next);
        for (int i = 0; i < n; i++) {
            uint8_t token = cells[next[i]];
            if (moves[next[i]] != HR_MAZE_FAR || token > HR_MAZE_PATH || !(open >> token & 1))
                continue;
            moves[next[i]] = (uint16_t)(moves[at] + 1);
            queue[tail++] = (uint16_t)next[i];
        }
    }
}

void hr_maze_orient(const hr_task *task, int code, const uint8_t *cells, uint8_t *out) {
    for (int i = 0; i < task->seq; i++)
        out[i] =
            cells[hr_dihedral_source(code, task->rows, task->cols, i / task->cols, i % task->cols)];
}

int hr_maze_solve(const hr_task *task, const uint8_t *question, uint8_t *answer) {
    uint16_t moves[HR_MAZE_CELLS_MAX];
    int start, goal;
    if (answer) memcpy(answer, question, (size_t)task->seq);
    if (!hr_maze_ends(task, question, &start, &goal)) return 0;
    hr_maze_distances(task, question, HR_MAZE_OPEN, goal, moves);
    if (moves[start] == HR_MAZE_FAR) return 0;
    for (int at = start; answer && moves[at] > 1;) {
        int next[4], i = 0;
        hr_task_neighbours(task, at, next); /* in the order of the benchmark's rule */
        while (moves[next[i]] != moves[at] - 1) i++;
        at = next[i];
        answer[at] = HR_MAZE_PATH;
    }
    return moves[start];
}
