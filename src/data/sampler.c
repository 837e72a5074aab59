/* sampler.c - chooses the puzzle for each row. Every choice is a function of the seed and of the
 * position, so that the position, three numbers, is all that a checkpoint needs. */
#include "data/sampler.h"

#include <string.h>

#include "base/mem.h"
#include "task/numbers.h"

static void shuffle(hr_sampler *s) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(s->seed, "groups"), s->epoch);
    hr_rng_permutation(rng, s->order, (uint32_t)s->dataset->groups);
}

hr_status hr_sampler_open(const hr_dataset *dataset, uint64_t seed, bool augment, hr_sampler *out) {
    size_t largest = 1;
    for (size_t p = 0; p < dataset->puzzles; p++) {
        size_t n = (size_t)(dataset->puzzle_start[p + 1] - dataset->puzzle_start[p]);
        if (n > largest) largest = n;
    }
    *out = (hr_sampler){
        .dataset = dataset,
        .seed = seed,
        .augment = augment && dataset->task.ops->augment,
        .part = 1,
        .order = HR_NEW(uint32_t, dataset->groups),
        .subset = HR_NEW(uint32_t, largest),
    };
    hr_status status = hr_copied_open(dataset, &out->copy);
    if (status || !out->order || !out->subset) {
        hr_sampler_close(out);
        return HR_ERR_MEM;
    }
    shuffle(out);
    return HR_OK;
}

void hr_sampler_close(hr_sampler *s) {
    hr_free(s->order);
    hr_free(s->subset);
    hr_copied_close(&s->copy);
    *s = (hr_sampler){0};
}

hr_status hr_sampler_seek(hr_sampler *s, uint64_t epoch, uint64_t at, uint64_t drawn) {
    if (at >= s->dataset->groups)
        return hr_fail(HR_ERR_FORMAT, "the data position (group %llu of %zu) does not exist",
                       (unsigned long long)at, s->dataset->groups);
    s->epoch = epoch;
    s->at = at;
    s->drawn = drawn;
    shuffle(s);
    return HR_OK;
}

static void write_row(hr_sampler *s, size_t puzzle, size_t example, uint64_t draw, size_t row,
                      hr_batch *batch) {
    const hr_dataset *d = s->dataset;
    const hr_copied *copy = &s->copy;
    size_t seq = (size_t)d->task.seq, count = hr_task_number_count(&d->task);
    const uint8_t *q, *a;
    const float *numbers = hr_dataset_numbers(d, example);
    hr_dataset_pair(d, example, &q, &a);
    if (s->augment) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(s->seed, "augment"), draw);
        hr_dataset_augment(d, example, rng, copy);
        q = copy->question;
        a = copy->answer;
        numbers = copy->numbers;
    }
    if (s->part < 1 && d->task.ops->part) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(s->seed, "part"), draw);
        double share = s->part * (1 + hr_rng_uniform(rng, 0)) / 2;
        if (q != copy->question) {
            memcpy(copy->question, q, seq);
            memcpy(copy->answer, a, seq);
        }
        q = copy->question;
        a = copy->answer;
        d->task.ops->part(&d->task, hr_rng_sub(rng, 1), share, copy->question, copy->answer);
    }
    batch->ids[row] = d->puzzle_id[puzzle];
    if (numbers) memcpy(batch->numbers + row * count, numbers, count * sizeof *numbers);
    for (size_t t = 0; t < seq; t++) {
        batch->inputs[row * seq + t] = q[t];
        batch->labels[row * seq + t] = a[t] == d->ignore ? HR_IGNORE : a[t];
    }
}

void hr_sampler_next(hr_sampler *s, const bool *take, hr_batch *batch) {
    const hr_dataset *d = s->dataset;
    size_t rows = (size_t)batch->rows;
    for (size_t row = 0; row < rows;) {
        hr_rng rng = hr_rng_sub(hr_rng_stream(s->seed, "examples"), s->drawn);
        size_t group = s->order[s->at];
        size_t first = (size_t)d->group_start[group], last = (size_t)d->group_start[group + 1];
        size_t puzzle = first + hr_rng_below(hr_rng_sub(rng, 0), 0, last - first);
        size_t start = (size_t)d->puzzle_start[puzzle];
        size_t size = (size_t)d->puzzle_start[puzzle + 1] - start;
        hr_rng_permutation(hr_rng_sub(rng, 1), s->subset, (uint32_t)size);
        for (size_t i = 0; i < size && row < rows; i++, row++, s->drawn++)
            if (!take || take[row])
                write_row(s, puzzle, start + s->subset[i], s->drawn, row, batch);
        if (++s->at == d->groups) {
            s->at = 0;
            s->epoch++;
            shuffle(s);
        }
    }
}
