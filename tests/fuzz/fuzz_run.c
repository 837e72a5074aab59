/* fuzz_run.c - hostile bytes for what reads and draws the metrics of a run: lines, and after a zero
 * byte those of its sessions. */
#include <stdint.h>
#include <string.h>

#include "look/chart.h"
#include "look/runs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *cut = memchr(data, 0, size);
    size_t first = cut ? (size_t)(cut - data) : size;
    hr_run_list runs = {0};
    hr_page page = {0};
    hrm_runs *info;
    if (hr_runs_add_none(&runs, "fuzz", "why")) return 0;
    hr_run *run = runs.run;
    hr_run_metrics(run, data, first);
    if (cut) hr_run_sessions(run, cut + 1, size - first - 1);
    for (int i = 0; i < run->curves; i++) {
        const hr_curve *c = &run->curve[i];
        const hr_series s = {.name = c->name, .x = c->x, .y = c->y, .count = c->count};
        hr_chart_lines(&page, &(hr_chart){.title = c->name, .log_y = i % 2}, &s, 1);
    }
    if (!hr_runs_info(&runs, &info)) hr_runs_info_free(info);
    hr_page_free(&page);
    hr_runs_free(&runs);
    return 0;
}
