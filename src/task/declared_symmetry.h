/* declared_symmetry.h - hr_task_ops.augment and symmetry of declared tasks. */
#ifndef HR_DECLARED_SYMMETRY_H
#define HR_DECLARED_SYMMETRY_H

#include "task/declared_parts.h"

/* Whether the task has any. */
bool hr_declared_has_symmetry(const hr_task *task);
void hr_declared_augment(const hr_task *task, hr_rng rng, const uint8_t *question,
                         const uint8_t *answer, uint8_t *question_out, uint8_t *answer_out);
void hr_declared_symmetry(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token);

#endif
