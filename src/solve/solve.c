/* solve.c - the inference loop: segments over batches, or a search that puzzles stream through. */
#include "solve/solve.h"

#include <math.h>
#include <string.h>

#include "nn/engines.h"
#include "base/os.h"
#include "nn/loss.h"

enum {
    STATE_BYTES = 32 << 20, /* memory for the states of a default batch */
    WINDOW = 16,            /* so many puzzles for each row may wait for an earlier one */
};

static void layout(void *owner, hr_arena *arena) {
    hr_solver *s = owner;
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->rows, seq = (size_t)spec->seq;
    size_t window = spec->symbols ? rows * WINDOW : rows;
    s->window = (int)window;
    s->question = HR_TAKE(arena, uint8_t, window * seq);
    s->tokens = HR_TAKE(arena, uint8_t, window * seq);
    if (spec->symbols) {
        s->waiting = HR_TAKE(arena, hr_waiting, window);
        return;
    }
    s->logits = HR_TAKE(arena, hr_real, rows * seq * (size_t)spec->vocab);
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->settled = HR_TAKE(arena, int32_t, rows);
    s->end = HR_TAKE(arena, hr_search_end, rows);
    s->batch.inputs = HR_TAKE(arena, int32_t, rows * seq);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
}

size_t hr_solver_bytes(const hr_model *model, int rows) {
    hr_solver s = {.model = (hr_model *)(uintptr_t)model, .rows = rows};
    return hr_arena_count(layout, &s) + hr_engines[0]->carry_bytes(model, rows) +
           (model->spec.symbols ? hr_search_bytes(model, rows) : 0);
}

int hr_solver_rows(const hr_model *model) {
    size_t rows = STATE_BYTES / (hr_solver_bytes(model, 2) - hr_solver_bytes(model, 1));
    return rows < 1 ? 1 : rows > 256 ? 256 : (int)rows;
}

hr_status hr_solver_new(hr_model *model, hr_pool *pool, hr_engine *engine, const hr_task *task,
                        int rows, hr_solver **out) {
    *out = NULL;
    hr_solver *s = HR_NEW(hr_solver, 1);
    if (!s) return HR_ERR_MEM;
    s->model = model;
    s->task = task;
    s->rows = rows;
    hr_status status = hr_arena_fill(&s->arena, layout, s);
    s->engine = engine;
    s->own_engine = !engine;
    if (!status && !engine)
        status = hr_engine_new(hr_engines[0], model, pool, &(hr_engine_size){.micro = rows}, NULL,
                               &s->engine);
    if (!status && model->spec.symbols) status = hr_search_new(s->engine, task, rows, &s->search);
    else if (!status) status = hr_carry_new(s->engine, rows, &s->carry);
    if (status) hr_solver_free(s);
    else *out = s;
    return status;
}

void hr_solver_free(hr_solver *solver) {
    if (!solver) return;
    hr_search_free(solver->search);
    hr_carry_free(solver->carry);
    if (solver->own_engine) hr_engine_free(solver->engine);
    hr_arena_close(&solver->arena);
    hr_free(solver);
}

static hr_status stopped(const hr_solver *s) {
    return hr_fail(HR_ERR_STOPPED, "stopped after %zu puzzle%s", s->finished,
                   s->finished == 1 ? "" : "s");
}

/* ---- models that answer in segments ---------------------------------------------------------- */

int hr_solver_segments(const hr_solver *s, const hr_solver_how *how) {
    if (s->search && how->search && how->search->rounds) return how->search->rounds;
    return how->segments ? how->segments : s->model->spec.halt_max_steps;
}

/* Reads the most likely tokens of every row, and notes the last segment that changed it. */
static void read_answers(hr_solver *s, int segment) {
    size_t seq = (size_t)s->model->spec.seq, vocab = (size_t)s->model->spec.vocab;
    for (int b = 0; b < s->batch.rows; b++) {
        bool changed = segment == 1;
        for (size_t t = 0; t < seq; t++) {
            uint8_t *token = &s->tokens[(size_t)b * seq + t];
            int best = hr_argmax(s->logits + ((size_t)b * seq + t) * vocab, (int)vocab);
            changed |= *token != best;
            *token = (uint8_t)best;
        }
        if (changed) s->settled[b] = segment;
    }
}

bool hr_solver_halts(hr_solver *s) {
    const hr_real *params = s->engine->ops->pull(s->engine, NULL, HR_HELD_PARAMS);
    return s->halts = params && hr_model_halts(s->model);
}

double hr_solver_confidence(const hr_solver *s, size_t row) {
    size_t seq = (size_t)s->model->spec.seq;
    int vocab = s->model->spec.vocab;
    if (s->halts) return hr_sigmoid((double)s->q[2 * row]);
    double sum = 0;
    for (size_t t = row * seq; t < (row + 1) * seq; t++) {
        const hr_real *x = s->logits + t * (size_t)vocab;
        sum += hr_loss_token(HR_LOSS_SOFTMAX, x, vocab, hr_argmax(x, vocab), 0, NULL);
    }
    return exp(-sum / (double)seq);
}

/* Takes the next rows of the flow; *more false after the last. */
static hr_status fill_batch(hr_solver *s, const hr_flow *flow, bool *more) {
    size_t seq = (size_t)s->model->spec.seq;
    s->first += (size_t)s->batch.rows;
    s->batch.rows = 0;
    while (s->batch.rows < s->rows) {
        size_t b = (size_t)s->batch.rows;
        uint8_t *question = s->question + b * seq;
        hr_search_next next = HR_SEARCH_NO_MORE;
        hr_status status =
            flow->next(flow->user, s->first + b, b == 0, question, &s->batch.ids[b], &next);
        *more = !status && next != HR_SEARCH_NO_MORE;
        if (status || next < HR_SEARCH_TAKE) return status;
        s->end[b] = next == HR_SEARCH_HOPELESS ? HR_SEARCH_UNTRIED : HR_SEARCH_SOLVED;
        for (size_t t = 0; t < seq; t++) s->batch.inputs[b * seq + t] = question[t];
        s->batch.rows++;
    }
    return HR_OK;
}

/* A batch at work. */
typedef struct pass {
    const hr_solver_how *how;
    double deadline;
    bool stopped; /* by the caller */
} pass;

static bool pass_on(void *user) {
    pass *p = user;
    p->stopped = p->how->go && !p->how->go(p->how->user, 0);
    return !p->stopped && hr_os_seconds() < p->deadline;
}

/* Runs segments of the batch; *done: how many ended before the deadline. */
static hr_status run_segments(hr_solver *s, const hr_solver_how *how, int segments, double deadline,
                              int *done) {
    const hr_engine_ops *ops = s->engine->ops;
    pass p = {how, deadline, false};
    hr_watch watch = {.go = pass_on, .user = &p};
    ops->reset(s->carry, NULL, s->batch.rows);
    for (*done = 0; *done < segments && hr_os_seconds() < deadline;) {
        hr_watch_begin(&watch);
        s->engine->watch = &watch;
        ops->forward(s->engine, &s->batch, s->carry, s->logits, s->q);
        s->engine->watch = NULL;
        bool whole = !atomic_load(&watch.stopped);
        if (whole) read_answers(s, ++*done);
        if (p.stopped || (whole && how->go && !how->go(how->user, *done))) return stopped(s);
        if (!whole) return HR_OK; /* out of time */
    }
    return HR_OK;
}

static hr_status run_batch(hr_solver *s, const hr_solver_how *how, const hr_flow *flow) {
    size_t seq = (size_t)s->model->spec.seq;
    int segments = 0;
    for (int b = 0; b < s->batch.rows; b++)
        if (s->end[b] == HR_SEARCH_SOLVED) segments = hr_solver_segments(s, how);
    const hrm_search *o = how->search ? how->search : &hr_solver_search;
    double deadline = o->total_seconds > 0 ? s->begin + o->total_seconds : INFINITY;
    if (o->seconds > 0) deadline = fmin(deadline, hr_os_seconds() + o->seconds * s->batch.rows);
    int done;
    hr_status status = run_segments(s, how, segments, deadline, &done);
    for (size_t b = 0; !status && b < (size_t)s->batch.rows; b++) {
        bool tried = s->end[b] != HR_SEARCH_UNTRIED;
        if (tried && done < segments) s->end[b] = HR_SEARCH_TIME;
        hr_solved solved = {.index = s->first + b,
                            .question = s->question + b * seq,
                            .tokens = (tried && done ? s->tokens : s->question) + b * seq,
                            .end = s->end[b],
                            .segments = !tried            ? 0
                                        : done < segments ? done
                                                          : s->settled[b]};
        if (s->end[b] == HR_SEARCH_SOLVED) solved.confidence = hr_solver_confidence(s, b);
        s->finished++;
        status = flow->done(flow->user, &solved);
    }
    return status;
}

static hr_status run_batches(hr_solver *s, const hr_solver_how *how, const hr_flow *flow) {
    bool more = true;
    s->batch.rows = 0;
    hr_status refused = HR_OK, status = HR_OK;
    while (more && !status) {
        refused = fill_batch(s, flow, &more);
        if (s->batch.rows) status = run_batch(s, how, flow);
    }
    return status ? status : refused;
}

/* ---- models that search ---------------------------------------------------------------------- */

/* One search over a flow. */
typedef struct searching {
    hr_solver *s;
    const hr_solver_how *how;
    const hr_flow *flow;
    size_t taken, given;       /* puzzles taken from `next`, and given to `done` */
    hr_status refused, status; /* of `next`; of everything else */
    bool stopped;              /* by `go` */
} searching;

static hr_search_next next_puzzle(void *user, bool wait, int32_t *tokens) {
    searching *x = user;
    hr_solver *s = x->s;
    size_t seq = (size_t)s->model->spec.seq, at = x->taken % (size_t)s->window;
    if (x->refused || x->status) return HR_SEARCH_NO_MORE;
    if (x->taken - x->given == (size_t)s->window) return HR_SEARCH_LATER;
    hr_search_next next = HR_SEARCH_NO_MORE;
    int32_t id = 0;
    x->refused = x->flow->next(x->flow->user, x->taken, wait, s->question + at * seq, &id, &next);
    if (x->refused || next < HR_SEARCH_TAKE) return x->refused ? HR_SEARCH_NO_MORE : next;
    for (size_t t = 0; t < seq; t++) tokens[t] = s->question[at * seq + t];
    s->waiting[at].done = false;
    x->taken++;
    return next;
}

/* A puzzle is done; the flow gets it once all before it are done. */
static void puzzle_done(void *user, size_t puzzle, const hr_search_result *result,
                        const uint8_t *tokens) {
    searching *x = user;
    hr_solver *s = x->s;
    size_t seq = (size_t)s->model->spec.seq, window = (size_t)s->window, at = puzzle % window;
    s->waiting[at] = (hr_waiting){true, *result};
    memcpy(s->tokens + at * seq, tokens, seq);
    s->finished++;
    while (!x->status && x->given < x->taken) {
        at = x->given % window;
        const hr_search_result *r = &s->waiting[at].result;
        if (!s->waiting[at].done) return;
        hr_solved solved = {.index = x->given++,
                            .question = s->question + at * seq,
                            .tokens = s->tokens + at * seq,
                            .search = r,
                            .end = r->end,
                            .segments = r->rounds,
                            .confidence =
                                r->end == HR_SEARCH_SOLVED ? hr_sigmoid(-(double)r->conflict) : 0};
        x->status = x->flow->done(x->flow->user, &solved);
    }
}

static bool accept(void *user, size_t puzzle, const uint8_t *answer) {
    const searching *x = user;
    const hr_solver *s = x->s;
    size_t at = puzzle % (size_t)s->window * (size_t)s->model->spec.seq;
    return s->task->ops->check(s->task, s->question + at, answer, NULL, 0) != HR_WRONG;
}

static void watch(void *user, const hr_search_round *round) {
    const searching *x = user;
    x->how->watch(x->how->user, round);
}

static bool search_on(void *user) {
    searching *x = user;
    x->stopped |= !x->status && x->how->go && !x->how->go(x->how->user, 0);
    return !x->status && !x->stopped;
}

const hrm_search hr_solver_search = {.size = sizeof hr_solver_search,
                                     .chains = 64,
                                     .patience = 256,
                                     .agree = 1,
                                     .drop = 0.1,
                                     .conflict = 0.6,
                                     .temperature = 1};

/* The configuration of a search from the caller's options. */
static hr_search_config config_of(const hr_solver *s, const hr_solver_how *how) {
    const hrm_search *o = how->search ? how->search : &hr_solver_search;
    hr_search_config c = hr_search_defaults();
    c.rounds = hr_solver_segments(s, how);
    if (o->rounds || how->segments) c.open_rounds = c.rounds;
    if (o->published) {
        c.rule.fewest = c.rule.named = false;
        c.start_over = true;
    }
    c.chains = o->chains;
    c.patience = o->patience;
    c.agree = o->agree;
    c.rule.drop = o->drop;
    c.rule.conflict = o->conflict;
    c.rule.temperature = o->temperature;
    c.seconds = o->seconds;
    c.total_seconds = o->total_seconds;
    c.seed = how->seed;
    c.puzzles = how->alone;
    return c;
}

/* The name of an option for searches that is not at its default; NULL: none. */
static const char *asked_of_search(const hrm_search *o) {
    const hrm_search *d = &hr_solver_search;
    if (!o) return NULL;
    if (o->published) return "published";
    if (o->rounds) return "rounds";
    if (o->chains != d->chains) return "chains";
    if (o->patience != d->patience) return "patience";
    if (o->agree != d->agree) return "agree";
    if (o->drop != d->drop) return "drop";
    if (o->conflict != d->conflict) return "conflict";
    return o->temperature != d->temperature ? "temperature" : NULL;
}

hr_status hr_solver_can(const hr_solver *s, const hr_solver_how *how) {
    hr_search_config config = config_of(s, how);
    if (how->check && s->task && s->task->rules == HR_RULES_NONE)
        return hr_fail(HR_ERR_UNSUPPORTED, "check: this task has no rules to check answers by");
    const char *asked = how->check   ? "check"
                        : how->watch ? "explain"
                                     : asked_of_search(how->search);
    if (s->search || !asked) return hr_search_check(&config);
    return hr_fail(HR_ERR_UNSUPPORTED,
                   "%s: this model answers at once; only models of candidates (regime lattice) "
                   "search, and can be checked or explained",
                   asked);
}

static hr_status run_search(hr_solver *s, const hr_solver_how *how, const hr_flow *flow) {
    searching x = {.s = s, .how = how, .flow = flow};
    hr_search_config config = config_of(s, how);
    config.next = next_puzzle;
    config.done = puzzle_done;
    config.accept = how->check && s->task ? accept : NULL;
    config.watch = how->watch ? watch : NULL;
    config.go = search_on;
    config.user = &x;
    hr_search_run(s->search, &config);
    if (x.stopped && !x.status) return stopped(s);
    return x.status ? x.status : x.refused;
}

hr_status hr_solver_run(hr_solver *s, const hr_solver_how *how, const hr_flow *flow) {
    s->first = s->finished = 0;
    s->begin = hr_os_seconds();
    hr_solver_halts(s);
    return s->search ? run_search(s, how, flow) : run_batches(s, how, flow);
}

hrm_round_end hr_round_end(const hr_search_round *round) {
    return round->rejected                      ? HRM_ROUND_END_REJECTED
           : round->status == HR_ROUND_SOLVED   ? HRM_ROUND_END_SOLVED
           : round->status == HR_ROUND_CONFLICT ? HRM_ROUND_END_CONFLICT
                                                : HRM_ROUND_END_GUESSED;
}
