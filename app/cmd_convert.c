/* cmd_convert.c - hrm convert: the library's report, as it is or for people. */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
#include "term.h"

static const char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_tensor(const json_t *tensor) {
    char shape[128] = "";
    size_t i, at = 0;
    json_t *n;
    json_array_foreach(json_object_get(tensor, "shape"), i, n) if (at + 24 < sizeof shape) at +=
        (size_t)snprintf(shape + at, sizeof shape - at, "%s%lld", i ? " x " : "",
                         (long long)json_integer_value(n));
    printf("%-11s %-4s %-14s %s\n", text_of(tensor, "status"), text_of(tensor, "dtype"), shape,
           text_of(tensor, "name"));
}

static void print_report(const json_t *report, const char *out) {
    char text[TERM_TEXT];
    size_t i;
    json_t *tensor;
    json_array_foreach(json_object_get(report, "tensors"), i, tensor) print_tensor(tensor);
    long long missing = (long long)json_integer_value(json_object_get(report, "missing"));
    long long left = (long long)json_integer_value(json_object_get(report, "left_over"));
    double parameters = (double)json_integer_value(json_object_get(report, "parameters"));
    printf("%s %s%s: %s parameters, %lld tensors missing, %lld left over\n",
           text_of(report, "format"), text_of(report, "arch"),
           *text_of(report, "arch") ? " model" : "", term_count(parameters, text), missing, left);
    if (*text_of(report, "note")) printf("note: %s\n", text_of(report, "note"));
    if (out) printf("wrote %s\n", out);
    else if (!json_is_true(json_object_get(report, "complete")))
        puts("it does not convert as it is");
}

int cmd_convert(const app_args *args) {
    const char *out = args->count > 1 ? args->words[1] : NULL;
    hrm_convert_options options = {
        .size = sizeof options,
        .config = args->config,
        .base = args->base,
        .part = args->part,
        .data = args->data,
        .puzzle_emb = args->puzzle_emb,
        .recipe = args->recipe,
        .compiled = args->compiled,
        .raw = args->raw,
    };
    const char *const read[] = {args->words[0], args->base, args->data};
    int code = app_keep_off("OUT", out, read);
    if (!code)
        code = app_keep_off("--recipe", args->recipe,
                            (const char *[]){args->words[0], args->base, out});
    if (code) return code;
    char *text;
    hrm_status status = hrm_convert(app_named_model(args->words[0]), out, &options, &text);
    if (status) return app_fail(status);
    json_t *report = json_loads(text, 0, NULL);
    bool complete = json_is_true(json_object_get(report, "complete"));
    if (args->json) puts(text);
    else if (!args->quiet) print_report(report, out);
    json_decref(report);
    hrm_free(text);
    return complete ? 0 : EXIT_FAILED;
}
