/* dataset_dir.c - directories in the published layout: dataset.json, and five .npy files for each
 * of the sets that it names, whose examples are joined. Nothing in them is trusted: lengths must
 * agree, indices must rise, tokens must be in the vocabulary. */
#include "data/dataset_dir.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "data/dataset_arc.h"
#include "data/dataset_arrays.h"
#include "task/dihedral.h"
#include "task/numbers.h"

typedef struct header {
    char *trained_on; /* as in hr_dataset */
    size_t trained_on_count;
    int64_t seq, vocab, ignore, identifiers;
    int64_t larger;          /* as in hr_dataset */
    int64_t share;           /* likewise */
    int64_t numbers;         /* beside each cell; 0: there are none */
    int64_t puzzles, groups; /* in all; -1: it does not say */
    bool boxed;
    bool views, shift; /* inputs and labels are made: see dataset_arc.h */
    int64_t seed, side;
    json_t *sets; /* their names */
} header;

static hr_status read_views(const json_t *root, header *out) {
    const json_t *views = json_object_get(root, "views");
    if (!views) return HR_OK;
    out->views = true;
    hr_status status = hr_json_bool(views, "shift", true, &out->shift);
    if (!status) status = hr_json_int(views, "seed", true, 0, INT64_MAX, &out->seed);
    out->side = HR_ARC_SIDE;
    if (!status) status = hr_json_int(views, "side", false, 1, HR_ARC_SIDE, &out->side);
    if (!status) status = hr_json_bool(views, "boxed", false, &out->boxed);
    if (!status) status = hr_json_int(views, "share", false, 0, HR_DIHEDRAL, &out->share);
    if (!status && out->share && (out->share != HR_DIHEDRAL || out->identifiers % HR_DIHEDRAL != 1))
        status = hr_fail(HR_ERR_FORMAT, "share is %d, which %d identifiers do not bear out",
                         (int)out->share, (int)out->identifiers);
    if (!status && out->seq != out->side * out->side)
        status = hr_fail(HR_ERR_FORMAT, "side is %d, which does not make the %d cells of seq_len",
                         (int)out->side, (int)out->seq);
    if (!status && (out->vocab != HR_ARC_VOCAB || out->ignore != 0))
        status = hr_fail(HR_ERR_FORMAT, "views are of other sizes than ARC's");
    return status ? hr_fail_in(status, "views") : HR_OK;
}

static hr_status read_trained_on(const json_t *root, header *out) {
    json_t *ids = json_object_get(root, "trained_on");
    if (!ids) return HR_OK;
    if (!json_is_array(ids)) return hr_fail(HR_ERR_FORMAT, "trained_on is not a list");
    out->trained_on_count = json_array_size(ids);
    return hr_json_text(json_incref(ids), 0, "trained_on", &out->trained_on);
}

static hr_status read_sets(const json_t *root, header *out) {
    json_t *sets = json_object_get(root, "sets"), *set;
    size_t i;
    out->sets = sets ? json_incref(sets) : json_pack("[s]", "all");
    bool good = json_is_array(out->sets) && json_array_size(out->sets) > 0;
    json_array_foreach(out->sets, i, set) {
        const char *name = json_string_value(set);
        good &= name && *name && !strchr(name, '/');
        for (size_t k = 0; good && k < i; k++)
            good = !json_equal(set, json_array_get(out->sets, k));
    }
    if (!good) return hr_fail(HR_ERR_FORMAT, "sets is not a list of names, none of them twice");
    if (!out->views || (json_array_size(out->sets) == 1 &&
                        !strcmp(json_string_value(json_array_get(out->sets, 0)), "all")))
        return HR_OK;
    return hr_fail(HR_ERR_FORMAT, "sets: where examples are made, \"all\" is the only one");
}

enum { MANY = INT32_MAX };

static hr_status read_header(const char *dir, header *out) {
    json_t *root = NULL;
    char *path = hr_text_format("%s/dataset.json", dir);
    if (!path) return HR_ERR_MEM;
    hr_status status = HR_OK;
    if (!hr_os_is_file(path)) {
        char *train = hr_text_format("%s/train/dataset.json", dir);
        bool above = train && hr_os_is_file(train);
        hr_free(train);
        status = above
                     ? hr_fail(HR_ERR_IO, "%s: holds train and test data; give %s/train", dir, dir)
                     : hr_fail(HR_ERR_IO,
                               "%s: is a directory without dataset.json; give a CSV "
                               "file or a directory in the published layout",
                               dir);
    } else if (!(status = hr_json_open(path, &root))) {
        out->ignore = -1;
        status = hr_json_int(root, "seq_len", true, 1, 1 << 20, &out->seq);
        if (!status) status = hr_json_int(root, "vocab_size", true, 2, 256, &out->vocab);
        if (!status)
            status =
                hr_json_int(root, "num_puzzle_identifiers", true, 1, INT32_MAX, &out->identifiers);
        if (!status && !json_is_null(json_object_get(root, "ignore_label_id")))
            status =
                hr_json_int(root, "ignore_label_id", false, INT32_MIN, INT32_MAX, &out->ignore);
        if (!status)
            status = hr_json_int(root, "numbers", false, 0, HR_TASK_NUMBERS_MAX, &out->numbers);
        if (!status) status = read_views(root, out);
        if (!status) status = read_sets(root, out);
        if (!status) status = read_trained_on(root, out);
        out->puzzles = out->groups = -1;
        if (!status) status = hr_json_int(root, "total_puzzles", false, 0, MANY, &out->puzzles);
        if (!status) status = hr_json_int(root, "total_groups", false, 0, MANY, &out->groups);
        if (!status) status = hr_json_int(root, "larger", false, 0, INT32_MAX, &out->larger);
        if (status) status = hr_fail_in(status, "%s", path);
    }
    json_decref(root);
    hr_free(path);
    return status;
}

enum { INPUTS, LABELS, IDS, PUZZLES, GROUPS, ARRAYS };
static const char *const array_name[ARRAYS] = {"inputs", "labels", "puzzle_identifiers",
                                               "puzzle_indices", "group_indices"};

typedef struct set {
    const char *name;
    hr_npy a[ARRAYS];
    hr_npy numbers;
} set;

enum { TORCH_IGNORE = -100 }; /* what PyTorch's losses leave out unless told otherwise */

/* Labels that say what is not asked by a number that is no token; they become 0. */
typedef struct unasked {
    size_t count;
    const set *zero; /* where a label is 0 that counts; NULL: there is none */
    size_t at;
} unasked;

static hr_status refuse_token(const hr_dataset *d, const set *s, int which, size_t at,
                              const char *what) {
    size_t seq = (size_t)d->task.seq, cell = at % seq, cols = (size_t)d->task.cols;
    return hr_fail(HR_ERR_FORMAT, "%s/%s__%s.npy: example %zu, row %zu, column %zu: %s", d->path,
                   s->name, array_name[which], at / seq, cell / cols + 1, cell % cols + 1, what);
}

static hr_status copy_tokens(const hr_dataset *d, const set *s, int which, const header *h,
                             uint8_t *out, unasked *u) {
    const hr_tensor *t = &s->a[which].tensor;
    for (size_t i = 0; i < t->count; i++) {
        double value = hr_tensor_at(t, i);
        bool token = value >= 0 && value < (double)h->vocab;
        if (which == LABELS && !token && (value == (double)h->ignore || value == TORCH_IGNORE)) {
            u->count++;
            value = 0;
        } else if (!token) {
            char what[96];
            snprintf(what, sizeof what,
                     "token %.0f is not from 0 to %d (vocab_size of dataset.json)", value,
                     (int)h->vocab - 1);
            return refuse_token(d, s, which, i, what);
        } else if (which == LABELS && !u->zero && value == 0 && h->ignore != 0) {
            u->zero = s;
            u->at = i;
        }
        out[i] = (uint8_t)value;
    }
    return HR_OK;
}

/* Sets which labels are ignored, after all were copied. */
static hr_status settle_ignore(hr_dataset *d, const header *h, const unasked *u) {
    d->ignore = u->count ? 0 : h->ignore < h->vocab ? (int)h->ignore : -1;
    if (!u->count || !u->zero) return HR_OK;
    return refuse_token(
        d, u->zero, LABELS, u->at,
        "is 0, which counts as an answer where others are left out by a number that "
        "is no token; with ignore_label_id 0 in dataset.json, let 0 stand for those");
}

/* Copies starts of ranges, which must rise from 0 to `end`, and adds `base` to each. */
static hr_status copy_starts(const char *dir, const set *s, int which, size_t base, size_t end,
                             int32_t *out) {
    const hr_tensor *t = &s->a[which].tensor;
    double before = 0;
    for (size_t i = 0; i < t->count; i++) {
        double value = hr_tensor_at(t, i);
        bool edge = (i == 0 && value != 0) || (i + 1 == t->count && value != (double)end);
        if (edge || value < before || value > (double)end)
            return hr_fail(HR_ERR_FORMAT,
                           "%s/%s__%s.npy: entry %zu is %.0f; entries must rise from 0 to %zu", dir,
                           s->name, array_name[which], i, value, end);
        out[i] = (int32_t)(base + (size_t)value);
        before = value;
    }
    return HR_OK;
}

static hr_status check_arrays(const char *dir, const set *s, const header *h) {
    const hr_npy *a = s->a;
    const int64_t *inputs = a[INPUTS].tensor.shape, *labels = a[LABELS].tensor.shape;
    if (!h->views && (inputs[1] != h->seq || labels[0] != inputs[0] || labels[1] != h->seq))
        return hr_fail(HR_ERR_FORMAT,
                       "%s: %s__inputs.npy is %" PRId64 " x %" PRId64 ", %s__labels.npy %" PRId64
                       " x %" PRId64 "; both should be examples x %d, the seq_len of dataset.json",
                       dir, s->name, inputs[0], inputs[1], s->name, labels[0], labels[1],
                       (int)h->seq);
    if (a[GROUPS].tensor.count && a[PUZZLES].tensor.count == a[IDS].tensor.count + 1) return HR_OK;
    return hr_fail(HR_ERR_FORMAT,
                   "%s: %s__puzzle_indices.npy has %zu entries, puzzle_identifiers %zu and "
                   "group_indices %zu; indices need one entry more than what they divide",
                   dir, s->name, a[PUZZLES].tensor.count, a[IDS].tensor.count,
                   a[GROUPS].tensor.count);
}

/* The numbers beside the cells of its questions: examples x cells x numbers of a cell. */
static hr_status open_numbers(const hr_dataset *d, set *s, const header *h) {
    if (!h->numbers) return HR_OK;
    hr_status status = hr_dataset_open_reals(d->path, s->name, "numbers", 3, &s->numbers);
    const int64_t *shape = s->numbers.tensor.shape, *inputs = s->a[INPUTS].tensor.shape;
    if (status || (shape[0] == inputs[0] && shape[1] == h->seq && shape[2] == h->numbers))
        return status;
    return hr_fail(HR_ERR_FORMAT,
                   "%s: %s__numbers.npy is %" PRId64 " x %" PRId64 " x %" PRId64
                   "; it should be %" PRId64 " x %d x %d: examples, cells, numbers of a cell",
                   d->path, s->name, shape[0], shape[1], shape[2], inputs[0], (int)h->seq,
                   (int)h->numbers);
}

static hr_status copy_numbers(const hr_dataset *d, const set *s, float *out) {
    const hr_tensor *t = &s->numbers.tensor;
    size_t each = (size_t)d->task.numbers, seq = (size_t)d->task.seq;
    for (size_t i = 0; i < t->count; i++) {
        double value = hr_tensor_at(t, i);
        if (!hr_task_number_fits(value))
            return hr_fail(HR_ERR_FORMAT,
                           "%s/%s__numbers.npy: example %zu, cell %zu, number %zu is %g, not "
                           "between %g and %g",
                           d->path, s->name, i / each / seq, i / each % seq, i % each, value,
                           -HR_NUMBER_MOST, HR_NUMBER_MOST);
        out[i] = (float)value;
    }
    return HR_OK;
}

static hr_status copy_ids(const char *dir, const set *s, const header *h, int32_t *out) {
    const hr_tensor *t = &s->a[IDS].tensor;
    for (size_t i = 0; i < t->count; i++) {
        double id = hr_tensor_at(t, i);
        if (id < 0 || id >= (double)h->identifiers)
            return hr_fail(HR_ERR_FORMAT,
                           "%s/%s__%s.npy: puzzle %zu has identifier %.0f, which is not from 0 to "
                           "%d (num_puzzle_identifiers of dataset.json)",
                           dir, s->name, array_name[IDS], i, id, (int)h->identifiers - 1);
        out[i] = (int32_t)id;
    }
    return HR_OK;
}

/* Refuses empty groups and puzzles, which a sampler could not draw from. */
static hr_status check_filled(const hr_dataset *d) {
    for (size_t p = 0; p < d->puzzles; p++)
        if (d->puzzle_start[p] == d->puzzle_start[p + 1])
            return hr_fail(HR_ERR_FORMAT, "%s: puzzle %zu has no example", d->path, p);
    for (size_t g = 0; g < d->groups; g++)
        if (d->group_start[g] == d->group_start[g + 1])
            return hr_fail(HR_ERR_FORMAT, "%s: group %zu has no puzzle", d->path, g);
    return HR_OK;
}

/* How much a set holds, or where it begins among all sets. */
typedef struct place {
    size_t examples, puzzles, groups;
} place;

static hr_status size_of(const char *dir, const set *s, const header *h, place *out) {
    *out = (place){h->views ? 0 : (size_t)s->a[INPUTS].tensor.shape[0], s->a[IDS].tensor.count,
                   s->a[GROUPS].tensor.count - 1};
    double last = hr_tensor_at(&s->a[PUZZLES].tensor, out->puzzles);
    if (!h->views) return HR_OK;
    if (!(last >= 0 && last <= INT32_MAX))
        return hr_fail(HR_ERR_FORMAT, "%s: puzzle_indices end at %.0f", dir, last);
    out->examples = (size_t)last;
    return HR_OK;
}

static hr_status fill_set(hr_dataset *d, const set *s, const header *h, place *at, unasked *u) {
    place size;
    size_t cell = at->examples * (size_t)h->seq;
    hr_status status = size_of(d->path, s, h, &size);
    if (!status && !h->views) status = copy_tokens(d, s, INPUTS, h, d->inputs + cell, u);
    if (!status && !h->views) status = copy_tokens(d, s, LABELS, h, d->labels + cell, u);
    if (!status && h->numbers) status = copy_numbers(d, s, d->numbers + cell * (size_t)h->numbers);
    if (!status) status = copy_ids(d->path, s, h, d->puzzle_id + at->puzzles);
    if (!status)
        status = copy_starts(d->path, s, PUZZLES, at->examples, size.examples,
                             d->puzzle_start + at->puzzles);
    if (!status)
        status =
            copy_starts(d->path, s, GROUPS, at->puzzles, size.puzzles, d->group_start + at->groups);
    at->examples += size.examples;
    at->puzzles += size.puzzles;
    at->groups += size.groups;
    return status;
}

/* Where dataset.json counts what its arrays do not hold, a part may be missing. Published builders
 * count copies of a puzzle as one, or each. */
static hr_status check_totals(const hr_dataset *d, const header *h) {
    int64_t puzzles = (int64_t)d->puzzles, groups = (int64_t)d->groups;
    bool bad = h->puzzles >= 0 && h->puzzles != puzzles && h->puzzles != groups;
    if (!bad && (h->groups < 0 || h->groups == groups)) return HR_OK;
    return hr_fail(HR_ERR_FORMAT,
                   "%s/dataset.json: %s is %d, but the arrays hold %zu; is a part of them missing?",
                   d->path, bad ? "total_puzzles" : "total_groups",
                   (int)(bad ? h->puzzles : h->groups), bad ? d->puzzles : d->groups);
}

static hr_status fill(hr_dataset *d, const set *sets, size_t count, const header *h) {
    place all = {0}, at = {0}, size;
    unasked u = {0};
    hr_status status = HR_OK;
    for (size_t i = 0; i < count && !status; i++) {
        status = size_of(d->path, &sets[i], h, &size);
        all.examples += size.examples;
        all.puzzles += size.puzzles;
        all.groups += size.groups;
    }
    if (!status)
        status = (h->views ? hr_dataset_allocate_made
                           : hr_dataset_allocate)(d, all.examples, all.puzzles, all.groups);
    if (!status) status = hr_dataset_allocate_numbers(d, all.examples);
    for (size_t i = 0; i < count && !status; i++) status = fill_set(d, &sets[i], h, &at, &u);
    if (!status) status = settle_ignore(d, h, &u);
    if (!status) status = check_filled(d);
    if (!status) status = check_totals(d, h);
    if (!status && h->views)
        status = hr_dataset_read_arc(d, (int)h->side, h->shift, (uint64_t)h->seed);
    return status;
}

static hr_status read_arrays(hr_dataset *d, const header *h) {
    size_t count = json_array_size(h->sets);
    set *sets = HR_NEW(set, count);
    hr_status status = sets ? HR_OK : HR_ERR_MEM;
    d->identifiers = (int)h->identifiers;
    d->share = (int)h->share;
    d->boxed = h->boxed;
    for (size_t k = 0; k < count && !status; k++) {
        set *s = &sets[k];
        s->name = json_string_value(json_array_get(h->sets, k));
        for (int i = h->views ? IDS : INPUTS; !status && i < ARRAYS; i++)
            status = hr_dataset_open_array(d->path, s->name, array_name[i], i <= LABELS ? 2 : 1,
                                           &s->a[i]);
        if (!status) status = check_arrays(d->path, s, h);
        if (!status) status = open_numbers(d, s, h);
    }
    if (!status) status = fill(d, sets, count, h);
    for (size_t k = 0; sets && k < count; k++) {
        for (int i = 0; i < ARRAYS; i++) hr_npy_close(&sets[k].a[i]);
        hr_npy_close(&sets[k].numbers);
    }
    hr_free(sets);
    return status;
}

/* Adds examples as text, as tables have them; pair: (2 (seq + 1)). */
static hr_status survey_examples(const hr_dataset *d, hr_task_survey *survey, char *pair) {
    size_t seq = (size_t)d->task.seq;
    char *answer = pair + seq + 1;
    hr_status status = HR_OK;
    for (size_t i = 0; i < d->examples && !status; i++) {
        const uint8_t *a = d->labels + i * seq;
        bool known = d->ignore < 0 || !memchr(a, d->ignore, seq);
        d->task.ops->format(&d->task, d->inputs + i * seq, pair);
        d->task.ops->format(&d->task, a, answer);
        survey->line = (long)i;
        status =
            hr_task_survey_add(survey, pair, strlen(pair), known ? answer : NULL, strlen(answer));
    }
    return status;
}

/* Sizes alone may suggest the wrong family: then the puzzles are plain grids. Mistakes in a few
 * examples, or in the answers alone, are refused. */
static hr_status settle_task(hr_dataset *d, const hr_task_choice *choice) {
    size_t seq = (size_t)d->task.seq, i = 0;
    char why[96];
    hr_task told = {0};
    if (d->make || choice->letters) return HR_OK; /* of one family, or of the one that is named */
    while (i < d->examples && hr_dataset_fits(d, d->inputs + i * seq, d->labels + i * seq, why))
        i++;
    if (i == d->examples) return HR_OK;
    hr_task_survey survey = hr_task_choice_survey(choice);
    survey.most = d->bad != NULL;
    survey.varying = true;
    survey.lists = true; /* tokens, whatever they are written as */
    survey.place = "example";
    char *pair = hr_alloc(2 * (seq + 1));
    hr_status status = pair ? survey_examples(d, &survey, pair) : HR_ERR_MEM;
    hr_free(pair);
    if (!status) status = hr_task_survey_end(&survey, &told);
    if (status) return hr_fail_in(status, "%s", d->path);
    return told.ops == d->task.ops ? HR_OK : hr_task_plain(&d->task, &d->task);
}

/* Once the task is known: what is padding in some is none in others. */
static hr_status check_questions(const hr_dataset *d) {
    hr_status status = HR_OK;
    for (size_t i = 0; !d->make && i < d->examples && !status; i++) {
        status = hr_task_check_question(&d->task, d->inputs + i * (size_t)d->task.seq);
        if (status) return hr_fail_in(status, "%s: example %zu", d->path, i);
    }
    return status;
}

hr_status hr_dataset_read_dir(hr_dataset *d, const hr_task_choice *task, const hr_task *expect) {
    header h = {0};
    hr_task own = {0};
    hr_status status = read_header(d->path, &h);
    d->trained_on = h.trained_on;
    d->trained_on_count = h.trained_on_count;
    d->larger = (size_t)h.larger;
    if (!status && !expect && task->declared) {
        status = hr_task_choice_make(task, NULL, &own);
        expect = &own;
    }
    if (!status && expect && (expect->seq != h.seq || expect->vocab != h.vocab))
        status = hr_fail(HR_ERR_TASK, "%s: has %d cells and vocabulary %d; %d and %d are expected",
                         d->path, (int)h.seq, (int)h.vocab, expect->seq, expect->vocab);
    int numbers = expect ? expect->numbers : 0;
    if (!status && h.numbers != numbers)
        status = hr_fail(HR_ERR_TASK,
                         "%s: has %d number%s beside each cell (numbers of dataset.json), and its "
                         "task %d; take the task file that it was made for",
                         d->path, (int)h.numbers, h.numbers == 1 ? "" : "s", numbers);
    if (!status && expect) d->task = hr_task_copy(expect);
    else if (!status) status = hr_task_of_sizes((int)h.seq, (int)h.vocab, task->name, &d->task);
    hr_task_free(&own);
    if (!status) status = read_arrays(d, &h);
    if (!status && !expect) status = settle_task(d, task);
    if (!status) status = check_questions(d);
    json_decref(h.sets);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct arrays_out {
    uint8_t *tokens[2];                       /* inputs, labels */
    float *numbers;                           /* or NULL */
    uint32_t *cell;                           /* scratch */
    int32_t *id, *puzzle_start, *group_start; /* as in hr_dataset, copies included */
    size_t examples, puzzles;
} arrays_out;

static void build(const hr_dataset *d, int copies, uint64_t seed, arrays_out *out) {
    size_t seq = (size_t)d->task.seq, numbers = hr_task_number_count(&d->task);
    for (size_t g = 0; g < d->groups; g++) {
        for (int32_t p = d->group_start[g]; p < d->group_start[g + 1]; p++)
            for (int copy = 0; copy <= copies; copy++) {
                for (int32_t e = d->puzzle_start[p]; e < d->puzzle_start[p + 1]; e++) {
                    size_t i = out->examples++;
                    const hr_copied to = {out->tokens[0] + i * seq, out->tokens[1] + i * seq,
                                          numbers ? out->numbers + i * numbers : NULL, out->cell};
                    hr_dataset_copy(d, (size_t)p, (size_t)e, copy, seed, &to);
                }
                out->id[out->puzzles++] = d->puzzle_id[p];
                out->puzzle_start[out->puzzles] = (int32_t)out->examples;
            }
        out->group_start[g + 1] = (int32_t)out->puzzles;
    }
}

/* Copies DIR/../NAME of the source into `above` where there is one. */
static hr_status copy_beside(const hr_dataset *d, const char *above, const char *name,
                             bool *there) {
    char *from = hr_dataset_beside(d, name);
    char *to = hr_text_format("%s/%s", above, name);
    hr_file file;
    hr_status status = to ? HR_OK : HR_ERR_MEM;
    *there = !status && from;
    if (*there) status = hr_os_load(from, &file);
    if (!status && *there) {
        status = hr_os_write_file(to, file.data, file.size);
        hr_os_unload(&file);
    }
    hr_free(from);
    hr_free(to);
    return status;
}

/* Names for the puzzles of a source without names. */
static json_t *made_up_names(const hr_dataset *d) {
    json_t *names = json_pack("[s]", "<blank>");
    for (int i = 1; names && i < d->identifiers; i++) {
        char name[24];
        snprintf(name, sizeof name, "puzzle_%d", i);
        json_array_append_new(names, json_string(name));
    }
    return names;
}

/* What identifiers.json is to hold. */
static hr_status names_text(const hr_dataset *d, hr_file *out) {
    char *from = hr_dataset_beside(d, "identifiers.json"), *text = NULL;
    hr_status status =
        from ? hr_os_load(from, out) : hr_json_text(made_up_names(d), 0, "identifiers.json", &text);
    if (!from && !status) *out = (hr_file){(const unsigned char *)text, strlen(text)};
    hr_free(from);
    return status;
}

/* Refuses other names in the place of those that the other split's puzzles have. */
static hr_status keep_names(const hr_dataset *d, const char *above, bool train) {
    const char *other = train ? "test" : "train";
    char *split = hr_text_format("%s%s/dataset.json", above, other);
    char *path = hr_text_format("%sidentifiers.json", above);
    hr_file old = {0}, new = {0};
    hr_status status = split && path ? HR_OK : HR_ERR_MEM;
    bool there = !status && hr_os_is_file(split) && hr_os_is_file(path);
    if (there) status = hr_os_load(path, &old);
    if (there && !status) status = names_text(d, &new);
    if (there && !status && (old.size != new.size || memcmp(old.data, new.data, old.size)))
        status = hr_fail(HR_ERR_ARG,
                         "%s: names the puzzles of %s beside it, and these data have other names; "
                         "write them to another place",
                         path, other);
    hr_os_unload(&old);
    hr_os_unload(&new);
    hr_free(split);
    hr_free(path);
    return status;
}

/* identifiers.json belongs beside the split folder, which is one if its name is train or test. */
static hr_status write_identifiers(const hr_dataset *d, const char *dir) {
    size_t size = strlen(dir);
    while (size > 1 && dir[size - 1] == '/') size--;
    size_t base = size;
    while (base && dir[base - 1] != '/') base--;
    bool split = (size - base == 5 && !memcmp(dir + base, "train", 5)) ||
                 (size - base == 4 && !memcmp(dir + base, "test", 4));
    if (!split) return HR_OK;
    char *above = base ? hr_text_format("%.*s", (int)base, dir) : hr_text_copy("./");
    bool named = false, there;
    hr_status status = above ? keep_names(d, above, size - base == 5) : HR_ERR_MEM;
    if (!status) status = copy_beside(d, above, "identifiers.json", &named);
    if (!status) status = copy_beside(d, above, "test_puzzles.json", &there);
    if (!status) status = copy_beside(d, above, HR_ARC_LEFT_OUT, &there);
    if (!status && !named)
        status = hr_dataset_write_json(above, "identifiers.json", made_up_names(d));
    hr_free(above);
    return status;
}

static hr_status write_all(const hr_dataset *d, const char *dir, const arrays_out *out) {
    size_t seq = (size_t)d->task.seq;
    const hr_dataset_array arrays[ARRAYS] = {
        {array_name[INPUTS], HR_U8, out->tokens[0], out->examples, seq},
        {array_name[LABELS], HR_U8, out->tokens[1], out->examples, seq},
        {array_name[IDS], HR_I32, out->id, out->puzzles, 0},
        {array_name[PUZZLES], HR_I32, out->puzzle_start, out->puzzles + 1, 0},
        {array_name[GROUPS], HR_I32, out->group_start, d->groups + 1, 0},
    };
    hr_os_hold(); /* so that a full disk leaves what was there */
    hr_status status = hr_dataset_void_dir(dir);
    if (!status) status = hr_dataset_write_arrays(dir, arrays, ARRAYS);
    if (!status && out->numbers)
        status = hr_dataset_write_numbers(dir, &d->task, out->numbers, out->examples);
    if (!status) status = write_identifiers(d, dir);
    if (!status)
        status = hr_dataset_write_json(dir, "dataset.json",
                                       hr_dataset_header(d, out->examples, out->puzzles));
    return hr_os_release(status);
}

hr_status hr_dataset_write_dir(const hr_dataset *d, const char *dir, int copies, uint64_t seed) {
    if (d->share)
        return hr_fail(
            HR_ERR_TASK,
            "%s: copies in other colours share a puzzle here, and the published layout has "
            "no place for their colours; build the data without shared vectors to export "
            "them",
            d->path);
    size_t times = (size_t)copies + 1, cells = hr_mul(d->examples * times, (size_t)d->task.seq);
    arrays_out out = {
        .tokens = {HR_NEW(uint8_t, cells), HR_NEW(uint8_t, cells)},
        .id = HR_NEW(int32_t, d->puzzles * times),
        .puzzle_start = HR_NEW(int32_t, d->puzzles * times + 1),
        .group_start = HR_NEW(int32_t, d->groups + 1),
    };
    size_t each = (size_t)d->task.numbers;
    if (each) out.numbers = HR_NEW(float, hr_mul(cells, each));
    if (each) out.cell = HR_NEW(uint32_t, (size_t)d->task.seq);
    bool ok = (!each || (out.numbers && out.cell)) && out.tokens[0] && out.tokens[1] && out.id &&
              out.puzzle_start && out.group_start;
    if (ok) build(d, copies, seed, &out);
    hr_status status = ok ? write_all(d, dir, &out) : HR_ERR_MEM;
    hr_free(out.tokens[0]);
    hr_free(out.tokens[1]);
    hr_free(out.numbers);
    hr_free(out.cell);
    hr_free(out.id);
    hr_free(out.puzzle_start);
    hr_free(out.group_start);
    return status;
}
