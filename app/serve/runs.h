/* runs.h - training runs beside the service: which there are, and their metrics as they grow. */
#ifndef SERVE_RUNS_H
#define SERVE_RUNS_H

#include "reply.h"

/* The folder whose folders are runs; NULL: none are shown. */
void runs_open(const char *folder);
/* {"object": "list", "data": [{"name", "bytes", "changed"}]}; NULL when memory is short. */
json_t *runs_list(void);
/* Answers with events "metrics", one for each line of the run's metrics.jsonl, those to come
 * included. A name is only compared with those of the folder. */
enum MHD_Result runs_events(request *q);
/* Now and then: tells what has grown. */
void runs_tick(void);
/* Ends all streams. */
void runs_end(void);

#endif
