/* events.h - a stream of server-sent events: one thread writes, the connection reads, and whoever
 * is slower waits or leaves. */
#ifndef SERVE_EVENTS_H
#define SERVE_EVENTS_H

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct events events;

/* Counted: the writer and the response each hold it. left (may be NULL) is called once, with user,
 * when the response is over, sent or not. NULL when memory is short. */
events *events_new(void (*left)(void *user), void *user);
void events_drop(events *e);
/* Adds an event; name NULL: a comment that keeps the connection. False when the reader has left or
 * is so slow that more would not fit, or memory is short; `data` stays the caller's. */
bool events_put(events *e, const char *name, const json_t *data);
/* Whether there is nobody to read more; where an event could not be put and this is false, memory
 * was short for the event alone. */
bool events_is_gone(events *e);
/* Adds bytes as they are. */
bool events_add(events *e, const char *bytes, size_t size);
/* Bytes that the reader has not taken yet. */
size_t events_unread(events *e);
/* No more will come. */
void events_end(events *e);
/* Answers a request with the stream; takes a hold of its own. */
enum MHD_Result events_answer(struct MHD_Connection *c, events *e, const char *const headers[]);

#endif
