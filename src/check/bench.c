/* bench.c - chooses what is measured. */
#include "check/bench.h"

#include <string.h>

#include "check/bench_kernels.h"
#include "check/bench_measure.h"
#include "check/bench_models.h"

hr_status hr_bench(const hrm_bench_options *options) {
    hr_bencher b = {.options = options};
    const char *what = options->what ? options->what : "";
    static const struct {
        const char *name;
        hr_status (*run)(hr_bencher *);
        bool models; /* measures models, of which `config` picks one */
    } kinds[] = {{"gemm", hr_bench_products, false},
                 {"kernels", hr_bench_kernels, false},
                 {"train", hr_bench_train, true},
                 {"infer", hr_bench_infer, true},
                 {"ranks", hr_bench_ranks, true}};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    int kind = 0;
    while (kind < KINDS && strcmp(what, kinds[kind].name)) kind++;
    if (kind == KINDS)
        return hr_fail(HR_ERR_ARG,
                       "bench: \"%.40s\" is not one of gemm, kernels, train, infer, ranks", what);
    if (options->config && !kinds[kind].models)
        return hr_fail(HR_ERR_ARG,
                       "config: only train, infer and ranks measure a named configuration");
    if (options->batch < 0) return hr_fail(HR_ERR_ARG, "batch: %d is below 0", options->batch);
    b.kern = hr_kern_select(options->run->isa);
    if (!b.kern) return HR_ERR_ARG;
    hr_status status = hr_pool_new(options->run->threads, HR_POOL_SPACE, &b.pool);
    if (status) return status;
    hr_bench_peak(&b);
    status = kinds[kind].run(&b);
    hr_pool_free(b.pool);
    return !status && b.stopped ? hr_fail(HR_ERR_STOPPED, "stopped") : status;
}
