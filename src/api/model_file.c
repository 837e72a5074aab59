/* model_file.c - models from and to files. */
#include "api/handles.h"
#include "base/os.h"
#include "model/checkpoint.h"

hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out) {
    if (!out) return hr_api_missing("out");
    *out = NULL;
    if (!path) return hr_api_missing("path");
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return hr_api_status(status);
    hrm_status opened = hr_api_open(&(hr_checkpoint_bytes){file.data, file.size, path}, run, out);
    hr_os_unload(&file);
    return opened;
}

hrm_status hrm_model_save(const hrm_model *model, const char *path) {
    if (!model || !path) return hr_api_missing(model ? "path" : "model");
    const char *training = model->training ? model->training : "{}";
    return hr_api_status(hr_checkpoint_save(path, model->model, NULL, &model->task, training));
}
