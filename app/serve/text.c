#include "text.h"

#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How an open cell is written; 0 where the task has none. */
static char open_cell(const model *m) {
    return m->info.blank ? (char)m->info.alphabet[m->info.blank] : 0;
}

static bool is_symbol(const model *m, char c) {
    const hrm_model_info *i = &m->info;
    return c && memchr(i->alphabet + i->vocab - i->symbols, c, (size_t)i->symbols);
}

static bool fits(const model *m, const char *text, bool answer, unsigned char *tokens) {
    return !hrm_model_tokens(m->shared, text, answer, tokens);
}

/* Without line ends. */
static void join_rows(const char *from, char *to) {
    for (; *from; from++)
        if (*from != '\n' && *from != '\r') *to++ = *from;
    *to = 0;
}

/* Only what a cell may hold, whatever stands around it: borders, blanks, line ends. */
static void pick_cells(const model *m, const char *from, char *to) {
    for (; *from; from++)
        if (is_symbol(m, *from)) *to++ = *from;
        else if (*from == open_cell(m) || strchr("._*0?", *from)) *to++ = open_cell(m);
    *to = 0;
}

/* Rows in which a blank is an open cell, the last ones of a row perhaps lost. */
static void pad_rows(const model *m, const char *from, char *to) {
    int at = 0;
    for (;; from++) {
        if (*from == '\r') continue;
        if (*from == '\n' || !*from) {
            while (at && at++ < m->info.cols) *to++ = open_cell(m);
            at = 0;
            if (!*from) break;
            continue;
        }
        *to++ = *from == ' ' ? open_cell(m) : *from;
        at++;
    }
    *to = 0;
}

/* Tries the readings one after the other; the reason is that of the plainest. */
static char *read_text(const model *m, const char *text, bool answer, char *why) {
    size_t room = strlen(text) + 2 + (size_t)m->info.cells * 2;
    unsigned char *tokens = malloc((size_t)m->info.cells);
    char *copy = malloc(room * 2);
    bool good = false;
    if (tokens && copy) {
        good = fits(m, strcpy(copy, text), answer, tokens);
        if (!good) {
            join_rows(text, copy);
            good = fits(m, copy, answer, tokens);
        }
        if (!good) snprintf(why, TEXT_WHY, "%s", hrm_error());
        if (!good && m->info.symbols) {
            pick_cells(m, text, copy);
            good = fits(m, copy, answer, tokens);
        }
        if (!good && m->info.symbols) {
            pad_rows(m, text, copy);
            good = fits(m, copy, answer, tokens);
        }
    } else snprintf(why, TEXT_WHY, "out of memory");
    free(tokens);
    if (good) return copy;
    free(copy);
    return NULL;
}

/* One cell of a grid: its character, or 0 for what is none. */
static char cell(const model *m, const json_t *value) {
    char open = open_cell(m) ? open_cell(m) : ' ';
    if (json_is_null(value)) return open;
    if (json_is_string(value)) {
        size_t n = json_string_length(value);
        return n > 1 ? 0 : n ? *json_string_value(value) : open;
    }
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
    if (!n && open_cell(m) && !memchr(m->info.alphabet + 1, '0', (size_t)m->info.vocab - 1))
        return open;
    return n >= 0 && n <= 9 ? (char)('0' + n) : 0;
}

/* Rows as texts or lists of cells. */
static char *read_grid(const model *m, const json_t *rows, bool answer, char *why) {
    size_t r, c, at = 0, room = 1;
    json_t *row, *value;
    json_array_foreach(rows, r, row) room +=
        1 + (json_is_string(row) ? json_string_length(row) : json_array_size(row));
    char *text = malloc(room), *read = NULL;
    if (!text) return NULL;
    json_array_foreach(rows, r, row) {
        if (r) text[at++] = '\n';
        if (json_is_string(row)) {
            memcpy(text + at, json_string_value(row), json_string_length(row));
            at += json_string_length(row);
        } else if (!json_is_array(row)) {
            snprintf(why, TEXT_WHY, "row %zu of the grid is neither a text nor a list", r + 1);
            goto done;
        }
        json_array_foreach(json_is_array(row) ? row : NULL, c, value) {
            text[at] = cell(m, value);
            if (!text[at++]) {
                snprintf(why, TEXT_WHY,
                         "row %zu, column %zu: a cell is a number from 0 to 9, one character or "
                         "null",
                         r + 1, c + 1);
                goto done;
            }
        }
    }
    text[at] = 0;
    if (strlen(text) == at) read = read_text(m, text, answer, why);
    else snprintf(why, TEXT_WHY, "a row of the grid holds a zero byte");
done:
    free(text);
    return read;
}

static char *read_tokens(const model *m, const json_t *list, char *why) {
    size_t i, cells = (size_t)m->info.cells;
    json_t *value;
    if (json_array_size(list) != cells) {
        snprintf(why, TEXT_WHY, "%zu tokens, and a puzzle has %zu cells", json_array_size(list),
                 cells);
        return NULL;
    }
    unsigned char *tokens = malloc(cells);
    char *text = malloc(cells + 1);
    json_array_foreach(tokens && text ? list : NULL, i, value) {
        json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
        if (n >= 0 && n < m->info.vocab) {
            tokens[i] = (unsigned char)n;
            continue;
        }
        snprintf(why, TEXT_WHY, "token %zu is not a whole number from 0 to %d", i + 1,
                 m->info.vocab - 1);
        free(text);
        text = NULL;
        break;
    }
    if (text && tokens && hrm_model_question(m->shared, tokens, text)) {
        snprintf(why, TEXT_WHY, "%s", hrm_error());
        free(text);
        text = NULL;
    }
    free(tokens);
    return text;
}

char *text_read(const model *m, const json_t *value, bool answer, char why[TEXT_WHY]) {
    snprintf(why, TEXT_WHY, "out of memory");
    if (json_is_string(value)) return read_text(m, json_string_value(value), answer, why);
    const json_t *first = json_array_get(value, 0);
    if (json_is_integer(first)) {
        char *text = read_tokens(m, value, why), *read = NULL;
        if (text) read = read_text(m, text, answer, why);
        free(text);
        return read;
    }
    if (json_is_string(first) || json_is_array(first)) return read_grid(m, value, answer, why);
    snprintf(why, TEXT_WHY, "neither a text nor a grid nor a list of tokens");
    return NULL;
}

json_t *text_grid(const model *m, const unsigned char *tokens) {
    json_t *rows = json_array();
    for (int r = 0; r < m->info.rows; r++) {
        json_t *row = json_array();
        for (int c = 0; c < m->info.cols; c++) {
            int token = tokens[r * m->info.cols + c];
            unsigned char sign = token < m->info.vocab ? m->info.alphabet[token] : 0;
            json_array_append_new(row, !token || !sign ? json_null()
                                       : sign >= '0' && sign <= '9'
                                           ? json_integer(sign - '0')
                                           : term_text((char[]){(char)sign, 0}));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}
