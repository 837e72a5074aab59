/* sweep.h - the plan of a sweep: all combinations of values, each with several seeds. A file of the
 * folder, sweep.json, tells it, so that the same command goes on there and another is refused. */
#ifndef APP_SWEEP_H
#define APP_SWEEP_H

#include <jansson.h>

#include "opt.h"

enum { SWEEP_MOST = 1000 }; /* runs */

/* A line of a list of nets: a name, and settings that belong together. */
typedef struct sweep_line {
    char *text; /* which the others point into */
    const char *name, **setting;
    size_t settings;
} sweep_line;

typedef struct sweep_combination {
    char *name; /* "lr=0.001,muon=true", after its line's name; "recipe" where nothing is varied */
    const sweep_line *line;
    json_t *recipe; /* every key as it will be, but for seed and threads */
} sweep_combination;

typedef struct sweep_run {
    size_t combination;
    int64_t seed;
    char *dir, *log; /* OUT/NAME,seed=N and the same with .log */
    /* what became of it: see cmd_sweep.c */
    bool begun, over, failed, finished;
    const char *state; /* as hrm_run_info has it */
    double exact, cells, seconds;
    int64_t best_step;
    size_t evaluated;
    char *puzzles_hash; /* of these; NULL: not known */
} sweep_run;

typedef struct sweep {
    const char *recipe, *out; /* the file; the folder */
    const char **setting;     /* (settings) that all runs have */
    size_t settings;
    sweep_line *line; /* (lines) one without a name or settings where no list was given */
    size_t lines;
    json_t *keys; /* {key: [values as they were given]}, in their order */
    sweep_combination *combination;
    sweep_run *run; /* one combination after the other */
    size_t combinations, runs;
    size_t seeds;     /* of each combination; 0: its own alone, or those among the keys */
    json_t *warnings; /* sentences */
    size_t bytes;     /* of memory that the largest run plans for */
    int lock;         /* descriptor that keeps another sweep out; -1: none */
} sweep;

/* Makes the plan from the command line, and checks the recipe of every combination; threads: of
 * each run. 0, or the exit code after one clear line on stderr. Nothing is written. Free it in any
 * case. */
int sweep_plan(const app_args *args, int threads, sweep *out);
/* Opens the folder for it: writes sweep.json, or finds it to be of this sweep, to which seeds may
 * have been added. 0 or the exit code likewise. */
int sweep_open(sweep *sweep);
/* The plan as sweep.json has it; NULL: memory is short. */
json_t *sweep_json(const sweep *sweep);
/* The words that train a run, or go on with it; NULL: memory is short. sweep_words_free them. */
char **sweep_words(const sweep *sweep, const sweep_run *run, const app_args *args, int threads);
void sweep_words_free(char **words);
void sweep_free(sweep *sweep);

#endif
