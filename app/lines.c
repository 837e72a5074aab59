/* lines.c - a buffer, poll and read. */
#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE = 100 }; /* milliseconds between two calls of `stop` */

/* Reads what is there, and grows the buffer if need be; false at the end (errno is 0) or on
 * failure. */
static bool fill(app_lines *l, size_t most) {
    if (l->start) memmove(l->buffer, l->buffer + l->start, l->end - l->start);
    l->end -= l->start;
    l->start = 0;
    if (l->capacity - l->end < 2) { /* one for a zero after the last line */
        errno = EMSGSIZE;
        if (l->capacity >= most) return false;
        size_t capacity = l->capacity ? 2 * l->capacity : 1 << 16;
        char *grown = realloc(l->buffer, capacity);
        if (!grown) return false;
        l->buffer = grown;
        l->capacity = capacity;
    }
    ssize_t got;
    do got = read(l->fd, l->buffer + l->end, l->capacity - l->end - 1);
    while (got < 0 && errno == EINTR);
    if (got < 0) return false;
    l->ended = got == 0;
    l->end += (size_t)got;
    return true;
}

static app_line give(app_lines *l, size_t size, size_t skip, char **line, size_t *out) {
    *line = l->buffer + l->start;
    (*line)[size] = 0;
    *out = size;
    l->start += size + skip;
    return LINE_READ;
}

app_line app_lines_next(app_lines *l, bool wait, bool (*stop)(void), char **line, size_t *size) {
    for (size_t seen = 0;;) {
        if (l->after_cr && l->end > l->start) {
            l->after_cr = false;
            l->start += l->buffer[l->start] == '\n';
        }
        size_t held = l->end - l->start;
        const char *from = l->buffer + l->start;
        while (seen < held && from[seen] != '\n' && from[seen] != '\r') seen++;
        if (seen < held) {
            l->after_cr = from[seen] == '\r';
            return give(l, seen, 1, line, size);
        }
        if (l->ended) return held ? give(l, held, 0, line, size) : LINE_END;
        struct pollfd ready = {.fd = l->fd, .events = POLLIN};
        while (poll(&ready, 1, wait ? PATIENCE : 0) <= 0) {
            if (stop()) return LINE_END;
            if (!wait) return LINE_LATER;
        }
        if (!fill(l, APP_LINE_MOST)) return LINE_FAILED;
    }
}

bool app_lines_peek(app_lines *l, int patience, char *out, size_t room) {
    for (;;) {
        size_t skip = l->after_cr && l->end > l->start && l->buffer[l->start] == '\n', size = 0;
        const char *from = l->buffer + l->start + skip;
        size_t held = l->end - l->start - skip;
        while (size < held && from[size] != '\n' && from[size] != '\r') size++;
        if (size < held || (l->ended && held)) {
            snprintf(out, room, "%.*s", (int)(size < room ? size : room), from);
            return true;
        }
        struct pollfd ready = {.fd = l->fd, .events = POLLIN};
        if (l->ended || poll(&ready, 1, patience) <= 0 || !fill(l, APP_LINE_MOST)) return false;
    }
}

bool app_lines_all(app_lines *l, bool (*stop)(void)) {
    while (!l->ended) {
        struct pollfd ready = {.fd = l->fd, .events = POLLIN};
        while (poll(&ready, 1, PATIENCE) <= 0)
            if (stop()) return false;
        if (!fill(l, SIZE_MAX / 4)) return false;
    }
    return true;
}

void app_lines_free(app_lines *lines) {
    free(lines->buffer);
    *lines = (app_lines){.fd = -1};
}
