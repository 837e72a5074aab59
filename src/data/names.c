/* names.c - keeps only where each string begins, and decodes it on demand. */
#include "data/names.h"

#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "io/json.h"

enum { LETTER_MAX = 6 }; /* bytes of JSON for one of a name: \u0041 */

typedef struct scan {
    const unsigned char *data;
    size_t size, at;
} scan;

static unsigned next_byte(scan *s) {
    while (s->at < s->size && strchr(" \t\r\n", s->data[s->at]) && s->data[s->at]) s->at++;
    return s->at < s->size ? s->data[s->at] : 0;
}

/* Skips the string that begins here. */
static bool skip_string(scan *s) {
    if (next_byte(s) != '"') return false;
    for (s->at++; s->at < s->size && s->data[s->at] != '"'; s->at++) {
        if (s->data[s->at] < ' ') return false;
        s->at += s->data[s->at] == '\\';
    }
    return s->at++ < s->size;
}

/* Counts the strings, and writes where they begin to `start` (may be NULL). */
static bool walk(const unsigned char *data, size_t size, uint32_t *start, size_t *count) {
    scan s = {data, size, 0};
    *count = 0;
    if (next_byte(&s) != '[') return false;
    s.at++;
    if (next_byte(&s) == ']') s.at++;
    else
        for (unsigned c = ','; c != ']'; s.at++) {
            if (c != ',' || next_byte(&s) != '"') return false;
            if (start) start[*count] = (uint32_t)s.at;
            if (!skip_string(&s)) return false;
            ++*count;
            c = next_byte(&s);
        }
    next_byte(&s);
    return s.at >= s.size;
}

hr_status hr_names_parse(const void *data, size_t size, const char *name, hr_names *out) {
    *out = (hr_names){.file = {.data = data, .size = size}};
    size_t count = 0;
    if (size > UINT32_MAX || !walk(data, size, NULL, &count))
        return hr_fail(HR_ERR_FORMAT, "%s: is not a list of names", name);
    out->start = HR_NEW(uint32_t, count);
    if (!out->start) return HR_ERR_MEM;
    walk(data, size, out->start, &out->count);
    return HR_OK;
}

hr_status hr_names_open(const char *path, hr_names *out) {
    hr_file file;
    *out = (hr_names){0};
    hr_status status = hr_plain_load(path, &file);
    if (status) return status;
    status = hr_names_parse(file.data, file.size, path, out);
    out->file = file;
    if (status) hr_names_close(out);
    return status;
}

void hr_names_close(hr_names *names) {
    hr_free(names->start);
    if (names->file.data) hr_os_unload(&names->file);
    *names = (hr_names){0};
}

bool hr_names_get(const hr_names *names, size_t i, char out[HR_NAME_MAX]) {
    if (i >= names->count) return false;
    scan s = {names->file.data, names->file.size, names->start[i]};
    if (!skip_string(&s)) return false;
    size_t raw = s.at - names->start[i];
    if (raw > LETTER_MAX * HR_NAME_MAX) return false; /* whatever it holds, it is too long */
    json_t *text =
        json_loadb((const char *)names->file.data + names->start[i], raw, JSON_DECODE_ANY, NULL);
    size_t size = json_string_length(text);
    bool fits = json_is_string(text) && size < HR_NAME_MAX;
    if (fits) memcpy(out, json_string_value(text), size + 1);
    json_decref(text);
    return fits;
}
