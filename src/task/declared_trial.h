/* declared_trial.h - inside the rules of declared tasks: an answer before its judge, and how a rule
 * says what it found. */
#ifndef HR_DECLARED_TRIAL_H
#define HR_DECLARED_TRIAL_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "task/declared_parts.h"

/* An answer before its judge. */
typedef struct trial {
    const hr_task *task;
    const hr_declared *d;
    const uint8_t *question, *answer;
    char *why;
    size_t why_size;
    bool givens; /* alone are judged: of an answer that is not there yet */
} trial;

static inline const uint32_t *cells_of(const hr_declared *d, size_t group, size_t *count) {
    const size_t *end = (const size_t *)(const void *)d->group.text;
    size_t from = group ? end[group - 1] : 0;
    *count = end[group] - from;
    return (const uint32_t *)(const void *)d->cell.text + from;
}

/* False, after a reason. */
__attribute__((format(printf, 2, 3))) static inline bool fails(const trial *t, const char *format,
                                                               ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(t->why, t->why_size, format, args);
    va_end(args);
    return false;
}

/* "row 3" or, for cells named one by one, "the group from r1c1 on". */
typedef struct title {
    char text[48];
} title;

static inline title title_of(const trial *t, const hr_rule *rule, size_t group) {
    title out;
    size_t count;
    const uint32_t *cell = cells_of(t->d, rule->first + group, &count);
    unsigned at = cell[0], cols = (unsigned)t->task->cols;
    if (!strcmp(rule->unit, "region"))
        snprintf(out.text, sizeof out.text, "region %c", t->d->region[at]);
    else if (*rule->unit) snprintf(out.text, sizeof out.text, "%s %zu", rule->unit, group + 1);
    else
        snprintf(out.text, sizeof out.text, "the group from r%uc%u on", at / cols + 1,
                 at % cols + 1);
    return out;
}

static inline bool counts(const trial *t, uint32_t cell) {
    return t->d->in_answer[t->answer[cell]] && !(t->givens && !t->d->kept[t->question[cell]]);
}

#endif
