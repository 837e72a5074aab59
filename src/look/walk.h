/* walk.h - puzzles through a model, segment by segment, with every state at hand.
 *
 * Models of candidates play rounds without a guess, in the frame of the puzzle: each begins with
 * fresh states and reads the sets that the last one left. */
#ifndef HR_WALK_H
#define HR_WALK_H

#include "hrm_look.h"
#include "nn/engine.h"
#include "task/task.h"

typedef struct hr_walk {
    hr_model *model;
    const hr_task *task;
    hr_engine *engine;
    hr_carry *carry;
    int rows; /* at a time, at most */
    hr_batch
        batch; /* of so many; set rows, inputs (tokens), numbers and ids before hr_walk_start */
    uint8_t *question;           /* (rows x seq) */
    size_t *tokens;              /* (rows) of a channel that take part, once a call was made */
    hr_real *now[HR_STATES_MAX]; /* (rows x channels x tokens x hidden) states of the last calls */
    hr_real *logits;             /* (rows x seq x outputs) after the last segment */
    /* Told after every call, before `now` changes; as an engine's probe. */
    void (*told)(void *user, const hr_probed *probed);
    void (*head)(void *user, const hr_probed_head *head); /* as an engine's probe; may be NULL */
    void *user;
    hrm_progress progress; /* set by hr_walk_tell; may be NULL */
    void *reader;          /* its user */
    size_t done, total;    /* puzzles, that it is told */
    hr_probe probe;
    double limit;     /* keep logits below which candidates fall */
    int32_t *scratch; /* (seq) */
    hr_arena arena;
} hr_walk;

/* Sets model, task, rows; the rest is its own. Model, task and pool are borrowed. */
hr_status hr_walk_open(hr_walk *walk, hr_model *model, const hr_task *task, hr_pool *pool,
                       int rows);
void hr_walk_close(hr_walk *walk);
/* Rows that keep a walk, and twice its states beside it, within tens of megabytes. */
int hr_walk_rows(const hr_model *model);
void hr_walk_start(hr_walk *walk);
/* Puts the states of all rows in `now` in place of the engine's. */
void hr_walk_push(hr_walk *walk);
/* From now on the options' progress is asked, during segments too, and told of `total` puzzles. */
void hr_walk_tell(hr_walk *walk, const hrm_inspect_options *options, size_t total);
/* So many more puzzles are done; HR_ERR_STOPPED after progress said no. */
hr_status hr_walk_done(hr_walk *walk, size_t puzzles);
/* The next segment or round; HR_ERR_STOPPED after progress said no. */
hr_status hr_walk_segment(hr_walk *walk, bool first);
/* The set of a cell (counted through all rows) that the last round leaves for the next. */
int32_t hr_walk_left(const hr_walk *walk, size_t cell);
/* The answer (seq tokens) that logits of a row say; a candidate that fell is not said, unless all
 * did. Adds the mean entropy of a cell to *entropy. */
void hr_walk_read(const hr_walk *walk, int row, const hr_real *logits, uint8_t *answer,
                  double *entropy);
/* Of a row's state: numbers of the tokens that take part; and where the cells of a channel are. */
size_t hr_walk_numbers(const hr_walk *walk, int row);
const hr_real *hr_walk_cells(const hr_walk *walk, int state, int row, size_t channel,
                             size_t *count);

#endif
