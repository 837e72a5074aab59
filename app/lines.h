/* lines.h - lines from a descriptor, with or without waiting for them. */
#ifndef APP_LINES_H
#define APP_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero but for fd; or a text in memory: buffer, end, and ended. Lines end in LF, CRLF or CR. */
typedef struct app_lines {
    int fd;
    char *buffer;
    size_t start, end, capacity; /* what was read and not yet returned */
    bool ended;
    bool after_cr; /* the last line ended in CR: a LF that follows belongs to it */
} app_lines;

typedef enum app_line { LINE_END, LINE_LATER, LINE_READ, LINE_FAILED } app_line;

/* The next line without its end, zero-terminated, borrowed until the next call; *size its length,
 * zero bytes included. LINE_LATER: without wait, none is there yet. LINE_FAILED: errno says why,
 * EMSGSIZE that a line is longer than APP_LINE_MOST bytes. A signal does not interrupt it, but
 * `stop` ends the wait. */
enum { APP_LINE_MOST = 8 << 20 };
app_line app_lines_next(app_lines *lines, bool wait, bool (*stop)(void), char **line, size_t *size);
/* A copy of the line that comes next, cut to what `out` has room for, where one is there or comes
 * within so many milliseconds; -1: it is waited for. */
bool app_lines_peek(app_lines *lines, int patience, char *out, size_t room);
/* Reads all that comes, into the buffer from `start` to `end`. False where `stop` ends the wait, or
 * on failure, of which errno says why. */
bool app_lines_all(app_lines *lines, bool (*stop)(void));
void app_lines_free(app_lines *lines);

#endif
