/* service.c - a service loop: one model, a solver in each of several threads, a limit of time for
 * every puzzle. Puzzles come one per line on standard input, answers go out in the order they are
 * found.
 *
 * cc service.c $(pkg-config --cflags --libs hrm) -pthread -o service
 * ./service MODEL THREADS SECONDS <puzzles.txt */
#include <hrm_tools.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct service {
    const hrm_model *model; /* shared: nothing changes it after load */
    pthread_mutex_t lock;   /* of standard input, its line number and `failed` */
    long line;
    double seconds;
    bool failed;
} service;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* An hrm_step_callback: goes on while there is time. */
static bool in_time(void *deadline, const hrm_step *step) {
    (void)step;
    return now() < *(double *)deadline;
}

/* The next line, without its end; its number, or 0 at the end of the input. */
static long next_line(service *s, char **text, size_t *capacity) {
    pthread_mutex_lock(&s->lock);
    ssize_t size = getline(text, capacity, stdin);
    long line = size < 0 ? 0 : ++s->line;
    pthread_mutex_unlock(&s->lock);
    if (line) (*text)[strcspn(*text, "\r\n")] = 0;
    return line;
}

static void solve_line(service *s, hrm_solver *solver, long line, const char *puzzle) {
    static const char *const names[] = {"solved", "not solved", "wrong", "not checked",
                                        "breaks no stated rule"};
    double deadline = now() + s->seconds;
    hrm_solve_options options;
    hrm_solve_options_init(&options, sizeof options);
    options.step = in_time;
    options.user = &deadline;
    hrm_answer *answer;
    hrm_status status = hrm_solver_solve(solver, &puzzle, 1, &options, &answer);
    if (status == HRM_STATUS_STOPPED) printf("%ld\t\tout of time\n", line);
    else if (status) printf("%ld\t\t%s\n", line, hrm_error()); /* each thread has its own message */
    else {
        printf("%ld\t%s\t%s\n", line, answer->text, names[answer->verdict]);
        hrm_answers_free(answer, 1);
    }
}

static void *work(void *argument) {
    service *s = argument;
    char *puzzle = NULL;
    size_t capacity = 0;
    hrm_solver *solver;
    if (hrm_solver_new(s->model, 1, &solver)) {
        fprintf(stderr, "service: %s\n", hrm_error());
        pthread_mutex_lock(&s->lock);
        s->failed = true;
        pthread_mutex_unlock(&s->lock);
        return NULL;
    }
    for (long line; (line = next_line(s, &puzzle, &capacity));)
        if (*puzzle) solve_line(s, solver, line, puzzle);
    free(puzzle);
    hrm_solver_free(solver);
    return NULL;
}

int main(int argc, char **argv) {
    enum { MOST = 64 };
    int threads = argc == 4 ? atoi(argv[2]) : 0;
    double seconds = argc == 4 ? atof(argv[3]) : 0;
    if (threads < 1 || threads > MOST || !(seconds >= 0)) {
        fprintf(stderr, "usage: service MODEL THREADS SECONDS\n");
        return 2;
    }
    hrm_model *model;
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.threads = 1;
    if (hrm_model_load(argv[1], &run, &model)) {
        fprintf(stderr, "service: %s\n", hrm_error());
        return 1;
    }
    service s = {.model = model, .lock = PTHREAD_MUTEX_INITIALIZER, .seconds = seconds};
    pthread_t worker[MOST];
    int started = 0;
    while (started < threads && !pthread_create(&worker[started], NULL, work, &s)) started++;
    for (int i = 0; i < started; i++) pthread_join(worker[i], NULL);
    hrm_model_free(model);
    return started == threads && !s.failed && !fflush(stdout) ? 0 : 1;
}
