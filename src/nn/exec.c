/* exec.c - runs a model's recursion over rows, and plans the memory for it.
 *
 * Forward goes row block by row block: a worker takes a few rows through the whole segment while
 * they stay in its cache. A split changes no sum, so the bits do not depend on the number of
 * threads, nor does a row on the rows beside it. */
#include "nn/exec.h"

#include <string.h>

#include "nn/embed.h"

size_t hr_exec_small_dense = 2 << 20;

static bool trains(const hr_exec *e) {
    return e->size.shards > 0;
}

static void take_worker(hr_exec *e, hr_worker *w, hr_arena *arena) {
    const hr_dims *s = &e->dims;
    const hr_model *m = e->model;
    size_t n = e->capacity;
    hr_scratch_take(&w->scratch, m->kern, s, n, trains(e), arena);
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

static void layout(hr_exec *e, hr_arena *arena) {
    e->worker = HR_TAKE(arena, hr_worker, (size_t)e->workers);
    for (int i = 0; i < e->workers; i++) {
        hr_worker local = {0};
        take_worker(e, e->worker ? &e->worker[i] : &local, arena);
    }
    hr_rows_take(&e->rows, &e->model->spec, e->size.micro, arena);
    if (trains(e)) hr_exec_take_training(e, arena);
}

static hr_exec shape(hr_model *model, int workers, const hr_exec_size *size) {
    hr_exec e = {.model = model, .size = *size, .workers = workers};
    e.dims = hr_dims_of(&model->spec);
    e.capacity = hr_rows_capacity(&e.dims, model->spec.skip_padding);
    e.first_grad = hr_recur_first_grad(&model->recur);
    e.grad_calls = model->recur.calls - e.first_grad;
    e.readouts = model->recur.readouts;
    e.small = model->table.dense <= hr_exec_small_dense;
    for (int i = 0; i < HR_MODULES_MAX; i++)
        if (model->modules[i].layers > e.tape_stride) e.tape_stride = model->modules[i].layers;
    if (size->shards) hr_exec_shape_training(&e);
    return e;
}

size_t hr_exec_bytes(const hr_model *model, int workers, const hr_exec_size *size) {
    hr_exec e = shape((hr_model *)(uintptr_t)model, workers, size);
    hr_arena count = {0};
    layout(&e, &count);
    return count.used;
}

hr_status hr_exec_new(hr_model *model, hr_pool *pool, const hr_exec_size *size, hr_exec **out) {
    *out = NULL;
    hr_exec *e = HR_NEW(hr_exec, 1);
    if (!e) return HR_ERR_MEM;
    *e = shape(model, hr_pool_threads(pool), size);
    e->pool = pool;
    hr_arena count = {0};
    layout(e, &count);
    hr_status status = hr_arena_open(&e->arena, count.used);
    if (status) {
        hr_free(e);
        return status;
    }
    layout(e, &e->arena);
    *out = e;
    return HR_OK;
}

void hr_exec_free(hr_exec *exec) {
    if (!exec) return;
    hr_arena_close(&exec->arena);
    hr_free(exec);
}

/* in = dest + (other sources + x), the order of the reference. */
static void gather(const hr_kern *k, const hr_call *call, int states, hr_real *const *z,
                   const hr_real *x, hr_real *in, size_t count) {
    const hr_real *sum = call->input ? x : NULL;
    for (int i = 0; i < states; i++) {
        if (i == call->dest || !(call->sources >> i & 1)) continue;
        if (sum) {
            k->add(in, z[i], sum, count);
            sum = in;
        } else sum = z[i];
    }
    bool own = call->sources >> call->dest & 1;
    if (own && sum) k->add(in, z[call->dest], sum, count);
    else if (sum != in) memcpy(in, own ? z[call->dest] : sum, count * sizeof *in);
}

void hr_exec_end_call(const hr_model *m, hr_real *z, hr_real *inv, const hr_real *y, size_t n) {
    size_t d = (size_t)m->spec.hidden;
    if (m->spec.norm == HR_NORM_PRE) m->kern->rms(z, inv, y, n, d, (hr_real)m->spec.rms_eps);
    else if (z != y) memcpy(z, y, n * d * sizeof *z);
}

void hr_exec_segment(hr_exec *e, hr_worker *w, const hr_row_block *b, hr_real *const *z,
                     const hr_real *x, const hr_slot *slot) {
    const hr_model *m = e->model;
    const hr_dims *s = &b->dims;
    size_t rows = (size_t)b->rows * s->channels, n = rows * s->tokens;
    for (int c = slot ? e->skip : 0; c < m->recur.calls; c++) {
        const hr_call *call = &m->recur.call[c];
        const hr_module *module = &m->modules[call->module];
        bool taped = slot && call->grad;
        int g = c - e->first_grad;
        hr_real *in = taped ? slot->call_in[g] : w->in;
        gather(m->kern, call, m->recur.states, z, x, in, n * s->d);
        hr_real *out = in;
        for (int l = 0; l < module->layers; l++) {
            hr_tape tape = taped ? slot->tape[g * e->tape_stride + l] : w->tape[l % 2];
            if (!taped) tape.in = out;
            if (!taped && !s->pre && l == module->layers - 1) tape.y = z[call->dest];
            hr_block_forward(m, s, &module->blocks[l], &tape, &w->scratch, rows);
            out = tape.y;
        }
        hr_exec_end_call(m, z[call->dest], NULL, out, n);
    }
}

/* ---- few rows: all threads share each stage of one row block -------------------------------- */

typedef struct share {
    hr_exec *e;
    const hr_dims *dims;
    hr_real *const *z;
    const hr_real *x;
    const hr_call *call;
    const hr_block *block;
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
        gather(m->kern, h->call, m->recur.states, z, h->x + at, h->tape.in + at, count);
        return;
    }
    hr_scratch scratch = e->worker[worker].scratch;
    scratch.f = e->worker[0].scratch.f;
    scratch.norm = e->worker[0].scratch.norm;
    scratch.mean = e->worker[0].scratch.mean;
    scratch.joint = e->worker[0].scratch.joint;
    scratch.hidden = e->worker[0].scratch.hidden;
    hr_block_stage(m, h->dims, h->block, &h->tape, &scratch, h->stage, h->rows, from, to);
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
    share h = {.e = e, .dims = &b->dims, .z = z, .x = x};
    h.rows = (size_t)b->rows * b->dims.channels;
    for (int c = 0; c < m->recur.calls; c++) {
        h.call = &m->recur.call[c];
        const hr_module *module = &m->modules[h.call->module];
        hr_real *in = w->in;
        for (int l = 0; l < module->layers; l++, in = h.tape.y) {
            h.tape = w->tape[l % 2];
            h.tape.in = in;
            h.block = &module->blocks[l];
            h.last = l == module->layers - 1;
            if (h.last && !h.dims->pre) h.tape.y = z[h.call->dest];
            h.stage = GATHER;
            if (l == 0) share_stage(&h, h.rows * h.dims->tokens);
            for (h.stage = 0; h.stage < HR_STAGES; h.stage++) {
                bool idle = h.stage == HR_STAGE_END && h.dims->pre && !h.last;
                share_stage(&h, idle ? 0 : hr_block_units(h.dims, h.stage, h.rows));
            }
        }
    }
}

/* ---- row blocks ------------------------------------------------------------------------------ */

hr_row_block hr_exec_block(const hr_exec *e, const hr_rows *rows, const hr_worker *w, int i) {
    hr_row_block b = hr_rows_block(rows, i);
    hr_rows_rotary(&b, e->model, w->cos, w->sin);
    return b;
}

/* Where the i-th row of a row block has a state. */
static hr_real *state_at(const hr_exec *e, const hr_row_block *b, hr_real *all, int i) {
    return all + hr_row_at(b, i) * hr_row_tokens(&e->dims) * e->dims.d;
}

void hr_exec_states(const hr_exec *e, const hr_worker *w, const hr_row_block *b,
                    hr_real *const *all, hr_real **z) {
    size_t count = hr_row_tokens(&b->dims) * b->dims.d;
    for (int k = 0; k < e->model->recur.states; k++) {
        z[k] = b->row ? w->z[k] : state_at(e, b, all[k], 0);
        for (int i = 0; b->row && i < b->rows; i++)
            memcpy(z[k] + (size_t)i * count, state_at(e, b, all[k], i), count * sizeof *z[k]);
    }
}

void hr_exec_put_states(const hr_exec *e, const hr_row_block *b, hr_real *const *all,
                        hr_real *const *z) {
    size_t count = hr_row_tokens(&b->dims) * b->dims.d;
    for (int k = 0; b->row && k < e->model->recur.states; k++)
        for (int i = 0; i < b->rows; i++)
            memcpy(state_at(e, b, all[k], i), z[k] + (size_t)i * count, count * sizeof *z[k]);
}

int hr_exec_final_state(const hr_exec *e) {
    return e->model->recur.call[e->model->recur.calls - 1].dest;
}

/* Logits (seq x outputs) of one row. A channel has those of its symbol, in `channel` first: of a
 * cell as many as there are groups of one for each symbol. */
static void row_logits(const hr_model *m, const hr_dims *s, hr_real *channel, const hr_real *row,
                       hr_real *logits) {
    const hr_real *cells = row + s->prefix * s->d;
    size_t each = s->outputs / s->channels;
    if (s->channels == 1) channel = logits;
    for (size_t f = 0; f < s->channels; f++, cells += s->tokens * s->d) {
        m->kern->gemm(&(hr_gemm){.c = channel,
                                 .ldc = each,
                                 .a = cells,
                                 .lda = s->d,
                                 .b = m->lm_head.forward,
                                 .m = s->seq,
                                 .n = each,
                                 .k = s->d});
        for (size_t i = 0; s->channels > 1 && i < s->seq * each; i++)
            logits[i * s->channels + f] = channel[i];
    }
}

void hr_exec_heads(const hr_exec *e, const hr_worker *own, const hr_row_block *b, const hr_real *z,
                   hr_real *logits, hr_real *q) {
    const hr_model *m = e->model;
    const hr_dims *s = &b->dims;
    const hr_real *w = m->params + m->places.q_weight->offset;
    const hr_real *bias = m->params + m->places.q_bias->offset;
    for (int r = 0; r < b->rows; r++) {
        const hr_real *row = z + (size_t)r * hr_row_tokens(s) * s->d;
        if (logits) row_logits(m, s, own->channel, row, logits + (size_t)r * s->seq * s->outputs);
        for (int j = 0; q && j < 2; j++) {
            hr_real sum = 0;
            for (size_t f = 0; f < s->channels; f++)
                for (size_t i = 0; i < s->d; i++)
                    sum += row[f * s->tokens * s->d + i] * w[(size_t)j * s->d + i];
            q[r * 2 + j] = sum / (hr_real)s->channels + bias[j];
        }
    }
}

void hr_exec_put_logits(const hr_exec *e, const hr_batch *batch, const hr_row_block *b, int i,
                        const hr_real *logits, hr_real *all) {
    size_t row = hr_row_at(b, i), seq = e->dims.seq;
    hr_rows_spread(b, i, &e->model->spec, batch->inputs + row * seq, logits,
                   all + row * seq * e->dims.outputs);
}

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
    else hr_exec_segment(e, w, &b, z, w->x, NULL);
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
    int each = exec->model->spec.skip_padding ? exec->size.micro : batch->rows;
    for (int from = 0; from < batch->rows; from += each)
        forward_rows(&j, from, batch->rows - from < each ? batch->rows - from : each);
}
