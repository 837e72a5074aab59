/* fuzz_dataset.c - a hostile data set in the published layout: its files after one another, with
 * a line of %% between them. What opens is read through, and copied. */
#include <string.h>

#include "folder.h"
#include "data/dataset_open.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const hr_dataset *d) {
    const uint8_t *question, *answer;
    size_t seq = (size_t)d->task.seq;
    uint8_t *copy = malloc(2 * seq);
    char why[96];
    for (size_t i = 0; i < d->examples && i < 64; i++) {
        hr_dataset_pair(d, i, &question, &answer);
        for (size_t k = 0; k < seq; k++)
            if (question[k] >= d->task.vocab || answer[k] >= d->task.vocab) abort();
        hr_dataset_breaks(d, question, answer, why);
        hr_dataset_copy(d, hr_dataset_puzzle_of(d, i), i, d->task.ops->augment ? 1 : 0, 1, copy,
                        copy + seq);
    }
    hr_dataset_hash(d);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"dataset.json",
                                        "all__inputs.npy",
                                        "all__labels.npy",
                                        "all__puzzle_identifiers.npy",
                                        "all__puzzle_indices.npy",
                                        "all__group_indices.npy",
                                        "identifiers.json"};
    hr_dataset *d;
    folder_open();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const uint8_t *end = size ? memmem(data, size, "\n%%\n", 4) : NULL;
        size_t part = end ? (size_t)(end - data) : size;
        folder_put(names[i], data, part);
        data += end ? part + 4 : part;
        size -= end ? part + 4 : part;
    }
    if (hr_dataset_open(folder, NULL, NULL, &d)) return 0;
    use(d);
    hr_dataset_free(d);
    return 0;
}
