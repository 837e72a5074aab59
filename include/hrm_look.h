/* hrm_look.h - what happens inside a model between question and answer, and in a run of training.
 * The conventions are those of hrm.h.
 *
 * A segment is one pass of the recursion, a call one run of a module in it, which makes a state:
 * z_H (0) or z_L (1), a vector of `hidden` numbers for every cell. After every call the heads can
 * be asked what they read in the state that it made, so an answer is there long before the last.
 * Models of candidates (regime lattice) play rounds in place of segments, without a guess: each
 * reads the sets afresh and drops what it is sure of; their halting value says that there is no
 * contradiction. */
#ifndef HRM_LOOK_H
#define HRM_LOOK_H

#include <hrm.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- looking inside ------------------------------------------------------------------------- */

/* A value with its 95 % interval; NaN for what is not known. */
typedef struct hrm_interval {
    double value, low, high;
} hrm_interval;
/* What a call did, or a segment as a whole: means over the puzzles. Answers are compared with those
 * of the call or the segment before; before the first stands the question. */
typedef struct hrm_look_step {
    int segment, call; /* from 1; call 0: the segment as a whole */
    int state; /* that the call made, 0 (z_H) or 1 (z_L); of a segment the one it answers by */
    /* Root mean square of what changed in the state's numbers since it was made last, at first
     * since its initial value. A segment's: of z_H since the segment before. */
    double residual;
    double residual_l; /* a segment's of z_L; NaN where there is none */
    double right;      /* cells as labelled, a share of those that are */
    double exact;      /* puzzles with all of them right, a share */
    double changed;    /* cells */
    double gained;     /* of them: right now, not before */
    double lost;       /* of them: right before, wrong now */
    double returned;   /* of them: what the cell had held before it last changed */
    double faults;  /* givens changed, and symbols that a rule of the task forbids where they stand
                       (tasks that do not count them: 1 for an answer that breaks a rule) */
    double mended;  /* by how many faults the answer has fewer; 0 where it has more */
    double entropy; /* of what the heads say of a cell, in nats */
    double halt;    /* logit of halting; of candidates: that there is no contradiction */
    double go_on;   /* logit of going on; NaN of candidates */
} hrm_look_step;
/* One puzzle. */
typedef struct hrm_look_puzzle {
    size_t index;    /* of the example */
    bool known;      /* some cell of its answer is labelled */
    bool exact;      /* the last answer is right in all of these */
    int first_exact; /* segment after which an answer was, from 1; 0: none */
    bool kept;       /* and every one after it */
    bool settled;    /* its drift is below the threshold */
    double drift;    /* late drift: mean residual of z_H over the last quarter of the segments; of
                        candidates over the last quarter of the last round's calls */
    double halt;     /* halting logit after the last */
    double both;     /* mean of the ranks, from 0 to 1, of little drift and a high halting logit */
    double faults;   /* of the last answer */
    /* Where drops are told: cells with several candidates after the last round; right ones that
     * fell in any (NaN where not known); those that one step would have let fall in the last round,
     * and that stand. */
    double open, wrong, left;
} hrm_look_puzzle;
/* One of the first puzzles in more detail: what it would have been answered after each segment, and
 * where its z_H went, as a point after each on the axes of most variance of that puzzle alone. */
typedef struct hrm_look_path {
    size_t index;        /* of the example */
    double explained[3]; /* shares of the variance */
    double *point;       /* (segments x 3); NULL: its states took too much memory */
    /* Texts of `cells` characters, row-major, zero-terminated; `unknown` where the label is not
     * known. */
    char *question, *expected;
    char *answer; /* (segments) such texts, one after the other */
    char unknown; /* '?', or another character where the task is written with that */
} hrm_look_path;
/* By what cells have to do with a cell: it itself, others in its row, in its column, in its box
 * (where the task has boxes) but neither, and all else. NaN where there are none. */
typedef struct hrm_look_near {
    double self, row, column, box, elsewhere;
} hrm_look_near;
/* Where the cells of a block attend to, in one segment: mean weights over cells, heads, calls and
 * puzzles, as multiples of what they would be if all tokens had the same. */
typedef struct hrm_look_block {
    int segment;       /* from 1 */
    int module, layer; /* 0 (H) or 1 (L; the only one of TRM and looped nets); from 0 */
    hrm_look_near near;
    double prefix;  /* tokens before the cells; NaN where there are none */
    double entropy; /* of a cell's weights, in nats */
} hrm_look_block;
/* What people deduce of candidates in groups of cells that all differ, the simplest first: a cell
 * with one candidate; a symbol with one place; one whose places in a group all lie in another; two
 * cells with the same two candidates; two symbols with the same two places. */
typedef enum hrm_technique {
    HRM_NAKED_SINGLE,
    HRM_HIDDEN_SINGLE,
    HRM_POINTING,
    HRM_NAKED_PAIR,
    HRM_HIDDEN_PAIR,
    HRM_TECHNIQUES,
} hrm_technique;
/* The candidates that fall in a round, and what would explain it to people: deductions from the
 * sets at its beginning. Each counts for the simplest technique that does. */
typedef struct hrm_look_drops {
    int segment;        /* the round, from 1 */
    double dropped;     /* candidates, in the mean of the puzzles; of them shares: */
    double wrong;       /* that the label wants, of those in labelled cells; NaN of none */
    double by[5];       /* that a technique explains in one step */
    double later[5];    /* that several steps in a row explain, by the technique of the last */
    double unexplained; /* the rest */
    double steps;       /* in the mean of those that any number of steps explains */
    double could[5];    /* candidates that a technique would let fall in one step */
    double took[5];     /* the share of them that fell */
    double open;        /* cells that keep several candidates after it, of a puzzle */
} hrm_look_drops;
/* "naked single" and so on; NULL for what is none.
 * Errors: none. Threads: any, at any time.
 * Example: puts(hrm_technique_name(HRM_POINTING)); */
HRM_API const char *hrm_technique_name(hrm_technique technique);
/* Puzzles with all but so many of their open cells filled in. */
enum { HRM_LOOK_FILLED = 11, HRM_LOOK_STARTS = 16 };
/* Most groups of cells that are deduced on. */
enum { HRM_LOOK_GROUPS = 4096 };
typedef struct hrm_look_filled {
    int open;           /* from 0: the answer itself is asked */
    size_t puzzles;     /* that have so many */
    double exact, ever; /* shares: all right after the last segment; after any */
} hrm_look_filled;
/* Puzzles begun from 16 random states each, in place of the model's own. */
typedef struct hrm_look_starts {
    size_t puzzles;  /* of those asked for, with a labelled cell */
    double own;      /* share that is exact from the model's own state */
    double right;    /* of the random ones, all together */
    double any, all; /* puzzles that are exact from some, from each of them */
    double answers;  /* different last answers from them, in the mean of the puzzles */
    size_t failed;   /* puzzles that are not exact from the model's own state; of these: */
    double answers_failed, rescued; /* different answers; the share exact from some other state */
} hrm_look_starts;
typedef struct hrm_inspect_options {
    size_t size;      /* of the structure: hrm_inspect_options_init */
    size_t limit;     /* first so many examples; 0: all */
    int segments;     /* 0: as the model was trained; of candidates rounds [16] */
    int batch;        /* puzzles at a time; 0: chosen for the model */
    size_t untrained; /* so many puzzles also pass a net with fresh weights, to compare with; 0:
                         none [100] */
    uint64_t seed;    /* of these weights */
    hrm_progress progress; /* may be NULL */
    void *user;
    size_t attention; /* of so many puzzles, where cells attend to: slow; 0: none */
    size_t patch; /* in so many puzzles, which answers move with one cell's state: slow; 0: none */
    const char *title; /* of the page; NULL: "Inside a model, on DATA" */
    size_t filled;     /* so many puzzles also with nearly all cells given; 0: none */
    size_t starts;     /* so many puzzles also from random states; 0: none */
} hrm_inspect_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_inspect_options options; hrm_inspect_options_init(&options, sizeof options); */
HRM_API void hrm_inspect_options_init(hrm_inspect_options *options, size_t size);
/* All that was measured. It may grow at its end. */
typedef struct hrm_inspection {
    size_t puzzles, known; /* examples; those with a labelled cell */
    int segments, calls, states, cells, hidden;
    int rows, cols;          /* of a puzzle, as it is drawn */
    bool candidates;         /* segments are rounds */
    bool halts;              /* the halting head was trained */
    hrm_look_step *segment;  /* (segments) */
    hrm_look_step *call;     /* (segments x calls) */
    hrm_look_puzzle *puzzle; /* (puzzles) */
    hrm_look_path *path;     /* (paths) the first puzzles */
    size_t paths;
    /* Participation ratio of z_H and z_L: how many directions the vectors of cells, after every
     * segment of every puzzle, spread into, between 1 and `hidden`. Of the model, and of the net
     * with fresh weights on its puzzles. Intervals are jackknifed over tenths of the puzzles. */
    hrm_interval participation[2], untrained[2];
    size_t untrained_puzzles;
    double
        threshold; /* of drift, that parts the settled from the others (Otsu, on its logarithm) */
    size_t settled_right, settled_wrong, moving_right, moving_wrong; /* puzzles, of those known */
    /* How well little drift, the halting value, and the mean of the ranks of both tell right
     * answers from wrong ones: areas under the ROC curve. NaN where all are alike. */
    hrm_interval auc_drift, auc_halt, auc_both;
    size_t reached, kept;     /* puzzles that were exact after some segment; and stayed so */
    size_t attended, patched; /* puzzles, as the options say, but no more than there are */
    int blocks;
    hrm_look_block *block; /* (segments x blocks) or NULL */
    double *map; /* (blocks x cells x cells) mean weights of one cell (row) on another, all segments
                    together; NULL where not asked for, or of more than 400 cells */
    /* One cell's states, after the first segment, replaced by those that it has in the next puzzle:
     * the share of answers that are others after one more segment than without it. */
    hrm_look_near moved;
    double *moves; /* (cells x cells) of each (column), by the cell that was replaced; or NULL */
    hrm_look_drops *drops; /* (segments) of candidates where the task has groups of cells that all
                              differ, at most HRM_LOOK_GROUPS; else NULL */
    int groups_left_out;   /* how many such groups there are, where drops is NULL as these are more
                              than that; else 0 */
    const char *title;
    hrm_look_filled *filled; /* (11) or NULL */
    hrm_look_starts starts;  /* puzzles 0: not asked for, or no answer is known */
    /* Known puzzles with drops told that end with open cells, and nothing right has fallen: how
     * many, and in how many of them a step is left that people would take. */
    size_t standing, standing_left;
} hrm_inspection;
/* Looks inside a model while it works on puzzles. Segments run from fresh states, all of them for
 * each puzzle, whatever the halting head says. Neither threads nor batch change a bit. options may
 * be NULL. Free with hrm_inspection_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK for data that does not fit;
 * HRM_STATUS_UNSUPPORTED for attention of a model that has none, patches and random states in a
 * model of candidates, either in one that skips padding, and filled puzzles of a task that does not
 * know its open cells; HRM_STATUS_STOPPED.
 * Threads: any number at once on one model and one data set.
 * Example:
 *     hrm_inspection *inside;
 *     if (!hrm_inspect(model, dataset, NULL, &inside))
 *         printf("z_H spreads into %.1f directions\n", inside->participation[0].value);
 *     hrm_inspection_free(inside); */
HRM_API hrm_status hrm_inspect(const hrm_model *model, const hrm_dataset *dataset,
                               const hrm_inspect_options *options, hrm_inspection **out);
/* Frees it, or nothing for NULL.
 * Errors: none. Threads: any, at any time.
 * Example: hrm_inspection_free(NULL); */
HRM_API void hrm_inspection_free(hrm_inspection *inspection);
/* All of it as one JSON object: puzzles, known, segments (a list of objects with the fields of
 * hrm_look_step), residuals (of each state a row for every segment, a number for every call that
 * made it), participation, drift, calls, paths, drops, filled, starts. NaN is
 * null. Free with hrm_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM.
 * Threads: any number at once on one inspection.
 * Example:
 *     hrm_inspection *inside;
 *     if (!hrm_inspect(model, dataset, NULL, &inside) && !hrm_inspection_json(inside, &json))
 *         puts(json); */
HRM_API hrm_status hrm_inspection_json(const hrm_inspection *inspection, char **json);
/* Writes it into a folder, made when missing: report.html (one file, without scripts),
 * inspect.json, segments.csv, calls.csv, puzzles.csv, drops.csv, each whole or not at all.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM, HRM_STATUS_IO.
 * Threads: any, to different folders.
 * Example:
 *     hrm_inspection *inside;
 *     if (!hrm_inspect(model, dataset, NULL, &inside) && hrm_inspection_write(inside, "inside"))
 *         puts(hrm_error()); */
HRM_API hrm_status hrm_inspection_write(const hrm_inspection *inspection, const char *dir);

/* States and what the heads read in them, puzzle after puzzle. */
typedef struct hrm_states {
    size_t puzzles;
    int segments, calls;
    int tokens; /* of a state: all channels', prefix tokens before the cells of each */
    int prefix, channels, hidden;
    int cells, outputs;   /* of logits: vocab, or of S symbols [keep S | symbol S] */
    unsigned char *state; /* (calls) that each made: 0 z_H, 1 z_L */
    float *numbers; /* (puzzles x segments x calls x tokens x hidden); where padding is skipped,
                       the tokens that take part come first, and zeros after them */
    float *logits;  /* (puzzles x segments x calls x cells x outputs) */
    float *q;       /* (puzzles x segments x calls x 2): halt, continue; or conflict, nothing */
} hrm_states;
/* All states of some puzzles (texts as for hrm_solve) in memory: small numbers of them. segments: 0
 * for as many as the model was trained with. Free with hrm_states_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_MEM; HRM_STATUS_TASK for a puzzle that is none of the model's.
 * Threads: any number at once on one model.
 * Example:
 *     hrm_states *states;
 *     if (!hrm_states_of(model, &puzzle, 1, 0, &states))
 *         printf("%d calls in each of %d segments\n", states->calls, states->segments);
 *     hrm_states_free(states); */
HRM_API hrm_status hrm_states_of(const hrm_model *model, const char *const *puzzles, size_t count,
                                 int segments, hrm_states **out);
/* Frees them, or nothing for NULL.
 * Errors: none. Threads: any, at any time.
 * Example: hrm_states_free(NULL); */
HRM_API void hrm_states_free(hrm_states *states);

/* ---- runs of training ----------------------------------------------------------------------- */

/* The mean of values of their own seeds, as of runs, and its 95 % interval by Student's t. NaN: all
 * of it for no value, the bounds for one and for values that are all alike, which say nothing of
 * how others would spread.
 * Errors: HRM_STATUS_ARG. Threads: any.
 * Example:
 *     const double exact[] = {0.83, 0.94, 0.89};
 *     hrm_interval mean;
 *     if (!hrm_mean(exact, 3, &mean)) printf("%.3f to %.3f\n", mean.low, mean.high); */
HRM_API hrm_status hrm_mean(const double *values, size_t count, hrm_interval *out);

/* What a run folder tells; NaN, 0 and "" for what is not known. It may grow at its end. */
typedef struct hrm_run_info {
    const char *dir;
    /* "running", "finished", "stopped" (by a signal or a callback), "failed" (by an error,
     * which problems tells), "killed", "unknown"; "none": the folder holds no run, or may not be
     * looked into */
    const char *state;
    const char *difference; /* "lr=0.001 seed=2": where most recipes of the list say otherwise */
    const char
        *problems; /* sentences on what is missing, damaged or not comparable; "": nothing is */
    const char *processor, *isa; /* of its last session */
    int threads;
    size_t parameters;
    int64_t step, steps;                 /* done; planned */
    double seconds;                      /* of training */
    double flops;                        /* of it, as if all puzzles were of full size */
    double loss;                         /* the last that was written down */
    int64_t best_step;                   /* of its best evaluation, of which are: */
    double exact, exact_low, exact_high; /* with its 95 % interval */
    double cells;
    size_t evaluated;         /* puzzles, */
    const char *puzzles;      /* and the file or folder that they are of; "": not known */
    const char *puzzles_hash; /* alike where the same puzzles were scored; "": not known */
} hrm_run_info;
typedef struct hrm_runs {
    hrm_run_info *run; /* (count) */
    size_t count;
    bool unlike; /* they were not scored on the same puzzles: their figures cannot be compared */
} hrm_runs;
/* The runs in a folder and the folders below it, by their names' order; `dir` may be a run itself.
 * Free with hrm_runs_free.
 * Errors: HRM_STATUS_ARG, HRM_STATUS_IO, HRM_STATUS_MEM.
 * Threads: any, at any time, also while the runs are at work.
 * Example:
 *     hrm_runs *runs;
 *     if (!hrm_runs_open("runs", &runs))
 *         for (size_t i = 0; i < runs->count; i++) puts(runs->run[i].dir);
 *     hrm_runs_free(runs); */
HRM_API hrm_status hrm_runs_open(const char *dir, hrm_runs **out);
/* Frees it, or nothing for NULL.
 * Errors: none. Threads: none may be reading them.
 * Example: hrm_runs_free(NULL); */
HRM_API void hrm_runs_free(hrm_runs *runs);
typedef struct hrm_report_options {
    size_t size;       /* of the structure: hrm_report_options_init */
    const char *title; /* of the page; NULL: of the runs */
    size_t examples; /* validation puzzles that the best of the runs' models is given, of which some
                        are drawn; 0: none [32] */
    const hrm_run *run;    /* for these; NULL: the defaults */
    hrm_progress progress; /* of these; may be NULL */
    void *user;
} hrm_report_options;
/* Fills in the defaults; size: sizeof *options.
 * Errors: none. Threads: any.
 * Example: hrm_report_options options; hrm_report_options_init(&options, sizeof options); */
HRM_API void hrm_report_options_init(hrm_report_options *options, size_t size);
/* Writes a page about `count` run folders, one HTML file without scripts or anything from
 * elsewhere: curves, figures by rating, where recipes differ, machines, time, operations, puzzles
 * solved and failed. A folder that holds no run, or is damaged, is a sentence on the page, which
 * goes on with what there is. *out (may be NULL) receives the runs; free with hrm_runs_free.
 * options may be NULL.
 * Errors: HRM_STATUS_ARG; HRM_STATUS_FORMAT or HRM_STATUS_IO where none of them holds a run;
 * HRM_STATUS_IO for the page; HRM_STATUS_MEM, HRM_STATUS_STOPPED.
 * Threads: any, at any time, also while the runs are at work.
 * Example:
 *     const char *const dirs[] = {"runs/first", "runs/second"};
 *     if (hrm_report(dirs, 2, "report.html", NULL, NULL)) puts(hrm_error()); */
HRM_API hrm_status hrm_report(const char *const *dirs, size_t count, const char *path,
                              const hrm_report_options *options, hrm_runs **out);

#ifdef __cplusplus
}
#endif
#endif
