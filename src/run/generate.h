/* generate.h - files of generated puzzles: threaded, reproducible, inequivalent up to symmetry. */
#ifndef HR_GENERATE_H
#define HR_GENERATE_H

#include "hrm.h"
#include "base/err.h"

/* See hrm_sudoku_generate. */
hr_status hr_generate_sudoku(const char *path, const hrm_sudoku_options *options,
                             hrm_progress progress, void *user);
/* See hrm_maze_generate. */
hr_status hr_generate_maze(const char *path, const hrm_maze_options *options, hrm_progress progress,
                           void *user);

#endif
