/* ballot.c - the names, tasks and votes of an evaluation. */
#include "solve/ballot.h"

#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "data/dataset_arc.h"
#include "data/dataset_arrays.h"
#include "data/names.h"
#include "io/json.h"
#include "task/arc_vote.h"

static const size_t pass_at[HRM_PASSES] = {1, 2, 5, 10, 100, 1000};

struct hr_ballot {
    const hr_dataset *data; /* borrowed */
    hr_names names;         /* identifiers.json */
    hr_arc_tasks tasks;     /* test_puzzles.json */
    hr_arc_votes *votes;
    size_t *pick; /* (picks) examples to evaluate */
    size_t picks;
};

void hr_ballot_free(hr_ballot *b) {
    if (!b) return;
    hr_names_close(&b->names);
    hr_arc_votes_free(b->votes);
    hr_arc_tasks_free(&b->tasks);
    hr_free(b->pick);
    hr_free(b);
}

/* Copy 0 of every task, copy 1, ... up to `votes` copies each and `limit` examples in all. */
static hr_status pick_examples(hr_ballot *b, size_t votes, size_t limit) {
    const hr_dataset *d = b->data;
    b->pick = HR_NEW(size_t, d->examples);
    if (!b->pick) return HR_ERR_MEM;
    bool more = true;
    for (size_t copy = 0; more && (!votes || copy < votes); copy++) {
        more = false;
        for (size_t g = 0; g < d->groups; g++) {
            size_t p = (size_t)d->group_start[g] + copy;
            if (p >= (size_t)d->group_start[g + 1]) continue;
            more = true;
            for (int32_t e = d->puzzle_start[p]; e < d->puzzle_start[p + 1]; e++)
                if (!limit || b->picks < limit) b->pick[b->picks++] = (size_t)e;
        }
    }
    return HR_OK;
}

/* Reads the tasks that were left out, which a submission lists without votes. */
static hr_status read_left_out(hr_ballot *b) {
    char *path = hr_dataset_beside(b->data, HR_ARC_LEFT_OUT);
    json_t *all = NULL, *tests;
    const char *id;
    hr_status status = path ? hr_json_open(path, &all) : HR_OK;
    json_object_foreach(all, id, tests) {
        json_int_t n = json_integer_value(tests);
        const hr_arc_larger task = {(char *)(uintptr_t)id, 0, 0, n < 1000 ? (int)n : 0, true};
        if (!status) status = hr_arc_tasks_leave(&b->tasks, &task);
    }
    json_decref(all);
    hr_free(path);
    return status;
}

static hr_status open_files(hr_ballot *b, const char *names, const char *tasks) {
    hr_status status = hr_names_open(names, &b->names);
    if (!status && b->names.count < (size_t)b->data->identifiers)
        status = hr_fail(HR_ERR_FORMAT, "%s: has %zu names, not %d", names, b->names.count,
                         b->data->identifiers);
    if (!status) status = hr_arc_tasks_read(&b->tasks, tasks, true);
    if (!status) status = read_left_out(b);
    return status ? status : hr_arc_votes_new(&b->tasks, b->data->task.rows, &b->votes);
}

hr_status hr_ballot_open(const hr_dataset *d, const hrm_eval_options *o, hr_ballot **out) {
    *out = NULL;
    if (!d->task.ops->voted) return HR_OK;
    char *names = hr_dataset_beside(d, "identifiers.json");
    char *tasks = hr_dataset_beside(d, "test_puzzles.json");
    hr_status status = HR_OK;
    if (names && tasks) {
        hr_ballot *b = HR_NEW(hr_ballot, 1);
        if (b) b->data = d;
        status = b ? open_files(b, names, tasks) : HR_ERR_MEM;
        if (!status) status = pick_examples(b, o ? (size_t)o->votes : 0, o ? o->limit : 0);
        if (!status && o && o->submission) status = hr_os_try(o->submission);
        if (!status && o && o->scores) status = hr_os_try(o->scores);
        if (status) hr_ballot_free(b);
        else *out = b;
    }
    hr_free(names);
    hr_free(tasks);
    return status;
}

const size_t *hr_ballot_examples(const hr_ballot *b, size_t *count) {
    *count = b->picks;
    return b->pick;
}

hr_status hr_ballot_add(hr_ballot *b, size_t example, const uint8_t *answer, double confidence) {
    const uint8_t *question, *label;
    size_t id = (size_t)b->data->puzzle_id[hr_dataset_puzzle_of(b->data, example)];
    char name[HR_NAME_MAX];
    if (!hr_names_get(&b->names, id, name))
        return hr_fail(HR_ERR_FORMAT, "%s: identifiers.json, name %zu is damaged", b->data->path,
                       id);
    hr_dataset_pair(b->data, example, &question, &label);
    return hr_arc_votes_add(b->votes, &(hr_arc_vote){.name = name,
                                                     .view = hr_arc_dataset_view(b->data, example),
                                                     .question = question,
                                                     .answer = answer,
                                                     .confidence = confidence});
}

/* One line for each task that got votes. */
static hr_status write_scores(const hr_ballot *b, const char *path) {
    hr_buffer text = {0};
    hr_buffer_print(&text, "task,tests");
    for (int k = 0; k < HRM_PASSES; k++) hr_buffer_print(&text, ",pass@%zu", pass_at[k]);
    hr_buffer_print(&text, "\n");
    for (size_t t = 0; t < b->tasks.count; t++) {
        if (!hr_arc_votes_any(b->votes, t)) continue;
        hr_buffer_print(&text, "%s,%d", b->tasks.task[t].id, b->tasks.task[t].tests);
        for (int k = 0; k < HRM_PASSES; k++) {
            double pass = hr_arc_votes_pass(b->votes, t, pass_at[k]);
            if (isnan(pass)) hr_buffer_print(&text, ",");
            else hr_buffer_print(&text, ",%.6g", pass);
        }
        hr_buffer_print(&text, "\n");
    }
    hr_status status = text.failed ? HR_ERR_MEM : hr_os_write_file(path, text.text, text.size);
    hr_buffer_free(&text);
    return status;
}

/* The score of the tasks that got votes; and of all, counting those left out of the data as failed,
 * which is not known when only some tasks were evaluated. */
static void count_passes(const hr_ballot *b, hrm_eval_report *out) {
    size_t scored = 0, waiting = 0;
    double sum[HRM_PASSES] = {0};
    for (size_t t = 0; t < b->tasks.count; t++) {
        if (!hr_arc_votes_any(b->votes, t)) {
            waiting++;
            continue;
        }
        out->tasks++;
        double first = hr_arc_votes_pass(b->votes, t, 1);
        if (isnan(first)) continue;
        scored++;
        for (int k = 0; k < HRM_PASSES; k++) sum[k] += hr_arc_votes_pass(b->votes, t, pass_at[k]);
    }
    out->larger = b->data->larger;
    out->all_tasks = out->tasks + waiting + out->larger;
    for (int k = 0; k < HRM_PASSES; k++) {
        out->pass[k] = scored ? sum[k] / (double)scored : NAN;
        out->all_pass[k] = scored && !waiting ? sum[k] / (double)(scored + out->larger) : NAN;
    }
}

hr_status hr_ballot_count(const hr_ballot *b, const hrm_eval_options *o, hrm_eval_report *out) {
    count_passes(b, out);
    out->trained_on = b->data->trained_on_count;
    hr_status status = HR_OK;
    if (o && o->submission)
        status = hr_dataset_write_json(NULL, o->submission, hr_arc_votes_submission(b->votes));
    return status || !o || !o->scores ? status : write_scores(b, o->scores);
}

hr_status hr_ballot_allowed(const hr_dataset *d, const hrm_eval_options *o) {
    size_t n = d->trained_on_count;
    if ((o && o->contaminated) || n * 100 <= d->groups) return HR_OK;
    hr_fail(HR_ERR_TASK,
            "%s: the answers of %zu of %zu tasks are among what was trained on, so that a score "
            "says nothing; build the data without them, or ask for a contaminated score",
            d->path, n, d->groups);
    return hr_fail_option(HR_ERR_TASK, "contaminated");
}
