/* reply.h - a request as handlers see it, and answers to it. */
#ifndef SERVE_REPLY_H
#define SERVE_REPLY_H

#include <microhttpd.h>

#include "job.h"

typedef struct request {
    struct MHD_Connection *connection;
    const char *method, *path;
    char name[128]; /* what stands in place of {name} in the path */
    char *body;
    size_t size;
    bool large, early; /* the body is too large; it was answered before its body came */
    bool crowded;      /* bodies of all requests together are too large */
    /* A job that it waits for, and how its reply is made once that is finished. */
    job *job;
    enum MHD_Result (*reply)(struct request *q);
} request;

/* Headers in pairs, then NULL. */
typedef const char *const *reply_headers;

/* JSON, which it takes over; NULL is memory that was short. */
enum MHD_Result reply_json(request *q, int code, json_t *o);
enum MHD_Result reply_json_with(request *q, int code, json_t *o, reply_headers headers);
/* {"error": {"code", "message", "type"}} */
enum MHD_Result reply_error(request *q, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum MHD_Result reply_error_with(request *q, int code, reply_headers headers, const char *format,
                                 ...) __attribute__((format(printf, 4, 5)));
/* Text, which it takes over (malloc). */
enum MHD_Result reply_text(request *q, int code, const char *type, char *text, size_t size,
                           reply_headers headers);
/* Bytes that stay, with their entity tag: 304 where the client has them. */
enum MHD_Result reply_fixed(request *q, const char *type, const void *bytes, size_t size,
                            const char *etag, reply_headers headers);
/* The same for JSON, which it takes over: the tag is made of it. */
enum MHD_Result reply_tagged(request *q, json_t *o);
/* The error object alone; of HTTP, and of streams. */
json_t *reply_error_json(int code, const char *message);
const char *reply_header(const request *q, const char *name);
/* False: memory is short, and the answer must not go out without what its headers say. */
bool reply_add(struct MHD_Response *r, reply_headers headers);
/* What may be asked of it from pages elsewhere: headers that every answer gets. */
void reply_set_origin(const char *origin);
reply_headers reply_common(const request *q);

#endif
