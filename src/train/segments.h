/* segments.h - the regime "segments": rows carried through segments, deep supervision, ACT halting.
 *
 * A row of the batch keeps its states from one optimiser step to the next; a row that halted takes
 * a fresh puzzle and fresh states. Halting in training (papers' section on ACT): the last segment
 * allowed, or q_halt > q_continue (HRM) / q_halt > 0 (TRM), but not before a minimum drawn per row.
 */
#ifndef HR_SEGMENTS_H
#define HR_SEGMENTS_H

#include "nn/model.h"

typedef struct hr_segments {
    hr_model *model; /* borrowed */
    hr_objective objective;
    int rows;
    int limit;                 /* segments of a puzzle at most; halt_max_steps at first */
    hr_real *z[HR_STATES_MAX]; /* (rows x T x D): the carry */
    int32_t *steps;            /* (rows) segments since the row's puzzle was new */
    bool *halted;              /* (rows) takes a new puzzle before the next step; all at first */
    bool *last;                /* (rows) scratch */
    hr_batch batch;            /* what every row works on */
    hr_arena arena;
} hr_segments;

/* objective: q_continue is set for HRM and cleared for TRM here; global_batch is rows. */
hr_status hr_segments_new(hr_model *model, int rows, const hr_objective *objective,
                          hr_segments **out);
void hr_segments_free(hr_segments *segments);
size_t hr_segments_bytes(const hr_model *model, int rows);

/* After new puzzles were written into the batch for rows with halted[row]: their states and steps
 * start afresh, halted stays as it is until the next step decides again. */
void hr_segments_replace(hr_segments *segments);

/* Before the first step: row b counts as b mod limit segments old. Rows that start
 * together stay together while none halts early, and a small batch is then fitted for many steps on
 * end; this spreads the arrival of fresh puzzles. Not in the papers. */
void hr_segments_stagger(hr_segments *segments);

/* One training segment of all rows: gradients are added to grads, reports (rows) filled, halting
 * decided. min_steps (rows): a row halts no sooner; NULL: none. */
void hr_segments_step(hr_segments *segments, hr_exec *exec, const int32_t *min_steps,
                      hr_real *grads, hr_real *puzzle_grads, hr_row_report *reports,
                      hr_real *logits);

/* Exploration: with probability `explore` a minimum uniform in 2 .. halt_max_steps, else 0. */
void hr_segments_explore(const hr_segments *segments, uint64_t seed, int64_t step, double explore,
                         int32_t *min_steps);

#endif
