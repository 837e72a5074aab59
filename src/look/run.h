/* run.h - what a run folder tells of its run, whole or damaged. */
#ifndef HR_RUN_H
#define HR_RUN_H

#include <jansson.h>

#include "base/text.h"

/* A number by step. name: "step/loss"; of an evaluation's share also "eval/exact/low" and
 * "eval/exact/high", which have as many points. Steps rise. */
typedef struct hr_curve {
    char name[64];
    double *x, *y; /* NaN: not known there */
    size_t count, x_room, y_room;
} hr_curve;

enum { HR_RUN_CURVES = 96 };
typedef struct hr_run {
    char *dir;
    const char *name;    /* the last part of it */
    const char *state;   /* "running", "finished", "stopped", "failed", "killed" or "unknown" */
    json_t *recipe;      /* every key; NULL: not known */
    int eval_rounds;     /* hr_recipe_eval_rounds */
    char *valid;         /* its validation puzzles, where they were found; NULL likewise */
    json_t *begin, *end; /* of its last session; NULL: not known, or not over */
    json_t *best;        /* its best evaluation, as metrics.jsonl tells; NULL: none */
    int64_t anew;        /* the first step evaluated on other puzzles than before; 0: none */
    int64_t step, steps; /* done; planned, 0: not known */
    double seconds;      /* of training */
    size_t sessions;
    hr_curve curve[HR_RUN_CURVES];
    int curves;
    hr_buffer problems; /* sentences on what is missing or damaged; text NULL: nothing is */
} hr_run;

bool hr_run_is(const char *dir); /* some file of a run is there */
/* Fails for a folder that holds no run, and when memory is short: anything else that is wrong is
 * one of its problems. */
hr_status hr_run_read(const char *dir, hr_run *out);
/* The lines of its files, for readers of a run. */
void hr_run_metrics(hr_run *run, const void *text, size_t size);
void hr_run_sessions(hr_run *run, const void *text, size_t size);
void hr_run_free(hr_run *run); /* accepts a zeroed one */
/* NULL: there is none. */
const hr_curve *hr_run_curve(const hr_run *run, const char *name);
/* A number of `object` (may be NULL); NaN: there is none. */
double hr_run_number(const json_t *object, const char *key);
void hr_run_problem(hr_run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
