/* bits.c - what tests/web/bits.mjs compares WebAssembly with: solves the puzzles on stdin, one a
 * line, by the portable kernels, and writes for each a number of bytes (uint32_t) and so many: the
 * probabilities of all its steps, then its answer's text and verdict.
 *
 * usage: bits MODEL <PUZZLES */
#include <hrm_tools.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add(void *user, const hrm_step *s) {
    size_t count = (size_t)s->cells * (size_t)s->vocab;
    return fwrite(s->probabilities, sizeof(float), count, user) == count;
}

/* false: it failed, which is told. */
static bool solve(hrm_solver *solver, const char *puzzle) {
    char *bytes;
    size_t size;
    hrm_answer *answer;
    hrm_solve_options options;
    FILE *to = open_memstream(&bytes, &size);
    hrm_solve_options_init(&options, sizeof options);
    options.step = add;
    options.user = to;
    if (!to || hrm_solver_solve(solver, &puzzle, 1, &options, &answer)) {
        fprintf(stderr, "%s\n", hrm_error());
        return false;
    }
    fprintf(to, "%s %d", answer->text, (int)answer->verdict);
    fclose(to);
    hrm_answers_free(answer, 1);
    uint32_t length = (uint32_t)size;
    fwrite(&length, sizeof length, 1, stdout);
    fwrite(bytes, 1, size, stdout);
    free(bytes);
    return true;
}

int main(int argc, char **argv) {
    hrm_run run;
    hrm_model *model;
    hrm_solver *solver;
    char line[4096];
    hrm_run_init(&run, sizeof run);
    run.threads = 1;
    run.isa = "portable";
    if (argc != 2 || hrm_model_load(argv[1], &run, &model) || hrm_solver_new(model, 1, &solver)) {
        fprintf(stderr, "%s\n", argc == 2 ? hrm_error() : "usage: bits MODEL <PUZZLES");
        return 1;
    }
    bool good = true;
    while (good && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        good = solve(solver, line);
    }
    hrm_solver_free(solver);
    hrm_model_free(model);
    return !good;
}
