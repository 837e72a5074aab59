/* recipe.c - the table of keys and everything that walks it. Defaults are the published HRM Sudoku
 * settings (arXiv 2506.21734 and its configuration files). */
#include "model/recipe.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "io/yaml.h"
#include "data/task_file.h"
#include "task/families.h"

#define AT(field)                            offsetof(hr_recipe, field)
#define INT(field, preset, low, high, help)  HR_KEY(hr_recipe, INT, field, preset, low, high, help)
#define REAL(field, preset, low, high, help) HR_KEY(hr_recipe, REAL, field, preset, low, high, help)
#define SWITCH(field, preset, help)          HR_KEY(hr_recipe, BOOL, field, preset, 0, 1, help)
#define TEXT(field, preset, help)                                                                  \
    { #field, HR_KEY_TEXT, AT(field), preset, 0, 0, NULL, false, help }
#define CHOICE(field, preset, choices, help)                                                       \
    { #field, HR_KEY_CHOICE, AT(field), preset, 0, 0, choices, false, help }
#define RUN_INT(field, preset, low, high, help)                                                    \
    { #field, HR_KEY_INT, AT(field), preset, low, high, NULL, true, help }

enum { BIG = 1 << 30 };

/* The keys before those of the regimes, and after. */
static const hr_key keys[] = {
    CHOICE(arch, "hrm", "hrm|trm|loop", "two modules (HRM), one tiny net (TRM), one looped net"),
    INT(hidden, "512", 8, 8192, "width of the hidden states"),
    INT(heads, "8", 1, 256, "attention heads; hidden / heads must be even"),
    REAL(expansion, "4", 0.01, 64,
         "inner width of SwiGLU: expansion * hidden * 2/3, up to 256s (lattice: 32s)"),
    INT(h_layers, "4", 1, 64, "blocks of the H module (HRM)"),
    INT(l_layers, "4", 1, 64, "blocks of the L module; of the one net (TRM)"),
    INT(h_cycles, "2", 1, 1024, "slow cycles of a segment"),
    INT(l_cycles, "2", 1, 1024, "fast cycles of each slow one; loops of a looped net"),
    INT(readouts, "0", 0, 1024,
        "loop: the heads read, and the loss counts, the last so many calls; 0: all"),
    INT(grad_calls, "0", 0, 1024, "loop: gradient flows through the last so many; 0: all"),
    CHOICE(pos, "rope", "none|rope|learned|grid|rope2d",
           "positions; grid: learned, of row and column; rope2d: rotary, of row and column"),
    REAL(rope_theta, "10000", 1, 1e9, "base of the rotary angles"),
    CHOICE(mix, "attention", "attention|token_mlp|none",
           "how tokens mix; token_mlp is TRM's mlp_t; none: by the convolution alone"),
    INT(conv, "0", 0, 7,
        "taps across of a depthwise convolution before each mixing: 3, 5 or 7; 0: none"),
    SWITCH(
        symbol_channels, "false",
        "a channel of vectors for each symbol, which share all weights; for puzzles whose symbols "
        "are interchangeable"),
    SWITCH(skip_padding, "false",
           "cells that pad a question take no part in the net and cost nothing; their answer is "
           "padding"),
    CHOICE(norm, "post", "post|pre",
           "where the norms stand: after each sum as published, or before"),
    CHOICE(act, "silu", "silu|relu", "of the gated MLPs; silu as published"),
    INT(puzzle_emb_ndim, "-1", -1, 1 << 20,
        "numbers per puzzle embedding; -1: as hidden, or all channels of it; 0: none"),
    INT(puzzle_emb_len, "0", 0, 1024, "prefix tokens; 0: as many as the embedding fills"),
    SWITCH(puzzle_emb_cells, "false",
           "the puzzle embedding is added to every cell, in place of prefix tokens"),
    SWITCH(puzzle_emb_views, "false",
           "the puzzle embedding is of tasks, beside a vector for each turn, which all share: for "
           "ARC data that share vectors"),
    INT(halt_max_steps, "16", 1, 1 << 20,
        "segments at most, and in evaluation always; lattice: rounds of a search"),

    TEXT(init, "",
         "weights to begin with, of a model or a published checkpoint; empty: random ones"),

    TEXT(data, "", "puzzles to train on: CSV, or directory in the published layout"),
    TEXT(valid, "", "puzzles to evaluate on while training; empty: none"),
    TEXT(task, "auto", "auto, " HR_FAMILY_WORDS "sequence or a task file"),
    SWITCH(augment, "true", "a random symmetry of the task for every puzzle drawn"),
    INT(limit, "0", 0, BIG, "train on the first so many puzzles; 0: all"),

    CHOICE(regime, "segments", hr_regime_names + 1,
           "carried segments with ACT halting; or rounds on candidates"),
    CHOICE(loss, "stablemax", "stablemax|softmax", "token loss"),
    REAL(dropout, "0", 0, 0.9,
         "share of the input's numbers that a training step leaves out; 0: none"),
    REAL(residual_dropout, "0", 0, 0.9,
         "the same share of what each mixing and each MLP adds, in every call; 0: none"),
    REAL(label_smoothing, "0", 0, 0.999, "share of a label that all symbols share alike; 0: none"),
    REAL(
        class_balance, "0", 0, 1,
        "cells weigh by their label's frequency to minus this; 1: all symbols alike, 0: all cells"),
    TEXT(class_weights, "",
         "of cells by their label's symbol, as 2:1.5 or 2:1.5,7:0.5, on top of class_balance; 1 "
         "where nothing is said"),
    INT(batch, "384", 1, 1 << 20, "rows of an optimiser step"),
    INT(shards, "8", 1, 4096,
        "gradients are summed over so many equal parts of the batch, then in one tree; at most as "
        "many as there are row blocks"),
    REAL(epochs, "20000", 0, 1e12,
         "passes over the puzzles; give steps when steps is 0, or when set after it"),
    INT(steps, "0", 0, 1e15, "optimiser steps; 0: from epochs"),
    REAL(grow_from, "1", 0.001, 1,
         "share of the segments (of the loops, where there is one segment), and of puzzles that "
         "have "
         "parts, to begin with; 1: all"),
    REAL(grow_by, "1.01", 1, 2, "factor by which that share grows in a step"),
    REAL(grow_at, "0.75", 0, 1, "it grows while so many rows are exact; 0: always"),
};
static const hr_key later_keys[] = {
    CHOICE(optimizer, "adam_atan2", "adam_atan2|adamw", "for all dense weights"),
    SWITCH(muon, "false", "Muon for the matrices inside the blocks"),
    SWITCH(muon_rows, "false",
           "Muon divides each output's row by the root of its mean square so far (NorMuon)"),
    REAL(lr, "7e-5", 0, 100, "learning rate"),
    REAL(lr_min_ratio, "1", 0, 1,
         "the rate falls to this share of lr, by a cosine or in the cooldown; 1: constant"),
    REAL(cooldown, "0", 0, 1,
         "the rate falls in a line over this last share of the run, flat before; 0: by a cosine"),
    INT(warmup, "2000", 0, 1e15, "steps of linear warm-up"),
    REAL(weight_decay, "1", 0, 1e6, "decoupled: lr * weight_decay of a weight per step"),
    REAL(beta1, "0.9", 0, 0.999999, "decay of the first moment"),
    REAL(beta2, "0.95", 0, 0.9999999, "decay of the second moment"),
    REAL(adam_eps, "1e-8", 1e-30, 1, "epsilon of AdamW"),
    REAL(muon_lr, "0.02", 0, 100, "learning rate of Muon"),
    REAL(muon_momentum, "0.95", 0, 0.999999, "momentum of Muon"),
    REAL(muon_beta2, "0.95", 0, 0.9999999, "decay of the rows' mean squares, with muon_rows"),
    REAL(muon_weight_decay, "0.005", 0, 1e6, "weight decay of Muon"),
    REAL(puzzle_emb_lr, "-1", -1, 100, "sign-SGD of the puzzle embedding; -1: as lr"),
    REAL(puzzle_emb_weight_decay, "-1", -1, 1e6, "-1: as weight_decay"),
    REAL(clip, "0", 0, 1e9, "largest gradient norm; 0: off"),
    REAL(ema, "0", 0, 0.9999999, "rate of the averaged weights, which are then saved; 0: off"),
    SWITCH(ema_warmup, "false",
           "the average's rate rises to ema, so that short runs do not save their first "
           "weights"),
    INT(seed, "0", 0, 9e18, "of everything random"),

    RUN_INT(threads, "0", 0, 256, "0: as the caller asks, else one for each processor"),
    {"isa", HR_KEY_TEXT, AT(isa), "", 0, 0, NULL, true,
     "kernels: float, bf16 or one table of them, as hrm_run.isa; empty: the fastest"},
    {"memory", HR_KEY_BYTES, AT(memory), "2GiB", 1 << 20, 1e15, NULL, true,
     "bytes to plan for, as 500MB, 1.5GB or 2GiB; decides how many rows run at once"},
    {"minutes", HR_KEY_REAL, AT(minutes), "0", 0, 1e9, NULL, true,
     "stop after the step in which they end; 0: never"},
    CHOICE(schedule, "steps", "steps|minutes",
           "what the rate and the pool follow; minutes: the time used, where it is further"),
    RUN_INT(stop_after, "0", 0, BIG,
            "evaluations without a better one after which a run ends; 0: never"),
    RUN_INT(log_every, "1", 0, 1e15, "steps per line of metrics.jsonl; 0: none"),
    RUN_INT(eval_every, "0", 0, 1e15, "steps between evaluations; 0: none"),
    RUN_INT(eval_limit, "1000", 0, BIG, "evaluate on the first so many puzzles; 0: all"),
    RUN_INT(save_every, "1000", 0, 1e15, "steps between checkpoints; 0: only at the end"),
};
enum { KEYS = sizeof keys / sizeof *keys, LATER = sizeof later_keys / sizeof *later_keys };

bool hr_recipe_key(size_t i, hr_key *key) {
    if (i < KEYS) {
        *key = keys[i];
        return true;
    }
    i -= KEYS;
    for (size_t r = 0; hr_regimes[r]; r++) {
        if (i < hr_regimes[r]->key_count) {
            *key = hr_regimes[r]->keys[i];
            key->offset += AT(own) + r * HR_REGIME_KEYS;
            return true;
        }
        i -= hr_regimes[r]->key_count;
    }
    if (i < LATER) *key = later_keys[i];
    return i < LATER;
}

const hr_regime *hr_recipe_regime(const hr_recipe *r) {
    return hr_regimes[hr_regime_find(r->regime)];
}

const void *hr_recipe_own(const hr_recipe *r) {
    return r->own[hr_regime_find(r->regime)];
}

/* ---- one value ------------------------------------------------------------------------------- */

static hr_status set_number(const hr_key *k, void *at, const char *value) {
    int64_t integer = 0;
    double number = 0;
    bool real = k->type == HR_KEY_REAL, bytes = k->type == HR_KEY_BYTES;
    if (real    ? !hr_text_number(value, &number) || !isfinite(number)
        : bytes ? !hr_text_bytes(value, &integer)
                : !hr_text_integer(value, &integer))
        return hr_fail(HR_ERR_ARG, "%s: \"%.60s\" is not %s", k->name, value,
                       real    ? "a number"
                       : bytes ? "a number of bytes, such as 500MB, 1.5GB or 2GiB"
                               : "a whole number");
    if (!real) number = (double)integer;
    if (number < k->low || number > k->high)
        return hr_fail(HR_ERR_ARG, "%s: %.60s is not between %.15g and %.15g", k->name, value,
                       k->low, k->high);
    if (real) memcpy(at, &number, sizeof number); /* the own keys of regimes are bytes here */
    else memcpy(at, &integer, sizeof integer);
    return HR_OK;
}

static hr_status set_text(const hr_key *k, char *at, const char *value) {
    size_t size = strlen(value);
    if (size >= HR_RECIPE_TEXT)
        return hr_fail(HR_ERR_ARG, "%s: is longer than %d bytes", k->name, HR_RECIPE_TEXT - 1);
    for (size_t i = 0, step; i < size; i += step) { /* recipes are kept in JSON and YAML */
        step = hr_text_letter(value + i, size - i);
        if (step) continue;
        return (unsigned char)value[i] < 0x80
                   ? hr_fail(HR_ERR_ARG, "%s: holds a control character", k->name)
                   : hr_fail(HR_ERR_ARG, "%s: is not UTF-8; give the file another name", k->name);
    }
    memset(at, 0, HR_RECIPE_TEXT); /* recipes are compared as bytes */
    memcpy(at, value, size);
    return HR_OK;
}

static hr_status set_choice(const hr_key *k, char *at, const char *value) {
    size_t size = strlen(value);
    for (const char *p = k->choices; p; p = strchr(p, '|')) {
        p += *p == '|';
        if (size && !strncmp(p, value, size) && (p[size] == '|' || !p[size]))
            return set_text(k, at, value);
    }
    return hr_fail(HR_ERR_ARG, "%s: \"%.60s\" is not one of %s", k->name, value, k->choices);
}

static hr_status set_value(hr_recipe *r, const hr_key *k, const char *value) {
    void *at = (char *)r + k->offset;
    switch (k->type) {
    case HR_KEY_INT:
    case HR_KEY_BYTES:
    case HR_KEY_REAL:
        return set_number(k, at, value);
    case HR_KEY_BOOL:
        if (hr_text_bool(value, at)) return HR_OK;
        return hr_fail(HR_ERR_ARG, "%s: \"%.60s\" is not true or false", k->name, value);
    case HR_KEY_CHOICE:
        return set_choice(k, at, value);
    default:
        return set_text(k, at, value);
    }
}

/* Keys as earlier versions spelled them. */
static const char *const aliases[][2] = {{"symbol_fields", "symbol_channels"},
                                         {"reads", "readouts"}};

static hr_status find_key(const char *name, hr_key *out) {
    size_t count = 0;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strcmp(name, aliases[i][0])) name = aliases[i][1];
    while (hr_recipe_key(count, out)) {
        if (!strcmp(name, out->name)) return HR_OK;
        count++;
    }
    const char **names = HR_NEW(const char *, count), *near = NULL;
    for (size_t i = 0; names && hr_recipe_key(i, out); i++) names[i] = out->name;
    if (names) near = hr_text_nearest(name, names, count);
    hr_free(names);
    if (near)
        return hr_fail(HR_ERR_ARG, "the key \"%.60s\" is not known; did you mean %s?", name, near);
    return hr_fail_about(HR_ERR_ARG, "settings",
                         "the key \"%.60s\" is not known; see the list of recipe keys", name);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void hr_recipe_defaults(hr_recipe *r) {
    memset(r, 0, sizeof *r);
    hr_key k;
    for (size_t i = 0; hr_recipe_key(i, &k); i++) set_value(r, &k, k.preset);
}

/* A key that YAML may write as a map, which reads as one more of its pairs. */
static hr_status set_entry(hr_recipe *r, const hr_yaml_entry *e) {
    static const char map[] = "class_weights.";
    size_t size = strlen(map);
    bool pair = !strncmp(e->key, map, size) && e->key[size] && !e->null;
    char *value = pair ? hr_text_format("%s%s%s:%s", r->class_weights, *r->class_weights ? "," : "",
                                        e->key + size, e->value)
                       : NULL;
    hr_key key;
    hr_status status =
        pair && !value ? HR_ERR_MEM : find_key(pair ? "class_weights" : e->key, &key);
    if (!status && e->list)
        status = hr_fail(HR_ERR_ARG,
                         "%s: is a list, and a recipe's keys have one value; make one "
                         "file or folder of several",
                         e->key);
    if (!status && !e->null) status = set_value(r, &key, pair ? value : e->value);
    hr_free(value);
    return status;
}

/* Sets the values that the entries give, and frees them. */
static hr_status read_entries(hr_recipe *r, hr_yaml *yaml, const char *name) {
    hr_status status = HR_OK;
    for (size_t i = 0; i < yaml->count && !status; i++) {
        const hr_yaml_entry *e = &yaml->entries[i];
        if (!(status = set_entry(r, e))) continue;
        if (status == HR_ERR_ARG) status = HR_ERR_FORMAT; /* the file's fault, not the caller's */
        hr_fail_in(status, "%s, line %ld", name, e->line);
        hr_fail_place(status, name, e->line, e->column);
    }
    hr_yaml_close(yaml);
    return status;
}

hr_status hr_recipe_read_text(hr_recipe *r, const void *text, size_t size, const char *name) {
    hr_yaml yaml;
    hr_status status = hr_yaml_parse(text, size, name, &yaml);
    return status ? status : read_entries(r, &yaml, name);
}

static bool is_missing(const char *name) {
    return *name && *name != '/' && !hr_os_is_file(name) && !hr_os_is_dir(name);
}

/* A missing name becomes `at`, which is released, where something is there. */
static hr_status try_place(char *name, char *at) {
    if (!at) return HR_ERR_MEM;
    if (strlen(at) < HR_RECIPE_TEXT && (hr_os_is_file(at) || hr_os_is_dir(at)))
        memcpy(name, at, strlen(at) + 1);
    hr_free(at);
    return HR_OK;
}

hr_status hr_recipe_find(hr_recipe *r, const char *path, const char *shipped) {
    static const char *const kind[][2] = {
        {"data", ".csv"}, {"data", ".csv"}, {"models", ".safetensors"}, {"tasks", ""}};
    char *const names[] = {r->data, r->valid, r->init, hr_task_is_file(r->task) ? r->task : ""};
    const char *slash = strrchr(path, '/');
    const int folder = slash ? (int)(slash + 1 - path) : 0;
    hr_status status = HR_OK;
    for (int i = 0; i < 8 && !status; i++) {
        char *name = names[i / 2];
        if (!is_missing(name)) continue;
        status =
            try_place(name, hr_text_format("%.*s%s%s", folder, path, i % 2 ? "../" : "", name));
    }
    for (int i = 0; i < 8 && !status && shipped; i++) {
        char *name = names[i / 2];
        if (!is_missing(name) || strchr(name, '/')) continue;
        const char *suffix = i % 2 ? kind[i / 2][1] : "";
        status =
            try_place(name, hr_text_format("%s/%s/%s%s", shipped, kind[i / 2][0], name, suffix));
    }
    return status;
}

hr_status hr_recipe_read(hr_recipe *r, const char *path) {
    hr_yaml yaml;
    hr_status status = hr_yaml_open(path, &yaml);
    if (status) return status;
    bool task = hr_yaml_find(&yaml, "shape") || hr_yaml_find(&yaml, "sizes");
    if (task || hr_yaml_find(&yaml, "arch.name")) {
        hr_yaml_close(&yaml);
        return hr_fail(HR_ERR_FORMAT, "%s: is no recipe, but %s", path,
                       task ? "a task file; a recipe names it as its task"
                            : "a configuration of the published code, for conversions");
    }
    return read_entries(r, &yaml, path);
}

/* The key of "key=value". */
static hr_status setting_key(const char *setting, hr_key *key) {
    char *name = hr_text_format("%.*s", (int)strcspn(setting, "="), setting);
    hr_status status = name ? find_key(name, key) : HR_ERR_MEM;
    hr_free(name);
    return status;
}

hr_status hr_recipe_set(hr_recipe *r, const char *setting, const char *where) {
    const char *equals = strchr(setting, '=');
    hr_key key;
    if (!equals)
        return hr_fail(HR_ERR_ARG, "%s: \"%.60s\" is not a setting; write key=value", where,
                       setting);
    hr_status status = setting_key(setting, &key);
    if (!status) status = set_value(r, &key, equals + 1);
    if (!status && key.offset == AT(epochs)) r->steps = 0; /* of the two, what was said last */
    return status ? hr_fail_in(status, "%s", where) : HR_OK;
}

/* The last of the settings from `i` on that is of the same key. */
static size_t last_of(const char *const *settings, size_t count, size_t i) {
    hr_key key, other;
    size_t last = i;
    for (size_t k = i + 1; k < count && !setting_key(settings[i], &key); k++)
        if (!setting_key(settings[k], &other) && other.offset == key.offset) last = k;
    return last;
}

hr_status hr_recipe_set_all(hr_recipe *r, const char *const *settings, size_t count, char **idle) {
    hr_buffer out = {0};
    hr_status status = HR_OK;
    bool steps = false, epochs = false;
    for (size_t i = 0; i < count && !status; i++) {
        status = hr_recipe_set(r, settings[i], "settings");
        steps |= !strncmp(settings[i], "steps=", 6);
        epochs |= !strncmp(settings[i], "epochs=", 7);
    }
    if (!status && steps && !epochs && !r->steps)
        status = hr_fail(
            HR_ERR_ARG, "settings: steps=0 leaves it to epochs, of which there are %g; give either",
            r->epochs);
    hr_buffer_add(&out, "", 0);
    for (size_t i = 0, last; i < count && !status; i++)
        if ((last = last_of(settings, count, i)) != i)
            hr_buffer_print(&out, "%s%s, since %s comes after it", out.size ? "; " : "",
                            settings[i], settings[last]);
    if (status || out.failed) hr_buffer_free(&out);
    *idle = out.text;
    return status || *idle ? status : HR_ERR_MEM;
}

hr_status hr_recipe_check(const hr_recipe *r) {
    if (!*r->data)
        return hr_fail(HR_ERR_ARG,
                       "data: no puzzles to train on; set data=FILE.csv or a directory");
    hr_status status = hr_task_check_name(r->task);
    if (status) return status;
    if (!r->steps && r->epochs <= 0)
        return hr_fail(HR_ERR_ARG, "steps: either steps or epochs must be above 0");
    if (*r->valid && !r->eval_every)
        return hr_fail(HR_ERR_ARG, "eval_every: is 0, but valid is set; say how often to evaluate");
    if (r->eval_every && !*r->valid)
        return hr_fail(HR_ERR_ARG, "valid: is empty, but eval_every is set; give puzzles to "
                                   "evaluate on");
    if (!strcmp(r->schedule, "minutes") && !r->minutes)
        return hr_fail(HR_ERR_ARG, "schedule: goes by minutes, but minutes is 0");
    if (r->cooldown > 0 && r->lr_min_ratio == 1)
        return hr_fail(HR_ERR_ARG,
                       "cooldown: lr_min_ratio is 1, so the rate would not fall; say to "
                       "which share of lr");
    if (r->muon_rows && !r->muon)
        return hr_fail(HR_ERR_ARG, "muon_rows: muon is false, so there is no update of Muon's; set "
                                   "muon: true or leave it out");
    if (r->stop_after && !*r->valid)
        return hr_fail(HR_ERR_ARG, "stop_after: valid is empty, so nothing is evaluated");
    const hr_regime *regime = hr_recipe_regime(r);
    if (strcmp(r->arch, "loop") && r->grow_from < 1 && (!regime->resize || r->halt_max_steps == 1))
        return hr_fail(HR_ERR_ARG,
                       "grow_from: arch %s grows by whole segments, and here it has one", r->arch);
    if ((r->puzzle_emb_lr < 0 && r->puzzle_emb_lr != -1) ||
        (r->puzzle_emb_weight_decay < 0 && r->puzzle_emb_weight_decay != -1))
        return hr_fail(HR_ERR_ARG, "puzzle_emb_lr, puzzle_emb_weight_decay: below 0 only -1 means "
                                   "something: as lr, as weight_decay");
    return regime->check ? regime->check(hr_recipe_own(r)) : HR_OK;
}

static bool is_whole(const hr_key *k) {
    return k->type == HR_KEY_INT || k->type == HR_KEY_BYTES;
}

static size_t size_of(const hr_key *k) {
    if (k->type == HR_KEY_BOOL) return sizeof(bool);
    return is_whole(k) || k->type == HR_KEY_REAL ? 8 : HR_RECIPE_TEXT;
}

static bool equal(const hr_recipe *a, const hr_recipe *b, const hr_key *k) {
    const char *x = (const char *)a + k->offset, *y = (const char *)b + k->offset;
    return !memcmp(x, y, size_of(k));
}

hr_status hr_recipe_check_regime(const hr_recipe *r) {
    hr_recipe preset;
    hr_buffer names = {0};
    hr_key k;
    size_t own = AT(own) + (size_t)hr_regime_find(r->regime) * HR_REGIME_KEYS;
    hr_recipe_defaults(&preset);
    for (size_t i = 0; hr_recipe_key(i, &k); i++) {
        bool other = k.offset >= AT(own) && k.offset < AT(own) + sizeof r->own &&
                     (k.offset < own || k.offset >= own + HR_REGIME_KEYS);
        if (other && !equal(r, &preset, &k))
            hr_buffer_print(&names, "%s%s", names.size ? ", " : "", k.name);
    }
    hr_status status = names.failed ? HR_ERR_MEM : HR_OK;
    if (!status && names.size)
        status = hr_fail(HR_ERR_ARG, "%.300s: without effect in regime %s; leave %s out",
                         names.text, r->regime, strchr(names.text, ',') ? "them" : "it");
    hr_buffer_free(&names);
    return status;
}

static bool has_muon(const hr_recipe *r) {
    return r->muon;
}

static bool has_rows(const hr_recipe *r) {
    return r->muon && r->muon_rows;
}

static bool has_adamw(const hr_recipe *r) {
    return !strcmp(r->optimizer, "adamw");
}

static bool has_rotary(const hr_recipe *r) {
    return !strcmp(r->pos, "rope") || !strcmp(r->pos, "rope2d");
}

static bool has_average(const hr_recipe *r) {
    return r->ema > 0;
}

static bool has_growth(const hr_recipe *r) {
    return r->grow_from < 1;
}

static bool has_vectors(const hr_recipe *r) {
    return r->puzzle_emb_ndim != 0;
}

static bool has_two_modules(const hr_recipe *r) {
    return !strcmp(r->arch, "hrm");
}

static bool has_epochs(const hr_recipe *r) {
    return !r->steps;
}

static bool has_valid(const hr_recipe *r) {
    return *r->valid;
}

char *hr_recipe_idle(const hr_recipe *r) {
    static const struct {
        size_t key;
        bool (*used)(const hr_recipe *r);
        const char *why;
    } needs[] = {
        {AT(h_layers), has_two_modules, "arch is not hrm"},
        {AT(rope_theta), has_rotary, "pos is neither rope nor rope2d"},
        {AT(puzzle_emb_len), has_vectors, "puzzle_emb_ndim is 0"},
        {AT(puzzle_emb_lr), has_vectors, "puzzle_emb_ndim is 0"},
        {AT(puzzle_emb_weight_decay), has_vectors, "puzzle_emb_ndim is 0"},
        {AT(epochs), has_epochs, "steps says how many"},
        {AT(grow_by), has_growth, "grow_from is 1"},
        {AT(grow_at), has_growth, "grow_from is 1"},
        {AT(adam_eps), has_adamw, "optimizer is not adamw"},
        {AT(muon_lr), has_muon, "muon is false"},
        {AT(muon_momentum), has_muon, "muon is false"},
        {AT(muon_weight_decay), has_muon, "muon is false"},
        {AT(muon_beta2), has_rows, "muon_rows is false"},
        {AT(ema_warmup), has_average, "ema is 0"},
        {AT(eval_limit), has_valid, "valid is empty"},
    };
    hr_recipe preset;
    hr_buffer out = {0};
    hr_key k;
    hr_recipe_defaults(&preset);
    hr_buffer_add(&out, "", 0);
    for (size_t i = 0; hr_recipe_key(i, &k); i++)
        for (size_t n = 0; n < sizeof needs / sizeof *needs; n++)
            if (needs[n].key == k.offset && !needs[n].used(r) && !equal(r, &preset, &k))
                hr_buffer_print(&out, "%s%s, since %s", out.size ? "; " : "", k.name, needs[n].why);
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}

static int64_t integer_at(const hr_recipe *r, const hr_key *k) {
    int64_t value;
    memcpy(&value, (const char *)r + k->offset, sizeof value);
    return value;
}

static double real_at(const hr_recipe *r, const hr_key *k) {
    double value;
    memcpy(&value, (const char *)r + k->offset, sizeof value);
    return value;
}

double hr_recipe_real(const hr_recipe *r, const char *name) {
    hr_key key;
    return find_key(name, &key) ? NAN : real_at(r, &key);
}

static void print_plain(hr_buffer *out, const hr_recipe *r, const hr_key *k) {
    const char *at = (const char *)r + k->offset;
    char text[HR_REAL_SIZE];
    if (is_whole(k)) hr_buffer_print(out, "%" PRId64, integer_at(r, k));
    else if (k->type == HR_KEY_REAL) {
        hr_text_real(real_at(r, k), text);
        hr_buffer_print(out, "%s", text);
    } else
        hr_buffer_print(out, "%s",
                        k->type != HR_KEY_BOOL ? at
                        : *(const bool *)at    ? "true"
                                               : "false");
}

char *hr_recipe_to_yaml(const hr_recipe *r) {
    hr_key k;
    hr_buffer out = {0};
    for (size_t i = 0; hr_recipe_key(i, &k); i++) {
        hr_buffer_print(&out, "%s: ", k.name);
        if (k.type == HR_KEY_TEXT || k.type == HR_KEY_CHOICE)
            hr_buffer_quote(&out, (const char *)r + k.offset);
        else print_plain(&out, r, &k);
        hr_buffer_print(&out, "\n");
    }
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}

json_t *hr_recipe_to_json(const hr_recipe *r) {
    json_t *object = json_object();
    hr_key key;
    const hr_key *k = &key;
    for (size_t i = 0; object && hr_recipe_key(i, &key); i++) {
        const char *at = (const char *)r + k->offset;
        json_t *value;
        switch (k->type) {
        case HR_KEY_INT:
        case HR_KEY_BYTES:
            value = json_integer(integer_at(r, k));
            break;
        case HR_KEY_REAL:
            value = json_real(real_at(r, k));
            break;
        case HR_KEY_BOOL:
            value = json_boolean(*(const bool *)at);
            break;
        default:
            value = json_string(at);
            break;
        }
        json_object_set_new(object, k->name, value);
    }
    return object;
}

void hr_recipe_forget_running(hr_recipe *r) {
    hr_recipe preset;
    hr_key key;
    const hr_key *k = &key;
    bool timed = !strcmp(r->schedule, "minutes");
    hr_recipe_defaults(&preset);
    for (size_t i = 0; hr_recipe_key(i, &key); i++) {
        if (k->running && !(timed && k->offset == AT(minutes)))
            memcpy((char *)r + k->offset, (const char *)&preset + k->offset, size_of(k));
    }
}

bool hr_recipe_recorded(hr_recipe *recipe, const char *training) {
    json_t *record = training ? json_loads(training, 0, NULL) : NULL;
    const char *yaml = json_string_value(json_object_get(record, "recipe"));
    hr_recipe_defaults(recipe);
    bool good = yaml && !hr_recipe_read_text(recipe, yaml, strlen(yaml), "recipe");
    if (!good) hr_recipe_defaults(recipe);
    if (*recipe->valid && !recipe->eval_every) recipe->eval_every = recipe->save_every;
    if (!recipe->minutes) snprintf(recipe->schedule, sizeof recipe->schedule, "steps");
    json_decref(record);
    return good;
}

/* What may change in a run that goes on: rates and their schedule. */
static bool is_rate(const hr_key *k) {
    static const size_t rates[] = {AT(steps),        AT(epochs),   AT(schedule), AT(lr),
                                   AT(lr_min_ratio), AT(cooldown), AT(muon_lr),  AT(puzzle_emb_lr)};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        if (k->offset == rates[i]) return true;
    return false;
}

const char *hr_recipe_conflict(const hr_recipe *a, const hr_recipe *b) {
    hr_key k;
    for (size_t i = 0; hr_recipe_key(i, &k); i++) {
        bool harmless = k.running || is_rate(&k);
        harmless |= k.offset == AT(data) || k.offset == AT(valid); /* known by their hashes */
        /* What a task file says is part of the data's hash. */
        harmless |= k.offset == AT(task) && hr_task_is_file(a->task) && hr_task_is_file(b->task);
        if (!harmless && !equal(a, b, &k)) return k.name;
    }
    return NULL;
}

/* What the best model is measured by. */
static bool is_measure(const hr_key *k) {
    return k->offset == AT(valid) || k->offset == AT(eval_limit) || !strcmp(k->name, "eval_rounds");
}

char *hr_recipe_changes(const hr_recipe *a, const hr_recipe *b) {
    hr_buffer out = {0};
    hr_key k;
    hr_buffer_print(&out, "%s", "");
    for (size_t i = 0; hr_recipe_key(i, &k); i++) {
        if ((!is_rate(&k) && !is_measure(&k)) || equal(a, b, &k)) continue;
        hr_buffer_print(&out, "%s%s=", out.size ? " " : "", k.name);
        if (k.type == HR_KEY_TEXT) hr_buffer_quote(&out, (const char *)b + k.offset);
        else print_plain(&out, b, &k);
    }
    if (out.failed) hr_buffer_free(&out);
    return out.text;
}
