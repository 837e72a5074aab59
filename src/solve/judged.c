/* judged.c - confidence against what was right. */
#include "solve/judged.h"

#include <math.h>
#include <stdlib.h>

static int less_sure(const void *a, const void *b) {
    double x = ((const hr_judged *)a)->confidence, y = ((const hr_judged *)b)->confidence;
    if (isnan(x) || isnan(y)) return isnan(y) - isnan(x);
    return (x > y) - (x < y);
}

void hr_judged_sort(hr_judged *of, size_t n) {
    qsort(of, n, sizeof *of, less_sure);
}

double hr_judged_auc(const hr_judged *of, size_t n) {
    double pairs = 0, wrong = 0, right = 0;
    for (size_t i = 0, end; i < n; i = end) {
        double alike[2] = {0, 0}; /* wrong, right */
        for (end = i; end < n && !less_sure(&of[i], &of[end]); end++) alike[of[end].exact]++;
        pairs += alike[1] * (wrong + alike[0] / 2);
        wrong += alike[0];
        right += alike[1];
    }
    return pairs / (wrong * right);
}

double hr_judged_bound(const hr_judged *of, size_t n, double right) {
    double bound = NAN;
    size_t sure = 0, good = 0;
    for (size_t i = n; i--;) {
        sure++;
        good += of[i].right;
        bool last = !i || less_sure(&of[i - 1], &of[i]);
        if (!last || isnan(of[i].confidence) || (double)good < right * (double)sure) continue;
        double below = i && !isnan(of[i - 1].confidence) ? of[i - 1].confidence : 0;
        bound = (below + of[i].confidence) / 2;
    }
    return bound;
}
