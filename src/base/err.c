/* err.c - the per-thread message buffer behind err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024, FILE_MAX = 512 };

static _Thread_local char text[TEXT_MAX], file_name[FILE_MAX];
static _Thread_local hr_failure last = {.offset = -1};

hr_status hr_fail(hr_status code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *p = text; *p; p++) /* what a file says may be shown on a terminal */
        if ((unsigned char)*p < ' ' || *p == 0x7f) *p = '?';
    last = (hr_failure){.status = code, .offset = -1};
    return code;
}

hr_status hr_fail_option(hr_status status, const char *option) {
    last.option = option;
    return status;
}

hr_status hr_fail_place(hr_status status, const char *file, long line, long column) {
    if (file) {
        snprintf(file_name, sizeof file_name, "%s", file);
        last.file = file_name;
    }
    if (line) last.line = line;
    if (column) last.column = column;
    return status;
}

hr_status hr_fail_puzzle(hr_status status, size_t puzzle) {
    last.puzzle = (long)puzzle;
    return status;
}

hr_status hr_fail_cell(hr_status status, size_t cell) {
    last.cell = (long)cell;
    return status;
}

hr_status hr_fail_offset(hr_status status, size_t offset) {
    last.offset = (long)offset;
    return status;
}

hr_failure hr_error_failure(void) {
    return last;
}

hr_status hr_fail_in(hr_status code, const char *format, ...) {
    char rest[TEXT_MAX];
    memcpy(rest, text, sizeof rest);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0) n = 0;
    if (n < TEXT_MAX && snprintf(text + n, sizeof text - (size_t)n, ": %s", rest) < 0) text[n] = 0;
    return code;
}

const char *hr_error_text(void) {
    return text;
}

const char *hr_status_name(hr_status code) {
    static const char *const names[] = {"ok",      "argument",   "memory", "io",
                                        "format",  "version",    "task",   "numeric",
                                        "stopped", "unsupported"}; /* from 0 downwards */
    size_t at = (size_t) - (long)code;
    return at < sizeof names / sizeof *names ? names[at] : "unknown";
}
