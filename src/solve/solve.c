/* solve.c - the inference loop: segments over batches, or a search that puzzles stream through. */
#include "solve/solve.h"

#include <math.h>
#include <string.h>

#include "base/os.h"
#include "nn/engine_ranks.h"
#include "nn/engines.h"
#include "nn/loss.h"
#include "task/numbers.h"

enum {
    STATE_BYTES = 32 << 20, /* of states that a default batch may take */
    WINDOW = 16,            /* puzzles for each row of a search that may wait for one before them */
    SEGMENTS = 1 << 20,     /* of a puzzle, at most */
    VIEWS = 64,             /* likewise */
    NONE = -1,
};

static void layout(void *owner, hr_arena *arena) {
    hr_solver *s = owner;
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->rows, seq = (size_t)spec->seq,
           window = rows * (spec->symbols ? WINDOW : 2);
    s->window = (int)window;
    s->question = HR_TAKE(arena, uint8_t, window * seq);
    s->tokens = HR_TAKE(arena, uint8_t, window * seq);
    if (spec->numbers) s->numbers = HR_TAKE(arena, float, window *seq *(size_t)spec->numbers);
    s->place = HR_TAKE(arena, hr_place, window);
    if (spec->symbols) return;
    s->logits = HR_TAKE(arena, hr_real, rows * seq * (size_t)spec->vocab);
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->row = HR_TAKE(arena, hr_row, rows);
    s->fresh = HR_TAKE(arena, bool, rows);
    s->kept = HR_TAKE(arena, uint8_t, rows * seq);
    s->cell = HR_TAKE(arena, uint32_t, seq);
    s->symbol = HR_TAKE(arena, uint8_t, 256);
    s->back = HR_TAKE(arena, uint8_t, seq);
    s->batch.inputs = HR_TAKE(arena, int32_t, rows * seq);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
    if (spec->numbers) s->batch.numbers = HR_TAKE(arena, float, rows *seq *(size_t)spec->numbers);
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
        status = hr_engine_new(hr_engine_for(pool), model, pool, &(hr_engine_size){.micro = rows},
                               NULL, &s->engine);
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

int hr_solver_segments(const hr_solver *s, const hr_solver_how *how) {
    if (s->search && how->search && how->search->rounds) return how->search->rounds;
    return how->segments ? how->segments : s->model->spec.halt_max_steps;
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

/* ---- the stream of puzzles ------------------------------------------------------------------- */

/* One call of hr_solver_run. */
typedef struct stream {
    hr_solver *s;
    const hr_solver_how *how;
    const hr_flow *flow;
    size_t taken;
    hr_status refused, status; /* of `next`, of all else */
    bool stopped;              /* by `go` */
    int busy;                  /* rows with a puzzle */
    double deadline;           /* of the segment at work */
} stream;

static bool goes_on(void *user) {
    stream *x = user;
    x->stopped = x->stopped || (!x->status && x->flow->go && !x->flow->go(x->flow->user));
    return !x->status && !x->stopped;
}

/* Between steps: what one rank stops for, all do. */
static bool all_go_on(stream *x) {
    bool go = hr_comm_all(hr_pool_comm(x->s->engine->pool), goes_on(x));
    x->stopped = x->stopped || (!go && !x->status);
    return go;
}

static void clear(hr_solver *s) {
    for (int p = 0; p < s->window; p++) s->place[p].next = p + 1 < s->window ? p + 1 : NONE;
    s->free_place = 0;
    s->oldest = s->newest = NONE;
}

/* The numbers of the puzzle in a place; NULL: it has none. */
static float *numbers_of(const hr_solver *s, int place) {
    const hr_spec *spec = &s->model->spec;
    return s->numbers ? s->numbers + (size_t)place * (size_t)spec->seq * (size_t)spec->numbers
                      : NULL;
}

/* The next puzzle, in *place. */
static hr_search_next take(stream *x, bool wait, int32_t *id, int *place) {
    hr_solver *s = x->s;
    if (x->refused || x->status) return HR_SEARCH_NO_MORE;
    if (s->free_place == NONE) return HR_SEARCH_LATER;
    size_t seq = (size_t)s->model->spec.seq, at = (size_t)s->free_place;
    hr_search_next more = HR_SEARCH_NO_MORE;
    hr_asked asked;
    do {
        asked = (hr_asked){.question = s->question + at * seq,
                           .numbers = numbers_of(s, (int)at),
                           .how = *x->how,
                           .index = x->taken};
        x->refused = x->flow->next(x->flow->user, wait, &asked, &more);
    } while (wait && !x->refused && more == HR_SEARCH_LATER && goes_on(x));
    if (x->refused || x->stopped) return HR_SEARCH_NO_MORE;
    if (more < HR_SEARCH_TAKE) return more;
    hr_place *p = &s->place[at];
    s->free_place = p->next;
    *p = (hr_place){.next = NONE, .how = asked.how, .stream = x};
    p->solved = (hr_solved){.index = x->taken++,
                            .user = asked.how.user,
                            .question = asked.question,
                            .tokens = s->tokens + at * seq};
    if (s->oldest == NONE) s->oldest = (int)at;
    else if (!x->flow->unordered) s->place[s->newest].next = (int)at;
    s->newest = (int)at;
    *id = asked.id;
    *place = (int)at;
    return more;
}

static void give(stream *x, int place) {
    hr_place *p = &x->s->place[place];
    if (!x->status) x->status = x->flow->done(x->flow->user, &p->solved);
    p->next = x->s->free_place;
    x->s->free_place = place;
}

/* A puzzle is done; in order it is given away once all before it are. tokens NULL: they are there.
 */
static void finish(stream *x, int place, const uint8_t *tokens) {
    hr_solver *s = x->s;
    size_t seq = (size_t)s->model->spec.seq;
    if (tokens) memcpy(s->tokens + (size_t)place * seq, tokens, seq);
    s->finished++;
    s->place[place].done = true;
    if (x->flow->unordered) give(x, place);
    while (!x->flow->unordered && s->oldest != NONE && s->place[s->oldest].done) {
        int oldest = s->oldest;
        s->oldest = s->place[oldest].next;
        give(x, oldest);
    }
}

/* ---- models that answer at once -------------------------------------------------------------- */

size_t hr_solver_puzzle(const hr_solver *s, int row) {
    return s->place[s->row[row].place].solved.index;
}

const uint8_t *hr_solver_tokens(const hr_solver *s, int row) {
    return s->tokens + (size_t)s->row[row].place * (size_t)s->model->spec.seq;
}

/* Most likely tokens of a row after another segment; notes whether it changed. */
static void read_answer(hr_solver *s, int b) {
    size_t seq = (size_t)s->model->spec.seq, vocab = (size_t)s->model->spec.vocab;
    hr_row *row = &s->row[b];
    bool changed = !row->done++;
    for (size_t t = 0; t < seq; t++) {
        uint8_t *token = &s->tokens[(size_t)row->place * seq + t];
        int best = hr_argmax(s->logits + ((size_t)b * seq + t) * vocab, (int)vocab);
        changed |= *token != best;
        *token = (uint8_t)best;
    }
    if (changed) row->settled = row->done;
}

static const hrm_search *bounds_of(const hr_solver_how *how) {
    return how->search ? how->search : &hr_solver_search;
}

double hr_solver_sure(const hr_solver *s, const hr_solver_how *how) {
    double asked = bounds_of(how)->sure;
    return asked > 0 ? asked : s->sure > 0 ? s->sure : HR_USUAL_SURE;
}

/* ---- views ----------------------------------------------------------------------------------- */

/* The answer to a view of a puzzle as an answer to the puzzle, kept where it is the best so far;
 * whether no other view is needed. */
static bool keep_answer(hr_solver *s, int b, const hr_solver_how *how) {
    hr_row *row = &s->row[b];
    size_t seq = (size_t)s->model->spec.seq;
    const uint8_t *seen = s->tokens + (size_t)row->place * seq,
                  *question = s->place[row->place].solved.question;
    uint8_t *back = s->back;
    hr_task_view(s->task, row->view, s->cell, s->symbol);
    hr_task_view_back(s->task, s->cell, s->symbol, seen, back);
    double confidence = hr_solver_confidence(s, (size_t)b);
    bool enough = confidence >= hr_solver_sure(s, how);
    if (how->check) {
        hr_verdict verdict = s->task->ops->check(s->task, question, back, NULL, 0);
        enough = verdict != HR_WRONG && verdict != HR_INCOMPLETE;
    }
    if (row->view && !enough && confidence <= row->surest) return false;
    memcpy(s->kept + (size_t)b * seq, back, seq);
    row->surest = confidence;
    row->kept_settled = row->settled;
    return enough;
}

/* After the last segment of a row: whether it begins again with another view of its puzzle. */
static bool another_view(stream *x, int b) {
    hr_solver *s = x->s;
    hr_row *row = &s->row[b];
    const hr_place *p = &s->place[row->place];
    size_t seq = (size_t)s->model->spec.seq;
    int views = bounds_of(&p->how)->views;
    if (views < 2 || keep_answer(s, b, &p->how) || row->view + 1 >= views ||
        !hr_task_view(s->task, row->view + 1, s->cell, s->symbol))
        return false;
    row->view++;
    row->done = 0;
    row->again = true;
    hr_task_view_see(s->task, s->cell, s->symbol, p->solved.question, s->back);
    for (size_t t = 0; t < seq; t++) s->batch.inputs[(size_t)b * seq + t] = s->back[t];
    if (s->numbers)
        hr_task_see_numbers(s->task, s->cell, numbers_of(s, row->place),
                            s->batch.numbers + (size_t)b * hr_task_number_count(s->task));
    return true;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* The puzzle of a row is done: with the best answer of its views, where it has had any. */
static void leave(stream *x, int b, hr_search_end end) {
    hr_solver *s = x->s;
    hr_row *row = &s->row[b];
    int place = row->place;
    hr_solved *solved = &s->place[place].solved;
    bool whole = end == HR_SEARCH_SOLVED;
    const uint8_t *tokens = row->done ? NULL : solved->question;
    solved->end = end;
    solved->segments = whole ? row->settled : row->done;
    if (whole) solved->confidence = hr_solver_confidence(s, (size_t)b);
    if (row->view || (whole && bounds_of(&s->place[place].how)->views > 1)) {
        tokens = s->kept + (size_t)b * (size_t)s->model->spec.seq;
        solved->segments = row->kept_settled;
        if (whole) solved->confidence = row->surest;
    }
    finish(x, place, tokens);
    row->place = NONE;
    x->busy--;
}

/* The next puzzles of the flow into free rows, from the first on: so the last ones come to be free.
 */
static void fill_rows(stream *x) {
    hr_solver *s = x->s;
    size_t seq = (size_t)s->model->spec.seq, numbers = seq * (size_t)s->model->spec.numbers;
    hr_search_next next = HR_SEARCH_TAKE;
    s->batch.rows = 0;
    for (int b = 0; b < s->rows; b++) {
        hr_row *row = &s->row[b];
        s->fresh[b] = row->again;
        row->again = false;
        while (row->place == NONE && next >= HR_SEARCH_TAKE) {
            int place = NONE;
            next = take(x, !x->busy, &s->batch.ids[b], &place);
            if (next < HR_SEARCH_TAKE) break;
            *row = (hr_row){.place = place, .most = hr_solver_segments(s, &s->place[place].how)};
            x->busy++;
            s->fresh[b] = true;
            for (size_t t = 0; t < seq; t++)
                s->batch.inputs[(size_t)b * seq + t] = s->question[(size_t)place * seq + t];
            if (s->numbers)
                memcpy(s->batch.numbers + (size_t)b * numbers, numbers_of(s, place),
                       numbers * sizeof *s->numbers);
            if (next == HR_SEARCH_HOPELESS) leave(x, b, HR_SEARCH_UNTRIED);
        }
        if (row->place != NONE) s->batch.rows = b + 1;
    }
}

static bool is_wanted(const stream *x, hr_row *row) {
    const hr_solver_how *how = &x->s->place[row->place].how;
    row->unwanted = row->unwanted || (how->wanted && !how->wanted(how->user, row->done));
    return !row->unwanted;
}

/* Inside a segment, which ends early where all its puzzles end. */
static bool segment_on(void *user) {
    stream *x = user;
    bool wanted = false;
    for (int b = 0; b < x->s->batch.rows; b++)
        wanted |= x->s->row[b].place != NONE && is_wanted(x, &x->s->row[b]);
    return goes_on(x) && wanted && hr_os_seconds() < x->deadline;
}

/* When the time for all is over, or each puzzle's with its share of the segment. */
static double end_of_segment(const stream *x, double begin) {
    const hr_solver *s = x->s;
    double total = bounds_of(x->how)->total_seconds, last = begin;
    for (int b = 0; b < s->batch.rows; b++) {
        const hr_row *row = &s->row[b];
        if (row->place == NONE) continue;
        double most = bounds_of(&s->place[row->place].how)->seconds;
        last = most > 0 ? fmax(last, begin + (most - row->seconds) * x->busy) : INFINITY;
    }
    return total > 0 ? fmin(last, s->begin + total) : last;
}

/* Tells of a row's segment, and whether it was the last. */
static void after_segment(stream *x, int b, bool whole, double share) {
    hr_solver *s = x->s;
    hr_row *row = &s->row[b];
    const hr_solver_how *how = &s->place[row->place].how;
    double most = bounds_of(how)->seconds, total = bounds_of(x->how)->total_seconds;
    row->seconds += share;
    if (whole) read_answer(s, b);
    if (whole && how->segment) how->segment(how->user, b, row->done);
    bool late = !whole || (most > 0 && row->seconds >= most) ||
                (total > 0 && hr_os_seconds() >= s->begin + total);
    if (!is_wanted(x, row)) leave(x, b, HR_SEARCH_UNWANTED);
    else if (row->done >= row->most && !another_view(x, b)) leave(x, b, HR_SEARCH_SOLVED);
    else if (late) leave(x, b, HR_SEARCH_TIME);
}

static void run_segment(stream *x) {
    hr_solver *s = x->s;
    const hr_engine_ops *ops = s->engine->ops;
    hr_watch watch = {.go = segment_on, .user = x};
    hr_watch_begin(&watch);
    double begin = watch.asked;
    x->deadline = end_of_segment(x, begin);
    bool late = hr_os_seconds() >= x->deadline;
    if (!late) {
        ops->reset(s->carry, s->fresh, s->batch.rows);
        s->engine->watch = &watch;
        ops->forward(s->engine, &s->batch, s->carry, s->logits, s->q);
        s->engine->watch = NULL;
    }
    bool whole = !late && !atomic_load(&watch.stopped);
    double share = (hr_os_seconds() - begin) / x->busy;
    if (!whole) x->stopped = !hr_comm_all(hr_pool_comm(s->engine->pool), !x->stopped);
    if (x->stopped) return;
    for (int b = 0; b < s->batch.rows; b++)
        if (s->row[b].place != NONE) after_segment(x, b, whole, share);
}

static void run_rows(stream *x) {
    hr_solver *s = x->s;
    for (int b = 0; b < s->rows; b++) s->row[b].place = NONE;
    for (fill_rows(x); x->busy && !x->status; fill_rows(x)) {
        run_segment(x);
        if (!all_go_on(x)) return;
    }
}

/* ---- models that search ---------------------------------------------------------------------- */

static void puzzle_done(void *user, size_t puzzle, const hr_search_result *result,
                        const uint8_t *tokens) {
    hr_place *p = user;
    stream *x = p->stream;
    (void)puzzle;
    p->result = *result;
    p->solved.search = &p->result;
    p->solved.end = result->end;
    p->solved.segments = result->rounds;
    if (result->end == HR_SEARCH_SOLVED)
        p->solved.confidence = hr_sigmoid(-(double)result->conflict);
    finish(x, (int)(p - x->s->place), tokens);
}

static bool accept(void *user, size_t puzzle, const uint8_t *answer) {
    const hr_place *p = user;
    const hr_task *task = ((const stream *)p->stream)->s->task;
    (void)puzzle;
    return task->ops->check(task, p->solved.question, answer, NULL, 0) != HR_WRONG;
}

static void watch(void *user, const hr_search_round *round) {
    const hr_place *p = user;
    p->how.watch(p->how.user, round);
}

static bool wanted(void *user, int rounds) {
    const hr_place *p = user;
    return p->how.wanted(p->how.user, rounds);
}

const hrm_search hr_solver_search = {.size = sizeof hr_solver_search,
                                     .chains = HR_USUAL_CHAINS,
                                     .patience = HR_USUAL_PATIENCE,
                                     .agree = HR_USUAL_AGREE,
                                     .drop = HR_USUAL_DROP,
                                     .conflict = HR_USUAL_CONFLICT,
                                     .temperature = HR_USUAL_TEMPERATURE};

/* The configuration of a search from the caller's options. */
static hr_search_config config_of(const hr_solver *s, const hr_solver_how *how) {
    const hrm_search *o = bounds_of(how);
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
    c.done = puzzle_done;
    c.accept = how->check && s->task ? accept : NULL;
    c.watch = how->watch ? watch : NULL;
    c.wanted = how->wanted ? wanted : NULL;
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

/* Refuses views where there are none, and a bound for them. */
static hr_status can_view(const hr_solver *s, const hr_solver_how *how) {
    const hrm_search *o = bounds_of(how);
    if (!(o->sure >= 0 && o->sure <= 1))
        return hr_fail(HR_ERR_ARG, "sure: %g is not between 0 and 1", o->sure);
    if (o->views < 0 || o->views > VIEWS)
        return hr_fail(HR_ERR_ARG, "views: %d is not between 0 and %d", o->views, VIEWS);
    if (s->search && o->sure > 0)
        return hr_fail(HR_ERR_UNSUPPORTED, "sure: this model searches, and has no other views to "
                                           "ask; with agree several chains must agree");
    if (o->views < 2) return HR_OK;
    if (s->search)
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "views: this model searches, each chain through views of its own already");
    if (how->segment)
        return hr_fail(HR_ERR_UNSUPPORTED, "views: segments are told of one view alone");
    if (s->task && hr_task_view(s->task, 1, s->cell, s->symbol)) return HR_OK;
    return hr_fail(HR_ERR_UNSUPPORTED, "views: the puzzles of this model have no symmetries");
}

hr_status hr_solver_can(const hr_solver *s, const hr_solver_how *how) {
    hr_search_config config = config_of(s, how);
    hr_status status = can_view(s, how);
    if (status) return status;
    if (how->segments < 0 || how->segments > SEGMENTS)
        return hr_fail(HR_ERR_ARG, "segments: %d is not between 0 and %d", how->segments, SEGMENTS);
    if (s->search && how->segments && how->search && how->search->rounds)
        return hr_fail(HR_ERR_ARG, "segments: this model searches, and rounds says how many");
    if (how->check && s->task && s->task->rules == HR_RULES_NONE)
        return hr_fail(HR_ERR_UNSUPPORTED, "check: this task has no rules to check answers by");
    const char *asked = how->check && bounds_of(how)->views < 2 ? "check"
                        : how->watch                            ? "explain"
                        : how->seed                             ? "seed"
                                                                : asked_of_search(how->search);
    if (s->search || !asked) return hr_search_check(&config);
    return hr_fail(HR_ERR_UNSUPPORTED,
                   "%s: this model answers at once; only models of candidates (regime lattice) "
                   "search and guess, and can be checked or explained",
                   asked);
}

static hr_search_next next_puzzle(void *user, bool wait, int32_t *tokens, hr_search_config *own) {
    stream *x = user;
    hr_solver *s = x->s;
    int32_t id;
    int place;
    hr_search_next next = take(x, wait, &id, &place);
    if (next < HR_SEARCH_TAKE) return next;
    hr_place *p = &s->place[place];
    for (int t = 0; t < s->model->spec.seq; t++) tokens[t] = p->solved.question[t];
    *own = config_of(s, &p->how);
    own->user = p;
    return next;
}

static void run_search(stream *x) {
    hr_search_config config = config_of(x->s, x->how);
    config.next = next_puzzle;
    config.go = goes_on;
    config.user = x;
    config.puzzles = x->flow->alone;
    config.fair = x->flow->unordered;
    hr_search_run(x->s->search, &config);
    x->stopped = !hr_comm_all(hr_pool_comm(x->s->engine->pool), !x->stopped);
}

hr_status hr_solver_run(hr_solver *s, const hr_solver_how *how, const hr_flow *flow) {
    stream x = {.s = s, .how = how, .flow = flow};
    s->finished = 0;
    s->begin = hr_os_seconds();
    clear(s);
    hr_solver_halts(s);
    if (s->search) run_search(&x);
    else run_rows(&x);
    if (x.stopped && !x.status)
        return hr_fail(HR_ERR_STOPPED, "stopped after %zu puzzle%s", s->finished,
                       s->finished == 1 ? "" : "s");
    return x.status ? x.status : x.refused;
}

hrm_round_end hr_round_end(const hr_search_round *round) {
    return round->rejected                      ? HRM_ROUND_END_REJECTED
           : round->status == HR_ROUND_SOLVED   ? HRM_ROUND_END_SOLVED
           : round->status == HR_ROUND_CONFLICT ? HRM_ROUND_END_CONFLICT
                                                : HRM_ROUND_END_GUESSED;
}
