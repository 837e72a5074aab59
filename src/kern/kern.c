/* kern.c - chooses a table: the best one this processor can run, or the one asked for by name. */
#include "kern/kern.h"

#include <string.h>

#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
extern const hr_kern hr_kern_avx2, hr_kern_avx512;

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

static bool always(void) {
    return true;
}

/* From the reference to the fastest. */
static const struct {
    const hr_kern *kern;
    bool (*runs)(void);
} tables[] = {
    {&hr_kern_ref, always},
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
    {&hr_kern_avx2, has_avx2},
    {&hr_kern_avx512, has_avx512},
#endif
};
enum { TABLES = sizeof tables / sizeof *tables };

const hr_kern *hr_kern_at(int i) {
    for (int t = 0; t < TABLES; t++)
        if (tables[t].runs() && i-- == 0) return tables[t].kern;
    return NULL;
}

const hr_kern *hr_kern_select(const char *name) {
    static const char *const known[] = {"ref", "avx2", "avx512"};
    const hr_kern *best = NULL;
    for (int t = 0; t < TABLES; t++) {
        if (name && strcmp(name, tables[t].kern->name)) continue;
        if (tables[t].runs()) best = tables[t].kern;
    }
    if (best) return best;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i])) continue;
        hr_fail(HR_ERR_UNSUPPORTED, "isa: this processor cannot run %s kernels", name);
        return NULL;
    }
    hr_fail(HR_ERR_ARG, "isa: \"%.40s\" is not one of ref, avx2, avx512", name);
    return NULL;
}

size_t hr_kern_pack_count(const hr_kern *kern, size_t k, size_t n) {
    return (n + kern->panel - 1) / kern->panel * kern->panel * k;
}

static size_t round_up(size_t n, size_t unit) {
    return (n + unit - 1) / unit * unit;
}

/* Two matrices of probabilities and packed copies of q, k, v and the output's gradient. */
size_t hr_kern_attention_scratch(const hr_kern *kern, size_t tokens, size_t head_dim) {
    size_t t = round_up(tokens, kern->panel), h = round_up(head_dim, kern->panel);
    return 2 * t * t + 8 * t * h;
}
