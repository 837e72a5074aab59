/* loss.c - stablemax and softmax cross-entropy, and the halting terms. */
#include "nn/loss.h"

#include <math.h>
#include <string.h>

/* s(x) of stablemax and its derivative. */
static double stable(double x, double *slope) {
    if (x >= 0) {
        *slope = 1;
        return x + 1;
    }
    double s = 1 / (1 - x);
    *slope = s * s;
    return s;
}

static double token_stablemax(const hr_real *x, int v, int label, double scale, hr_real *dx) {
    double sum = 0, slope;
    for (int j = 0; j < v; j++) sum += stable((double)x[j], &slope);
    double own = stable((double)x[label], &slope);
    for (int j = 0; dx && j < v; j++) {
        stable((double)x[j], &slope);
        dx[j] = (hr_real)(scale * slope * (1 / sum - (j == label ? 1 / own : 0)));
    }
    return -log(own / sum);
}

static double token_softmax(const hr_real *x, int v, int label, double scale, hr_real *dx) {
    double top = (double)x[0], sum = 0;
    for (int j = 1; j < v; j++) top = (double)x[j] > top ? (double)x[j] : top;
    for (int j = 0; j < v; j++) sum += exp((double)x[j] - top);
    for (int j = 0; dx && j < v; j++)
        dx[j] = (hr_real)(scale * (exp((double)x[j] - top) / sum - (j == label)));
    return log(sum) - ((double)x[label] - top);
}

double hr_loss_token(hr_loss_kind kind, const hr_real *logits, int v, int label, double scale,
                     hr_real *dlogits) {
    return kind == HR_LOSS_STABLEMAX ? token_stablemax(logits, v, label, scale, dlogits)
                                     : token_softmax(logits, v, label, scale, dlogits);
}

double hr_sigmoid(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

double hr_loss_bce(double logit, double target) {
    return fmax(logit, 0) - logit * target + log1p(exp(-fabs(logit)));
}

static int argmax(const hr_real *x, int v) {
    int best = 0;
    for (int j = 1; j < v; j++)
        if (x[j] > x[best]) best = j;
    return best;
}

static void q_terms(const hr_objective *o, const hr_real *q, const hr_real *next_q, bool last,
                    hr_row_report *r, hr_real *dq) {
    double halt = (double)q[0], go_on = (double)q[1], scale = o->q_weight / o->global_batch;
    r->q_halt = (float)q[0];
    r->q_continue = (float)q[1];
    r->q_halt_loss = hr_loss_bce(halt, r->exact);
    if (dq) {
        dq[0] = (hr_real)(scale * (hr_sigmoid(halt) - r->exact));
        dq[1] = 0;
    }
    if (!o->q_continue || !next_q) return;
    double next = last ? (double)next_q[0] : fmax((double)next_q[0], (double)next_q[1]);
    double target = hr_sigmoid(next);
    r->target_q_continue = (float)target;
    r->q_continue_loss = hr_loss_bce(go_on, target);
    if (dq) dq[1] = (hr_real)(scale * (hr_sigmoid(go_on) - target));
}

void hr_loss_row(const hr_objective *objective, int seq, int vocab, const hr_real *logits,
                 const int32_t *labels, const hr_real *q, const hr_real *next_q, bool last,
                 hr_row_report *report, hr_real *dlogits, hr_real *dq) {
    *report = (hr_row_report){0};
    for (int t = 0; t < seq; t++) report->labelled += labels[t] != HR_IGNORE;
    double share = 1.0 / (report->labelled ? report->labelled : 1);
    for (int t = 0; t < seq; t++) {
        const hr_real *x = logits + (size_t)t * (size_t)vocab;
        hr_real *dx = dlogits ? dlogits + (size_t)t * (size_t)vocab : NULL;
        if (labels[t] == HR_IGNORE) {
            if (dx) memset(dx, 0, (size_t)vocab * sizeof *dx);
            continue;
        }
        report->lm_loss += share * hr_loss_token(objective->loss, x, vocab, labels[t],
                                                 share / objective->global_batch, dx);
        report->correct += argmax(x, vocab) == labels[t];
    }
    report->exact = report->correct == report->labelled;
    q_terms(objective, q, next_q, last, report, dq);
}
