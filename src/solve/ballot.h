/* ballot.h - evaluation of data in which copies of a task vote on its answer (ARC). */
#ifndef HR_BALLOT_H
#define HR_BALLOT_H

#include "hrm.h"
#include "data/dataset.h"

typedef struct hr_ballot hr_ballot;

/* *out is NULL where the data are not of that kind: not ARC, or without the files beside them that
 * name the copies and the tasks. */
hr_status hr_ballot_open(const hr_dataset *data, const hrm_eval_options *options, hr_ballot **out);
void hr_ballot_free(hr_ballot *ballot);

/* The examples to evaluate, `count` of them, in this order. */
const size_t *hr_ballot_examples(const hr_ballot *ballot, size_t *count);
/* Adds the answer to a copy; confidence 0..1. */
hr_status hr_ballot_add(hr_ballot *ballot, size_t example, const uint8_t *answer,
                        double confidence);
/* Counts the votes: fills in the report's tasks and pass, writes the files that the options ask
 * for. */
hr_status hr_ballot_count(const hr_ballot *ballot, const hrm_eval_options *options,
                          hrm_eval_report *out);

/* Fails where a score would be worthless because its answers were trained on. */
hr_status hr_ballot_allowed(const hr_dataset *data, const hrm_eval_options *options);

#endif
