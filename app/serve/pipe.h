/* pipe.h - MCP over a pipe: one message a line, in and out, and nothing else on standard output. */
#ifndef SERVE_PIPE_H
#define SERVE_PIPE_H

/* Reads standard input to its end. What is then at work may finish for a moment. */
void pipe_serve(void);

#endif
