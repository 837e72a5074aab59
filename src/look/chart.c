/* chart.c - see chart.h. Charts are drawn on 640 x 280 points and grow with the window. */
#include "look/chart.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { WIDTH = 640, HEIGHT = 280, LEFT = 66, RIGHT = 16, TOP = 10, BOTTOM = 46 };
enum { PALETTE = 8, POINTS = 3000, FEWEST = 120, MOST = 640, LEVELS = 24 };

/* An axis: values low to high, on `from` to `to` points. */
typedef struct axis {
    double low, high, from, to;
    bool log;
} axis;

typedef struct plot {
    hr_buffer *out;
    axis x, y;
} plot;

static bool fits(const axis *a, double v) {
    return fabs(v) < 1e150 && (!a->log || v > 0); /* false for what is not a number */
}

static double place(const axis *a, double v) {
    double low = a->log ? log10(a->low) : a->low, high = a->log ? log10(a->high) : a->high;
    double at = ((a->log ? log10(v) : v) - low) / (high - low);
    return a->from + (a->to - a->from) * (at < 0 ? 0 : at > 1 ? 1 : at);
}

static void widen(axis *a, double v) {
    if (!fits(a, v)) return;
    if (isnan(a->low) || v < a->low) a->low = v;
    if (isnan(a->high) || v > a->high) a->high = v;
}

/* Room for an axis on which all values are the same, or that has none. */
static void settle(axis *a) {
    if (isnan(a->low)) a->low = a->log ? 1 : 0, a->high = a->log ? 10 : 1;
    if (a->high > a->low) return;
    double by = a->log ? 0 : a->low != 0 ? fabs(a->low) * .1 : 1;
    a->low = a->log ? a->low / 2 : a->low - by;
    a->high = a->log ? a->high * 2 : a->high + by;
}

int hr_chart_ticks(double low, double high, bool log, int wanted, double ticks[HR_CHART_TICKS]) {
    static const double round[] = {1, 2, 5, 10};
    int n = 0;
    if (log) {
        int first = (int)floor(log10(low)), last = (int)ceil(log10(high));
        int every = (last - first) / wanted + 1, parts = last - first > 3 ? 1 : 3;
        for (int power = first; power <= last; power += every)
            for (int i = 0; i < parts && n < HR_CHART_TICKS; i++) {
                double v = round[i] * pow(10, power);
                if (v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9)) ticks[n++] = v;
            }
        if (n > 1) return n;
        n = 0; /* less than a step of 1, 2, 5: as if it were not in powers */
    }
    double rough = (high - low) / wanted, power = pow(10, floor(log10(rough))), step = 0;
    for (int i = 0; i < 4 && step < rough; i++) step = round[i] * power;
    for (double k = ceil(low / step - 1e-9); k * step <= high + step * 1e-9 && n < HR_CHART_TICKS;
         k++)
        ticks[n++] = fabs(k) < .5 ? 0 : k * step;
    return n;
}

static void text_at(plot *p, double x, double y, const char *anchor, const char *text) {
    hr_buffer_print(p->out, "<text x=\"%.4g\" y=\"%.4g\" text-anchor=\"%s\">", x, y, anchor);
    hr_page_escape(p->out, text);
    hr_buffer_print(p->out, "</text>");
}

static void number_at(plot *p, double x, double y, const char *anchor, double v) {
    static const char *const unit[] = {"", "k", "M", "G"};
    double size = fabs(v);
    int thousands = size < 1e4 || size >= 1e13 ? 0 : size < 1e6 ? 1 : size < 1e9 ? 2 : 3;
    char *text = hr_text_format("%.6g%s", v / pow(1000, thousands), unit[thousands]);
    if (text) text_at(p, x, y, anchor, text);
    p->out->failed |= !text;
    hr_free(text);
}

static void draw_names(plot *p, const hr_chart *c) {
    if (c->x) text_at(p, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "middle", c->x);
    if (!c->y) return;
    hr_buffer_print(p->out, "<g transform=\"rotate(-90 14 %d)\">", (TOP + HEIGHT - BOTTOM) / 2);
    text_at(p, 14, (TOP + HEIGHT - BOTTOM) / 2, "middle", c->y);
    hr_buffer_print(p->out, "</g>");
}

static void draw_y_axis(plot *p) {
    double ticks[HR_CHART_TICKS];
    int n = hr_chart_ticks(p->y.low, p->y.high, p->y.log, 5, ticks);
    for (int i = 0; i < n; i++) {
        double y = place(&p->y, ticks[i]);
        hr_buffer_print(p->out, "<path class=\"axis\" d=\"M%d %.1fH%d\"/>", LEFT, y, WIDTH - RIGHT);
        number_at(p, LEFT - 6, y + 4, "end", ticks[i]);
    }
}

static void draw_x_axis(plot *p) {
    double ticks[HR_CHART_TICKS];
    int n = hr_chart_ticks(p->x.low, p->x.high, p->x.log, 7, ticks), floor_at = HEIGHT - BOTTOM;
    hr_buffer_print(p->out, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>", LEFT, TOP, floor_at,
                    WIDTH - RIGHT);
    for (int i = 0; i < n; i++) {
        double x = place(&p->x, ticks[i]);
        hr_buffer_print(p->out, "<path class=\"axis\" d=\"M%.1f %dv5\"/>", x, floor_at);
        number_at(p, x, floor_at + 19, "middle", ticks[i]);
    }
}

/* A shape about a point, so that series are told apart without colours. */
static void draw_mark(hr_buffer *out, size_t series, double x, double y) {
    static const char *const shape[] = {"m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "m-3.5-3.5h7v7h-7z",
                                        "m0-4.5l4.5 8h-9z", "m0-5l4.5 5l-4.5 5l-4.5-5z"};
    hr_buffer_print(out, "<path fill=\"var(--s%zu)\" d=\"M%.1f %.1f%s\"/>", series % PALETTE, x, y,
                    shape[series % 4]);
}

size_t hr_chart_thin(const hr_series *s, size_t most, size_t *kept) {
    size_t n = 0, stretches = most / 2 - 1;
    if (s->count <= most) {
        for (; n < s->count; n++) kept[n] = n;
        return n;
    }
    kept[n++] = 0;
    for (size_t k = 0; k < stretches; k++) {
        size_t begin = 1 + k * (s->count - 2) / stretches,
               end = 1 + (k + 1) * (s->count - 2) / stretches;
        size_t low = begin, high = begin;
        for (size_t i = begin; i < end; i++) {
            if (isnan(s->y[low]) || s->y[i] < s->y[low]) low = i;
            if (isnan(s->y[high]) || s->y[i] > s->y[high]) high = i;
        }
        if (begin < end) kept[n++] = low < high ? low : high;
        if (begin < end && low != high) kept[n++] = low < high ? high : low;
    }
    kept[n++] = s->count - 1;
    return n;
}

/* The interval about a line, as an area: there along the upper ends, back along the lower ones. */
static void draw_band(plot *p, const hr_series *s, size_t which, const size_t *kept, size_t n) {
    if (!s->low || !s->high) return;
    hr_buffer_print(p->out, "<path fill=\"var(--s%zu)\" fill-opacity=\".18\" d=\"",
                    which % PALETTE);
    char pen = 'M';
    for (size_t i = 0; i < 2 * n; i++) {
        size_t at = kept[i < n ? i : 2 * n - 1 - i];
        double v = i < n ? s->high[at] : s->low[at];
        if (!fits(&p->x, s->x[at]) || !fits(&p->y, v)) continue;
        hr_buffer_print(p->out, "%c%.1f %.1f", pen, place(&p->x, s->x[at]), place(&p->y, v));
        pen = 'L';
    }
    hr_buffer_print(p->out, "%s\"/>", pen == 'L' ? "z" : "");
}

static void draw_series(plot *p, const hr_chart *c, const hr_series *s, size_t which, size_t most) {
    size_t *kept = HR_NEW(size_t, s->count + 1), n = 0, last = SIZE_MAX;
    if (!kept) p->out->failed = true;
    else n = hr_chart_thin(s, most, kept);
    draw_band(p, s, which, kept, n);
    if (!c->points)
        hr_buffer_print(p->out,
                        "<path fill=\"none\" stroke=\"var(--s%zu)\" stroke-width=\"1.6\" d=\"",
                        which % PALETTE);
    bool on = false;
    for (size_t i = 0; i < n; i++) {
        size_t at = kept[i];
        bool there = fits(&p->x, s->x[at]) && fits(&p->y, s->y[at]);
        if (there) {
            double x = place(&p->x, s->x[at]), y = place(&p->y, s->y[at]);
            if (c->points) draw_mark(p->out, which, x, y);
            else hr_buffer_print(p->out, "%s%.1f %.1f", on ? " " : "M", x, y);
            last = at;
        }
        on = there;
    }
    if (!c->points) hr_buffer_print(p->out, "\"/>");
    if (!c->points && last != SIZE_MAX)
        draw_mark(p->out, which, place(&p->x, s->x[last]), place(&p->y, s->y[last]));
    hr_free(kept);
}

/* <figure><svg> with what is said of it; the values' own drawing follows. */
static void begin(hr_page *page, const hr_chart *c, int width, int height, const char *ranges) {
    hr_buffer *out = &page->body;
    int id = ++page->charts;
    hr_buffer_print(out, "<figure><figcaption>");
    hr_page_escape(out, c->title);
    hr_buffer_print(out,
                    "</figcaption><svg role=\"img\" viewBox=\"0 0 %d %d\" aria-labelledby=\"c%dt "
                    "c%dd\"><title id=\"c%dt\">",
                    width, height, id, id, id);
    hr_page_escape(out, c->title);
    hr_buffer_print(out, "</title><desc id=\"c%dd\">", id);
    hr_page_escape(out, ranges);
    hr_buffer_print(out, "</desc>\n");
}

static void end(hr_page *page, const hr_chart *c, const hr_series *series, size_t count) {
    hr_buffer *out = &page->body;
    hr_buffer_print(out, "</svg>");
    if (count > 1) hr_buffer_print(out, "<ul class=\"key\">");
    for (size_t i = 0; count > 1 && i < count; i++) {
        hr_buffer_print(out,
                        "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\"><path d=\"M0 6h24\" "
                        "stroke=\"var(--s%zu)\" stroke-width=\"2\"/>",
                        i % PALETTE);
        draw_mark(out, i, 12, 6);
        hr_buffer_print(out, "</svg>");
        hr_page_escape(out, series[i].name);
        hr_buffer_print(out, "</li>");
    }
    if (count > 1) hr_buffer_print(out, "</ul>");
    if (c->note) hr_page_dim(page, "%s", c->note);
    hr_buffer_print(out, "</figure>\n");
}

/* The ranges of the axes and where each series ends, in words. */
static void describe(hr_buffer *out, const hr_chart *c, const hr_series *series, size_t count) {
    for (size_t i = 0; i < count; i++) {
        axis y = {.low = NAN, .high = NAN, .log = c->log_y};
        double last = NAN;
        for (size_t k = 0; k < series[i].count; k++) {
            widen(&y, series[i].y[k]);
            if (fits(&y, series[i].y[k])) last = series[i].y[k];
        }
        hr_buffer_print(out, "%s%s", i ? "; " : "", series[i].name ? series[i].name : c->title);
        if (isnan(last)) hr_buffer_print(out, ": no values");
        else hr_buffer_print(out, ": %.4g to %.4g, at last %.4g", y.low, y.high, last);
    }
}

static plot measured(hr_page *page, const hr_chart *c, const hr_series *series, size_t count) {
    plot p = {.out = &page->body,
              .x = {NAN, NAN, LEFT, WIDTH - RIGHT, c->log_x},
              .y = {NAN, NAN, HEIGHT - BOTTOM, TOP, c->log_y}};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < series[i].count; k++) {
            if (series[i].x && !fits(&p.y, series[i].y[k])) continue;
            if (series[i].x) widen(&p.x, series[i].x[k]);
            widen(&p.y, series[i].y[k]);
            if (series[i].low) widen(&p.y, series[i].low[k]);
            if (series[i].high) widen(&p.y, series[i].high[k]);
        }
    if (c->bounded) p.y.low = c->low, p.y.high = c->high;
    settle(&p.x);
    settle(&p.y);
    return p;
}

static plot open_plot(hr_page *page, const hr_chart *c, const hr_series *series, size_t count) {
    hr_buffer ranges = {0};
    describe(&ranges, c, series, count);
    begin(page, c, WIDTH, HEIGHT, ranges.text);
    hr_buffer_free(&ranges);
    return measured(page, c, series, count);
}

void hr_chart_lines(hr_page *page, const hr_chart *c, const hr_series *series, size_t count) {
    plot p = open_plot(page, c, series, count);
    draw_y_axis(&p);
    draw_x_axis(&p);
    draw_names(&p, c);
    size_t most = count ? POINTS / count : POINTS;
    most = c->points ? POINTS : most < FEWEST ? FEWEST : most > MOST ? MOST : most;
    for (size_t i = 0; i < count; i++) draw_series(&p, c, &series[i], i, most);
    end(page, c, series, count);
}

static void draw_bar(plot *p, const hr_series *s, size_t which, size_t at, double x, double width) {
    if (!fits(&p->y, s->y[at])) return;
    double top = place(&p->y, s->y[at]), foot = place(&p->y, p->y.log ? p->y.low : 0);
    hr_buffer_print(
        p->out, "<rect fill=\"var(--s%zu)\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
        which % PALETTE, x, top < foot ? top : foot, width, fabs(foot - top));
    if (s->low && s->high && fits(&p->y, s->low[at]) && fits(&p->y, s->high[at]))
        hr_buffer_print(p->out, "<path stroke=\"var(--ink)\" d=\"M%.1f %.1fV%.1f\"/>",
                        x + width / 2, place(&p->y, s->low[at]), place(&p->y, s->high[at]));
}

void hr_chart_bars(hr_page *page, const hr_chart *c, const char *const *names,
                   const hr_series *series, size_t count) {
    plot p = open_plot(page, c, series, count);
    size_t groups = count ? series->count : 0;
    if (!c->bounded && !c->log_y) {
        if (p.y.low > 0) p.y.low = 0;
        if (p.y.high < 0) p.y.high = 0;
    }
    draw_y_axis(&p);
    draw_names(&p, c);
    double room = (double)(WIDTH - LEFT - RIGHT) / (double)(groups ? groups : 1);
    for (size_t g = 0; g < groups; g++) {
        double left = LEFT + room * (double)g, width = room * .8 / (double)count;
        for (size_t i = 0; i < count; i++)
            draw_bar(&p, &series[i], i, g, left + room * .1 + width * (double)i, width);
        text_at(&p, left + room / 2, HEIGHT - BOTTOM + 19, "middle", names[g]);
    }
    end(page, c, series, count);
}

/* Where a value stands between 0 and the farthest one, in levels; below 0 for those below 0. */
static int level(double v, double low, double high) {
    double zero = low < 0 ? 0 : low, farthest = fmax(high - zero, zero - low);
    double at = farthest > 0 ? (v - zero) / farthest : 0;
    if (!isfinite(at)) return 0;
    return (int)lround(LEVELS * (at < -1 ? -1 : at > 1 ? 1 : at));
}

/* One path per level, through the runs of cells that have it: a fraction of a rectangle per cell.
 */
static void draw_cells(hr_buffer *out, const int *levels, int rows, int cols) {
    for (int want = -LEVELS; want <= LEVELS; want++) {
        bool any = false;
        for (int i = 0; want && i < rows * cols; i++) {
            int run = 1, r = i / cols, k = i % cols;
            if (levels[i] != want) continue;
            while (k + run < cols && levels[i + run] == want) run++;
            if (!any)
                hr_buffer_print(out, "<path stroke=\"var(--%s)\" stroke-opacity=\"%.2g\" d=\"",
                                want < 0 ? "cold" : "heat", fabs((double)want) / LEVELS);
            any = true;
            hr_buffer_print(out, "M%d %d.5h%d", k, r, run);
            i += run - 1;
        }
        if (any) hr_buffer_print(out, "\"/>");
    }
}

void hr_chart_heat(hr_page *page, const hr_chart *c, const double *values, int rows, int cols,
                   const char *const *row_names, const char *const *col_names) {
    axis range = {.low = NAN, .high = NAN};
    int cells = rows * cols, *levels = HR_NEW(int, (size_t)cells + 1);
    for (int i = 0; i < cells; i++) widen(&range, values[i]);
    if (c->bounded) range.low = c->low, range.high = c->high;
    if (isnan(range.low)) range.low = range.high = 0;
    for (int i = 0; levels && i < cells; i++) levels[i] = level(values[i], range.low, range.high);
    char *ranges =
        hr_text_format("%d rows, %d columns, %.4g to %.4g", rows, cols, range.low, range.high);
    int left = row_names ? 110 : 8, foot = col_names ? 26 : 8;
    double side = fmin(44, fmin((WIDTH - left - 8.) / (cols ? cols : 1), 480. / (rows ? rows : 1)));
    int height = foot + (int)(side * rows) + 8;
    begin(page, c, WIDTH, height, ranges);
    plot p = {.out = &page->body};
    for (int r = 0; row_names && r < rows; r++)
        text_at(&p, left - 6, 8 + side * (r + .5) + 4, "end", row_names[r]);
    for (int k = 0; col_names && k < cols; k++)
        text_at(&p, left + side * (k + .5), height - 8, "middle", col_names[k]);
    hr_buffer_print(p.out,
                    "<g transform=\"translate(%d 8) scale(%.4g)\" shape-rendering=\"crispEdges\">",
                    left, side);
    if (levels) draw_cells(p.out, levels, rows, cols);
    hr_buffer_print(p.out, "<path class=\"axis\" stroke-width=\"%.3g\" d=\"M0 0h%dv%dh-%dz\"/></g>",
                    1 / side, cols, rows, cols);
    p.out->failed |= !levels || !ranges;
    end(page, c, NULL, 0);
    hr_free(levels);
    hr_free(ranges);
}

void hr_chart_group(hr_page *page) {
    hr_page_raw(page, "<div class=\"charts\">\n");
}

void hr_chart_group_end(hr_page *page) {
    hr_page_raw(page, "</div>\n");
}
