#include "pipe.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "mcp.h"
#include "queue.h"
#include "term.h"

enum { LAST_SECONDS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of standard output */

/* Nothing for NULL, but where there was no memory for a message. */
static void say(const json_t *message) {
    errno = 0;
    char *text = term_dump(message, JSON_COMPACT | JSON_REAL_PRECISION(9));
    bool is_short = !text && errno == ENOMEM;
    pthread_mutex_lock(&lock);
    if (text || is_short) puts(text ? text : MCP_LOST);
    term_flush();
    pthread_mutex_unlock(&lock);
    free(text);
}

static void note(job *j, json_t *message) {
    (void)j;
    say(message);
}

static void done(job *j) {
    json_t *reply = mcp_reply(j);
    say(reply);
    json_decref(reply);
}

static void take(const char *line, size_t size) {
    json_t *m = NULL, *error = NULL;
    if (size > ASK_BODY_MAX) error = mcp_error(NULL, MCP_PARSE, "the message is too long", NULL);
    else m = mcp_read(line, size, &error);
    if (!m) {
        say(error);
        json_decref(error);
        return;
    }
    mcp_outcome out = mcp_message(m, "", note);
    say(out.reply);
    json_decref(out.reply);
    json_decref(m);
    if (!out.job) return;
    out.job->done = done;
    if (!queue_put(out.job)) done(out.job);
    job_drop(out.job);
}

hrm_status pipe_serve(void) {
    char *line = NULL;
    size_t capacity = 0;
    const struct timespec moment = {0, 10000000};
    for (ssize_t n; (n = getline(&line, &capacity, stdin)) > 0 && !ferror(stdout);)
        if (strspn(line, " \t\r\n") < (size_t)n) take(line, (size_t)n);
    bool is_short = !feof(stdin) && !ferror(stdin) && !ferror(stdout); /* for a line */
    free(line);
    queue_close();
    for (int i = 0; i < 100 * LAST_SECONDS && !queue_is_idle(); i++) nanosleep(&moment, NULL);
    queue_cancel();
    queue_end();
    return is_short ? HRM_STATUS_MEM : HRM_STATUS_OK;
}
