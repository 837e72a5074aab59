/* check.c - golden numbers and measurements. */
#include "api/handles.h"
#include "check/bench.h"
#include "check/parity.h"

HR_API_INIT(hrm_bench_options, .seconds = 1)
HR_API_INIT(hrm_parity_options, .run = NULL)

hrm_status hrm_parity(const char *dir, const hrm_parity_options *options, hrm_parity_report *out) {
    HR_API_FLOATS;
    HR_API_NEED(dir, out);
    *out = (hrm_parity_report){0};
    HR_API_TAKE(hrm_parity_options, own, options);
    HR_API_TAKE_INNER(hrm_run, run, own.run);
    const hr_kern *kern = hr_kern_select(run.isa);
    hr_pool *pool = NULL;
    hr_status status = kern ? hr_pool_new(run.threads, HR_POOL_SPACE, &pool) : HR_ERR_ARG;
    if (!status) status = hr_parity(dir, kern, pool, &own, out);
    hr_pool_free(pool);
    return status;
}

hrm_status hrm_bench(const hrm_bench_options *options) {
    HR_API_FLOATS;
    HR_API_NEED(options);
    HR_API_TAKE(hrm_bench_options, own, options);
    HR_API_TAKE_INNER(hrm_run, run, own.run);
    hrm_bench_callback callback = own.callback;
    HR_API_NEED(callback);
    return hr_bench(&own);
}
