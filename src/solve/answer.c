/* answer.c - puzzles and answers as text, and rounds in the terms of the public interface. */
#include "solve/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nn/loss.h"
#include "solve/trace.h"
#include "task/draw.h"
#include "task/lines.h"

/* One stream of texts. */
typedef struct texts {
    hr_solver *s;
    const hr_task *task;
    const hrm_solve_options *options; /* never NULL */
    hrm_next_puzzle next;
    hrm_answer_callback done;
    void *user;
    size_t total;
    bool stopped;        /* by `explain` */
    hr_stepper *stepper; /* NULL where steps are not reported */
    /* for rounds that are reported: */
    hrm_candidate *dropped;  /* (seq x S) */
    hrm_candidate *made;     /* (seq) */
    uint8_t *before, *after; /* (seq) tokens */
    char *text;              /* (seq + 1) */
    hr_arena memory;         /* of these */
} texts;

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
static void report(texts *x, const hr_search_round *round) {
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
    x->stopped |= !x->options->explain(x->options->user, &out);
    hr_free(plain);
    hr_free(colour);
}

static void watch(void *user, const hr_search_round *round) {
    texts *x = user;
    if (x->options->explain && !x->stopped) report(x, round);
    if (x->stepper) hr_stepper_round(x->stepper, round);
}

/* ---- answers --------------------------------------------------------------------------------- */

static hr_status next_text(void *user, size_t index, bool wait, uint8_t *question, int32_t *id,
                           hr_search_next *more) {
    const texts *x = user;
    const char *text = NULL;
    bool any = x->next(x->user, wait, &text);
    *id = 0;
    *more = !any ? HR_SEARCH_NO_MORE : text ? HR_SEARCH_TAKE : HR_SEARCH_LATER;
    if (!any || (!text && !wait)) return HR_OK;
    if (!text) return hr_fail(HR_ERR_ARG, "puzzle %zu is NULL", index + 1);
    hr_status status = hr_task_parse(x->task, text, strlen(text), false, question);
    if (!status && hr_task_givens(x->task, question) < x->task->least) *more = HR_SEARCH_OPEN;
    if (!status && x->task->ops->hopeless && x->task->ops->hopeless(x->task, question, NULL, 0))
        *more = HR_SEARCH_HOPELESS;
    if (!status) return HR_OK;
    hr_fail_puzzle(status, index + 1);
    return hr_fail_in(status, "puzzle %zu", index + 1);
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
static void judge_end(const texts *x, const hr_solved *solved, hrm_answer *out) {
    const hrm_search *asked = x->options->search;
    int givens = hr_task_givens(x->task, solved->question), least = x->task->least;
    char *why = out->why, *end = why + sizeof out->why;
    const char *s = solved->segments == 1 ? "" : "s";
    if (!solved->search && solved->end == HR_SEARCH_TIME) { /* an answer all the same */
        if (out->verdict != HRM_VERDICT_SOLVED)
            snprintf(why, sizeof out->why, "out of time after %d segment%s", solved->segments, s);
        return;
    }
    out->verdict = HRM_VERDICT_INCOMPLETE;
    if (solved->end == HR_SEARCH_UNTRIED) {
        why += snprintf(why, sizeof out->why, "no answer fits the givens: ");
        x->task->ops->hopeless(x->task, solved->question, why, (size_t)(end - why));
        return;
    }
    if (solved->end == HR_SEARCH_TIME)
        why += snprintf(why, sizeof out->why, "out of time after %d round%s", solved->segments, s);
    else if (asked && asked->agree > 1)
        why += snprintf(why, sizeof out->why, "no %d chains came to the same grid in %d round%s",
                        asked->agree, solved->segments, s);
    else why += snprintf(why, sizeof out->why, "no answer in %d round%s", solved->segments, s);
    if (givens < least)
        snprintf(why, (size_t)(end - why), ": %d given%s, a single answer takes %d or more", givens,
                 givens == 1 ? "" : "s", least);
}

static hr_status write_answer(const texts *x, const hr_solved *solved, hrm_answer *out) {
    const hr_task *task = x->task;
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
    if (solved->end != HR_SEARCH_SOLVED) judge_end(x, solved, out);
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
    const texts *x = user;
    hrm_answer answer = {0};
    hr_status status = write_answer(x, solved, &answer);
    if (!status && !x->done(x->user, solved->index, &answer))
        status = hr_fail(HR_ERR_STOPPED, "stopped after puzzle %zu", solved->index + 1);
    hr_answer_free(&answer);
    return status;
}

static bool go_on(void *user, int segment) {
    const texts *x = user;
    if (x->stopped || (x->s->stop && atomic_load(x->s->stop))) return false;
    if (x->stepper && !hr_stepper_segment(x->stepper, x->s->first, segment)) return false;
    return !x->options->progress ||
           x->options->progress(x->options->user, x->s->finished, x->total);
}

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

hr_status hr_solve_stream(hr_solver *s, const hr_task *task, hrm_next_puzzle next,
                          hrm_answer_callback done, void *user, size_t total,
                          const hrm_solve_options *options) {
    static const hrm_solve_options plain = {0};
    const hrm_solve_options *o = options ? options : &plain;
    texts x = {.s = s,
               .task = task,
               .options = o,
               .next = next,
               .done = done,
               .user = user,
               .total = total};
    hr_solver_how how = {.segments = o->segments,
                         .search = o->search,
                         .check = o->check,
                         .seed = o->seed,
                         .alone = o->explain != NULL,
                         .watch = o->explain || (o->step && s->search) ? watch : NULL,
                         .go = go_on,
                         .user = &x};
    const hr_flow flow = {next_text, answer_done, &x};
    hr_status status = hr_solver_can(s, &how);
    if (!status && o->explain) status = hr_arena_fill(&x.memory, lay_out, &x);
    if (!status && o->step) status = hr_stepper_new(s, task, o, &x.stepper);
    if (!status) status = hr_solver_run(s, &how, &flow);
    if (!status) go_on(&x, 0);
    hr_stepper_free(x.stepper);
    hr_arena_close(&x.memory);
    return status;
}

/* ---- a list of them -------------------------------------------------------------------------- */

typedef struct list {
    const char *const *puzzles;
    size_t count, at, cells;
    hrm_answer *answers;
    bool full; /* no memory for another */
} list;

static bool next_of_list(void *user, bool wait, const char **puzzle) {
    list *l = user;
    (void)wait;
    if (l->at == l->count) return false;
    *puzzle = l->puzzles[l->at++];
    return true;
}

static bool keep_answer(void *user, size_t index, const hrm_answer *answer) {
    list *l = user;
    hrm_answer *to = &l->answers[index];
    *to = *answer;
    to->text = hr_text_copy(answer->text);
    to->drawing = hr_text_copy(answer->drawing);
    to->drawing_colour = hr_text_copy(answer->drawing_colour);
    to->tokens = hr_alloc(l->cells);
    if (to->tokens) memcpy(to->tokens, answer->tokens, l->cells);
    l->full = !to->text || !to->drawing || !to->drawing_colour || !to->tokens;
    return !l->full;
}

hr_status hr_solve_texts(hr_solver *s, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers) {
    list l = {.puzzles = puzzles, .count = count, .cells = (size_t)task->seq, .answers = answers};
    hr_status status = hr_solve_stream(s, task, next_of_list, keep_answer, &l, count, options);
    return l.full ? hr_fail(HR_ERR_MEM, "out of memory for the answers") : status;
}
