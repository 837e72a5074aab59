/* run.c - see run.h. A process may have been killed in the middle of a line, or another program may
 * have added lines of its own: whole lines count, the others are counted. */
#include "look/run.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "io/json.h"
#include "model/recipe.h"
#include "train/folder.h"
#include "train/state.h"

double hr_run_number(const json_t *object, const char *key) {
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

void hr_run_problem(hr_run *run, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = hr_text_format_args(format, args);
    va_end(args);
    hr_buffer_print(&run->problems, "%s%s", run->problems.size ? "; " : "", text ? text : "");
    run->problems.failed |= !text;
    hr_free(text);
}

const hr_curve *hr_run_curve(const hr_run *run, const char *name) {
    for (int i = 0; i < run->curves; i++)
        if (!strcmp(run->curve[i].name, name)) return &run->curve[i];
    return NULL;
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool is_there(const hr_run *run, const char *name, char **path) {
    *path = hr_text_format("%s/%s", run->dir, name);
    return *path && hr_os_is_file(*path);
}

/* A point; later ones that were there are void, as of steps that were done again. */
static void add_point(hr_run *run, const char *event, const char *key, double x, double y) {
    char name[sizeof run->curve->name];
    if ((size_t)snprintf(name, sizeof name, "%s/%s", event, key) >= sizeof name) return;
    hr_curve *c = (hr_curve *)(uintptr_t)hr_run_curve(run, name);
    if (!c && run->curves == HR_RUN_CURVES) return;
    if (!c) {
        c = &run->curve[run->curves++];
        memcpy(c->name, name, sizeof name);
    }
    while (c->count && c->x[c->count - 1] >= x) c->count--;
    if (hr_reserve(&c->x, &c->x_room, c->count, 1, sizeof *c->x) ||
        hr_reserve(&c->y, &c->y_room, c->count, 1, sizeof *c->y)) {
        run->problems.failed = true;
        return;
    }
    c->x[c->count] = x;
    c->y[c->count++] = y;
}

/* Whether two evaluations are of other puzzles, as far as they say: earlier versions tell only how
 * many. */
static bool other_puzzles(const json_t *a, const json_t *b) {
    const char *x = json_string_value(json_object_get(a, "puzzles_hash")),
               *y = json_string_value(json_object_get(b, "puzzles_hash"));
    if (x && y) return strcmp(x, y) != 0;
    double more = hr_run_number(a, "n") + hr_run_number(a, "unscored") - hr_run_number(b, "n") -
                  hr_run_number(b, "unscored");
    return more < 0 || more > 0;
}

/* Figures of other puzzles than those before: the best is looked for anew, and lines break. */
static void begin_anew(hr_run *run, double step) {
    for (int i = 0; i < run->curves; i++) {
        hr_curve *c = &run->curve[i];
        if (strncmp(c->name, "eval/", 5) || !c->count) continue;
        add_point(run, "eval", c->name + 5, step - 0.5, NAN);
    }
    run->anew = (int64_t)step;
    json_decref(run->best);
    run->best = NULL;
}

/* Bests are of exact answers; cells decide ties. */
static bool is_better(const json_t *line, const json_t *best) {
    double a = hr_run_number(line, "exact"), b = hr_run_number(best, "exact");
    if (!best || isnan(b)) return true;
    return a > b || (a == b && hr_run_number(line, "cells") > hr_run_number(best, "cells"));
}

static bool take_metrics(hr_run *run, json_t *line) {
    const char *event = json_string_value(json_object_get(line, "event")), *key;
    const json_t *at = json_object_get(line, "step");
    json_t *value;
    if (!event || !json_is_integer(at) || json_integer_value(at) < 0) return false;
    double step = (double)json_integer_value(at);
    if (step > (double)run->step) run->step = json_integer_value(at);
    run->seconds = fmax(run->seconds, hr_run_number(line, "seconds"));
    bool again = !strcmp(event, "best"); /* measured again: no step of a curve */
    if ((again || !strcmp(event, "eval")) && run->best && other_puzzles(line, run->best))
        begin_anew(run, step);
    if (again) {
        json_decref(run->best);
        run->best = json_incref(line);
        return true;
    }
    json_object_foreach(line, key, value) {
        const json_t *low = json_array_get(value, 0), *high = json_array_get(value, 1);
        if (!strcmp(key, "step") || !strcmp(key, "n")) continue;
        if (json_is_number(value) || json_is_null(value))
            add_point(run, event, key, step, json_is_null(value) ? NAN : json_number_value(value));
        if (strcmp(key, "ci95")) continue;
        add_point(run, event, "exact/low", step,
                  json_is_number(low) ? json_number_value(low) : NAN);
        add_point(run, event, "exact/high", step,
                  json_is_number(high) ? json_number_value(high) : NAN);
    }
    if (!strcmp(event, "eval") && is_better(line, run->best)) {
        json_decref(run->best);
        run->best = json_incref(line);
    }
    return true;
}

static bool take_session(hr_run *run, json_t *line) {
    const char *event = json_string_value(json_object_get(line, "event"));
    bool begins = event && !strcmp(event, "begin");
    if (!begins && (!event || strcmp(event, "end"))) return false;
    json_t **slot = begins ? &run->begin : &run->end;
    json_decref(*slot);
    *slot = json_incref(line);
    run->sessions += begins;
    if (!begins) return true;
    if (json_is_true(json_object_get(line, "metrics_damaged")))
        hr_run_problem(run,
                       "metrics.jsonl lacked lines before step %.0f when the run went on there",
                       hr_run_number(line, "step"));
    json_decref(run->end);
    run->end = NULL;
    return true;
}

/* Hands every whole line on; those that are none of its kind are counted. */
static void each_line(hr_run *run, const char *name, const void *text, size_t size,
                      bool (*take)(hr_run *run, json_t *line)) {
    size_t bad = 0, first = 0, n = 0;
    for (size_t at = 0; at < size;) {
        json_t *line = hr_json_line(text, size, &at);
        n++;
        if ((!json_is_object(line) || !take(run, line)) && !bad++) first = n;
        json_decref(line);
    }
    if (bad)
        hr_run_problem(run, "%s: line %zu is damaged%s; %zu of %zu lines are left out", name, first,
                       first == n ? ", as by a kill while it was written" : "", bad, n);
}

void hr_run_metrics(hr_run *run, const void *text, size_t size) {
    each_line(run, "metrics.jsonl", text, size, take_metrics);
}

void hr_run_sessions(hr_run *run, const void *text, size_t size) {
    each_line(run, "sessions.jsonl", text, size, take_session);
}

static void read_lines(hr_run *run, const char *name,
                       void (*take)(hr_run *run, const void *text, size_t size)) {
    char *path;
    hr_file file;
    bool there = is_there(run, name, &path);
    if (there && hr_os_load(path, &file)) hr_run_problem(run, "%s", hr_error_text());
    else if (there) {
        take(run, file.data, file.size);
        hr_os_unload(&file);
    }
    hr_free(path);
}

/* ---- the rest -------------------------------------------------------------------------------- */

/* What the recipe names stays as it is written: where it was found differs from run to run. */
static void read_recipe(hr_run *run) {
    char *path, *state;
    hr_recipe recipe, found;
    hr_recipe_defaults(&recipe);
    bool there = is_there(run, "recipe.yaml", &path),
         whole = there && !hr_recipe_read(&recipe, path), known = whole;
    if (there && !whole) hr_run_problem(run, "%s", hr_error_text());
    if (!there) hr_run_problem(run, "recipe.yaml is missing");
    if (!known && is_there(run, "state.safetensors", &state))
        known = !hr_state_recipe(state, true, &recipe);
    else if (known) state = NULL;
    found = recipe;
    if (whole && hr_recipe_find(&found, path, NULL)) hr_run_problem(run, "%s", hr_error_text());
    if (known) run->valid = hr_text_copy(found.valid);
    hr_free(path);
    hr_free(state);
    if (!known) return;
    run->recipe = hr_recipe_to_json(&recipe);
    run->steps = recipe.steps;
    run->eval_rounds = hr_recipe_eval_rounds(&recipe);
}

static void find_state(hr_run *run) {
    const char *why = json_string_value(json_object_get(run->end, "why"));
    double planned = hr_run_number(run->begin, "steps"), at = hr_run_number(run->end, "step");
    if (planned > 0 && planned < 1e15) run->steps = (int64_t)planned;
    if (at > (double)run->step && at < 1e15) run->step = (int64_t)at;
    run->seconds = fmax(run->seconds, hr_run_number(run->end, "seconds"));
    if (hr_folder_busy(run->dir)) run->state = "running";
    else if (why)
        run->state = !strcmp(why, "stopped")  ? "stopped"
                     : !strcmp(why, "failed") ? "failed"
                                              : "finished";
    else if (run->begin) run->state = "killed";
    else if (run->steps > 0) run->state = run->step >= run->steps ? "finished" : "stopped";
    else run->state = "unknown";
}

bool hr_run_is(const char *dir) {
    static const char *const file[] = {"metrics.jsonl", "sessions.jsonl", "state.safetensors"};
    hr_run run = {.dir = (char *)(uintptr_t)dir};
    bool found = false;
    for (size_t i = 0; i < sizeof file / sizeof *file && !found; i++) {
        char *path;
        found = is_there(&run, file[i], &path);
        hr_free(path);
    }
    return found;
}

hr_status hr_run_read(const char *dir, hr_run *run) {
    *run = (hr_run){.dir = hr_text_copy(dir), .state = "unknown"};
    if (!run->dir) return HR_ERR_MEM;
    for (size_t n = strlen(run->dir); n > 1 && run->dir[n - 1] == '/';) run->dir[--n] = 0;
    const char *slash = strrchr(run->dir, '/');
    run->name = slash && slash[1] ? slash + 1 : run->dir;
    if (!hr_os_is_dir(dir)) return hr_fail(HR_ERR_IO, "%s: is no folder", dir);
    if (access(dir, X_OK))
        return hr_fail(HR_ERR_IO, "%s: cannot be looked into: %s", dir, strerror(errno));
    if (!hr_run_is(dir))
        return hr_fail(HR_ERR_FORMAT,
                       "%s: holds no run (no metrics.jsonl, sessions.jsonl or state.safetensors)",
                       dir);
    char *path;
    if (!is_there(run, "metrics.jsonl", &path)) hr_run_problem(run, "metrics.jsonl is missing");
    hr_free(path);
    read_recipe(run);
    read_lines(run, "metrics.jsonl", hr_run_metrics);
    read_lines(run, "sessions.jsonl", hr_run_sessions);
    find_state(run);
    const char *error = json_string_value(json_object_get(run->end, "error"));
    if (error)
        hr_run_problem(run, "ended after step %" PRId64 " by an error: %s", run->step, error);
    if (run->anew)
        hr_run_problem(run,
                       "from step %" PRId64 " on other puzzles are evaluated, or another number of "
                       "them: figures before do not compare, and are not counted for the best",
                       run->anew);
    if (!run->curves && run->state[0] != 'r') hr_run_problem(run, "nothing was measured yet");
    return run->problems.failed ? hr_fail(HR_ERR_MEM, "%s: out of memory", dir) : HR_OK;
}

void hr_run_free(hr_run *run) {
    for (int i = 0; i < run->curves; i++) {
        hr_free(run->curve[i].x);
        hr_free(run->curve[i].y);
    }
    json_decref(run->recipe);
    json_decref(run->begin);
    json_decref(run->end);
    json_decref(run->best);
    hr_buffer_free(&run->problems);
    hr_free(run->dir);
    hr_free(run->valid);
    *run = (hr_run){0};
}
