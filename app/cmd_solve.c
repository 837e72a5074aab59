/* cmd_solve.c - hrm solve: puzzles from the command line, a file or standard input. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "explain.h"
#include "signals.h"
#include "term.h"

/* The puzzles to solve; each string is owned. */
typedef struct list {
    char **text;
    size_t count, capacity;
} list;

static bool list_add(list *l, const char *text, size_t size) {
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        char **grown = realloc(l->text, capacity * sizeof *grown);
        if (!grown) return false;
        l->text = grown;
        l->capacity = capacity;
    }
    l->text[l->count] = strndup(text, size);
    return l->text[l->count] && ++l->count;
}

static void list_free(list *l) {
    for (size_t i = 0; i < l->count; i++) free(l->text[i]);
    free(l->text);
}

static int out_of_memory(void) {
    fputs("hrm: out of memory for the puzzles\n", stderr);
    return EXIT_FAILED;
}

/* One puzzle per line. Blanks belong to the puzzle; empty lines do not. */
static int read_lines(FILE *file, const char *name, list *out) {
    char *line = NULL;
    size_t capacity = 0;
    int code = 0;
    ssize_t size;
    errno = 0;
    while (!code && (size = getline(&line, &capacity, file)) >= 0) {
        if (strlen(line) != (size_t)size) {
            fprintf(stderr, "hrm: %s, line %zu: holds a zero byte\n", name, out->count + 1);
            code = EXIT_FAILED;
        }
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r')) size--;
        if (!code && size > 0 && !list_add(out, line, (size_t)size)) code = out_of_memory();
    }
    if (!code && ferror(file)) {
        fprintf(stderr, "hrm: %s: cannot read: %s\n", name, strerror(errno));
        code = EXIT_FAILED;
    }
    free(line);
    return code;
}

static int read_csv(const char *path, const hrm_model *model, list *out) {
    hrm_dataset *data;
    hrm_example example;
    hrm_status status = hrm_dataset_open_for(path, model, &data);
    if (status) return app_fail(status);
    int code = 0;
    for (size_t i = 0; !code && i < hrm_dataset_size(data); i++) {
        hrm_dataset_example(data, i, &example);
        if (!list_add(out, example.question, example.size)) code = out_of_memory();
    }
    hrm_dataset_free(data);
    return code;
}

static int read_puzzles(const app_args *args, const hrm_model *model, list *out) {
    const char *word = args->count > 1 ? args->words[1] : "-";
    struct stat info;
    size_t size = strlen(word);
    if (args->count < 2 && isatty(STDIN_FILENO))
        return app_usage_error("no puzzle; give one, a file, or - for standard input");
    if (!strcmp(word, "-")) return read_lines(stdin, "standard input", out);
    bool exists = !stat(word, &info);
    if (exists && (S_ISDIR(info.st_mode) || (size > 4 && !strcmp(word + size - 4, ".csv"))))
        return read_csv(word, model, out);
    if (!exists) return list_add(out, word, size) ? 0 : out_of_memory();
    FILE *file = fopen(word, "r");
    if (!file) {
        fprintf(stderr, "hrm: %s: cannot read: %s\n", word, strerror(errno));
        return EXIT_FAILED;
    }
    int code = read_lines(file, word, out);
    fclose(file);
    return code;
}

static const char *const verdict_text[] = {"solved", "not solved", "wrong", "not checked"};

static void print_json(const char *puzzle, const hrm_answer *a) {
    static const char *const names[] = {"solved", "incomplete", "wrong", "unknown"};
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:i, s:f}", "puzzle", puzzle, "answer", a->text,
                          "verdict", names[a->verdict], "why", a->why, "segments", a->segments,
                          "confidence", a->confidence);
    char *text = o ? json_dumps(o, JSON_REAL_PRECISION(9)) : NULL;
    if (text) puts(text);
    else fputs("hrm: an answer cannot be written as JSON; the puzzle is not UTF-8\n", stderr);
    free(text);
    json_decref(o);
}

static void print_answer(const app_args *args, const char *puzzle, const hrm_answer *a) {
    const char *colon = *a->why ? ": " : "";
    if (args->json) print_json(puzzle, a);
    else if (isatty(STDOUT_FILENO))
        printf("%s%s%s%s (%d segments, confidence %.2f)\n\n",
               term_has_colour() ? a->drawing_colour : a->drawing, verdict_text[a->verdict], colon,
               a->why, a->segments, a->confidence);
    else printf("%s\t%s%s%s\n", a->text, verdict_text[a->verdict], colon, a->why);
}

static int solve(const app_args *args, hrm_model *model, const list *puzzles) {
    app_explain explain = {.json = args->json, .many = puzzles->count > 1};
    hrm_solve_options options = {
        .segments = (int)args->segments,
        .batch = (int)args->batch,
        .progress = args->quiet ? NULL : term_progress,
        .user = "puzzle",
        .check = args->check,
        .seed = (uint64_t)args->seed,
    };
    if (args->explain) {
        options.progress = NULL;
        options.explain = app_explain_round;
        options.user = &explain;
    }
    hrm_answer *answers;
    hrm_status status =
        hrm_solve(model, (const char *const *)puzzles->text, puzzles->count, &options, &answers);
    term_clear();
    if (status == HRM_STATUS_STOPPED) return EXIT_INTERRUPTED;
    if (status) return app_fail(status);
    size_t good = 0;
    for (size_t i = 0; i < puzzles->count; i++) {
        print_answer(args, puzzles->text[i], &answers[i]);
        good += answers[i].verdict == HRM_SOLVED || answers[i].verdict == HRM_UNKNOWN;
    }
    hrm_answers_free(answers, puzzles->count);
    if (puzzles->count > 1 && !args->quiet && !args->json)
        fprintf(stderr, "%zu of %zu solved\n", good, puzzles->count);
    return good == puzzles->count ? 0 : EXIT_FAILED;
}

int cmd_solve(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model;
    hrm_status status = hrm_model_load(args->words[0], &run, &model);
    if (status) return app_fail(status);
    list puzzles = {0};
    int code = read_puzzles(args, model, &puzzles);
    if (!code && !puzzles.count) {
        fputs("hrm: no puzzle to solve: the input is empty\n", stderr);
        code = EXIT_FAILED;
    }
    if (!code) code = solve(args, model, &puzzles);
    list_free(&puzzles);
    hrm_model_free(model);
    return code;
}
