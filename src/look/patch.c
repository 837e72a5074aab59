/* patch.c - see patch.h */
#include "look/patch.h"

#include <string.h>

#include "look/near.h"
#include "look/walk.h"

typedef struct patching {
    hr_walk walk;
    hrm_inspection *out;
    hr_real *state[HR_STATES_MAX]; /* (2 x numbers of a row) of a puzzle, and of the next one */
    uint8_t *plain, *answer;       /* (seq) of the puzzle as it is; of a patched one */
    int32_t *inputs;               /* (seq) of the puzzle */
    hr_arena arena;
} patching;

static void layout(void *owner, hr_arena *arena) {
    patching *x = owner;
    const hr_spec *spec = &x->walk.model->spec;
    for (int i = 0; i < x->walk.model->recur.states; i++)
        x->state[i] = HR_TAKE(arena, hr_real, 2 * hr_spec_state(spec));
    x->plain = HR_TAKE(arena, uint8_t, (size_t)spec->seq);
    x->answer = HR_TAKE(arena, uint8_t, (size_t)spec->seq);
    x->inputs = HR_TAKE(arena, int32_t, (size_t)spec->seq);
}

/* States of a puzzle and the next one after a segment, and the answer after one more. */
static hr_status walk_plain(patching *x, const hr_dataset *data, size_t puzzle) {
    hr_walk *w = &x->walk;
    const size_t seq = (size_t)w->model->spec.seq, numbers = hr_spec_state(&w->model->spec);
    double entropy = 0;
    hr_batch one = w->batch;
    w->batch.rows = 2;
    one.rows = 1;
    hr_dataset_rows(data, puzzle, &one);
    one.inputs += seq;
    one.labels += seq;
    one.ids++;
    if (one.numbers) one.numbers += seq * (size_t)w->model->spec.numbers;
    hr_dataset_rows(data, (puzzle + 1) % data->examples, &one);
    memcpy(x->inputs, w->batch.inputs, seq * sizeof *x->inputs);
    hr_walk_start(w);
    hr_status status = hr_walk_segment(w, true);
    for (int i = 0; i < w->model->recur.states; i++)
        memcpy(x->state[i], w->now[i], 2 * numbers * sizeof *x->state[i]);
    if (!status) status = hr_walk_segment(w, false);
    if (!status) hr_walk_read(w, 0, w->logits, x->plain, &entropy);
    return status;
}

/* Row b is the puzzle with the states of one cell replaced. */
static void patch_row(patching *x, int b, int cell) {
    hr_walk *w = &x->walk;
    const hr_spec *spec = &w->model->spec;
    const size_t numbers = hr_spec_state(spec), d = (size_t)spec->hidden;
    const size_t tokens = (size_t)hr_spec_tokens(spec), prefix = (size_t)hr_spec_prefix(spec);
    memcpy(w->batch.inputs + b * spec->seq, x->inputs, (size_t)spec->seq * sizeof *x->inputs);
    w->batch.ids[b] = w->batch.ids[0];
    const size_t beside = (size_t)spec->seq * (size_t)spec->numbers;
    if (b && beside)
        memcpy(w->batch.numbers + (size_t)b * beside, w->batch.numbers,
               beside * sizeof *w->batch.numbers);
    for (int i = 0; i < w->model->recur.states; i++) {
        hr_real *to = w->now[i] + (size_t)b * numbers;
        memcpy(to, x->state[i], numbers * sizeof *to);
        for (size_t f = 0; f < (size_t)hr_spec_channels(spec); f++) {
            size_t at = (f * tokens + prefix + (size_t)cell) * d;
            memcpy(to + at, x->state[i] + numbers + at, d * sizeof *to);
        }
    }
}

static hr_status patch_cells(patching *x, int first, int count) {
    hr_walk *w = &x->walk;
    const int seq = w->model->spec.seq, outputs = hr_spec_outputs(&w->model->spec);
    double entropy = 0;
    w->batch.rows = count;
    for (int b = 0; b < count; b++) patch_row(x, b, first + b);
    hr_walk_push(w);
    hr_status status = hr_walk_segment(w, false);
    for (int b = 0; !status && b < count; b++) {
        hr_walk_read(w, b, w->logits + (size_t)(b * seq) * (size_t)outputs, x->answer, &entropy);
        for (int t = 0; t < seq; t++)
            x->out->moves[(first + b) * seq + t] +=
                (x->answer[t] != x->plain[t]) / (double)x->out->patched;
    }
    return status;
}

hr_status hr_patch(hr_model *model, const hr_task *task, hr_pool *pool, const hr_dataset *data,
                   const hrm_inspect_options *o, hrm_inspection *out) {
    patching x = {.out = out};
    const hr_spec *spec = &model->spec;
    const int seq = spec->seq;
    if (spec->symbols || spec->skip_padding)
        return hr_fail_about(HR_ERR_UNSUPPORTED, "patch", "patch: this model %s",
                             spec->symbols ? "begins every round with fresh states"
                                           : "skips padding");
    int rows = hr_walk_rows(model);
    if (rows > seq) rows = seq;
    if (rows < 2) rows = 2;
    hr_status status = hr_walk_open(&x.walk, model, task, pool, rows);
    x.walk.probe.logits = NULL;
    hr_walk_tell(&x.walk, o, out->patched);
    if (!status) status = hr_arena_fill(&x.arena, layout, &x);
    if (!status && !(out->moves = HR_NEW(double, (size_t)seq *(size_t)seq))) status = HR_ERR_MEM;
    for (size_t p = 0; !status && p < out->patched; p++) {
        status = walk_plain(&x, data, p);
        for (int t = 0; !status && t < seq; t += rows)
            status = patch_cells(&x, t, seq - t < rows ? seq - t : rows);
        if (!status) status = hr_walk_done(&x.walk, 1);
    }
    double sum[HR_NEAR_KINDS] = {0}, count[HR_NEAR_KINDS] = {0};
    for (int i = 0; !status && i < seq * seq; i++) {
        hr_near kind = hr_near_of(task, i / seq, i % seq);
        sum[kind] += out->moves[i];
        count[kind]++;
    }
    out->moved = hr_near_means(sum, count, 1);
    hr_arena_close(&x.arena);
    hr_walk_close(&x.walk);
    return status;
}
