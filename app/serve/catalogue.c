#include "catalogue.h"

#include <stdio.h>
#include <string.h>

#include "text.h"
#include "term.h"

json_t *catalogue_models(void) {
    json_t *list = json_array();
    model *m;
    for (size_t i = 0; (m = models_at(i)); i++) {
        json_array_append_new(list, models_describe(m));
        models_drop(m);
    }
    return json_pack("{s:s, s:o}", "object", "list", "data", list);
}

/* A task and the models that solve it. */
static void add_task(json_t *list, const char *name, const char *summary) {
    json_t *models = json_array();
    model *m;
    for (size_t i = 0; (m = models_at(i)); i++) {
        if (!strcmp(m->info.task, name)) json_array_append_new(models, json_string(m->name));
        models_drop(m);
    }
    json_array_append_new(
        list, json_pack("{s:s, s:s, s:o}", "id", name, "summary", summary, "models", models));
}

json_t *catalogue_tasks(void) {
    json_t *list = json_array();
    for (size_t i = 0; hrm_families(i); i++) {
        const hrm_family *f = hrm_families(i);
        add_task(list, f->name, f->summary ? f->summary : "");
    }
    add_task(list, "declared", "puzzles that a task file declares");
    return json_pack("{s:s, s:o}", "object", "list", "data", list);
}

void catalogue_how(const model *m, char *out, size_t size) {
    const hrm_model_info *i = &m->info;
    int first = i->symbols ? i->vocab - i->symbols : 1;
    snprintf(out, size, "%d characters, %d row%s of %d, each one of \"%.*s\"", i->cells, i->rows,
             i->rows == 1 ? "" : "s", i->cols, i->vocab - first, (const char *)i->alphabet + first);
    size_t n = strlen(out);
    if (i->symbols && n < size)
        n += (size_t)snprintf(out + n, size - n, " or %c for an open cell", i->alphabet[first - 1]);
    int numbers = hrm_model_numbers(m->shared);
    if (numbers && n < size)
        snprintf(out + n, size - n,
                 "; and \"numbers\", %d beside each of the %d cells, or behind a colon after them",
                 numbers, i->cells);
}

json_t *catalogue_model(const model *m) {
    char how[600];
    json_t *o = models_describe(m), *alphabet = json_array();
    for (int i = 0; i < m->info.vocab; i++)
        json_array_append_new(alphabet, term_text((char[]){(char)m->info.alphabet[i], 0}));
    catalogue_how(m, how, sizeof how);
    json_object_set_new(o, "alphabet", alphabet);
    json_object_set_new(o, "how", term_text(how));
    return o;
}
