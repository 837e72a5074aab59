/* http.h - the wire: connections, whole requests with their limits, and handlers for them. Knows
 * nothing of puzzles. */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "guard.h"

/* An endpoint. A path may end in {name}, or hold it before a last part. */
typedef struct route {
    const char *method; /* "GET", which HEAD may be too, or "POST" */
    const char *path;
    enum MHD_Result (*handle)(request *q);
    bool open;         /* needs no key */
    const char *query; /* names of its parameters, "task,rating"; or NULL */
    const char *summary;
    json_t *(*body)(void), *(*answer)(void); /* schemas; NULL: none */
    const char *type;                        /* of the answer; NULL: JSON */
} route;

typedef struct http_options {
    const char *host; /* an address, or "localhost" */
    int port;         /* 0: any that is free */
    unsigned connections;
    const route *routes; /* until one without a path */
    guard_options guard;
} http_options;

/* Begins to serve. 0, or the exit code after one line on stderr. */
int http_open(const http_options *options);
/* The address that it serves, "http://127.0.0.1:8091/". */
const char *http_address(void);
/* Lets the request sleep until the job is finished, then reply is called; takes over the job. */
enum MHD_Result http_wait(request *q, job *j, enum MHD_Result (*reply)(request *q));
/* Answers with events: what the job tells (tell may be NULL) and, in a worker's thread, its end.
 * Both find the events in job.user; done ends them. Takes over the job. */
enum MHD_Result http_stream(request *q, job *j, bool (*tell)(job *j, const char *, json_t *),
                            void (*done)(job *j));
/* Nothing new is taken; requests on open connections are refused. */
void http_drain(void);
bool http_is_draining(void);
/* Requests that are not answered to the end. */
int http_active(void);
void http_close(void);

#endif
