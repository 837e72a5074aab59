/* cmd_convert.c - hrm convert: the library's report, as it is or for people. */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
#include "term.h"

static void print_report(const hrm_conversion *r) {
    char text[TERM_TEXT], shape[128];
    for (const hrm_tensor_info *t = r->tensors; t < r->tensors + r->tensor_count; t++)
        printf("%-11s %-4s %-14s %s\n", t->status, t->dtype ? t->dtype : "", term_shape(t, shape),
               t->name);
    printf("%s %s%s: %s parameters, %zu tensor%s missing, %zu left over\n", r->format,
           r->arch ? r->arch : "", r->arch ? " model" : "", term_count((double)r->parameters, text),
           r->missing, term_s(r->missing), r->left_over);
    if (r->note && *r->note) printf("note: %s\n", r->note);
    if (r->out) printf("wrote %s\n", r->out);
    else if (!r->complete) puts("it does not convert as it is");
}

static bool print_json(const hrm_conversion *r) {
    json_t *tensors = json_array();
    for (size_t i = 0; i < r->tensor_count; i++)
        json_array_append_new(tensors, term_tensor(&r->tensors[i]));
    return term_json(json_pack("{s:o, s:o, s:s, s:s?, s:I, s:b, s:I, s:I, s:o, s:o, s:o, s:o}",
                               "in", term_name(r->in), "out", term_name(r->out), "format",
                               r->format, "arch", r->arch, "parameters", (json_int_t)r->parameters,
                               "complete", r->complete, "missing", (json_int_t)r->missing,
                               "left_over", (json_int_t)r->left_over, "note",
                               term_text(r->note ? r->note : ""), "spec", term_value(r->spec),
                               "task", term_value(r->task), "tensors", tensors),
                     JSON_COMPACT);
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
        .data = args->data ? app_named_data(args->data) : NULL,
        .puzzle_emb = args->puzzle_emb,
        .recipe = args->recipe,
        .compiled = args->compiled,
        .raw = args->raw,
        .dtype = args->dtype,
        .sure = args->sure,
        .task = args->task,
    };
    int code = app_keep_off("OUT", out, args->words[0], args->base, options.data, args->config);
    char beside[2][PATH_MAX];
    if (!code)
        code =
            app_keep_off("--recipe", args->recipe, args->words[0], args->base, out, args->config,
                         config_beside(args->words[0], beside[0]), config_beside(out, beside[1]));
    if (code) return code;
    hrm_conversion *report;
    hrm_status status = hrm_convert(app_named_model(args->words[0]), out, &options, &report);
    if (status) return app_fail(status);
    bool complete = report->complete;
    if (args->json && !print_json(report)) code = app_fail(HRM_STATUS_MEM);
    else if (!args->json && !args->quiet) print_report(report);
    hrm_conversion_free(report);
    return code ? code : complete ? 0 : EXIT_FAILED;
}
