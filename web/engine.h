/* engine.h - what the WebAssembly module exports and asks for: models from memory, puzzles in,
 * answers and steps out as JSON, with the fields that hrm serve has. web/worker.js calls it.
 *
 * A pointer that a function returns is NULL where it failed, and `error` says why. Texts end with a
 * zero, in UTF-8; those that are returned are the caller's, for `free`. Memory beside that of
 * models is as it was when a function returns. */
#ifndef WEB_ENGINE_H
#define WEB_ENGINE_H

#include <stddef.h>

#define EXPORT(name) __attribute__((export_name(#name)))

/* A model, and what solves with it. */
typedef struct engine engine;

EXPORT(alloc) void *web_alloc(size_t size);
EXPORT(free) void web_free(void *p);
/* Of the last function that failed: {"code", "message"}, and "option" where one is wrong. */
EXPORT(error) char *web_error(void);

/* A model of a file's bytes, which may go afterwards. */
EXPORT(load) engine *web_load(const void *bytes, size_t size);
/* Frees it; NULL is nothing. */
EXPORT(drop) void web_drop(engine *e);
/* What a model is: as GET /v1/models/{name} of hrm serve, without its name. */
EXPORT(describe) char *web_describe(const engine *e);

/* A puzzle in any common form, as one line of cells: {"puzzle"}. */
EXPORT(read) char *web_read(const engine *e, const char *text);
/* An answer judged by the task's rules: {"verdict", "why"}. */
EXPORT(check) char *web_check(const engine *e, const char *puzzle, const char *answer);

/* The options of the next puzzle become the defaults. Before the first `set`, and `solve`. */
EXPORT(begin) void web_begin(engine *e);
/* One of them: segments, rounds, chains, patience, agree, seconds, check, seed; tell: its steps are
 * told. Returns 0 where it failed. What does not fit the model is refused by `solve`. */
EXPORT(set) int web_set(engine *e, const char *name, double value);
/* Solves a puzzle in any common form. */
EXPORT(solve) char *web_solve(engine *e, const char *puzzle);

/* The caller's: is told a step as JSON (size bytes) while `solve` is at work, with the model's
 * probabilities (count): of each cell each token. 0 stops the puzzle. */
__attribute__((import_module("hrm"), import_name("step"))) int
web_step(const char *json, size_t size, const float *probabilities, size_t count);

#endif
