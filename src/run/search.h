/* search.h - solves puzzles by rounds on candidates, in chains that begin again when they
 * contradict themselves.
 *
 * A puzzle starts with one chain; one that resists gets more, up to a limit. The first chain whose
 * every cell has one candidate answers. Nothing here knows the rules of a puzzle, but `accept` may.
 * What a chain draws depends on the seed, the puzzle and the chain alone. */
#ifndef HR_SEARCH_H
#define HR_SEARCH_H

#include "run/lattice.h"

/* One round of one chain, for whoever wants to follow. Pointers hold for the call only. */
typedef struct hr_search_round {
    int puzzle, chain, round;      /* round: of the chain */
    const int32_t *before, *after; /* (seq) sets */
    const hr_real *logits;         /* (seq x 2S) */
    double conflict;               /* probability */
    hr_lattice_status status;
    bool rejected; /* solved, but not accepted: a conflict */
    hr_lattice_move move;
    double limit; /* keep logits below it made candidates fall */
    int guesses;  /* of the chain that stand, or that a conflict takes back */
} hr_search_round;

typedef struct hr_search_config {
    hr_lattice_rule rule;
    int chains;   /* at most, for one puzzle */
    int patience; /* rounds spent on each chain of a puzzle before it gets another */
    int rounds;   /* in all chains of a puzzle together, then it counts as not solved */
    uint64_t seed;
    /* May be NULL. accept: whether a complete answer (seq tokens) stands; if not, its chain begins
     * again. */
    bool (*accept)(void *user, int puzzle, const uint8_t *tokens);
    void (*watch)(void *user, const hr_search_round *round);
    bool (*go)(void *user); /* may be NULL; after every round of all chains; false: give up */
    void *user;
} hr_search_config;

/* What became of one puzzle. */
typedef struct hr_search_result {
    bool solved;  /* a chain came to its end; the model may be wrong all the same */
    int rounds;   /* in all chains */
    int restarts; /* contradictions met */
    int chains;
    float conflict; /* logit of the conflict at the end */
} hr_search_result;

typedef struct hr_search hr_search;

/* Memory for `slots` chains at a time. model, exec (forward, for as many rows) and task are
 * borrowed. */
hr_status hr_search_new(hr_model *model, hr_exec *exec, const hr_task *task, int slots,
                        hr_search **out);
void hr_search_free(hr_search *search);
size_t hr_search_bytes(const hr_model *model, int slots);
hr_search_config hr_search_defaults(void);

/* Sets as tokens (seq), blank (token 1) where a cell has several or no candidates. */
void hr_search_tokens(const hr_spec *spec, const int32_t *sets, uint8_t *tokens);

/* questions (count x seq) tokens; answers (count x seq) get tokens as of hr_search_tokens. False
 * when `go` gave up. */
bool hr_search_run(hr_search *search, const hr_search_config *config, const int32_t *questions,
                   int count, uint8_t *answers, hr_search_result *results);

#endif
