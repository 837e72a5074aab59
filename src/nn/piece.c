/* piece.c - see piece.h */
#include "nn/piece.h"

#include <limits.h>

enum { PIECE = 1 << 16 }; /* numbers, about */

int hr_piece_units(const hr_model *m) {
    return m->modules[HR_MODULE_H].layers + m->modules[HR_MODULE_L].layers;
}

const hr_block *hr_piece_block(const hr_model *m, int unit, int *module, int *layer) {
    int high = m->modules[HR_MODULE_H].layers;
    *module = unit < high ? HR_MODULE_H : HR_MODULE_L;
    *layer = unit < high ? unit : unit - high;
    return &m->modules[*module].blocks[*layer];
}

static hr_piece piece_of(const hr_model *m, int unit, hr_part of) {
    int module, layer;
    size_t d = (size_t)m->spec.hidden;
    switch (of.matrix) {
    case HR_MATRIX_HEADS:
        return hr_block_columns(m->lm_head.sums, m->lm_head.out + 2, d, of);
    case HR_MATRIX_Q_BIAS:
        return hr_block_columns(m->q_bias_sums, 1, 2, of);
    case HR_MATRIX_EMBEDDINGS: /* whole: tables begin on cache lines, rows of d may end within */
        return of.parts == 1 ? hr_block_columns(m->embed_sums, 1, m->embed_count, of)
                             : hr_block_columns(m->embed_sums, m->embed_count / d, d, of);
    default:
        return hr_block_piece(m, hr_piece_block(m, unit, &module, &layer), of);
    }
}

/* Into how many parts what `all` is a piece of is cut. */
static int parts_of(const hr_model *m, int threads, hr_matrix matrix, const hr_piece *all) {
    if (matrix == HR_MATRIX_Q_BIAS) return 1;
    if (matrix > HR_MATRICES)
        return (size_t)m->spec.hidden % (HR_ALIGN / sizeof(hr_real)) ? 1 : threads;
    int parts = (int)(all->length * all->runs / PIECE), least = (threads + 1) / 2;
    return parts > least ? parts : least;
}

/* Finds piece i of those of some units; *count gets how many there are where there is none. */
static hr_place find(const hr_model *m, int threads, int unit, int end, int i, int *count) {
    int blocks = hr_piece_units(m);
    for (*count = 0; unit < end; unit++) {
        hr_matrix from = unit < blocks    ? 0
                         : unit == blocks ? HR_MATRIX_HEADS
                                          : HR_MATRIX_EMBEDDINGS;
        hr_matrix to = unit < blocks ? HR_MATRICES : from + (unit == blocks ? 2 : 1);
        for (hr_part of = {from, 0, 1}; of.matrix < to; of.matrix++, of.parts = 1) {
            const hr_piece all = piece_of(m, unit, of);
            int parts = all.length ? parts_of(m, threads, of.matrix, &all) : 0;
            of.parts = (size_t)parts;
            of.part = (size_t)(i - *count);
            if (i - *count < parts) return (hr_place){unit, of, piece_of(m, unit, of)};
            *count += parts;
            of.part = 0;
        }
    }
    return (hr_place){0};
}

int hr_piece_count(const hr_model *m, int threads, int unit, int units) {
    int count;
    find(m, threads, unit, unit + units, INT_MAX, &count);
    return count;
}

hr_place hr_piece_at(const hr_model *m, int threads, int unit, int i) {
    int count;
    return find(m, threads, unit, hr_piece_units(m) + 2, i, &count);
}

size_t hr_piece_largest(const hr_model *m, int threads) {
    size_t most = 0;
    for (int i = 0, count = hr_piece_count(m, threads, 0, hr_piece_units(m) + 2); i < count; i++) {
        const hr_piece p = hr_piece_at(m, threads, 0, i).piece;
        size_t size = p.length ? (p.runs - 1) * p.stride + p.length : 0;
        if (size > most) most = size;
    }
    return most;
}
