/* interval.h - how well a share of so many is known. */
#ifndef INTERVAL_H
#define INTERVAL_H

#include <math.h>

/* Wilson's interval at 95 % of `hits` among n. */
static inline void wilson(long hits, long n, double *low, double *high) {
    double all = (double)n, p = (double)hits / all, z = 1.959964;
    double middle = (p + z * z / (2 * all)) / (1 + z * z / all);
    double half = z * sqrt(p * (1 - p) / all + z * z / (4 * all * all)) / (1 + z * z / all);
    *low = hits ? middle - half : 0;
    *high = middle + half;
}

#endif
