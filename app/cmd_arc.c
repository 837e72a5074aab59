/* cmd_arc.c - hrm data arc: ARC tasks to a directory to train and evaluate on; hrm data arc-like.
 */
#include <jansson.h>
#include <stdio.h>

#include "commands.h"
#include "paths.h"
#include "signals.h"
#include "term.h"

static void tell(const char *dir, const hrm_arc_report *r) {
    size_t others = r->tasks - r->scored + r->dropped;
    fprintf(stderr, "wrote %s: %zu task%s (%zu scored), %zu identifier%s\n", dir, r->tasks,
            term_s(r->tasks), r->scored, r->identifiers, term_s(r->identifiers));
    fprintf(stderr, "  %zu example%s to train on, %zu to evaluate\n", r->train_examples,
            term_s(r->train_examples), r->test_examples);
    if (r->less_augmented)
        fprintf(stderr, "  %zu task%s got fewer copies: more would repeat themselves\n",
                r->less_augmented, term_s(r->less_augmented));
    if (r->larger_trained + r->larger_scored)
        fprintf(stderr,
                "  left out, with a grid of more than %d x %d cells: %zu of %zu scored tasks, "
                "%zu of %zu others\n",
                r->side, r->side, r->larger_scored, r->larger_scored + r->scored, r->larger_trained,
                r->larger_trained + others);
    if (r->dropped)
        fprintf(stderr, "  %zu tasks that hold answers of scored ones were left out\n", r->dropped);
    if (r->repeated)
        fprintf(stderr, "  %zu tasks with the name of an earlier one were left out\n", r->repeated);
}

static void warn(const hrm_arc_report *r) {
    if (r->trained_on_count)
        fprintf(stderr,
                "warning: the answers of %zu scored task%s (%s%s) are among what is trained on; "
                "hrm eval refuses to score where these are over 1 in 100. --drop-known leaves them "
                "out of training\n",
                r->trained_on_count, term_s(r->trained_on_count), r->trained_on[0],
                r->trained_on_count > 1 ? ", ..." : "");
}

static bool print_json(const hrm_arc_report *r) {
    return term_json(
        json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:i, s:{s:I, s:I}, s:o}", "tasks",
                  (json_int_t)r->tasks, "scored", (json_int_t)r->scored, "dropped",
                  (json_int_t)r->dropped, "repeated", (json_int_t)r->repeated, "train_examples",
                  (json_int_t)r->train_examples, "test_examples", (json_int_t)r->test_examples,
                  "identifiers", (json_int_t)r->identifiers, "less_augmented",
                  (json_int_t)r->less_augmented, "side", r->side, "larger", "trained",
                  (json_int_t)r->larger_trained, "scored", (json_int_t)r->larger_scored,
                  "trained_on", term_texts(r->trained_on, r->trained_on_count)),
        0);
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
        .boxed = args->boxes,
        .keep_output_colours = args->keep_output_colours,
        .share_vectors = args->share_vectors,
    };
    if (!options.trains && !options.scoreds)
        return app_usage_error("no tasks; give files or folders of them, or --score");
    int code = app_keep_folder(args->words[0], args->replace, "dataset.json", "train/dataset.json",
                               "test/dataset.json", "identifiers.json", "test_puzzles.json");
    if (code) return code;
    hrm_arc_report *report;
    hrm_status status = hrm_arc_build(args->words[0], &options, &report);
    if (status) return app_fail(status);
    if (args->json && !print_json(report)) status = HRM_STATUS_MEM;
    if (!args->json && !args->quiet) tell(args->words[0], report);
    if (!args->json) warn(report);
    hrm_arc_report_free(report);
    return status ? app_fail(status) : 0;
}

int cmd_data_arc_like(const app_args *args) {
    if (!args->number) return app_usage_error("--count: say how many tasks");
    hrm_arc_like_options options;
    hrm_arc_like_options_init(&options, sizeof options);
    options.count = (size_t)args->number;
    options.seed = (uint64_t)args->seed;
    if (args->side) options.side = (int)args->side;
    options.families = args->families.word;
    options.families_count = args->families.count;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = (void *)(uintptr_t) "task";
    signals_install();
    hrm_status status = hrm_arc_generate(args->words[0], &options);
    term_clear();
    if (status) return app_fail(status);
    if (!args->quiet)
        fprintf(stderr, "wrote %s: %zu task%s\n", args->words[0], options.count,
                term_s(options.count));
    return 0;
}
