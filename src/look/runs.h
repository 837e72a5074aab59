/* runs.h - several runs beside each other: those below a folder, and what their recipes have
 * otherwise than most. */
#ifndef HR_RUNS_H
#define HR_RUNS_H

#include "hrm_look.h"
#include "look/run.h"

/* A key of which the recipes have different values. */
typedef struct hr_difference {
    const char *key;
    const json_t *common; /* the commonest value, the first of those that are as common */
} hr_difference;

typedef struct hr_run_list {
    hr_run *run; /* (count) */
    size_t count, room;
    hr_difference *difference; /* (differences), after hr_runs_compare */
    size_t differences, difference_room;
} hr_run_list;

/* See hrm_runs_open. A run within a run is not looked for. */
hr_status hr_runs_find(const char *dir, hr_run_list *out);
/* Adds one; a folder that holds no run fails. */
hr_status hr_runs_add(hr_run_list *runs, const char *dir);
/* Adds it, or the runs below it, as of a sweep; fails where there are none. */
hr_status hr_runs_add_all(hr_run_list *runs, const char *dir);
/* Adds a folder that holds none, state "none", and why. */
hr_status hr_runs_add_none(hr_run_list *runs, const char *dir, const char *why);
void hr_runs_free(hr_run_list *runs);

hr_status hr_runs_compare(hr_run_list *runs);
/* The value of a key of a run's recipe as text; "" where it is not known. hr_free it. */
char *hr_runs_value(const hr_run *run, const char *key);

/* As the public interface has it, compared. */
hr_status hr_runs_info(const hr_run_list *runs, hrm_runs **out);
void hr_runs_info_free(hrm_runs *runs);

#endif
