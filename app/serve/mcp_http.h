/* mcp_http.h - MCP over HTTP: POST /mcp, answered by JSON or, where progress is wanted, by events.
 */
#ifndef SERVE_MCP_HTTP_H
#define SERVE_MCP_HTTP_H

#include "http.h"

enum MHD_Result mcp_http(request *q);

#endif
