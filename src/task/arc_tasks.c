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

/* What a text of tasks comes with. */
typedef struct origin {
    const char *id;        /* of a task alone; others without a name are numbered after it */
    const json_t *answers; /* the outputs of tests by task; NULL: there is no file of solutions */
    const char *beside;    /* what that file is called in messages */
    bool lines;            /* even a task alone is a line, and may have a name of its own */
    bool scored;
} origin;

/* A value as far as it is known: null and an empty list stand for none, as its absence does. */
static const json_t *known(const json_t *value) {
    bool empty = json_is_array(value) && !json_array_size(value);
    return empty || json_is_null(value) ? NULL : value;
}

/* Refuses a solution that is not the output that the pair, the last one, has itself. */
static hr_status compare(const hr_arc_tasks *t, const json_t *solution, const origin *from) {
    hr_arc_grid own, other;
    hr_status status = read_grid(solution, &other);
    if (status) return hr_fail_in(status, "%s", from->beside);
    hr_arc_tasks_grid(t, t->pairs - 1, 1, &own);
    if (hr_arc_same(&own, &other)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "has an output of its own, and %s another; leave out one of them",
                   from->beside);
}

/* A pair, an object or a list of both grids. Of a train pair both must be there; of a test pair the
 * output may be in `solution` (NULL: it is not), and need not be known where nothing says it. */
static hr_status add_pair(hr_arc_tasks *t, const json_t *pair, bool train, const json_t *solution,
                          const origin *from) {
    int32_t at[2];
    bool list = json_is_array(pair);
    const json_t *input = known(list ? json_array_get(pair, 0) : json_object_get(pair, "input")),
                 *output = known(list ? json_array_get(pair, 1) : json_object_get(pair, "output"));
    hr_status status = hr_reserve(&t->pair, &t->pair_capacity, 2 * t->pairs, 2, sizeof *t->pair);
    if (!status && !input) status = hr_fail(HR_ERR_FORMAT, "a pair has no input");
    if (!status && train && !output) status = hr_fail(HR_ERR_FORMAT, "has no output");
    if (!status && !train && from->answers && !output && !solution)
        status = hr_fail(HR_ERR_FORMAT, "has no output in %s", from->beside);
    if (!status) status = add_grid(t, input, &at[0]);
    if (!status) status = add_grid(t, output ? output : solution, &at[1]);
    if (status) return status;
    memcpy(t->pair + 2 * t->pairs, at, sizeof at);
    t->pairs++;
    return output && solution ? compare(t, solution, from) : HR_OK;
}

static hr_status add_pairs(hr_arc_tasks *t, const char *id, const json_t *pairs, bool train,
                           const origin *from, int *count) {
    const char *what = train ? "train" : "test";
    const json_t *solutions = train ? NULL : json_object_get(from->answers, id);
    size_t solved = json_array_size(solutions);
    *count = (int)json_array_size(pairs);
    if (!*count || json_array_size(pairs) > PAIRS_MAX)
        return hr_fail(HR_ERR_FORMAT, "task %.40s: \"%s\" should be a list of 1 to %d pairs", id,
                       what, PAIRS_MAX);
    if (solved && solved != (size_t)*count) /* which are whose cannot be told */
        return hr_fail(HR_ERR_FORMAT,
                       "task %.40s: has %d test pair%s, and %s %zu output%s; take the solutions of "
                       "the same version of the tasks",
                       id, *count, *count == 1 ? "" : "s", from->beside, solved,
                       solved == 1 ? "" : "s");
    for (int i = 0; i < *count; i++) {
        hr_status status = add_pair(t, json_array_get(pairs, (size_t)i), train,
                                    known(json_array_get(solutions, (size_t)i)), from);
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

/* Tests that can be trained on follow each other: those without an output come last. */
static void put_known_first(hr_arc_tasks *t, size_t first) {
    for (size_t i = first; i < t->pairs; i++) {
        int32_t *to = t->pair + 2 * first, *from = t->pair + 2 * i, pair[2];
        if (from[1] == HR_ARC_NO_GRID) continue;
        memcpy(pair, to, sizeof pair);
        memcpy(to, from, sizeof pair);
        memcpy(from, pair, sizeof pair);
        first++;
    }
}

static hr_status add_task(hr_arc_tasks *t, const char *id, const json_t *json, const origin *from) {
    size_t size = t->size;
    hr_arc_task task = {.first = (uint32_t)t->pairs, .scored = from->scored};
    const json_t *pairs = json_is_array(json) ? json : json_object_get(json, "examples");
    if (!good_name(id))
        return hr_fail(HR_ERR_FORMAT,
                       "\"%.40s\" cannot be a task's name; use letters, digits, - and _", id);
    if (t->first_only && !from->scored && is_repeated(t, id)) {
        t->repeated++;
        return HR_OK;
    }
    hr_status status = hr_reserve(&t->task, &t->capacity, t->count, 1, sizeof *t->task);
    if (!status && pairs && from->scored)
        status = hr_fail(HR_ERR_FORMAT, "task %.40s: is pairs to train on, without a test", id);
    if (!status)
        status = add_pairs(t, id, pairs ? pairs : json_object_get(json, "train"), true, from,
                           &task.demos);
    if (!status && !pairs)
        status = add_pairs(t, id, json_object_get(json, "test"), false, from, &task.tests);
    if (!status && !from->scored) put_known_first(t, task.first + (size_t)task.demos);
    const uint8_t *grid = status ? NULL : too_large(t, task.first);
    if (grid) { /* takes back what was added of the task */
        t->pairs = task.first;
        t->size = size;
        const hr_arc_larger left = {(char *)(uintptr_t)id, grid[0], grid[1], task.tests,
                                    task.scored};
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
    hr_status status =
        hr_fail(HR_ERR_FORMAT, "line %d, column %d: %s", error.line, error.column, error.text);
    return hr_fail_place(status, NULL, error.line, error.column);
}

/* All tasks of an object. */
static hr_status add_map(hr_arc_tasks *t, const json_t *root, const origin *from) {
    const char *name;
    json_t *task;
    hr_status status = HR_OK;
    json_object_foreach((json_t *)(uintptr_t)root, name, task) {
        if (json_is_array(task) && (!strcasecmp(name, "train") || !strcasecmp(name, "test")))
            return hr_fail(
                HR_ERR_FORMAT,
                "\"%s\" beside no \"train\"; a task has lists \"train\" and \"test\", in "
                "small letters",
                name);
        status = add_task(t, name, task, from);
        if (status) break;
    }
    return status;
}

static bool is_task(const json_t *value) {
    return json_is_array(json_object_get(value, "train")) ||
           json_is_array(json_object_get(value, "examples"));
}

/* Whether a list is one of tasks; one of pairs is a task itself. */
static bool is_list(const json_t *value) {
    const json_t *first = json_array_get(value, 0);
    return json_is_object(first) && !json_object_get(first, "input");
}

/* The name that a task has in itself, or else a copy of `other`, which is released. */
static hr_status name_of(const json_t *task, char *other, char **out) {
    static const char *const keys[] = {"id", "task_id", "name"};
    const json_t *own = NULL;
    const char *key = NULL;
    for (size_t i = 0; !own && i < sizeof keys / sizeof *keys; i++)
        own = known(json_object_get(task, key = keys[i]));
    *out = other;
    if (!other) return HR_ERR_MEM;
    if (!own) return HR_OK;
    if (!json_is_string(own) && !json_is_integer(own))
        return hr_fail(HR_ERR_FORMAT, "%s: \"%s\" is no text; it should be the task's name", other,
                       key);
    *out = json_is_string(own) ? hr_text_copy(json_string_value(own))
                               : hr_text_format("%lld", (long long)json_integer_value(own));
    hr_free(other);
    return *out ? HR_OK : HR_ERR_MEM;
}

/* Task n of a text. */
static hr_status add_numbered(hr_arc_tasks *t, const json_t *task, size_t n, const origin *from) {
    char *name;
    hr_status status = name_of(task, hr_text_format("%s-%zu", from->id, n), &name);
    if (!status && !is_task(task) && !json_is_array(task))
        status = hr_fail(HR_ERR_FORMAT, "%s is not an ARC task", name);
    if (!status) status = add_task(t, name, task, from);
    hr_free(name);
    return status;
}

/* What alone makes a text, and is no list of tasks. */
static hr_status add_alone(hr_arc_tasks *t, const json_t *root, const origin *from) {
    char *name;
    if (json_is_object(root) && !is_task(root)) return add_map(t, root, from);
    hr_status status = name_of(from->lines ? root : NULL, hr_text_copy(from->id), &name);
    if (!status && !is_task(root) && !json_is_array(root))
        status = hr_fail(HR_ERR_FORMAT, "what it holds is not an ARC task");
    if (!status) status = add_task(t, name, root, from);
    hr_free(name);
    return status;
}

/* The values of a text: one with all tasks, or one for each. */
static hr_status add_values(hr_arc_tasks *t, const char *text, size_t size, const origin *from) {
    size_t at = 0, n = 0;
    hr_status status = hr_text_blank(text, size) ? hr_fail(HR_ERR_FORMAT, "is empty")
                                                 : hr_text_check_json(text, size);
    while (!status && (!n || at < size)) {
        json_t *root;
        bool first = !n;
        status = parse(text, size, &at, &root);
        if (status) return status;
        if (is_list(root)) {
            for (size_t i = 0; !status && i < json_array_size(root); i++)
                status = add_numbered(t, json_array_get(root, i), ++n, from);
        } else if (first && at == size) {
            n++;
            status = add_alone(t, root, from);
        } else {
            status = add_numbered(t, root, ++n, from);
        }
        json_decref(root);
    }
    return status;
}

/* solutions: the text of `from->beside`, whose values it gets. */
static hr_status add_text(hr_arc_tasks *t, const hr_file *text, const hr_file *solutions,
                          origin *from) {
    json_t *answers = NULL;
    size_t at = 0;
    hr_status status = HR_OK;
    if (solutions->data)
        status = hr_text_check_json((const char *)solutions->data, solutions->size);
    if (!status && solutions->data)
        status = parse((const char *)solutions->data, solutions->size, &at, &answers);
    if (!status && at < solutions->size) status = hr_fail(HR_ERR_FORMAT, "more than one value");
    from->answers = answers;
    if (status) status = hr_fail_in(status, "%s", from->beside);
    else status = add_values(t, (const char *)text->data, text->size, from);
    json_decref(answers);
    return status;
}

hr_status hr_arc_tasks_parse(hr_arc_tasks *t, const void *text, size_t size, const void *solutions,
                             size_t solutions_size, const char *id, bool scored) {
    const hr_file all = {text, size}, solved = {solutions, solutions_size};
    origin from = {.id = id, .beside = "the file of solutions beside it", .scored = scored};
    return add_text(t, &all, &solved, &from);
}

/* ---- files ----------------------------------------------------------------------------------- */

/* The solutions beside a file of challenges, either of them packed or not; NULL: there are none. */
static hr_status find_solutions(const char *path, char **out) {
    static const char *const ends[] = {"", ".gz"};
    const char *slash = strrchr(path, '/'),
               *cut = strstr(slash ? slash + 1 : path, "_challenges.json");
    *out = NULL;
    for (size_t i = 0; cut && !*out && i < 2; i++) {
        char *name = hr_text_format("%.*s_solutions.json%s", (int)(cut - path), path, ends[i]);
        if (!name) return HR_ERR_MEM;
        if (hr_os_is_file(name)) *out = name;
        else hr_free(name);
    }
    return HR_OK;
}

/* What a task alone in a file is called: as the file, without .gz and what it ends in then. */
static char *name_after(const char *base) {
    size_t size = strlen(base), dot;
    if (hr_text_ends(base, ".gz")) size -= 3;
    for (dot = size; dot && base[dot - 1] != '.';) dot--;
    return hr_text_format("%.*s", (int)(dot > 1 ? dot - 1 : size), base);
}

static hr_status read_file(hr_arc_tasks *t, const char *path, bool scored) {
    hr_file file, solved = {0};
    hr_status status = hr_plain_load(path, &file);
    if (status) return status;
    const char *slash = strrchr(path, '/');
    char *solutions, *beside = NULL, *id = name_after(slash ? slash + 1 : path);
    status = find_solutions(path, &solutions);
    if (solutions) {
        slash = strrchr(solutions, '/');
        beside = hr_text_format("the file of solutions %s", slash ? slash + 1 : solutions);
        status = beside ? hr_plain_load(solutions, &solved) : HR_ERR_MEM;
    }
    if (!status && !id) status = HR_ERR_MEM;
    origin from = {.id = id, .beside = beside, .scored = scored};
    from.lines = hr_text_ends(path, ".jsonl") || hr_text_ends(path, ".jsonl.gz");
    if (!status) status = add_text(t, &file, &solved, &from);
    if (status) status = hr_fail_in(hr_fail_place(status, path, 0, 0), "%s", path);
    if (solved.data) hr_os_unload(&solved);
    hr_os_unload(&file);
    hr_free(solutions);
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
    static const char *const ends[] = {".json", ".jsonl", ".json.gz", ".jsonl.gz"};
    bool json = false;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) json |= hr_text_ends(path, ends[i]);
    const char *base = strrchr(path, '/') + 1; /* a folder's name is before it */
    return json && !strstr(base, "_solutions.json") && strcmp(base, "metadata.json") != 0 &&
           strcmp(base, "metadata.json.gz") != 0;
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

/* Data that were built of tasks are none. */
static hr_status refuse_built(const char *path) {
    static const char *const names[] = {"identifiers.json", "dataset.json"};
    hr_status status = HR_OK;
    for (int i = 0; i < 2 && !status && hr_os_is_dir(path); i++) {
        char *name = hr_text_format("%s/%s", path, names[i]);
        if (!name) status = HR_ERR_MEM;
        else if (hr_os_is_file(name))
            status = hr_fail(HR_ERR_FORMAT,
                             "%s: holds data that were built of tasks (%s), and no tasks; the "
                             "folder to build in comes first, then the tasks",
                             path, names[i]);
        hr_free(name);
    }
    return status;
}

hr_status hr_arc_tasks_read(hr_arc_tasks *t, const char *path, bool scored) {
    size_t before = t->count + t->largers + t->repeated;
    hr_status status = refuse_built(path);
    if (!status)
        status = hr_os_is_dir(path) ? read_folder(t, path, scored, 0) : read_file(t, path, scored);
    if (!status && t->count + t->largers + t->repeated == before)
        status = hr_fail(HR_ERR_FORMAT, "%s: holds no ARC tasks", path);
    return status ? status : check_names(t);
}
