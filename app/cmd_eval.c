/* cmd_eval.c - hrm eval. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "paths.h"
#include "scored.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

static json_t *interval(double low, double high) {
    return isnan(low) ? json_null() : json_pack("[f,f]", low, high);
}

static json_t *band_json(const char *by, const hrm_eval_band *b) {
    return json_pack("{s:[i,o], s:I, s:I, s:I, s:I, s:f}", by, b->low,
                     b->high < 0 ? json_null() : json_integer(b->high), "n", (json_int_t)b->n,
                     "exact", (json_int_t)b->exact, "wrong", (json_int_t)b->wrong, "unsolved",
                     (json_int_t)b->unsolved, "mean_segments", b->mean_segments);
}

static void add_search(json_t *o, const hrm_eval_report *r) {
    json_object_set_new(o, "mode", json_string(r->check ? "check" : "learned"));
    json_object_set_new(o, "mean_rounds", json_real(r->mean_rounds));
    json_object_set_new(o, "mean_guesses", json_real(r->mean_guesses));
    json_object_set_new(o, "mean_chains", json_real(r->mean_chains));
    json_object_set_new(o, "mean_restarts", json_real(r->mean_restarts));
}

static const int pass_at[HRM_PASSES] = {1, 2, 5, 10, 100, 1000};

static void add_each_pass(json_t *o, const double *pass) {
    for (int k = 0; k < HRM_PASSES; k++) {
        char name[24];
        snprintf(name, sizeof name, "pass@%d", pass_at[k]);
        json_object_set_new(o, name, term_real(pass[k]));
    }
}

static void add_passes(const hrm_eval_report *r, json_t *o) {
    if (!r->tasks) return;
    json_t *all = json_pack("{s:I}", "tasks", (json_int_t)r->all_tasks);
    json_object_set_new(o, "tasks", json_integer((json_int_t)r->tasks));
    json_object_set_new(o, "trained_on", json_integer((json_int_t)r->trained_on));
    add_each_pass(o, r->pass);
    json_object_set_new(o, "larger", json_integer((json_int_t)r->larger));
    add_each_pass(all, r->all_pass);
    json_object_set_new(o, "of_all", all);
}

/* Tasks that were left out of the data count as failed. */
static void print_larger(const hrm_eval_report *r) {
    if (isnan(r->all_pass[0])) printf("  not counted: %zu too large for the canvas\n", r->larger);
    else
        printf("  of all %zu tasks, with %zu too large for the canvas as failed: pass@1 %.2f %%, "
               "pass@2 %.2f %%\n",
               r->all_tasks, r->larger, 100 * r->all_pass[0], 100 * r->all_pass[1]);
}

static void print_passes(const hrm_eval_report *r) {
    if (!r->tasks) return;
    printf("\n  %zu task%s, by vote of %s copies\n", r->tasks, term_s(r->tasks),
           r->tasks == 1 ? "its" : "their");
    for (int k = 0; k < HRM_PASSES && !isnan(r->pass[k]); k++)
        printf("  pass@%-5d %6.2f %%\n", pass_at[k], 100 * r->pass[k]);
    if (isnan(r->pass[0])) puts("  not scored: the solutions are not known");
    if (r->larger) print_larger(r);
    if (r->trained_on)
        printf("  the answers of %zu task%s were among what was trained on\n", r->trained_on,
               term_s(r->trained_on));
}

/* Scored puzzles that are in no band, where these are of ratings. */
static size_t unrated(const hrm_eval_report *r) {
    size_t left = r->bands && !strcmp(r->band_by, "rating") ? r->n : 0;
    for (size_t i = 0; i < r->bands && left; i++) left -= r->band[i].n;
    return left;
}

static int print_json(const hrm_eval_report *r) {
    double base = isnan(r->halt_accuracy) ? NAN : fmax(r->exact, 1 - r->exact);
    json_t *bands = json_array();
    for (size_t i = 0; i < r->bands; i++)
        json_array_append_new(bands, band_json(r->band_by, &r->band[i]));
    json_t *o = json_pack(
        "{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:I, s:I, s:o, s:o, s:o, s:i, s:o}", "n",
        (json_int_t)r->n, "unscored", (json_int_t)r->unscored, "exact", term_real(r->exact), "ci95",
        interval(r->ci95_low, r->ci95_high), "valid", term_real(r->valid), "valid_ci95",
        interval(r->valid95_low, r->valid95_high), "cells", term_real(r->cells),
        "seconds_per_puzzle", r->seconds_per_puzzle, "mean_segments", r->mean_segments, "wrong",
        (json_int_t)r->wrong, "unsolved", (json_int_t)r->unsolved, "halt_accuracy",
        term_real(r->halt_accuracy), "halt_base", term_real(base), "halt_auc",
        term_real(r->halt_auc), "segments", r->segments, "bands", bands);
    if (o) json_object_set_new(o, "broken_labels", json_integer((json_int_t)r->broken));
    if (o)
        json_object_set_new(o, "in_training",
                            r->shared < 0 ? json_null() : json_integer((json_int_t)r->shared));
    if (o && *r->shared_why)
        json_object_set_new(o, "in_training_unknown", json_string(r->shared_why));
    if (o) json_object_set_new(o, "partly_labelled", json_integer((json_int_t)r->partly));
    if (o && unrated(r)) json_object_set_new(o, "no_rating", json_integer((json_int_t)unrated(r)));
    if (o && *r->unrated) json_object_set_new(o, "unrated", term_text(r->unrated));
    if (o) json_object_set_new(o, "given", json_integer((json_int_t)r->given));
    if (o) json_object_set_new(o, "copied_answers", json_integer((json_int_t)r->copied));
    if (o && r->seen) json_object_set_new(o, "trained_on_these", json_true());
    if (o && r->partial) json_object_set_new(o, "partial_rules", json_true());
    if (o && r->late) json_object_set_new(o, "out_of_time", json_integer((json_int_t)r->late));
    if (o && r->search) add_search(o, r);
    if (o && r->views) {
        json_object_set_new(o, "views", json_integer(r->views));
        json_object_set_new(o, "mode", json_string(r->check ? "check" : "learned"));
    }
    if (o && r->sure != 0)
        json_object_set_new(o, "sure",
                            json_pack("{s:o, s:I, s:I, s:I}", "bound", term_real(r->sure), "n",
                                      (json_int_t)r->sure_n, "right", (json_int_t)r->sure_right,
                                      "right_of_all", (json_int_t)r->right));
    if (o && r->latency_n)
        json_object_set_new(o, "latency",
                            json_pack("{s:I, s:f, s:f}", "n", (json_int_t)r->latency_n, "median",
                                      r->latency_median, "p95", r->latency_p95));
    if (o) add_passes(r, o);
    if (o) app_scored_json(o);
    return term_json(o, JSON_REAL_PRECISION(9)) ? 0 : app_fail(HRM_STATUS_MEM);
}

static void print_bands(const hrm_eval_report *r) {
    if (!r->bands) return;
    printf("\n  %-12s puzzles    exact   wrong  unsolved   %s\n", r->band_by,
           r->search ? "rounds" : "segments");
    for (size_t i = 0; i < r->bands; i++) {
        const hrm_eval_band *b = &r->band[i];
        char range[32];
        if (b->low == b->high) snprintf(range, sizeof range, "%d", b->low);
        else if (b->high < 0) snprintf(range, sizeof range, "%d or more", b->low);
        else snprintf(range, sizeof range, "%d to %d", b->low, b->high);
        if (b->n)
            printf("  %-12s %7zu  %6.2f %%  %6zu  %8zu   %.1f\n", range, b->n,
                   100 * (double)b->exact / (double)b->n, b->wrong, b->unsolved, b->mean_segments);
    }
    if (unrated(r))
        printf("  %zu more ha%s no known rating\n", unrated(r), unrated(r) == 1 ? "s" : "ve");
}

static void print_search(const hrm_eval_report *r, bool timed) {
    printf("mode      %s\n", r->check ? "checked: the task's rules could reject a finished answer"
                                      : "learned only: nothing knew the rules");
    printf("answers   %zu given wrong, %zu not solved within %d round%s%s\n", r->wrong, r->unsolved,
           r->segments, term_s((size_t)r->segments), timed ? " or the time given" : "");
    printf("search    %.1f rounds, %.1f guesses, %.2f chains, %.2f contradictions per puzzle\n",
           r->mean_rounds, r->mean_guesses, r->mean_chains, r->mean_restarts);
}

/* What the model's confidence is worth. */
static void print_sure(const hrm_eval_report *r, double aim) {
    size_t others = r->n - r->sure_n;
    if (!r->n || r->sure == 0) return;
    if (isnan(r->sure)) {
        printf("sure      no bound of confidence leaves %.6g %% of the answers right\n", 100 * aim);
        return;
    }
    printf("sure      %zu of %zu answers are at least %.6g sure", r->sure_n, r->n, r->sure);
    if (r->sure_n)
        printf(", and %.2f %% of them right", 100 * (double)r->sure_right / (double)r->sure_n);
    if (others)
        printf("; of the others %.2f %%",
               100 * (double)(r->right - r->sure_right) / (double)others);
    putchar('\n');
}

static void print_segments(const hrm_eval_report *r) {
    printf("answers   %zu complete but wrong, %zu with open cells\n", r->wrong, r->unsolved);
    printf("steps     %.2f of %d segment%s until the answer stood\n", r->mean_segments, r->segments,
           term_s((size_t)r->segments));
    if (!r->views) return;
    printf("views     up to %d of a puzzle, %s\n", r->views,
           r->check ? "until the task's rules accept an answer"
                    : "of which the surest answer is given: nothing knew the rules");
}

/* How many answers are right, and of how many. */
static void print_scores(const hrm_eval_report *r, bool checker) {
    if (r->n)
        printf("exact     %.2f %%  (95 %% interval %.2f to %.2f) of %zu puzzle%s\n", 100 * r->exact,
               100 * r->ci95_low, 100 * r->ci95_high, r->n, term_s(r->n));
    if (r->unscored > r->given)
        printf("%s not scored: the answer%s of %zu puzzle%s not known\n",
               r->n ? "         " : "exact    ", term_s(r->unscored - r->given),
               r->unscored - r->given, r->unscored - r->given == 1 ? " is" : "s are");
    else if (!r->n) puts("exact     not scored: no puzzle has an open cell");
    if (r->given)
        printf("given     %zu %s no open cell, and %s not scored\n", r->given,
               r->given == 1 ? "has" : "have", r->given == 1 ? "is" : "are");
    if (!isnan(r->valid))
        printf("valid     %.2f %%  (95 %% interval %.2f to %.2f)%s by %s\n", 100 * r->valid,
               100 * r->valid95_low, 100 * r->valid95_high, r->n ? "" : " of these puzzles",
               checker ? "the checker" : "the rules of the task");
}

static void print_report(const hrm_eval_report *r, bool timed, bool checker, double aim) {
    char time[TERM_TEXT], late[TERM_TEXT];
    print_scores(r, checker);
    if (app_scored_against())
        printf("checker   calls %zu answer%s wrong that %s as labelled\n", app_scored_against(),
               term_s(app_scored_against()), app_scored_against() == 1 ? "is" : "are");
    if (r->seen)
        puts("trained   the model was trained on these very puzzles: this says nothing of others");
    else if (r->shared > 0)
        printf("trained   %lld of these puzzles are among those that the model was trained on\n",
               (long long)r->shared);
    else if (*r->shared_why && !r->tasks)
        printf("trained   not known whether on some of these puzzles: %s\n", r->shared_why);
    if (r->partly)
        printf("partly    %zu %s labelled in part, and scored by those cells%s alone\n", r->partly,
               r->partly == 1 ? "is" : "are",
               isnan(r->valid) || r->partial ? "" : " and the rules");
    if (r->copied)
        printf("copied    %zu hold%s the answer in the question: to copy it is right\n", r->copied,
               r->copied == 1 ? "s" : "");
    if (r->broken)
        printf("labels    %zu break%s the rules, and count against the model all the same\n",
               r->broken, r->broken == 1 ? "s" : "");
    if (r->partial)
        puts("rules     not all of them are stated: an answer unlike its label counts as wrong");
    if (*r->unrated) printf("ratings   %s\n", r->unrated);
    if (r->n) printf("cells     %.2f %%\n", 100 * r->cells);
    app_scored_baseline();
    if (r->search) print_search(r, timed);
    else print_segments(r);
    if (r->late)
        printf("late      the bound of time cut %zu puzzle%s short or left %s untried: the figures "
               "say less of the model than of that bound\n",
               r->late, term_s(r->late), r->late == 1 ? "it" : "them");
    if (!isnan(
            r->halt_auc)) /* NaN: all are right, or all wrong, and there is nothing to tell apart */
        printf(
            "halting   %.2f %% of the answers judged rightly by the model (%.2f %% by calling all "
            "the same), AUC %.3f\n",
            100 * r->halt_accuracy, 100 * fmax(r->exact, 1 - r->exact), r->halt_auc);
    print_sure(r, aim);
    printf("time      %s per puzzle\n", term_seconds(r->seconds_per_puzzle, time));
    if (r->latency_n)
        printf("latency   %s in the median, %s for 95 %%, of %zu puzzle%s one by one\n",
               term_seconds(r->latency_median, time), term_seconds(r->latency_p95, late),
               r->latency_n, term_s(r->latency_n));
    print_bands(r);
    print_passes(r);
}

int cmd_eval(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model = NULL;
    hrm_dataset *data = NULL;
    hrm_eval_report report;
    hrm_search search = app_search_options(args);
    hrm_eval_options options = {
        .size = sizeof options,
        .limit = (size_t)args->limit,
        .segments = (int)args->segments,
        .batch = (int)args->batch,
        .progress = args->quiet ? term_silence : term_progress,
        .user = "puzzle",
        .check = args->check,
        .seed = (uint64_t)args->seed,
        .search = &search,
        .latency = (size_t)args->latency,
        .votes = (int)args->votes,
        .contaminated = args->contaminated,
        .submission = args->submission,
        .scores = args->scores,
        .right = args->right,
        .scored = app_scored_take,
    };
    size_t words;
    int code;
    const char *path = app_model_path(args, 2, &words, &code);
    if (path && args->count == words)
        return app_usage_error("no data to evaluate on; usage: hrm eval [MODEL] DATA");
    if (!path) return code;
    const char *puzzles = app_named_data(args->words[words]);
    code = app_keep_off("--submission", args->submission, path, puzzles);
    if (!code) code = app_keep_off("--scores", args->scores, path, puzzles, args->submission);
    if (!code)
        code =
            app_keep_off("--answers", args->answers, path, puzzles, args->scores, args->submission);
    if (code) return code;
    hrm_status status = hrm_model_load(path, &run, &model);
    if (!status && args->letters) status = hrm_model_letters(model, args->letters);
    if (!status) status = hrm_dataset_open_for(puzzles, model, &data);
    if (!status) app_tell_memory(path, model);
    signals_install();
    if (!status) code = app_check_search(args, model);
    if (!status && !code) code = app_scored_open(args, model, path);
    if (!status && !code) status = hrm_evaluate(model, data, &options, &report);
    term_clear();
    if (!app_scored_close(!status && !code)) code = EXIT_FAILED;
    else if (status && !code) code = app_fail(status);
    if (!code && args->json) code = print_json(&report);
    else if (!code) {
        print_report(&report, search.seconds != 0 || search.total_seconds != 0, args->run_checker,
                     args->right);
        if (args->symbols) app_scored_symbols();
    }
    hrm_dataset_free(data);
    hrm_model_free(model);
    return code;
}
