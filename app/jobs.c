/* jobs.c - fork, exec, waitpid. */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child. A signal that comes before its program looks for them ends it. */
static void become(pid_t parent, const char *const *words, int log, const sigset_t *held) {
    static const int asks[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    for (int i = 0; i < 3; i++)
        if (!sigaction(asks[i], NULL, &action) && action.sa_handler != SIG_IGN)
            signal(asks[i], SIG_DFL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(128 + SIGTERM);
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, held, NULL);
    execv("/proc/self/exe", (char *const *)(uintptr_t)words);
    dprintf(STDERR_FILENO, "hrm: cannot run this program again: %s\n", strerror(errno));
    _exit(127);
}

int app_jobs_place(const app_jobs *jobs) {
    int place = 0;
    while (jobs->pid[place]) place++;
    return place;
}

bool app_jobs_start(app_jobs *jobs, int place, const char *const *words, const char *log) {
    sigset_t all, held;
    int file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) return false;
    pid_t self = getpid();
    fflush(NULL); /* nothing is written twice */
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &held);
    pid_t pid = fork();
    if (!pid) become(self, words, file, &held);
    if (pid > 0) jobs->pid[place] = pid;
    int why = errno;
    sigprocmask(SIG_SETMASK, &held, NULL);
    close(file);
    errno = why;
    return pid > 0;
}

int app_jobs_ended(app_jobs *jobs, int *code) {
    for (int slot = 0; slot < jobs->count; slot++) {
        int status = 0;
        pid_t ended = jobs->pid[slot] ? waitpid(jobs->pid[slot], &status, WNOHANG) : 0;
        if (!ended || (ended < 0 && errno == EINTR)) continue;
        jobs->pid[slot] = 0;
        *code = ended < 0 ? 1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        return slot;
    }
    return -1;
}

void app_jobs_stop(const app_jobs *jobs) {
    for (int slot = 0; slot < jobs->count; slot++)
        if (jobs->pid[slot] > 0) kill(jobs->pid[slot], SIGTERM);
}
