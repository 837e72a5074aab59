/* fuzz_task.c - hostile bytes for the task reader. */
#include <stdint.h>
#include <string.h>

#include <stdlib.h>

#include "task/task.h"
#include "base/mem.h"
#include "task/lines.h"
#include "task/numbers.h"
#include "task/task_json.h"
#include "task/survey.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line describes a task, the rest is a question and, after a newline, its answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = memchr(data, '\n', size);
    size_t line = end ? (size_t)(end - data) : size, rest = end ? size - line - 1 : 0;
    char *text = malloc(line + 1);
    hr_task task;
    memcpy(text, data, line);
    text[line] = 0;
    const char *question = (const char *)data + size - rest;
    const char *cut = rest ? memchr(question, '\n', rest) : NULL;
    size_t q = cut ? (size_t)(cut - question) : rest, a = cut ? rest - q - 1 : 0;
    hr_task_survey survey = {0};
    if (!hr_task_survey_add(&survey, question, q, question + rest - a, a))
        hr_task_survey_end(&survey, &task);
    if (!hr_task_from_json(text, &task)) {
        uint8_t *tokens = malloc(2 * (size_t)task.seq), *answer = tokens + task.seq;
        char *out = malloc((size_t)task.seq + 1), why[32];
        memset(tokens, 1, 2 * (size_t)task.seq);
        hr_task_rows(&task, question, q);
        float *numbers = malloc(hr_task_number_count(&task) * sizeof *numbers);
        if (!hr_task_parse_puzzle(&task, question, q, tokens, numbers))
            hr_free(hr_task_puzzle_text(&task, tokens, numbers));
        free(numbers);
        hr_task_parse(&task, question + rest - a, a, true, answer);
        if (!task.declared) hr_task_parse(&task, question, rest, false, answer);
        task.ops->format(&task, answer, out);
        task.ops->check(&task, tokens, answer, why, sizeof why);
        if (task.ops->fits) task.ops->fits(&task, tokens, answer);
        if (task.ops->augment) {
            uint8_t *images = malloc(2 * (size_t)task.seq);
            task.ops->augment(&task, hr_rng_stream(size, "fuzz"), tokens, answer, images,
                              images + task.seq);
            free(images);
        }
        free(out);
        free(tokens);
        hr_task_free(&task);
    }
    free(text);
    return 0;
}
