/* generator.h - how a puzzle family makes new puzzles, and which options it declares for that. */
#ifndef HR_GENERATOR_H
#define HR_GENERATOR_H

#include "task/task.h"

typedef enum hr_option_kind {
    HR_OPTION_INTEGER, /* a whole number, low to high */
    HR_OPTION_SHARES,  /* A or A:B, shares between 0 and 1 */
} hr_option_kind;

typedef struct hr_option {
    const char *name, *value; /* "min-rating"; what help calls its value, "R" */
    hr_option_kind kind;
    int64_t low, high;
    const char *preset; /* NULL: the family decides what its absence means */
    const char *help;
} hr_option;

enum { HR_OPTIONS_MAX = 16 };

/* What is to be made: the options in the order of their table. */
typedef struct hr_gen_args {
    hr_task task;
    uint64_t seed;
    struct {
        bool given;
        int64_t integer;
        double low, high; /* shares */
    } option[HR_OPTIONS_MAX];
} hr_gen_args;

struct hr_generator {
    const char *one, *many; /* "maze", "mazes" */
    /* For help: one line; paragraphs; lines such as "train.csv count=1000". */
    const char *summary, *detail, *examples;
    const hr_option *options; /* until one without a name; at most HR_OPTIONS_MAX */
    int round, rounds;        /* puzzles made at once; rounds without a new one before giving up */
    /* Completes args->task, whose family is set, by the options; fails with HR_ERR_ARG for options
     * that exclude each other. */
    hr_status (*begin)(hr_gen_args *args);
    /* Makes puzzle number `index`, as tokens of the task, on any thread; equal for equal args. */
    hr_status (*make)(const hr_gen_args *args, uint64_t index, const hr_stop *stop,
                      uint8_t *question, uint8_t *answer, int *rating);
    /* key (task.seq): equal for two puzzles that a symmetry maps onto each other. */
    void (*key)(const hr_task *task, const uint8_t *question, const uint8_t *answer, uint8_t *key);
};

/* Arguments for the family's generator from settings "name=value"; options that are not among them
 * get their presets. */
hr_status hr_generator_begin(const hr_task_ops *family, const char *const *settings, size_t count,
                             uint64_t seed, hr_gen_args *out);

#endif
