/* explain.h - the rounds of a search, or the segments, in words and as lines of JSON. */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include <jansson.h>

#include "hrm_tools.h"

/* What is printed, of one puzzle after the other. */
typedef struct app_story {
    bool words;      /* on standard output */
    bool json;       /* on standard output, in place of words */
    bool quiet;      /* words of the answering chain alone, and counts of the others */
    bool many;       /* name the puzzle */
    hrm_file *trace; /* lines of JSON; may be NULL */
    /* quiet: what the puzzle's chains did so far */
    struct app_chain **chain;
    int chains;
    char *text;  /* a model without search: the cells after the last segment */
    bool failed; /* memory was short */
} app_story;

/* For hrm_solve_options.explain. */
void app_story_round(app_story *story, const hrm_round *round);
/* For hrm_solve_options.step, of a model without search and one puzzle at a time. */
void app_story_segment(app_story *story, const hrm_step *step);
/* After a puzzle's last round. */
void app_story_answer(app_story *story, size_t puzzle, const hrm_answer *answer);
/* The numbers at the end; after the answer was printed. */
void app_story_end(const app_story *story, const hrm_answer *answer);
void app_story_free(app_story *story);

/* A round as an object, {"event": "round", ...}; NULL when memory is short. */
json_t *app_round_json(const hrm_round *round);
/* "solved", "incomplete", "wrong", "unknown". */
const char *app_verdict(hrm_verdict verdict);

#endif
