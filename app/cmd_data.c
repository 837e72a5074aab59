/* cmd_data.c - hrm data: generate, convert and draw puzzles. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "paths.h"
#include "signals.h"
#include "term.h"

static bool is_csv(const char *path) {
    size_t n = strlen(path);
    return n > 4 && !strcasecmp(path + n - 4, ".csv");
}

int cmd_data_generate(const app_args *args) {
    const hrm_family *family = args->command->family;
    const char *settings[OPT_MAX];
    size_t count = 0;
    signals_install();
    if (!args->number) return app_usage_error("--count: say how many %s", family->many);
    if (!is_csv(args->words[0]))
        return app_usage_error("%s: the file's name must end in .csv", args->words[0]);
    for (size_t i = 0; i < OPT_MAX; i++)
        if (*args->setting[i]) settings[count++] = args->setting[i];
    hrm_run run = app_run_options(args);
    const hrm_generate_options options = {
        .size = sizeof options,
        .count = (size_t)args->number,
        .seed = (uint64_t)args->seed,
        .avoid = args->avoid,
        .settings = settings,
        .settings_count = count,
        .run = &run,
        .progress = args->quiet ? term_silence : term_progress,
        .user = (void *)(uintptr_t)family->one,
    };
    int code = app_keep_off("OUT.csv", args->words[0], args->avoid);
    if (code) return code;
    hrm_status status = hrm_generate(family->name, args->words[0], &options);
    term_clear();
    if (status) return app_fail(status);
    if (!args->quiet)
        fprintf(stderr, "wrote %s: %zu %s\n", args->words[0], options.count, family->many);
    return 0;
}

static int convert(const app_args *args) {
    int code = app_keep_off("OUT", args->words[1], args->words[0]);
    if (code) return code;
    hrm_dataset *data;
    hrm_status status = hrm_dataset_open(args->words[0], args->task, &data);
    if (!status)
        status = hrm_dataset_export(data, args->words[1], (int)args->augment, (uint64_t)args->seed);
    if (status) code = app_fail(status);
    else
        fprintf(stderr, "wrote %s: %zu examples\n", args->words[1],
                hrm_dataset_size(data) * (size_t)(args->augment + 1));
    hrm_dataset_free(data);
    return code;
}

int cmd_data_import(const app_args *args) {
    if (!is_csv(args->words[1]))
        return app_usage_error("%s: the file's name must end in .csv", args->words[1]);
    return convert(args);
}

int cmd_data_export(const app_args *args) {
    if (is_csv(args->words[1]))
        return app_usage_error("%s: give a directory; hrm data import writes CSV", args->words[1]);
    return convert(args);
}

static int show_json(hrm_dataset *data, size_t index) {
    hrm_example e;
    hrm_status status = hrm_dataset_example(data, index, &e);
    if (status) return app_fail(status);
    json_t *o = json_pack("{s:I, s:s, s:s, s:o, s:i}", "index", (json_int_t)index, "question",
                          e.question, "answer", e.answer, "rating",
                          e.rating < 0 ? json_null() : json_integer(e.rating), "puzzle", e.puzzle);
    if (term_json(o, 0)) return 0;
    fputs("hrm: the example cannot be written as JSON; its text is not UTF-8\n", stderr);
    return EXIT_FAILED;
}

static int show_drawing(hrm_dataset *data, size_t index) {
    hrm_example e;
    char *text;
    hrm_status status = hrm_dataset_draw(data, index, term_has_colour(), &text);
    if (status) return app_fail(status);
    fputs(text, stdout);
    hrm_free(text);
    hrm_dataset_example(data, index, &e);
    if (e.rating >= 0) printf("\nrating %d\n", e.rating);
    return 0;
}

static int show_picture(hrm_dataset *data, size_t index, const char *path, const char *from) {
    int code = app_keep_off("--picture", path, from);
    if (code) return code;
    hrm_status status = hrm_dataset_picture(data, index, path);
    if (status) return app_fail(status);
    fprintf(stderr, "wrote %s\n", path);
    return 0;
}

int cmd_data_show(const app_args *args) {
    hrm_dataset *data;
    long long index = 0;
    char *end = NULL;
    if (args->count > 1) {
        index = strtoll(args->words[1], &end, 10);
        if (end == args->words[1] || *end || index < 0)
            return app_usage_error("%s: the index is not a whole number from 0 on", args->words[1]);
    }
    hrm_status status = hrm_dataset_open(args->words[0], args->task, &data);
    if (status) return app_fail(status);
    int code = args->picture ? show_picture(data, (size_t)index, args->picture, args->words[0])
               : args->json  ? show_json(data, (size_t)index)
                             : show_drawing(data, (size_t)index);
    hrm_dataset_free(data);
    return code;
}

static int many(const json_t *object, const char *key) {
    return (int)json_array_size(json_object_get(object, key));
}

static void print_check(const json_t *o) {
    const char *at = strcmp(term_string(o, "places"), "lines") ? "example" : "line";
    const json_t *overlap = json_object_get(o, "overlap"), *base = json_object_get(o, "baseline");
    json_t *item, *symbols = json_object_get(o, "symbols");
    const char *symbol;
    size_t i;
    printf("task       %s of %.0f x %.0f cells; rules stated: %s\n", term_string(o, "task"),
           term_number(o, "rows"), term_number(o, "cols"), term_string(o, "rules"));
    printf("examples   %.0f, %.0f without an answer\n", term_number(o, "examples"),
           term_number(o, "unanswered"));
    printf("bad        %d\n", many(o, "bad"));
    json_array_foreach(json_object_get(o, "bad"), i, item)
        printf("  %s %.0f: %s\n", at, term_number(item, "at"), term_string(item, "why"));
    printf("duplicates %d, %.0f with another answer\n", many(o, "duplicates"),
           term_number(o, "conflicting"));
    json_array_foreach(json_object_get(o, "duplicates"), i, item)
        printf("  %s %.0f: the question of %s %.0f%s\n", at, term_number(item, "at"), at,
               term_number(item, "of"),
               json_is_true(json_object_get(item, "same_answer")) ? "" : ", another answer");
    if (overlap)
        printf("overlap    %d also in %s\n", many(overlap, "at"), term_string(overlap, "path"));
    json_array_foreach(json_object_get(overlap, "at"), i, item)
        printf("  %s %.0f\n", at, (double)json_integer_value(item));
    printf("symbols    in questions, in answers\n");
    json_object_foreach(symbols, symbol, item)
        printf("  %-8s %.0f, %.0f\n", symbol, term_number(item, "questions"),
               term_number(item, "answers"));
    json_array_foreach(json_object_get(o, "symmetries"), i, item)
        printf("%s\n", json_string_value(item));
    if (base)
        printf("baseline   %.2f %% of the cells stand in the question; \"%s\" for all others is "
               "right in "
               "%.2f %% of them: %.2f %% of all\n",
               100 * term_number(base, "copied"), term_string(base, "symbol"),
               100 * term_number(base, "majority"), 100 * term_number(base, "cells"));
}

int cmd_data_check(const app_args *args) {
    const char *other = args->count > 1 ? args->words[1] : NULL;
    char *json;
    int code = app_keep_off("--skip-bad", args->clean, args->words[0], other);
    if (!code && args->clean && !is_csv(args->clean))
        code = app_usage_error("--skip-bad: %s: the file's name must end in .csv", args->clean);
    if (code) return code;
    hrm_status status = hrm_dataset_check(args->words[0], args->task, other, args->clean, &json);
    if (status) return app_fail(status);
    json_t *o = term_report(json, args->json);
    if (!args->json) print_check(o);
    bool good = !many(o, "bad") && term_number(o, "conflicting") == 0 &&
                !many(json_object_get(o, "overlap"), "at");
    if (args->clean)
        fprintf(stderr, "wrote %s: %.0f examples\n", args->clean, term_number(o, "examples"));
    json_decref(o);
    return good || args->clean ? 0 : EXIT_FAILED;
}
