/* dataset.h - puzzles in memory, as tokens.
 *
 * The published layout: examples belong to puzzles (one puzzle identifier each), puzzles to groups
 * (a puzzle and its augmented copies). A CSV row is a puzzle and a group, identifier 0. */
#ifndef HR_DATASET_H
#define HR_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "data/bad.h"
#include "nn/model.h"
#include "task/task.h"

enum { HR_RATING_UNKNOWN = -1 };

typedef struct hr_dataset {
    char *path;
    hr_task task;
    size_t examples, puzzles, groups;
    uint8_t *inputs, *labels; /* (examples x task.seq) tokens; NULL where they are made */
    float *numbers;           /* (examples x seq x task.numbers); NULL: there are none */
    bool unanswered;          /* the file has no column of answers */
    int ignore;               /* labels equal to it are not known; -1: none */
    int identifiers;          /* puzzle identifiers run from 0 to identifiers-1 */
    int share;                /* ARC: as in hr_arc_views */
    bool boxed;               /* ARC: answers are padding where their questions are */
    int32_t *puzzle_id;       /* (puzzles) */
    int32_t *puzzle_start;    /* (puzzles + 1) first example of each puzzle */
    int32_t *group_start;     /* (groups + 1) first puzzle of each group */
    int32_t *rating;          /* (examples), HR_RATING_UNKNOWN where not known; NULL: none is */
    size_t unrated;           /* ratings that could not be read */
    char unrated_why[160];    /* that it is so, and why the first of them; "": there is none */
    bool lenient;             /* a table's answers that cannot be read are not known */
    size_t unread;            /* those */
    char unread_why[192];     /* the line of the first, and why; "": there is none */
    /* ARC: scored tasks whose answers the training data hold, as a JSON list of ids; NULL: none. */
    char *trained_on;
    size_t trained_on_count;
    size_t larger; /* ARC: scored tasks that are not here because a grid of theirs is too large */
    /* Borrowed; NULL, or collects the rows that cannot be used and are left out. `line` then tells
     * the lines of the others; NULL where the data are a folder. */
    hr_bad *bad;
    long *line; /* (examples) */
    /* Augmented copies that would not fit into memory are made on demand. */
    void *source;
    void (*make)(const struct hr_dataset *, size_t example, const uint8_t **question,
                 const uint8_t **answer);
    void (*close)(void *source);
    uint64_t (*hash)(const void *source);
} hr_dataset;

/* The tokens of an example; those made on demand hold until this thread's next call. */
void hr_dataset_pair(const hr_dataset *dataset, size_t example, const uint8_t **question,
                     const uint8_t **answer);

/* The numbers of an example's question (seq x task.numbers); NULL: it has none. */
const float *hr_dataset_numbers(const hr_dataset *dataset, size_t example);

void hr_dataset_free(hr_dataset *dataset);
/* Hash of everything that training sees, to recognise the data on resume. */
uint64_t hr_dataset_hash(const hr_dataset *dataset);

/* Where an example is in its file, and of what that is the number: a "line" of a table (known where
 * bad rows are collected), or else an "example". */
size_t hr_dataset_place(const hr_dataset *dataset, size_t example);
const char *hr_dataset_places(const hr_dataset *dataset);

/* Whether an answer breaks a rule of the task, and which; false where some of it is not known. */
bool hr_dataset_breaks(const hr_dataset *dataset, const uint8_t *question, const uint8_t *answer,
                       char why[96]);

/* Whether a pair could be of the task's family, as far as the answer is known; else why not. */
bool hr_dataset_fits(const hr_dataset *dataset, const uint8_t *question, const uint8_t *answer,
                     char why[96]);

/* An answer as the task writes it, with `unknown` in cells that are not known, padding aside; text:
 * (task.seq + 1). */
hr_status hr_dataset_format_answer(const hr_dataset *dataset, const uint8_t *question,
                                   const uint8_t *answer, char unknown, char *text);

/* How much of an answer is known. */
typedef struct hr_known {
    int cells;   /* whose label is known */
    int changed; /* of these: whose label is not what the question holds */
    int unknown; /* of no known label, though the question holds something there and the task says
                    what its cells can hold */
    int open;   /* cells to fill in: `changed`, and those of `unknown` that the question leaves open
                 */
    bool given; /* the question is the answer already, in a task whose questions mark what is open:
                   there is nothing to solve */
    bool scored; /* there is something to score by: cells are known, and copying is no answer */
} hr_known;
hr_known hr_dataset_known(const hr_dataset *dataset, const uint8_t *question,
                          const uint8_t *answer);

/* An answer of which no more is known than the question holds anyway is not known: copying would be
 * right. For readers. */
void hr_dataset_forget_copies(hr_dataset *dataset);

/* Refuses data without a single answer to score by among the first `count` (0: all). */
hr_status hr_dataset_check_answered(const hr_dataset *dataset, size_t count);

/* Refuses data with a cell whose answer is not known; for regimes that need all of them. */
hr_status hr_dataset_check_whole(const hr_dataset *dataset);

/* Refuses data with an answer where the question holds the token `pad`: a model that skips padding
 * gives none there. */
hr_status hr_dataset_check_padding(const hr_dataset *dataset, int pad);

/* Puzzle of an example (binary search). */
size_t hr_dataset_puzzle_of(const hr_dataset *dataset, size_t example);

/* Fills the batch's rows (inputs, labels with HR_IGNORE, ids) with the examples from `first` on, as
 * the published evaluation does; rows past the end of the data become padding: input 0, labels
 * ignored, id 0. */
void hr_dataset_rows(const hr_dataset *dataset, size_t first, hr_batch *batch);

/* ---- for readers and writers ----------------------------------------------------------------- */

/* Memory for `examples` in `puzzles` in `groups`, task already set; ids and starts are zero. */
hr_status hr_dataset_allocate(hr_dataset *data, size_t examples, size_t puzzles, size_t groups);
/* The same without memory for inputs and labels, which are made on demand. */
hr_status hr_dataset_allocate_made(hr_dataset *data, size_t examples, size_t puzzles,
                                   size_t groups);
/* And for the numbers of so many, of a task that has them. */
hr_status hr_dataset_allocate_numbers(hr_dataset *data, size_t examples);

/* FNV-1a; `hash` is HR_DATASET_HASH at first. Recognises data, does not protect it. */
#define HR_DATASET_HASH 0xcbf29ce484222325
uint64_t hr_dataset_mix(uint64_t hash, const void *data, size_t size);
/* The index of the last of `count` rising starts that is not above `at`. */
size_t hr_dataset_range(const int32_t *start, size_t count, size_t at);

/* One example as files get it: copy 0 is plain, others are seen through a random symmetry, the same
 * for all examples of a puzzle. */
typedef struct hr_copied {
    uint8_t *question, *answer; /* (task.seq) tokens each */
    float *numbers;             /* (task.seq x task.numbers); NULL where there are none */
    uint32_t *cell;             /* scratch, (task.seq), where there are numbers */
} hr_copied;
hr_status hr_copied_open(const hr_dataset *data, hr_copied *out);
void hr_copied_close(hr_copied *copied);
void hr_dataset_copy(const hr_dataset *data, size_t puzzle, size_t example, int copy, uint64_t seed,
                     const hr_copied *out);
/* The example through the random symmetry that rng draws, into where it is to be, numbers too. */
void hr_dataset_augment(const hr_dataset *data, size_t example, hr_rng rng, const hr_copied *out);

#endif
