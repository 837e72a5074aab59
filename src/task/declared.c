/* declared.c - a task of the user's own as a family: judging answers, metadata, owners, views. */
#include "task/declared.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "task/declared_order.h"
#include "task/declared_read.h"
#include "task/declared_rules.h"
#include "task/declared_sets.h"
#include "task/declared_text.h"
#include "task/family.h"

/* What one cell alone tells. */
static hr_verdict check_cell(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                             int i, char *why, size_t why_size) {
    const hr_declared *d = task->declared;
    const int row = i / task->cols + 1, col = i % task->cols + 1;
    const char *names = task->alphabet;
    const uint8_t q = question[i], a = answer[i];
    if (q < task->vocab && d->kept[q]) {
        if (q == a) return HR_SOLVED;
        snprintf(why, why_size, "row %d, column %d: the given %c became %c", row, col, names[q],
                 names[a]);
        return HR_WRONG;
    }
    if (!hr_declared_allows(task, q, a, i, why, why_size)) return HR_WRONG;
    if (!d->in_answer[a] && !(a == d->pad && !d->blank)) {
        snprintf(why, why_size, "row %d, column %d holds %c, which no open cell can", row, col,
                 names[a]);
        return HR_WRONG;
    }
    if (d->pad && a != d->pad && i % task->cols && answer[i - 1] == d->pad) {
        snprintf(why, why_size, "row %d goes on after its end, in column %d", row, col);
        return HR_WRONG;
    }
    return HR_SOLVED;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    hr_verdict verdict =
        hr_task_check_filled(task, answer, task->declared->first, "symbol", why, &why_size);
    if (verdict) return verdict;
    for (int i = 0; i < task->seq; i++) {
        verdict = check_cell(task, question, answer, i, why, why_size);
        if (verdict != HR_SOLVED) return verdict;
    }
    if (task->declared->rule.size) return hr_declared_judge(task, question, answer, why, why_size);
    snprintf(why, why_size, "this task has no rules to check an answer by");
    return HR_UNKNOWN;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void write_json(const hr_task *task, hr_buffer *json) {
    const hr_declared *d = task->declared;
    hr_buffer_print(json, ", \"keys\": {");
    for (size_t i = 0; i < d->entries; i++) {
        hr_buffer_print(json, "%s\"%s\": \"", i ? ", " : "", d->entry[i].key);
        for (const char *p = d->entry[i].value; *p; p++) hr_task_add_byte(json, (unsigned char)*p);
        hr_buffer_add(json, "\"", 1);
    }
    hr_buffer_print(json, "}");
}

static hr_status read_entry(const char *key, const json_t *value, hr_task_entry *out) {
    const char *utf8 = json_string_value(value);
    size_t size = 0;
    if (!utf8) return hr_fail(HR_ERR_FORMAT, "the key \"%.40s\" is not a text", key);
    *out = (hr_task_entry){.key = hr_text_copy(key), .value = hr_alloc(strlen(utf8) + 1)};
    if (!out->key || !out->value) return HR_ERR_MEM;
    if (hr_task_read_bytes(utf8, out->value, strlen(utf8), &size)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "the key \"%.40s\" holds an unknown character", key);
}

static hr_status read_json(json_t *root, hr_task *out) {
    json_t *keys = json_object_get(root, "keys");
    size_t count = json_object_size(keys), n = 0;
    hr_task_entry *entries = HR_NEW(hr_task_entry, count);
    hr_status status = entries ? HR_OK : HR_ERR_MEM;
    const char *key;
    json_t *value;
    if (!json_is_object(keys)) status = hr_fail(HR_ERR_FORMAT, "keys is not an object");
    json_object_foreach(keys, key, value) {
        if (!status) status = read_entry(key, value, &entries[n++]);
    }
    if (!status) status = hr_task_declare(entries, n, NULL, out);
    for (size_t i = 0; i < n; i++) {
        hr_free(entries[i].key);
        hr_free(entries[i].value);
    }
    hr_free(entries);
    return status;
}

/* ---- owners ---------------------------------------------------------------------------------- */

static void hold(const hr_task *task) {
    atomic_fetch_add(&task->declared->owners, 1);
}

static void drop(hr_task *task) {
    hr_declared *d = task->declared;
    if (atomic_fetch_sub(&d->owners, 1) > 1) return;
    for (size_t i = 0; i < d->entries; i++) {
        hr_free(d->entry[i].key);
        hr_free(d->entry[i].value);
    }
    hr_free(d->entry);
    hr_free(d->region);
    hr_declared_free_orders(d);
    hr_buffer_free(&d->rule);
    hr_buffer_free(&d->group);
    hr_buffer_free(&d->cell);
    hr_free(d);
}

/* ---- symmetries, drawn at random ------------------------------------------------------------- */

/* One symmetry: new[i] = token[old[source of i]]. */
typedef struct view {
    int orientation;
    uint32_t rows[HR_LINES_MAX], cols[HR_LINES_MAX];
    uint64_t times[HR_ORDERS_MAX];
    uint8_t token[256];
} view;

/* Shuffles groups of `together` lines, and the lines within each; 0: all stay in place. */
static void shuffle_lines(hr_rng rng, uint64_t stream, int lines, int together, uint32_t *out) {
    uint32_t group[HR_LINES_MAX], line[HR_LINES_MAX];
    if (!together) {
        for (int i = 0; i < lines && i < HR_LINES_MAX; i++) out[i] = (uint32_t)i;
        return;
    }
    hr_rng_permutation(hr_rng_sub(rng, stream), group, (uint32_t)(lines / together));
    for (int g = 0; g < lines / together; g++) {
        hr_rng own = hr_rng_sub(hr_rng_sub(rng, stream + 1), (uint64_t)g);
        hr_rng_permutation(own, line, (uint32_t)together);
        for (int i = 0; i < together; i++)
            out[g * together + i] = group[g] * (uint32_t)together + line[i];
    }
}

/* Maps tokens once more, by `swap`. */
static void exchange(uint8_t *token, const uint8_t *swap) {
    for (int t = 0; t < 256; t++) token[t] = swap[token[t]];
}

static int draw_orientation(const hr_declared *d, hr_rng rng) {
    int count = __builtin_popcount(d->orientations), at = -1;
    int nth = (int)hr_rng_below(rng, 0, (uint64_t)count);
    do at++;
    while (!(d->orientations >> at & 1) || nth-- > 0);
    return at;
}

static void draw_view(const hr_task *task, hr_rng rng, view *v) {
    const hr_declared *d = task->declared;
    uint32_t order[256];
    for (int t = 0; t < 256; t++) v->token[t] = (uint8_t)t;
    v->orientation = draw_orientation(d, hr_rng_sub(rng, 0));
    for (int k = 0; k < 3; k++)
        if (v->orientation >> k & 1) exchange(v->token, d->swap[k]);
    if (d->reverse && hr_rng_below(hr_rng_sub(rng, 1), 0, 2))
        exchange(v->token, d->swap[HR_SWAP_REVERSE]);
    if (d->symbols) {
        uint8_t moved[256];
        for (int t = 0; t < 256; t++) moved[t] = (uint8_t)t;
        hr_rng_permutation(hr_rng_sub(rng, 2), order, (uint32_t)d->answers);
        for (int s = 0; s < d->answers; s++) moved[d->answer[s]] = d->answer[order[s]];
        exchange(v->token, moved);
    }
    hr_declared_map_sets(d, v->token);
    shuffle_lines(rng, 3, task->rows, d->band, v->rows);
    shuffle_lines(rng, 5, task->cols, d->stack, v->cols);
    hr_declared_draw_orders(d, hr_rng_sub(rng, 8), v->times);
}

/* The cell that a view shows in row r, column c: first its cells are put in other orders, then the
 * grid is oriented, then its lines are shuffled. */
static int source(const hr_task *task, const view *v, int r, int c) {
    if (task->declared->band) r = (int)v->rows[r];
    if (task->declared->stack) c = (int)v->cols[c];
    if (v->orientation & HR_ORIENT_FLIP) r = task->rows - 1 - r;
    if (v->orientation & HR_ORIENT_MIRROR) c = task->cols - 1 - c;
    int cell = v->orientation & HR_ORIENT_TRANSPOSE ? c * task->cols + r : r * task->cols + c;
    return hr_declared_ordered(task->declared, v->times, cell);
}

static void apply(const hr_task *task, const view *v, const uint8_t *in, uint8_t *out) {
    for (int r = 0, i = 0; r < task->rows; r++)
        for (int c = 0; c < task->cols; c++, i++) out[i] = v->token[in[source(task, v, r, c)]];
}

static void augment(const hr_task *task, hr_rng rng, const uint8_t *question, const uint8_t *answer,
                    uint8_t *question_out, uint8_t *answer_out) {
    view v;
    draw_view(task, rng, &v);
    apply(task, &v, question, question_out);
    apply(task, &v, answer, answer_out);
    if (!task->declared->question_order) return;
    hr_rng order = hr_rng_sub(rng, 7);
    int size = task->seq;
    while (task->declared->pad && size && question_out[size - 1] == task->declared->pad) size--;
    for (int i = size - 1; i > 0; i--) {
        uint64_t j = hr_rng_below(order, (uint64_t)i, (uint64_t)i + 1);
        uint8_t kept = question_out[i];
        question_out[i] = question_out[j];
        question_out[j] = kept;
    }
}

const char *hr_declared_claim(const hr_task *task, int k, hr_rng rng, const uint8_t *pair[2],
                              uint8_t *out[2]) {
    static const char *const words[] = {"symbols",
                                        "reverse",
                                        "question order",
                                        "rows, or bands",
                                        "columns, or stacks",
                                        "turns and mirrors",
                                        "cells in order"};
    enum { WORDS = sizeof words / sizeof *words };
    const hr_declared *d = task->declared;
    const bool claimed[WORDS] = {d->symbols,    d->reverse,    d->question_order,
                                 d->band != 0,  d->stack != 0, d->orientations != 1,
                                 d->orders != 0};
    int w = 0;
    while (w < WORDS && (!claimed[w] || k-- > 0)) w++;
    if (w == WORDS) return NULL;
    hr_declared one;
    hr_task alone = *task;
    memcpy(&one, d, sizeof one);
    one.symbols = w == 0;
    one.reverse = w == 1;
    one.question_order = w == 2;
    if (w != 3) one.band = 0;
    if (w != 4) one.stack = 0;
    if (w != 5) one.orientations = 1;
    if (w != 6) one.orders = 0;
    alone.declared = &one;
    augment(&alone, rng, pair[0], pair[1], out[0], out[1]);
    return words[w];
}

static void symmetry(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token) {
    view v;
    draw_view(task, rng, &v);
    for (int r = 0, i = 0; r < task->rows; r++)
        for (int c = 0; c < task->cols; c++, i++) cell[i] = (uint32_t)source(task, &v, r, c);
    memcpy(token, v.token, (size_t)task->vocab);
}

/* ---- the family ------------------------------------------------------------------------------ */

static void look(const hr_task *task, uint8_t token, hr_look *out) {
    out->nothing = token && token == task->declared->pad;
    if (token && token == task->declared->blank) out->glyph = 0;
}

#define COMMON                                                                                     \
    .name = "declared", .write_json = write_json, .read_json = read_json,                          \
    .parse = hr_declared_parse, .format = hr_declared_format, .check = check,                      \
    .hopeless = hr_declared_hopeless, .group = hr_declared_group, .look = look, .hold = hold,      \
    .drop = drop

#define SYMMETRY   .augment = augment, .symmetry = symmetry
#define CANDIDATES .candidates = hr_declared_candidates

const hr_task_ops hr_family_declared = {COMMON};
static const hr_task_ops with_symmetry = {COMMON, SYMMETRY}, with_sets = {COMMON, CANDIDATES},
                         with_both = {COMMON, SYMMETRY, CANDIDATES};

/* The members of the task that follow from the keys. */
static void finish(hr_task *task) {
    const hr_declared *d = task->declared;
    bool giving = d->blank != 0, sets = d->first > d->blank + 1;
    task->rules = !d->rule.size ? HR_RULES_NONE : d->complete ? HR_RULES_ALL : HR_RULES_SOME;
    for (int t = d->first; t < task->vocab; t++) giving &= d->kept[t];
    task->symbols = giving ? task->vocab - d->first : 0;
    bool last = d->symbols && d->answer[0] == task->vocab - d->answers;
    task->alike = last ? d->answers : 0;
    task->padding = d->pad;
    task->blank = d->blank;
    task->region = d->region;
    if (sets) task->ops = &with_sets;
    if (d->symbols || d->reverse || d->question_order || d->band || d->stack ||
        d->orientations != 1 || d->orders)
        task->ops = sets ? &with_both : &with_symmetry;
}

hr_status hr_task_declare(const hr_task_entry *entries, size_t count, const hr_task_survey *survey,
                          hr_task *out) {
    *out = (hr_task){.ops = &hr_family_declared, .declared = HR_NEW(hr_declared, 1)};
    if (!out->declared) return HR_ERR_MEM;
    atomic_init(&out->declared->owners, 1);
    hr_status status = hr_declared_read(entries, count, survey, out);
    if (!status) finish(out);
    else hr_task_free(out);
    if (status) *out = (hr_task){0};
    return status;
}

const hr_task_entry *hr_declared_word(const char *word) {
    static char key[] = "sizes", value[] = "varying";
    static const hr_task_entry sequence = {key, value, 0, 0};
    return strcmp(word, "sequence") ? NULL : &sequence;
}
