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

static void run_search(hr_solver *s, int rounds) {
    hr_search_config config = hr_search_defaults();
    config.rounds = rounds;
    hr_search_run(s->search, &config, s->batch.inputs, s->batch.rows, s->tokens, s->results);
    for (int b = 0; b < s->batch.rows; b++) {
        s->settled[b] = s->results[b].rounds;
        s->q[2 * b] = s->results[b].solved ? -(hr_real)s->results[b].conflict : -1;
    }
}

void hr_solver_run(hr_solver *s, int segments) {
    if (s->search) {
        run_search(s, segments);
        return;
    }
    for (int i = 0; i < s->model->recur.states; i++)
        hr_model_initial(s->model, i, s->z[i], s->batch.rows);
    for (int segment = 1; segment <= segments; segment++) {
        hr_exec_forward(s->exec, &s->batch, s->z, s->logits, s->q);
        read_answers(s, segment);
    }
}

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

static hr_status solve_batch(hr_solver *s, const hr_task *task, const char *const *puzzles,
                             size_t first, int rows, int segments, uint8_t *questions,
                             hrm_answer *answers) {
    size_t seq = (size_t)task->seq;
    s->batch.rows = rows;
    for (int b = 0; b < rows; b++) {
        const char *text = puzzles[first + (size_t)b];
        uint8_t *question = questions + (size_t)b * seq;
        hr_status status = task->ops->parse(task, text, strlen(text), false, question);
        if (status) return hr_fail_in(status, "puzzle %zu", first + (size_t)b + 1);
        for (size_t t = 0; t < seq; t++) s->batch.inputs[(size_t)b * seq + t] = question[t];
        s->batch.ids[b] = 0;
    }
    hr_solver_run(s, segments);
    for (int b = 0; b < rows; b++) {
        hr_status status =
            write_answer(s, task, b, questions + (size_t)b * seq, &answers[first + (size_t)b]);
        if (status) return status;
    }
    return HR_OK;
}

hr_status hr_solve_texts(hr_solver *s, const hr_task *task, const char *const *puzzles,
                         size_t count, const hrm_solve_options *options, hrm_answer *answers) {
    int segments = options && options->segments ? options->segments : s->model->spec.halt_max_steps;
    uint8_t *questions = HR_NEW(uint8_t, hr_mul((size_t)s->rows, (size_t)task->seq));
    if (!questions) return HR_ERR_MEM;
    hr_status status = HR_OK;
    for (size_t first = 0; !status && first < count;) {
        int rows = count - first < (size_t)s->rows ? (int)(count - first) : s->rows;
        status = solve_batch(s, task, puzzles, first, rows, segments, questions, answers);
        first += (size_t)rows;
        if (!status && options && options->progress &&
            !options->progress(options->user, first, count))
            status = hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu puzzles", first, count);
    }
    hr_free(questions);
    return status;
}
