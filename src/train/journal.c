/* journal.c - metrics.jsonl: one JSON object per line, append-only but for what a resumed run
 * redoes. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/text.h"
#include "io/json.h"
#include "train/train.h"

/* Length of the leading lines that are whole and not after `step`. */
static size_t kept_length(const hr_file *file, int64_t step) {
    size_t kept = 0;
    while (kept < file->size) {
        const char *line = (const char *)file->data + kept;
        const char *end = memchr(line, '\n', file->size - kept);
        if (!end) break;
        json_t *object = json_loadb(line, (size_t)(end - line), 0, NULL);
        json_t *at = json_object_get(object, "step");
        bool keep = json_is_integer(at) && json_integer_value(at) <= step;
        json_decref(object);
        if (!keep) break;
        kept += (size_t)(end - line) + 1;
    }
    return kept;
}

static hr_status drop_later_lines(const char *path, int64_t step) {
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    size_t kept = kept_length(&file, step);
    if (kept < file.size) status = hr_os_write_file(path, file.data, kept);
    hr_os_unload(&file);
    return status;
}

hr_status hr_journal_open(hrm_trainer *t) {
    char *path = hr_trainer_path(t, "metrics.jsonl");
    if (!path) return HR_ERR_MEM;
    hr_status status = hr_os_is_file(path) ? drop_later_lines(path, t->step) : HR_OK;
    if (!status) {
        t->log = fopen(path, "ae");
        if (!t->log) status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, strerror(errno));
    }
    hr_free(path);
    return status;
}

static hr_status write_line(hrm_trainer *t, json_t *object) {
    char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(object);
    if (!text) return hr_fail(HR_ERR_MEM, "out of memory for a line of metrics.jsonl");
    bool bad = fprintf(t->log, "%s\n", text) < 0 || fflush(t->log);
    free(text);
    return bad ? hr_fail(HR_ERR_IO, "%s/metrics.jsonl: cannot write: %s", t->dir, strerror(errno))
               : HR_OK;
}

/* JSON has no NaN: null stands for a mean over nothing. */
static json_t *real_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

hr_status hr_journal_step(hrm_trainer *t, double lr) {
    hr_window *w = &t->window;
    double n = (double)w->steps, finished = (double)w->finished;
    json_t *line = json_pack(
        "{s:s, s:I, s:f, s:o, s:o, s:f, s:o, s:I, s:o, s:o, s:o}", "event", "step", "step",
        (json_int_t)t->step, "seconds", t->seconds + hr_os_seconds() - t->begin, "loss",
        real_or_null(w->loss / n), "lm_loss", real_or_null(w->lm_loss / n), "lr", lr, "grad_norm",
        real_or_null(w->grad_norm / n), "finished", (json_int_t)w->finished, "exact",
        real_or_null((double)w->exact / finished), "cells", real_or_null(w->cells / finished),
        "segments", real_or_null((double)w->segments / finished));
    if (line && t->lattice) {
        double rows = n * t->lattice->rows;
        json_object_set_new(line, "cells", real_or_null(w->cells / (double)w->living));
        json_object_set_new(line, "living", real_or_null((double)w->living / rows));
        json_object_set_new(line, "detected", json_integer(w->detected));
        json_object_set_new(line, "false_alarms", json_integer(w->false_alarms));
    }
    if (line && t->recipe.grow_from < 1) json_object_set_new(line, "grown", json_real(t->grown));
    *w = (hr_window){0};
    return write_line(t, line);
}

hr_status hr_journal_eval(hrm_trainer *t, const hrm_eval_report *r) {
    json_t *bands = json_array();
    for (size_t i = 0; i < r->bands; i++)
        json_array_append_new(
            bands, json_pack("{s:i, s:i, s:I, s:I}", "low", r->band[i].low, "high", r->band[i].high,
                             "n", (json_int_t)r->band[i].n, "exact", (json_int_t)r->band[i].exact));
    json_t *line = json_pack(
        "{s:s, s:I, s:f, s:I, s:f, s:[f,f], s:o, s:f, s:f, s:o, s:I, s:I, s:o}", "event", "eval",
        "step", (json_int_t)t->step, "seconds", t->seconds + hr_os_seconds() - t->begin, "n",
        (json_int_t)r->n, "exact", r->exact, "ci95", r->ci95_low, r->ci95_high, "valid",
        isnan(r->valid) ? json_null() : json_real(r->valid), "cells", r->cells, "mean_segments",
        r->mean_segments, "halt_accuracy", real_or_null(r->halt_accuracy), "wrong",
        (json_int_t)r->wrong, "unsolved", (json_int_t)r->unsolved, "bands", bands);
    if (line && r->tasks && !isnan(r->pass[0])) {
        json_object_set_new(line, "tasks", json_integer((json_int_t)r->tasks));
        json_object_set_new(line, "pass@1", json_real(r->pass[0]));
        json_object_set_new(line, "pass@2", json_real(r->pass[1]));
    }
    return write_line(t, line);
}
