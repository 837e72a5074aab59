/* eval.c - the evaluation loop and its statistics. */
#include "run/eval.h"

#include <limits.h>
#include <math.h>

#include "base/os.h"

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
    size_t seq = (size_t)d->task.seq, at = example * seq;
    int open = 0;
    for (size_t t = 0; t < seq; t++)
        open += d->labels[at + t] != d->ignore && d->labels[at + t] != d->inputs[at + t];
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
    int value = band_value(out, d, example);
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
    size_t labelled = 0, right = 0;
    for (size_t t = 0; t < seq; t++) {
        if (labels[t] == HR_IGNORE) continue;
        labelled++;
        right += answer[t] == labels[t];
    }
    bool exact = right == labelled;
    sum->exact += exact;
    sum->cells += labelled ? (double)right / (double)labelled : 1;
    sum->segments += s->settled[row];
    sum->halt_right += (s->q[2 * row] > 0) == exact;
    hr_verdict verdict = task->ops->check(task, dataset->inputs + example * seq, answer, NULL, 0);
    sum->valid += verdict == HR_SOLVED;
    sum->unjudged |= verdict == HR_UNKNOWN;
    if (!exact && verdict == HR_INCOMPLETE) out->unsolved++;
    else if (!exact && verdict != HR_SOLVED) out->wrong++;
    count_band(out, dataset, example, exact);
}

hr_status hr_eval_run(hr_solver *s, const hr_dataset *dataset, const hrm_eval_options *options,
                      hrm_eval_report *out) {
    *out = (hrm_eval_report){0};
    hr_status status = hr_eval_fits(s->model, dataset);
    if (status) return status;
    size_t n = dataset->examples;
    if (options && options->limit && options->limit < n) n = options->limit;
    out->segments =
        options && options->segments ? options->segments : s->model->spec.halt_max_steps;
    hr_solver_how how = {.segments = out->segments};
    if (options) how.check = options->check;
    if (options) how.seed = options->seed;
    status = hr_solver_can(s, &how);
    if (status) return status;
    start_bands(out, dataset, n);
    tally sum = {0};
    double begin = hr_os_seconds();
    for (size_t first = 0; first < n;) {
        int rows = n - first < (size_t)s->rows ? (int)(n - first) : s->rows;
        s->batch.rows = rows;
        hr_dataset_rows(dataset, first, rows, &s->batch);
        hr_solver_run(s, &how);
        for (int b = 0; b < rows; b++) score_row(s, dataset, first + (size_t)b, b, &sum, out);
        first += (size_t)rows;
        if (options && options->progress && !options->progress(options->user, first, n))
            return hr_fail(HR_ERR_STOPPED, "stopped after %zu of %zu puzzles", first, n);
    }
    double count = n ? (double)n : 1;
    out->n = n;
    out->exact = (double)sum.exact / count;
    out->cells = sum.cells / count;
    out->mean_segments = sum.segments / count;
    out->halt_accuracy = (double)sum.halt_right / count;
    out->seconds_per_puzzle = (hr_os_seconds() - begin) / count;
    hr_eval_wilson(sum.exact, n, &out->ci95_low, &out->ci95_high);
    hr_eval_wilson(sum.valid, n, &out->valid95_low, &out->valid95_high);
    out->valid = (double)sum.valid / count;
    if (sum.unjudged) out->valid = out->valid95_low = out->valid95_high = NAN;
    return HR_OK;
}
