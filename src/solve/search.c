/* search.c - chains of rounds: which run next, what follows from a round, and the memory for both.
 *
 * A pass plays up to `slots` rounds together, their work shared among the threads, and then settles
 * them one by one in order. Puzzles take turns to fill the slots, so none waits long. */
#include "solve/search.h"

#include <math.h>
#include <string.h>

#include "base/os.h"
#include "nn/loss.h"

enum {
    NONE = -1,
    GRIDS = 32,      /* different grids of one puzzle whose votes are counted */
    TASK_ROUNDS = 4, /* rounds of one task of the pool */
    AHEAD = 12,      /* puzzles at work in a fair search beyond the slots */
    YOUNG = 8,       /* rounds that a puzzle has before others pass it there */
};

/* A chain at work, or a free place for one. */
typedef struct chain {
    int next; /* of the puzzle, or the next free place; NONE at the end */
    int index, round;
    int guesses;         /* that have not been taken back */
    int levels;          /* how many of them can be taken back one by one */
    hr_rng views, draws; /* own streams of this chain, each with one substream for each round */
} chain;

/* A puzzle at work. */
typedef struct puzzle {
    size_t index;
    hr_search_config config; /* its own */
    hr_rng views, draws;
    int first, last, width; /* its chains */
    int begun;              /* chains so far */
    int turn, rounds;       /* at most */
    int at;                 /* the chain whose round of this turn comes next; NONE */
    int running;            /* rounds in the present pass */
    bool waits;             /* for free places, to get more chains */
    bool done, unwanted;
    hr_search_result result;
    int32_t *question; /* (seq) tokens */
    uint8_t *answer;   /* (seq) tokens */
    uint64_t grid[GRIDS];
    int votes[GRIDS], grids;
} puzzle;

/* A round of the present pass. */
typedef struct slot {
    int puzzle, chain; /* places */
    double conflict;   /* logit */
    hr_round_status status;
    hr_round_move move;
} slot;

struct hr_search {
    hr_model *model;
    hr_engine *engine;
    const hr_task *task;
    int slots, rows;
    int active;     /* puzzles at work */
    int places;     /* for puzzles at work: slots + AHEAD */
    int *work;      /* (places) places of puzzles: those at work, oldest first; then free ones */
    puzzle *puzzle; /* (places) */
    chain *chain;   /* (places + HR_SEARCH_CHAINS) */
    int32_t *sets;  /* (chains x seq) */
    hr_search_guess *guess; /* (chains x seq) */
    int32_t *otherwise;     /* (chains x levels x seq) what the sets become when a guess is taken
                               back, a ring for each chain */
    int free_chain, free_chains;
    slot *slot;          /* (slots) */
    int32_t *before;     /* (slots x seq) sets */
    hr_round_view *view; /* (slots) */
    hr_batch batch;
    hr_carry *carry;
    hr_real *logits, *q;
    hr_real *own;    /* (tasks of a pass x seq x 2S) */
    uint8_t *tokens; /* (seq) scratch */
    hr_arena arena;
};

/* One call of hr_search_run. */
typedef struct run {
    hr_search *s;
    const hr_search_config *config;
    size_t taken; /* puzzles so far */
    unsigned passes;
    size_t turn; /* the puzzle that is first to get slots in the next pass */
    bool ended;  /* no puzzle is left to take */
    double begin;
    double deadline; /* of the present pass */
    bool stopped;    /* by `go` */
    int widest;      /* most chains that a puzzle at work may come to */
} run;

hr_search_config hr_search_defaults(void) {
    return (hr_search_config){
        .rule = {.drop = HR_USUAL_DROP,
                 .conflict = HR_USUAL_CONFLICT,
                 .temperature = HR_USUAL_TEMPERATURE,
                 .fewest = true,
                 .named = true,
                 .confirm = true},
        .chains = HR_USUAL_CHAINS,
        .patience = HR_USUAL_PATIENCE,
        .rounds = 1024,
        .open_rounds = 512,
        .agree = HR_USUAL_AGREE,
    };
}

static hr_status outside(const char *name, double value, const char *range) {
    return hr_fail(HR_ERR_ARG, "%s: %.6g is not %s", name, value, range);
}

hr_status hr_search_check(const hr_search_config *c) {
    const hr_round_rule *r = &c->rule;
    if (!(r->drop > 0 && r->drop < 1)) return outside("drop", r->drop, "above 0 and below 1");
    if (!(r->conflict > 0 && r->conflict <= 1))
        return outside("conflict", r->conflict, "above 0 and at most 1");
    if (!(r->temperature > 0 && r->temperature <= 100))
        return outside("temperature", r->temperature, "above 0 and at most 100");
    if (c->chains < 1 || c->chains > HR_SEARCH_CHAINS)
        return outside("chains", c->chains, "between 1 and 256");
    if (c->agree < 1 || c->agree > HR_SEARCH_AGREE)
        return outside("agree", c->agree, "between 1 and 64");
    if (c->patience < 1) return outside("patience", c->patience, "1 or more");
    if (c->rounds < 1) return outside("rounds", c->rounds, "1 or more");
    if (!(c->seconds >= 0)) return outside("seconds", c->seconds, "0 or more");
    if (!(c->total_seconds >= 0)) return outside("total_seconds", c->total_seconds, "0 or more");
    return HR_OK;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* How many tasks play so many rounds. */
static int tasks_of(int rounds) {
    return (rounds + TASK_ROUNDS - 1) / TASK_ROUNDS;
}

static void layout(void *owner, hr_arena *arena) {
    hr_search *s = owner;
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->slots, seq = (size_t)spec->seq;
    size_t outputs = (size_t)hr_spec_outputs(spec), places = rows + AHEAD;
    size_t chains = places + HR_SEARCH_CHAINS;
    s->places = (int)places;
    s->work = HR_TAKE(arena, int, places);
    s->puzzle = HR_TAKE(arena, puzzle, places);
    for (size_t p = 0; p < places; p++) {
        int32_t *question = HR_TAKE(arena, int32_t, seq);
        uint8_t *answer = HR_TAKE(arena, uint8_t, seq);
        if (!s->puzzle) continue;
        s->puzzle[p].question = question;
        s->puzzle[p].answer = answer;
    }
    s->chain = HR_TAKE(arena, chain, chains);
    s->sets = HR_TAKE(arena, int32_t, chains * seq);
    s->guess = HR_TAKE(arena, hr_search_guess, chains * seq);
    s->otherwise = HR_TAKE(arena, int32_t, chains * HR_SEARCH_LEVELS * seq);
    s->slot = HR_TAKE(arena, slot, rows);
    s->before = HR_TAKE(arena, int32_t, rows * seq);
    s->view = HR_TAKE(arena, hr_round_view, rows);
    for (size_t b = 0; b < rows; b++) {
        hr_round_view local;
        hr_round_view_take(s->view ? &s->view[b] : &local, spec, arena);
    }
    s->batch.inputs = HR_TAKE(arena, int32_t, rows * seq);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
    s->logits = HR_TAKE(arena, hr_real, rows * seq * outputs);
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->own = HR_TAKE(arena, hr_real, (size_t)tasks_of(s->slots) * seq * outputs);
    s->tokens = HR_TAKE(arena, uint8_t, seq);
}

size_t hr_search_bytes(const hr_model *model, int slots) {
    hr_search s = {.model = (hr_model *)(uintptr_t)model, .slots = slots};
    return hr_arena_count(layout, &s);
}

hr_status hr_search_new(hr_engine *engine, const hr_task *task, int slots, hr_search **out) {
    *out = NULL;
    hr_search *s = HR_NEW(hr_search, 1);
    if (!s) return HR_ERR_MEM;
    *s = (hr_search){.model = engine->model, .engine = engine, .task = task, .slots = slots};
    hr_status status = hr_arena_fill(&s->arena, layout, s);
    if (!status) status = hr_carry_new(engine, slots, &s->carry);
    if (status) hr_search_free(s);
    else *out = s;
    return status;
}

void hr_search_free(hr_search *search) {
    if (!search) return;
    hr_carry_free(search->carry);
    hr_arena_close(&search->arena);
    hr_free(search);
}

static void clear(hr_search *s) {
    s->active = s->free_chain = 0;
    s->free_chains = s->places + HR_SEARCH_CHAINS;
    for (int p = 0; p < s->places; p++) s->work[p] = p;
    for (int c = 0; c < s->free_chains; c++)
        s->chain[c].next = c + 1 < s->free_chains ? c + 1 : NONE;
}

static int32_t *sets_of(const hr_search *s, int c) {
    return s->sets + (size_t)c * (size_t)s->model->spec.seq;
}

void hr_search_tokens(const hr_spec *spec, const int32_t *question, const int32_t *sets,
                      uint8_t *out) {
    for (int t = 0; t < spec->seq; t++) {
        unsigned set = (unsigned)sets[t] & ~(unsigned)HR_GIVEN;
        bool single = set && !(set & (set - 1));
        out[t] = (uint8_t)(single ? spec->vocab - spec->symbols + __builtin_ctz(set) : question[t]);
    }
}

/* ---- puzzles and their chains ---------------------------------------------------------------- */

/* A hash of numbers (FNV-1a): random streams depend on it, not on the place in a batch. */
static uint64_t identity(const int32_t *numbers, int count) {
    uint64_t hash = 0xcbf29ce484222325;
    for (int t = 0; t < count; t++) hash = (hash ^ (uint32_t)numbers[t]) * 0x100000001b3;
    return hash;
}

/* Makes the chain in this place the puzzle's next one. */
static void begin_chain(hr_search *s, puzzle *p, int place) {
    chain *c = &s->chain[place];
    c->index = p->begun++;
    c->round = c->guesses = c->levels = 0;
    c->views = hr_rng_sub(p->views, (uint64_t)c->index);
    c->draws = hr_rng_sub(p->draws, (uint64_t)c->index);
    hr_round_start(&s->model->spec, s->task, p->question, sets_of(s, place));
}

static void add_chain(hr_search *s, puzzle *p) {
    int place = s->free_chain;
    s->free_chain = s->chain[place].next;
    s->free_chains--;
    s->chain[place].next = NONE;
    if (p->first == NONE) p->first = place;
    else s->chain[p->last].next = place;
    p->last = place;
    p->width++;
    begin_chain(s, p, place);
}

/* How many chains a puzzle should have in a turn. */
static int due(const hr_search_config *c, int turn) {
    int width = c->agree < c->chains ? c->agree : c->chains;
    for (int i = turn / c->patience; i > 0 && width < c->chains; i--) width *= 2;
    return width < c->chains ? width : c->chains;
}

/* Whether the puzzle may take so many places: the oldest always, another only if enough are left
 * for the oldest, whichever that comes to be, to get all its chains. So the oldest never waits. */
static bool may_take(const run *r, const puzzle *p, int places) {
    const hr_search *s = r->s;
    const puzzle *oldest = &s->puzzle[s->work[0]];
    return !s->active || p == oldest || s->free_chains - places >= r->widest - oldest->width;
}

/* Begins the puzzle's turn; where there are too few places, it waits. */
static void begin_turn(run *r, puzzle *p) {
    int more = due(&p->config, p->turn) - p->width;
    p->waits = more > 0 && !may_take(r, p, more);
    if (p->waits) return;
    for (; more > 0; more--) add_chain(r->s, p);
    p->at = p->first;
}

static bool is_out_of_time(const run *r) {
    return r->config->total_seconds > 0 && hr_os_seconds() - r->begin > r->config->total_seconds;
}

static void finish(puzzle *p, hr_search_end end) {
    p->result.end = end;
    p->done = true;
}

/* Takes the next puzzle; false when none can be taken now. */
static bool admit(run *r) {
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    int most = r->config->fair ? s->places : s->slots;
    if (r->config->puzzles) most = r->config->puzzles;
    if (r->ended || s->active >= most) return false;
    puzzle *p = &s->puzzle[s->work[s->active]];
    if (!may_take(r, p, due(r->config, 0))) return false;
    hr_search_config c = *r->config;
    hr_search_next next = c.next(c.user, !s->active, p->question, &c);
    r->ended = next == HR_SEARCH_NO_MORE;
    if (next < HR_SEARCH_TAKE) return false;
    uint64_t own = identity(p->question, spec->seq);
    bool open = next == HR_SEARCH_OPEN && c.open_rounds < c.rounds;
    *p = (puzzle){.index = r->taken++,
                  .config = c,
                  .views = hr_rng_sub(hr_rng_stream(c.seed, "search view"), own),
                  .draws = hr_rng_sub(hr_rng_stream(c.seed, "search round"), own),
                  .first = NONE,
                  .at = NONE,
                  .rounds = open ? c.open_rounds : c.rounds,
                  .result = {.chain = -1},
                  .question = p->question,
                  .answer = p->answer};
    for (int t = 0; t < spec->seq; t++) p->answer[t] = (uint8_t)p->question[t];
    s->active++;
    if (c.chains > r->widest) r->widest = c.chains;
    if (next == HR_SEARCH_HOPELESS) finish(p, HR_SEARCH_UNTRIED);
    else if (is_out_of_time(r)) finish(p, HR_SEARCH_TIME);
    else begin_turn(r, p);
    return true;
}

/* Puts the next rounds of a puzzle's turn, so many at most, into free slots; false when some did
 * not fit. */
static bool enlist(run *r, int place, int most) {
    hr_search *s = r->s;
    puzzle *p = &s->puzzle[place];
    while (!p->done && p->at != NONE && p->result.rounds + p->running < p->rounds && most--) {
        if (s->rows == s->slots) return false;
        s->slot[s->rows++] = (slot){.puzzle = place, .chain = p->at};
        p->at = s->chain[p->at].next;
        p->running++;
    }
    return true;
}

/* One round each of puzzles that are young, or not, by age, as long as there are so few rows. */
static void enlist_some(run *r, bool young, int rows) {
    hr_search *s = r->s;
    for (int i = 0; i < s->active && s->rows < rows; i++) {
        const puzzle *p = &s->puzzle[s->work[i]];
        if (young == (p->result.rounds + p->running < YOUNG)) enlist(r, s->work[i], 1);
    }
}

static void choose_fairly(run *r) {
    hr_search *s = r->s;
    int rows = (s->slots + (r->passes++ & 1)) / 2;
    enlist_some(r, true, rows);
    do {
        rows = s->rows;
        enlist_some(r, false, s->slots);
        enlist_some(r, true, s->slots);
    } while (s->rows > rows);
}

/* Chooses the rounds of a pass. */
static void choose(run *r) {
    hr_search *s = r->s;
    int from = 0;
    s->rows = 0;
    while (r->config->fair && admit(r)) {
    }
    for (int i = 0; i < s->active; i++) {
        puzzle *p = &s->puzzle[s->work[i]];
        if (p->waits) begin_turn(r, p);
        from += p->index < r->turn;
    }
    if (r->config->fair) {
        choose_fairly(r);
        return;
    }
    for (int i = 0, count = s->active; i < count; i++) {
        int place = s->work[(from + i) % count];
        if (enlist(r, place, s->slots)) continue;
        r->turn = s->puzzle[place].index; /* it comes first in the next pass */
        return;
    }
    while (s->rows < s->slots && admit(r))
        if (!enlist(r, s->work[s->active - 1], s->slots))
            r->turn = s->puzzle[s->work[s->active - 1]].index;
}

/* ---- the rounds of a pass -------------------------------------------------------------------- */

/* Fills the batch: each round sees its chain's sets through a random view. */
static void view_task(void *context, int task, int worker) {
    const run *r = context;
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    (void)worker;
    for (int b = task * TASK_ROUNDS; b < s->rows && b < (task + 1) * TASK_ROUNDS; b++) {
        const chain *c = &s->chain[s->slot[b].chain];
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_rng rng = hr_rng_sub(c->views, (uint64_t)c->round);
        hr_round_view_draw(&s->view[b], spec, s->task, rng);
        hr_round_view_see(&s->view[b], spec, sets_of(s, s->slot[b].chain), s->batch.inputs + at,
                          NULL, NULL);
    }
}

/* Logits of a round, seen back through its view. */
static void own_logits(const hr_search *s, int b, hr_real *own) {
    const hr_spec *spec = &s->model->spec;
    size_t outputs = (size_t)spec->seq * (size_t)hr_spec_outputs(spec);
    hr_round_view_back(&s->view[b], spec, s->logits + (size_t)b * outputs, own);
}

static void play_task(void *context, int task, int worker) {
    const run *r = context;
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    size_t seq = (size_t)spec->seq;
    hr_real *own = s->own + (size_t)task * seq * (size_t)hr_spec_outputs(spec);
    (void)worker;
    for (int b = task * TASK_ROUNDS; b < s->rows && b < (task + 1) * TASK_ROUNDS; b++) {
        slot *x = &s->slot[b];
        const chain *c = &s->chain[x->chain];
        int32_t *sets = sets_of(s, x->chain);
        own_logits(s, b, own);
        memcpy(s->before + (size_t)b * seq, sets, seq * sizeof *sets);
        x->conflict = (double)s->q[2 * b];
        x->status = hr_round_play(&s->puzzle[x->puzzle].config.rule, spec, sets, own, x->conflict,
                                  hr_rng_sub(c->draws, (uint64_t)c->round), &x->move);
    }
}

/* ---- what follows from them ------------------------------------------------------------------ */

static int32_t *otherwise_of(const hr_search *s, int c, int guess) {
    size_t level = (size_t)c * HR_SEARCH_LEVELS + (size_t)(guess % HR_SEARCH_LEVELS);
    return s->otherwise + level * (size_t)s->model->spec.seq;
}

/* Stores the guess of a round, and what the sets become when it is taken back. */
static void note_guess(hr_search *s, const slot *x) {
    chain *c = &s->chain[x->chain];
    size_t seq = (size_t)s->model->spec.seq;
    int32_t *otherwise = otherwise_of(s, x->chain, c->guesses);
    memcpy(otherwise, sets_of(s, x->chain), seq * sizeof *otherwise);
    otherwise[x->move.cell] = x->move.others;
    s->guess[(size_t)x->chain * seq + (size_t)c->guesses++] =
        (hr_search_guess){x->move.cell, x->move.symbol};
    if (c->levels < HR_SEARCH_LEVELS) c->levels++;
}

/* Whether the end of a round takes back the last guess alone: after a rejected grid all fall, since
 * nothing says which of them was wrong. */
static bool takes_one_back(const puzzle *p, const chain *c, bool rejected) {
    return c->levels && !rejected && !p->config.start_over;
}

static void take_back(hr_search *s, const puzzle *p, int place, bool rejected) {
    const hr_spec *spec = &s->model->spec;
    chain *c = &s->chain[place];
    if (takes_one_back(p, c, rejected)) {
        c->levels--;
        memcpy(sets_of(s, place), otherwise_of(s, place, --c->guesses),
               (size_t)spec->seq * sizeof *s->sets);
        return;
    }
    c->guesses = c->levels = 0;
    hr_round_start(spec, s->task, p->question, sets_of(s, place));
}

static void report(hr_search *s, int b, bool rejected) {
    const slot *x = &s->slot[b];
    const puzzle *p = &s->puzzle[x->puzzle];
    const chain *c = &s->chain[x->chain];
    bool failed = rejected || x->status == HR_ROUND_CONFLICT;
    size_t seq = (size_t)s->model->spec.seq;
    own_logits(s, b, s->own);
    hr_search_round round = {.puzzle = p->index,
                             .chain = c->index,
                             .round = c->round,
                             .question = p->question,
                             .before = s->before + (size_t)b * seq,
                             .after = sets_of(s, x->chain),
                             .logits = s->own,
                             .conflict = hr_sigmoid(x->conflict),
                             .status = x->status,
                             .rejected = rejected,
                             .move = x->move,
                             .limit = hr_round_limit(&p->config.rule),
                             .guess = s->guess + (size_t)x->chain * seq,
                             .guesses = c->guesses,
                             .taken_back = !failed                          ? 0
                                           : takes_one_back(p, c, rejected) ? 1
                                                                            : c->guesses};
    p->config.watch(p->config.user, &round);
}

/* Counts a vote for a grid; true when it has enough. The GRIDS latest different grids are known. */
static bool agree(const hr_search *s, puzzle *p, const int32_t *sets) {
    if (p->config.agree == 1) return true;
    uint64_t grid = identity(sets, s->model->spec.seq);
    int known = p->grids < GRIDS ? p->grids : GRIDS, i = 0;
    while (i < known && p->grid[i] != grid) i++;
    if (i == known) {
        i = p->grids++ % GRIDS;
        p->grid[i] = grid;
        p->votes[i] = 0;
    }
    return ++p->votes[i] >= p->config.agree;
}

/* The cells that were settled before the first guess: the answer of an unsolved puzzle. */
static void keep_first(hr_search *s, puzzle *p, const slot *x) {
    hr_search_tokens(&s->model->spec, p->question, sets_of(s, x->chain), p->answer);
    p->answer[x->move.cell] = (uint8_t)p->question[x->move.cell];
}

/* After a round: counts it, keeps a solution, takes guesses back after a contradiction. */
static void settle(hr_search *s, int b) {
    const hr_spec *spec = &s->model->spec;
    slot *x = &s->slot[b];
    puzzle *p = &s->puzzle[x->puzzle];
    chain *c = &s->chain[x->chain];
    int32_t *sets = sets_of(s, x->chain);
    p->running--;
    if (p->done) return; /* another chain was first */
    if (x->move.cell >= 0) {
        note_guess(s, x);
        p->result.guesses++;
        if (!c->index && !c->round) keep_first(s, p, x);
    }
    bool solved = x->status == HR_ROUND_SOLVED;
    if (solved) hr_search_tokens(spec, p->question, sets, s->tokens);
    const hr_search_config *own = &p->config;
    bool accepted = solved && (!own->accept || own->accept(own->user, p->index, s->tokens));
    if (own->watch) report(s, b, solved && !accepted);
    p->result.chains += c->round++ == 0;
    p->result.rounds++;
    p->result.conflict = (float)x->conflict;
    if (accepted && agree(s, p, sets)) {
        memcpy(p->answer, s->tokens, (size_t)spec->seq);
        p->result.chain = c->index;
        finish(p, HR_SEARCH_SOLVED);
    } else if (accepted) {
        begin_chain(s, p, x->chain); /* more chains have to find the same grid */
    } else if (solved || x->status == HR_ROUND_CONFLICT) {
        p->result.restarts++;
        take_back(s, p, x->chain, solved);
    }
    if (!p->done && p->result.rounds == p->rounds) finish(p, HR_SEARCH_ROUNDS);
}

static bool is_wanted(puzzle *p) {
    const hr_search_config *own = &p->config;
    p->unwanted = p->unwanted || (own->wanted && !own->wanted(own->user, p->result.rounds));
    return !p->unwanted;
}

/* A round that was not played comes again, in the same place of its turn. */
static void put_back(hr_search *s, int b) {
    puzzle *p = &s->puzzle[s->slot[b].puzzle];
    p->at = s->slot[b].chain;
    p->running--;
}

/* Returns the places of a finished puzzle's chains, and its answer to the caller. */
static void release(hr_search *s, puzzle *p) {
    if (p->first != NONE) {
        s->chain[p->last].next = s->free_chain;
        s->free_chain = p->first;
        s->free_chains += p->width;
    }
    p->config.done(p->config.user, p->index, &p->result, p->answer);
}

/* Releases puzzles that are done or out of time; others at the end of their turn begin the next. */
static void go_on(run *r) {
    hr_search *s = r->s;
    bool out_of_time = is_out_of_time(r);
    int kept = 0, count = s->active;
    for (int i = 0; i < count; i++) {
        int place = s->work[i];
        puzzle *p = &s->puzzle[place];
        const hr_search_config *own = &p->config;
        bool late = own->seconds > 0 && p->result.seconds >= own->seconds;
        if (!p->done && (late || out_of_time)) finish(p, HR_SEARCH_TIME);
        if (!p->done && !is_wanted(p)) finish(p, HR_SEARCH_UNWANTED);
        if (p->done) {
            release(s, p);
            continue;
        }
        s->work[i] = s->work[kept];
        s->work[kept++] = place;
    }
    s->active = kept; /* before turns begin: may_take asks who is the oldest */
    r->widest = 0;
    for (int i = 0; i < kept; i++)
        if (s->puzzle[s->work[i]].config.chains > r->widest)
            r->widest = s->puzzle[s->work[i]].config.chains;
    for (int i = 0; i < kept; i++) {
        puzzle *p = &s->puzzle[s->work[i]];
        if (p->at != NONE || p->waits) continue;
        p->turn++;
        begin_turn(r, p);
    }
}

static bool stops(run *r) {
    return r->stopped |= r->config->go && !r->config->go(r->config->user);
}

/* Between passes: what one rank stops for, all do. */
static bool all_stop(run *r, bool own) {
    return r->stopped = !hr_comm_all(hr_pool_comm(r->s->engine->pool), !own);
}

/* Inside a pass, which ends early where it is too late for one of its puzzles, or none is wanted.
 */
static bool goes_on(void *user) {
    run *r = user;
    bool wanted = false;
    for (int b = 0; b < r->s->rows; b++) wanted |= is_wanted(&r->s->puzzle[r->s->slot[b].puzzle]);
    return !stops(r) && wanted && hr_os_seconds() < r->deadline;
}

/* When the pass must end: a puzzle's time, of which it uses its share of the pass, or that for all
 * is over. */
static double deadline(const run *r, double begin) {
    const hr_search *s = r->s;
    const hr_search_config *c = r->config;
    double end = c->total_seconds > 0 ? r->begin + c->total_seconds : INFINITY;
    for (int i = 0; i < s->active; i++) {
        const puzzle *p = &s->puzzle[s->work[i]];
        double most = p->config.seconds;
        if (!p->running || !(most > 0)) continue;
        end = fmin(end, begin + (most - p->result.seconds) * s->rows / p->running);
    }
    return end;
}

/* Plays the rounds of a pass; false when it was stopped before its end. */
static bool play(run *r) {
    hr_search *s = r->s;
    int tasks = tasks_of(s->rows);
    hr_watch watch = {.go = goes_on, .user = r};
    hr_watch_begin(&watch);
    r->deadline = deadline(r, watch.asked);
    hr_pool_run(s->engine->pool, tasks, view_task, r);
    s->batch.rows = s->rows;
    s->engine->watch = &watch;
    s->engine->ops->reset(s->carry, NULL, s->rows);
    s->engine->ops->forward(s->engine, &s->batch, s->carry, s->logits, s->q);
    s->engine->watch = NULL;
    if (atomic_load(&watch.stopped)) return false;
    hr_pool_run(s->engine->pool, tasks, play_task, r);
    return true;
}

void hr_search_run(hr_search *s, const hr_search_config *config) {
    run r = {.s = s, .config = config, .begin = hr_os_seconds()};
    clear(s);
    for (choose(&r); s->active; choose(&r)) {
        double begin = hr_os_seconds();
        bool played = s->rows && play(&r);
        double share = (hr_os_seconds() - begin) / (s->rows ? s->rows : 1);
        if (s->rows && !played && all_stop(&r, r.stopped)) return;
        for (int b = 0; b < s->rows; b++) s->puzzle[s->slot[b].puzzle].result.seconds += share;
        for (int b = 0; b < s->rows; b++)
            if (played) settle(s, b);
            else put_back(s, s->rows - 1 - b);
        go_on(&r);
        if (all_stop(&r, stops(&r))) return;
    }
}
