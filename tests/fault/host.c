/* host.c - a program that loads the library while it runs, as Python does: whatever memory fails,
 * no call of the library ends it. A thread of its own loads a model and solves with threads of the
 * library's.
 *
 * usage: host LIBRARY MODEL PUZZLE                                                               */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <hrm.h>

static void *library;
static char **arguments;
static int code = 1;

#define CALL(name) ((__typeof__(&(name)))find(#name))
static void *find(const char *name) {
    return dlsym(library, name);
}

static void *solve(void *unused) {
    hrm_model *model = NULL;
    hrm_solver *solver = NULL;
    hrm_answer *answer = NULL;
    const char *const puzzle[] = {arguments[3]};
    (void)unused;
    hrm_status status = CALL(hrm_model_load)(arguments[2], NULL, &model);
    if (!status) status = CALL(hrm_solver_new)(model, 3, &solver);
    if (!status) status = CALL(hrm_solver_solve)(solver, puzzle, 1, NULL, &answer);
    if (status) fprintf(stderr, "host: %s\n", CALL(hrm_error)());
    else puts(answer->text);
    code = status != HRM_STATUS_OK;
    CALL(hrm_answers_free)(answer, 1);
    CALL(hrm_solver_free)(solver);
    CALL(hrm_model_free)(model);
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread;
    arguments = argv;
    library = argc == 4 ? dlopen(argv[1], RTLD_NOW) : NULL;
    if (!library || pthread_create(&thread, NULL, solve, NULL)) {
        fputs("host: cannot begin; out of memory?\n", stderr);
        return 1;
    }
    pthread_join(thread, NULL);
    return code;
}
