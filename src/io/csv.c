/* csv.c - one pass over the bytes; a field is copied only when it holds doubled quotes. */
#include "io/csv.h"

#include <string.h>
#include <strings.h>

static bool is_separator(unsigned char c) {
    return c && strchr(",;\t|", c);
}

void hr_csv_begin(hr_csv *csv, const void *data, size_t size, const char *name) {
    *csv = (hr_csv){.name = name, .data = data, .size = size, .separator = ','};
    bool quoted = false;
    size_t i = 0;
    if (size > 5 && !strncasecmp(data, "sep=", 4) && is_separator(csv->data[4]) &&
        strchr("\r\n", csv->data[5])) { /* a line for spreadsheets, left like an empty one */
        csv->separator = (char)csv->data[4];
        csv->at = 5;
        csv->line = csv->next_line = 1;
        return;
    }
    while (i < size && strchr("\r\n\t ", csv->data[i]) && csv->data[i]) i++;
    for (; i < size && (quoted || !strchr("\r\n", csv->data[i])); i++) {
        quoted ^= csv->data[i] == '"';
        if (quoted || !is_separator(csv->data[i])) continue;
        csv->separator = (char)csv->data[i];
        break;
    }
}

void hr_csv_end(hr_csv *csv) {
    hr_buffer_free(&csv->unquoted);
}

static bool at_line_end(const hr_csv *csv, size_t at) {
    return at == csv->size || csv->data[at] == '\n' || csv->data[at] == '\r';
}

/* A quoted field may have taken several lines before it. */
hr_status hr_csv_place(const hr_csv *csv, hr_status status, size_t at) {
    long line = csv->line, column = 1;
    for (size_t i = csv->row; i < at; i++, column++) {
        bool more = i + 1 < at && csv->data[i] == '\r' && csv->data[i + 1] == '\n';
        if (!at_line_end(csv, i) || more) continue;
        line++;
        column = 0;
    }
    return hr_fail_place(status, csv->name, line, column);
}

static hr_status refuse(const hr_csv *csv, size_t at, const char *what) {
    hr_fail(HR_ERR_FORMAT, "%s, line %ld: %s", csv->name, csv->line, what);
    return hr_csv_place(csv, HR_ERR_FORMAT, at);
}

static void skip_line_end(hr_csv *csv) {
    bool two = csv->at + 1 < csv->size && !memcmp(csv->data + csv->at, "\r\n", 2);
    if (csv->at < csv->size) csv->at += two ? 2 : 1;
}

/* Where what follows blanks begins. */
static size_t skip_blanks(const hr_csv *csv) {
    size_t at = csv->at;
    while (at < csv->size && csv->data[at] != (unsigned char)csv->separator &&
           (csv->data[at] == ' ' || csv->data[at] == '\t'))
        at++;
    return at;
}

/* The bytes from `start` to csv->at were a line of the field. */
static void end_line(const hr_csv *csv, hr_csv_field *field, size_t start, size_t quotes) {
    size_t size = csv->at - start - quotes;
    if (!size) return;
    if (!field->lines++) field->first = size;
    if (field->odd || size == field->first) return;
    field->odd = field->lines;
    field->odd_size = size;
    field->odd_start = start;
}

/* The text between quotes; *lines: the line ends in it are added. */
static hr_status read_text(hr_csv *csv, hr_csv_field *field, long *lines) {
    size_t line = csv->at, quotes = 0, joints = 0; /* quotes: in this line, that stand for none */
    for (;; csv->at++) {
        if (csv->at == csv->size) return refuse(csv, field->at - 1, "a quote is never closed");
        unsigned char c = csv->data[csv->at];
        if (at_line_end(csv, csv->at)) {
            bool last = c == '\n' || (csv->at + 1 < csv->size && csv->data[csv->at + 1] != '\n');
            end_line(csv, field, line, quotes);
            line = csv->at + 1;
            quotes = 0;
            *lines += last;
            joints += last && field->lines && csv->joint;
            continue;
        }
        if (c == '"') {
            if (csv->at + 1 == csv->size || csv->data[csv->at + 1] != '"') break;
            csv->at++;
            quotes++;
        }
        for (; joints; joints--) hr_buffer_add(&csv->unquoted, &csv->joint, 1);
        hr_buffer_add(&csv->unquoted, &c, 1);
    }
    end_line(csv, field, line, quotes);
    return HR_OK;
}

/* Reads a quoted field. Its text goes to the row's buffer, whose address may still change; so
 * `text` stays NULL until the row is complete. */
static hr_status read_quoted(hr_csv *csv, hr_csv_field *field, long *lines) {
    size_t start = csv->unquoted.size;
    field->at = ++csv->at;
    hr_status status = read_text(csv, field, lines);
    if (status) return status;
    csv->at++;
    if (csv->unquoted.failed) return HR_ERR_MEM;
    field->size = csv->unquoted.size - start;
    field->text = NULL;
    field->exact = field->at + field->size + 1 == csv->at;
    csv->at = skip_blanks(csv);
    if (!at_line_end(csv, csv->at) && csv->data[csv->at] != (unsigned char)csv->separator)
        return refuse(csv, csv->at, "text follows a closing quote");
    return HR_OK;
}

static hr_status read_row(hr_csv *csv, long *lines) {
    csv->fields = 0;
    csv->unquoted.size = 0;
    for (;;) {
        if (csv->fields == HR_CSV_FIELDS_MAX)
            return refuse(csv, csv->at, "has more than 64 columns");
        hr_csv_field *field = &csv->field[csv->fields];
        *field = (hr_csv_field){0};
        size_t first = skip_blanks(csv);
        if (first < csv->size && csv->data[first] == '"') {
            csv->at = first;
            hr_status status = read_quoted(csv, field, lines);
            if (status) return status;
        } else {
            field->at = csv->at;
            field->text = (const char *)csv->data + csv->at;
            while (!at_line_end(csv, csv->at) &&
                   csv->data[csv->at] != (unsigned char)csv->separator)
                csv->at++;
            field->size = csv->at - field->at;
            field->exact = true;
        }
        csv->fields++;
        if (at_line_end(csv, csv->at)) break;
        csv->at++; /* the separator */
    }
    skip_line_end(csv);
    const char *unquoted = csv->unquoted.text ? csv->unquoted.text : "";
    for (int i = 0; i < csv->fields; i++) {
        hr_csv_field *field = &csv->field[i];
        if (!field->text) {
            field->text = unquoted;
            unquoted += field->size;
        }
        if (memchr(field->text, 0, field->size)) return refuse(csv, field->at, "holds a zero byte");
    }
    return HR_OK;
}

hr_status hr_csv_next(hr_csv *csv, bool *more) {
    *more = false;
    long lines = 1;
    csv->line = csv->line ? csv->next_line : 1;
    while (csv->at < csv->size && at_line_end(csv, csv->at)) {
        skip_line_end(csv);
        csv->line++;
    }
    csv->row = csv->at;
    if (csv->at == csv->size) return HR_OK;
    hr_status status = read_row(csv, &lines);
    if (status) { /* the next row begins on the next line, whatever a quote would make of it */
        csv->at = csv->row;
        while (!at_line_end(csv, csv->at)) csv->at++;
        skip_line_end(csv);
        lines = 1;
    }
    csv->next_line = csv->line + lines;
    *more = status == HR_OK;
    return status;
}

int hr_csv_column(const hr_csv *csv, const char *names, int from) {
    for (int i = from; i < csv->fields; i++) {
        const char *text = csv->field[i].text;
        size_t size = csv->field[i].size;
        for (; size && *text == ' '; text++) size--;
        while (size && text[size - 1] == ' ') size--;
        for (const char *name = names; *name; name += strcspn(name, " "), name += *name == ' ')
            if (size == strcspn(name, " ") && !strncasecmp(text, name, size)) return i;
    }
    return -1;
}
