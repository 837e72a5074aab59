/* block_once.c - see block_once.h */
#include "nn/block_once.h"

#include <string.h>

#include "nn/block.h"

typedef struct once {
    const hr_model *model;
    hr_dims dims;
    size_t rows;
    hr_tape tape;
    hr_scratch scratch;
    hr_deltas deltas;
    hr_real *sums;
} once;

static void layout(void *owner, hr_arena *arena) {
    once *o = owner;
    size_t n = o->rows * o->dims.tokens;
    hr_tape_take(&o->tape, &o->dims, n, arena);
    hr_scratch_take(&o->scratch, o->model->kern, &o->dims, n, HR_WORK_TRAIN, arena);
    hr_deltas_take(&o->deltas, o->model->kern, &o->dims, n, arena);
    o->sums = HR_TAKE(arena, hr_real, o->model->sums);
}

hr_status hr_block_once(const hr_model *model, size_t rows, hr_real *x, hr_real *y, hr_real *dy,
                        hr_real *grads) {
    once o = {.model = model, .dims = hr_dims_of(&model->spec), .rows = rows};
    hr_arena arena;
    hr_status status = hr_arena_fill(&arena, layout, &o);
    if (status) return status;
    const hr_block *block = &model->modules[HR_MODULE_L].blocks[0];
    const hr_block_work work = {model,     &o.dims, block, &o.tape, &o.scratch,
                                &o.deltas, rows,    {0},   NULL};
    o.tape.in = x;
    hr_block_forward(&work);
    memcpy(y, o.tape.y, rows * o.dims.tokens * o.dims.d * sizeof *y);
    hr_block_backward(&work, dy);
    hr_block_gradients(&work, o.sums, true);
    hr_block_collect(model, block, o.sums, grads);
    hr_arena_close(&arena);
    return HR_OK;
}
