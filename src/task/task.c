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

bool hr_task_equal(const hr_task *a, const hr_task *b) {
    return a->ops == b->ops && a->seq == b->seq && a->rows == b->rows && a->cols == b->cols &&
           a->vocab == b->vocab && a->box_rows == b->box_rows && a->box_cols == b->box_cols &&
           !memcmp(a->alphabet, b->alphabet, sizeof a->alphabet) &&
           (!a->ops->same || a->ops->same(a, b));
}
