/* data_out.c - data sets shown and written. */
#include "api/handles.h"
#include "base/mem.h"
#include "base/result.h"
#include "base/text.h"
#include "data/audit.h"
#include "data/dataset_open.h"
#include "data/picture.h"
#include "model/describe.h"
#include "task/draw.h"

hrm_status hrm_dataset_inspect(const hrm_dataset *dataset, hrm_dataset_info *out) {
    HR_API_FLOATS;
    if (out) *out = (hrm_dataset_info){0};
    HR_API_NEED(dataset, out);
    return hr_describe_dataset(dataset->data, out);
}

hrm_status hrm_dataset_check(const char *path, const char *task, const char *against,
                             const char *clean, hrm_data_report **out) {
    HR_API_FLOATS;
    if (out) *out = NULL;
    HR_API_NEED(path, out);
    return hr_audit(path, task, against, clean, out);
}

void hrm_data_report_free(hrm_data_report *report) {
    hr_result_free(report);
}

hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text) {
    HR_API_FLOATS;
    HR_API_NEED(text);
    *text = NULL;
    HR_API_CHECK(hr_api_index(dataset, index));
    const hr_dataset *d = dataset->data;
    const uint8_t *q, *a;
    hr_dataset_pair(d, index, &q, &a);
    char *question = hr_task_draw(&d->task, NULL, q, colour ? HR_DRAW_COLOUR : HR_DRAW_PLAIN);
    char *answer = hr_task_draw(&d->task, q, a, colour ? HR_DRAW_COLOUR : HR_DRAW_PLAIN);
    if (question && answer) *text = hr_text_format("%s\n%s", question, answer);
    hr_free(question);
    hr_free(answer);
    return *text ? HRM_STATUS_OK : HRM_STATUS_MEM;
}

hrm_status hrm_dataset_picture(const hrm_dataset *dataset, size_t index, const char *path) {
    HR_API_FLOATS;
    HR_API_NEED(path);
    HR_API_CHECK(hr_api_index(dataset, index));
    return hr_picture_write(dataset->data, index, path);
}

hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                              uint64_t seed) {
    HR_API_FLOATS;
    HR_API_NEED(dataset, path);
    return hr_dataset_export(dataset->data, path, augmentations, seed);
}
