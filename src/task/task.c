/* task.c - tasks as values. */
#include "task/task.h"

#include <string.h>

hr_task hr_task_copy(const hr_task *task) {
    if (task->declared) task->ops->hold(task);
    return *task;
}

void hr_task_free(hr_task *task) {
    if (task->declared) task->ops->drop(task);
    task->declared = NULL;
}

int hr_task_givens(const hr_task *task, const uint8_t *question) {
    int givens = 0;
    for (int i = 0; i < task->seq; i++) givens += question[i] >= task->vocab - task->symbols;
    return givens;
}

bool hr_task_is(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    const hr_task_ops *ops = task->ops;
    if (ops->recognise) return ops->recognise(task, question, answer);
    return !ops->fits || ops->fits(task, question, answer);
}

static bool is_padded(const hr_task *task) {
    return task->ops->padded || task->padding;
}

hr_status hr_task_check_tokens(const hr_task *task, const uint8_t *tokens) {
    for (int i = 0; i < task->seq; i++)
        if (tokens[i] >= task->vocab)
            return hr_fail(HR_ERR_TASK, "row %d, column %d: token %d is not from %d to %d",
                           i / task->cols + 1, i % task->cols + 1, tokens[i], !is_padded(task),
                           task->vocab - 1);
    return HR_OK;
}

hr_status hr_task_check_question(const hr_task *task, const uint8_t *question) {
    hr_status status = hr_task_check_tokens(task, question);
    const uint8_t *padding = is_padded(task) ? NULL : memchr(question, 0, (size_t)task->seq);
    if (status || !padding) return status;
    int at = (int)(padding - question), last = task->vocab - 1;
    return hr_fail(HR_ERR_TASK,
                   "row %d, column %d: token 0 is padding, which this task does not have; "
                   "its tokens are 1 ('%c') to %d ('%c')",
                   at / task->cols + 1, at % task->cols + 1, task->alphabet[1], last,
                   task->alphabet[last]);
}

bool hr_task_view(const hr_task *task, int number, uint32_t *cell, uint8_t *token) {
    if (number && task->ops->view) return task->ops->view(task, number, cell, token);
    if (number && !task->ops->symmetry) return false;
    if (number)
        task->ops->symmetry(task, hr_rng_sub(hr_rng_stream(0, "views"), (uint64_t)number), cell,
                            token);
    for (int i = 0; i < task->seq && !number; i++) cell[i] = (uint32_t)i;
    for (int v = 0; v < task->vocab && !number; v++) token[v] = (uint8_t)v;
    return true;
}

void hr_task_view_see(const hr_task *task, const uint32_t *cell, const uint8_t *token,
                      const uint8_t *in, uint8_t *out) {
    for (int i = 0; i < task->seq; i++) out[i] = token[in[cell[i]]];
}

void hr_task_view_back(const hr_task *task, const uint32_t *cell, const uint8_t *token,
                       const uint8_t *in, uint8_t *out) {
    uint8_t before[256] = {0};
    for (int v = 0; v < task->vocab; v++) before[token[v]] = (uint8_t)v;
    for (int i = 0; i < task->seq; i++) out[cell[i]] = before[in[i]];
}

int hr_task_faults(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    char why[96];
    if (task->ops->faults) return task->ops->faults(task, question, answer);
    return task->ops->check(task, question, answer, why, sizeof why) == HR_WRONG;
}
