#include "api.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "catalogue.h"
#include "events.h"
#include "mcp_http.h"
#include "metrics.h"
#include "openapi.h"
#include "page.h"
#include "puzzles.h"
#include "queue.h"
#include "runs.h"

static const char *argument(const request *q, const char *name) {
    return MHD_lookup_connection_value(q->connection, MHD_GET_ARGUMENT_KIND, name);
}

static enum MHD_Result health(request *q) {
    const char *status = http_is_draining() ? "stopping" : models_ready() ? "ok" : "loading";
    return reply_json(q, strcmp(status, "ok") ? 503 : 200, json_pack("{s:s}", "status", status));
}

/* ---- what there is --------------------------------------------------------------------------- */

static enum MHD_Result list_models(request *q) {
    return reply_tagged(q, catalogue_models());
}

static enum MHD_Result show_model(request *q) {
    char why[ASK_WHY];
    model *m = models_take(q->name, NULL, why, sizeof why);
    if (!m) return reply_error(q, models_ready() ? 404 : 503, "%s", why);
    json_t *o = catalogue_model(m);
    models_drop(m);
    return reply_tagged(q, o);
}

static enum MHD_Result list_tasks(request *q) {
    return reply_tagged(q, catalogue_tasks());
}

/* Stops at the first that is not known. */
static enum MHD_Result find_unknown(void *user, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
    (void)kind;
    (void)value;
    if (!strcmp(name, "task") || !strcmp(name, "rating")) return MHD_YES;
    *(const char **)user = name;
    return MHD_NO;
}

static enum MHD_Result random_puzzle(request *q) {
    const char *task = argument(q, "task"), *rating = argument(q, "rating"), *unknown = NULL;
    int low = INT_MIN, high = INT_MAX, read = 0;
    MHD_get_connection_values(q->connection, MHD_GET_ARGUMENT_KIND, find_unknown,
                              (void *)(uintptr_t)&unknown);
    if (unknown)
        return reply_error(q, 400, "\"%.40s\": no such field; task and rating are", unknown);
    if (rating && *rating) {
        if (sscanf(rating, "%9d-%9d%n", &low, &high, &read) < 2 || rating[read]) {
            high = INT_MAX;
            if (sscanf(rating, "%9d%n", &low, &read) < 1 ||
                (rating[read] && strcmp(rating + read, "-")))
                return reply_error(q, 400, "rating: give LOW or LOW-HIGH");
        }
        if (low > high)
            return reply_error(
                q, 400, "rating: %d-%d holds nothing; give LOW-HIGH, the lower first", low, high);
    }
    json_t *o = puzzles_random(task && *task ? task : NULL, low, high);
    if (!o)
        return reply_error(q, 404,
                           "no puzzle of that kind is at hand; hrm serve --puzzles FILE adds "
                           "some");
    return reply_json(q, 200, o);
}

static enum MHD_Result list_runs(request *q) {
    return reply_json(q, 200, runs_list());
}

static enum MHD_Result metrics(request *q) {
    size_t size = 0;
    char *text = metrics_text(queue_length(), queue_busy(), guard_connections(), &size);
    return reply_text(q, 200, "text/plain; version=0.0.4; charset=utf-8", text, size, NULL);
}

static enum MHD_Result openapi(request *q) {
    return reply_tagged(q, openapi_make(api_routes));
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Reads the body; false once it was answered for what is wrong with it. */
static bool read_body(request *q, const ask_field *fields, json_t **body, ask *a,
                      enum MHD_Result *sent) {
    char why[ASK_WHY];
    *body = ask_parse(q->body, q->size, why);
    if (!*body) *sent = reply_error(q, 400, "body: %s", why);
    else if (!ask_read(fields, *body, a, why)) *sent = reply_error(q, 400, "%s", why);
    else return true;
    json_decref(*body);
    return false;
}

static enum MHD_Result check(request *q) {
    char why[ASK_WHY];
    int code;
    ask a;
    json_t *body, *verdict;
    enum MHD_Result sent;
    if (!read_body(q, ask_check_fields, &body, &a, &sent)) return sent;
    verdict = ask_check(&a, &code, why);
    json_decref(body);
    return verdict ? reply_json(q, 200, verdict) : reply_error(q, code, "%s", why);
}

static enum MHD_Result send_result(request *q) {
    const job *j = q->job;
    if (j->code) return reply_error(q, j->code, "%s", j->error);
    return reply_json(q, 200, job_result(j));
}

/* A stream: the job tells, in workers' threads. */
static bool tell(job *j, const char *event, json_t *data) {
    if (events_put(j->user, event, data)) return true;
    if (!events_is_gone(j->user)) job_fail(j, 500, "out of memory");
    return false;
}

static void finish(job *j) {
    static const char lost[] = "event: error\ndata: {\"error\":{\"code\":500,\"message\":"
                               "\"out of memory\",\"type\":\"internal_error\"}}\n\n";
    json_t *o = j->code ? reply_error_json(j->code, j->error) : job_result(j);
    if (!j->code) json_object_del(o, "answers"); /* each was told */
    if (!events_put(j->user, j->code ? "error" : "done", o))
        events_add(j->user, lost, sizeof lost - 1);
    json_decref(o);
    events_end(j->user);
}

static enum MHD_Result solve(request *q) {
    char why[ASK_WHY];
    int code;
    ask a;
    json_t *body;
    enum MHD_Result sent;
    if (!read_body(q, ask_solve_fields, &body, &a, &sent)) return sent;
    job *j = ask_job(&a, &code, why);
    json_decref(body);
    if (!j) return reply_error(q, code, "%s", why);
    return a.stream ? http_stream(q, j, tell, finish) : http_wait(q, j, send_result);
}

static json_t *solve_schema(void) {
    return ask_schema(ask_solve_fields);
}

static json_t *check_schema(void) {
    return ask_schema(ask_check_fields);
}

static json_t *answers_schema(void) {
    return json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:o}}}", "type", "object", "properties", "model",
                     "type", "string", "answers", "type", "array", "items", ask_answer_schema());
}

const route api_routes[] = {
    {"GET", "/", page_send, true, NULL, "the page", NULL, NULL, "text/html"},
    {"GET", "/health", health, true, NULL, "200, or 503 while models are loaded", NULL, NULL, NULL},
    {"GET", "/v1/models", list_models, false, NULL, "the models that are served", NULL, NULL, NULL},
    {"GET", "/v1/models/{name}", show_model, false, NULL, "one of them", NULL, NULL, NULL},
    {"GET", "/v1/tasks", list_tasks, false, NULL, "families of puzzles, and who solves them", NULL,
     NULL, NULL},
    {"GET", "/v1/puzzles/random", random_puzzle, false, "task,rating",
     "a puzzle to try; rating is LOW or LOW-HIGH", NULL, NULL, NULL},
    {"POST", "/v1/solve", solve, false, NULL, "solve puzzles", solve_schema, answers_schema, NULL},
    {"POST", "/v1/check", check, false, NULL, "judge an answer by the rules, without a model",
     check_schema, ask_verdict_schema, NULL},
    {"POST", "/mcp", mcp_http, false, NULL, "tools for language models: MCP over HTTP", NULL, NULL,
     NULL},
    {"GET", "/v1/runs", list_runs, false, NULL, "training runs", NULL, NULL, NULL},
    {"GET", "/v1/runs/{name}/events", runs_events, false, NULL,
     "the metrics of a run as they grow, as server-sent events", NULL, NULL, "text/event-stream"},
    {"GET", "/metrics", metrics, false, NULL, "counters for Prometheus", NULL, NULL, "text/plain"},
    {"GET", "/openapi.json", openapi, true, NULL, "this description", NULL, NULL, NULL},
    {NULL, NULL, NULL, false, NULL, NULL, NULL, NULL, NULL}};
