/* csv.h - tables as text, read in place. The first comma, semicolon, tab or bar of the first row is
 * the separator of all fields, unless a line before it says so (sep=;). Fields keep their blanks,
 * but for those around quotes. Quoted fields ("a""b") are understood; line ends within them are
 * left out, and it is told how long the lines were. Lines end in LF, CRLF or CR. */
#ifndef HR_CSV_H
#define HR_CSV_H

#include <stdbool.h>

#include "base/text.h"

enum { HR_CSV_FIELDS_MAX = 64 };

typedef struct hr_csv_field {
    const char *text; /* not zero-terminated; borrowed until the next row */
    size_t size;
    size_t at;  /* of its first byte in the data */
    bool exact; /* nothing within it was left out */
    /* Of the lines within its quotes, empty ones aside. */
    size_t lines, first;             /* how many there are; bytes of the first */
    size_t odd, odd_size, odd_start; /* the first of another length, from 1, its bytes, and where
                                        it begins in the data; 0: there is none */
} hr_csv_field;

typedef struct hr_csv {
    const char *name; /* for messages; borrowed */
    const unsigned char *data;
    size_t size, at;
    long line;  /* on which the last row begins, from 1 */
    size_t row; /* where that is in the data */
    long next_line;
    char separator;
    char joint; /* set it to what line ends within quotes become; 0: they are left out */
    int fields;
    hr_csv_field field[HR_CSV_FIELDS_MAX];
    hr_buffer unquoted;
} hr_csv;

void hr_csv_begin(hr_csv *csv, const void *data, size_t size, const char *name);
/* Reads the next non-empty row; *more is false at the end. Fails with HR_ERR_FORMAT and the line
 * (a quote that never closes, a zero byte, too many fields); the next call goes on with the line
 * after.
 */
hr_status hr_csv_next(hr_csv *csv, bool *more);
void hr_csv_end(hr_csv *csv);
/* The first column of the last row, from `from` on, whose text is one of `names` ("a b c"), in any
 * case; or -1. */
int hr_csv_column(const hr_csv *csv, const char *names, int from);
/* Says of a failure that it lies at this byte of the data, which is in the row read last. */
hr_status hr_csv_place(const hr_csv *csv, hr_status status, size_t at);

#endif
