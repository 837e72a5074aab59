#include "events.h"
#include "reply.h"
#include "term.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* What a reader may leave unread before it is cut off. */
enum { UNREAD_MAX = 8 << 20 };

struct events {
    atomic_int refs;
    pthread_mutex_t lock;
    char *bytes;
    size_t size, at, capacity;     /* written, read */
    bool ended, gone;              /* the writer is done; the reader has left or is too slow */
    struct MHD_Connection *parked; /* suspended until there is more to read */
    struct MHD_Connection *to;
    void (*left)(void *user);
    void *user;
};

events *events_new(void (*left)(void *user), void *user) {
    events *e = calloc(1, sizeof *e);
    if (!e) return NULL;
    atomic_init(&e->refs, 1);
    pthread_mutex_init(&e->lock, NULL);
    e->left = left;
    e->user = user;
    return e;
}

static void hold(events *e) {
    atomic_fetch_add(&e->refs, 1);
}

void events_drop(events *e) {
    if (!e || atomic_fetch_sub(&e->refs, 1) != 1) return;
    pthread_mutex_destroy(&e->lock);
    free(e->bytes);
    free(e);
}

/* With the lock held: the reader looks again. */
static void wake(events *e) {
    struct MHD_Connection *c = e->parked;
    e->parked = NULL;
    if (c) MHD_resume_connection(c);
}

/* With the lock held: room for so many more bytes. */
static bool grow(events *e, size_t more) {
    if (e->size - e->at + more > UNREAD_MAX) return false;
    if (e->at) {
        memmove(e->bytes, e->bytes + e->at, e->size - e->at);
        e->size -= e->at;
        e->at = 0;
    }
    if (e->size + more <= e->capacity) return true;
    size_t capacity = 2 * (e->size + more);
    char *grown = realloc(e->bytes, capacity);
    if (!grown) return false;
    e->bytes = grown;
    e->capacity = capacity;
    return true;
}

bool events_add(events *e, const char *bytes, size_t size) {
    pthread_mutex_lock(&e->lock);
    if (!e->gone && !grow(e, size)) e->gone = true;
    bool good = !e->gone;
    if (good) {
        memcpy(e->bytes + e->size, bytes, size);
        e->size += size;
    }
    wake(e);
    pthread_mutex_unlock(&e->lock);
    return good;
}

bool events_put(events *e, const char *name, const json_t *data) {
    char *line = NULL;
    if (!name) return events_add(e, ": \n\n", 4);
    char *text = term_dump(data, JSON_COMPACT | JSON_REAL_PRECISION(6));
    int size = text ? asprintf(&line, "event: %s\ndata: %s\n\n", name, text) : -1;
    bool good = size > 0 && events_add(e, line, (size_t)size);
    if (size > 0) free(line);
    free(text);
    return good;
}

bool events_is_gone(events *e) {
    pthread_mutex_lock(&e->lock);
    bool gone = e->gone;
    pthread_mutex_unlock(&e->lock);
    return gone;
}

size_t events_unread(events *e) {
    pthread_mutex_lock(&e->lock);
    size_t n = e->size - e->at;
    pthread_mutex_unlock(&e->lock);
    return n;
}

void events_end(events *e) {
    pthread_mutex_lock(&e->lock);
    e->ended = true;
    wake(e);
    pthread_mutex_unlock(&e->lock);
}

/* The server asks for bytes; with none there, its connection sleeps. */
static ssize_t read_some(void *user, uint64_t position, char *to, size_t most) {
    events *e = user;
    (void)position;
    pthread_mutex_lock(&e->lock);
    size_t n = e->size - e->at;
    if (n > most) n = most;
    if (n) {
        memcpy(to, e->bytes + e->at, n);
        e->at += n;
    } else if (!e->ended && !e->gone) {
        e->parked = e->to;
        MHD_suspend_connection(e->to);
    }
    ssize_t result = n                      ? (ssize_t)n
                     : e->ended && !e->gone ? MHD_CONTENT_READER_END_OF_STREAM
                     : e->gone              ? MHD_CONTENT_READER_END_WITH_ERROR
                                            : 0;
    pthread_mutex_unlock(&e->lock);
    return result;
}

static void over(void *user) {
    events *e = user;
    pthread_mutex_lock(&e->lock);
    e->gone = true;
    e->parked = NULL;
    pthread_mutex_unlock(&e->lock);
    if (e->left) e->left(e->user);
    events_drop(e);
}

enum MHD_Result events_answer(struct MHD_Connection *c, events *e, const char *const headers[]) {
    static const char *const own[] = {"Content-Type",
                                      "text/event-stream",
                                      "Cache-Control",
                                      "no-store",
                                      "X-Accel-Buffering",
                                      "no",
                                      NULL};
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16 << 10, read_some, e, over);
    hold(e);
    if (!r) {
        over(e);
        return MHD_NO;
    }
    e->to = c;
    bool good = reply_add(r, own) && reply_add(r, headers);
    enum MHD_Result queued = good ? MHD_queue_response(c, MHD_HTTP_OK, r) : MHD_NO;
    MHD_destroy_response(r);
    return queued;
}
