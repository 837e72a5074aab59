/* lattice.h - the regime "lattice": rounds (solve/rounds.h) on a pool of rows, so that the model
 * learns on the states that it makes itself. */
#ifndef HR_LATTICE_H
#define HR_LATTICE_H

#include "data/sampler.h"
#include "nn/model.h"
#include "solve/rounds.h"
#include "task/task.h"

typedef struct hr_lattice_config {
    hr_round_rule rule;
    bool views;           /* rows are seen through symmetries of the task */
    int64_t age;          /* rounds after which a row is replaced */
    double plain, hinted; /* shares of fresh rows: the puzzle as it is; with right hints; the rest
                             has a wrong one */
    double pool_from, pool_to; /* shares of the steps: before the first every row is fresh at every
                                  step, after the second rows stay until they are done */
} hr_lattice_config;

/* What one step saw, summed over rows. */
typedef struct hr_lattice_count {
    int64_t living;                 /* rows whose truth was possible */
    int64_t solved, right;          /* rows finished, and with their truth */
    int64_t detected, false_alarms; /* conflicts noticed: real ones, others */
    int64_t rounds;                 /* age of finished rows */
    double cells;                   /* share of right symbols among open cells, over living rows */
} hr_lattice_count;

typedef struct hr_lattice {
    hr_model *model;     /* borrowed */
    const hr_task *task; /* borrowed; may be NULL */
    hr_lattice_config config;
    hr_objective objective;
    int rows;
    int32_t *sets, *truth; /* (rows x seq) in the puzzles' own frames */
    int32_t *age;          /* (rows) rounds */
    bool *fresh;           /* (rows) takes a new puzzle before the next step; all at first */
    hr_batch batch;        /* what the model sees */
    hr_round_view *view;   /* (rows) */
    hr_real *z[HR_STATES_MAX];
    hr_real *logits; /* (rows x seq x 2S) */
    hr_real *own;    /* (seq x 2S) scratch */
    uint32_t *order; /* (seq) scratch */
    hr_arena arena;
} hr_lattice;

hr_status hr_lattice_new(hr_model *model, const hr_task *task, int rows,
                         const hr_lattice_config *config, const hr_objective *objective,
                         hr_lattice **out);
void hr_lattice_free(hr_lattice *lattice);
size_t hr_lattice_bytes(const hr_model *model, int rows);

/* One training step of all rows, then one round on each: fresh rows are drawn, gradients added to
 * grads, reports (rows) filled. step counts from 0, done is its share of all steps. */
void hr_lattice_step(hr_lattice *lattice, hr_exec *exec, hr_sampler *sampler, uint64_t seed,
                     int64_t step, double done, hr_real *grads, hr_row_report *reports,
                     hr_lattice_count *count);

#endif
