/* solve.c - the inference loop and answers as text. */
#include "run/solve.h"

#include <string.h>

#include "base/text.h"
#include "nn/loss.h"

enum { STATE_BYTES = 32 << 20 }; /* of states that a default batch may take */

static void layout(hr_solver *s, hr_arena *arena) {
    const hr_spec *spec = &s->model->spec;
    size_t rows = (size_t)s->rows, cells = rows * (size_t)spec->seq;
    size_t state = rows * (size_t)hr_spec_tokens(spec) * (size_t)spec->hidden;
    for (int i = 0; !spec->symbols && i < s->model->recur.states; i++)
        s->z[i] = HR_TAKE(arena, hr_real, state);
    if (spec->symbols) s->results = HR_TAKE(arena, hr_search_result, rows);
    else s->logits = HR_TAKE(arena, hr_real, cells * (size_t)spec->vocab);
    s->q = HR_TAKE(arena, hr_real, rows * 2);
    s->tokens = HR_TAKE(arena, uint8_t, cells);
    s->question = HR_TAKE(arena, uint8_t, (size_t)spec->seq);
    s->settled = HR_TAKE(arena, int32_t, rows);
    s->batch.inputs = HR_TAKE(arena, int32_t, cells);
    s->batch.labels = HR_TAKE(arena, int32_t, cells);
    s->batch.ids = HR_TAKE(arena, int32_t, rows);
}

size_t hr_solver_bytes(const hr_model *model, int rows) {
    hr_solver s = {.model = (hr_model *)(uintptr_t)model, .rows = rows};
    hr_arena count = {0};
    layout(&s, &count);
    return count.used + (model->spec.symbols ? hr_search_bytes(model, rows) : 0);
}

int hr_solver_rows(const hr_model *model) {
    size_t rows = STATE_BYTES / hr_solver_bytes(model, 1);
    return rows < 1 ? 1 : rows > 256 ? 256 : (int)rows;
}

hr_status hr_solver_new(hr_model *model, hr_pool *pool, const hr_task *task, int rows,
                        hr_solver **out) {
    *out = NULL;
    hr_solver *s = HR_NEW(hr_solver, 1);
    if (!s) return HR_ERR_MEM;
    s->model = model;
    s->task = task;
    s->rows = rows;
    hr_arena count = {0};
    layout(s, &count);
    hr_status status = hr_arena_open(&s->arena, count.used);
    if (!status) {
        layout(s, &s->arena);
        status = hr_exec_new(model, pool, rows, false, &s->exec);
    }
    if (!status && model->spec.symbols)
        status = hr_search_new(model, s->exec, task, rows, &s->search);
    if (status) hr_solver_free(s);
    else *out = s;
    return status;
}

void hr_solver_free(hr_solver *solver) {
    if (!solver) return;
    hr_search_free(solver->search);
    hr_exec_free(solver->exec);
    hr_arena_close(&solver->arena);
    hr_free(solver);
}

/* Most likely tokens of every row; notes the segment where a row changed. */
static void read_answers(hr_solver *s, int segment) {
    size_t seq = (size_t)s->model->spec.seq, vocab = (size_t)s->model->spec.vocab;
    for (int b = 0; b < s->batch.rows; b++) {
        bool changed = segment == 1;
        for (size_t t = 0; t < seq; t++) {
            const hr_real *x = s->logits + ((size_t)b * seq + t) * vocab;
            size_t best = 0;
            for (size_t v = 1; v < vocab; v++)
                if (x[v] > x[best]) best = v;
            uint8_t *token = &s->tokens[(size_t)b * seq + t];
            changed |= *token != best;
            *token = (uint8_t)best;
        }
        if (changed) s->settled[b] = segment;
    }
}

hr_status hr_solver_can(const hr_solver *s, const hr_solver_how *how) {
    if (s->search || !(how->check || how->watch)) return HR_OK;
    return hr_fail(HR_ERR_UNSUPPORTED,
                   "%s: this model answers at once; only models of candidates (regime lattice) "
                   "search, and can be checked or explained",
                   how->check ? "check" : "explain");
}

/* One search over a batch. */
typedef struct searching {
    const hr_solver *s;
    const hr_solver_how *how;
    uint8_t *question; /* (seq) scratch */
} searching;

static bool accept(void *user, int puzzle, const uint8_t *answer) {
    const searching *x = user;
    size_t seq = (size_t)x->s->model->spec.seq;
    const int32_t *tokens = x->s->batch.inputs + (size_t)puzzle * seq;
    for (size_t t = 0; t < seq; t++) x->question[t] = (uint8_t)tokens[t];
    return x->s->task->ops->check(x->s->task, x->question, answer, NULL, 0) != HR_WRONG;
}

static void watch(void *user, const hr_search_round *round) {
    const searching *x = user;
    x->how->watch(x->how->user, round);
}

static void run_search(hr_solver *s, const hr_solver_how *how) {
    searching x = {s, how, s->question};
    hr_search_config config = hr_search_defaults();
    config.rounds = how->segments ? how->segments : s->model->spec.halt_max_steps;
    config.seed = how->seed;
    config.accept = how->check && s->task ? accept : NULL;
    config.watch = how->watch ? watch : NULL;
    config.user = &x;
    hr_search_run(s->search, &config, s->batch.inputs, s->batch.rows, s->tokens, s->results);
    for (int b = 0; b < s->batch.rows; b++) {
        s->settled[b] = s->results[b].rounds;
        s->q[2 * b] = s->results[b].solved ? -(hr_real)s->results[b].conflict : -1;
    }
}

void hr_solver_run(hr_solver *s, const hr_solver_how *how) {
    if (s->search) {
        run_search(s, how);
        return;
    }
    int segments = how->segments ? how->segments : s->model->spec.halt_max_steps;
    for (int i = 0; i < s->model->recur.states; i++)
        hr_model_initial(s->model, i, s->z[i], s->batch.rows);
    for (int segment = 1; segment <= segments; segment++) {
        hr_exec_forward(s->exec, &s->batch, s->z, s->logits, s->q);
        read_answers(s, segment);
    }
}

/* ---- texts ------------------------------------------------------------------------------------
 */

/* One call of hr_solve_texts. */
typedef struct texts {
    hr_solver *s;
    const hr_task *task;
    const hrm_solve_options *options;
    size_t first;       /* of the batch, among all puzzles */
    uint8_t *questions; /* (rows x seq) */
    /* for rounds that are told: */
    hrm_candidate *dropped;  /* (seq x S) */
    uint8_t *before, *after; /* (seq) tokens */
    char *text;              /* (seq + 1) */
} texts;

static hr_status write_answer(const hr_solver *s, const hr_task *task, int row,
                              const uint8_t *question, hrm_answer *out) {
    const uint8_t *tokens = s->tokens + (size_t)row * (size_t)task->seq;
    out->text = hr_alloc((size_t)task->seq + 1);
    out->drawing = hr_task_draw(task, question, tokens, false);
    out->drawing_colour = hr_task_draw(task, question, tokens, true);
    if (!out->text || !out->drawing || !out->drawing_colour) return HR_ERR_MEM;
    task->ops->format(task, tokens, out->text);
    out->verdict = (hrm_verdict)task->ops->check(task, question, tokens, out->why, sizeof out->why);
    out->segments = s->settled[row];
    out->confidence = hr_sigmoid((double)s->q[2 * row]);
    return HR_OK;
}

/* Puts a round into the words of the public interface. */
static void tell(void *user, const hr_search_round *round) {
    texts *x = user;
    const hr_spec *spec = &x->s->model->spec;
    int first = spec->vocab - spec->symbols;
    const char *names = x->task->alphabet + first;
    hrm_round out = {
        .puzzle = x->first + (size_t)round->puzzle,
        .chain = round->chain,
        .round = round->round,
        .dropped = x->dropped,
        .end = round->rejected                        ? HRM_ROUND_REJECTED
               : round->status == HR_LATTICE_SOLVED   ? HRM_ROUND_SOLVED
               : round->status == HR_LATTICE_CONFLICT ? HRM_ROUND_CONFLICT
                                                      : HRM_ROUND_GUESSED,
        .guess = {.cell = round->move.cell, .probability = round->move.probability},
        .guesses = round->guesses,
        .conflict = round->conflict,
        .rows = x->task->rows,
        .cols = x->task->cols,
        .text = x->text,
    };
    if (out.guess.cell >= 0) out.guess.symbol = names[round->move.symbol];
    for (int t = 0; t < spec->seq; t++) {
        int32_t fell = round->before[t] & ~round->after[t];
        for (int s = 0; s < spec->symbols; s++) {
            double logit = (double)round->logits[(t * 2) * spec->symbols + s];
            /* a guess pushes the rest of its cell aside; that is not dropping */
            if (!(fell >> s & 1) || (t == out.guess.cell && logit >= round->limit)) continue;
            x->dropped[out.drops++] = (hrm_candidate){t, names[s], hr_sigmoid(logit)};
        }
    }
    hr_search_tokens(spec, round->before, x->before);
    hr_search_tokens(spec, round->after, x->after);
    x->task->ops->format(x->task, x->after, x->text);
    char *plain = hr_task_draw(x->task, x->before, x->after, false);
    char *colour = hr_task_draw(x->task, x->before, x->after, true);
    out.drawing = plain ? plain : "";
    out.drawing_colour = colour ? colour : "";
    x->options->explain(x->options->user, &out);
    hr_free(plain);
    hr_free(colour);
}

static hr_status solve_batch(texts *x, const char *const *puzzles, int rows, hrm_answer *answers) {
    hr_solver *s = x->s;
    const hr_task *task = x->task;
    const hrm_solve_options *o = x->options;
    size_t seq = (size_t)task->seq;
    hr_solver_how how = {0};
    if (o) how = (hr_solver_how){o->segments, o->check, o->seed, o->explain ? tell : NULL, x};
    hr_status status = hr_solver_can(s, &how);
    s->batch.rows = rows;
    for (int b = 0; !status && b < rows; b++) {
        const char *text = puzzles[x->first + (size_t)b];
        uint8_t *question = x->questions + (size_t)b * seq;
        status = task->ops->parse(task, text, strlen(text), false, question);
        if (status) return hr_fail_in(status, "puzzle %zu", x->first + (size_t)b + 1);
        for (size_t t = 0; t < seq; t++) s->batch.inputs[(size_t)b * seq + t] = question[t];
        s->batch.ids[b] = 0;
    }
    if (!status) hr_solver_run(s, &how);
    for (int b = 0; !status && b < rows; b++)
        status = write_answer(s, task, b, x->questions + (size_t)b * seq,
                              &answers[x->first + (size_t)b]);
    return status;
}

hr_status hr_solve_texts(hr_solver *s, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers) {
    size_t seq = (size_t)task->seq;
    texts x = {.s = s,
               .task = task,
               .options = options,
               .questions = HR_NEW(uint8_t, hr_mul((size_t)s->rows, seq)),
               .dropped = HR_NEW(hrm_candidate, hr_mul(seq, (size_t)s->model->spec.symbols + 1)),
               .before = HR_NEW(uint8_t, seq),
               .after = HR_NEW(uint8_t, seq),
               .text = hr_alloc(seq + 1)};
    hr_status status =
        x.questions && x.dropped && x.before && x.after && x.text ? HR_OK : HR_ERR_MEM;
    while (!status && x.first < count) {
        int rows = count - x.first < (size_t)s->rows ? (int)(count - x.first) : s->rows;
        status = solve_batch(&x, puzzles, rows, answers);
        x.first += (size_t)rows;
        if (!status && options && options->progress &&
            !options->progress(options->user, x.first, count))
            status = hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu puzzles", x.first, count);
    }
    hr_free(x.questions);
    hr_free(x.dropped);
    hr_free(x.before);
    hr_free(x.after);
    hr_free(x.text);
    return status;
}
