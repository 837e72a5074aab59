/* golden.h - compares tensors with golden ones, of which the large may be a sample and sums. */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "test.h"

#include <math.h>

#include "check/parity.h"
#include "io/safetensors.h"

static inline void golden_sums(const hr_tensor *got, const hr_tensor *want) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < got->count; i++) {
        double x = hr_tensor_at(got, i);
        sum += x;
        squares += x * x;
    }
    assert_true(fabs(sum - hr_tensor_at(want, 0)) < 1e-9);
    assert_true(fabs(squares - hr_tensor_at(want, 1)) < 1e-9 * squares);
}

/* To the bit, and the same shape where all of it is there. */
static inline void golden_tensor(const hr_tensor *got, const hr_tensor *want, bool sampled) {
    size_t stride = hr_parity_stride(got->count, want->count);
    assert_true(stride == 1 || (sampled && stride > 1));
    for (int d = 0; !sampled && d < want->dims; d++)
        assert_int_equal(got->shape[d], want->shape[d]);
    assert_true(sampled || got->dims == want->dims);
    for (size_t i = 0; i < want->count; i++)
        if (hr_tensor_at(got, i * stride) != hr_tensor_at(want, i))
            fail_msg("%s differs at %zu", got->name, i * stride);
}

/* The `count` tensors of `got`, whose names begin with prefix, are those of a golden file. */
static inline void golden_tensors(const hr_tensor *got, size_t count, const char *prefix,
                                  const hr_safetensors *want, bool same_types) {
    size_t seen = 0;
    for (size_t i = 0; i < want->count; i++) {
        const hr_tensor *w = &want->tensors[i];
        const char *part = strstr(w->name, ".sample"), *sums = strstr(w->name, ".sum_sumsq");
        char name[256];
        int size = (int)(part || sums ? (size_t)((part ? part : sums) - w->name) : strlen(w->name));
        snprintf(name, sizeof name, "%s%.*s", prefix, size, w->name);
        size_t at = 0;
        while (at < count && strcmp(got[at].name, name)) at++;
        if (at == count) fail_msg("no %s", name);
        if (sums) {
            golden_sums(&got[at], w);
            continue;
        }
        golden_tensor(&got[at], w, part != NULL);
        if (same_types) assert_int_equal(got[at].dtype, w->dtype);
        seen++;
    }
    assert_int_equal(seen, count);
}

#endif
