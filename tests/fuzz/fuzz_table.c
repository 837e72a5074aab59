/* fuzz_table.c - hostile bytes for the reader of puzzles in tables: a check that lists bad rows,
 * what training reads, and questions for a model; the same with numbers beside cells. */
#include <stdint.h>
#include <stdlib.h>

#include "numbers.h"
#include "base/mem.h"
#include "data/dataset_csv.h"
#include "task/sudoku.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read(const hr_file *file, const hr_task *expect, hr_bad *bad, bool answers) {
    hr_dataset *d = HR_NEW(hr_dataset, 1);
    hr_task_choice none = {0};
    if (!d) return;
    d->path = hr_text_copy("fuzz");
    d->bad = bad;
    hr_dataset_parse_csv(d, file, &none, expect, answers);
    hr_dataset_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const hr_file file = {data, size};
    hr_bad bad = {0}, beside = {0};
    hr_task task;
    hr_task_sudoku(2, 2, &task);
    read(&file, NULL, &bad, true);
    read(&file, NULL, NULL, true);
    read(&file, &task, NULL, false);
    if (numbers_task(&task)) abort();
    read(&file, &task, NULL, false);
    read(&file, &task, &beside, true);
    hr_task_free(&task);
    hr_bad_free(&bad);
    hr_bad_free(&beside);
    return 0;
}
