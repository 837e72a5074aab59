#include "metrics.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *name, *help;
} counter[METRICS] = {
    {"requests_total", "Requests."},
    {"puzzles_solved_total", "Puzzles with a complete answer that no rule forbids."},
    {"puzzles_unsolved_total", "Puzzles answered wrongly or not at all."},
    {"rounds_total", "Rounds of search."},
    {"cancelled_total", "Requests for answers that were cancelled, or whose client left."},
    {"refused_total", "Requests refused because too many wait or come from one address."},
    {"connections_cut_total", "Connections of clients that were too slow."},
    {"responses_total{class=\"2xx\"}", "Responses."},
    {"responses_total{class=\"3xx\"}", NULL},
    {"responses_total{class=\"4xx\"}", NULL},
    {"responses_total{class=\"5xx\"}", NULL},
};
static const double edge[] = {.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
enum { EDGES = sizeof edge / sizeof *edge };

static atomic_ullong count[METRICS], bucket[EDGES + 1], nanoseconds;

void metrics_add(metric m, unsigned n) {
    atomic_fetch_add(&count[m], n);
}

void metrics_time(double seconds) {
    int i = 0;
    while (i < EDGES && seconds > edge[i]) i++;
    atomic_fetch_add(&bucket[i], 1);
    atomic_fetch_add(&nanoseconds, (unsigned long long)(seconds * 1e9));
}

static void gauge(FILE *to, const char *name, const char *help, double value) {
    fprintf(to, "# HELP hrm_%s %s\n# TYPE hrm_%s gauge\nhrm_%s %g\n", name, help, name, name,
            value);
}

char *metrics_text(size_t waiting, int busy, int connections, size_t *size) {
    char *text = NULL;
    FILE *to = open_memstream(&text, size);
    unsigned long long sum = 0;
    if (!to) return NULL;
    for (int i = 0; i < METRICS; i++) {
        const char *name = counter[i].name;
        int n = 0;
        while (name[n] && name[n] != '{') n++;
        if (counter[i].help)
            fprintf(to, "# HELP hrm_%.*s %s\n# TYPE hrm_%.*s counter\n", n, name, counter[i].help,
                    n, name);
        fprintf(to, "hrm_%s %llu\n", name, atomic_load(&count[i]));
    }
    gauge(to, "queue_length", "Requests that wait.", (double)waiting);
    gauge(to, "workers_busy", "Solvers at work.", busy);
    gauge(to, "connections", "Open connections.", connections);
    fputs("# HELP hrm_solve_seconds Time to solve a puzzle.\n# TYPE hrm_solve_seconds histogram\n",
          to);
    for (int i = 0; i < EDGES; i++)
        fprintf(to, "hrm_solve_seconds_bucket{le=\"%g\"} %llu\n", edge[i],
                sum += atomic_load(&bucket[i]));
    sum += atomic_load(&bucket[EDGES]);
    fprintf(to,
            "hrm_solve_seconds_bucket{le=\"+Inf\"} %llu\nhrm_solve_seconds_sum %g\n"
            "hrm_solve_seconds_count %llu\n",
            sum, 1e-9 * (double)atomic_load(&nanoseconds), sum);
    bool good = !ferror(to);
    if (!fclose(to) && good) return text;
    free(text);
    return NULL;
}
