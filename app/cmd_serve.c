/* cmd_serve.c - hrm serve: puzzles solved for programs, until a signal says otherwise. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "commands.h"
#include "serve/api.h"
#include "serve/ask.h"
#include "serve/puzzles.h"
#include "serve/queue.h"
#include "serve/runs.h"
#include "shipped.h"
#include "term.h"

enum { DATA_MAX = 32, PORT = 8091, QUEUE = 256, CONNECTIONS = 2048 };

static const double wait_seconds = 60; /* for a worker, at most */

/* The signals that mean something here, which no thread but this one gets. */
static sigset_t block_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return set;
}

/* Looks after connections, the queue and runs; true: a signal to end it came. */
static bool tick(const sigset_t *set) {
    const struct timespec quarter = {0, 250000000};
    int got = sigtimedwait(set, NULL, &quarter);
    if (got == SIGHUP) models_reload();
    guard_tick();
    queue_tick();
    runs_tick();
    return got == SIGTERM || got == SIGINT;
}

/* Lets what was asked finish, for a while; a second signal ends that too. */
static void drain(const sigset_t *set, double grace) {
    double end = term_now() + grace;
    http_drain();
    runs_end();
    queue_close();
    while (http_active() > 0 && term_now() < end && !tick(set)) {
    }
    queue_cancel();
    queue_end();
    for (int i = 0; i < 8 && http_active() > 0; i++) tick(set); /* last words go out */
    http_close();
}

/* Those that were asked for must fit a model; of those that came along, what fits. */
static int open_puzzles(const app_args *args, size_t models) {
    const char *paths[DATA_MAX];
    hrm_status status = args->puzzles ? puzzles_add(app_named_data(args->puzzles)) : HRM_STATUS_OK;
    if (status && status != HRM_STATUS_TASK) return app_fail(status);
    if (status) {
        model *m = models == 1 ? models_at(0) : NULL;
        fprintf(stderr, "hrm: --puzzles %s: ", args->puzzles);
        if (m) fprintf(stderr, "does not fit the model, whose task is %s", m->info.task);
        else fprintf(stderr, "fits none of the %zu models that are served", models);
        fprintf(stderr, "; %s\n", hrm_error());
        if (m) models_drop(m);
        return EXIT_FAILED;
    }
    size_t n;
    if (!app_shipped_files("data", "-test.csv", paths, DATA_MAX, &n))
        return app_fail(HRM_STATUS_MEM);
    for (size_t i = 0; i < n; i++)
        if (puzzles_add(paths[i]) == HRM_STATUS_MEM) return app_fail(HRM_STATUS_MEM);
    puzzles_open();
    return 0;
}

static int serve(const app_args *args, const char *const *paths, size_t count,
                 const sigset_t *set) {
    int code = 0, workers = args->workers ? (int)args->workers : app_cores();
    const http_options options = {
        .host = args->host ? args->host : "127.0.0.1",
        .port = args->port < 0 ? PORT : (int)args->port,
        .connections = args->connections ? (unsigned)args->connections : CONNECTIONS,
        .routes = api_routes,
        .guard = {.origin = args->origin, .keys = args->api_key_file, .rate = args->per_address}};
    if (args->time_limit > 0) ask_set_seconds(args->time_limit);
    runs_open(args->runs ? args->runs : "runs");
    queue_open(workers, args->queue ? (size_t)args->queue : QUEUE, wait_seconds);
    code = http_open(&options);
    bool open = !code;
    if (open && models_open(paths, count, args->isa, &code)) {
        code = open_puzzles(args, count);
    }
    if (open && !code) {
        puts(http_address());
        term_flush();
        if (!args->quiet)
            fprintf(stderr, "hrm: %zu model%s, %d worker%s; Ctrl-C ends it\n", count,
                    count == 1 ? "" : "s", workers, workers == 1 ? "" : "s");
        while (!tick(set)) {
        }
    }
    if (open) drain(set, code ? 0 : args->grace > 0 ? args->grace : 10);
    else queue_end();
    puzzles_close();
    models_close();
    return code;
}

int cmd_serve(const app_args *args) {
    const char *paths[MODELS_MAX];
    int code;
    size_t count = app_model_paths(args, paths, MODELS_MAX, &code);
    sigset_t set = block_signals();
    return count ? serve(args, paths, count, &set) : code;
}
