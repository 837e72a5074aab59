/* model_file.c - models from and to files. */
#include "api/handles.h"
#include "base/os.h"
#include "data/task_file.h"
#include "io/tensors_open.h"
#include "model/checkpoint.h"

hrm_status hrm_model_load(const char *path, const hrm_run *run, hrm_model **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(out, path);
    hr_file file;
    hr_status status = hr_tensors_load(path, &file);
    if (status) return status;
    const hr_checkpoint_bytes from = {
        .bytes = file.data, .size = file.size, .name = path, .stays = true};
    hrm_status opened = hr_api_open(&from, run, out);
    if (!opened && (*out)->model->narrow) (*out)->file = file;
    else hr_os_unload(&file);
    return opened;
}

hrm_status hrm_model_letters(hrm_model *model, const char *task) {
    HR_API_FLOATS;
    HR_API_NEED(model, task);
    return hr_task_choose_letters(task, &model->task);
}

hrm_status hrm_model_save(const hrm_model *model, const char *path) {
    HR_API_FLOATS;
    HR_API_NEED(model, path);
    const char *training = model->training ? model->training : "{}";
    return hr_checkpoint_save(path, model->model, NULL, &model->task, training);
}
