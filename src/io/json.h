/* json.h - Jansson with this library's errors. */
#ifndef HR_JSON_H
#define HR_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"

/* A file, or text in memory, as a JSON value; json_decref it. Messages carry line and column.
 * Duplicate keys and nesting beyond Jansson's limit are refused. */
hr_status hr_json_open(const char *path, json_t **out);
hr_status hr_json_parse(const char *text, size_t size, const char *name, json_t **out);

/* The line of JSON lines that begins at *at, which moves to the next: a value, or NULL for one that
 * is cut off at the end or is no JSON. *at below size. */
json_t *hr_json_line(const void *text, size_t size, size_t *at);

/* A file name as JSON, which is UTF-8: a name that is not has "?" for each byte beyond ASCII. NULL
 * for NULL, and when memory is short. */
json_t *hr_json_name(const char *name);

/* A number. JSON has no NaN: null stands for a mean over nothing. */
json_t *hr_json_real(double value);

/* Writes a value as text and releases it; fails when it is NULL, as when memory was short. what:
 * for the message, "the plan". hr_free *out. */
hr_status hr_json_text(json_t *value, size_t flags, const char *what, char **out);

/* Frees a text of json_dumps, which may lie where free() must not. */
void hr_json_free(char *dumped);

/* Members of an object, type-checked; `required` false leaves *out as it was when absent. */
hr_status hr_json_int(const json_t *object, const char *key, bool required, int64_t low,
                      int64_t high, int64_t *out);
hr_status hr_json_number(const json_t *object, const char *key, bool required, double *out);
hr_status hr_json_bool(const json_t *object, const char *key, bool required, bool *out);
hr_status hr_json_string(const json_t *object, const char *key, bool required, const char **out);

#endif
