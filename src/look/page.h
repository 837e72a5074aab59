/* page.h - a report as one HTML file: no script, nothing from elsewhere, light or dark as the
 * reader has it, all of it reached by keyboard. Whatever text comes in is escaped here and nowhere
 * else. */
#ifndef HR_PAGE_H
#define HR_PAGE_H

#include "base/text.h"

/* Zero-initialise. Memory that is short shows at hr_page_write. */
typedef struct hr_page {
    hr_buffer body, contents;
    int sections, charts;    /* so far: their ids */
    bool open;               /* a section is */
    const char *const *head; /* (columns) of the table that is open, while it has no row */
    int columns;
} hr_page;

/* Text as HTML and as the value of an attribute. Control characters become '?'. */
void hr_page_escape(hr_buffer *out, const char *text);

/* Begins a section, which the page's contents list, and ends the one before. */
void hr_page_section(hr_page *page, const char *title);
/* A paragraph; dim: said in passing. */
void hr_page_say(hr_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
void hr_page_dim(hr_page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What is between them shows when the reader opens it (or is shown at once). */
void hr_page_fold(hr_page *page, bool shown, const char *summary);
void hr_page_unfold(hr_page *page);
/* Text as it is, in lines. */
void hr_page_lines(hr_page *page, const char *text);
/* Text that is HTML already: charts, pictures. */
void hr_page_raw(hr_page *page, const char *html);

/* A table by rows: its head (columns; borrowed until the first row), rows of as many cells (NULL:
 * empty), its end. A row's first cell names it; cells that begin like numbers stand to the right.
 */
void hr_page_table(hr_page *page, const char *caption, const char *const *head, int columns);
void hr_page_row(hr_page *page, const char *const *cells);
void hr_page_table_end(hr_page *page);

/* Ends the page and replaces the file atomically; title heads it, lead (may be NULL) follows. The
 * page is freed in any case. */
hr_status hr_page_write(hr_page *page, const char *title, const char *lead, const char *path);
void hr_page_free(hr_page *page); /* without writing; accepts a zeroed one */

#endif
