/* cmd_solve.c - hrm solve: puzzles from the command line, a file or standard input, answered as
 * they come. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checker.h"
#include "commands.h"
#include "explain.h"
#include "paths.h"
#include "ranks.h"
#include "shipped.h"
#include "signals.h"
#include "source.h"
#include "term.h"

/* Texts that are being solved, oldest first. */
typedef struct asked {
    struct asked *next;
    size_t line;   /* in which it begins, where puzzles are lines */
    char why[256]; /* why it is no puzzle; or "" */
    char text[];
} asked;

typedef struct session {
    const app_args *args;
    app_source from;
    asked *oldest, *newest;
    app_story story;
    app_checker checker;
    size_t solved, unproved, wrong, answered; /* unproved: given, and not known to be right */
    size_t bad;                               /* no puzzles, which were passed over */
    double begin;
    double sure;         /* an answer of less confidence may be wrong; 0: that is not known */
    bool told, searches; /* steps are told; they are rounds of a search */
    bool unwritten;      /* an answer did not get out */
    bool done;           /* all was read and answered, or the user stopped it */
    hrm_file *trace;
    const char *picture[2]; /* names of pictures to draw */
} session;

/* ---- puzzles -------------------------------------------------------------------------------- */

static bool keep(session *x, const char *text) {
    asked *a = malloc(sizeof *a + strlen(text) + 1);
    if (!a) return false;
    a->next = NULL;
    a->line = x->from.at;
    snprintf(a->why, sizeof a->why, "%s", x->from.why);
    strcpy(a->text, text);
    if (x->oldest) x->newest->next = a;
    else x->oldest = a;
    x->newest = a;
    return true;
}

static void drop_oldest(session *x) {
    asked *a = x->oldest;
    x->oldest = a->next;
    free(a);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* False where memory is short, which is told. */
static bool print_json(const session *x, const char *puzzle, const hrm_answer *a) {
    json_t *o = json_pack("{s:o, s:o, s:s, s:o, s:i, s:f}", "puzzle", term_text(puzzle), "answer",
                          term_text(a->text), "verdict", app_verdict(a->verdict), "why",
                          term_text(a->why), "segments", a->segments, "confidence", a->confidence);
    if (o && x->sure > 0) json_object_set_new(o, "sure", json_boolean(a->confidence >= x->sure));
    if (o && a->chains) {
        json_object_set_new(o, "rounds", json_integer(a->rounds));
        json_object_set_new(o, "guesses", json_integer(a->guesses));
        json_object_set_new(o, "chains", json_integer(a->chains));
        json_object_set_new(o, "restarts", json_integer(a->restarts));
        json_object_set_new(o, "seconds", json_real(a->seconds));
    }
    return term_json(o, JSON_REAL_PRECISION(9)) || !app_fail_short(EXIT_FAILED);
}

/* What is to be said of an answer that no rule calls right, and of which the model is not sure. */
static const char *doubt(const session *x, const hrm_answer *a) {
    bool open = a->verdict == HRM_VERDICT_UNKNOWN || a->verdict == HRM_VERDICT_UNBROKEN;
    return open && a->confidence < x->sure ? ", may be wrong" : "";
}

static bool print_answer(const session *x, const char *puzzle, const hrm_answer *a) {
    static const char *const verdict_text[] = {"solved", "not solved", "wrong", "not checked",
                                               "breaks no stated rule"};
    const char *colon = *a->why ? ": " : "", *verdict = verdict_text[a->verdict];
    if (x->args->json) return print_json(x, puzzle, a);
    if (!term_is_shown()) printf("%s\t%s%s%s%s\n", a->text, verdict, doubt(x, a), colon, a->why);
    else
        printf("%s%s%s%s%s (%d %s%s, confidence %.2f)\n\n",
               term_has_colour() ? a->drawing_colour : a->drawing, verdict, doubt(x, a), colon,
               a->why, a->segments, a->chains ? "round" : "segment", a->segments == 1 ? "" : "s",
               a->confidence);
    return true;
}

static bool is_drawn(const session *x) {
    return x->picture[0] || x->picture[1];
}

/* ---- the stream ----------------------------------------------------------------------------- */

/* Of several ranks the first has the input; files and words all have. */
static bool next_for_all(app_source *s, bool wait, const char **puzzle) {
    bool first = hrm_rank(ranks_own()) == 0, stream = s->name && !s->text;
    int got = first || !stream ? app_source_next(s, wait, puzzle) : 0;
    if (stream) ranks_share(puzzle, &got);
    return got;
}

static hrm_next ask(void *user, bool wait, hrm_stream_puzzle *out) {
    session *x = user;
    if (signals_stop() || !next_for_all(&x->from, wait, &out->text)) return HRM_NEXT_END;
    if (!out->text) return HRM_NEXT_LATER;
    x->from.given++;
    bool kept = keep(x, out->text);
    if (*x->from.why) out->text = "\1"; /* no puzzle of any task */
    if (kept) return HRM_NEXT_PUZZLE;
    fputs("hrm: out of memory for the puzzles\n", stderr);
    x->from.code = EXIT_FAILED;
    return HRM_NEXT_END;
}

/* A line that is no puzzle is told, and has a line of the output too. */
static bool pass_over(session *x, const char *error) {
    const asked *a = x->oldest;
    const char *why = *a->why ? a->why : error;
    fprintf(stderr, "hrm: %s, line %zu: %s\n", x->from.name, a->line, why);
    json_t *o =
        x->args->json ? json_pack("{s:o, s:s}", "puzzle", term_text(a->text), "error", why) : NULL;
    if (!x->args->json) puts("");
    else if (!term_json(o, 0)) x->from.code = app_fail_short(EXIT_FAILED);
    drop_oldest(x);
    x->bad++;
    x->unwritten = !term_flush();
    return !x->unwritten && !signals_stop();
}

static bool answer(void *user, const hrm_stream_answer *given) {
    session *x = user;
    if (!given->answer) {
        term_clear();
        return pass_over(x, given->error);
    }
    size_t index = given->index;
    hrm_answer judged = *given->answer, *a = &judged;
    if (x->unwritten) return false;
    term_clear();
    if (x->checker.in &&
        !app_checker_judge(&x->checker, x->oldest->text, a->text, &a->verdict, a->why)) {
        x->from.code = EXIT_FAILED;
        return false;
    }
    app_story_answer(&x->story, index, a);
    if (!print_answer(x, x->oldest->text, a)) x->from.code = EXIT_FAILED;
    app_story_end(&x->story, a);
    drop_oldest(x);
    x->answered++;
    x->solved += a->verdict == HRM_VERDICT_SOLVED;
    x->unproved += a->verdict == HRM_VERDICT_UNKNOWN || a->verdict == HRM_VERDICT_UNBROKEN;
    x->wrong += a->verdict == HRM_VERDICT_WRONG;
    x->unwritten = !term_flush();
    return !x->unwritten && !signals_stop();
}

static bool progress(void *user, size_t done, size_t total) {
    session *x = user;
    static double shown;
    double now = term_now();
    if (x->args->quiet || x->args->explain || now - shown < 0.1) return !signals_stop();
    shown = now;
    char of[32] = "";
    if (total) snprintf(of, sizeof of, " of %zu", total);
    term_live("%zu%s solved or given up, %.1f/s", done, of, (double)done / (now - x->begin));
    return !signals_stop();
}

/* What is told goes out whole, also where the program is killed next, and nothing follows what did
 * not get out. */
static bool pass_on(session *x) {
    x->unwritten = !term_flush();
    return !x->unwritten;
}

static bool explain_round(void *user, const hrm_round *round) {
    session *x = user;
    app_story_round(&x->story, round);
    return pass_on(x);
}

static bool explain_segment(void *user, const hrm_step *step) {
    session *x = user;
    app_story_segment(&x->story, step);
    return pass_on(x);
}

static void print_sum(const session *x) {
    if (x->answered + x->bad < 2 || x->args->quiet || x->args->json) return;
    fprintf(stderr, "%zu of %zu solved", x->solved, x->answered);
    size_t open = x->answered - x->solved - x->unproved - x->wrong;
    if (x->unproved) fprintf(stderr, ", %zu answered and not proved right", x->unproved);
    if (open || x->wrong) fprintf(stderr, ", %zu not solved, %zu wrong", open, x->wrong);
    if (x->bad) fprintf(stderr, ", %zu line%s passed over", x->bad, term_s(x->bad));
    fputc('\n', stderr);
}

/* Draws a trace, and says so where not all of it is shown. */
static hrm_status draw(const session *x, const hrm_model *model, const hrm_trace *trace,
                       const char *path) {
    size_t steps, shown = hrm_trace_shown(trace, model, path, &steps);
    hrm_status status = hrm_trace_picture(trace, model, path);
    if (!status && shown < steps && !x->args->quiet)
        fprintf(stderr, "hrm: %s: %zu of %zu steps are drawn, at even distances\n", path, shown,
                steps);
    return status;
}

/* One puzzle whose steps are kept, for pictures of them. */
static hrm_status solve_drawn(session *x, hrm_model *model, hrm_solve_options *options) {
    hrm_solver *solver = NULL;
    hrm_trace *trace = NULL;
    hrm_stream_puzzle puzzle = {0};
    ask(x, true, &puzzle);
    hrm_status status = x->from.code ? HRM_STATUS_MEM : hrm_solver_new(model, 0, &solver);
    if (!status) status = hrm_solver_trace(solver, puzzle.text, options, &trace);
    if (!status) answer(x, &(hrm_stream_answer){.answer = hrm_trace_answer(trace)});
    for (int i = 0; !status && i < 2; i++)
        if (x->picture[i]) status = draw(x, model, trace, x->picture[i]);
    hrm_trace_free(trace);
    hrm_solver_free(solver);
    return status;
}

static hrm_status solve_all(session *x, hrm_model *model, const hrm_solve_options *options) {
    hrm_solver *solver;
    const hrm_stream_options stream = {.size = sizeof stream,
                                       .next = ask,
                                       .done = answer,
                                       .progress = progress,
                                       .user = x,
                                       .total = x->from.total,
                                       .strict = !x->from.skip,
                                       .solve = options};
    hrm_status status = hrm_solver_new(model, 0, &solver);
    if (!status) status = hrm_solver_stream(solver, &stream);
    hrm_solver_free(solver);
    return status;
}

static int solve(session *x, hrm_model *model) {
    const app_args *args = x->args;
    hrm_search search = app_search_options(args);
    hrm_solve_options options = {
        .size = sizeof options,
        .segments = (int)args->segments,
        .batch = (int)args->batch,
        .progress = progress,
        .user = x,
        .check = args->check,
        .seed = (uint64_t)args->seed,
        .explain = x->told && x->searches ? explain_round : NULL,
        .step = x->told && !x->searches ? explain_segment : NULL,
        .search = &search,
    };
    if (options.step) options.batch = 1; /* one puzzle after the other */
    x->begin = term_now();
    hrm_status status =
        is_drawn(x) ? solve_drawn(x, model, &options) : solve_all(x, model, &options);
    term_clear();
    if (x->unwritten) return EXIT_FAILED;
    x->done = signals_stop() || (!status && !x->from.code && x->from.given);
    if (signals_stop()) {
        fprintf(stderr, "hrm: stopped after %zu", x->answered);
        if (x->from.total) fprintf(stderr, " of %zu", x->from.total);
        fprintf(stderr, " puzzle%s\n", x->answered == 1 && !x->from.total ? "" : "s");
        return EXIT_INTERRUPTED;
    }
    if (x->from.code) return x->from.code; /* told already, and why the library was stopped */
    if (status == HRM_STATUS_TASK && x->from.word) {
        fprintf(stderr, "hrm: %s; and no file has that name\n", hrm_error());
        return EXIT_FAILED;
    }
    if (status == HRM_STATUS_TASK && x->from.name) { /* puzzles are read as they are asked for */
        bool first = x->from.line == 1,
             json = first && strchr("{[", x->from.grid[strspn(x->from.grid, " \t")]);
        bool table = first && !x->from.text && strpbrk(x->from.grid, ",;\t");
        fprintf(stderr, "hrm: %s, line %zu: %s%s\n", x->from.name, x->from.line, hrm_error(),
                json    ? "; JSON is not read here, write the puzzles as lines or as CSV"
                : table ? "; give the name of a table's file"
                        : "");
        return EXIT_FAILED;
    }
    if (status) return app_fail(status);
    if (!x->from.given) {
        fprintf(stderr, "hrm: no puzzle to solve: %s\n",
                x->from.data || x->from.line ? "the input holds none" : "the input is empty");
        return EXIT_FAILED;
    }
    print_sum(x);
    ranks_settle();
    return !x->bad && x->solved + x->unproved == x->answered ? 0 : EXIT_FAILED;
}

static bool ends_in(const char *path, const char *ending) {
    size_t n = strlen(path), size = strlen(ending);
    return n > size && !strcasecmp(path + n - size, ending);
}

static bool is_picture(const char *path) {
    return ends_in(path, ".html") || ends_in(path, ".svg") || ends_in(path, ".gif");
}

static int refuse_picture(const char *path) {
    return app_usage_error("--picture: %s: a picture of solving must end in .html, .svg or .gif",
                           path);
}

/* What is to be written, before anything is read. Answers to ARC tasks may be drawn as .png, too.
 */
static int check_outputs(session *x, const char *model_path, const char *input) {
    const char *trace = x->args->trace, *picture = x->args->picture;
    struct stat info;
    int code = trace ? app_keep_off("--trace", trace, model_path, input ? input : "-") : 0;
    if (!code && picture)
        code = app_keep_off("--picture", picture, model_path, input ? input : "-");
    if (code) return code;
    if (picture && !is_picture(picture) && !ends_in(picture, ".png"))
        return refuse_picture(picture);
    x->picture[0] = picture;
    if (!trace) return 0;
    if (is_picture(trace)) x->picture[1] = trace;
    else if (!ends_in(trace, ".jsonl") && (stat(trace, &info) || S_ISREG(info.st_mode)))
        return app_usage_error("--trace: %s: a trace must end in .jsonl (lines of JSON), .html (a "
                               "page to step through), .svg or .gif (a picture that moves)",
                               trace);
    return 0;
}

static int open_trace(session *x, const hrm_model *model) {
    const char *path = x->picture[1] ? NULL : x->args->trace;
    hrm_model_info info;
    if (hrm_model_inspect(model, &info)) return app_fail(HRM_STATUS_ARG);
    x->searches = info.symbols != 0;
    if (!x->searches) x->sure = x->args->sure > 0 ? x->args->sure : info.sure;
    x->told = path || x->args->explain;
    if (is_drawn(x) && !x->from.word)
        return app_usage_error("%s draws how one puzzle is solved; give it as a word",
                               x->picture[0] ? "--picture" : "such a --trace");
    if (!path) return 0;
    hrm_status status = hrm_file_create(path, &x->trace);
    x->story.trace = x->trace;
    return status ? app_fail(status) : 0;
}

static int close_story(session *x, int code) {
    hrm_status status = hrm_file_end(x->trace, x->done && !x->story.failed);
    if (status) app_fail(status);
    if (x->story.failed) fputs("hrm: out of memory for the explanation\n", stderr);
    app_story_free(&x->story);
    return code || !(status || x->story.failed) ? code : EXIT_FAILED;
}

/* ---- ARC ------------------------------------------------------------------------------------- */

/* Whether a path is one of ARC tasks, for a model of such: JSON, or a folder that is no data set.
 */
static bool holds_tasks(const hrm_model *model, const char *path) {
    char *text = NULL, *data = NULL;
    size_t size;
    struct stat info;
    hrm_model_info about;
    if (hrm_model_inspect(model, &about) || strcmp(about.task, "arc") || stat(path, &info))
        return false;
    if (S_ISDIR(info.st_mode) && asprintf(&data, "%s/dataset.json", path) >= 0) {
        bool tasks = access(data, F_OK) != 0;
        free(data);
        return tasks;
    }
    if (!S_ISREG(info.st_mode) || hrm_text_load(path, &text, &size, NULL)) return false;
    char first = text[strspn(text, " \t\r\n")];
    hrm_free(text);
    return first == '{' || first == '[';
}

static int solve_tasks(const app_args *args, const hrm_model *model, const char *model_path,
                       const char *tasks) {
    const struct {
        const char *name;
        bool given;
    } others[] = {
        {"trace", args->trace},
        {"explain", args->explain},
        {"run-checker", args->run_checker},
        {"check", args->check},
        {"rounds", args->rounds},
        {"chains", args->chains},
        {"patience", args->patience},
        {"agree", args->agree},
        {"published", args->published},
        {"drop", args->drop > 0},
        {"conflict", args->conflict > 0},
        {"temperature", args->temperature > 0},
        {"seconds", args->seconds > 0},
        {"total-seconds", args->total_seconds > 0},
        {"views", args->views},
        {"sure", args->sure > 0},
        {"skip-bad", args->skip_bad},
    };
    const char *own = NULL;
    for (size_t i = 0; i < sizeof others / sizeof *others && !own; i++)
        if (others[i].given) own = others[i].name;
    if (own)
        return app_usage_error("--%s: is for puzzles; an ARC task is answered by a vote of models "
                               "that are fitted on it",
                               own);
    int code = app_keep_off("--submission", args->submission, model_path, tasks);
    if (!code) code = app_keep_off("--picture", args->picture, model_path, tasks, args->submission);
    return code ? code : app_adapt(args, model, tasks);
}

int cmd_solve(const app_args *args) {
    hrm_run run = app_run_options(args);
    hrm_model *model = NULL;
    size_t words;
    int code;
    const char *path = app_model_path(args, 2, &words, &code);
    if (!path) return code;
    const char *input = args->count > words ? args->words[words] : NULL;
    if (input && strcmp(input, "-")) input = app_named_data(input); /* lines, as they come */
    session x = {.args = args};
    if ((code = check_outputs(&x, path, input))) return code;
    bool meant = ends_in(path, ".safetensors") || strchr(path, '/');
    if (words && !meant && access(path, F_OK) && input && strcmp(input, "-") && access(input, F_OK))
        return app_usage_error("%s: no model has that name; of several puzzles each is a line of a "
                               "file, or of standard input",
                               path);
    hrm_status status = hrm_model_load(path, &run, &model);
    if (!status && args->letters) status = hrm_model_letters(model, args->letters);
    if (status) {
        code = app_fail(status);
        hrm_model_free(model);
        return code;
    }
    if (input && holds_tasks(model, input)) {
        code = solve_tasks(args, model, path, input);
        hrm_model_free(model);
        return code;
    }
    if (args->submission)
        code = app_usage_error("--submission: is for ARC tasks, with a model of such");
    else if (args->picture && !is_picture(args->picture)) code = refuse_picture(args->picture);
    else code = app_check_search(args, model);
    if (code) {
        hrm_model_free(model);
        return code;
    }
    app_tell_memory(path, model);
    static char lines[1 << 16]; /* so that long ones go out whole */
    (void)!setvbuf(stdout, lines, _IOFBF, sizeof lines);
    signals_install();
    x.story.words = args->explain && !args->json;
    x.story.json = args->explain && args->json;
    x.story.quiet = args->quiet;
    x.from.model = model;
    x.from.skip = args->skip_bad;
    code = app_source_open(input, &x.from);
    x.story.many = x.from.total != 1;
    if (!code) code = open_trace(&x, model);
    if (!code && args->run_checker) code = app_checker_open(&x.checker, model, path);
    x.checker.patience = args->seconds;
    if (args->total_seconds > 0) x.checker.until = term_now() + args->total_seconds;
    if (!code) code = solve(&x, model);
    code = close_story(&x, code);
    if (!app_checker_close(&x.checker) && !code) code = EXIT_FAILED;
    app_source_close(&x.from);
    while (x.oldest) drop_oldest(&x);
    hrm_model_free(model);
    return code;
}
