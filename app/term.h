/* term.h - what people see: one live line on a terminal, plain lines elsewhere, units. */
#ifndef APP_TERM_H
#define APP_TERM_H

#include <hrm_tools.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

bool term_is_live(void);    /* stderr is a terminal */
bool term_is_shown(void);   /* stdout is a terminal */
bool term_has_colour(void); /* and NO_COLOR is not set */
/* What looks like a terminal is a launcher's, behind which there may be a file. */
void term_not_shown(void);

/* Replaces the live line on stderr; nothing when stderr is no terminal. */
void term_live(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Removes the live line, so that ordinary lines can follow. */
void term_clear(void);

/* Writes out what stdout has buffered; false where that failed, now or before, which is told on
 * stderr once. */
bool term_flush(void);
/* From now on a thread that had no memory for a part of a value gets none of the value's text. */
void term_watch_json(void);
/* Whether memory was short for a value in this thread since it last made a text, which no part of
 * it then tells; whoever says so himself says that it is told. */
bool term_is_short(void);
void term_short_told(void);
/* A value's text, for free(); NULL for NULL and, with errno ENOMEM, where memory was short for any
 * of it. */
char *term_dump(const json_t *value, size_t flags);
/* Prints a value as a line of JSON on stdout and releases it; false when memory was short, or for
 * NULL. */
bool term_json(json_t *value, size_t flags);
/* Adds it to a file in one write; false when that or memory failed, or for NULL. */
bool term_line(hrm_file *file, const json_t *value, size_t flags);
/* A text as a value; bytes that are no UTF-8 are Latin-1. Null for NULL. */
json_t *term_text(const char *text);
/* "s", or "" after 1. */
const char *term_s(size_t n);
/* A symbol of a cell, which is a byte, as Latin-1. */
const char *term_letter(unsigned char c, char out[3]);
/* Prints a text, in which control characters and letters of UTF-8 that were cut are "?", or nothing
 * for NULL; its width in letters. */
int term_say(FILE *file, const char *text);
/* The name of a file likewise, in which such bytes are shown as "?". */
json_t *term_name(const char *name);
/* The same of a list; and of text that is JSON, or plain, as files hold it. Null for NULL. */
json_t *term_texts(const char *const *list, size_t count);
json_t *term_value(const char *text);
/* The bytes that JSON becomes as values, about, and how deep they nest; asked before it is parsed.
 */
size_t term_json_bytes(const char *text, size_t size, int *depth);
/* A number; null for NaN, which stands for a mean over nothing. */
json_t *term_real(double value);
/* Members of an object: 0 and "" where there are none. */
double term_number(const json_t *object, const char *key);
const char *term_string(const json_t *object, const char *key);
/* A tensor as a value, and its shape in words, "3 x 4". */
json_t *term_tensor(const hrm_tensor_info *tensor);
const char *term_shape(const hrm_tensor_info *tensor, char out[128]);

/* Enough for every text below. */
enum { TERM_TEXT = 32 };
const char *term_bytes(double bytes, char out[TERM_TEXT]);     /* "1.2 GB" */
const char *term_count(double count, char out[TERM_TEXT]);     /* "27.3 M" */
const char *term_seconds(double seconds, char out[TERM_TEXT]); /* "1 h 05 min", "2.1 s", "45 ms" */

/* Seconds of a clock that only goes forward. */
double term_now(void);

/* A progress function for the library that keeps a live line "label 12 of 100"; stops on Ctrl-C.
 * user: the label. */
bool term_progress(void *label, size_t done, size_t total);
/* How far that, or term_silence, came last: "puzzle 12 of 400"; "" where it told nothing. */
const char *term_reached(char out[64]);
/* The same without the line, for --quiet. */
bool term_silence(void *label, size_t done, size_t total);

#endif
