/* engine.c - what engine.h exports, over the library's own interface. */
#include "web/engine.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hrm_tools.h>

#include "base/text.h"
#include "reading.h"

enum { WHY = 1200 };

/* A model, its solver, and how the next puzzle is solved. */
struct engine {
    hrm_model *model;
    hrm_solver *solver;
    hrm_model_info info;
    hrm_solve_options options;
    hrm_search search;
    bool tell;
    hr_buffer round; /* of the search, which becomes a part of its step */
};

static struct {
    hrm_status status;
    char text[WHY], option[32];
} failure;

/* ---- failures -------------------------------------------------------------------------------- */

/* Keeps what the library says; false where it says nothing. */
static bool failed(hrm_status status) {
    hrm_failure last;
    if (!status) return false;
    hrm_last_failure(&last);
    failure.status = status;
    strncpy(failure.text, last.text, sizeof failure.text - 1);
    strncpy(failure.option, last.option ? last.option : "", sizeof failure.option - 1);
    return true;
}

/* Returns 0. */
__attribute__((format(printf, 1, 2))) static int refuse(const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(failure.text, sizeof failure.text, format, args);
    va_end(args);
    failure.status = HRM_STATUS_ARG;
    *failure.option = 0;
    return 0;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* A text, one character a byte: of cells, whose letters are bytes. */
static void put_bytes(hr_buffer *to, const char *text, size_t size) {
    hr_buffer_add(to, "\"", 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') hr_buffer_print(to, "\\%c", c);
        else if (c >= 0x20 && c < 0x7f) hr_buffer_add(to, text + i, 1);
        else hr_buffer_print(to, "\\u%04x", c);
    }
    hr_buffer_add(to, "\"", 1);
}

static void put_key(hr_buffer *to, const char *key) {
    bool first = !to->size || to->text[to->size - 1] == '{';
    hr_buffer_print(to, "%s\"%s\":", first ? "" : ",", key);
}

static void put_text(hr_buffer *to, const char *key, const char *text) {
    put_key(to, key);
    put_bytes(to, text, strlen(text));
}

/* The same in UTF-8; what is none of it is one character a byte. */
static void put_words(hr_buffer *to, const char *key, const char *text) {
    put_key(to, key);
    hr_buffer_add(to, "\"", 1);
    for (size_t left = strlen(text), n; left; text += n, left -= n) {
        n = hr_text_letter(text, left);
        if (n > 1) hr_buffer_add(to, text, n);
        else if (n && *text != '"' && *text != '\\') hr_buffer_add(to, text, 1);
        else hr_buffer_print(to, "\\u%04x", (unsigned char)*text);
        if (!n) n = 1;
    }
    hr_buffer_add(to, "\"", 1);
}

static void put_integer(hr_buffer *to, const char *key, long long value) {
    put_key(to, key);
    hr_buffer_print(to, "%lld", value);
}

/* JSON has no NaN: null stands for it. */
static void put_real(hr_buffer *to, const char *key, double value) {
    char text[HR_REAL_SIZE];
    put_key(to, key);
    hr_text_real(value, text);
    hr_buffer_print(to, "%s", isfinite(value) ? text : "null");
}

static void put_candidate(hr_buffer *to, const hrm_candidate *c, bool likely) {
    hr_buffer_print(to, "{");
    put_integer(to, "cell", c->cell);
    put_text(to, "symbol", (char[]){c->symbol, 0});
    if (likely) put_real(to, "probability", c->probability);
    hr_buffer_print(to, "}");
}

static void put_candidates(hr_buffer *to, const char *key, const hrm_candidate *list, size_t count,
                           bool likely) {
    put_key(to, key);
    hr_buffer_print(to, "[");
    for (size_t i = 0; i < count; i++) {
        if (i) hr_buffer_print(to, ",");
        put_candidate(to, &list[i], likely);
    }
    hr_buffer_print(to, "]");
}

/* The text of a whole object; NULL: memory was short. */
static char *closed(hr_buffer *json) {
    hr_buffer_print(json, "}");
    if (!json->failed) return json->text;
    hr_buffer_free(json);
    refuse("out of memory for a text");
    failure.status = HRM_STATUS_MEM;
    return NULL;
}

/* ---- memory and models ----------------------------------------------------------------------- */

char *web_error(void) {
    hr_buffer json = {0};
    hr_buffer_print(&json, "{");
    put_text(&json, "code", hrm_status_name(failure.status));
    put_words(&json, "message", failure.text);
    if (*failure.option) put_text(&json, "option", failure.option);
    return closed(&json);
}

void *web_alloc(size_t size) {
    return malloc(size);
}

void web_free(void *p) {
    free(p);
}

void web_drop(engine *e) {
    if (!e) return;
    hrm_solver_free(e->solver);
    hrm_model_free(e->model);
    hr_buffer_free(&e->round);
    free(e);
}

/* Models of ARC tasks are trained on each task's demonstrations, which is not in here. */
static bool solves_alone(const hrm_model_info *info) {
    if (strcmp(info->task, "arc") != 0) return true;
    refuse("a model of ARC tasks learns each task from its demonstrations, for which it takes the "
           "command: hrm solve MODEL task.json");
    failure.status = HRM_STATUS_UNSUPPORTED;
    return false;
}

engine *web_load(const void *bytes, size_t size) {
    engine *e = calloc(1, sizeof *e);
    hrm_status status = e ? hrm_model_load_memory(bytes, size, NULL, &e->model) : HRM_STATUS_MEM;
    if (!status) status = hrm_solver_new(e->model, 1, &e->solver);
    if (!status) status = hrm_model_inspect(e->model, &e->info);
    if (!failed(status) && solves_alone(&e->info)) return e;
    web_drop(e);
    return NULL;
}

char *web_describe(const engine *e) {
    const hrm_model_info *i = &e->info;
    hr_buffer json = {0};
    hr_buffer_print(&json, "{");
    put_text(&json, "task", i->task);
    put_text(&json, "arch", i->arch);
    put_integer(&json, "parameters", (long long)i->parameters);
    put_integer(&json, "cells", i->cells);
    put_integer(&json, "rows", i->rows);
    put_integer(&json, "cols", i->cols);
    put_integer(&json, "vocab", i->vocab);
    put_integer(&json, "symbols", i->symbols);
    if (hrm_model_numbers(e->model)) put_integer(&json, "numbers", hrm_model_numbers(e->model));
    put_key(&json, "searches");
    hr_buffer_print(&json, "%s", i->symbols ? "true" : "false");
    put_integer(&json, "steps", i->steps);
    put_text(&json, "isa", i->isa);
    put_key(&json, "alphabet");
    for (int t = 0; t < i->vocab; t++) {
        hr_buffer_print(&json, t ? "," : "[");
        put_bytes(&json, (const char *)i->alphabet + t, i->alphabet[t] ? 1 : 0);
    }
    hr_buffer_print(&json, "]");
    return closed(&json);
}

/* ---- puzzles --------------------------------------------------------------------------------- */

static char *read_as(const engine *e, const char *text, bool answer) {
    char why[WHY];
    char *read = reading_text(e->model, text, answer, why, sizeof why);
    if (read) return read;
    refuse("%s", why);
    failure.status = HRM_STATUS_TASK;
    return NULL;
}

char *web_read(const engine *e, const char *text) {
    size_t cells = (size_t)e->info.cells;
    char *read = read_as(e, text, false), *line = malloc(cells + 1);
    unsigned char *tokens = malloc(cells);
    hrm_status status = !line || !tokens ? HRM_STATUS_MEM : HRM_STATUS_OK;
    if (read && !status) status = hrm_model_tokens(e->model, read, false, tokens);
    if (read && !status) status = hrm_model_question(e->model, tokens, line);
    hr_buffer json = {0};
    bool good = read && !failed(status);
    if (good) {
        hr_buffer_print(&json, "{");
        const char *numbers = reading_numbers(e->model, read);
        hr_buffer whole = {0};
        hr_buffer_print(&whole, "%s%s", line, numbers);
        put_text(&json, "puzzle", whole.failed ? line : whole.text);
        json.failed |= whole.failed;
        hr_buffer_free(&whole);
    }
    free(read);
    free(line);
    free(tokens);
    return good ? closed(&json) : NULL;
}

static const char *verdict_name(hrm_verdict verdict) {
    static const char *const names[] = {"solved", "incomplete", "wrong", "unknown", "unbroken"};
    return names[verdict];
}

char *web_check(const engine *e, const char *puzzle, const char *answer) {
    char why[WHY] = "";
    hrm_verdict verdict = HRM_VERDICT_UNKNOWN;
    char *question = read_as(e, puzzle, false), *told = question ? read_as(e, answer, true) : NULL;
    bool bad = !told || failed(hrm_check(e->model, question, told, &verdict, why, sizeof why));
    free(question);
    free(told);
    if (bad) return NULL;
    hr_buffer json = {0};
    hr_buffer_print(&json, "{");
    put_text(&json, "verdict", verdict_name(verdict));
    put_words(&json, "why", why);
    return closed(&json);
}

/* ---- solving --------------------------------------------------------------------------------- */

static bool on_round(void *user, const hrm_round *r) {
    static const char *const ends[] = {"guess", "conflict", "solved", "rejected"};
    engine *e = user;
    hr_buffer *to = &e->round;
    bool full = r->end == HRM_ROUND_END_GUESSED && r->guess.cell < 0;
    to->size = 0;
    hr_buffer_print(to, "{");
    put_integer(to, "chain", r->chain + 1);
    put_integer(to, "round", r->round + 1);
    put_candidates(to, "dropped", r->dropped, r->drops, true);
    put_text(to, "end", full ? "complete" : ends[r->end]);
    put_integer(to, "guesses", r->guesses);
    put_real(to, "conflict", r->conflict);
    put_text(to, "cells", r->text);
    if (r->guess.cell >= 0) {
        put_key(to, "guess");
        put_candidate(to, &r->guess, true);
    }
    if (r->empty >= 0) put_integer(to, "empty", r->empty);
    if (r->end == HRM_ROUND_END_CONFLICT || r->end == HRM_ROUND_END_REJECTED)
        put_candidates(to, "taken_back", r->made + (r->guesses - r->taken_back),
                       (size_t)r->taken_back, false);
    return true;
}

static bool on_step(void *user, const hrm_step *s) {
    engine *e = user;
    hr_buffer *to = &e->round;
    if (!e->info.symbols) {
        to->size = 0;
        hr_buffer_print(to, "{");
        put_integer(to, "segment", s->step + 1);
        put_text(to, "cells", s->text);
    }
    put_real(to, "confidence", s->confidence);
    hr_buffer_print(to, "}");
    bool go = !to->failed &&
              web_step(to->text, to->size, s->probabilities, (size_t)s->cells * (size_t)s->vocab);
    return go;
}

void web_begin(engine *e) {
    hrm_solve_options_init(&e->options, sizeof e->options);
    hrm_search_init(&e->search, sizeof e->search);
    e->options.search = &e->search;
    e->options.user = e;
    e->tell = false;
}

static const struct {
    const char *name;
    enum { COUNT, REAL, FLAG, SEED } kind;
    size_t at;
} option[] = {
    {"segments", COUNT, offsetof(engine, options.segments)},
    {"rounds", COUNT, offsetof(engine, search.rounds)},
    {"chains", COUNT, offsetof(engine, search.chains)},
    {"patience", COUNT, offsetof(engine, search.patience)},
    {"agree", COUNT, offsetof(engine, search.agree)},
    {"seconds", REAL, offsetof(engine, search.seconds)},
    {"check", FLAG, offsetof(engine, options.check)},
    {"seed", SEED, offsetof(engine, options.seed)},
    {"tell", FLAG, offsetof(engine, tell)}, /* steps */
};

int web_set(engine *e, const char *name, double value) {
    const double most = 9007199254740991; /* up to which doubles have every whole number */
    size_t i = 0;
    while (i < sizeof option / sizeof *option && strcmp(name, option[i].name) != 0) i++;
    if (i == sizeof option / sizeof *option) return refuse("%.40s: there is no such option", name);
    char *to = (char *)e + option[i].at;
    switch (option[i].kind) {
    case COUNT:
        if (!(value >= 1 && value <= 1 << 20) || floor(value) != value)
            return refuse("%s: %g is no whole number from 1 to 1048576", name, value);
        memcpy(to, &(int){(int)value}, sizeof(int));
        break;
    case SEED:
        if (!(value >= 0 && value <= most) || floor(value) != value)
            return refuse("%s: %g is no whole number from 0 to 2^53 - 1", name, value);
        memcpy(to, &(uint64_t){(uint64_t)value}, sizeof(uint64_t));
        break;
    case REAL:
        if (!(value >= 0 && value <= 86400))
            return refuse("%s: %g is not between 0 and 86400", name, value);
        memcpy(to, &value, sizeof value);
        break;
    case FLAG:
        *(bool *)to = value != 0;
        break;
    }
    return 1;
}

static char *answer_json(const hrm_answer *a, bool searches) {
    hr_buffer json = {0};
    hr_buffer_print(&json, "{");
    put_text(&json, "solution", a->text);
    put_text(&json, "verdict", verdict_name(a->verdict));
    put_words(&json, "why", a->why);
    put_real(&json, "confidence", a->confidence);
    put_integer(&json, "rounds", searches ? a->rounds : a->segments);
    if (searches) {
        put_integer(&json, "guesses", a->guesses);
        put_integer(&json, "contradictions", a->restarts);
        put_integer(&json, "chains", a->chains);
        put_key(&json, "chain");
        hr_buffer_print(&json, a->chain < 0 ? "null" : "%d", a->chain + 1);
    }
    return closed(&json);
}

char *web_solve(engine *e, const char *puzzle) {
    char *question = read_as(e, puzzle, false);
    hrm_answer *answer = NULL;
    if (!question) return NULL;
    if (e->tell) e->options.step = on_step;
    if (e->tell && e->info.symbols) e->options.explain = on_round;
    const char *const list[] = {question};
    bool bad = failed(hrm_solver_solve(e->solver, list, 1, &e->options, &answer));
    char *told = bad ? NULL : answer_json(answer, e->info.symbols);
    hrm_answers_free(answer, 1);
    hr_buffer_free(&e->round);
    free(question);
    return told;
}
