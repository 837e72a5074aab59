/* toy.c - a family that only tests/cli/family.sh knows: lamps in a row. The question is a row of
 * "." and
 * "*"; the answer has every lamp of the row turned over, "x" for a dark one and "o" for a lit one.
 */
#include <stdio.h>
#include <string.h>

#include "task/family.h"
#include "task/generator.h"

enum { SEQ_MAX = 64, DARK = 1, LIT, OFF, ON };

extern const hr_task_ops hr_family_toy;

static const char symbols[] = ".*xo";

static hr_status of_length(size_t cells, hr_task *out) {
    if (cells < 2 || cells > SEQ_MAX) return hr_fail(HR_ERR_TASK, "%zu lamps are too many", cells);
    *out = (hr_task){
        .ops = &hr_family_toy, .seq = (int)cells, .rows = 1, .cols = (int)cells, .vocab = 5};
    memcpy(out->alphabet, "_.*xo", 5);
    return HR_OK;
}

static hr_status parse(const hr_task *task, const char *text, size_t size, bool answer,
                       uint8_t *tokens) {
    if (size != (size_t)task->seq) return hr_task_refuse_size(text, size, task->seq);
    for (size_t i = 0; i < size; i++) {
        const char *at = text[i] ? strchr(symbols + 2 * answer, text[i]) : NULL;
        if (!at || (!answer && at > symbols + 1))
            return hr_task_refuse(i + 1, text[i], answer ? "x or o" : ". or *");
        tokens[i] = (uint8_t)(at - symbols + 1);
    }
    return HR_OK;
}

static void format(const hr_task *task, const uint8_t *tokens, char *text) {
    for (int i = 0; i < task->seq; i++)
        text[i] = task->alphabet[tokens[i] < task->vocab ? tokens[i] : 0];
    text[task->seq] = 0;
}

static hr_verdict check(const hr_task *task, const uint8_t *question, const uint8_t *answer,
                        char *why, size_t why_size) {
    for (int i = 0; i < task->seq; i++) {
        if (answer[i] == (question[i] == LIT ? OFF : ON)) continue;
        if (why && why_size) snprintf(why, why_size, "lamp %d is not turned over", i + 1);
        return HR_WRONG;
    }
    return HR_SOLVED;
}

static bool recognise(const hr_task *task, const uint8_t *question, const uint8_t *answer) {
    return check(task, question, answer, NULL, 0) == HR_SOLVED;
}

static void write_json(const hr_task *task, hr_buffer *json) {
    hr_buffer_print(json, ", \"lamps\": %d", task->seq);
}

static hr_status read_json(struct json_t *root, hr_task *out) {
    static const char *const names[] = {"lamps"};
    int lamps;
    hr_status status = hr_task_read_sizes(root, names, 1, 0, &lamps);
    return status ? status : of_length((size_t)lamps, out);
}

enum { LAMPS };

static const hr_option options[] = {
    {"lamps", "N", HR_OPTION_INTEGER, 2, SEQ_MAX, "8", "lamps in the row"},
    {.name = NULL},
};

static hr_status begin(hr_gen_args *args) {
    return of_length((size_t)args->option[LAMPS].integer, &args->task);
}

static hr_status make(const hr_gen_args *args, uint64_t index, const hr_stop *stop,
                      uint8_t *question, uint8_t *answer, int *rating) {
    hr_rng rng = hr_rng_sub(hr_rng_stream(args->seed, "toy"), index);
    (void)stop;
    *rating = 0;
    for (int i = 0; i < args->task.seq; i++) {
        question[i] = (uint8_t)(DARK + hr_rng_below(rng, (uint64_t)i, 2));
        answer[i] = question[i] == LIT ? OFF : ON;
        *rating += question[i] == LIT;
    }
    return HR_OK;
}

static void key(const hr_task *task, const uint8_t *question, const uint8_t *answer, uint8_t *out) {
    (void)answer;
    memcpy(out, question, (size_t)task->seq);
}

static const hr_generator generator = {
    .one = "row",
    .many = "rows",
    .summary = "rows of lamps",
    .detail = "Every lamp is turned over.",
    .examples = "train.csv count=20 lamps=6\n",
    .options = options,
    .round = 8,
    .rounds = 100,
    .begin = begin,
    .make = make,
    .key = key,
};

const hr_task_ops hr_family_toy = {
    .name = "toy",
    .of_length = of_length,
    .recognise = recognise,
    .write_json = write_json,
    .read_json = read_json,
    .parse = parse,
    .format = format,
    .check = check,
    .generator = &generator,
};
