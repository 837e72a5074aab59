/* state.c - see state.h */
#include "train/state.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "io/safetensors.h"

/* Numbers that are not arrays; hashes of 0 are of nothing. */
static char *progress_text(const hr_setup *s, const hr_progress *p, const hr_window *w) {
    const hr_regime_count *c = &w->count;
    const hr_sampler *at = &s->sampler;
    char *text, hash[3][17];
    snprintf(hash[0], sizeof *hash, "%016" PRIx64, s->data_hash);
    snprintf(hash[1], sizeof *hash, "%016" PRIx64, p->init_hash);
    snprintf(hash[2], sizeof *hash, "%016" PRIx64, p->best_by);
    json_t *o = json_pack(
        "{s:I, s:I, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, "
        "s:[I,f,f,f,I,I,I,f,I,I,I,I], s:[I,f,f,f], s:s, s:I}",
        "step", (json_int_t)p->step, "evaluated", (json_int_t)p->evaluated, "optim_t",
        (json_int_t)s->learner->engine->updates, "seconds", p->seconds, "best_exact", p->best_exact,
        "best_cells", p->best_cells, "grown", p->grown, "grown_exact", p->grown_exact, "epoch",
        (json_int_t)at->epoch, "at", (json_int_t)at->at, "drawn", (json_int_t)at->drawn,
        "data_hash", hash[0], "init_hash", hash[1], "valid_hash", hash[2], "isa", s->kern->name,
        "isas", p->isas, "window", (json_int_t)w->steps, w->loss, w->lm_loss, w->grad_norm,
        (json_int_t)c->finished, (json_int_t)c->exact, (json_int_t)c->segments, c->cells,
        (json_int_t)c->own[0], (json_int_t)c->own[1], (json_int_t)c->own[2], (json_int_t)c->scored,
        "from", (json_int_t)p->from, p->from_seconds, p->from_wave, p->from_done, "changes",
        p->changes ? p->changes : "", "stale", (json_int_t)p->stale);
    snprintf(hash[0], sizeof *hash, "%016" PRIx64, p->metrics.sum);
    json_t *metrics = json_pack("[I,s]", (json_int_t)p->metrics.bytes, hash[0]);
    if (o && json_object_set_new(o, "metrics", metrics)) {
        json_decref(o);
        o = NULL;
    }
    return hr_json_text(o, JSON_REAL_PRECISION(17), "a state", &text) ? NULL : text;
}

hr_status hr_state_save(const hr_setup *s, const hr_progress *p, const hr_window *w,
                        const char *path) {
    hr_regime_array arrays[HR_LEARNER_ARRAYS];
    hr_tensor tensors[HR_LEARNER_ARRAYS];
    int n = hr_learner_arrays(s->learner, arrays);
    for (int i = 0; i < n; i++) {
        tensors[i] = (hr_tensor){.name = arrays[i].name,
                                 .dtype = arrays[i].dtype,
                                 .dims = 1,
                                 .shape = {(int64_t)arrays[i].count},
                                 .count = arrays[i].count,
                                 .data = hr_learner_array(s->learner, &arrays[i])};
        if (!tensors[i].data) return hr_fail(HR_ERR_MEM, "out of memory for %s", arrays[i].name);
    }
    if (!path) return HR_OK;
    char *recipe = hr_recipe_to_yaml(&s->recipe), *progress = progress_text(s, p, w);
    hr_status status = HR_ERR_MEM;
    if (recipe && progress) {
        const hr_meta meta[] = {
            {"format", "hrm-state"}, {"version", "1"}, {"recipe", recipe}, {"progress", progress}};
        status = hr_safetensors_write(path, tensors, (size_t)n, meta, 4);
    }
    hr_free(recipe);
    hr_free(progress);
    return status;
}

static hr_status check_format(const hr_safetensors *file) {
    const char *format = hr_safetensors_meta(file, "format");
    const char *version = hr_safetensors_meta(file, "version");
    if (!format || strcmp(format, "hrm-state") || !hr_safetensors_meta(file, "recipe") ||
        !hr_safetensors_meta(file, "progress"))
        return hr_fail(HR_ERR_FORMAT, "is not a trainer state");
    if (!version || strcmp(version, "1"))
        return hr_fail(HR_ERR_VERSION, "was written by a newer version; use that one");
    return HR_OK;
}

static hr_status open_state(const char *path, bool verify, hr_safetensors *out) {
    return verify ? hr_safetensors_open(path, out) : hr_safetensors_open_unverified(path, out);
}

hr_status hr_state_recipe(const char *path, bool verify, hr_recipe *recipe) {
    hr_safetensors file = {0};
    hr_status status = open_state(path, verify, &file);
    if (status) return status;
    hr_recipe_defaults(recipe);
    status = check_format(&file);
    if (!status) {
        const char *text = hr_safetensors_meta(&file, "recipe");
        status = hr_recipe_read_text(recipe, text, strlen(text), "its recipe");
    }
    hr_safetensors_close(&file);
    return status ? hr_fail_in(status, "%s", path) : HR_OK;
}

static hr_status read_window(const json_t *progress, hr_window *w) {
    const json_t *a = json_object_get(progress, "window");
    double v[12] = {0};
    size_t n = json_array_size(a); /* earlier versions: rows that scored by another count */
    if (n != 11 && n != 12) return hr_fail(HR_ERR_FORMAT, "window is not 12 numbers");
    for (size_t i = 0; i < n; i++) {
        v[i] = json_number_value(json_array_get(a, i));
        bool count = i == 0 || (i >= 4 && i != 7);
        if (!isfinite(v[i]) || (count && !(v[i] >= 0 && v[i] < 1e15)))
            return hr_fail(HR_ERR_FORMAT, "window holds a number out of range");
    }
    *w = (hr_window){.steps = (int64_t)v[0],
                     .loss = v[1],
                     .lm_loss = v[2],
                     .grad_norm = v[3],
                     .count = {.finished = (int64_t)v[4],
                               .exact = (int64_t)v[5],
                               .segments = (int64_t)v[6],
                               .cells = v[7],
                               .scored = (int64_t)(n == 12    ? v[11]
                                                   : v[8] > 0 ? v[8]
                                                              : v[4]),
                               .own = {(int64_t)v[8], (int64_t)v[9], (int64_t)v[10]}}};
    return HR_OK;
}

/* The kernels that a run was computed with, in their order, for its record. */
static hr_status note_isa(const hr_setup *s, const json_t *progress, const char *isa,
                          hr_progress *p) {
    const char *isas = "";
    hr_status status = hr_json_string(progress, "isas", false, &isas);
    if (status) return status;
    const char *before = *isas ? isas : isa;
    if (before[strspn(before, "abcdefghijklmnopqrstuvwxyz0123456789, ")])
        return hr_fail(HR_ERR_FORMAT, "isas holds what is no name of kernels");
    bool same = !strcmp(isa, s->kern->name);
    if (same) snprintf(p->isas, sizeof p->isas, "%s", isas);
    else snprintf(p->isas, sizeof p->isas, "%.60s, then %s", before, s->kern->name);
    return HR_OK;
}

/* What bests are of; earlier versions do not say. Evaluations on other puzzles than these are
 * counted anew. */
static hr_status read_best_by(const hr_setup *s, const json_t *progress, hr_progress *p) {
    const char *valid_hash = NULL;
    hr_status status = hr_json_string(progress, "valid_hash", false, &valid_hash);
    if (!status && !valid_hash) /* as earlier versions named it */
        status = hr_json_string(progress, "judged", false, &valid_hash);
    p->best_by = valid_hash ? strtoull(valid_hash, NULL, 16) : s->valid_hash;
    if (s->valid && p->best_by != s->valid_hash) p->stale = 0;
    return status;
}

/* What the state was made with must be what it goes on with. */
static hr_status check_origin(const hr_setup *s, const json_t *progress, bool any_isa,
                              hr_progress *p) {
    const char *isa, *hash;
    hr_status status = hr_json_string(progress, "isa", true, &isa);
    if (!status) status = hr_json_string(progress, "data_hash", true, &hash);
    if (status) return status;
    char own[17];
    snprintf(own, sizeof own, "%016" PRIx64, s->data_hash);
    if (strcmp(hash, own))
        return hr_fail(
            HR_ERR_TASK,
            "%s is not the data this run was started on: it was changed, or is another; bring "
            "that back, name where it lies now (data=...), or begin a new run from this one's "
            "weights (init=...)",
            s->data->path);
    if (strcmp(isa, s->kern->name) && !any_isa)
        return hr_fail(HR_ERR_ARG,
                       "the run was computed with %s kernels, this would go on with %s and other "
                       "bits; say isa=%s or isa=%s",
                       isa, s->kern->name, isa, s->kern->name);
    return note_isa(s, progress, isa, p);
}

/* What the run began with, for its record; runs of earlier versions do not say. */
static hr_status note_init(const json_t *progress, hr_progress *p) {
    const char *hash = NULL;
    hr_status status = hr_json_string(progress, "init_hash", false, &hash);
    if (status || !hash) return status;
    char *end;
    p->init_hash = strtoull(hash, &end, 16);
    return *end || end == hash ? hr_fail(HR_ERR_FORMAT, "init_hash is no hash") : HR_OK;
}

/* Where the schedule began anew; runs of earlier versions do not say. */
static hr_status read_from(const json_t *progress, hr_progress *p) {
    const json_t *a = json_object_get(progress, "from");
    const char *changes = NULL;
    double v[4] = {0};
    for (size_t i = 0; a && i < 4; i++) v[i] = json_number_value(json_array_get(a, i));
    if (!(v[0] >= 0 && v[0] <= (double)p->step && v[1] >= 0 && v[2] >= 0 && v[2] <= 1 &&
          v[3] >= 0 && v[3] <= 1))
        return hr_fail(HR_ERR_FORMAT, "from holds a number out of range");
    p->from = (int64_t)v[0];
    p->from_seconds = v[1];
    p->from_wave = v[2];
    p->from_done = v[3];
    hr_status status = hr_json_string(progress, "changes", false, &changes);
    if (status || !changes || !*changes) return status;
    for (size_t i = 0, left = strlen(changes), step; i < left; i += step)
        if (!(step = hr_text_letter(changes + i, left - i)))
            return hr_fail(HR_ERR_FORMAT, "changes holds what is no list of keys");
    p->changes = hr_text_format("%s", changes);
    return p->changes ? HR_OK : HR_ERR_MEM;
}

/* What metrics.jsonl held; earlier versions do not say. */
static hr_status read_metrics(const json_t *progress, hr_journal_mark *out) {
    const json_t *a = json_object_get(progress, "metrics"), *bytes = json_array_get(a, 0);
    const char *sum = json_string_value(json_array_get(a, 1));
    char *end = NULL;
    *out = (hr_journal_mark){.bytes = -1};
    if (!a) return HR_OK;
    out->sum = sum ? strtoull(sum, &end, 16) : 0;
    if (!sum || strlen(sum) != 16 || *end || !json_is_integer(bytes) ||
        json_integer_value(bytes) < 0)
        return hr_fail(HR_ERR_FORMAT, "metrics is not a length and a checksum");
    out->bytes = (int64_t)json_integer_value(bytes);
    return HR_OK;
}

/* Numbers that steps add to: none comes near, so that none overflows. */
static const int64_t MOST = 1000000000000000;

static hr_status read_progress(hr_setup *s, const json_t *o, hr_progress *p) {
    int64_t epoch = 0, at = 0, drawn = 0;
    hr_status status = note_init(o, p);
    if (!status) status = hr_json_int(o, "step", true, 0, MOST, &p->step);
    p->evaluated = p->step; /* earlier versions do not say */
    if (!status) status = hr_json_int(o, "evaluated", false, 0, p->step, &p->evaluated);
    if (!status) status = hr_json_int(o, "optim_t", true, 0, p->step, &s->learner->engine->updates);
    if (!status) status = hr_json_number(o, "seconds", true, &p->seconds);
    if (!status) status = hr_json_number(o, "best_exact", true, &p->best_exact);
    if (!status) status = hr_json_number(o, "best_cells", true, &p->best_cells);
    if (!status && !(p->seconds >= 0 && p->best_exact >= -1 && p->best_exact <= 1 &&
                     p->best_cells >= -1 && p->best_cells <= 1))
        status = hr_fail(HR_ERR_FORMAT, "seconds, best_exact or best_cells is out of range");
    if (!status) status = hr_json_int(o, "stale", false, 0, MOST, &p->stale);
    if (!status) status = read_best_by(s, o, p);
    if (!status) status = hr_json_number(o, "grown", false, &p->grown);
    if (!status) status = hr_json_number(o, "grown_exact", false, &p->grown_exact);
    if (!status && !(p->grown > 0 && p->grown <= 1 && p->grown_exact >= 0 && p->grown_exact <= 1))
        status = hr_fail(HR_ERR_FORMAT, "grown or grown_exact is out of range");
    if (!status) status = read_from(o, p);
    if (!status) status = read_metrics(o, &p->metrics);
    if (!status) status = hr_json_int(o, "epoch", true, 0, MOST, &epoch);
    if (!status) status = hr_json_int(o, "at", true, 0, MOST, &at);
    if (!status) status = hr_json_int(o, "drawn", true, 0, MOST, &drawn);
    if (!status)
        status = hr_sampler_seek(&s->sampler, (uint64_t)epoch, (uint64_t)at, (uint64_t)drawn);
    return status;
}

static hr_status read_array(hr_learner *l, const hr_safetensors *file, const hr_regime_array *b) {
    const hr_tensor *t = hr_safetensors_find(file, b->name);
    if (!t || t->dtype != b->dtype || t->count != b->count)
        return hr_fail(HR_ERR_FORMAT, "tensor %s is missing or of another size", b->name);
    bool squares = !b->data && b->held == HR_HELD_V; /* of whose sums roots are taken */
    for (size_t i = 0; i < b->count; i++) {
        double value = hr_tensor_at(t, i);
        if (!isfinite(value) || (squares && value < 0))
            return hr_fail(HR_ERR_NUMERIC, "tensor %s holds a value that is %s", b->name,
                           isfinite(value) ? "negative" : "not finite");
        if (b->dtype == HR_BOOL) ((bool *)b->data)[i] = value != 0;
    }
    if (b->dtype != HR_BOOL) hr_learner_set(l, b, t->data);
    return HR_OK;
}

static hr_status load(hr_setup *s, const hr_safetensors *file, bool any_isa, hr_progress *p,
                      hr_window *w) {
    hr_status status = check_format(file);
    if (status) return status;
    const char *text = hr_safetensors_meta(file, "progress");
    json_t *progress = NULL;
    status = hr_json_parse(text, strlen(text), "progress", &progress);
    if (!status) status = check_origin(s, progress, any_isa, p);
    if (!status) status = read_progress(s, progress, p);
    if (!status) status = read_window(progress, w);
    json_decref(progress);
    hr_regime_array arrays[HR_LEARNER_ARRAYS];
    int n = hr_learner_arrays(s->learner, arrays);
    for (int i = 0; i < n && !status; i++) status = read_array(s->learner, file, &arrays[i]);
    return status ? status : hr_learner_loaded(s->learner);
}

hr_status hr_state_load(hr_setup *s, const char *path, const hr_state_how *how, hr_progress *p,
                        hr_window *w) {
    hr_safetensors file = {0};
    hr_status status = open_state(path, how->verify, &file);
    if (status) return status;
    status = load(s, &file, how->any_isa, p, w);
    hr_safetensors_close(&file);
    return status ? hr_fail_in(status, "%s", path) : HR_OK;
}
