/* mcp.h - the Model Context Protocol, apart from how its messages travel: revision 2026-07-28, in
 * which every request stands for itself, and those of 2025 and before, which open with a handshake.
 */
#ifndef SERVE_MCP_H
#define SERVE_MCP_H

#include "job.h"

#define MCP_NOW "2026-07-28"

/* The answer where there is no memory for one. */
#define MCP_LOST                                                                                   \
    "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,\"message\":\"out of memory\"}}"

/* Errors that more than the protocol itself tells. */
enum { MCP_PARSE = -32700, MCP_INTERNAL = -32603, MCP_VERSION = -32022 };

/* How the sender is told what is on the way; data is a whole message. */
typedef void (*mcp_note)(job *j, json_t *data);

/* What comes of a message. */
typedef struct mcp_outcome {
    json_t *reply; /* at once; NULL: none, or later, or, where term_is_short, memory was short */
    int code;      /* of HTTP */
    job *job;      /* to be put into the queue: its reply is mcp_reply's once it is finished */
    bool progress; /* its sender wants to hear of it */
    bool opens;    /* it was a handshake */
} mcp_outcome;

/* A message; or NULL and what to answer to a text that is none. */
json_t *mcp_read(const char *text, size_t size, json_t **error);
/* One message, of a sender whose requests have names of their own (session; "" for one alone;
 * NULL: what is not to be cancelled by messages). */
mcp_outcome mcp_message(const json_t *message, const char *session, mcp_note note);
/* Of a finished job; NULL where it was cancelled (code 499), which is not answered, and where
 * memory is short. */
json_t *mcp_reply(job *j);
/* The id of the call that it is, borrowed. */
const json_t *mcp_id(const job *j);
/* For a message that is none. */
json_t *mcp_error(const json_t *id, int code, const char *message, json_t *data);
bool mcp_knows(const char *version);
json_t *mcp_versions(const char *asked);

#endif
