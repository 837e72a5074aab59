/* json.c - Jansson behind json.h. */
#include "io/json.h"

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/part.h"
#include "base/plain.h"
#include "base/text.h"

/* Jansson's allocator, which this library cannot pass to single calls: that of before, under which
 * it is told when memory was short. No result of Jansson's needs a look for that but at the end. */
static json_malloc_t own_malloc = malloc;
static json_free_t own_free = free;

/* Where there is no memory for a longer buffer of a token, Jansson loses one letter of it and then
 * ends the program or reads on behind the token. So it gets these, and what it read is refused:
 * buffers are powers of two. */
static _Alignas(max_align_t) unsigned char spare[HR_JSON_SPARE];
static size_t spare_used, spare_alive;
static atomic_flag spare_taken = ATOMIC_FLAG_INIT;

/* More of it in use, or, for 0, one piece less; where a piece begins. */
static void *spare_piece(size_t size) {
    while (atomic_flag_test_and_set(&spare_taken)) {
    }
    bool fits = size && size <= sizeof spare - spare_used;
    void *p = fits ? spare + spare_used : NULL;
    if (fits) spare_used += size, spare_alive++;
    if (!size && !--spare_alive) spare_used = 0;
    atomic_flag_clear(&spare_taken);
    return p;
}

static void *told_malloc(size_t size) {
    void *p = own_malloc(size);
    if (p) return p;
    hr_fail_short();
    return size >= 16 && !(size & (size - 1)) ? spare_piece(size) : NULL;
}

static void told_free(void *p) {
    uintptr_t at = (uintptr_t)p - (uintptr_t)spare;
    if (at < sizeof spare) spare_piece(0);
    else own_free(p);
}

__attribute__((constructor)) static void hook(void) {
    json_get_alloc_funcs(&own_malloc, &own_free);
    json_set_alloc_funcs(told_malloc, told_free);
}

/* For a program that loads this library and lets it go again. */
__attribute__((destructor)) static void unhook(void) {
    json_malloc_t now;
    json_get_alloc_funcs(&now, NULL);
    if (now == told_malloc) json_set_alloc_funcs(own_malloc, own_free);
}

void hr_json_free(char *dumped) {
    told_free(dumped);
}

/* Jansson reads on behind a zero that follows a number, as if it were not there. */
static hr_status check_zeros(const char *text, size_t size, const char *name) {
    const char *zero = memchr(text, 0, size);
    long line = 1, column = 1;
    if (!zero) return HR_OK;
    for (const char *p = text; p < zero; p++) {
        bool letter = ((unsigned char)*p & 0xc0) != 0x80;
        column = *p == '\n' ? 1 : column + letter;
        line += *p == '\n';
    }
    hr_fail(HR_ERR_FORMAT, "%s: line %ld, column %ld: not JSON: holds a zero byte", name, line,
            column);
    hr_fail_offset(HR_ERR_FORMAT, (size_t)(zero - text));
    return hr_fail_place(HR_ERR_FORMAT, name, line, column);
}

hr_status hr_json_parse(const char *text, size_t size, const char *name, json_t **out) {
    json_error_t error;
    *out = NULL;
    if (hr_text_blank(text, size)) return hr_fail(HR_ERR_FORMAT, "%s: is empty", name);
    hr_status status = hr_text_check_json(text, size);
    if (status) return hr_fail_in(status, "%s", name);
    status = check_zeros(text, size, name);
    if (status) return status;
    *out = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (*out) return HR_OK;
    if (hr_fail_unless_short(name)) return HR_ERR_MEM;
    hr_fail(HR_ERR_FORMAT, "%s: line %d, column %d: not JSON: %s", name, error.line, error.column,
            error.text);
    hr_fail_offset(HR_ERR_FORMAT, (size_t)error.position);
    return hr_fail_place(HR_ERR_FORMAT, name, error.line, error.column);
}

json_t *hr_json_line(const void *text, size_t size, size_t *at) {
    const char *line = (const char *)text + *at, *end = memchr(line, '\n', size - *at);
    *at = end ? (size_t)(end - (const char *)text) + 1 : size;
    return end ? json_loadb(line, (size_t)(end - line), 0, NULL) : NULL;
}

hr_status hr_json_open(const char *path, json_t **out) {
    *out = NULL;
    hr_file file;
    hr_status status = hr_plain_load(path, &file);
    if (status) return status;
    status = hr_json_parse((const char *)file.data, file.size, path, out);
    hr_os_unload(&file);
    return status;
}

json_t *hr_json_real(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* A member of one of two types; NULL where it is absent and not required. */
static hr_status member(const json_t *object, const char *key, bool required, json_type type,
                        json_type other, const char *what, json_t **out) {
    *out = json_object_get(object, key);
    if (*out && json_typeof(*out) != type && json_typeof(*out) != other)
        return hr_fail(HR_ERR_FORMAT, "\"%s\" is not %s", key, what);
    if (*out || !required) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "key \"%s\" is missing", key);
}

hr_status hr_json_int(const json_t *object, const char *key, bool required, int64_t low,
                      int64_t high, int64_t *out) {
    json_t *value;
    hr_status status =
        member(object, key, required, JSON_INTEGER, JSON_INTEGER, "an integer", &value);
    if (status || !value) return status;
    int64_t n = (int64_t)json_integer_value(value);
    if (n < low || n > high)
        return hr_fail(HR_ERR_FORMAT, "\"%s\" is %lld, not between %lld and %lld", key,
                       (long long)n, (long long)low, (long long)high);
    *out = n;
    return HR_OK;
}

hr_status hr_json_number(const json_t *object, const char *key, bool required, double *out) {
    json_t *value;
    hr_status status = member(object, key, required, JSON_INTEGER, JSON_REAL, "a number", &value);
    if (!status && value) *out = json_number_value(value);
    return status;
}

hr_status hr_json_bool(const json_t *object, const char *key, bool required, bool *out) {
    json_t *value;
    hr_status status =
        member(object, key, required, JSON_TRUE, JSON_FALSE, "true or false", &value);
    if (!status && value) *out = json_is_true(value);
    return status;
}

hr_status hr_json_string(const json_t *object, const char *key, bool required, const char **out) {
    json_t *value;
    hr_status status = member(object, key, required, JSON_STRING, JSON_STRING, "a text", &value);
    if (!status && value) *out = json_string_value(value);
    return status;
}

json_t *hr_json_name(const char *name) {
    json_t *value = json_string(name);
    char *copy = value || !name ? NULL : hr_text_copy(name);
    for (char *p = copy; p && *p; p++)
        if ((unsigned char)*p > 126) *p = '?';
    if (copy) value = json_string(copy);
    hr_free(copy);
    return value;
}

hr_status hr_json_text(json_t *value, size_t flags, const char *what, char **out) {
    char *dumped = value ? json_dumps(value, flags) : NULL;
    json_decref(value);
    hr_status status = hr_fail_unless_short(what);
    if (!status && !dumped)
        status = hr_fail(HR_ERR_FORMAT, "%s cannot be written: a name in it is not UTF-8", what);
    *out = status ? NULL : hr_text_copy(dumped);
    told_free(dumped);
    return *out ? HR_OK : status ? status : HR_ERR_MEM;
}
