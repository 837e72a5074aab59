/* dataset.c - puzzles in memory. */
#include "run/dataset.h"

#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "run/dataset_files.h"

static bool has_suffix(const char *text, const char *suffix) {
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && !strcmp(text + n - m, suffix);
}

hr_status hr_dataset_allocate_made(hr_dataset *d, size_t examples, size_t puzzles, size_t groups) {
    if (examples > INT32_MAX)
        return hr_fail(HR_ERR_TASK, "%zu examples are more than can be handled (%d)", examples,
                       INT32_MAX);
    d->examples = examples;
    d->puzzles = puzzles;
    d->groups = groups;
    d->puzzle_id = HR_NEW(int32_t, puzzles);
    d->puzzle_start = HR_NEW(int32_t, puzzles + 1);
    d->group_start = HR_NEW(int32_t, groups + 1);
    return d->puzzle_id && d->puzzle_start && d->group_start ? HR_OK : HR_ERR_MEM;
}

hr_status hr_dataset_allocate(hr_dataset *d, size_t examples, size_t puzzles, size_t groups) {
    size_t cells = hr_mul(examples, (size_t)d->task.seq);
    hr_status status = hr_dataset_allocate_made(d, examples, puzzles, groups);
    if (status) return status;
    d->inputs = HR_NEW(uint8_t, cells);
    d->labels = HR_NEW(uint8_t, cells);
    return d->inputs && d->labels ? HR_OK : HR_ERR_MEM;
}

hr_status hr_dataset_open(const char *path, const char *task, const hr_task *expect,
                          hr_dataset **out) {
    *out = NULL;
    if (task && hr_task_known(task)) return HR_ERR_ARG;
    hr_dataset *d = HR_NEW(hr_dataset, 1);
    if (!d) return HR_ERR_MEM;
    d->path = hr_text_copy(path);
    hr_status status = d->path ? HR_OK : HR_ERR_MEM;
    if (!status)
        status = hr_os_is_dir(path) ? hr_dataset_read_dir(d, task, expect)
                                    : hr_dataset_read_csv(d, task, expect);
    if (!status && !expect && task && strcmp(task, d->task.ops->name))
        status = hr_fail(HR_ERR_TASK, "%s: is not %s data", path, task);
    if (status) hr_dataset_free(d);
    else *out = d;
    return status;
}

void hr_dataset_free(hr_dataset *d) {
    if (!d) return;
    hr_free(d->path);
    hr_free(d->inputs);
    hr_free(d->labels);
    hr_free(d->puzzle_id);
    hr_free(d->puzzle_start);
    hr_free(d->group_start);
    hr_free(d->rating);
    hr_free(d->trained_on);
    if (d->close) d->close(d->source);
    hr_free(d);
}

void hr_dataset_pair(const hr_dataset *d, size_t example, const uint8_t **question,
                     const uint8_t **answer) {
    size_t seq = (size_t)d->task.seq;
    if (d->make) {
        d->make(d, example, question, answer);
        return;
    }
    *question = d->inputs + example * seq;
    *answer = d->labels + example * seq;
}

hr_status hr_dataset_export(const hr_dataset *d, const char *path, int copies, uint64_t seed) {
    if (copies < 0 || copies > 100000)
        return hr_fail(HR_ERR_ARG, "augmentations: %d is not between 0 and 100000", copies);
    if (copies && !d->task.ops->augment)
        return hr_fail(HR_ERR_UNSUPPORTED, "%s: the task \"%s\" has no symmetry to augment with",
                       d->path, d->task.ops->name);
    if (hr_mul(d->examples, (size_t)copies + 1) > INT32_MAX)
        return hr_fail(HR_ERR_ARG, "augmentations: %d copies of %zu examples are more than %d",
                       copies, d->examples, INT32_MAX);
    return has_suffix(path, ".csv") ? hr_dataset_write_csv(d, path, copies, seed)
                                    : hr_dataset_write_dir(d, path, copies, seed);
}

void hr_dataset_copy(const hr_dataset *d, size_t puzzle, size_t example, int copy, uint64_t seed,
                     uint8_t *question, uint8_t *answer) {
    size_t seq = (size_t)d->task.seq;
    const uint8_t *q, *a;
    hr_dataset_pair(d, example, &q, &a);
    if (copy) {
        hr_rng rng = hr_rng_sub(hr_rng_sub(hr_rng_stream(seed, "export"), puzzle), (uint64_t)copy);
        d->task.ops->augment(&d->task, rng, q, a, question, answer);
        return;
    }
    memcpy(question, q, seq);
    memcpy(answer, a, seq);
}

/* FNV-1a: recognises data, does not protect it. */
static uint64_t mix(uint64_t hash, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

uint64_t hr_dataset_hash(const hr_dataset *d) {
    size_t cells = d->examples * (size_t)d->task.seq;
    int32_t head[] = {d->task.seq, d->task.vocab, d->ignore, d->identifiers};
    uint64_t hash = mix(0xcbf29ce484222325, head, sizeof head);
    if (d->source) {
        uint64_t own = d->hash(d->source);
        hash = mix(hash, &own, sizeof own);
    } else {
        hash = mix(hash, d->inputs, cells);
        hash = mix(hash, d->labels, cells);
    }
    hash = mix(hash, d->puzzle_id, d->puzzles * sizeof *d->puzzle_id);
    hash = mix(hash, d->puzzle_start, (d->puzzles + 1) * sizeof *d->puzzle_start);
    return mix(hash, d->group_start, (d->groups + 1) * sizeof *d->group_start);
}

size_t hr_dataset_puzzle_of(const hr_dataset *d, size_t example) {
    size_t low = 0, high = d->puzzles;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((size_t)d->puzzle_start[middle] <= example) low = middle;
        else high = middle;
    }
    return low;
}

static void fill_row(const hr_dataset *d, size_t example, size_t row, hr_batch *batch) {
    size_t seq = (size_t)d->task.seq;
    const uint8_t *q, *a;
    bool real = example < d->examples;
    if (real) hr_dataset_pair(d, example, &q, &a);
    batch->ids[row] = real ? d->puzzle_id[hr_dataset_puzzle_of(d, example)] : 0;
    for (size_t t = 0; t < seq; t++) {
        batch->inputs[row * seq + t] = real ? q[t] : 0;
        batch->labels[row * seq + t] = real && a[t] != d->ignore ? a[t] : HR_IGNORE;
    }
}

void hr_dataset_rows(const hr_dataset *d, size_t first, int count, hr_batch *batch) {
    for (int row = 0; row < count; row++) fill_row(d, first + (size_t)row, (size_t)row, batch);
}
