/* model_file.c - models from and to files. */
#include "api/handles.h"
#include "base/mem.h"
#include "model/checkpoint.h"

hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out) {
    if (!out) return hr_api_missing("out");
    *out = NULL;
    if (!path) return hr_api_missing("path");
    const hr_kern *kern = hr_kern_select(run ? run->isa : NULL);
    if (!kern) return HRM_STATUS_ARG;
    hrm_model *m = HR_NEW(hrm_model, 1);
    if (!m) return HRM_STATUS_MEM;
    m->threads = run ? run->threads : 0;
    hr_pool *pool;
    hr_status status = hr_pool_new(m->threads, &pool);
    if (!status) status = hr_checkpoint_load(path, kern, pool, &m->model, &m->task, &m->training);
    hr_pool_free(pool);
    if (status) hrm_model_free(m);
    else *out = m;
    return hr_api_status(status);
}

hrm_status hrm_model_save(const hrm_model *model, const char *path) {
    if (!model || !path) return hr_api_missing(model ? "path" : "model");
    const char *training = model->training ? model->training : "{}";
    return hr_api_status(hr_checkpoint_save(path, model->model, NULL, &model->task, training));
}
