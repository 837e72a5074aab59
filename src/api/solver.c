/* solver.c - models at work for the public interface: solvers, traces, answers. */
#include <string.h>

#include "api/handles.h"
#include "base/text.h"
#include "base/mem.h"
#include "solve/ballot.h"
#include "model/checkpoint.h"
#include "solve/eval.h"
#include "solve/film.h"
#include "model/record.h"
#include "solve/trace.h"

#define public hr_api_status
#define missing hr_api_missing

/* ---- what a model is ------------------------------------------------------------------------- */

hrm_status hrm_model_inspect(const hrm_model *model, hrm_model_info *out) {
    if (out) *out = (hrm_model_info){0};
    if (!model || !out) return missing(model ? "out" : "model");
    const hr_spec *spec = &model->model->spec;
    const hr_task *task = &model->task;
    *out = (hrm_model_info){
        .arch = hr_arch_name(spec->arch),
        .task = task->ops->name,
        .isa = model->model->kern->name,
        .alphabet = (const unsigned char *)task->alphabet,
        .parameters = model->model->table.parameters,
        .cells = spec->seq,
        .rows = task->rows,
        .cols = task->cols,
        .vocab = spec->vocab,
        .symbols = spec->symbols,
        .steps = spec->halt_max_steps,
    };
    return HRM_STATUS_OK;
}

hrm_status hrm_model_save(const hrm_model *model, const char *path) {
    if (!model || !path) return missing(model ? "path" : "model");
    const char *training = model->training ? model->training : "{}";
    return public(hr_checkpoint_save(path, model->model, NULL, &model->task, training));
}

hrm_status hrm_model_tokens(const hrm_model *model, const char *text, bool answer,
                            unsigned char *tokens) {
    if (!model || !text || !tokens) return missing(!model ? "model" : text ? "tokens" : "text");
    const hr_task *task = &model->task;
    return public(task->ops->parse(task, text, strlen(text), answer, tokens));
}

hrm_status hrm_model_text(const hrm_model *model, const unsigned char *tokens, char *text) {
    if (!model || !tokens || !text) return missing(!model ? "model" : tokens ? "text" : "tokens");
    model->task.ops->format(&model->task, tokens, text);
    return HRM_STATUS_OK;
}

hrm_status hrm_check(const hrm_model *model, const char *question, const char *answer,
                     hrm_verdict *out, char *why, size_t size) {
    if (out) *out = HRM_UNKNOWN;
    if (!model || !out) return missing(model ? "out" : "model");
    if (!question || !answer) return missing(question ? "answer" : "question");
    const hr_task *task = &model->task;
    if (why && size) *why = 0;
    uint8_t *tokens = HR_NEW(uint8_t, hr_mul(2, (size_t)task->seq));
    if (!tokens) return HRM_STATUS_MEM;
    hr_status status = task->ops->parse(task, question, strlen(question), false, tokens);
    if (status) status = hr_fail_in(status, "question");
    else {
        uint8_t *at = tokens + task->seq;
        status = task->ops->parse(task, answer, strlen(answer), true, at);
        if (status) /* an unfinished answer is written as a question */
            status = task->ops->parse(task, answer, strlen(answer), false, at);
        if (status) status = hr_fail_in(status, "answer");
    }
    if (!status)
        *out = (hrm_verdict)task->ops->check(task, tokens, tokens + task->seq, size ? why : NULL,
                                             size);
    hr_free(tokens);
    return public(status);
}

/* ---- solvers --------------------------------------------------------------------------------- */

hrm_status hrm_solver_new(const hrm_model *model, int threads, hrm_solver **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!model) return missing("model");
    hrm_solver *s = HR_NEW(hrm_solver, 1);
    if (!s) return HRM_STATUS_MEM;
    s->model = model;
    atomic_init(&s->stop, false);
    atomic_init(&s->busy, false);
    hr_status status = hr_pool_new(threads ? threads : model->threads, &s->pool);
    if (status) hrm_solver_free(s);
    else *out = s;
    return public(status);
}

void hrm_solver_free(hrm_solver *solver) {
    if (!solver) return;
    hr_solver_free(solver->solver);
    hr_pool_free(solver->pool);
    hr_free(solver);
}

void hrm_solver_cancel(hrm_solver *solver) {
    if (solver) atomic_store(&solver->stop, true);
}

/* Rounds of one puzzle that a model which searches runs at a time: its chains, so many of them. */
enum { CHAIN_ROWS = 16 };

/* Memory for a call of `count` puzzles: options as in hrm_solve_options. */
static hr_status prepare(hrm_solver *s, size_t count, int batch, int segments) {
    hr_model *model = s->model->model;
    if (batch < 0 || batch > 1 << 20)
        return hr_fail(HR_ERR_ARG, "batch: %d is not between 0 and %d", batch, 1 << 20);
    if (segments < 0 || segments > 1 << 20)
        return hr_fail(HR_ERR_ARG, "segments: %d is not between 0 and %d", segments, 1 << 20);
    int rows = batch ? batch : hr_solver_rows(model);
    size_t most = model->spec.symbols ? hr_mul(count, CHAIN_ROWS) : count;
    if ((size_t)rows > most) rows = most ? (int)most : 1;
    if (s->solver && s->solver->rows == rows) return HR_OK;
    hr_solver_free(s->solver);
    s->solver = NULL;
    hr_status status = hr_solver_new(model, s->pool, &s->model->task, rows, &s->solver);
    if (!status) s->solver->stop = &s->stop;
    return status;
}

hrm_status hrm_solver_solve(hrm_solver *solver, const char *const *puzzles, size_t count,
                            const hrm_solve_options *options, hrm_answer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!solver || !puzzles) return missing(solver ? "puzzles" : "solver");
    for (size_t i = 0; i < count; i++)
        if (!puzzles[i]) return public(hr_fail(HR_ERR_ARG, "puzzle %zu is NULL", i + 1));
    hrm_answer *answers = HR_NEW(hrm_answer, count);
    if (!answers) return HRM_STATUS_MEM;
    if (atomic_exchange(&solver->busy, true)) {
        hr_free(answers);
        return public(hr_fail(HR_ERR_ARG, "the solver is in a call already; a callback, and each "
                                          "thread, needs a solver of its own"));
    }
    hr_status status =
        prepare(solver, count, options ? options->batch : 0, options ? options->segments : 0);
    if (!status)
        status =
            hr_solve_texts(solver->solver, &solver->model->task, puzzles, count, options, answers);
    atomic_store(&solver->stop, false);
    atomic_store(&solver->busy, false);
    if (status) hrm_answers_free(answers, count);
    else *out = answers;
    return public(status);
}

hrm_status hrm_solve(const hrm_model *model, const char *const *puzzles, size_t count,
                     const hrm_solve_options *options, hrm_answer **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!model || !puzzles) return missing(model ? "puzzles" : "model");
    hrm_solver *solver;
    hrm_status status = hrm_solver_new(model, 0, &solver);
    if (!status) status = hrm_solver_solve(solver, puzzles, count, options, out);
    hrm_solver_free(solver);
    return status;
}

hrm_status hrm_solve_stream(const hrm_model *model, hrm_next_puzzle next, hrm_answer_callback done,
                            size_t total, const hrm_solve_options *options) {
    if (!model || !next || !done) return missing(!model ? "model" : next ? "done" : "next");
    hrm_solver *solver;
    hr_status status = (hr_status)hrm_solver_new(model, 0, &solver);
    if (!status)
        status = prepare(solver, total ? total : SIZE_MAX, options ? options->batch : 0,
                         options ? options->segments : 0);
    if (!status)
        status = hr_solve_stream(solver->solver, &model->task, next, done,
                                 options ? options->user : NULL, total, options);
    hrm_solver_free(solver);
    return public(status);
}

void hrm_answers_free(hrm_answer *answers, size_t count) {
    for (size_t i = 0; answers && i < count; i++) hr_answer_free(&answers[i]);
    hr_free(answers);
}

hrm_status hrm_evaluate(const hrm_model *model, const hrm_dataset *dataset,
                        const hrm_eval_options *options, hrm_eval_report *out) {
    if (!out) return missing("out");
    *out = (hrm_eval_report){0};
    if (!model || !dataset) return missing(model ? "dataset" : "model");
    if (options && options->votes < 0)
        return public(hr_fail(HR_ERR_ARG, "votes: %d is below 0", options->votes));
    hr_status status = hr_ballot_allowed(dataset->data, options);
    if (!status)
        status = hr_eval_knows(model->model, hr_record_names(model->training), dataset->data);
    if (status) return public(status);
    hrm_solver *solver;
    status = (hr_status)hrm_solver_new(model, 0, &solver);
    if (!status)
        status = prepare(solver, dataset->data->examples, options ? options->batch : 0,
                         options ? options->segments : 0);
    if (!status) status = hr_eval_run(solver->solver, dataset->data, options, out);
    hrm_solver_free(solver);
    return public(status);
}

/* ---- traces ---------------------------------------------------------------------------------- */

struct hrm_trace {
    hr_trace steps;
    hrm_answer *answer;
    char *puzzle;
};

hrm_status hrm_solver_trace(hrm_solver *solver, const char *puzzle,
                            const hrm_solve_options *options, hrm_trace **out) {
    if (!out) return missing("out");
    *out = NULL;
    if (!solver || !puzzle) return missing(solver ? "puzzle" : "solver");
    hrm_trace *trace = HR_NEW(hrm_trace, 1);
    if (!trace) return HRM_STATUS_MEM;
    hrm_solve_options own = {0};
    if (options) own = *options;
    hr_trace_begin(&trace->steps, &own);
    hrm_status status = hrm_solver_solve(solver, &puzzle, 1, &own, &trace->answer);
    if (trace->steps.status) /* which the callback could only report as a stop */
        status = public(hr_fail(trace->steps.status, "out of memory for the steps of a trace"));
    trace->puzzle = hr_text_copy(puzzle);
    if (!status && !trace->puzzle) status = HRM_STATUS_MEM;
    if (status) hrm_trace_free(trace);
    else *out = trace;
    return status;
}

void hrm_trace_free(hrm_trace *trace) {
    if (!trace) return;
    hr_trace_free(&trace->steps);
    hrm_answers_free(trace->answer, 1);
    hr_free(trace->puzzle);
    hr_free(trace);
}

size_t hrm_trace_steps(const hrm_trace *trace) {
    return trace ? trace->steps.count : 0;
}

hrm_status hrm_trace_step(const hrm_trace *trace, size_t i, hrm_step *out) {
    if (!trace || !out) return missing(trace ? "out" : "trace");
    if (i < trace->steps.count) {
        *out = trace->steps.step[i];
        return HRM_STATUS_OK;
    }
    *out = (hrm_step){0};
    return public(hr_fail(HR_ERR_ARG, "step %zu does not exist; the trace has %zu, from 0 on", i,
                          trace->steps.count));
}

const hrm_answer *hrm_trace_answer(const hrm_trace *trace) {
    return trace ? trace->answer : NULL;
}

hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model, const char *path) {
    if (!trace || !model || !path) return missing(!trace ? "trace" : model ? "path" : "model");
    const hr_task *task = &model->task;
    int chain = trace->answer->chain < 0 ? 0 : trace->answer->chain;
    uint8_t *question = HR_NEW(uint8_t, (size_t)task->seq);
    if (!question) return HRM_STATUS_MEM;
    hr_status status =
        task->ops->parse(task, trace->puzzle, strlen(trace->puzzle), false, question);
    if (!status && trace->steps.count && trace->steps.step[0].cells != task->seq)
        status = hr_fail(HR_ERR_ARG, "the trace is not of this model");
    if (!status)
        status = hr_film_write(task, question, &trace->steps, chain,
                               model->model->spec.symbols != 0, path);
    hr_free(question);
    return public(status);
}
