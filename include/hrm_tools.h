/* hrm_tools.h - what goes beyond hrm.h: showing and converting models, steps and traces, new ARC
 * tasks, measurements, golden numbers; data in hrm_data.h. The conventions are those of hrm.h. */
#ifndef HRM_TOOLS_H
#define HRM_TOOLS_H

#include <hrm_data.h>

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
/* The library as it runs here; its texts are static. */
typedef struct hrm_build {
    const char *version;
    const char *isa;      /* the kernels that this processor gets */
    const char *isas[16]; /* all that it can run, the fastest first */
    size_t isa_count;
    const char *compiler;
    int threads; /* processors that this process may use */
} hrm_build;
/* Tells of the library that runs.
 * Errors: HRM_STATUS_ARG. Threads: any, at any time.
 * Example:
 *     hrm_build build;
 *     if (!hrm_build_inspect(&build)) printf("%s, %d threads\n", build.isa, build.threads); */
HRM_API hrm_status hrm_build_inspect(hrm_build *out);
/* Every name that hrm_run.isa takes, ", " between them: "float", "bf16", then the tables of kernels
 * from the reference to the fastest. Those that this processor can run are in hrm_build.
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

/* ---- files --------------------------------------------------------------------------------- */

/* A file that is written as a whole or not at all. */
typedef struct hrm_file hrm_file;
/* Begins one. What is at `path` stays until hrm_file_end; where the system and the disk have files
 * without a name, nothing is left even of a program that is killed. What is no regular file (a
 * pipe, a device) is written to as it is, at once and with one system call for each hrm_file_write.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_IO for what cannot be written.
 * Threads: any.
 * Example:
 *     if (hrm_file_create("answers.txt", &file)) return puts(hrm_error());
 *     hrm_file_write(file, puzzle, 81);
 *     if (hrm_file_end(file, true)) puts(hrm_error()); */
HRM_API hrm_status hrm_file_create(const char *path, hrm_file **out);
/* Adds bytes.
 * Errors: HRM_STATUS_ARG; HRM_STATUS_IO, which hrm_file_end tells again.
 * Threads: one at a time on one file.
 * Example: if (hrm_file_write(file, "ready\n", 6)) puts(hrm_error()); */
HRM_API hrm_status hrm_file_write(hrm_file *file, const void *bytes, size_t size);
/* Ends it, and frees `file`, whatever comes of it: keep puts it in its place, on the disk, with the
 * rights of the file that it replaces; else it is as if it had never been begun. Nothing for NULL.
 * Errors: HRM_STATUS_MEM, HRM_STATUS_IO, also for an earlier hrm_file_write; what was at the path
 * is then as it was. Threads: one.
 * Example: hrm_file_end(file, false); */
HRM_API hrm_status hrm_file_end(hrm_file *file, bool keep);

/* ---- several processes --------------------------------------------------------------------- */

/* Processes that a launcher such as mpirun started, on one machine or several, and that work
 * together: given in hrm_run, they train, evaluate, solve and adapt as one process would, with the
 * same bits. All of them make the same calls, with the same arguments and in the same order, in one
 * thread each; each has all of the model and some of the rows. Training, rank 0 alone writes. */
/* Is told why, before all ranks are ended because one was lost or kept silent. */
typedef void (*hrm_lost_callback)(void *user, const char *why);
typedef struct hrm_ranks_options {
    size_t size;            /* of the structure: hrm_ranks_options_init */
    const char *engine;     /* the file that carries messages: hrm-mpi.so */
    double patience;        /* seconds that ranks wait for each other, at most; 0: 600 */
    bool crowded;           /* ranks of one machine do not divide its processors among each other */
    bool mixed;             /* builds and kernels may differ, and with them the bits */
    hrm_lost_callback lost; /* may be NULL */
    void *user;
} hrm_ranks_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_ranks_options options; hrm_ranks_options_init(&options, sizeof options); */
HRM_API void hrm_ranks_options_init(hrm_ranks_options *options, size_t size);
/* Joins the other processes. Once in a process; before it has other threads, for MPI's sake.
 * Errors: HRM_STATUS_ARG; HRM_STATUS_IO when the engine cannot be loaded; HRM_STATUS_UNSUPPORTED
 * when it does not start.
 * Threads: one.
 * Example:
 *     hrm_ranks *ranks;
 *     hrm_ranks_options options;
 *     hrm_ranks_options_init(&options, sizeof options);
 *     options.engine = "/usr/lib/hrm/hrm-mpi.so";
 *     if (hrm_ranks_join(&options, &ranks)) puts(hrm_error()); */
HRM_API hrm_status hrm_ranks_join(const hrm_ranks_options *options, hrm_ranks **out);
/* This process's rank, from 0; 0 for NULL.
 * Errors: none. Threads: any.
 * Example: if (!hrm_rank(ranks)) printf("%d ranks\n", hrm_rank_count(ranks)); */
HRM_API int hrm_rank(const hrm_ranks *ranks);
/* How many there are; 1 for NULL.
 * Errors: none. Threads: any.
 * Example: if (hrm_rank_count(ranks) > 1) puts("together"); */
HRM_API int hrm_rank_count(const hrm_ranks *ranks);
/* Gives all ranks what rank 0 has; nothing for NULL.
 * Errors: none. Threads: one at a time.
 * Example: hrm_ranks_share(ranks, &count, sizeof count); */
HRM_API void hrm_ranks_share(hrm_ranks *ranks, void *bytes, size_t size);
/* Leaves; all do. code: 0, or the program's exit code where it failed in a way that the others do
 * not know of, which ends all of them, this process included, with that code. Nothing for NULL.
 * Errors: none. Threads: one.
 * Example: hrm_ranks_leave(ranks, 0); */
HRM_API void hrm_ranks_leave(hrm_ranks *ranks, int code);
/* Whether the last failure in this thread is one that all ranks have.
 * Errors: none. Threads: one.
 * Example: if (hrm_ranks_agreed(ranks)) puts("all ranks have failed alike"); */
HRM_API bool hrm_ranks_agreed(const hrm_ranks *ranks);

/* ---- models and their texts ---------------------------------------------------------------- */

/* A tensor in a file. */
typedef struct hrm_tensor_info {
    const char *name, *dtype; /* "F32", as safetensors call it; NULL: not known */
    const char *status;       /* what hrm_convert makes of it; else NULL */
    const char *source;       /* its name in hrm_convert's input, where it has another; else NULL */
    int dims;
    int64_t shape[8]; /* (dims) */
} hrm_tensor_info;
/* What a file or folder is. Texts and lists are the description's own; what does not apply is 0 or
 * NULL. */
typedef struct hrm_description {
    const char *kind; /* "model", "state", "tensors", "dataset", "run", "recipe", "configuration",
                         "task file", "YAML", "JSON", "JSON lines", "markdown", "text" */
    const char *path;
    const char *format; /* of "tensors": "safetensors", "npz", "torch" */
    size_t bytes;       /* of all tensors, or of the text */
    size_t parameters;  /* of all tensors but initial states */
    /* As a model or a state holds them: JSON, but a recipe, which is YAML. */
    const char *spec, *task, *training, *progress, *recipe;
    const hrm_tensor_info *tensors;
    size_t tensor_count;
    hrm_dataset_info dataset; /* of a "dataset" */
    size_t denormals;  /* values of a "model" below 1.2e-38 but not 0: slow on most processors */
    const char *dtype; /* of the weights of a "model": "fp32", "bf16" or "int8"; else NULL */
} hrm_description;
/* Frees a description, or nothing for NULL.
 * Errors: none. Threads: none may be reading the description.
 * Example: hrm_description_free(description); */
HRM_API void hrm_description_free(hrm_description *description);
/* Describes any file or folder of this project: a model, a trainer state, a data set, a run folder;
 * tensors in PyTorch checkpoints and .npz; and text. Free *out with hrm_description_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT. Threads: any, at any time.
 * Example:
 *     hrm_description *description;
 *     if (!hrm_describe("runs/first", &description)) puts(description->kind);
 *     hrm_description_free(description); */
HRM_API hrm_status hrm_describe(const char *path, hrm_description **out);
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
 * memory). Token 0, of a cell that is not known, is written as an open cell or a blank, as the task
 * has it.
 * Errors: HRM_STATUS_ARG for a NULL argument; HRM_STATUS_TASK for a value from info.vocab on, with
 * its row and column. Threads: any number at once on one model.
 * Example:
 *     char text[82];
 *     hrm_model_text(model, tokens, text); */
HRM_API hrm_status hrm_model_text(const hrm_model *model, const unsigned char *tokens, char *text);
/* The same of a puzzle's tokens that come from elsewhere, for hrm_solve: refuses what no puzzle
 * holds, which hrm_model_text writes as an open cell.
 * Errors: HRM_STATUS_ARG for a NULL argument; HRM_STATUS_TASK, with row and column in the message,
 * for a value that is no token, and for padding (0) where every puzzle fills its grid.
 * Threads: any number at once on one model.
 * Example:
 *     char text[82];
 *     if (hrm_model_question(model, tokens, text)) puts(hrm_error()); */
HRM_API hrm_status hrm_model_question(const hrm_model *model, const unsigned char *tokens,
                                      char *text);
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
/* What bytes are that are no text, by the first 300 of them, and what to do about it: "packed by
 * xz; unpack it first". NULL: nothing that is known.
 * Errors: none; NULL for NULL. Threads: any, at any time.
 * Example:
 *     const char *what = hrm_text_other(bytes, size);
 *     if (what) printf("no text, but %s\n", what); */
HRM_API const char *hrm_text_other(const void *bytes, size_t size);
/* Whether a text is a table, by its first line.
 * Errors: none; false for NULL. Threads: any, at any time.
 * Example: if (hrm_text_is_table("question,answer\n", 16)) puts("a table"); */
HRM_API bool hrm_text_is_table(const char *text, size_t size);
/* As hrm_dataset_open_for, for data of which only the questions are wanted: of a table, answers
 * that cannot be read are not known, and hrm_dataset_info tells of them. text (may be NULL): a
 * table of `size` bytes that was read already; `path` then is its name in messages.
 * Errors: as hrm_dataset_open_for. Threads: any, at any time.
 * Example:
 *     hrm_dataset *asked;
 *     if (hrm_questions_open("asked.csv", NULL, 0, model, &asked)) puts(hrm_error());
 *     hrm_dataset_free(asked); */
HRM_API hrm_status hrm_questions_open(const char *path, const char *text, size_t size,
                                      const hrm_model *model, hrm_dataset **out);
/* How many lines like this one (zero-terminated) make a puzzle of the model's task, for who reads
 * them from a file: 1; where it is one row of a grid, as many as there are rows, whose lines are a
 * puzzle's text together; 0 for what is no part of one: an empty line, a border, a comment; -1 for
 * a heading such as "Grid 01", which is between puzzles. A wrong line counts as a puzzle, and is
 * refused as one.
 * Errors: none; 1 for NULL. Threads: any number at once on one model.
 * Example:
 *     if (hrm_puzzle_rows(model, "530|070|000") > 1) puts("a row of a grid"); */
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
    /* Answers are given as they are done, and half of the time is for puzzles that had few rounds
     * so far: an easy one does not wait for hard ones before it. Otherwise answers come in the
     * order of the puzzles. They are the same. */
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
/* Takes the memory for calls of `count` puzzles (hrm_solver_answer: 1) and this batch (as in
 * hrm_solve_options) now. While calls are such ones the solver takes no more.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM. Threads: one at a time on one solver.
 * Example: if (hrm_solver_reserve(solver, 1, 1)) puts(hrm_error()); */
HRM_API hrm_status hrm_solver_reserve(hrm_solver *solver, size_t count, int batch);
/* One puzzle's text to its answer's, in memory of the caller's: as hrm_solver_solve, but nothing is
 * taken after hrm_solver_reserve, where the model's family needs nothing to read and check a puzzle
 * (Sudoku, mazes). answer gets info.cells characters and a zero byte; callbacks of options (which
 * may be NULL) are not called.
 * Errors: as hrm_solver_solve. Threads: one at a time on one solver.
 * Example:
 *     char answer[82];
 *     hrm_verdict verdict;
 *     if (!hrm_solver_answer(solver, puzzle, NULL, answer, &verdict)) puts(answer); */
HRM_API hrm_status hrm_solver_answer(hrm_solver *solver, const char *puzzle,
                                     const hrm_solve_options *options, char *answer,
                                     hrm_verdict *verdict);
/* Bytes of memory that a solver of so many threads (0: as many as the model was loaded with) takes
 * beside the model, at most. Attention over large grids needs the square of their cells, which a
 * small file may ask for: a program that solves with models of others looks first.
 * Errors: none; 0 for no model. Threads: any number at once on one model.
 * Example: if (hrm_solver_memory(model, 0) > (size_t)1 << 30) puts("too large"); */
HRM_API size_t hrm_solver_memory(const hrm_model *model, int threads);
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
/* Draws the trace: the puzzle, then the grid after every segment, or after every round of the chain
 * that answered, with candidates, guesses and what is taken back. By the ending of path it is a
 * page to step through, which needs no other file (.html), or a picture that moves (.svg, .gif). Of
 * long traces some steps are shown, at even distances: hrm_trace_shown. model: the one that solved.
 * The file is replaced atomically.
 * Errors: HRM_STATUS_ARG for a NULL argument, another name, another model, a trace without steps;
 * HRM_STATUS_IO, HRM_STATUS_MEM.
 * Threads: any number at once on one trace.
 * Example: if (hrm_trace_picture(trace, model, "solved.html")) puts(hrm_error()); */
HRM_API hrm_status hrm_trace_picture(const hrm_trace *trace, const hrm_model *model,
                                     const char *path);
/* How many steps a picture of that name shows, of as many as *of (may be NULL) says; 0 for a NULL
 * argument and for a name that no picture has.
 * Errors: none. Threads: any number at once on one trace.
 * Example: printf("%zu steps\n", hrm_trace_shown(trace, model, "solved.gif", NULL)); */
HRM_API size_t hrm_trace_shown(const hrm_trace *trace, const hrm_model *model, const char *path,
                               size_t *of);

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
    const char *dtype; /* of the weights of a model: "fp32" [where nothing is said], "bf16" or
                          "int8", which also take less memory where they solve */
    double sure;       /* of a model: hrm_model_info.sure, above 0 and up to 1 [0: as it was] */
    const char *task;  /* a task file whose puzzles a model that searches is for from now on, with
                          as many cells and symbols as its own */
} hrm_convert_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_convert_options options; hrm_convert_options_init(&options, sizeof options); */
HRM_API void hrm_convert_options_init(hrm_convert_options *options, size_t size);
/* What hrm_convert did. Texts and lists are the report's own. */
typedef struct hrm_conversion {
    const char *in, *out;    /* out NULL: nothing was written */
    const char *format;      /* of the input: "model" of this library, "safetensors", "npz", ... */
    const char *arch, *note; /* of a model: as in hrm_model_info; a remark, or "" */
    const char *spec, *task; /* of a model: as its file holds them, as JSON */
    size_t parameters;
    bool complete;             /* all that the model needs is there */
    size_t missing, left_over; /* tensors */
    /* status: "matched", "from base", "resized", "missing", "other shape" or "left over" */
    const hrm_tensor_info *tensors;
    size_t tensor_count;
} hrm_conversion;
/* Frees a report, or nothing for NULL.
 * Errors: none. Threads: none may be reading the report.
 * Example: hrm_conversion_free(conversion); */
HRM_API void hrm_conversion_free(hrm_conversion *report);
/* Converts weights. in: a PyTorch checkpoint of the published HRM or TRM code (torch.save; nothing
 * in it is run), safetensors or .npz with the same names, or a model of this library. out: a model
 * of this library (a name that ends in .safetensors), .npz, or a PyTorch checkpoint (.pt, .pth,
 * .bin, step_N, checkpoint) that torch.load(weights_only=True) reads, the latter two with an
 * all_config.yaml beside them; NULL: only the report. Values stay exactly as they are; float64 is
 * rounded to float32, and what dtype asks for to that.
 *
 * *report says what became of every tensor; free it with hrm_conversion_free. report and options
 * may be NULL. An incomplete input is an error unless out is NULL.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO; HRM_STATUS_FORMAT and HRM_STATUS_UNSUPPORTED for what
 * is in the file; HRM_STATUS_TASK for puzzles that do not fit the weights. Nothing is left
 * half-written.
 * Threads: any, to different paths.
 * Example:
 *     hrm_conversion *report;
 *     hrm_convert_options options;
 *     hrm_convert_options_init(&options, sizeof options);
 *     options.data = "test.csv";
 *     if (hrm_convert("step_1000", "model.safetensors", &options, &report)) puts(hrm_error());
 *     hrm_conversion_free(report); */
HRM_API hrm_status hrm_convert(const char *in, const char *out, const hrm_convert_options *options,
                               hrm_conversion **report);

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
    bool share_vectors;  /* as in hrm_arc_options: for models that were trained on such data; those
                            with puzzle_emb_views need not be told */
    const char *picture; /* draws tests with their best guesses, as .png or .svg, the first ones of
                            many; may be NULL */
} hrm_adapt_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_adapt_options options; hrm_adapt_options_init(&options, sizeof options); */
HRM_API void hrm_adapt_options_init(hrm_adapt_options *options, size_t size);
/* What the copies of a task voted for. */
typedef struct hrm_arc_guess {
    size_t votes; /* 0: there is no such guess, and nothing else is set */
    double confidence;
    int rows, cols;
    const unsigned char *colours; /* (rows x cols) */
    const char *drawing, *drawing_colour;
} hrm_arc_guess;
typedef struct hrm_arc_result {
    const char *task;
    double pass_1, pass_2;        /* NaN where no solution is known */
    size_t tests;                 /* test inputs */
    const hrm_arc_guess *guesses; /* (tests x 2), of each the best two, the best one first */
} hrm_arc_result;
/* What hrm_adapt came to. Texts and lists are its own. */
typedef struct hrm_adapted {
    int steps;
    bool network;                 /* it was fitted too */
    size_t copies;                /* of all tasks */
    double loss_first, loss_last; /* per row, mean over a tenth of the steps */
    int side;                     /* of the model's canvas, in cells */
    /* Names of tasks with a grid that does not fit it. They are left out; it is an error when all
     * are. */
    const char *const *larger;
    size_t larger_count;
    const hrm_arc_result *tasks;
    size_t task_count;
} hrm_adapted;
/* Frees what hrm_adapt gave, or nothing for NULL.
 * Errors: none. Threads: none may be reading it.
 * Example: hrm_adapted_free(adapted); */
HRM_API void hrm_adapted_free(hrm_adapted *adapted);
/* Solves ARC tasks that the model never saw (path: as a source of hrm_arc_options): every copy of a
 * task gets a fresh puzzle vector, which starts at the mean of the trained ones and is fitted on
 * the demonstrations, by the losses that the model was trained on; then all copies vote on the test
 * inputs. The model itself does not change. Free *out with hrm_adapted_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO; HRM_STATUS_UNSUPPORTED for a model that is
 * not for ARC; HRM_STATUS_FORMAT and HRM_STATUS_TASK for what is in the file; HRM_STATUS_NUMERIC
 * when the rates are too high; HRM_STATUS_STOPPED after progress returned false.
 * Threads: any number at once on one model, to different paths.
 * Example:
 *     hrm_adapt_options options;
 *     hrm_adapt_options_init(&options, sizeof options);
 *     options.augment = 30;
 *     if (!hrm_adapt(model, "task.json", &options, &adapted) && adapted->tasks->guesses->votes)
 *         puts(adapted->tasks->guesses->drawing);
 *     hrm_adapted_free(adapted); */
HRM_API hrm_status hrm_adapt(const hrm_model *model, const char *path,
                             const hrm_adapt_options *options, hrm_adapted **out);

/* ---- an evaluation, answer by answer -------------------------------------------------------- */

/* What became of one puzzle; texts as in hrm_example, borrowed until the callback returns. */
struct hrm_scored {
    size_t index; /* of the example */
    const char *question, *answer;
    const char *expected; /* `unknown` in cells whose label is not known */
    hrm_verdict verdict;  /* by the task's rules, which the model does not see */
    const char *why;
    bool known, exact;   /* there is a label to score by; as `exact` of hrm_eval_report */
    double confidence;   /* as in hrm_answer */
    hrm_verdict *judged; /* what counts of a complete answer, at first `verdict`: who judges by more
                            than the stated rules writes it over */
    char unknown;        /* '?', or another character where the task is written with that */
};

/* ---- a run stepped from outside ------------------------------------------------------------ */

/* What a run is, and what it will take. Texts and lists are the plan's own. */
typedef struct hrm_plan {
    const char *arch, *task, *isa; /* as in hrm_model_info */
    const char *dir;               /* the run folder */
    const char *recipe;            /* every key and its value, as one JSON object */
    const char *const *warnings;   /* sentences on what makes figures say less than they seem to */
    size_t warning_count;
    size_t parameters, examples, groups; /* of the model; of the data */
    int tokens;                          /* of a puzzle, those before its cells included */
    int batch, micro_batch;              /* rows of a step; of those at work at once */
    int threads;
    int64_t step, steps;   /* done so far; planned */
    double flops_per_step; /* on puzzles of full size */
    /* Bytes of memory, at most, of each rank; the total is their sum. */
    size_t program_bytes, model_bytes, optimiser_bytes, carry_bytes, activations_bytes, data_bytes;
    size_t total_bytes;
    int ranks, rank_rows; /* processes that share the rows; those of this one */
    size_t sent_bytes;    /* that a rank sends in a step, at most */
} hrm_plan;
/* The plan, before any step. Free with hrm_plan_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM. Threads: one at a time on one trainer.
 * Example:
 *     hrm_plan *plan;
 *     if (!hrm_trainer_plan(trainer, &plan)) printf("%zu bytes\n", plan->total_bytes);
 *     hrm_plan_free(plan); */
HRM_API hrm_status hrm_trainer_plan(const hrm_trainer *trainer, hrm_plan **out);
/* Frees a plan, or nothing for NULL.
 * Errors: none. Threads: none may be reading the plan.
 * Example: hrm_plan_free(plan); */
HRM_API void hrm_plan_free(hrm_plan *plan);
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
    const char *name, *type; /* "integer", "bytes", "number", "switch", "text", "choice" */
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
    const char *name;            /* borrowed until the callback returns */
    double seconds;              /* one run, the median */
    int runs;                    /* 0: it was reckoned, from what was measured before it */
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
    size_t size;        /* of the structure: hrm_bench_options_init */
    const char *what;   /* "gemm", "kernels", "train", "infer" or "ranks" */
    const char *config; /* train, infer, ranks: "hrm-27m", "trm-7m", "trm-mlp-5m", "lattice-128",
                           "hrm-27m-900"; NULL: all */
    int batch;          /* train, infer, ranks: puzzles at a time; 0: the config's */
    double seconds;     /* time for each measurement; 0: 1 */
    const hrm_run *run; /* NULL: the defaults */
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
typedef struct hrm_parity_report {
    size_t passed, failed; /* cases */
} hrm_parity_report;
/* Runs every fixture in a folder laid out like the project's golden fixtures (manifest.json,
 * models/, unit/, data/). Parts that a folder does not have are left out; a folder with no case at
 * all is an error. options may be NULL.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_FORMAT; HRM_STATUS_STOPPED after the callback
 * returned false; a case that misses is no error but counted.
 * Threads: any, at any time.
 * Example:
 *     hrm_parity_report report;
 *     if (!hrm_parity("fixtures", NULL, &report)) printf("%zu missed\n", report.failed); */
HRM_API hrm_status hrm_parity(const char *dir, const hrm_parity_options *options,
                              hrm_parity_report *out);

#ifdef __cplusplus
}
#endif
#endif
