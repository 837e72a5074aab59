/* lines.h - lines from a descriptor, without waiting where there is something better to do. */
#ifndef APP_LINES_H
#define APP_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* Zero but for fd. */
typedef struct app_lines {
    int fd;
    char *buffer;
    size_t start, end, capacity; /* what was read and not yet given */
    bool ended;
} app_lines;

typedef enum app_line { LINE_END, LINE_LATER, LINE_READ, LINE_FAILED } app_line;

/* The next line without its end, zero-terminated, borrowed until the next call; *size its length,
 * zero bytes included. LINE_LATER: without wait, none is there yet. LINE_FAILED: errno says why. A
 * signal does not interrupt it, but `stop` ends the wait. */
app_line app_lines_next(app_lines *lines, bool wait, bool (*stop)(void), char **line, size_t *size);
void app_lines_free(app_lines *lines);

#endif
