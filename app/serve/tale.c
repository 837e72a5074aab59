#include "tale.h"

#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_TOLD = 40 };

/* A round that still holds when the answer is there: what led to a contradiction is left out, but
 * that it did is told where it was assumed. */
typedef struct standing {
    const json_t *round;
    size_t refuted; /* its guess was taken back so many rounds later; 0: it stands */
} standing;

static void put_place(FILE *to, const model *m, int cell) {
    fprintf(to, "row %d, column %d", cell / m->info.cols + 1, cell % m->info.cols + 1);
}

static void put_symbol(FILE *to, const model *m, const json_t *o) {
    fprintf(to, "%s at ", term_string(o, "symbol"));
    put_place(to, m, (int)term_number(o, "cell"));
}

/* The cells that `after` settles: "row 1, column 3 is 4"; not the one that is guessed. */
static void put_changes(FILE *to, const model *m, const char *before, const char *after,
                        const json_t *guess) {
    int told = 0, more = 0, guessed = guess ? (int)term_number(guess, "cell") : -1;
    char open = (char)m->info.alphabet[m->info.vocab - m->info.symbols - 1];
    size_t n = strlen(after) < strlen(before) ? strlen(after) : strlen(before);
    for (size_t i = 0; i < n; i++) {
        if (before[i] == after[i] || after[i] == open || (int)i == guessed) continue;
        if (told == CELLS_TOLD) more++;
        else {
            fputs(told++ ? "; " : " It follows: ", to);
            put_place(to, m, (int)i);
            fprintf(to, " is %c", after[i]);
        }
    }
    if (more) fprintf(to, "; and %d more", more);
    if (told) fputc('.', to);
}

/* One round of a search; *before becomes its grid. */
static void put_round(FILE *to, const model *m, const standing *s, const char **before) {
    const json_t *r = s->round, *guess = json_object_get(r, "guess");
    size_t drops = json_array_size(json_object_get(r, "dropped"));
    fprintf(to, "Round %d:", (int)term_number(r, "round"));
    if (drops) fprintf(to, " %zu candidate%s ruled out.", drops, drops == 1 ? " is" : "s are");
    put_changes(to, m, *before, term_string(r, "cells"), guess);
    if (guess && s->refuted) {
        fputs(" Assuming ", to);
        put_symbol(to, m, guess);
        fprintf(to, " leads to a contradiction within %zu rounds, so it is not that.", s->refuted);
    } else if (guess) {
        fputs(" Nothing else is certain; assume ", to);
        put_symbol(to, m, guess);
        fputs(", which holds to the end.", to);
    } else fputs(" The grid is complete.", to);
    fputc('\n', to);
    *before = term_string(r, "cells");
}

/* The rounds of a chain that hold, in order; returns how many. */
static size_t find_standing(const json_t *trace, int chain, standing *out) {
    size_t i, n = 0;
    json_t *r;
    json_array_foreach(trace, i, r) {
        if ((int)term_number(r, "chain") != chain) continue;
        size_t back = json_array_size(json_object_get(r, "taken_back"));
        const char *end = term_string(r, "end");
        if (strcmp(end, "conflict") && strcmp(end, "rejected")) {
            out[n++] = (standing){r, 0};
            continue;
        }
        if (!back) n = 0; /* nothing was assumed: it began again */
        for (; n; n--) {
            standing *s = &out[n - 1];
            if (s->refuted || !json_object_get(s->round, "guess") || --back) continue;
            s->refuted = (size_t)(term_number(r, "round") - term_number(s->round, "round"));
            break;
        }
    }
    return n;
}

/* False: memory is short. */
static bool put_search(FILE *to, const model *m, const char *puzzle, const json_t *answer) {
    const json_t *trace = json_object_get(answer, "trace");
    const char *before = puzzle;
    standing *held = calloc(json_array_size(trace) + 1, sizeof *held);
    size_t n = held ? find_standing(trace, (int)term_number(answer, "chain"), held) : 0;
    int guesses = (int)term_number(answer, "guesses"),
        wrong = (int)term_number(answer, "contradictions");
    fprintf(to, "%d rounds, %d assumption%s, %d contradiction%s.",
            (int)term_number(answer, "rounds"), guesses, guesses == 1 ? "" : "s", wrong,
            wrong == 1 ? "" : "s");
    fputs(wrong ? " What led nowhere is left out:\n" : "\n", to);
    for (size_t i = 0; i < n; i++)
        if (json_object_get(held[i].round, "guess") || /* the last look may say nothing */
            json_array_size(json_object_get(held[i].round, "dropped")) ||
            strcmp(before, term_string(held[i].round, "cells")))
            put_round(to, m, &held[i], &before);
    free(held);
    return held;
}

static void put_segment(FILE *to, const model *m, const json_t *r, const char **before) {
    const char *cells = term_string(r, "cells");
    int changed = 0;
    for (size_t i = 0; cells[i] && (*before)[i]; i++) changed += cells[i] != (*before)[i];
    fprintf(to, "Segment %d: %d of %d cells change; it is %.0f %% sure.\n",
            (int)term_number(r, "segment"), changed, m->info.cells,
            100 * json_number_value(json_object_get(r, "confidence")));
    *before = cells;
}

char *tale_tell(const model *m, const char *puzzle, const json_t *answer) {
    char *text = NULL;
    size_t size, i;
    FILE *to = open_memstream(&text, &size);
    const char *before = puzzle;
    json_t *r;
    if (!to) return NULL;
    bool held = true;
    if (m->info.symbols) held = put_search(to, m, puzzle, answer);
    else json_array_foreach(json_object_get(answer, "trace"), i, r) put_segment(to, m, r, &before);
    fprintf(to, "Verdict: %s%s%s. Answer: %s\n", term_string(answer, "verdict"),
            *term_string(answer, "why") ? ": " : "", term_string(answer, "why"),
            term_string(answer, "solution"));
    bool good = held && !ferror(to);
    if (!fclose(to) && good) return text;
    free(text);
    return NULL;
}
