/* trace.c - steps of a solver, reported and kept. */
#include "solve/trace.h"

#include <math.h>
#include <string.h>

#include "nn/loss.h"

/* ---- reporting ------------------------------------------------------------------------------- */

struct hr_stepper {
    const hr_solver *solver;
    const hr_task *task;
    uint8_t *tokens;      /* (seq) */
    char *text;           /* (seq + 1) */
    float *probabilities; /* (seq x vocab) */
    hr_arena memory;      /* of these */
};

static void lay_out(void *owner, hr_arena *arena) {
    hr_stepper *s = owner;
    const hr_spec *spec = &s->solver->model->spec;
    size_t seq = (size_t)spec->seq;
    s->tokens = HR_TAKE(arena, uint8_t, seq);
    s->text = HR_TAKE(arena, char, seq + 1);
    s->probabilities = HR_TAKE(arena, float, hr_mul(seq, (size_t)spec->vocab));
}

hr_status hr_stepper_new(const hr_solver *solver, const hr_task *task, hr_stepper **out) {
    hr_stepper *s = *out = HR_NEW(hr_stepper, 1);
    if (!s) return HR_ERR_MEM;
    *s = (hr_stepper){.solver = solver, .task = task};
    hr_status status = hr_arena_fill(&s->memory, lay_out, s);
    if (!status) return HR_OK;
    hr_stepper_free(s);
    *out = NULL;
    return status;
}

void hr_stepper_free(hr_stepper *stepper) {
    if (stepper) hr_arena_close(&stepper->memory);
    hr_free(stepper);
}

/* Fills in what all steps have in common, and calls back. */
static bool call(hr_stepper *s, const hrm_solve_options *options, hrm_step *step) {
    const hr_spec *spec = &s->solver->model->spec;
    step->cells = spec->seq;
    step->vocab = spec->vocab;
    step->tokens = s->tokens;
    step->text = s->text;
    step->probabilities = s->probabilities;
    s->task->ops->format(s->task, s->tokens, s->text);
    return options->step(options->user, step);
}

bool hr_stepper_round(hr_stepper *s, const hrm_solve_options *options,
                      const hr_search_round *round) {
    const hr_spec *spec = &s->solver->model->spec;
    int vocab = spec->vocab, symbols = spec->symbols;
    memset(s->probabilities, 0, (size_t)spec->seq * (size_t)vocab * sizeof(float));
    for (int t = 0; t < spec->seq; t++)
        for (int i = 0; i < symbols; i++)
            if (round->after[t] >> i & 1)
                s->probabilities[t * vocab + vocab - symbols + i] =
                    (float)hr_sigmoid((double)round->logits[t * 2 * symbols + i]);
    hr_search_tokens(spec, round->question, round->after, s->tokens);
    hrm_step step = {
        .puzzle = round->puzzle,
        .chain = round->chain,
        .step = round->round,
        .confidence = 1 - round->conflict,
        .end = hr_round_end(round),
    };
    return call(s, options, &step);
}

static void softmax(const hr_real *logits, int n, float *out) {
    double top = (double)logits[0], sum = 0;
    for (int i = 1; i < n; i++)
        if ((double)logits[i] > top) top = (double)logits[i];
    for (int i = 0; i < n; i++) sum += exp((double)logits[i] - top);
    for (int i = 0; i < n; i++) out[i] = (float)(exp((double)logits[i] - top) / sum);
}

bool hr_stepper_segment(hr_stepper *s, const hrm_solve_options *options, int row, int segment) {
    const hr_solver *solver = s->solver;
    const hr_spec *spec = &solver->model->spec;
    size_t seq = (size_t)spec->seq, vocab = (size_t)spec->vocab;
    const hr_real *logits = solver->logits + (size_t)row * seq * vocab;
    for (size_t t = 0; t < seq; t++)
        softmax(logits + t * vocab, (int)vocab, s->probabilities + t * vocab);
    memcpy(s->tokens, hr_solver_tokens(solver, row), seq);
    hrm_step step = {
        .puzzle = hr_solver_puzzle(solver, row),
        .step = segment - 1,
        .confidence = hr_solver_confidence(solver, (size_t)row),
        .end = HRM_ROUND_END_SEGMENT,
    };
    return call(s, options, &step);
}

/* ---- keeping --------------------------------------------------------------------------------- */

static hr_status keep(hr_trace *trace, const hrm_step *step) {
    if (hr_reserve(&trace->kept, &trace->capacity, trace->count, 1, sizeof *trace->kept))
        return HR_ERR_MEM;
    size_t cells = (size_t)step->cells, bytes = cells * (size_t)step->vocab * sizeof(float);
    unsigned char *block = hr_alloc(bytes + 2 * cells + 1);
    if (!block) return HR_ERR_MEM;
    trace->kept[trace->count] = (hr_kept){*step, trace->move};
    trace->move = NULL;
    hrm_step *own = &trace->kept[trace->count++].step;
    own->probabilities = memcpy(block, step->probabilities, bytes);
    own->tokens = memcpy(block + bytes, step->tokens, cells);
    own->text = memcpy(block + bytes + cells, step->text, cells + 1);
    return HR_OK;
}

static bool record(void *user, const hrm_step *step) {
    hr_trace *trace = user;
    if (!trace->status) trace->status = keep(trace, step);
    return !trace->status && (!trace->next || trace->next(trace->user, step));
}

static bool pass_progress(void *user, size_t done, size_t total) {
    const hr_trace *trace = user;
    return trace->progress(trace->user, done, total);
}

/* A round is told before its step. */
static bool record_round(void *user, const hrm_round *r) {
    hr_trace *trace = user;
    size_t made = (size_t)r->guesses * sizeof *r->made;
    hr_free(trace->move);
    hr_move *move = trace->move = hr_alloc(sizeof *move + made);
    if (!move) trace->status = HR_ERR_MEM;
    if (!move) return false;
    *move = (hr_move){r->drops, r->guess, r->empty, r->taken_back, r->guesses};
    if (made) memcpy(move->made, r->made, made);
    return !trace->explain || trace->explain(trace->user, r);
}

void hr_trace_begin(hr_trace *trace, hrm_solve_options *options, bool searches) {
    trace->next = options->step;
    trace->user = options->user;
    trace->progress = options->progress;
    trace->explain = options->explain;
    options->step = record;
    options->user = trace;
    if (trace->progress) options->progress = pass_progress;
    if (trace->explain || searches) options->explain = record_round;
}

void hr_trace_free(hr_trace *trace) {
    for (size_t i = 0; i < trace->count; i++) { /* each step has one block, which begins there */
        hr_free((void *)(uintptr_t)trace->kept[i].step.probabilities);
        hr_free(trace->kept[i].move);
    }
    hr_free(trace->kept);
    hr_free(trace->move);
    *trace = (hr_trace){0};
}
