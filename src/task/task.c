/* task.c - tasks as values. */
#include "task/task.h"

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

int hr_task_faults(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    char why[96];
    if (task->ops->faults) return task->ops->faults(task, question, answer);
    return task->ops->check(task, question, answer, why, sizeof why) == HR_WRONG;
}
