#include "mcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"
#include "term.h"

enum { INVALID = -32600, NO_METHOD = -32601, PARAMS = -32602 };

#define META(name) "io.modelcontextprotocol/" name
#define INSTRUCTIONS                                                                               \
    "Hand over a whole puzzle to solve_puzzle; do not solve it cell by cell. check_answer judges " \
    "an answer by the rules; explain_solution tells how it is found."

static const char *const versions[] = {MCP_NOW, "2025-11-25", "2025-06-18",
                                       "2024-11-05"}; /* 2025-03-26 has batches */
enum { VERSIONS = sizeof versions / sizeof *versions };

/* A call that is at work: what the job carries for this protocol. */
typedef struct call {
    struct call *next, **at; /* in the list of those that may be cancelled */
    job *job;
    json_t *id, *token;
    const tool *tool;
    char session[64];
    bool modern;
    mcp_note note;
    double noted;
} call;

static struct {
    pthread_mutex_t lock;
    call *first;
} live = {.lock = PTHREAD_MUTEX_INITIALIZER};

bool mcp_knows(const char *version) {
    for (int i = 0; version && i < VERSIONS; i++)
        if (!strcmp(versions[i], version)) return true;
    return false;
}

json_t *mcp_versions(const char *asked) {
    json_t *list = json_array();
    for (int i = 0; i < VERSIONS; i++) json_array_append_new(list, json_string(versions[i]));
    json_t *o = json_pack("{s:o}", "supported", list);
    if (asked) json_object_set_new(o, "requested", json_string(asked));
    return o;
}

json_t *mcp_error(const json_t *id, int code, const char *message, json_t *data) {
    json_t *e = json_pack("{s:s, s:O?, s:{s:i, s:s}}", "jsonrpc", "2.0", "id", id, "error", "code",
                          code, "message", message);
    if (!id) json_object_set_new(e, "id", json_null());
    if (data) json_object_set_new(json_object_get(e, "error"), "data", data);
    return e;
}

/* The last step of every result. */
static json_t *result(const json_t *id, json_t *r, bool modern) {
    if (modern) {
        json_object_set_new(r, "resultType", json_string("complete"));
        json_object_set_new(r, "_meta",
                            json_pack("{s:{s:s, s:s}}", META("serverInfo"), "name", "hrm",
                                      "version", hrm_version()));
    }
    return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", r);
}

/* ---- calls at work --------------------------------------------------------------------------- */

static void forget(void *user) {
    call *c = user;
    pthread_mutex_lock(&live.lock);
    if (c->at) *c->at = c->next;
    if (c->at && c->next) c->next->at = c->at;
    pthread_mutex_unlock(&live.lock);
    json_decref(c->id);
    json_decref(c->token);
    free(c);
}

static void cancel(const json_t *id, const char *session) {
    pthread_mutex_lock(&live.lock);
    for (call *c = live.first; id && c; c = c->next)
        if (!strcmp(c->session, session) && json_equal(c->id, id)) job_cancel(c->job);
    pthread_mutex_unlock(&live.lock);
}

/* In a worker's thread, after a step. */
static void progress(job *j) {
    call *c = j->rpc;
    double now = term_now();
    if (now - c->noted < 0.05) return;
    c->noted = now;
    unsigned rounds = atomic_load(&j->rounds);
    char text[40];
    snprintf(text, sizeof text, "%s %u", j->model->info.symbols ? "round" : "segment", rounds);
    json_t *o = json_pack("{s:s, s:s, s:{s:O, s:I, s:s}}", "jsonrpc", "2.0", "method",
                          "notifications/progress", "params", "progressToken", c->token, "progress",
                          (json_int_t)rounds, "message", text);
    if (o) c->note(j, o);
    json_decref(o);
}

json_t *mcp_reply(job *j) {
    const call *c = j->rpc;
    if (j->code == 499) return NULL;
    return result(c->id, tools_finish(c->tool, j), c->modern);
}

const json_t *mcp_id(const job *j) {
    return ((const call *)j->rpc)->id;
}

static void call_tool(const json_t *id, const json_t *params, bool modern, const char *session,
                      mcp_note note, mcp_outcome *out) {
    const char *name = json_string_value(json_object_get(params, "name"));
    const json_t *arguments = json_object_get(params, "arguments");
    const tool *t = name ? tools_find(name) : NULL;
    if (!t || (arguments && !json_is_object(arguments))) {
        out->code = modern ? 400 : 200;
        out->reply = mcp_error(id, PARAMS, t ? "arguments: not an object" : "no such tool", NULL);
        return;
    }
    json_t *none = json_object(), *r;
    job *j = NULL;
    r = tools_begin(t, arguments ? arguments : none, &j);
    json_decref(none);
    if (!j) {
        out->reply = result(id, r, modern);
        return;
    }
    call *c = calloc(1, sizeof *c);
    if (!c) {
        job_drop(j);
        out->reply = mcp_error(id, MCP_INTERNAL, "out of memory", NULL);
        return;
    }
    const json_t *token = json_object_get(json_object_get(params, "_meta"), "progressToken");
    *c = (call){.job = j,
                .id = json_deep_copy(id),
                .token = json_deep_copy(token),
                .tool = t,
                .modern = modern,
                .note = note};
    if (!c->id || (token && !c->token)) {
        forget(c);
        job_drop(j);
        out->reply = mcp_error(id, MCP_INTERNAL, "out of memory", NULL);
        return;
    }
    snprintf(c->session, sizeof c->session, "%s", session ? session : "\n"); /* nobody's name */
    j->rpc = c;
    j->rpc_free = forget;
    if (token) j->step = progress;
    pthread_mutex_lock(&live.lock);
    c->next = live.first;
    c->at = &live.first;
    if (c->next) c->next->at = &c->next;
    live.first = c;
    pthread_mutex_unlock(&live.lock);
    out->job = j;
    out->progress = token != NULL;
}

/* ---- messages -------------------------------------------------------------------------------- */

static json_t *initialize(const json_t *params) {
    const char *asked = json_string_value(json_object_get(params, "protocolVersion"));
    const char *given = mcp_knows(asked) && strcmp(asked, MCP_NOW) ? asked : versions[1];
    return json_pack("{s:s, s:{s:{}}, s:{s:s, s:s}, s:s}", "protocolVersion", given, "capabilities",
                     "tools", "serverInfo", "name", "hrm", "version", hrm_version(), "instructions",
                     INSTRUCTIONS);
}

static json_t *cached(json_t *r) {
    json_object_set_new(r, "ttlMs", json_integer(3600000));
    json_object_set_new(r, "cacheScope", json_string("public"));
    return r;
}

static json_t *discover(void) {
    json_t *r = mcp_versions(NULL);
    json_object_set(r, "supportedVersions", json_object_get(r, "supported"));
    json_object_del(r, "supported");
    json_object_update_new(
        r, json_pack("{s:{s:{}}, s:s}", "capabilities", "tools", "instructions", INSTRUCTIONS));
    return cached(r);
}

static void answer(const json_t *id, const char *method, const json_t *params, bool modern,
                   mcp_outcome *out) {
    json_t *r = NULL;
    if (!strcmp(method, "initialize") && !modern) {
        r = initialize(params);
        out->opens = true;
    } else if (!strcmp(method, "server/discover") && modern) r = discover();
    else if (!strcmp(method, "ping") && !modern) r = json_object();
    else if (!strcmp(method, "tools/list")) {
        r = json_pack("{s:o}", "tools", tools_list());
        if (modern) cached(r);
    }
    out->code = r || !modern ? 200 : 404;
    out->reply = r ? result(id, r, modern) : mcp_error(id, NO_METHOD, "Method not found", NULL);
}

/* Whether a request stands for itself, as those of today do; false with out filled in where it is
 * neither that nor one of before. */
static bool era(const json_t *id, const char *method, const json_t *params, bool *modern,
                mcp_outcome *out) {
    const json_t *meta = json_object_get(params, "_meta");
    const json_t *version = json_object_get(meta, META("protocolVersion"));
    const char *asked = json_string_value(version);
    *modern = version != NULL || !strcmp(method, "server/discover");
    out->code = 400;
    if (!*modern) return true;
    bool whole = asked && json_is_object(json_object_get(meta, META("clientCapabilities")));
    if (!whole)
        out->reply = mcp_error(
            id, PARAMS,
            "params._meta must hold " META("protocolVersion") " and " META("clientCapabilities"),
            NULL);
    else if (strcmp(asked, MCP_NOW))
        out->reply =
            mcp_error(id, MCP_VERSION, "Unsupported protocol version", mcp_versions(asked));
    return whole && !strcmp(asked, MCP_NOW);
}

json_t *mcp_read(const char *text, size_t size, json_t **error) {
    char why[ASK_WHY];
    json_t *m = ask_parse(text, size, why);
    if (m) return m;
    json_t *other = /* JSON, but no message */
        ask_fits(text, size, why) ? json_loadb(text, size, JSON_DECODE_ANY, NULL) : NULL;
    if (json_is_array(other))
        snprintf(why, sizeof why, "a list: no revision spoken here has batches; send one by one");
    else if (other && !json_is_object(other)) snprintf(why, sizeof why, "not an object");
    *error = mcp_error(NULL, other ? INVALID : MCP_PARSE, why, NULL);
    json_decref(other);
    return NULL;
}

mcp_outcome mcp_message(const json_t *m, const char *session, mcp_note note) {
    mcp_outcome out = {.code = 200};
    const json_t *id = json_object_get(m, "id"), *params = json_object_get(m, "params");
    const char *method = json_string_value(json_object_get(m, "method"));
    const char *rpc = json_string_value(json_object_get(m, "jsonrpc"));
    bool modern, named = json_is_string(id) || json_is_integer(id);
    if (!method && rpc && (json_object_get(m, "result") || json_object_get(m, "error")))
        return out; /* an answer, and nothing was asked */
    if (!rpc || strcmp(rpc, "2.0") || !method || (id && !named) ||
        (params && !json_is_object(params))) {
        out.code = 400;
        out.reply = mcp_error(named ? id : NULL, INVALID, "not a request of JSON-RPC 2.0", NULL);
    } else if (!id) {
        if (session && !strcmp(method, "notifications/cancelled"))
            cancel(json_object_get(params, "requestId"), session);
    } else if (era(id, method, params, &modern, &out)) {
        out.code = 200;
        if (!strcmp(method, "tools/call")) call_tool(id, params, modern, session, note, &out);
        else answer(id, method, params, modern, &out);
    }
    return out;
}
