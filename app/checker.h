/* checker.h - the program that a task file may name to judge answers: it reads a line with question
 * and answer and writes a line with the verdict. Run only if the user says so. */
#ifndef APP_CHECKER_H
#define APP_CHECKER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "hrm_tools.h"

typedef struct app_checker {
    FILE *in; /* NULL: there is none */
    int out;
    pid_t pid;       /* and its group's */
    char said[4096]; /* and not read yet */
    size_t have;
    char *command;
    const hrm_model *model; /* borrowed */
    unsigned char *tokens;  /* and text: a question as tokens, and as the task writes it */
    char *text;
    double patience; /* seconds for a verdict; 0: a minute */
    double until;    /* when (term_now) the last one is due; 0: never */
    bool failed;     /* to give a verdict, which was told */
} app_checker;

/* Starts what the task of the model, which was loaded from `path`, names as its check. Returns 0,
 * or the exit code after one line on stderr. */
int app_checker_open(app_checker *checker, const hrm_model *model, const char *path);
/* Replaces the verdict of the rules on a complete answer. false, after one line on stderr: the
 * program gave no verdict in a minute, or in the time there is, or a line that nothing asked for;
 * without a line: signals_stop. */
bool app_checker_judge(app_checker *checker, const char *question, const char *answer,
                       hrm_verdict *verdict, char why[96]);
/* Ends the program, which has a few seconds to do so by itself. false, after one line on stderr:
 * there is no such program, or it said more than it was asked. */
bool app_checker_close(app_checker *checker);

#endif
