/* api.h - the endpoints, in one table. */
#ifndef SERVE_API_H
#define SERVE_API_H

#include "http.h"

/* Until one without a path. */
extern const route api_routes[];

#endif
