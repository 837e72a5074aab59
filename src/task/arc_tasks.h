/* arc_tasks.h - ARC tasks as their authors publish them: JSON, one file for many tasks (Kaggle:
 * ..._challenges.json with ..._solutions.json beside it; a list; JSON lines) or a folder of one
 * file per task; pairs alone, to train on, as re-arc has them (a list) and BARC (JSON lines of
 * "examples"). */
#ifndef HR_ARC_TASKS_H
#define HR_ARC_TASKS_H

#include "task/arc.h"

/* A task's pairs are `demos` demonstrations, then `tests` test pairs. */
typedef struct hr_arc_task {
    char *id;
    uint32_t first; /* its first pair */
    int demos, tests;
    bool scored; /* its test pairs are held back and scored; else they are trained on as well */
} hr_arc_task;

/* A task that was left out, and the grid of it that is too large. */
typedef struct hr_arc_larger {
    char *id;
    int rows, cols, tests;
    bool scored;
} hr_arc_larger;

enum { HR_ARC_NO_GRID = -1 };

typedef struct hr_arc_tasks {
    int side;        /* set before reading: tasks with a larger grid are left out; 0: 30 */
    bool first_only; /* likewise: of tasks to train on with one name the first is taken */
    hr_arc_task *task;
    size_t count, capacity;
    int32_t *pair; /* (pairs x 2) where input and output begin in `bytes`; or HR_ARC_NO_GRID */
    size_t pairs, pair_capacity;
    uint8_t *bytes; /* grids: rows, columns, cells */
    size_t size, byte_capacity;
    hr_arc_larger *larger; /* what was left out */
    size_t largers, larger_capacity;
    size_t repeated; /* and because of first_only */
} hr_arc_tasks;

/* Adds what is at `path`: a JSON file of many tasks or of one (its id is the file's name), or a
 * folder of such files and folders, packed by gzip or not; of JSON lines and of a list each is one,
 * named by its "id", "task_id" or "name" or else FILE-1, FILE-2... Zero-initialise *tasks. Outputs
 * of tests that the files do not hold, or hold as null or [], are HR_ARC_NO_GRID. Fails where there
 * is nothing, also nothing to leave out, where one name stands for two tasks, and where solutions
 * are not as many as a task has tests, or others than its own outputs. */
hr_status hr_arc_tasks_read(hr_arc_tasks *tasks, const char *path, bool scored);
/* The same from memory; solutions (may be NULL) as in a ..._solutions.json. id: of one task. */
hr_status hr_arc_tasks_parse(hr_arc_tasks *tasks, const void *text, size_t size,
                             const void *solutions, size_t solutions_size, const char *id,
                             bool scored);
void hr_arc_tasks_free(hr_arc_tasks *tasks);
/* One more task that is left out; copied. */
hr_status hr_arc_tasks_leave(hr_arc_tasks *tasks, const hr_arc_larger *task);
/* How many tasks, scored or not, were left out. */
size_t hr_arc_tasks_larger(const hr_arc_tasks *tasks, bool scored);
/* Fails where every task was left out. */
hr_status hr_arc_tasks_any(const hr_arc_tasks *tasks);

/* Input (side 0) or output (1) of a pair; false, and 0 x 0, where it is not known. */
bool hr_arc_tasks_grid(const hr_arc_tasks *tasks, size_t pair, int side, hr_arc_grid *out);
/* The same from the bytes of a grid. */
void hr_arc_grid_read(const uint8_t *bytes, hr_arc_grid *out);

#endif
