/* task.h - what a puzzle family is: one object, hr_task_ops, in a file of its own, and one line of
 * the list in families.h. Nothing outside src/task/ knows which family it handles.
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
#include "base/text.h"

typedef struct hr_task hr_task;
typedef struct hr_declared hr_declared;
typedef struct hr_generator hr_generator;

typedef enum hr_verdict {
    HR_SOLVED,     /* complete, keeps the givens, obeys every rule the task knows */
    HR_INCOMPLETE, /* some cell holds no symbol of an answer */
    HR_WRONG,      /* breaks a rule or changes a given */
    HR_UNKNOWN,    /* complete, but this task has no rules to check it by */
    HR_UNBROKEN, /* complete, and breaks none of the rules that the task knows; it knows not all */
} hr_verdict;

/* How a cell is drawn. Colours are 0xRRGGBB. */
typedef struct hr_look {
    uint32_t fill, ink;
    char glyph;   /* 0: none */
    bool nothing; /* no part of the grid */
} hr_look;

/* How a drawing shows cells. */
typedef enum hr_draw {
    HR_DRAW_PLAIN,  /* characters */
    HR_DRAW_COLOUR, /* painted (ANSI) as the task looks, or, where it has no colours, those that
                       differ emphasised */
    HR_DRAW_MARKED, /* those that differ with a star after them; in grids without boxes, beside the
                       line */
} hr_draw;

struct json_t; /* of jansson */

/* A puzzle family. NULL or 0: it has no such thing. */
typedef struct hr_task_ops {
    const char *name; /* as files and recipes call it */
    bool voted;       /* copies of a puzzle vote on its answer: see arc_vote.h */
    bool padded;      /* questions may hold token 0 */

    /* ---- recognising it in data -------------------------------------------------------------- */

    /* The task whose puzzles have so many cells; fails where there is none. NULL: the family is
     * never told from data. */
    hr_status (*of_length)(size_t cells, hr_task *out);
    /* Whether a pair that parses is one of the family. NULL: `fits` decides. */
    bool (*recognise)(const hr_task *task, const uint8_t *question, const uint8_t *answer);
    char shows; /* this character must occur in the data; 0: any data will do */
    /* Square data that hold only these characters, and all of `marks`, but are not of the family
     * become a plain grid with the characters in this order, which published models rely on. */
    const char *symbols, *marks;
    int published; /* cells of the puzzles of the published data set; 0: there is none */

    /* ---- metadata ---------------------------------------------------------------------------- */

    /* What follows the name: ", \"key\": value" for each key. NULL: nothing does. */
    void (*write_json)(const hr_task *task, hr_buffer *json);
    /* From the whole object, whose keys are not checked yet. */
    hr_status (*read_json)(struct json_t *root, hr_task *out);

    /* ---- puzzles ----------------------------------------------------------------------------- */

    /* One letter per token of a question or an answer; must accept what `format` wrote. Fails with
     * HR_ERR_TASK and a message that names the column and the character. Others call
     * hr_task_parse. */
    hr_status (*parse)(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens);
    /* hr_task_rows, where texts have more forms than one; `parse` gets such texts as they are. */
    int (*line_rows)(const hr_task *task, const char *line, size_t size);
    /* tokens -> one line of at most task->seq characters and a zero. Any token value is safe. */
    void (*format)(const hr_task *task, const uint8_t *tokens, char *text);
    /* Judges an answer; `why` (may be NULL) gets a short reason such as "row 3 holds 5 twice". */
    hr_verdict (*check)(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size);
    /* Whether nothing can answer a question, which shows without a search: its givens break a rule.
     * `why` as of check. NULL: not known. */
    bool (*hopeless)(const hr_task *task, const uint8_t *question, char *why, size_t why_size);
    /* Whether an exact search of a bounded length proves it, for a question that is not hopeless.
     * NULL: not known. */
    bool (*refuted)(const hr_task *task, const uint8_t *question);
    /* The cells of a group whose symbols all differ, rows or boxes for example, and how many they
     * are; 0 beyond the last group. cell (seq). NULL: there are no such groups. */
    int (*group)(const hr_task *task, int group, uint32_t *cell);
    /* How many faults an answer has: givens changed, and symbols that a rule forbids where they
     * stand. NULL: not counted. */
    int (*faults)(const hr_task *task, const uint8_t *question, const uint8_t *answer);
    /* Applies one random symmetry to question and answer alike; the same rng gives the same one.
     * NULL when the task has no symmetry. out may not be in. */
    void (*augment)(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out);
    /* The same symmetry as maps: out[i] = token[in[cell[i]]]. cell (seq), token (vocab). */
    void (*symmetry)(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token);
    /* Symmetries that are counted, with the first as it is; false beyond the last. NULL: those that
     * `symmetry` draws. */
    bool (*view)(const hr_task *task, int number, uint32_t *cell, uint8_t *token);
    /* Turns a pair into an easier one with a right answer, of about `share` (above 0, at most 1) of
     * the work. NULL: not possible. */
    void (*part)(const hr_task *task, hr_rng rng, double share, uint8_t *question, uint8_t *answer);
    /* Whether a pair could be of this family, its answer right or wrong. NULL: every pair could. */
    bool (*fits)(const hr_task *task, const uint8_t *question, const uint8_t *answer);
    /* What a cell of a question may hold in the answer, a set (bits) of the last `symbols` tokens;
     * one alone is given. NULL: a symbol is given; anything else may be every symbol. */
    uint32_t (*candidates)(const hr_task *task, uint8_t token);
    /* Rows and columns of the grid that tokens hold from the top left, where what lies beyond its
     * ends is not asked of an answer; 0 x 0: there is none. NULL: all that looks like something. */
    void (*extent)(const hr_task *task, const uint8_t *tokens, int *rows, int *cols);
    /* NULL: the token's character, black on white. *out comes filled in with that. */
    void (*look)(const hr_task *task, uint8_t token, hr_look *out);

    const hr_generator *generator; /* see generator.h */

    /* ---- tasks that hold memory -------------------------------------------------------------- */

    void (*hold)(const hr_task *task); /* one more owner */
    void (*drop)(hr_task *task);       /* one less */
} hr_task_ops;

/* How many of a puzzle's rules the task knows: an answer that keeps some proves nothing. */
typedef enum hr_rules { HR_RULES_ALL, HR_RULES_SOME, HR_RULES_NONE } hr_rules;

struct hr_task {
    const hr_task_ops *ops;
    hr_rules rules;
    int seq;        /* tokens of a question and of an answer */
    int rows, cols; /* as it is drawn; rows * cols == seq */
    int vocab;      /* token values 0 .. vocab-1 */
    int numbers;    /* real ones beside each cell of a question, see numbers.h; 0: none */
    int symbols;    /* the last so many tokens are what a cell of an answer holds, where that is
                       known for every cell of a question; 0: not a task of this kind */
    int alike;      /* the last so many tokens are interchangeable: a puzzle with two of them
                       exchanged is as good a one; 0: none, or not known */
    int least;      /* givens that a question with a single answer has at least; 0: not known */
    int padding;    /* the token that fills up questions of less than full size */
    int blank;      /* the token of an open cell of a question; 0: there is none */
    int box_rows, box_cols; /* drawings have lines around boxes of this size; 0: none */
    char alphabet[256];     /* alphabet[t]: the character of token t; [0] unused */
    const char *region;     /* (seq) name of each cell's region; NULL: there are none */
    hr_declared *declared;  /* of a declared task, which its owners share; NULL elsewhere */
};

/* One key of a declared task, as docs/your-own-puzzle.md lists them; lists are "a,b". */
typedef struct hr_task_entry {
    char *key, *value;
    long line, column; /* in its file, for messages; 0: none */
} hr_task_entry;

enum { HR_FAMILIES_MAX = 8 };
/* Parts a puzzle's cells from its numbers; no task with numbers is written with it. */
enum { HR_NUMBERS_MARK = ':' };

/* What the pairs of a data file show; survey.h fills it in. Zero-initialise it. */
typedef struct hr_task_survey {
    bool varying; /* set it for data whose lengths may differ */
    bool plain;   /* set it for data that are no family's, whatever they look like */
    bool lists;   /* set it where brackets and commas may be symbols */
    size_t pairs;
    size_t length; /* the longest text; set it where most rows' length is known before */
    bool seen[256], in_answer[256];
    size_t letters, stray; /* of several bytes (UTF-8); bytes beyond ASCII that are part of none */
    char letter[8];        /* the first letter of several bytes, and its line; "": there is none */
    long letter_line;
    const hr_task_ops *family; /* set it for data that are to be of this one; it has of_length */
    bool most;                 /* set it to take the family that nearly all pairs are of */
    const char *place;         /* set it to what `line` counts, from 0, where that is no line */
    long line;                 /* of the pair that is added next, for messages; set it, or 0 */
    /* By the families' places in the list: pairs that are none of it, and the first of them. */
    struct {
        size_t count, none; /* none: its question is not of the family either */
        size_t cells;       /* of the first that is; the family may pass over blanks */
        long line;
        char why[96];
        bool shown, partial; /* some pair is one; some answer has open cells, which says little */
        double chance; /* conflicts that known cells would have, were the others not of it either */
    } other[HR_FAMILIES_MAX];
} hr_task_survey;

/* Cells of a question that hold what one of the answer does; of tasks that know their symbols. */
int hr_task_givens(const hr_task *task, const uint8_t *question);

/* Whether a pair could be of the task's family, as far as that tells. */
bool hr_task_is(const hr_task *task, const uint8_t *question, const uint8_t *answer);

/* Refuses values beyond the vocabulary, with row and column. */
hr_status hr_task_check_tokens(const hr_task *task, const uint8_t *tokens);
/* Refuses tokens that no question of the task holds, with row and column: values beyond the
 * vocabulary, and padding where every puzzle fills its grid. For questions that come as tokens. */
hr_status hr_task_check_question(const hr_task *task, const uint8_t *question);

/* Faults of an answer; where the task does not count them, 1 for an answer that breaks a rule. */
int hr_task_faults(const hr_task *task, const uint8_t *question, const uint8_t *answer);

/* The maps of a puzzle's view of that number, of which the first, 0, is the puzzle as it is. cell
 * (seq), token (vocab). false: there is none. */
bool hr_task_view(const hr_task *task, int number, uint32_t *cell, uint8_t *token);
/* What tokens (seq) look like in it: token[in[cell[i]]] at i. And back. out may not be in. */
void hr_task_view_see(const hr_task *task, const uint32_t *cell, const uint8_t *token,
                      const uint8_t *in, uint8_t *out);
void hr_task_view_back(const hr_task *task, const uint32_t *cell, const uint8_t *token,
                       const uint8_t *in, uint8_t *out);

/* One more owner of a task, and the end of one. Only declared tasks hold memory; others need
 * neither. */
hr_task hr_task_copy(const hr_task *task);
void hr_task_free(hr_task *task);

#endif
