/* cmd_adapt.c - hrm adapt: ARC tasks that the model never saw. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

static void print_task(const hrm_arc_result *task) {
    for (size_t i = 0; i < 2 * task->tests; i++) {
        const hrm_arc_guess *g = &task->guesses[i];
        if (g->votes)
            printf("%s, test %zu, attempt %zu: %zu vote%s, confidence %.2f\n%s\n", task->task,
                   i / 2 + 1, i % 2 + 1, g->votes, term_s(g->votes), g->confidence,
                   term_has_colour() ? g->drawing_colour : g->drawing);
    }
    if (isnan(task->pass_2)) puts("not scored: its solutions are not known\n");
    else printf("%.0f %% of its tests are solved within two attempts\n\n", 100 * task->pass_2);
}

/* Said whatever --quiet says: these tasks got no answer. */
static void print_larger(const hrm_adapted *a) {
    enum { NAMES = 10 };
    size_t n = a->larger_count;
    if (!n) return;
    fprintf(stderr, "left out, with a grid of more than the model's %d x %d cells:", a->side,
            a->side);
    for (size_t i = 0; i < n && i < NAMES; i++)
        fprintf(stderr, "%s %s", i ? "," : "", a->larger[i]);
    if (n > NAMES) fprintf(stderr, " and %zu more", n - NAMES);
    fputc('\n', stderr);
}

static json_t *guess_json(const hrm_arc_guess *g) {
    json_t *rows = json_array();
    for (int r = 0; r < g->rows; r++) {
        json_t *row = json_array();
        for (int c = 0; c < g->cols; c++)
            json_array_append_new(row, json_integer(g->colours[r * g->cols + c]));
        json_array_append_new(rows, row);
    }
    return json_pack("{s:I, s:f, s:o, s:s, s:s}", "votes", (json_int_t)g->votes, "confidence",
                     g->confidence, "grid", rows, "drawing", g->drawing, "drawing_colour",
                     g->drawing_colour);
}

static json_t *task_json(const hrm_arc_result *task) {
    json_t *tests = json_array();
    for (size_t i = 0; i < 2 * task->tests; i++) {
        if (i % 2 == 0) json_array_append_new(tests, json_array());
        if (task->guesses[i].votes)
            json_array_append_new(json_array_get(tests, i / 2), guess_json(&task->guesses[i]));
    }
    bool known = !isnan(task->pass_2);
    return json_pack("{s:o, s:o, s:o, s:o}", "task", term_text(task->task), "pass@1",
                     known ? json_real(task->pass_1) : json_null(), "pass@2",
                     known ? json_real(task->pass_2) : json_null(), "tests", tests);
}

static bool print_json(const hrm_adapted *a) {
    json_t *tasks = json_array();
    for (size_t i = 0; i < a->task_count; i++)
        json_array_append_new(tasks, task_json(&a->tasks[i]));
    return term_json(json_pack("{s:i, s:b, s:I, s:f, s:f, s:i, s:o, s:o}", "steps", a->steps,
                               "network", a->network, "copies", (json_int_t)a->copies, "loss_first",
                               a->loss_first, "loss_last", a->loss_last, "side", a->side, "larger",
                               term_texts(a->larger, a->larger_count), "tasks", tasks),
                     JSON_REAL_PRECISION(9));
}

int app_adapt(const app_args *args, const hrm_model *model, const char *tasks) {
    hrm_adapted *adapted;
    hrm_adapt_options options;
    hrm_adapt_options_init(&options, sizeof options);
    options.augment = (int)args->augment;
    if (args->steps) options.steps = (int)args->steps;
    if (args->batch) options.batch = (int)args->batch;
    if (args->rate > 0) options.lr = args->rate;
    options.train_network = args->network;
    if (args->network_rate > 0) options.network_lr = args->network_rate;
    options.segments = (int)args->segments;
    options.share_vectors = args->share_vectors;
    options.seed = (uint64_t)args->seed;
    options.out = args->model_out;
    options.submission = args->submission;
    options.picture = args->picture;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = "step";
    signals_install();
    hrm_status status = hrm_adapt(model, tasks, &options, &adapted);
    term_clear();
    if (status) return app_fail(status);
    for (size_t i = 0; !args->json && i < adapted->task_count; i++) print_task(&adapted->tasks[i]);
    if (args->json && !print_json(adapted)) status = HRM_STATUS_MEM;
    if (!args->json) print_larger(adapted);
    if (!args->json && !args->quiet)
        fprintf(stderr, "loss on the demonstrations %.4f at first, %.4f at last\n",
                adapted->loss_first, adapted->loss_last);
    hrm_adapted_free(adapted);
    return status ? app_fail(status) : 0;
}

int cmd_adapt(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model;
    int code =
        app_keep_off("--model-out", args->model_out, /* over the model is what one may want */
                     args->words[1]);
    if (!code)
        code = app_keep_off("--submission", args->submission, args->words[0], args->words[1],
                            args->model_out);
    if (!code)
        code = app_keep_off("--picture", args->picture, args->words[0], args->words[1],
                            args->model_out, args->submission);
    if (code) return code;
    hrm_status status = hrm_model_load(app_named_model(args->words[0]), &run, &model);
    if (status) return app_fail(status);
    code = app_adapt(args, model, args->words[1]);
    hrm_model_free(model);
    return code;
}
