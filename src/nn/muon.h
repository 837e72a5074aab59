/* muon.h - Muon: momentum made orthogonal, for the 2-D weights inside blocks.
 *
 * Source: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks" (2024); rows
 * of equal size: Z. Li et al., "NorMuon" (arXiv 2510.05491). */
#ifndef HR_MUON_H
#define HR_MUON_H

#include "nn/model.h"

/* Elements of scratch that the largest matrix of the model needs. */
size_t hr_muon_scratch(const hr_model *model);

/* A step of one matrix (rows x cols), in three parts; see optim.h for the formulas. The gradient
 * gives way to the momentum to come, that to the orthogonal matrix beside it, and that is applied.
 */
typedef struct hr_muon {
    hr_real *p, *momentum;
    hr_real *squares; /* (rows) the running mean of each row's squares, or NULL: plain Muon */
    hr_real *grad;
    double lr, mu, beta2, weight_decay;
} hr_muon;
void hr_muon_momentum(const hr_param *param, const hr_muon *m);
void hr_muon_orthogonal(const hr_kern *kern, const hr_param *param, const hr_muon *m,
                        hr_real *scratch);
void hr_muon_apply(const hr_param *param, const hr_muon *m);
/* Multiplications of the second, which is nearly all of the step. */
double hr_muon_work(const hr_param *param);

#endif
