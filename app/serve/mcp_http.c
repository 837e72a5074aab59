#include "mcp_http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ask.h"
#include "events.h"
#include "mcp.h"
#include "term.h"

enum { MISMATCH = -32020, CANCELLED = -32800 };

static void note(job *j, json_t *message) {
    if (events_put(j->user, "message", message)) return;
    if (events_is_gone(j->user)) job_cancel(j);
    else job_fail(j, 500, "out of memory");
}

/* The last event of a stream; none where the call was cancelled. */
static void done(job *j) {
    static const char lost[] = "event: message\ndata: " MCP_LOST "\n\n";
    json_t *reply = mcp_reply(j);
    if (j->code != 499 && !events_put(j->user, "message", reply))
        events_add(j->user, lost, sizeof lost - 1);
    json_decref(reply);
    events_end(j->user);
}

static enum MHD_Result reply(request *q) {
    const job *j = q->job;
    return reply_json(q, 200,
                      j->code == 499 ? mcp_error(mcp_id(j), CANCELLED, "cancelled", NULL)
                                     : mcp_reply(q->job));
}

/* Today's headers say what the body says, so that what stands between can tell without reading it.
 */
static bool repeats(const request *q, const json_t *m, const char *version) {
    const char *method = json_string_value(json_object_get(m, "method"));
    const char *name = json_string_value(json_object_get(json_object_get(m, "params"), "name"));
    const char *said = reply_header(q, "Mcp-Method"), *called = reply_header(q, "Mcp-Name");
    const char *spoken = reply_header(q, "MCP-Protocol-Version");
    if (!spoken || strcmp(spoken, version) || !said || !method || strcmp(said, method))
        return false;
    return strcmp(method, "tools/call") || (called && name && !strcmp(called, name));
}

/* What is wrong with the message as a request of HTTP; NULL: nothing. */
static json_t *refuse(const request *q, const json_t *m) {
    const json_t *id = json_object_get(m, "id");
    const json_t *meta = json_object_get(json_object_get(m, "params"), "_meta");
    const char *version =
        json_string_value(json_object_get(meta, "io.modelcontextprotocol/protocolVersion"));
    const char *spoken = reply_header(q, "MCP-Protocol-Version");
    if (spoken && !mcp_knows(spoken))
        return mcp_error(id, MCP_VERSION, "Unsupported protocol version", mcp_versions(spoken));
    if (!id || (!version && (!spoken || strcmp(spoken, MCP_NOW)))) return NULL;
    if (version && repeats(q, m, version)) return NULL;
    return mcp_error(id, MISMATCH,
                     "Header mismatch: MCP-Protocol-Version, Mcp-Method and Mcp-Name must repeat "
                     "the body",
                     NULL);
}

/* A handshake's answer names the session: a space for the ids of its requests, no more. */
static enum MHD_Result open_session(request *q, json_t *o) {
    unsigned char random[16];
    char name[33] = "";
    const char *const headers[] = {"Mcp-Session-Id", name, NULL};
    if (getrandom(random, sizeof random, 0) == sizeof random)
        for (int i = 0; i < 16; i++) snprintf(name + 2 * i, 3, "%02x", random[i]);
    return reply_json_with(q, 200, o, *name ? headers : NULL);
}

enum MHD_Result mcp_http(request *q) {
    const char *session = reply_header(q, "Mcp-Session-Id");
    json_t *wrong, *m = mcp_read(q->size ? q->body : "", q->size, &wrong);
    if (!m) return reply_json(q, 400, wrong);
    if ((wrong = refuse(q, m)) || term_is_short()) {
        json_decref(m);
        return reply_json(q, 400, wrong);
    }
    mcp_outcome out = mcp_message(m, session, note);
    json_decref(m);
    if (out.job)
        return out.progress ? http_stream(q, out.job, NULL, done) : http_wait(q, out.job, reply);
    if (!out.reply && !term_is_short()) return reply_text(q, 202, NULL, strdup(""), 0, NULL);
    return out.opens ? open_session(q, out.reply) : reply_json(q, out.code, out.reply);
}
