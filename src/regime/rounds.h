/* rounds.h - reasoning on candidates (Lattice Deduction Transformer, arXiv 2605.08605).
 *
 * A row's state is a set of symbols for every cell. In a round the model reads the sets, and the
 * rule below drops what it is sure of, notices a contradiction or the end, or else guesses one
 * cell. Every forward pass is through a random symmetry of the task. Search and the training regime
 * "lattice" play the same rounds. */
#ifndef HR_ROUNDS_H
#define HR_ROUNDS_H

#include "base/rng.h"
#include "nn/model.h"
#include "task/task.h"

typedef struct hr_round_rule {
    double drop;        /* candidates with a lower keep probability fall */
    double conflict;    /* a row with a higher conflict probability contradicts itself */
    double temperature; /* of the symbol that a guess draws */
    bool fewest;        /* guesses fall on a cell with the fewest candidates, not on any open one */
    bool named;   /* a cell's last candidate falls when the model names another symbol, which some
                     nets learn long before they say that the row contradicts itself */
    bool confirm; /* a row that became complete in this round is looked at once more: a full grid
                     that is wrong is the easiest contradiction to see */
} hr_round_rule;

typedef enum hr_round_status {
    HR_ROUND_OPEN,     /* a cell was guessed; or complete, and to be confirmed */
    HR_ROUND_CONFLICT, /* a cell has no candidate left, or the model says so; nothing guessed */
    HR_ROUND_SOLVED,   /* every cell has one candidate */
} hr_round_status;

/* What a round did. */
typedef struct hr_round_move {
    int dropped;        /* candidates */
    int cell, symbol;   /* guessed; -1 where nothing was */
    int32_t others;     /* the guessed cell's other candidates, a set */
    double probability; /* with which the symbol was drawn */
} hr_round_move;

/* How many candidates a set has. */
static inline int hr_round_count(int32_t set) {
    return __builtin_popcount((unsigned)set & ~(unsigned)HR_GIVEN);
}

/* One round on a row. sets (seq) are replaced; logits (seq x 2S) and the conflict logit are the
 * model's of these sets, in their own frame. move may be NULL. */
hr_round_status hr_round_play(const hr_round_rule *rule, const hr_spec *spec, int32_t *sets,
                              const hr_real *logits, double conflict, hr_rng rng,
                              hr_round_move *move);

/* The keep logit below which a candidate falls. */
double hr_round_limit(const hr_round_rule *rule);

/* A question's tokens as sets of what the task lets its cells be; without task a symbol is given,
 * in place of anything else may be every symbol (but one that says padding which is skipped). */
void hr_round_start(const hr_spec *spec, const hr_task *task, const int32_t *tokens, int32_t *sets);

/* A symmetry between a row and what the model sees of it. */
typedef struct hr_round_view {
    uint32_t *cell;  /* (seq) the row's cell that is seen at a place */
    uint8_t *symbol; /* (vocab) as what a token is seen */
} hr_round_view;
/* Takes the memory of one view from the arena. */
void hr_round_view_take(hr_round_view *view, const hr_spec *spec, hr_arena *arena);
/* A random symmetry of the task; without task or symmetry the row as it is. */
void hr_round_view_draw(hr_round_view *view, const hr_spec *spec, const hr_task *task, hr_rng rng);
/* Sets and (may both be NULL) true symbols as they are seen. */
void hr_round_view_see(const hr_round_view *view, const hr_spec *spec, const int32_t *sets,
                       int32_t *seen, const int32_t *truth, int32_t *seen_truth);
/* Logits (seq x 2S) of what was seen, back in the row's frame. */
void hr_round_view_back(const hr_round_view *view, const hr_spec *spec, const hr_real *seen,
                        hr_real *logits);

#endif
