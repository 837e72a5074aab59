/* audit.c - see audit.h */
#include "data/audit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/result.h"
#include "base/text.h"
#include "data/dataset_open.h"
#include "task/declared.h"
#include "task/numbers.h"

/* An example by the hash of its question; small, as there may be one for every few bytes of a file.
 */
typedef struct seen {
    uint64_t question;
    uint32_t example : 31, same : 1; /* its answer equals that of the first with its question */
    uint32_t of : 31, shared : 1;    /* that first one; other data have the question too */
} seen;

static uint64_t hash_of(const uint8_t *tokens, const hr_dataset *d) {
    return hr_dataset_mix(HR_DATASET_HASH, tokens, (size_t)d->task.seq);
}

/* Of an example's question, its numbers too. */
static uint64_t hash_at(const uint8_t *question, const hr_dataset *d, size_t example) {
    uint64_t hash = hash_of(question, d);
    const float *numbers = hr_dataset_numbers(d, example);
    return numbers ? hr_dataset_mix(hash, numbers, hr_task_number_count(&d->task) * sizeof *numbers)
                   : hash;
}

static int by_example(const void *a, const void *b) {
    const seen *x = a, *y = b;
    return (x->example > y->example) - (x->example < y->example);
}

static int by_question(const void *a, const void *b) {
    uint64_t x = ((const seen *)a)->question, y = ((const seen *)b)->question;
    return x == y ? by_example(a, b) : x < y ? -1 : 1;
}

/* Every example, in the order of the questions' hashes; hr_free it. NULL: no memory. */
static seen *index_of(const hr_dataset *d) {
    const uint8_t *q, *a;
    seen *all = HR_NEW(seen, d->examples);
    for (size_t i = 0; all && i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        all[i] = (seen){.question = hash_at(q, d, i), .example = (uint32_t)i & INT32_MAX};
    }
    if (all) qsort(all, d->examples, sizeof *all, by_question);
    return all;
}

/* Whether two answers differ where both are known. */
static bool differs(const hr_dataset *d, const uint8_t *a, const uint8_t *b) {
    bool unlike = false;
    for (int t = 0; t < d->task.seq; t++)
        unlike |= a[t] != d->ignore && b[t] != d->ignore && a[t] != b[t];
    return unlike;
}

/* The first of that question, or where it would stand. */
static size_t find(const seen *all, size_t count, uint64_t question) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (all[middle].question < question) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Marks those whose question is in the other data too; returns how many. */
static size_t mark_shared(seen *all, size_t count, const hr_dataset *other) {
    const uint8_t *q, *a;
    size_t shared = 0;
    for (size_t i = 0; i < other->examples; i++) {
        hr_dataset_pair(other, i, &q, &a);
        uint64_t hash = hash_at(q, other, i);
        for (size_t low = find(all, count, hash);
             low < count && all[low].question == hash && !all[low].shared; low++, shared++)
            all[low].shared = true;
    }
    return shared;
}

hr_status hr_audit_shared(const hr_dataset *one, const hr_dataset *other, size_t *out) {
    *out = 0;
    if (one->make || other->make || one->task.seq != other->task.seq ||
        one->task.numbers != other->task.numbers)
        return HR_OK;
    seen *all = index_of(one);
    if (all) *out = mark_shared(all, one->examples, other);
    hr_free(all);
    return all ? HR_OK : HR_ERR_MEM;
}

/* ---- symmetries that a task file claims ------------------------------------------------------ */

enum { HINTS = 1 << 17, ENOUGH = 50, MANY = 2000, REGIONS = 400 };

/* Features of an example, hashed to places in a table: pairs and triples of neighbours in the
 * answer, the answer's symbol for each of the question's, how often each symbol occurs, and whether
 * a region holds one twice. out: 5 seq + 257; returns how many. */
static size_t features(const hr_task *task, const uint8_t *q, const uint8_t *a, uint32_t *out) {
    size_t n = 0;
    int count[256] = {0};
#define FEATURE(kind, x, y, z)                                                                     \
    out[n++] = ((((uint32_t)(kind)*256 + (x)) * 256 + (y)) * 256 + (z)) * 2654435761u >> 15
    for (int i = 0; i < task->seq; i++) {
        count[a[i]]++;
        FEATURE(1, q[i], a[i], 0);
        for (int down = 0; down < 2; down++) {
            int step = down ? task->cols : 1, at = down ? i / task->cols : i % task->cols;
            int left = (down ? task->rows : task->cols) - at - 1;
            if (left > 0) FEATURE(2 + down, a[i], a[i + step], 255);
            if (left > 1) FEATURE(4 + down, a[i], a[i + step], a[i + 2 * step]);
        }
    }
    bool twice = false; /* in a region */
    for (int i = 0; task->region && task->seq <= REGIONS && i < task->seq; i++)
        for (int j = 0; j < i; j++) twice |= task->region[i] == task->region[j] && a[i] == a[j];
    FEATURE(7, twice, 0, 0);
    for (int t = 0; t < task->vocab; t++) FEATURE(6, t, (count[t] >> 8) & 255, count[t] & 255);
#undef FEATURE
    return n;
}

static size_t unseen(const bool *known, const uint32_t *feature, size_t n) {
    size_t found = 0;
    for (size_t i = 0; i < n; i++) found += !known[feature[i]];
    return found;
}

/* How many odd examples have more unseen features after the k-th symmetry than any odd example has
 * without. */
static const char *count_odd(const hr_dataset *d, int k, size_t most, const bool *known,
                             uint32_t *feature, uint8_t *image, size_t *odd) {
    size_t seq = (size_t)d->task.seq;
    uint8_t *out[2] = {image, image + seq};
    const char *words = NULL;
    *odd = 0;
    for (size_t i = 1; i < d->examples && i < MANY; i += 2) {
        const uint8_t *pair[2] = {d->inputs + i * seq, d->labels + i * seq};
        hr_rng rng = hr_rng_sub(hr_rng_stream((uint64_t)k, "claims"), i);
        words = hr_declared_claim(&d->task, k, rng, pair, out);
        if (!words) break;
        *odd += unseen(known, feature, features(&d->task, out[0], out[1], feature)) > most;
    }
    return words;
}

/* The even examples tell which features answers have, the odd ones how many others are normal; the
 * images of the odd ones under a symmetry should not have more of those. */
hr_status hr_audit_claims(const hr_dataset *d, void *result, const char *const **list,
                          size_t *count) {
    size_t seq = (size_t)d->task.seq, most = 0,
           half = (d->examples < MANY ? d->examples : MANY) / 2;
    if (!d->task.declared || d->make || d->unanswered || d->examples < ENOUGH) return HR_OK;
    bool *known = HR_NEW(bool, HINTS);
    uint32_t *feature = HR_NEW(uint32_t, 5 * seq + 257);
    uint8_t *image = hr_alloc(2 * seq);
    hr_status status = known && feature && image ? HR_OK : HR_ERR_MEM;
    for (int odd = 0; odd < 2 && !status; odd++)
        for (size_t i = (size_t)odd; i < d->examples && i < MANY; i += 2) {
            size_t n = features(&d->task, d->inputs + i * seq, d->labels + i * seq, feature);
            size_t own = odd ? unseen(known, feature, n) : 0;
            if (own > most) most = own;
            for (size_t f = 0; !odd && f < n; f++) known[feature[f]] = true;
        }
    const char *words;
    size_t odd;
    for (int k = 0; !status && (words = count_odd(d, k, most, known, feature, image, &odd)); k++) {
        if (odd * 5 <= half) continue;
        char *text = hr_text_format("symmetries: %s: changed so, %zu of %zu answers hold what no "
                                    "answer of %s does; declare "
                                    "only what makes of every puzzle as good a one",
                                    words, odd, half, d->path);
        hr_result_add(result, list, count, text);
    }
    hr_free(known);
    hr_free(feature);
    hr_free(image);
    return status;
}

/* How often an example, changed by a symmetry, had a question of the data; how often another answer
 * than there, and an example of that. */
typedef struct met {
    size_t found, unlike, example, other;
} met;

static const char *meet(const hr_dataset *d, const seen *all, int k, uint8_t *image, met *m) {
    enum { DRAWS = 4 };
    size_t seq = (size_t)d->task.seq;
    uint8_t *out[2] = {image, image + seq};
    const char *words = NULL;
    for (size_t i = 0; i < DRAWS * d->examples && i < DRAWS * MANY; i++) {
        size_t own = i / DRAWS;
        const uint8_t *pair[2] = {d->inputs + own * seq, d->labels + own * seq};
        words = hr_declared_claim(&d->task, k, hr_rng_sub(hr_rng_stream((uint64_t)k, "meet"), i),
                                  pair, out);
        size_t at = words ? find(all, d->examples, hash_of(out[0], d)) : d->examples;
        if (at == d->examples || memcmp(out[0], d->inputs + all[at].example * seq, seq)) continue;
        bool unlike = differs(d, out[1], d->labels + all[at].example * seq);
        if (all[at].example == own && !unlike) continue; /* it changed nothing */
        m->found++;
        if (unlike && !m->unlike++) m->example = own, m->other = all[at].example;
    }
    return words;
}

/* Questions of two answers prove nothing, nor do a few labels that are wrong. Questions with
 * numbers hardly ever meet. */
hr_status hr_audit_symmetries(const hr_dataset *d) {
    if (!d->task.declared || d->task.rules == HR_RULES_ALL || d->make || d->unanswered ||
        d->numbers)
        return HR_OK;
    seen *all = index_of(d);
    uint8_t *image = hr_alloc(2 * (size_t)d->task.seq);
    hr_status status = all && image ? HR_OK : HR_ERR_MEM;
    bool one = true; /* answer for each question */
    size_t seq = (size_t)d->task.seq;
    for (size_t i = 1; !status && i < d->examples; i++)
        one &= all[i].question != all[i - 1].question ||
               !memcmp(d->labels + all[i].example * seq, d->labels + all[i - 1].example * seq, seq);
    met m = {0};
    const char *words, *at = hr_dataset_places(d);
    for (int k = 0; !status && one && (words = meet(d, all, k, image, &m)); k++, m = (met){0})
        if (m.unlike * 5 > m.found)
            status = hr_fail(HR_ERR_TASK,
                             "symmetries: %s: %s %zu of %s, changed so, has the question of %s %zu "
                             "and another answer, as %zu of %zu such have; declare only what makes "
                             "of every puzzle as good a one",
                             words, at, hr_dataset_place(d, m.example), d->path, at,
                             hr_dataset_place(d, m.other), m.unlike, m.found);
    hr_free(image);
    hr_free(all);
    return status;
}

/* ---- the report ------------------------------------------------------------------------------ */

/* Finds the first example of every question, and sorts the list back into the file's order. */
static void mark_duplicates(const hr_dataset *d, seen *all) {
    size_t seq = (size_t)d->task.seq, count = d->examples;
    for (size_t i = 0, first = 0; i < count; i++) {
        if (all[i].question != all[first].question) first = i;
        all[i].of = all[first].example;
        all[i].same =
            !differs(d, d->labels + all[i].example * seq, d->labels + all[first].example * seq);
    }
    qsort(all, count, sizeof *all, by_example);
}

/* Duplicates, and what other data hold too. */
static void list_seen(const hr_dataset *d, const seen *all, hrm_data_report *r) {
    size_t duplicates = 0, shared = 0;
    for (size_t i = 0; i < d->examples; i++) {
        duplicates += all[i].of != i;
        shared += all[i].shared;
    }
    hrm_data_duplicate *twice = HR_RESULT_ARRAY(r, hrm_data_duplicate, duplicates);
    size_t *overlap = HR_RESULT_ARRAY(r, size_t, shared);
    if (!twice || !overlap) return;
    for (size_t i = 0; i < d->examples; i++) {
        if (all[i].shared) overlap[r->overlap_count++] = hr_dataset_place(d, i);
        if (all[i].of == i) continue;
        r->conflicting += !all[i].same;
        twice[r->duplicate_count++] = (hrm_data_duplicate){
            hr_dataset_place(d, i), hr_dataset_place(d, all[i].of), all[i].same};
    }
    r->duplicates = twice;
    r->overlap = overlap;
}

/* How often each symbol occurs, and how accurate it is to copy the question and to put one symbol
 * everywhere else. */
static void count_symbols(const hr_dataset *d, hrm_data_report *r) {
    int64_t in[256] = {0}, out[256] = {0}, open[256] = {0}, copied = 0, cells = 0;
    const uint8_t *q, *a;
    for (size_t i = 0; i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        hr_known k = hr_dataset_known(d, q, a);
        r->unanswered += !k.cells || d->unanswered;
        r->given += k.given && !d->unanswered;
        for (int t = 0; t < d->task.seq; t++) {
            in[q[t]]++;
            if (a[t] == d->ignore || d->unanswered) continue;
            out[a[t]]++;
            if (k.given) continue;
            cells++;
            copied += a[t] == q[t];
            open[a[t]] += a[t] != q[t];
        }
        r->partly += k.cells && k.unknown && !d->unanswered;
    }
    int top = 0;
    hrm_data_symbol *symbols = HR_RESULT_ARRAY(r, hrm_data_symbol, (size_t)d->task.vocab);
    r->symbols = symbols;
    for (int t = 0; symbols && t < d->task.vocab; t++) {
        if (open[t] > open[top]) top = t;
        if (t ? in[t] || out[t] : in[t] > 0)
            symbols[r->symbol_count++] = (hrm_data_symbol){(unsigned char)d->task.alphabet[t],
                                                           (size_t)in[t], (size_t)out[t]};
    }
    double all = (double)cells, rest = all - (double)copied;
    r->copied = cells ? (double)copied / all : NAN;
    r->majority = rest > 0 ? (double)open[top] / rest : NAN;
    r->baseline = cells ? ((double)copied + (double)open[top]) / all : NAN;
    r->majority_symbol = (unsigned char)d->task.alphabet[top];
}

/* What the numbers beside cells are like, which should be near 1 for a net to learn from them. */
static void count_numbers(const hr_dataset *d, hrm_data_report *r) {
    size_t each = (size_t)d->task.numbers, cells = d->examples * (size_t)d->task.seq;
    hrm_data_numbers *all = HR_RESULT_ARRAY(r, hrm_data_numbers, each);
    if (!all) return;
    r->numbers = all;
    r->number_count = each;
    for (size_t k = 0; k < each; k++) {
        double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
        for (size_t i = 0; i < cells; i++) {
            double value = (double)d->numbers[i * each + k];
            low = fmin(low, value);
            high = fmax(high, value);
            sum += value;
            squares += value * value;
        }
        double mean = sum / (double)cells, rest = squares / (double)cells - mean * mean;
        all[k] = (hrm_data_numbers){low, high, mean, sqrt(fmax(rest, 0))};
        if (!cells) all[k] = (hrm_data_numbers){NAN, NAN, NAN, NAN};
    }
}

/* Reports answers that break the rules; of tables the reader has done so. */
static hr_status add_wrong(const hr_dataset *d, hr_bad *bad) {
    const uint8_t *q, *a;
    char why[96];
    hr_status status = HR_OK;
    for (size_t i = 0; !d->line && !status && i < d->examples; i++) {
        hr_dataset_pair(d, i, &q, &a);
        if (hr_dataset_breaks(d, q, a, why))
            status = hr_bad_add(bad, bad->count + bad->more, i, why);
    }
    return status;
}

static void list_bad(const hr_bad *list, hrm_data_report *r) {
    hrm_data_bad *bad = HR_RESULT_ARRAY(r, hrm_data_bad, list->count);
    r->bad = bad;
    r->bad_more = list->more;
    for (size_t i = 0; bad && i < list->count; i++)
        bad[r->bad_count++] = (hrm_data_bad){list->row[i].at, hr_result_text(r, list->row[i].why)};
}

/* Symmetries that look wrong, and what a run on the data is refused for. task: may be NULL. */
static hr_status list_symmetries(const hr_dataset *d, const char *task, hrm_data_report *r) {
    hr_status status = hr_audit_claims(d, r, &r->symmetries, &r->symmetry_count);
    if (status) return status;
    status = task ? hr_dataset_check_symmetries(d, task) : HR_OK;
    if (!status) status = hr_audit_symmetries(d);
    if (status != HR_ERR_TASK) return status;
    r->symmetry_refused = true;
    hr_result_add(r, &r->symmetries, &r->symmetry_count, hr_text_format("%s", hr_error_text()));
    return HR_OK;
}

static hr_status report(hr_dataset *d, const hr_dataset *other, hr_bad *bad, hrm_data_report *r) {
    static const char *const known[] = {"all", "some", "none"};
    hr_status status = add_wrong(d, bad);
    seen *all = status ? NULL : index_of(d);
    if (!all) return HR_ERR_MEM;
    if (other && d->task.seq == other->task.seq) mark_shared(all, d->examples, other);
    mark_duplicates(d, all);
    r->path = hr_result_text(r, d->path);
    r->task = hr_result_text(r, d->task.ops->name);
    r->rules = known[d->task.rules];
    r->examples = d->examples;
    r->rows = d->task.rows;
    r->cols = d->task.cols;
    r->places = d->line ? "lines" : "examples";
    r->unrated = hr_result_text(r, d->unrated_why);
    r->against = hr_result_text(r, other ? other->path : NULL);
    list_bad(bad, r);
    list_seen(d, all, r);
    count_numbers(d, r);
    count_symbols(d, r);
    hr_free(all);
    return HR_OK;
}

hr_status hr_audit(const char *path, const char *task, const char *against, const char *clean,
                   hrm_data_report **out) {
    hr_dataset *d = NULL, *other = NULL;
    hr_writer writer = {0};
    hr_bad bad = {.good = clean ? &writer : NULL};
    hrm_data_report *r = HR_RESULT(hrm_data_report);
    hr_status status = !r ? HR_ERR_MEM : clean ? hr_os_create(clean, &writer) : HR_OK;
    if (!status) status = hr_dataset_open_partial(path, task, NULL, false, &bad, &d);
    if (!status && d->make)
        status = hr_fail(HR_ERR_UNSUPPORTED, "%s: its examples are made when they are read", path);
    if (!status && clean && !d->line)
        status =
            hr_fail(HR_ERR_ARG, "clean: %s is no table; bad rows are left out of tables", path);
    if (!status && clean && !d->examples)
        status = hr_fail(HR_ERR_TASK, "%s: all %zu rows are bad; clean: none is left to write",
                         path, bad.count + bad.more);
    if (!status && against)
        status = hr_dataset_open_partial(against, NULL, &d->task, false, NULL, &other);
    if (!status) status = report(d, other, &bad, r);
    if (!status) status = list_symmetries(d, task, r);
    if (clean) status = hr_os_end(&writer, status);
    hr_dataset_free(other);
    hr_dataset_free(d);
    hr_bad_free(&bad);
    return hr_result_give(status, r, out);
}
