/* trace.c - every step of one puzzle, kept. */
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"
#include "base/text.h"
#include "look/film.h"
#include "look/player.h"
#include "solve/trace.h"
#include "task/numbers.h"

struct hrm_trace {
    hr_trace steps;
    hrm_answer *answer;
    char *puzzle;
};

hrm_status hrm_solver_trace(hrm_solver *solver, const char *puzzle,
                            const hrm_solve_options *options, hrm_trace **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, solver, puzzle);
    HR_API_TAKE(hrm_solve_options, own, options);
    hrm_trace *trace = HR_NEW(hrm_trace, 1);
    if (!trace) return HRM_STATUS_MEM;
    hr_trace_begin(&trace->steps, &own, solver->model->model->spec.symbols != 0);
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
    HR_API_FLOATS;
    HR_API_NEED(trace, out);
    if (i < trace->steps.count) {
        *out = trace->steps.kept[i].step;
        return HRM_STATUS_OK;
    }
    *out = (hrm_step){0};
    return hr_fail(HR_ERR_ARG, "step %zu does not exist; the trace has %zu, from 0 on", i,
                   trace->steps.count);
}

const hrm_answer *hrm_trace_answer(const hrm_trace *trace) {
    return trace ? trace->answer : NULL;
}

/* How many frames a picture of this name has at most, the puzzle included; 0: no picture's name. */
static size_t most_frames(const hrm_model *model, const char *path) {
    if (hr_text_ends(path, ".html")) return hr_player_frames(&model->task);
    return hr_text_ends(path, ".svg") || hr_text_ends(path, ".gif") ? HR_FILM_FRAMES : 0;
}

static int chain_of(const hrm_trace *trace) {
    return trace->answer->chain < 0 ? 0 : trace->answer->chain;
}

size_t hrm_trace_shown(const hrm_trace *trace, const hrm_model *model, const char *path,
                       size_t *of) {
    size_t steps = trace ? hr_story_steps(&trace->steps, chain_of(trace)) : 0;
    size_t most = model && path ? most_frames(model, path) : 0;
    if (of) *of = steps;
    return steps < most ? steps : most ? most - 1 : 0;
}

static hr_status draw(const hrm_trace *trace, const hrm_model *model, const uint8_t *question,
                      const char *path) {
    hr_story story;
    hr_status status = hr_story_open(&model->task, question, &trace->steps, chain_of(trace),
                                     model->model->spec.symbols, most_frames(model, path), &story);
    if (status) return hr_fail_in(status, "%s", path);
    status = hr_text_ends(path, ".html") ? hr_player_write(&story, trace->answer, path)
                                         : hr_film_write(&story, path);
    hr_story_close(&story);
    return status;
}

hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model, const char *path) {
    HR_API_FLOATS;
    HR_API_NEED(trace, model, path);
    const hr_task *task = &model->task;
    const hr_trace *steps = &trace->steps;
    if (!most_frames(model, path))
        return hr_fail(HR_ERR_ARG,
                       "%s: a picture of solving has a name that ends in .html, .svg or .gif",
                       path);
    if (steps->count && (steps->kept[0].step.cells != task->seq ||
                         !steps->kept[0].move != !model->model->spec.symbols))
        return hr_fail(HR_ERR_ARG, "the trace is not of this model");
    uint8_t *question = HR_NEW(uint8_t, (size_t)task->seq);
    if (!question) return HRM_STATUS_MEM;
    hr_status status =
        hr_task_parse_puzzle(task, trace->puzzle, strlen(trace->puzzle), question, NULL);
    if (!status) status = draw(trace, model, question, path);
    hr_free(question);
    return status;
}
