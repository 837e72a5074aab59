#include "job.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "metrics.h"
#include "term.h"

job *job_new(model *m, size_t count) {
    job *j = calloc(1, sizeof *j);
    char **puzzle = calloc(count, sizeof *puzzle);
    json_t **answer = calloc(count, sizeof *answer);
    if (!j || !puzzle || !answer) {
        free(j);
        free(puzzle);
        free(answer);
        models_drop(m);
        return NULL;
    }
    j->model = m;
    j->puzzle = puzzle;
    j->answer = answer;
    j->count = count;
    j->fd = -1;
    atomic_init(&j->refs, 1);
    pthread_mutex_init(&j->lock, NULL);
    hrm_search_init(&j->search, sizeof j->search);
    return j;
}

void job_hold(job *j) {
    atomic_fetch_add(&j->refs, 1);
}

void job_drop(job *j) {
    if (!j || atomic_fetch_sub(&j->refs, 1) != 1) return;
    for (size_t i = 0; i < j->count; i++) {
        free(j->puzzle[i]);
        json_decref(j->answer[i]);
    }
    free(j->puzzle);
    free(j->answer);
    if (j->rpc_free) j->rpc_free(j->rpc);
    if (j->user_free) j->user_free(j->user);
    models_drop(j->model);
    pthread_mutex_destroy(&j->lock);
    free(j);
}

void job_cancel(job *j) {
    atomic_store(&j->cancelled, true);
}

void job_fail(job *j, int code, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&j->lock);
    if (!j->code) vsnprintf(j->error, sizeof j->error, format, arguments);
    if (!j->code) j->code = code;
    pthread_mutex_unlock(&j->lock);
    va_end(arguments);
    job_cancel(j); /* the rest of it is of no use */
}

bool job_is_finished(job *j) {
    pthread_mutex_lock(&j->lock);
    bool finished = j->finished;
    pthread_mutex_unlock(&j->lock);
    return finished;
}

void job_finish(job *j) {
    if (atomic_load(&j->cancelled)) job_fail(j, 499, "cancelled");
    if (j->code == 499) metrics_add(METRIC_CANCELLED, 1);
    pthread_mutex_lock(&j->lock);
    j->ended = term_now();
    j->finished = true;
    pthread_mutex_unlock(&j->lock);
    if (j->done) j->done(j);
}

json_t *job_result(const job *j) {
    json_t *answers = json_array();
    for (size_t i = 0; i < j->count; i++) json_array_append(answers, j->answer[i]);
    return json_pack("{s:s, s:s, s:s, s:o, s:{s:f, s:f}}", "object", "answers", "model",
                     j->model->name, "task", j->model->info.task, "answers", answers, "timings",
                     "queued_seconds", j->begun - j->asked, "seconds", j->ended - j->begun);
}

bool job_is_left(const job *j) {
    struct pollfd p = {j->fd, POLLRDHUP, 0};
    return j->fd >= 0 && poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}
