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
#include "lines.h"
#include "paths.h"
#include "ranks.h"
#include "shipped.h"
#include "signals.h"
#include "term.h"

/* Where puzzles come from: one word, lines of a file, or a data set. */
typedef struct source {
    const char *word;
    const char *name; /* of the file */
    app_lines lines;
    char *text;                 /* of a file that is in memory: what lines are of */
    char *grid;                 /* the puzzle's lines so far */
    int rows;                   /* so many of them */
    int of;                     /* of so many; 1: the line is a puzzle */
    int hole;                   /* of which so many stand before an empty line; 0: there is none */
    size_t line;                /* the last one read, from 1 */
    size_t first, gap;          /* those where the grid begins and has its first empty line */
    int within, without, apart; /* kinds of lines: in this grid, not in the last, between grids */
    const hrm_model *model;
    hrm_dataset *data;
    size_t given; /* puzzles so far */
    size_t total; /* 0: not known */
    int code;     /* exit code of what went wrong */
} source;

/* Texts that are being solved, oldest first. */
typedef struct asked {
    struct asked *next;
    char text[];
} asked;

typedef struct session {
    const app_args *args;
    source from;
    asked *oldest, *newest;
    app_story story;
    app_checker checker;
    size_t solved, unproved, wrong, answered; /* unproved: given, and not known to be right */
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

/* One more line of a puzzle. */
static bool add_line(source *s, const char *line, size_t size) {
    size_t held = s->rows ? strlen(s->grid) : 0;
    char *grid = realloc(s->grid, held + size + 2);
    if (!grid) return false;
    s->grid = grid;
    if (s->rows++) grid[held++] = '\n';
    memcpy(grid + held, line, size + 1);
    return true;
}

/* Says that a grid ended too early. */
static bool end_short(source *s, size_t line, int rows, int of) {
    fprintf(stderr, "hrm: %s, line %zu: the grid that began in line %zu has %d of %d rows\n",
            s->name, line, s->first, rows, of);
    s->code = EXIT_FAILED;
    return false;
}

enum { EMPTY = 1, COMMENT = 2 };

/* Passes over a line that is no row. False where it ends a grid too early, so that rows of two
 * grids do not become a puzzle that nobody wrote: a heading does, and what parts whole grids. */
static bool pass_line(source *s, const char *line, bool heading) {
    char first = line[strspn(line, " \t")];
    int kind = !first ? EMPTY : first == '#' ? COMMENT : 0;
    if (!s->rows) s->apart |= kind & s->without;
    else if (heading || kind & s->apart) return end_short(s, s->line, s->rows, s->of);
    if (!s->rows) return true;
    if (kind == EMPTY && !s->hole) {
        s->hole = s->rows;
        s->gap = s->line;
    }
    s->within |= kind;
    return true;
}

/* Whether the next line is a row too. Who writes grids into a pipe is waited for, a little; who
 * types one has ended it. */
static bool row_follows(source *s) {
    enum { PATIENCE = 200 };
    char line[1024];
    return app_lines_peek(&s->lines, PATIENCE, line, sizeof line) &&
           hrm_puzzle_rows(s->model, line) > 1;
}

/* Ends a grid that has all rows, unless there is an empty line within it and none after it. */
static bool end_whole(source *s) {
    if (s->of > 1 && s->hole && row_follows(s)) return end_short(s, s->gap, s->hole, s->of);
    s->without = s->of > 1 ? ~s->within : 0;
    s->rows = s->hole = s->within = 0;
    return true;
}

/* The next line, or rows under each other, that are a puzzle. Blanks belong to it. */
static bool next_line(source *s, bool wait, const char **puzzle) {
    char *line;
    size_t size;
    app_line got;
    while ((got = app_lines_next(&s->lines, wait, signals_stop, &line, &size)) == LINE_READ) {
        s->line++;
        if (!s->given && size >= 3 && !memcmp(line, "\xef\xbb\xbf", 3)) { /* byte order mark */
            line += 3;
            size -= 3;
        }
        if (memchr(line, 0, size)) {
            fprintf(stderr, "hrm: %s, line %zu: holds a zero byte; puzzles are text, in UTF-8\n",
                    s->name, s->line);
            s->code = EXIT_FAILED;
            return false;
        }
        int rows = hrm_puzzle_rows(s->model, line);
        if (rows <= 0) {
            if (!pass_line(s, line, rows < 0)) return false;
            continue;
        }
        if (!s->rows) s->first = s->line;
        if (!add_line(s, line, size)) {
            got = LINE_FAILED;
            break;
        }
        s->of = rows;
        if (rows > 1 && s->rows < rows) continue;
        *puzzle = s->grid;
        return end_whole(s);
    }
    if (got == LINE_END && s->rows && !signals_stop()) { /* too few rows, which is told */
        s->rows = 0;
        *puzzle = s->grid;
        return true;
    }
    if (got == LINE_FAILED) {
        fprintf(stderr, "hrm: %s, line %zu: cannot read: %s\n", s->name, s->line + 1,
                errno == EMSGSIZE ? "it is longer than any puzzle" : strerror(errno));
        s->code = EXIT_FAILED;
    }
    return got == LINE_LATER;
}

static bool next_puzzle(source *s, bool wait, const char **puzzle) {
    hrm_example example;
    if (s->name) return next_line(s, wait, puzzle);
    if (s->given == s->total) return false;
    *puzzle = s->word;
    if (s->word) return true;
    hrm_dataset_example(s->data, s->given, &example);
    *puzzle = example.question;
    return true;
}

static int open_source(const char *word, const hrm_model *model, source *out) {
    struct stat info;
    bool table = false;
    out->model = model;
    if (!word && isatty(STDIN_FILENO))
        return app_usage_error("no puzzle; give one, a file, or - for standard input");
    if (!word || !strcmp(word, "-")) {
        out->lines.fd = STDIN_FILENO;
        out->name = "standard input";
        return 0;
    }
    bool exists = !stat(word, &info);
    if (exists && S_ISREG(info.st_mode)) {
        hrm_status status = hrm_text_load(word, &out->text, &out->lines.end, &table);
        if (status) return app_fail(status);
    }
    if (exists && (S_ISDIR(info.st_mode) || table)) {
        hrm_status status = hrm_dataset_open_for(word, model, &out->data);
        if (status) return app_fail(status);
        out->total = hrm_dataset_size(out->data);
        return 0;
    }
    if (!exists) {
        out->word = word;
        out->total = 1;
        return 0;
    }
    out->name = word;
    out->lines.buffer = out->text;
    out->lines.ended = out->text;
    if (out->text) return 0;
    out->lines.fd = open(word, O_RDONLY | O_CLOEXEC);
    if (out->lines.fd >= 0) return 0;
    fprintf(stderr, "hrm: %s: cannot read: %s\n", word, strerror(errno));
    return EXIT_FAILED;
}

static void close_source(source *s) {
    if (s->lines.fd > STDIN_FILENO) close(s->lines.fd);
    if (s->text) s->lines.buffer = NULL;
    app_lines_free(&s->lines);
    hrm_free(s->text);
    free(s->grid);
    hrm_dataset_free(s->data);
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
static bool next_for_all(source *s, bool wait, const char **puzzle) {
    bool first = hrm_rank(ranks_own()) == 0, stream = s->name && !s->text;
    int got = first || !stream ? next_puzzle(s, wait, puzzle) : 0;
    if (stream) ranks_share(puzzle, &got);
    return got;
}

static hrm_next ask(void *user, bool wait, hrm_stream_puzzle *out) {
    session *x = user;
    if (signals_stop() || !next_for_all(&x->from, wait, &out->text)) return HRM_NEXT_END;
    if (!out->text) return HRM_NEXT_LATER;
    x->from.given++;
    if (keep(x, out->text)) return HRM_NEXT_PUZZLE;
    fputs("hrm: out of memory for the puzzles\n", stderr);
    x->from.code = EXIT_FAILED;
    return HRM_NEXT_END;
}

static bool answer(void *user, const hrm_stream_answer *given) {
    session *x = user;
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
    if (x->answered < 2 || x->args->quiet || x->args->json) return;
    fprintf(stderr, "%zu of %zu solved", x->solved, x->answered);
    size_t open = x->answered - x->solved - x->unproved - x->wrong;
    if (x->unproved) fprintf(stderr, ", %zu answered and not proved right", x->unproved);
    if (open || x->wrong) fprintf(stderr, ", %zu not solved, %zu wrong", open, x->wrong);
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
                                       .strict = true,
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
    return x->solved + x->unproved == x->answered ? 0 : EXIT_FAILED;
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
    const char *own = args->trace         ? "trace"
                      : args->explain     ? "explain"
                      : args->run_checker ? "run-checker"
                                          : NULL;
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
    const char *input = args->count > words ? app_named_data(args->words[words]) : NULL;
    session x = {.args = args};
    if ((code = check_outputs(&x, path, input))) return code;
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
    code = open_source(input, model, &x.from);
    x.story.many = x.from.total != 1;
    if (!code) code = open_trace(&x, model);
    if (!code && args->run_checker) code = app_checker_open(&x.checker, model, path);
    x.checker.patience = args->seconds;
    if (args->total_seconds > 0) x.checker.until = term_now() + args->total_seconds;
    if (!code) code = solve(&x, model);
    code = close_story(&x, code);
    if (!app_checker_close(&x.checker) && !code) code = EXIT_FAILED;
    close_source(&x.from);
    while (x.oldest) drop_oldest(&x);
    hrm_model_free(model);
    return code;
}
