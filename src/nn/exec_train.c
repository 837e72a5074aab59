/* exec_train.c - segments with loss and gradient.
 *
 * Backward goes layer by layer over the micro-batch. A small model's row blocks are dealt to lanes,
 * each with weight gradients of its own that stay in cache while the lane's row blocks pass; in the
 * end the lanes are added up in order. A large model's row blocks leave behind what its weight
 * gradients are made of, and the gradients are then split by their rows or columns. Row blocks and
 * lanes depend on the rows only and a split changes no sum, so the bits do not depend on the number
 * of threads. */
#include <string.h>

#include "nn/embed.h"
#include "nn/exec.h"
#include "nn/loss.h"

enum {
    PARTS = 2,     /* of a layer's weight gradients, for each thread, where there are no lanes */
    CHANNELS = 64, /* channels of embedding and head gradients that one task computes */
    CLEARING = 8,  /* tasks that clear the sums */
};

/* Row blocks as they come: the worst is each row of full size in one of its own. */
static void take_delta_room(hr_exec *e, hr_arena *arena) {
    hr_arena one = {0};
    hr_deltas local;
    hr_deltas_take(&local, e->model->kern, &e->dims, hr_row_tokens(&e->dims), &one);
    size_t bytes = hr_mul((size_t)e->micro, one.used);
    e->delta_room = (hr_arena){.base = HR_TAKE(arena, unsigned char, bytes), .size = bytes};
}

static void take_deltas(hr_exec *e, hr_arena *arena) {
    bool any_size = !e->lanes && e->model->spec.skip_padding;
    int each = hr_rows_each(&e->dims);
    int deltas = e->lanes ? e->workers : any_size ? e->micro : (e->micro + each - 1) / each;
    e->deltas = HR_TAKE(arena, hr_deltas, (size_t)deltas);
    if (any_size) {
        take_delta_room(e, arena);
        return;
    }
    for (int i = 0; i < deltas; i++) {
        hr_deltas local;
        hr_deltas_take(e->deltas ? &e->deltas[i] : &local, e->model->kern, &e->dims, e->room,
                       arena);
    }
}

/* Deals the room for deltas out to the row blocks at work. */
static void deal_deltas(hr_exec *e) {
    if (e->lanes || !e->model->spec.skip_padding) return;
    e->delta_room.used = 0;
    for (int i = 0; i < e->rows.blocks; i++) {
        hr_row_block b = hr_rows_block(&e->rows, i);
        hr_deltas_take(&e->deltas[i], e->model->kern, &b.dims,
                       (size_t)b.rows * hr_row_tokens(&b.dims), &e->delta_room);
    }
}

void hr_exec_take_training(hr_exec *e, hr_arena *arena) {
    const hr_dims *s = &e->dims;
    size_t rows = (size_t)e->micro, n = rows * hr_row_tokens(s);
    e->tape = HR_TAKE(arena, hr_tape, (size_t)(e->grad_calls * e->tape_stride));
    e->call_in = HR_TAKE(arena, hr_real *, (size_t)e->grad_calls);
    for (int c = 0; c < e->grad_calls; c++) {
        const hr_call *call = &e->model->recur.call[e->first_grad + c];
        hr_real *in = HR_TAKE(arena, hr_real, n * s->d);
        if (e->call_in) e->call_in[c] = in;
        for (int l = 0; l < e->model->modules[call->module].layers; l++) {
            hr_tape local, *tape = e->tape ? &e->tape[c * e->tape_stride + l] : &local;
            hr_tape_take(tape, s, n, arena);
            tape->in = l == 0 || !e->tape ? in : tape[-1].y;
        }
    }
    e->x = HR_TAKE(arena, hr_real, n * s->d);
    e->dx = HR_TAKE(arena, hr_real, n * s->d);
    for (int i = 0; i < e->model->recur.states; i++) e->dz[i] = HR_TAKE(arena, hr_real, n * s->d);
    take_deltas(e, arena);
    e->sums = HR_TAKE(arena, hr_real, (size_t)(e->lanes ? e->lanes : 1) * e->model->sums);
    size_t reads = (size_t)e->reads;
    e->read = HR_TAKE(arena, int, (size_t)e->grad_calls);
    for (int c = 0, r = 0; e->read && c < e->grad_calls; c++)
        e->read[c] = e->model->recur.call[e->first_grad + c].read ? r++ : -1;
    e->dlogits = HR_TAKE(arena, hr_real, reads * rows * s->seq * s->outputs);
    e->dq = HR_TAKE(arena, hr_real, reads * rows * 2);
}

/* What the tasks of one pool run share. */
typedef struct job {
    hr_exec *e;
    const hr_batch *batch;
    hr_real *const *z;
    hr_real *logits;
    const hr_objective *objective;
    const bool *last;
    hr_row_report *reports;
    hr_real *grads, *puzzle_grads;
    /* backward of one layer */
    int call, layer;
} job;

/* q logits one segment later, from copies of the new states. */
static void next_q(hr_exec *e, hr_worker *w, const hr_row_block *b, hr_real *const *z,
                   const hr_real *x, hr_real *q) {
    size_t count = (size_t)b->rows * hr_row_tokens(&b->dims) * b->dims.d;
    for (int i = 0; i < e->model->recur.states; i++)
        memcpy(w->next_z[i], z[i], count * sizeof *z[i]);
    hr_exec_segment(e, w, b, w->next_z, x, false);
    hr_exec_heads(e, w, b, w->next_z[hr_exec_final_state(e)], NULL, q);
}

/* The gradient at field f's logits, taken out of the row's (seq x outputs). */
static const hr_real *of_field(const hr_dims *s, hr_real *field, const hr_real *dlogits, size_t f) {
    if (s->fields == 1) return dlogits;
    for (size_t i = 0; i < s->seq * s->outputs / s->fields; i++)
        field[i] = dlogits[i * s->fields + f];
    return field;
}

/* Adds the heads' gradient to that of the state they read, for one row. */
static void heads_backward(const hr_exec *e, const hr_worker *own, const hr_dims *s,
                           const hr_real *dlogits, const hr_real *dq, hr_real *dz) {
    const hr_model *m = e->model;
    const hr_real *w = m->params + m->places.q_weight->offset;
    const hr_real d[] = {dq[0] / (hr_real)s->fields, dq[1] / (hr_real)s->fields};
    size_t each = s->outputs / s->fields;
    for (size_t f = 0; f < s->fields; f++, dz += s->tokens * s->d) {
        hr_real *cells = dz + s->prefix * s->d;
        m->kern->gemm(&(hr_gemm){.c = cells,
                                 .ldc = s->d,
                                 .addend = cells,
                                 .a = of_field(s, own->field, dlogits, f),
                                 .lda = each,
                                 .b = m->lm_head.backward,
                                 .m = s->seq,
                                 .n = s->d,
                                 .k = each});
        for (size_t i = 0; i < s->d; i++) dz[i] += d[0] * w[i] + d[1] * w[s->d + i];
    }
}

/* Where the gradients at the heads of read r begin for the row at a place of the micro-batch. */
static hr_real *dlogits_at(const hr_exec *e, int r, int place) {
    return e->dlogits +
           ((size_t)r * (size_t)e->micro + (size_t)place) * e->dims.seq * e->dims.outputs;
}

static hr_real *dq_at(const hr_exec *e, int r, int place) {
    return e->dq + 2 * ((size_t)r * (size_t)e->micro + (size_t)place);
}

/* The last block's output of call c (counted from the first with gradient), of a row block. */
static const hr_real *call_last(const hr_exec *e, int c, const hr_row_block *b) {
    int layers = e->model->modules[e->model->recur.call[e->first_grad + c].module].layers;
    return e->tape[c * e->tape_stride + layers - 1].y + b->start * b->dims.d;
}

/* What call c gave; computed in w->read, with its 1/rms in the scratch, where the call ends with a
 * norm. */
static const hr_real *call_out(const hr_exec *e, const hr_worker *w, int c, const hr_row_block *b) {
    const hr_real *y = call_last(e, c, b);
    if (!b->dims.pre) return y;
    hr_exec_end_call(e->model, w->read, w->scratch.inv, y,
                     (size_t)b->rows * hr_row_tokens(&b->dims));
    return w->read;
}

/* Scores read r of call c for the rows of a block: losses, and gradients at the heads. Reports are
 * of the last read, but for the loss, which is the mean over all. */
static void score(const job *j, hr_worker *w, int c, const hr_row_block *b, const hr_real *next) {
    hr_exec *e = j->e;
    int r = e->read[c];
    size_t size = b->dims.seq * b->dims.outputs, seq = e->dims.seq;
    hr_real q[2 * HR_ROW_BLOCK_TOKENS];
    hr_exec_heads(e, w, b, call_out(e, w, c, b), w->logits, q);
    for (int i = 0; i < b->rows; i++) {
        size_t at = hr_row_at(b, i);
        hr_loss_in in = {.logits = w->logits + (size_t)i * size,
                         .q = q + 2 * i,
                         .next_q = next ? next + 2 * i : NULL,
                         .inputs = j->batch->inputs + at * seq,
                         .labels = j->batch->labels + at * seq,
                         .cells = (int)b->dims.seq,
                         .cell = b->cell ? b->cell + (size_t)i * b->apart : NULL,
                         .last = j->last && j->last[at],
                         .reads = e->scored};
        hr_loss_row(j->objective, &e->model->spec, &in, &j->reports[at],
                    dlogits_at(e, r, b->first + i), dq_at(e, r, b->first + i));
        if (j->logits && r == e->reads - 1)
            hr_exec_put_logits(e, j->batch, b, i, in.logits, j->logits);
    }
}

static void train_forward_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    const hr_row_block b = hr_exec_block(e, w, task);
    size_t start = b.start * b.dims.d, count = (size_t)b.rows * hr_row_tokens(&b.dims) * b.dims.d;
    hr_real *z[HR_STATES_MAX], next[2 * HR_ROW_BLOCK_TOKENS];
    hr_exec_states(e, w, &b, j->z, z);
    hr_embed_forward(e->model, &b, j->batch, e->x + start);
    hr_exec_segment(e, w, &b, z, e->x + start, true);
    hr_exec_put_states(e, &b, j->z, z);
    if (j->objective->q_continue) next_q(e, w, &b, z, e->x + start, next);
    for (int i = 0; i < b.rows; i++) j->reports[hr_row_at(&b, i)] = (hr_row_report){0};
    for (int c = e->from; c < e->grad_calls; c++)
        if (e->read[c] >= 0) score(j, w, c, &b, j->objective->q_continue ? next : NULL);
    for (int i = 0; i < e->model->recur.states; i++)
        memset(e->dz[i] + start, 0, count * sizeof *e->dz[i]);
    memset(e->dx + start, 0, count * sizeof *e->dx);
}

/* Gradients of the heads in channels [from, to) for the rows of a block, over what call c gave. */
static void heads_gradient(const hr_exec *e, const hr_worker *own, const hr_row_block *b,
                           const hr_real *z, int c, hr_real *sums, size_t from, size_t to) {
    const hr_model *m = e->model;
    const hr_dims *s = &b->dims;
    hr_real *dw = sums + m->q_sums;
    size_t each = s->outputs / s->fields;
    for (size_t k = 0; k < (size_t)b->rows * s->fields; k++, z += s->tokens * s->d) {
        int place = b->first + (int)(k / s->fields);
        const hr_real *dq = dq_at(e, e->read[c], place);
        const hr_real d[] = {dq[0] / (hr_real)s->fields, dq[1] / (hr_real)s->fields};
        const hr_real *dlogits =
            of_field(s, own->field, dlogits_at(e, e->read[c], place), k % s->fields);
        m->kern->gemm_tn(&(hr_gemm){.c = sums + m->lm_head.sums + from,
                                    .ldc = s->d,
                                    .a = dlogits,
                                    .lda = each,
                                    .b = z + s->prefix * s->d + from,
                                    .ldb = s->d,
                                    .m = each,
                                    .n = to - from,
                                    .k = s->seq});
        for (size_t i = from; i < to; i++) {
            dw[i] += d[0] * z[i];
            dw[s->d + i] += d[1] * z[i];
        }
    }
}

/* The gradient at a call's last block: the heads' part, and back through the call's norm. The
 * heads' own gradients go to sums unless NULL. */
static void enter_call(const job *j, hr_worker *w, const hr_row_block *b, hr_real *dy,
                       hr_real *sums) {
    hr_exec *e = j->e;
    const hr_dims *s = &b->dims;
    int read = e->read[j->call];
    if (read < 0 && !s->pre) return;
    const hr_real *z = call_out(e, w, j->call, b);
    if (read >= 0) {
        for (int i = 0; i < b->rows; i++)
            heads_backward(e, w, s, dlogits_at(e, read, b->first + i), dq_at(e, read, b->first + i),
                           dy + (size_t)i * hr_row_tokens(s) * s->d);
        if (sums) heads_gradient(e, w, b, z, j->call, sums, 0, s->d);
    }
    if (s->pre)
        e->model->kern->rms_backward(dy, NULL, z, w->scratch.inv, dy,
                                     (size_t)b->rows * hr_row_tokens(s), s->d);
}

/* The gradient at a call's input goes on to its sources. */
static void leave_call(const hr_exec *e, const hr_call *call, size_t start, size_t count) {
    const hr_kern *k = e->model->kern;
    hr_real *dy = e->dz[call->dest] + start;
    for (int i = 0; i < e->model->recur.states; i++)
        if (i != call->dest && call->sources >> i & 1)
            k->add(e->dz[i] + start, e->dz[i] + start, dy, count);
    if (call->input) k->add(e->dx + start, e->dx + start, dy, count);
    if (!(call->sources >> call->dest & 1)) memset(dy, 0, count * sizeof *dy);
}

/* Backward of one layer for row block `task`; with lanes its weight gradients go to `sums`, which
 * is NULL otherwise. */
static void layer_block(const job *j, int task, int worker, hr_real *sums) {
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    const hr_row_block b = hr_exec_block(e, w, task);
    const hr_dims *s = &b.dims;
    const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
    const hr_module *module = &e->model->modules[call->module];
    const hr_block *block = &module->blocks[j->layer];
    size_t rows = (size_t)b.rows * s->fields;
    hr_tape tape = hr_tape_at(&e->tape[j->call * e->tape_stride + j->layer], s, b.start);
    const hr_deltas *deltas = &e->deltas[e->lanes ? worker : task];
    hr_real *dy = e->dz[call->dest] + b.start * s->d;
    if (j->layer == module->layers - 1) enter_call(j, w, &b, dy, sums);
    hr_block_backward(e->model, s, block, &tape, deltas, &w->scratch, dy, rows);
    if (sums) hr_block_gradient(e->model, s, block, &tape, deltas, &w->scratch, sums, rows, 0, 1);
    if (j->layer == 0) leave_call(e, call, b.start * s->d, rows * s->tokens * s->d);
}

/* The whole way of the row blocks of a lane: nothing of it concerns other lanes. */
static void lane_task(void *context, int lane, int worker) {
    job j = *(const job *)context;
    hr_exec *e = j.e;
    hr_real *sums = e->sums + (size_t)lane * e->model->sums;
    int blocks = e->rows.blocks;
    for (int task = lane; task < blocks; task += e->lanes) train_forward_task(&j, task, worker);
    for (j.call = e->grad_calls - 1; j.call >= e->from; j.call--) {
        const hr_call *call = &e->model->recur.call[e->first_grad + j.call];
        for (j.layer = e->model->modules[call->module].layers - 1; j.layer >= 0; j.layer--)
            for (int task = lane; task < blocks; task += e->lanes)
                layer_block(&j, task, worker, sums);
    }
}

static void layer_task(void *context, int task, int worker) {
    const job *j = context;
    layer_block(j, task, worker, NULL);
}

/* Part of the weight gradients of a layer, and of the heads, over all row blocks in order. */
static void gradient_task(void *context, int part, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
    const hr_module *module = &e->model->modules[call->module];
    size_t parts = PARTS * (size_t)e->workers, d = e->dims.d, each = (d + parts - 1) / parts;
    size_t from = each * (size_t)part, to = from + each < d ? from + each : d;
    bool read = j->layer == module->layers - 1 && e->read[j->call] >= 0 && from < to;
    for (int task = 0; task < e->rows.blocks; task++) {
        const hr_row_block b = hr_rows_block(&e->rows, task);
        hr_tape tape = hr_tape_at(&e->tape[j->call * e->tape_stride + j->layer], &b.dims, b.start);
        hr_block_gradient(e->model, &b.dims, &module->blocks[j->layer], &tape, &e->deltas[task],
                          &w->scratch, e->sums, (size_t)b.rows * b.dims.fields, (size_t)part,
                          parts);
        if (read) heads_gradient(e, w, &b, call_out(e, w, j->call, &b), j->call, e->sums, from, to);
    }
}

/* Forward and backward of the blocks, layer by layer over all row blocks. */
static void by_layers(job *j) {
    hr_exec *e = j->e;
    int blocks = e->rows.blocks;
    deal_deltas(e);
    hr_pool_run(e->pool, blocks, train_forward_task, j);
    for (j->call = e->grad_calls - 1; j->call >= e->from; j->call--) {
        const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
        for (j->layer = e->model->modules[call->module].layers - 1; j->layer >= 0; j->layer--) {
            hr_pool_run(e->pool, blocks, layer_task, j);
            hr_pool_run(e->pool, PARTS * e->workers, gradient_task, j);
        }
    }
}

/* Gradients of the embeddings in a slice of channels, over the micro-batch by place. */
static void embed_task(void *context, int task, int worker) {
    const job *j = context;
    const hr_exec *e = j->e;
    (void)worker;
    size_t from = (size_t)task * CHANNELS, d = e->dims.d;
    for (int i = 0; i < e->rows.blocks; i++) {
        const hr_row_block b = hr_rows_block(&e->rows, i);
        hr_embed_backward(e->model, &b, j->batch, e->dx + b.start * d, j->grads, from,
                          from + CHANNELS < d ? from + CHANNELS : d);
    }
}

/* Block `task` (H's first; the last task is the heads): its sums of all lanes become gradients. */
static void collect_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    const hr_model *m = e->model;
    (void)worker;
    int high = m->modules[HR_MODULE_H].layers, blocks = high + m->modules[HR_MODULE_L].layers;
    const hr_block *block = task < high ? &m->modules[HR_MODULE_H].blocks[task]
                                        : &m->modules[HR_MODULE_L].blocks[task - high];
    const size_t from[] = {m->lm_head.sums, m->q_sums};
    hr_real *const to[] = {j->grads + m->lm_head.weight, j->grads + m->places.q_weight->offset};
    const size_t size[] = {m->lm_head.in * m->lm_head.out, m->places.q_weight->count};
    for (int lane = 0; lane < (e->lanes ? e->lanes : 1); lane++) {
        const hr_real *sums = e->sums + (size_t)lane * m->sums;
        if (task < blocks) hr_block_collect(m, block, sums, j->grads);
        for (int i = 0; task == blocks && i < 2; i++)
            m->kern->add(to[i], to[i], sums + from[i], size[i]);
    }
}

static void clear_task(void *context, int task, int worker) {
    hr_exec *e = ((const job *)context)->e;
    size_t count = (size_t)(e->lanes ? e->lanes : 1) * e->model->sums;
    size_t each = (count + CLEARING - 1) / CLEARING, from = each * (size_t)task;
    (void)worker;
    if (from < count)
        memset(e->sums + from, 0, (count - from < each ? count - from : each) * sizeof *e->sums);
}

/* The puzzles' own vectors, one for each row of the batch. */
static void puzzle_gradients(const job *j) {
    const hr_exec *e = j->e;
    size_t ndim = (size_t)e->model->spec.puzzle_emb_ndim;
    for (int k = 0; ndim && k < e->rows.blocks; k++) {
        const hr_row_block b = hr_rows_block(&e->rows, k);
        const hr_real *dx = e->dx + b.start * b.dims.d;
        for (int i = 0; i < b.rows; i++, dx += hr_row_tokens(&b.dims) * b.dims.d)
            hr_embed_puzzle_backward(e->model, dx, b.dims.tokens,
                                     j->puzzle_grads + hr_row_at(&b, i) * ndim);
    }
}

static void micro_batch(job *j) {
    hr_exec *e = j->e;
    if (e->lanes) hr_pool_run(e->pool, e->lanes, lane_task, j);
    else by_layers(j);
    hr_pool_run(e->pool, (int)((e->dims.d + CHANNELS - 1) / CHANNELS), embed_task, j);
    hr_real *dbias = j->grads + e->model->places.q_bias->offset;
    for (int r = e->reads - e->scored; r < e->reads; r++) {
        for (int place = 0; place < e->rows.count; place++) {
            dbias[0] += dq_at(e, r, place)[0];
            dbias[1] += dq_at(e, r, place)[1];
        }
    }
    puzzle_gradients(j);
}

/* Sets what runs of the segment's calls. */
static void set_depth(hr_exec *e, int depth) {
    int calls = e->model->recur.calls;
    e->skip = depth > 0 && depth < calls ? calls - depth : 0;
    e->from = e->skip > e->first_grad ? e->skip - e->first_grad : 0;
    e->scored = 0;
    for (int c = e->from; c < e->grad_calls; c++) e->scored += e->read[c] >= 0;
}

void hr_exec_train(hr_exec *exec, const hr_batch *batch, const hr_objective *objective,
                   const bool *last, hr_real *const z[HR_STATES_MAX], hr_real *grads,
                   hr_real *puzzle_grads, hr_row_report *reports, hr_real *logits) {
    job j = {
        .e = exec,
        .batch = batch,
        .z = z,
        .logits = logits,
        .objective = objective,
        .last = last,
        .reports = reports,
        .grads = grads,
        .puzzle_grads = puzzle_grads,
    };
    set_depth(exec, objective->depth);
    exec->tokens = 0;
    exec->whole = (size_t)batch->rows * hr_row_tokens(&exec->dims);
    hr_pool_run(exec->pool, CLEARING, clear_task, &j);
    for (int from = 0; from < batch->rows; from += exec->micro) {
        int left = batch->rows - from;
        hr_rows_set(&exec->rows, batch, from, left < exec->micro ? left : exec->micro);
        exec->tokens += hr_rows_tokens(&exec->rows);
        micro_batch(&j);
    }
    int blocks =
        exec->model->modules[HR_MODULE_H].layers + exec->model->modules[HR_MODULE_L].layers;
    hr_pool_run(exec->pool, blocks + 1, collect_task, &j);
}

double hr_exec_share(const hr_exec *exec) {
    return exec->whole ? (double)exec->tokens / (double)exec->whole : 1;
}
