/* eval.c - the evaluation loop and its statistics. */
#include "solve/eval.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "base/sort.h"
#include "solve/ballot.h"
#include "solve/judged.h"
#include "data/dataset_arrays.h"
#include "task/lines.h"
#include "task/numbers.h"

/* Wilson 95 % interval of k successes in n trials; NaN for no trials. */
static void wilson(size_t k, size_t n, double *low, double *high) {
    *low = *high = NAN;
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
    if (dataset->unanswered)
        return hr_fail(HR_ERR_TASK, "%s: has no column answer to compare with; solving needs none",
                       dataset->path);
    if (dataset->task.seq != spec->seq || dataset->task.vocab != spec->vocab)
        return hr_fail(
            HR_ERR_TASK,
            "%s: puzzles of %d cells with vocabulary %d do not fit the model's %d and %d",
            dataset->path, dataset->task.seq, dataset->task.vocab, spec->seq, spec->vocab);
    if (dataset->task.numbers != spec->numbers)
        return hr_fail(HR_ERR_TASK, "%s: %d numbers beside each cell do not fit the model's %d",
                       dataset->path, dataset->task.numbers, spec->numbers);
    if (spec->puzzle_emb_ndim && dataset->identifiers > spec->puzzles)
        return hr_fail_about(
            HR_ERR_TASK, "puzzle_emb",
            "%s: has %d puzzle identifiers, the model's puzzle embedding only %d rows; "
            "take the data it was trained for, or convert it for these",
            dataset->path, dataset->identifiers, spec->puzzles);
    return spec->skip_padding ? hr_dataset_check_padding(dataset, spec->pad) : HR_OK;
}

hr_status hr_eval_knows(const hr_model *model, uint64_t names, const hr_dataset *dataset) {
    uint64_t own = model->spec.puzzle_emb_ndim && names ? hr_dataset_names(dataset) : 0;
    if (!own || own == names) return HR_OK;
    hr_fail(
        HR_ERR_TASK,
        "%s: its puzzles are not those that the model's puzzle embedding was trained for "
        "(../identifiers.json differs); take the data it was trained for, adapt it to new tasks, "
        "or convert it for these",
        dataset->path);
    return hr_fail_option(HR_ERR_TASK, "puzzle_emb");
}

/* Upper ends of the rating bands; ratings above the last but one share the last. */
static const int band_end[] = {0, 5, 10, 20, 40, 80, -1};
enum { BANDS = sizeof band_end / sizeof *band_end, BANDS_MAX = 8 };

static int band_value(const hrm_eval_report *out, const hr_dataset *d, size_t example, hr_known k) {
    return *out->band_by == 'r' ? d->rating[example] : k.open;
}

/* BANDS_MAX bands of equal width, or fewer, over all values that are scored and known. */
static void equal_bands(hrm_eval_report *out, const hr_dataset *d, size_t n) {
    int low = INT_MAX, high = 0;
    const uint8_t *q, *a;
    for (size_t i = 0; i < n; i++) {
        hr_dataset_pair(d, i, &q, &a);
        hr_known k = hr_dataset_known(d, q, a);
        if (!k.scored) continue;
        int value = band_value(out, d, i, k);
        if (value >= 0 && value < low) low = value;
        if (value > high) high = value;
    }
    int64_t width = low <= high ? ((int64_t)high - low) / BANDS_MAX + 1 : 1;
    for (int64_t from = low; from <= high; from += width) {
        int64_t end = from + width - 1;
        out->band[out->bands++] =
            (hrm_eval_band){.low = (int)from, .high = (int)(end < high ? end : high)};
    }
}

/* Bands of rating where ratings differ, else of open cells. Ratings that would share the first two
 * bands or all lie in the last, such as 1 to 5 or lengths of ways, get bands of equal width. */
static void start_bands(hrm_eval_report *out, const hr_dataset *d, size_t n) {
    int32_t low = INT32_MAX, high = -1;
    for (size_t i = 0; d->rating && i < n; i++) {
        if (d->rating[i] > high) high = d->rating[i];
        if (d->rating[i] >= 0 && d->rating[i] < low) low = d->rating[i];
    }
    bool rated = high > low;
    out->band_by = rated ? "rating" : "open cells";
    out->bands = rated && high > band_end[1] && low <= band_end[BANDS - 2] ? BANDS : 0;
    for (size_t i = 0; i < out->bands; i++)
        out->band[i] = (hrm_eval_band){.low = i ? band_end[i - 1] + 1 : 0, .high = band_end[i]};
    if (!out->bands) equal_bands(out, d, n);
}

static hrm_eval_band *band_of(hrm_eval_report *out, const hr_dataset *d, size_t example,
                              hr_known k) {
    int value = out->bands ? band_value(out, d, example, k) : 0;
    for (size_t i = 0; i < out->bands; i++) {
        hrm_eval_band *b = &out->band[i];
        if (value >= b->low && (b->high < 0 || value <= b->high)) return b;
    }
    return NULL;
}

/* An evaluation at work. */
typedef struct evaluation {
    hr_solver *s;
    const hr_dataset *data;
    const hrm_eval_options *options; /* never NULL */
    hrm_eval_report *out;
    hr_ballot *ballot;                      /* NULL: copies do not vote */
    const size_t *pick;                     /* (n) the ballot's examples; NULL: all, in order */
    size_t n;                               /* examples */
    size_t first, end;                      /* those of them that the present run solves */
    size_t known, exact, halt_right;        /* known: answers with some label to score by */
    size_t valid[2], wrong[2], unsolved[2]; /* of others with open cells, of known ones */
    hr_judged *judged;                      /* (known) */
    bool halts;                             /* their confidence is the halting head's */
    char *text[2];                          /* (seq + 1) answer and label, where answers are told */
    bool overruled;                         /* who was told judged otherwise than the rules */
    double cells, segments, guesses, chains, restarts;
} evaluation;

static size_t example_of(const evaluation *e, size_t index) {
    return e->pick ? e->pick[index] : index;
}

static hr_status next_example(void *user, bool wait, hr_asked *asked, hr_search_next *more) {
    const evaluation *e = user;
    const uint8_t *q, *a;
    (void)wait;
    *more = e->first + asked->index < e->end ? HR_SEARCH_TAKE : HR_SEARCH_NO_MORE;
    if (*more == HR_SEARCH_NO_MORE) return HR_OK;
    size_t example = example_of(e, e->first + asked->index);
    hr_dataset_pair(e->data, example, &q, &a);
    memcpy(asked->question, q, (size_t)e->data->task.seq);
    if (asked->numbers)
        memcpy(asked->numbers, hr_dataset_numbers(e->data, example),
               hr_task_number_count(&e->data->task) * sizeof *asked->numbers);
    asked->id = e->data->puzzle_id[hr_dataset_puzzle_of(e->data, example)];
    return HR_OK;
}

/* How many cells are labelled, and how many of these are right. */
static size_t labelled_cells(const evaluation *e, const hr_solved *solved, const uint8_t *question,
                             const uint8_t *labels, size_t *right) {
    const hr_spec *spec = &e->s->model->spec;
    size_t seq = (size_t)e->data->task.seq, labelled = 0;
    *right = 0;
    for (size_t t = 0; t < seq; t++) {
        if (labels[t] == e->data->ignore) continue;
        if (spec->skip_padding && question[t] == spec->pad) continue; /* as in training */
        labelled++;
        *right += solved->tokens[t] == labels[t];
    }
    return labelled;
}

/* Reports an answer to options->scored. */
static hr_status report(const evaluation *e, const hr_solved *solved, hrm_scored *x) {
    const hr_task *task = &e->data->task;
    const uint8_t *question, *labels;
    if (!e->options->scored) return HR_OK;
    x->index = example_of(e, solved->index);
    hr_dataset_pair(e->data, x->index, &question, &labels);
    task->ops->format(task, solved->tokens, e->text[0]);
    x->unknown = hr_task_mark(task);
    hr_status status = hr_dataset_format_answer(e->data, question, labels, x->unknown, e->text[1]);
    if (status) return status;
    char *puzzle = hr_task_puzzle_text(task, question, hr_dataset_numbers(e->data, x->index));
    if (!puzzle) return HR_ERR_MEM;
    x->question = puzzle;
    x->answer = e->text[0];
    x->expected = e->text[1];
    x->confidence = solved->confidence;
    bool go = e->options->scored(e->options->user, x);
    hr_free(puzzle);
    return go ? HR_OK : hr_fail(HR_ERR_STOPPED, "stopped");
}

static void count_band(hrm_eval_band *band, bool exact, bool wrong, bool unsolved, int segments) {
    if (!band) return;
    band->n++;
    band->exact += exact;
    band->wrong += wrong;
    band->unsolved += unsolved;
    band->mean_segments += (segments - band->mean_segments) / (double)band->n;
}

/* Labels that tell less than they seem to. */
static void count_known(const evaluation *e, hr_known k) {
    e->out->partly += k.scored && k.unknown;
    e->out->given += k.given;
    e->out->copied += k.scored && !k.changed;
}

/* Labels of all cells are the answer whatever the rules say; labels of some leave it to them. */
bool hr_eval_agrees(const hr_task *task, hr_known k, hr_verdict verdict) {
    return !k.unknown || task->rules != HR_RULES_ALL || verdict == HR_SOLVED;
}

/* An answer that differs from the data but keeps the rules is neither exact nor wrong. Where the
 * data have no answer, only the rules can tell that it is wrong; where the question is the answer,
 * nothing is judged. */
static hr_status score(void *user, const hr_solved *solved) {
    evaluation *e = user;
    const hr_task *task = &e->data->task;
    const hr_search_result *r = solved->search;
    const uint8_t *question, *labels;
    size_t example = example_of(e, solved->index), right;
    hr_dataset_pair(e->data, example, &question, &labels);
    hr_known k = hr_dataset_known(e->data, question, labels);
    size_t labelled = labelled_cells(e, solved, question, labels, &right);
    if (!k.scored) labelled = 0;
    char why[96] = "";
    hr_verdict verdict = task->ops->check(task, solved->question, solved->tokens, why, sizeof why);
    bool cut = !r && solved->end == HR_SEARCH_TIME;
    bool given = r     ? r->end == HR_SEARCH_SOLVED
                 : cut ? verdict == HR_SOLVED
                       : verdict != HR_INCOMPLETE;
    bool exact = labelled && right == labelled && (!r || given) && hr_eval_agrees(task, k, verdict);
    hrm_verdict told = given ? (hrm_verdict)verdict : HRM_VERDICT_INCOMPLETE, said = told;
    hr_status status = report(
        e, solved,
        &(hrm_scored){
            .verdict = told, .why = why, .known = labelled > 0, .exact = exact, .judged = &said});
    if (given) verdict = (hr_verdict)said;
    e->overruled |= said != told;
    bool valid = given && verdict == HR_SOLVED, unsolved = !exact && !given;
    bool wrong = given && (labelled ? !exact && !valid : verdict == HR_WRONG);
    count_known(e, k);
    e->exact += exact;
    if (!k.given) {
        e->out->broken += hr_dataset_breaks(e->data, question, labels, why);
        e->valid[labelled > 0] += valid;
        e->wrong[labelled > 0] += wrong;
        e->unsolved[labelled > 0] += unsolved;
    }
    e->segments += solved->segments;
    e->out->late += solved->end == HR_SEARCH_TIME;
    if (labelled) {
        e->judged[e->known++] = (hr_judged){solved->confidence, exact, exact || valid};
        e->cells += (double)right / (double)labelled;
        e->halt_right += (solved->confidence > 0.5) == exact;
        count_band(band_of(e->out, e->data, example, k), exact, wrong, unsolved, solved->segments);
    }
    if (r) {
        e->guesses += r->guesses;
        e->chains += r->chains;
        e->restarts += r->restarts;
    }
    return status || !e->ballot
               ? status
               : hr_ballot_add(e->ballot, example, solved->tokens, solved->confidence);
}

static bool go_on(void *user) {
    const evaluation *e = user;
    return !e->options->progress || e->options->progress(e->options->user, e->s->finished, e->n);
}

/* ---- latency --------------------------------------------------------------------------------- */

static hr_status done_alone(void *user, const hr_solved *solved) {
    (void)user;
    (void)solved;
    return HR_OK;
}

/* Solves examples, spread evenly over the data, one by one. */
static hr_status measure_latency(evaluation *e, const hr_solver_how *how) {
    const hr_flow flow = {.next = next_example, .done = done_alone, .user = e, .go = go_on};
    size_t n = e->options->latency < e->n ? e->options->latency : e->n;
    double *seconds = HR_NEW(double, n);
    hr_status status = seconds ? HR_OK : HR_ERR_MEM;
    for (size_t i = 0; !status && i < n; i++) {
        e->first = i * e->n / n;
        e->end = e->first + 1;
        double begin = hr_os_seconds();
        status = hr_solver_run(e->s, how, &flow);
        seconds[i] = hr_os_seconds() - begin;
    }
    if (!status && n) {
        qsort(seconds, n, sizeof *seconds, hr_sort_ascending);
        e->out->latency_n = n;
        e->out->latency_median = (seconds[(n - 1) / 2] + seconds[n / 2]) / 2;
        e->out->latency_p95 = seconds[(n * 95 + 99) / 100 - 1];
    }
    hr_free(seconds);
    return status;
}

/* ---- the whole evaluation -------------------------------------------------------------------- */

/* How many answers were as sure as is enough, and how many of them right. */
static void count_sure(const evaluation *e, double enough) {
    hrm_eval_report *out = e->out;
    double aim = e->options->right;
    if (out->search || out->check) return;
    out->sure = aim > 0 ? hr_judged_bound(e->judged, e->known, aim) : enough;
    for (size_t i = 0; i < e->known; i++) {
        bool sure = e->judged[i].confidence >= out->sure;
        out->right += e->judged[i].right;
        out->sure_n += sure;
        out->sure_right += sure && e->judged[i].right;
    }
}

static void finish(const evaluation *e, double seconds) {
    hrm_eval_report *out = e->out;
    double count = e->n ? (double)e->n : 1, known = (double)e->known; /* NaN: a share of none */
    bool scored = e->known > 0; /* else the rules judge what no label does */
    size_t asked = scored ? e->known : e->n - out->given;
    out->n = e->known;
    out->wrong = e->wrong[scored];
    out->unsolved = e->unsolved[scored];
    out->unscored = e->n - e->known;
    out->exact = (double)e->exact / known;
    out->cells = e->cells / known;
    out->mean_segments = e->segments / count;
    out->halt_accuracy = e->halts ? (double)e->halt_right / known : NAN;
    out->halt_auc = e->halts ? hr_judged_auc(e->judged, e->known) : NAN;
    out->seconds_per_puzzle = seconds / count;
    wilson(e->exact, e->known, &out->ci95_low, &out->ci95_high);
    wilson(e->valid[scored], asked, &out->valid95_low, &out->valid95_high);
    out->valid = (double)e->valid[scored] / (double)asked;
    out->partial = e->data->task.rules == HR_RULES_SOME && !e->overruled;
    if (e->data->task.rules != HR_RULES_ALL && !e->overruled)
        out->valid = out->valid95_low = out->valid95_high = NAN;
    if (!e->known) out->bands = 0;
    if (!out->search) return;
    out->mean_rounds = out->mean_segments;
    out->mean_guesses = e->guesses / count;
    out->mean_chains = e->chains / count;
    out->mean_restarts = e->restarts / count;
}

hr_status hr_eval_run(hr_solver *s, const hr_dataset *dataset, const hrm_eval_options *options,
                      hrm_eval_report *out) {
    static const hrm_eval_options plain = {0};
    const hrm_eval_options *o = options ? options : &plain;
    evaluation e = {.s = s, .data = dataset, .options = o, .out = out, .n = dataset->examples};
    hr_solver_how how = {
        .segments = o->segments, .search = o->search, .check = o->check, .seed = o->seed};
    const hr_flow flow = {.next = next_example, .done = score, .user = &e, .go = go_on};
    *out = (hrm_eval_report){.search = s->search != NULL,
                             .check = o->check,
                             .shared = -1,
                             .shared_why = "",
                             .unrated = dataset->unrated_why,
                             .views = o->search && o->search->views > 1 ? o->search->views : 0};
    hr_status status = hr_eval_fits(s->model, dataset);
    if (!status && !dataset->examples)
        status = hr_fail(HR_ERR_TASK, "%s: has no puzzles to evaluate on", dataset->path);
    if (!status) status = hr_solver_can(s, &how);
    if (!status && o->right > 0 && (s->search || o->check))
        status = hr_fail(HR_ERR_UNSUPPORTED,
                         "right: is for models that answer at once, without check: the confidence "
                         "of a search, or of an answer that the rules allowed, is no bound");
    if (status) return status;
    status = hr_ballot_open(dataset, o, &e.ballot);
    if (status) return status;
    if (!e.ballot && (o->votes || o->submission || o->scores || o->contaminated))
        return hr_fail(
            HR_ERR_ARG,
            "votes, submission, scores and contaminated are for ARC data with identifiers.json and "
            "test_puzzles.json above it; %s has none",
            dataset->path);
    if (e.ballot) e.pick = hr_ballot_examples(e.ballot, &e.n);
    if (o->limit && o->limit < e.n) e.n = o->limit;
    e.end = e.n;
    out->segments = hr_solver_segments(s, &how);
    out->band_by = "";
    if (!e.ballot) start_bands(out, dataset, e.n);
    e.halts = hr_solver_halts(s);
    if (!(e.judged = HR_NEW(hr_judged, e.n))) status = HR_ERR_MEM;
    for (int i = 0; i < 2 && !status && o->scored; i++)
        if (!(e.text[i] = hr_alloc((size_t)dataset->task.seq + 1))) status = HR_ERR_MEM;
    double begin = hr_os_seconds();
    if (!status) status = hr_solver_run(s, &how, &flow);
    if (!status) {
        hr_judged_sort(e.judged, e.known);
        finish(&e, hr_os_seconds() - begin);
        count_sure(&e, hr_solver_sure(s, &how));
    }
    if (!status && e.ballot) status = hr_ballot_count(e.ballot, o, out);
    if (!status && o->latency) status = measure_latency(&e, &how);
    hr_ballot_free(e.ballot);
    hr_free(e.judged);
    for (int i = 0; i < 2; i++) hr_free(e.text[i]);
    if (status) *out = (hrm_eval_report){0};
    return status;
}
