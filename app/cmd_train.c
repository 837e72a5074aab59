/* cmd_train.c - hrm train: the plan, the live line, the end. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

/* "a|b|c" as a list. */
static json_t *choices_json(const char *choices) {
    json_t *list = json_array();
    for (const char *at = choices; *at; at += *at == '|') {
        size_t size = strcspn(at, "|");
        json_array_append_new(list, json_stringn(at, size));
        at += size;
    }
    return list;
}

static int print_keys_json(void) {
    json_t *list = json_array();
    for (size_t i = 0; hrm_recipe_keys(i); i++) {
        const hrm_recipe_key *k = hrm_recipe_keys(i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:o, s:s}", "name", k->name, "type",
                                              k->type, "preset", k->preset, "choices",
                                              choices_json(k->choices), "help", k->help));
    }
    return term_json(list, JSON_INDENT(1)) ? 0 : app_fail(HRM_STATUS_MEM);
}

static int print_keys(bool json) {
    if (json) return print_keys_json();
    for (size_t i = 0; hrm_recipe_keys(i); i++) {
        const hrm_recipe_key *k = hrm_recipe_keys(i);
        printf("%-24s %-12s %s", k->name, *k->preset ? k->preset : "\"\"", k->help);
        if (*k->choices) printf(" (%s)", k->choices);
        putchar('\n');
    }
    return 0;
}

/* The plan in words: what is trained on what, and the most memory it will take. */
static void print_plan(const json_t *p) {
    const json_t *warnings = json_object_get(p, "warnings");
    char a[TERM_TEXT], b[TERM_TEXT], c[TERM_TEXT], d[TERM_TEXT], e[TERM_TEXT];
    const json_t *bytes = json_object_get(p, "bytes"), *recipe = json_object_get(p, "recipe");
    fprintf(stderr, "model   %s, %s parameters, %.0f tokens, %sFLOP per row and step\n",
            term_string(p, "arch"), term_count(term_number(p, "parameters"), a),
            term_number(p, "tokens"),
            term_count(term_number(p, "flops_per_step") / term_number(p, "batch"), b));
    fprintf(stderr, "data    %s: %.0f examples (%s)\n", term_string(recipe, "data"),
            term_number(p, "examples"), term_string(p, "task"));
    fprintf(stderr,
            "memory  at most %s: model %s, optimiser %s, carry %s, activations %s (%.0f row%s at "
            "once)\n",
            term_bytes(term_number(bytes, "total"), a), term_bytes(term_number(bytes, "model"), b),
            term_bytes(term_number(bytes, "optimiser"), c),
            term_bytes(term_number(bytes, "carry"), d),
            term_bytes(term_number(bytes, "activations"), e), term_number(p, "micro_batch"),
            term_number(p, "micro_batch") == 1 ? "" : "s");
    fprintf(stderr, "run     %s: steps %.0f to %.0f of %.0f rows, %s kernels, %.0f thread%s\n",
            term_string(p, "dir"), term_number(p, "step"), term_number(p, "steps"),
            term_number(p, "batch"), term_string(p, "isa"), term_number(p, "threads"),
            term_number(p, "threads") == 1 ? "" : "s");
    for (size_t i = 0; i < json_array_size(warnings); i++)
        fprintf(stderr, "warning: %s\n", json_string_value(json_array_get(warnings, i)));
}

/* What the schedule makes of these steps, where that is not what one expects. */
static void print_schedule(const json_t *p, double seconds) {
    char text[TERM_TEXT];
    const json_t *recipe = json_object_get(p, "recipe");
    double steps = term_number(p, "steps"), left = steps - term_number(p, "step"),
           minutes = term_number(recipe, "minutes");
    double warmup = term_number(recipe, "warmup"),
           fit = seconds > 0 ? floor(60 * minutes / seconds) : 0;
    if (seconds > 0)
        fprintf(stderr, "time    %.2g s a step, measured now: about %s without evaluations\n",
                seconds, term_seconds(seconds * left, text));
    if (seconds > 0 && minutes > 0 && fit < left)
        fprintf(stderr, "        but it stops after %g minutes, at about step %.0f%s\n", minutes,
                term_number(p, "step") + fit,
                strcmp(term_string(recipe, "schedule"), "minutes") &&
                        term_number(recipe, "lr_min_ratio") < 1
                    ? "; schedule=minutes ends the rate's cosine there"
                    : "");
    if (warmup > steps)
        fprintf(
            stderr,
            "rate    a warm-up of %.0f steps is longer than the run: it ends at %.0f %% of lr\n",
            warmup, 100 * steps / warmup);
}

typedef struct view {
    double printed;                    /* when a plain line was printed last */
    double exact, cells, rows, scored; /* of finished rows since then */
    double loss, steps;
    double right, finished; /* rows since the last evaluation */
} view;

static void on_step(view *v, const hrm_event *e) {
    char eta[TERM_TEXT], flops[TERM_TEXT];
    v->loss += e->loss;
    v->steps++;
    if (e->finished) {
        v->rows += (double)e->finished;
        v->exact += e->finished_exact * (double)e->finished;
        v->finished += (double)e->finished;
        v->right += e->finished_exact * (double)e->finished;
    }
    if (e->finished && !isnan(e->finished_cells)) { /* some rows have no cell to score */
        v->scored += (double)e->finished;
        v->cells += e->finished_cells * (double)e->finished;
    }
    double now = term_now(), every = term_is_live() ? 0.25 : 10;
    if (now - v->printed < every && e->step < e->steps) return;
    char line[256], finished[64] = "no row finished yet";
    int size = 0;
    if (v->rows > 0)
        size = snprintf(finished, sizeof finished, "%s %.1f %%",
                        e->hinted ? "right with hints" : "exact", 100 * v->exact / v->rows);
    if (v->rows > 0 && v->scored > 0)
        snprintf(finished + size, sizeof finished - (size_t)size, "  cells %.1f %%",
                 100 * v->cells / v->scored);
    snprintf(line, sizeof line, "step %lld/%lld  loss %.4f  %s  %.2f steps/s  %sFLOP/s  ETA %s",
             (long long)e->step, (long long)e->steps, v->loss / v->steps, finished,
             e->steps_per_second, term_count(e->flops_per_second, flops),
             term_seconds(e->eta_seconds, eta));
    if (term_is_live()) term_live("%s", line);
    else fprintf(stderr, "%s\n", line);
    double keep = term_is_live() ? 0.9 : 0; /* the live line smooths over the last seconds */
    *v = (view){now,
                keep * v->exact,
                keep * v->cells,
                keep * v->rows,
                keep * v->scored,
                keep * v->loss,
                keep * v->steps,
                v->right,
                v->finished};
}

/* v: NULL where steps are not told. */
static void on_eval(const hrm_event *e, view *v) {
    char seconds[TERM_TEXT];
    const hrm_eval_report *r = &e->eval;
    term_clear();
    fprintf(stderr, "eval at step %lld after %s: ", (long long)e->step,
            term_seconds(e->seconds, seconds));
    if (r->n)
        fprintf(stderr, "exact %.2f %% [%.2f, %.2f], cells %.2f %% of %zu puzzles", 100 * r->exact,
                100 * r->ci95_low, 100 * r->ci95_high, 100 * r->cells, r->n);
    else fprintf(stderr, "not scored, no answer is known");
    if (e->hinted && e->train.n)
        fprintf(stderr, "; %.1f %% of %zu trained on", 100 * e->train.exact, e->train.n);
    fprintf(stderr, "%s\n", e->best ? ", best so far" : "");
    if (!v) return;
    double right = v->right / v->finished;
    if (e->hinted && right - e->train.exact > 0.2)
        fprintf(stderr,
                "warning: with hints %.1f %% of the rows came out right, without them %.1f %% of "
                "the same data: only the latter tells how well it solves\n",
                100 * right, 100 * e->train.exact);
    v->right = v->finished = 0;
}

/* What is told of a run, and where it came to. */
typedef struct watch {
    view *view; /* NULL: steps are not told */
    int64_t step, steps;
} watch;

static bool on_event(void *user, const hrm_event *e) {
    watch *w = user;
    w->step = e->step;
    w->steps = e->steps;
    if (e->kind == HRM_EVENT_KIND_STEP && w->view) on_step(w->view, e);
    if (e->kind == HRM_EVENT_KIND_EVAL) on_eval(e, w->view);
    return !signals_stop();
}

/* runs/NAME for recipes/NAME.yaml. */
static char *default_folder(const char *recipe) {
    const char *slash = strrchr(recipe, '/'), *name = slash ? slash + 1 : recipe;
    const char *dot = strrchr(name, '.');
    size_t size = dot && dot != name ? (size_t)(dot - name) : strlen(name);
    char *out = malloc(size + 6);
    if (out) snprintf(out, size + 6, "runs/%.*s", (int)size, name);
    return out;
}

static int finish(hrm_status status, const watch *w, const char *dir) {
    term_clear();
    if (status == HRM_STATUS_STOPPED) {
        fprintf(stderr, "%s. Go on with: hrm train --resume %s\n", hrm_error(), dir);
        return EXIT_INTERRUPTED;
    }
    if (status) return app_fail(status);
    struct rusage usage;
    char text[TERM_TEXT];
    getrusage(RUSAGE_SELF, &usage);
    if (w->step < w->steps)
        fprintf(stderr, "ended at step %lld of %lld, as minutes or stop_after say\n",
                (long long)w->step, (long long)w->steps);
    fprintf(stderr, "done: %s/model.safetensors (peak memory %s)\n", dir,
            term_bytes((double)usage.ru_maxrss * 1024, text));
    return 0;
}

/* The plan and what a step takes here, which needs the memory of training. */
static int tell_plan(hrm_trainer *trainer, json_t *plan, const app_args *args) {
    double seconds = 0;
    if (!args->json) print_plan(plan);
    double bytes = term_number(json_object_get(plan, "bytes"), "total");
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if (args->plan && (bytes > memory / 2 || hrm_trainer_measure(trainer, &seconds)))
        fprintf(stderr, "time    not measured: %s\n",
                bytes > memory / 2 ? "it takes more than half of this machine's memory"
                                   : hrm_error());
    if (!args->json) print_schedule(plan, seconds);
    else if (seconds > 0) json_object_set_new(plan, "seconds_per_step", json_real(seconds));
    return !args->json || term_json(json_incref(plan), JSON_COMPACT) ? 0 : app_fail(HRM_STATUS_MEM);
}

static hrm_trainer *running;

static void cut(void) {
    hrm_trainer_cancel(running);
}

static int run(hrm_trainer *trainer, const app_args *args, const char *dir) {
    view v = {0};
    watch w = {.view = args->quiet ? NULL : &v};
    running = trainer;
    signals_install_now(cut);
    const hrm_train_options options = {sizeof options, on_event, &w};
    return finish(hrm_trainer_run(trainer, &options), &w, dir);
}

static int train(hrm_trainer *trainer, const app_args *args) {
    char *text;
    hrm_status status = hrm_trainer_plan(trainer, &text);
    if (status) return app_fail(status);
    json_t *plan = term_report(text, false);
    char *dir = strdup(term_string(plan, "dir"));
    int code = dir ? tell_plan(trainer, plan, args) : app_fail(HRM_STATUS_MEM);
    json_decref(plan);
    fflush(stdout);
    if (!code && !args->plan) code = run(trainer, args, dir);
    free(dir);
    return code;
}

static bool is_setting(const char *word) {
    size_t name = strcspn(word, "=/.");
    return word[name] == '=';
}

int cmd_train(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_trainer *trainer;
    hrm_status status;
    if (args->keys) return print_keys(args->json);
    size_t first = args->resume ? 0 : 1;
    if (args->resume && args->out) return app_usage_error("--resume and --out exclude each other");
    if (args->resume && args->count && !is_setting(args->words[0]))
        return app_usage_error("%s: --resume takes the run's own recipe; leave this out",
                               args->words[0]);
    if (!args->resume && (!args->count || is_setting(args->words[0])))
        return app_usage_error("no recipe; usage: hrm train RECIPE [key=value ...]");
    const char **settings = calloc(args->count + 1, sizeof *settings);
    for (size_t i = first; settings && i < args->count; i++)
        settings[i - first] = app_named_setting(args->words[i]);
    char *dir = args->resume || args->out ? strdup(args->resume ? args->resume : args->out)
                                          : default_folder(args->words[0]);
    if (!dir || !settings) status = HRM_STATUS_MEM;
    else if (args->resume) status = hrm_trainer_resume(dir, settings, args->count, &run, &trainer);
    else
        status = hrm_trainer_new(app_named("recipes", ".yaml", args->words[0]), settings,
                                 args->count - 1, dir, &run, &trainer);
    free(dir);
    free(settings);
    if (status) return app_fail(status);
    int code = train(trainer, args);
    running = NULL;
    hrm_trainer_free(trainer);
    return code;
}
