/* catalogue.h - what there is to ask for, as JSON: for endpoints and for tools. */
#ifndef SERVE_CATALOGUE_H
#define SERVE_CATALOGUE_H

#include "models.h"

/* {"object": "list", "data": [...]} */
json_t *catalogue_models(void);
json_t *catalogue_tasks(void);
/* A model with how its puzzles are written: "alphabet" and, as a sentence, "how". */
json_t *catalogue_model(const model *m);
/* One sentence: "81 characters, 9 rows of 9: ..." */
void catalogue_how(const model *m, char *out, size_t size);

#endif
