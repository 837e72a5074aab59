/* cmd_data.c - hrm data: generate, convert and draw puzzles. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
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
        .avoid = args->avoid ? app_named_data(args->avoid) : NULL,
        .settings = settings,
        .settings_count = count,
        .run = &run,
        .progress = args->quiet ? term_silence : term_progress,
        .user = (void *)(uintptr_t)family->one,
    };
    int code = app_keep_off("OUT.csv", args->words[0], options.avoid);
    if (code) return code;
    hrm_status status = hrm_generate(family->name, args->words[0], &options);
    term_clear();
    if (status) return app_fail(status);
    if (!args->quiet)
        fprintf(stderr, "wrote %s: %zu %s\n", args->words[0], options.count,
                options.count == 1 ? family->one : family->many);
    return 0;
}

static int convert(const app_args *args) {
    const char *from = app_named_data(args->words[0]);
    int code = app_keep_off("OUT", args->words[1], from);
    if (code) return code;
    hrm_dataset *data;
    hrm_status status = hrm_dataset_open(from, args->task, &data);
    if (!status)
        status = hrm_dataset_export(data, args->words[1], (int)args->augment, (uint64_t)args->seed);
    if (status) code = app_fail(status);
    size_t written = hrm_dataset_size(data) * (size_t)(args->augment + 1);
    if (!status)
        fprintf(stderr, "wrote %s: %zu example%s\n", args->words[1], written, term_s(written));
    hrm_dataset_info info;
    if (!status && !hrm_dataset_inspect(data, &info) && *info.unrated)
        fprintf(stderr, "hrm: %s: ratings: %s\n", from, info.unrated);
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
    int code = app_keep_folder(args->words[1], args->replace, "dataset.json", "all__inputs.npy");
    return code ? code : convert(args);
}

static int show_json(hrm_dataset *data, size_t index) {
    hrm_example e;
    hrm_status status = hrm_dataset_example(data, index, &e);
    if (status) return app_fail(status);
    json_t *o = json_pack("{s:I, s:o, s:o, s:o, s:i}", "index", (json_int_t)index, "question",
                          term_text(e.question), "answer", term_text(e.answer), "rating",
                          e.rating < 0 ? json_null() : json_integer(e.rating), "puzzle", e.puzzle);
    return term_json(o, 0) ? 0 : app_fail_short(EXIT_FAILED);
}

static int show_drawing(hrm_dataset *data, size_t index) {
    hrm_example e;
    char *text;
    hrm_status status = hrm_dataset_draw(data, index, term_has_colour(), &text);
    if (status) return app_fail(status);
    fputs(text, stdout);
    hrm_free(text);
    const float *numbers;
    size_t beside;
    if (hrm_dataset_numbers(data, &numbers, &beside)) return app_fail(HRM_STATUS_ARG);
    status = hrm_dataset_example(data, index, &e);
    if (status) return app_fail(status);
    if (beside) printf("\nnumbers%s\n", strrchr(e.question, ':') + 1);
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
    const char *from = app_named_data(args->words[0]);
    hrm_status status = hrm_dataset_open(from, args->task, &data);
    if (status) return app_fail(status);
    int code = args->picture ? show_picture(data, (size_t)index, args->picture, from)
               : args->json  ? show_json(data, (size_t)index)
                             : show_drawing(data, (size_t)index);
    hrm_dataset_free(data);
    return code;
}

static void print_check(const hrm_data_report *r, bool told) {
    const char *at = strcmp(r->places, "lines") ? "example" : "line";
    char text[3];
    printf("task       %s of %d x %d cells; rules stated: %s\n", r->task, r->rows, r->cols,
           r->rules);
    bool table = !strcmp(r->places, "lines");
    size_t wrong = 0, all = r->examples; /* of which a table's bad rows are none */
    double share = r->bad_more ? 1 + (double)r->bad_more / (double)r->bad_count : 1;
    for (size_t i = 0; i < r->bad_count; i++)
        wrong += !table || !strncmp(r->bad[i].why, "answer: ", 8);
    if (table) all += wrong;
    if (told && !strcmp(r->rules, "all") && (double)wrong * share * 10 > (double)all)
        printf("           it looks like it by its questions, but %s%zu of %zu answers are wrong; "
               "--task grid takes them as plain grids\n",
               r->bad_more ? "at least " : "", wrong, all);
    size_t lengths = 0;
    for (size_t i = 0; i < r->bad_count; i++)
        lengths += strstr(r->bad[i].why, "(task=sequence)") != NULL;
    if (told && lengths > r->examples)
        puts("           most rows have other lengths; --task sequence takes rows of any");
    printf("examples   %zu, %zu without an answer", r->examples, r->unanswered);
    if (r->partly) printf(", %zu with one of which some cells are not known", r->partly);
    if (r->given) printf(", %zu without an open cell, which are never scored", r->given);
    putchar('\n');
    if (*r->unrated) printf("ratings    %s\n", r->unrated);
    if (r->number_count) printf("numbers    %zu beside each cell\n", r->number_count);
    for (size_t k = 0; k < r->number_count; k++)
        printf("  %-8zu %.4g to %.4g, mean %.4g, deviation %.4g\n", k + 1, r->numbers[k].low,
               r->numbers[k].high, r->numbers[k].mean, r->numbers[k].deviation);
    printf("bad        %zu\n", r->bad_count + r->bad_more);
    for (size_t i = 0; i < r->bad_count; i++)
        printf("  %s %zu: %s\n", at, r->bad[i].at, r->bad[i].why);
    if (r->bad_more) printf("  and %zu more\n", r->bad_more);
    printf("duplicates %zu, %zu with another answer\n", r->duplicate_count, r->conflicting);
    for (const hrm_data_duplicate *d = r->duplicates; d < r->duplicates + r->duplicate_count; d++)
        printf("  %s %zu: the question of %s %zu%s\n", at, d->at, at, d->of,
               d->same_answer ? "" : ", another answer");
    if (r->against) printf("overlap    %zu also in %s\n", r->overlap_count, r->against);
    for (size_t i = 0; i < r->overlap_count; i++) printf("  %s %zu\n", at, r->overlap[i]);
    printf("symbols    in questions, in answers\n");
    for (const hrm_data_symbol *s = r->symbols; s < r->symbols + r->symbol_count; s++)
        printf("  %-8s %zu, %zu\n", term_letter(s->symbol, text), s->questions, s->answers);
    for (size_t i = 0; i < r->symmetry_count; i++)
        printf("%s%s\n", r->symmetries[i],
               r->symmetry_refused && i + 1 == r->symmetry_count ? " (training refuses it)" : "");
    if (isnan(r->baseline)) return;
    if (isnan(r->majority))
        puts("baseline   every cell stands in the question: to copy it is right");
    else
        printf("baseline   %.2f %% of the cells stand in the question; \"%s\" for all others is "
               "right in "
               "%.2f %% of them: %.2f %% of all\n",
               100 * r->copied, term_letter(r->majority_symbol, text), 100 * r->majority,
               100 * r->baseline);
}

/* The report but for its longest lists. */
static json_t *check_json(const hrm_data_report *r) {
    json_t *bad = json_array(), *symbols = json_object();
    char text[3];
    for (size_t i = 0; i < r->bad_count; i++)
        json_array_append_new(bad, json_pack("{s:I, s:o}", "at", (json_int_t)r->bad[i].at, "why",
                                             term_text(r->bad[i].why)));
    for (const hrm_data_symbol *s = r->symbols; s < r->symbols + r->symbol_count; s++)
        json_object_set_new(symbols, term_letter(s->symbol, text),
                            json_pack("{s:I, s:I}", "questions", (json_int_t)s->questions,
                                      "answers", (json_int_t)s->answers));
    json_t *o =
        json_pack("{s:o, s:s, s:s, s:I, s:i, s:i, s:s, s:o, s:I, s:I}", "path", term_name(r->path),
                  "task", r->task, "rules", r->rules, "examples", (json_int_t)r->examples, "rows",
                  r->rows, "cols", r->cols, "places", r->places, "bad", bad, "bad_more",
                  (json_int_t)r->bad_more, "conflicting", (json_int_t)r->conflicting);
    json_object_set_new(o, "unanswered", json_integer((json_int_t)r->unanswered));
    json_object_set_new(o, "partly_labelled", json_integer((json_int_t)r->partly));
    json_object_set_new(o, "given", json_integer((json_int_t)r->given));
    if (*r->unrated) json_object_set_new(o, "unrated", term_text(r->unrated));
    json_object_set_new(o, "symbols", symbols);
    if (!isnan(r->baseline))
        json_object_set_new(o, "baseline",
                            json_pack("{s:f, s:s, s:o, s:f}", "copied", r->copied, "symbol",
                                      term_letter(r->majority_symbol, text), "majority",
                                      term_real(r->majority), "cells", r->baseline));
    json_t *numbers = r->number_count ? json_array() : NULL;
    for (size_t k = 0; k < r->number_count; k++)
        json_array_append_new(
            numbers, json_pack("{s:o, s:o, s:o, s:o}", "low", term_real(r->numbers[k].low), "high",
                               term_real(r->numbers[k].high), "mean", term_real(r->numbers[k].mean),
                               "deviation", term_real(r->numbers[k].deviation)));
    if (numbers) json_object_set_new(o, "numbers", numbers);
    json_object_set_new(o, "symmetry_refused", json_boolean(r->symmetry_refused));
    json_object_set_new(o, "symmetries", term_texts(r->symmetries, r->symmetry_count));
    return o;
}

/* Duplicates may be millions, and as values take a hundred times what they take in their file. */
static bool print_json(const hrm_data_report *r) {
    json_t *o = check_json(r), *name = r->against ? term_name(r->against) : NULL;
    char *text = term_dump(o, JSON_REAL_PRECISION(9));
    char *against = text && name ? term_dump(name, JSON_ENCODE_ANY) : NULL;
    bool good = text && (against || !r->against);
    json_decref(name);
    json_decref(o);
    if (good) {
        printf("%.*s, \"duplicates\": [", (int)strlen(text) - 1, text);
        for (size_t i = 0; i < r->duplicate_count; i++)
            printf("%s{\"at\": %zu, \"of\": %zu, \"same_answer\": %s}", i ? ", " : "",
                   r->duplicates[i].at, r->duplicates[i].of,
                   r->duplicates[i].same_answer ? "true" : "false");
        if (against) printf("], \"overlap\": {\"path\": %s, \"at\": [", against);
        for (size_t i = 0; i < r->overlap_count; i++) printf("%s%zu", i ? ", " : "", r->overlap[i]);
        puts(against ? "]}}" : "]}");
    }
    free(text);
    free(against);
    return good;
}

int cmd_data_check(const app_args *args) {
    const char *path = app_named_data(args->words[0]);
    const char *other = args->count > 1 ? app_named_data(args->words[1]) : NULL;
    hrm_data_report *r;
    int code = app_keep_off("--skip-bad", args->clean, path, other);
    if (!code && args->clean && !is_csv(args->clean))
        code = app_usage_error("--skip-bad: %s: the file's name must end in .csv", args->clean);
    if (code) return code;
    hrm_status status = hrm_dataset_check(path, args->task, other, args->clean, &r);
    if (status) return app_fail(status);
    if (!args->json) print_check(r, !args->task);
    else if (!print_json(r)) status = HRM_STATUS_MEM;
    bool good = !r->bad_count && !r->conflicting && !r->overlap_count && !r->symmetry_refused;
    if (args->clean)
        fprintf(stderr, "wrote %s: %zu example%s\n", args->clean, r->examples, term_s(r->examples));
    hrm_data_report_free(r);
    return status ? app_fail(status) : good || args->clean ? 0 : EXIT_FAILED;
}
