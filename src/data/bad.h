/* bad.h - rows of a table that cannot be used: the first of them with why, all of them by number. A
 * row may be two bytes long, so nothing is kept of most. */
#ifndef HR_BAD_H
#define HR_BAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/os.h"

enum { HR_BAD_LISTED = 10000 };

typedef struct hr_bad_row {
    size_t at; /* its line */
    char *why;
} hr_bad_row;

/* Zero at first. */
typedef struct hr_bad {
    hr_bad_row *row; /* (count) the first ones, in order */
    size_t count, capacity;
    size_t more;         /* than HR_BAD_LISTED */
    unsigned char *mark; /* (marks) a bit for each row */
    size_t marks;
    hr_writer *good; /* borrowed; NULL, or gets the table's other rows as they stand in it */
} hr_bad;

/* Adds one of which `before` stand before it. */
hr_status hr_bad_add(hr_bad *bad, size_t before, size_t at, const char *why);
/* Notes that the row of this number, from 0, is one of them; and whether that was noted. */
hr_status hr_bad_mark(hr_bad *bad, size_t row);
bool hr_bad_is(const hr_bad *bad, size_t row);
/* Forgets them all. */
void hr_bad_clear(hr_bad *bad);
void hr_bad_free(hr_bad *bad);

#endif
