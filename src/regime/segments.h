/* segments.h - the regime "segments": rows carried through segments, deep supervision, ACT halting.
 *
 * A row of the batch keeps its states from one optimiser step to the next; a row that halted takes
 * a fresh puzzle and fresh states. Halting in training (papers' section on ACT): the last segment
 * allowed, or q_halt > q_continue (HRM) / q_halt > 0 (TRM), but not before a minimum drawn per row:
 * with probability halt_exploration uniform in 2 .. halt_max_steps, else none.
 */
#ifndef HR_SEGMENTS_H
#define HR_SEGMENTS_H

#include "regime/regime.h"

typedef struct hr_segments_keys {
    double halt_exploration;
    /* Before the first step row b counts as b mod limit segments old. Rows that start together stay
     * together while none halts early, and a small batch is then fitted for many steps on end; this
     * spreads the arrival of fresh puzzles. Not in the papers. */
    bool stagger;
    double q_weight; /* of the halting terms in the loss */
} hr_segments_keys;

typedef struct hr_segments {
    hr_segments_keys keys;
    int limit;          /* segments of a puzzle at most; halt_max_steps at first */
    int32_t *steps;     /* (rows) segments since the row's puzzle was new */
    int32_t *min_steps; /* (rows) halt no sooner */
    bool *halted;       /* (rows) take a new puzzle before the next step; all at first */
} hr_segments;

extern const hr_regime hr_regime_segments;

#endif
