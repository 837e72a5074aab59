/* pipe.h - MCP over a pipe: one message a line, in and out, and nothing else on standard output. */
#ifndef SERVE_PIPE_H
#define SERVE_PIPE_H

#include "hrm.h"

/* Reads standard input to its end, or to a line for which there is no memory. What is then at work
 * may finish for a moment. */
hrm_status pipe_serve(void);

#endif
