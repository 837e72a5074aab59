/* data.c - data sets: opening and reading. */
#include <string.h>

#include "api/handles.h"
#include "base/mem.h"
#include "base/plain.h"
#include "data/dataset_csv.h"
#include "data/dataset_open.h"
#include "task/lines.h"
#include "task/numbers.h"

/* What a caller gets of data that were opened. */
static hrm_status give(hr_status status, hr_dataset *data, hrm_dataset **out) {
    hrm_dataset *d = status ? NULL : HR_NEW(hrm_dataset, 1);
    if (!d) {
        hr_dataset_free(data);
        return status ? status : HRM_STATUS_MEM;
    }
    d->data = data;
    d->answer = hr_alloc((size_t)data->task.seq + 1);
    if (d->answer) {
        *out = d;
        return HRM_STATUS_OK;
    }
    hrm_dataset_free(d);
    return HRM_STATUS_MEM;
}

hrm_status hrm_dataset_open(const char *path, const char *task, hrm_dataset **out) {
    HR_API_FLOATS;
    hr_dataset *data = NULL;
    if (out) *out = NULL;
    HR_API_NEED(out, path);
    hr_status status = hr_dataset_open(path, task, NULL, &data);
    return give(status, data, out);
}

void hrm_dataset_free(hrm_dataset *dataset) {
    if (!dataset) return;
    hr_dataset_free(dataset->data);
    hr_free(dataset->question);
    hr_free(dataset->answer);
    hr_free(dataset);
}

size_t hrm_dataset_size(const hrm_dataset *dataset) {
    return dataset ? dataset->data->examples : 0;
}

hrm_status hrm_dataset_open_for(const char *path, const hrm_model *model, hrm_dataset **out) {
    HR_API_FLOATS;
    hr_dataset *data = NULL;
    if (out) *out = NULL;
    HR_API_NEED(out, path, model);
    hr_status status = hr_dataset_open_partial(path, NULL, &model->task, false, NULL, &data);
    return give(status, data, out);
}

hrm_status hrm_questions_open(const char *path, const char *text, size_t size,
                              const hrm_model *model, hrm_dataset **out) {
    HR_API_FLOATS;
    hr_dataset *data = NULL;
    if (out) *out = NULL;
    HR_API_NEED(out, path, model);
    const hr_file file = {(const unsigned char *)text, size};
    hr_status status = hr_dataset_open_questions(path, text ? &file : NULL, &model->task, &data);
    return give(status, data, out);
}

hrm_status hrm_text_load(const char *path, char **text, size_t *size, bool *table) {
    HR_API_FLOATS;
    if (text) *text = NULL;
    HR_API_NEED(text, path, size);
    hr_file file;
    HR_API_CHECK(hr_plain_load(path, &file));
    *size = file.size;
    *text = hr_alloc(hr_add(file.size, 1));
    if (*text) memcpy(*text, file.data, file.size);
    if (table) *table = hr_dataset_csv_is(path, file.data, file.size);
    hr_os_unload(&file);
    return *text ? HRM_STATUS_OK : HRM_STATUS_MEM;
}

const char *hrm_text_other(const void *bytes, size_t size) {
    return bytes ? hr_plain_other(bytes, size) : NULL;
}

bool hrm_text_is_table(const char *text, size_t size) {
    HR_API_FLOATS;
    return text && hr_dataset_csv_is("", text, size);
}

hrm_status hr_api_index(const hrm_dataset *dataset, size_t index) {
    HR_API_NEED(dataset);
    if (index < dataset->data->examples) return HRM_STATUS_OK;
    return hr_fail(HR_ERR_ARG, "%s: example %zu does not exist; the first is 0, the last %zu",
                   dataset->data->path, index,
                   dataset->data->examples ? dataset->data->examples - 1 : 0);
}

hrm_status hrm_dataset_example(hrm_dataset *dataset, size_t index, hrm_example *out) {
    HR_API_FLOATS;
    HR_API_NEED(out);
    *out = (hrm_example){0};
    HR_API_CHECK(hr_api_index(dataset, index));
    const hr_dataset *d = dataset->data;
    const uint8_t *question, *answer;
    hr_dataset_pair(d, index, &question, &answer);
    hr_free(dataset->question);
    dataset->question = hr_task_puzzle_text(&d->task, question, hr_dataset_numbers(d, index));
    if (!dataset->question) return HRM_STATUS_MEM;
    char unknown = hr_task_unknown_or_mark(&d->task);
    HR_API_CHECK(hr_dataset_format_answer(d, question, answer, unknown, dataset->answer));
    *out = (hrm_example){
        .question = dataset->question,
        .answer = dataset->answer,
        .size = strlen(dataset->question),
        .rating = d->rating ? d->rating[index] : HR_RATING_UNKNOWN,
        .puzzle = d->puzzle_id[hr_dataset_puzzle_of(d, index)],
    };
    return HRM_STATUS_OK;
}

hrm_status hrm_dataset_numbers(const hrm_dataset *dataset, const float **numbers, size_t *count) {
    HR_API_FLOATS;
    if (numbers) *numbers = NULL;
    if (count) *count = 0;
    HR_API_NEED(dataset, numbers, count);
    *numbers = dataset->data->numbers;
    *count = hr_task_number_count(&dataset->data->task);
    return HRM_STATUS_OK;
}

hrm_status hrm_dataset_tokens(const hrm_dataset *dataset, const unsigned char **questions,
                              const unsigned char **answers, size_t *cells) {
    HR_API_FLOATS;
    if (questions) *questions = NULL;
    if (answers) *answers = NULL;
    if (cells) *cells = 0;
    HR_API_NEED(dataset);
    if ((questions || answers) && !dataset->data->inputs)
        return hr_fail(HR_ERR_UNSUPPORTED,
                       "%s: its copies are made when they are read; export it to have their "
                       "tokens in memory",
                       dataset->data->path);
    if (questions) *questions = dataset->data->inputs;
    if (answers) *answers = dataset->data->labels;
    if (cells) *cells = (size_t)dataset->data->task.seq;
    return HRM_STATUS_OK;
}
