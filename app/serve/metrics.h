/* metrics.h - what was counted, as Prometheus reads it. */
#ifndef SERVE_METRICS_H
#define SERVE_METRICS_H

#include <stddef.h>

typedef enum metric {
    METRIC_REQUESTS,
    METRIC_SOLVED,
    METRIC_UNSOLVED,
    METRIC_ROUNDS,
    METRIC_CANCELLED,
    METRIC_REFUSED,
    METRIC_CUT,
    METRIC_2XX,
    METRIC_3XX,
    METRIC_4XX,
    METRIC_5XX,
    METRICS
} metric;

void metrics_add(metric m, unsigned n);
/* A puzzle took so long to solve. */
void metrics_time(double seconds);
/* waiting, busy, connections: what there is now. NULL when memory is short; else free it. */
char *metrics_text(size_t waiting, int busy, int connections, size_t *size);

#endif
