/* options.c - options of every size, and the defaults of those that solving takes. */
#include <string.h>

#include "api/handles.h"

void hr_api_fill(void *options, const void *defaults, size_t known, size_t size) {
    if (!options) return;
    memset(options, 0, size);
    memcpy(options, defaults, size < known ? size : known);
}

HR_API_INIT(hrm_run, .isa = NULL)
HR_API_INIT(hrm_solve_options, .user = NULL)
HR_API_INIT(hrm_eval_options, .user = NULL)
HR_API_INIT(hrm_stream_options, .user = NULL)

void hrm_search_init(hrm_search *search, size_t size) {
    hr_api_fill(search, &hr_solver_search, sizeof hr_solver_search, size);
    if (search) search->size = size;
}

void hrm_search_published(hrm_search *search, size_t size) {
    hrm_search published = hr_solver_search;
    published.size = size;
    published.published = 1;
    published.temperature = 1.5;
    published.patience = 16;
    hr_api_fill(search, &published, sizeof published, size);
}
