/* task.h - what a puzzle family is. One file per family implements hr_task_ops; nothing outside
 * src/task/ knows which family it handles.
 *
 * Tokens are bytes: 0 is padding, symbols start at 1. A task turns text into tokens and back,
 * checks an answer against its question, and knows its symmetries.                             */
#ifndef HR_TASK_H
#define HR_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rng.h"

typedef struct hr_task hr_task;
typedef struct hr_declared hr_declared;

typedef enum hr_verdict {
    HR_SOLVED,     /* complete, keeps the givens, obeys every rule the task knows */
    HR_INCOMPLETE, /* some cell holds no symbol of an answer */
    HR_WRONG,      /* breaks a rule or changes a given */
    HR_UNKNOWN,    /* complete, but this task has no rules to check it by */
} hr_verdict;

/* How a cell is drawn. Colours are 0xRRGGBB. */
typedef struct hr_look {
    uint32_t fill, ink;
    char glyph;   /* 0: none */
    bool nothing; /* no part of the grid */
} hr_look;

typedef struct hr_task_ops {
    const char *name; /* "sudoku", "maze", "arc", "grid", "declared" */
    bool voted;       /* copies of a puzzle vote on its answer: see arc_vote.h */
    /* One letter per token of a question or an answer; must accept what `format` wrote. Fails with
     * HR_ERR_TASK and a message that names the column and the character. */
    hr_status (*parse)(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens);
    /* tokens -> one line of at most task->seq characters and a zero. Any token value is safe. */
    void (*format)(const hr_task *task, const uint8_t *tokens, char *text);
    /* Judges an answer; `why` (may be NULL) gets a short reason such as "row 3 holds 5 twice". */
    hr_verdict (*check)(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size);
    /* Applies one random symmetry to question and answer alike; the same rng gives the same one.
     * NULL when the task has no symmetry. out may not be in. */
    void (*augment)(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out);
    /* The same symmetry as maps: out[i] = token[in[cell[i]]]. cell (seq), token (vocab). */
    void (*symmetry)(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token);
    /* Makes of a pair an easier one, right by itself: of about `share` (above 0, at most 1) of the
     * answer. NULL: there are none. */
    void (*part)(const hr_task *task, hr_rng rng, double share, uint8_t *question, uint8_t *answer);
    /* A pair of this family, right or wrong. NULL: every pair is. */
    bool (*fits)(const hr_task *task, const uint8_t *question, const uint8_t *answer);
    /* What a cell of a question may hold in the answer, a set (bits) of the last `symbols` tokens;
     * one alone is given. NULL: a symbol is given, in place of anything else may be every symbol.
     */
    uint32_t (*candidates)(const hr_task *task, uint8_t token);
    /* NULL: the token's character, black on white. *out comes filled in with that. */
    void (*look)(const hr_task *task, uint8_t token, hr_look *out);
} hr_task_ops;

struct hr_task {
    const hr_task_ops *ops;
    int seq;        /* tokens of a question and of an answer */
    int rows, cols; /* as it is drawn; rows * cols == seq */
    int vocab;      /* token values 0 .. vocab-1 */
    int symbols;    /* the last so many tokens are what a cell of an answer holds, where that is
                       known for every cell of a question; 0: not a task of this kind */
    int alike;      /* the last so many tokens are interchangeable: a puzzle with two of them
                       exchanged is as good a one; 0: none, or not known */
    int box_rows, box_cols; /* sudoku: size of a box; 0 elsewhere */
    char alphabet[256];     /* alphabet[t]: the character of token t; [0] unused */
    hr_declared *declared;  /* of a declared task, which its owners share; NULL elsewhere */
};

/* The name of a cell's region, where a task declares regions; 0 elsewhere. */
char hr_task_region(const hr_task *task, int cell);
/* The token that fills up questions of less than full size: that of the declaration, or 0. */
int hr_task_padding(const hr_task *task);
/* A task of one's own, and its end. Only declared tasks hold memory; for others these may be
 * forgotten. */
hr_task hr_task_copy(const hr_task *task);
void hr_task_free(hr_task *task);

/* A Sudoku of box_rows x box_cols boxes: 2x2 (side 4), 2x3 (side 6) or 3x3 (side 9). Tokens as the
 * published code: 1 blank, 2.. the digits 1... */
hr_status hr_task_sudoku(int box_rows, int box_cols, hr_task *out);
/* A square maze, 2 to 128 cells a side. Tokens as the published code: "# SGo" from 1 on. */
hr_status hr_task_maze(int side, hr_task *out);
/* ARC-AGI: grids of ten colours on a square of 1 to 30 cells a side; the published code has 30.
 * Tokens as there: 1 end marker, 2..11 the colours 0..9. */
hr_status hr_task_arc(int side, hr_task *out);
/* A grid (or a sequence: rows 1) over the characters of `alphabet`, tokens 1... in that order. */
hr_status hr_task_grid(int rows, int cols, const char *alphabet, size_t symbols, hr_task *out);

/* Fails with HR_ERR_ARG unless `name` is that of a family. */
hr_status hr_task_known(const char *name);

/* Collects what the pairs of a data file show, then says which task they are: Sudoku, mazes or
 * ARC where every pair is one, otherwise a grid over the characters that occur. Zero-initialise the
 * survey.
 */
typedef struct hr_task_survey {
    bool varying;         /* set it for data whose lengths may differ */
    size_t pairs, length; /* the longest text */
    bool seen[256], in_answer[256];
    bool not_sudoku, not_maze, not_arc;
} hr_task_survey;
/* Fails with HR_ERR_TASK when the pair's lengths differ from each other or from earlier pairs,
 * unless they may. */
hr_status hr_task_survey_add(hr_task_survey *survey, const char *question, size_t question_size,
                             const char *answer, size_t answer_size);
hr_status hr_task_survey_end(const hr_task_survey *survey, hr_task *out);
/* The task of data that are tokens already, by their sizes; name (may be NULL) as in a recipe. */
hr_status hr_task_of_sizes(int seq, int vocab, const char *name, hr_task *out);
/* The same cells and characters as a plain grid: for data that turn out not to be of the family. */
hr_status hr_task_plain(const hr_task *task, hr_task *out);

/* One key of a declared task, as docs/your-own-puzzle.md lists them; lists are "a,b". */
typedef struct hr_task_entry {
    char *key, *value;
    long line; /* in its file, for messages; 0: none */
} hr_task_entry;
/* A task of the user's own. Shape and alphabet, where they are not declared, are what the survey
 * found; it may be NULL when both are. The text is taken to be hostile. */
hr_status hr_task_declare(const hr_task_entry *entries, size_t count, const hr_task_survey *survey,
                          hr_task *out);

/* A task as one line of JSON, for metadata, and back. Free the text with hr_free. The reader takes
 * hostile text. */
char *hr_task_to_json(const hr_task *task);
hr_status hr_task_from_json(const char *text, hr_task *out);
bool hr_task_equal(const hr_task *a, const hr_task *b);

/* How a drawing shows cells. */
typedef enum hr_draw {
    HR_DRAW_PLAIN,  /* characters */
    HR_DRAW_COLOUR, /* painted (ANSI) as the task looks, or, where it has no colours, those that
                       differ emphasised */
    HR_DRAW_MARKED, /* those that differ with a star after them; in grids without boxes, beside the
                       line */
} hr_draw;
/* Draws tokens as a grid of lines, boxes ruled for Sudoku; cells may differ from `question` (may be
 * NULL). Free the text with hr_free. */
char *hr_task_draw(const hr_task *task, const uint8_t *question, const uint8_t *tokens,
                   hr_draw how);

/* How a cell looks that holds `token`; changed: the answer differs from the question there. Any
 * token value is safe. */
hr_look hr_task_look(const hr_task *task, uint8_t token, bool changed);
/* Rows and columns from the top left that hold every cell which is drawn of the tokens; at least 1.
 */
void hr_task_extent(const hr_task *task, const uint8_t *tokens, int *rows, int *cols);

#endif
