/* sampler.h - which puzzles training sees next: deterministic, resumable from its position. */
#ifndef HR_SAMPLER_H
#define HR_SAMPLER_H

#include "data/dataset.h"

/* Groups in random order, one random puzzle of the group, as many of its examples as fit (a random
 * subset without replacement); epochs are chained into one order. */
typedef struct hr_sampler {
    const hr_dataset *dataset;
    uint64_t seed;
    bool augment; /* one random symmetry of the task for every row drawn */
    double part;  /* below 1: rows are easier, of half to all of this share (see task.h, part) */
    uint64_t epoch, at, drawn; /* the position: epoch, group in its order, rows drawn so far */
    uint32_t *order;           /* (groups) of the current epoch */
    uint32_t *subset;          /* scratch: examples of one puzzle */
    hr_copied copy;            /* scratch */
} hr_sampler;
hr_status hr_sampler_open(const hr_dataset *dataset, uint64_t seed, bool augment, hr_sampler *out);
void hr_sampler_close(hr_sampler *sampler);
/* Goes to a position read from an earlier sampler. */
hr_status hr_sampler_seek(hr_sampler *sampler, uint64_t epoch, uint64_t at, uint64_t drawn);
/* Draws batch->rows rows and writes those with take[row] (NULL: all); as in the published loader
 * the other draws are used up all the same. */
void hr_sampler_next(hr_sampler *sampler, const bool *take, hr_batch *batch);

#endif
