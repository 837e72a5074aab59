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
    if (strlen(text) == at) read = reading_text(m->shared, text, answer, why, TEXT_WHY);
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
    if (json_is_string(value))
        return reading_text(m->shared, json_string_value(value), answer, why, TEXT_WHY);
    const json_t *first = json_array_get(value, 0);
    if (json_is_integer(first)) {
        char *text = read_tokens(m, value, why), *read = NULL;
        if (text) read = reading_text(m->shared, text, answer, why, TEXT_WHY);
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
