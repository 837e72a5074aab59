/* parity_run.c - results of cases, and comparisons. */
#include "check/parity_run.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/text.h"

void hr_parity_begin(hr_parity_run *run, const char *group, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(run->name, sizeof run->name, format, arguments);
    va_end(arguments);
    run->group = group;
    run->where[0] = '\0';
    run->notes = 0;
    run->worst = run->tolerance = 0;
    run->ratio = -1;
}

/* A deviation that is not a number counts as infinite. */
void hr_parity_note(hr_parity_run *run, const char *where, double deviation, double tolerance) {
    if (isnan(deviation)) deviation = INFINITY;
    double ratio = deviation <= 0 ? 0 : tolerance > 0 ? deviation / tolerance : INFINITY;
    run->notes++;
    if (ratio <= run->ratio) return;
    run->ratio = ratio;
    run->worst = deviation;
    run->tolerance = tolerance;
    snprintf(run->where, sizeof run->where, "%s", where);
}

void hr_parity_end(hr_parity_run *run) {
    if (!run->notes) return;
    hrm_parity_case result = {
        .group = run->group,
        .name = run->name,
        .passed = run->ratio <= 1,
        .worst = run->worst,
        .tolerance = run->tolerance,
        .where = run->where,
    };
    run->notes = 0;
    if (result.passed) run->passed++;
    else run->failed++;
    if (run->options->callback && !run->stopped)
        run->stopped = !run->options->callback(run->options->user, &result);
}

static bool listed(const hr_parity_run *run, const char *file) {
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(run->manifest, "files"), i, entry) {
        const char *path = json_string_value(json_object_get(entry, "path"));
        if (path && !strcmp(path, file)) return true;
    }
    return false;
}

hr_status hr_parity_path(hr_parity_run *run, const char *part, const char *file, char **path) {
    *path = NULL;
    if (run->stopped) return hr_fail(HR_ERR_STOPPED, "stopped before %s", file);
    *path = hr_text_format("%s/%s", run->dir, file);
    char *folder = hr_text_format("%s/%s", run->dir, part);
    bool failed = !*path || !folder, there = !failed && hr_os_is_file(*path);
    bool expected = !failed && !there && hr_os_is_dir(folder) && listed(run, file);
    hr_free(folder);
    if (failed || !there) {
        hr_free(*path);
        *path = NULL;
    }
    if (failed) return HR_ERR_MEM;
    if (expected)
        return hr_fail(HR_ERR_IO,
                       "%s/%s: listed in manifest.json, but not there; copy the whole "
                       "folder",
                       run->dir, file);
    return HR_OK;
}

hr_status hr_parity_tensors(hr_parity_run *run, const char *part, hr_safetensors *out, bool *there,
                            const char *format, ...) {
    char file[HR_PARITY_TEXT], *path;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(file, sizeof file, format, arguments);
    va_end(arguments);
    *out = (hr_safetensors){0};
    hr_status status = hr_parity_path(run, part, file, &path);
    *there = !status && path;
    if (*there) status = hr_safetensors_open(path, out);
    hr_free(path);
    return status;
}

hr_status hr_parity_json(hr_parity_run *run, const char *part, const char *file, json_t **out) {
    char *path;
    *out = NULL;
    hr_status status = hr_parity_path(run, part, file, &path);
    if (!status && path) status = hr_json_open(path, out);
    hr_free(path);
    return status;
}

void hr_parity_integers(hr_parity_run *run, const hr_tensor *expected, const int32_t *got) {
    double worst = 0;
    for (size_t i = 0; i < expected->count; i++) {
        double d = fabs((double)got[i] - hr_tensor_at(expected, i));
        if (!(d <= worst)) worst = d;
        if (isnan(d)) break;
    }
    hr_parity_note(run, expected->name, worst, 0);
}

double hr_parity_distance(const hr_tensor *expected, const hr_real *got, size_t stride) {
    double sum = 0, norm = 0;
    for (size_t i = 0; i < expected->count; i++) {
        double e = hr_tensor_at(expected, i), d = (double)got[i * stride] - e;
        sum += d * d;
        norm += e * e;
    }
    return norm > 0 ? sqrt(sum / norm) : sqrt(sum);
}

/* ---- arrays that a file holds whole, or as a sample and sums -------------------------------- */

size_t hr_parity_stride(size_t n, size_t count) {
    if (count == n) return 1;
    for (size_t cap = 32; count && cap <= 1 << 20; cap *= 2) {
        size_t stride = n <= cap ? 1 : ((n + cap - 1) / cap) | 1;
        if ((n + stride - 1) / stride == count) return stride;
    }
    return 0;
}

/* Returns the largest expected magnitude. */
static double note_values(hr_parity_run *run, const hr_tensor *t, const hr_real *got, size_t n,
                          hr_parity_limit limit) {
    size_t stride = hr_parity_stride(n, t->count);
    double worst = 0, top = 0;
    if (!stride) { /* the file has another size than the configuration gives */
        hr_parity_note(run, t->name, INFINITY, limit.tolerance);
        return 0;
    }
    for (size_t i = 0; i < t->count; i++) {
        double expected = hr_tensor_at(t, i), d = fabs((double)got[i * stride] - expected);
        if (!(d <= worst)) worst = d;
        if (isnan(d)) break;
        top = fmax(top, fabs(expected));
    }
    if (limit.measure == HR_PARITY_ABSOLUTE) hr_parity_note(run, t->name, worst, limit.tolerance);
    else if (limit.measure == HR_PARITY_OF_MAX)
        hr_parity_note(run, t->name, worst, limit.tolerance * top);
    else {
        hr_parity_note(run, t->name, hr_parity_distance(t, got, stride), limit.tolerance);
        hr_parity_note(run, t->name, worst, 2 * limit.tolerance * top);
    }
    return top;
}

void hr_parity_absolute(hr_parity_run *run, const hr_tensor *expected, const hr_real *got,
                        double tolerance) {
    note_values(run, expected, got, expected->count,
                (hr_parity_limit){HR_PARITY_ABSOLUTE, tolerance});
}

/* Sum and sum of squares of the whole array; the limits follow from the limit on elements. */
static void note_sums(hr_parity_run *run, const hr_tensor *t, const hr_real *got, size_t n,
                      hr_parity_limit limit) {
    double sum = 0, squares = 0, count = (double)n;
    for (size_t i = 0; i < n; i++) {
        sum += (double)got[i];
        squares += (double)got[i] * (double)got[i];
    }
    if (t->count != 2) return;
    double expected = hr_tensor_at(t, 1), norm = sqrt(expected);
    double scale = limit.measure == HR_PARITY_RELATIVE_L2 ? norm : sqrt(count);
    double distance = limit.tolerance * scale;
    hr_parity_note(run, t->name, fabs(sum - hr_tensor_at(t, 0)), sqrt(count) * distance);
    hr_parity_note(run, t->name, fabs(squares - expected), distance * (2 * norm + distance));
}

bool hr_parity_match(hr_parity_run *run, const hr_safetensors *file, const char *name,
                     const hr_real *got, size_t n, hr_parity_limit limit) {
    static const char *const suffix[] = {"", ".sample", ".sum_sumsq"};
    double top = 0;
    bool found = false;
    for (int i = 0; i < 3; i++) {
        char full[HR_PARITY_TEXT];
        snprintf(full, sizeof full, "%s%s", name, suffix[i]);
        const hr_tensor *t = hr_safetensors_find(file, full);
        if (!t) continue;
        if (i == 0 && t->count != n) hr_parity_note(run, full, INFINITY, limit.tolerance);
        else if (i < 2) top = fmax(top, note_values(run, t, got, n, limit));
        if (i < 2) {
            found = true;
            continue;
        }
        if (limit.measure == HR_PARITY_OF_MAX) limit.tolerance *= top;
        note_sums(run, t, got, n, limit);
    }
    return found;
}
