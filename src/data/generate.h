/* generate.h - files of generated puzzles: threaded, reproducible, inequivalent up to symmetry. */
#ifndef HR_GENERATE_H
#define HR_GENERATE_H

#include "hrm.h"
#include "base/err.h"
#include "task/task.h"

/* See hrm_sudoku_generate. */
hr_status hr_generate_sudoku(const char *path, const hrm_sudoku_options *options,
                             hrm_progress progress, void *user);
/* See hrm_maze_generate. */
hr_status hr_generate_maze(const char *path, const hrm_maze_options *options, hrm_progress progress,
                           void *user);

/* What both are made with: a kind of puzzle, one for each index from 0 on. */
typedef struct hr_generator {
    const hr_task *task;
    const char *what;  /* "puzzles" */
    int round, rounds; /* puzzles made at once; rounds without a new one before giving up */
    /* Makes number `index`, as tokens of the task, on any thread. */
    hr_status (*make)(const struct hr_generator *g, uint64_t index, const hr_stop *stop,
                      uint8_t *question, uint8_t *answer, int *rating);
    /* (task.seq) equal for two puzzles that are one up to symmetry. */
    void (*key)(const struct hr_generator *g, const uint8_t *question, const uint8_t *answer,
                uint8_t *key);
    const void *options;
} hr_generator;

/* Writes `count` puzzles in order of their index to a CSV file; none is equivalent to an earlier
 * one, or to one of `avoid` (a file or folder, NULL: none). */
hr_status hr_generate(const hr_generator *generator, const char *path, size_t count,
                      const char *avoid, const hrm_run *run, hrm_progress progress, void *user);

#endif
