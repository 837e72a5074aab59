/* csv.h - comma-separated rows, read in place. Fields keep every blank. Quoted fields ("a""b") are
 * understood; LF and CRLF line ends. */
#ifndef HR_CSV_H
#define HR_CSV_H

#include <stdbool.h>

#include "base/text.h"

enum { HR_CSV_FIELDS_MAX = 64 };

typedef struct hr_csv_field {
    const char *text; /* not zero-terminated; borrowed until the next row */
    size_t size;
} hr_csv_field;

typedef struct hr_csv {
    const char *name; /* for messages; borrowed */
    const unsigned char *data;
    size_t size, at;
    long line; /* on which the row read last begins, from 1 */
    long next_line;
    int fields;
    hr_csv_field field[HR_CSV_FIELDS_MAX];
    hr_buffer unquoted;
} hr_csv;

void hr_csv_begin(hr_csv *csv, const void *data, size_t size, const char *name);
/* Reads the next non-empty row; *more is false at the end. Fails with HR_ERR_FORMAT and the line
 * (a quote that never closes, a zero byte, too many fields). */
hr_status hr_csv_next(hr_csv *csv, bool *more);
void hr_csv_end(hr_csv *csv);
/* The column called `name` in the row read last, or -1. */
int hr_csv_column(const hr_csv *csv, const char *name);

#endif
