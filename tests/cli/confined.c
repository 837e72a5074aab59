/* confined.c - for deploy.sh. confined run NUMBERS -- COMMAND...: the command, with these system
 * calls and no others (EPERM). confined fork MODEL PUZZLE: a child of fork solves with its parent's
 * model. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int allowed[] = {
#include "calls.h"
};
enum { CALLS = sizeof allowed / sizeof *allowed };

static int confine(char **command) {
    struct sock_filter code[2 * CALLS + 3];
    size_t n = 0;
    code[n++] =
        (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (int i = 0; i < CALLS; i++) {
        code[n++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], 0, 1);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    const struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
        perror("seccomp");
        return 77;
    }
    execv(command[0], command);
    perror(command[0]);
    return 126;
}

#ifdef WITH_HRM
#include <hrm.h>

static int solve(const hrm_model *model, const char *puzzle) {
    hrm_solver *solver;
    hrm_answer *answer;
    if (hrm_solver_new(model, 2, &solver)) return 1;
    int bad = hrm_solver_solve(solver, &puzzle, 1, NULL, &answer) ||
              answer->verdict != HRM_VERDICT_SOLVED;
    if (!bad) hrm_answers_free(answer, 1);
    hrm_solver_free(solver);
    return bad;
}

static int forks(const char *path, const char *puzzle) {
    hrm_model *model;
    if (hrm_model_load(path, NULL, &model) || solve(model, puzzle)) return 1;
    pid_t child = fork();
    if (child == 0) _exit(solve(model, puzzle));
    int status, bad = solve(model, puzzle);
    waitpid(child, &status, 0);
    hrm_model_free(model);
    if (bad || status) fprintf(stderr, "parent %d, child %d\n", bad, status);
    return bad || status;
}
#else
static int forks(const char *path, const char *puzzle) {
    return path == puzzle;
}
#endif

int main(int count, char **words) {
    if (count > 2 && !strcmp(words[1], "run")) return confine(words + 2);
    return count == 4 ? forks(words[2], words[3]) : 2;
}
