/* explain.c - one round of a search, as a paragraph with a grid or as one line of JSON. */
#include "explain.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "term.h"

static const char *const end_name[] = {"guess", "conflict", "solved", "rejected"};

static json_t *candidate(const hrm_candidate *c) {
    char symbol[2] = {c->symbol, 0};
    return json_pack("{s:i, s:s, s:f}", "cell", c->cell, "symbol", symbol, "probability",
                     c->probability);
}

static void print_json(const hrm_round *r) {
    json_t *dropped = json_array();
    for (size_t i = 0; i < r->drops; i++) json_array_append_new(dropped, candidate(&r->dropped[i]));
    json_t *o = json_pack("{s:s, s:I, s:i, s:i, s:o, s:s, s:i, s:f, s:s}", "event", "round",
                          "puzzle", (json_int_t)r->puzzle + 1, "chain", r->chain + 1, "round",
                          r->round + 1, "dropped", dropped, "end", end_name[r->end], "guesses",
                          r->guesses, "conflict", r->conflict, "cells", r->text);
    if (o && r->guess.cell >= 0) json_object_set_new(o, "guess", candidate(&r->guess));
    char *text = o ? json_dumps(o, JSON_REAL_PRECISION(6)) : NULL;
    if (text) puts(text);
    free(text);
    json_decref(o);
}

static void print_end(const hrm_round *r) {
    const char *s = r->guesses == 1 ? "" : "es", *is = r->guesses == 1 ? "is" : "are";
    switch (r->end) {
    case HRM_ROUND_GUESSED:
        printf("guess %c at row %d, column %d (%.0f %%), %d guess%s so far\n", r->guess.symbol,
               r->guess.cell / r->cols + 1, r->guess.cell % r->cols + 1, 100 * r->guess.probability,
               r->guesses, s);
        break;
    case HRM_ROUND_CONFLICT:
        printf("a contradiction (%.0f %%): ", 100 * r->conflict);
        if (r->guesses) printf("%d guess%s %s taken back\n", r->guesses, s, is);
        else printf("the chain begins again\n");
        break;
    case HRM_ROUND_REJECTED:
        printf("complete, but the rules say no: %d guess%s %s taken back\n", r->guesses, s, is);
        break;
    default:
        printf("complete\n");
    }
}

void app_explain_round(void *user, const hrm_round *r) {
    const app_explain *how = user;
    if (how->json) {
        print_json(r);
        return;
    }
    if (how->many) printf("puzzle %zu, ", r->puzzle + 1);
    if (r->chain) printf("chain %d, ", r->chain + 1);
    printf("round %d: %zu candidate%s fall%s; ", r->round + 1, r->drops, r->drops == 1 ? "" : "s",
           r->drops == 1 ? "s" : "");
    print_end(r);
    fputs(term_has_colour() ? r->drawing_colour : r->drawing, stdout);
    putchar('\n');
}
