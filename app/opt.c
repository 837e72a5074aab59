/* opt.c - parsing and help from one table. */
#include "opt.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ranks.h"
#include "term.h"

/* An option, how help calls its value, the field of app_args that it sets, and its bounds. */
#define OPTION(name, value, kind, field, low, high, help)                                          \
    { name, value, OPT_##kind, offsetof(app_args, field), low, high, help }
#define FLAG(name, field, help)                  OPTION(name, NULL, FLAG, field, 0, 0, help)
#define INT(name, value, field, low, high, help) OPTION(name, value, INT, field, low, high, help)
#define REAL(name, value, field, high, help)     OPTION(name, value, REAL, field, 0, high, help)
#define TEXT(name, value, field, help)           OPTION(name, value, TEXT, field, 0, 0, help)
#define LIST(name, value, field, help)           OPTION(name, value, LIST, field, 0, 0, help)
enum {
    COUNT_MAX = 1000000000,
    LONG_OPTION = 256
}; /* getopt_long returns the latter plus the index */

/* Options of commands that generate puzzles are not here: see families.c. */
static app_option app_options[] = {
    INT("threads", "N", threads, 1, 256,
        "threads to use (HRM_THREADS; default: one for each processor that affinity and a "
        "container's quota leave); results do not depend on it"),
    TEXT("isa", "NAME", isa, "kernels (HRM_ISA; default: the fastest)"),
    FLAG("no-verify", no_verify,
         "do not compare the model's or the run's checksums: to load it faster, or although it was "
         "changed"),
    FLAG("json", json, "print JSON for programs"),
    FLAG("quiet", quiet, "no progress on the terminal"),
    TEXT("out", "DIR", out, "folder of the run (default: runs/RECIPE)"),
    TEXT("resume", "DIR", resume, "go on with the run in this folder"),
    FLAG("keys", keys, "list every recipe key with its default"),
    FLAG("tensorboard", tensorboard,
         "also write the metrics as event files for TensorBoard into the run folder"),
    REAL("wait", "S", wait, 1 << 30,
         "under mpirun: most time that ranks wait for each other (default: 600)"),
    FLAG("mixed", mixed,
         "under mpirun: ranks may be of different builds or kernels; the bits then depend on them"),
    FLAG("plan", plan, "show sizes, memory and steps, then stop"),
    INT("limit", "N", limit, 1, COUNT_MAX, "only the first N puzzles"),
    INT("segments", "N", segments, 1, 1 << 20,
        "segments to run, of a model that answers at once (default: as it was trained)"),
    INT("batch", "N", batch, 1, 1 << 20, "puzzles at a time (default: chosen for the model)"),
    FLAG("check", check,
         "a model that searches may ask the task's rules, and seeks on when they say no"),
    FLAG("explain", explain,
         "tell every round of a search (--quiet: of the chain that answered), or every segment of "
         "a model that answers at once; with --json one line each"),
    TEXT("trace", "FILE", trace,
         "write every round, or segment, as a line of JSON (FILE.jsonl); or draw how one puzzle is "
         "solved: a page to step through (FILE.html), a picture that moves (FILE.svg, FILE.gif)"),
    TEXT("model", "FILE", model,
         "the model (HRM_MODEL; default: the one that comes with the program)"),
    INT("rounds", "N", rounds, 1, 1 << 20,
        "most rounds of a search for one puzzle, in all its chains (default: as the model says)"),
    INT("chains", "N", chains, 1, 256,
        "most chains for one puzzle at a time (default: 64); a puzzle begins with one"),
    INT("patience", "N", patience, 1, 1 << 20,
        "rounds of each chain after which a puzzle has twice as many (default: 256; with "
        "--published 16)"),
    INT("agree", "N", agree, 1, 64,
        "chains that must come to the same grid before it is given (default: 1)"),
    REAL("drop", "P", drop, 1, "candidates less likely to stay are dropped (default: 0.1)"),
    REAL("conflict", "P", conflict, 1,
         "chains more likely to contradict themselves turn back (default: 0.6)"),
    REAL("temperature", "T", temperature, 100,
         "of the symbol that a guess draws (default: 1; with --published 1.5)"),
    FLAG("published", published,
         "search as the paper: guesses on any open cell, contradictions begin again"),
    INT("views", "N", views, 1, 64,
        "a model that answers at once may try N views of a puzzle, turned and mirrored (default: "
        "1), until it is sure, or, with --check, until the rules accept"),
    REAL("sure", "P", sure, 1,
         "confidence that needs no other view (default: the model's own bound, or 0.995)"),
    REAL("right", "P", right, 1,
         "tell the least confidence for which so great a share of the answers is right"),
    REAL("total-seconds", "S", total_seconds, 1 << 30,
         "most time for all puzzles; answers then depend on the machine (default: no bound)"),
    REAL("flops", "N", flops, INT64_MAX,
         "most FLOP of a segment for one puzzle; a model that takes more is refused (default: "
         "1e13)"),
    INT("latency", "N", latency, 1, COUNT_MAX, "afterwards, also time N puzzles one by one"),
    FLAG("run-checker", run_checker,
         "run the program that the task file names (check: COMMAND), which judges the answers"),
    TEXT("skip-bad", "OUT.csv", clean, "write the table without its bad rows"),
    TEXT("config", "NAME", config,
         "hrm-27m, trm-7m, trm-mlp-5m, lattice-128 or hrm-27m-900 (default: all)"),
    REAL("seconds", "S", seconds, 86400,
         "most time for one puzzle, its share of what is solved at once (default: no bound)"),
    TEXT("task", "NAME", task, "a family, sequence or a task file (default: told from the data)"),
    TEXT("letters", "FILE", letters,
         "a task file that says in which letters puzzles and answers are written, in two lines: "
         "task: sudoku, and letters: \".ABCDEFGHI\""),
    INT("count", "N", number, 1, COUNT_MAX, "how many to make"),
    INT("side", "N", side, 1, 30,
        "cells of a side, 1 to 30 (default): tasks with a larger grid are left out"),
    INT("seed", "S", seed, 0, INT64_MAX, "the same seed makes the same puzzles (default: 0)"),
    TEXT("avoid", "DATA", avoid, "nothing equivalent to these puzzles up to symmetry"),
    INT("augment", "N", augment, 0, 100000,
        "N shuffled copies of each puzzle after the plain one (default: 0)"),
    TEXT("from-config", "FILE", config, "the all_config.yaml of IN (default: beside it)"),
    TEXT("base", "FILE", base, "another checkpoint gives what IN lacks"),
    TEXT("part", "NAME", part,
         "of several sets of weights in IN the one whose names begin with NAME and a point"),
    TEXT("data", "DATA", data, "the puzzles that the model is for"),
    TEXT("puzzle-emb", "HOW", puzzle_emb,
         "for a puzzle table of another size than DATA: mean, zero, truncate or extend"),
    TEXT("recipe", "FILE", recipe, "write the recipe that IN tells, to train on with init=OUT"),
    FLAG("compiled", compiled, "names begin with _orig_mod., as in a compiled PyTorch model"),
    FLAG("raw", raw, "change the container only; any tensors, as they are"),
    TEXT("dtype", "NAME", dtype,
         "weights of the model OUT: fp32 (default), bf16, or int8 with a scale for each row"),
    FLAG("replace", replace, "replace what the folder holds already"),
    TEXT("score", "TASKS", score, "tasks to be scored: only their demonstrations are trained on"),
    FLAG("drop-known", drop_known,
         "leave out tasks to train on that hold a scored task's answers, or have the name of an "
         "earlier one"),
    FLAG("keep-colours", keep_colours,
         "copies are turned and mirrored only, 7 at most: for models with symbol_channels"),
    FLAG(
        "boxes", boxes,
        "a pair takes as many cells as its input and, as the demonstrations tell, its output need: "
        "for models with skip_padding"),
    FLAG("keep-output-colours", keep_output_colours,
         "copies do not exchange colours that no input of the task has"),
    FLAG("share-vectors", share_vectors,
         "copies in other colours share their puzzle's vector: for models with puzzle_emb_views"),
    INT("votes", "N", votes, 1, 100001,
        "ARC: at most N copies of each task vote, the plain one first (default: all)"),
    TEXT("submission", "FILE", submission, "ARC: write two attempts for every test input, as JSON"),
    TEXT("scores", "FILE", scores, "ARC: write every task's score, as CSV"),
    TEXT("answers", "FILE", answers,
         "write question, answer, label, verdict and confidence of each puzzle as a line of JSON"),
    FLAG("symbols", symbols, "say how often each symbol is right and what it is taken for"),
    FLAG("contaminated", contaminated, "ARC: score tasks although their answers were trained on"),
    TEXT("picture", "FILE", picture, "draw the example as a picture: FILE.png or FILE.svg"),
    INT("steps", "N", steps, 1, COUNT_MAX, "steps of fitting (default: 200)"),
    REAL("rate", "R", rate, 1, "of the puzzle vectors (default: 0.01)"),
    FLAG("network", network, "fit the network as well; otherwise only the puzzle vectors"),
    REAL("network-rate", "R", network_rate, 1, "of the network (default: 0.0001)"),
    TEXT("model-out", "FILE", model_out, "write the adapted model"),
    TEXT("host", "ADDRESS", host,
         "address to listen at; one that others can reach needs --api-key-file (default: "
         "127.0.0.1)"),
    INT("port", "N", port, 0, 65535, "port; 0: any that is free (default: 8091)"),
    INT("workers", "N", workers, 1, 256,
        "puzzles that are solved at once, a thread each (default: one for each processor)"),
    INT("queue", "N", queue, 1, 100000,
        "requests that may wait; more are refused for now (default: 256)"),
    INT("connections", "N", connections, 1, 100000, "most open connections (default: 2048)"),
    REAL("time-limit", "S", time_limit, 86400,
         "most time for a puzzle, whatever a request says (default: 10)"),
    REAL("grace", "S", grace, 86400, "after SIGTERM, time for what is asked already (default: 10)"),
    REAL("per-address", "N", per_address, 1000000,
         "most requests in a second from one address (default: no bound)"),
    TEXT("api-key-file", "FILE", api_key_file,
         "keys of those who may ask, one a line; only this program's user should read it"),
    TEXT("origin", "URL", origin,
         "pages of this origin may ask, https://example.org; * is all (default: only its own)"),
    TEXT("runs", "DIR", runs, "show the training runs in it (default: runs)"),
    TEXT("puzzles", "DATA", puzzles, "more puzzles to offer for a try"),
    INT("attention", "N", attention, 1, COUNT_MAX,
        "of N puzzles, also where cells attend to, by block (slow)"),
    INT("patch", "N", patch, 1, COUNT_MAX,
        "in N puzzles, also which answers move when one cell's states are replaced (slow)"),
    INT("filled", "N", filled, 1, COUNT_MAX,
        "N puzzles also with all but 0 to 10 of their open cells filled in (slow)"),
    INT("starts", "N", starts, 1, COUNT_MAX, "N puzzles also from 16 random states each (slow)"),
    INT("examples", "N", examples, 0, 100000,
        "try the best model on the first N validation puzzles, and draw some; 0: none (default: "
        "32)"),
    FLAG("csv", csv, "a table for programs"),
    LIST("set", "KEY=A,B", set,
         "values that a recipe key takes in turn; several --set make all combinations; \\, is a "
         "comma within a value"),
    TEXT("list", "FILE", list,
         "a line for each of several nets, NAME key=value ...: settings that belong together"),
    INT("seeds", "N", seeds, 1, 1000,
        "runs of each combination, with the recipe's seed and those after it (default: 1)"),
    LIST("family", "NAME", families, "only tasks of this family; may be given several times"),
    INT("jobs", "N", jobs, 1, 64, "runs at a time, which share the threads (default: 1)"),
    FLAG("help", help, "this text"),
};
/* Commands that mean something else by an option than the table says. */
static const char *const meanings[][3] = {
    {"solve", "seed",
     "of the guesses of a search: the same seed gives the same answers (default: 0)"},
    {"eval", "seed",
     "of the guesses of a search: the same seed gives the same answers (default: 0)"},
    {"solve", "picture",
     "draw how the puzzle is solved, beside --trace FILE.jsonl: FILE.html, FILE.svg or FILE.gif"},
    {"inspect", "out", "write a page, JSON and tables into this folder"},
    {"report", "out",
     "the page (default: report.html in the run's folder, or here where there are several)"},
    {"sweep", "out",
     "folder for the runs, sweep.json and report.html; to go on in it, say the same again"},
    {"sweep", "plan", "check and list the runs, then stop"},
    {"sweep", "threads",
     "threads of all runs at work together (HRM_THREADS; default: one for each processor that "
     "affinity and a container's quota leave)"},
    {"inspect", "segments",
     "segments to run (default: as the model was trained), of a model that searches rounds (16)"},
    {"inspect", "seed", "of the fresh weights that are compared with (default: 0)"},
    {"adapt", "seed", "of the copies and their order: the same seed gives the same (default: 0)"},
    {"adapt", "augment",
     "N copies of each task are fitted and vote beside the plain one (default: 0)"},
    {"adapt", "share-vectors",
     "copies in other colours share their vector, as in the data that the model was trained on"},
    {"adapt", "batch", "rows of a step of fitting (default: 16)"},
    {"adapt", "segments", "segments to run when it solves (default: as the model was trained)"},
    {"adapt", "picture", "draw each test with its best answer: FILE.png or FILE.svg"},
    {"adapt", "submission", "write two attempts for every test input, as JSON"},
    {"data arc", "seed", "of the copies: the same seed makes the same (default: 0)"},
    {"data arc", "augment",
     "N copies of each task, rotated or mirrored and with other colours (default: 0)"},
    {"data arc-like", "seed", "the same seed makes the same tasks (default: 0)"},
    {"data arc-like", "side", "most rows and columns of a grid, 10 to 30 (default)"},
    {"data export", "seed", "of the copies: the same seed makes the same (default: 0)"},
    {"bench", "seconds", "time for each measurement (default: 1)"},
    {"bench", "batch", "train and infer: puzzles at a time (default: the configuration's)"},
    {"bench", "threads", "threads to measure with (HRM_THREADS; default: all cores)"},
    {"train", "json", "print the plan, or the keys, as JSON"},
    {"convert", "task", "a task file, whose puzzles OUT is for from now on"},
    {"convert", "sure",
     "the model's own bound of confidence, which OUT keeps (hrm eval --right finds one)"},
    {"eval", "sure", "confidence that is enough (default: the model's own bound, or 0.995)"},
    {"convert", "quiet", "say nothing but what is wrong"},
};
enum {
    OPTIONS = sizeof app_options / sizeof *app_options,
    MEANINGS = sizeof meanings / sizeof *meanings
};

int app_usage_error(const char *format, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fputs("hrm: ", stderr);
    term_say(stderr, text);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

static const app_command *running;

static size_t names_of(const app_command *command) {
    size_t n = 0;
    while (n < OPT_MAX && command->options[n]) n++;
    return n;
}

static const app_option *find(const app_command *command, const char *name) {
    for (const app_option *o = command->own; o && o->name; o++)
        if (!strcmp(o->name, name)) return o;
    const app_option *found = NULL;
    for (size_t i = 0; i < OPTIONS && !found; i++)
        if (!strcmp(app_options[i].name, name)) found = &app_options[i];
    static app_option own[MEANINGS];
    for (size_t i = 0; found && i < MEANINGS; i++) {
        if (strcmp(meanings[i][0], command->name) || strcmp(meanings[i][1], name)) continue;
        own[i] = *found;
        own[i].help = meanings[i][2];
        return &own[i];
    }
    return found;
}

/* The option of the running command that says what the library calls `field`, if there is one: of
 * the same name, but for these. */
static const app_option *option_of(const char *field) {
    static const char *const others[][2] = {
        {"config", "from-config"}, {"out_dir", "out"}, {"settings", "keys"}};
    char name[40];
    snprintf(name, sizeof name, "%s", field);
    for (char *p = name; *p; p++)
        if (*p == '_') *p = '-';
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(field, others[i][0])) snprintf(name, sizeof name, "%s", others[i][1]);
    for (size_t i = 0; running && i < names_of(running); i++)
        if (!strcmp(running->options[i], name)) return find(running, name);
    return NULL;
}

static bool failed;

int app_fail_short(int code) {
    hrm_failure last;
    hrm_last_failure(&last);
    return !failed && last.status == HRM_STATUS_MEM ? app_fail(last.status) : code;
}

bool app_failed(void) {
    return failed;
}

void app_fail_told(void) {
    failed = true;
}

/* One line that says how far it came. */
static int tell_stopped(const char *text) {
    char reached[64];
    bool far = !*term_reached(reached) || (strstr(text, " of ") && strpbrk(text, "0123456789"));
    fprintf(stderr, "hrm: %s%s%s%s\n", *text ? text : "stopped", far ? "" : " (",
            far ? "" : reached, far ? "" : ")");
    return EXIT_INTERRUPTED;
}

int app_fail(hrm_status status) {
    hrm_failure failure;
    hrm_last_failure(&failure);
    if (status == HRM_STATUS_STOPPED) return tell_stopped(failure.text);
    failed = true;
    if (status == HRM_STATUS_MEM &&
        failure.status != status) /* the command's own: the last one is older */
        failure = (hrm_failure){.text = ""};
    const char *field = failure.option ? failure.option : "";
    const app_option *option = option_of(field);
    fprintf(stderr, "hrm: %s", *failure.text ? failure.text : "out of memory");
    if (option) fprintf(stderr, " (--%s)", option->name);
    else if (!strcmp(field, "puzzle_emb")) fputs(" (hrm convert --data DATA --puzzle-emb)", stderr);
    else if (!strcmp(field, "in")) fputs(" (hrm convert IN OUT.safetensors)", stderr);
    fputc('\n', stderr);
    return status == HRM_STATUS_ARG ? EXIT_USAGE : EXIT_FAILED;
}

void app_options_prepare(void) {
    static char text[400], kernels[200];
    size_t n = 0;
    snprintf(kernels, sizeof kernels, "kernels: one of %s (HRM_ISA; default: the fastest)",
             hrm_isas());
    for (size_t i = 0; hrm_families(i) && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s, ", hrm_families(i)->name);
    if (n < sizeof text)
        snprintf(text + n, sizeof text - n,
                 "sequence or a task file (default: told from the data)");
    for (size_t i = 0; i < OPTIONS; i++)
        if (!strcmp(app_options[i].name, "task")) app_options[i].help = text;
        else if (!strcmp(app_options[i].name, "isa")) app_options[i].help = kernels;
}

const app_option *app_option_at(const app_command *command, size_t i) {
    size_t n = names_of(command);
    return i > n ? NULL : find(command, i < n ? command->options[i] : "help");
}

static int set_integer(const app_option *o, const char *label, const char *text, void *at) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || end == text || *end || text[0] == ' ' || value < o->low || value > o->high)
        return app_usage_error("%s: \"%.60s\" is not a whole number between %lld and %lld", label,
                               text, (long long)o->low, (long long)o->high);
    *(int64_t *)at = value;
    return 0;
}

static int set_real(const app_option *o, const char *label, const char *text, double *at) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || text[0] == ' ' || !(value > (double)o->low) ||
        !(value <= (double)o->high))
        return app_usage_error("%s: \"%.60s\" is not a number above %lld and up to %lld", label,
                               text, (long long)o->low, (long long)o->high);
    *at = value;
    return 0;
}

/* The recipe key of that name (its end is `size`), where the command takes settings; or, when none
 * has it, the nearest. */
static const char *key_of(const app_command *command, const char *word, size_t size, bool near) {
    const char *names[256];
    char name[64];
    size_t n = 0;
    if (!strstr(command->usage, "key=value") || size >= sizeof name) return NULL;
    snprintf(name, sizeof name, "%.*s", (int)size, word);
    for (char *p = name; *p; p++)
        if (*p == '-') *p = '_';
    for (; n < 256 && hrm_recipe_keys(n); n++)
        if (!strcmp(names[n] = hrm_recipe_keys(n)->name, name)) return names[n];
    return near ? hrm_nearest(name, names, n) : NULL;
}

static int unknown_option(const app_command *command, const char *word, const char *next) {
    size_t size = strcspn(word + 2, "=");
    const char *value = word[2 + size] ? word + 3 + size : next && *next != '-' ? next : "VALUE";
    const char *key = key_of(command, word + 2, size, false);
    const char *near = key ? NULL : hrm_nearest(word + 2, command->options, names_of(command));
    if (near)
        return app_usage_error("%s: hrm %s has no such option; did you mean --%s?", word,
                               command->name, near);
    if (key)
        return app_usage_error("%s: recipe keys are written without dashes: %s=%.60s", word, key,
                               value);
    if ((key = key_of(command, word + 2, size, true)))
        return app_usage_error("%s: neither an option nor a recipe key; did you mean %s=%.60s?",
                               word, key, value);
    return app_usage_error("%s: hrm %s has no such option; see hrm %s --help", word, command->name,
                           command->name);
}

/* What getopt_long refused at *word; code is its optopt. */
static int refused(const app_command *command, char **at, int code, bool missing) {
    const char *word = *at;
    if (code >= LONG_OPTION) {
        const app_option *o = app_option_at(command, (size_t)(code - LONG_OPTION));
        if (missing) return app_usage_error("--%s: needs a value (%s)", o->name, o->value);
        return app_usage_error("--%s: takes no value", o->name);
    }
    if (!strncmp(word, "--", 2)) return unknown_option(command, word, at[1]);
    return app_usage_error("%s: options are written --name; see hrm %s --help", word,
                           command->name);
}

static int set_option(const app_option *o, const char *value, app_args *out) {
    void *at = (char *)out + o->offset;
    char label[40];
    snprintf(label, sizeof label, "--%s", o->name);
    switch (o->kind) {
    case OPT_FLAG:
        *(bool *)at = true;
        return 0;
    case OPT_INT:
        return set_integer(o, label, value, at);
    case OPT_REAL:
        return set_real(o, label, value, at);
    case OPT_TEXT:
        break;
    case OPT_LIST: {
        app_list *list = at;
        if (list->count == OPT_MAX)
            return app_usage_error("%s: is there more than %d times", label, OPT_MAX);
        list->word[list->count++] = value;
        return 0;
    }
    case OPT_SETTING: {
        char *setting = out->setting[o - out->command->own];
        int size = snprintf(setting, sizeof *out->setting, "%s=%s", o->name, value);
        if (size < (int)sizeof *out->setting) return 0;
        return app_usage_error("%s: \"%.60s\" is too long", label, value);
    }
    }
    if (!*value) return app_usage_error("%s: is empty", label);
    *(const char **)at = value;
    return 0;
}

/* The options of command as getopt_long wants them. */
static void long_options(const app_command *command, struct option out[OPT_MAX + 2]) {
    size_t n = 0;
    for (const app_option *o; (o = app_option_at(command, n)); n++)
        out[n] = (struct option){o->name, o->kind == OPT_FLAG ? no_argument : required_argument,
                                 NULL, LONG_OPTION + (int)n};
    out[n] = (struct option){0};
}

/* HRM_THREADS and HRM_ISA stand in for options that were not given. */
static int read_environment(const app_command *command, app_args *out) {
    const char *threads = getenv("HRM_THREADS"), *isa = getenv("HRM_ISA");
    if (!out->isa && isa && *isa) out->isa = isa;
    if (out->threads || !threads || !*threads) return 0;
    return set_integer(find(command, "threads"), "HRM_THREADS", threads, &out->threads);
}

/* Refuses "limit=5", where --limit is an option and no recipe key. */
static int check_words(const app_args *args) {
    for (size_t i = 0; i < args->count; i++) {
        const char *word = args->words[i];
        size_t size = strcspn(word, "=");
        const app_option *o;
        for (size_t k = 0; word[size] && (o = app_option_at(args->command, k)); k++)
            if (strlen(o->name) == size && !memcmp(word, o->name, size) &&
                !key_of(args->command, word, size, false))
                return app_usage_error("%s: options are written --%s%s%s", word, o->name,
                                       o->value ? " " : "", o->value ? word + size + 1 : "");
    }
    return 0;
}

int app_parse(const app_command *command, int argc, char **argv, app_args *out) {
    *out = (app_args){.command = command, .port = -1, .examples = -1};
    running = command;
    struct option options[OPT_MAX + 2];
    long_options(command, options);
    opterr = 0;
    optind = 0; /* glibc: start afresh */
    for (int code; (code = getopt_long(argc, argv, ":h", options, NULL)) != -1;) {
        if (code == 'h') code = LONG_OPTION + (int)names_of(command);
        /* of letters behind one '-', getopt stays at that word until the last */
        bool letters = optopt < LONG_OPTION && optind < argc && argv[optind - 1][0] != '-';
        int wrong =
            code == '?' || code == ':'
                ? refused(command, argv + (letters ? optind : optind - 1), optopt, code == ':')
                : set_option(app_option_at(command, (size_t)(code - LONG_OPTION)), optarg, out);
        if (wrong) return wrong;
        if (out->help) return 0;
    }
    out->words = (const char *const *)argv + optind;
    out->count = (size_t)(argc - optind);
    for (size_t i = 0; i < out->count && command->run != cmd_solve; i++)
        if (!*out->words[i])
            return app_usage_error("word %zu is empty; usage: hrm %s %s", i + 1, command->name,
                                   command->usage);
    int mistaken = check_words(out);
    if (mistaken) return mistaken;
    if (out->count > command->words[1])
        return app_usage_error("%s: unexpected; usage: hrm %s %s", out->words[command->words[1]],
                               command->name, command->usage);
    if (out->count < command->words[0])
        return app_usage_error("too few arguments; usage: hrm %s %s", command->name,
                               command->usage);
    return read_environment(command, out);
}

/* Help that is longer than a line goes on under itself. */
static void print_option(const app_option *o) {
    enum { INDENT = 21, WIDTH = 100 };
    char left[40];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("  %-18s", left);
    int at = INDENT - 1;
    for (const char *word = o->help; *word;) {
        int size = (int)strcspn(word, " ");
        bool fits = at + 1 + size <= WIDTH;
        if (!fits) printf("\n%*s", INDENT - 1, "");
        printf(" %.*s", size, word);
        at = (fits ? at : INDENT - 1) + 1 + size;
        word += size;
        word += strspn(word, " ");
    }
    putchar('\n');
}

void app_help(const app_command *c) {
    printf("hrm %s - %s\n\nUsage: hrm %s %s\n", c->name, c->summary, c->name, c->usage);
    if (*c->detail) printf("\n%s\n", c->detail);
    puts("\nOptions:");
    for (size_t i = 0; app_option_at(c, i); i++) print_option(app_option_at(c, i));
    printf("\nExamples:\n%s\n", c->examples);
}

void app_help_all(const char *group) {
    size_t size = strlen(group);
    printf("hrm %s - hierarchical and tiny recursive reasoning models\n\n"
           "Usage: hrm %s%sCOMMAND ...\n\nCommands:\n",
           hrm_version(), group, size ? " " : "");
    for (const app_command *c = app_command_next(NULL); c; c = app_command_next(c))
        if (!size || (!strncmp(c->name, group, size) && c->name[size] == ' '))
            printf("  %-12s %s\n", c->name, c->summary);
    if (size) printf("\nhrm %s COMMAND --help explains each.\n", group);
    if (size) return;
    puts("\n  hrm COMMAND --help   options and examples of a command\n"
         "  hrm --version        version and kernels (--json for programs)\n\n"
         "Example:\n"
         "  hrm train demo-sudoku-6x6 --out runs/first\n"
         "  hrm eval runs/first/best.safetensors data/sudoku-6x6-test.csv\n\n"
         "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (training saves first).");
}

hrm_run app_run_options(const app_args *args) {
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.threads = (int)args->threads;
    run.isa = args->isa;
    run.flops = args->flops;
    run.no_verify = args->no_verify;
    run.ranks = ranks_own();
    return run;
}

hrm_search app_search_options(const app_args *args) {
    hrm_search s;
    (args->published ? hrm_search_published : hrm_search_init)(&s, sizeof s);
    s.rounds = (int)args->rounds;
    if (args->chains) s.chains = (int)args->chains;
    if (args->patience) s.patience = (int)args->patience;
    if (args->agree) s.agree = (int)args->agree;
    if (args->drop > 0) s.drop = args->drop;
    if (args->conflict > 0) s.conflict = args->conflict;
    if (args->temperature > 0) s.temperature = args->temperature;
    s.views = (int)args->views;
    if (args->sure > 0) s.sure = args->sure;
    s.seconds = args->seconds;
    s.total_seconds = args->total_seconds;
    return s;
}

int app_check_search(const app_args *args, const hrm_model *model) {
    hrm_model_info info;
    if (!args->segments || hrm_model_inspect(model, &info) || !info.symbols) return 0;
    fprintf(stderr, "hrm: --segments: this model searches in rounds, not segments; --rounds N "
                    "bounds them\n");
    return EXIT_FAILED;
}

int app_cores(void) {
    hrm_build build;
    return hrm_build_inspect(&build) ? 1 : build.threads;
}
