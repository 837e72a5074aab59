/* cmd_mcp.c - hrm mcp: tools for a language model, over standard input and output. */
#include <signal.h>

#include "commands.h"
#include "serve/ask.h"
#include "serve/pipe.h"
#include "serve/queue.h"
#include "shipped.h"

enum { QUEUE = 64 };

int cmd_mcp(const app_args *args) {
    const char *paths[MODELS_MAX];
    int code;
    size_t count = app_model_paths(args, paths, MODELS_MAX, &code);
    if (!count) return code;
    signal(SIGPIPE, SIG_IGN);
    if (args->time_limit > 0) ask_set_seconds(args->time_limit);
    if (models_open(paths, count, args->isa, &code)) {
        queue_open(args->workers ? (int)args->workers : app_cores(), QUEUE, 60);
        hrm_status status = pipe_serve();
        if (status) code = app_fail(status);
    }
    models_close();
    return code;
}
