/* dataset.c - puzzles in memory. */
#include "data/dataset.h"

#include <string.h>

#include "base/mem.h"
#include "task/numbers.h"
#include "task/task_json.h"

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

hr_status hr_dataset_allocate_numbers(hr_dataset *d, size_t examples) {
    size_t each = hr_task_number_count(&d->task);
    if (each) d->numbers = HR_NEW(float, hr_mul(examples, each));
    return d->numbers || !each ? HR_OK : HR_ERR_MEM;
}

void hr_dataset_free(hr_dataset *d) {
    if (!d) return;
    hr_task_free(&d->task);
    hr_free(d->path);
    hr_free(d->inputs);
    hr_free(d->labels);
    hr_free(d->numbers);
    hr_free(d->puzzle_id);
    hr_free(d->puzzle_start);
    hr_free(d->group_start);
    hr_free(d->rating);
    hr_free(d->line);
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

const float *hr_dataset_numbers(const hr_dataset *d, size_t example) {
    return d->numbers ? d->numbers + example * hr_task_number_count(&d->task) : NULL;
}

hr_status hr_copied_open(const hr_dataset *d, hr_copied *out) {
    size_t seq = (size_t)d->task.seq, numbers = hr_task_number_count(&d->task);
    *out = (hr_copied){.question = hr_alloc(seq), .answer = hr_alloc(seq)};
    if (numbers) out->numbers = HR_NEW(float, numbers);
    if (numbers) out->cell = HR_NEW(uint32_t, seq);
    bool good = out->question && out->answer && (!numbers || (out->numbers && out->cell));
    if (!good) hr_copied_close(out);
    return good ? HR_OK : HR_ERR_MEM;
}

void hr_copied_close(hr_copied *c) {
    hr_free(c->question);
    hr_free(c->answer);
    hr_free(c->numbers);
    hr_free(c->cell);
    *c = (hr_copied){0};
}

/* Numbers stay with their cells: where there are some, the symmetry is carried out by its maps, the
 * same that `augment` draws. */
void hr_dataset_augment(const hr_dataset *d, size_t example, hr_rng rng, const hr_copied *out) {
    const hr_task *task = &d->task;
    const uint8_t *q, *a;
    uint8_t token[256];
    hr_dataset_pair(d, example, &q, &a);
    if (!d->numbers) {
        task->ops->augment(task, rng, q, a, out->question, out->answer);
        return;
    }
    task->ops->symmetry(task, rng, out->cell, token);
    hr_task_view_see(task, out->cell, token, q, out->question);
    hr_task_view_see(task, out->cell, token, a, out->answer);
    hr_task_see_numbers(task, out->cell, hr_dataset_numbers(d, example), out->numbers);
}

void hr_dataset_copy(const hr_dataset *d, size_t puzzle, size_t example, int copy, uint64_t seed,
                     const hr_copied *out) {
    size_t seq = (size_t)d->task.seq;
    const uint8_t *q, *a;
    if (copy) {
        hr_rng rng = hr_rng_sub(hr_rng_sub(hr_rng_stream(seed, "export"), puzzle), (uint64_t)copy);
        hr_dataset_augment(d, example, rng, out);
        return;
    }
    hr_dataset_pair(d, example, &q, &a);
    memcpy(out->question, q, seq);
    memcpy(out->answer, a, seq);
    if (d->numbers)
        memcpy(out->numbers, hr_dataset_numbers(d, example),
               hr_task_number_count(&d->task) * sizeof *out->numbers);
}

uint64_t hr_dataset_mix(uint64_t hash, const void *data, size_t size) {
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}

uint64_t hr_dataset_hash(const hr_dataset *d) {
    size_t cells = d->examples * (size_t)d->task.seq;
    int32_t head[] = {d->task.seq, d->task.vocab, d->ignore, d->identifiers};
    uint64_t hash = hr_dataset_mix(HR_DATASET_HASH, head, sizeof head);
    if (d->task.declared) {
        char *text = hr_task_to_json(&d->task);
        if (text) hash = hr_dataset_mix(hash, text, strlen(text));
        hr_free(text);
    }
    if (d->source) {
        uint64_t own = d->hash(d->source);
        hash = hr_dataset_mix(hash, &own, sizeof own);
    } else {
        hash = hr_dataset_mix(hash, d->inputs, cells);
        hash = hr_dataset_mix(hash, d->labels, cells);
        if (d->numbers)
            hash = hr_dataset_mix(hash, d->numbers,
                                  cells * (size_t)d->task.numbers * sizeof *d->numbers);
    }
    hash = hr_dataset_mix(hash, d->puzzle_id, d->puzzles * sizeof *d->puzzle_id);
    hash = hr_dataset_mix(hash, d->puzzle_start, (d->puzzles + 1) * sizeof *d->puzzle_start);
    return hr_dataset_mix(hash, d->group_start, (d->groups + 1) * sizeof *d->group_start);
}

size_t hr_dataset_place(const hr_dataset *d, size_t example) {
    return d->line ? (size_t)d->line[example] : example;
}

const char *hr_dataset_places(const hr_dataset *d) {
    return d->line ? "line" : "example";
}

bool hr_dataset_breaks(const hr_dataset *d, const uint8_t *q, const uint8_t *a, char why[96]) {
    if (d->unanswered || (d->ignore >= 0 && memchr(a, d->ignore, (size_t)d->task.seq)))
        return false;
    hr_verdict verdict = d->task.ops->check(&d->task, q, a, why, 96);
    return verdict == HR_WRONG || verdict == HR_INCOMPLETE;
}

bool hr_dataset_fits(const hr_dataset *d, const uint8_t *q, const uint8_t *a, char why[96]) {
    if ((d->ignore >= 0 && memchr(a, d->ignore, (size_t)d->task.seq)) || hr_task_is(&d->task, q, a))
        return true;
    d->task.ops->check(&d->task, q, a, why, 96);
    return false;
}

hr_status hr_dataset_format_answer(const hr_dataset *d, const uint8_t *q, const uint8_t *a,
                                   char unknown, char *text) {
    hr_task task = d->task; /* with one more symbol */
    uint8_t *cells = hr_alloc((size_t)task.seq);
    if (!cells) return HR_ERR_MEM;
    uint8_t open = task.vocab < 256 ? (uint8_t)task.vocab : 0;
    task.alphabet[open] = unknown;
    task.vocab += open > 0;
    for (int t = 0; t < task.seq; t++) {
        bool padding = q[t] == d->ignore || (task.padding && q[t] == task.padding);
        cells[t] = a[t] != d->ignore ? a[t] : padding ? q[t] : open;
    }
    task.ops->format(&task, cells, text);
    hr_free(cells);
    return HR_OK;
}

hr_known hr_dataset_known(const hr_dataset *d, const uint8_t *q, const uint8_t *a) {
    const hr_task *task = &d->task;
    hr_known k = {0};
    for (int t = 0; t < task->seq; t++) {
        bool known = a[t] != d->ignore, changed = known && a[t] != q[t];
        bool unknown = !known && task->symbols && q[t] && q[t] != task->padding;
        k.cells += known;
        k.changed += changed;
        k.unknown += unknown;
        k.open += changed || (unknown && q[t] < task->vocab - task->symbols);
    }
    bool marks = task->symbols && task->vocab - task->symbols > 1;
    k.given = k.cells && !k.changed && !k.unknown && marks;
    k.scored = k.cells && !k.given && (k.changed || !k.unknown);
    return k;
}

void hr_dataset_forget_copies(hr_dataset *d) {
    size_t seq = (size_t)d->task.seq;
    for (size_t i = 0; d->ignore >= 0 && d->labels && i < d->examples; i++) {
        hr_known k = hr_dataset_known(d, d->inputs + i * seq, d->labels + i * seq);
        if (k.unknown && !k.changed) memset(d->labels + i * seq, d->ignore, seq);
    }
}

hr_status hr_dataset_check_answered(const hr_dataset *d, size_t count) {
    const uint8_t *q, *a;
    if (!count || count > d->examples) count = d->examples;
    for (size_t i = 0; i < count; i++) {
        hr_dataset_pair(d, i, &q, &a);
        if (hr_dataset_known(d, q, a).scored) return HR_OK;
    }
    if (count < d->examples)
        return hr_fail(HR_ERR_TASK,
                       "%s: none of the first %zu answers is known and says more than its "
                       "question; there is nothing to score by",
                       d->path, count);
    return hr_fail(HR_ERR_TASK,
                   "%s: none of its answers is known and says more than its question; there is "
                   "nothing to learn from or to score by",
                   d->path);
}

hr_status hr_dataset_check_whole(const hr_dataset *d) {
    const uint8_t *q, *a;
    for (size_t i = 0; d->ignore >= 0 && i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        for (int t = 0; t < d->task.seq; t++)
            if (a[t] == d->ignore && q[t] != d->ignore) /* both: padding */
                return hr_fail(HR_ERR_TASK,
                               "%s: example %zu has no answer in row %d, column %d; regime lattice "
                               "needs all of them, regime segments does not",
                               d->path, i, t / d->task.cols + 1, t % d->task.cols + 1);
    }
    return HR_OK;
}

hr_status hr_dataset_check_padding(const hr_dataset *d, int pad) {
    const uint8_t *q, *a;
    if (d->boxed && pad == d->task.padding) return HR_OK;
    for (size_t i = 0; i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        for (int t = 0; t < d->task.seq; t++) {
            if (q[t] != pad || a[t] == pad || a[t] == d->ignore) continue;
            return hr_fail(HR_ERR_TASK,
                           "%s: example %zu has an answer in row %d, column %d, where its question "
                           "is padding; a model with skip_padding can give none there",
                           d->path, i, t / d->task.cols + 1, t % d->task.cols + 1);
        }
    }
    return HR_OK;
}

size_t hr_dataset_range(const int32_t *start, size_t count, size_t at) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((size_t)start[middle] <= at) low = middle;
        else high = middle;
    }
    return low;
}

size_t hr_dataset_puzzle_of(const hr_dataset *d, size_t example) {
    return hr_dataset_range(d->puzzle_start, d->puzzles, example);
}

void hr_dataset_rows(const hr_dataset *d, size_t first, hr_batch *batch) {
    size_t seq = (size_t)d->task.seq, numbers = hr_task_number_count(&d->task);
    const uint8_t *q, *a;
    for (size_t row = 0; row < (size_t)batch->rows; row++) {
        bool real = first + row < d->examples;
        if (real) hr_dataset_pair(d, first + row, &q, &a);
        batch->ids[row] = real ? d->puzzle_id[hr_dataset_puzzle_of(d, first + row)] : 0;
        for (size_t t = 0; t < seq; t++) {
            batch->inputs[row * seq + t] = real ? q[t] : 0;
            batch->labels[row * seq + t] = real && a[t] != d->ignore ? a[t] : HR_IGNORE;
        }
        size_t size = numbers * sizeof *batch->numbers;
        if (d->numbers && real)
            memcpy(batch->numbers + row * numbers, hr_dataset_numbers(d, first + row), size);
        else if (d->numbers) memset(batch->numbers + row * numbers, 0, size);
    }
}
