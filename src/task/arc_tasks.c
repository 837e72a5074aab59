/* arc_tasks.c - reading ARC's JSON. */
#include "task/arc_tasks.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/text.h"

enum { DEPTH_MAX = 8, BYTES_MAX = 1 << 30, PAIRS_MAX = 100000 };

void hr_arc_tasks_free(hr_arc_tasks *t) {
    for (size_t i = 0; i < t->count; i++) hr_free(t->task[i].id);
    for (size_t i = 0; i < t->largers; i++) hr_free(t->larger[i].id);
    hr_free(t->task);
    hr_free(t->larger);
    hr_free(t->pair);
    hr_free(t->bytes);
    *t = (hr_arc_tasks){0};
}

size_t hr_arc_tasks_larger(const hr_arc_tasks *t, bool scored) {
    size_t n = 0;
    for (size_t i = 0; i < t->largers; i++) n += t->larger[i].scored == scored;
    return n;
}

hr_status hr_arc_tasks_any(const hr_arc_tasks *t) {
    const hr_arc_larger *l = t->larger;
    if (t->count || !t->largers) return HR_OK;
    if (t->largers == 1)
        return hr_fail(HR_ERR_TASK, "task %.40s has a grid of %d x %d cells, more than %d x %d",
                       l->id, l->rows, l->cols, t->side, t->side);
    return hr_fail(HR_ERR_TASK, "every one of the %zu tasks has a grid of more than %d x %d cells",
                   t->largers, t->side, t->side);
}

void hr_arc_grid_read(const uint8_t *bytes, hr_arc_grid *out) {
    out->rows = bytes[0];
    out->cols = bytes[1];
    memcpy(out->cell, bytes + 2, (size_t)(out->rows * out->cols));
}

bool hr_arc_tasks_grid(const hr_arc_tasks *t, size_t pair, int side, hr_arc_grid *out) {
    int32_t at = t->pair[2 * pair + (size_t)side];
    out->rows = out->cols = 0;
    if (at == HR_ARC_NO_GRID) return false;
    hr_arc_grid_read(t->bytes + at, out);
    return true;
}

/* ---- JSON to grids --------------------------------------------------------------------------- */

static hr_status refuse_grid(const char *what) {
    return hr_fail(HR_ERR_FORMAT, "%s; a grid is 1 to 30 rows of the same 1 to 30 colours 0 to 9",
                   what);
}

static hr_status read_grid(const json_t *json, hr_arc_grid *out) {
    size_t rows = json_array_size(json), cols = json_array_size(json_array_get(json, 0));
    if (rows < 1 || rows > HR_ARC_SIDE || cols < 1 || cols > HR_ARC_SIDE)
        return refuse_grid("no grid, or one of the wrong size");
    out->rows = (int)rows;
    out->cols = (int)cols;
    for (size_t r = 0; r < rows; r++) {
        const json_t *row = json_array_get(json, r);
        if (json_array_size(row) != cols) return refuse_grid("rows of different lengths");
        for (size_t c = 0; c < cols; c++) {
            const json_t *cell = json_array_get(row, c);
            json_int_t colour = json_integer_value(cell);
            if (!json_is_integer(cell) || colour < 0 || colour >= HR_ARC_COLOURS)
                return refuse_grid("a cell that is no colour");
            out->cell[r * cols + c] = (uint8_t)colour;
        }
    }
    return HR_OK;
}

/* Appends a grid (NULL: unknown) and tells where it begins. */
static hr_status add_grid(hr_arc_tasks *t, const json_t *json, int32_t *at) {
    hr_arc_grid grid;
    *at = HR_ARC_NO_GRID;
    if (!json) return HR_OK;
    hr_status status = read_grid(json, &grid);
    size_t cells = status ? 0 : (size_t)(grid.rows * grid.cols);
    if (!status && t->size + cells + 2 > BYTES_MAX)
        status = hr_fail(HR_ERR_FORMAT, "more grids than can be handled");
    if (!status) status = hr_reserve(&t->bytes, &t->byte_capacity, t->size, cells + 2, 1);
    if (status) return status;
    *at = (int32_t)t->size;
    t->bytes[t->size] = (uint8_t)grid.rows;
    t->bytes[t->size + 1] = (uint8_t)grid.cols;
    memcpy(t->bytes + t->size + 2, grid.cell, cells);
    t->size += cells + 2;
    return HR_OK;
}

/* Pair i of a task, an object or a list of both grids; solutions: NULL where the outputs need not
 * be known. */
static hr_status add_pair(hr_arc_tasks *t, const json_t *pair, const json_t *solutions, size_t i) {
    int32_t at[2];
    bool list = json_is_array(pair);
    const json_t *input = list ? json_array_get(pair, 0) : json_object_get(pair, "input"),
                 *output = list ? json_array_get(pair, 1) : json_object_get(pair, "output"),
                 *solution = json_array_get(solutions, i);
    hr_status status = hr_reserve(&t->pair, &t->pair_capacity, 2 * t->pairs, 2, sizeof *t->pair);
    if (!status && !input) status = hr_fail(HR_ERR_FORMAT, "a pair has no input");
    if (!status && solutions && !output && !solution)
        status = hr_fail(HR_ERR_FORMAT, "has no output in the file of solutions beside it");
    if (!status) status = add_grid(t, input, &at[0]);
    if (!status) status = add_grid(t, output ? output : solution, &at[1]);
    if (status) return status;
    memcpy(t->pair + 2 * t->pairs, at, sizeof at);
    t->pairs++;
    return HR_OK;
}

static hr_status add_pairs(hr_arc_tasks *t, const char *id, const json_t *pairs, const char *what,
                           const json_t *solutions, int *count) {
    *count = (int)json_array_size(pairs);
    if (!*count || json_array_size(pairs) > PAIRS_MAX)
        return hr_fail(HR_ERR_FORMAT, "task %.40s: \"%s\" should be a list of 1 to %d pairs", id,
                       what, PAIRS_MAX);
    for (int i = 0; i < *count; i++) {
        hr_status status = add_pair(t, json_array_get(pairs, (size_t)i), solutions, (size_t)i);
        if (status) return hr_fail_in(status, "task %.40s, %s pair %d", id, what, i + 1);
    }
    return HR_OK;
}

static int by_id(const void *a, const void *b) {
    const hr_arc_task *x = *(const hr_arc_task *const *)a, *y = *(const hr_arc_task *const *)b;
    return x->scored != y->scored ? x->scored - y->scored : strcmp(x->id, y->id);
}

/* A name may stand for one task that is trained on and one that is scored, no more. */
static hr_status check_names(const hr_arc_tasks *t) {
    const hr_arc_task **order = HR_NEW(const hr_arc_task *, t->count);
    hr_status status = order ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; order && i < t->count; i++) order[i] = &t->task[i];
    if (order) qsort(order, t->count, sizeof *order, by_id);
    for (size_t i = 1; !status && i < t->count; i++)
        if (!by_id(&order[i - 1], &order[i]))
            status =
                hr_fail(HR_ERR_FORMAT,
                        "task %.40s twice; leave one out, or rename it if its pairs are others",
                        order[i]->id);
    hr_free(order);
    return status;
}

/* Names become part of file names and JSON; in identifiers ||| follows them. */
static bool good_name(const char *id) {
    if (!*id || strlen(id) > 200 || strstr(id, "|||")) return false;
    for (; *id; id++)
        if (*id <= ' ' || *id > '~' || *id == '"' || *id == '\\' || *id == ',') return false;
    return true;
}

/* The first grid, from pair `from` on, that is too large for the canvas; NULL: none. */
static const uint8_t *too_large(const hr_arc_tasks *t, size_t from) {
    for (size_t i = 2 * from; t->side && i < 2 * t->pairs; i++) {
        if (t->pair[i] == HR_ARC_NO_GRID) continue;
        const uint8_t *grid = t->bytes + t->pair[i];
        if (grid[0] > t->side || grid[1] > t->side) return grid;
    }
    return NULL;
}

hr_status hr_arc_tasks_leave(hr_arc_tasks *t, const hr_arc_larger *task) {
    hr_status status =
        hr_reserve(&t->larger, &t->larger_capacity, t->largers, 1, sizeof *t->larger);
    char *id = status ? NULL : hr_text_copy(task->id);
    if (!id) return HR_ERR_MEM;
    t->larger[t->largers] = *task;
    t->larger[t->largers++].id = id;
    return HR_OK;
}

/* Whether there is one of that name to train on, or was and is too large. */
static bool is_repeated(const hr_arc_tasks *t, const char *id) {
    for (size_t i = 0; i < t->count; i++)
        if (!t->task[i].scored && !strcmp(t->task[i].id, id)) return true;
    for (size_t i = 0; i < t->largers; i++)
        if (!t->larger[i].scored && !strcmp(t->larger[i].id, id)) return true;
    return false;
}

static hr_status add_task(hr_arc_tasks *t, const char *id, const json_t *json,
                          const json_t *solutions, bool scored) {
    size_t size = t->size;
    hr_arc_task task = {.first = (uint32_t)t->pairs, .scored = scored};
    const json_t *pairs = json_is_array(json) ? json : json_object_get(json, "examples");
    if (!good_name(id))
        return hr_fail(HR_ERR_FORMAT,
                       "\"%.40s\" cannot be a task's name; use letters, digits, - and _", id);
    if (t->first_only && !scored && is_repeated(t, id)) {
        t->repeated++;
        return HR_OK;
    }
    hr_status status = hr_reserve(&t->task, &t->capacity, t->count, 1, sizeof *t->task);
    if (!status && pairs && scored)
        status = hr_fail(HR_ERR_FORMAT, "task %.40s: is pairs to train on, without a test", id);
    if (!status)
        status = add_pairs(t, id, pairs ? pairs : json_object_get(json, "train"), "train", NULL,
                           &task.demos);
    for (size_t p = task.first; !status && p < t->pairs; p++)
        if (t->pair[2 * p + 1] == HR_ARC_NO_GRID)
            status = hr_fail(HR_ERR_FORMAT, "task %.40s: a train pair has no output", id);
    if (!status && !pairs)
        status = add_pairs(t, id, json_object_get(json, "test"), "test", solutions, &task.tests);
    const uint8_t *grid = status ? NULL : too_large(t, task.first);
    if (grid) { /* takes back what was added of the task */
        t->pairs = task.first;
        t->size = size;
        const hr_arc_larger left = {(char *)(uintptr_t)id, grid[0], grid[1], task.tests, scored};
        return hr_arc_tasks_leave(t, &left);
    }
    if (!status && !(task.id = hr_text_copy(id))) status = HR_ERR_MEM;
    if (!status) t->task[t->count++] = task;
    return status;
}

/* The next value of a text, and where it ends. */
static hr_status parse(const char *text, size_t size, size_t *at, json_t **out) {
    json_error_t error;
    size_t from = *at;
    *out = json_loadb(text + from, size - from, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK,
                      &error);
    for (*at += *out ? (size_t)error.position : 0; *at < size && strchr(" \t\r\n", text[*at]);) {
        if (!text[*at]) break;
        ++*at;
    }
    if (*out) return HR_OK;
    for (size_t i = 0; i < from; i++) error.line += text[i] == '\n';
    hr_fail(HR_ERR_FORMAT, "line %d, column %d: %s", error.line, error.column, error.text);
    return hr_fail_place(HR_ERR_FORMAT, NULL, error.line, error.column);
}

/* All tasks of an object. */
static hr_status add_map(hr_arc_tasks *t, const json_t *root, const json_t *answers, bool scored) {
    const json_t *none = answers ? json_null() : NULL; /* a list of no solutions */
    const char *name;
    json_t *task;
    hr_status status = HR_OK;
    json_object_foreach((json_t *)(uintptr_t)root, name, task) {
        const json_t *own = json_object_get(answers, name);
        if (json_is_array(task) && (!strcasecmp(name, "train") || !strcasecmp(name, "test")))
            return hr_fail(
                HR_ERR_FORMAT,
                "\"%s\" beside no \"train\"; a task has lists \"train\" and \"test\", in "
                "small letters",
                name);
        status = add_task(t, name, task, own ? own : none, scored);
        if (status) break;
    }
    return status;
}

/* The values of a text: one with all tasks, or one for each. */
static hr_status add_values(hr_arc_tasks *t, const char *text, size_t size, const json_t *answers,
                            const char *id, bool scored) {
    size_t at = 0, n = 0;
    hr_status status = hr_text_blank(text, size) ? hr_fail(HR_ERR_FORMAT, "is empty") : HR_OK;
    while (!status && (!n || at < size)) {
        json_t *root;
        status = parse(text, size, &at, &root);
        if (status) return status;
        bool lines = n++ || at < size, task = json_is_array(json_object_get(root, "train")) ||
                                              json_is_array(json_object_get(root, "examples")) ||
                                              json_is_array(root);
        char *name = lines ? hr_text_format("%s-%zu", id, n) : hr_text_copy(id);
        if (!name) status = HR_ERR_MEM;
        else if (task) status = add_task(t, name, root, NULL, scored);
        else if (!lines && json_is_object(root)) status = add_map(t, root, answers, scored);
        else
            status =
                hr_fail(HR_ERR_FORMAT, "%s is not an ARC task", lines ? name : "what it holds");
        hr_free(name);
        json_decref(root);
    }
    return status;
}

hr_status hr_arc_tasks_parse(hr_arc_tasks *t, const void *text, size_t size, const void *solutions,
                             size_t solutions_size, const char *id, bool scored) {
    json_t *answers = NULL;
    size_t at = 0;
    hr_status status = solutions ? parse(solutions, solutions_size, &at, &answers) : HR_OK;
    if (!status && at < solutions_size) status = hr_fail(HR_ERR_FORMAT, "more than one value");
    if (status) status = hr_fail_in(status, "its solutions");
    else status = add_values(t, text, size, answers, id, scored);
    json_decref(answers);
    return status;
}

/* ---- files ----------------------------------------------------------------------------------- */

static hr_status read_file(hr_arc_tasks *t, const char *path, bool scored) {
    hr_file file, solved = {0};
    hr_status status = hr_plain_load(path, &file);
    if (status) return status;
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *cut = strstr(base, "_challenges.json"), *dot = strrchr(base, '.');
    char *beside = cut ? hr_text_format("%.*s_solutions.json", (int)(cut - path), path) : NULL;
    char *id = hr_text_format("%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base);
    if (!id || (cut && !beside)) status = HR_ERR_MEM;
    if (!status && beside && hr_os_is_file(beside)) status = hr_plain_load(beside, &solved);
    if (!status)
        status = hr_arc_tasks_parse(t, file.data, file.size, solved.data, solved.size, id, scored);
    if (status) status = hr_fail_in(hr_fail_place(status, path, 0, 0), "%s", path);
    if (solved.data) hr_os_unload(&solved);
    hr_os_unload(&file);
    hr_free(beside);
    hr_free(id);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The entries of a folder by name, without hidden ones. */
static hr_status list_folder(const char *path, char ***out, size_t *count) {
    DIR *dir = opendir(path);
    size_t capacity = 0;
    hr_status status = HR_OK;
    if (!dir) return hr_fail(HR_ERR_IO, "%s: cannot read: %s", path, strerror(errno));
    for (struct dirent *e; !status && (e = readdir(dir));) {
        if (*e->d_name == '.') continue;
        status = hr_reserve(out, &capacity, *count, 1, sizeof **out);
        if (!status && !((*out)[*count] = hr_text_format("%s/%s", path, e->d_name)))
            status = HR_ERR_MEM;
        if (!status) ++*count;
    }
    closedir(dir);
    if (!status && *count) qsort(*out, *count, sizeof **out, by_name);
    return status;
}

/* Whether a file, by its name, holds tasks; re-arc's metadata.json tells how hard its pairs are. */
static bool is_tasks(const char *path) {
    return (hr_text_ends(path, ".json") || hr_text_ends(path, ".jsonl")) &&
           !strstr(path, "_solutions.json") && !hr_text_ends(path, "/metadata.json");
}

static hr_status read_folder(hr_arc_tasks *t, const char *path, bool scored, int depth) {
    char **name = NULL;
    size_t count = 0;
    hr_status status = list_folder(path, &name, &count);
    for (size_t i = 0; !status && i < count; i++) {
        if (hr_os_is_dir(name[i])) {
            if (depth < DEPTH_MAX) status = read_folder(t, name[i], scored, depth + 1);
        } else if (is_tasks(name[i])) {
            status = read_file(t, name[i], scored);
        }
    }
    for (size_t i = 0; i < count; i++) hr_free(name[i]);
    hr_free(name);
    return status;
}

hr_status hr_arc_tasks_read(hr_arc_tasks *t, const char *path, bool scored) {
    size_t before = t->count + t->largers + t->repeated;
    hr_status status =
        hr_os_is_dir(path) ? read_folder(t, path, scored, 0) : read_file(t, path, scored);
    if (!status && t->count + t->largers + t->repeated == before)
        status = hr_fail(HR_ERR_FORMAT, "%s: holds no ARC tasks", path);
    return status ? status : check_names(t);
}
