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
 * The library never prints, exits, reads the environment or installs signal handlers. An object may
 * be used by one thread at a time unless its declaration says otherwise. */
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

/* This thread's message about its last failure; "" before any. Valid until the next failure. */
HRM_API const char *hrm_error(void);
/* Frees text that a function returned for the caller to keep. */
HRM_API void hrm_free(void *text);
/* "0.1.0". */
HRM_API const char *hrm_version(void);
/* One JSON object: version, isa (the kernels this processor gets), isas (all it can run), compiler,
 * threads (cores this process may use). NULL when memory is short. Free with hrm_free. */
HRM_API char *hrm_version_json(void);
/* The word among `words` (count) that `word` is most likely a misspelling of, or NULL when none is
 * near: for front ends that suggest a command, an option or a recipe key. */
HRM_API const char *hrm_nearest(const char *word, const char *const *words, size_t count);

/* How to run: given to whatever computes. A NULL pointer or zero fields mean the defaults. */
typedef struct hrm_run {
    int threads; /* 0: every core the process may use; results do not depend on it */
    /* Kernels: NULL, the fastest that this processor runs; "float" or "bf16", the fastest that
     * multiply so (sums, norms, losses and optimisers are float either way); or one table: "ref",
     * "portable", "avx2", "avx512", "avx512bf16", "neon". */
    const char *isa;
} hrm_run;

/* ---- puzzles --------------------------------------------------------------------------------- */

typedef struct hrm_dataset hrm_dataset;

/* One example as text: one character per cell, row-major, zero-terminated. Texts of
 * tasks whose sizes vary are shorter: padding is left away. */
typedef struct hrm_example {
    const char *question, *answer; /* borrowed until the next hrm_dataset_example on this dataset */
    size_t size;                   /* of the question */
    int rating;                    /* difficulty as the file says; -1 when it does not */
    int puzzle;                    /* puzzle identifier (row of the puzzle embedding) */
} hrm_example;

/* Opens puzzles: a CSV file with columns question and answer (source and rating are optional), or a
 * directory in the published layout (dataset.json and .npy files; a folder that holds train/ and
 * test/ is refused with a hint). task: "sudoku", "maze", "arc", "grid", "sequence" (texts of any
 * length), the name of a task file (.yaml, see docs/your-own-puzzle.md), or NULL to tell from the
 * data. */
HRM_API hrm_status hrm_dataset_open(const char *path, const char *task, hrm_dataset **out);
/* Opens puzzles for a model: read by the model's own task and alphabet, refused when they do not
 * fit. */
typedef struct hrm_model hrm_model;
HRM_API hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model,
                                        hrm_dataset **out);
HRM_API void hrm_dataset_free(hrm_dataset *dataset);
HRM_API size_t hrm_dataset_size(const hrm_dataset *dataset);
/* One JSON object: path, task, examples, puzzles, groups, seq, vocab, rows, cols, rating (mean,
 * median, max, rated; null when no row has one). Free with hrm_free. */
HRM_API hrm_status hrm_dataset_describe(const hrm_dataset *dataset, char **json);
HRM_API hrm_status hrm_dataset_example(hrm_dataset *dataset, size_t index, hrm_example *out);
/* Example `index` drawn with lines, question above answer; colour uses ANSI escapes. */
HRM_API hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text);
/* Writes example `index` as a picture, question beside answer: PNG or SVG by the ending of `path`.
 */
HRM_API hrm_status hrm_dataset_picture(hrm_dataset *dataset, size_t index, const char *path);
/* Writes `path` as CSV (a name that ends in .csv) or as a directory in the published layout, with
 * `augmentations` shuffled copies of each puzzle after the plain one (task symmetries; 0: none). */
HRM_API hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                                      uint64_t seed);

/* What hrm_sudoku_generate makes. Zero fields: 9x9, everything else as it says. */
typedef struct hrm_sudoku_options {
    int side;       /* 4, 6 or 9 */
    int count;      /* puzzles wanted */
    int min_rating; /* guesses a backtracking solver needs; 0: a natural mix of difficulties */
    int givens;     /* easier puzzles: each gets clues back, up to a number drawn between its own
                       and this; 0: all stay minimal */
    uint64_t seed;
    const char *avoid; /* CSV or directory of puzzles: nothing equivalent to them up to symmetry */
    hrm_run run;
} hrm_sudoku_options;
/* Called after each finished puzzle, from one thread at a time; false stops. */
typedef bool (*hrm_progress)(void *user, size_t done, size_t total);
/* Writes Sudoku with one solution each, pairwise inequivalent up to symmetry, to a CSV file
 * (source,question,answer,rating). The same options give the same bytes. progress may be NULL. */
HRM_API hrm_status hrm_sudoku_generate(const char *path, const hrm_sudoku_options *options,
                                       hrm_progress progress, void *user);

/* What hrm_maze_generate makes. Zero fields: mazes as the benchmark Maze-Hard has them. */
typedef struct hrm_maze_options {
    int side;      /* cells of a side, 2 to 128; 0: 30 */
    int count;     /* mazes wanted */
    int min_moves; /* of the shortest way, at least; 0: 109 on 30 x 30, twice the side elsewhere */
    double density_low, density_high; /* share of walls, drawn between them; both 0: 0.2 and 0.5 */
    uint64_t seed;
    const char *avoid; /* CSV or directory of mazes: none of them, turned or mirrored */
    hrm_run run;
} hrm_maze_options;
/* Writes mazes with a shortest way marked by the benchmark's rule to a CSV file
 * (source,question,answer,rating; the rating is the way's moves); none is another turned or
 * mirrored. The same options give the same bytes. progress may be NULL. */
HRM_API hrm_status hrm_maze_generate(const char *path, const hrm_maze_options *options,
                                     hrm_progress progress, void *user);

/* What hrm_arc_build makes. A source is a JSON file of ARC tasks (Kaggle's ..._challenges.json,
 * with
 * ..._solutions.json beside it where there is one), the file of one task, or a folder of those. */
typedef struct hrm_arc_options {
    const char *const *train; /* sources to train on, test pairs included */
    size_t trains;
    const char *const *scored; /* sources to score: only their demonstrations are trained on */
    size_t scoreds;
    int augment; /* copies of each task under random views (rotation or mirror, colours) */
    uint64_t seed;
    bool drop; /* leaves out tasks to train on that hold a scored task's answers */
    hrm_run run;
} hrm_arc_options;
/* Writes train/, test/, identifiers.json and test_puzzles.json into folder `dir`. The copies are
 * made when they are read; hrm_dataset_export writes them out. *json (may be NULL): tasks, scored,
 * dropped, train_examples, test_examples, identifiers, less_augmented (tasks with fewer copies,
 * because more would repeat themselves), trained_on (ids of scored tasks whose answers are among
 * what is trained on: a score on them says nothing). Free with hrm_free. */
HRM_API hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, char **json);

/* ---- models ---------------------------------------------------------------------------------- */

/* Loads a model file (safetensors as hrm_trainer_run writes it). run may be NULL. */
HRM_API hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out);
HRM_API void hrm_model_free(hrm_model *model);
/* Describes any file or folder of this project: a model, a trainer state, a data set, a run folder.
 * One JSON object with `kind` ("model", "state", "tensors", "dataset", "run"); for models:
 * parameters, bytes, spec, task, training, tensors (name, dtype, shape). Free with hrm_free. */
HRM_API hrm_status hrm_describe(const char *path, char **json);

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
    HRM_ROUND_GUESSED,  /* neither solved nor contradictory: a cell was guessed */
    HRM_ROUND_CONFLICT, /* a contradiction: all guesses of the chain are taken back */
    HRM_ROUND_SOLVED,   /* every cell has one candidate */
    HRM_ROUND_REJECTED, /* the same, but the task's checker (option check) says it is wrong */
} hrm_round_end;

/* One round of a search on candidates. All pointers are borrowed until the callback returns. */
typedef struct hrm_round {
    size_t puzzle;    /* index in the call */
    int chain, round; /* from 0; chains of a puzzle run side by side */
    const hrm_candidate *dropped;
    size_t drops;
    hrm_round_end end;
    hrm_candidate guess; /* HRM_ROUND_GUESSED; otherwise cell is -1 */
    int guesses;         /* that stand; after a conflict: that were taken back */
    double conflict;     /* the model's probability of a contradiction */
    int rows, cols;      /* of the grid */
    const char *text;    /* cells that are settled, one character each, as a puzzle */
    const char *drawing, *drawing_colour; /* the same as a grid; what is new emphasised */
} hrm_round;
typedef void (*hrm_round_callback)(void *user, const hrm_round *round);

typedef struct hrm_solve_options {
    int segments;          /* segments of the recursion; 0: as the model was trained (usually 16).
                              Models of candidates: rounds of a puzzle, all chains together */
    int batch;             /* puzzles at a time; 0: chosen for the model */
    hrm_progress progress; /* may be NULL */
    void *user;
    /* Models of candidates (regime lattice) only: */
    bool check;    /* the task's rules may reject a complete answer, which is then sought again */
    uint64_t seed; /* of the guesses */
    hrm_round_callback explain; /* gets every round; may be NULL; `user` is its first argument */
} hrm_solve_options;

typedef struct hrm_answer {
    char *text;           /* one character per cell; freed by hrm_answers_free */
    char *drawing;        /* as a grid with lines, without colour */
    char *drawing_colour; /* the same with what the model filled in emphasised */
    hrm_verdict verdict;  /* by the task's checker, which the model does not see */
    char why[96];         /* "row 3 holds 5 twice"; "" when solved */
    int segments;         /* after which the answer did not change any more */
    double confidence;    /* sigmoid of the halting head's logit, 0..1 */
} hrm_answer;

/* Solves `count` puzzles (text, one character per cell) into a new array *out of `count` answers.
 * A puzzle that is not one for the model's task fails the call: the message names it (from 1).
 * options may be NULL. */
HRM_API hrm_status hrm_solve(hrm_model *model, const char *const *puzzles, size_t count,
                             const hrm_solve_options *options, hrm_answer **out);
HRM_API void hrm_answers_free(hrm_answer *answers, size_t count);

/* ---- evaluation ------------------------------------------------------------------------------ */

typedef struct hrm_eval_options {
    size_t limit; /* first so many examples; 0: all */
    int segments; /* 0: as the model was trained */
    int batch;    /* 0: chosen for the model */
    hrm_progress progress;
    void *user;
    bool check; /* as in hrm_solve_options; figures with it are not the model's alone */
    uint64_t seed;
    /* ARC data (hrm_arc_build, or a published directory with identifiers.json and
     * test_puzzles.json beside it): the copies of a task vote on its answer. */
    int votes;              /* at most so many copies of each task, the plain one first; 0: all */
    bool contaminated;      /* score tasks although their answers were trained on */
    const char *submission; /* writes two attempts for every test input, as JSON; may be NULL */
    const char *scores;     /* writes the score of every task, as CSV; may be NULL */
} hrm_eval_options;

enum { HRM_PASSES = 6 }; /* pass@1, 2, 5, 10, 100 and 1000 */

/* Puzzles of a range of difficulty, and how many were solved. */
typedef struct hrm_eval_band {
    int low, high; /* both included; high -1: no end */
    size_t n, exact;
} hrm_eval_band;

typedef struct hrm_eval_report {
    size_t n;                   /* examples */
    double exact;               /* share with every labelled cell right */
    double ci95_low, ci95_high; /* Wilson interval of `exact` */
    double cells;               /* share of labelled cells right, mean over examples */
    double mean_segments;       /* after which the answer did not change any more */
    double halt_accuracy;       /* share of examples whose halting logit > 0 tells exactness */
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
    size_t tasks;            /* ARC: that were voted on; 0: no voting took place */
    double pass[HRM_PASSES]; /* ARC: pass@k, mean over tasks; NaN where no solution is known */
    size_t trained_on;       /* ARC: tasks whose answers the training data hold */
} hrm_eval_report;

/* Evaluates on a data set. Wrong and unsolved count as not exact. Of ARC data `limit` takes the
 * plain copies of all tasks first, then the next ones; data of which more than 1 % of the tasks
 * have their answers among the training data are refused unless options say so. options may be
 * NULL. */
HRM_API hrm_status hrm_evaluate(hrm_model *model, hrm_dataset *dataset,
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
 * the demonstrations; then all copies vote on the test inputs. The model itself does not change.
 * *json: steps, network, copies, loss_first, loss_last (per row, mean over a tenth of the steps),
 * tasks (task, pass@1, pass@2 (null where no solution is known), tests: for each test input the two
 * best guesses with votes, confidence, grid, drawing, drawing_colour). Free with hrm_free. */
HRM_API hrm_status hrm_adapt(hrm_model *model, const char *path, const hrm_adapt_options *options,
                             char **json);

/* ---- training -------------------------------------------------------------------------------- */

typedef struct hrm_trainer hrm_trainer;

typedef enum hrm_event_kind {
    HRM_EVENT_STEP,  /* an optimiser step is done */
    HRM_EVENT_EVAL,  /* the validation data was evaluated */
    HRM_EVENT_SAVED, /* a checkpoint was written */
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
 * finished, a checkpoint is written and hrm_trainer_run returns HRM_STATUS_STOPPED. */
typedef bool (*hrm_event_callback)(void *user, const hrm_event *event);

/* Prepares a run from a recipe (YAML, keys as hrm_recipe_keys lists them) and `count` settings of
 * the form "key=value" that override it. out_dir: the run folder, made when missing; one that holds
 * a run already is refused. run may be NULL; the recipe's own threads and isa keys win over it. */
HRM_API hrm_status hrm_trainer_new(const char *recipe, const char *const *settings, size_t count,
                                   const char *out_dir, const hrm_run *run, hrm_trainer **out);
/* Goes on with the run in `dir` exactly where its last checkpoint stands: the same bits as if it
 * had never stopped. Settings may only change what does not change the result (threads, steps, how
 * often to evaluate and save); others are refused. */
HRM_API hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                                      const hrm_run *run, hrm_trainer **out);
/* The plan, before any step: one JSON object with parameters, tokens, batch, micro_batch, steps,
 * flops_per_step, bytes (program, model, optimiser, carry, activations, data, total: the peak),
 * examples, groups,
 * task, isa, threads, dir, step (where it starts), recipe (every key resolved). Free with hrm_free.
 */
HRM_API hrm_status hrm_trainer_plan(const hrm_trainer *trainer, char **json);
/* Trains to the last step. Writes into the run folder: recipe.yaml, metrics.jsonl,
 * model.safetensors (last), best.safetensors, state.safetensors. callback may be NULL. */
HRM_API hrm_status hrm_trainer_run(hrm_trainer *trainer, hrm_event_callback callback, void *user);
HRM_API void hrm_trainer_free(hrm_trainer *trainer);

/* The i-th recipe key, or NULL past the end; borrowed until the next call in this thread. */
typedef struct hrm_recipe_key {
    const char *name, *type; /* "integer", "number", "switch", "text", "choice" */
    const char *preset;      /* default value, as text */
    const char *choices;     /* of a choice: "a|b|c"; else "" */
    const char *help;
} hrm_recipe_key;
HRM_API const hrm_recipe_key *hrm_recipe_keys(size_t i);

/* ---- measuring ------------------------------------------------------------------------------- */

/* What to measure. */
typedef struct hrm_bench_options {
    const char *what; /* "gemm", "kernels", "train" or "infer" */
    const char
        *config;    /* train, infer: "hrm-27m", "trm-7m", "trm-mlp-5m", "lattice-128"; NULL: all */
    int batch;      /* train, infer: puzzles at a time; 0: the config's */
    double seconds; /* time for each measurement; 0: 1 */
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

/* Measures this machine; the callback (not NULL) gets the results as they come. */
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
 * a folder does not have are left out; a folder with no case at all is an error. */
HRM_API hrm_status hrm_parity(const char *dir, const hrm_run *run, hrm_parity_callback callback,
                              void *user, size_t *passed, size_t *failed);

#ifdef __cplusplus
}
#endif
#endif
