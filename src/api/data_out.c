/* data_out.c - data sets shown and written. */
#include "api/handles.h"
#include "base/mem.h"
#include "base/text.h"
#include "data/dataset_open.h"
#include "data/picture.h"
#include "model/describe.h"
#include "task/draw.h"

hrm_status hrm_dataset_describe(const hrm_dataset *dataset, char **json) {
    if (!json) return hr_api_missing("json");
    *json = NULL;
    return dataset ? hr_api_status(hr_describe_dataset(dataset->data, json))
                   : hr_api_missing("dataset");
}

hrm_status hrm_dataset_draw(hrm_dataset *dataset, size_t index, bool colour, char **text) {
    if (!text) return hr_api_missing("text");
    *text = NULL;
    hrm_status status = hr_api_index(dataset, index);
    if (status) return status;
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
    if (!path) return hr_api_missing("path");
    hrm_status status = hr_api_index(dataset, index);
    return status ? status : hr_api_status(hr_picture_write(dataset->data, index, path));
}

hrm_status hrm_dataset_export(hrm_dataset *dataset, const char *path, int augmentations,
                              uint64_t seed) {
    if (!dataset || !path) return hr_api_missing(dataset ? "path" : "dataset");
    return hr_api_status(hr_dataset_export(dataset->data, path, augmentations, seed));
}
