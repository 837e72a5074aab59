/* source.h - puzzles of hrm solve: one word, lines of a file or of a stream, or a table. */
#ifndef APP_SOURCE_H
#define APP_SOURCE_H

#include "lines.h"
#include "opt.h"

/* Zero at first, but for `model` and `skip`. */
typedef struct app_source {
    const hrm_model *model;
    bool skip;        /* a line that is no puzzle is given too, with `why` */
    const char *word; /* a puzzle; NULL: there are others */
    const char *name; /* of the file that lines come from; NULL: they are none */
    app_lines lines;
    char *text;                 /* of a file that is in memory: what lines are of */
    char *grid;                 /* the puzzle's lines so far */
    int rows;                   /* so many lines of the grid */
    int of;                     /* of so many; 1: the line is a puzzle */
    int hole;                   /* of which so many stand before an empty line; 0: there is none */
    size_t line;                /* the last one read, from 1 */
    size_t first, gap;          /* those where the grid begins and has its first empty line */
    size_t at;                  /* the line in which the puzzle given last begins */
    int within, without, apart; /* kinds of lines: in this grid, not in the last, between grids */
    hrm_dataset *data;
    size_t given;  /* puzzles so far, which the caller counts */
    size_t total;  /* 0: not known */
    int code;      /* exit code of what went wrong, which was told */
    bool spoilt;   /* the last line was no puzzle, so that it may have been a row of one */
    char why[256]; /* of what was given last: why it is no puzzle; or "" */
} app_source;

/* word: a puzzle, a file or "-"; NULL: standard input. Returns 0 or the exit code. */
int app_source_open(const char *word, app_source *source);
/* The next puzzle, borrowed until the next call. True with *puzzle NULL: none is there yet, and
 * `wait` is false. False at the end, or where `code` is set. */
bool app_source_next(app_source *source, bool wait, const char **puzzle);
void app_source_close(app_source *source);

#endif
