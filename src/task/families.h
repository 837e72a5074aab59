/* families.h - the list of puzzle families. A new one is a file of its own that defines
 * `const hr_task_ops hr_family_NAME`, and its name here (and in the Makefile). */
#ifndef HR_FAMILIES_H
#define HR_FAMILIES_H

#include "task/task.h"

/* Data are tried against them in this order. */
#define HR_FAMILIES(X) X(sudoku) X(maze) X(arc) X(grid)

/* "sudoku, maze, arc, grid, " for help; only what a user may ask for by name. */
#define HR_FAMILY_WORD(name) #name ", "
#define HR_FAMILY_WORDS      HR_FAMILIES(HR_FAMILY_WORD)

/* One after the other, from 0; NULL past the last, which is the family of declared tasks. */
const hr_task_ops *hr_family_at(size_t i);
/* The family that metadata call so; NULL: there is none. */
const hr_task_ops *hr_family_find(const char *name);
/* The same for users' words: fails with HR_ERR_ARG where it is no family to ask for. */
hr_status hr_family_check(const char *name);

#endif
