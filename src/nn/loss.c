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
    double top = (double)x[0], sum = 0, e[HR_VOCAB_MAX];
    for (int j = 1; j < v; j++) top = (double)x[j] > top ? (double)x[j] : top;
    for (int j = 0; j < v; j++) sum += e[j] = exp((double)x[j] - top);
    for (int j = 0; dx && j < v; j++) dx[j] = (hr_real)(scale * (e[j] / sum - (j == label)));
    return log(sum) - ((double)x[label] - top);
}

double hr_loss_token(hr_loss_kind kind, const hr_real *logits, int v, int label, double scale,
                     hr_real *dlogits) {
    return kind == HR_LOSS_STABLEMAX ? token_stablemax(logits, v, label, scale, dlogits)
                                     : token_softmax(logits, v, label, scale, dlogits);
}

double hr_loss_smooth(hr_loss_kind kind, const hr_real *x, int v, int label, double smoothing,
                      double scale, hr_real *dx) {
    double top = (double)x[hr_argmax(x, v)], sum = 0, loss = 0, s[HR_VOCAB_MAX], slope;
    bool stablemax = kind == HR_LOSS_STABLEMAX;
    for (int j = 0; j < v; j++)
        sum += s[j] = stablemax ? stable((double)x[j], &slope) : exp((double)x[j] - top);
    for (int j = 0; j < v; j++) {
        double target = smoothing / v + (j == label ? 1 - smoothing : 0);
        double rise = s[j] / sum - target; /* of the logarithm of s */
        loss -= target * ((stablemax ? log(s[j]) : (double)x[j] - top) - log(sum));
        if (stablemax) stable((double)x[j], &slope);
        if (dx) dx[j] = (hr_real)(scale * (stablemax ? rise * slope / s[j] : rise));
    }
    return loss;
}

/* As the objective has it. first: the token of the first logit. */
static double weighed(const hr_objective *o, const hr_real *x, int v, int label, int first,
                      double scale, hr_real *dx) {
    double weight = o->symbol_weights ? o->symbol_weights[first + label] : 1;
    scale *= weight;
    return weight * (o->smoothing > 0
                         ? hr_loss_smooth(o->loss, x, v, label, o->smoothing, scale, dx)
                         : hr_loss_token(o->loss, x, v, label, scale, dx));
}

double hr_sigmoid(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

double hr_loss_bce(double logit, double target) {
    return fmax(logit, 0) - logit * target + log1p(exp(-fabs(logit)));
}

int hr_argmax(const hr_real *x, int n) {
    int best = 0;
    for (int j = 1; j < n; j++)
        if (x[j] > x[best]) best = j;
    return best;
}

static void q_terms(const hr_objective *o, const hr_loss_in *in, hr_row_report *r, hr_real *dq) {
    const hr_real *q = in->q, *next_q = in->next_q;
    double halt = (double)q[0], go_on = (double)q[1];
    double scale = o->q_weight / o->global_batch / in->readouts;
    r->q_halt = (float)q[0];
    r->q_continue = (float)q[1];
    r->q_halt_loss += hr_loss_bce(halt, r->exact) / in->readouts;
    if (dq) {
        dq[0] = (hr_real)(scale * (hr_sigmoid(halt) - r->exact));
        dq[1] = 0;
    }
    if (!o->q_continue || !next_q) return;
    double next = in->last ? (double)next_q[0] : fmax((double)next_q[0], (double)next_q[1]);
    double target = hr_sigmoid(next);
    r->target_q_continue = (float)target;
    r->q_continue_loss += hr_loss_bce(go_on, target) / in->readouts;
    if (dq) dq[1] = (hr_real)(scale * (hr_sigmoid(go_on) - target));
}

/* The cell that the i-th logits are of; -1 for padding that is skipped. */
static int cell_of(const hr_spec *spec, const hr_loss_in *in, int i) {
    int t = in->cell ? in->cell[i] : i;
    return spec->skip_padding && (in->inputs[t] & ~HR_GIVEN) == hr_padding_of(spec) ? -1 : t;
}

/* Tokens in, tokens out: the published losses. */
static void token_row(const hr_objective *o, const hr_spec *spec, const hr_loss_in *in,
                      hr_row_report *r, hr_real *dlogits, hr_real *dq) {
    size_t vocab = (size_t)spec->vocab;
    r->labelled = r->correct = 0;
    for (int i = 0; i < in->cells; i++) {
        int t = cell_of(spec, in, i);
        r->labelled += t >= 0 && in->labels[t] != HR_IGNORE;
    }
    double share = 1.0 / (r->labelled ? r->labelled : 1) / in->readouts;
    for (int i = 0; i < in->cells; i++) {
        const hr_real *x = in->logits + (size_t)i * vocab;
        hr_real *dx = dlogits ? dlogits + (size_t)i * vocab : NULL;
        int t = cell_of(spec, in, i);
        if (t < 0 || in->labels[t] == HR_IGNORE) {
            if (dx) memset(dx, 0, vocab * sizeof *dx);
            continue;
        }
        r->lm_loss +=
            share * weighed(o, x, spec->vocab, in->labels[t], 0, share / o->global_batch, dx);
        r->correct += hr_argmax(x, spec->vocab) == in->labels[t];
    }
    r->exact = r->correct == r->labelled;
    q_terms(o, in, r, dq);
}

/* Keep or drop: one cell's S logits, `truth` the bit of its symbol if that is still there. Binary
 * cross-entropy as hr_loss_bce, with one exponential for it and its gradient, and with the
 * logarithms of the dropped taken at once: S factors of at most 2 each. */
static double keep_terms(const hr_objective *o, int symbols, const hr_real *x, int32_t truth,
                         double scale, hr_real *dx) {
    double loss = 0, dropped = 1, keep_weight = scale * o->keep_weight;
    double drop_weight = scale * o->drop_weight;
    for (int s = 0; s < symbols; s++) {
        bool keep = truth >> s & 1;
        double logit = (double)x[s], e = exp(-fabs(logit)),
               weight = keep ? keep_weight : drop_weight;
        double sigmoid = (logit >= 0 ? 1 : e) / (1 + e);
        loss += weight * (fmax(logit, 0) - logit * keep);
        if (keep) loss += weight * log1p(e);
        else dropped *= 1 + e;
        if (dx) dx[s] = (hr_real)(weight * (sigmoid - keep) / o->global_batch);
    }
    return loss + drop_weight * log(dropped);
}

static void candidate_row(const hr_objective *o, const hr_spec *spec, const hr_loss_in *in,
                          hr_row_report *r, hr_real *dlogits, hr_real *dq) {
    int symbols = spec->symbols, open = 0, cells = 0;
    r->lost = false;
    for (int i = 0; i < in->cells; i++) {
        int t = cell_of(spec, in, i);
        if (t < 0) continue;
        r->lost |= !(in->inputs[t] >> in->labels[t] & 1);
        open += !(in->inputs[t] & HR_GIVEN);
        cells++;
    }
    r->labelled = open;
    r->correct = 0;
    double share = 1.0 / in->readouts, bit = share / (cells ? cells : 1) / symbols;
    double cell = r->lost || !open ? 0 : share / open;
    for (int i = 0; i < in->cells; i++) {
        const hr_real *x = in->logits + (size_t)i * 2 * (size_t)symbols;
        hr_real *dx = dlogits ? dlogits + (size_t)i * 2 * (size_t)symbols : NULL;
        int t = cell_of(spec, in, i);
        if (t < 0) {
            if (dx) memset(dx, 0, 2 * (size_t)symbols * sizeof *dx);
            continue;
        }
        int32_t truth = in->inputs[t] & (int32_t)1 << in->labels[t];
        bool given = in->inputs[t] & HR_GIVEN;
        r->keep_loss += keep_terms(o, symbols, x, truth, bit, dx);
        r->correct += !given && hr_argmax(x + symbols, symbols) == in->labels[t];
        if (cell > 0 && !given)
            r->lm_loss +=
                cell * weighed(o, x + symbols, symbols, in->labels[t], spec->vocab - symbols,
                               cell * o->symbol_weight / o->global_batch, dx ? dx + symbols : NULL);
        else if (dx) memset(dx + symbols, 0, (size_t)symbols * sizeof *dx);
    }
    r->exact = r->correct == r->labelled;
    r->q_halt = (float)in->q[0];
    r->q_halt_loss += share * hr_loss_bce((double)in->q[0], r->lost);
    if (!dq) return;
    dq[0] = (hr_real)(share * o->conflict_weight / o->global_batch *
                      (hr_sigmoid((double)in->q[0]) - r->lost));
    dq[1] = 0;
}

void hr_loss_row(const hr_objective *objective, const hr_spec *spec, const hr_loss_in *in,
                 hr_row_report *report, hr_real *dlogits, hr_real *dq) {
    if (spec->symbols) candidate_row(objective, spec, in, report, dlogits, dq);
    else token_row(objective, spec, in, report, dlogits, dq);
}
