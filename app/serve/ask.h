/* ask.h - what a request may hold: tables of fields, from which bodies are read and schemas made,
 * so that neither can say what the other does not. */
#ifndef SERVE_ASK_H
#define SERVE_ASK_H

#include "job.h"

enum { ASK_PUZZLES_MAX = 1000, ASK_BODY_MAX = 1 << 20, ASK_DEPTH_MAX = 32, ASK_WHY = 500 };

/* A request's fields, borrowed from its JSON. */
typedef struct ask {
    const json_t *puzzle, *puzzles, *answer, *numbers;
    const char *model, *task;
    int64_t segments, rounds, chains, patience, agree, seed;
    double seconds;
    bool check, trace, stream, heat;
} ask;

typedef enum ask_kind {
    ASK_PUZZLE,
    ASK_PUZZLES,
    ASK_NUMBERS,
    ASK_TEXT,
    ASK_INT,
    ASK_REAL,
    ASK_FLAG,
} ask_kind;

typedef struct ask_field {
    const char *name;
    ask_kind kind;
    size_t offset; /* in an ask */
    double low, high;
    bool required;
    const char *help;
} ask_field;

/* Until one without a name. */
extern const ask_field ask_solve_fields[], ask_check_fields[], ask_tool_fields[],
    ask_explain_fields[];

/* The longest that one puzzle may take, which is also what it gets; for all requests. */
void ask_set_seconds(double most);
/* Whether JSON may be parsed: it neither nests too deep nor becomes much more than it is; else a
 * reason. */
bool ask_fits(const char *text, size_t size, char why[ASK_WHY]);
/* Parses JSON text that fits; NULL with a reason. */
json_t *ask_parse(const char *text, size_t size, char why[ASK_WHY]);
/* Reads an object by its table; false with a reason. */
bool ask_read(const ask_field *fields, const json_t *object, ask *out, char why[ASK_WHY]);
/* The JSON schema of a table. */
json_t *ask_schema(const ask_field *fields);
/* A job as asked; NULL with the status of HTTP and a reason. */
job *ask_job(const ask *a, int *code, char why[ASK_WHY]);
/* {"verdict", "why"} of an answer by the rules; NULL with status and reason. */
json_t *ask_check(const ask *a, int *code, char why[ASK_WHY]);
/* The schemas of answers: to a solve, to a check. */
json_t *ask_answer_schema(void);
json_t *ask_verdict_schema(void);

#endif
