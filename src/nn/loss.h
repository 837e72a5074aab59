/* loss.h - token and halting losses with their gradients, in double. */
#ifndef HR_LOSS_H
#define HR_LOSS_H

#include "base/rng.h"
#include "nn/model.h"

/* A loss over one segment. Source: methods of the two papers; the formulas are below. */
typedef enum hr_loss_kind { HR_LOSS_STABLEMAX, HR_LOSS_SOFTMAX } hr_loss_kind;
typedef struct hr_objective {
    hr_loss_kind loss;
    double q_weight;  /* 0.5 */
    bool q_continue;  /* HRM: learn q_continue from one more segment without gradient */
    int global_batch; /* gradients are of loss / global_batch */
    int depth;        /* only the last so many calls of the segment run; 0: all. Training only */
    /* Models of candidates (arXiv 2605.08605): the mean over all readouts of
     *   the mean over all cells and symbols of keep_weight * BCE where the candidate is there and
     *     true, drop_weight * BCE elsewhere
     *   + symbol_weight * mean cross-entropy of the true symbol over cells not given, in rows
     *     whose truth is still possible
     *   + conflict_weight * BCE of the conflict logit, true where some cell lost its symbol. */
    double keep_weight, drop_weight, symbol_weight, conflict_weight; /* 4, 0.5, 1, 0.1 */
    double smoothing;             /* share of a label that all symbols share alike; 0: none */
    double dropout;               /* share of the input's numbers that a step leaves out; 0: none */
    double residual_dropout;      /* the same of what layers add, in all calls; see mask.h */
    hr_rng drop;                  /* which these are, by the row of the batch */
    const double *symbol_weights; /* (vocab) of a cell with that label; NULL: all 1 */
} hr_objective;

/* What a segment says about one row. Losses are means over the readouts, the rest is of the last.
 */
typedef struct hr_row_report {
    double lm_loss; /* sum of token losses / max(1, labelled tokens); candidates: of symbols */
    double q_halt_loss, q_continue_loss; /* candidates: q_halt is the conflict's */
    double keep_loss;                    /* candidates only */
    float q_halt, q_continue;            /* logits */
    float target_q_continue;             /* HRM in training; else 0 */
    int labelled, correct;               /* tokens */
    bool exact;                          /* correct == labelled */
    bool lost;                           /* candidates: some cell has lost its true symbol */
} hr_row_report;

/* Cross-entropy of one token over v logits, -log p[label]; dlogits (v) gets scale * gradient unless
 * NULL. Softmax: p = exp(x) / sum. Stablemax: p = s(x) / sum s, s(x) = x + 1 for x >= 0, 1 / (1 -
 * x) below. */
double hr_loss_token(hr_loss_kind kind, const hr_real *logits, int v, int label, double scale,
                     hr_real *dlogits);

/* The same against a label of which the share `smoothing` is spread over all v. */
double hr_loss_smooth(hr_loss_kind kind, const hr_real *logits, int v, int label, double smoothing,
                      double scale, hr_real *dlogits);

/* Binary cross-entropy of a logit against a target in 0..1; its gradient is sigmoid(x) - target. */
double hr_loss_bce(double logit, double target);
double hr_sigmoid(double x);
/* The place of the largest of n numbers, the first of equals. */
int hr_argmax(const hr_real *x, int n);

/* One row at one read of the heads. */
typedef struct hr_loss_in {
    const hr_real *logits; /* (cells x outputs) */
    const hr_real *q;      /* (2): halt and continue, or conflict and nothing */
    const hr_real *next_q; /* (2) one segment later; NULL without q_continue */
    const int32_t *inputs; /* (seq) */
    const int32_t *labels; /* (seq) */
    int cells;             /* that logits are of; see rows.h */
    const int32_t *cell;   /* (cells) which these are; NULL: the first */
    bool last;             /* the row is at its last segment */
    int readouts;          /* of which this is one */
} hr_loss_in;
/* Adds the read's share to the report's losses and sets the rest of it. dlogits (cells x outputs)
 * and dq (2) get the gradient of loss / global_batch; NULL dlogits: losses only. Padding that is
 * skipped has no loss. */
void hr_loss_row(const hr_objective *objective, const hr_spec *spec, const hr_loss_in *in,
                 hr_row_report *report, hr_real *dlogits, hr_real *dq);

#endif
