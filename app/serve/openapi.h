/* openapi.h - the description of the service for programs, out of the table of its endpoints. */
#ifndef SERVE_OPENAPI_H
#define SERVE_OPENAPI_H

#include "http.h"

json_t *openapi_make(const route *routes);

#endif
