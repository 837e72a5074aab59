/* state.c - everything a run needs to go on bit for bit, in one safetensors file.
 *
 * Blocks are stored as they lie in memory (params, m, v, average, carry), so the file belongs to
 * one recipe and data set; both are in its metadata and checked. Small values travel as JSON text.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "train/train.h"

enum { BLOCKS_MAX = 16 };

/* One array of the trainer that belongs to its state. */
typedef struct block {
    const char *name;
    hr_dtype dtype;
    void *data;
    size_t count;
} block;

static int blocks_of(const hrm_trainer *t, block *out) {
    const hr_segments *g = t->segments;
    const hr_lattice *p = t->lattice;
    size_t rows = (size_t)t->recipe.batch, dense = t->model->table.dense;
    size_t cells = rows * (size_t)t->model->spec.seq;
    size_t carry = rows * hr_spec_state(&t->model->spec);
    int n = 0;
    out[n++] = (block){"params", HR_F32, t->model->params, t->model->table.total};
    out[n++] = (block){"optim.m", HR_F32, t->optim->m, dense};
    out[n++] = (block){"optim.v", HR_F32, t->optim->v, dense};
    if (t->optim->average) out[n++] = (block){"ema", HR_F32, t->optim->average, dense};
    if (p) {
        out[n++] = (block){"pool.sets", HR_I32, p->sets, cells};
        out[n++] = (block){"pool.truth", HR_I32, p->truth, cells};
        out[n++] = (block){"pool.age", HR_I32, p->age, rows};
        out[n++] = (block){"pool.fresh", HR_BOOL, p->fresh, rows};
        return n;
    }
    out[n++] = (block){"carry.z_H", HR_F32, g->z[HR_STATE_H], carry};
    if (t->model->recur.states > 1)
        out[n++] = (block){"carry.z_L", HR_F32, g->z[HR_STATE_L], carry};
    out[n++] = (block){"carry.steps", HR_I32, g->steps, rows};
    out[n++] = (block){"carry.halted", HR_BOOL, g->halted, rows};
    out[n++] = (block){"batch.inputs", HR_I32, g->batch.inputs, cells};
    out[n++] = (block){"batch.labels", HR_I32, g->batch.labels, cells};
    out[n++] = (block){"batch.ids", HR_I32, g->batch.ids, rows};
    return n;
}

/* Numbers that are not arrays; hashes of 0 are of nothing. Times and bests are for people; the rest
 * decides what follows. */
static char *progress_text(const hrm_trainer *t) {
    const hr_window *w = &t->window;
    return hr_text_format(
        "{\"step\": %" PRId64 ", \"evaluated\": %" PRId64 ", \"optim_t\": %" PRId64
        ", \"seconds\": %.17g, \"best_exact\": %.17g, "
        "\"best_cells\": %.17g, \"grown\": %.17g, \"grown_exact\": %.17g, \"epoch\": %" PRIu64
        ", \"at\": %" PRIu64 ", \"drawn\": %" PRIu64 ", \"data_hash\": \"%016" PRIx64
        "\", \"init_hash\": \"%016" PRIx64 "\", \"judged\": \"%016" PRIx64
        "\", \"isa\": \"%s\", \"isas\": \"%s\", \"micro\": %d, \"window\": "
        "[%" PRId64 ", %.17g, %.17g, %.17g, %zu, %zu, %zu, %.17g, %" PRId64 ", %" PRId64
        ", %" PRId64 "]}",
        t->step, t->evaluated, t->optim->t, t->seconds + hr_os_seconds() - t->begin, t->best_exact,
        t->best_cells, t->grown, t->grown_exact, t->sampler.epoch, t->sampler.at, t->sampler.drawn,
        t->data_hash, t->init_hash, t->judged, t->kern->name, t->isas, t->micro, w->steps, w->loss,
        w->lm_loss, w->grad_norm, w->finished, w->exact, w->segments, w->cells, w->living,
        w->detected, w->false_alarms);
}

hr_status hr_state_save(const hrm_trainer *t, const char *path) {
    block blocks[BLOCKS_MAX];
    hr_tensor tensors[BLOCKS_MAX];
    int n = blocks_of(t, blocks);
    for (int i = 0; i < n; i++) {
        tensors[i] = (hr_tensor){.name = blocks[i].name,
                                 .dtype = blocks[i].dtype,
                                 .dims = 1,
                                 .shape = {(int64_t)blocks[i].count},
                                 .count = blocks[i].count,
                                 .data = blocks[i].data};
    }
    char *recipe = hr_recipe_to_yaml(&t->recipe), *progress = progress_text(t);
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
        return hr_fail(HR_ERR_VERSION, "was written by a newer program; use that one");
    return HR_OK;
}

static hr_status read_micro(const char *text, int *micro) {
    json_t *progress = NULL;
    int64_t n = 0;
    hr_status status = hr_json_parse(text, strlen(text), "progress", &progress);
    if (!status) status = hr_json_int(progress, "micro", true, 1, INT32_MAX, &n);
    json_decref(progress);
    *micro = (int)n;
    return status;
}

hr_status hr_state_recipe(const char *path, hr_recipe *recipe, int *micro) {
    hr_safetensors file = {0};
    hr_status status = hr_safetensors_open(path, &file);
    if (status) return status;
    hr_recipe_defaults(recipe);
    status = check_format(&file);
    if (!status) {
        const char *text = hr_safetensors_meta(&file, "recipe");
        status = hr_recipe_read_text(recipe, text, strlen(text), "its recipe");
    }
    if (!status) status = read_micro(hr_safetensors_meta(&file, "progress"), micro);
    if (!status && *micro > recipe->batch)
        status = hr_fail(HR_ERR_FORMAT, "micro is more than the batch");
    hr_safetensors_close(&file);
    return status ? hr_fail_in(status, "%s", path) : HR_OK;
}

static hr_status read_window(hrm_trainer *t, const json_t *progress) {
    const json_t *a = json_object_get(progress, "window");
    hr_window *w = &t->window;
    double v[11];
    if (json_array_size(a) != 11) return hr_fail(HR_ERR_FORMAT, "window is not 11 numbers");
    for (size_t i = 0; i < 11; i++) {
        v[i] = json_number_value(json_array_get(a, i));
        bool count = i == 0 || (i >= 4 && i != 7);
        if (!isfinite(v[i]) || (count && !(v[i] >= 0 && v[i] < 1e15)))
            return hr_fail(HR_ERR_FORMAT, "window holds a number out of range");
    }
    *w = (hr_window){.steps = (int64_t)v[0],
                     .loss = v[1],
                     .lm_loss = v[2],
                     .grad_norm = v[3],
                     .finished = (size_t)v[4],
                     .exact = (size_t)v[5],
                     .segments = (size_t)v[6],
                     .cells = v[7],
                     .living = (int64_t)v[8],
                     .detected = (int64_t)v[9],
                     .false_alarms = (int64_t)v[10]};
    return HR_OK;
}

/* The kernels that a run was computed with, in their order, for its record. */
static hr_status note_isa(hrm_trainer *t, const json_t *progress, const char *isa) {
    const char *isas = "";
    hr_status status = hr_json_string(progress, "isas", false, &isas);
    if (status) return status;
    const char *before = *isas ? isas : isa;
    if (before[strspn(before, "abcdefghijklmnopqrstuvwxyz0123456789, ")])
        return hr_fail(HR_ERR_FORMAT, "isas holds what is no name of kernels");
    bool same = !strcmp(isa, t->kern->name);
    if (same) snprintf(t->isas, sizeof t->isas, "%s", isas);
    else snprintf(t->isas, sizeof t->isas, "%.60s, then %s", before, t->kern->name);
    return HR_OK;
}

/* Bests are of one set of puzzles: with another they begin anew. */
static hr_status check_judged(hrm_trainer *t, const json_t *progress) {
    char own[17];
    const char *judged = NULL;
    hr_status status = hr_json_string(progress, "judged", false, &judged);
    snprintf(own, sizeof own, "%016" PRIx64, t->judged);
    if (!status && judged && strcmp(judged, own)) t->best_exact = t->best_cells = -1;
    return status;
}

/* What the state was made with must be what it goes on with. */
static hr_status check_origin(hrm_trainer *t, const json_t *progress, bool any_isa) {
    const char *isa, *hash;
    hr_status status = hr_json_string(progress, "isa", true, &isa);
    if (!status) status = hr_json_string(progress, "data_hash", true, &hash);
    if (status) return status;
    char own[17];
    snprintf(own, sizeof own, "%016" PRIx64, t->data_hash);
    if (strcmp(hash, own))
        return hr_fail(HR_ERR_TASK, "%s is not the data this run was started on", t->data->path);
    if (strcmp(isa, t->kern->name) && !any_isa)
        return hr_fail(HR_ERR_ARG,
                       "the run was computed with %s kernels, this would go on with %s and other "
                       "bits; say isa=%s or isa=%s",
                       isa, t->kern->name, isa, t->kern->name);
    return note_isa(t, progress, isa);
}

/* What the run began with, for its record; runs of earlier versions do not say. */
static hr_status note_init(hrm_trainer *t, const json_t *progress) {
    const char *hash = NULL;
    hr_status status = hr_json_string(progress, "init_hash", false, &hash);
    if (status || !hash) return status;
    char *end;
    t->init_hash = strtoull(hash, &end, 16);
    return *end || end == hash ? hr_fail(HR_ERR_FORMAT, "init_hash is no hash") : HR_OK;
}

static hr_status read_progress(hrm_trainer *t, const json_t *p, bool any_isa) {
    int64_t epoch = 0, at = 0, drawn = 0;
    hr_status status = check_origin(t, p, any_isa);
    if (!status) status = note_init(t, p);
    if (!status) status = hr_json_int(p, "step", true, 0, INT64_MAX, &t->step);
    t->evaluated = t->step; /* earlier versions do not say */
    if (!status) status = hr_json_int(p, "evaluated", false, INT64_MIN, INT64_MAX, &t->evaluated);
    if (!status) status = hr_json_int(p, "optim_t", true, 0, INT64_MAX, &t->optim->t);
    if (!status) status = hr_json_number(p, "seconds", true, &t->seconds);
    if (!status) status = hr_json_number(p, "best_exact", true, &t->best_exact);
    if (!status) status = hr_json_number(p, "best_cells", true, &t->best_cells);
    if (!status) status = check_judged(t, p);
    if (!status) status = hr_json_number(p, "grown", false, &t->grown);
    if (!status) status = hr_json_number(p, "grown_exact", false, &t->grown_exact);
    if (!status && !(t->grown > 0 && t->grown <= 1 && t->grown_exact >= 0 && t->grown_exact <= 1))
        status = hr_fail(HR_ERR_FORMAT, "grown or grown_exact is out of range");
    if (!status) status = hr_json_int(p, "epoch", true, 0, INT64_MAX, &epoch);
    if (!status) status = hr_json_int(p, "at", true, 0, INT64_MAX, &at);
    if (!status) status = hr_json_int(p, "drawn", true, 0, INT64_MAX, &drawn);
    if (!status) status = read_window(t, p);
    if (!status)
        status = hr_sampler_seek(&t->sampler, (uint64_t)epoch, (uint64_t)at, (uint64_t)drawn);
    return status;
}

static hr_status read_block(const hr_safetensors *file, const block *b) {
    const hr_tensor *t = hr_safetensors_find(file, b->name);
    if (!t || t->dtype != b->dtype || t->count != b->count)
        return hr_fail(HR_ERR_FORMAT, "tensor %s is missing or of another size", b->name);
    if (b->dtype != HR_BOOL) {
        memcpy(b->data, t->data, b->count * hr_dtype_size(b->dtype));
        return HR_OK;
    }
    for (size_t i = 0; i < b->count; i++) ((bool *)b->data)[i] = hr_tensor_at(t, i) != 0;
    return HR_OK;
}

static bool pool_is_sound(const hrm_trainer *t) {
    const hr_lattice *p = t->lattice;
    const hr_spec *spec = &t->model->spec;
    int32_t all = (int32_t)(((uint32_t)1 << spec->symbols) - 1);
    bool good = true;
    for (size_t i = 0; i < (size_t)p->rows * (size_t)spec->seq; i++) {
        good &= !(p->sets[i] & ~(all | HR_GIVEN));
        good &= p->truth[i] >= 0 && p->truth[i] < spec->symbols;
    }
    for (int b = 0; b < p->rows; b++) good &= p->age[b] >= 0;
    return good;
}

/* Values that index memory later; floats are caught as a loss that is not finite. */
static hr_status check_batch(const hrm_trainer *t) {
    if (t->lattice)
        return pool_is_sound(t) ? HR_OK
                                : hr_fail(HR_ERR_FORMAT, "a value of the pool is impossible");
    const hr_segments *g = t->segments;
    const hr_spec *spec = &t->model->spec;
    bool good = true;
    for (size_t i = 0; i < (size_t)g->rows * (size_t)spec->seq; i++) {
        int32_t in = g->batch.inputs[i], label = g->batch.labels[i];
        good &= in >= 0 && in < spec->vocab;
        good &= label == HR_IGNORE || (label >= 0 && label < spec->vocab);
    }
    for (int b = 0; b < g->rows; b++) {
        good &= g->batch.ids[b] >= 0 && g->batch.ids[b] < spec->puzzles;
        good &= g->steps[b] >= 0 && g->steps[b] <= spec->halt_max_steps;
    }
    return good ? HR_OK : hr_fail(HR_ERR_FORMAT, "batch holds values out of range");
}

static hr_status load(hrm_trainer *t, const hr_safetensors *file, bool any_isa) {
    hr_status status = check_format(file);
    if (status) return status;
    const char *text = hr_safetensors_meta(file, "progress");
    json_t *progress = NULL;
    status = hr_json_parse(text, strlen(text), "progress", &progress);
    if (!status) status = read_progress(t, progress, any_isa);
    json_decref(progress);
    block blocks[BLOCKS_MAX];
    int n = blocks_of(t, blocks);
    for (int i = 0; i < n && !status; i++) status = read_block(file, &blocks[i]);
    return status ? status : check_batch(t);
}

hr_status hr_state_load(hrm_trainer *t, const char *path, bool any_isa) {
    hr_safetensors file = {0};
    hr_status status = hr_safetensors_open(path, &file);
    if (status) return status;
    status = load(t, &file, any_isa);
    hr_safetensors_close(&file);
    if (status) return hr_fail_in(status, "%s", path);
    hr_model_pack(t->model, t->pool);
    return HR_OK;
}
