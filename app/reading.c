/* reading.c - see reading.h */
#include "reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A model, and what it is. */
typedef struct form {
    const hrm_model *model;
    hrm_model_info info;
} form;

char reading_open_cell(const hrm_model_info *info) {
    return info->blank ? (char)info->alphabet[info->blank] : 0;
}

const char *reading_numbers(const hrm_model *model, const char *text) {
    const char *mark = hrm_model_numbers(model) ? strchr(text, ':') : NULL;
    return mark ? mark : "";
}

static bool is_symbol(const form *f, char c) {
    const hrm_model_info *i = &f->info;
    return c && memchr(i->alphabet + i->vocab - i->symbols, c, (size_t)i->symbols);
}

static bool fits(const form *f, const char *text, bool answer, unsigned char *tokens) {
    return !hrm_model_tokens(f->model, text, answer, tokens);
}

/* Only what a cell may hold, whatever stands around it: borders, blanks. */
static void pick_cells(const form *f, const char *from, char *to) {
    const char open = reading_open_cell(&f->info);
    for (; *from; from++)
        if (is_symbol(f, *from) || *from == '\n') *to++ = *from;
        else if (*from == open || strchr("._*0?", *from)) *to++ = open;
    *to = 0;
}

/* Rows in which a blank is an open cell, the last ones of a row perhaps lost; false where one of
 * several is too long. Of a text of more cells than a puzzle has, as many and one. */
static bool pad_rows(const form *f, const char *from, char *to) {
    const char open = reading_open_cell(&f->info), *end = to + f->info.cells + 1;
    const bool several = strchr(from, '\n');
    for (int at = 0; to < end; from++) {
        if (*from == '\r') continue;
        if (several && at > f->info.cols) return false;
        if (*from == '\n' || !*from) {
            while (at && at++ < f->info.cols && to < end) *to++ = open;
            at = 0;
            if (!*from) break;
            continue;
        }
        *to++ = *from == ' ' ? open : *from;
        at++;
    }
    *to = 0;
    return true;
}

/* Tries the readings one after the other; the reason is that of the plainest. */
char *reading_text(const hrm_model *model, const char *text, bool answer, char *why, size_t size) {
    form own = {.model = model}, *f = &own;
    hrm_model_inspect(model, &f->info);
    size_t room = strlen(text) + 2 + (size_t)f->info.cells;
    unsigned char *tokens = malloc((size_t)f->info.cells);
    char *copy = malloc(room);
    bool good = false;
    if (tokens && copy) {
        good = fits(f, strcpy(copy, text), answer, tokens);
        if (!good) snprintf(why, size, "%s", hrm_error());
        if (!good && f->info.symbols) {
            pick_cells(f, text, copy);
            good = fits(f, copy, answer, tokens);
        }
        if (!good && f->info.symbols) {
            good = pad_rows(f, text, copy) && fits(f, copy, answer, tokens);
        }
    } else snprintf(why, size, "out of memory");
    free(tokens);
    if (good) return copy;
    free(copy);
    return NULL;
}
