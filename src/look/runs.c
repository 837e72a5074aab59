/* runs.c - see runs.h */
#include "look/runs.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include "base/os.h"
#include "model/recipe.h"

enum { DEPTH = 6, FOLDERS = 10000 }; /* of folders in folders; that are looked into */

hr_status hr_runs_add(hr_run_list *runs, const char *dir) {
    hr_status status = hr_reserve(&runs->run, &runs->room, runs->count, 1, sizeof *runs->run);
    hr_run *run = status ? NULL : &runs->run[runs->count];
    if (run) status = hr_run_read(dir, run);
    if (run && status) hr_run_free(run);
    runs->count += !status;
    return status;
}

hr_status hr_runs_add_none(hr_run_list *runs, const char *dir, const char *why) {
    hr_status status = hr_reserve(&runs->run, &runs->room, runs->count, 1, sizeof *runs->run);
    if (status) return status;
    hr_run *run = &runs->run[runs->count++];
    *run = (hr_run){.dir = hr_text_copy(dir), .state = "none"};
    size_t named = strlen(dir); /* the page names it itself */
    bool again = !strncmp(why, dir, named) && !strncmp(why + named, ": ", 2);
    hr_run_problem(run, "%s", again ? why + named + 2 : why);
    run->name = run->dir;
    return run->dir && !run->problems.failed ? HR_OK : HR_ERR_MEM;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_shown(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

typedef struct walk {
    hr_run_list *out;
    size_t looked; /* into so many folders */
    char *rest;    /* the first that was one too many; NULL: none was */
    char *deep;    /* the first below DEPTH others that holds more; NULL: there is none */
} walk;

/* A folder on the way to the one at hand. */
typedef struct place {
    const struct place *above;
    struct stat info;
    int depth;
} place;

/* Whether a link leads back to where it is. */
static bool is_loop(const place *at) {
    for (const place *p = at->above; p; p = p->above)
        if (p->info.st_dev == at->info.st_dev && p->info.st_ino == at->info.st_ino) return true;
    return false;
}

/* What the kernel shows as folders, thousands of which lead back to all others. */
static bool is_kernels(const char *dir) {
#ifdef __linux__
    struct statfs system;
    return !statfs(dir, &system) &&
           (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC);
#else
    (void)dir;
    return false;
#endif
}

/* Whether a folder that is too deep holds folders itself. */
static bool holds_folders(const char *dir) {
    struct dirent **entry;
    bool held = false;
    int n = scandir(dir, &entry, is_shown, by_name);
    for (int i = 0; i < n; i++) {
        char *path = held ? NULL : hr_text_format("%s/%s", dir, entry[i]->d_name);
        held |= path && hr_os_is_dir(path);
        hr_free(path);
        free(entry[i]);
    }
    if (n >= 0) free(entry);
    return held;
}

/* Whether a folder is of installed packages, thousands of folders without a run. */
static bool is_installed(const char *dir) {
    char *path = hr_text_format("%s/pyvenv.cfg", dir);
    bool found = path && hr_os_is_file(path);
    hr_free(path);
    return found || hr_text_ends(dir, "/node_modules");
}

static bool is_looked_into(walk *w, const char *dir, place *at) {
    if (stat(dir, &at->info) || is_loop(at) || w->rest) return false;
    if (is_kernels(dir) || is_installed(dir)) return false;
    if (at->depth == DEPTH) {
        if (!w->deep && holds_folders(dir)) w->deep = hr_text_copy(dir);
        return false;
    }
    if (w->looked == FOLDERS) w->rest = hr_text_copy(dir);
    return w->looked++ < FOLDERS;
}

/* A folder that is closed to this user stays in the list, as one that says so. */
static hr_status find(walk *w, const char *dir, const place *above) {
    struct dirent **entry;
    place at = {.above = above, .depth = above ? above->depth + 1 : 0};
    if (hr_run_is(dir)) return hr_runs_add(w->out, dir);
    if (!is_looked_into(w, dir, &at)) return w->looked > FOLDERS && !w->rest ? HR_ERR_MEM : HR_OK;
    int n = scandir(dir, &entry, is_shown, by_name);
    bool closed = n < 0 ? errno == EACCES : n && access(dir, X_OK);
    hr_status status =
        closed ? hr_runs_add_none(w->out, dir, "cannot be looked into: Permission denied") : HR_OK;
    for (int i = 0; i < n; i++) {
        bool slash = hr_text_ends(dir, "/");
        char *path = hr_text_format(slash ? "%s%s" : "%s/%s", dir, entry[i]->d_name);
        if (!path) status = HR_ERR_MEM;
        if (!status && hr_os_is_dir(path)) status = find(w, path, &at);
        hr_free(path);
        free(entry[i]);
    }
    if (n >= 0) free(entry);
    return status;
}

/* The runs in a folder and below, and where too many folders are there which were not looked into.
 */
static hr_status find_all(const char *dir, hr_run_list *out) {
    walk w = {.out = out};
    char why[512];
    hr_status status = find(&w, dir, NULL);
    snprintf(
        why, sizeof why,
        "more than %d folders are in it; runs in %.300s and behind were not looked for; name a "
        "folder closer to them",
        FOLDERS, w.rest ? w.rest : "");
    if (!status && w.rest) status = hr_runs_add_none(out, dir, why);
    snprintf(why, sizeof why,
             "runs below %.300s were not looked for, since it is %d folders deep; name a folder "
             "closer to them",
             w.deep ? w.deep : "", DEPTH);
    if (!status && w.deep) status = hr_runs_add_none(out, dir, why);
    hr_free(w.rest);
    hr_free(w.deep);
    return status;
}

hr_status hr_runs_find(const char *dir, hr_run_list *out) {
    *out = (hr_run_list){0};
    if (!hr_os_is_dir(dir)) return hr_fail(HR_ERR_IO, "%s: is no folder", dir);
    if (!hr_run_is(dir) && access(dir, R_OK | X_OK))
        return hr_fail(HR_ERR_IO, "%s: cannot be looked into: %s", dir, strerror(errno));
    hr_status status = find_all(dir, out);
    if (!status) status = hr_runs_compare(out);
    if (status) hr_runs_free(out);
    return status;
}

hr_status hr_runs_add_all(hr_run_list *runs, const char *dir) {
    size_t before = runs->count;
    bool within = !hr_run_is(dir) && hr_os_is_dir(dir) && !access(dir, R_OK | X_OK);
    hr_status status = within ? find_all(dir, runs) : HR_OK;
    return status || runs->count > before ? status : hr_runs_add(runs, dir);
}

void hr_runs_free(hr_run_list *runs) {
    for (size_t i = 0; i < runs->count; i++) hr_run_free(&runs->run[i]);
    hr_free(runs->run);
    hr_free(runs->difference);
    *runs = (hr_run_list){0};
}

/* ---- what differs ---------------------------------------------------------------------------- */

/* Jansson compares what it does not change. */
static bool same(const json_t *a, const json_t *b) {
    return json_equal((json_t *)(uintptr_t)a, (json_t *)(uintptr_t)b);
}

static const json_t *value_of(const hr_run *run, const char *key) {
    return json_object_get(run->recipe, key);
}

char *hr_runs_value(const hr_run *run, const char *key) {
    const json_t *value = value_of(run, key);
    char number[HR_REAL_SIZE];
    if (json_is_string(value)) return hr_text_copy(json_string_value(value));
    if (json_is_integer(value))
        return hr_text_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (!json_is_real(value))
        return hr_text_copy(json_is_true(value) ? "true" : value ? "false" : "");
    hr_text_real(json_real_value(value), number);
    return hr_text_copy(number);
}

/* NULL: all that are known are alike. */
static const json_t *commonest(const hr_run_list *runs, const char *key) {
    const json_t *first = NULL, *best = NULL;
    bool differ = false;
    size_t most = 0;
    for (size_t i = 0; i < runs->count && !differ; i++) {
        const json_t *value = value_of(&runs->run[i], key);
        if (!first) first = value;
        differ = value && !same(value, first);
    }
    for (size_t i = 0; i < runs->count && differ; i++) {
        const json_t *value = value_of(&runs->run[i], key);
        size_t n = 0;
        for (size_t k = 0; value && k < runs->count; k++)
            n += same(value_of(&runs->run[k], key), value);
        if (n > most) best = value, most = n;
    }
    return best;
}

hr_status hr_runs_compare(hr_run_list *runs) {
    hr_key key;
    runs->differences = 0;
    for (size_t k = 0; hr_recipe_key(k, &key); k++) {
        const json_t *common = commonest(runs, key.name);
        if (common && hr_reserve(&runs->difference, &runs->difference_room, runs->differences, 1,
                                 sizeof *runs->difference))
            return HR_ERR_MEM;
        if (common) runs->difference[runs->differences++] = (hr_difference){key.name, common};
    }
    return HR_OK;
}

/* ---- as structures --------------------------------------------------------------------------- */

static char *difference(const hr_run_list *runs, const hr_run *run) {
    hr_buffer out = {0};
    hr_buffer_add(&out, "", 0);
    for (size_t k = 0; k < runs->differences; k++) {
        const hr_difference *d = &runs->difference[k];
        const json_t *own = value_of(run, d->key);
        if (!own || same(own, d->common)) continue;
        char *value = hr_runs_value(run, d->key);
        hr_buffer_print(&out, "%s%s=%s", out.size ? " " : "", d->key, value ? value : "");
        out.failed |= !value;
        hr_free(value);
    }
    if (!out.failed) return out.text;
    hr_buffer_free(&out);
    return NULL;
}

static char *text_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return hr_text_copy(text ? text : "");
}

static double last(const hr_run *run, const char *name) {
    const hr_curve *c = hr_run_curve(run, name);
    return c && c->count ? c->y[c->count - 1] : NAN;
}

static size_t whole(double v) {
    return v >= 0 && v < 1e15 ? (size_t)v : 0;
}

/* Of the model, which may have been measured later. */
static int64_t best_step(const hr_run *run) {
    double step = hr_run_number(run->best, "best_step");
    return (int64_t)whole(isnan(step) ? hr_run_number(run->best, "step") : step);
}

static hr_status fill(const hr_run_list *runs, size_t i, hrm_run_info *out) {
    const hr_run *run = &runs->run[i];
    const json_t *ci = json_object_get(run->best, "ci95");
    const json_t *low = json_array_get(ci, 0), *high = json_array_get(ci, 1);
    *out = (hrm_run_info){
        .dir = hr_text_copy(run->dir),
        .state = run->state,
        .difference = difference(runs, run),
        .problems = hr_text_copy(run->problems.text ? run->problems.text : ""),
        .processor = text_of(run->begin, "processor"),
        .isa = text_of(run->begin, "isa"),
        .threads = (int)whole(hr_run_number(run->begin, "threads")),
        .parameters = whole(hr_run_number(run->begin, "parameters")),
        .step = run->step,
        .steps = run->steps,
        .seconds = run->seconds,
        .flops = hr_run_number(run->begin, "flops_per_step") * (double)run->step,
        .loss = last(run, "step/loss"),
        .best_step = best_step(run),
        .exact = hr_run_number(run->best, "exact"),
        .exact_low = json_is_number(low) ? json_number_value(low) : NAN,
        .exact_high = json_is_number(high) ? json_number_value(high) : NAN,
        .cells = hr_run_number(run->best, "cells"),
        .evaluated = whole(hr_run_number(run->best, "n")),
        .puzzles = text_of(run->best, "puzzles"),
        .puzzles_hash = text_of(run->best, "puzzles_hash"),
    };
    return out->dir && out->difference && out->problems && out->processor && out->isa &&
                   out->puzzles && out->puzzles_hash
               ? HR_OK
               : HR_ERR_MEM;
}

/* Whether figures are of different puzzles. */
static bool are_unlike(const hrm_runs *runs) {
    const hrm_run_info *first = NULL;
    bool unlike = false;
    for (size_t i = 0; i < runs->count; i++) {
        const hrm_run_info *r = &runs->run[i];
        if (isnan(r->exact)) continue;
        if (!first) first = r;
        unlike |=
            r->evaluated != first->evaluated || strcmp(r->puzzles_hash, first->puzzles_hash) != 0;
    }
    return unlike;
}

hr_status hr_runs_info(const hr_run_list *runs, hrm_runs **out) {
    *out = HR_NEW(hrm_runs, 1);
    if (!*out) return HR_ERR_MEM;
    (*out)->run = HR_NEW(hrm_run_info, runs->count);
    hr_status status = (*out)->run ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; i < runs->count && !status; i++) {
        (*out)->count++;
        status = fill(runs, i, &(*out)->run[i]);
    }
    if (!status) (*out)->unlike = are_unlike(*out);
    if (status) {
        hr_runs_info_free(*out);
        *out = NULL;
    }
    return status;
}

void hr_runs_info_free(hrm_runs *runs) {
    for (size_t i = 0; runs && i < runs->count; i++) {
        hrm_run_info *r = &runs->run[i];
        const char *const text[] = {r->dir, r->difference, r->problems,    r->processor,
                                    r->isa, r->puzzles,    r->puzzles_hash};
        for (size_t k = 0; k < sizeof text / sizeof *text; k++) hr_free((char *)(uintptr_t)text[k]);
    }
    if (runs) hr_free(runs->run);
    hr_free(runs);
}
