/* answer.c - puzzles and answers as text, and rounds in the terms of the public interface. */
#include "solve/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nn/loss.h"
#include "solve/trace.h"
#include "task/draw.h"
#include "task/numbers.h"

typedef struct texts texts;

/* A puzzle from its text to its answer, or room for one. */
typedef struct asked {
    struct asked *next; /* that is free */
    texts *x;
    hrm_solve_options options;
    hrm_search search;
    void *user;
    bool own;         /* options: what its callbacks say is of this puzzle alone */
    bool stopped;     /* by them */
    int most;         /* steps */
    hr_status status; /* of a text that is no puzzle; `error` says why */
    char *error;
} asked;

/* One stream of texts. */
struct texts {
    hr_solver *s;
    const hr_task *task;
    const hrm_stream_options *o;
    asked *room, *free;  /* (window of the solver) */
    int used;            /* of them, so far */
    bool stopped;        /* by a callback of all puzzles */
    hr_stepper *stepper; /* once steps are reported */
    hr_arena rooms;
    /* once rounds are reported: */
    hrm_candidate *dropped;  /* (seq x S) */
    hrm_candidate *made;     /* (seq) */
    uint8_t *before, *after; /* (seq) tokens */
    char *text;              /* (seq + 1) */
    hr_arena memory;         /* of these */
};

/* What a callback of a puzzle said. */
static void heed(asked *a, bool go) {
    if (go) return;
    if (a->own) a->stopped = true;
    else a->x->stopped = true;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* Lists the candidates that a round dropped; returns how many. */
static size_t list_dropped(const texts *x, const hr_search_round *round, const char *names) {
    const hr_spec *spec = &x->s->model->spec;
    size_t drops = 0;
    for (int t = 0; t < spec->seq; t++) {
        int32_t fell = round->before[t] & ~round->after[t];
        for (int s = 0; s < spec->symbols; s++) {
            double logit = (double)round->logits[(t * 2) * spec->symbols + s];
            /* the other candidates of a guessed cell are set aside, not dropped */
            if (!(fell >> s & 1) || (t == round->move.cell && logit >= round->limit)) continue;
            x->dropped[drops++] = (hrm_candidate){t, names[s], hr_sigmoid(logit)};
        }
    }
    return drops;
}

/* The first cell without a candidate, or -1. */
static int empty_cell(const hr_spec *spec, const int32_t *sets) {
    for (int t = 0; t < spec->seq; t++)
        if (!(sets[t] & ~HR_GIVEN)) return t;
    return -1;
}

/* Reports a round to options->explain. */
static void report(asked *a, const hr_search_round *round) {
    const texts *x = a->x;
    const hr_spec *spec = &x->s->model->spec;
    const char *names = x->task->alphabet + (spec->vocab - spec->symbols);
    hrm_round out = {
        .puzzle = round->puzzle,
        .chain = round->chain,
        .round = round->round,
        .dropped = x->dropped,
        .drops = list_dropped(x, round, names),
        .end = hr_round_end(round),
        .guess = {.cell = round->move.cell, .probability = round->move.probability},
        .guesses = round->guesses,
        .taken_back = round->taken_back,
        .made = x->made,
        .conflict = round->conflict,
        .empty = empty_cell(spec, round->after),
        .rows = x->task->rows,
        .cols = x->task->cols,
        .text = x->text,
    };
    if (out.guess.cell >= 0) out.guess.symbol = names[round->move.symbol];
    for (int i = 0; i < round->guesses; i++)
        x->made[i] = (hrm_candidate){round->guess[i].cell, names[round->guess[i].symbol], 0};
    hr_search_tokens(spec, round->question, round->before, x->before);
    hr_search_tokens(spec, round->question, round->after, x->after);
    x->task->ops->format(x->task, x->after, x->text);
    char *plain = hr_task_draw(x->task, x->before, x->after, HR_DRAW_MARKED);
    char *colour = hr_task_draw(x->task, x->before, x->after, HR_DRAW_COLOUR);
    out.drawing = plain ? plain : "";
    out.drawing_colour = colour ? colour : "";
    heed(a, a->options.explain(a->options.user, &out));
    hr_free(plain);
    hr_free(colour);
}

static void watch(void *user, const hr_search_round *round) {
    asked *a = user;
    if (a->options.explain && !a->stopped && !a->x->stopped) report(a, round);
    if (a->options.step && !a->stopped && !a->x->stopped)
        heed(a, hr_stepper_round(a->x->stepper, &a->options, round));
}

static void segment(void *user, int row, int count) {
    asked *a = user;
    if (!a->stopped && !a->x->stopped)
        heed(a, hr_stepper_segment(a->x->stepper, &a->options, row, count));
}

static bool wanted(void *user, int steps) {
    const asked *a = user;
    const hrm_solve_options *o = &a->options;
    return !a->stopped && (!o->progress || o->progress(o->user, (size_t)steps, (size_t)a->most));
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Memory that explaining needs. */
static void lay_out(void *owner, hr_arena *arena) {
    texts *x = owner;
    size_t seq = (size_t)x->task->seq, symbols = (size_t)x->s->model->spec.symbols;
    x->dropped = HR_TAKE(arena, hrm_candidate, hr_mul(seq, symbols));
    x->made = HR_TAKE(arena, hrm_candidate, seq);
    x->before = HR_TAKE(arena, uint8_t, seq);
    x->after = HR_TAKE(arena, uint8_t, seq);
    x->text = HR_TAKE(arena, char, seq + 1);
}

/* How to solve a puzzle, from its options or those of all. */
static hr_status prepare(asked *a, const hrm_solve_options *options, hr_solver_how *how) {
    texts *x = a->x;
    hrm_solve_options *o = &a->options;
    hr_status status = HR_OK;
    *o = (hrm_solve_options){0};
    a->search = hr_solver_search;
    if (!options) *o = *x->o->solve, o->progress = NULL;
    else status = hr_options_take(o, sizeof *o, options);
    if (!status) status = hr_options_take(&a->search, sizeof a->search, o->search);
    o->search = &a->search;
    *how = (hr_solver_how){.segments = o->segments,
                           .search = o->search,
                           .check = o->check,
                           .seed = o->seed,
                           .watch = o->explain || (o->step && x->s->search) ? watch : NULL,
                           .segment = o->step ? segment : NULL,
                           .wanted = options ? wanted : NULL,
                           .user = a};
    if (!status) status = hr_solver_can(x->s, how);
    if (!status && o->explain && !x->text) status = hr_arena_fill(&x->memory, lay_out, x);
    if (!status && o->step && !x->stepper) status = hr_stepper_new(x->s, x->task, &x->stepper);
    a->most = hr_solver_segments(x->s, how);
    return status;
}

static hr_status read_text(const hr_task *task, const char *text, const hr_asked *to,
                           hr_search_next *more) {
    const hr_task_ops *ops = task->ops;
    uint8_t *question = to->question;
    if (!text) return hr_fail(HR_ERR_ARG, "the puzzle's text is NULL");
    hr_status status = hr_task_parse_puzzle(task, text, strlen(text), question, to->numbers);
    if (status) return status;
    if (hr_task_givens(task, question) < task->least) *more = HR_SEARCH_OPEN;
    if ((ops->hopeless && ops->hopeless(task, question, NULL, 0)) ||
        (ops->refuted && ops->refuted(task, question)))
        *more = HR_SEARCH_HOPELESS;
    return HR_OK;
}

static hr_status next_text(void *user, bool wait, hr_asked *to, hr_search_next *more) {
    texts *x = user;
    hrm_stream_puzzle puzzle = {0};
    hrm_next next = x->o->next(x->o->user, wait, &puzzle);
    *more = next == HRM_NEXT_PUZZLE  ? HR_SEARCH_TAKE
            : next == HRM_NEXT_LATER ? HR_SEARCH_LATER
                                     : HR_SEARCH_NO_MORE;
    if (next != HRM_NEXT_PUZZLE) return HR_OK;
    asked *a = x->free ? x->free : &x->room[x->used];
    *a = (asked){.next = a->next, .x = x, .user = puzzle.user, .own = puzzle.options != NULL};
    hr_status status = prepare(a, puzzle.options, &to->how);
    if (!status) status = read_text(x->task, puzzle.text, to, more);
    if (status) hr_fail_puzzle(status, to->index + 1);
    if (status && (x->o->strict || status == HR_ERR_MEM))
        return hr_fail_in(status, "puzzle %zu", to->index + 1);
    if (x->free) x->free = a->next;
    else x->used++;
    if (!status) return HR_OK;
    a->status = status;
    a->error = hr_text_copy(hr_error_text());
    *more = HR_SEARCH_HOPELESS; /* it only waits for its turn */
    to->how = (hr_solver_how){.user = a};
    memset(to->question, 0, (size_t)x->task->seq);
    if (to->numbers) memset(to->numbers, 0, hr_task_number_count(x->task) * sizeof *to->numbers);
    return HR_OK;
}

static void count_search(const hr_search_result *r, hrm_answer *out) {
    out->rounds = r->rounds;
    out->guesses = r->guesses;
    out->restarts = r->restarts;
    out->chains = r->chains;
    out->chain = r->chain;
    out->seconds = r->seconds;
}

/* Why a puzzle has no answer. */
static void judge_end(const asked *a, const hr_solved *solved, hrm_answer *out) {
    const texts *x = a->x;
    int givens = hr_task_givens(x->task, solved->question), least = x->task->least;
    char *why = out->why, *end = why + sizeof out->why;
    const char *s = solved->segments == 1 ? "" : "s";
    if (!solved->search && solved->end == HR_SEARCH_TIME) { /* right all the same, or no answer */
        if (out->verdict == HRM_VERDICT_SOLVED) return;
        out->verdict = HRM_VERDICT_INCOMPLETE;
        snprintf(why, sizeof out->why, "out of time after %d segment%s", solved->segments, s);
        return;
    }
    out->verdict = HRM_VERDICT_INCOMPLETE;
    if (solved->end == HR_SEARCH_UNTRIED) {
        why += snprintf(why, sizeof out->why, "no answer fits the givens: ");
        if (!x->task->ops->hopeless(x->task, solved->question, why, (size_t)(end - why)))
            snprintf(why, (size_t)(end - why), "an exact search finds none");
        return;
    }
    if (solved->end == HR_SEARCH_TIME)
        why += snprintf(why, sizeof out->why, "out of time after %d round%s", solved->segments, s);
    else if (a->search.agree > 1)
        why += snprintf(why, sizeof out->why, "no %d chains came to the same grid in %d round%s",
                        a->search.agree, solved->segments, s);
    else why += snprintf(why, sizeof out->why, "no answer in %d round%s", solved->segments, s);
    if (givens < least)
        snprintf(why, (size_t)(end - why), ": %d given%s, a single answer takes %d or more", givens,
                 givens == 1 ? "" : "s", least);
}

static hr_status write_answer(const asked *a, const hr_solved *solved, hrm_answer *out) {
    const hr_task *task = a->x->task;
    out->text = hr_alloc((size_t)task->seq + 1);
    out->drawing = hr_task_draw(task, solved->question, solved->tokens, HR_DRAW_PLAIN);
    out->drawing_colour = hr_task_draw(task, solved->question, solved->tokens, HR_DRAW_COLOUR);
    out->tokens = hr_alloc((size_t)task->seq);
    if (!out->text || !out->drawing || !out->drawing_colour || !out->tokens) return HR_ERR_MEM;
    memcpy(out->tokens, solved->tokens, (size_t)task->seq);
    task->ops->format(task, solved->tokens, out->text);
    out->verdict = (hrm_verdict)task->ops->check(task, solved->question, solved->tokens, out->why,
                                                 sizeof out->why);
    out->segments = solved->segments;
    out->confidence = solved->confidence;
    out->chain = -1;
    if (solved->search) count_search(solved->search, out);
    if (solved->end != HR_SEARCH_SOLVED) judge_end(a, solved, out);
    return HR_OK;
}

void hr_answer_free(hrm_answer *a) {
    hr_free(a->text);
    hr_free(a->drawing);
    hr_free(a->drawing_colour);
    hr_free(a->tokens);
    *a = (hrm_answer){0};
}

static hr_status answer_done(void *user, const hr_solved *solved) {
    texts *x = user;
    asked *a = solved->user;
    hrm_answer answer = {0};
    char stopped[64] = "";
    hrm_stream_answer out = {.index = solved->index,
                             .user = a->user,
                             .status = (hrm_status)a->status,
                             .error = a->error ? a->error : stopped};
    hr_status status = HR_OK;
    if (!a->status && solved->end == HR_SEARCH_UNWANTED) {
        out.status = HRM_STATUS_STOPPED;
        snprintf(stopped, sizeof stopped, "stopped after %d %s%s", solved->segments,
                 solved->search ? "round" : "segment", solved->segments == 1 ? "" : "s");
    } else if (!a->status) {
        status = write_answer(a, solved, &answer);
        out.answer = &answer;
    }
    if (!status && !x->o->done(x->o->user, &out))
        status = hr_fail(HR_ERR_STOPPED, "stopped after puzzle %zu", solved->index + 1);
    hr_answer_free(&answer);
    hr_free(a->error);
    a->error = NULL;
    a->next = x->free;
    x->free = a;
    return status;
}

static bool go_on(void *user) {
    const texts *x = user;
    if (x->stopped || (x->s->stop && atomic_load(x->s->stop))) return false;
    return !x->o->progress || x->o->progress(x->o->user, x->s->finished, x->o->total);
}

static void lay_rooms(void *owner, hr_arena *arena) {
    texts *x = owner;
    x->room = HR_TAKE(arena, asked, (size_t)x->s->window);
}

hr_status hr_solve_stream(hr_solver *s, const hr_task *task, const hrm_stream_options *o) {
    texts x = {.s = s, .task = task, .o = o};
    hr_solver_how how;
    const hr_flow flow = {.next = next_text,
                          .done = answer_done,
                          .user = &x,
                          .go = go_on,
                          .alone = o->solve->explain && !o->unordered,
                          .unordered = o->unordered};
    asked all = {.x = &x};
    hr_status status = prepare(&all, NULL, &how);
    if (!status) status = hr_arena_fill(&x.rooms, lay_rooms, &x);
    if (!status) status = hr_solver_run(s, &how, &flow);
    if (!status) go_on(&x);
    for (int i = 0; i < x.used; i++) hr_free(x.room[i].error);
    hr_stepper_free(x.stepper);
    hr_arena_close(&x.memory);
    hr_arena_close(&x.rooms);
    return status;
}

/* ---- a list of them -------------------------------------------------------------------------- */

typedef struct list {
    const hrm_solve_options *options;
    const char *const *puzzles;
    size_t count, at, cells;
    hrm_answer *answers;
    bool full; /* no memory for another */
} list;

static hrm_next next_of_list(void *user, bool wait, hrm_stream_puzzle *out) {
    list *l = user;
    (void)wait;
    if (l->at == l->count) return HRM_NEXT_END;
    out->text = l->puzzles[l->at++];
    return HRM_NEXT_PUZZLE;
}

static bool keep_answer(void *user, const hrm_stream_answer *done) {
    list *l = user;
    const hrm_answer *answer = done->answer;
    hrm_answer *to = &l->answers[done->index];
    *to = *answer;
    to->text = hr_text_copy(answer->text);
    to->drawing = hr_text_copy(answer->drawing);
    to->drawing_colour = hr_text_copy(answer->drawing_colour);
    to->tokens = hr_alloc(l->cells);
    if (to->tokens) memcpy(to->tokens, answer->tokens, l->cells);
    l->full = !to->text || !to->drawing || !to->drawing_colour || !to->tokens;
    return !l->full;
}

static bool list_progress(void *user, size_t done, size_t total) {
    const list *l = user;
    return !l->options->progress || l->options->progress(l->options->user, done, total);
}

hr_status hr_solve_texts(hr_solver *s, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers) {
    list l = {options, puzzles, count, 0, (size_t)task->seq, answers, false};
    const hrm_stream_options stream = {.size = sizeof stream,
                                       .next = next_of_list,
                                       .done = keep_answer,
                                       .progress = list_progress,
                                       .user = &l,
                                       .total = count,
                                       .strict = true,
                                       .solve = options};
    hr_status status = hr_solve_stream(s, task, &stream);
    return l.full ? hr_fail(HR_ERR_MEM, "out of memory for the answers") : status;
}

/* ---- one of them, without memory of its own -------------------------------------------------- */

typedef struct one {
    const hr_solver *s;
    const hr_task *task;
    const char *puzzle; /* NULL once it was taken */
    const hr_text_answer *out;
} one;

static hr_status next_one(void *user, bool wait, hr_asked *to, hr_search_next *more) {
    one *x = user;
    (void)wait;
    *more = x->puzzle ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    if (!x->puzzle) return HR_OK;
    hr_status status = read_text(x->task, x->puzzle, to, more);
    x->puzzle = NULL;
    return status;
}

static hr_status done_one(void *user, const hr_solved *solved) {
    const one *x = user;
    hrm_verdict verdict =
        (hrm_verdict)x->task->ops->check(x->task, solved->question, solved->tokens, NULL, 0);
    bool cut = !solved->search && solved->end == HR_SEARCH_TIME;
    bool open = solved->end != HR_SEARCH_SOLVED && !(cut && verdict == HRM_VERDICT_SOLVED);
    x->task->ops->format(x->task, solved->tokens, x->out->text);
    *x->out->verdict = open ? HRM_VERDICT_INCOMPLETE : verdict;
    return HR_OK;
}

static bool one_goes_on(void *user) {
    const one *x = user;
    return !x->s->stop || !atomic_load(x->s->stop);
}

hr_status hr_solve_text(hr_solver *s, const hr_task *task, const char *puzzle,
                        const hrm_solve_options *o, const hr_text_answer *out) {
    one x = {.s = s, .task = task, .puzzle = puzzle, .out = out};
    const hr_solver_how how = {
        .segments = o->segments, .search = o->search, .check = o->check, .seed = o->seed};
    const hr_flow flow = {.next = next_one, .done = done_one, .user = &x, .go = one_goes_on};
    hr_status status = hr_solver_can(s, &how);
    return status ? status : hr_solver_run(s, &how, &flow);
}
