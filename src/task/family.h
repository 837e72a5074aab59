/* family.h - what the puzzle families share among themselves. */
#ifndef HR_FAMILY_H
#define HR_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "task/task.h"

enum { HR_TASK_CELLS_MAX = 1 << 20 };

/* Whether a character stands in a list; 0 stands in none. */
bool hr_task_is_one_of(char c, const char *list);
/* Refuses a row of another length. */
hr_status hr_task_refuse_row(const hr_task *task, size_t row, size_t cells);
/* Fails because of the character in `column` (from 1); `wanted` says what may stand there. */
hr_status hr_task_refuse(size_t column, char c, const char *wanted);
/* Refuses a text of `size` bytes, which are not as many as the task's cells; text NULL: so many
 * cells. */
hr_status hr_task_refuse_size(const hr_task *task, const char *text, size_t size);
/* How many letters a text has: those of UTF-8 beyond ASCII, which no symbol is, have more bytes
 * than one. */
size_t hr_task_letters(const char *text, size_t size);

/* Whether every cell of an answer holds one of the tokens from `first` on; else `why` (may be NULL,
 * which makes its size 0) tells which holds no `what`. Empties `why` first. */
hr_verdict hr_task_check_filled(const hr_task *task, const uint8_t *answer, int first,
                                const char *what, char *why, size_t *why_size);

/* The side of a square of n cells; 0: they make none. */
int hr_task_side(size_t n);
/* The cells below, left, right and above of one, in this order and as far as they are in the grid;
 * returns how many. */
int hr_task_neighbours(const hr_task *task, int cell, int out[4]);
/* A character for padding: a conspicuous one if it is unused, else the highest unused one, which
 * an alphabet of up to 222 symbols leaves. */
char hr_task_free_character(const bool used[256]);

/* Gives the tokens from 1 on other characters, in their order. */
hr_status hr_task_set_letters(hr_task *task, const char *letters, size_t count);

/* A byte inside a JSON string, as the code point of the same number; and such a string's bytes
 * back: false for other code points or more than `most` of them. */
void hr_task_add_byte(hr_buffer *json, unsigned char c);
bool hr_task_read_bytes(const char *utf8, char *bytes, size_t most, size_t *count);
/* The sizes that `names` (count) stand for in an object that holds these, a name ("task") and
 * `more` other keys; fails with HR_ERR_FORMAT for any other object. */
hr_status hr_task_read_sizes(struct json_t *root, const char *const *names, int count, int more,
                             int *sizes);

#endif
