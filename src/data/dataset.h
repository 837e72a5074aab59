/* dataset.h - puzzles in memory: from CSV or a published directory to tokens, and back to files.
 *
 * The published layout: examples belong to puzzles (one puzzle identifier each), puzzles to groups
 * (a puzzle and its augmented copies). A CSV row is a puzzle and a group of its own, identifier 0.
 */
#ifndef HR_DATASET_H
#define HR_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "nn/model.h"
#include "task/task.h"

enum { HR_RATING_UNKNOWN = -1 };

typedef struct hr_dataset {
    char *path;
    hr_task task;
    size_t examples, puzzles, groups;
    uint8_t *inputs, *labels; /* (examples x task.seq) tokens; NULL where they are made */
    bool unanswered;          /* the file has no answers: labels repeat the inputs */
    int ignore;               /* labels equal to it are ignored; -1: none */
    int identifiers;          /* puzzle identifiers run from 0 to identifiers-1 */
    int32_t *puzzle_id;       /* (puzzles) */
    int32_t *puzzle_start;    /* (puzzles + 1) first example of each puzzle */
    int32_t *group_start;     /* (groups + 1) first puzzle of each group */
    int32_t *rating;          /* (examples), HR_RATING_UNKNOWN where not known; NULL: none is */
    /* ARC: scored tasks whose answers the training data hold, as a JSON list of ids; NULL: none. */
    char *trained_on;
    size_t trained_on_count;
    size_t larger; /* ARC: scored tasks that are not here because a grid of theirs is too large */
    /* Augmented copies that would not fit into memory are made when they are asked for. */
    void *source;
    void (*make)(const struct hr_dataset *, size_t example, const uint8_t **question,
                 const uint8_t **answer);
    void (*close)(void *source);
    uint64_t (*hash)(const void *source);
} hr_dataset;

/* The tokens of an example; where they are made, until this thread's next call. */
void hr_dataset_pair(const hr_dataset *dataset, size_t example, const uint8_t **question,
                     const uint8_t **answer);

/* task: as a recipe's, or NULL to tell from the data.
 * With a task given by `expect` (may be NULL) the file must fit it, and its alphabet is used (a
 * model's task). */
hr_status hr_dataset_open(const char *path, const char *task, const hr_task *expect,
                          hr_dataset **out);
/* The same for solving alone: a CSV file may do without answers. */
hr_status hr_dataset_open_questions(const char *path, const hr_task *expect, hr_dataset **out);
void hr_dataset_free(hr_dataset *dataset);
/* CSV when path ends in ".csv", else a directory in the published layout. See hrm_dataset_export.
 */
hr_status hr_dataset_export(const hr_dataset *dataset, const char *path, int augmentations,
                            uint64_t seed);
/* Hash of everything that training sees, to recognise the data on resume. */
uint64_t hr_dataset_hash(const hr_dataset *dataset);

/* Hash of the puzzles' names (identifiers.json above the split folder), by which their identifiers
 * are known again; 0 where there are none. */
uint64_t hr_dataset_names(const hr_dataset *dataset);

/* Refuses data with a cell whose answer is not known, for regimes that need all of them. */
hr_status hr_dataset_check_whole(const hr_dataset *dataset);

/* Refuses data with an answer where the question holds the token `pad`: a model that skips padding
 * has none to give there. */
hr_status hr_dataset_check_padding(const hr_dataset *dataset, int pad);

/* Puzzle of an example (binary search). */
size_t hr_dataset_puzzle_of(const hr_dataset *dataset, size_t example);

/* Writes examples first .. first+count-1 in file order into rows of `batch` (inputs, labels with
 * HR_IGNORE, ids); rows past the end of the data become padding: input 0, labels ignored, id 0.
 * This is how the published evaluation reads. */
void hr_dataset_rows(const hr_dataset *dataset, size_t first, int count, hr_batch *batch);

/* ---- the training sampler: deterministic, resumable from its position ------------------------ */

/* Groups in random order, one random puzzle of the group, as many of its examples as fit (a random
 * subset without replacement); epochs are chained into one order. */
typedef struct hr_sampler {
    const hr_dataset *dataset;
    uint64_t seed;
    bool augment; /* one random symmetry of the task for every row drawn */
    double part;  /* below 1: rows are parts of answers, of half to all of this share */
    uint64_t epoch, at, drawn; /* the position: epoch, group in its order, rows drawn so far */
    uint32_t *order;           /* (groups) of the current epoch */
    uint32_t *subset;          /* scratch: examples of one puzzle */
    uint8_t *tokens;           /* scratch: (2 x seq) */
} hr_sampler;
hr_status hr_sampler_open(const hr_dataset *dataset, uint64_t seed, bool augment, hr_sampler *out);
void hr_sampler_close(hr_sampler *sampler);
/* Goes to a position read from an earlier sampler. */
hr_status hr_sampler_seek(hr_sampler *sampler, uint64_t epoch, uint64_t at, uint64_t drawn);
/* Draws batch->rows rows; writes only those with take[row] (NULL: all); the others' draws are used
 * up all the same, as in the published loader. */
void hr_sampler_next(hr_sampler *sampler, const bool *take, hr_batch *batch);

#endif
