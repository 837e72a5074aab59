/* err.c - the per-thread message buffer behind err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/local.h"

enum { TEXT_MAX = 1024, FILE_MAX = 512 };

/* The last failure of a thread. */
typedef struct state {
    char text[TEXT_MAX], file[FILE_MAX];
    hr_failure last;
} state;

static HR_LOCAL void *own;
static HR_LOCAL bool is_short;

/* NULL where there is no memory even for it, which then is the failure. */
static state *mine(void) {
    bool first = !own;
    state *s = hr_local(&own, sizeof *s);
    if (s && first) s->last.offset = -1;
    if (!s) is_short = true;
    return s;
}

/* Whether a text ends within a letter of UTF-8, and with how many bytes of it. */
static bool ends_cut(const char *text, size_t size, size_t *letter) {
    size_t back = 1;
    while (back < 4 && back < size && ((unsigned char)text[size - back] & 0xc0) == 0x80) back++;
    unsigned char lead = size ? (unsigned char)text[size - back] : 0;
    *letter = back;
    return lead >= 0xc2 && back < (lead >= 0xf0 ? 4U : lead >= 0xe0 ? 3U : 2U);
}

/* What stands around a field that may have been cut, while a message is made. */
enum { BEGIN = 1, END = 2 };

/* The format with marks around what it cuts to a length; false where it is too long for that. */
static bool mark_cuts(const char *format, char *out, size_t size) {
    size_t n = 0;
    for (const char *p = format; *p;) {
        size_t digits = p[0] == '%' && p[1] == '.' ? 2 + strspn(p + 2, "0123456789*") : 0;
        bool cuts = digits > 2 && p[digits] == 's';
        size_t take = cuts ? digits + 1 : p[0] == '%' && p[1] ? 2 : 1;
        if (n + take + 3 > size) return false;
        if (cuts) out[n++] = BEGIN;
        memcpy(out + n, p, take);
        n += take;
        if (cuts) out[n++] = END;
        p += take;
    }
    out[n] = 0;
    return true;
}

/* vsnprintf; a text that is cut to a length ends with a whole letter. */
static int print(char *out, size_t size, const char *format, va_list args) {
    char marked[TEXT_MAX];
    int all =
        vsnprintf(out, size, mark_cuts(format, marked, sizeof marked) ? marked : format, args);
    size_t n = 0, letter;
    for (const char *p = out; *p; p++) {
        if (*p == BEGIN) continue;
        if (*p != END) out[n++] = *p;
        else if (ends_cut(out, n, &letter)) n -= letter;
    }
    if (all >= (int)size && ends_cut(out, n, &letter)) n -= letter;
    out[n] = 0;
    return (int)n;
}

/* What a file says may be shown on a terminal, which takes orders from control characters. */
static void disarm(char *text) {
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        if (*p < ' ' || *p == 0x7f) *p = '?';
        if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) p[0] = p[1] = '?';
    }
}

hr_status hr_fail(hr_status code, const char *format, ...) {
    static const char before[] = "out of memory: ";
    state *s = mine();
    if (!s) return HR_ERR_MEM;
    size_t at = is_short && code != HR_ERR_MEM ? sizeof before - 1 : 0;
    va_list args;
    va_start(args, format);
    print(s->text + at, sizeof s->text - at, format, args);
    va_end(args);
    memcpy(s->text, before, at);
    if (at) code = HR_ERR_MEM;
    is_short |= code == HR_ERR_MEM;
    disarm(s->text);
    s->last = (hr_failure){.status = code, .offset = -1};
    return code;
}

void hr_fail_short(void) {
    is_short = true;
}

hr_status hr_fail_unless_short(const char *what) {
    if (!is_short) return HR_OK;
    hr_fail(HR_ERR_MEM, "out of memory for %s", what);
    is_short = false;
    return HR_ERR_MEM;
}

void hr_fail_told(void) {
    is_short = false;
}

hr_status hr_fail_option(hr_status status, const char *option) {
    if (mine()) mine()->last.option = option;
    return status;
}

hr_status hr_fail_place(hr_status status, const char *file, long line, long column) {
    state *s = mine();
    if (!s) return status;
    if (file) {
        snprintf(s->file, sizeof s->file, "%s", file);
        s->last.file = s->file;
    }
    if (line) s->last.line = line;
    if (column) s->last.column = column;
    return status;
}

hr_status hr_fail_puzzle(hr_status status, size_t puzzle) {
    if (mine()) mine()->last.puzzle = (long)puzzle;
    return status;
}

hr_status hr_fail_cell(hr_status status, size_t cell) {
    if (mine()) mine()->last.cell = (long)cell;
    return status;
}

hr_status hr_fail_offset(hr_status status, size_t offset) {
    if (mine()) mine()->last.offset = (long)offset;
    return status;
}

hr_failure hr_error_failure(void) {
    if (is_short && own && mine()->last.status != HR_ERR_MEM) hr_fail(HR_ERR_MEM, "out of memory");
    if (own) return mine()->last;
    return (hr_failure){.status = is_short ? HR_ERR_MEM : HR_OK, .offset = -1};
}

hr_status hr_fail_in(hr_status code, const char *format, ...) {
    char rest[TEXT_MAX];
    state *s = mine();
    if (!s) return HR_ERR_MEM;
    memcpy(rest, s->text, sizeof rest);
    va_list args;
    va_start(args, format);
    int n = print(s->text, sizeof s->text, format, args);
    va_end(args);
    disarm(s->text);
    if (n < TEXT_MAX && snprintf(s->text + n, sizeof s->text - (size_t)n, ": %s", rest) < 0)
        s->text[n] = 0;
    return code;
}

const char *hr_error_text(void) {
    return own ? mine()->text : is_short ? "out of memory" : "";
}

const char *hr_status_name(hr_status code) {
    static const char *const names[] = {"ok",      "argument",   "memory", "io",
                                        "format",  "version",    "task",   "numeric",
                                        "stopped", "unsupported"}; /* from 0 downwards */
    size_t at = (size_t) - (long)code;
    return at < sizeof names / sizeof *names ? names[at] : "unknown";
}
