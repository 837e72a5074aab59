/* sudoku.c - hrm-sudoku: a Sudoku solver in one file to copy. libhrm-core.a and the model are in
 * the program, which reads puzzles and prints answers as `hrm solve` does, and knows no rule of
 * Sudoku but where it is told to check. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

enum { FAILED = 1, USAGE = 2, LINE = 4096 };

static const char help[] =
    "Usage: hrm-sudoku [--check] [--rounds N] [PUZZLE ...]\n"
    "\n"
    "Solves Sudoku with a reasoning model of 387 thousand weights, which is in this program.\n"
    "A puzzle is 81 characters, row by row: 1 to 9, and . or 0 for an open cell. Without\n"
    "PUZZLE they are read from standard input, one a line, or the nine rows under each other;\n"
    "empty lines say nothing. Prints each answer, a tab, and what the rules say of it.\n"
    "\n"
    "  --check     the rules may reject an answer, which is then sought again\n"
    "  --rounds N  most rounds of reasoning for one puzzle (default: 20000)\n"
    "  --help      this text\n"
    "  --version   the version\n"
    "\n"
    "Exit status: 0 all are solved, 1 some are not or are no puzzles, 2 a wrong command line.\n";

typedef struct program {
    hrm_model *model;
    hrm_solver *solver;
    hrm_solve_options options;
    hrm_search search;
    size_t count; /* puzzles so far */
    bool failed;
} program;

static int usage(const char *what, const char *word) {
    fprintf(stderr, "hrm-sudoku: %s%s; --help lists all that there is\n", word, what);
    return USAGE;
}

static int start(program *p) {
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.borrow = true;
    p->options.search = &p->search;
    if (!hrm_model_load_memory(sudoku_model, sudoku_model_size, &run, &p->model) &&
        !hrm_solver_new(p->model, 1, &p->solver))
        return 0;
    fprintf(stderr, "hrm-sudoku: %s\n", hrm_error());
    return FAILED;
}

static void solve(program *p, const char *puzzle) {
    static const char *const verdicts[] = {"solved", "not solved", "wrong"};
    hrm_answer *a;
    p->count++;
    if (hrm_solver_solve(p->solver, &puzzle, 1, &p->options, &a)) {
        hrm_failure f;
        hrm_last_failure(&f);
        const char *at = strstr(f.text, "puzzle 1: ");
        fprintf(stderr, "hrm-sudoku: puzzle %zu: %s\n", p->count, at ? at + 10 : f.text);
        p->failed = true;
        return;
    }
    printf("%s\t%s%s%s\n", a->text, verdicts[a->verdict], *a->why ? ": " : "", a->why);
    fflush(stdout);
    p->failed |= a->verdict != HRM_VERDICT_SOLVED;
    hrm_answers_free(a, 1);
}

/* Lines of puzzles, or of their rows. */
static void solve_stream(program *p, FILE *in) {
    char line[LINE], rows[LINE];
    size_t left = 0, used = 0; /* rows that a grid lacks, and its characters so far */
    while (fgets(line, sizeof line, in)) {
        size_t size = strcspn(line, "\r\n");
        line[size] = 0;
        int lines = hrm_puzzle_rows(p->model, line);
        if (lines < 1) continue; /* an empty line, a border, a comment */
        if (!left) left = (size_t)lines, used = 0;
        if (used + size + 2 > sizeof rows) used = 0, left = 1; /* no puzzle, as it will be told */
        memcpy(rows + used, line, size);
        used += size;
        rows[used++] = '\n';
        rows[used] = 0;
        if (--left) continue;
        rows[used - 1] = 0;
        solve(p, rows);
    }
    if (left) solve(p, rows);
}

/* Takes the options; the number of the first puzzle, or 0 after --help and the like. */
static int options(program *p, int argc, char **argv, int *code) {
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] == '-'; i++) {
        const char *word = argv[i];
        if (!strcmp(word, "--")) return i + 1;
        if (!strcmp(word, "--check")) p->options.check = true;
        else if (!strcmp(word, "--help")) return fputs(help, stdout), 0;
        else if (!strcmp(word, "--version")) return printf("hrm-sudoku %s\n", hrm_version()), 0;
        else if (strcmp(word, "--rounds")) return *code = usage(" is no option", word), 0;
        else {
            char *end = "x";
            long rounds = ++i < argc ? strtol(argv[i], &end, 10) : 0;
            if (*end || rounds < 1 || rounds > 1000000)
                return *code = usage(" takes a number from 1 to 1000000", word), 0;
            p->search.rounds = (int)rounds;
        }
    }
    return i;
}

int main(int argc, char **argv) {
    program p = {0};
    int code = 0;
    hrm_solve_options_init(&p.options, sizeof p.options);
    hrm_search_init(&p.search, sizeof p.search);
    int first = options(&p, argc, argv, &code);
    if (!first) return code;
    code = start(&p);
    for (int i = first; i < argc && !code; i++) solve(&p, argv[i]);
    if (!code && first == argc) solve_stream(&p, stdin);
    hrm_solver_free(p.solver);
    hrm_model_free(p.model);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "hrm-sudoku: cannot write the answers\n");
        return FAILED;
    }
    return code ? code : p.failed ? FAILED : 0;
}
