/* fuzz_declared.c - hostile bytes for the task file: YAML, keys, rules, then puzzles judged by
 * them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/task_file.h"
#include "task/task_json.h"
#include "task/draw.h"
#include "same_task.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was declared must be safe to use: on tokens of any value, and on its own texts. */
static void use(const hr_task *task, const uint8_t *data, size_t size) {
    size_t seq = (size_t)task->seq;
    if (seq > 4096) return;
    uint8_t *q = malloc(4 * seq), *a = q + seq, *out = q + 2 * seq;
    char *text = malloc(seq + 1), why[96];
    for (size_t i = 0; i < 2 * seq; i++) q[i] = size ? data[i % size] : 0;
    task->ops->check(task, q, a, why, sizeof why);
    task->ops->format(task, q, text);
    for (size_t i = 0; i < 2 * seq; i++) q[i] = (uint8_t)(1 + q[i] % (task->vocab - 1));
    task->ops->check(task, q, a, why, sizeof why);
    task->ops->format(task, a, text);
    if (task->ops->parse(task, text, strlen(text), false, q)) q[0] = 0;
    if (task->ops->augment) {
        task->ops->augment(task, hr_rng_stream(1, "fuzz"), q, a, out, out + seq);
        task->ops->check(task, out, out + seq, why, sizeof why);
    }
    for (int how = HR_DRAW_PLAIN; how <= HR_DRAW_MARKED; how++)
        hr_free(hr_task_draw(task, q, a, (hr_draw)how));
    uint32_t *cell = malloc(seq * sizeof *cell); /* no more than a group may write */
    for (int i = 0, n = 1; n && i < 4096; i++) {
        n = task->ops->group(task, i, cell);
        for (int k = 0; k < n; k++)
            if (cell[k] >= seq) abort();
    }
    free(cell);
    free(text);
    free(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    hr_task_choice choice = {.name = "fuzz.yaml", .declared = true};
    hr_task_survey survey = {.varying = true, .plain = true};
    hr_task task, again;
    if (hr_yaml_parse(data, size, "fuzz", &choice.keys)) return 0;
    hr_task_survey_add(&survey, "12.a", 4, "12ba", 4);
    if (!hr_task_choice_make(&choice, &survey, &task)) {
        char *json = hr_task_to_json(&task);
        if (!json || hr_task_from_json(json, &again) || !same_task(&task, &again)) abort();
        use(&again, data, size);
        hr_free(json);
        hr_task_free(&again);
        hr_task_free(&task);
    }
    hr_task_choice_close(&choice);
    return 0;
}
