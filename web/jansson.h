/* jansson.h - the part of Jansson's interface by which the core reads JSON, for WebAssembly, where
 * Debian has no Jansson (jansson.c). Names, types and what they mean are Jansson's; what only
 * writes JSON is declared, so that the sources compile, and not there: nothing that the module
 * calls needs it.
 *
 * Bounds that Jansson does not have, or has further out: HR_JSON_DEPTH and HR_JSON_KEYS. */
#ifndef JANSSON_H
#define JANSSON_H

#include <stddef.h>
#include <stdint.h>

/* Values within values, and keys of an object, at most. */
enum { HR_JSON_DEPTH = 256, HR_JSON_KEYS = 8192 };

typedef enum json_type {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_INTEGER,
    JSON_REAL,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL,
} json_type;
typedef int64_t json_int_t;
typedef struct json_t {
    json_type type;
    size_t refcount;
} json_t;

#define json_typeof(value)     ((value)->type)
#define json_is_object(value)  ((value) && json_typeof(value) == JSON_OBJECT)
#define json_is_array(value)   ((value) && json_typeof(value) == JSON_ARRAY)
#define json_is_string(value)  ((value) && json_typeof(value) == JSON_STRING)
#define json_is_integer(value) ((value) && json_typeof(value) == JSON_INTEGER)
#define json_is_true(value)    ((value) && json_typeof(value) == JSON_TRUE)

/* ---- reading --------------------------------------------------------------------------------- */

#define JSON_REJECT_DUPLICATES 0x1
enum { JSON_ERROR_TEXT_LENGTH = 160 };
enum json_error_code { json_error_unknown, json_error_out_of_memory, json_error_invalid_syntax };
typedef struct json_error_t {
    int line, column, position; /* line and column from 1; bytes before the place */
    enum json_error_code code;
    char text[JSON_ERROR_TEXT_LENGTH];
} json_error_t;
#define json_error_code(error) ((error)->code)

/* An object or an array, and nothing behind it; error may be NULL. */
json_t *json_loadb(const char *text, size_t size, size_t flags, json_error_t *error);
json_t *json_loads(const char *text, size_t flags, json_error_t *error);

/* ---- values; NULL, and what is of another type, has no members and is 0 ------------------------
 */

static inline json_t *json_incref(json_t *value) {
    if (value) value->refcount++;
    return value;
}
void json_decref(json_t *value);

size_t json_object_size(const json_t *object);
json_t *json_object_get(const json_t *object, const char *key);
int json_object_del(json_t *object, const char *key);
/* The i-th in the order of the text, counted from 0, and its key; NULL behind the last. */
json_t *hr_json_member(const json_t *object, size_t i, const char **key);
#define json_object_foreach(object, key, value)                                                    \
    for (size_t at_##key = 0; ((value) = hr_json_member((object), at_##key, &(key))) != NULL;      \
         at_##key++)
size_t json_array_size(const json_t *array);
json_t *json_array_get(const json_t *array, size_t i);

const char *json_string_value(const json_t *value);
json_int_t json_integer_value(const json_t *value);
double json_number_value(const json_t *value);

/* ---- memory ---------------------------------------------------------------------------------- */

typedef void *(*json_malloc_t)(size_t);
typedef void (*json_free_t)(void *);
void json_set_alloc_funcs(json_malloc_t take, json_free_t give);
void json_get_alloc_funcs(json_malloc_t *take, json_free_t *give);

/* ---- declared alone -------------------------------------------------------------------------- */

#define JSON_COMPACT 0x20
json_t *json_object(void);
json_t *json_array(void);
json_t *json_string(const char *text);
json_t *json_integer(json_int_t value);
json_t *json_real(double value);
json_t *json_null(void);
int json_object_set_new(json_t *object, const char *key, json_t *value);
int json_array_append_new(json_t *array, json_t *value);
json_t *json_pack(const char *format, ...);
char *json_dumps(const json_t *value, size_t flags);

#endif
