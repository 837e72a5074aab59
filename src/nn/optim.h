/* optim.h - optimisers: Adam-atan2 and AdamW over the dense parameters as one vector, Muon for the
 * matrices inside blocks, sign-SGD for the puzzle embedding, EMA, gradient norm, schedule. */
#ifndef HR_OPTIM_H
#define HR_OPTIM_H

#include "nn/model.h"

typedef enum hr_optim_kind { HR_OPTIM_ADAM_ATAN2, HR_OPTIM_ADAMW } hr_optim_kind;

typedef struct hr_optim_config {
    hr_optim_kind kind;
    bool muon;      /* matrices inside blocks by Muon, the rest by `kind` */
    bool muon_rows; /* their updates with rows of equal size */
    double beta1, beta2, eps, weight_decay;
    double muon_momentum, muon_beta2, muon_weight_decay;
    double clip;     /* largest gradient norm; 0: off */
    double ema;      /* rate of the average; 0: none is kept */
    bool ema_warmup; /* the rate rises to it: (1 + t) / (10 + t) at update t */
} hr_optim_config;

typedef struct hr_optim {
    hr_optim_config config;
    hr_model *model; /* borrowed */
    hr_pool *pool;   /* borrowed */
    int threads;
    hr_real *m, *v;   /* (dense) first and second moments; of Muon: momentum, means of rows */
    hr_real *average; /* (dense) EMA of the parameters, or NULL */
    hr_real *muon;    /* scratch of every worker */
    size_t muon_stride;
    hr_arena arena;
} hr_optim;

/* Several who have the same gradients and deal out what is most of Muon's work: each makes some of
 * the matrices orthogonal, which all then apply. */
typedef struct hr_dealt {
    int part, parts;
    /* Numbers at[p] to at[p + 1] of grads (parts + 1) are part p's, and become what it has. */
    void (*gather)(void *user, hr_real *grads, const size_t *at);
    void *user;
} hr_dealt;
/* at (parts + 1): where the matrices of each part begin among the dense parameters, in order and as
 * even as they come. */
void hr_optim_deal(const hr_model *model, const hr_optim_config *config, int parts, size_t *at);

hr_status hr_optim_new(hr_model *model, hr_pool *pool, const hr_optim_config *config,
                       hr_optim **out);
void hr_optim_free(hr_optim *optim);
size_t hr_optim_bytes(const hr_model *model, const hr_optim_config *config, int threads);

/* Step t, from 1, over the dense parameters from grads (dense), which clipping may scale. Returns
 * the gradient norm before clipping; when it is not finite nothing is changed. Does not repack the
 * model. dealt: NULL, or with whom; the bits are the same.
 *
 * Adam-atan2 (release 0.0.3): p *= 1 - lr wd; p -= lr / (1-b1^t) atan2(m, sqrt(v) / sqrt(1-b2^t)).
 *
 * Muon: m = mu m + g; u = g + mu m, made orthogonal by 5 Newton-Schulz steps; p *= 1 - lr wd;
 * p -= lr sqrt(max(1, out / in)) u. With muon_rows, row r of u is an output's:
 * v_r = b2 v_r + (1-b2) mean(u_r^2); w_r = u_r / (sqrt(v_r) + 1e-10); u = w |u| / |w|, Frobenius
 * norms. So the update keeps the size of plain Muon's and muon_lr its meaning, as in the published
 * code; the paper's text has lr .2 sqrt(out in) w / |w| in place of lr sqrt(max(1, out / in)) u,
 * which, |u| being about sqrt(min(out, in)), is this step at the rate lr .2 sqrt(in). */
double hr_optim_step(hr_optim *optim, int64_t t, hr_real *grads, double lr, double muon_lr,
                     const hr_dealt *dealt);

/* Sign-SGD on the puzzle embedding: gradients of rows with equal id are summed in row order, then
 * p = p (1 - lr wd) - lr sign(sum) once for every id in the batch. grads (rows x puzzle_emb_ndim)
 * is used as scratch; first (rows) too. */
void hr_puzzle_step(hr_model *model, const int32_t *ids, int rows, hr_real *grads, int *first,
                    double lr, double weight_decay);

/* Learning rate of a step counted from 1: linear warm-up, then cosine to min_ratio * base (1:
 * const). */
double hr_schedule(double base, int64_t step, int64_t warmup, int64_t total, double min_ratio);
/* The way down alone, by a cosine or in a line: progress from 0, at base, to 1. */
double hr_schedule_wave(double base, double progress, double min_ratio, bool line);

#endif
