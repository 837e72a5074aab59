/* cmd_arc.c - hrm data arc: ARC tasks to a directory to train and evaluate on. */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "term.h"

static void tell(const char *dir, const json_t *o) {
    const json_t *larger = json_object_get(o, "larger");
    double others = term_number(o, "tasks") - term_number(o, "scored") + term_number(o, "dropped");
    fprintf(stderr, "wrote %s: %.0f tasks (%.0f scored), %.0f identifiers\n", dir,
            term_number(o, "tasks"), term_number(o, "scored"), term_number(o, "identifiers"));
    fprintf(stderr, "  %.0f examples to train on, %.0f to evaluate\n",
            term_number(o, "train_examples"), term_number(o, "test_examples"));
    if (term_number(o, "less_augmented"))
        fprintf(stderr, "  %.0f tasks got fewer copies: more would repeat themselves\n",
                term_number(o, "less_augmented"));
    if (term_number(larger, "trained") + term_number(larger, "scored"))
        fprintf(
            stderr,
            "  left out, with a grid of more than %.0f x %.0f cells: %.0f of %.0f scored tasks, "
            "%.0f of %.0f others\n",
            term_number(o, "side"), term_number(o, "side"), term_number(larger, "scored"),
            term_number(larger, "scored") + term_number(o, "scored"),
            term_number(larger, "trained"), term_number(larger, "trained") + others);
    if (term_number(o, "dropped"))
        fprintf(stderr, "  %.0f tasks that hold answers of scored ones were left out\n",
                term_number(o, "dropped"));
}

static void warn(const json_t *o) {
    const json_t *ids = json_object_get(o, "trained_on");
    if (json_array_size(ids))
        fprintf(stderr,
                "warning: the answers of %zu scored tasks (%s, ...) are among what is trained on; "
                "hrm eval refuses to score where these are over 1 in 100. --drop-known leaves them "
                "out of training\n",
                json_array_size(ids), json_string_value(json_array_get(ids, 0)));
}

int cmd_data_arc(const app_args *args) {
    const char *const scored[] = {args->score};
    hrm_run run = app_run_options(args);
    hrm_arc_options options = {
        .size = sizeof options,
        .train = args->words + 1,
        .trains = args->count - 1,
        .scored = scored,
        .scoreds = args->score ? 1 : 0,
        .augment = (int)args->augment,
        .seed = (uint64_t)args->seed,
        .drop = args->drop_known,
        .keep_colours = args->keep_colours,
        .side = (int)args->side,
        .run = &run,
    };
    if (!options.trains && !options.scoreds)
        return app_usage_error("no tasks; give files or folders of them, or --score");
    char *json;
    hrm_status status = hrm_arc_build(args->words[0], &options, &json);
    if (status) return app_fail(status);
    json_t *o = term_report(json, args->json);
    if (!args->json && !args->quiet) tell(args->words[0], o);
    if (!args->json) warn(o);
    json_decref(o);
    return 0;
}
