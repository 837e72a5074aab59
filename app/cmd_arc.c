/* cmd_arc.c - hrm data arc: ARC tasks to a directory to train and evaluate on. */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"

static size_t number(const json_t *o, const char *key) {
    return (size_t)json_integer_value(json_object_get(o, key));
}

static void tell(const char *dir, const json_t *o) {
    const json_t *larger = json_object_get(o, "larger");
    size_t others = number(o, "tasks") - number(o, "scored") + number(o, "dropped");
    fprintf(stderr, "wrote %s: %zu tasks (%zu scored), %zu identifiers\n", dir, number(o, "tasks"),
            number(o, "scored"), number(o, "identifiers"));
    fprintf(stderr, "  %zu examples to train on, %zu to evaluate\n", number(o, "train_examples"),
            number(o, "test_examples"));
    if (number(o, "less_augmented"))
        fprintf(stderr, "  %zu tasks got fewer copies: more would repeat themselves\n",
                number(o, "less_augmented"));
    if (number(larger, "trained") + number(larger, "scored"))
        fprintf(stderr,
                "  left out, with a grid of more than %zu x %zu cells: %zu of %zu scored tasks, "
                "%zu of %zu others\n",
                number(o, "side"), number(o, "side"), number(larger, "scored"),
                number(larger, "scored") + number(o, "scored"), number(larger, "trained"),
                number(larger, "trained") + others);
    if (number(o, "dropped"))
        fprintf(stderr, "  %zu tasks that hold answers of scored ones were left out\n",
                number(o, "dropped"));
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
    json_t *o = json_loads(json, 0, NULL);
    if (args->json) puts(json);
    else if (!args->quiet) tell(args->words[0], o);
    if (!args->json) warn(o);
    json_decref(o);
    hrm_free(json);
    return 0;
}
