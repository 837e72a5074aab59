/* opt.h - the command line: one table of options, one of commands; help comes from the same table.
 */
#ifndef APP_OPT_H
#define APP_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hrm_tools.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };
enum { OPT_MAX = 40 };

/* The values of an option that may be given several times. */
typedef struct app_list {
    const char *word[OPT_MAX];
    size_t count;
} app_list;

/* A command line, parsed. */
typedef struct app_args {
    const char *const *words; /* positional arguments; borrowed from main's */
    size_t count;
    int64_t threads, limit, segments, batch, seed, number, side, augment, votes, steps;
    int64_t rounds, chains, patience, agree, latency, views, attention, patch, filled, starts;
    int64_t examples; /* -1: not given */
    int64_t port;     /* -1: not given */
    int64_t workers, queue, connections, seeds, jobs;
    app_list set, families;
    const char *list;
    double seconds, total_seconds, sure, right, wait, flops, drop, conflict, temperature, rate,
        network_rate, time_limit, grace, per_address;
    const char *isa, *out, *resume, *avoid, *task, *letters, *config, *model, *trace, *base, *part,
        *data, *puzzle_emb, *recipe, *score, *submission, *scores, *answers, *picture, *model_out,
        *host, *api_key_file, *clean, *origin, *runs, *puzzles, *dtype;
    const struct app_command *command;
    char setting[OPT_MAX][64]; /* "name=value" for each of the command's own options; "" */
    bool run_checker, skip_bad, no_verify, json, quiet, keys, plan, check, explain, published,
        compiled, raw, drop_known, replace, keep_colours, boxes, keep_output_colours, share_vectors,
        tensorboard, csv, contaminated, symbols, network, mixed, help;
} app_args;

typedef enum app_option_kind {
    OPT_FLAG,
    OPT_INT,
    OPT_REAL,
    OPT_TEXT,
    OPT_LIST,
    OPT_SETTING
} app_option_kind;

typedef struct app_option {
    const char *name;  /* without the dashes */
    const char *value; /* how help calls the value; NULL for a flag */
    app_option_kind kind;
    size_t offset; /* in app_args */
    int64_t low, high;
    const char *help;
} app_option;

typedef struct app_command {
    const char *name;    /* "eval", "data sudoku" */
    const char *usage;   /* after the name */
    const char *summary; /* one line */
    const char *detail;  /* paragraphs; may be "" */
    const char *examples;
    const char *options[OPT_MAX]; /* names, NULL-terminated */
    size_t words[2];              /* the fewest and the most positional arguments */
    int (*run)(const app_args *args);
    const app_option *own;    /* options that it alone has, until one without a name; or NULL */
    const hrm_family *family; /* what it generates; or NULL */
} app_command;

/* Puts the families and kernels that the library knows into the help texts. Call it first. */
void app_options_prepare(void);
/* The i-th option of a command, its help last; NULL past that. */
const app_option *app_option_at(const app_command *command, size_t i);

/* Reads argv (argv[0] is the command's name; the rest is reordered, options first) into *out.
 * Returns 0, or EXIT_USAGE after one clear line on stderr. --help sets out->help and nothing else
 * matters. */
int app_parse(const app_command *command, int argc, char **argv, app_args *out);
void app_help(const app_command *command);
/* The commands of the whole program, or of a group ("data"; "": of all). */
void app_help_all(const char *group);
/* The options of hrm_run, and below those of a search. */
hrm_run app_run_options(const app_args *args);
/* Processors that this process may use, a container's quota included. */
/* Says, and with which code to end, that an option of solving has no use with the model; else 0. */
int app_check_search(const app_args *args, const hrm_model *model);
int app_cores(void);
hrm_search app_search_options(const app_args *args);
/* "hrm: message" on stderr; returns the exit code for the status: 2 for a wrong argument, else 1;
 * 130 without a word where the user stopped it. */
int app_fail(hrm_status status);
/* The same where memory was short and nothing said so yet, as of what was printed something may be
 * missing; else code. */
int app_fail_short(int code);
/* Whether app_fail was called. */
bool app_failed(void);
/* The last failure has been told as what it is, no end of the command. */
void app_fail_told(void);
int app_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
