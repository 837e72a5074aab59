/* chart.h - charts of a page as SVG within it: lines, points, bars, heat. Each says its title and
 * its ranges to those who do not see it. Values that are not finite leave a gap. */
#ifndef HR_CHART_H
#define HR_CHART_H

#include "look/page.h"

/* What is around the values. Texts are borrowed and escaped. */
typedef struct hr_chart {
    const char *title, *x, *y; /* y and x: names of the axes; NULL: without */
    const char *note;          /* a sentence below; NULL: none */
    bool log_x, log_y;         /* axes in powers; values of 0 and less are left out */
    bool bounded; /* the y axis, or the heat's range, is low to high; else as the values are */
    double low, high;
    bool points; /* single points, without lines between them */
} hr_chart;

/* x, y (count), in the order in which they are joined. low, high (count): an interval about y;
 * NULL: none. In bars x is not read and may be NULL. */
typedef struct hr_series {
    const char *name; /* NULL or one series alone: no key */
    const double *x, *y, *low, *high;
    size_t count;
} hr_series;

/* Long series are thinned to what can be seen: of every stretch its lowest and its highest value.
 */
void hr_chart_lines(hr_page *page, const hr_chart *chart, const hr_series *series, size_t count);
/* Groups of one bar per series; names (series->count, the same of all) stand below. */
void hr_chart_bars(hr_page *page, const hr_chart *chart, const char *const *names,
                   const hr_series *series, size_t count);
/* values (rows x cols): the darker the larger; those below 0 in another colour. Names (rows; cols)
 * may be NULL. */
void hr_chart_heat(hr_page *page, const hr_chart *chart, const double *values, int rows, int cols,
                   const char *const *row_names, const char *const *col_names);

/* Charts between them stand side by side where there is room. */
void hr_chart_group(hr_page *page);
void hr_chart_group_end(hr_page *page);

/* Which of the points of a series a line of at most `most` of them (4 or more) passes through: the
 * first, the last, and of each of equal stretches the lowest and the highest. kept (series->count)
 * receives indices; returns how many. */
size_t hr_chart_thin(const hr_series *series, size_t most, size_t *kept);

/* Round numbers that cover low to high, at most 12, about `wanted` of them; in powers where log.
 * Returns how many. */
enum { HR_CHART_TICKS = 12 };
int hr_chart_ticks(double low, double high, bool log, int wanted, double ticks[HR_CHART_TICKS]);

#endif
