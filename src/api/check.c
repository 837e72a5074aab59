/* check.c - golden numbers and measurements. */
#include "api/handles.h"
#include "check/bench.h"
#include "check/parity.h"

HR_API_INIT(hrm_bench_options, .seconds = 1)
HR_API_INIT(hrm_parity_options, .run = NULL)

hrm_status hrm_parity(const char *dir, const hrm_parity_options *options, size_t *passed,
                      size_t *failed) {
    if (!dir || !passed || !failed) return hr_api_missing(dir ? "passed or failed" : "dir");
    *passed = *failed = 0;
    HR_API_TAKE(hrm_parity_options, own, options, refused);
    hrm_run run;
    if (!refused) refused = hr_api_take_run(&run, &own.run);
    if (refused) return refused;
    const hr_kern *kern = hr_kern_select(run.isa);
    hr_pool *pool = NULL;
    hr_status status = kern ? hr_pool_new(run.threads, &pool) : HR_ERR_ARG;
    if (!status) status = hr_parity(dir, kern, pool, &own, passed, failed);
    hr_pool_free(pool);
    return hr_api_status(status);
}

hrm_status hrm_bench(const hrm_bench_options *options) {
    if (!options) return hr_api_missing("options");
    HR_API_TAKE(hrm_bench_options, own, options, refused);
    hrm_run run;
    if (!refused) refused = hr_api_take_run(&run, &own.run);
    if (!refused && !own.callback) refused = hr_api_missing("callback");
    return refused ? refused : hr_api_status(hr_bench(&own));
}
