/* lattice.h - the regime "lattice": rounds (rounds.h) on a pool of rows, so that the model learns
 * on the states that it makes itself. */
#ifndef HR_LATTICE_H
#define HR_LATTICE_H

#include "regime/regime.h"
#include "regime/rounds.h"

typedef struct hr_lattice_keys {
    double drop, conflict, temperature;
    bool named, confirm;
    int64_t pool_age;          /* rounds after which a row is replaced */
    double pool_from, pool_to; /* shares of the steps: before the first every row is fresh at every
                                  step, after the second rows stay until they are done */
    double plain_share, hint_share; /* of fresh rows: the puzzle as it is; with right hints; the
                                       rest has a wrong one */
    double keep_weight, drop_weight, symbol_weight, conflict_weight;
    int64_t eval_rounds; /* see hr_regime; may change on resume */
} hr_lattice_keys;

typedef struct hr_lattice {
    hr_lattice_keys keys;
    hr_round_rule rule;
    bool views;            /* rows are seen through symmetries of the task */
    int32_t *sets, *truth; /* (rows x seq) in the puzzles' own frames */
    int32_t *age;          /* (rows) rounds */
    bool *fresh;           /* (rows) take a new puzzle before the next step; all at first */
    hr_round_view *view;   /* (rows) */
    hr_real *own;          /* (seq x 2S) scratch */
    uint32_t *order;       /* (seq) scratch */
} hr_lattice;

extern const hr_regime hr_regime_lattice;

#endif
