/* eval.c - the evaluation loop and its statistics. */
#include "run/eval.h"

#include <limits.h>
#include <math.h>

#include "base/os.h"
#include "nn/loss.h"
#include "run/ballot.h"

void hr_eval_wilson(size_t k, size_t n, double *low, double *high) {
    *low = 0;
    *high = 1;
    if (!n) return;
    const double z = 1.959963984540054;
    double total = (double)n, p = (double)k / total;
    double centre = p + z * z / (2 * total), scale = 1 + z * z / total;
    double half = z * sqrt(p * (1 - p) / total + z * z / (4 * total * total));
    *low = k == 0 ? 0 : (centre - half) / scale;
    *high = k == n ? 1 : (centre + half) / scale;
}

hr_status hr_eval_fits(const hr_model *model, const hr_dataset *dataset) {
    const hr_spec *spec = &model->spec;
    if (dataset->task.seq != spec->seq || dataset->task.vocab != spec->vocab)
        return hr_fail(
            HR_ERR_TASK,
            "%s: puzzles of %d cells with vocabulary %d do not fit the model's %d and %d",
            dataset->path, dataset->task.seq, dataset->task.vocab, spec->seq, spec->vocab);
    if (spec->puzzle_emb_ndim && dataset->identifiers > spec->puzzles)
        return hr_fail(HR_ERR_TASK,
                       "%s: has %d puzzle identifiers, the model's puzzle embedding only %d rows; "
                       "evaluate on the data the model was trained for",
                       dataset->path, dataset->identifiers, spec->puzzles);
    return HR_OK;
}

/* Upper ends of the rating bands; ratings above the last but one share the last. */
static const int band_end[] = {0, 5, 10, 20, 40, 80, -1};
enum { BANDS = sizeof band_end / sizeof *band_end, BANDS_MAX = 8 };

/* Cells to fill in: where the answer differs from the question. */
static int open_cells(const hr_dataset *d, size_t example) {
    const uint8_t *q, *a;
    int open = 0;
    hr_dataset_pair(d, example, &q, &a);
    for (int t = 0; t < d->task.seq; t++) open += a[t] != d->ignore && a[t] != q[t];
    return open;
}

static int band_value(const hrm_eval_report *out, const hr_dataset *d, size_t example) {
    return *out->band_by == 'r' ? d->rating[example] : open_cells(d, example);
}

/* As many equal bands as there is room for, over all values. */
static void equal_bands(hrm_eval_report *out, const hr_dataset *d, size_t n) {
    int low = INT_MAX, high = 0;
    for (size_t i = 0; i < n; i++) {
        int value = band_value(out, d, i);
        if (value < low) low = value;
        if (value > high) high = value;
    }
    int width = n ? (high - low) / BANDS_MAX + 1 : 1;
    for (int from = low; n && from <= high; from += width)
        out->band[out->bands++] = (hrm_eval_band){.low = from, .high = from + width - 1};
}

/* Bands of rating where some puzzle is rated above the first two, else of open cells. Ratings that
 * all lie in the last band (lengths of ways) get equal ones. */
static void start_bands(hrm_eval_report *out, const hr_dataset *d, size_t n) {
    bool rated = false, high = n > 0 && d->rating;
    for (size_t i = 0; d->rating && i < n; i++) {
        rated |= d->rating[i] > band_end[1];
        high &= d->rating[i] > band_end[BANDS - 2];
    }
    out->band_by = rated ? "rating" : "open cells";
    out->bands = rated && !high ? BANDS : 0;
    for (size_t i = 0; i < out->bands; i++)
        out->band[i] = (hrm_eval_band){.low = i ? band_end[i - 1] + 1 : 0, .high = band_end[i]};
    if (!out->bands) equal_bands(out, d, n);
}

static void count_band(hrm_eval_report *out, const hr_dataset *d, size_t example, bool exact) {
    int value = out->bands ? band_value(out, d, example) : 0;
    for (size_t i = 0; i < out->bands; i++) {
        hrm_eval_band *b = &out->band[i];
        if (value < b->low || (b->high >= 0 && value > b->high)) continue;
        b->n++;
        b->exact += exact;
    }
}

typedef struct tally {
    size_t exact, halt_right, valid;
    bool unjudged; /* the task has no rules */
    double cells, segments;
} tally;

static void score_row(const hr_solver *s, const hr_dataset *dataset, size_t example, int row,
                      tally *sum, hrm_eval_report *out) {
    const hr_task *task = &dataset->task;
    size_t seq = (size_t)task->seq;
    const uint8_t *answer = s->tokens + (size_t)row * seq;
    const int32_t *labels = s->batch.labels + (size_t)row * seq;
    size_t labelled = 0, correct = 0;
    for (size_t t = 0; t < seq; t++) {
        if (labels[t] == HR_IGNORE) continue;
        labelled++;
        correct += answer[t] == labels[t];
    }
    bool exact = correct == labelled;
    sum->exact += exact;
    sum->cells += labelled ? (double)correct / (double)labelled : 1;
    sum->segments += s->settled[row];
    sum->halt_right += (s->q[2 * row] > 0) == exact;
    const uint8_t *question, *right;
    hr_dataset_pair(dataset, example, &question, &right);
    hr_verdict verdict = task->ops->check(task, question, answer, NULL, 0);
    sum->valid += verdict == HR_SOLVED;
    if (!exact && verdict == HR_INCOMPLETE) out->unsolved++;
    else if (!exact && verdict != HR_SOLVED) out->wrong++;
    count_band(out, dataset, example, exact);
}

static void finish(const tally *sum, size_t n, hrm_eval_report *out) {
    double count = n ? (double)n : 1;
    out->n = n;
    out->exact = (double)sum->exact / count;
    out->cells = sum->cells / count;
    out->mean_segments = sum->segments / count;
    out->halt_accuracy = (double)sum->halt_right / count;
    hr_eval_wilson(sum->exact, n, &out->ci95_low, &out->ci95_high);
    hr_eval_wilson(sum->valid, n, &out->valid95_low, &out->valid95_high);
    out->valid = (double)sum->valid / count;
    if (sum->unjudged) out->valid = out->valid95_low = out->valid95_high = NAN;
}

/* A task whose rules do not even judge the right answer has none. */
static bool no_rules(const hr_dataset *d) {
    const uint8_t *q, *a;
    if (!d->examples) return true;
    hr_dataset_pair(d, 0, &q, &a);
    hr_verdict verdict = d->task.ops->check(&d->task, q, a, NULL, 0);
    return verdict == HR_UNKNOWN || verdict == HR_INCOMPLETE;
}

/* Solves and scores n examples; with a ballot those that it picks. */
static hr_status score_all(hr_solver *s, const hr_dataset *d, const hr_solver_how *how, size_t n,
                           hr_ballot *ballot, const hrm_eval_options *options, tally *sum,
                           hrm_eval_report *out) {
    for (size_t first = 0; first < n;) {
        int rows = n - first < (size_t)s->rows ? (int)(n - first) : s->rows;
        s->batch.rows = rows;
        for (size_t b = 0; b < (size_t)rows; b++)
            hr_dataset_row(d, ballot ? hr_ballot_example(ballot, first + b) : first + b, b,
                           &s->batch);
        hr_solver_run(s, how);
        for (int b = 0; b < rows; b++) {
            size_t example = first + (size_t)b;
            if (ballot) example = hr_ballot_example(ballot, example);
            score_row(s, d, example, b, sum, out);
            hr_status status =
                ballot ? hr_ballot_add(ballot, example, s->tokens + (size_t)b * (size_t)d->task.seq,
                                       hr_sigmoid((double)s->q[2 * b]))
                       : HR_OK;
            if (status) return status;
        }
        first += (size_t)rows;
        if (options && options->progress && !options->progress(options->user, first, n))
            return hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu puzzles", first, n);
    }
    return HR_OK;
}

hr_status hr_eval_run(hr_solver *s, const hr_dataset *dataset, const hrm_eval_options *options,
                      hrm_eval_report *out) {
    *out = (hrm_eval_report){0};
    hr_status status = hr_eval_fits(s->model, dataset);
    if (status) return status;
    out->segments =
        options && options->segments ? options->segments : s->model->spec.halt_max_steps;
    hr_solver_how how = {.segments = out->segments};
    if (options) how.check = options->check;
    if (options) how.seed = options->seed;
    status = hr_solver_can(s, &how);
    hr_ballot *ballot = NULL;
    if (!status) status = hr_ballot_open(dataset, options, &ballot);
    if (status) return status;
    size_t n = ballot ? hr_ballot_size(ballot) : dataset->examples;
    if (options && options->limit && options->limit < n) n = options->limit;
    out->band_by = "";
    if (!ballot) start_bands(out, dataset, n);
    tally sum = {.unjudged = no_rules(dataset)};
    double begin = hr_os_seconds();
    status = score_all(s, dataset, &how, n, ballot, options, &sum, out);
    finish(&sum, n, out);
    out->seconds_per_puzzle = (hr_os_seconds() - begin) / (n ? (double)n : 1);
    if (!status && ballot) status = hr_ballot_count(ballot, options, out);
    hr_ballot_free(ballot);
    return status;
}
