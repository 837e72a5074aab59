/* measure.h - statistics of states and scores: participation ratios, ROC curves, thresholds, axes.
 */
#ifndef HR_MEASURE_H
#define HR_MEASURE_H

#include "hrm_look.h"
#include "base/mem.h"
#include "kern/kern.h"

/* Sums of products of vectors of d numbers, in groups that a jackknife leaves out one by one. */
typedef struct hr_spread {
    size_t d, groups;
    double *products, *sums, *count; /* (groups x d x d), (groups x d), (groups) */
} hr_spread;
void hr_spread_take(hr_spread *spread, size_t d, size_t groups, hr_arena *arena);
/* Adds n vectors, rows of d; scratch (d x d). One group may be added to at a time. */
void hr_spread_add(hr_spread *spread, size_t group, const hr_kern *kern, const hr_real *rows,
                   size_t n, hr_real *scratch);
/* The participation ratio of the covariance of all vectors, (sum l)^2 / sum l^2 over its
 * eigenvalues l, which is tr(C)^2 / tr(C C); its interval is the jackknife's over the groups. NaN
 * for fewer than two vectors, or none that differ; the bounds for fewer than two groups. */
hrm_interval hr_spread_ratio(const hr_spread *spread);

/* A score, and what it was to tell. */
typedef struct hr_rated {
    double score;
    bool right;
} hr_rated;
/* How often a right one has the higher score of a pair, ties counted as half: the area under the
 * ROC curve, with Hanley and McNeil's interval (Radiology 143, 1982). Sorts them; NaN where all are
 * alike. */
hrm_interval hr_measure_auc(hr_rated *of, size_t n);
/* The threshold that leaves the least variance within the two parts that it makes (Otsu): halfway
 * between them. Sorts the values; NaN for fewer than two that differ. */
double hr_measure_otsu(double *values, size_t n);
/* Sets ranks from 0 to 1, equal values alike; place: their order, which is kept. */
typedef struct hr_ranked {
    double value, rank;
    size_t place;
} hr_ranked;
void hr_measure_ranks(hr_ranked *of, size_t n);

/* The mean and its 95 % interval by Student's t; bounds NaN for fewer than two, all for none. */
hrm_interval hr_measure_mean(const double *values, size_t n);

/* Eigenvalues, the largest first, and eigenvectors (columns of n x n) of a symmetric matrix, which
 * is lost (Jacobi). */
void hr_measure_eigen(double *a, size_t n, double *values, double *vectors);

#endif
