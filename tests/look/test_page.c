/* Reports as HTML: what a run is called cannot become a script, charts keep what can be seen. */
#include "look/chart.h"

#include <math.h>

#include "base/mem.h"
#include "base/os.h"
#include "test.h"

static hr_file written(hr_page *page, const char *title) {
    hr_file file;
    OK(hr_page_write(page, title, "lead & all", "build/test_page.html"));
    OK(hr_os_load("build/test_page.html", &file));
    remove("build/test_page.html");
    return file;
}

static bool holds(const hr_file *file, const char *text) {
    return memmem(file->data, file->size, text, strlen(text));
}

/* A folder named like a tag, or an attribute's end, would run what it says in the reader's browser.
 */
static void everything_is_escaped(void **state) {
    (void)state;
    static const char evil[] = "<script>'\"&\x01";
    static const char quiet[] = "&lt;script&gt;&#39;&quot;&amp;?";
    hr_buffer out = {0};
    hr_page_escape(&out, evil);
    assert_string_equal(out.text, quiet);
    hr_buffer_free(&out);

    hr_page page = {0};
    const char *const names[] = {evil, evil};
    double x[] = {0, 1}, y[] = {1, 2};
    hr_series series[] = {{.name = evil, .x = x, .y = y, .count = 2},
                          {.name = evil, .x = x, .y = x, .count = 2}};
    hr_chart chart = {.title = evil, .x = evil, .y = evil, .note = evil};
    hr_page_section(&page, evil);
    hr_page_say(&page, "%s", evil);
    hr_page_dim(&page, "%s", evil);
    hr_page_fold(&page, true, evil);
    hr_page_lines(&page, evil);
    hr_page_unfold(&page);
    hr_page_table(&page, evil, names, 2);
    hr_page_row(&page, names);
    hr_page_table_end(&page);
    hr_chart_lines(&page, &chart, series, 2);
    hr_chart_bars(&page, &chart, names, series, 2);
    hr_chart_heat(&page, &chart, y, 1, 2, names, names);
    hr_file file = written(&page, evil);
    assert_false(holds(&file, "<script"));
    assert_false(holds(&file, evil));
    assert_true(holds(&file, quiet));
    assert_true(holds(&file, "lead &amp; all"));
    hr_os_unload(&file);
}

/* Columns of figures stand to the right, their heads with them; a table without rows has its head.
 */
static void tables_align_figures(void **state) {
    (void)state;
    hr_page page = {0};
    const char *const head[] = {"name", "count", "word"}, *const row[] = {"a", "1.5", "b"},
                      *const short_row[] = {"c", NULL, ""};
    hr_page_table(&page, "figures", head, 3);
    hr_page_row(&page, row);
    hr_page_row(&page, short_row);
    hr_page_table_end(&page);
    hr_page_table(&page, "none", head, 3);
    hr_page_table_end(&page);
    hr_file file = written(&page, "t");
    assert_true(holds(&file, "<th scope=\"col\">name</th><th scope=\"col\" class=\"n\">count</th>"
                             "<th scope=\"col\">word</th>"));
    assert_true(holds(&file, "<th scope=\"row\">a</th><td class=\"n\">1.5</td><td>b</td>"));
    assert_true(holds(&file, "<th scope=\"row\">c</th><td></td><td></td>"));
    assert_true(holds(&file, "<th scope=\"col\">count</th>"));
    hr_os_unload(&file);
}

/* A spike of one step, which is what the reader looks for, stays in a thinned curve. */
static void thinning_keeps_ends_and_spikes(void **state) {
    (void)state;
    enum { COUNT = 10000, MOST = 64 };
    double *x = HR_NEW(double, COUNT), *y = HR_NEW(double, COUNT);
    size_t kept[COUNT], n;
    for (int i = 0; i < COUNT; i++) x[i] = i, y[i] = sin(i * .01);
    y[4321] = 9, y[77] = -9, y[5000] = NAN;
    hr_series s = {.x = x, .y = y, .count = COUNT};
    n = hr_chart_thin(&s, MOST, kept);
    assert_in_range(n, MOST / 2, MOST);
    assert_int_equal(kept[0], 0);
    assert_int_equal(kept[n - 1], COUNT - 1);
    bool high = false, low = false;
    for (size_t i = 0; i < n; i++) {
        if (i) assert_true(kept[i] > kept[i - 1]);
        high |= kept[i] == 4321;
        low |= kept[i] == 77;
        assert_false(isnan(y[kept[i]]));
    }
    assert_true(high && low);
    s.count = 50;
    assert_int_equal(hr_chart_thin(&s, MOST, kept), 50);
    for (size_t i = 0; i < 50; i++) assert_int_equal(kept[i], i);
    s.count = 1;
    assert_int_equal(hr_chart_thin(&s, 4, kept), 1);
    s.count = 0;
    assert_int_equal(hr_chart_thin(&s, 4, kept), 0);
    hr_free(x);
    hr_free(y);
}

/* 8 curves of 10,000 steps are a page that a mail can carry. */
static void long_runs_make_small_pages(void **state) {
    (void)state;
    enum { COUNT = 10000 };
    double *x = HR_NEW(double, COUNT), *y = HR_NEW(double, COUNT);
    for (int i = 0; i < COUNT; i++) x[i] = i, y[i] = (i * 7919 % 1000) / 1000.;
    hr_series s = {.x = x, .y = y, .low = x, .high = y, .count = COUNT};
    hr_chart chart = {.title = "t"};
    hr_page page = {0};
    for (int i = 0; i < 8; i++) hr_chart_lines(&page, &chart, &s, 1);
    hr_file file = written(&page, "t");
    assert_in_range(file.size, 10000, 400000);
    hr_os_unload(&file);
    hr_free(x);
    hr_free(y);
}

static void ticks_are(double low, double high, bool log, int count, double first, double last) {
    double t[HR_CHART_TICKS];
    int n = hr_chart_ticks(low, high, log, 5, t);
    assert_int_equal(n, count);
    assert_true(fabs(t[0] - first) <= 1e-9 * fabs(first));
    assert_true(fabs(t[n - 1] - last) <= 1e-9 * fabs(last));
}

/* Numbers at the axes are round ones, on both kinds of axis. */
static void axes_have_round_numbers(void **state) {
    (void)state;
    ticks_are(0, 1, false, 6, 0, 1);
    ticks_are(-3, 17, false, 4, 0, 15);
    ticks_are(1234, 1239, false, 6, 1234, 1239);
    ticks_are(1e-5, 1, true, 3, 1e-5, .1);
    ticks_are(.9, 60, true, 6, 1, 50);
    ticks_are(2.1, 2.9, true, 4, 2.2, 2.8);
}

/* What has no place on an axis (not a number, 0 in powers) is a gap, not a broken picture. */
static void gaps_and_nothing(void **state) {
    (void)state;
    double x[] = {0, 1, 2, 3, 4}, y[] = {1, NAN, 0, INFINITY, 100};
    hr_series s = {.name = "a", .x = x, .y = y, .count = 5}, none = {.name = "none"};
    hr_chart chart = {.title = "t", .log_y = true};
    hr_page page = {0};
    hr_chart_lines(&page, &chart, &s, 1);
    hr_chart_lines(&page, &chart, &none, 1);
    hr_chart_lines(&page, &chart, NULL, 0);
    hr_chart_bars(&page, &chart, NULL, &none, 1);
    hr_chart_heat(&page, &chart, y, 1, 4, NULL, NULL);
    hr_chart_heat(&page, &chart, NULL, 0, 0, NULL, NULL);
    chart.log_y = false;
    hr_chart_lines(&page, &chart, &s, 1);
    double huge[] = {-1e308, 1e308, 1, 2, 1e-308}; /* whose difference is no number */
    s.y = huge;
    hr_chart_lines(&page, &chart, &s, 1);
    hr_file file = written(&page, "t");
    assert_false(holds(&file, "nan "));
    assert_false(holds(&file, "inf"));
    assert_false(holds(&file, "nan\""));
    assert_true(holds(&file, "a: 1 to 100, at last 100"));
    assert_true(holds(&file, "none: no values"));
    assert_true(holds(&file, "d=\"M66.0 234.0M624.0 10.0\""));
    hr_os_unload(&file);
}

/* A heat grid of an attention map (81 x 81) has a path per shade, not an element per cell. */
static void heat_is_small_and_signed(void **state) {
    (void)state;
    static double map[81 * 81];
    for (int i = 0; i < 81 * 81; i++) map[i] = (i * 7919 % 1000) / 1000.;
    map[0] = -1;
    hr_page page = {0};
    hr_chart chart = {.title = "map"};
    hr_chart_heat(&page, &chart, map, 81, 81, NULL, NULL);
    hr_file file = written(&page, "t");
    assert_in_range(file.size, 20000, 90000);
    assert_true(holds(&file, "var(--cold)\" stroke-opacity=\"1\" d=\"M0 0.5h1\""));
    assert_true(holds(&file, "81 rows, 81 columns, -1 to 0.999"));
    hr_os_unload(&file);
}

HR_TEST_MAIN(cmocka_unit_test(everything_is_escaped), cmocka_unit_test(tables_align_figures),
             cmocka_unit_test(thinning_keeps_ends_and_spikes),
             cmocka_unit_test(long_runs_make_small_pages),
             cmocka_unit_test(axes_have_round_numbers), cmocka_unit_test(gaps_and_nothing),
             cmocka_unit_test(heat_is_small_and_signed))
