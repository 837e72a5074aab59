/* solve.c - solves one puzzle and shows how the answer came about.
 *
 * cc solve.c $(pkg-config --cflags --libs hrm) -o solve && ./solve MODEL PUZZLE */
#include <hrm_tools.h>
#include <stdio.h>

/* One line per segment, or per round of a model that searches; false would cancel. */
static bool show(void *user, const hrm_step *step) {
    (void)user;
    printf("%3d  %s  %.0f %%\n", step->step + 1, step->text, 100 * step->confidence);
    return true;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: solve MODEL PUZZLE\n");
        return 2;
    }
    hrm_model *model;
    if (hrm_model_load(argv[1], NULL, &model)) {
        fprintf(stderr, "solve: %s\n", hrm_error());
        return 1;
    }
    const char *puzzle = argv[2];
    hrm_solve_options options;
    hrm_solve_options_init(&options, sizeof options);
    options.step = show;
    hrm_answer *answer;
    bool solved = false;
    if (hrm_solve(model, &puzzle, 1, &options, &answer)) {
        fprintf(stderr, "solve: %s\n", hrm_error());
    } else {
        solved = answer->verdict == HRM_VERDICT_SOLVED;
        printf("%s%s %s\n", answer->drawing, solved ? "solved" : "not solved:", answer->why);
        hrm_answers_free(answer, 1);
    }
    hrm_model_free(model);
    return !fflush(stdout) && solved ? 0 : 1;
}
