/* trace.c - every step of one puzzle, kept. */
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"
#include "base/text.h"
#include "solve/film.h"
#include "solve/trace.h"
#include "task/lines.h"

struct hrm_trace {
    hr_trace steps;
    hrm_answer *answer;
    char *puzzle;
};

hrm_status hrm_solver_trace(hrm_solver *solver, const char *puzzle,
                            const hrm_solve_options *options, hrm_trace **out) {
    if (out) *out = NULL;
    HR_API_NEED(out, solver, puzzle);
    HR_API_TAKE(hrm_solve_options, own, options);
    hrm_trace *trace = HR_NEW(hrm_trace, 1);
    if (!trace) return HRM_STATUS_MEM;
    hr_trace_begin(&trace->steps, &own);
    hrm_status status = hrm_solver_solve(solver, &puzzle, 1, &own, &trace->answer);
    if (trace->steps.status) /* which the callback could only report as a stop */
        status = hr_fail(trace->steps.status, "out of memory for the steps of a trace");
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
    HR_API_NEED(trace, out);
    if (i < trace->steps.count) {
        *out = trace->steps.step[i];
        return HRM_STATUS_OK;
    }
    *out = (hrm_step){0};
    return hr_fail(HR_ERR_ARG, "step %zu does not exist; the trace has %zu, from 0 on", i,
                   trace->steps.count);
}

const hrm_answer *hrm_trace_answer(const hrm_trace *trace) {
    return trace ? trace->answer : NULL;
}

hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model, const char *path) {
    HR_API_NEED(trace, model, path);
    const hr_task *task = &model->task;
    int chain = trace->answer->chain < 0 ? 0 : trace->answer->chain;
    uint8_t *question = HR_NEW(uint8_t, (size_t)task->seq);
    if (!question) return HRM_STATUS_MEM;
    hr_status status = hr_task_parse(task, trace->puzzle, strlen(trace->puzzle), false, question);
    if (!status && trace->steps.count && trace->steps.step[0].cells != task->seq)
        status = hr_fail(HR_ERR_ARG, "the trace is not of this model");
    if (!status)
        status = hr_film_write(task, question, &trace->steps, chain,
                               model->model->spec.symbols != 0, path);
    hr_free(question);
    return status;
}
