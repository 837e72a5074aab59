/* journal.c - see journal.h */
#include "train/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/text.h"
#include "base/xxh64.h"
#include "io/json.h"

/* Copies the whole lines that are not after `step` to out and tells their length. One that is
 * damaged stays, for whoever reads them to see, where a good one follows; at the end it is as good
 * as lost. */
static size_t copy_kept(const hr_file *file, int64_t step, char *out) {
    size_t kept = 0, size = 0;
    for (size_t at = 0, from = 0; at < file->size; from = at) {
        json_t *line = hr_json_line(file->data, file->size, &at);
        const json_t *number = json_object_get(line, "step");
        bool good = json_is_integer(number), later = good && json_integer_value(number) > step;
        json_decref(line);
        if (later) size = kept;
        else {
            memcpy(out + size, file->data + from, at - from);
            size += at - from;
        }
        if (good) kept = size;
    }
    return kept;
}

/* A line without its end. */
static void add_to_mark(hr_journal_mark *mark, const char *line, size_t size) {
    mark->sum = hr_xxh64(line, size, mark->sum);
    mark->bytes += (int64_t)size + 1;
}

/* Of whole lines. */
static hr_journal_mark mark_of(const void *lines, size_t size) {
    hr_journal_mark mark = {0};
    const char *at = lines, *end;
    for (; size > 0 && (end = memchr(at, '\n', size)); size -= (size_t)(end + 1 - at), at = end + 1)
        add_to_mark(&mark, at, (size_t)(end - at));
    return mark;
}

static bool begins_with(const hr_file *file, const hr_journal_mark *mark) {
    if (mark->bytes < 0 || (uint64_t)mark->bytes > file->size) return false;
    hr_journal_mark held = mark_of(file->data, (size_t)mark->bytes);
    return held.bytes == mark->bytes && held.sum == mark->sum;
}

hr_status hr_journal_check(const char *path, const hr_journal_mark *mark, bool *whole) {
    hr_file file;
    bool there;
    hr_status status = hr_os_find(path, &there);
    *whole = mark->bytes <= 0 || (!there && !access(path, F_OK)); /* a pipe */
    if (status || *whole || !there) return status;
    status = hr_os_load(path, &file);
    if (status) return status;
    *whole = begins_with(&file, mark);
    hr_os_unload(&file);
    return HR_OK;
}

static hr_status drop_later_lines(const char *path, int64_t step, hr_journal_mark *mark) {
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    char *out = hr_alloc(file.size + 1);
    if (!out) status = HR_ERR_MEM;
    else {
        bool whole = begins_with(&file, mark);
        size_t kept = whole ? (size_t)mark->bytes : copy_kept(&file, step, out);
        const void *lines = whole ? (const void *)file.data : out;
        if (kept < file.size) status = hr_os_write_file(path, lines, kept);
        if (!whole) *mark = mark_of(lines, kept);
    }
    hr_free(out);
    hr_os_unload(&file);
    return status;
}

hr_status hr_journal_open(hr_journal *j, char *path, int64_t step) {
    hr_free(j->path); /* of an earlier try */
    j->path = path;
    if (!path) return HR_ERR_MEM;
    bool there;
    hr_status status = hr_os_find(path, &there);
    if (!there) j->mark = (hr_journal_mark){0};
    if (!status && there) status = drop_later_lines(path, step, &j->mark);
    if (status) return status;
    j->file = fopen(path, "ae");
    return j->file ? HR_OK : hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
}

void hr_journal_close(hr_journal *j) {
    if (j->file) fclose(j->file);
    hr_board_close(&j->board);
    hr_free(j->path);
    j->file = NULL;
    j->path = NULL;
}

static hr_status write_line(hr_journal *j, json_t *object) {
    char *text;
    hr_status status = hr_json_text(json_incref(object), JSON_COMPACT | JSON_REAL_PRECISION(9),
                                    "a line of metrics.jsonl", &text);
    if (!status && (fprintf(j->file, "%s\n", text) < 0 || fflush(j->file)))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", j->path, strerror(errno));
    if (!status) add_to_mark(&j->mark, text, strlen(text));
    if (!status && j->board.file) status = hr_board_add(&j->board, object);
    json_decref(object);
    hr_free(text);
    return status;
}

hr_status hr_journal_sync(hr_journal *j) {
    if (j->file && (fflush(j->file) || (fsync(fileno(j->file)) && errno != EINVAL)))
        return hr_fail(HR_ERR_IO, "%s: cannot write: %s", j->path, strerror(errno));
    return HR_OK;
}

void hr_journal_add(hr_journal *j, const hr_step_report *x) {
    hr_window *w = &j->window;
    w->steps++;
    w->loss += x->loss;
    w->lm_loss += x->lm_loss;
    w->grad_norm += x->grad_norm;
    w->count.finished += x->count.finished;
    w->count.exact += x->count.exact;
    w->count.segments += x->count.segments;
    w->count.cells += x->count.cells;
    w->count.scored += x->count.scored;
    for (int i = 0; i < HR_REGIME_COUNTS; i++) w->count.own[i] += x->count.own[i];
}

hr_status hr_journal_step(hr_journal *j, const hr_journal_line *l) {
    const hr_window *w = &j->window;
    double n = (double)w->steps, finished = (double)w->count.finished;
    json_t *line = json_pack("{s:s, s:I, s:f, s:o, s:o, s:f, s:o, s:I, s:o, s:o, s:o}", "event",
                             "step", "step", (json_int_t)l->step, "seconds", l->seconds, "loss",
                             hr_json_real(w->loss / n), "lm_loss", hr_json_real(w->lm_loss / n),
                             "lr", l->lr, "grad_norm", hr_json_real(w->grad_norm / n), "finished",
                             (json_int_t)w->count.finished, "exact",
                             hr_json_real((double)w->count.exact / finished), "cells",
                             hr_json_real(w->count.cells / (double)w->count.scored), "segments",
                             hr_json_real((double)w->count.segments / finished));
    if (line && j->regime->tell) j->regime->tell(&w->count, n * j->rows, line);
    if (line && !isnan(l->grown)) json_object_set_new(line, "grown", json_real(l->grown));
    j->window = (hr_window){0};
    return write_line(j, line);
}

hr_status hr_journal_eval(hr_journal *j, const hrm_event *e, int64_t step) {
    const hrm_eval_report *r = &e->eval;
    const bool again = e->kind == HRM_EVENT_KIND_REJUDGED;
    char hash[17];
    json_t *bands = json_array();
    for (size_t i = 0; i < r->bands; i++)
        json_array_append_new(
            bands, json_pack("{s:i, s:i, s:I, s:I}", "low", r->band[i].low, "high", r->band[i].high,
                             "n", (json_int_t)r->band[i].n, "exact", (json_int_t)r->band[i].exact));
    json_t *line =
        json_pack("{s:s, s:I, s:f, s:I, s:I, s:I, s:o, s:[o,o], s:o, s:o, s:f, s:o, s:o, s:I, s:I, "
                  "s:s?, s:o}",
                  "event", again ? "best" : "eval", "step", (json_int_t)step, "seconds", e->seconds,
                  "n", (json_int_t)r->n, "unscored", (json_int_t)r->unscored, "given",
                  (json_int_t)r->given, "exact", hr_json_real(r->exact), "ci95",
                  hr_json_real(r->ci95_low), hr_json_real(r->ci95_high), "valid",
                  hr_json_real(r->valid), "cells", hr_json_real(r->cells), "mean_segments",
                  r->mean_segments, "halt_accuracy", hr_json_real(r->halt_accuracy), "halt_auc",
                  hr_json_real(r->halt_auc), "wrong", (json_int_t)r->wrong, "unsolved",
                  (json_int_t)r->unsolved, "band_by", r->band_by, "bands", bands);
    snprintf(hash, sizeof hash, "%016" PRIx64, j->valid_hash);
    json_object_set_new(line, "puzzles", json_string(j->valid));
    json_object_set_new(line, "puzzles_hash", json_string(hash));
    if (again) json_object_set_new(line, "best_step", json_integer(e->step));
    if (line && r->search) json_object_set_new(line, "most_rounds", json_integer(r->segments));
    if (line && e->hinted && !again)
        json_object_set_new(line, "train",
                            json_pack("{s:I, s:o}", "n", (json_int_t)e->train.n, "exact",
                                      hr_json_real(e->train.exact)));
    if (line && r->tasks && !isnan(r->pass[0])) {
        json_object_set_new(line, "tasks", json_integer((json_int_t)r->tasks));
        json_object_set_new(line, "pass@1", json_real(r->pass[0]));
        json_object_set_new(line, "pass@2", json_real(r->pass[1]));
    }
    return write_line(j, line);
}
