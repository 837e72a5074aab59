/* search.c - chains of rounds, batched over puzzles. */
#include "run/search.h"

#include <string.h>

#include "nn/loss.h"

/* A chain at work. */
typedef struct chain {
    int puzzle, index, round;
    int guesses;         /* since it began or began again */
    hr_rng views, draws; /* of the puzzle and the chain, one stream within for each round */
} chain;

struct hr_search {
    hr_model *model;
    hr_exec *exec;
    const hr_task *task;
    int slots, active;
    chain *chain;  /* (slots), those at work first */
    int32_t *sets; /* (slots x seq) */
    hr_lattice_view *view;
    hr_batch batch;
    hr_real *z[HR_STATES_MAX];
    hr_real *logits, *q, *own;
    int32_t *before; /* (seq) scratch */
    uint8_t *tokens; /* (seq) scratch */
    hr_arena arena;
};

/* One call of hr_search_run. */
typedef struct run {
    hr_search *s;
    const hr_search_config *config;
    const int32_t *questions;
    int count, next; /* puzzles; the first without a chain */
    uint8_t *answers;
    hr_search_result *results;
} run;

hr_search_config hr_search_defaults(void) {
    return (hr_search_config){
        .rule = {.drop = 0.1, .conflict = 0.6, .temperature = 1.5},
        .chains = 16,
        .patience = 32,
        .rounds = 1024,
    };
}

static void layout(hr_search *s, hr_arena *arena) {
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->slots, seq = (size_t)spec->seq;
    size_t outputs = (size_t)hr_spec_outputs(spec);
    s->chain = HR_TAKE(arena, chain, rows);
    s->sets = HR_TAKE(arena, int32_t, rows * seq);
    s->view = HR_TAKE(arena, hr_lattice_view, rows);
    for (size_t b = 0; b < rows; b++) {
        hr_lattice_view local;
        hr_lattice_view_take(s->view ? &s->view[b] : &local, spec, arena);
    }
    s->batch.inputs = HR_TAKE(arena, int32_t, rows * seq);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
    size_t state = rows * (size_t)hr_spec_tokens(spec) * (size_t)spec->hidden;
    for (int i = 0; i < s->model->recur.states; i++) s->z[i] = HR_TAKE(arena, hr_real, state);
    s->logits = HR_TAKE(arena, hr_real, rows * seq * outputs);
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->own = HR_TAKE(arena, hr_real, seq * outputs);
    s->before = HR_TAKE(arena, int32_t, seq);
    s->tokens = HR_TAKE(arena, uint8_t, seq);
}

size_t hr_search_bytes(const hr_model *model, int slots) {
    hr_search s = {.model = (hr_model *)(uintptr_t)model, .slots = slots};
    hr_arena count = {0};
    layout(&s, &count);
    return count.used;
}

hr_status hr_search_new(hr_model *model, hr_exec *exec, const hr_task *task, int slots,
                        hr_search **out) {
    *out = NULL;
    hr_search *s = HR_NEW(hr_search, 1);
    if (!s) return HR_ERR_MEM;
    *s = (hr_search){.model = model, .exec = exec, .task = task, .slots = slots};
    hr_status status = hr_arena_open(&s->arena, hr_search_bytes(model, slots));
    if (status) {
        hr_free(s);
        return status;
    }
    layout(s, &s->arena);
    *out = s;
    return HR_OK;
}

void hr_search_free(hr_search *search) {
    if (!search) return;
    hr_arena_close(&search->arena);
    hr_free(search);
}

static const int32_t *question(const run *r, int puzzle) {
    return r->questions + (size_t)puzzle * (size_t)r->s->model->spec.seq;
}

/* A number for the puzzle itself, so that its place in a batch does not matter. FNV-1a. */
static uint64_t identity(const run *r, int puzzle) {
    const int32_t *tokens = question(r, puzzle);
    uint64_t hash = 0xcbf29ce484222325;
    for (int t = 0; t < r->s->model->spec.seq; t++)
        hash = (hash ^ (uint64_t)tokens[t]) * 0x100000001b3;
    return hash;
}

static void begin_chain(run *r, int puzzle) {
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    uint64_t own = identity(r, puzzle), seed = r->config->seed;
    int index = r->results[puzzle].chains++;
    hr_rng views = hr_rng_sub(hr_rng_stream(seed, "search view"), own);
    hr_rng draws = hr_rng_sub(hr_rng_stream(seed, "search round"), own);
    s->chain[s->active] = (chain){.puzzle = puzzle,
                                  .index = index,
                                  .views = hr_rng_sub(views, (uint64_t)index),
                                  .draws = hr_rng_sub(draws, (uint64_t)index)};
    hr_lattice_start(spec, question(r, puzzle), s->sets + (size_t)s->active * (size_t)spec->seq);
    s->active++;
}

static bool is_done(const run *r, int puzzle) {
    const hr_search_result *x = &r->results[puzzle];
    return x->solved || x->rounds >= r->config->rounds;
}

/* Fills free slots: with new puzzles, then with more chains for those that resist. */
static void fill(run *r) {
    hr_search *s = r->s;
    while (s->active < s->slots && r->next < r->count) begin_chain(r, r->next++);
    for (int p = 0; p < r->next && s->active < s->slots; p++) {
        const hr_search_result *x = &r->results[p];
        if (!is_done(r, p) && x->chains < r->config->chains &&
            x->rounds >= x->chains * r->config->patience)
            begin_chain(r, p);
    }
}

static void look(run *r) {
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    for (int b = 0; b < s->active; b++) {
        const chain *c = &s->chain[b];
        size_t at = (size_t)b * (size_t)spec->seq;
        hr_rng rng = hr_rng_sub(c->views, (uint64_t)c->round);
        hr_lattice_view_draw(&s->view[b], spec, s->task, rng);
        hr_lattice_view_see(&s->view[b], spec, s->sets + at, s->batch.inputs + at, NULL, NULL);
    }
    s->batch.rows = s->active;
    for (int i = 0; i < s->model->recur.states; i++)
        hr_model_initial(s->model, i, s->z[i], s->active);
    hr_exec_forward(s->exec, &s->batch, s->z, s->logits, s->q);
}

void hr_search_tokens(const hr_spec *spec, const int32_t *sets, uint8_t *out) {
    for (int t = 0; t < spec->seq; t++) {
        unsigned set = (unsigned)sets[t] & ~(unsigned)HR_GIVEN;
        bool single = set && !(set & (set - 1));
        out[t] = (uint8_t)(single ? spec->vocab - spec->symbols + __builtin_ctz(set) : 1);
    }
}

/* One round of the chain in a slot. */
static void advance(run *r, int slot) {
    hr_search *s = r->s;
    const hr_spec *spec = &s->model->spec;
    chain *c = &s->chain[slot];
    hr_search_result *x = &r->results[c->puzzle];
    int32_t *sets = s->sets + (size_t)slot * (size_t)spec->seq;
    size_t outputs = (size_t)spec->seq * (size_t)hr_spec_outputs(spec);
    if (is_done(r, c->puzzle)) return; /* another chain was first */
    hr_lattice_view_back(&s->view[slot], spec, s->logits + (size_t)slot * outputs, s->own);
    double conflict = (double)s->q[2 * slot];
    hr_search_round round = {.puzzle = c->puzzle,
                             .chain = c->index,
                             .round = c->round,
                             .before = s->before,
                             .after = sets,
                             .logits = s->own,
                             .limit = hr_lattice_limit(&r->config->rule),
                             .conflict = hr_sigmoid(conflict)};
    memcpy(s->before, sets, (size_t)spec->seq * sizeof *sets);
    round.status =
        hr_lattice_round(&r->config->rule, spec->seq, spec->symbols, sets, s->own, conflict,
                         hr_rng_sub(c->draws, (uint64_t)c->round), &round.move);
    c->guesses += round.move.cell >= 0;
    round.guesses = c->guesses;
    hr_search_tokens(spec, sets, s->tokens);
    if (round.status == HR_LATTICE_SOLVED && r->config->accept)
        round.rejected = !r->config->accept(r->config->user, c->puzzle, s->tokens);
    if (r->config->watch) r->config->watch(r->config->user, &round);
    c->round++;
    x->rounds++;
    x->conflict = (float)conflict;
    x->solved = round.status == HR_LATTICE_SOLVED && !round.rejected;
    if (is_done(r, c->puzzle))
        memcpy(r->answers + (size_t)c->puzzle * (size_t)spec->seq, s->tokens, (size_t)spec->seq);
    if (round.status != HR_LATTICE_CONFLICT && !round.rejected) return;
    x->restarts++;
    c->guesses = 0;
    hr_lattice_start(spec, question(r, c->puzzle), sets);
}

/* Drops the chains of finished puzzles; the others keep their order. */
static void compact(run *r) {
    hr_search *s = r->s;
    size_t seq = (size_t)s->model->spec.seq;
    int kept = 0;
    for (int b = 0; b < s->active; b++) {
        if (is_done(r, s->chain[b].puzzle)) continue;
        s->chain[kept] = s->chain[b];
        if (kept != b)
            memcpy(s->sets + (size_t)kept * seq, s->sets + (size_t)b * seq, seq * sizeof *s->sets);
        kept++;
    }
    s->active = kept;
}

bool hr_search_run(hr_search *s, const hr_search_config *config, const int32_t *questions,
                   int count, uint8_t *answers, hr_search_result *results) {
    run r = {.s = s,
             .config = config,
             .questions = questions,
             .count = count,
             .answers = answers,
             .results = results};
    memset(results, 0, (size_t)count * sizeof *results);
    s->active = 0;
    for (fill(&r); s->active; fill(&r)) {
        look(&r);
        for (int b = 0; b < s->active; b++) advance(&r, b);
        compact(&r);
        if (config->go && !config->go(config->user)) return false;
    }
    return true;
}
