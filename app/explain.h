/* explain.h - tells the rounds of a search, for people or as JSON lines. */
#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "hrm.h"

/* user: how to tell them. */
typedef struct app_explain {
    bool json;
    bool many; /* several puzzles: say which */
} app_explain;

/* An hrm_round_callback. */
void app_explain_round(void *user, const hrm_round *round);

#endif
