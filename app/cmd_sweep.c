/* cmd_sweep.c - hrm sweep: trains all runs of a plan, each in a process of its own, and tells what
 * came of them. */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "hrm_look.h"
#include "jobs.h"
#include "signals.h"
#include "sweep.h"
#include "term.h"

/* ---- runs ------------------------------------------------------------------------------------ */

static app_jobs jobs;

static void cut(void) {
    app_jobs_stop(&jobs);
}

static const char *name_of(const sweep *s, const sweep_run *r) {
    return r->dir + strlen(s->out) + 1;
}

/* What its folder tells now. */
static void look(sweep_run *r) {
    hrm_runs *runs = NULL;
    r->state = "";
    r->exact = r->cells = NAN;
    free(r->puzzles_hash);
    r->puzzles_hash = NULL;
    if (access(r->dir, F_OK) || hrm_runs_open(r->dir, &runs)) return;
    if (runs->count) {
        const hrm_run_info *i = &runs->run[0];
        r->state = i->state;
        r->exact = i->exact;
        r->cells = i->cells;
        r->seconds = i->seconds;
        r->best_step = i->best_step;
        r->evaluated = i->evaluated;
        r->puzzles_hash = strdup(i->puzzles_hash);
    }
    r->finished = !strcmp(r->state, "finished");
    hrm_runs_free(runs);
}

/* The last line of its messages. */
static void last_line(const sweep_run *r, char *out, size_t size) {
    char line[500];
    *out = 0;
    FILE *f = fopen(r->log, "r");
    while (f && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = 0;
        const char *said = strncmp(line, "hrm: ", 5) ? line : line + 5;
        if (*said) snprintf(out, size, "%s", said);
    }
    if (f) fclose(f);
}

typedef struct work {
    sweep *plan;
    const app_args *args;
    sweep_run *at[APP_JOBS_MOST]; /* by their places */
    size_t over;
    int busy; /* places in use */
    int threads;
    bool stopping, waiting;
} work;

static void tell(const work *w) {
    term_live("%zu of %zu runs are over, %d at work", w->over, w->plan->runs, w->busy);
}

static void on_end(work *w, sweep_run *r, int code) {
    char line[512], time[TERM_TEXT];
    look(r);
    w->busy--;
    bool stopped = w->stopping && (code == EXIT_INTERRUPTED || code > 128);
    if (stopped) return;
    r->over = true;
    r->failed = code || !r->finished;
    w->over++;
    last_line(r, line, sizeof line);
    term_clear();
    if (r->failed)
        fprintf(stderr, "hrm: %s failed (%s %d): %s; all it said is in %s\n", name_of(w->plan, r),
                code > 128 ? "killed by signal" : "exit code", code > 128 ? code - 128 : code, line,
                r->log);
    else if (!w->args->quiet && isnan(r->exact))
        fprintf(stderr, "%s: done in %s\n", name_of(w->plan, r), term_seconds(r->seconds, time));
    else if (!w->args->quiet)
        fprintf(stderr, "%s: exact %.2f %%, cells %.2f %% at step %lld, %s\n", name_of(w->plan, r),
                100 * r->exact, 100 * r->cells, (long long)r->best_step,
                term_seconds(r->seconds, time));
}

/* Places before this one have a thread more where the threads do not divide evenly. */
static int threads_of(const work *w, int slot) {
    int share = w->threads / jobs.count + (slot < w->threads % jobs.count);
    return share > 1 ? share : 1;
}

static void start(work *w, sweep_run *r) {
    int place = app_jobs_place(&jobs);
    char **words = sweep_words(w->plan, r, w->args, threads_of(w, place));
    bool started = words && app_jobs_start(&jobs, place, (const char *const *)words, r->log);
    int why = errno;
    sweep_words_free(words);
    r->begun = true;
    if (started) {
        w->at[place] = r;
        w->busy++;
        return;
    }
    w->over++;
    r->over = r->failed = true;
    term_clear();
    fprintf(stderr, "hrm: %s: cannot be started: %s\n", name_of(w->plan, r), strerror(why));
}

/* Starts what there is a place for; false: nothing is left to do. A run that another process still
 * trains, as one that outlives a kill for a moment, is waited for. */
static bool start_next(work *w) {
    bool left = w->busy > 0;
    const sweep_run *elsewhere = NULL;
    for (size_t i = 0; i < w->plan->runs && !w->stopping; i++) {
        sweep_run *r = &w->plan->run[i];
        if (r->begun || r->over) continue;
        left = true;
        if (w->busy == jobs.count) break;
        look(r);
        if (!strcmp(r->state, "running")) elsewhere = r;
        else if (r->finished) {
            r->over = true;
            w->over++;
        } else start(w, r);
    }
    if (elsewhere && !w->waiting) term_clear();
    if (elsewhere && !w->waiting)
        fprintf(stderr, "%s: another process trains there; waiting for it\n",
                name_of(w->plan, elsewhere));
    w->waiting = elsewhere;
    return left;
}

static void train_all(work *w) {
    int code, slot;
    signals_install_now(cut);
    for (bool left = true; left;) {
        if (signals_stop() && !w->stopping) {
            w->stopping = true;
            app_jobs_stop(&jobs);
        }
        while ((slot = app_jobs_ended(&jobs, &code)) >= 0) on_end(w, w->at[slot], code);
        left = start_next(w);
        if (!w->args->quiet) tell(w);
        const struct timespec pause = {w->waiting, 30000000};
        if (left) nanosleep(&pause, NULL);
    }
    term_clear();
}

/* ---- what came of them ----------------------------------------------------------------------- */

typedef struct tally {
    size_t runs, finished, wins;
    hrm_interval exact, cells; /* NaN: not known */
    double seconds;            /* the mean */
} tally;

static bool is_known(const sweep_run *r) {
    return r->finished && !isnan(r->exact);
}

/* Whether all runs were scored on the same puzzles, as far as they tell; others cannot be compared.
 */
static bool comparable(const sweep *s) {
    const sweep_run *first = NULL;
    for (size_t i = 0; i < s->runs; i++) {
        const sweep_run *r = &s->run[i];
        if (!is_known(r)) continue;
        if (!first) first = r;
        if (r->evaluated != first->evaluated ||
            strcmp(r->puzzles_hash ? r->puzzles_hash : "",
                   first->puzzles_hash ? first->puzzles_hash : ""))
            return false;
    }
    return true;
}

/* Whether no other combination did better with the same seed, where there is another. */
static bool wins(const sweep *s, const sweep_run *own) {
    bool others = false;
    for (size_t i = 0; i < s->runs; i++) {
        const sweep_run *r = &s->run[i];
        if (r == own || r->seed != own->seed || !is_known(r)) continue;
        others = true;
        if (r->exact > own->exact || (r->exact == own->exact && r->cells > own->cells))
            return false;
    }
    return others && is_known(own);
}

/* A share's mean lies between 0 and 1, wherever its interval would end. */
static hrm_status mean_of(const double *values, size_t n, hrm_interval *out) {
    hrm_status status = hrm_mean(values, n, out);
    if (out->low < 0) out->low = 0;
    if (out->high > 1) out->high = 1;
    return status;
}

static hrm_status count(const sweep *s, size_t combination, tally *out) {
    double *exact = calloc(2 * s->runs, sizeof *exact), *cells = exact + s->runs;
    size_t n = 0, m = 0;
    const bool fair = comparable(s);
    *out = (tally){0};
    if (!exact) return HRM_STATUS_MEM;
    for (size_t i = 0; i < s->runs; i++) {
        const sweep_run *r = &s->run[i];
        if (r->combination != combination) continue;
        out->runs++;
        if (!r->finished) continue;
        out->finished++;
        out->seconds += r->seconds;
        out->wins += fair && wins(s, r);
        if (!isnan(r->exact)) exact[n++] = r->exact;
        if (!isnan(r->cells)) cells[m++] = r->cells;
    }
    out->seconds /= out->finished ? (double)out->finished : NAN;
    hrm_status status = mean_of(exact, n, &out->exact);
    if (!status) status = mean_of(cells, m, &out->cells);
    free(exact);
    return status;
}

static const char *share(const hrm_interval *x, char out[64]) {
    if (isnan(x->value)) return "-";
    int n = snprintf(out, 64, "%.2f %%", 100 * x->value);
    if (!isnan(x->low))
        snprintf(out + n, 64 - (size_t)n, " [%.2f, %.2f]", 100 * x->low, 100 * x->high);
    return out;
}

static int print_table(const sweep *s, const tally *t) {
    char exact[64], cells[64], time[TERM_TEXT], runs[64];
    int width = 11;
    for (size_t i = 0; i < s->combinations; i++)
        if ((int)strlen(s->combination[i].name) > width)
            width = (int)strlen(s->combination[i].name);
    printf("%-*s  %-7s  %-24s  %-24s  %-12s  %s\n", width, "combination", "runs", "exact", "cells",
           "time", "wins");
    for (size_t i = 0; i < s->combinations; i++) {
        snprintf(runs, sizeof runs, "%zu", t[i].finished);
        if (t[i].finished < t[i].runs)
            snprintf(runs, sizeof runs, "%zu of %zu", t[i].finished, t[i].runs);
        printf("%-*s  %-7s  %-24s  %-24s  %-12s  %zu\n", width, s->combination[i].name, runs,
               share(&t[i].exact, exact), share(&t[i].cells, cells),
               t[i].finished ? term_seconds(t[i].seconds, time) : "-", t[i].wins);
    }
    puts(
        "\nexact, cells: of the best evaluation of a run, means over seeds; in brackets, for seeds "
        "whose figures differ, the 95 %\ninterval of that mean by Student's t: of other seeds on "
        "the same puzzles. time: of training, the mean of a run.\nwins: seeds with which no other "
        "combination did better (cells decide ties).");
    if (!comparable(s))
        puts("The runs were not scored on the same puzzles (valid, eval_limit, eval_rounds): their "
             "figures "
             "cannot be compared, and none wins.");
    return 0;
}

static json_t *interval_json(const hrm_interval *x) {
    return json_pack("{s:o, s:[o,o]}", "mean", term_real(x->value), "ci95", term_real(x->low),
                     term_real(x->high));
}

static json_t *combination_json(const sweep *s, size_t at, const tally *t) {
    json_t *set = json_object(), *runs = json_array(), *values;
    const sweep_combination *c = &s->combination[at];
    const char *key;
    json_object_foreach(s->keys, key, values) if (json_object_get(c->recipe, key))
        json_object_set(set, key, json_object_get(c->recipe, key));
    for (size_t i = 0; i < c->line->settings; i++) {
        char own[64];
        snprintf(own, sizeof own, "%.*s", (int)strcspn(c->line->setting[i], "="),
                 c->line->setting[i]);
        json_object_set(set, own, json_object_get(c->recipe, own));
    }
    for (size_t i = 0; i < s->runs; i++) {
        const sweep_run *r = &s->run[i];
        if (r->combination != at) continue;
        json_array_append_new(
            runs, json_pack("{s:I, s:o, s:o, s:s, s:b, s:o, s:o, s:I, s:I, s:f}", "seed",
                            (json_int_t)r->seed, "dir", term_name(r->dir), "log", term_name(r->log),
                            "state", r->state, "failed", r->failed, "exact", term_real(r->exact),
                            "cells", term_real(r->cells), "best_step", (json_int_t)r->best_step,
                            "evaluated", (json_int_t)r->evaluated, "seconds", r->seconds));
    }
    return json_pack("{s:s, s:o, s:I, s:o, s:o, s:o, s:I, s:o}", "name", c->name, "set", set,
                     "finished", (json_int_t)t->finished, "exact", interval_json(&t->exact),
                     "cells", interval_json(&t->cells), "seconds", term_real(t->seconds), "wins",
                     (json_int_t)t->wins, "runs", runs);
}

static int print_json(const sweep *s, const tally *t, const char *page) {
    json_t *list = json_array();
    for (size_t i = 0; i < s->combinations; i++)
        json_array_append_new(list, combination_json(s, i, &t[i]));
    json_t *all = json_pack("{s:o, s:b, s:o, s:o, s:O?}", "out", term_name(s->out), "comparable",
                            comparable(s), "combinations", list, "report", term_name(page),
                            "warnings", s->warnings);
    return term_json(all, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) ? 0 : app_fail(HRM_STATUS_MEM);
}

/* The page about all runs that have a folder; NULL after one line where it could not be made. */
static char *report(const sweep *s, const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_report_options options;
    hrm_report_options_init(&options, sizeof options);
    const char **dir = calloc(s->runs, sizeof *dir);
    char *path = NULL;
    size_t n = 0;
    options.run = &run;
    options.title = s->out;
    if (args->examples >= 0) options.examples = (size_t)args->examples;
    options.progress = args->quiet ? term_silence : term_progress;
    options.user = "puzzle";
    for (size_t i = 0; i < s->runs && dir; i++)
        if (*s->run[i].state) dir[n++] = s->run[i].dir;
    hrm_status status =
        dir && asprintf(&path, "%s/report.html", s->out) > 0 ? HRM_STATUS_OK : HRM_STATUS_MEM;
    if (!status && n) status = hrm_report(dir, n, path, &options, NULL);
    free(dir);
    term_clear();
    if (!status && n) return path;
    if (status) app_fail(status);
    free(path);
    return NULL;
}

static int conclude(const sweep *s, const app_args *args) {
    bool failed = false;
    tally *t = calloc(s->combinations, sizeof *t);
    hrm_status status = t ? HRM_STATUS_OK : HRM_STATUS_MEM;
    for (size_t i = 0; i < s->combinations && !status; i++) status = count(s, i, &t[i]);
    for (size_t i = 0; i < s->runs; i++) failed |= s->run[i].failed;
    char *page = status ? NULL : report(s, args);
    int code = status ? app_fail(status) : args->json ? print_json(s, t, page) : print_table(s, t);
    if (!status && !args->json && page) printf("\n%s\n", page);
    free(t);
    free(page);
    return code ? code : failed || !page ? EXIT_FAILED : 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

static void tell_plan(const sweep *s, int threads) {
    char bytes[TERM_TEXT];
    const sweep_combination *c = &s->combination[0];
    json_t *warning;
    size_t i;
    json_array_foreach(s->warnings, i, warning)
        fprintf(stderr, "warning: %s\n", json_string_value(warning));
    fprintf(stderr, "sweep   %s: %zu run%s of %zu combination%s, %d at a time on %d thread%s\n",
            s->out, s->runs, s->runs == 1 ? "" : "s", s->combinations,
            s->combinations == 1 ? "" : "s", jobs.count, threads, threads == 1 ? "" : "s");
    fprintf(stderr, "memory  at most %s at once\n",
            term_bytes((double)s->bytes * jobs.count, bytes));
    double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    if ((double)s->bytes * jobs.count > memory)
        fprintf(stderr, "warning: that is more than this machine has; take fewer at a time\n");
    if (!*term_string(c->recipe, "valid") || term_number(c->recipe, "eval_every") <= 0)
        fprintf(stderr, "warning: nothing will be evaluated (valid, eval_every): the table will "
                        "have no accuracy\n");
}

static int list(const work *w) {
    const sweep *s = w->plan;
    if (w->args->json) {
        json_t *plan = sweep_json(s);
        json_object_set(plan, "warnings", s->warnings);
        return term_json(plan, JSON_INDENT(1)) ? 0 : app_fail(HRM_STATUS_MEM);
    }
    tell_plan(s, w->threads);
    for (size_t i = 0; i < s->runs; i++) puts(s->run[i].dir);
    return 0;
}

static int go(work *w) {
    size_t finished = 0;
    int code = sweep_open(w->plan);
    if (code) return code;
    if (!w->args->quiet) tell_plan(w->plan, w->threads);
    train_all(w);
    for (size_t i = 0; i < w->plan->runs; i++) {
        sweep_run *r = &w->plan->run[i];
        if (!r->over) look(r);
        finished += r->finished;
    }
    if (!w->stopping) return conclude(w->plan, w->args);
    fprintf(stderr,
            "hrm: stopped; %zu of %zu runs are finished, those at work are saved. Go on "
            "with the same command\n",
            finished, w->plan->runs);
    return EXIT_INTERRUPTED;
}

int cmd_sweep(const app_args *args) {
    sweep plan;
    if (!args->out) return app_usage_error("--out DIR is missing: the folder for the runs");
    work w = {.plan = &plan, .args = args};
    w.threads = args->threads ? (int)args->threads : app_cores();
    jobs.count = args->jobs ? (int)args->jobs : 1;
    int code = sweep_plan(args, threads_of(&w, 0), &plan);
    if (!code && plan.runs < (size_t)jobs.count) jobs.count = (int)plan.runs;
    if (!code) code = args->plan ? list(&w) : go(&w);
    sweep_free(&plan);
    return code;
}
