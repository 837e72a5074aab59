/* story.c - from kept steps to what cells show. */
#include "look/story.h"

#include <string.h>

#include "base/mem.h"
#include "task/draw.h"

size_t hr_story_steps(const hr_trace *trace, int chain) {
    size_t steps = 0;
    for (size_t i = 0; i < trace->count; i++) steps += trace->kept[i].step.chain == chain;
    return steps;
}

/* Every one of the chain's steps, or some of them at even distances, the last among them. */
static void choose(hr_story *s, const hr_trace *trace, int chain, size_t most) {
    size_t shown = s->steps < most - 1 ? s->steps : most - 1, at = 0;
    s->frame[s->frames++] = NULL;
    for (size_t i = 0; i < trace->count; i++) {
        const hr_kept *kept = &trace->kept[i];
        if (kept->step.chain >= s->chains) s->chains = kept->step.chain + 1;
        if (kept->step.chain != chain) continue;
        if (++at * shown / s->steps == s->frames) s->frame[s->frames++] = kept;
    }
}

hr_status hr_story_open(const hr_task *task, const uint8_t *question, const hr_trace *trace,
                        int chain, int symbols, size_t most, hr_story *out) {
    *out = (hr_story){.task = task, .question = question, .symbols = symbols};
    out->steps = hr_story_steps(trace, chain);
    if (!out->steps) return hr_fail(HR_ERR_ARG, "there is no step to draw");
    out->frame = HR_NEW(const hr_kept *, out->steps + 1);
    if (!out->frame) return HR_ERR_MEM;
    choose(out, trace, chain, most);
    int rows, cols;
    hr_task_extent(task, question, &out->rows, &out->cols);
    hr_task_extent(task, out->frame[out->frames - 1]->step.tokens, &rows, &cols);
    if (rows > out->rows) out->rows = rows;
    if (cols > out->cols) out->cols = cols;
    return HR_OK;
}

void hr_story_close(hr_story *story) {
    hr_free(story->frame);
    *story = (hr_story){0};
}

uint8_t hr_story_token(const hr_story *s, char symbol) {
    int token = s->task->vocab - 1, first = s->task->vocab - s->symbols;
    while (token > first && s->task->alphabet[token] != symbol) token--;
    return (uint8_t)token;
}

int hr_story_back(const hr_kept *kept, int i) {
    const hr_move *m = kept ? kept->move : NULL;
    return m && i < m->taken_back ? m->made[m->guesses - 1 - i].cell : -1;
}

static bool is_guess(const hr_move *m, int cell) {
    for (int i = 0; i < m->guesses; i++)
        if (m->made[i].cell == cell) return true;
    return false;
}

/* 0 only for what is not there. */
static uint8_t level(float p) {
    return p > 0 ? (uint8_t)(1 + (p > .25f) + (p > .5f) + (p > .75f)) : 0;
}

static void face_of_round(const hr_story *s, const hr_kept *kept, int cell, hr_face *out) {
    const hr_move *m = kept->move;
    const float *p = kept->step.probabilities + (size_t)cell * (size_t)s->task->vocab +
                     (s->task->vocab - s->symbols);
    int left = 0;
    for (int i = 0; i < s->symbols; i++) left += p[i] > 0;
    out->open = left > 1;
    for (int i = 0; out->open && i < s->symbols; i++) out->heat[i] = level(p[i]);
    out->guess = !out->open && is_guess(m, cell);
    out->empty = m->empty == cell;
    for (int i = 0, at; (at = hr_story_back(kept, i)) >= 0; i++) out->back |= at == cell;
}

void hr_story_face(const hr_story *s, size_t frame, int cell, hr_face *out) {
    const hr_kept *kept = s->frame[frame];
    memset(out, 0, sizeof *out); /* faces are compared whole */
    out->token = kept ? kept->step.tokens[cell] : s->question[cell];
    out->sure = HR_STORY_LEVELS;
    if (!kept) return;
    const hr_kept *before = s->frame[frame - 1];
    out->fresh = out->token != (before ? before->step.tokens : s->question)[cell];
    if (kept->move) face_of_round(s, kept, cell, out);
    else {
        const hrm_step *step = &kept->step;
        float p = step->probabilities[(size_t)cell * (size_t)step->vocab + out->token];
        out->sure = (int8_t)(p >= .95f ? HR_STORY_LEVELS : level(p) - 1);
    }
}
