#include "puzzles.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "text.h"
#include "term.h"

enum { SETS_MAX = 32, EXAMPLES_MAX = 100000 };

typedef struct set {
    hrm_dataset *data;
    int *rating;
    size_t size;
    char task[32], model[64];
} set;

static set sets[SETS_MAX];
static size_t count;
static atomic_bool ready;

static hrm_status add(hrm_dataset *data, const model *m) {
    set *s = &sets[count];
    hrm_example e;
    *s = (set){.data = data, .size = hrm_dataset_size(data)};
    if (s->size > EXAMPLES_MAX) s->size = EXAMPLES_MAX;
    s->rating = calloc(s->size ? s->size : 1, sizeof *s->rating);
    if (!s->rating) {
        hrm_dataset_free(data);
        return HRM_STATUS_MEM;
    }
    for (size_t i = 0; i < s->size; i++)
        s->rating[i] = hrm_dataset_example(data, i, &e) ? INT_MIN : e.rating;
    snprintf(s->task, sizeof s->task, "%s", m->info.task);
    snprintf(s->model, sizeof s->model, "%s", m->name);
    count++;
    return HRM_STATUS_OK;
}

hrm_status puzzles_add(const char *path) {
    hrm_status status = HRM_STATUS_OK;
    model *m;
    for (size_t i = 0; count < SETS_MAX && (m = models_at(i)); i++) {
        hrm_dataset *data;
        status = hrm_dataset_open_for(path, m->shared, &data);
        if (!status) status = add(data, m);
        models_drop(m);
        if (!status) break;
    }
    return status;
}

void puzzles_open(void) {
    atomic_store(&ready, true);
}

void puzzles_close(void) {
    for (size_t i = 0; i < count; i++) {
        hrm_dataset_free(sets[i].data);
        free(sets[i].rating);
    }
    count = 0;
}

static bool wanted(const set *s, size_t i, int low, int high) {
    return s->rating[i] >= low && s->rating[i] <= high;
}

json_t *puzzles_random(const char *task, int low, int high) {
    size_t n = 0;
    uint64_t draw = 0;
    hrm_example e;
    for (size_t k = 0; atomic_load(&ready) && k < count; k++)
        for (size_t i = 0; i < sets[k].size; i++)
            n += (!task || !strcmp(task, sets[k].task)) && wanted(&sets[k], i, low, high);
    if (!n || getrandom(&draw, sizeof draw, 0) < 0) return NULL;
    draw %= n;
    for (size_t k = 0; k < count; k++)
        for (size_t i = 0; i < sets[k].size; i++) {
            if ((task && strcmp(task, sets[k].task)) || !wanted(&sets[k], i, low, high)) continue;
            if (draw--) continue;
            if (hrm_dataset_example(sets[k].data, i, &e)) return NULL;
            return json_pack("{s:o, s:s, s:s, s:o}", "puzzle", term_text(e.question), "task",
                             sets[k].task, "model", sets[k].model, "rating",
                             e.rating < 0 ? json_null() : json_integer(e.rating));
        }
    return NULL;
}
