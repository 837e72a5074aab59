/* text.h - strings: copies, a growing buffer, strict numbers, the nearest word. Numbers are written
 * and read with a point, whatever locale the program has set. */
#ifndef HR_TEXT_H
#define HR_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* New strings; free with hr_free. NULL when memory is short. */
char *hr_text_copy(const char *text);
char *hr_text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *hr_text_format_args(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* A growing string. Zero-initialise; text is NULL until something is added. A failed addition sets
 * `failed` and keeps what was there, so that only the end needs a check. */
typedef struct hr_buffer {
    char *text; /* zero-terminated */
    size_t size, capacity;
    bool failed;
} hr_buffer;
void hr_buffer_add(hr_buffer *buffer, const void *bytes, size_t size);
void hr_buffer_print(hr_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* 'text', as YAML quotes it. */
void hr_buffer_quote(hr_buffer *buffer, const char *text);
void hr_buffer_free(hr_buffer *buffer);

/* Whole-string numbers: no blanks, no rest, no overflow. Numbers accept 1e-4; integers accept
 * 1k, 2M, 4GiB style suffixes (k M G: thousands; KiB MiB GiB: powers of 1024). */
bool hr_text_number(const char *text, double *out);
/* The shortest number of six digits or more that reads back as the same. */
enum { HR_REAL_SIZE = 32 };
void hr_text_real(double value, char out[HR_REAL_SIZE]);
/* The same of a float, as which it reads back. */
void hr_text_float(float value, char out[HR_REAL_SIZE]);
bool hr_text_integer(const char *text, int64_t *out);
/* Of bytes, from 0 on: 1000000, 500MB, 500M, 1.5GB, 2GiB, in capitals or not (k M G T: thousands;
 * KiB and so on: powers of 1024). */
bool hr_text_bytes(const char *text, int64_t *out);
bool hr_text_bool(const char *text, bool *out); /* true false yes no on off 1 0, also True */

/* Whether there is nothing but blanks and line ends. */
bool hr_text_blank(const char *text, size_t size);
/* How many bytes the UTF-8 character at p has, of the `left` (> 0) that follow; 0 where it is none
 * or a control character. */
size_t hr_text_letter(const void *p, size_t left);

bool hr_text_ends(const char *text, const char *suffix); /* in capitals or not */

/* The word of `words` (count) nearest to `word` by edit distance, or NULL when none is near. */
const char *hr_text_nearest(const char *word, const char *const *words, size_t count);
/* Refuses JSON that would take more than 32 times its size and 64 MB of memory as values: millions
 * of empty lists, say. ARC's grids take 24 times theirs where no blanks part cells. */
hr_status hr_text_check_json(const char *text, size_t size);

#endif
