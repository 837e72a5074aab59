#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"
#include "term.h"

static const char *allowed; /* an origin, or "*" */

static const char *type_of(int code) {
    switch (code) {
    case 401:
        return "authentication_error";
    case 403:
        return "permission_error";
    case 404:
        return "not_found_error";
    case 429:
        return "rate_limit_error";
    case 499:
        return "cancelled";
    case 503:
        return "overloaded_error";
    case 504:
        return "timeout_error";
    default:
        return code < 500 ? "invalid_request_error" : "internal_error";
    }
}

void reply_set_origin(const char *origin) {
    allowed = origin;
}

const char *reply_header(const request *q, const char *name) {
    return MHD_lookup_connection_value(q->connection, MHD_HEADER_KIND, name);
}

reply_headers reply_common(const request *q) {
    static const char *const none[] = {NULL}, *const any[] = {"Access-Control-Allow-Origin", "*",
                                                              NULL};
    static const char *one[] = {"Access-Control-Allow-Origin", NULL, "Vary", "Origin", NULL};
    one[1] = allowed;
    if (!allowed || !reply_header(q, "Origin")) return none;
    return strcmp(allowed, "*") ? one : any;
}

bool reply_add(struct MHD_Response *r, reply_headers headers) {
    bool good = true;
    for (; good && headers && *headers; headers += 2)
        good = MHD_add_response_header(r, headers[0], headers[1]) == MHD_YES;
    return good;
}

/* Everything but the events of streams goes out here. */
static enum MHD_Result put_out(request *q, int code, const char *type, struct MHD_Response *r,
                               reply_headers headers) {
    const char *const own[] = {"X-Content-Type-Options", "nosniff", type ? "Content-Type" : NULL,
                               type, NULL};
    if (!r) return MHD_NO;
    if (!reply_add(r, own) || !reply_add(r, headers) || !reply_add(r, reply_common(q))) {
        MHD_destroy_response(r);
        return MHD_NO;
    }
    metrics_add(code < 300   ? METRIC_2XX
                : code < 400 ? METRIC_3XX
                : code < 500 ? METRIC_4XX
                             : METRIC_5XX,
                1);
    enum MHD_Result queued = MHD_queue_response(q->connection, (unsigned)code, r);
    MHD_destroy_response(r);
    return queued;
}

enum MHD_Result reply_text(request *q, int code, const char *type, char *text, size_t size,
                           reply_headers headers) {
    static char none[] = "{\"error\":{\"code\":503,\"message\":\"out of memory\","
                         "\"type\":\"overloaded_error\"}}";
    struct MHD_Response *r =
        text ? MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE)
             : MHD_create_response_from_buffer(sizeof none - 1, none, MHD_RESPMEM_PERSISTENT);
    if (text && !r) free(text);
    return put_out(q, text ? code : 503, text ? type : "application/json", r, headers);
}

enum MHD_Result reply_json_with(request *q, int code, json_t *o, reply_headers headers) {
    char *text = term_dump(o, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(o);
    return reply_text(q, code, "application/json", text, text ? strlen(text) : 0, headers);
}

enum MHD_Result reply_json(request *q, int code, json_t *o) {
    return reply_json_with(q, code, o, NULL);
}

json_t *reply_error_json(int code, const char *message) {
    json_t *text = json_string(message); /* what clients sent may be in it, cut within a letter */
    return json_pack("{s:{s:i, s:o, s:s}}", "error", "code", code, "message",
                     text ? text : json_string("the request is not UTF-8"), "type", type_of(code));
}

static enum MHD_Result refuse(request *q, int code, reply_headers headers, const char *format,
                              va_list arguments) {
    char message[700];
    vsnprintf(message, sizeof message, format, arguments);
    if (code == 429 || code == 503) metrics_add(METRIC_REFUSED, 1);
    return reply_json_with(q, code, reply_error_json(code, message), headers);
}

enum MHD_Result reply_error(request *q, int code, const char *format, ...) {
    static const char *const later[] = {"Retry-After", "1", NULL};
    va_list arguments;
    va_start(arguments, format);
    enum MHD_Result sent =
        refuse(q, code, code == 429 || code == 503 ? later : NULL, format, arguments);
    va_end(arguments);
    return sent;
}

enum MHD_Result reply_error_with(request *q, int code, reply_headers headers, const char *format,
                                 ...) {
    va_list arguments;
    va_start(arguments, format);
    enum MHD_Result sent = refuse(q, code, headers, format, arguments);
    va_end(arguments);
    return sent;
}

/* Whether the client has it: tags in If-None-Match, weak ones too. */
static bool has(const request *q, const char *etag) {
    const char *have = reply_header(q, "If-None-Match");
    return have && (!strcmp(have, "*") || strstr(have, etag));
}

enum MHD_Result reply_fixed(request *q, const char *type, const void *bytes, size_t size,
                            const char *etag, reply_headers headers) {
    bool same = has(q, etag);
    const char *const tag[] = {"ETag", etag, "Cache-Control", "no-cache", NULL};
    struct MHD_Response *r = MHD_create_response_from_buffer(
        same ? 0 : size, (void *)(uintptr_t)bytes, MHD_RESPMEM_PERSISTENT);
    if (r && !reply_add(r, tag)) {
        MHD_destroy_response(r);
        return MHD_NO;
    }
    return put_out(q, same ? 304 : 200, same ? NULL : type, r, headers);
}

enum MHD_Result reply_tagged(request *q, json_t *o) {
    char *text = term_dump(o, JSON_COMPACT | JSON_REAL_PRECISION(9)), etag[24];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    json_decref(o);
    for (const char *p = text; p && *p; p++) hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    snprintf(etag, sizeof etag, "\"%016llx\"", (unsigned long long)hash);
    const char *const headers[] = {"ETag", etag, "Cache-Control", "no-cache", NULL};
    if (!text || !has(q, etag))
        return reply_text(q, 200, "application/json", text, text ? strlen(text) : 0, headers);
    text[0] = 0;
    return reply_text(q, 304, NULL, text, 0, headers);
}
