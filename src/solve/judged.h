/* judged.h - how sure a model was of its answers, and which of them were right. */
#ifndef HR_JUDGED_H
#define HR_JUDGED_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hr_judged {
    double confidence;
    bool exact, right; /* as labelled; or so by the rules */
} hr_judged;

/* Sorts them by confidence; one that is no number, of a net that went astray, is the least. */
void hr_judged_sort(hr_judged *of, size_t n);

/* Of sorted ones: */
/* How often an exact answer got more confidence than another, ties counted as half: the area under
 * the ROC curve. NaN where all are exact, or none. */
double hr_judged_auc(const hr_judged *of, size_t n);
/* The least bound for which at least the share `right` of the answers that are as sure are right;
 * NaN: there is none. It lies midway between two answers, so that few digits of it will do. */
double hr_judged_bound(const hr_judged *of, size_t n, double right);

#endif
