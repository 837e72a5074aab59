/* cmd_convert.c - hrm convert: the library's report, as it is or for people. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
#include "term.h"

static void print_report(const json_t *report, const char *out) {
    char text[TERM_TEXT], shape[128];
    const char *arch = term_string(report, "arch"), *note = term_string(report, "note");
    size_t i;
    json_t *t;
    json_array_foreach(json_object_get(report, "tensors"), i, t)
        printf("%-11s %-4s %-14s %s\n", term_string(t, "status"), term_string(t, "dtype"),
               term_shape(t, shape), term_string(t, "name"));
    printf("%s %s%s: %s parameters, %.0f tensors missing, %.0f left over\n",
           term_string(report, "format"), arch, *arch ? " model" : "",
           term_count(term_number(report, "parameters"), text), term_number(report, "missing"),
           term_number(report, "left_over"));
    if (*note) printf("note: %s\n", note);
    if (out) printf("wrote %s\n", out);
    else if (!json_is_true(json_object_get(report, "complete")))
        puts("it does not convert as it is");
}

/* The configuration that lies, or will lie, beside a checkpoint; NULL for a model of ours. */
static const char *config_beside(const char *path, char out[PATH_MAX]) {
    size_t size = path ? strlen(path) : 0, ours = strlen(".safetensors");
    if (!size || (size > ours && !strcmp(path + size - ours, ".safetensors"))) return NULL;
    const char *slash = strrchr(path, '/');
    snprintf(out, PATH_MAX, "%.*sall_config.yaml", slash ? (int)(slash - path + 1) : 0, path);
    return out;
}

int cmd_convert(const app_args *args) {
    const char *out = args->count > 1 ? args->words[1] : NULL;
    hrm_convert_options options = {
        .size = sizeof options,
        .config = args->config,
        .base = args->base ? app_named_model(args->base) : NULL,
        .part = args->part,
        .data = args->data,
        .puzzle_emb = args->puzzle_emb,
        .recipe = args->recipe,
        .compiled = args->compiled,
        .raw = args->raw,
    };
    int code = app_keep_off("OUT", out, args->words[0], args->base, args->data, args->config);
    char beside[2][PATH_MAX];
    if (!code)
        code =
            app_keep_off("--recipe", args->recipe, args->words[0], args->base, out, args->config,
                         config_beside(args->words[0], beside[0]), config_beside(out, beside[1]));
    if (code) return code;
    char *text;
    hrm_status status = hrm_convert(app_named_model(args->words[0]), out, &options, &text);
    if (status) return app_fail(status);
    json_t *report = term_report(text, args->json);
    bool complete = json_is_true(json_object_get(report, "complete"));
    if (!args->json && !args->quiet) print_report(report, out);
    json_decref(report);
    return complete ? 0 : EXIT_FAILED;
}
