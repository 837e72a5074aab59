/* declared.h - tasks of the user's own, as docs/your-own-puzzle.md has it. */
#ifndef HR_DECLARED_H
#define HR_DECLARED_H

#include "task/task.h"

/* Takes shape and alphabet, where they are not declared, from the survey, which may be NULL when
 * both are. The entries need not be trusted. */
hr_status hr_task_declare(const hr_task_entry *entries, size_t count, const hr_task_survey *survey,
                          hr_task *out);
/* The declaration (one entry) that the word "sequence" stands for: texts of any length, padded;
 * NULL for other words. */
const hr_task_entry *hr_declared_word(const char *word);

/* The k-th symmetry that a declared task claims, and that one alone, on a pair; returns its words,
 * or NULL past the last. */
const char *hr_declared_claim(const hr_task *task, int k, hr_rng rng, const uint8_t *pair[2],
                              uint8_t *out[2]);

#endif
