/* search.h - solves puzzles by rounds on candidates, in chains that take their guesses back when
 * they contradict themselves.
 *
 * A puzzle starts with one chain. After every `patience` turns without an answer it gets twice as
 * many, up to a limit. A turn is one round of each chain, in order; the answer is the first grid in
 * which every cell has one candidate, or the first that `agree` chains find. A chain that
 * contradicts itself takes its last guess back, drops that candidate and goes on; without a guess
 * that it can take back it begins again from the givens, as it does after a complete grid that was
 * not accepted. Nothing here knows the rules of a puzzle, but `accept` may.
 *
 * The random numbers of a chain depend only on the seed, the puzzle and the chain, and turns are
 * counted for each puzzle. So an answer does not depend on other puzzles, slots or threads. Puzzles
 * stream through: a free slot goes to a chain that is due, then to the next puzzle. In a fair
 * search more puzzles are at work than there are slots; of each pass one half is for puzzles that
 * had few rounds so far, the other for the rest, each half by age, so that an easy puzzle passes
 * hard ones and these come to their end in the order in which they came. */
#ifndef HR_SEARCH_H
#define HR_SEARCH_H

#include "nn/engine.h"
#include "regime/rounds.h"

enum {
    HR_SEARCH_CHAINS = 256, /* most chains of a puzzle at a time */
    HR_SEARCH_AGREE = 64,   /* most that may have to agree */
    HR_SEARCH_LEVELS = 8,   /* so many of its last guesses a chain can take back one by one */
};

typedef struct hr_search_guess {
    int32_t cell, symbol;
} hr_search_guess;

/* One round of one chain, as `watch` is told of it. Pointers hold for the call only. */
typedef struct hr_search_round {
    size_t puzzle;
    int chain, round;              /* round: of the chain */
    const int32_t *question;       /* (seq) tokens */
    const int32_t *before, *after; /* (seq) sets */
    const hr_real *logits;         /* (seq x 2S) */
    double conflict;               /* probability */
    hr_round_status status;
    bool rejected; /* solved, but not accepted: a conflict */
    hr_round_move move;
    double limit;                 /* candidates with lower logits were dropped */
    const hr_search_guess *guess; /* (guesses) of the chain, oldest first */
    int guesses;
    int taken_back; /* how many of the last of them a conflict takes back */
} hr_search_round;

typedef enum hr_search_end {
    HR_SEARCH_SOLVED,   /* an answer; the model may be wrong all the same */
    HR_SEARCH_ROUNDS,   /* no round is left */
    HR_SEARCH_TIME,     /* no time is left */
    HR_SEARCH_UNTRIED,  /* it was hopeless */
    HR_SEARCH_UNWANTED, /* whoever asked does not want it any more */
} hr_search_end;

/* What became of one puzzle. */
typedef struct hr_search_result {
    hr_search_end end;
    int rounds, guesses; /* in all chains */
    int restarts;        /* contradictions met */
    int chains;          /* that had a round */
    int chain;           /* that answered; -1 */
    float conflict;      /* logit of its last round */
    double seconds;      /* its share of the time */
} hr_search_result;

/* What comes next: nothing, nothing yet, a puzzle, one with so few givens that it has several
 * answers, or a hopeless one, which comes back untried. */
typedef enum hr_search_next {
    HR_SEARCH_NO_MORE,
    HR_SEARCH_LATER,
    HR_SEARCH_TAKE,
    HR_SEARCH_OPEN,
    HR_SEARCH_HOPELESS,
} hr_search_next;

/* A puzzle may have one of its own: all but what says that it is of all. */
typedef struct hr_search_config hr_search_config;
struct hr_search_config {
    hr_round_rule rule;
    int chains;      /* of a puzzle at a time, at most */
    int patience;    /* turns after which a puzzle has twice as many */
    int rounds;      /* in all chains of a puzzle together, then it counts as not solved */
    int open_rounds; /* the same for HR_SEARCH_OPEN, which more rounds seldom solve: a chain mixes
                        several answers */
    int agree;       /* chains that must come to the same grid */
    bool start_over; /* a chain that contradicts itself always begins again from the givens */
    int puzzles;     /* of all: at work at the same time; 0: as many as there are slots */
    bool fair;       /* of all */
    double seconds, total_seconds; /* for one puzzle, for all; 0: no bound */
    uint64_t seed;
    /* Writes the next question (seq tokens); puzzles are counted from 0 as they come. LATER when
     * none is there yet, or another must be done first; not allowed with `wait`, when none is at
     * work. *own is a copy of the config of all, to be made the puzzle's own, its user included. */
    hr_search_next (*next)(void *user, bool wait, int32_t *question, hr_search_config *own);
    /* A puzzle is done: its answer (seq tokens), or, where there is none, what was settled before
     * the first guess. */
    void (*done)(void *user, size_t puzzle, const hr_search_result *result, const uint8_t *tokens);
    /* May be NULL. accept: whether a complete answer (seq tokens) is right; if not, its chain
     * begins again. wanted: after so many rounds of a puzzle; false ends it. go, of all: false
     * stops everything. Both are called after rounds, and inside long ones, there from any thread
     * but one at a time. */
    bool (*accept)(void *user, size_t puzzle, const uint8_t *tokens);
    void (*watch)(void *user, const hr_search_round *round);
    bool (*wanted)(void *user, int rounds);
    bool (*go)(void *user);
    void *user;
};

typedef struct hr_search hr_search;

/* Memory for `slots` rounds at a time. engine, with its model and pool, and task are borrowed. */
hr_status hr_search_new(hr_engine *engine, const hr_task *task, int slots, hr_search **out);
void hr_search_free(hr_search *search);
/* The bytes that hr_search_new takes, without the states. */
size_t hr_search_bytes(const hr_model *model, int slots);
/* What a caller may choose otherwise, where he does not. */
#define HR_USUAL_DROP        0.1
#define HR_USUAL_CONFLICT    0.6
#define HR_USUAL_TEMPERATURE 1
#define HR_USUAL_CHAINS      64
#define HR_USUAL_PATIENCE    256
#define HR_USUAL_AGREE       1
#define HR_USUAL_SURE        0.995 /* of an answer that needs no other view */
hr_search_config hr_search_defaults(void);
/* Refuses numbers outside their range: HR_ERR_ARG. */
hr_status hr_search_check(const hr_search_config *config);

/* Sets as tokens (seq); a cell with several candidates or none keeps the question's. */
void hr_search_tokens(const hr_spec *spec, const int32_t *question, const int32_t *sets,
                      uint8_t *tokens);

/* Solves all that `next` gives. */
void hr_search_run(hr_search *search, const hr_search_config *config);

#endif
