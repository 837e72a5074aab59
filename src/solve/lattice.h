/* lattice.h - reasoning on candidates (Lattice Deduction Transformer, arXiv 2605.08605).
 *
 * A row's state is a set of symbols for every cell. In a round the model looks at the sets and the
 * rule below drops what it is sure of, notices a contradiction or the end, or else guesses one
 * cell. Training does the same rounds on a pool of rows, so that the model learns on the states
 * that it makes itself. Every look is through a random symmetry of the task. */
#ifndef HR_LATTICE_H
#define HR_LATTICE_H

#include "nn/model.h"
#include "data/dataset.h"
#include "task/task.h"

typedef struct hr_lattice_rule {
    double drop;        /* candidates with a lower keep probability fall */
    double conflict;    /* a row with a higher conflict probability contradicts itself */
    double temperature; /* of the symbol that a guess draws */
    bool fewest;        /* guesses fall on a cell with the fewest candidates, not on any open one */
    bool named;   /* a cell's last candidate falls when the model names another symbol, which some
                     nets learn long before they say that the row contradicts itself */
    bool confirm; /* a row that became complete in this round is looked at once more: a full grid
                     that is wrong is the easiest contradiction to see */
} hr_lattice_rule;

typedef enum hr_lattice_status {
    HR_LATTICE_OPEN,     /* a cell was guessed; or complete, and to be confirmed */
    HR_LATTICE_CONFLICT, /* a cell has no candidate left, or the model says so; nothing guessed */
    HR_LATTICE_SOLVED,   /* every cell has one candidate */
} hr_lattice_status;

/* What a round did. */
typedef struct hr_lattice_move {
    int dropped;        /* candidates */
    int cell, symbol;   /* guessed; -1 where nothing was */
    int32_t others;     /* the guessed cell's other candidates, a set */
    double probability; /* with which the symbol was drawn */
} hr_lattice_move;

/* One round on a row. sets (seq) are replaced; logits (seq x 2S) and the conflict logit are the
 * model's of these sets, in their own frame. move may be NULL. */
hr_lattice_status hr_lattice_round(const hr_lattice_rule *rule, int seq, int symbols, int32_t *sets,
                                   const hr_real *logits, double conflict, hr_rng rng,
                                   hr_lattice_move *move);

/* The keep logit below which a candidate falls. */
double hr_lattice_limit(const hr_lattice_rule *rule);

/* A question's tokens as sets of what the task lets its cells be; without task a symbol is given,
 * in place of anything else may be every symbol (but one that says padding which is skipped). */
void hr_lattice_start(const hr_spec *spec, const hr_task *task, const int32_t *tokens,
                      int32_t *sets);

/* A symmetry between a row and what the model sees of it. */
typedef struct hr_lattice_view {
    uint32_t *cell;  /* (seq) the row's cell that is seen at a place */
    uint8_t *symbol; /* (vocab) as what a token is seen */
} hr_lattice_view;
/* Takes the memory of one view from the arena. */
void hr_lattice_view_take(hr_lattice_view *view, const hr_spec *spec, hr_arena *arena);
/* A random symmetry of the task; without task or symmetry the row as it is. */
void hr_lattice_view_draw(hr_lattice_view *view, const hr_spec *spec, const hr_task *task,
                          hr_rng rng);
/* Sets and (may both be NULL) true symbols as they are seen. */
void hr_lattice_view_see(const hr_lattice_view *view, const hr_spec *spec, const int32_t *sets,
                         int32_t *seen, const int32_t *truth, int32_t *seen_truth);
/* Logits (seq x 2S) of what was seen, back in the row's frame. */
void hr_lattice_view_back(const hr_lattice_view *view, const hr_spec *spec, const hr_real *seen,
                          hr_real *logits);

/* ---- the training pool -------------------------------------------------------------------------
 */

typedef struct hr_lattice_config {
    hr_lattice_rule rule;
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
    hr_lattice_view *view; /* (rows) */
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
