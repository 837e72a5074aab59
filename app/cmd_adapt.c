/* cmd_adapt.c - hrm adapt: ARC tasks that the model never saw. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "paths.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

static void print_task(const json_t *task) {
    const char *drawing = term_has_colour() ? "drawing_colour" : "drawing";
    const json_t *pass = json_object_get(task, "pass@2");
    json_t *guesses, *guess;
    size_t i, k;
    json_array_foreach(json_object_get(task, "tests"), i, guesses) {
        json_array_foreach(guesses, k, guess) {
            printf("%s, test %zu, attempt %zu: %.0f votes, confidence %.2f\n%s\n",
                   term_string(task, "task"), i + 1, k + 1, term_number(guess, "votes"),
                   term_number(guess, "confidence"), term_string(guess, drawing));
        }
    }
    if (json_is_number(pass))
        printf("%.0f %% of its tests are solved within two attempts\n\n",
               100 * json_number_value(pass));
    else puts("not scored: its solutions are not known\n");
}

/* Said whatever --quiet says: these tasks got no answer. */
static void print_larger(const json_t *o) {
    enum { NAMES = 10 };
    const json_t *larger = json_object_get(o, "larger");
    int side = (int)term_number(o, "side");
    size_t n = json_array_size(larger);
    if (!n) return;
    fprintf(stderr, "left out, with a grid of more than the model's %d x %d cells:", side, side);
    for (size_t i = 0; i < n && i < NAMES; i++)
        fprintf(stderr, "%s %s", i ? "," : "", json_string_value(json_array_get(larger, i)));
    if (n > NAMES) fprintf(stderr, " and %zu more", n - NAMES);
    fputc('\n', stderr);
}

int cmd_adapt(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model;
    char *json = NULL;
    hrm_adapt_options options;
    hrm_adapt_options_init(&options, sizeof options);
    options.augment = (int)args->augment;
    if (args->steps) options.steps = (int)args->steps;
    if (args->batch) options.batch = (int)args->batch;
    if (args->rate > 0) options.lr = args->rate;
    options.train_network = args->network;
    if (args->network_rate > 0) options.network_lr = args->network_rate;
    options.segments = (int)args->segments;
    options.seed = (uint64_t)args->seed;
    options.out = args->model_out;
    options.submission = args->submission;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = "step";
    int code =
        app_keep_off("--model-out", args->model_out, /* over the model is what one may want */
                     args->words[1]);
    if (!code)
        code = app_keep_off("--submission", args->submission, args->words[0], args->words[1],
                            args->model_out);
    if (code) return code;
    hrm_status status = hrm_model_load(app_named_model(args->words[0]), &run, &model);
    signals_install();
    if (!status) status = hrm_adapt(model, args->words[1], &options, &json);
    term_clear();
    hrm_model_free(model);
    if (status) return app_fail(status);
    json_t *o = term_report(json, args->json), *task;
    size_t i;
    if (!args->json) {
        json_array_foreach(json_object_get(o, "tasks"), i, task) print_task(task);
        print_larger(o);
        if (!args->quiet)
            fprintf(stderr, "loss on the demonstrations %.4f at first, %.4f at last\n",
                    term_number(o, "loss_first"), term_number(o, "loss_last"));
    }
    json_decref(o);
    return 0;
}
