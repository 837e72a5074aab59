/* models.h - the models that are served, each loaded once and shared by all workers. A file that
 * changed is loaded beside the version that is at work; that one goes when its last user is done.
 */
#ifndef SERVE_MODELS_H
#define SERVE_MODELS_H

#include <jansson.h>
#include <stdatomic.h>

#include "hrm_tools.h"

enum { MODELS_MAX = 64 };

/* One version of a model file. Counted: models_take, models_drop. */
typedef struct model {
    atomic_int refs;
    hrm_model *shared;
    hrm_model_info info;
    const char *name; /* of the file, without its ending; outlives the version */
} model;

/* Loads `count` files; every name must differ. False after one line on stderr; *code is then the
 * exit code. `paths` stay the caller's and must last. */
bool models_open(const char *const *paths, size_t count, const char *isa, int *code);
void models_close(void);
/* Loads the files again that changed, each with a line on stderr; one that does not load leaves the
 * old version at work. One thread at a time. */
void models_reload(void);
/* Whether this version is the one that is served. */
bool models_serves(const model *m);
bool models_ready(void);
/* The i-th, or NULL past the last or before all are loaded; models_drop it. */
model *models_at(size_t i);
/* The first of that name (NULL: any) and task (NULL: any); NULL with a reason. models_drop it. */
model *models_take(const char *name, const char *task, char *why, size_t size);
void models_drop(model *m);
json_t *models_describe(const model *m);

#endif
