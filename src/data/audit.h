/* audit.h - checks data before training or evaluation: rows that cannot be used, puzzles that occur
 * twice or in other data too, and the accuracy that guessing would reach. */
#ifndef HR_AUDIT_H
#define HR_AUDIT_H

#include "hrm_data.h"
#include "data/dataset.h"

/* See hrm_dataset_check; all paths but the first may be NULL. */
hr_status hr_audit(const char *path, const char *task, const char *against, const char *clean,
                   hrm_data_report **out);

/* How many examples of `one` have a question that `other` has too; 0 where examples are made on
 * demand. */
hr_status hr_audit_shared(const hr_dataset *one, const hr_dataset *other, size_t *out);

/* Adds a sentence to a list of a result (result.h) for each symmetry that a task file claims and
 * the answers contradict. */
hr_status hr_audit_claims(const hr_dataset *data, void *result, const char *const **list,
                          size_t *count);
/* Refuses a symmetry that a task file claims where examples, changed by it, have questions of the
 * data and mostly other answers than there, although no question has two. Where all rules are
 * stated, they judge instead. */
hr_status hr_audit_symmetries(const hr_dataset *data);

#endif
