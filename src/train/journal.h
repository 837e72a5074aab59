/* journal.h - metrics.jsonl: one JSON object per line, append-only but for what a resumed run
 * redoes. */
#ifndef HR_JOURNAL_H
#define HR_JOURNAL_H

#include <stdio.h>

#include "hrm.h"
#include "regime/step.h"
#include "train/board.h"

/* Sums since the last line. */
typedef struct hr_window {
    int64_t steps;
    double loss, lm_loss, grad_norm;
    hr_regime_count count;
} hr_window;

/* What the file holds: its length, and a checksum of its lines. A state says what it held. */
typedef struct hr_journal_mark {
    int64_t bytes; /* -1: not known */
    uint64_t sum;
} hr_journal_mark;

typedef struct hr_journal {
    FILE *file; /* NULL: not open */
    hr_journal_mark mark;
    char *path;
    hr_window window;
    hr_board board; /* gets the same numbers, where it is open */
    const hr_regime *regime;
    int rows;          /* of a step */
    const char *valid; /* the puzzles that are evaluated; borrowed */
    uint64_t valid_hash;
} hr_journal;

/* What a line says beside the window. */
typedef struct hr_journal_line {
    int64_t step;
    double seconds, lr;
    double grown; /* NaN: says nothing of it */
} hr_journal_line;

/* Whether a file begins with what it held at the mark. */
hr_status hr_journal_check(const char *path, const hr_journal_mark *mark, bool *whole);
/* Drops what was added after the journal's mark; or, where what the file held then is not there,
 * lines after `step`, and what is cut off at the end. path is the journal's from here on. */
hr_status hr_journal_open(hr_journal *journal, char *path, int64_t step);
void hr_journal_close(hr_journal *journal);
/* What was written is on the disk: before a state that presupposes it. A pipe has nothing to sync.
 */
hr_status hr_journal_sync(hr_journal *journal);
void hr_journal_add(hr_journal *journal, const hr_step_report *report);
/* Writes and clears the window. */
hr_status hr_journal_step(hr_journal *journal, const hr_journal_line *line);
/* What was found at `step`: of the model at hand, or, for an event of kind REJUDGED, of the best so
 * far. */
hr_status hr_journal_eval(hr_journal *journal, const hrm_event *event, int64_t step);

#endif
