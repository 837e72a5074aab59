/* exec.c - runs a model's recursion over rows, and plans the memory for it.
 *
 * Forward goes row block by row block: a worker takes a few rows through the whole segment while
 * they stay in its cache. A split changes no sum, so the bits do not depend on the number of
 * threads, nor does a row on the rows beside it. */
#include "nn/exec.h"

#include <string.h>

#include "nn/embed.h"
#include "nn/slot.h"

size_t hr_exec_small_dense = 2 << 20;

static bool trains(const hr_exec *e) {
    return e->size.shards > 0;
}

static void take_worker(hr_exec *e, hr_worker *w, hr_arena *arena) {
    const hr_dims *s = &e->dims;
    const hr_model *m = e->model;
    size_t n = e->capacity;
    hr_work work = trains(e) ? HR_WORK_TRAIN : m->narrow_bytes ? HR_WORK_NARROW : HR_WORK_SOLVE;
    hr_scratch_take(&w->scratch, m->kern, s, n, work, arena);
    hr_tape_take(&w->tape[0], s, n, arena);
    hr_tape_take(&w->tape[1], s, n, arena);
    w->in = HR_TAKE(arena, hr_real, n * s->d);
    size_t cells = (n - n / s->tokens * s->prefix) / s->channels;
    w->logits = HR_TAKE(arena, hr_real, cells * s->outputs);
    w->channel =
        s->channels > 1 ? HR_TAKE(arena, hr_real, s->seq * s->outputs / s->channels) : NULL;
    w->x = HR_TAKE(arena, hr_real, n * s->d);
    w->read = trains(e) && s->pre ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    for (int i = 0; trains(e) && i < m->recur.states; i++)
        w->next_z[i] = HR_TAKE(arena, hr_real, n * s->d);
    if (!m->spec.skip_padding) return;
    for (int i = 0; i < m->recur.states; i++) w->z[i] = HR_TAKE(arena, hr_real, n * s->d);
    w->cos = m->cos ? HR_TAKE(arena, hr_real, n * s->head_dim / 2) : NULL;
    w->sin = m->sin ? HR_TAKE(arena, hr_real, n * s->head_dim / 2) : NULL;
}

static void layout(void *owner, hr_arena *arena) {
    hr_exec *e = owner;
    e->worker = HR_TAKE(arena, hr_worker, (size_t)e->workers);
    for (int i = 0; i < e->workers; i++) {
        hr_worker local = {0};
        take_worker(e, e->worker ? &e->worker[i] : &local, arena);
    }
    hr_rows_take(&e->rows, &e->model->spec, e->size.micro, arena);
    if (trains(e)) hr_slot_take(e, arena);
}

static hr_exec shape(hr_model *model, int workers, const hr_engine_size *size) {
    hr_exec e = {.model = model, .size = *size, .workers = workers};
    e.dims = hr_dims_of(&model->spec);
    e.capacity = hr_rows_capacity(&e.dims, model->spec.skip_padding);
    size_t all = hr_mul((size_t)size->micro, hr_row_tokens(&e.dims));
    if (!size->shards && all < e.capacity) e.capacity = all; /* few puzzles take little memory */
    e.first_grad = hr_recur_first_grad(&model->recur);
    e.grad_calls = model->recur.calls - e.first_grad;
    e.readouts = model->recur.readouts;
    e.small = model->table.dense <= hr_exec_small_dense;
    for (int i = 0; i < HR_MODULES_MAX; i++)
        if (model->modules[i].layers > e.tape_stride) e.tape_stride = model->modules[i].layers;
    if (size->shards) hr_slot_shape(&e);
    return e;
}

size_t hr_exec_bytes(const hr_model *model, int workers, const hr_engine_size *size) {
    hr_exec e = shape((hr_model *)(uintptr_t)model, workers, size);
    return hr_arena_count(layout, &e);
}

hr_engine_size hr_exec_plan(const hr_model *model, int rows, int shards, size_t budget,
                            size_t *bytes) {
    hr_exec e = {.size = {.rows = rows}, .dims = hr_dims_of(&model->spec)};
    hr_engine_size *size = &e.size;
    int blocks = hr_ceil_div(rows, hr_rows_each(&e.dims));
    size->shards = shards < blocks ? shards : blocks;
    int each = hr_slot_block_rows(&e), low = 1, high = size->shards * hr_slot_shard_blocks(&e);
    size->micro = high * each; /* takes fewer buffers, perhaps less in all */
    if (hr_exec_bytes(model, 0, size) <= budget) low = high;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        size->micro = middle * each;
        if (hr_exec_bytes(model, 0, size) <= budget) low = middle;
        else high = middle - 1;
    }
    bool small = model->table.dense <= hr_exec_small_dense;
    int whole = small ? size->shards : hr_slot_shard_blocks(&e); /* row blocks, in equal parts */
    if (low >= whole) low = small ? whole : low / whole * whole;
    else low = hr_ceil_div(whole, hr_ceil_div(whole, low));
    size->micro = low * each < rows ? low * each : rows;
    if (bytes) *bytes = hr_exec_bytes(model, 0, size);
    return *size;
}

hr_status hr_exec_new(hr_model *model, hr_pool *pool, const hr_engine_size *size, hr_exec **out) {
    *out = NULL;
    hr_exec *e = HR_NEW(hr_exec, 1);
    if (!e) return HR_ERR_MEM;
    *e = shape(model, hr_pool_threads(pool), size);
    e->pool = pool;
    hr_status status = (trains(e) ? hr_arena_fill : hr_arena_fill_sparse)(&e->arena, layout, e);
    if (status) hr_exec_free(e);
    else *out = e;
    return status;
}

void hr_exec_free(hr_exec *exec) {
    if (!exec) return;
    hr_arena_close(&exec->arena);
    hr_free(exec);
}

/* ---- few rows: all threads share each stage of one row block -------------------------------- */

typedef struct share {
    hr_exec *e;
    const hr_dims *dims;
    hr_real *const *z;
    const hr_real *x;
    const hr_call *call;
    const hr_block *block;
    const hr_row_block *rows_of;
    int layer;
    hr_tape tape;
    hr_stage stage; /* or GATHER, before a call's first block */
    bool last;      /* layer of its call */
    size_t rows, units, part;
} share;

#define GATHER HR_STAGES

/* The last stage of a call also hands on its output. */
static void share_task(void *context, int task, int worker) {
    share *h = context;
    hr_exec *e = h->e;
    const hr_model *m = e->model;
    size_t from = (size_t)task * h->part,
           to = from + h->part < h->units ? from + h->part : h->units;
    size_t at = from * h->dims->d, count = (to - from) * h->dims->d; /* where units are tokens */
    if (h->stage == GATHER) {
        hr_real *z[HR_STATES_MAX];
        for (int i = 0; i < m->recur.states; i++) z[i] = h->z[i] + at;
        hr_exec_gather(m->kern, h->call, m->recur.states, z, h->x + at, h->tape.in + at, count);
        return;
    }
    hr_scratch scratch = e->worker[worker].scratch;
    scratch.f = e->worker[0].scratch.f;
    scratch.norm = e->worker[0].scratch.norm;
    scratch.mean = e->worker[0].scratch.mean;
    scratch.joint = e->worker[0].scratch.joint;
    scratch.hidden = e->worker[0].scratch.hidden;
    hr_heeding heeding =
        hr_exec_heed(e, h->rows_of, worker, (int)(h->call - m->recur.call), h->layer);
    const hr_heed *heed = hr_exec_heeds(e) ? &heeding.heed : NULL;
    const hr_block_work w = {m, h->dims, h->block, &h->tape, &scratch, NULL, h->rows, {0}, heed};
    hr_block_stage(&w, h->stage, from, to);
    if (h->last && h->stage == HR_STAGE_END)
        hr_exec_end_call(m, h->z[h->call->dest] + at, NULL, h->tape.y + at, to - from);
}

/* Splits a stage among the threads. */
static void share_stage(share *h, size_t units) {
    size_t threads = (size_t)hr_pool_width(h->e->pool);
    if (!units) return;
    h->units = units;
    h->part = (units + threads - 1) / threads;
    hr_pool_run(h->e->pool, (int)((units + h->part - 1) / h->part), share_task, h);
}

static void shared_segment(hr_exec *e, const hr_row_block *b, hr_real *const *z, const hr_real *x) {
    const hr_model *m = e->model;
    hr_worker *w = &e->worker[0];
    share h = {.e = e, .dims = &b->dims, .rows_of = b, .z = z, .x = x};
    h.rows = (size_t)b->rows * b->dims.channels;
    for (int c = 0; c < m->recur.calls; c++) {
        h.call = &m->recur.call[c];
        const hr_module *module = &m->modules[h.call->module];
        hr_real *in = w->in;
        for (int l = 0; l < module->layers; l++, in = h.tape.y) {
            if (!hr_watch_on(e->watch, true)) return;
            h.tape = w->tape[l % 2];
            h.tape.in = in;
            h.block = &module->blocks[l];
            h.layer = l;
            h.last = l == module->layers - 1;
            if (h.last && !h.dims->pre) h.tape.y = z[h.call->dest];
            h.stage = GATHER;
            if (l == 0) share_stage(&h, h.rows * h.dims->tokens);
            for (h.stage = 0; h.stage < HR_STAGES; h.stage++) {
                bool idle = h.stage == HR_STAGE_END && h.dims->pre && !h.last;
                share_stage(&h, idle ? 0 : hr_block_units(h.dims, h.stage, h.rows));
            }
        }
        if (e->probe) hr_exec_tell(e, w, b, c, z);
    }
}

/* ---- row blocks ------------------------------------------------------------------------------ */

/* What the tasks of one pool run share. */
typedef struct job {
    hr_exec *e;
    const hr_batch *batch;
    hr_real *const *z;
    hr_real *logits, *q;
} job;

/* Forward of row block `task` in a worker's memory; `shared`: by all threads, not by one. */
static void forward_block(const job *j, int task, hr_worker *w, bool shared) {
    hr_exec *e = j->e;
    const hr_row_block b = hr_exec_block(e, &e->rows, w, task);
    hr_real *z[HR_STATES_MAX], q[2 * HR_ROW_BLOCK_TOKENS];
    hr_exec_states(e, w, &b, j->z, z);
    hr_embed_forward(e->model, &b, j->batch, w->x);
    if (shared) shared_segment(e, &b, z, w->x);
    else hr_exec_calls(e, w, &(hr_calls){&b, z, w->x, NULL, NULL, 0, e->model->recur.calls});
    hr_exec_heads(e, w, &b, z[hr_exec_final_state(e)], j->logits ? w->logits : NULL, q);
    size_t size = b.dims.seq * b.dims.outputs;
    for (int i = 0; i < b.rows; i++) {
        if (j->logits)
            hr_exec_put_logits(e, j->batch, &b, i, w->logits + (size_t)i * size, j->logits);
        if (j->q) memcpy(j->q + 2 * hr_row_at(&b, i), q + 2 * i, 2 * sizeof *q);
    }
    hr_exec_put_states(e, &b, j->z, z);
}

static void forward_task(void *context, int task, int worker) {
    const job *j = context;
    forward_block(j, task, &j->e->worker[worker], false);
}

static void forward_shared(void *context) {
    const job *j = context;
    for (int task = 0; task < j->e->rows.blocks; task++)
        forward_block(j, task, &j->e->worker[0], true);
}

static void forward_rows(job *j, int from, int count) {
    hr_exec *e = j->e;
    hr_rows_set(&e->rows, j->batch, from, count);
    if (e->rows.blocks >= hr_pool_width(e->pool))
        hr_pool_run(e->pool, e->rows.blocks, forward_task, j);
    else hr_pool_call(e->pool, forward_shared, j);
}

void hr_exec_forward(hr_exec *exec, const hr_batch *batch, hr_real *const z[HR_STATES_MAX],
                     hr_real *logits, hr_real *q) {
    job j = {.e = exec, .batch = batch, .z = z, .logits = logits, .q = q};
    exec->probed = batch;
    bool parted = exec->model->spec.skip_padding || !trains(exec);
    int each = parted ? exec->size.micro : batch->rows;
    for (int from = 0; from < batch->rows; from += each)
        forward_rows(&j, from, batch->rows - from < each ? batch->rows - from : each);
}
