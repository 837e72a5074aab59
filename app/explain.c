/* explain.c - a round as a paragraph with a grid, and as one line of JSON. */
#include "explain.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "term.h"

/* What a chain did, kept until it is known which one answers. */
struct app_chain {
    FILE *to;
    char *text;
    size_t size;
    int rounds;
};

const char *app_verdict(hrm_verdict verdict) {
    static const char *const names[] = {"solved", "incomplete", "wrong", "unknown", "unbroken"};
    return names[verdict];
}

static const char *plural(int n, const char *ending) {
    return n == 1 ? "" : ending;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

/* Where lines go, and releases the value. A trace that cannot be written says so when it ends. */
static void print_line(app_story *story, json_t *o, bool shown) {
    char *text = term_dump(o, JSON_REAL_PRECISION(6)), *line = NULL;
    int size = text ? asprintf(&line, "%s\n", text) : -1;
    if (size < 0) story->failed = true;
    else {
        if (story->trace) hrm_file_write(story->trace, line, (size_t)size);
        if (shown) fputs(line, stdout);
        free(line);
    }
    free(text);
    json_decref(o);
}

static json_t *place(const hrm_candidate *c) {
    char symbol[2] = {c->symbol, 0};
    return json_pack("{s:i, s:o}", "cell", c->cell, "symbol", term_text(symbol));
}

static json_t *candidate(const hrm_candidate *c) {
    json_t *o = place(c);
    json_object_set_new(o, "probability", json_real(c->probability));
    return o;
}

json_t *app_round_json(const hrm_round *r) {
    static const char *const end_name[] = {"guess", "conflict", "solved", "rejected"};
    bool full = r->end == HRM_ROUND_END_GUESSED && r->guess.cell < 0;
    json_t *dropped = json_array();
    for (size_t i = 0; i < r->drops; i++) json_array_append_new(dropped, candidate(&r->dropped[i]));
    json_t *o =
        json_pack("{s:s, s:I, s:i, s:i, s:o, s:s, s:i, s:f, s:o}", "event", "round", "puzzle",
                  (json_int_t)r->puzzle + 1, "chain", r->chain + 1, "round", r->round + 1,
                  "dropped", dropped, "end", full ? "complete" : end_name[r->end], "guesses",
                  r->guesses, "conflict", r->conflict, "cells", term_text(r->text));
    if (o && r->guess.cell >= 0) json_object_set_new(o, "guess", candidate(&r->guess));
    if (o && r->empty >= 0) json_object_set_new(o, "empty", json_integer(r->empty));
    if (o && (r->end == HRM_ROUND_END_CONFLICT || r->end == HRM_ROUND_END_REJECTED)) {
        json_t *back = json_array();
        for (int i = r->guesses - r->taken_back; i < r->guesses; i++)
            json_array_append_new(back, place(&r->made[i]));
        json_object_set_new(o, "taken_back", back);
    }
    return o;
}

static void trace_answer(app_story *story, size_t puzzle, const hrm_answer *a) {
    json_t *o = json_pack("{s:s, s:I, s:o, s:s, s:o, s:i, s:i, s:i, s:i, s:o}", "event", "answer",
                          "puzzle", (json_int_t)puzzle + 1, "answer", term_text(a->text), "verdict",
                          app_verdict(a->verdict), "why", term_text(a->why), "rounds", a->rounds,
                          "guesses", a->guesses, "chains", a->chains, "restarts", a->restarts,
                          "chain", a->chain < 0 ? json_null() : json_integer(a->chain + 1));
    print_line(story, o, false);
}

/* ---- words ---------------------------------------------------------------------------------- */

static void print_place(FILE *to, const hrm_round *r, const hrm_candidate *c) {
    fprintf(to, "%c at row %d, column %d", c->symbol, c->cell / r->cols + 1, c->cell % r->cols + 1);
}

static void print_taken_back(FILE *to, const hrm_round *r) {
    enum { TOLD = 3 };
    if (!r->guesses) {
        fputs("nothing was guessed, the chain begins again\n", to);
        return;
    }
    fprintf(to, "%d guess%s %s taken back", r->taken_back, plural(r->taken_back, "es"),
            r->taken_back == 1 ? "is" : "are");
    for (int i = 0; i < r->taken_back && i < TOLD; i++) {
        fputs(i ? "; " : " (", to);
        print_place(to, r, &r->made[r->guesses - r->taken_back + i]);
    }
    fputs(r->taken_back > TOLD ? "; ...)\n" : ")\n", to);
}

static void print_end(FILE *to, const hrm_round *r) {
    switch (r->end) {
    case HRM_ROUND_END_GUESSED:
        if (r->guess.cell < 0) {
            fputs("complete; one more look\n", to);
            break;
        }
        fputs("guess ", to);
        print_place(to, r, &r->guess);
        fprintf(to, " (%.0f %%), %d guess%s so far\n", 100 * r->guess.probability, r->guesses,
                plural(r->guesses, "es"));
        break;
    case HRM_ROUND_END_CONFLICT:
        if (r->empty < 0) fprintf(to, "a contradiction (%.0f %%): ", 100 * r->conflict);
        else
            fprintf(to, "nothing is left for row %d, column %d: ", r->empty / r->cols + 1,
                    r->empty % r->cols + 1);
        print_taken_back(to, r);
        break;
    case HRM_ROUND_END_REJECTED:
        fputs("complete, but the rules say no: ", to);
        print_taken_back(to, r);
        break;
    default:
        fputs("complete\n", to);
    }
}

static void print_round(const app_story *story, FILE *to, const hrm_round *r) {
    if (story->many) fprintf(to, "puzzle %zu, ", r->puzzle + 1);
    if (r->chain) fprintf(to, "chain %d, ", r->chain + 1);
    fprintf(to, "round %d: %zu candidate%s fall%s; ", r->round + 1, r->drops,
            r->drops == 1 ? "" : "s", r->drops == 1 ? "s" : "");
    print_end(to, r);
    fprintf(to, "%s\n", term_has_colour() ? r->drawing_colour : r->drawing);
}

/* ---- the story ------------------------------------------------------------------------------ */

/* The stream that keeps a chain's words; NULL when memory is short. Streams point into their chain,
 * so each chain is allocated by itself and never moves. */
static FILE *kept(app_story *story, int chain) {
    if (chain >= story->chains) {
        size_t count = (size_t)chain + 1, had = (size_t)story->chains;
        struct app_chain **grown = realloc(story->chain, count * sizeof *grown);
        if (!grown) return NULL;
        memset(grown + had, 0, (count - had) * sizeof *grown);
        story->chain = grown;
        story->chains = chain + 1;
    }
    struct app_chain *c = story->chain[chain];
    if (!c) c = story->chain[chain] = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->rounds++;
    if (!c->to) c->to = open_memstream(&c->text, &c->size);
    return c->to;
}

void app_story_round(app_story *story, const hrm_round *r) {
    if (story->trace || story->json) print_line(story, app_round_json(r), story->json);
    if (!story->words) return;
    FILE *to = story->quiet ? kept(story, r->chain) : stdout;
    if (to) print_round(story, to, r);
    else story->failed = true;
}

void app_story_segment(app_story *story, const hrm_step *step) {
    json_t *changed = json_array();
    for (int i = 0; i < step->cells; i++)
        if (!step->step || !story->text || story->text[i] != step->text[i])
            json_array_append_new(changed, json_integer(i));
    size_t changes = json_array_size(changed);
    free(story->text);
    story->text = strdup(step->text);
    json_t *o = json_pack("{s:s, s:I, s:i, s:o, s:f, s:o}", "event", "segment", "puzzle",
                          (json_int_t)step->puzzle + 1, "segment", step->step + 1, "changed",
                          changed, "confidence", step->confidence, "cells", term_text(step->text));
    if (story->trace || story->json) print_line(story, o, story->json);
    else json_decref(o);
    story->failed |= !story->text;
    if (!story->words) return;
    if (story->many) printf("puzzle %zu, ", step->puzzle + 1);
    printf("segment %d: %zu cell%s change%s, confidence %.2f\n%s\n\n", step->step + 1, changes,
           changes == 1 ? "" : "s", changes == 1 ? "s" : "", step->confidence, step->text);
}

/* Prints the answering chain's words, and how many others there were. */
static void print_kept(const app_story *story, const hrm_answer *a) {
    int others = 0, rounds = 0;
    for (int i = 0; i < story->chains; i++) {
        const struct app_chain *c = story->chain[i];
        if (!c) continue;
        if (c->to) fflush(c->to);
        if (i == a->chain && c->text) fputs(c->text, stdout);
        if (i == a->chain) continue;
        others++;
        rounds += c->rounds;
    }
    if (others)
        printf("%d %schain%s without an answer: %d round%s\n\n", others,
               a->chain < 0 ? "" : "other ", plural(others, "s"), rounds, plural(rounds, "s"));
}

static void forget(app_story *story) {
    for (int i = 0; i < story->chains; i++) {
        struct app_chain *c = story->chain[i];
        if (c && c->to) fclose(c->to);
        if (c) free(c->text);
        free(c);
    }
    story->chains = 0;
}

void app_story_answer(app_story *story, size_t puzzle, const hrm_answer *answer) {
    if (story->trace) trace_answer(story, puzzle, answer);
    if (story->words && story->quiet && answer->chains) print_kept(story, answer);
    forget(story);
}

void app_story_end(const app_story *story, const hrm_answer *a) {
    if (!story->words || !a->chains) return;
    printf("in all %d round%s, %d guess%s, %d chain%s, %d contradiction%s\n\n", a->rounds,
           plural(a->rounds, "s"), a->guesses, plural(a->guesses, "es"), a->chains,
           plural(a->chains, "s"), a->restarts, plural(a->restarts, "s"));
}

void app_story_free(app_story *story) {
    forget(story);
    free(story->chain);
    free(story->text);
    story->chain = NULL;
}
