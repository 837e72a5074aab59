#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ask.h"
#include "events.h"
#include "metrics.h"
#include "opt.h"
#include "queue.h"

enum {
    SILENCE_SECONDS = 15,
    HEADERS_SIZE = 16 << 10, /* of a connection: its headers and a part of its body */
    SPARE_FILES = 64,        /* descriptors for other things than connections */
    BODIES_MAX = 256 << 20   /* bytes of all bodies at a time */
};

static struct {
    struct MHD_Daemon *daemon;
    http_options o;
    char address[160];
    atomic_int active;
    atomic_size_t bodies;
    atomic_bool draining;
} http;

/* ---- a request --------------------------------------------------------------------------------
 */

/* Whether a path is the route's; a {name} is then kept. */
static bool matches(const route *r, const char *path, request *q) {
    const char *open = strchr(r->path, '{'), *close = open ? strchr(open, '}') + 1 : NULL;
    if (!open) return !strcmp(r->path, path);
    size_t before = (size_t)(open - r->path), after = strlen(close), all = strlen(path);
    if (all <= before + after || strncmp(r->path, path, before) ||
        strcmp(path + all - after, close))
        return false;
    size_t n = all - before - after;
    if (n >= sizeof q->name || memchr(path + before, '/', n)) return false;
    memcpy(q->name, path + before, n);
    q->name[n] = 0;
    return true;
}

static bool takes(const route *r, const char *method) {
    return !strcmp(method, r->method) || (!strcmp(method, "HEAD") && !strcmp(r->method, "GET"));
}

/* The answer to OPTIONS where pages elsewhere may ask. */
static enum MHD_Result preflight(request *q, const char *allow) {
    const char *const headers[] = {"Allow",
                                   allow,
                                   "Access-Control-Allow-Methods",
                                   allow,
                                   "Access-Control-Allow-Headers",
                                   "Authorization, Content-Type, Mcp-Session-Id, "
                                   "MCP-Protocol-Version, Mcp-Method, Mcp-Name",
                                   "Access-Control-Max-Age",
                                   "600",
                                   NULL};
    return reply_text(q, 204, NULL, strdup(""), 0, headers);
}

/* curl -d and Python's urllib call every body a form. No page of another origin gets this far. */
static bool is_json(const request *q) {
    static const char *const types[] = {"application/json", "application/x-www-form-urlencoded"};
    const char *type = reply_header(q, "Content-Type");
    size_t n = type ? strcspn(type, "; \t") : 0;
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strlen(types[i]) == n && !strncasecmp(type, types[i], n)) return true;
    return !type;
}

static enum MHD_Result dispatch(request *q) {
    char allow[64] = "";
    const char *why;
    const route *found = NULL;
    bool open = false;
    for (const route *r = http.o.routes; r->path; r++) {
        if (!matches(r, q->path, q)) continue;
        snprintf(allow + strlen(allow), sizeof allow - strlen(allow), "%s%s", *allow ? ", " : "",
                 strcmp(r->method, "GET") ? r->method : "GET, HEAD");
        open |= r->open;
        if (takes(r, q->method)) found = r;
    }
    int refused = guard_refuses(q, open || !strcmp(q->method, "OPTIONS"), &why);
    if (refused == 401) {
        static const char *const how[] = {"WWW-Authenticate", "Bearer", NULL};
        return reply_error_with(q, 401, how, "%s", why);
    }
    if (refused) return reply_error(q, refused, "%s", why);
    if (!*allow)
        return reply_error(q, 404, "%.100s: no such address; GET /openapi.json lists them",
                           q->path);
    if (!found && !strcmp(q->method, "OPTIONS") && *reply_common(q)) return preflight(q, allow);
    const char *const headers[] = {"Allow", allow, NULL};
    if (!found)
        return reply_error_with(q, 405, headers, "%.20s is not for this address; it takes %s",
                                q->method, allow);
    if (!open && guard_is_flooded(q))
        return reply_error(q, 429, "more requests than one address may send; try again");
    if (q->large) return reply_error(q, 413, "the body is larger than %d bytes", ASK_BODY_MAX);
    if (q->crowded)
        return reply_error(q, 503, "no memory for more of what is being sent at once; try again");
    if (*found->method == 'P' && !is_json(q))
        return reply_error(q, 415, "the body must be application/json");
    if (atomic_load(&http.draining) && !open)
        return reply_error(q, 503, "the service is being stopped");
    return found->handle(q);
}

/* What can be refused before the body comes. */
static enum MHD_Result begin(request *q) {
    const char *length = reply_header(q, "Content-Length");
    bool chunked = reply_header(q, "Transfer-Encoding") != NULL;
    if (length && !chunked && strtoull(length, NULL, 10) <= ASK_BODY_MAX) return MHD_YES;
    if (!length) return MHD_YES;
    static const char *const end[] = {"Connection", "close", NULL};
    q->early = true;
    if (chunked) return reply_error_with(q, 400, end, "Content-Length beside Transfer-Encoding");
    return reply_error_with(q, 413, end, "the body is larger than %d bytes", ASK_BODY_MAX);
}

static void collect(request *q, const char *data, size_t size) {
    if (q->size + size > ASK_BODY_MAX) q->large = true;
    if (q->large || q->crowded) return;
    q->crowded = atomic_load(&http.bodies) + size > BODIES_MAX;
    char *grown = q->crowded ? NULL : realloc(q->body, q->size + size + 1);
    if (!grown) {
        q->crowded = true;
        return;
    }
    atomic_fetch_add(&http.bodies, size);
    q->body = grown;
    memcpy(q->body + q->size, data, size);
    q->size += size;
    q->body[q->size] = 0;
}

/* What the library hands over: its signature, not ours. */
#define A_PART_OF_A_REQUEST                                                                        \
    void *user, struct MHD_Connection *c, const char *path, const char *method,                    \
        const char *version, const char *data, size_t *size, void **state

static enum MHD_Result handle(A_PART_OF_A_REQUEST) {
    request *q = *state;
    (void)user;
    (void)version;
    if (!q) {
        *state = q = calloc(1, sizeof *q);
        if (!q) return MHD_NO;
        *q = (request){.connection = c, .method = method, .path = path};
        atomic_fetch_add(&http.active, 1);
        metrics_add(METRIC_REQUESTS, 1);
        return begin(q);
    }
    if (q->early) {
        *size = 0;
        return MHD_YES;
    }
    if (*size) {
        collect(q, data, *size);
        *size = 0;
        return MHD_YES;
    }
    q->method = method; /* MHD's, which may have moved */
    q->path = path;
    if (q->job && !job_is_finished(q->job)) { /* woken for nothing */
        MHD_suspend_connection(c);
        return MHD_YES;
    }
    guard_set(c, GUARD_WRITES);
    return q->job ? q->reply(q) : dispatch(q);
}

static void over(void *user, struct MHD_Connection *c, void **state,
                 enum MHD_RequestTerminationCode code) {
    request *q = *state;
    (void)user;
    (void)code;
    if (!q) return;
    guard_set(c, GUARD_READS);
    if (q->job && !job_is_finished(q->job)) job_cancel(q->job);
    job_drop(q->job);
    atomic_fetch_sub(&http.bodies, q->size);
    free(q->body);
    free(q);
    *state = NULL;
    atomic_fetch_sub(&http.active, 1);
}

/* In a worker's thread, of a job whose request sleeps. */
static void wake(job *j) {
    MHD_resume_connection(j->user);
}

enum MHD_Result http_wait(request *q, job *j, enum MHD_Result (*reply)(request *q)) {
    q->job = j;
    q->reply = reply;
    j->user = q->connection;
    j->done = wake;
    j->fd = guard_descriptor(q->connection);
    guard_set(q->connection, GUARD_WAITS);
    MHD_suspend_connection(q->connection); /* first: the job may be done at once */
    if (queue_put(j)) return MHD_YES;
    MHD_resume_connection(q->connection);
    j->finished = true; /* nobody else has it */
    return MHD_YES;
}

static void forget(void *user) {
    events_drop(user);
}

/* A stream is over, whether its job is or not. */
static void left(void *user) {
    job *j = user;
    if (!job_is_finished(j)) job_cancel(j);
    job_drop(j);
}

enum MHD_Result http_stream(request *q, job *j, bool (*tell)(job *j, const char *, json_t *),
                            void (*done)(job *j)) {
    events *e = events_new(left, j);
    if (!e) {
        job_drop(j);
        return reply_error(q, 500, "out of memory");
    }
    j->tell = tell;
    j->done = done;
    j->user = e;
    j->user_free = forget;
    j->fd = guard_descriptor(q->connection);
    if (!queue_put(j)) {
        enum MHD_Result sent = reply_error(q, j->code, "%s", j->error);
        job_drop(j); /* and its events */
        return sent;
    }
    guard_set(q->connection, GUARD_WAITS);
    metrics_add(METRIC_2XX, 1);
    return events_answer(q->connection, e, reply_common(q));
}

/* ---- the server -------------------------------------------------------------------------------
 */

/* So many connections as files may be open, once as many as are allowed are. */
static unsigned connections(unsigned wanted) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files)) return wanted;
    if (files.rlim_cur < files.rlim_max && files.rlim_cur < wanted + SPARE_FILES) {
        files.rlim_cur =
            files.rlim_max < wanted + SPARE_FILES ? files.rlim_max : wanted + SPARE_FILES;
        setrlimit(RLIMIT_NOFILE, &files);
        getrlimit(RLIMIT_NOFILE, &files);
    }
    if (files.rlim_cur >= wanted + SPARE_FILES) return wanted;
    return files.rlim_cur > 2 * SPARE_FILES ? (unsigned)files.rlim_cur - SPARE_FILES : SPARE_FILES;
}

/* The address to listen at. 0, or the exit code after one line on stderr. */
static int resolve(const char *host, int port, struct sockaddr_storage *out) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_PASSIVE, .ai_socktype = SOCK_STREAM},
                    *found;
    char service[8];
    snprintf(service, sizeof service, "%d", port);
    int why = getaddrinfo(strcmp(host, "localhost") ? host : "127.0.0.1", service, &hints, &found);
    if (why == EAI_MEMORY || why == EAI_SYSTEM) {
        fprintf(stderr, "hrm: --host: %s: cannot be looked up: %s\n", host,
                why == EAI_MEMORY ? "out of memory" : strerror(errno));
        return EXIT_FAILED;
    }
    if (why)
        return app_usage_error("--host: %s: not an address; give one such as 127.0.0.1 or ::1",
                               host);
    memcpy(out, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static bool is_loopback(const struct sockaddr_storage *a) {
    if (a->ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static struct MHD_Daemon *listen_at(const struct sockaddr_storage *address) {
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    if (address->ss_family == AF_INET6) flags |= MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, (const void *)address,
        MHD_OPTION_CONNECTION_LIMIT, connections(http.o.connections), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)SILENCE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEADERS_SIZE,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, over, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, guard_connection, NULL, MHD_OPTION_END);
}

int http_open(const http_options *options) {
    struct sockaddr_storage address = {0};
    http.o = *options;
    int code = resolve(options->host, options->port, &address);
    if (code) return code;
    http.o.guard.loopback = is_loopback(&address);
    if (!http.o.guard.loopback && !http.o.guard.keys)
        return app_usage_error("--host: %s: others can reach this address; say with "
                               "--api-key-file who may ask",
                               options->host);
    if (!guard_open(&http.o.guard)) return EXIT_FAILED;
    http.daemon = listen_at(&address);
    if (!http.daemon) {
        fprintf(stderr, "hrm: %s, port %d: cannot listen there: %s\n", options->host, options->port,
                errno == EAGAIN ? "no memory, or no thread, for it" : strerror(errno));
        return EXIT_FAILED;
    }
    const union MHD_DaemonInfo *bound = MHD_get_daemon_info(http.daemon, MHD_DAEMON_INFO_BIND_PORT);
    const char *v6 = address.ss_family == AF_INET6 ? "[" : "";
    snprintf(http.address, sizeof http.address, "http://%s%.100s%s:%d/", v6, options->host,
             *v6 ? "]" : "", bound ? bound->port : options->port);
    return 0;
}

const char *http_address(void) {
    return http.address;
}

void http_drain(void) {
    int fd = MHD_quiesce_daemon(http.daemon);
    atomic_store(&http.draining, true);
    if (fd >= 0) close(fd);
}

bool http_is_draining(void) {
    return atomic_load(&http.draining);
}

int http_active(void) {
    return atomic_load(&http.active);
}

void http_close(void) {
    if (http.daemon) MHD_stop_daemon(http.daemon);
    http.daemon = NULL;
    guard_close();
}
