/* arc_vote.h - ranks the answers that a question's augmented copies give.
 *
 * Question and answer of a copy are cropped, and its view is undone. Answers to the same test input
 * of a task are counted; more votes rank first, then the higher mean confidence, then the earlier
 * one. pass@k of a task is the share of its test inputs whose solution is among the first k. */
#ifndef HR_ARC_VOTE_H
#define HR_ARC_VOTE_H

#include "task/arc_tasks.h"

typedef struct hr_arc_votes hr_arc_votes;

/* tasks: borrowed; the scored ones are voted on. side: of the canvas that questions and answers
 * lie on. */
hr_status hr_arc_votes_new(const hr_arc_tasks *tasks, int side, hr_arc_votes **out);
void hr_arc_votes_free(hr_arc_votes *votes);

/* One answer; dropped where no scored task asks this. name: the copy's, as in identifiers.json;
 * view: the copy's, or NULL where the name tells it; tokens (side x side each); confidence 0..1. */
typedef struct hr_arc_vote {
    const char *name;
    const hr_arc_view *view;
    const uint8_t *question, *answer;
    double confidence;
} hr_arc_vote;
hr_status hr_arc_votes_add(hr_arc_votes *votes, const hr_arc_vote *vote);

/* What ranks k-th (from 0) for test input i of a task; false past the end. */
bool hr_arc_votes_guess(const hr_arc_votes *votes, size_t task, int i, size_t k, hr_arc_grid *out,
                        size_t *count, double *confidence);
/* Whether a task got votes. */
bool hr_arc_votes_any(const hr_arc_votes *votes, size_t task);
/* pass@k; NaN where no solution is known. */
double hr_arc_votes_pass(const hr_arc_votes *votes, size_t task, size_t k);

/* The submission that the ARC Prize takes: two attempts for every test input of every scored task.
 * NULL when memory is short. */
struct json_t *hr_arc_votes_submission(const hr_arc_votes *votes);

#endif
