/* fuzz_dataset.c - a hostile data set in the published layout: its files after one another, with
 * a line of %% between them. What opens is read through, and copied; once more as a task with
 * numbers beside its cells. */
#include <string.h>

#include "folder.h"
#include "numbers.h"
#include "data/dataset_open.h"
#include "task/numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const hr_dataset *d) {
    const uint8_t *question, *answer;
    size_t seq = (size_t)d->task.seq, numbers = hr_task_number_count(&d->task);
    hr_copied copy;
    char why[96];
    if (hr_copied_open(d, &copy)) return;
    for (size_t i = 0; i < d->examples && i < 64; i++) {
        hr_dataset_pair(d, i, &question, &answer);
        for (size_t k = 0; k < seq; k++)
            if (question[k] >= d->task.vocab || answer[k] >= d->task.vocab) abort();
        hr_dataset_breaks(d, question, answer, why);
        for (size_t k = 0; k < numbers; k++)
            if (!hr_task_number_fits((double)hr_dataset_numbers(d, i)[k])) abort();
        hr_dataset_copy(d, hr_dataset_puzzle_of(d, i), i, d->task.ops->augment ? 1 : 0, 1, &copy);
    }
    hr_dataset_hash(d);
    hr_copied_close(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"dataset.json",
                                        "all__inputs.npy",
                                        "all__labels.npy",
                                        "all__puzzle_identifiers.npy",
                                        "all__puzzle_indices.npy",
                                        "all__group_indices.npy",
                                        "identifiers.json",
                                        "all__numbers.npy"};
    hr_dataset *d;
    hr_task task;
    folder_open();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const uint8_t *end = size ? memmem(data, size, "\n%%\n", 4) : NULL;
        size_t part = end ? (size_t)(end - data) : size;
        folder_put(names[i], data, part);
        data += end ? part + 4 : part;
        size -= end ? part + 4 : part;
    }
    if (!hr_dataset_open(folder, NULL, NULL, &d)) {
        use(d);
        hr_dataset_free(d);
    }
    if (numbers_task(&task)) abort();
    if (!hr_dataset_open(folder, NULL, &task, &d)) {
        use(d);
        hr_dataset_free(d);
    }
    hr_task_free(&task);
    return 0;
}
