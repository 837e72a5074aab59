/* muon.h - Muon: momentum made orthogonal, for the 2-D weights inside blocks.
 *
 * Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024); rows
 * of equal size: Z. Li et al., "NorMuon" (arXiv 2510.05491). */
#ifndef HR_MUON_H
#define HR_MUON_H

#include "nn/model.h"

/* Elements of scratch that the largest matrix of the model needs. */
size_t hr_muon_scratch(const hr_model *model);

/* A step of one matrix (rows x cols); see optim.h for the formulas. */
typedef struct hr_muon {
    hr_real *p, *momentum;
    hr_real *squares; /* (rows) the running mean of each row's squares, or NULL: plain Muon */
    const hr_real *grad;
    double lr, mu, beta2, weight_decay;
} hr_muon;
void hr_muon_step(const hr_kern *kern, const hr_param *param, const hr_muon *m, hr_real *scratch);

#endif
