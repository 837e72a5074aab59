/* declared_symmetry.c - the symmetries that a task file names, drawn at random. */
#include "task/declared_symmetry.h"

#include <string.h>

bool hr_declared_has_symmetry(const hr_task *task) {
    const hr_declared *d = task->declared;
    return d->symbols || d->reverse || d->question_order || d->band || d->stack || d->turns != 1;
}

/* One symmetry: new[i] = token[old[source of i]]. */
typedef struct view {
    int turn;
    uint32_t rows[HR_LINES_MAX], cols[HR_LINES_MAX];
    uint8_t token[256];
} view;

/* Lines in groups of `together`: the groups change places, and the lines within each. */
static void shuffle_lines(hr_rng rng, uint64_t stream, int lines, int together, uint32_t *out) {
    uint32_t group[HR_LINES_MAX], line[HR_LINES_MAX];
    if (!together) {
        for (int i = 0; i < lines && i < HR_LINES_MAX; i++) out[i] = (uint32_t)i;
        return;
    }
    hr_rng_permutation(hr_rng_sub(rng, stream), group, (uint32_t)(lines / together));
    for (int g = 0; g < lines / together; g++) {
        hr_rng own = hr_rng_sub(hr_rng_sub(rng, stream + 1), (uint64_t)g);
        hr_rng_permutation(own, line, (uint32_t)together);
        for (int i = 0; i < together; i++)
            out[g * together + i] = group[g] * (uint32_t)together + line[i];
    }
}

static void exchange(uint8_t *token, const uint8_t *swap) {
    for (int t = 0; t < 256; t++) token[t] = swap[token[t]];
}

static int draw_turn(const hr_declared *d, hr_rng rng) {
    int count = __builtin_popcount(d->turns), turn = -1;
    int nth = (int)hr_rng_below(rng, 0, (uint64_t)count);
    do turn++;
    while (!(d->turns >> turn & 1) || nth-- > 0);
    return turn;
}

static void draw(const hr_task *task, hr_rng rng, view *v) {
    const hr_declared *d = task->declared;
    uint32_t order[256];
    for (int t = 0; t < 256; t++) v->token[t] = (uint8_t)t;
    v->turn = draw_turn(d, hr_rng_sub(rng, 0));
    for (int k = 0; k < 3; k++)
        if (v->turn >> k & 1) exchange(v->token, d->swap[k]);
    if (d->reverse && hr_rng_below(hr_rng_sub(rng, 1), 0, 2)) {
        exchange(v->token, d->swap[HR_SWAP_REVERSE]);
    }
    if (d->symbols) {
        uint8_t moved[256];
        for (int t = 0; t < 256; t++) moved[t] = (uint8_t)t;
        hr_rng_permutation(hr_rng_sub(rng, 2), order, (uint32_t)d->answers);
        for (int s = 0; s < d->answers; s++) moved[d->answer[s]] = d->answer[order[s]];
        exchange(v->token, moved);
    }
    shuffle_lines(rng, 3, task->rows, d->band, v->rows);
    shuffle_lines(rng, 5, task->cols, d->stack, v->cols);
}

/* The cell that is seen in row r, column c: shuffled lines of the turned grid. */
static int source(const hr_task *task, const view *v, int r, int c) {
    if (task->declared->band) r = (int)v->rows[r];
    if (task->declared->stack) c = (int)v->cols[c];
    if (v->turn & HR_TURN_FLIP) r = task->rows - 1 - r;
    if (v->turn & HR_TURN_MIRROR) c = task->cols - 1 - c;
    return v->turn & HR_TURN_TRANSPOSE ? c * task->cols + r : r * task->cols + c;
}

static void apply(const hr_task *task, const view *v, const uint8_t *in, uint8_t *out) {
    for (int r = 0, i = 0; r < task->rows; r++)
        for (int c = 0; c < task->cols; c++, i++) out[i] = v->token[in[source(task, v, r, c)]];
}

void hr_declared_augment(const hr_task *task, hr_rng rng, const uint8_t *question,
                         const uint8_t *answer, uint8_t *question_out, uint8_t *answer_out) {
    view v;
    draw(task, rng, &v);
    apply(task, &v, question, question_out);
    apply(task, &v, answer, answer_out);
    if (!task->declared->question_order) return;
    hr_rng order = hr_rng_sub(rng, 7);
    int size = task->seq;
    while (task->declared->pad && size && question_out[size - 1] == task->declared->pad) size--;
    for (int i = size - 1; i > 0; i--) {
        uint64_t j = hr_rng_below(order, (uint64_t)i, (uint64_t)i + 1);
        uint8_t kept = question_out[i];
        question_out[i] = question_out[j];
        question_out[j] = kept;
    }
}

void hr_declared_symmetry(const hr_task *task, hr_rng rng, uint32_t *cell, uint8_t *token) {
    view v;
    draw(task, rng, &v);
    for (int r = 0, i = 0; r < task->rows; r++)
        for (int c = 0; c < task->cols; c++, i++) cell[i] = (uint32_t)source(task, &v, r, c);
    memcpy(token, v.token, (size_t)task->vocab);
}
