/* sort.h - numbers in order, for qsort. */
#ifndef HR_SORT_H
#define HR_SORT_H

int hr_sort_ascending(const void *a, const void *b); /* doubles, none of them NaN */

#endif
