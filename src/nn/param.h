/* param.h - the table of parameters: names, shapes and places in one block of memory.
 *
 * Names are those of the published checkpoints (model.inner....). Order: dense parameters, which
 * the optimiser sees as one vector; then the puzzle embedding; then the fixed initial states. */
#ifndef HR_PARAM_H
#define HR_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nn/spec.h"

typedef enum hr_param_kind {
    HR_PARAM_DENSE,  /* trained by the optimiser */
    HR_PARAM_SPARSE, /* the puzzle embedding: sign-SGD on the rows in use */
    HR_PARAM_BUFFER, /* saved, never trained */
} hr_param_kind;

typedef enum hr_param_role {
    HR_ROLE_LINEAR,    /* a matrix inside a block: truncated normal, std 1/sqrt(in) */
    HR_ROLE_CONV,      /* (taps x D) truncated normal, std 1/sqrt(taps) */
    HR_ROLE_HEAD,      /* lm_head: the same init, not a hidden matrix */
    HR_ROLE_EMBEDDING, /* std 1/sqrt(D) */
    HR_ROLE_Q_WEIGHT,  /* zero */
    HR_ROLE_Q_BIAS,    /* -5; of candidates 0 */
    HR_ROLE_PUZZLE,    /* zero */
    HR_ROLE_STATE,     /* std 1 */
} hr_param_role;

enum { HR_PARAM_NAME = 96 };

typedef struct hr_param {
    char name[HR_PARAM_NAME];
    hr_param_kind kind;
    hr_param_role role;
    bool tokens;          /* of a token MLP */
    bool narrow;          /* not in the block, where it has no place: see narrow.h */
    int dims;             /* 1 or 2 */
    size_t rows, cols;    /* a vector: rows 1 */
    size_t offset, count; /* in hr_real, in the block */
} hr_param;

typedef struct hr_param_table {
    int count;
    hr_param *param;
    size_t dense;      /* elements of the dense part, from the start of the block (with padding) */
    size_t total;      /* elements of the block (with padding) */
    size_t parameters; /* trained numbers, padding and buffers not counted */
} hr_param_table;

hr_status hr_param_table_new(const hr_spec *spec, hr_param_table *out);
void hr_param_table_free(hr_param_table *table);
/* Takes the matrices of the blocks out of the block of memory, but those of token MLPs, which are
 * small and multiply from the left. */
void hr_param_table_narrow(hr_param_table *table);
/* By name, or NULL. */
const hr_param *hr_param_find(const hr_param_table *table, const char *name);

#endif
