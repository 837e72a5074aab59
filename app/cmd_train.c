/* cmd_train.c - hrm train: the plan, the live line, the end. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"
#include "ranks.h"
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
static void print_plan(const hrm_plan *p, const json_t *recipe) {
    char a[TERM_TEXT], b[TERM_TEXT], c[TERM_TEXT], d[TERM_TEXT], e[TERM_TEXT];
    fprintf(stderr, "model   %s, %s parameters, %d tokens, %sFLOP per row and step\n", p->arch,
            term_count((double)p->parameters, a), p->tokens,
            term_count(p->flops_per_step / p->batch, b));
    fprintf(stderr, "data    %s: %zu example%s (%s)\n", term_string(recipe, "data"), p->examples,
            term_s(p->examples), p->task);
    fprintf(stderr,
            "memory  at most %s: model %s, optimiser %s, carry %s, activations %s (%d row%s at "
            "once)\n",
            term_bytes((double)p->total_bytes, a), term_bytes((double)p->model_bytes, b),
            term_bytes((double)p->optimiser_bytes, c), term_bytes((double)p->carry_bytes, d),
            term_bytes((double)p->activations_bytes, e), p->micro_batch,
            p->micro_batch == 1 ? "" : "s");
    fprintf(stderr, "run     %s: steps %lld to %lld of %d rows, %s kernels, %d thread%s\n", p->dir,
            (long long)p->step, (long long)p->steps, p->batch, p->isa, p->threads,
            p->threads == 1 ? "" : "s");
    for (size_t i = 0; i < p->warning_count; i++) fprintf(stderr, "warning: %s\n", p->warnings[i]);
}

/* What ranks have each, and what their exchange takes over links of some Gb/s. seconds: of a step,
 * as it was measured; or 0. */
static void print_ranks(const hrm_plan *p, double seconds) {
    static const int links[] = {1, 10, 100};
    char text[TERM_TEXT];
    if (p->ranks == 1) return;
    fprintf(stderr, "ranks   %d, this one with %d of the rows and %d thread%s; it sends %s a step:",
            p->ranks, p->rank_rows, p->threads, p->threads == 1 ? "" : "s",
            term_bytes((double)p->sent_bytes, text));
    for (int i = 0; i < 3; i++) {
        double takes = (double)p->sent_bytes * 8e-9 / links[i];
        fprintf(stderr, "%s %s at %d Gb/s", i ? "," : "", term_seconds(takes, text), links[i]);
        if (seconds > 0) fprintf(stderr, " (%.0f %%)", 100 * takes / (seconds + takes));
    }
    fputc('\n', stderr);
}

/* What the schedule makes of these steps, where that is not what one expects. */
static void print_schedule(const hrm_plan *p, const json_t *recipe, double seconds) {
    char text[TERM_TEXT];
    double steps = (double)p->steps, left = (double)(p->steps - p->step),
           minutes = term_number(recipe, "minutes");
    double warmup = term_number(recipe, "warmup"),
           fit = seconds > 0 ? floor(60 * minutes / seconds) : 0;
    print_ranks(p, seconds);
    if (seconds > 0)
        fprintf(stderr, "time    %.2g s a step, measured now: about %s without evaluations\n",
                seconds, term_seconds(seconds * left, text));
    if (seconds > 0 && minutes > 0 && fit < left)
        fprintf(stderr, "        but it stops after %g minutes, at about step %.0f%s\n", minutes,
                (double)p->step + fit,
                strcmp(term_string(recipe, "schedule"), "minutes") &&
                        term_number(recipe, "lr_min_ratio") < 1
                    ? "; schedule=minutes ends the rate's way down there"
                    : "");
    if (warmup > steps)
        fprintf(
            stderr,
            "rate    a warm-up of %.0f steps is longer than the run: it ends at %.0f %% of lr\n",
            warmup, 100 * steps / warmup);
}

static bool print_plan_json(const hrm_plan *p, json_t *recipe, double seconds) {
    json_t *bytes = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "program", (json_int_t)p->program_bytes, "model",
        (json_int_t)p->model_bytes, "optimiser", (json_int_t)p->optimiser_bytes, "carry",
        (json_int_t)p->carry_bytes, "activations", (json_int_t)p->activations_bytes, "data",
        (json_int_t)p->data_bytes, "total", (json_int_t)p->total_bytes);
    json_t *o = json_pack(
        "{s:s, s:o, s:I, s:i, s:i, s:i, s:I, s:I, s:f, s:I, s:I, s:s, s:s, s:i, s:i, s:i, s:I, "
        "s:o, s:O, s:o}",
        "arch", p->arch, "dir", term_name(p->dir), "parameters", (json_int_t)p->parameters,
        "tokens", p->tokens, "batch", p->batch, "micro_batch", p->micro_batch, "step",
        (json_int_t)p->step, "steps", (json_int_t)p->steps, "flops_per_step", p->flops_per_step,
        "examples", (json_int_t)p->examples, "groups", (json_int_t)p->groups, "task", p->task,
        "isa", p->isa, "threads", p->threads, "ranks", p->ranks, "rank_rows", p->rank_rows,
        "sent_bytes", (json_int_t)p->sent_bytes, "bytes", bytes, "recipe", recipe, "warnings",
        term_texts(p->warnings, p->warning_count));
    if (seconds > 0) json_object_set_new(o, "seconds_per_step", json_real(seconds));
    return term_json(o, JSON_COMPACT);
}

typedef struct view {
    double printed;                    /* when a line was printed last */
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

/* How far an evaluation is: of models that search, what bounds it, since one that has learned
 * little takes that for nearly every puzzle. */
static void on_evaluating(view *v, const hrm_event *e) {
    char line[160], bound[64] = "";
    double now = term_now(), every = term_is_live() ? 0.25 : 10;
    if (now - v->printed < every) return;
    v->printed = now;
    if (e->eval.search)
        snprintf(bound, sizeof bound, ", at most %d rounds each (eval_rounds)", e->eval.segments);
    snprintf(line, sizeof line,
             "evaluating at step %lld: %zu of %zu puzzle%s done%s; Ctrl-C saves and ends",
             (long long)e->step, e->finished, e->eval.n, term_s(e->eval.n), bound);
    if (term_is_live()) term_live("%s", line);
    else fprintf(stderr, "%s\n", line);
}

/* v: NULL where steps are not told. */
static void on_eval(const hrm_event *e, view *v) {
    char seconds[TERM_TEXT];
    const hrm_eval_report *r = &e->eval;
    term_clear();
    fprintf(stderr, "eval at step %lld after %s: ", (long long)e->step,
            term_seconds(e->seconds, seconds));
    if (r->n)
        fprintf(stderr, "exact %.2f %% [%.2f, %.2f], cells %.2f %% of %zu puzzle%s", 100 * r->exact,
                100 * r->ci95_low, 100 * r->ci95_high, 100 * r->cells, r->n, term_s(r->n));
    else fprintf(stderr, "not scored, no answer is known");
    if (r->search) {
        fprintf(stderr, ", at most %d rounds each", r->segments);
        if (r->unsolved) fprintf(stderr, ", %zu not solved in them", r->unsolved);
    }
    if (r->given) fprintf(stderr, " (%zu without an open cell are not scored)", r->given);
    if (r->broken)
        fprintf(stderr, " (%zu label%s the rules, and count%s all the same)", r->broken,
                r->broken == 1 ? " breaks" : "s break", r->broken == 1 ? "s" : "");
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

static void on_rejudged(const hrm_event *e) {
    const hrm_eval_report *r = &e->eval;
    term_clear();
    fprintf(stderr, "the best so far, of step %lld, on the puzzles that are evaluated now: ",
            (long long)e->step);
    if (r->n)
        fprintf(stderr, "exact %.2f %%, cells %.2f %% of %zu\n", 100 * r->exact, 100 * r->cells,
                r->n);
    else fprintf(stderr, "not scored, no answer is known\n");
}

/* What is told of a run, and where it came to. */
typedef struct watch {
    view *view; /* NULL: steps are not told */
    int64_t step, steps;
} watch;

static bool on_event(void *user, const hrm_event *e) {
    watch *w = user;
    if (e->kind == HRM_EVENT_KIND_REJUDGED) on_rejudged(e);
    else w->step = e->step;
    w->steps = e->steps;
    if (e->kind == HRM_EVENT_KIND_STEP && w->view) on_step(w->view, e);
    if (e->kind == HRM_EVENT_KIND_EVALUATING && w->view) on_evaluating(w->view, e);
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
static int tell_plan(hrm_trainer *trainer, const hrm_plan *plan, const app_args *args) {
    double seconds = 0, bytes = (double)plan->total_bytes;
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    json_t *recipe = term_value(plan->recipe);
    if (!args->json) print_plan(plan, recipe);
    bool large = bytes > memory / 2;
    hrm_ranks_share(ranks_own(), &large, sizeof large);
    bool failed = args->plan && !large && hrm_trainer_measure(trainer, &seconds);
    if (failed || (args->plan && large)) {
        fprintf(stderr, "time    not measured: %s\n",
                failed ? hrm_error() : "it takes more than half of this machine's memory");
        app_fail_told();
    }
    bool good = true;
    if (!args->json) print_schedule(plan, recipe, seconds);
    else good = print_plan_json(plan, recipe, seconds);
    json_decref(recipe);
    if (!good) return app_fail(HRM_STATUS_MEM);
    return failed ? EXIT_FAILED : 0;
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
    const hrm_train_options options = {sizeof options, on_event, &w, args->tensorboard};
    return finish(hrm_trainer_run(trainer, &options), &w, dir);
}

static int train(hrm_trainer *trainer, const app_args *args) {
    hrm_plan *plan;
    hrm_status status = hrm_trainer_plan(trainer, &plan);
    if (status) return app_fail(status);
    int code = tell_plan(trainer, plan, args);
    term_flush();
    if (!code && !args->plan) code = run(trainer, args, plan->dir);
    hrm_plan_free(plan);
    return code;
}

static bool is_setting(const char *word) {
    size_t name = strcspn(word, "=/.");
    return word[name] == '=';
}

static bool is_table(const char *path) {
    char *text;
    size_t size;
    bool table = false;
    if (!hrm_text_load(path, &text, &size, &table)) hrm_free(text);
    return table;
}

int cmd_train(const app_args *args) {
    hrm_run run = app_run_options(args);
    run.shipped = app_shipped_root();
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
    if (!args->resume && is_table(args->words[0]))
        return app_usage_error("%s: holds puzzles, and is no recipe; train takes it as data=%s",
                               args->words[0], args->words[0]);
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
