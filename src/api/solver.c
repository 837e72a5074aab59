/* solver.c - models at work: solvers and streams. */
#include "api/handles.h"
#include "base/mem.h"
#include "nn/engines.h"
#include "solve/answer.h"

hrm_status hrm_solver_new(const hrm_model *model, int threads, hrm_solver **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, model);
    hrm_solver *s = HR_NEW(hrm_solver, 1);
    if (!s) return HRM_STATUS_MEM;
    s->model = model;
    atomic_init(&s->stop, false);
    atomic_init(&s->busy, 0);
    hr_status status =
        hr_pool_new(threads ? threads : model->threads, model->model->kern->space, &s->pool);
    if (!status) hr_pool_set_comm(s->pool, model->ranks);
    if (status) hrm_solver_free(s);
    else *out = s;
    return status;
}

size_t hrm_solver_memory(const hrm_model *model, int threads) {
    if (!model) return 0;
    int rows = hr_solver_rows(model->model);
    size_t engine = hr_engines[0]->bytes(model->model, threads > 0 ? threads : model->threads,
                                         &(hr_engine_size){.micro = rows});
    return hr_add(engine, hr_solver_bytes(model->model, rows));
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

hr_status hr_api_prepare(hrm_solver *s, size_t count, int batch) {
    hr_model *model = s->model->model;
    if (batch < 0 || batch > 1 << 20)
        return hr_fail(HR_ERR_ARG, "batch: %d is not between 0 and %d", batch, 1 << 20);
    int rows = batch ? batch : hr_solver_rows(model);
    size_t most = model->spec.symbols ? hr_mul(count, CHAIN_ROWS) : count;
    if ((size_t)rows > most) rows = most ? (int)most : 1;
    if (s->solver && s->solver->rows == rows) return HR_OK;
    hr_solver_free(s->solver);
    s->solver = NULL;
    hr_status status = hr_solver_new(model, s->pool, NULL, &s->model->task, rows, &s->solver);
    status = hr_comm_agree(s->model->ranks, status);
    if (status) return status;
    s->solver->stop = &s->stop;
    s->solver->sure = s->model->sure;
    return status;
}

static hr_status begin(hrm_solver *solver) {
    if (!atomic_exchange(&solver->busy, 1)) return HR_OK;
    return hr_fail(HR_ERR_ARG,
                   "the solver is in a call already; a callback, and each thread, needs "
                   "a solver of its own");
}

static void end(hrm_solver *solver) {
    atomic_store(&solver->stop, false);
    atomic_store(&solver->busy, 0);
}

hrm_status hrm_solver_solve(hrm_solver *solver, const char *const *puzzles, size_t count,
                            const hrm_solve_options *options, hrm_answer **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, solver, puzzles);
    for (size_t i = 0; i < count; i++)
        if (!puzzles[i]) return hr_fail(HR_ERR_ARG, "puzzle %zu is NULL", i + 1);
    HR_API_TAKE(hrm_solve_options, own, options);
    HR_API_TAKE_INNER(hrm_search, search, own.search);
    hrm_answer *answers = HR_NEW(hrm_answer, count);
    if (!answers) return HRM_STATUS_MEM;
    hr_status status = begin(solver);
    if (status) {
        hr_free(answers);
        return status;
    }
    status = hr_api_prepare(solver, count, own.batch);
    if (!status)
        status =
            hr_solve_texts(solver->solver, &solver->model->task, puzzles, count, &own, answers);
    end(solver);
    if (status) hrm_answers_free(answers, count);
    else *out = answers;
    return status;
}

hrm_status hrm_solver_reserve(hrm_solver *solver, size_t count, int batch) {
    HR_API_FLOATS;
    HR_API_NEED(solver);
    HR_API_CHECK((hrm_status)begin(solver));
    hr_status status = hr_api_prepare(solver, count, batch);
    end(solver);
    return (hrm_status)status;
}

hrm_status hrm_solver_answer(hrm_solver *solver, const char *puzzle,
                             const hrm_solve_options *options, char *answer, hrm_verdict *verdict) {
    HR_API_FLOATS;
    if (answer) *answer = 0;
    if (verdict) *verdict = HRM_VERDICT_INCOMPLETE;
    HR_API_NEED(solver, puzzle, answer, verdict);
    HR_API_TAKE(hrm_solve_options, own, options);
    HR_API_TAKE_INNER(hrm_search, search, own.search);
    HR_API_CHECK((hrm_status)begin(solver));
    hr_status status = hr_api_prepare(solver, 1, own.batch);
    if (!status)
        status = hr_solve_text(solver->solver, &solver->model->task, puzzle, &own,
                               &(hr_text_answer){answer, verdict});
    end(solver);
    return (hrm_status)status;
}

hrm_status hrm_solve(const hrm_model *model, const char *const *puzzles, size_t count,
                     const hrm_solve_options *options, hrm_answer **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, model, puzzles);
    hrm_solver *solver;
    hrm_status status = hrm_solver_new(model, 0, &solver);
    if (!status) status = hrm_solver_solve(solver, puzzles, count, options, out);
    hrm_solver_free(solver);
    return status;
}

hrm_status hrm_solver_stream(hrm_solver *solver, const hrm_stream_options *options) {
    HR_API_FLOATS;
    HR_API_NEED(solver, options);
    HR_API_TAKE(hrm_stream_options, own, options);
    HR_API_TAKE(hrm_solve_options, solve, own.solve);
    HR_API_TAKE_INNER(hrm_search, search, solve.search);
    if (!own.next || !own.done)
        return hr_fail(HR_ERR_ARG, "%s is NULL", own.next ? "done" : "next");
    own.solve = &solve;
    HR_API_CHECK((hrm_status)begin(solver));
    hr_status status = hr_api_prepare(solver, own.total ? own.total : SIZE_MAX, solve.batch);
    if (!status) status = hr_solve_stream(solver->solver, &solver->model->task, &own);
    end(solver);
    return status;
}

void hrm_answers_free(hrm_answer *answers, size_t count) {
    for (size_t i = 0; answers && i < count; i++) hr_answer_free(&answers[i]);
    hr_free(answers);
}
