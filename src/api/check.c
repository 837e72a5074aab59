/* check.c - golden numbers and measurements. */
#include "api/handles.h"
#include "check/bench.h"
#include "check/parity.h"

HR_API_INIT(hrm_bench_options, .seconds = 1)

typedef struct relay {
    hrm_parity_callback callback;
    void *user;
} relay;

static void tell(void *user, const hr_parity_case *c) {
    const relay *r = user;
    hrm_parity_case result = {c->group, c->name, c->passed, c->worst, c->tolerance, c->where};
    if (r->callback) r->callback(r->user, &result);
}

hrm_status hrm_parity(const char *dir, const hrm_run *run, hrm_parity_callback callback, void *user,
                      size_t *passed, size_t *failed) {
    if (!dir || !passed || !failed) return hr_api_missing(dir ? "passed or failed" : "dir");
    *passed = *failed = 0;
    HR_API_TAKE(hrm_run, own, run, refused);
    if (refused) return refused;
    const hr_kern *kern = hr_kern_select(own.isa);
    hr_pool *pool = NULL;
    hr_status status = kern ? hr_pool_new(own.threads, &pool) : HR_ERR_ARG;
    relay r = {callback, user};
    if (!status) status = hr_parity(dir, kern, pool, tell, &r, passed, failed);
    hr_pool_free(pool);
    return hr_api_status(status);
}

hrm_status hrm_bench(const hrm_bench_options *options, hrm_bench_callback callback, void *user) {
    if (!options || !callback) return hr_api_missing(options ? "callback" : "options");
    HR_API_TAKE(hrm_bench_options, own, options, refused);
    hrm_run run;
    if (!refused) refused = hr_api_take_run(&run, &own.run);
    return refused ? refused : hr_api_status(hr_bench(&own, callback, user));
}
