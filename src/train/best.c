/* best.c - see best.h */
#include "train/best.h"

#include "base/os.h"
#include "io/json.h"
#include "model/checkpoint.h"
#include "solve/eval.h"

static hr_status open_model(const hr_setup *s, const char *path, hr_model **model, int64_t *step) {
    hr_task task = {0};
    char *training = NULL;
    hr_file file;
    hr_status status = hr_os_load(path, &file);
    if (status) return status;
    const hr_checkpoint_bytes from = {.bytes = file.data, .size = file.size, .name = path};
    status = hr_checkpoint_parse(&from, s->kern, s->pool, model, &task, &training);
    hr_os_unload(&file);
    json_t *record = training ? json_loads(training, 0, NULL) : NULL;
    *step = json_integer_value(json_object_get(record, "step"));
    json_decref(record);
    hr_free(training);
    hr_task_free(&task);
    return status;
}

hr_status hr_best_measure(const hr_setup *s, const char *path, const hrm_eval_options *options,
                          hrm_eval_report *out, int64_t *step) {
    hr_model *model = NULL;
    hr_solver *solver = NULL;
    hr_status status = open_model(s, path, &model, step);
    if (!status)
        status =
            hr_solver_new(model, s->pool, NULL, &s->data->task, hr_solver_rows(model), &solver);
    status = hr_comm_agree(s->comm, status);
    if (!status) status = hr_eval_run(solver, s->valid, options, out);
    hr_solver_free(solver);
    hr_model_free(model);
    return status;
}
