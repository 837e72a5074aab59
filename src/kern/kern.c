/* kern.c - chooses a table: the best one this processor can run, or the one asked for by name. */
#include "kern/kern.h"

#include <string.h>

static bool always(void) {
    return true;
}

#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx512bf16(void) {
    return has_avx512() && __builtin_cpu_supports("avx512bf16");
}

bool hr_kern_amx_runs(void);
void hr_kern_amx_release(void);
static bool has_amx(void) {
    return has_avx512bf16() && hr_kern_amx_runs();
}
#endif

#ifndef HR_REAL_DOUBLE
extern const hr_kern hr_kern_portable, hr_kern_avx2, hr_kern_avx512, hr_kern_avx512bf16,
    hr_kern_amx, hr_kern_neon;
#endif

/* From the reference to the fastest. A table that was not built has a name only. */
static const struct {
    const char *name;
    const hr_kern *kern;
    bool (*runs)(void);
} tables[] = {
    {"ref", &hr_kern_ref, always},
#ifndef HR_REAL_DOUBLE
    {"portable", &hr_kern_portable, always},
#if defined(__x86_64__)
    {"avx2", &hr_kern_avx2, has_avx2},
    {"avx512", &hr_kern_avx512, has_avx512},
    {"avx512bf16", &hr_kern_avx512bf16, has_avx512bf16},
    {"amx", &hr_kern_amx, has_amx},
    {"neon", NULL, NULL},
#elif defined(__aarch64__)
    {"avx2", NULL, NULL},
    {"avx512", NULL, NULL},
    {"avx512bf16", NULL, NULL},
    {"amx", NULL, NULL},
    {"neon", &hr_kern_neon, always},
#endif
#endif
};
enum { TABLES = sizeof tables / sizeof *tables };

const hr_kern *hr_kern_at(int i) {
    for (int t = 0; t < TABLES; t++)
        if (tables[t].kern && tables[t].runs() && i-- == 0) return tables[t].kern;
    return NULL;
}

void hr_kern_release(void) {
#if defined(__x86_64__) && !defined(HR_REAL_DOUBLE)
    if (has_amx()) hr_kern_amx_release();
#endif
}

/* Whether `name` asks for the table: by its own name, or by how its products round. */
static bool means(const char *name, int table) {
    if (!name || !strcmp(name, tables[table].name)) return true;
    const hr_kern *kern = tables[table].kern;
    if (!strcmp(name, "float")) return !kern || !kern->bf16;
    return !strcmp(name, "bf16") && (!kern || kern->bf16);
}

const hr_kern *hr_kern_select(const char *name) {
    const hr_kern *best = NULL;
    bool known = name && !strcmp(name, "bf16");
    for (int t = 0; t < TABLES; t++) {
        if (!means(name, t)) continue;
        known = true;
        if (tables[t].kern && tables[t].runs()) best = tables[t].kern;
    }
    if (best) return best;
    if (known) hr_fail(HR_ERR_UNSUPPORTED, "isa: this processor cannot run %s kernels", name);
    else
        hr_fail(HR_ERR_ARG,
                "isa: \"%.40s\" is not one of float, bf16, ref, portable, avx2, avx512, "
                "avx512bf16, amx, neon",
                name);
    return NULL;
}

static size_t round_up(size_t n, size_t unit) {
    return (n + unit - 1) / unit * unit;
}

size_t hr_kern_panel_count(const hr_kern *kern, size_t k) {
    size_t pair = kern->bf16 ? 2 : 1; /* two bf16 where a float goes */
    return round_up(k, kern->step > pair ? kern->step : pair) * kern->panel / pair;
}

size_t hr_kern_pack_count(const hr_kern *kern, size_t k, size_t n) {
    return round_up(n, kern->panel) / kern->panel * hr_kern_panel_count(kern, k);
}

size_t hr_kern_left_count(const hr_kern *kern, size_t m, size_t k) {
    size_t n = round_up(m, kern->step) * round_up(k, kern->step);
    return kern->step > 1 ? n / 2 : n; /* tiles hold bf16 */
}

size_t hr_kern_operand_count(const hr_kern *kern, size_t k, size_t m) {
    return kern->bf16 ? hr_kern_pack_count(kern, k, m) : k * m;
}

size_t hr_kern_sums_count(const hr_kern *kern, size_t m, size_t n) {
    return round_up(m, kern->sums_edge) * round_up(n, kern->sums_edge);
}

size_t hr_kern_mlp_scratch(const hr_kern *kern, size_t rows, size_t width, size_t inner) {
    size_t unit = kern->panel;
    return round_up(rows, unit) * (5 * round_up(inner, unit) + 2 * round_up(width, unit));
}

/* Input and gradient at the output; the hidden row and the gradients at gate and up. */
size_t hr_kern_mlp_operands(const hr_kern *kern, size_t rows, size_t width, size_t inner) {
    if (!kern->bf16) return rows * (2 * width + 3 * inner);
    return 2 * hr_kern_pack_count(kern, rows, width) + 3 * hr_kern_pack_count(kern, rows, inner);
}

/* Two matrices of probabilities and packed copies of q, k, v and the output's gradient. */
size_t hr_kern_attention_scratch(const hr_kern *kern, size_t tokens, size_t head_dim) {
    size_t t = round_up(tokens, kern->panel), h = round_up(head_dim, kern->panel);
    return 2 * t * t + 8 * t * h;
}
