/* deduce.h - what people deduce of candidates: the first techniques of any book on Sudoku, on
 * whichever groups of cells a task wants all different.
 *
 * Sets are as in regime/rounds.h. A group with as many cells as there are symbols is full: each
 * symbol has a place in it. Only full groups allow hidden singles, hidden pairs and pointing. */
#ifndef HR_DEDUCE_H
#define HR_DEDUCE_H

#include "hrm_look.h"
#include "task/task.h"

typedef struct hr_groups {
    int cells, symbols, count;
    int left_out;     /* how many there are where that is above HRM_LOOK_GROUPS: count is 0 then */
    int *size;        /* (count) */
    uint32_t *cell;   /* (count x symbols) */
    uint32_t *common; /* (count x count) a set of places in the first that are in the second too:
                         why there is a limit to their number */
} hr_groups;

/* A task's groups of at least 2 cells and at most as many as it has symbols; count 0 for a task
 * without, and for one with more than HRM_LOOK_GROUPS. */
hr_status hr_groups_make(hr_groups *groups, const hr_task *task);
void hr_groups_free(hr_groups *groups);

/* By which technique candidates fall in one step from the sets: label (cells x symbols) receives 1
 * + the simplest, 0 for those that stay. A technique sees the sets as they are, not what a simpler
 * one would leave of them. */
void hr_deduce(const hr_groups *groups, const int32_t *sets, uint8_t *label);

/* "naked single" and so on; NULL for what is none. */
const char *hr_technique_name(hrm_technique technique);

/* What was dropped between two sets, held against that; adds to *of, whose shares are counts then.
 * truth (cells): the symbol that is right, negative where not known. scratch: cells x symbols of
 * label, and `cells` sets. */
void hr_deduce_compare(const hr_groups *groups, const int32_t *before, const int32_t *after,
                       const int32_t *truth, uint8_t *label, int32_t *sets, hrm_look_drops *of);

#endif
