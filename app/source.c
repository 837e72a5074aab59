/* source.c - lines become puzzles: rows under each other, headings, empty lines between grids. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ranks.h"
#include "signals.h"

/* One more line of a puzzle. */
static bool add_line(app_source *s, const char *line, size_t size) {
    size_t held = s->rows ? strlen(s->grid) : 0;
    char *grid = realloc(s->grid, held + size + 2);
    if (!grid) return false;
    s->grid = grid;
    if (s->rows++) grid[held++] = '\n';
    memcpy(grid + held, line, size + 1);
    return true;
}

/* Says that a grid ended too early. */
static bool end_short(app_source *s, size_t line, int rows, int of) {
    fprintf(stderr, "hrm: %s, line %zu: the grid that began in line %zu has %d of %d rows\n",
            s->name, line, s->first, rows, of);
    s->code = EXIT_FAILED;
    return false;
}

enum { EMPTY = 1, COMMENT = 2 };

/* Passes over a line that is no row. False where it ends a grid too early, so that rows of two
 * grids do not become a puzzle that nobody wrote: a heading does, and what parts whole grids. */
static bool pass_line(app_source *s, const char *line, bool heading) {
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
static bool row_follows(app_source *s) {
    enum { PATIENCE = 200 };
    char line[1024];
    return app_lines_peek(&s->lines, PATIENCE, line, sizeof line) &&
           hrm_puzzle_rows(s->model, line) > 1;
}

/* Ends a grid that has all rows, unless there is an empty line within it and none after it. */
static bool end_whole(app_source *s) {
    if (s->of > 1 && s->hole && row_follows(s)) return end_short(s, s->gap, s->hole, s->of);
    s->without = s->of > 1 ? ~s->within : 0;
    s->rows = s->hole = s->within = 0;
    return true;
}

static bool fail_at(app_source *s, size_t line, const char *why) {
    fprintf(stderr, "hrm: %s, line %zu: %s\n", s->name, line, why);
    s->code = EXIT_FAILED;
    return false;
}

/* Whether a line is no puzzle, and why, where such are passed over. Where rows follow each other
 * they are not: nobody knows where the next grid begins, and what is read on could be a puzzle that
 * nobody wrote. */
static bool is_bad(app_source *s, const char *line, int rows) {
    unsigned char *tokens = NULL;
    hrm_model_info info;
    *s->why = 0;
    if (!s->skip || rows > 1 || hrm_model_inspect(s->model, &info)) return false;
    tokens = malloc((size_t)info.cells);
    if (tokens && hrm_model_tokens(s->model, line, false, tokens))
        snprintf(s->why, sizeof s->why, "%s", hrm_error());
    free(tokens);
    return *s->why;
}

static bool end_grids(app_source *s) {
    return fail_at(s, s->line,
                   s->rows
                       ? "is no row of the grid before it; grids in rows are not passed over, as "
                         "where the next one begins is not known"
                       : "is a row behind a line that is no puzzle; grids in rows are not passed "
                         "over, as where the next one begins is not known");
}

/* One more line that is a puzzle, or a row of one; *whole: the puzzle is. */
static bool take_line(app_source *s, const char *line, size_t size, int rows, bool *whole) {
    bool bad = is_bad(s, line, rows);
    if (s->skip && (s->rows ? rows == 1 && s->of > 1 : rows > 1 && s->spoilt)) return end_grids(s);
    if (!s->rows) s->first = s->line;
    if (!add_line(s, line, size)) return fail_at(s, s->line, "out of memory");
    s->of = rows;
    *whole = rows <= 1 || s->rows == rows;
    s->at = s->first;
    if (bad) s->rows = 0;
    s->spoilt = bad;
    return bad || !*whole || end_whole(s);
}

/* The line without a mark before the first; false for what is no text. */
static bool is_text(app_source *s, char **line, size_t *size) {
    if (s->line == 1 && *size >= 3 && !memcmp(*line, "\xef\xbb\xbf", 3)) {
        *line += 3;
        *size -= 3;
    }
    return !memchr(*line, 0, *size);
}

/* Says what a stream is that is no text, as is said of a file. */
static bool fail_other(app_source *s, const char *bytes, size_t size) {
    const char *other = hrm_text_other(bytes, size);
    if (!other) return false;
    fprintf(stderr, "hrm: %s: is %s\n", s->name, other);
    s->code = EXIT_FAILED;
    return true;
}

/* The next line, or rows under each other, that are a puzzle. Blanks belong to it. */
static bool next_line(app_source *s, bool wait, const char **puzzle) {
    static const char zero[] = "holds a zero byte; puzzles are text, in UTF-8";
    char *line;
    size_t size;
    app_line got;
    while ((got = app_lines_next(&s->lines, wait, signals_stop, &line, &size)) == LINE_READ) {
        bool whole = false;
        s->line++;
        if (!is_text(s, &line, &size)) {
            if (s->line == 1 && fail_other(s, line, size)) return false;
            if (!s->skip || s->rows) return fail_at(s, s->line, zero);
            snprintf(s->why, sizeof s->why, "%s", zero);
            s->spoilt = true;
            s->at = s->line;
            *puzzle = "";
            return true;
        }
        int rows = hrm_puzzle_rows(s->model, line);
        if (rows <= 0 && !pass_line(s, line, rows < 0)) return false;
        if (rows <= 0) {
            s->spoilt = false;
            continue;
        }
        if (!take_line(s, line, size, rows, &whole)) return false;
        if (!whole) continue;
        *puzzle = s->grid;
        return true;
    }
    if (got == LINE_END && s->rows && !signals_stop()) { /* too few rows, which is told */
        s->rows = 0;
        *puzzle = s->grid;
        return true;
    }
    if (got == LINE_FAILED)
        fprintf(stderr, "hrm: %s, line %zu: cannot read: %s\n", s->name, s->line + 1,
                errno == EMSGSIZE ? "it is longer than any puzzle" : strerror(errno));
    if (got == LINE_FAILED) s->code = EXIT_FAILED;
    return got == LINE_LATER;
}

bool app_source_next(app_source *s, bool wait, const char **puzzle) {
    hrm_example example;
    if (s->name) return next_line(s, wait, puzzle);
    if (s->given == s->total) return false;
    *puzzle = s->word;
    if (s->word) return true;
    hrm_dataset_example(s->data, s->given, &example);
    *puzzle = example.question;
    return true;
}

static int open_table(app_source *s, const char *path, const char *text, size_t size) {
    hrm_dataset_info info;
    hrm_status status = hrm_questions_open(path, text, size, s->model, &s->data);
    if (!status) status = hrm_dataset_inspect(s->data, &info);
    if (status) return app_fail(status);
    if (*info.unread) fprintf(stderr, "hrm: %s: answers: %s\n", path, info.unread);
    s->total = hrm_dataset_size(s->data);
    if (!s->skip) return 0;
    return app_usage_error("--skip-bad: is for lines of puzzles; hrm data check %s --skip-bad "
                           "OUT.csv writes a table without its bad rows",
                           path);
}

/* A stream whose first line names the columns of a table is read to its end; of several ranks one
 * alone could. Nobody types one. */
static int open_stream(app_source *s) {
    char line[4096];
    if (ranks_own() || isatty(s->lines.fd)) return 0;
    bool there = app_lines_peek(&s->lines, -1, line, sizeof line);
    if (there && !strncmp(line, "\x1f\x8b", 2)) {
        fail_at(s, 1, "is packed by gzip; unpack it before the pipe, by gunzip -c");
        return s->code;
    }
    if (fail_other(s, s->lines.buffer + s->lines.start, s->lines.end - s->lines.start))
        return s->code;
    if (!there) return 0;
    size_t mark = strncmp(line, "\xef\xbb\xbf", 3) ? 0 : 3;
    if (!hrm_text_is_table(line + mark, strlen(line + mark))) return 0;
    if (!app_lines_all(&s->lines, signals_stop)) {
        if (signals_stop()) return EXIT_INTERRUPTED;
        fail_at(s, 1, strerror(errno));
        return s->code;
    }
    const char *name = s->name;
    s->name = NULL;
    return open_table(s, name, s->lines.buffer + s->lines.start + mark,
                      s->lines.end - s->lines.start - mark);
}

int app_source_open(const char *word, app_source *s) {
    struct stat info;
    bool table = false;
    if (!word && isatty(STDIN_FILENO))
        return app_usage_error("no puzzle; give one, a file, or - for standard input");
    if (!word || !strcmp(word, "-")) {
        s->lines.fd = STDIN_FILENO;
        s->name = "standard input";
        return open_stream(s);
    }
    bool exists = !stat(word, &info);
    if (exists && S_ISREG(info.st_mode)) {
        hrm_status status = hrm_text_load(word, &s->text, &s->lines.end, &table);
        if (status) return app_fail(status);
    }
    if (exists && (S_ISDIR(info.st_mode) || table)) return open_table(s, word, NULL, 0);
    if (!exists) {
        s->word = word;
        s->total = 1;
        s->skip = false; /* nothing follows */
        return 0;
    }
    s->name = word;
    s->lines.buffer = s->text;
    s->lines.ended = s->text;
    if (s->text) return 0;
    s->lines.fd = open(word, O_RDONLY | O_CLOEXEC);
    if (s->lines.fd >= 0) return open_stream(s);
    fprintf(stderr, "hrm: %s: cannot read: %s\n", word, strerror(errno));
    return EXIT_FAILED;
}

void app_source_close(app_source *s) {
    if (s->lines.fd > STDIN_FILENO) close(s->lines.fd);
    if (s->text) s->lines.buffer = NULL;
    app_lines_free(&s->lines);
    hrm_free(s->text);
    free(s->grid);
    hrm_dataset_free(s->data);
}
