/* arc_build.c - tasks in, train/ and test/ out, with names of puzzles and the tasks to score. */
#include "data/dataset_arrays.h"
#include "data/arc_build.h"

#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/pool.h"
#include "base/result.h"
#include "base/text.h"
#include "io/json.h"
#include "data/dataset_arc.h"

/* ---- overlaps -------------------------------------------------------------------------------- */

static bool same_pair(const hr_arc_tasks *t, size_t a, size_t b) {
    for (int side = 0; side < 2; side++) {
        hr_arc_grid x, y;
        if (!hr_arc_tasks_grid(t, a, side, &x) || !hr_arc_tasks_grid(t, b, side, &y) ||
            !hr_arc_same(&x, &y))
            return false;
    }
    return true;
}

/* Whether a test pair of a scored task is among the pairs of another that are trained on. */
static bool gives_away(const hr_arc_tasks *t, const hr_arc_task *scored, const hr_arc_task *other) {
    size_t trained = (size_t)(other->demos + (other->scored ? 0 : other->tests));
    for (size_t a = scored->first + (size_t)scored->demos, i = 0; i < (size_t)scored->tests; i++)
        for (size_t b = other->first; b < other->first + trained; b++)
            if (same_pair(t, a + i, b)) return true;
    return false;
}

/* Whether training on another task gives away a scored one: that has the same name and is not
 * scored, or holds a test pair. */
static bool overlaps(const hr_arc_tasks *t, size_t scored, size_t other) {
    const hr_arc_task *a = &t->task[scored], *b = &t->task[other];
    if (!a->scored || scored == other) return false;
    return (!b->scored && !strcmp(a->id, b->id)) || gives_away(t, a, b);
}

/* Drops tasks that are not scored and overlap a scored one. */
static hr_status drop_overlapping(hr_arc_tasks *t, size_t *dropped) {
    size_t kept = 0;
    bool *drop = HR_NEW(bool, t->count);
    if (!drop) return HR_ERR_MEM;
    for (size_t b = 0; b < t->count; b++)
        for (size_t a = 0; !drop[b] && !t->task[b].scored && a < t->count; a++)
            drop[b] = overlaps(t, a, b);
    for (size_t b = 0; b < t->count; b++) {
        if (drop[b]) hr_free(t->task[b].id);
        else t->task[kept++] = t->task[b];
    }
    *dropped = t->count - kept;
    t->count = kept;
    hr_free(drop);
    return HR_OK;
}

/* Ids (borrowed) of scored tasks that overlap. */
static hr_status find_overlaps(const hr_arc_tasks *t, const char ***ids, size_t *count) {
    *ids = HR_NEW(const char *, t->count);
    if (!*ids) return HR_ERR_MEM;
    for (size_t a = 0; a < t->count; a++)
        for (size_t b = 0; b < t->count; b++) {
            if (!overlaps(t, a, b)) continue;
            (*ids)[(*count)++] = t->task[a].id;
            break;
        }
    return HR_OK;
}

/* ---- files ----------------------------------------------------------------------------------- */

static json_t *list_identifiers(const hr_arc_tasks *tasks, const hr_arc_views *views) {
    hr_buffer name = {0};
    json_t *names = json_pack("[s]", "<blank>");
    bool ok = names;
    for (size_t t = 0; t < tasks->count; t++) {
        hr_arc_view turn = hr_arc_plain;
        size_t n = views->share ? (size_t)views->share : views->start[t + 1] - views->start[t];
        for (size_t v = views->start[t], i = 0; i < n; i++) {
            int32_t id = views->share ? views->id[v] + (int32_t)i : views->id[v + i];
            if (id != (int32_t)json_array_size(names)) continue; /* named before */
            name.size = 0;
            turn.code = (uint8_t)i;
            hr_arc_name_print(&name, tasks->task[t].id, views->share ? &turn : &views->view[v + i]);
            ok &= !name.failed && !json_array_append_new(names, json_string(name.text));
        }
    }
    hr_buffer_free(&name);
    if (!ok) json_decref(names);
    return ok ? names : NULL;
}

hr_status hr_arc_names(const hr_arc_tasks *tasks, const hr_arc_views *views, uint64_t *names) {
    char *text;
    hr_status status = hr_json_text(list_identifiers(tasks, views), 0, "identifiers.json", &text);
    if (!status) *names = hr_dataset_mix(HR_DATASET_HASH, text, strlen(text));
    hr_free(text);
    return status;
}

/* Pairs as JSON, the outputs where they are known; NULL when memory is short. */
static json_t *pairs_json(const hr_arc_tasks *tasks, size_t first, int count) {
    hr_arc_grid grid;
    json_t *pairs = json_array();
    bool ok = pairs;
    for (int i = 0; i < 2 * count; i++) {
        if (!(i % 2)) ok &= !json_array_append_new(pairs, json_object());
        if (!hr_arc_tasks_grid(tasks, first + (size_t)i / 2, i % 2, &grid)) continue;
        json_t *pair = json_array_get(pairs, (size_t)i / 2);
        ok &= !json_object_set_new(pair, i % 2 ? "output" : "input", hr_arc_grid_json(&grid));
    }
    if (!ok) json_decref(pairs);
    return ok ? pairs : NULL;
}

static hr_status write_test_puzzles(const char *dir, const hr_arc_tasks *tasks) {
    json_t *all = json_object();
    bool ok = all;
    for (size_t i = 0; i < tasks->count; i++) {
        const hr_arc_task *t = &tasks->task[i];
        if (!t->scored) continue;
        json_t *task = json_pack("{s:o, s:o}", "train", pairs_json(tasks, t->first, t->demos),
                                 "test", pairs_json(tasks, t->first + (size_t)t->demos, t->tests));
        ok &= !json_object_set_new(all, t->id, task);
    }
    if (!ok) json_decref(all);
    return hr_dataset_write_json(dir, "test_puzzles.json", ok ? all : NULL);
}

/* Tests of the scored tasks that are left out: a submission names them too. */
static hr_status write_left_out(const char *dir, const hr_arc_tasks *tasks) {
    json_t *all = json_object();
    for (size_t i = 0; i < tasks->largers; i++)
        if (tasks->larger[i].scored)
            json_object_set_new(all, tasks->larger[i].id, json_integer(tasks->larger[i].tests));
    return hr_dataset_write_json(dir, HR_ARC_LEFT_OUT, all);
}

/* trained_on: as in hr_dataset, owned; NULL for the train part. */
static hr_status write_part(const char *dir, const hr_arc_layout *layout, const hr_arc_tasks *tasks,
                            const hr_arc_views *views, char *trained_on, size_t *examples) {
    hr_dataset *d = NULL;
    bool test = layout->test;
    char *path = hr_text_format("%s/%s", dir, test ? "test" : "train");
    hr_status status = path ? HR_OK : HR_ERR_MEM;
    if (!status) status = hr_arc_dataset(tasks, views, layout, path, &d);
    if (d) d->trained_on = trained_on;
    else hr_free(trained_on);
    if (d && test) d->larger = hr_arc_tasks_larger(tasks, true);
    if (!status) *examples = d->examples;
    if (!status && *examples) status = hr_dataset_write_arc(d, path);
    hr_dataset_free(d);
    hr_free(path);
    return status;
}

/* Removes the parts of an earlier build: this one may not have both. */
static hr_status void_parts(const char *dir) {
    hr_status status = HR_OK;
    for (int i = 0; i < 2 && !status; i++) {
        char *path = hr_text_format("%s/%s", dir, i ? "test" : "train");
        status = path ? hr_dataset_void_dir(path) : HR_ERR_MEM;
        hr_free(path);
    }
    return status;
}

/* ---- the whole build ------------------------------------------------------------------------- */

static hr_status read_sources(hr_arc_tasks *tasks, const hrm_arc_options *o) {
    hr_status status = HR_OK;
    tasks->first_only = o->drop;
    for (size_t i = 0; i < o->trains && !status; i++)
        status = hr_arc_tasks_read(tasks, o->train[i], false);
    for (size_t i = 0; i < o->scoreds && !status; i++)
        status = hr_arc_tasks_read(tasks, o->scored[i], true);
    return status ? status : hr_arc_tasks_any(tasks);
}

/* What was built. */
typedef struct built {
    const hrm_arc_options *options;
    hr_arc_views views;
    const char **ids; /* (overlap) of scored tasks that are trained on as well */
    size_t overlap, dropped, examples[2];
} built;

static json_t *list_of_ids(const built *b) {
    json_t *list = json_array();
    for (size_t i = 0; i < b->overlap; i++) json_array_append_new(list, json_string(b->ids[i]));
    return list;
}

static void report(const built *b, const hr_arc_tasks *tasks, hrm_arc_report *r) {
    size_t wanted = (size_t)b->options->augment + 1;
    *r = (hrm_arc_report){
        .tasks = tasks->count,
        .dropped = b->dropped,
        .repeated = tasks->repeated,
        .train_examples = b->examples[0],
        .test_examples = b->examples[1],
        .identifiers = (size_t)b->views.identifiers,
        .side = tasks->side,
        .larger_trained = hr_arc_tasks_larger(tasks, false),
        .larger_scored = hr_arc_tasks_larger(tasks, true),
    };
    for (size_t t = 0; t < tasks->count; t++) {
        r->scored += tasks->task[t].scored;
        r->less_augmented += b->views.start[t + 1] - b->views.start[t] < wanted;
    }
    for (size_t i = 0; i < b->overlap; i++)
        hr_result_add(r, &r->trained_on, &r->trained_on_count, hr_text_copy(b->ids[i]));
}

static hr_status build(built *b, const char *dir, hr_arc_tasks *tasks, hr_pool *pool) {
    const hrm_arc_options *o = b->options;
    const hr_arc_draw how = {o->augment, o->keep_colours, o->keep_output_colours, o->share_vectors,
                             o->seed};
    hr_arc_layout layout = {.side = tasks->side, .boxed = o->boxed, .seed = o->seed};
    char *known = NULL; /* the ids as a JSON list; NULL where there are none */
    hr_status status = read_sources(tasks, o);
    if (!status && o->drop) status = drop_overlapping(tasks, &b->dropped);
    if (!status) status = find_overlaps(tasks, &b->ids, &b->overlap);
    if (!status) status = hr_arc_views_draw(tasks, &how, pool, &b->views);
    if (!status) status = hr_os_mkdirs(dir);
    hr_os_hold(); /* so that a full disk leaves what was there */
    if (!status) status = void_parts(dir);
    if (!status && b->overlap) status = hr_json_text(list_of_ids(b), 0, "trained_on", &known);
    if (!status)
        status = hr_dataset_write_json(
            dir, "identifiers.json",
            list_identifiers(tasks, &b->views)); /* before the parts are complete */
    if (!status) status = write_test_puzzles(dir, tasks);
    if (!status) status = write_left_out(dir, tasks);
    if (!status) status = write_part(dir, &layout, tasks, &b->views, NULL, &b->examples[0]);
    layout.test = true;
    if (!status) status = write_part(dir, &layout, tasks, &b->views, known, &b->examples[1]);
    else hr_free(known);
    return hr_os_release(status);
}

hr_status hr_arc_build(const char *dir, const hrm_arc_options *o, hrm_arc_report **out) {
    hr_arc_tasks tasks = {.side = o->side ? o->side : HR_ARC_SIDE};
    hr_pool *pool = NULL;
    if (!o->trains && !o->scoreds)
        return hr_fail(HR_ERR_ARG, "no ARC tasks; give files or folders of them");
    if (o->augment < 0 || o->augment > 100000)
        return hr_fail(HR_ERR_ARG, "augment: %d is not between 0 and 100000", o->augment);
    if (tasks.side < 1 || tasks.side > HR_ARC_SIDE)
        return hr_fail(HR_ERR_ARG, "side: %d is not between 1 and %d", o->side, HR_ARC_SIDE);
    hr_status status = hr_pool_new(o->run ? o->run->threads : 0, HR_POOL_SPACE, &pool);
    built b = {.options = o};
    if (!status) status = build(&b, dir, &tasks, pool);
    hrm_arc_report *r = HR_RESULT(hrm_arc_report);
    if (!status && r) report(&b, &tasks, r);
    hr_arc_views_free(&b.views);
    hr_free(b.ids);
    hr_arc_tasks_free(&tasks);
    hr_pool_free(pool);
    return hr_result_give(status, r, out);
}
