/* hrm_tools.h - what goes beyond hrm.h: making, showing and converting data and models, ARC, steps
 * and traces, measurements, golden numbers. The conventions are those of hrm.h. */
#ifndef HRM_TOOLS_H
#define HRM_TOOLS_H

#include <hrm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- general ------------------------------------------------------------------------------- */

/* "0.1.0".
 * Errors: none. Threads: any, at any time.
 * Example: printf("libhrm %s\n", hrm_version()); */
HRM_API const char *hrm_version(void);
/* HRM_ABI of the library that runs, for programs that load it by hand: compare it with the
 * header's.
 * Errors: none. Threads: any, at any time.
 * Example: if (hrm_abi_version() != HRM_ABI) return 1; */
HRM_API int hrm_abi_version(void);
/* One JSON object: version, isa (the kernels this processor gets), isas (all it can run), compiler,
 * threads (cores this process may use). NULL when memory is short. Free with hrm_free.
 * Errors: NULL when memory is short. Threads: any, at any time.
 * Example:
 *     json = hrm_version_json();
 *     if (json) puts(json);
 *     hrm_free(json); */
HRM_API char *hrm_version_json(void);
/* Every name that hrm_run.isa takes, ", " between them: "float", "bf16", then the tables of kernels
 * from the reference to the fastest. Those that this processor can run are in hrm_version_json.
 *
 * Errors: none.
 * Threads: any, at any time.
 * Example:
 *     printf("kernels: %s\n", hrm_isas()); */
HRM_API const char *hrm_isas(void);
/* The short name of a status: "ok", "argument", "memory", "io", "format", "version", "task",
 * "numeric", "stopped", "unsupported". Never NULL; static text.
 * Errors: none; an unknown number is "unknown". Threads: any, at any time.
 * Example: fprintf(stderr, "%s error: %s\n", hrm_status_name(status), hrm_error()); */
HRM_API const char *hrm_status_name(hrm_status status);
/* The word among `words` (count) that `word` is most likely a misspelling of, or NULL when none is
 * near: for front ends that suggest a command, an option or a recipe key.
 * Errors: none; NULL words are near nothing. Threads: any, at any time.
 * Example:
 *     const char *const words[] = {"train", "solve"};
 *     const char *near = hrm_nearest("slove", words, 2);
 *     if (near) printf("did you mean %s?\n", near); */
HRM_API const char *hrm_nearest(const char *word, const char *const *words, size_t count);

/* ---- puzzles read and shown ---------------------------------------------------------------- */

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
/* One JSON object: path, task, examples, puzzles, groups, seq, vocab, rows, cols, rating (mean,
 * median, max, rated; null when no row has one). Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM. Threads: any number at once on one data set.
 * Example:
 *     if (!hrm_dataset_describe(dataset, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_dataset_describe(const hrm_dataset *dataset, char **json);
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

/* Looks data over before they teach or judge. One JSON object: path, task, rules (of the task that
 * are known: "all", "some", "none"), examples, rows, cols, places (what numbers below count:
 * "lines" of a table, "examples" of a folder), bad (at, why: rows that cannot be read, or whose
 * answer breaks a rule; a table's are left out of all that follows), duplicates (at, of,
 * same_answer), conflicting (duplicates with another answer), overlap (path, at: puzzles that
 * `against` holds too), unanswered, symbols (questions, answers: how often each occurs), baseline
 * (copied: share of the cells that the question gives; majority: share of the others that the
 * commonest symbol gets; cells: of all, by both), symmetries (sentences on those that a task file
 * claims and the answers contradict). task as in hrm_dataset_open; against, clean may be NULL;
 * clean: a CSV file that gets what a table is without its bad rows. Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT, HRM_STATUS_TASK where nothing can be
 * read; HRM_STATUS_UNSUPPORTED for ARC data whose copies are made when they are read.
 * Threads: any, to different paths.
 * Example:
 *     if (!hrm_dataset_check("train.csv", NULL, "test.csv", NULL, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_dataset_check(const char *path, const char *task, const char *against,
                                     const char *clean, char **json);

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
 * with ..._solutions.json beside it where there is one), the file of one task, or a folder of
 * those. */
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
    bool drop;          /* leaves out tasks to train on that hold a scored task's answers */
    bool keep_colours;  /* copies are turned and mirrored only, so there are 7 at most: for models
                           with symbol_channels, to which colours are alike already */
    const hrm_run *run; /* NULL: the defaults */
} hrm_arc_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_arc_options options; hrm_arc_options_init(&options, sizeof options); */
HRM_API void hrm_arc_options_init(hrm_arc_options *options, size_t size);
/* Writes train/, test/, identifiers.json and test_puzzles.json into folder `dir`. The copies are
 * made when they are read; hrm_dataset_export writes them out. *json (may be NULL): tasks, scored,
 * dropped, train_examples, test_examples, identifiers, less_augmented (tasks with fewer copies,
 * because more would repeat themselves), side, larger (how many tasks were left out because of it:
 * trained, scored), trained_on (ids of scored tasks whose answers are among what is trained on: a
 * score on them says nothing). Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_TASK for
 * what is in a source.
 * Threads: any, to different folders.
 * Example:
 *     const char *training = "arc-agi_training_challenges.json";
 *     hrm_arc_options options;
 *     hrm_arc_options_init(&options, sizeof options);
 *     options.train = &training, options.trains = 1, options.augment = 10;
 *     if (hrm_arc_build("arc", &options, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_arc_build(const char *dir, const hrm_arc_options *options, char **json);

/* ---- models and their texts ---------------------------------------------------------------- */

/* Describes any file or folder of this project: a model, a trainer state, a data set, a run folder;
 * tensors in PyTorch checkpoints and .npz; and text. One JSON object with `kind` ("model", "state",
 * "tensors", "dataset", "run", "recipe", "configuration", "task file", "YAML", "JSON",
 * "JSON lines", "markdown", "text"); for models: parameters, bytes, spec, task, training, tensors
 * (name, dtype, shape). Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT. Threads: any, at any time.
 * Example:
 *     if (!hrm_describe("runs/first", &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_describe(const char *path, char **json);
/* Puzzles and answers of the model are written from now on in the letters of a task file (.yaml,
 * with the keys task and letters alone; see docs/maze.md).
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT; HRM_STATUS_TASK for another task.
 * Threads: none may be using the model.
 * Example: if (hrm_model_letters(model, "theirs.yaml")) puts(hrm_error()); */
HRM_API hrm_status hrm_model_letters(hrm_model *model, const char *task);
/* Writes the model to a file (safetensors), atomically: weights as float32, and the spec, the task
 * and the training record that it came with.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; an existing file is then as it was.
 * Threads: any number at once on one model, to different paths.
 * Example: if (hrm_model_save(model, "copy.safetensors")) puts(hrm_error()); */
HRM_API hrm_status hrm_model_save(const hrm_model *model, const char *path);
/* Reads a puzzle's text (zero-terminated, one character per cell, or rows as lines) into tokens
 * (info.cells, the caller's memory). answer: as an answer is written, where the task writes the two
 * differently.
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
 * Errors: HRM_STATUS_ARG for a NULL argument. Threads: any number at once on one model.
 * Example:
 *     char text[82];
 *     hrm_model_text(model, tokens, text); */
HRM_API hrm_status hrm_model_text(const hrm_model *model, const unsigned char *tokens, char *text);
/* Judges an answer (text) by the rules of the model's task; why (may be NULL) gets a short reason
 * of less than `size` characters. The model itself is not asked.
 * Errors: HRM_STATUS_ARG; HRM_STATUS_TASK for text that is no question or answer of the task.
 * Threads: any number at once on one model.
 * Example:
 *     hrm_verdict verdict;
 *     char why[96];
 *     if (!hrm_check(model, puzzle, answer->text, &verdict, why, sizeof why) && *why) puts(why); */
HRM_API hrm_status hrm_check(const hrm_model *model, const char *question, const char *answer,
                             hrm_verdict *out, char *why, size_t size);

/* ---- streams and steps of a solver --------------------------------------------------------- */

/* The defaults of the published search. Fields as hrm_search_init.
 * Errors: none. Threads: any.
 * Example:
 *     hrm_search search;
 *     hrm_search_published(&search, sizeof search); */
HRM_API void hrm_search_published(hrm_search *search, size_t size);
/* A text file whole, with a zero after it; free it with hrm_free. What gzip packed is unpacked, a
 * byte order mark left out. *table (may be NULL): it is a table, which hrm_dataset_open_for reads,
 * by its name or because its first line names a column of puzzles; else lines of puzzles.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_FORMAT for what is no text in
 * UTF-8, named for what it is.
 * Threads: any, at any time.
 * Example:
 *     char *text;
 *     size_t size;
 *     if (hrm_text_load("puzzles.txt.gz", &text, &size, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_text_load(const char *path, char **text, size_t *size, bool *table);
/* How many lines like this one (zero-terminated) make a puzzle of the model's task, for who reads
 * them from a file: 1; where it is one row of a grid, as many as there are rows, whose lines are a
 * puzzle's text together; 0 for what is no part of one: an empty line, a border, a comment, a
 * heading such as "Grid 01". A wrong line counts as a puzzle, and is refused as one.
 * Errors: none; 1 for NULL. Threads: any number at once on one model.
 * Example: if (hrm_puzzle_rows(model, "530|070|000") > 1) puts("a row of a grid"); */
HRM_API int hrm_puzzle_rows(const hrm_model *model, const char *line);
/* A puzzle of a stream. */
typedef struct hrm_stream_puzzle {
    const char *text; /* borrowed until the next one is asked for */
    /* Its own, copied: segments, check, seed, search without total_seconds, explain and step. Its
     * progress is told segments (or rounds) and the most there may be. A callback's false ends this
     * puzzle alone, which is answered with HRM_STATUS_STOPPED. NULL: as those of the stream. */
    const hrm_solve_options *options;
    void *user; /* comes back with the answer */
} hrm_stream_puzzle;
typedef enum hrm_next {
    HRM_NEXT_END,    /* no puzzle comes any more */
    HRM_NEXT_LATER,  /* none is there yet: it is asked again */
    HRM_NEXT_PUZZLE, /* *out is one */
} hrm_next;
/* Fills *out in, which comes zeroed. wait: nothing is being solved, so it may block until there is
 * something to say; what wakes it is the caller's. Otherwise the puzzles at work wait for it. */
typedef hrm_next (*hrm_next_puzzle)(void *user, bool wait, hrm_stream_puzzle *out);
/* What became of a puzzle of a stream; borrowed until the callback returns. */
typedef struct hrm_stream_answer {
    size_t index; /* of the puzzle, from 0 */
    void *user;   /* of hrm_stream_puzzle */
    hrm_status status;
    const char *error;        /* why there is no answer; "" */
    const hrm_answer *answer; /* NULL where status is a failure: of what is no puzzle of the model's
                                 task, of options that make no sense, or HRM_STATUS_STOPPED */
} hrm_stream_answer;
/* false stops. */
typedef bool (*hrm_answer_callback)(void *user, const hrm_stream_answer *answer);
typedef struct hrm_stream_options {
    size_t size; /* of the structure: hrm_stream_options_init */
    hrm_next_puzzle next;
    hrm_answer_callback done;
    hrm_progress progress; /* may be NULL */
    void *user;            /* of these three */
    size_t total;          /* puzzles, for progress only; 0: not known */
    /* Answers are given as they are done, and the puzzles at work (`batch` of solve, at most) share
     * the time evenly: an easy one does not wait for hard ones before it. Otherwise answers come in
     * the order of the puzzles. They are the same. */
    bool unordered;
    bool strict; /* what would be answered with a failure ends the stream with it, once the puzzles
                    before it are answered */
    const hrm_solve_options *solve; /* of puzzles that have none of their own, and batch; its
                                       progress is not called. NULL: the defaults */
} hrm_stream_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_stream_options options; hrm_stream_options_init(&options, sizeof options); */
HRM_API void hrm_stream_options_init(hrm_stream_options *options, size_t size);
/* Solves puzzles as they come, any number of them in bounded memory: next is asked for more
 * whenever there is room, also while others are being solved. An answer depends on its puzzle and
 * its options alone, not on what is beside it, and so do limits and a puzzle's end. A bound by time
 * (search.seconds) is seen when the step is over that a puzzle shares with others.
 * Errors: HRM_STATUS_STOPPED after false from a callback of the stream or hrm_solver_cancel;
 * HRM_STATUS_ARG, HRM_STATUS_UNSUPPORTED for options of the stream that make no sense or do not fit
 * the model; with strict those of a puzzle, which the message names (from 1); HRM_STATUS_MEM.
 * Threads: one at a time on one solver; next and done come from the calling thread.
 * Example:
 *     hrm_stream_options options;
 *     hrm_stream_options_init(&options, sizeof options);
 *     options.next = next_line, options.done = print_answer, options.user = stdin;
 *     if (hrm_solver_stream(solver, &options)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_stream(hrm_solver *solver, const hrm_stream_options *options);
/* What a model thinks of a puzzle after one step: a segment; or, of a model of candidates, a round
 * of one chain. All pointers are borrowed until the callback returns. */
struct hrm_step {
    size_t puzzle;   /* index in the call */
    int chain, step; /* from 0; chain 0 where there are none */
    int cells, vocab;
    const unsigned char *tokens; /* (cells) the answer so far; an open cell where it has none */
    const char *text;            /* the same as text */
    /* (cells x vocab): of each token, by softmax of the logits. Models of candidates: of a symbol
     * that is still a candidate, the probability that it stays; 0 for everything else. */
    const float *probabilities;
    double confidence; /* as in hrm_answer; of candidates: of no contradiction in this round */
    hrm_round_end end;
};
/* A candidate of a cell, and a probability: to stay, or with which it was guessed. */
typedef struct hrm_candidate {
    int cell; /* from 0, row by row */
    char symbol;
    double probability;
} hrm_candidate;
/* One round of a search on candidates. All pointers are borrowed until the callback returns. */
struct hrm_round {
    size_t puzzle;    /* index in the call */
    int chain, round; /* from 0; chains of a puzzle run side by side */
    const hrm_candidate *dropped;
    size_t drops;
    hrm_round_end end;
    hrm_candidate guess; /* HRM_ROUND_END_GUESSED; cell -1: no guess */
    int guesses;         /* of the chain until now */
    int taken_back;      /* a conflict, or rejected: so many of the last guesses fall */
    double conflict;     /* the model's probability of a contradiction */
    int rows, cols;      /* of the grid */
    const char *text;    /* cells that are settled, one character each, as a puzzle */
    const char *drawing, *drawing_colour; /* the same as a grid; what is new is marked with *, or
                                             emphasised */
    int empty; /* HRM_ROUND_END_CONFLICT: a cell without candidates; -1: the model says it */
    const hrm_candidate *made; /* the `guesses` guesses, oldest first; probability is not set */
};
/* Every step of one puzzle, kept. */
typedef struct hrm_trace hrm_trace;
/* Solves one puzzle and keeps every step in *out. options may be NULL; its callbacks are called
 * too.
 * Errors: as hrm_solver_solve; nothing is kept then. Threads: one at a time on one solver.
 * Example:
 *     hrm_trace *trace;
 *     if (hrm_solver_trace(solver, puzzle, NULL, &trace)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_trace(hrm_solver *solver, const char *puzzle,
                                    const hrm_solve_options *options, hrm_trace **out);
/* Frees a trace, or nothing for NULL.
 * Errors: none. Threads: none may be reading the trace.
 * Example: hrm_trace_free(trace); */
HRM_API void hrm_trace_free(hrm_trace *trace);
/* How many steps the trace has; 0 for NULL.
 * Errors: none. Threads: any number at once on one trace.
 * Example: printf("%zu steps\n", hrm_trace_steps(trace)); */
HRM_API size_t hrm_trace_steps(const hrm_trace *trace);
/* The i-th step, from 0; its pointers are borrowed from the trace.
 * Errors: HRM_STATUS_ARG for a NULL argument or a step that is not there.
 * Threads: any number at once on one trace.
 * Example:
 *     hrm_step step;
 *     for (size_t i = 0; i < hrm_trace_steps(trace); i++)
 *         if (!hrm_trace_step(trace, i, &step)) puts(step.text); */
HRM_API hrm_status hrm_trace_step(const hrm_trace *trace, size_t i, hrm_step *out);
/* The answer that the steps ended with; borrowed from the trace, NULL for NULL.
 * Errors: none. Threads: any number at once on one trace.
 * Example: puts(hrm_trace_answer(trace)->drawing); */
HRM_API const hrm_answer *hrm_trace_answer(const hrm_trace *trace);
/* Draws the trace as an SVG picture that moves: the grid after every segment, or after every round
 * of the chain that answered. path must end in .svg; model: the one that solved.
 * Errors: HRM_STATUS_ARG for a NULL argument, another name or another model, HRM_STATUS_IO.
 * Threads: any number at once on one trace.
 * Example: if (hrm_trace_picture(trace, model, "solved.svg")) puts(hrm_error()); */
HRM_API hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model,
                                     const char *path);

/* ---- other programs' files ----------------------------------------------------------------- */

/* How to convert. NULL and false mean: as the file says. */
typedef struct hrm_convert_options {
    size_t size;        /* of the structure: hrm_convert_options_init */
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
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_convert_options options; hrm_convert_options_init(&options, sizeof options); */
HRM_API void hrm_convert_options_init(hrm_convert_options *options, size_t size);
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
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_UNSUPPORTED for what
 * is in the file; HRM_STATUS_TASK for puzzles that do not fit the weights. Nothing is left
 * half-written.
 * Threads: any, to different paths.
 * Example:
 *     hrm_convert_options options;
 *     hrm_convert_options_init(&options, sizeof options);
 *     options.data = "test.csv";
 *     if (hrm_convert("step_1000", "model.safetensors", &options, &json)) puts(hrm_error());
 *     hrm_free(json); */
HRM_API hrm_status hrm_convert(const char *in, const char *out, const hrm_convert_options *options,
                               char **report);

/* ---- new ARC tasks ------------------------------------------------------------------------- */

/* How to adapt. The defaults are in brackets. */
typedef struct hrm_adapt_options {
    size_t size; /* of the structure: hrm_adapt_options_init */
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
    hrm_progress progress;  /* of the steps, in the vote too; may be NULL */
    void *user;
} hrm_adapt_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_adapt_options options; hrm_adapt_options_init(&options, sizeof options); */
HRM_API void hrm_adapt_options_init(hrm_adapt_options *options, size_t size);
/* Solves ARC tasks that the model never saw (path: as a source of hrm_arc_options): every copy of a
 * task gets a fresh puzzle vector, which starts at the mean of the trained ones and is fitted on
 * the demonstrations, by the losses that the model was trained on; then all copies vote on the test
 * inputs. The model itself does not change. *json: steps, network, copies, loss_first, loss_last
 * (per row, mean over a tenth of the steps), side (of the model's canvas), larger (names of tasks
 * with a grid that does not fit it, which are left out; it is an error when all are), tasks (task,
 * pass@1, pass@2 (null where no solution is known), tests: for each test input the two best guesses
 * with votes, confidence, grid, drawing, drawing_colour). Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_UNSUPPORTED for a model that is
 * not for ARC; HRM_STATUS_FORMAT and HRM_STATUS_TASK for what is in the file; HRM_STATUS_NUMERIC
 * when the rates are too high; HRM_STATUS_STOPPED after progress returned false.
 * Threads: any number at once on one model, to different paths.
 * Example:
 *     hrm_adapt_options options;
 *     hrm_adapt_options_init(&options, sizeof options);
 *     options.augment = 30;
 *     if (!hrm_adapt(model, "task.json", &options, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_adapt(const hrm_model *model, const char *path,
                             const hrm_adapt_options *options, char **json);

/* ---- an evaluation, answer by answer -------------------------------------------------------- */

/* What became of one puzzle; texts as in hrm_example, borrowed until the callback returns. */
struct hrm_scored {
    size_t index; /* of the example */
    const char *question, *answer;
    const char *expected; /* '?' in cells whose label is not known */
    hrm_verdict verdict;  /* by the task's rules, which the model does not see */
    const char *why;
    bool known, exact;   /* there is a label; all labelled cells are right */
    double confidence;   /* as in hrm_answer */
    hrm_verdict *judged; /* what counts of a complete answer, at first `verdict`: who judges by more
                            than the stated rules writes it over */
};

/* ---- a run stepped from outside ------------------------------------------------------------ */

/* The plan, before any step: one JSON object with parameters, tokens, batch, micro_batch, steps,
 * flops_per_step (of puzzles of full size), bytes (program, model, optimiser, carry, activations,
 * data, total: the peak), examples, groups, task, isa, threads, dir, step (where it starts), recipe
 * (every key resolved). Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM. Threads: one at a time on one trainer.
 * Example:
 *     if (!hrm_trainer_plan(trainer, &json)) puts(json);
 *     hrm_free(json); */
HRM_API hrm_status hrm_trainer_plan(const hrm_trainer *trainer, char **json);
/* *seconds: of an optimiser step on puzzles and loops of full size, measured by taking some for a
 * second. Nothing is written, but the weights move: such a trainer trains no more. Evaluations and
 * checkpoints come on top.
 * Errors: HRM_STATUS_ARG for a run that has begun; HRM_STATUS_MEM, HRM_STATUS_NUMERIC.
 * Threads: one at a time on one trainer.
 * Example:
 *     double seconds;
 *     if (!hrm_trainer_measure(trainer, &seconds)) printf("%.3f s a step\n", seconds); */
HRM_API hrm_status hrm_trainer_measure(hrm_trainer *trainer, double *seconds);
/* Ends the call that this trainer is in very soon, or else the next one, with HRM_STATUS_STOPPED. A
 * step is cut, wherever it is: nothing of it is kept, and nothing of the steps since the last
 * checkpoint, from which hrm_trainer_resume goes on with the same bits; this trainer trains no
 * more. Between steps, and in evaluations, it is as a callback's false. NULL is nothing.
 * Errors: none. Threads: any, also while another is in a call; also from a signal handler.
 * Example: hrm_trainer_cancel(trainer); */
HRM_API void hrm_trainer_cancel(hrm_trainer *trainer);
/* The same run stepped from outside: the caller's own loop in place of hrm_trainer_run, which does
 * hrm_trainer_step to the end and calls the other two as the recipe's eval_every and save_every
 * say. The two ways may be mixed. */

/* One optimiser step; *out (may be NULL) is filled in as for HRM_EVENT_KIND_STEP. The first call
 * makes or opens the run folder. The run is at its end when out->step == out->steps.
 * Errors: HRM_STATUS_ARG for NULL or after the last step; HRM_STATUS_IO for the folder;
 * HRM_STATUS_NUMERIC when a loss or gradient is not finite: the folder keeps its last checkpoint,
 * and this trainer refuses everything but hrm_trainer_free.
 * Threads: one at a time on one trainer.
 * Example:
 *     hrm_event event = {0};
 *     while (!hrm_trainer_step(trainer, &event) && event.step < event.steps)
 *         printf("%lld: %.4f\n", (long long)event.step, event.loss); */
HRM_API hrm_status hrm_trainer_step(hrm_trainer *trainer, hrm_event *out);
/* Evaluates on the recipe's `valid` data, with averaged weights where it keeps an average; the best
 * so far is written to best.safetensors. *out (may be NULL) gets the figures.
 * Errors: HRM_STATUS_ARG for NULL or a recipe without `valid` and eval_every; HRM_STATUS_IO.
 * Threads: one at a time on one trainer.
 * Example:
 *     hrm_eval_report report;
 *     if (!hrm_trainer_evaluate(trainer, &report)) printf("%.1f %%\n", 100 * report.exact); */
HRM_API hrm_status hrm_trainer_evaluate(hrm_trainer *trainer, hrm_eval_report *out);
/* Writes a checkpoint: model.safetensors, and state.safetensors to go on from.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; state.safetensors then stays as it was.
 * Threads: one at a time on one trainer.
 * Example: if (hrm_trainer_save(trainer)) puts(hrm_error()); */
HRM_API hrm_status hrm_trainer_save(hrm_trainer *trainer);
/* The model as it is now (averaged weights where the recipe keeps an average), as a copy of the
 * caller's own: to solve with while the training goes on. Free with hrm_model_free.
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
 * Errors: none. Threads: any; each has its own key.
 * Example: for (size_t i = 0; hrm_recipe_keys(i); i++) puts(hrm_recipe_keys(i)->name); */
HRM_API const hrm_recipe_key *hrm_recipe_keys(size_t i);

/* ---- measuring ----------------------------------------------------------------------------- */

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
/* Gets the results as they come; false stops. */
typedef bool (*hrm_bench_callback)(void *user, const hrm_bench_result *result);
/* What to measure. */
typedef struct hrm_bench_options {
    size_t size;                 /* of the structure: hrm_bench_options_init */
    const char *what;            /* "gemm", "kernels", "train" or "infer" */
    const char *config;          /* train, infer: "hrm-27m", "trm-7m", "trm-mlp-5m", "lattice-128",
                                    "hrm-27m-900"; NULL: all */
    int batch;                   /* train, infer: puzzles at a time; 0: the config's */
    double seconds;              /* time for each measurement; 0: 1 */
    const hrm_run *run;          /* NULL: the defaults */
    hrm_bench_callback callback; /* not NULL */
    void *user;
} hrm_bench_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_bench_options options; hrm_bench_options_init(&options, sizeof options); */
HRM_API void hrm_bench_options_init(hrm_bench_options *options, size_t size);
/* Measures this machine.
 * Errors: HRM_STATUS_ARG for an unknown name; HRM_STATUS_MEM, HRM_STATUS_UNSUPPORTED;
 * HRM_STATUS_STOPPED after the callback returned false.
 * Threads: any, but two at once measure each other.
 * Example:
 *     hrm_bench_options options;
 *     hrm_bench_options_init(&options, sizeof options);
 *     options.what = "gemm";
 *     options.callback = on_bench;
 *     if (hrm_bench(&options)) puts(hrm_error()); */
HRM_API hrm_status hrm_bench(const hrm_bench_options *options);

/* ---- parity -------------------------------------------------------------------------------- */

typedef struct hrm_parity_case {
    const char *group; /* "unit", "model", "data" */
    const char *name;  /* "hrm_rope: gradients of step 0" */
    bool passed;
    double worst, tolerance; /* the deviation nearest to its limit, and that limit */
    const char *where;       /* the tensor it was found in */
} hrm_parity_case;
/* Called once for each case, which is borrowed until it returns; false stops. */
typedef bool (*hrm_parity_callback)(void *user, const hrm_parity_case *result);
typedef struct hrm_parity_options {
    size_t size;                  /* of the structure: hrm_parity_options_init */
    const hrm_run *run;           /* NULL: the defaults */
    hrm_parity_callback callback; /* may be NULL */
    void *user;
} hrm_parity_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_parity_options options; hrm_parity_options_init(&options, sizeof options); */
HRM_API void hrm_parity_options_init(hrm_parity_options *options, size_t size);
/* Runs every fixture in a folder laid out like the project's golden fixtures (manifest.json,
 * models/, unit/, data/). Counts go to *passed and *failed. Parts that a folder does not have are
 * left out; a folder with no case at all is an error. options may be NULL.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT; HRM_STATUS_STOPPED after the callback
 * returned false; a case that misses is no error but counted.
 * Threads: any, at any time.
 * Example:
 *     size_t passed, failed;
 *     if (!hrm_parity("fixtures", NULL, &passed, &failed)) printf("%zu missed\n", failed); */
HRM_API hrm_status hrm_parity(const char *dir, const hrm_parity_options *options, size_t *passed,
                              size_t *failed);

#ifdef __cplusplus
}
#endif
#endif
