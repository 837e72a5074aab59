/* hrm_data.h - what goes beyond hrm.h in data: puzzles read, shown, looked over and made; ARC. The
 * conventions are those of hrm.h. */
#ifndef HRM_DATA_H
#define HRM_DATA_H

#include <hrm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- puzzles read and shown ---------------------------------------------------------------- */

/* One example as text: one character per cell, row-major, zero-terminated. Texts of
 * tasks whose sizes vary are shorter: padding is left away. Numbers of a question follow its cells,
 * as hrm_model_numbers says. */
typedef struct hrm_example {
    /* Borrowed until the next hrm_dataset_example on this dataset; where the file has no answers,
     * answer repeats the question. */
    const char *question, *answer;
    size_t size; /* of the question */
    int rating;  /* difficulty as the file says; -1 when it does not */
    int puzzle;  /* puzzle identifier (row of the puzzle embedding) */
} hrm_example;
/* Example `index`, from 0, as text.
 * Errors: HRM_STATUS_ARG for an index that is not there.
 * Threads: one at a time on one data set, since the text is kept in it.
 * Example:
 *     hrm_example example;
 *     if (!hrm_dataset_example(dataset, 0, &example)) puts(example.question); */
HRM_API hrm_status hrm_dataset_example(hrm_dataset *dataset, size_t index, hrm_example *out);
/* Every question and every answer as tokens, (examples x cells) each, row after row; borrowed from
 * the data set. *cells: their length. Both say what the file says, labels
 * that do not count included.
 * Errors: HRM_STATUS_ARG for a NULL data set; HRM_STATUS_UNSUPPORTED for the tokens of ARC data
 * whose copies are made when they are read (hrm_dataset_example gives them; hrm_dataset_export
 * writes them out). Pointers may be NULL for what is not wanted.
 * Threads: any number at once on one data set.
 * Example:
 *     const unsigned char *questions;
 *     size_t cells;
 *     hrm_dataset_tokens(dataset, &questions, NULL, &cells); */
HRM_API hrm_status hrm_dataset_tokens(const hrm_dataset *dataset, const unsigned char **questions,
                                      const unsigned char **answers, size_t *cells);
/* The real numbers beside the cells of the questions, (examples x count): of every cell in order,
 * so many for each; borrowed from the data set. *count: those of one question, cells times numbers
 * of a cell; 0 and NULL where the task has none. See the key numbers in docs/your-own-puzzle.md.
 * Errors: HRM_STATUS_ARG for a NULL argument.
 * Threads: any number at once on one data set.
 * Example:
 *     const float *numbers;
 *     size_t count;
 *     hrm_dataset_numbers(dataset, &numbers, &count); */
HRM_API hrm_status hrm_dataset_numbers(const hrm_dataset *dataset, const float **numbers,
                                       size_t *count);
/* How many real numbers a puzzle of the model has beside each cell, as its task says; they follow
 * the cells of its text behind a colon: "..#.: 0.5 -1 2 0". 0: it has none, or NULL.
 * Errors: none. Threads: any number at once on one model.
 * Example: if (hrm_model_numbers(model)) puts("puzzles come with numbers"); */
HRM_API int hrm_model_numbers(const hrm_model *model);
/* What a data set is. Texts are borrowed from it. */
typedef struct hrm_dataset_info {
    const char *path;
    const char *task;                 /* the name of its family, or "declared" */
    size_t examples, puzzles, groups; /* a puzzle has examples, a group copies of one puzzle */
    int identifiers;                  /* of puzzles: rows of a puzzle embedding */
    int cells;                        /* of an example, at most */
    int rows, cols, vocab;            /* as in hrm_model_info */
    int unknown;  /* the token of answers that are not known; -1: there is none */
    size_t rated; /* examples whose difficulty is known; the rest is of them */
    double rating_mean;
    int rating_median, rating_p90, rating_max;
    const char *unrated; /* how many ratings cannot be read, which one first, and why; "" of none */
    const char *unread;  /* the same of answers, of hrm_questions_open; "" of none */
} hrm_dataset_info;
/* Fills *out in.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM. Threads: any number at once on one data set.
 * Example:
 *     hrm_dataset_info info;
 *     if (!hrm_dataset_inspect(dataset, &info)) printf("%zu examples\n", info.examples); */
HRM_API hrm_status hrm_dataset_inspect(const hrm_dataset *dataset, hrm_dataset_info *out);
/* Example `index` drawn with lines, question above answer; colour uses ANSI escapes.
 * Errors: HRM_STATUS_ARG for an index that is not there; HRM_STATUS_MEM.
 * Threads: any number at once on one data set.
 * Example:
 *     char *text;
 *     if (!hrm_dataset_draw(dataset, 0, false, &text)) fputs(text, stdout);
 *     hrm_free(text); */
HRM_API hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text);
/* Writes example `index` as a picture, question beside answer: PNG or SVG by the ending of `path`.
 * Errors: HRM_STATUS_ARG for an index that is not there or another ending; HRM_STATUS_MEM;
 * HRM_STATUS_IO.
 * Threads: any number at once on one data set, to different paths.
 * Example: if (hrm_dataset_picture(dataset, 0, "first.png")) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_picture(const hrm_dataset *dataset, size_t index, const char *path);
/* Writes `path` as CSV (a name that ends in .csv) or as a directory in the published layout, with
 * `augmentations` shuffled copies of each puzzle after the plain one (task symmetries; 0: none).
 * Errors: HRM_STATUS_ARG; HRM_STATUS_UNSUPPORTED for copies of a task without symmetries;
 * HRM_STATUS_IO. A CSV file is written whole or not at all.
 * Threads: any number at once on one data set, to different paths.
 * Example: if (hrm_dataset_export(dataset, "shuffled.csv", 10, 1)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                                      uint64_t seed);

/* A place in a file, a line of a table or an example of a folder, and what was found there. */
typedef struct hrm_data_bad {
    size_t at;
    const char *why;
} hrm_data_bad;
typedef struct hrm_data_duplicate {
    size_t at, of;    /* the first with the same question */
    bool same_answer; /* as that one */
} hrm_data_duplicate;
typedef struct hrm_data_symbol {
    unsigned char symbol;
    size_t questions, answers; /* how often it occurs in them */
} hrm_data_symbol;
/* What hrm_dataset_check found. Texts and lists are the report's own. */
/* One of the numbers beside the cells of questions, over all cells; NaN of none. */
typedef struct hrm_data_numbers {
    double low, high, mean, deviation;
} hrm_data_numbers;
typedef struct hrm_data_report {
    const char *path, *task;
    const char *rules; /* of the task that are known: "all", "some", "none" */
    size_t examples;
    int rows, cols;
    const char *places; /* what `at` counts: "lines" of a table, from 1; "examples", from 0 */
    /* Rows that cannot be read, or whose answer breaks a rule; a table's are left out of all that
     * follows. */
    const hrm_data_bad *bad;
    size_t bad_count;
    const hrm_data_duplicate *duplicates;
    size_t duplicate_count, conflicting; /* of which with another answer */
    const char *against;                 /* NULL: no other data were given */
    const size_t *overlap;               /* places of puzzles that those hold too */
    size_t overlap_count;
    size_t unanswered, partly; /* puzzles of whose answer no cell, only some cells are known */
    size_t given;              /* puzzles without an open cell, which are never scored */
    const hrm_data_symbol *symbols;
    size_t symbol_count;
    /* What guessing gets of the cells that have an answer: what the question shows, for all others
     * one symbol, both together. NaN where no cell is left. */
    double copied, majority, baseline;
    unsigned char majority_symbol;
    const char *const *symmetries; /* sentences on those of a task file that the answers contradict
                                    */
    size_t symmetry_count;
    bool symmetry_refused; /* for the last of which hrm_trainer_new refuses these data */
    size_t bad_more;       /* bad rows beyond the first 10000, which are not listed */
    const char *unrated; /* how many ratings cannot be read, which one first, and why; "" of none */
    const hrm_data_numbers *numbers; /* those beside a cell, one after the other */
    size_t number_count;
} hrm_data_report;
/* Frees a report, or nothing for NULL.
 * Errors: none. Threads: none may be reading the report.
 * Example: hrm_data_report_free(report); */
HRM_API void hrm_data_report_free(hrm_data_report *report);
/* Looks data over before they teach or judge. task as in hrm_dataset_open; against, clean may be
 * NULL; clean: a CSV file that gets what a table is without its bad rows. Free *out with
 * hrm_data_report_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT, HRM_STATUS_TASK where nothing can be
 * read; HRM_STATUS_UNSUPPORTED for ARC data whose copies are made when they are read.
 * Threads: any, to different paths.
 * Example:
 *     hrm_data_report *report;
 *     if (!hrm_dataset_check("train.csv", NULL, "test.csv", NULL, &report))
 *         printf("%zu bad rows\n", report->bad_count);
 *     hrm_data_report_free(report); */
HRM_API hrm_status hrm_dataset_check(const char *path, const char *task, const char *against,
                                     const char *clean, hrm_data_report **out);

/* ---- new puzzles --------------------------------------------------------------------------- */

/* A family of puzzles. Texts are static. */
typedef struct hrm_family {
    const char *name; /* as hrm_dataset_open and a recipe's task take it */
    /* Of what hrm_generate makes; NULL for a family whose puzzles cannot be made. */
    const char *one, *many; /* "maze", "mazes" */
    const char *summary;    /* "mazes with a shortest way" */
    const char *detail;     /* a paragraph */
    const char *examples;   /* lines of a file and settings: "train.csv count=1000 seed=1" */
} hrm_family;
/* The i-th family, or NULL past the last; borrowed until the next call in this thread.
 * Errors: none. Threads: any; each has its own family.
 * Example: for (size_t i = 0; hrm_families(i); i++) puts(hrm_families(i)->name); */
HRM_API const hrm_family *hrm_families(size_t i);
/* A setting that hrm_generate takes for a family. Texts are static. */
typedef struct hrm_family_option {
    const char *name;   /* "min-rating" */
    const char *value;  /* how to call its value: "N" */
    const char *preset; /* as text; "" where its absence means something else, which help says */
    const char *help;
} hrm_family_option;
/* The i-th setting of a family, or NULL past the last; borrowed until the next call in this thread.
 * Errors: none; NULL for what is no family. Threads: any; each has its own setting.
 * Example:
 *     for (size_t i = 0; hrm_family_options("maze", i); i++)
 *         puts(hrm_family_options("maze", i)->name); */
HRM_API const hrm_family_option *hrm_family_options(const char *family, size_t i);
/* What hrm_generate makes. */
typedef struct hrm_generate_options {
    size_t size;  /* of the structure: hrm_generate_options_init */
    size_t count; /* puzzles wanted */
    uint64_t seed;
    const char *avoid; /* CSV or directory of puzzles: nothing equivalent to them up to symmetry;
                          may be NULL */
    const char *const *settings; /* "name=value", as hrm_family_options lists them */
    size_t settings_count;
    const hrm_run *run;    /* NULL: the defaults */
    hrm_progress progress; /* may be NULL */
    void *user;
} hrm_generate_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_generate_options options; hrm_generate_options_init(&options, sizeof options); */
HRM_API void hrm_generate_options_init(hrm_generate_options *options, size_t size);
/* Writes new puzzles of a family, pairwise inequivalent up to symmetry, to a CSV file
 * (source,question,answer,rating). The same options give the same bytes. Sudoku have one solution
 * each, mazes a shortest way marked by the benchmark's rule.
 * Errors: HRM_STATUS_ARG for a family or a setting, whose name the message begins with;
 * HRM_STATUS_TASK when puzzles as wished are not found; HRM_STATUS_IO; HRM_STATUS_STOPPED after
 * progress returned false, and nothing is written.
 * Threads: any, to different paths.
 * Example:
 *     const char *const settings[] = {"size=9", "min-length=20"};
 *     hrm_generate_options options;
 *     hrm_generate_options_init(&options, sizeof options);
 *     options.count = 1000, options.settings = settings, options.settings_count = 2;
 *     if (hrm_generate("maze", "mazes.csv", &options)) puts(hrm_error()); */
HRM_API hrm_status hrm_generate(const char *family, const char *path,
                                const hrm_generate_options *options);
/* What hrm_arc_build makes. A source is a JSON file of ARC tasks (Kaggle's ..._challenges.json,
 * with ..._solutions.json beside it where there is one; a list of tasks; JSON lines), the file of
 * one task, or a folder of those. */
typedef struct hrm_arc_options {
    size_t size;              /* of the structure: hrm_arc_options_init */
    const char *const *train; /* sources to train on, test pairs included */
    size_t trains;
    const char *const *scored; /* sources to score: only their demonstrations are trained on */
    size_t scoreds;
    int augment; /* copies of each task under random views (rotation or mirror, colours) */
    int side;    /* cells of a side of the canvas, 1 to 30; tasks with a larger grid (inputs, and
                    outputs where they are known) are left out; 0: 30, which leaves out none */
    uint64_t seed;
    bool drop;          /* leaves out tasks to train on that hold a scored task's answers, or have
                           the name of an earlier one */
    bool keep_colours;  /* copies are turned and mirrored only, so there are 7 at most: for models
                           with symbol_channels, to which colours are alike already */
    const hrm_run *run; /* NULL: the defaults */
    bool boxed;         /* pairs lie at the top left, in boxes that hold the input and, as far as
                           the demonstrations tell, the output; for models with skip_padding */
    bool keep_output_colours; /* copies do not exchange colours that no input of the task has */
    bool share_vectors;       /* a puzzle identifier for each task and each of the eight turns,
                                 which copies in other colours share: for puzzle_emb_views */
} hrm_arc_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_arc_options options; hrm_arc_options_init(&options, sizeof options); */
HRM_API void hrm_arc_options_init(hrm_arc_options *options, size_t size);
/* What hrm_arc_build made. Texts and lists are the report's own. */
typedef struct hrm_arc_report {
    size_t tasks, scored;                 /* in the data; of those, to score */
    size_t dropped;                       /* tasks left out because of hrm_arc_options.drop: they
                                             hold a scored one's answers */
    size_t train_examples, test_examples; /* copies included */
    size_t identifiers;
    size_t less_augmented; /* tasks with fewer copies, because more would repeat themselves */
    int side;
    size_t larger_trained, larger_scored; /* tasks left out because of it */
    /* Ids of scored tasks whose answers are among what is trained on: a score on them says nothing.
     */
    const char *const *trained_on;
    size_t trained_on_count;
    size_t repeated; /* and because it has the name of an earlier one */
} hrm_arc_report;
/* Frees a report, or nothing for NULL.
 * Errors: none. Threads: none may be reading the report.
 * Example: hrm_arc_report_free(built); */
HRM_API void hrm_arc_report_free(hrm_arc_report *report);
/* Writes train/, test/, identifiers.json and test_puzzles.json into folder `dir`. The copies are
 * made when they are read; hrm_dataset_export writes them out. out may be NULL; else free *out with
 * hrm_arc_report_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_TASK for
 * what is in a source.
 * Threads: any, to different folders.
 * Example:
 *     const char *training = "arc-agi_training_challenges.json";
 *     hrm_arc_options options;
 *     hrm_arc_options_init(&options, sizeof options);
 *     options.train = &training, options.trains = 1, options.augment = 10;
 *     if (hrm_arc_build("arc", &options, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options,
                                 hrm_arc_report **out);
/* What hrm_arc_generate makes. */
typedef struct hrm_arc_like_options {
    size_t size;  /* of the structure: hrm_arc_like_options_init */
    size_t count; /* tasks wanted, 1 to 1000000 */
    uint64_t seed;
    int side;                    /* most rows and columns of a grid, 10 to 30 */
    const char *const *families; /* names; each in its turn */
    size_t families_count;       /* 0: all */
    hrm_progress progress;       /* may be NULL */
    void *user;
} hrm_arc_like_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_arc_like_options options; hrm_arc_like_options_init(&options, sizeof options); */
HRM_API void hrm_arc_like_options_init(hrm_arc_like_options *options, size_t size);
/* Writes new tasks in the manner of ARC, of families that docs/arc.md lists, to a JSON file that
 * hrm_arc_build takes as a source: "arclike-FAMILY-000123", with the seed before the number where
 * it is not 0, has 3 to 5 demonstrations and a test pair. No two are alike but for a view. The same
 * options give the same bytes, and fewer tasks the first of more.
 * Errors: HRM_STATUS_ARG; HRM_STATUS_TASK when as many tasks of a family are not found;
 * HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_STOPPED after progress returned false, and nothing is
 * written.
 * Threads: any, to different paths.
 * Example:
 *     hrm_arc_like_options options;
 *     hrm_arc_like_options_init(&options, sizeof options);
 *     options.count = 1000;
 *     if (hrm_arc_generate("made.json", &options)) puts(hrm_error()); */
HRM_API hrm_status hrm_arc_generate(const char *path, const hrm_arc_like_options *options);

#ifdef __cplusplus
}
#endif
#endif
