/* parity_data.c - data sets: what the published builder wrote, its symmetries, its loader. */
#include "check/parity_data.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "data/dataset_open.h"
#include "task/sudoku.h"
#include "task/sudoku_canon.h"

enum { CELLS = 81 };

/* Opens DIR/data/sudoku/NAME when it is there. */
static hr_status open_data(const hr_parity_run *run, const char *name, const hr_task *expect,
                           hr_dataset **out) {
    *out = NULL;
    char *path = hr_text_format("%s/data/sudoku/%s", run->dir, name);
    if (!path) return HR_ERR_MEM;
    hr_status status = HR_OK;
    if (hr_os_is_dir(path) || hr_os_is_file(path))
        status = hr_dataset_open(path, NULL, expect, out);
    hr_free(path);
    return status;
}

static size_t differing(const uint8_t *a, const uint8_t *b, size_t n) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += a[i] != b[i];
    return count;
}

/* The first puzzle of each group is the CSV's row; the others are its images under symmetries. */
static void compare_groups(hr_parity_run *run, const hr_dataset *csv, const hr_dataset *built) {
    size_t plain = 0, broken = 0;
    for (size_t g = 0; g < built->groups; g++) {
        size_t first = (size_t)built->puzzle_start[built->group_start[g]];
        plain += differing(built->inputs + first * CELLS, csv->inputs + g * CELLS, CELLS);
        plain += differing(built->labels + first * CELLS, csv->labels + g * CELLS, CELLS);
        uint8_t cells[CELLS], key[CELLS], own[CELLS];
        for (size_t i = 0; i < CELLS; i++) cells[i] = (uint8_t)(csv->labels[g * CELLS + i] - 1);
        hr_sudoku_canonical(&csv->task, cells, key);
        for (int32_t p = built->group_start[g] + 1; p < built->group_start[g + 1]; p++) {
            size_t at = (size_t)built->puzzle_start[p] * CELLS;
            for (size_t i = 0; i < CELLS; i++) cells[i] = (uint8_t)(built->labels[at + i] - 1);
            hr_sudoku_canonical(&csv->task, cells, own);
            broken += memcmp(own, key, CELLS) != 0;
        }
    }
    hr_parity_note(run, "tokens that differ", (double)plain, 0);
    hr_parity_note(run, "copies that are no image of their puzzle", (double)broken, 0);
}

static hr_status compare_split(hr_parity_run *run, const char *split) {
    char name[64];
    hr_dataset *csv = NULL, *built = NULL;
    snprintf(name, sizeof name, "csv/%s.csv", split);
    hr_status status = open_data(run, name, NULL, &csv);
    snprintf(name, sizeof name, "built/%s", split);
    if (!status && csv) status = open_data(run, name, &csv->task, &built);
    if (!status && csv && built && csv->task.seq == CELLS) {
        hr_parity_begin(run, "data", "sudoku: %s set as the published builder wrote it", split);
        if (csv->examples != built->groups) hr_parity_note(run, "groups", INFINITY, 0);
        else compare_groups(run, csv, built);
        hr_parity_end(run);
    }
    hr_dataset_free(csv);
    hr_dataset_free(built);
    return status;
}

/* ---- symmetries with given parameters ----------------------------------------------------------
 */

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
    uint8_t cells[CELLS], expected[CELLS], got[CELLS];
    static const char *const in[] = {"board", "solution"}, *const out[] = {"board_out",
                                                                           "solution_out"};
    bool good = read_list(o, "digit_map_0_to_9", 10, 10, symmetry.digits) &&
                read_list(o, "row_perm", 9, 9, symmetry.rows) &&
                read_list(o, "col_perm", 9, 9, symmetry.cols);
    symmetry.transpose = json_is_true(json_object_get(o, "transpose"));
    hr_parity_begin(run, "data", "sudoku: symmetry %.40s", name);
    for (int i = 0; good && i < 2; i++) {
        good = read_list(o, in[i], CELLS, 10, cells) && read_list(o, out[i], CELLS, 10, expected);
        if (!good) break;
        hr_sudoku_apply(task, &symmetry, cells, got);
        hr_parity_note(run, out[i], (double)differing(got, expected, CELLS), 0);
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

/* ---- the evaluation loader ---------------------------------------------------------------------
 */

static const hr_tensor *part(const hr_safetensors *file, int i, const char *field) {
    char name[64];
    snprintf(name, sizeof name, "batch%d.%s", i, field);
    return hr_safetensors_find(file, name);
}

static hr_status loader_batches(hr_parity_run *run, const hr_safetensors *file,
                                const hr_dataset *data) {
    size_t first = 0;
    hr_parity_begin(run, "data", "sudoku: batches of the evaluation loader");
    for (int i = 0; part(file, i, "inputs"); i++) {
        const hr_tensor *inputs = part(file, i, "inputs"), *labels = part(file, i, "labels");
        const hr_tensor *ids = part(file, i, "puzzle_identifiers");
        size_t rows = inputs->dims == 2 ? (size_t)inputs->shape[0] : 0, cells = rows * CELLS;
        if (!labels || !ids || !rows || inputs->count != cells || labels->count != cells ||
            ids->count != rows)
            return hr_fail(HR_ERR_FORMAT, "test_loader_batches: batch %d is damaged", i);
        hr_batch batch = {.rows = (int)rows,
                          .inputs = HR_NEW(int32_t, cells),
                          .labels = HR_NEW(int32_t, cells),
                          .ids = HR_NEW(int32_t, rows)};
        bool ok = batch.inputs && batch.labels && batch.ids;
        if (ok) {
            hr_dataset_rows(data, first, (int)rows, &batch);
            hr_parity_integers(run, inputs, batch.inputs);
            hr_parity_integers(run, labels, batch.labels);
            hr_parity_integers(run, ids, batch.ids);
        }
        hr_free(batch.inputs);
        hr_free(batch.labels);
        hr_free(batch.ids);
        if (!ok) return HR_ERR_MEM;
        first += rows;
    }
    hr_parity_end(run);
    return HR_OK;
}

static hr_status loader(hr_parity_run *run) {
    bool there;
    hr_safetensors file;
    hr_dataset *data = NULL;
    hr_status status = hr_parity_tensors(run, "data/sudoku", &file, &there,
                                         "data/sudoku/test_loader_batches.safetensors");
    if (!status && there) status = open_data(run, "built/test", NULL, &data);
    if (!status && data && data->task.seq == CELLS) status = loader_batches(run, &file, data);
    hr_dataset_free(data);
    hr_safetensors_close(&file);
    return status;
}

hr_status hr_parity_data(hr_parity_run *run) {
    hr_status status = compare_split(run, "train");
    if (!status) status = compare_split(run, "test");
    if (!status) status = augment_cases(run);
    return status ? status : loader(run);
}
