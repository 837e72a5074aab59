/* loss.h - token and halting losses with their gradients, in double. */
#ifndef HR_LOSS_H
#define HR_LOSS_H

#include "nn/model.h"

/* Cross-entropy of one token over v logits, -log p[label]; dlogits (v) gets scale * gradient unless
 * NULL. Softmax: p = exp(x) / sum. Stablemax: p = s(x) / sum s, s(x) = x + 1 for x >= 0, 1 / (1 -
 * x) below. */
double hr_loss_token(hr_loss_kind kind, const hr_real *logits, int v, int label, double scale,
                     hr_real *dlogits);

/* Binary cross-entropy of a logit against a target in 0..1; its gradient is sigmoid(x) - target. */
double hr_loss_bce(double logit, double target);
double hr_sigmoid(double x);

/* Losses of one row after a segment: fills the report from logits (seq x V), labels (seq) and q (2)
 * with next_q (2; logits one segment later, NULL without q_continue). dlogits (seq x V) and dq (2)
 * get the gradient of loss / global_batch; NULL dlogits: losses only. */
void hr_loss_row(const hr_objective *objective, int seq, int vocab, const hr_real *logits,
                 const int32_t *labels, const hr_real *q, const hr_real *next_q, bool last,
                 hr_row_report *report, hr_real *dlogits, hr_real *dq);

#endif
