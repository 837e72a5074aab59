/* kern_ref.c - the definition of correct: every operation as plain loops, in float or double. */
#define TABLE      hr_kern_ref
#define TABLE_NAME "ref"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "kern/kern_tables.h"

enum { PANEL = 16 };

static size_t panel_size(size_t k) {
    return k * PANEL;
}

static void pack(hr_real *panels, const hr_real *b, size_t row, size_t col, size_t k, size_t n) {
    for (size_t j0 = 0; j0 < n; j0 += PANEL)
        for (size_t i = 0; i < k; i++)
            for (size_t j = j0; j < j0 + PANEL; j++) *panels++ = j < n ? b[i * row + j * col] : 0;
}

static void gemm(const hr_gemm *g) {
    const hr_real *panels = g->b, *addend = g->addend;
    for (size_t j0 = 0; j0 < g->n; j0 += PANEL, panels += g->k * PANEL) {
        size_t cols = g->n - j0 < PANEL ? g->n - j0 : PANEL;
        for (size_t i = 0; i < g->m; i++) {
            double sum[PANEL] = {0};
            for (size_t p = 0; p < g->k; p++)
                for (size_t j = 0; j < PANEL; j++)
                    sum[j] += (double)g->a[i * g->lda + p] * (double)panels[p * PANEL + j];
            size_t at = i * g->ldc + j0;
            for (size_t j = 0; j < cols; j++)
                g->c[at + j] = (hr_real)((addend ? (double)addend[at + j] : 0) + sum[j]);
        }
    }
}

static void gemm_tn(const hr_gemm *g) {
    for (size_t i = 0; i < g->m; i++)
        for (size_t j0 = 0; j0 < g->n; j0 += PANEL) {
            size_t cols = g->n - j0 < PANEL ? g->n - j0 : PANEL;
            double sum[PANEL] = {0};
            for (size_t p = 0; p < g->k; p++)
                for (size_t j = 0; j < cols; j++)
                    sum[j] += (double)g->a[p * g->lda + i] * (double)g->b[p * g->ldb + j0 + j];
            hr_real *out = g->c + i * g->ldc + j0;
            for (size_t j = 0; j < cols; j++) out[j] = (hr_real)((double)out[j] + sum[j]);
        }
}

#include "kern/kern_plain.h"

#include "kern/kern_loops.h"

#include "kern/kern_mlp.h"

#include "kern/kern_table.h"
