/* job.h - a request for answers, from its puzzles to its reply. Whoever asked, and the queue, each
 * hold it; workers fill it in; it is done once, in whichever thread solves its last puzzle. */
#ifndef SERVE_JOB_H
#define SERVE_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "models.h"

typedef struct job job;
struct job {
    /* What is asked; fixed once it is in the queue. */
    model *model;
    char **puzzle; /* texts */
    size_t count;
    hrm_search search;
    int segments;
    uint64_t seed;
    double seconds;    /* most for one puzzle */
    bool check, trace; /* trace: answers come with their steps */
    bool heat;         /* steps are told with probabilities */
    int fd;            /* of the client: work stops when it is gone; -1: none */
    /* An event of a job whose steps are told: "round", "segment" or "answer". false stops. Called
     * by workers, several at once. May be NULL. */
    bool (*tell)(job *j, const char *event, json_t *data);
    void (*step)(job *j); /* after every step of a puzzle; may be NULL */
    void (*done)(job *j); /* once, in a worker's thread; may be NULL */
    void *user;           /* of who asked */
    void (*user_free)(void *user);
    void *rpc; /* of the protocol that it came by, if any */
    void (*rpc_free)(void *rpc);

    atomic_int refs;
    atomic_bool cancelled;
    atomic_uint rounds;   /* steps so far, of all puzzles */
    pthread_mutex_t lock; /* of what follows */
    json_t **answer;      /* (count) NULL: not there yet */
    int code;             /* of HTTP, once it failed */
    char error[400];
    double asked, begun, ended; /* seconds of a clock */
    bool finished;
    /* The queue's own, under its lock. */
    job *next;
    size_t taken, open;
    bool queued;
};

/* NULL when memory is short. Takes over the model. */
job *job_new(model *m, size_t count);
void job_hold(job *j);
void job_drop(job *j);
void job_cancel(job *j);
/* Keeps the first failure: its HTTP status and a sentence. */
void job_fail(job *j, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Whether it is done; after that its answers, code and error do not change. */
bool job_is_finished(job *j);
/* All puzzles are answered or given up: done is called. */
void job_finish(job *j);
/* {"object", "model", "answers", "timings"}; of a finished job that did not fail. */
json_t *job_result(const job *j);
/* The client closed its connection, or half of it. */
bool job_is_left(const job *j);

#endif
