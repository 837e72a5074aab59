#include "models.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "opt.h"

/* A model file and what it was when it was loaded. */
typedef struct slot {
    const char *path;
    char name[64]; /* of the file, without its ending: the same in every version */
    struct stat seen;
    model *now;
} slot;

static struct {
    pthread_mutex_t lock; /* of the pointers to models */
    slot slot[MODELS_MAX];
    size_t count;
    const char *isa;
    atomic_bool ready;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void name_of(const char *path, char *name, size_t size) {
    size_t n = strlen(path), from;
    while (n > 1 && path[n - 1] == '/') n--;
    for (from = n; from > 0 && path[from - 1] != '/';) from--;
    const char *end = strstr(path + from, ".safetensors");
    if (end > path + from && end < path + n) n = (size_t)(end - path);
    snprintf(name, size, "%.*s", (int)(n - from), path + from);
}

static hrm_status load(slot *s, model **out) {
    hrm_run run;
    hrm_run_init(&run, sizeof run);
    run.threads = 1; /* each worker is a thread of its own */
    run.isa = all.isa;
    model *m = calloc(1, sizeof *m);
    *out = NULL;
    if (!m) return HRM_STATUS_MEM;
    struct stat before = {0};
    stat(s->path, &before); /* where the file changes meanwhile, it is loaded once more */
    hrm_status status = hrm_model_load(s->path, &run, &m->shared);
    if (status) {
        free(m);
        return status;
    }
    s->seen = before;
    atomic_init(&m->refs, 1);
    hrm_model_inspect(m->shared, &m->info);
    m->name = s->name;
    *out = m;
    return HRM_STATUS_OK;
}

bool models_open(const char *const *paths, size_t count, const char *isa, int *code) {
    all.isa = isa;
    for (size_t i = 0; i < count; i++) {
        slot *s = &all.slot[i];
        s->path = paths[i];
        name_of(s->path, s->name, sizeof s->name);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(all.slot[k].name, s->name)) {
                *code = app_usage_error("%s: another model has the name %s already; give it "
                                        "another file name",
                                        paths[i], s->name);
                return false;
            }
        model *m;
        hrm_status status = load(s, &m);
        if (status) {
            *code = app_fail(status);
            return false;
        }
        s->now = m;
        all.count++;
    }
    atomic_store(&all.ready, true);
    return true;
}

void models_close(void) {
    atomic_store(&all.ready, false);
    for (size_t i = 0; i < all.count; i++) models_drop(all.slot[i].now);
    all.count = 0;
}

static bool changed(const struct stat *a, const struct stat *b) {
    return a->st_ino != b->st_ino || a->st_dev != b->st_dev || a->st_size != b->st_size ||
           a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec;
}

void models_reload(void) {
    for (size_t i = 0; i < all.count; i++) {
        slot *s = &all.slot[i];
        struct stat now;
        model *m, *old;
        if (stat(s->path, &now) || !changed(&now, &s->seen)) continue;
        if (load(s, &m)) {
            fprintf(stderr, "hrm: %s; its version of before stays at work\n", hrm_error());
            continue;
        }
        pthread_mutex_lock(&all.lock);
        old = s->now;
        s->now = m;
        pthread_mutex_unlock(&all.lock);
        models_drop(old);
        fprintf(stderr, "hrm: %s: loaded again\n", s->path);
    }
}

bool models_serves(const model *m) {
    bool serves = false;
    pthread_mutex_lock(&all.lock);
    for (size_t i = 0; i < all.count; i++) serves |= all.slot[i].now == m;
    pthread_mutex_unlock(&all.lock);
    return serves;
}

bool models_ready(void) {
    return atomic_load(&all.ready);
}

model *models_at(size_t i) {
    if (!models_ready() || i >= all.count) return NULL;
    pthread_mutex_lock(&all.lock);
    model *m = all.slot[i].now;
    atomic_fetch_add(&m->refs, 1);
    pthread_mutex_unlock(&all.lock);
    return m;
}

/* The names of all, as many as there is room for. */
static void list_names(const char *const *names, char *out, size_t size) {
    size_t at = 0;
    for (size_t i = 0; i < all.count && at < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%.60s", i ? ", " : "", names[i]);
    if (at >= size) memcpy(out + size - 4, "...", 4);
}

model *models_take(const char *name, const char *task, char *why, size_t size) {
    const char *names[MODELS_MAX];
    char served[120] = "";
    model *m;
    if (!models_ready()) {
        snprintf(why, size, "models are still being loaded");
        return NULL;
    }
    for (size_t i = 0; (m = models_at(i)); i++) {
        names[i] = m->name;
        if ((!name || !strcmp(m->name, name)) && (!task || !strcmp(m->info.task, task))) return m;
        models_drop(m);
    }
    const char *near = name ? hrm_nearest(name, names, all.count) : NULL;
    if (near && strcmp(near, name))
        snprintf(why, size, "no model \"%.60s\" is served; did you mean \"%s\"?", name, near);
    else {
        list_names(names, served, sizeof served);
        snprintf(why, size, "no model%s%.60s is served%s%.60s; there are %s", name ? " " : "",
                 name ? name : "", task ? " for the task " : "", task ? task : "", served);
    }
    return NULL;
}

void models_drop(model *m) {
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1) return;
    hrm_model_free(m->shared);
    free(m);
}

json_t *models_describe(const model *m) {
    const hrm_model_info *i = &m->info;
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:i, s:i, s:i, s:b, s:i, s:s}",
                          "id", m->name, "object", "model", "owned_by", "hrm", "task", i->task,
                          "arch", i->arch, "parameters", (json_int_t)i->parameters, "cells",
                          i->cells, "rows", i->rows, "cols", i->cols, "vocab", i->vocab, "symbols",
                          i->symbols, "searches", i->symbols > 0, "steps", i->steps, "isa", i->isa);
    int numbers = hrm_model_numbers(m->shared);
    if (numbers) json_object_set_new(o, "numbers", json_integer(numbers));
    return o;
}
