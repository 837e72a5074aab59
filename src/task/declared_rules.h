/* declared_rules.h - the rules that a task file may name. */
#ifndef HR_DECLARED_RULES_H
#define HR_DECLARED_RULES_H

#include "task/declared_parts.h"

/* Reads one rule; unknown words, cells outside the grid and symbols outside the alphabet are
 * refused. token: by character, -1 where it is no symbol. */
hr_status hr_declared_add_rule(hr_declared *d, const hr_task *task, const int *token,
                               const char *text);
/* Judges an answer that is complete and keeps the givens by the rules. */
hr_verdict hr_declared_judge(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                             char *why, size_t why_size);
/* hr_task_ops's group. */
int hr_declared_group(const hr_task *task, int group, uint32_t *cell);
/* Whether the givens of a question break a rule by themselves. */
bool hr_declared_hopeless(const hr_task *task, const uint8_t *question, char *why, size_t why_size);

#endif
