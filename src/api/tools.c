/* tools.c - describing, converting, adapting. */
#include "api/handles.h"
#include "base/os.h"
#include "base/result.h"
#include "base/text.h"
#include "model/convert.h"
#include "model/describe.h"
#include "train/adapt.h"

HR_API_INIT(hrm_convert_options, .config = NULL)
HR_API_INIT(hrm_adapt_options, .steps = 200, .batch = 16, .lr = 1e-2, .network_lr = 1e-4)

const char *hrm_isas(void) {
    return hr_kern_names();
}

hrm_status hrm_build_inspect(hrm_build *out) {
    HR_API_FLOATS;
    HR_API_NEED(out);
    *out = (hrm_build){.version = hrm_version(),
                       .isa = hr_kern_select(NULL)->name,
                       .compiler = __VERSION__,
                       .threads = hr_os_cores()};
    for (int i = 0; i < (int)(sizeof out->isas / sizeof *out->isas) && hr_kern_at(i); i++)
        out->isas[out->isa_count++] = hr_kern_at(i)->name;
    return HRM_STATUS_OK;
}

const char *hrm_nearest(const char *word, const char *const *words, size_t count) {
    return word && words ? hr_text_nearest(word, words, count) : NULL;
}

hrm_status hrm_describe(const char *path, hrm_description **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(path, out);
    return hr_describe(path, out);
}

void hrm_description_free(hrm_description *description) {
    hr_result_free(description);
}

hrm_status hrm_convert(const char *in, const char *out, const hrm_convert_options *options,
                       hrm_conversion **report) {
    HR_API_FLOATS;
    if (report) *report = NULL;
    HR_API_TAKE(hrm_convert_options, own, options);
    HR_API_NEED(in);
    return hr_convert(in, out, &own, report);
}

void hrm_conversion_free(hrm_conversion *report) {
    hr_result_free(report);
}

void hrm_adapted_free(hrm_adapted *adapted) {
    hr_result_free(adapted);
}

hrm_status hrm_adapt(const hrm_model *model, const char *path, const hrm_adapt_options *options,
                     hrm_adapted **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, model, path, options);
    HR_API_TAKE(hrm_adapt_options, own, options);
    hr_pool *pool;
    hr_status status = hr_pool_new(model->threads, HR_POOL_SPACE, &pool);
    if (!status) hr_pool_set_comm(pool, model->ranks);
    if (!status)
        status = hr_adapt(model->model, &model->task, model->training, pool, path, &own, out);
    hr_pool_free(pool);
    return status;
}
