/* dataset_arc.c - examples made from tasks and views, in memory and on disk. */
#include "data/dataset_arrays.h"
#include "data/arc_box.h"
#include "data/dataset_arc.h"

#include <string.h>

#include "base/local.h"
#include "base/os.h"
#include "base/text.h"
#include "task/dihedral.h"

_Static_assert(sizeof(hr_arc_view) == 1 + HR_ARC_COLOURS, "views are stored as they are");

/* What examples are made from; the arrays are described in dataset_arc.h. */
typedef struct store {
    uint8_t *bytes;
    size_t size;
    int32_t *pair;
    size_t pairs;
    uint8_t *box;   /* (pairs x 2) rows and columns; NULL: see place() */
    int32_t *first; /* (groups) */
    size_t groups;
    hr_arc_view *view; /* (puzzles) */
    size_t puzzles;
    int side; /* of the canvas; the task may be another of as many cells */
    bool shift;
    uint64_t seed;
} store;

static void close_store(void *source) {
    store *s = source;
    if (!s) return;
    hr_free(s->bytes);
    hr_free(s->pair);
    hr_free(s->box);
    hr_free(s->first);
    hr_free(s->view);
    hr_free(s);
}

static uint64_t hash_store(const void *source) {
    const store *s = source;
    uint64_t head[] = {s->shift, s->seed},
             hash = hr_dataset_mix(HR_DATASET_HASH, head, sizeof head);
    hash = hr_dataset_mix(hash, s->bytes, s->size);
    hash = hr_dataset_mix(hash, s->pair, 2 * s->pairs * sizeof *s->pair);
    if (s->box) hash = hr_dataset_mix(hash, s->box, 2 * s->pairs);
    hash = hr_dataset_mix(hash, s->first, s->groups * sizeof *s->first);
    return hr_dataset_mix(hash, s->view, s->puzzles * sizeof *s->view);
}

/* Where an example's grids lie: as in the published builder one example of each puzzle is at the
 * top left, the others anywhere that fits both grids. */
static void place(const hr_dataset *d, size_t example, size_t puzzle, const hr_arc_grid *grid,
                  int *row, int *col) {
    const store *s = d->source;
    size_t first = (size_t)d->puzzle_start[puzzle];
    size_t n = (size_t)d->puzzle_start[puzzle + 1] - first;
    *row = *col = 0;
    if (!s->shift) return;
    if (hr_rng_below(hr_rng_stream(s->seed, "arc unshifted"), puzzle, n) == example - first) return;
    int rows = grid[0].rows > grid[1].rows ? grid[0].rows : grid[1].rows;
    int cols = grid[0].cols > grid[1].cols ? grid[0].cols : grid[1].cols;
    hr_rng rng = hr_rng_sub(hr_rng_stream(s->seed, "arc shift"), example);
    *row = (int)hr_rng_below(rng, 0, (uint64_t)(s->side - rows + 1));
    *col = (int)hr_rng_below(rng, 1, (uint64_t)(s->side - cols + 1));
}

/* Both grids in the pair's box, as the view turns it. An answer that does not fit is not known. */
static void make_boxed(const uint8_t *box, const hr_arc_view *view, int side,
                       const hr_arc_grid *grid, uint8_t (*made)[HR_ARC_SEQ]) {
    bool turned = hr_dihedral_transposes(view->code);
    int rows = box[turned], cols = box[!turned];
    hr_arc_encode_boxed(&grid[0], rows, cols, side, made[0]);
    if (grid[1].rows && grid[1].rows <= rows && grid[1].cols <= cols)
        hr_arc_encode_boxed(&grid[1], rows, cols, side, made[1]);
    else memset(made[1], 0, HR_ARC_SEQ);
}

static void make(const hr_dataset *d, size_t example, const uint8_t **question,
                 const uint8_t **answer) {
    static HR_LOCAL void *own; /* several threads may read a data set */
    static uint8_t none[2][HR_ARC_SEQ];
    uint8_t(*made)[HR_ARC_SEQ] = hr_local(&own, sizeof none);
    if (!made) {
        hr_fail_short(); /* which whoever asked sees in the end */
        *question = *answer = none[0];
        return;
    }
    const store *s = d->source;
    size_t puzzle = hr_dataset_puzzle_of(d, example);
    size_t group = hr_dataset_range(d->group_start, d->groups, puzzle);
    size_t pair = (size_t)s->first[group] + example - (size_t)d->puzzle_start[puzzle];
    hr_arc_grid plain, seen[2] = {{.rows = 0}, {.rows = 0}};
    int row, col;
    for (int side = 0; side < 2; side++) {
        int32_t at = s->pair[2 * pair + (size_t)side];
        if (at == HR_ARC_NO_GRID) continue;
        hr_arc_grid_read(s->bytes + at, &plain);
        hr_arc_apply(&s->view[puzzle], &plain, &seen[side]);
    }
    *question = made[0];
    *answer = made[1];
    if (s->box) {
        make_boxed(s->box + 2 * pair, &s->view[puzzle], s->side, seen, made);
        return;
    }
    place(d, example, puzzle, seen, &row, &col);
    hr_arc_encode(&seen[0], row, col, s->side, made[0]);
    if (seen[1].rows) hr_arc_encode(&seen[1], row, col, s->side, made[1]);
    else memset(made[1], 0, HR_ARC_SEQ);
}

const hr_arc_view *hr_arc_dataset_view(const hr_dataset *d, size_t example) {
    const store *s = d->source;
    return s ? &s->view[hr_dataset_puzzle_of(d, example)] : NULL;
}

/* Gives d a store, with memory for all arrays but those of the grids. */
static hr_status open_store(hr_dataset *d, int side, bool shift, uint64_t seed, store **out) {
    store *s = *out = HR_NEW(store, 1);
    if (!s) return HR_ERR_MEM;
    d->source = s;
    d->close = close_store;
    d->hash = hash_store;
    d->make = make;
    s->side = side;
    s->shift = shift;
    s->seed = seed;
    s->groups = d->groups;
    s->puzzles = d->puzzles;
    s->first = HR_NEW(int32_t, d->groups);
    s->view = HR_NEW(hr_arc_view, d->puzzles);
    return s->first && s->view ? HR_OK : HR_ERR_MEM;
}

/* ---- from tasks ------------------------------------------------------------------------------ */

/* The pairs of a task that belong to a part; returns how many. */
static size_t part_of(const hr_arc_tasks *tasks, const hr_arc_task *t, bool test, size_t *first) {
    *first = t->first;
    if (test) *first += (size_t)t->demos;
    if (test) return t->scored ? (size_t)t->tests : 0;
    size_t n = (size_t)t->demos;
    for (int i = 0; !t->scored && i < t->tests; i++, n++)
        if (tasks->pair[2 * (t->first + n) + 1] == HR_ARC_NO_GRID) break;
    return n;
}

static void fill(hr_dataset *d, const hr_arc_tasks *tasks, const hr_arc_views *views, bool test) {
    store *s = d->source;
    size_t group = 0, puzzle = 0, example = 0, first;
    for (size_t t = 0; t < tasks->count; t++) {
        size_t n = part_of(tasks, &tasks->task[t], test, &first);
        if (!n) continue;
        s->first[group++] = (int32_t)first;
        for (size_t v = views->start[t]; v < views->start[t + 1]; v++) {
            s->view[puzzle] = views->view[v];
            d->puzzle_id[puzzle++] = views->id[v];
            d->puzzle_start[puzzle] = (int32_t)(example += n);
        }
        d->group_start[group] = (int32_t)puzzle;
    }
}

static hr_status copy_grids(store *s, const hr_arc_tasks *tasks, bool boxed) {
    s->size = tasks->size;
    s->pairs = tasks->pairs;
    s->bytes = hr_alloc(s->size);
    s->pair = HR_NEW(int32_t, 2 * s->pairs);
    if (boxed) s->box = HR_NEW(uint8_t, 2 * s->pairs);
    if (!s->bytes || !s->pair || (boxed && !s->box)) return HR_ERR_MEM;
    if (s->size) memcpy(s->bytes, tasks->bytes, s->size);
    if (s->pairs) memcpy(s->pair, tasks->pair, 2 * s->pairs * sizeof *s->pair);
    for (size_t t = 0; boxed && t < tasks->count; t++)
        hr_arc_box(tasks, &tasks->task[t], s->side, s->box);
    return HR_OK;
}

hr_status hr_arc_dataset(const hr_arc_tasks *tasks, const hr_arc_views *views,
                         const hr_arc_layout *l, const char *path, hr_dataset **out) {
    size_t groups = 0, puzzles = 0, examples = 0, first;
    *out = NULL;
    for (size_t t = 0; t < tasks->count; t++) {
        size_t n = part_of(tasks, &tasks->task[t], l->test, &first);
        size_t copies = n ? views->start[t + 1] - views->start[t] : 0;
        groups += n > 0;
        puzzles += copies;
        examples += n * copies;
    }
    hr_dataset *d = HR_NEW(hr_dataset, 1);
    if (!d) return HR_ERR_MEM;
    store *s;
    d->identifiers = views->identifiers;
    d->share = views->share;
    d->boxed = l->boxed;
    d->path = hr_text_copy(path);
    hr_status status = d->path ? hr_task_arc(l->side, &d->task) : HR_ERR_MEM;
    if (!status) status = hr_dataset_allocate_made(d, examples, puzzles, groups);
    if (!status) status = open_store(d, l->side, !l->test && !l->boxed, l->seed, &s);
    if (!status) status = copy_grids(s, tasks, l->boxed);
    if (status) hr_dataset_free(d);
    else {
        fill(d, tasks, views, l->test);
        *out = d;
    }
    return status;
}

/* ---- on disk --------------------------------------------------------------------------------- */

/* Whether a pair's grid lies within the bytes and holds colours. */
static bool good_grid(const store *s, int32_t at) {
    if (at == HR_ARC_NO_GRID) return true;
    if (at < 0 || (size_t)at + 2 > s->size) return false;
    const uint8_t *g = s->bytes + at;
    size_t cells = (size_t)g[0] * g[1];
    if (!cells || g[0] > s->side || g[1] > s->side || (size_t)at + 2 + cells > s->size)
        return false;
    for (size_t i = 0; i < cells; i++)
        if (g[2 + i] >= HR_ARC_COLOURS) return false;
    return true;
}

/* Whether a pair's box is on the canvas and holds its input. */
static bool good_box(const store *s, size_t pair) {
    const uint8_t *box = s->box + 2 * pair;
    int32_t at = s->pair[2 * pair];
    if (box[0] > s->side || box[1] > s->side) return false;
    return at == HR_ARC_NO_GRID || (s->bytes[at] <= box[0] && s->bytes[at + 1] <= box[1]);
}

static bool good_view(const hr_arc_view *view) {
    unsigned seen = 0;
    for (int i = 0; i < HR_ARC_COLOURS; i++)
        if (view->colour[i] < HR_ARC_COLOURS) seen |= 1u << view->colour[i];
    return view->code < 8 && seen == 0x3ff;
}

/* Whether all puzzles of a group have equally many examples, and its pairs exist. */
static bool good_group(const hr_dataset *d, const store *s, size_t g) {
    int32_t p = d->group_start[g], n = d->puzzle_start[p + 1] - d->puzzle_start[p];
    for (; p < d->group_start[g + 1]; p++)
        if (d->puzzle_start[p + 1] - d->puzzle_start[p] != n) return false;
    if (s->first[g] < 0 || (size_t)s->first[g] + (size_t)n > s->pairs) return false;
    for (int32_t i = 0; i < n; i++)
        if (s->pair[2 * (s->first[g] + i)] == HR_ARC_NO_GRID) return false;
    return true;
}

/* Pairs of tasks that were left out have none. */
static bool good_boxes(const hr_dataset *d, const store *s, size_t g) {
    int32_t p = d->group_start[g], n = d->puzzle_start[p + 1] - d->puzzle_start[p];
    for (int32_t i = 0; i < n; i++)
        if (!good_box(s, (size_t)(s->first[g] + i))) return false;
    return true;
}

static hr_status check_store(const hr_dataset *d, const store *s) {
    const char *bad = NULL;
    for (size_t i = 0; i < 2 * s->pairs && !bad; i++)
        if (!good_grid(s, s->pair[i])) bad = "pairs";
    for (size_t i = 0; i < s->puzzles && !bad; i++)
        if (!good_view(&s->view[i])) bad = "views";
    for (size_t g = 0; g < s->groups && !bad; g++)
        if (!good_group(d, s, g)) bad = "first_pairs";
    for (size_t g = 0; g < s->groups && s->box && !bad; g++)
        if (!good_boxes(d, s, g)) bad = "boxes";
    return bad ? hr_fail(HR_ERR_FORMAT, "%s: all__%s.npy is damaged", d->path, bad) : HR_OK;
}

/* Reads an array as numbers of `size` bytes (1 or 4), into *out or new memory. count NULL: there
 * must be `wanted` of them. */
static hr_status read_numbers(const char *dir, const char *name, int dims, size_t size,
                              size_t wanted, size_t *count, void **out) {
    hr_npy array = {0};
    hr_status status = hr_dataset_open_array(dir, "all", name, dims, &array);
    size_t n = array.tensor.count;
    if (!status && !count && n != wanted)
        status = hr_fail(HR_ERR_FORMAT, "%s: all__%s.npy has %zu numbers, not %zu", dir, name, n,
                         wanted);
    if (!status && !*out && !(*out = hr_alloc(hr_mul(n, size)))) status = HR_ERR_MEM;
    for (size_t i = 0; !status && i < n; i++) {
        double value = hr_tensor_at(&array.tensor, i);
        bool fits = size == 1 ? value >= 0 && value <= 255 : value >= -1 && value <= INT32_MAX;
        if (!fits) status = hr_fail(HR_ERR_FORMAT, "%s: all__%s.npy holds %.0f", dir, name, value);
        else if (size == 1) ((uint8_t *)*out)[i] = (uint8_t)value;
        else ((int32_t *)*out)[i] = (int32_t)value;
    }
    if (count) *count = n;
    hr_npy_close(&array);
    return status;
}

hr_status hr_dataset_read_arc(hr_dataset *d, int side, bool shift, uint64_t seed) {
    store *s;
    hr_status status = open_store(d, side, shift, seed, &s);
    size_t numbers = 0;
    void *bytes = NULL, *pair = NULL, *first = s ? s->first : NULL, *view = s ? s->view : NULL;
    if (!status) status = read_numbers(d->path, "grids", 1, 1, 0, &s->size, &bytes);
    if (!status) status = read_numbers(d->path, "pairs", 2, 4, 0, &numbers, &pair);
    if (!status) status = read_numbers(d->path, "first_pairs", 1, 4, s->groups, NULL, &first);
    if (!status)
        status = read_numbers(d->path, "views", 2, 1, s->puzzles * sizeof *s->view, NULL, &view);
    if (!s) return status;
    s->pairs = numbers / 2;
    void *box = NULL;
    if (!status && d->boxed)
        status = read_numbers(d->path, "boxes", 2, 1, 2 * s->pairs, NULL, &box);
    s->box = box;
    s->bytes = bytes;
    s->pair = pair;
    return status ? status : check_store(d, s);
}

hr_status hr_dataset_write_arc(const hr_dataset *d, const char *dir) {
    const store *s = d->source;
    const hr_dataset_array arrays[] = {
        {"grids", HR_U8, s->bytes, s->size, 0},
        {"pairs", HR_I32, s->pair, s->pairs, 2},
        {"first_pairs", HR_I32, s->first, s->groups, 0},
        {"views", HR_U8, s->view, s->puzzles, sizeof *s->view},
        {"puzzle_identifiers", HR_I32, d->puzzle_id, d->puzzles, 0},
        {"puzzle_indices", HR_I32, d->puzzle_start, d->puzzles + 1, 0},
        {"group_indices", HR_I32, d->group_start, d->groups + 1, 0},
        {"boxes", HR_U8, s->box, s->pairs, 2},
    };
    size_t count = sizeof arrays / sizeof *arrays - !s->box;
    hr_status status = hr_dataset_write_arrays(dir, arrays, count);
    if (status) return status;
    json_t *header = hr_dataset_header(d, d->examples, d->puzzles);
    json_t *views = json_pack("{s:b, s:I}", "shift", s->shift, "seed", (json_int_t)s->seed);
    if (s->side != HR_ARC_SIDE) json_object_set_new(views, "side", json_integer(s->side));
    if (d->boxed) json_object_set_new(views, "boxed", json_true());
    if (d->share) json_object_set_new(views, "share", json_integer(d->share));
    json_object_set_new(header, "views", views);
    return hr_dataset_write_json(dir, "dataset.json", header);
}
