#include "text.h"

#include "reading.h"
#include "term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One cell of a grid: its character, or 0 for what is none. */
static char cell(const model *m, const json_t *value) {
    char open = reading_open_cell(&m->info) ? reading_open_cell(&m->info) : ' ';
    if (json_is_null(value)) return open;
    if (json_is_string(value)) {
        size_t n = json_string_length(value);
        return n > 1 ? 0 : n ? *json_string_value(value) : open;
    }
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : -1;
    if (!n && reading_open_cell(&m->info) &&
        !memchr(m->info.alphabet + 1, '0', (size_t)m->info.vocab - 1))
        return open;
    return n >= 0 && n <= 9 ? (char)('0' + n) : 0;
}

/* Rows as texts or lists of cells. */
static char *grid_text(const model *m, const json_t *rows, char *why) {
    size_t r, c, at = 0, room = 1;
    json_t *row, *value;
    json_array_foreach(rows, r, row) room +=
        1 + (json_is_string(row) ? json_string_length(row) : json_array_size(row));
    char *text = malloc(room);
    if (!text) return NULL;
    json_array_foreach(rows, r, row) {
        if (r) text[at++] = '\n';
        if (json_is_string(row)) {
            memcpy(text + at, json_string_value(row), json_string_length(row));
            at += json_string_length(row);
        } else if (!json_is_array(row)) {
            snprintf(why, TEXT_WHY, "row %zu of the grid is neither a text nor a list", r + 1);
            goto bad;
        }
        json_array_foreach(json_is_array(row) ? row : NULL, c, value) {
            text[at] = cell(m, value);
            if (!text[at++]) {
                snprintf(why, TEXT_WHY,
                         "row %zu, column %zu: a cell is a number from 0 to 9, one character or "
                         "null",
                         r + 1, c + 1);
                goto bad;
            }
        }
    }
    text[at] = 0;
    if (strlen(text) == at) return text;
    snprintf(why, TEXT_WHY, "a row of the grid holds a zero byte");
bad:
    free(text);
    return NULL;
}

static char *token_text(const model *m, const json_t *list, char *why) {
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

/* Cells as text, however they came. */
static char *cells_text(const model *m, const json_t *value, char *why) {
    const json_t *first = json_array_get(value, 0);
    snprintf(why, TEXT_WHY, "out of memory");
    if (json_is_string(value)) {
        char *text = malloc(json_string_length(value) + 1);
        return text ? strcpy(text, json_string_value(value)) : NULL;
    }
    if (json_is_integer(first)) return token_text(m, value, why);
    if (json_is_string(first) || json_is_array(first)) return grid_text(m, value, why);
    snprintf(why, TEXT_WHY, "neither a text nor a grid nor a list of tokens");
    return NULL;
}

/* How many numbers a list holds, or those within it; -1: something else is among them. */
static json_int_t count_numbers(const json_t *list) {
    json_int_t sum = 0;
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value) {
        json_int_t own = json_is_number(value)  ? 1
                         : json_is_array(value) ? count_numbers(value)
                                                : -1;
        if (own < 0) return -1;
        sum += own;
    }
    return sum;
}

static char *print_numbers(const json_t *list, char *to) {
    size_t i;
    json_t *value;
    json_array_foreach(list, i, value) {
        if (json_is_array(value)) to = print_numbers(value, to);
        else to += sprintf(to, " %.9g", json_number_value(value));
    }
    return to;
}

/* The text with numbers behind it, in its place. */
static char *with_numbers(const model *m, char *text, const json_t *numbers, char *why) {
    enum { NUMBER = 20 }; /* characters of one, and the blank before it */
    json_int_t count = count_numbers(numbers);
    if (!text || !numbers) return text;
    size_t size = strlen(text), room = size + 2 + (size_t)(count > 0 ? count : 0) * NUMBER;
    char *more = NULL;
    if (!hrm_model_numbers(m->shared))
        snprintf(why, TEXT_WHY, "numbers: the model \"%s\" takes none", m->name);
    else if (count < 0) snprintf(why, TEXT_WHY, "numbers: holds what is neither number nor list");
    else if ((more = realloc(text, room))) {
        more[size] = ':';
        *print_numbers(numbers, more + size + 1) = 0;
        return more;
    } else snprintf(why, TEXT_WHY, "out of memory");
    free(text);
    return NULL;
}

static char *read_text(const model *m, char *text, bool answer, char *why) {
    char *read = text ? reading_text(m->shared, text, answer, why, TEXT_WHY) : NULL;
    free(text);
    return read;
}

char *text_read_puzzle(const model *m, const json_t *value, const json_t *numbers,
                       char why[TEXT_WHY]) {
    return read_text(m, with_numbers(m, cells_text(m, value, why), numbers, why), false, why);
}

char *text_read_answer(const model *m, const json_t *value, char why[TEXT_WHY]) {
    char *read = read_text(m, cells_text(m, value, why), true, why);
    bool open = !read && !hrm_model_numbers(m->shared); /* its numbers would be missing */
    return open ? read_text(m, cells_text(m, value, why), false, why) : read;
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
