/* states.c - see states.h */
#include "look/states.h"

#include <string.h>

#include "look/walk.h"
#include "task/numbers.h"

typedef struct keeping {
    hr_walk walk;
    hrm_states *out;
    size_t first;
    int segment;
} keeping;

/* Every row's numbers go straight to where they are kept. */
static void keep(void *user, const hr_probed *p) {
    const keeping *x = user;
    hrm_states *out = x->out;
    size_t at = ((x->first + (size_t)p->row) * (size_t)out->segments + (size_t)x->segment) *
                    (size_t)out->calls +
                (size_t)p->call;
    size_t logits = (size_t)out->cells * (size_t)out->outputs;
    memcpy(out->numbers + at * (size_t)out->tokens * (size_t)out->hidden, p->numbers,
           hr_walk_numbers(&x->walk, p->row) * sizeof *out->numbers);
    memcpy(out->logits + at * logits, p->logits, logits * sizeof *out->logits);
    memcpy(out->q + at * 2, p->q, 2 * sizeof *out->q);
}

static hr_status read_puzzle(const keeping *x, const char *text, size_t puzzle, int row) {
    const hr_task *task = x->walk.task;
    size_t seq = (size_t)task->seq;
    uint8_t *tokens = x->walk.question + (size_t)row * seq;
    float *numbers = x->walk.batch.numbers;
    if (numbers) numbers += (size_t)row * hr_task_number_count(task);
    hr_status status = hr_task_parse_puzzle(task, text, strlen(text), tokens, numbers);
    if (status) return hr_fail_in(hr_fail_puzzle(status, puzzle + 1), "puzzle %zu", puzzle + 1);
    for (size_t t = 0; t < seq; t++) x->walk.batch.inputs[(size_t)row * seq + t] = tokens[t];
    x->walk.batch.ids[row] = 0;
    return HR_OK;
}

hr_status hr_states(hr_model *model, const hr_task *task, hr_pool *pool, const char *const *puzzles,
                    hrm_states *out) {
    keeping x = {.out = out};
    int rows = hr_walk_rows(model);
    if ((size_t)rows > out->puzzles) rows = out->puzzles ? (int)out->puzzles : 1;
    hr_status status = hr_walk_open(&x.walk, model, task, pool, rows);
    x.walk.told = keep;
    x.walk.user = &x;
    for (; !status && x.first < out->puzzles; x.first += (size_t)x.walk.batch.rows) {
        size_t left = out->puzzles - x.first;
        x.walk.batch.rows = left < (size_t)rows ? (int)left : rows;
        for (int b = 0; !status && b < x.walk.batch.rows; b++)
            status = read_puzzle(&x, puzzles[x.first + (size_t)b], x.first + (size_t)b, b);
        if (!status) hr_walk_start(&x.walk);
        for (x.segment = 0; !status && x.segment < out->segments; x.segment++)
            status = hr_walk_segment(&x.walk, !x.segment);
    }
    hr_walk_close(&x.walk);
    return status;
}
