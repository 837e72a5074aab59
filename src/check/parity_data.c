/* parity_data.c - data sets: those that the published builders wrote, their random symmetries, the
 * batches of the evaluation loader, and the counts of the published evaluator of ARC. */
#include "check/parity_data.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "data/dataset_arc.h"
#include "data/dataset_open.h"
#include "data/names.h"
#include "task/arc_vote.h"
#include "task/dihedral.h"
#include "task/sudoku.h"
#include "task/sudoku_canon.h"

enum { CELLS = 81 };

static const hr_tensor *part(const hr_safetensors *file, const char *prefix, int i,
                             const char *field) {
    char name[64];
    snprintf(name, sizeof name, "%s%d.%s", prefix, i, field);
    return hr_safetensors_find(file, name);
}

/* A case whose numbers are in one file of tensors. */
static hr_status file_case(hr_parity_run *run, const char *folder, const char *name,
                           const char *title,
                           hr_status (*work)(hr_parity_run *, const hr_safetensors *)) {
    bool there;
    hr_safetensors file;
    hr_status status = hr_parity_tensors(run, folder, &file, &there, "%s/%s", folder, name);
    if (status || !there) return status;
    hr_parity_begin(run, "data", "%s", title);
    status = work(run, &file);
    if (!status) hr_parity_end(run);
    hr_safetensors_close(&file);
    return status;
}

/* ---- builders of CSV files ------------------------------------------------------------------- */

static size_t differing(const uint8_t a[CELLS], const uint8_t b[CELLS]) {
    size_t count = 0;
    for (size_t i = 0; i < CELLS; i++) count += a[i] != b[i];
    return count;
}

/* The first puzzle of each group is the CSV's row; the others are its images under symmetries. */
static void compare_groups(hr_parity_run *run, const hr_dataset *csv, const hr_dataset *built) {
    size_t plain = 0, broken = 0;
    if (csv->task.seq != CELLS) return;
    if (csv->examples != built->groups) {
        hr_parity_note(run, "groups", INFINITY, 0);
        return;
    }
    for (size_t g = 0; g < built->groups; g++) {
        size_t first = (size_t)built->puzzle_start[built->group_start[g]];
        plain += differing(built->inputs + first * CELLS, csv->inputs + g * CELLS);
        plain += differing(built->labels + first * CELLS, csv->labels + g * CELLS);
        uint8_t cells[CELLS], key[CELLS], own[CELLS];
        for (size_t i = 0; i < CELLS; i++) cells[i] = (uint8_t)(csv->labels[g * CELLS + i] - 1);
        hr_sudoku_canonical(&csv->task, cells, true, key);
        for (int32_t p = built->group_start[g] + 1; p < built->group_start[g + 1]; p++) {
            size_t at = (size_t)built->puzzle_start[p] * CELLS;
            for (size_t i = 0; i < CELLS; i++) cells[i] = (uint8_t)(built->labels[at + i] - 1);
            hr_sudoku_canonical(&csv->task, cells, true, own);
            broken += memcmp(own, key, CELLS) != 0;
        }
    }
    hr_parity_note(run, "tokens that differ", (double)plain, 0);
    hr_parity_note(run, "copies that are no image of their puzzle", (double)broken, 0);
}

/* A training maze is followed by its rotations and mirrors in the order of their codes. */
static void compare_images(hr_parity_run *run, const hr_dataset *csv, const hr_dataset *built) {
    size_t seq = (size_t)csv->task.seq, wrong = 0;
    int rows = csv->task.rows, cols = csv->task.cols;
    if (built->examples != csv->examples * HR_DIHEDRAL) {
        hr_parity_note(run, "examples", INFINITY, 0);
        return;
    }
    for (size_t e = 0; e < built->examples; e++) {
        size_t from = e / HR_DIHEDRAL * seq;
        for (size_t c = 0; c < seq; c++) {
            int r = (int)c / cols, k = (int)c % cols;
            size_t at = (size_t)hr_dihedral_source((int)(e % HR_DIHEDRAL), rows, cols, r, k);
            wrong += built->inputs[e * seq + c] != csv->inputs[from + at];
            wrong += built->labels[e * seq + c] != csv->labels[from + at];
        }
    }
    hr_parity_note(run, "tokens that differ", (double)wrong, 0);
}

/* Compares a CSV file with what the published builder made of it. */
static hr_status
compare_split(hr_parity_run *run, const char *folder, const char *split, const char *title,
              void (*compare)(hr_parity_run *, const hr_dataset *csv, const hr_dataset *built)) {
    char name[64], *from, *to;
    hr_dataset *csv = NULL, *built = NULL;
    snprintf(name, sizeof name, "%s/csv/%s.csv", folder, split);
    hr_status status = hr_parity_path(run, folder, name, &from);
    if (status || !from) return status;
    to = hr_text_format("%s/%s/built/%s", run->dir, folder, split);
    status = to ? hr_dataset_open(from, NULL, NULL, &csv) : HR_ERR_MEM;
    if (!status) status = hr_dataset_open(to, NULL, &csv->task, &built);
    if (!status) {
        hr_parity_begin(run, "data", "%s as the published builder wrote it", title);
        compare(run, csv, built);
        hr_parity_end(run);
    }
    hr_dataset_free(csv);
    hr_dataset_free(built);
    hr_free(from);
    hr_free(to);
    return status;
}

/* ---- symmetries with given parameters -------------------------------------------------------- */

static bool read_list(const json_t *object, const char *key, size_t count, uint8_t limit,
                      uint8_t *out) {
    const json_t *list = json_object_get(object, key);
    if (json_array_size(list) != count) return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i);
        json_int_t value = json_integer_value(item);
        if (!json_is_integer(item) || value < 0 || value >= limit) return false;
        out[i] = (uint8_t)value;
    }
    return true;
}

static hr_status augment_case(hr_parity_run *run, const hr_task *task, const char *name,
                              const json_t *o) {
    hr_sudoku_symmetry symmetry;
    uint8_t cells[CELLS], expected[CELLS], got[CELLS], token[16];
    uint32_t cell[CELLS];
    static const char *const in[] = {"board", "solution"}, *const out[] = {"board_out",
                                                                           "solution_out"};
    bool good = read_list(o, "digit_map_0_to_9", 10, 10, symmetry.digits) &&
                read_list(o, "row_perm", 9, 9, symmetry.rows) &&
                read_list(o, "col_perm", 9, 9, symmetry.cols);
    symmetry.transpose = json_is_true(json_object_get(o, "transpose"));
    hr_parity_begin(run, "data", "sudoku: symmetry %.40s", name);
    if (good) hr_sudoku_maps(task, &symmetry, cell, token);
    for (int i = 0; good && i < 2; i++) {
        good = read_list(o, in[i], CELLS, 10, cells) && read_list(o, out[i], CELLS, 10, expected);
        if (!good) break;
        for (int c = 0; c < CELLS; c++) got[c] = token[cells[cell[c]] + 1] - 1; /* digits */
        hr_parity_note(run, out[i], (double)differing(got, expected), 0);
    }
    if (!good) return hr_fail(HR_ERR_FORMAT, "augment_cases.json: case %.40s is damaged", name);
    hr_parity_end(run);
    return HR_OK;
}

static hr_status augment_cases(hr_parity_run *run) {
    json_t *root, *value;
    const char *name;
    hr_task task;
    hr_status status = hr_parity_json(run, "data/sudoku", "data/sudoku/augment_cases.json", &root);
    if (!status) status = hr_task_sudoku(3, 3, &task);
    json_object_foreach(root, name, value) {
        if (!status) status = augment_case(run, &task, name, value);
    }
    json_decref(root);
    return status;
}

/* ---- the evaluation loader ------------------------------------------------------------------- */

static hr_status loader_batches(hr_parity_run *run, const hr_safetensors *file,
                                const hr_dataset *data) {
    size_t first = 0;
    for (int i = 0; part(file, "batch", i, "inputs"); i++) {
        const hr_tensor *inputs = part(file, "batch", i, "inputs");
        const hr_tensor *labels = part(file, "batch", i, "labels");
        const hr_tensor *ids = part(file, "batch", i, "puzzle_identifiers");
        size_t rows = inputs->dims == 2 ? (size_t)inputs->shape[0] : 0, cells = rows * CELLS;
        if (!labels || !ids || !rows || inputs->count != cells || labels->count != cells ||
            ids->count != rows)
            return hr_fail(HR_ERR_FORMAT, "test_loader_batches: batch %d is damaged", i);
        int32_t *block = HR_NEW(int32_t, 2 * cells + rows);
        if (!block) return HR_ERR_MEM;
        hr_batch batch = {
            .rows = (int)rows, .inputs = block, .labels = block + cells, .ids = block + 2 * cells};
        hr_dataset_rows(data, first, &batch);
        hr_parity_integers(run, inputs, batch.inputs);
        hr_parity_integers(run, labels, batch.labels);
        hr_parity_integers(run, ids, batch.ids);
        hr_free(block);
        first += rows;
    }
    return HR_OK;
}

static hr_status loader(hr_parity_run *run, const hr_safetensors *file) {
    hr_dataset *data = NULL;
    char *path = hr_text_format("%s/data/sudoku/built/test", run->dir);
    hr_status status = path ? hr_dataset_open(path, NULL, NULL, &data) : HR_ERR_MEM;
    if (!status && data->task.seq == CELLS) status = loader_batches(run, file, data);
    hr_dataset_free(data);
    hr_free(path);
    return status;
}

/* ---- ARC: encodings and crops ---------------------------------------------------------------- */

static bool grid_of(const hr_tensor *t, hr_arc_grid *out) {
    *out = (hr_arc_grid){.rows = 0};
    if (!t || t->dims != 2 || t->count > HR_ARC_SEQ || t->shape[0] > HR_ARC_SIDE ||
        t->shape[1] > HR_ARC_SIDE)
        return false;
    out->rows = (int)t->shape[0];
    out->cols = (int)t->shape[1];
    for (size_t i = 0; i < t->count; i++) out->cell[i] = (uint8_t)hr_tensor_at(t, i);
    return true;
}

static void note_tokens(hr_parity_run *run, const hr_tensor *t, const uint8_t *own) {
    size_t wrong = t && t->count == HR_ARC_SEQ ? 0 : HR_ARC_SEQ;
    for (size_t i = 0; !wrong && i < HR_ARC_SEQ; i++) wrong += hr_tensor_at(t, i) != own[i];
    hr_parity_note(run, t ? t->name : "a tensor that is missing", (double)wrong, 0);
}

static hr_status encodings(hr_parity_run *run, const hr_safetensors *file) {
    hr_arc_grid grid[2];
    uint8_t tokens[HR_ARC_SEQ];
    static const char *const names[2][2] = {{"enc_input", "shifted_input"},
                                            {"enc_output", "shifted_output"}};
    for (int i = 0; grid_of(part(file, "", i, "input"), &grid[0]); i++) {
        const hr_tensor *at = part(file, "", i, "offset_row_col");
        if (!grid_of(part(file, "", i, "output"), &grid[1]) || !at || at->count != 2) break;
        int row = (int)hr_tensor_at(at, 0), col = (int)hr_tensor_at(at, 1);
        int rows = grid[0].rows > grid[1].rows ? grid[0].rows : grid[1].rows;
        int cols = grid[0].cols > grid[1].cols ? grid[0].cols : grid[1].cols;
        if (row < 0 || col < 0 || row + rows > HR_ARC_SIDE || col + cols > HR_ARC_SIDE) break;
        for (int side = 0; side < 2; side++)
            for (int moved = 0; moved < 2; moved++) {
                hr_arc_encode(&grid[side], moved ? row : 0, moved ? col : 0, HR_ARC_SIDE, tokens);
                note_tokens(run, part(file, "", i, names[side][moved]), tokens);
            }
    }
    return HR_OK;
}

static hr_status crops(hr_parity_run *run, const hr_safetensors *file) {
    const hr_tensor *t;
    for (int i = 0; (t = part(file, "", i, "tokens")) && t->count == HR_ARC_SEQ; i++) {
        uint8_t tokens[HR_ARC_SEQ];
        hr_arc_grid own, expected;
        for (size_t c = 0; c < HR_ARC_SEQ; c++) tokens[c] = (uint8_t)hr_tensor_at(t, c);
        hr_arc_crop(tokens, HR_ARC_SIDE, &own);
        bool any = grid_of(part(file, "", i, "grid"), &expected);
        hr_parity_note(run, t->name, any ? !hr_arc_same(&own, &expected) : own.rows != 0, 0);
    }
    return HR_OK;
}

/* ---- ARC: the builder ------------------------------------------------------------------------ */

/* Orders the tasks as the names are, and takes their views from there: both are random in the
 * published builder. */
static bool order_like(const hr_names *names, hr_arc_tasks *tasks, hr_arc_views *views) {
    char name[HR_NAME_MAX];
    size_t done = 0;
    for (size_t i = 1; i < names->count; i++) {
        if (!hr_names_get(names, i, name)) return false;
        size_t id = hr_arc_name_read(name, &views->view[i - 1]), t = done;
        views->id[i - 1] = (int32_t)i;
        if (name[id]) continue; /* the plain one comes first */
        while (t < tasks->count && strcmp(tasks->task[t].id, name)) t++;
        if (t >= tasks->count) return false;
        hr_arc_task swap = tasks->task[t];
        tasks->task[t] = tasks->task[done];
        tasks->task[done] = swap;
        views->start[done++] = i - 1;
    }
    views->start[done] = names->count - 1;
    return done == tasks->count;
}

/* Moves a pair's grids, together, to the top left. */
static void pull(const uint8_t *q, const uint8_t *a, uint8_t out[2][HR_ARC_SEQ]) {
    int top = HR_ARC_SIDE, left = HR_ARC_SIDE;
    for (int i = 0; i < HR_ARC_SEQ; i++) {
        if (q[i] < 2 && a[i] < 2) continue;
        if (i / HR_ARC_SIDE < top) top = i / HR_ARC_SIDE;
        if (i % HR_ARC_SIDE < left) left = i % HR_ARC_SIDE;
    }
    memset(out, 0, 2 * (size_t)HR_ARC_SEQ);
    for (int r = top; r < HR_ARC_SIDE; r++)
        for (int c = left; c < HR_ARC_SIDE; c++) {
            int from = r * HR_ARC_SIDE + c, to = (r - top) * HR_ARC_SIDE + c - left;
            out[0][to] = q[from];
            out[1][to] = a[from];
        }
}

/* Counts examples with different grids; in the train part their place, which is random, may differ.
 */
static size_t count_examples(const hr_dataset *own, const hr_dataset *built, bool test) {
    size_t wrong = 0;
    for (size_t e = 0; e < own->examples; e++) {
        uint8_t x[2][HR_ARC_SEQ], y[2][HR_ARC_SEQ];
        const uint8_t *q, *a, *p = built->inputs + e * HR_ARC_SEQ,
                              *b = built->labels + e * HR_ARC_SEQ;
        hr_dataset_pair(own, e, &q, &a);
        if (test) {
            wrong += memcmp(q, p, HR_ARC_SEQ) || memcmp(a, b, HR_ARC_SEQ);
            continue;
        }
        pull(q, a, x);
        pull(p, b, y);
        for (int side = 0; side < 2; side++) {
            hr_arc_grid g, h;
            hr_arc_crop(x[side], HR_ARC_SIDE, &g);
            hr_arc_crop(y[side], HR_ARC_SIDE, &h);
            wrong += !g.rows || !hr_arc_same(&g, &h);
        }
    }
    return wrong;
}

static void compare_part(hr_parity_run *run, const hr_dataset *own, const hr_dataset *built,
                         bool test) {
    bool same = own->examples == built->examples && own->puzzles == built->puzzles &&
                own->groups == built->groups && own->identifiers == built->identifiers;
    hr_parity_begin(run, "data", "arc: %s set as the published builder wrote it",
                    test ? "test" : "train");
    hr_parity_note(run, "sizes", !same, 0);
    if (same) {
        const struct {
            const char *name;
            const int32_t *own, *built;
            size_t count;
        } arrays[] = {
            {"puzzle_identifiers", own->puzzle_id, built->puzzle_id, own->puzzles},
            {"puzzle_indices", own->puzzle_start, built->puzzle_start, own->puzzles + 1},
            {"group_indices", own->group_start, built->group_start, own->groups + 1},
        };
        for (int i = 0; i < 3; i++) {
            size_t size = arrays[i].count * sizeof(int32_t);
            hr_parity_note(run, arrays[i].name, memcmp(arrays[i].own, arrays[i].built, size) != 0,
                           0);
        }
        hr_parity_note(run, "examples that differ", (double)count_examples(own, built, test), 0);
    }
    hr_parity_end(run);
}

static hr_status compare_built(hr_parity_run *run, const hr_arc_tasks *tasks,
                               const hr_arc_views *views) {
    hr_task arc;
    hr_status status = hr_task_arc(HR_ARC_SIDE, &arc);
    for (int test = 0; test < 2 && !status; test++) {
        hr_dataset *own = NULL, *built = NULL;
        char *path = hr_text_format("%s/data/arc/built/%s", run->dir, test ? "test" : "train");
        const hr_arc_layout layout = {.side = HR_ARC_SIDE, .test = test};
        status = path ? hr_arc_dataset(tasks, views, &layout, "own", &own) : HR_ERR_MEM;
        if (!status) status = hr_dataset_open(path, NULL, &arc, &built);
        if (!status) compare_part(run, own, built, test);
        hr_dataset_free(own);
        hr_dataset_free(built);
        hr_free(path);
    }
    return status;
}

static hr_status read_tasks(const hr_parity_run *run, const char *name, bool scored,
                            hr_arc_tasks *out) {
    char *path = hr_text_format("%s/data/arc/%s", run->dir, name);
    hr_status status = path ? hr_arc_tasks_read(out, path, scored) : HR_ERR_MEM;
    hr_free(path);
    return status;
}

static hr_status builder(hr_parity_run *run, const hr_names *names) {
    hr_arc_tasks tasks = {0};
    hr_status status = read_tasks(run, "json/arc-agi_training_challenges.json", false, &tasks);
    if (!status) status = read_tasks(run, "json/arc-agi_evaluation_challenges.json", true, &tasks);
    hr_arc_views views = {.count = names->count,
                          .view = HR_NEW(hr_arc_view, names->count),
                          .start = HR_NEW(size_t, tasks.count + 1),
                          .id = HR_NEW(int32_t, names->count),
                          .identifiers = (int32_t)names->count};
    if (!status && !(views.view && views.start && views.id)) status = HR_ERR_MEM;
    if (!status && !order_like(names, &tasks, &views))
        status = hr_fail(HR_ERR_FORMAT, "data/arc/built/identifiers.json does not name the tasks");
    if (!status) status = compare_built(run, &tasks, &views);
    hr_arc_views_free(&views);
    hr_arc_tasks_free(&tasks);
    return status;
}

/* ---- ARC: the evaluator ---------------------------------------------------------------------- */

static hr_status add_votes(const hr_safetensors *file, const hr_names *names, hr_arc_votes *votes) {
    const hr_tensor *in = hr_safetensors_find(file, "inputs");
    const hr_tensor *out = hr_safetensors_find(file, "preds");
    const hr_tensor *id = hr_safetensors_find(file, "puzzle_identifiers");
    const hr_tensor *q = hr_safetensors_find(file, "q_halt_logits");
    if (!in || !out || !id || !q || in->count != id->count * HR_ARC_SEQ ||
        out->count != in->count || q->count != id->count)
        return hr_fail(HR_ERR_FORMAT, "data/arc/eval/batch.safetensors is damaged");
    for (size_t row = 0; row < id->count; row++) {
        uint8_t tokens[2][HR_ARC_SEQ];
        char name[HR_NAME_MAX];
        size_t own = (size_t)hr_tensor_at(id, row);
        if (!own || !hr_names_get(names, own, name)) continue;
        for (size_t i = 0; i < HR_ARC_SEQ; i++) {
            tokens[0][i] = (uint8_t)hr_tensor_at(in, row * HR_ARC_SEQ + i);
            tokens[1][i] = (uint8_t)hr_tensor_at(out, row * HR_ARC_SEQ + i);
        }
        hr_status status = hr_arc_votes_add(
            votes, &(hr_arc_vote){.name = name,
                                  .question = tokens[0],
                                  .answer = tokens[1],
                                  .confidence = 1 / (1 + exp(-hr_tensor_at(q, row)))});
        if (status) return status;
    }
    return HR_OK;
}

static void compare_metrics(hr_parity_run *run, const json_t *metrics, const hr_arc_tasks *tasks,
                            const hr_arc_votes *votes) {
    static const int ks[] = {1, 2, 3, 5, 10, 100, 1000};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; i++) {
        char name[32];
        double sum = 0;
        snprintf(name, sizeof name, "ARC/pass@%d", ks[i]);
        const json_t *expected = json_object_get(metrics, name);
        if (!json_is_number(expected)) continue;
        for (size_t t = 0; t < tasks->count; t++) sum += hr_arc_votes_pass(votes, t, (size_t)ks[i]);
        hr_parity_note(run, name, fabs(sum / (double)tasks->count - json_number_value(expected)),
                       1e-12);
    }
}

static hr_status compare_submission(hr_parity_run *run, const hr_arc_votes *votes) {
    hr_file file;
    char *path = hr_text_format("%s/data/arc/eval/submission.json", run->dir), *own;
    hr_status status = hr_json_text(hr_arc_votes_submission(votes), 0, "the submission", &own);
    if (!status) status = path ? hr_os_load(path, &file) : HR_ERR_MEM;
    if (!status) {
        bool same = file.size == strlen(own) && !memcmp(file.data, own, file.size);
        hr_parity_note(run, "submission.json", !same, 0);
        hr_os_unload(&file);
    }
    hr_free(path);
    hr_free(own);
    return status;
}

static hr_status evaluator(hr_parity_run *run, const hr_safetensors *file, const hr_names *names) {
    hr_arc_tasks tasks = {0};
    hr_arc_votes *votes = NULL;
    json_t *expected = NULL;
    char *path = hr_text_format("%s/data/arc/eval/expected.json", run->dir);
    hr_status status = path ? read_tasks(run, "built/test_puzzles.json", true, &tasks) : HR_ERR_MEM;
    if (!status) status = hr_json_open(path, &expected);
    if (!status) status = hr_arc_votes_new(&tasks, HR_ARC_SIDE, &votes);
    if (!status) status = add_votes(file, names, votes);
    if (!status) {
        hr_parity_begin(run, "data", "arc: votes, scores and submission of the evaluator");
        compare_metrics(run, json_object_get(expected, "metrics"), &tasks, votes);
        status = compare_submission(run, votes);
        hr_parity_end(run);
    }
    json_decref(expected);
    hr_arc_votes_free(votes);
    hr_arc_tasks_free(&tasks);
    hr_free(path);
    return status;
}

/* The cases that need the names of the puzzles. */
static hr_status arc_built(hr_parity_run *run) {
    char *path;
    bool there;
    hr_names names = {0};
    hr_safetensors file = {0};
    hr_status status = hr_parity_path(run, "data/arc", "data/arc/built/identifiers.json", &path);
    if (status || !path) return status;
    status = hr_names_open(path, &names);
    if (!status) status = builder(run, &names);
    if (!status)
        status =
            hr_parity_tensors(run, "data/arc", &file, &there, "data/arc/eval/batch.safetensors");
    if (!status && there) status = evaluator(run, &file, &names);
    hr_safetensors_close(&file);
    hr_names_close(&names);
    hr_free(path);
    return status;
}

hr_status hr_parity_data(hr_parity_run *run) {
    static const char sudoku[] = "data/sudoku", arc[] = "data/arc";
    hr_status status = compare_split(run, sudoku, "train", "sudoku: train set", compare_groups);
    if (!status) status = compare_split(run, sudoku, "test", "sudoku: test set", compare_groups);
    if (!status) status = augment_cases(run);
    if (!status)
        status = file_case(run, sudoku, "test_loader_batches.safetensors",
                           "sudoku: batches of the evaluation loader", loader);
    if (!status)
        status = compare_split(run, "data/maze", "train", "maze: the eight images of each",
                               compare_images);
    if (!status)
        status = file_case(run, arc, "encoding_cases.safetensors",
                           "arc: grids as tokens, in place and moved", encodings);
    if (!status)
        status = file_case(run, arc, "crop_cases.safetensors", "arc: crops of answers", crops);
    return status ? status : arc_built(run);
}
