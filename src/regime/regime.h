/* regime.h - what a training regime is: where the rows of a step come from, and what becomes of
 * them after it. The step between the two (step.h) is the same for all. regimes.h lists them. */
#ifndef HR_REGIME_H
#define HR_REGIME_H

#include <jansson.h>

#include "base/key.h"
#include "data/sampler.h"
#include "io/safetensors.h"
#include "nn/engine.h"
#include "task/task.h"

enum {
    HR_REGIME_KEYS = 256,  /* bytes of the values of a regime's keys, at most */
    HR_REGIME_BYTES = 256, /* of its struct */
    HR_REGIME_ARRAYS = 8,  /* that belong to a run's state */
    HR_REGIME_COUNTS = 3   /* of its own */
};

/* The rows that a step works on. */
typedef struct hr_step_rows {
    hr_model *model;     /* borrowed */
    const hr_task *task; /* borrowed; may be NULL */
    int count;
    hr_objective objective;
    hr_carry *carry; /* states of the rows */
    hr_batch batch;
    bool *last;             /* (rows) at their last segment; see hr_training */
    hr_row_report *reports; /* (rows) of the step */
    hr_real *logits;        /* (rows x seq x outputs), or NULL */
} hr_step_rows;

/* One step of a run. */
typedef struct hr_step_how {
    hr_sampler *sampler; /* of fresh rows; NULL: the caller writes them into the batch */
    uint64_t seed;
    int64_t step; /* counted from 0 */
    double done;  /* its share of all steps */
    double size;  /* share of the loops that it has, and of puzzles that have parts; 1: all */
    double lr, muon_lr, puzzle_lr, puzzle_decay;
} hr_step_how;

/* What a step says of its rows, in sums. */
typedef struct hr_regime_count {
    int64_t finished, exact, segments; /* rows at their end; of them right; segments they took */
    double cells;                      /* shares of cells that were right ... */
    int64_t scored;                    /* ... over so many rows */
    int64_t own[HR_REGIME_COUNTS];
} hr_regime_count;

/* An array that belongs to a run's state. */
typedef struct hr_regime_array {
    const char *name;
    hr_dtype dtype;
    void *data; /* NULL: its engine holds it, as `held` */
    size_t count;
    hr_held held;
} hr_regime_array;

/* `self` is the regime's own struct, `keys` the values of its keys. What may be NULL says so. */
typedef struct hr_regime {
    const char *name;
    bool candidates; /* models read sets of candidates and score symbols, not tokens */
    bool halting;    /* rows end when the halting head says so; HRM then learns q_continue */
    bool views;      /* makes a task's symmetries itself, at every step of a row */
    bool logits;     /* needs those of the step */
    const hr_key *keys;
    size_t key_count;
    /* Several keys at once; NULL: nothing to check. */
    hr_status (*check)(const void *keys);
    /* The weights of its losses. */
    void (*objective)(const void *keys, hr_objective *objective);
    /* Most rounds of a search for a puzzle in evaluations of a run, where a model that has learned
     * little would take all that it may; 0, or NULL: as the model says. */
    int64_t (*eval_rounds)(const void *keys);
    /* That it can train on a data set; NULL: on any. */
    hr_status (*fits)(const hr_dataset *data);
    /* Takes its arrays from the arena, or counts them. */
    void (*take)(void *self, const hr_step_rows *rows, hr_arena *arena);
    /* The struct and its arrays are zero; keys NULL: all off. views: rows are seen through
     * symmetries of the task. */
    void (*begin)(void *self, const hr_step_rows *rows, const void *keys, bool views);
    /* Makes a segment's size of a step's, and says so; NULL or false: the step has fewer calls. */
    bool (*resize)(void *self, const hr_step_rows *rows, double size);
    /* Before the step: fresh rows and states. */
    void (*draw)(void *self, hr_step_rows *rows, const hr_step_how *how);
    /* After it: what the reports mean for the rows. count is zero. */
    void (*judge)(void *self, const hr_step_rows *rows, const hr_step_how *how,
                  hr_regime_count *count);
    /* Its fields of a line of metrics.jsonl, from sums over rows; NULL: none. */
    void (*tell)(const hr_regime_count *sum, double rows, json_t *line);
    /* The arrays that it goes on with; returns how many. */
    int (*arrays)(void *self, hr_step_rows *rows, hr_regime_array *out);
    /* Whether what was read into them can be gone on with. */
    bool (*sound)(const void *self, const hr_step_rows *rows);
} hr_regime;

/* Fresh states for the rows with which[row] (NULL: for all). */
void hr_regime_reset(hr_step_rows *rows, const bool *which);

#endif
