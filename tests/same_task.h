/* same_task.h - whether two tasks are one: they are described alike. */
#ifndef HR_SAME_TASK_H
#define HR_SAME_TASK_H

#include <string.h>

#include "base/mem.h"
#include "task/task_json.h"

static inline bool same_task(const hr_task *a, const hr_task *b) {
    char *x = hr_task_to_json(a), *y = hr_task_to_json(b);
    bool same = x && y && !strcmp(x, y) && a->seq == b->seq && a->vocab == b->vocab &&
                !memcmp(a->alphabet, b->alphabet, sizeof a->alphabet);
    hr_free(x);
    hr_free(y);
    return same;
}

#endif
