/* state.h - everything a run needs to go on bit for bit, in one safetensors file.
 *
 * Arrays are stored as they lie in memory (params, m, v, average, those of the regime), so the file
 * belongs to one recipe and data set; both are in its metadata and checked. Small values travel as
 * JSON text. */
#ifndef HR_RUN_STATE_H
#define HR_RUN_STATE_H

#include "train/journal.h"
#include "train/setup.h"

/* Where a run stands. Times and bests are for people; the rest decides what follows. */
typedef struct hr_progress {
    int64_t step;                  /* done */
    int64_t evaluated;             /* the step that was evaluated last */
    double seconds;                /* of training */
    double best_exact, best_cells; /* -1 before the first evaluation */
    uint64_t best_by;              /* hr_setup.valid_hash of the evaluation that they are of */
    int64_t stale;                 /* evaluations since the best one */
    double grown, grown_exact;     /* share of loops and puzzles in use; smoothed exact rows */
    uint64_t init_hash;            /* see hr_setup */
    /* Where the schedule began anew (0: it did not), when, and how far the rate's way down and the
     * run had come there. */
    int64_t from;
    double from_seconds, from_wave, from_done;
    char *changes;           /* of the recipe since the run began, in words; owned; NULL: none */
    char isas[96];           /* kernels of the run, in their order, where there were several */
    hr_journal_mark metrics; /* what metrics.jsonl held */
} hr_progress;

/* path NULL: writes nothing, and only brings together what ranks have. */
hr_status hr_state_save(const hr_setup *setup, const hr_progress *progress, const hr_window *window,
                        const char *path);
/* The recipe of a state file, to set a run up that hr_state_load then fills.
 */
hr_status hr_state_recipe(const char *path, bool verify, hr_recipe *recipe);
/* Into the learner and the sampler of a prepared setup, and the two. verify: so that damage is
 * refused; any_isa: other kernels than those that it was computed with are let pass. */
typedef struct hr_state_how {
    bool verify, any_isa;
} hr_state_how;
hr_status hr_state_load(hr_setup *setup, const char *path, const hr_state_how *how,
                        hr_progress *progress, hr_window *window);

#endif
