/* hrm.h - hierarchical and tiny recursive reasoning models: load, solve, evaluate, train;
 * hrm_data.h and hrm_tools.h have the rest.
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
 * Options. Every structure of options says its size, so that it may grow: begin with its init
 * function, which fills in the defaults, and change what is to differ; then zero means zero. A NULL
 * pointer to options means the defaults. Callbacks get the user pointer that stands beside them.
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
#define HRM_ABI 1
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
 * Errors: none. Threads: any; each thread has its own message.
 * Example: if (hrm_model_load("model.safetensors", NULL, &model)) puts(hrm_error()); */
HRM_API const char *hrm_error(void);
/* All that is known of a failure. Texts are borrowed until this thread's next failure. */
typedef struct hrm_failure {
    hrm_status status;
    const char *text;   /* as hrm_error() */
    const char *option; /* a field of options that is wrong, or would help; NULL: not known */
    const char *file;   /* where it lies; NULL: not known */
    long line, column;  /* from 1; 0: not known */
    long puzzle, cell;  /* of the call; character of its text, ends of lines left out; likewise */
    long offset;        /* bytes before it, of a file that is no text; -1: not known */
} hrm_failure;
/* Fills *out in with this thread's last failure; a status of 0 before any.
 * Errors: none. Threads: any; each has its own.
 * Example:
 *     hrm_failure failure;
 *     hrm_last_failure(&failure);
 *     if (failure.line) printf("%s:%ld: %s\n", failure.file, failure.line, failure.text); */
HRM_API void hrm_last_failure(hrm_failure *out);
/* Frees text that a function returned for the caller to keep.
 * Errors: none; NULL is nothing. Threads: any, at any time.
 * Example: hrm_free(json); */
HRM_API void hrm_free(void *text);
typedef struct hrm_ranks hrm_ranks;
/* How to run: given to whatever computes. A NULL pointer means the defaults. */
typedef struct hrm_run {
    size_t size; /* of the structure: hrm_run_init */
    int threads; /* 0: one for each processor that affinity and CPU quotas leave; same results */
    /* Kernels: NULL, the fastest that this processor runs; "float" or "bf16", the fastest that
     * multiply so (the rest is float either way); or one table of those that hrm_isas names. */
    const char *isa;
    double flops; /* of a segment for one puzzle; a model that takes more is refused; 0: 1e13 */
    const char *shipped; /* NULL, or a folder with models/ and data/, for bare names in recipes */
    bool no_verify;      /* the checksums of a model, or of a run that goes on, are not looked at */
    hrm_ranks *ranks;    /* NULL, or processes to work with (hrm_ranks_join); borrowed */
    bool borrow; /* a model's bytes in memory stay until it is freed: small weights need no copy */
} hrm_run;
/* Fills in the defaults; size: sizeof *run.
 * Errors: none. Threads: any.
 * Example: hrm_run run; hrm_run_init(&run, sizeof run); */
HRM_API void hrm_run_init(hrm_run *run, size_t size);

/* ---- puzzles ------------------------------------------------------------------------------- */

typedef struct hrm_dataset hrm_dataset;
typedef struct hrm_model hrm_model;
/* Opens puzzles: a table with columns question and answer (docs/formats.md has the others), or a
 * directory in the published layout (dataset.json and .npy files; a folder that holds train/ and
 * test/ is refused with a hint). task: the name of a family (hrm_families), "sequence" (texts of
 * any length), the name of a task file (.yaml, see docs/your-own-puzzle.md), or NULL to tell from
 * the data.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_TASK with the file and
 * the line.
 * Threads: any, at any time.
 * Example: if (hrm_dataset_open("puzzles.csv", NULL, &dataset)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_open(const char *path, const char *task, hrm_dataset **out);
/* Opens puzzles for a model: read by the model's own task and alphabet, refused when they do not
 * fit. A table without the column answer can be solved, not evaluated or exported.
 * Errors: as hrm_dataset_open; HRM_STATUS_TASK for puzzles of another length or alphabet.
 * Threads: any, at any time.
 * Example: if (hrm_dataset_open_for("test.csv", model, &dataset)) puts(hrm_error()); */
HRM_API hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model,
                                        hrm_dataset **out);
/* Frees a data set, or nothing for NULL.
 * Errors: none. Threads: none may be using the data set.
 * Example: hrm_dataset_free(dataset); */
HRM_API void hrm_dataset_free(hrm_dataset *dataset);
/* How many examples it has; 0 for NULL.
 * Errors: none. Threads: any number at once on one data set.
 * Example: printf("%zu examples\n", hrm_dataset_size(dataset)); */
HRM_API size_t hrm_dataset_size(const hrm_dataset *dataset);

/* ---- models -------------------------------------------------------------------------------- */

/* Loads a model file (safetensors), or the best of a run folder. run may be NULL.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT, HRM_STATUS_VERSION, HRM_STATUS_NUMERIC
 * for what is in the file; HRM_STATUS_UNSUPPORTED for kernels that this processor cannot run.
 * Threads: any. The model is never changed after that: any number of threads may use it.
 * Example: if (hrm_model_load("model.safetensors", NULL, &model)) puts(hrm_error()); */
HRM_API hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out);
/* The same of a model file's bytes in memory, which may go afterwards (see borrow): needs no files.
 * Errors: as hrm_model_load, but HRM_STATUS_IO. Threads: any.
 * Example: if (hrm_model_load_memory(bytes, size, NULL, &model)) puts(hrm_error()); */
HRM_API hrm_status hrm_model_load_memory(const void *bytes, size_t size, const hrm_run *run,
                                         hrm_model **out);
/* Frees a model, or nothing for NULL; its solvers first.
 * Errors: none. Threads: none may be using the model or a solver of it.
 * Example: hrm_model_free(model); */
HRM_API void hrm_model_free(hrm_model *model);
/* What a loaded model is. Texts are borrowed from the model. */
typedef struct hrm_model_info {
    const char *arch;              /* "hrm", "trm", "loop" */
    const char *task;              /* the name of its family, or "declared" */
    const char *isa;               /* the kernels it was loaded for */
    const unsigned char *alphabet; /* (vocab) how tokens are written; [0]: padding, or 0 */
    size_t parameters;
    int cells;      /* of a puzzle; its text is so many characters */
    int rows, cols; /* as it is drawn; rows * cols == cells */
    int vocab;      /* token values are 0 .. vocab - 1 */
    int symbols; /* of models of candidates: a cell holds one of the last so many tokens; 0 else */
    int steps;   /* segments (or rounds) that solving runs when nothing else is asked for */
    int blank;   /* the token of an open cell of a puzzle; 0: the task has none */
    double sure; /* answers of less confidence may be wrong; 0: the model has no bound of its own */
} hrm_model_info;
/* Fills *out in.
 * Errors: HRM_STATUS_ARG for a NULL argument. Threads: any number at once on one model.
 * Example:
 *     hrm_model_info info;
 *     hrm_model_inspect(model, &info);
 *     printf("%s for %s, %d cells\n", info.arch, info.task, info.cells); */
HRM_API hrm_status hrm_model_inspect(const hrm_model *model, hrm_model_info *out);

/* ---- solving ------------------------------------------------------------------------------- */

typedef enum hrm_verdict {
    HRM_VERDICT_SOLVED = 0,     /* complete, keeps the givens, obeys every rule of the task */
    HRM_VERDICT_INCOMPLETE = 1, /* some cell has no symbol */
    HRM_VERDICT_WRONG = 2,      /* breaks a rule or changes a given */
    HRM_VERDICT_UNKNOWN = 3,    /* complete, but this task has no rules to check it by */
    HRM_VERDICT_UNBROKEN = 4, /* complete, and breaks none of the rules stated, which are not all */
} hrm_verdict;
typedef enum hrm_round_end {
    HRM_ROUND_END_GUESSED,  /* a cell was guessed; or none: complete, and looked at once more */
    HRM_ROUND_END_CONFLICT, /* a contradiction: guesses of the chain are taken back */
    HRM_ROUND_END_SOLVED,   /* every cell has one candidate */
    HRM_ROUND_END_REJECTED, /* the same, but the task's checker (option check) says it is wrong */
    HRM_ROUND_END_SEGMENT,  /* none of these: a segment of a model that answers at once */
} hrm_round_end;
/* How a model of candidates (regime lattice) searches: chains of rounds, each of which drops
 * candidates and then guesses a cell, and takes the last guess back when it contradicts itself.
 * Defaults in brackets. Others take its bounds by time. */
typedef struct hrm_search {
    size_t size;   /* of the structure: hrm_search_init */
    int rounds;    /* most for a puzzle, in all its chains; then it is not solved [as the model
                      says; 512 for one with fewer givens than a single answer takes] */
    int chains;    /* most for a puzzle at a time, up to 256 [64] */
    int patience;  /* a puzzle begins with one chain and has twice as many after every so many
                      rounds of each [256] */
    int agree;     /* so many chains must come to the same grid before it is given, up to 64 [1] */
    int published; /* not 0: as in arXiv 2605.08605: guesses fall on any open cell, a last candidate
                      stays though the model names another, a contradiction begins again from the
                      givens; hrm_search_published fills in its numbers [0] */
    double drop;   /* candidates less likely to stay are dropped, below 1 [0.1] */
    double conflict;    /* chains more likely to contradict themselves turn back [0.6] */
    double temperature; /* of the symbol that a guess draws [1] */
    /* Bounds by time, for one puzzle (its share, where several are solved together) and for all,
     * waiting for the next one of a stream included; with either the result depends on the machine
     * [none]. */
    double seconds, total_seconds;
    int views;   /* of models in segments: under a puzzle's symmetries, up to 64 [0: as it is]; the
                    surest answer is given, or with `check` the first that the rules accept */
    double sure; /* confidence that needs no other view [0: the model's own bound, or 0.995] */
} hrm_search;
/* Fills in the defaults; size: sizeof *search.
 * Errors: none. Threads: any.
 * Example: hrm_search search; hrm_search_init(&search, sizeof search); */
HRM_API void hrm_search_init(hrm_search *search, size_t size);
typedef struct hrm_round hrm_round; /* one round of a search: see hrm_tools.h */
typedef bool (*hrm_round_callback)(void *user, const hrm_round *round); /* false stops */
typedef struct hrm_step hrm_step; /* what a model thinks after one step: see hrm_tools.h */
/* false cancels: the call returns HRM_STATUS_STOPPED and gives no answers. */
typedef bool (*hrm_step_callback)(void *user, const hrm_step *step);
/* Called after each finished puzzle, and now and then while one takes long (with the same numbers
 * again), from one thread at a time; false stops. */
typedef bool (*hrm_progress)(void *user, size_t done, size_t total);
typedef struct hrm_solve_options {
    size_t size;  /* of the structure: hrm_solve_options_init */
    int segments; /* segments of the recursion; 0: as the model was trained (usually 16).
                     Models of candidates: rounds of a puzzle, where `search` says none */
    int batch;    /* puzzles at a time; 0: chosen for the model. Models of candidates: rounds
                     of any chains at a time */
    hrm_progress progress; /* may be NULL; called between steps, with total 0 where not known */
    void *user;
    /* Models of candidates (regime lattice) only, but for `check` where there are several views: */
    bool check;    /* the task's rules may reject a complete answer, which is then sought again */
    uint64_t seed; /* of the guesses */
    hrm_round_callback explain; /* gets every round, puzzle after puzzle; may be NULL */
    const hrm_search *search;   /* NULL: the defaults */
    hrm_step_callback step;     /* of any model: gets every step of every puzzle; may be NULL */
} hrm_solve_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_solve_options options; hrm_solve_options_init(&options, sizeof options); */
HRM_API void hrm_solve_options_init(hrm_solve_options *options, size_t size);
typedef struct hrm_answer {
    char *text;           /* one character per cell; freed by hrm_answers_free */
    char *drawing;        /* as a grid with lines, without colour */
    char *drawing_colour; /* the same with what the model filled in emphasised */
    hrm_verdict verdict;  /* by the task's checker, which the model does not see */
    char why[96]; /* "row 3 holds 5 twice"; "no answer fits the givens: ..."; "" when solved */
    int segments; /* after which the answer did not change any more */
    /* 0..1: the halting head's probability that the answer is right; of a model whose halting was
     * not trained (q_weight 0) the geometric mean of its cells' probabilities; of candidates that
     * there is no contradiction, 0 where no answer is given. */
    double confidence;
    /* Models of candidates: in all chains of the puzzle; chains is 0 for other models. An answer
     * is given only when it is complete and keeps the givens; else verdict is
     * HRM_VERDICT_INCOMPLETE and text has the givens and what was settled before the first guess.
     * restarts: contradictions. */
    int rounds, guesses, restarts, chains;
    int chain;             /* that came to the answer, from 0; -1 when none did */
    double seconds;        /* this puzzle's share of the time */
    unsigned char *tokens; /* (cells) the answer as tokens; freed by hrm_answers_free */
} hrm_answer;
/* Solves `count` puzzles (text, one character per cell) into a new array *out of `count` answers.
 * A puzzle that is not one for the model's task fails the call: the message names it (from 1).
 * options may be NULL.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK as said; HRM_STATUS_UNSUPPORTED for
 * options that the model has no use for; HRM_STATUS_STOPPED after a callback's false (that of a
 * call about the very end is too late to stop anything).
 * Threads: any number at once on one model. Each call starts its own: for many take an hrm_solver.
 * Example:
 *     if (!hrm_solve(model, &puzzle, 1, NULL, &answer)) {
 *         puts(answer->text);
 *         hrm_answers_free(answer, 1);
 *     } */
HRM_API hrm_status hrm_solve(const hrm_model *model, const char *const *puzzles, size_t count,
                             const hrm_solve_options *options, hrm_answer **out);
/* Frees `count` answers and their array, or nothing for NULL.
 * Errors: none. Threads: any, at any time.
 * Example: hrm_answers_free(answers, count); */
HRM_API void hrm_answers_free(hrm_answer *answers, size_t count);
/* A model at work: its threads and its memory, kept from one call to the next. */
typedef struct hrm_solver hrm_solver;
/* Makes a solver. threads: 0 for as many as the model was loaded with; a service with one solver
 * per thread takes 1. The model is borrowed: free it last.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: any number at once on one model. A solver itself serves one thread at a time.
 * Example:
 *     hrm_solver *solver;
 *     if (hrm_solver_new(model, 1, &solver)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_new(const hrm_model *model, int threads, hrm_solver **out);
/* Frees a solver, or nothing for NULL.
 * Errors: none. Threads: none may be using the solver.
 * Example: hrm_solver_free(solver); */
HRM_API void hrm_solver_free(hrm_solver *solver);
/* As hrm_solve: `count` puzzles into a new array of answers; but threads and memory are kept for
 * the next call, so that small calls cost nothing beside the model's own work.
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
/* Makes the call that this solver is in return HRM_STATUS_STOPPED very soon; when it is in none,
 * the next call. NULL is nothing.
 * Errors: none. Threads: any, also while another is in a call; also from a signal handler.
 * Example: hrm_solver_cancel(solver); */
HRM_API void hrm_solver_cancel(hrm_solver *solver);

/* ---- evaluation ---------------------------------------------------------------------------- */

typedef struct hrm_scored hrm_scored; /* what became of one puzzle: see hrm_tools.h */
typedef bool (*hrm_scored_callback)(void *user, const hrm_scored *scored); /* false stops */
typedef struct hrm_eval_options {
    size_t size;  /* of the structure: hrm_eval_options_init */
    size_t limit; /* first so many examples; 0: all */
    int segments; /* 0: as the model was trained */
    int batch;    /* 0: chosen for the model */
    hrm_progress progress;
    void *user;
    bool check; /* as in hrm_solve_options; figures with it are not the model's alone */
    uint64_t seed;
    const hrm_search *search; /* NULL: the defaults */
    size_t latency;           /* afterwards so many puzzles are solved one by one, for latency_* */
    /* ARC data (hrm_arc_build, or a published directory with identifiers.json and
     * test_puzzles.json beside it): the copies of a task vote on its answer. */
    int votes;              /* at most so many copies of each task, the plain one first; 0: all */
    bool contaminated;      /* score tasks although their answers were trained on */
    const char *submission; /* writes two attempts for every test input, as JSON; may be NULL */
    const char *scores;     /* writes the score of every task, as CSV; may be NULL */
    double right; /* above 0: the share of right answers that hrm_eval_report.sure is sought for */
    hrm_scored_callback scored; /* gets every answer; may be NULL; `user` is its first argument */
} hrm_eval_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_eval_options options; hrm_eval_options_init(&options, sizeof options); */
HRM_API void hrm_eval_options_init(hrm_eval_options *options, size_t size);
#define HRM_PASSES 6 /* entries of hrm_eval_report.pass: pass@1, 2, 5, 10, 100 and 1000 */
/* Puzzles of a range of difficulty, and how many were solved. */
typedef struct hrm_eval_band {
    int low, high; /* both included; high -1: no end */
    size_t n, exact, wrong, unsolved;
    double mean_segments; /* as in the report */
} hrm_eval_band;
typedef struct hrm_eval_report {
    size_t n, unscored; /* examples; others, whose answer is not known or the question already */
    double exact;       /* share with all labelled cells right, complete rules kept; NaN of none */
    double ci95_low, ci95_high; /* Wilson interval of `exact` */
    double cells;               /* share of labelled cells right, mean over examples */
    double mean_segments;       /* after which the answer did not change any more */
    double halt_accuracy; /* share whose confidence > .5 tells exactness; NaN: halting untrained */
    double halt_auc;      /* area under the ROC curve of the same; NaN where all are alike */
    double seconds_per_puzzle;
    double valid; /* share that the task's rules call right, be it another answer than the labelled
                     one (a maze has many shortest ways); NaN without rules */
    double valid95_low, valid95_high; /* Wilson interval of `valid` */
    size_t wrong;                     /* complete answers that are neither exact nor valid */
    size_t unsolved, late;            /* with a cell left open; cut by a bound of time */
    int segments, views;              /* that were run; of a puzzle, at most; 0: one */
    const char *band_by; /* what bands are of: "rating", or "open cells" where no ratings differ */
    size_t bands;        /* used entries of band */
    hrm_eval_band band[8];
    /* Of candidates; with the rules at hand; which are not all stated, so that an answer unlike its
     * label is wrong; on the very puzzles that the model was trained on. */
    bool search, check, partial, seen;
    double mean_rounds, mean_guesses, mean_chains, mean_restarts; /* of candidates, for a puzzle */
    size_t latency_n;                                             /* puzzles solved one by one */
    double latency_median, latency_p95;                           /* seconds */
    size_t tasks;              /* ARC: that were voted on; 0: no voting took place */
    double pass[HRM_PASSES];   /* ARC: pass@k, mean over tasks; NaN where no solution is known */
    size_t trained_on, larger; /* ARC: tasks trained on; scored ones left out as too large */
    /* ARC: all scored tasks, also those left out or not voted on, and pass@k over them, where those
     * left out count as failed; NaN where not all others were voted on or no solution is known. */
    size_t all_tasks;
    double all_pass[HRM_PASSES];
    size_t broken, partly; /* labels that break the rules, and yet count; of n, labelled in part */
    size_t given, copied;  /* of unscored, no open cell; of n, unchanged where none is marked */
    int64_t shared;        /* puzzles that are in the data it was trained on too; -1: not known */
    const char *shared_why, *unrated; /* why; the data's ratings that say nothing; "" of none */
    double sure; /* the confidence that is enough; 0: not for models that search or with `check` */
    size_t right, sure_n, sure_right; /* of n: right, by label or rules; as sure as that; both */
} hrm_eval_report;
/* Evaluates on a data set. Wrong and unsolved count as not exact. Of ARC data `limit` takes the
 * plain copies of all tasks first, then the next ones; data of which more than 1 % of the tasks
 * have their answers among the training data are refused unless options (may be NULL) say so.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK for data that does not fit or was
 * trained on; HRM_STATUS_UNSUPPORTED; HRM_STATUS_IO for a file that cannot be written;
 * HRM_STATUS_STOPPED.
 * Threads: any number at once on one model and one data set.
 * Example:
 *     hrm_eval_report report;
 *     if (!hrm_evaluate(model, dataset, NULL, &report)) printf("%.2f %%\n", 100 * report.exact); */
HRM_API hrm_status hrm_evaluate(const hrm_model *model, const hrm_dataset *dataset,
                                const hrm_eval_options *options, hrm_eval_report *out);

/* ---- training ------------------------------------------------------------------------------ */

typedef struct hrm_trainer hrm_trainer;
typedef enum hrm_event_kind {
    HRM_EVENT_KIND_STEP,       /* an optimiser step is done */
    HRM_EVENT_KIND_EVAL,       /* the validation data was evaluated */
    HRM_EVENT_KIND_SAVED,      /* a checkpoint was written */
    HRM_EVENT_KIND_EVALUATING, /* may an evaluation go on; `finished` of eval.n puzzles are done */
    HRM_EVENT_KIND_REJUDGED,   /* the best so far, measured again by other puzzles than before */
} hrm_event_kind;
typedef struct hrm_event {
    hrm_event_kind kind;
    int64_t step, steps; /* done so far; planned */
    double seconds;      /* of training so far, earlier sessions of the run included */
    /* HRM_EVENT_KIND_STEP: */
    double loss;           /* per row: tokens plus halting terms */
    double lm_loss;        /* per row, tokens only */
    double lr, grad_norm;  /* the latter before clipping; 0 when not computed */
    size_t finished;       /* rows that halted in this step */
    bool hinted;           /* they had been given hints: what follows is no accuracy */
    double finished_exact; /* share of them solved exactly; NaN when none */
    double finished_cells; /* share of their cells right; NaN when none. lattice: of the open cells
                              of all rows whose truth is still possible; NaN when none is */
    double finished_steps; /* mean segments they took; NaN when none */
    double steps_per_second, flops_per_second; /* over the last steps */
    double eta_seconds;
    /* HRM_EVENT_KIND_EVAL; HRM_EVENT_KIND_REJUDGED, with the step of that model: */
    hrm_eval_report eval, train; /* hinted: up to 32 puzzles of the training data, without hints */
    bool best;                   /* the best exact accuracy so far (cells decide ties) */
    const char *path;            /* HRM_EVENT_KIND_SAVED: of the model file */
} hrm_event;
/* Called in the thread that runs the training; false asks to stop: the step in progress is already
 * finished, an evaluation is given up (and made up for when the run goes on), a checkpoint is
 * written and hrm_trainer_run returns HRM_STATUS_STOPPED. */
typedef bool (*hrm_event_callback)(void *user, const hrm_event *event);
/* Prepares a run from a recipe (YAML, keys as hrm_recipe_keys lists them) and `count` settings of
 * the form "key=value" that override it. out_dir: the run folder, made when missing; one that holds
 * a run already, or a file that a run would replace, is refused. run may be NULL; its threads and
 * isa win over the recipe's keys.
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
 * had never stopped. Settings may change threads, how often to log, evaluate and save, minutes, the
 * place of the data and of a task file, which must be the same, other puzzles to evaluate on (by
 * which the best so far is measured again), isa, which gives up the same bits, and steps and rates,
 * whose schedule goes on from here (docs/recipes.md); others are refused.
 * Errors: as hrm_trainer_new; HRM_STATUS_IO when the folder holds no run.
 * Threads: any; a trainer itself serves one thread at a time.
 * Example: if (hrm_trainer_resume("runs/first", NULL, 0, NULL, &trainer)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_resume(const char *dir, const char *const *settings, size_t count,
                                      const hrm_run *run, hrm_trainer **out);
typedef struct hrm_train_options {
    size_t size;              /* of the structure: hrm_train_options_init */
    hrm_event_callback event; /* may be NULL */
    void *user;
    bool tensorboard; /* also writes what metrics.jsonl gets as event files into the run folder */
} hrm_train_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_train_options options; hrm_train_options_init(&options, sizeof options); */
HRM_API void hrm_train_options_init(hrm_train_options *options, size_t size);
/* Trains to the last step. Writes into the run folder: recipe.yaml, metrics.jsonl,
 * sessions.jsonl, model.safetensors (last), best.safetensors, state.safetensors. options may be
 * NULL.
 * Errors: HRM_STATUS_STOPPED after a callback's false; HRM_STATUS_NUMERIC when a loss or gradient
 * is not finite; HRM_STATUS_IO when a file cannot be written or another process trains in the
 * folder.
 * Threads: one at a time on one trainer; it works with threads of its own.
 * Example: if (hrm_trainer_run(trainer, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_run(hrm_trainer *trainer, const hrm_train_options *options);
/* Frees a trainer, or nothing for NULL. What was not saved is lost.
 * Errors: none. Threads: none may be using the trainer.
 * Example: hrm_trainer_free(trainer); */
HRM_API void hrm_trainer_free(hrm_trainer *trainer);

#ifdef __cplusplus
}
#endif
#endif
