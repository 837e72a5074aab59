/* solve.c - one Sudoku from a buffer to a buffer, with libhrm-core.a and nothing else: no files, no
 * threads, and no memory taken once it has started. README.md says how much it is. */
#include <stdio.h>
#include <string.h>

#include "model.h"

enum { CELLS = 81, ROUNDS = 2000 };

/* What the device keeps from its start to its end. */
typedef struct device {
    hrm_model *model;
    hrm_solver *solver;
    hrm_solve_options options;
    hrm_search search;
} device;

/* All memory is taken here. The model's weights are used where they lie, in the program. */
static hrm_status start(device *d) {
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.borrow = true;
    hrm_search_init(&d->search, sizeof d->search);
    d->search.rounds = ROUNDS; /* a bound for the time that a puzzle may take */
    hrm_solve_options_init(&d->options, sizeof d->options);
    d->options.batch = 1; /* the least memory */
    d->options.search = &d->search;
    hrm_status status = hrm_model_load_memory(sudoku_model, sudoku_model_size, &run, &d->model);
    if (!status) status = hrm_solver_new(d->model, 1, &d->solver);
    if (!status) status = hrm_solver_reserve(d->solver, 1, d->options.batch);
    return status;
}

static void stop(device *d) {
    hrm_solver_free(d->solver);
    hrm_model_free(d->model);
}

/* The next puzzle of a stream, a line of 81 characters; false: there is none. */
static bool receive(char puzzle[CELLS + 2]) {
    if (!fgets(puzzle, CELLS + 2, stdin)) return false;
    puzzle[strcspn(puzzle, "\n")] = 0;
    return true;
}

int main(void) {
    static char in[BUFSIZ], out[BUFSIZ]; /* streams would take theirs when they are first used */
    char puzzle[CELLS + 2], answer[CELLS + 1];
    device d = {0};
    int code = 0;
    setvbuf(stdin, in, _IOFBF, sizeof in);
    setvbuf(stdout, out, _IOLBF, sizeof out);
    if (start(&d)) {
        fprintf(stderr, "%s\n", hrm_error());
        stop(&d);
        return 1;
    }
    while (receive(puzzle)) {
        hrm_verdict verdict;
        if (hrm_solver_answer(d.solver, puzzle, &d.options, answer, &verdict)) {
            fprintf(stderr, "%s\n", hrm_error());
            code = 1;
            continue;
        }
        puts(verdict == HRM_VERDICT_SOLVED ? answer : "not solved");
        code |= verdict != HRM_VERDICT_SOLVED;
    }
    stop(&d);
    return code;
}
