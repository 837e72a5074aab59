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
