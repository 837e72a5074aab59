/* checker.h - a program of the user's that judges answers, where a task file names one: a line with
 * question and answer goes in, a line with the verdict comes out. Run only at the user's word. */
#ifndef APP_CHECKER_H
#define APP_CHECKER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "hrm_tools.h"

typedef struct app_checker {
    FILE *in, *out; /* NULL: there is none */
    pid_t pid;
    const hrm_model *model; /* borrowed */
    unsigned char *tokens;  /* and text: room for a question in its one form */
    char *text;
} app_checker;

/* Starts what the task of the model, which was loaded from `path`, names as its check. Returns 0,
 * or the exit code after one line on stderr. */
int app_checker_open(app_checker *checker, const hrm_model *model, const char *path);
/* Puts its verdict in place of what the rules say of a complete answer. false: it gave none, which
 * is told. */
bool app_checker_judge(app_checker *checker, const char *question, const char *answer,
                       hrm_verdict *verdict, char why[96]);
/* Ends it. */
void app_checker_close(app_checker *checker);

#endif
