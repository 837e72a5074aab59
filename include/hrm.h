/* hrm.h - hierarchical and tiny recursive reasoning models: train, evaluate, solve.
 *
 * A complete program:
 *
 *     #include <hrm.h>
 *     #include <stdio.h>
 *
 *     int main(int argc, char **argv) {
 *         hrm_model *model;
 *         hrm_answer *answer;
 *         if (argc != 3 || hrm_model_load(argv[1], NULL, &model)) {
 *             fprintf(stderr, "%s\n", argc == 3 ? hrm_error() : "usage: solve MODEL PUZZLE");
 *             return 1;
 *         }
 *         const char *puzzle = argv[2];
 *         if (hrm_solve(model, &puzzle, 1, NULL, &answer)) fprintf(stderr, "%s\n", hrm_error());
 *         else {
 *             puts(answer->text);
 *             hrm_answers_free(answer, 1);
 *         }
 *         hrm_model_free(model);
 *         return 0;
 *     }
 *
 * Conventions. A function that can fail returns hrm_status; results go through the last pointers,
 * which are NULL or zero after a failure. hrm_error() says what happened, where and what to do.
 * Text that a function returns for the caller to keep is freed with hrm_free. Every free function
 * takes NULL. Names of models: HRM is arXiv 2506.21734, TRM is arXiv 2510.04871.
 *
 * Threads. A model never changes after it is loaded: any number of threads may use one, each with a
 * solver of its own. Every other object serves one thread at a time unless its declaration says
 * otherwise. There are no global settings, and each thread has its own message.
 *
 * The library never prints, exits, reads the environment or installs signal handlers. */
#ifndef HRM_H
#define HRM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HRM_API __attribute__((visibility("default")))

#define HRM_VERSION_MAJOR 0
#define HRM_VERSION_MINOR 1
#define HRM_VERSION_PATCH 0
/* The binary interface: what was compiled against one number runs with every library of that
 * number. It is part of the shared library's name, libhrm.so.HRM_ABI. */
#define HRM_ABI 0

typedef enum hrm_status {
    HRM_STATUS_OK = 0,
    HRM_STATUS_ARG = -1,         /* the caller's argument, option or key is wrong */
    HRM_STATUS_MEM = -2,         /* out of memory */
    HRM_STATUS_IO = -3,          /* the operating system refused a read or a write */
    HRM_STATUS_FORMAT = -4,      /* a file's bytes are not what its format says */
    HRM_STATUS_VERSION = -5,     /* written by a newer version */
    HRM_STATUS_TASK = -6,        /* puzzle or data does not fit the task or the model */
    HRM_STATUS_NUMERIC = -7,     /* a loss or weight is not finite */
    HRM_STATUS_STOPPED = -8,     /* the caller's callback asked to stop; work so far is saved */
    HRM_STATUS_UNSUPPORTED = -9, /* known, but not available here */
} hrm_status;

/* This thread's message about its last failure; "" before any. Valid until the next failure.
 *
 * Errors: none.
 * Threads: any; each thread has its own message.
 * Example:
 *     if (hrm_describe("model.safetensors", &json)) fprintf(stderr, "%s\n", hrm_error()); */
HRM_API const char *hrm_error(void);
/* All that is known of a failure. Texts are borrowed until this thread's next failure. */
typedef struct hrm_failure {
    hrm_status status;
    const char *text;   /* as hrm_error() */
    const char *option; /* the field of an options structure that is wrong, or would help; NULL: not
                           known */
    const char *file;   /* where it lies; NULL: not known */
    long line, column;  /* from 1; 0: not known */
} hrm_failure;
/* Fills *out in with this thread's last failure; a status of 0 before any.
 *
 * Errors: none.
 * Threads: any; each has its own.
 * Example:
 *     hrm_failure failure;
 *     hrm_last_failure(&failure);
 *     if (failure.line) printf("%s:%ld: %s\n", failure.file, failure.line, failure.text); */
HRM_API void hrm_last_failure(hrm_failure *out);
/* Frees text that a function returned for the caller to keep.
 *
 * Errors: none; NULL is nothing.
 * Threads: any, at any time.
 * Example:
 *     hrm_free(json); */
HRM_API void hrm_free(void *text);
/* "0.1.0".
 *
 * Errors: none.
 * Threads: any, at any time.
 * Example:
 *     printf("libhrm %s\n", hrm_version()); */
HRM_API const char *hrm_version(void);
/* HRM_ABI of the library that runs, for programs that load it by hand: compare it with the
 * header's.
 *
 * Errors: none.
 * Threads: any, at any time.
 * Example:
 *     if (hrm_abi_version() != HRM_ABI) return 1; */
HRM_API int hrm_abi_version(void);
/* The short name of a status: "ok", "argument", "memory", "io", "format", "version", "task",
 * "numeric", "stopped", "unsupported". Never NULL; static text.
 *
 * Errors: none; an unknown number is "unknown".
 * Threads: any, at any time.
 * Example:
 *     fprintf(stderr, "%s error: %s\n", hrm_status_name(status), hrm_error()); */
HRM_API const char *hrm_status_name(hrm_status status);
/* One JSON object: version, isa (the kernels this processor gets), isas (all it can run), compiler,
 * threads (cores this process may use). NULL when memory is short. Free with hrm_free.
 *
 * Errors: NULL when memory is short.
 * Threads: any, at any time.
 * Example:
 *     json = hrm_version_json();
 *     if (json) puts(json);
 *     hrm_free(json); */
HRM_API char *hrm_version_json(void);
/* The word among `words` (count) that `word` is most likely a misspelling of, or NULL when none is
 * near: for front ends that suggest a command, an option or a recipe key.
 *
 * Errors: none; NULL words are near nothing.
 * Threads: any, at any time.
 * Example:
 *     const char *const words[] = {"train", "solve"};
 *     const char *near = hrm_nearest("slove", words, 2);
 *     if (near) printf("did you mean %s?\n", near); */
HRM_API const char *hrm_nearest(const char *word, const char *const *words, size_t count);

/* How to run: given to whatever computes. A NULL pointer or zero fields mean the defaults. */
typedef struct hrm_run {
    int threads; /* 0: every core the process may use; results do not depend on it */
    /* Kernels: NULL, the fastest that this processor runs; "float" or "bf16", the fastest that
     * multiply so (sums, norms, losses and optimisers are float either way); or one table: "ref",
     * "portable", "avx2", "avx512", "avx512bf16", "amx", "neon". */
    const char *isa;
} hrm_run;

/* ---- puzzles --------------------------------------------------------------------------------- */

typedef struct hrm_dataset hrm_dataset;

/* One example as text: one character per cell, row-major, zero-terminated. Texts of
 * tasks whose sizes vary are shorter: padding is left away. */
typedef struct hrm_example {
    /* Borrowed until the next hrm_dataset_example on this dataset; where the file has no answers,
     * answer repeats the question. */
    const char *question, *answer;
    size_t size; /* of the question */
    int rating;  /* difficulty as the file says; -1 when it does not */
    int puzzle;  /* puzzle identifier (row of the puzzle embedding) */
} hrm_example;

/* Opens puzzles: a CSV file with columns question and answer (source and rating are optional), or a
 * directory in the published layout (dataset.json and .npy files; a folder that holds train/ and
 * test/ is refused with a hint). task: the name of a family (hrm_families), "sequence" (texts of
 * any length), the name of a task file (.yaml, see docs/your-own-puzzle.md), or NULL to tell from
 * the data.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_TASK with the file and
 * the line.
 * Threads: any, at any time.
 * Example:
 *     if (hrm_dataset_open("puzzles.csv", NULL, &dataset)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_open(const char *path, const char *task, hrm_dataset **out);
typedef struct hrm_model hrm_model;
/* Opens puzzles for a model: read by the model's own task and alphabet, refused when they do not
 * fit. A CSV file may do without the column answer; such data can be solved, not evaluated or
 * exported.
 *
 * Errors: as hrm_dataset_open; HRM_STATUS_TASK for puzzles of another length or alphabet.
 * Threads: any, at any time.
 * Example:
 *     if (hrm_dataset_open_for("test.csv", model, &dataset)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model,
                                        hrm_dataset **out);
/* Frees a data set, or nothing for NULL.
 *
 * Errors: none.
 * Threads: none may be using the data set.
 * Example:
 *     hrm_dataset_free(dataset); */
HRM_API void hrm_dataset_free(hrm_dataset *dataset);
/* How many examples it has; 0 for NULL.
 *
 * Errors: none.
 * Threads: any number at once on one data set.
 * Example:
 *     printf("%zu examples\n", hrm_dataset_size(dataset)); */
HRM_API size_t hrm_dataset_size(const hrm_dataset *dataset);
/* One JSON object: path, task, examples, puzzles, groups, seq, vocab, rows, cols, rating (mean,
 * median, max, rated; null when no row has one). Free with hrm_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: any number at once on one data set.
 * Example:
 *     if (!hrm_dataset_describe(dataset, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_dataset_describe(const hrm_dataset *dataset, char **json);
/* Every question and every answer as tokens, (examples x cells) each, row after row; borrowed from
 * the data set. *cells: their length. Both say what the file says, labels
 * that do not count included.
 *
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
/* Example `index`, from 0, as text.
 *
 * Errors: HRM_STATUS_ARG for an index that is not there.
 * Threads: one at a time on one data set, since the text is kept in it.
 * Example:
 *     hrm_example example;
 *     if (!hrm_dataset_example(dataset, 0, &example)) puts(example.question); */
HRM_API hrm_status hrm_dataset_example(hrm_dataset *dataset, size_t index, hrm_example *out);
/* Example `index` drawn with lines, question above answer; colour uses ANSI escapes.
 *
 * Errors: HRM_STATUS_ARG for an index that is not there; HRM_STATUS_MEM.
 * Threads: any number at once on one data set.
 * Example:
 *     char *text;
 *     if (!hrm_dataset_draw(dataset, 0, false, &text)) fputs(text, stdout);
 *     hrm_free(text); */
HRM_API hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text);
/* Writes example `index` as a picture, question beside answer: PNG or SVG by the ending of `path`.
 *
 * Errors: HRM_STATUS_ARG for an index that is not there or another ending; HRM_STATUS_MEM;
 * HRM_STATUS_IO.
 * Threads: any number at once on one data set, to different paths.
 * Example:
 *     if (hrm_dataset_picture(dataset, 0, "first.png")) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_picture(const hrm_dataset *dataset, size_t index, const char *path);
/* Writes `path` as CSV (a name that ends in .csv) or as a directory in the published layout, with
 * `augmentations` shuffled copies of each puzzle after the plain one (task symmetries; 0: none).
 *
 * Errors: HRM_STATUS_ARG; HRM_STATUS_UNSUPPORTED for copies of a task without symmetries;
 * HRM_STATUS_IO. A CSV file is written whole or not at all.
 * Threads: any number at once on one data set, to different paths.
 * Example:
 *     if (hrm_dataset_export(dataset, "shuffled.csv", 10, 1)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                                      uint64_t seed);

/* Called after each finished puzzle, and now and then while one takes long (with the same numbers
 * again), from one thread at a time; false stops. */
typedef bool (*hrm_progress)(void *user, size_t done, size_t total);

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
 *
 * Errors: none.
 * Threads: any; each has its own family.
 * Example:
 *     for (size_t i = 0; hrm_families(i); i++) puts(hrm_families(i)->name); */
HRM_API const hrm_family *hrm_families(size_t i);
/* A setting that hrm_generate takes for a family. Texts are static. */
typedef struct hrm_family_option {
    const char *name;   /* "min-rating" */
    const char *value;  /* how to call its value: "N" */
    const char *preset; /* as text; "" where its absence means something else, which help says */
    const char *help;
} hrm_family_option;
/* The i-th setting of a family, or NULL past the last; borrowed until the next call in this thread.
 *
 * Errors: none; NULL for what is no family.
 * Threads: any; each has its own setting.
 * Example:
 *     for (size_t i = 0; hrm_family_options("maze", i); i++)
 *         puts(hrm_family_options("maze", i)->name); */
HRM_API const hrm_family_option *hrm_family_options(const char *family, size_t i);
/* What hrm_generate makes. */
typedef struct hrm_generate_options {
    size_t count; /* puzzles wanted */
    uint64_t seed;
    const char *avoid; /* CSV or directory of puzzles: nothing equivalent to them up to symmetry;
                          may be NULL */
    const char *const *settings; /* "name=value", as hrm_family_options lists them */
    size_t settings_count;
    hrm_run run;
    hrm_progress progress; /* may be NULL */
    void *user;
} hrm_generate_options;
/* Writes new puzzles of a family, pairwise inequivalent up to symmetry, to a CSV file
 * (source,question,answer,rating). The same options give the same bytes. Sudoku have one solution
 * each, mazes a shortest way marked by the benchmark's rule.
 *
 * Errors: HRM_STATUS_ARG for a family or a setting, whose name the message begins with;
 * HRM_STATUS_TASK when puzzles as wished are not found; HRM_STATUS_IO; HRM_STATUS_STOPPED after
 * progress returned false, and nothing is written.
 * Threads: any, to different paths.
 * Example:
 *     const char *const settings[] = {"size=9", "min-length=20"};
 *     const hrm_generate_options options = {
 *         .count = 1000, .seed = 1, .settings = settings, .settings_count = 2};
 *     if (hrm_generate("maze", "mazes.csv", &options)) puts(hrm_error()); */
HRM_API hrm_status hrm_generate(const char *family, const char *path,
                                const hrm_generate_options *options);

/* What hrm_arc_build makes. A source is a JSON file of ARC tasks (Kaggle's ..._challenges.json,
 * with ..._solutions.json beside it where there is one), the file of one task, or a folder of
 * those. */
typedef struct hrm_arc_options {
    const char *const *train; /* sources to train on, test pairs included */
    size_t trains;
    const char *const *scored; /* sources to score: only their demonstrations are trained on */
    size_t scoreds;
    int augment; /* copies of each task under random views (rotation or mirror, colours) */
    int side;    /* cells of a side of the canvas, 1 to 30; tasks with a larger grid (inputs, and
                    outputs where they are known) are left out; 0: 30, which leaves out none */
    uint64_t seed;
    bool drop;         /* leaves out tasks to train on that hold a scored task's answers */
    bool keep_colours; /* copies are turned and mirrored only, so there are 7 at most: for models
                          with symbol_fields, to which colours are alike already */
    hrm_run run;
} hrm_arc_options;
/* Writes train/, test/, identifiers.json and test_puzzles.json into folder `dir`. The copies are
 * made when they are read; hrm_dataset_export writes them out. *json (may be NULL): tasks, scored,
 * dropped, train_examples, test_examples, identifiers, less_augmented (tasks with fewer copies,
 * because more would repeat themselves), side, larger (how many tasks were left out because of it:
 * trained, scored), trained_on (ids of scored tasks whose answers are among what is trained on: a
 * score on them says nothing). Free with hrm_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_TASK for
 * what is in a source.
 * Threads: any, to different folders.
 * Example:
 *     const char *training = "arc-agi_training_challenges.json";
 *     const hrm_arc_options options = {.train = &training, .trains = 1, .augment = 10};
 *     if (hrm_arc_build("arc", &options, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, char **json);

/* ---- models ---------------------------------------------------------------------------------- */

/* Loads a model file (safetensors as hrm_trainer_run writes it). run may be NULL.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT, HRM_STATUS_VERSION, HRM_STATUS_NUMERIC
 * for what is in the file; HRM_STATUS_UNSUPPORTED for kernels that this processor cannot run.
 * Threads: any. The model is never changed after that: any number of threads may use it.
 * Example:
 *     if (hrm_model_load("model.safetensors", NULL, &model)) puts(hrm_error()); */
HRM_API hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out);
/* Frees a model, or nothing for NULL; its solvers first.
 *
 * Errors: none.
 * Threads: none may be using the model or a solver of it.
 * Example:
 *     hrm_model_free(model); */
HRM_API void hrm_model_free(hrm_model *model);
/* Describes any file or folder of this project: a model, a trainer state, a data set, a run folder;
 * and tensors in PyTorch checkpoints and .npz. One JSON object with `kind` ("model", "state",
 * "tensors", "dataset", "run"); for models: parameters, bytes, spec, task, training, tensors (name,
 * dtype, shape). Free with hrm_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT.
 * Threads: any, at any time.
 * Example:
 *     if (!hrm_describe("runs/first", &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_describe(const char *path, char **json);

/* What a loaded model is. Texts are borrowed from the model. */
typedef struct hrm_model_info {
    const char *arch;              /* "hrm", "trm", "loop" */
    const char *task;              /* the name of its family, or "declared" */
    const char *isa;               /* the kernels it was loaded for */
    const unsigned char *alphabet; /* `vocab` characters: alphabet[t] is how token t is written; [0]
                             is for padding, a zero byte where the task has none */
    size_t parameters;
    int cells;      /* of a puzzle; its text is so many characters */
    int rows, cols; /* as it is drawn; rows * cols == cells */
    int vocab;      /* token values are 0 .. vocab - 1 */
    int symbols; /* models of candidates: the last so many tokens are what a cell may hold; 0: the
                    model answers at once */
    int steps;   /* segments (or rounds) that solving runs when nothing else is asked for */
} hrm_model_info;
/* Fills *out in.
 *
 * Errors: HRM_STATUS_ARG for a NULL argument.
 * Threads: any number at once on one model.
 * Example:
 *     hrm_model_info info;
 *     hrm_model_inspect(model, &info);
 *     printf("%s for %s, %d cells\n", info.arch, info.task, info.cells); */
HRM_API hrm_status hrm_model_inspect(const hrm_model *model, hrm_model_info *out);
/* Writes the model to a file (safetensors), atomically: weights as float32, and the spec, the task
 * and the training record that it came with.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; an existing file is then as it was.
 * Threads: any number at once on one model, to different paths.
 * Example:
 *     if (hrm_model_save(model, "copy.safetensors")) puts(hrm_error()); */
HRM_API hrm_status hrm_model_save(const hrm_model *model, const char *path);
/* Reads a puzzle's text (zero-terminated, one character per cell) into tokens (info.cells, the
 * caller's memory). answer: as an answer is written, where the task writes the two differently.
 *
 * Errors: HRM_STATUS_ARG; HRM_STATUS_TASK for text that is no puzzle of the model's task, with the
 * column and the character in the message.
 * Threads: any number at once on one model.
 * Example:
 *     unsigned char tokens[81];
 *     if (hrm_model_tokens(model, puzzle, false, tokens)) puts(hrm_error()); */
HRM_API hrm_status hrm_model_tokens(const hrm_model *model, const char *text, bool answer,
                                    unsigned char *tokens);
/* Writes tokens (info.cells) as text (at most info.cells characters and a zero, the caller's
 * memory). A value that is no token is written as an open cell or a blank, as the task has it.
 *
 * Errors: HRM_STATUS_ARG for a NULL argument.
 * Threads: any number at once on one model.
 * Example:
 *     char text[82];
 *     hrm_model_text(model, tokens, text); */
HRM_API hrm_status hrm_model_text(const hrm_model *model, const unsigned char *tokens, char *text);

/* ---- other programs' files ------------------------------------------------------------------- */

/* How to convert. NULL and false mean: as the file says. */
typedef struct hrm_convert_options {
    const char *config; /* the all_config.yaml that belongs to the input; NULL: the one beside it */
    const char *base;   /* a checkpoint that gives what the input lacks: an EMA file has no initial
                           states and no puzzle table */
    const char *part;   /* which, when the input holds several sets of weights: what stands before
                           the first point of their names */
    const char *data;   /* the puzzles that the model is for, CSV or directory: gives the task */
    const char *puzzle_emb; /* when those have other puzzle identifiers than the input's table:
                               "mean", "zero" (one row each, all the mean or zero), "truncate",
                               "extend" (rows stay, new ones are the mean) */
    const char *recipe; /* also write the recipe that the input's configuration or record tells, so
                           that training can go on from the weights (recipe key init) */
    bool compiled; /* write names that begin with "_orig_mod.", as a compiled PyTorch model has them
                    */
    bool raw;      /* change the container only: any tensors, with their names and types */
} hrm_convert_options;

/* Converts weights. in: a PyTorch checkpoint of the published HRM or TRM code (torch.save; nothing
 * in it is run), safetensors or .npz with the same names, or a model of this library. out: a model
 * of this library (a name that ends in .safetensors), .npz, or a PyTorch checkpoint (.pt, .pth,
 * .bin, step_N, checkpoint) that torch.load(weights_only=True) reads, the latter two with an
 * all_config.yaml beside them; NULL: only the report. Values stay exactly as they are; float64 is
 * rounded to float32.
 *
 * *report (may be NULL as an argument) becomes one JSON object: in, out, format, arch, parameters,
 * complete, missing, left_over, note, spec, task, tensors (name, status "matched", "from base",
 * "resized", "missing", "other shape" or "left over", source, dtype, shape). Free with hrm_free. An
 * incomplete input is an error unless out is NULL. options may be NULL.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_UNSUPPORTED for what
 * is in the file; HRM_STATUS_TASK for puzzles that do not fit the weights. Nothing is left
 * half-written.
 * Threads: any, to different paths.
 * Example:
 *     const hrm_convert_options options = {.data = "test.csv"};
 *     if (hrm_convert("step_1000", "model.safetensors", &options, &json)) puts(hrm_error());
 *     hrm_free(json); */
HRM_API hrm_status hrm_convert(const char *in, const char *out, const hrm_convert_options *options,
                               char **report);

/* ---- solving --------------------------------------------------------------------------------- */

typedef enum hrm_verdict {
    HRM_SOLVED = 0,     /* complete, keeps the givens, obeys every rule of the task */
    HRM_INCOMPLETE = 1, /* some cell has no symbol */
    HRM_WRONG = 2,      /* breaks a rule or changes a given */
    HRM_UNKNOWN = 3,    /* complete, but this task has no rules to check it by */
} hrm_verdict;

/* A candidate of a cell, and a probability: to stay, or with which it was guessed. */
typedef struct hrm_candidate {
    int cell; /* from 0, row by row */
    char symbol;
    double probability;
} hrm_candidate;

typedef enum hrm_round_end {
    HRM_ROUND_GUESSED,  /* neither solved nor contradictory: a cell was guessed; or none, where the
                           grid became complete and is looked at once more */
    HRM_ROUND_CONFLICT, /* a contradiction: guesses of the chain are taken back */
    HRM_ROUND_SOLVED,   /* every cell has one candidate */
    HRM_ROUND_REJECTED, /* the same, but the task's checker (option check) says it is wrong */
} hrm_round_end;

/* How a model of candidates (regime lattice) searches: chains of rounds, each of which drops
 * candidates and then guesses a cell, and takes the last guess back when it contradicts itself.
 * Zero fields mean the defaults in brackets. Other models have no use for it. */
typedef struct hrm_search {
    int rounds;    /* most for a puzzle, in all its chains; then it is not solved [as the model
                      says] */
    int chains;    /* most for a puzzle at a time, up to 256 [64] */
    int patience;  /* a puzzle begins with one chain and has twice as many after every so many
                      rounds of each [256] */
    int agree;     /* so many chains must come to the same grid before it is given, up to 64 [1] */
    int published; /* not 0: as in arXiv 2605.08605: guesses fall on any open cell, a last candidate
                      stays though the model names another, a contradiction begins again from the
                      givens; temperature 1.5 and patience 16 [0] */
    double drop;   /* candidates less likely to stay are dropped, below 1 [0.1] */
    double conflict;    /* chains more likely to contradict themselves turn back [0.6] */
    double temperature; /* of the symbol that a guess draws [1] */
    /* Bounds by time, for one puzzle (its share, where several are solved together) and for all,
     * waiting for the next one of a stream included; with either the result depends on the machine
     * [none]. */
    double seconds, total_seconds;
} hrm_search;

/* One round of a search on candidates. All pointers are borrowed until the callback returns. */
typedef struct hrm_round {
    size_t puzzle;    /* index in the call */
    int chain, round; /* from 0; chains of a puzzle run side by side */
    const hrm_candidate *dropped;
    size_t drops;
    hrm_round_end end;
    hrm_candidate guess; /* HRM_ROUND_GUESSED; cell -1: no guess */
    int guesses;         /* of the chain until now */
    int taken_back;      /* a conflict, or rejected: so many of the last guesses fall */
    double conflict;     /* the model's probability of a contradiction */
    int rows, cols;      /* of the grid */
    const char *text;    /* cells that are settled, one character each, as a puzzle */
    const char *drawing, *drawing_colour; /* the same as a grid; what is new is marked with *, or
                                             emphasised */
    int empty; /* HRM_ROUND_CONFLICT: a cell without candidates; -1: the model says it */
    const hrm_candidate *made; /* the `guesses` guesses, oldest first; probability is not set */
} hrm_round;
typedef void (*hrm_round_callback)(void *user, const hrm_round *round);

/* What a model thinks of a puzzle after one step: a segment; or, of a model of candidates, a round
 * of one chain. All pointers are borrowed until the callback returns. */
typedef struct hrm_step {
    size_t puzzle;   /* index in the call */
    int chain, step; /* from 0; chain 0 where there are none */
    int cells, vocab;
    const unsigned char *tokens; /* (cells) the answer so far; an open cell where it has none */
    const char *text;            /* the same as text */
    /* (cells x vocab): of each token, by softmax of the logits. Models of candidates: of a symbol
     * that is still a candidate, the probability that it stays; 0 for everything else. */
    const float *probabilities;
    double confidence; /* as in hrm_answer; of candidates: of no contradiction in this round */
    hrm_round_end end; /* models of candidates only */
} hrm_step;
/* false cancels: the call returns HRM_STATUS_STOPPED and gives no answers. */
typedef bool (*hrm_step_callback)(void *user, const hrm_step *step);

typedef struct hrm_solve_options {
    int segments; /* segments of the recursion; 0: as the model was trained (usually 16).
                     Models of candidates: rounds of a puzzle, all chains together */
    int batch;    /* puzzles at a time; 0: chosen for the model. Models of candidates: rounds
                     of any chains at a time */
    hrm_progress progress; /* may be NULL; called between steps, with total 0 where not known */
    void *user;
    /* Models of candidates (regime lattice) only: */
    bool check;    /* the task's rules may reject a complete answer, which is then sought again */
    uint64_t seed; /* of the guesses */
    /* Gets every round, puzzle after puzzle; may be NULL; `user` is its first argument. */
    hrm_round_callback explain;
    hrm_search search;
    /* Any model: gets every step of every puzzle; may be NULL; `user` is its first argument. */
    hrm_step_callback step;
} hrm_solve_options;

typedef struct hrm_answer {
    char *text;           /* one character per cell; freed by hrm_answers_free */
    char *drawing;        /* as a grid with lines, without colour */
    char *drawing_colour; /* the same with what the model filled in emphasised */
    hrm_verdict verdict;  /* by the task's checker, which the model does not see */
    char why[96];         /* "row 3 holds 5 twice"; "" when solved */
    int segments;         /* after which the answer did not change any more */
    /* 0..1: the halting head's probability that the answer is right; of a model whose halting was
     * not trained (q_weight 0) the geometric mean of its cells' probabilities; of candidates that
     * there is no contradiction, 0 where no answer is given. */
    double confidence;
    /* Models of candidates: in all chains of the puzzle; chains is 0 for other models. An answer
     * is given only when it is complete and keeps the givens; else verdict is HRM_INCOMPLETE and
     * text has the givens and what was settled before the first guess. restarts: contradictions. */
    int rounds, guesses, restarts, chains;
    int chain;             /* that came to the answer, from 0; -1 when none did */
    double seconds;        /* this puzzle's share of the time */
    unsigned char *tokens; /* (cells) the answer as tokens; freed by hrm_answers_free */
} hrm_answer;

/* Solves `count` puzzles (text, one character per cell) into a new array *out of `count` answers.
 * A puzzle that is not one for the model's task fails the call: the message names it (from 1).
 * options may be NULL.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK as said; HRM_STATUS_UNSUPPORTED for
 * options that the model has no use for; HRM_STATUS_STOPPED after a callback's false (that of a
 * call about the very end is too late to stop anything).
 * Threads: any number at once on one model. Each call starts threads of its own: for many small
 * calls take an hrm_solver.
 * Example:
 *     if (!hrm_solve(model, &puzzle, 1, NULL, &answer)) {
 *         puts(answer->text);
 *         hrm_answers_free(answer, 1);
 *     } */
HRM_API hrm_status hrm_solve(const hrm_model *model, const char *const *puzzles, size_t count,
                             const hrm_solve_options *options, hrm_answer **out);
/* Frees `count` answers and their array, or nothing for NULL.
 *
 * Errors: none.
 * Threads: any, at any time.
 * Example:
 *     hrm_answers_free(answers, count); */
HRM_API void hrm_answers_free(hrm_answer *answers, size_t count);
/* Judges an answer (text) by the rules of the model's task; why (may be NULL) gets a short reason
 * of less than `size` characters. The model itself is not asked.
 *
 * Errors: HRM_STATUS_ARG; HRM_STATUS_TASK for text that is no question or answer of the task.
 * Threads: any number at once on one model.
 * Example:
 *     hrm_verdict verdict;
 *     char why[96];
 *     if (!hrm_check(model, puzzle, answer->text, &verdict, why, sizeof why) && *why) puts(why); */
HRM_API hrm_status hrm_check(const hrm_model *model, const char *question, const char *answer,
                             hrm_verdict *out, char *why, size_t size);

/* A model at work: its threads and its memory, kept from one call to the next. */
typedef struct hrm_solver hrm_solver;
/* Makes a solver. threads: 0 for as many as the model was loaded with; a service with one solver
 * per thread takes 1. The model is borrowed: free it last.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: any number at once on one model. A solver itself serves one thread at a time.
 * Example:
 *     hrm_solver *solver;
 *     if (hrm_solver_new(model, 1, &solver)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_new(const hrm_model *model, int threads, hrm_solver **out);
/* Frees a solver, or nothing for NULL.
 *
 * Errors: none.
 * Threads: none may be using the solver.
 * Example:
 *     hrm_solver_free(solver); */
HRM_API void hrm_solver_free(hrm_solver *solver);
/* As hrm_solve: `count` puzzles into a new array of answers; but threads and memory are kept for
 * the next call, so that small calls cost nothing beside the model's own work.
 *
 * Errors: as hrm_solve; HRM_STATUS_STOPPED after a callback's false or hrm_solver_cancel;
 * HRM_STATUS_ARG from within a callback of a call on the same solver.
 * Threads: one at a time on one solver; other solvers of the model at once.
 * Example:
 *     hrm_answer *answers;
 *     if (!hrm_solver_solve(solver, puzzles, count, NULL, &answers)) {
 *         for (size_t i = 0; i < count; i++) puts(answers[i].text);
 *         hrm_answers_free(answers, count);
 *     } */
HRM_API hrm_status hrm_solver_solve(hrm_solver *solver, const char *const *puzzles, size_t count,
                                    const hrm_solve_options *options, hrm_answer **out);
/* Makes the call that this solver is in return HRM_STATUS_STOPPED after the step it is at; when it
 * is in none, the next call. NULL is nothing.
 *
 * Errors: none.
 * Threads: any, also while another is in a call on the solver; also from a signal handler.
 * Example:
 *     hrm_solver_cancel(solver); */
HRM_API void hrm_solver_cancel(hrm_solver *solver);

/* Every step of one puzzle, kept. */
typedef struct hrm_trace hrm_trace;
/* Solves one puzzle and keeps every step in *out. options may be NULL; its callbacks are called
 * too.
 *
 * Errors: as hrm_solver_solve; nothing is kept then.
 * Threads: one at a time on one solver.
 * Example:
 *     hrm_trace *trace;
 *     if (hrm_solver_trace(solver, puzzle, NULL, &trace)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_trace(hrm_solver *solver, const char *puzzle,
                                    const hrm_solve_options *options, hrm_trace **out);
/* Frees a trace, or nothing for NULL.
 *
 * Errors: none.
 * Threads: none may be reading the trace.
 * Example:
 *     hrm_trace_free(trace); */
HRM_API void hrm_trace_free(hrm_trace *trace);
/* How many steps the trace has; 0 for NULL.
 *
 * Errors: none.
 * Threads: any number at once on one trace.
 * Example:
 *     printf("%zu steps\n", hrm_trace_steps(trace)); */
HRM_API size_t hrm_trace_steps(const hrm_trace *trace);
/* The i-th step, from 0; its pointers are borrowed from the trace.
 *
 * Errors: HRM_STATUS_ARG for a NULL argument or a step that is not there.
 * Threads: any number at once on one trace.
 * Example:
 *     hrm_step step;
 *     for (size_t i = 0; i < hrm_trace_steps(trace); i++)
 *         if (!hrm_trace_step(trace, i, &step)) puts(step.text); */
HRM_API hrm_status hrm_trace_step(const hrm_trace *trace, size_t i, hrm_step *out);
/* The answer that the steps ended with; borrowed from the trace, NULL for NULL.
 *
 * Errors: none.
 * Threads: any number at once on one trace.
 * Example:
 *     puts(hrm_trace_answer(trace)->drawing); */
HRM_API const hrm_answer *hrm_trace_answer(const hrm_trace *trace);
/* Draws the trace as an SVG picture that moves: the grid after every segment, or after every round
 * of the chain that answered. path must end in .svg; model: the one that solved.
 *
 * Errors: HRM_STATUS_ARG for a NULL argument, another name or another model, HRM_STATUS_IO.
 * Threads: any number at once on one trace.
 * Example:
 *     if (hrm_trace_picture(trace, model, "solved.svg")) puts(hrm_error()); */
HRM_API hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model,
                                     const char *path);

/* Sets *puzzle to the text of the next puzzle, borrowed until this is called again; false: there
 * are no more. Without wait it may also say that none is there yet, by NULL: it is asked again. */
typedef bool (*hrm_next_puzzle)(void *user, bool wait, const char **puzzle);
/* An answer, borrowed until the callback returns; false stops. */
typedef bool (*hrm_answer_callback)(void *user, size_t index, const hrm_answer *answer);
/* Solves puzzles as they come, any number of them in bounded memory: next is asked for more
 * whenever there is room, done gets the answers in the order of the puzzles. The callbacks' user is
 * options->user. total, the number of puzzles, is for progress only; 0: not known.
 *
 * Errors: HRM_STATUS_TASK for a text that is no puzzle of the model's task, after the puzzles
 * before it are answered; HRM_STATUS_STOPPED after a callback's false; HRM_STATUS_ARG,
 * HRM_STATUS_UNSUPPORTED for options that make no sense or do not fit the model; HRM_STATUS_MEM.
 * Threads: any number at once on one model; callbacks come from the calling thread.
 * Example:
 *     hrm_solve_options options = {.user = stdin, .search = {.agree = 2}};
 *     if (hrm_solve_stream(model, next_line, print_answer, 0, &options)) puts(hrm_error()); */
HRM_API hrm_status hrm_solve_stream(const hrm_model *model, hrm_next_puzzle next,
                                    hrm_answer_callback done, size_t total,
                                    const hrm_solve_options *options);

/* ---- evaluation ------------------------------------------------------------------------------ */

typedef struct hrm_eval_options {
    size_t limit; /* first so many examples; 0: all */
    int segments; /* 0: as the model was trained */
    int batch;    /* 0: chosen for the model */
    hrm_progress progress;
    void *user;
    bool check; /* as in hrm_solve_options; figures with it are not the model's alone */
    uint64_t seed;
    hrm_search search;
    size_t latency; /* afterwards so many puzzles are solved one by one, for latency_* */
    /* ARC data (hrm_arc_build, or a published directory with identifiers.json and
     * test_puzzles.json beside it): the copies of a task vote on its answer. */
    int votes;              /* at most so many copies of each task, the plain one first; 0: all */
    bool contaminated;      /* score tasks although their answers were trained on */
    const char *submission; /* writes two attempts for every test input, as JSON; may be NULL */
    const char *scores;     /* writes the score of every task, as CSV; may be NULL */
} hrm_eval_options;

/* Entries of hrm_eval_report.pass: pass@1, 2, 5, 10, 100 and 1000. */
#define HRM_PASSES 6

/* Puzzles of a range of difficulty, and how many were solved. */
typedef struct hrm_eval_band {
    int low, high; /* both included; high -1: no end */
    size_t n, exact;
    size_t wrong, unsolved;
    double mean_segments; /* as in the report */
} hrm_eval_band;

typedef struct hrm_eval_report {
    size_t n;                   /* examples */
    double exact;               /* share with every labelled cell right */
    double ci95_low, ci95_high; /* Wilson interval of `exact` */
    double cells;               /* share of labelled cells right, mean over examples */
    double mean_segments;       /* after which the answer did not change any more */
    double halt_accuracy; /* share of examples whose confidence > .5 tells exactness; NaN where
                             halting was not trained */
    double seconds_per_puzzle;
    double valid; /* share that the task's rules call right, other answers than the labelled one
                     included (a maze has many shortest ways); NaN where the task has no rules */
    double valid95_low, valid95_high; /* Wilson interval of `valid` */
    size_t wrong;                     /* complete answers that are neither exact nor valid */
    size_t unsolved;                  /* answers with a cell left open */
    int segments;                     /* that were run */
    const char *band_by; /* what bands are of: "rating", or "open cells" where ratings say little */
    size_t bands;        /* used entries of band */
    hrm_eval_band band[8];
    bool search, check; /* a model of candidates; with the rules at hand */
    /* Models of candidates: means for a puzzle, in all its chains. */
    double mean_rounds, mean_guesses, mean_chains, mean_restarts;
    size_t latency_n;                   /* puzzles solved one by one */
    double latency_median, latency_p95; /* seconds */
    size_t tasks;                       /* ARC: that were voted on; 0: no voting took place */
    double pass[HRM_PASSES]; /* ARC: pass@k, mean over tasks; NaN where no solution is known */
    size_t trained_on;       /* ARC: tasks whose answers the training data hold */
    size_t larger; /* ARC: scored tasks that the data leave out as too large for their canvas */
    /* ARC: all scored tasks, those left out and those that `limit` kept from being voted on
     * included, and pass@k over them where those left out count as failed; NaN where not all others
     * were voted on or no solution is known. */
    size_t all_tasks;
    double all_pass[HRM_PASSES];
} hrm_eval_report;

/* Evaluates on a data set. Wrong and unsolved count as not exact. Of ARC data `limit` takes the
 * plain copies of all tasks first, then the next ones; data of which more than 1 % of the tasks
 * have their answers among the training data are refused unless options say so. options may be
 * NULL.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK for data that does not fit or was
 * trained on; HRM_STATUS_UNSUPPORTED; HRM_STATUS_IO for a file that cannot be written;
 * HRM_STATUS_STOPPED.
 * Threads: any number at once on one model and one data set.
 * Example:
 *     hrm_eval_report report;
 *     if (!hrm_evaluate(model, dataset, NULL, &report)) printf("%.2f %%\n", 100 * report.exact); */
HRM_API hrm_status hrm_evaluate(const hrm_model *model, const hrm_dataset *dataset,
                                const hrm_eval_options *options, hrm_eval_report *out);

/* ---- new ARC tasks --------------------------------------------------------------------------- */

/* How to adapt. Zero fields mean what stands in brackets. */
typedef struct hrm_adapt_options {
    int augment; /* copies of each task, beside the plain one, that are fitted and vote [0] */
    int steps;   /* of fitting [200] */
    int batch;   /* rows of a step [16] */
    double lr;   /* sign-SGD of the puzzle vectors [0.01] */
    bool train_network; /* fits the network as well; otherwise it stays as it is */
    double network_lr;  /* Adam-atan2 of the network [0.0001] */
    int segments;       /* in solving [as the model was trained] */
    uint64_t seed;
    const char *out;        /* writes the adapted model; may be NULL */
    const char *submission; /* writes two attempts for every test input, as JSON; may be NULL */
    hrm_progress progress;  /* of the steps; may be NULL */
    void *user;
} hrm_adapt_options;
/* Solves ARC tasks that the model never saw (path: as a source of hrm_arc_options): every copy of a
 * task gets a fresh puzzle vector, which starts at the mean of the trained ones and is fitted on
 * the demonstrations, by the losses that the model was trained on; then all copies vote on the test
 * inputs. The model itself does not change. *json: steps, network, copies, loss_first, loss_last
 * (per row, mean over a tenth of the steps), side (of the model's canvas), larger (names of tasks
 * with a grid that does not fit it, which are left out; it is an error when all are), tasks (task,
 * pass@1, pass@2 (null where no solution is known), tests: for each test input the two best guesses
 * with votes, confidence, grid, drawing, drawing_colour). Free with hrm_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_UNSUPPORTED for a model that is
 * not for ARC; HRM_STATUS_FORMAT and HRM_STATUS_TASK for what is in the file; HRM_STATUS_NUMERIC
 * when the rates are too high; HRM_STATUS_STOPPED after progress returned false.
 * Threads: any number at once on one model, to different paths.
 * Example:
 *     const hrm_adapt_options options = {.augment = 30};
 *     if (!hrm_adapt(model, "task.json", &options, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_adapt(const hrm_model *model, const char *path,
                             const hrm_adapt_options *options, char **json);

/* ---- training -------------------------------------------------------------------------------- */

typedef struct hrm_trainer hrm_trainer;

typedef enum hrm_event_kind {
    HRM_EVENT_STEP,       /* an optimiser step is done */
    HRM_EVENT_EVAL,       /* the validation data was evaluated */
    HRM_EVENT_SAVED,      /* a checkpoint was written */
    HRM_EVENT_EVALUATING, /* an evaluation is under way: only to ask whether it may go on */
} hrm_event_kind;

typedef struct hrm_event {
    hrm_event_kind kind;
    int64_t step, steps; /* done so far; planned */
    double seconds;      /* of training so far, earlier sessions of the run included */
    /* HRM_EVENT_STEP: */
    double loss;    /* per row: tokens plus halting terms */
    double lm_loss; /* per row, tokens only */
    double lr;
    double grad_norm;      /* before clipping; 0 when not computed */
    size_t finished;       /* rows that halted in this step */
    double finished_exact; /* share of them solved exactly; NaN when none */
    double finished_cells; /* share of their cells right; NaN when none. lattice: of the open cells
                              of all rows whose truth is still possible; 0 when none is */
    double finished_steps; /* mean segments they took; NaN when none */
    double steps_per_second, flops_per_second; /* over the last steps */
    double eta_seconds;
    /* HRM_EVENT_EVAL: */
    hrm_eval_report eval;
    bool best; /* the best exact accuracy so far (cells decide ties) */
    /* HRM_EVENT_SAVED: */
    const char *path; /* of the model file */
} hrm_event;

/* Called in the thread that runs the training; false asks to stop: the step in progress is already
 * finished, an evaluation is given up (and made up for when the run goes on), a checkpoint is
 * written and hrm_trainer_run returns HRM_STATUS_STOPPED. */
typedef bool (*hrm_event_callback)(void *user, const hrm_event *event);

/* Prepares a run from a recipe (YAML, keys as hrm_recipe_keys lists them) and `count` settings of
 * the form "key=value" that override it. out_dir: the run folder, made when missing; one that holds
 * a run already, or a file that a run would replace, is refused. run may be NULL; its threads and
 * isa win over the recipe's keys.
 *
 * Errors: HRM_STATUS_ARG for a key or value that is wrong, with the nearest right one, and for a
 * folder that holds a run; HRM_STATUS_IO, HRM_STATUS_FORMAT, HRM_STATUS_TASK, HRM_STATUS_MEM.
 * Threads: any; a trainer itself serves one thread at a time.
 * Example:
 *     const char *const settings[] = {"data=train.csv", "steps=100"};
 *     if (hrm_trainer_new("recipe.yaml", settings, 2, "runs/first", NULL, &trainer))
 *         puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_new(const char *recipe, const char *const *settings, size_t count,
                                   const char *out_dir, const hrm_run *run, hrm_trainer **out);
/* Goes on with the run in `dir` exactly where its last checkpoint stands: the same bits as if it
 * had never stopped. Settings may change threads, how often to log, evaluate and save, minutes,
 * steps where they bend nothing (a constant rate, no pool that fills), the place of the data and of
 * a task file, which must be the same, other puzzles to evaluate on (bests begin anew), and isa,
 * which gives up the same bits; others are refused.
 *
 * Errors: as hrm_trainer_new; HRM_STATUS_IO when the folder holds no run.
 * Threads: any; a trainer itself serves one thread at a time.
 * Example:
 *     if (hrm_trainer_resume("runs/first", NULL, 0, NULL, &trainer)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                                      const hrm_run *run, hrm_trainer **out);
/* The plan, before any step: one JSON object with parameters, tokens, batch, micro_batch, steps,
 * flops_per_step (of puzzles of full size), bytes (program, model, optimiser, carry, activations,
 * data, total: the peak), examples, groups, task, isa, threads, dir, step (where it starts), recipe
 * (every key resolved). Free with hrm_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: one at a time on one trainer.
 * Example:
 *     if (!hrm_trainer_plan(trainer, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_trainer_plan(const hrm_trainer *trainer, char **json);
/* Trains to the last step. Writes into the run folder: recipe.yaml, metrics.jsonl,
 * model.safetensors (last), best.safetensors, state.safetensors. callback may be NULL.
 *
 * Errors: HRM_STATUS_STOPPED after a callback's false; HRM_STATUS_NUMERIC when a loss or gradient
 * is not finite; HRM_STATUS_IO when a file cannot be written or another process trains in the
 * folder.
 * Threads: one at a time on one trainer; it works with threads of its own.
 * Example:
 *     if (hrm_trainer_run(trainer, NULL, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_run(hrm_trainer *trainer, hrm_event_callback callback, void *user);
/* Frees a trainer, or nothing for NULL. What was not saved is lost.
 *
 * Errors: none.
 * Threads: none may be using the trainer.
 * Example:
 *     hrm_trainer_free(trainer); */
HRM_API void hrm_trainer_free(hrm_trainer *trainer);

/* The same run stepped from outside: the caller's own loop in place of hrm_trainer_run, which does
 * hrm_trainer_step to the end and calls the other two as the recipe's eval_every and save_every
 * say. The two ways may be mixed. */

/* One optimiser step; *out (may be NULL) is filled in as for HRM_EVENT_STEP. The first call makes
 * or opens the run folder. The run is at its end when out->step == out->steps.
 *
 * Errors: HRM_STATUS_ARG for NULL or after the last step; HRM_STATUS_IO for the folder;
 * HRM_STATUS_NUMERIC when a loss or gradient is not finite: the folder keeps its last
 * checkpoint, and this trainer refuses everything but hrm_trainer_free.
 * Threads: one at a time on one trainer.
 * Example:
 *     hrm_event event = {0};
 *     while (!hrm_trainer_step(trainer, &event) && event.step < event.steps)
 *         printf("%lld: %.4f\n", (long long)event.step, event.loss); */
HRM_API hrm_status hrm_trainer_step(hrm_trainer *trainer, hrm_event *out);
/* Evaluates on the recipe's `valid` data, with averaged weights where it keeps an average; the best
 * so far is written to best.safetensors. *out (may be NULL) gets the figures.
 *
 * Errors: HRM_STATUS_ARG for NULL or a recipe without `valid` and eval_every; HRM_STATUS_IO.
 * Threads: one at a time on one trainer.
 * Example:
 *     hrm_eval_report report;
 *     if (!hrm_trainer_evaluate(trainer, &report)) printf("%.1f %%\n", 100 * report.exact); */
HRM_API hrm_status hrm_trainer_evaluate(hrm_trainer *trainer, hrm_eval_report *out);
/* Writes a checkpoint: model.safetensors, and state.safetensors to go on from.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; state.safetensors then stays as it was.
 * Threads: one at a time on one trainer.
 * Example:
 *     if (hrm_trainer_save(trainer)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_save(hrm_trainer *trainer);
/* The model as it is now (averaged weights where the recipe keeps an average), as a copy of the
 * caller's own: to solve with while the training goes on. Free with hrm_model_free.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: one at a time on one trainer; the copy is free of it.
 * Example:
 *     hrm_model *now;
 *     if (!hrm_trainer_model(trainer, &now)) hrm_model_free(now); */
HRM_API hrm_status hrm_trainer_model(hrm_trainer *trainer, hrm_model **out);

/* The i-th recipe key, or NULL past the end; borrowed until the next call in this thread. */
typedef struct hrm_recipe_key {
    const char *name, *type; /* "integer", "number", "switch", "text", "choice" */
    const char *preset;      /* default value, as text */
    const char *choices;     /* of a choice: "a|b|c"; else "" */
    const char *help;
} hrm_recipe_key;
/* One key after the other, from i = 0; NULL past the last.
 *
 * Errors: none.
 * Threads: any; each has its own key.
 * Example:
 *     for (size_t i = 0; hrm_recipe_keys(i); i++) puts(hrm_recipe_keys(i)->name); */
HRM_API const hrm_recipe_key *hrm_recipe_keys(size_t i);

/* ---- measuring ------------------------------------------------------------------------------- */

/* What to measure. */
typedef struct hrm_bench_options {
    const char *what;   /* "gemm", "kernels", "train" or "infer" */
    const char *config; /* train, infer: "hrm-27m", "trm-7m", "trm-mlp-5m", "lattice-128",
                           "hrm-27m-900"; NULL: all */
    int batch;          /* train, infer: puzzles at a time; 0: the config's */
    double seconds;     /* time for each measurement; 0: 1 */
    hrm_run run;
} hrm_bench_options;

/* One measurement. What does not apply is 0. */
typedef struct hrm_bench_result {
    const char *name; /* borrowed until the callback returns */
    double seconds;   /* one run, the median */
    int runs;
    double tflops;               /* 10^12 multiplications and additions per second */
    double peak_tflops;          /* what the same threads reach on registers alone */
    double fraction_of_peak;     /* tflops / peak_tflops */
    double gigabytes_per_second; /* operands read and written */
    double puzzles_per_second, tokens_per_second; /* of a training step, or of all segments */
    uint64_t peak_rss_bytes;                      /* of the process so far */
} hrm_bench_result;
typedef void (*hrm_bench_callback)(void *user, const hrm_bench_result *result);

/* Measures this machine; the callback (not NULL) gets the results as they come.
 *
 * Errors: HRM_STATUS_ARG for an unknown name; HRM_STATUS_MEM, HRM_STATUS_UNSUPPORTED.
 * Threads: any, but two at once measure each other.
 * Example:
 *     const hrm_bench_options options = {.what = "gemm"};
 *     if (hrm_bench(&options, on_bench, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_bench(const hrm_bench_options *options, hrm_bench_callback callback,
                             void *user);

/* ---- parity ---------------------------------------------------------------------------------- */

typedef struct hrm_parity_case {
    const char *group; /* "unit", "model", "data" */
    const char *name;  /* "hrm_rope: gradients of step 0" */
    bool passed;
    double worst, tolerance; /* the deviation nearest to its limit, and that limit */
    const char *where;       /* the tensor it was found in */
} hrm_parity_case;
typedef void (*hrm_parity_callback)(void *user, const hrm_parity_case *result);

/* Runs every fixture in a folder laid out like the project's golden fixtures (manifest.json,
 * models/, unit/, data/) and calls back once per case. Counts go to *passed and *failed. Parts that
 * a folder does not have are left out; a folder with no case at all is an error.
 *
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT; a case that misses is no error but
 * counted.
 * Threads: any, at any time.
 * Example:
 *     size_t passed, failed;
 *     if (!hrm_parity("fixtures", NULL, NULL, NULL, &passed, &failed)) printf("%zu missed\n",
 * failed); */
HRM_API hrm_status hrm_parity(const char *dir, const hrm_run *run, hrm_parity_callback callback,
                              void *user, size_t *passed, size_t *failed);

#ifdef __cplusplus
}
#endif
#endif
