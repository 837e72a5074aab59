#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "tale.h"
#include "term.h"

struct tool {
    const char *name, *title, *description;
    const ask_field *fields;
    json_t *(*answer)(void);                            /* schema of what it gives */
    json_t *(*now)(const ask *a, bool *bad, char *why); /* NULL: it takes a job */
    bool story;                                         /* with a trace, told in words */
};

static const ask_field model_fields[] = {
    {"model", ASK_TEXT, offsetof(ask, model), 0, 0, false, "by its id; otherwise the first"},
    {NULL, 0, 0, 0, 0, false, NULL}};
static const ask_field no_fields[] = {{NULL, 0, 0, 0, 0, false, NULL}};

static json_t *check(const ask *a, bool *bad, char *why) {
    int code;
    json_t *o = ask_check(a, &code, why);
    *bad = !o;
    return o;
}

static json_t *list_tasks(const ask *a, bool *bad, char *why) {
    (void)a;
    (void)why;
    *bad = false;
    return catalogue_tasks();
}

static json_t *describe(const ask *a, bool *bad, char *why) {
    model *m = models_take(a->model, a->task, why, ASK_WHY);
    *bad = !m;
    if (!m) return NULL;
    json_t *o = catalogue_model(m);
    models_drop(m);
    return o;
}

static json_t *any_schema(void) {
    return json_pack("{s:s}", "type", "object");
}

static json_t *story_schema(void) {
    json_t *o = ask_answer_schema();
    json_object_set_new(json_object_get(o, "properties"), "explanation",
                        json_pack("{s:s, s:s}", "type", "string", "description",
                                  "how it was found, round by round"));
    return o;
}

static const tool tools[] = {
    {"check_answer", "Check an answer",
     "Judges an answer to a puzzle by the rules; no model is asked. Says which rule it breaks.",
     ask_check_fields, ask_verdict_schema, check, false},
    {"describe_model", "Describe a model",
     "What a model is for and how its puzzles are written: how many characters, which ones.",
     model_fields, any_schema, describe, false},
    {"explain_solution", "Solve and explain",
     "Solves a puzzle and tells in words what was ruled out, what followed, what was assumed and "
     "taken back, for you to retell.",
     ask_explain_fields, story_schema, NULL, true},
    {"list_tasks", "List the tasks", "Which kinds of puzzles can be solved, and by which models.",
     no_fields, any_schema, list_tasks, false},
    {"solve_puzzle", "Solve a puzzle",
     "Solves a logic puzzle, such as a Sudoku, with a small neural network that searches; the "
     "verdict is by the rules. Give the whole puzzle: 81 characters row by row for a Sudoku of 9 "
     "by 9, digits for givens and . for open cells. Do not solve it yourself.",
     ask_tool_fields, ask_answer_schema, NULL, false},
};
enum { TOOLS = sizeof tools / sizeof *tools };

json_t *tools_list(void) {
    json_t *list = json_array();
    for (int i = 0; i < TOOLS; i++) {
        const tool *t = &tools[i];
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:{s:b, s:b, s:b}}", "name", t->name,
                            "title", t->title, "description", t->description, "inputSchema",
                            ask_schema(t->fields), "outputSchema", t->answer(), "annotations",
                            "readOnlyHint", true, "idempotentHint", true, "openWorldHint", false));
    }
    return list;
}

const tool *tools_find(const char *name) {
    for (int i = 0; i < TOOLS; i++)
        if (!strcmp(tools[i].name, name)) return &tools[i];
    return NULL;
}

/* {"content", "structuredContent", "isError"}; takes over `data`, which may be NULL. */
static json_t *outcome(const char *text, json_t *data, bool bad) {
    json_t *said = json_string(text);
    json_t *r = json_pack("{s:[{s:s, s:o}], s:b}", "content", "type", "text", "text",
                          said ? said : json_string("not UTF-8"), "isError", bad);
    if (data) json_object_set_new(r, "structuredContent", data);
    return r;
}

/* What is wrong with the arguments, and how to mend it. */
static json_t *mend(const tool *t, const ask *a, const char *wrong) {
    char text[2 * ASK_WHY + 700], how[600] = "", why[ASK_WHY];
    model *m = models_take(a->model, a->task, why, sizeof why);
    if (m) catalogue_how(m, how, sizeof how);
    models_drop(m);
    size_t end = strlen(wrong);
    bool whole = end && strchr(".?!", wrong[end - 1]);
    snprintf(text, sizeof text, "%s%s%s Call %s again%s%s.", wrong, whole ? "" : ".",
             m ? "" : " list_tasks tells which model is for what.", t->name,
             m ? " with a puzzle of " : "", how);
    return outcome(text, NULL, true);
}

json_t *tools_begin(const tool *t, const json_t *arguments, job **later) {
    char why[ASK_WHY] = "";
    int code;
    ask a;
    bool bad;
    *later = NULL;
    if (!ask_read(t->fields, arguments, &a, why)) return mend(t, &a, why);
    if (t->now) {
        json_t *o = t->now(&a, &bad, why);
        char *text = term_dump(o, JSON_COMPACT);
        json_t *r = bad     ? mend(t, &a, why)
                    : !text ? outcome("out of memory", NULL, true)
                            : outcome(text, json_incref(o), false);
        free(text);
        json_decref(o);
        return r;
    }
    *later = ask_job(&a, &code, why);
    if (!*later) return mend(t, &a, why);
    (*later)->trace = t->story;
    return NULL;
}

json_t *tools_finish(const tool *t, const job *j) {
    char text[2000];
    if (j->code) return outcome(j->error, NULL, true);
    json_t *a = json_copy(j->answer[0]);
    const char *verdict = term_string(a, "verdict"), *solution = term_string(a, "solution");
    bool bad = !strcmp(verdict, "incomplete") || !strcmp(verdict, "wrong");
    char *story = t->story ? tale_tell(j->model, j->puzzle[0], a) : NULL;
    if (t->story && !story) {
        json_decref(a);
        return outcome("out of memory", NULL, true);
    }
    json_object_del(a, "trace");
    if (story) json_object_set_new(a, "explanation", json_string(story));
    snprintf(text, sizeof text, "%s: %.100s\n%.1000s\n%d rounds, confidence %.3f%s", verdict,
             term_string(a, "why"), solution, (int)json_integer_value(json_object_get(a, "rounds")),
             json_number_value(json_object_get(a, "confidence")),
             bad ? "\nNo answer was found: it may have none; look whether the puzzle is copied "
                   "rightly."
                 : "");
    json_t *r = outcome(story ? story : text, a, bad);
    free(story);
    return r;
}
