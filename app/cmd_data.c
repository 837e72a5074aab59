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
    int code = app_keep_off("OUT.csv", args->words[0], (const char *[]){args->avoid, NULL, NULL});
    if (code) return code;
    hrm_status status = hrm_generate(family->name, args->words[0], &options);
    term_clear();
    if (status) return app_fail(status);
    if (!args->quiet)
        fprintf(stderr, "wrote %s: %zu %s\n", args->words[0], options.count, family->many);
    return 0;
}

static int convert(const app_args *args) {
    int code = app_keep_off("OUT", args->words[1], (const char *[]){args->words[0], NULL, NULL});
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
    int code = app_keep_off("--picture", path, (const char *[]){from, NULL, NULL});
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
