/* jobs.h - this program, run again several times at once: children that end with it. */
#ifndef APP_JOBS_H
#define APP_JOBS_H

#include <stdbool.h>
#include <sys/types.h>

enum { APP_JOBS_MOST = 64 };
typedef struct app_jobs {
    pid_t pid[APP_JOBS_MOST]; /* 0: the place is free */
    int count;                /* places */
} app_jobs;

/* A free place, which there must be. */
int app_jobs_place(const app_jobs *jobs);
/* Runs this program with words (NULL-terminated, words[0] its name) in a free place; its output is
 * added to the file `log`. A terminal's Ctrl-C does not reach it, but SIGTERM does when this
 * process is no more. False: errno says why. */
bool app_jobs_start(app_jobs *jobs, int place, const char *const *words, const char *log);
/* The place of one that has ended, with its exit code or 128 and its signal's number; -1: none. */
int app_jobs_ended(app_jobs *jobs, int *code);
/* Sends SIGTERM to all of them. May be called in a signal handler. */
void app_jobs_stop(const app_jobs *jobs);

#endif
