/* parity_run.h - a run of golden fixtures: its files, the present case, comparisons. */
#ifndef HR_PARITY_RUN_H
#define HR_PARITY_RUN_H

#include "hrm_tools.h"
#include "base/pool.h"
#include "io/json.h"
#include "io/safetensors.h"
#include "kern/kern.h"

enum { HR_PARITY_TEXT = 192 };

typedef struct hr_parity_run {
    const char *dir;
    const hr_kern *kern;
    hr_pool *pool;
    json_t *manifest;
    const hrm_parity_options *options;
    size_t passed, failed;
    bool stopped; /* by the callback; no file is opened after that */
    /* the present case */
    const char *group;
    char name[HR_PARITY_TEXT], where[HR_PARITY_TEXT];
    size_t notes;
    double worst, tolerance, ratio;
} hr_parity_run;

/* A case: begin, any number of notes, end, which reports the worst of them. A case without notes is
 * not reported. */
void hr_parity_begin(hr_parity_run *run, const char *group, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void hr_parity_note(hr_parity_run *run, const char *where, double deviation, double tolerance);
void hr_parity_end(hr_parity_run *run);

/* The path of a file below the folder, or NULL in *path when it is not there. A missing file that
 * the manifest lists is an error when `part` (a folder below the folder) exists. hr_free it. */
hr_status hr_parity_path(hr_parity_run *run, const char *part, const char *file, char **path);
/* The same, opened; *out is zeroed or NULL when it is not there. */
hr_status hr_parity_tensors(hr_parity_run *run, const char *part, hr_safetensors *out, bool *there,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));
hr_status hr_parity_json(hr_parity_run *run, const char *part, const char *file, json_t **out);

/* Notes |got - expected| <= tolerance for all elements of a tensor; and equality. `got` has
 * tensor->count numbers. */
void hr_parity_absolute(hr_parity_run *run, const hr_tensor *expected, const hr_real *got,
                        double tolerance);
void hr_parity_integers(hr_parity_run *run, const hr_tensor *expected, const int32_t *got);

/* Relative L2 distance of element i and got[i * stride]. */
double hr_parity_distance(const hr_tensor *expected, const hr_real *got, size_t stride);

typedef struct hr_parity_limit {
    enum { HR_PARITY_ABSOLUTE, HR_PARITY_OF_MAX, HR_PARITY_RELATIVE_L2 } measure;
    double tolerance; /* OF_MAX: a share of the largest expected magnitude */
} hr_parity_limit;

/* Compares n numbers with what the file has of them: NAME (all), NAME.sample (every stride-th, see
 * hr_parity_stride) and NAME.sum_sumsq (the sum and the sum of squares). False where it has neither
 * NAME nor NAME.sample. */
bool hr_parity_match(hr_parity_run *run, const hr_safetensors *file, const char *name,
                     const hr_real *got, size_t n, hr_parity_limit limit);

/* The stride of a sample of `count` numbers out of n, as the fixtures were made: 1 up to a cap,
 * else ceil(n / cap) made odd. 0: no sample of n has so many. */
size_t hr_parity_stride(size_t n, size_t count);

#endif
