#include "ask.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "term.h"
#include "text.h"

#define AT(field) offsetof(ask, field)
#define PUZZLE_HELP                                                                                \
    "one puzzle: a text with one character per cell, row by row (line breaks and borders may "     \
    "stand in it; . _ * 0 are open cells); or a list of rows; or a grid of numbers, characters "   \
    "and null; or a list of tokens"
#define NUMBERS_HELP                                                                               \
    "real numbers beside the puzzle's cells, for a model whose task has them: of every cell in "   \
    "order, as one list, or lists within it; a text may hold them itself, behind a colon"
#define WHICH_MODEL                                                                                \
    {"model", ASK_TEXT, AT(model), 0, 0, false, "by its id; otherwise the first that fits"}, {     \
        "task", ASK_TEXT, AT(task), 0, 0, false, "the first model of this task"                    \
    }
#define HOW_TO_SEARCH                                                                              \
    {"seed",                                                                                       \
     ASK_INT,                                                                                      \
     AT(seed),                                                                                     \
     0,                                                                                            \
     9007199254740991,                                                                             \
     false,                                                                                        \
     "of the guesses: the same seed gives the same answer"},                                       \
        {"check",                                                                                  \
         ASK_FLAG,                                                                                 \
         AT(check),                                                                                \
         0,                                                                                        \
         0,                                                                                        \
         false,                                                                                    \
         "the task's rules may reject a complete answer, which is then sought again"},             \
        {"rounds",                                                                                 \
         ASK_INT,                                                                                  \
         AT(rounds),                                                                               \
         1,                                                                                        \
         1 << 20,                                                                                  \
         false,                                                                                    \
         "most rounds of a search, in all its chains"},                                            \
        {"agree",                                                                                  \
         ASK_INT,                                                                                  \
         AT(agree),                                                                                \
         1,                                                                                        \
         64,                                                                                       \
         false,                                                                                    \
         "chains that must come to the same grid before it is given"},                             \
    {                                                                                              \
        "seconds", ASK_REAL, AT(seconds), 0, 86400, false,                                         \
            "most time for each puzzle; the server has a bound of its own"                         \
    }

const ask_field ask_solve_fields[] = {
    {"puzzle", ASK_PUZZLE, AT(puzzle), 0, 0, false, PUZZLE_HELP},
    {"puzzles", ASK_PUZZLES, AT(puzzles), 0, 0, false, "several of them, at most 1000"},
    {"numbers", ASK_NUMBERS, AT(numbers), 0, 0, false,
     NUMBERS_HELP "; of several puzzles a list for each"},
    WHICH_MODEL,
    HOW_TO_SEARCH,
    {"segments", ASK_INT, AT(segments), 1, 1 << 20, false,
     "segments to run, of a model that does not search"},
    {"chains", ASK_INT, AT(chains), 1, 256, false, "most chains of a search at a time"},
    {"patience", ASK_INT, AT(patience), 1, 1 << 20, false,
     "rounds of each chain after which there are twice as many"},
    {"trace", ASK_FLAG, AT(trace), 0, 0, false, "answers come with their rounds or segments"},
    {"stream", ASK_FLAG, AT(stream), 0, 0, false,
     "server-sent events: round or segment, answer, and done or error at the end"},
    {"heat", ASK_FLAG, AT(heat), 0, 0, false,
     "rounds and segments hold probabilities: of every cell's symbols two hexadecimal digits each"},
    {NULL, 0, 0, 0, 0, false, NULL}};

const ask_field ask_check_fields[] = {
    {"puzzle", ASK_PUZZLE, AT(puzzle), 0, 0, true, PUZZLE_HELP},
    {"numbers", ASK_NUMBERS, AT(numbers), 0, 0, false, NUMBERS_HELP},
    {"answer", ASK_PUZZLE, AT(answer), 0, 0, true, "what is to be judged, written likewise"},
    WHICH_MODEL,
    {NULL, 0, 0, 0, 0, false, NULL}};

const ask_field ask_tool_fields[] = {
    {"puzzle", ASK_PUZZLE, AT(puzzle), 0, 0, true, PUZZLE_HELP},
    {"numbers", ASK_NUMBERS, AT(numbers), 0, 0, false, NUMBERS_HELP},
    WHICH_MODEL,
    HOW_TO_SEARCH,
    {NULL, 0, 0, 0, 0, false, NULL}};

const ask_field ask_explain_fields[] = {
    {"puzzle", ASK_PUZZLE, AT(puzzle), 0, 0, true, PUZZLE_HELP},
    {"numbers", ASK_NUMBERS, AT(numbers), 0, 0, false, NUMBERS_HELP},
    WHICH_MODEL,
    {"seed", ASK_INT, AT(seed), 0, 9007199254740991, false, "of the guesses"},
    {NULL, 0, 0, 0, 0, false, NULL}};

static double most_seconds = 10;

void ask_set_seconds(double most) {
    most_seconds = most;
}

bool ask_fits(const char *text, size_t size, char why[ASK_WHY]) {
    enum { MOST = 32, FEW = 1 << 20 };
    int depth;
    size_t bytes = term_json_bytes(text, size, &depth);
    if (depth > ASK_DEPTH_MAX)
        snprintf(why, ASK_WHY, "lists and objects nest deeper than %d", ASK_DEPTH_MAX);
    else if (bytes > MOST * size + FEW)
        snprintf(why, ASK_WHY, "holds so many values that they would take %zu MB", bytes >> 20);
    else return true;
    return false;
}

json_t *ask_parse(const char *text, size_t size, char why[ASK_WHY]) {
    json_error_t e = {.line = 1};
    if (!ask_fits(text, size, why)) return NULL;
    json_t *o = json_loadb(size ? text : "", size, JSON_REJECT_DUPLICATES, &e);
    if (json_is_object(o) && !term_is_short()) return o;
    if (term_is_short()) snprintf(why, ASK_WHY, "out of memory"); /* and so will say the answer */
    else if (o) snprintf(why, ASK_WHY, "not an object");
    else
        snprintf(why, ASK_WHY, "line %d, column %d: %s", e.line, e.column,
                 strstr(e.text, "JSON_ALLOW_NUL") ? "a text holds a zero byte" : e.text);
    json_decref(o);
    return NULL;
}

static const char *wanted(ask_kind kind) {
    static const char *const names[] = {"a text, a grid or a list of tokens",
                                        "a list of puzzles",
                                        "a list of numbers, or of lists of them",
                                        "a text",
                                        "a whole number",
                                        "a number",
                                        "true or false"};
    return names[kind];
}

/* One field; false where its value is of another kind or out of range. */
static bool put(const ask_field *f, const json_t *v, ask *out) {
    void *at = (char *)out + f->offset;
    double n = json_number_value(v);
    switch (f->kind) {
    case ASK_PUZZLE:
        *(const json_t **)at = v;
        return json_is_string(v) || json_is_array(v);
    case ASK_PUZZLES:
    case ASK_NUMBERS:
        *(const json_t **)at = v;
        return json_is_array(v);
    case ASK_TEXT:
        *(const char **)at = json_string_value(v);
        return json_is_string(v);
    case ASK_INT:
        *(int64_t *)at = json_integer_value(v);
        return json_is_integer(v) && n >= f->low && n <= f->high;
    case ASK_REAL:
        *(double *)at = n;
        return json_is_number(v) && n > f->low && n <= f->high;
    case ASK_FLAG:
        *(bool *)at = json_is_true(v);
        return json_is_boolean(v);
    }
    return false;
}

static const ask_field *find(const ask_field *fields, const char *name) {
    while (fields->name && strcmp(fields->name, name)) fields++;
    return fields->name ? fields : NULL;
}

static void unknown(const ask_field *fields, const char *name, char *why) {
    const char *names[32];
    size_t n = 0;
    for (; fields[n].name && n < 32; n++) names[n] = fields[n].name;
    const char *near = hrm_nearest(name, names, n);
    snprintf(why, ASK_WHY, "\"%.40s\": no such field%s%s%s", name, near ? "; did you mean \"" : "",
             near ? near : "", near ? "\"?" : "");
}

bool ask_read(const ask_field *fields, const json_t *object, ask *out, char why[ASK_WHY]) {
    const char *name;
    json_t *v;
    *out = (ask){0};
    json_object_foreach((json_t *)(uintptr_t)object, name, v) {
        const ask_field *f = find(fields, name);
        if (!f) {
            unknown(fields, name, why);
            return false;
        }
        if (put(f, v, out)) continue;
        int n = snprintf(why, ASK_WHY, "\"%s\": must be %s", name, wanted(f->kind));
        if (f->high > 0)
            snprintf(why + n, ASK_WHY - (size_t)n, " %s %.0f and up to %.0f",
                     f->kind == ASK_REAL ? "above" : "from", f->low, f->high);
        return false;
    }
    for (const ask_field *f = fields; f->name; f++)
        if (f->required && !json_object_get(object, f->name)) {
            snprintf(why, ASK_WHY, "\"%s\" is missing: %s", f->name, f->help);
            return false;
        }
    return true;
}

/* ---- schemas --------------------------------------------------------------------------------- */

static json_t *field_schema(const ask_field *f) {
    static const char *const types[] = {NULL,      "array",  "array",  "string",
                                        "integer", "number", "boolean"};
    json_t *o = json_pack("{s:s}", "description", f->help);
    if (f->kind == ASK_PUZZLE)
        json_object_set_new(o, "anyOf",
                            json_pack("[{s:s}, {s:s}]", "type", "string", "type", "array"));
    else json_object_set_new(o, "type", json_string(types[f->kind]));
    if (f->kind == ASK_PUZZLES)
        json_object_update_new(
            o, json_pack("{s:i, s:i, s:{}}", "minItems", 1, "maxItems", ASK_PUZZLES_MAX, "items"));
    if (f->kind == ASK_INT)
        json_object_update_new(o, json_pack("{s:I, s:I}", "minimum", (json_int_t)f->low, "maximum",
                                            (json_int_t)f->high));
    if (f->kind == ASK_REAL)
        json_object_update_new(
            o, json_pack("{s:f, s:f}", "exclusiveMinimum", f->low, "maximum", f->high));
    return o;
}

json_t *ask_schema(const ask_field *fields) {
    json_t *properties = json_object(), *required = json_array();
    for (; fields->name; fields++) {
        json_object_set_new(properties, fields->name, field_schema(fields));
        if (fields->required) json_array_append_new(required, json_string(fields->name));
    }
    json_t *o = json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties,
                          "additionalProperties", false);
    if (json_array_size(required)) json_object_set(o, "required", required);
    json_decref(required);
    return o;
}

/* Names, types and descriptions, of which the first `required` are always there. */
typedef struct told {
    const char *name, *type, *help;
} told;

static json_t *told_schema(const told *t, size_t n, size_t required) {
    json_t *o = json_pack("{s:s, s:{}, s:[]}", "type", "object", "properties", "required");
    for (size_t i = 0; i < n; i++) {
        json_object_set_new(json_object_get(o, "properties"), t[i].name,
                            json_pack("{s:s, s:s}", "type", t[i].type, "description", t[i].help));
        if (i < required)
            json_array_append_new(json_object_get(o, "required"), json_string(t[i].name));
    }
    return o;
}

#define VERDICT                                                                                    \
    {"verdict", "string",                                                                          \
     "solved; incomplete; wrong: breaks a rule or changes a given; unknown: complete, but the "    \
     "task "                                                                                       \
     "has no rules to check it by; unbroken: breaks none of the rules that are stated"},           \
    {                                                                                              \
        "why", "string", "a short reason; empty when solved"                                       \
    }

json_t *ask_answer_schema(void) {
    static const told fields[] = {
        VERDICT,
        {"solution", "string", "the answer, one character per cell"},
        {"grid", "array", "the same as rows of numbers, characters and null"},
        {"confidence", "number", "0 to 1"},
        {"rounds", "integer", "rounds of the search, or segments"},
        {"seconds", "number", "time to solve it"},
        {"guesses", "integer", "of a search"},
        {"contradictions", "integer", "of a search"},
        {"chains", "integer", "of a search"},
    };
    return told_schema(fields, sizeof fields / sizeof *fields, 7);
}

json_t *ask_verdict_schema(void) {
    static const told fields[] = {VERDICT};
    return told_schema(fields, 2, 2);
}

/* ---- jobs ------------------------------------------------------------------------------------ */

static model *model_of(const ask *a, int *code, char *why) {
    model *m = models_take(a->model, a->task, why, ASK_WHY);
    if (!m) *code = models_ready() ? 404 : 503;
    return m;
}

/* Options that the model has no use for would be refused by the library, late. */
static bool fits(const ask *a, const model *m, char *why) {
    bool search = m->info.symbols > 0;
    const char *wrong = search && a->segments    ? "segments"
                        : !search && a->rounds   ? "rounds"
                        : !search && a->chains   ? "chains"
                        : !search && a->patience ? "patience"
                        : !search && a->agree    ? "agree"
                        : !search && a->check    ? "check"
                        : !search && a->seed     ? "seed"
                                                 : NULL;
    if (wrong)
        snprintf(why, ASK_WHY, "\"%s\": the model \"%s\" %s", wrong, m->name,
                 search ? "searches in rounds, not segments"
                        : "answers at once and does not search");
    return !wrong;
}

job *ask_job(const ask *a, int *code, char why[ASK_WHY]) {
    size_t n = a->puzzles ? json_array_size(a->puzzles) : 1;
    char reason[TEXT_WHY];
    *code = 400;
    if (!a->puzzle == !a->puzzles || !n || n > ASK_PUZZLES_MAX) {
        snprintf(why, ASK_WHY, "give \"puzzle\", or \"puzzles\" with 1 to %d of them",
                 ASK_PUZZLES_MAX);
        return NULL;
    }
    if (a->puzzles && a->numbers && json_array_size(a->numbers) != n) {
        snprintf(why, ASK_WHY, "\"numbers\": %zu lists, and there are %zu puzzles",
                 json_array_size(a->numbers), n);
        return NULL;
    }
    model *m = model_of(a, code, why);
    if (!m) return NULL;
    bool good = fits(a, m, why);
    job *j = job_new(m, n);
    for (size_t i = 0; j && good && i < n; i++) {
        const json_t *own = a->puzzles ? json_array_get(a->numbers, i) : a->numbers;
        j->puzzle[i] = text_read_puzzle(m, a->puzzles ? json_array_get(a->puzzles, i) : a->puzzle,
                                        own, reason);
        if (j->puzzle[i]) continue;
        snprintf(why, ASK_WHY, "puzzle %zu: %s", i + 1, reason);
        good = false;
    }
    if (!j) *code = 500, snprintf(why, ASK_WHY, "out of memory");
    if (!j || !good) {
        job_drop(j);
        return NULL;
    }
    j->search.rounds = (int)a->rounds;
    if (a->chains) j->search.chains = (int)a->chains;
    if (a->patience) j->search.patience = (int)a->patience;
    if (a->agree) j->search.agree = (int)a->agree;
    j->segments = (int)a->segments;
    j->seed = (uint64_t)a->seed;
    j->seconds = a->seconds > 0 ? fmin(a->seconds, most_seconds) : most_seconds;
    j->check = a->check;
    j->trace = a->trace;
    j->heat = a->heat;
    return j;
}

json_t *ask_check(const ask *a, int *code, char why[ASK_WHY]) {
    model *m = model_of(a, code, why);
    char reason[TEXT_WHY], verdict_why[96] = "";
    if (!m) return NULL;
    hrm_verdict verdict;
    json_t *o = NULL;
    char *answer = NULL, *puzzle = text_read_puzzle(m, a->puzzle, a->numbers, reason);
    *code = 400;
    if (!puzzle) snprintf(why, ASK_WHY, "puzzle: %s", reason);
    else if (!(answer = text_read_answer(m, a->answer, reason)))
        snprintf(why, ASK_WHY, "answer: %s", reason);
    else {
        hrm_status status =
            hrm_check(m->shared, puzzle, answer, &verdict, verdict_why, sizeof verdict_why);
        if (status != HRM_STATUS_MEM)
            o = json_pack("{s:s, s:s}", "verdict",
                          app_verdict(status ? HRM_VERDICT_INCOMPLETE : verdict), "why",
                          status ? hrm_error() : verdict_why);
        if (!o) *code = 500, snprintf(why, ASK_WHY, "out of memory");
    }
    free(puzzle);
    free(answer);
    models_drop(m);
    return o;
}
