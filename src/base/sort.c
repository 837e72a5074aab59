/* sort.c - numbers in order. */
#include "base/sort.h"

int hr_sort_ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
