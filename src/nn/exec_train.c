/* exec_train.c - segments with loss and gradient.
 *
 * Gradients are summed over the row blocks of a shard in order, within a row block from the last
 * call to the first; sums of shards meet in a tree (tree.h). That is the order of every sum, and
 * who computes what, when, changes none.
 *
 * Of a small model a thread takes a whole shard, row block by row block, and sums gradients where
 * they arise: sums and tape stay in its cache. Of a large model each thread takes a row block,
 * layer by layer over as many of them as memory allows, and leaves behind what weight gradients are
 * made of; then a part of the weights, over all row blocks: after each layer, or at the end where a
 * layer has gradients of several calls. */
#include "nn/exec_train.h"

#include <string.h>

#include "nn/embed.h"

enum {
    PARTS = 2,           /* of a layer's weight gradients, for each thread, at least */
    PART_SUMS = 1 << 18, /* numbers of one, about: they stay in a core's cache over row blocks */
};

/* ---- memory ---------------------------------------------------------------------------------- */

/* Call c, counted from the first with gradient. */
static const hr_call *grad_call(const hr_exec *e, int c) {
    return &e->model->recur.call[e->first_grad + c];
}

static int layers_of(const hr_exec *e, int c) {
    return e->model->modules[grad_call(e, c)->module].layers;
}

/* At most, where no padding is skipped. */
static int shard_rows(const hr_exec *e) {
    return hr_ceil_div(e->size.rows, e->size.shards);
}

int hr_exec_block_rows(const hr_exec *e) {
    int rows = shard_rows(e), each = hr_rows_each(&e->dims);
    return rows < each ? rows : each;
}

int hr_exec_shard_blocks(const hr_exec *e) {
    return hr_ceil_div(shard_rows(e), hr_exec_block_rows(e));
}

/* Row blocks at work at once. */
static int blocks_at_once(const hr_exec *e) {
    int blocks = hr_ceil_div(e->size.micro, hr_exec_block_rows(e));
    int all = e->size.shards * (e->small ? 1 : hr_exec_shard_blocks(e));
    return blocks < 1 ? 1 : blocks < all ? blocks : all;
}

void hr_exec_shape_training(hr_exec *e) {
    int calls[HR_MODULES_MAX] = {0};
    for (int c = 0; c < e->grad_calls; c++)
        e->keeps |= !e->small && ++calls[grad_call(e, c)->module] > 1;
    bool any_size = e->model->spec.skip_padding;
    int blocks = blocks_at_once(e), shards = e->small ? blocks : blocks / hr_exec_shard_blocks(e);
    e->at_once = shards < 1 ? 1 : shards;
    e->slots =
        e->small ? e->at_once : e->at_once * (any_size ? shard_rows(e) : hr_exec_shard_blocks(e));
    if (e->small && e->workers && e->workers < e->slots) e->slots = e->workers;
}

/* The slot of a row block of n tokens. */
static void take_slot(const hr_exec *e, hr_slot *slot, const hr_dims *s, size_t n, size_t cells,
                      hr_arena *arena) {
    const hr_model *m = e->model;
    size_t layers = (size_t)(e->grad_calls * e->tape_stride), rows = (size_t)slot->block.rows;
    slot->tape = HR_TAKE(arena, hr_tape, layers);
    slot->deltas = HR_TAKE(arena, hr_deltas, e->keeps ? layers : 1);
    slot->call_in = HR_TAKE(arena, hr_real *, (size_t)e->grad_calls);
    for (int c = 0; c < e->grad_calls; c++) {
        hr_real *in = HR_TAKE(arena, hr_real, n * s->d);
        if (slot->call_in) slot->call_in[c] = in;
        for (int l = 0; l < m->modules[grad_call(e, c)->module].layers; l++) {
            int at = c * e->tape_stride + l;
            hr_tape local, *tape = slot->tape ? &slot->tape[at] : &local;
            hr_deltas none, *deltas = slot->deltas ? &slot->deltas[e->keeps ? at : 0] : &none;
            hr_tape_take(tape, s, n, arena);
            tape->in = l == 0 || !slot->tape ? in : tape[-1].y;
            if (e->keeps || at == 0) hr_deltas_take(deltas, m->kern, s, n, arena);
        }
    }
    slot->x = HR_TAKE(arena, hr_real, n * s->d);
    slot->dx = HR_TAKE(arena, hr_real, n * s->d);
    for (int i = 0; i < m->recur.states; i++) slot->dz[i] = HR_TAKE(arena, hr_real, n * s->d);
    slot->dlogits = HR_TAKE(arena, hr_real, (size_t)e->readouts * cells * s->outputs);
    slot->dq = HR_TAKE(arena, hr_real, (size_t)e->readouts * rows * 2);
}

/* Bytes of the slot of a row block; without one of the largest. */
static size_t slot_bytes(const hr_exec *e, const hr_row_block *b) {
    const hr_dims *s = b ? &b->dims : &e->dims;
    bool any_size = e->model->spec.skip_padding;
    hr_slot slot = {.block = {.rows = b ? b->rows : hr_exec_block_rows(e)}};
    size_t n = (size_t)slot.block.rows * hr_row_tokens(s), cells = (size_t)slot.block.rows * s->seq;
    if (!b && any_size) { /* as many rows as there are tokens, all of them cells */
        n = cells = e->capacity;
        slot.block.rows = (int)n;
    }
    hr_arena count = {0};
    take_slot(e, &slot, s, n, cells, &count);
    return count.used;
}

static void take_space(hr_arena *space, size_t bytes, hr_arena *arena) {
    unsigned char *base = HR_TAKE(arena, unsigned char, bytes);
    if (space) *space = (hr_arena){.base = base, .size = bytes};
}

void hr_exec_take_training(hr_exec *e, hr_arena *arena) {
    size_t each = slot_bytes(e, NULL);
    int spaces = e->small ? e->slots : 1;
    e->slot = HR_TAKE(arena, hr_slot, (size_t)e->slots);
    e->space = HR_TAKE(arena, hr_arena, (size_t)spaces);
    for (int i = 0; i < spaces; i++)
        take_space(e->space ? &e->space[i] : NULL,
                   e->small ? each : hr_mul(each, (size_t)blocks_at_once(e)), arena);
    e->shard = HR_TAKE(arena, hr_rows, (size_t)e->size.shards);
    for (int s = 0; s < e->size.shards; s++) {
        hr_rows local;
        hr_rows_take(e->shard ? &e->shard[s] : &local, &e->model->spec, shard_rows(e), arena);
    }
    e->sums = HR_TAKE(arena, hr_real *, (size_t)e->at_once);
    hr_tree_take(&e->tree, e->model->sums, e->size.shards, e->at_once, !e->size.exchange, arena);
    e->next = HR_TAKE(arena, hr_real, (size_t)e->size.rows * 2);
    e->read = HR_TAKE(arena, int, (size_t)e->grad_calls);
    for (int c = 0, r = 0; e->read && c < e->grad_calls; c++)
        e->read[c] = grad_call(e, c)->read ? r++ : -1;
}

/* ---- one row block --------------------------------------------------------------------------- */

/* What the tasks of one pool run share. */
typedef struct job {
    hr_exec *e;
    const hr_training *of;
    hr_real *const *z;
    hr_real *grads, *puzzle_grads;
    int first_row;     /* of the batch, that is at hand */
    int first, shards; /* at work */
    hr_real **sums;    /* of each of them */
    int blocks;        /* large: row blocks at work */
    bool scored;       /* large: forward is done but for what follows the states */
    int call, layer;   /* large: in backward */
    int unit, units;   /* large: whose gradients are summed */
    hr_real *total;    /* of all shards */
} job;

/* Of a large model shards cut row blocks short, which costs time; where rows have all their cells,
 * and so the same bits in any row block, what has no gradient runs in others: before, and once more
 * for q. */
static bool has_others(const hr_exec *e) {
    return !e->small && !e->model->spec.skip_padding;
}

static bool asks_between(const job *j) {
    return has_others(j->e) && j->of->objective->q_continue;
}

/* q logits one segment later, from copies of the new states. */
static void next_q(hr_exec *e, hr_worker *w, const hr_row_block *b, hr_real *const *z,
                   const hr_real *x) {
    size_t count = (size_t)b->rows * hr_row_tokens(&b->dims) * b->dims.d;
    hr_real q[2 * HR_ROW_BLOCK_TOKENS];
    for (int i = 0; i < e->model->recur.states; i++)
        memcpy(w->next_z[i], z[i], count * sizeof *z[i]);
    hr_exec_calls(e, w, &(hr_calls){b, w->next_z, x, NULL, 0, e->model->recur.calls});
    hr_exec_heads(e, w, b, w->next_z[hr_exec_final_state(e)], NULL, q);
    for (int i = 0; i < b->rows; i++)
        memcpy(e->next + 2 * hr_row_at(b, i), q + 2 * i, 2 * sizeof *q);
}

/* The gradient at channel f's logits, taken out of the row's (seq x outputs). */
static const hr_real *of_channel(const hr_dims *s, hr_real *channel, const hr_real *dlogits,
                                 size_t f) {
    if (s->channels == 1) return dlogits;
    for (size_t i = 0; i < s->seq * s->outputs / s->channels; i++)
        channel[i] = dlogits[i * s->channels + f];
    return channel;
}

/* Adds the heads' gradient to that of the state they read, for one row. */
static void heads_backward(const hr_exec *e, const hr_worker *own, const hr_dims *s,
                           const hr_real *dlogits, const hr_real *dq, hr_real *dz) {
    const hr_model *m = e->model;
    const hr_real *w = m->params + m->places.q_weight->offset;
    const hr_real d[] = {dq[0] / (hr_real)s->channels, dq[1] / (hr_real)s->channels};
    size_t each = s->outputs / s->channels;
    for (size_t f = 0; f < s->channels; f++, dz += s->tokens * s->d) {
        hr_real *cells = dz + s->prefix * s->d;
        m->kern->gemm(&(hr_gemm){.c = cells,
                                 .ldc = s->d,
                                 .addend = cells,
                                 .a = of_channel(s, own->channel, dlogits, f),
                                 .lda = each,
                                 .b = m->lm_head.backward,
                                 .m = s->seq,
                                 .n = s->d,
                                 .k = each});
        for (size_t i = 0; i < s->d; i++) dz[i] += d[0] * w[i] + d[1] * w[s->d + i];
    }
}

/* Where the gradients at the heads of read r begin for the i-th row. */
static hr_real *dlogits_at(const hr_slot *slot, int r, int i) {
    const hr_row_block *b = &slot->block;
    return slot->dlogits + (size_t)(r * b->rows + i) * b->dims.seq * b->dims.outputs;
}

static hr_real *dq_at(const hr_slot *slot, int r, int i) {
    return slot->dq + 2 * (size_t)(r * slot->block.rows + i);
}

/* What call c (counted from the first with gradient) gave; computed in w->read, with its 1/rms in
 * the scratch, where the call ends with a norm. */
static const hr_real *call_out(const hr_exec *e, const hr_worker *w, const hr_slot *slot, int c) {
    const hr_row_block *b = &slot->block;
    int layers = e->model->modules[grad_call(e, c)->module].layers;
    const hr_real *y = slot->tape[c * e->tape_stride + layers - 1].y;
    if (!b->dims.pre) return y;
    hr_exec_end_call(e->model, w->read, w->scratch.inv, y,
                     (size_t)b->rows * hr_row_tokens(&b->dims));
    return w->read;
}

/* Scores call c for the rows of a block: losses, and gradients at the heads. Reports are of the
 * last read, but for the loss, which is the mean over all. */
static void score(const job *j, hr_worker *w, const hr_slot *slot, int c) {
    hr_exec *e = j->e;
    const hr_row_block *b = &slot->block;
    int r = e->read[c];
    size_t size = b->dims.seq * b->dims.outputs, seq = e->dims.seq;
    hr_real q[2 * HR_ROW_BLOCK_TOKENS];
    hr_exec_heads(e, w, b, call_out(e, w, slot, c), w->logits, q);
    for (int i = 0; i < b->rows; i++) {
        size_t at = hr_row_at(b, i);
        hr_loss_in in = {.logits = w->logits + (size_t)i * size,
                         .q = q + 2 * i,
                         .next_q = j->of->objective->q_continue ? e->next + 2 * at : NULL,
                         .inputs = j->of->batch->inputs + at * seq,
                         .labels = j->of->batch->labels + at * seq,
                         .cells = (int)b->dims.seq,
                         .cell = b->cell ? b->cell + (size_t)i * b->stride : NULL,
                         .last = j->of->last && j->of->last[at],
                         .readouts = e->scored};
        hr_loss_row(j->of->objective, &e->model->spec, &in, &j->of->reports[at],
                    dlogits_at(slot, r, i), dq_at(slot, r, i));
        if (j->of->logits && r == e->readouts - 1)
            hr_exec_put_logits(e, j->of->batch, b, i, in.logits, j->of->logits);
    }
}

/* Leaves out numbers of the input, or of its gradient the same, and makes up for them with the
 * rest: by the row of the batch, whichever rows run together. */
static void drop(const job *j, const hr_row_block *b, hr_real *x) {
    const hr_objective *o = j->of->objective;
    size_t row = hr_row_tokens(&b->dims) * b->dims.d;
    const hr_real kept = (hr_real)(1 / (1 - o->dropout));
    for (int i = 0; o->dropout > 0 && i < b->rows; i++, x += row) {
        hr_rng rng = hr_rng_sub(o->drop, (size_t)j->first_row + hr_row_at(b, i));
        for (size_t k = 0; k < row; k++) x[k] *= hr_rng_uniform(rng, k) < o->dropout ? 0 : kept;
    }
}

/* Calls from `from` on that training has. */
static void forward(const job *j, hr_worker *w, const hr_slot *slot, int from) {
    hr_exec *e = j->e;
    const hr_row_block *b = &slot->block;
    hr_real *z[HR_STATES_MAX];
    hr_exec_states(e, w, b, j->z, z);
    hr_embed_forward(e->model, b, j->of->batch, slot->x);
    drop(j, b, slot->x);
    hr_exec_calls(
        e, w,
        &(hr_calls){b, z, slot->x, slot, from > e->skip ? from : e->skip, e->model->recur.calls});
    hr_exec_put_states(e, b, j->z, z);
    if (j->of->objective->q_continue && !asks_between(j)) next_q(e, w, b, z, slot->x);
}

/* Scores what is read, and makes ready for backward. */
static void score_all(const job *j, hr_worker *w, const hr_slot *slot) {
    hr_exec *e = j->e;
    const hr_row_block *b = &slot->block;
    for (int i = 0; i < b->rows; i++) j->of->reports[hr_row_at(b, i)] = (hr_row_report){0};
    for (int c = e->from; c < e->grad_calls; c++)
        if (e->read[c] >= 0) score(j, w, slot, c);
    size_t bytes = (size_t)b->rows * hr_row_tokens(&b->dims) * b->dims.d * sizeof *slot->dx;
    for (int i = 0; i < e->model->recur.states; i++) memset(slot->dz[i], 0, bytes);
    memset(slot->dx, 0, bytes);
}

/* Gradients of the heads in columns [from, to), over what call c gave; the bias comes with the
 * first column. */
static void heads_gradient(const hr_exec *e, const hr_worker *own, const hr_slot *slot, int c,
                           size_t from, size_t to) {
    const hr_real *z = call_out(e, own, slot, c);
    const hr_model *m = e->model;
    const hr_row_block *b = &slot->block;
    const hr_dims *s = &b->dims;
    hr_real *dw = slot->sums + m->q_sums, *dbias = slot->sums + m->q_bias_sums;
    size_t each = s->outputs / s->channels;
    if (slot->first && e->read[c] == e->readouts - 1) {
        if (from == 0) dbias[0] = dbias[1] = 0;
        for (size_t r = 0; r < each; r++)
            memset(slot->sums + m->lm_head.sums + r * s->d + from, 0, (to - from) * sizeof *dw);
        for (size_t r = 0; r < 2; r++) memset(dw + r * s->d + from, 0, (to - from) * sizeof *dw);
    }
    for (size_t k = 0; k < (size_t)b->rows * s->channels; k++, z += s->tokens * s->d) {
        int row = (int)(k / s->channels);
        const hr_real *dq = dq_at(slot, e->read[c], row);
        const hr_real d[] = {dq[0] / (hr_real)s->channels, dq[1] / (hr_real)s->channels};
        const hr_real *dlogits =
            of_channel(s, own->channel, dlogits_at(slot, e->read[c], row), k % s->channels);
        m->kern->gemm_tn(&(hr_gemm){.c = slot->sums + m->lm_head.sums + from,
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
        for (int i = 0; i < 2 && from == 0 && k % s->channels == 0; i++) dbias[i] += dq[i];
    }
}

/* The gradient at a call's last block: the heads' part, and back through the call's norm. Of a
 * small model the heads' own gradients are summed. */
static void enter_call(const hr_exec *e, hr_worker *w, const hr_slot *slot, int c, hr_real *dy) {
    const hr_row_block *b = &slot->block;
    const hr_dims *s = &b->dims;
    int read = e->read[c];
    if (read < 0 && !s->pre) return;
    const hr_real *z = call_out(e, w, slot, c);
    if (read >= 0) {
        for (int i = 0; i < b->rows; i++)
            heads_backward(e, w, s, dlogits_at(slot, read, i), dq_at(slot, read, i),
                           dy + (size_t)i * hr_row_tokens(s) * s->d);
        if (e->small) heads_gradient(e, w, slot, c, 0, s->d);
    }
    if (s->pre)
        e->model->kern->rms_backward(dy, NULL, z, w->scratch.inv, dy,
                                     (size_t)b->rows * hr_row_tokens(s), s->d);
}

/* The gradient at a call's input goes on to its sources. */
static void leave_call(const hr_exec *e, const hr_slot *slot, const hr_call *call, size_t count) {
    const hr_kern *k = e->model->kern;
    hr_real *dy = slot->dz[call->dest];
    for (int i = 0; i < e->model->recur.states; i++)
        if (i != call->dest && call->sources >> i & 1) k->add(slot->dz[i], slot->dz[i], dy, count);
    if (call->input) k->add(slot->dx, slot->dx, dy, count);
    if (!(call->sources >> call->dest & 1)) memset(dy, 0, count * sizeof *dy);
}

/* A layer of call c on the slot's row block. */
static hr_block_work work_of(const hr_exec *e, const hr_worker *w, const hr_slot *slot, int c,
                             int layer) {
    int at = c * e->tape_stride + layer;
    return (hr_block_work){.model = e->model,
                           .dims = &slot->block.dims,
                           .block = &e->model->modules[grad_call(e, c)->module].blocks[layer],
                           .tape = &slot->tape[at],
                           .scratch = &w->scratch,
                           .deltas = &slot->deltas[e->keeps ? at : 0],
                           .rows = (size_t)slot->block.rows * slot->block.dims.channels};
}

/* Whether the sums of a module's gradients begin with call c of the slot. */
static bool begins(const hr_exec *e, const hr_slot *slot, int c) {
    bool last = slot->first;
    for (int i = c + 1; i < e->grad_calls; i++)
        last &= grad_call(e, i)->module != grad_call(e, c)->module;
    return last;
}

/* Its backward. */
static void layer_backward(const hr_exec *e, hr_worker *w, const hr_slot *slot, int c, int layer) {
    const hr_call *call = grad_call(e, c);
    const hr_block_work work = work_of(e, w, slot, c, layer);
    hr_real *dy = slot->dz[call->dest];
    if (layer == layers_of(e, c) - 1) enter_call(e, w, slot, c, dy);
    hr_block_backward(&work, dy);
    if (e->small) hr_block_gradient(&work, slot->sums, begins(e, slot, c), 0, 1);
    if (layer == 0) leave_call(e, slot, call, work.rows * work.dims->tokens * work.dims->d);
}

/* The input's gradient is complete; the puzzles' own vectors have theirs row by row. */
static void input_gradients(const job *j, const hr_slot *slot) {
    const hr_row_block *b = &slot->block;
    drop(j, b, slot->dx);
    size_t row = hr_row_tokens(&b->dims) * b->dims.d;
    size_t ndim = (size_t)j->e->model->spec.puzzle_emb_ndim;
    for (int i = 0; ndim && i < b->rows; i++)
        hr_embed_puzzle_backward(j->e->model, slot->dx + (size_t)i * row, b->dims.tokens,
                                 j->puzzle_grads + hr_row_at(b, i) * ndim);
}

/* Gives a row block a slot in the space; its angles are in the worker's memory. */
static void open_slot(const hr_exec *e, hr_slot *slot, const hr_row_block *b, hr_real *sums,
                      hr_arena *space) {
    size_t rows = (size_t)b->rows;
    *slot = (hr_slot){.block = *b, .sums = sums};
    take_slot(e, slot, &b->dims, rows * hr_row_tokens(&b->dims), rows * b->dims.seq, space);
}

/* ---- small models: a shard by one thread ----------------------------------------------------- */

static void shard_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    int own = e->at_once <= e->slots ? task : worker;
    hr_slot *slot = &e->slot[own];
    const hr_rows *rows = &e->shard[j->first + task];
    for (int i = 0; i < rows->blocks && hr_watch_on(e->watch, !worker); i++) {
        const hr_row_block b = hr_exec_block(e, rows, w, i);
        e->space[own].used = 0;
        open_slot(e, slot, &b, j->sums[task], &e->space[own]);
        slot->first = i == 0;
        forward(j, w, slot, 0);
        score_all(j, w, slot);
        for (int c = e->grad_calls - 1; c >= e->from; c--)
            for (int l = layers_of(e, c) - 1; l >= 0; l--) {
                if (!hr_watch_on(e->watch, !worker)) return;
                layer_backward(e, w, slot, c, l);
            }
        input_gradients(j, slot);
        if (slot->first) hr_embed_clear(e->model, slot->sums + e->model->embed_sums, 0, b.dims.d);
        hr_embed_backward(e->model, &b, j->of->batch, slot->dx, slot->sums + e->model->embed_sums,
                          0, b.dims.d);
    }
}

/* ---- large models: row blocks, then weights -------------------------------------------------- */

static void before_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    const hr_row_block b = hr_exec_block(e, &e->rows, w, task);
    hr_real *z[HR_STATES_MAX];
    hr_exec_states(e, w, &b, j->z, z);
    hr_embed_forward(e->model, &b, j->of->batch, w->x);
    drop(j, &b, w->x);
    if (j->scored) next_q(e, w, &b, z, w->x);
    else hr_exec_calls(e, w, &(hr_calls){&b, z, w->x, NULL, e->skip, e->first_grad});
}

static void forward_task(void *context, int task, int worker) {
    const job *j = context;
    hr_worker *w = &j->e->worker[worker];
    hr_slot *slot = &j->e->slot[task];
    if (!hr_watch_on(j->e->watch, !worker)) return;
    hr_rows_rotary(&slot->block, j->e->model, w->cos, w->sin);
    if (!j->scored) forward(j, w, slot, has_others(j->e) ? j->e->first_grad : 0);
    if (j->scored || !asks_between(j)) score_all(j, w, slot);
}

/* Forward of the row blocks at work. */
static void run_forward(job *j) {
    hr_exec *e = j->e;
    int rows = 0;
    for (int i = 0; i < j->blocks; i++) rows += e->slot[i].block.rows;
    if (has_others(e)) hr_rows_set(&e->rows, j->of->batch, e->slot[0].block.from, rows);
    for (int scored = 0; scored <= asks_between(j); scored++) {
        j->scored = scored;
        bool others = scored || (has_others(e) && e->skip < e->first_grad);
        if (others) hr_pool_run(e->pool, e->rows.blocks, before_task, j);
        hr_pool_run(e->pool, j->blocks, forward_task, j);
    }
}

/* A layer's weights stay in cache over all row blocks. */
static void layer_task(void *context, int task, int worker) {
    const job *j = context;
    hr_worker *w = &j->e->worker[worker];
    hr_slot *slot = &j->e->slot[task];
    if (!hr_watch_on(j->e->watch, !worker)) return;
    hr_rows_rotary(&slot->block, j->e->model, w->cos, w->sin);
    layer_backward(j->e, w, slot, j->call, j->layer);
    if (j->call == j->e->from && j->layer == 0) input_gradients(j, slot);
}

/* Units of work on weights: every block, H's first, then the heads, then the embeddings. */
static int block_units(const hr_model *m) {
    return m->modules[HR_MODULE_H].layers + m->modules[HR_MODULE_L].layers;
}

static const hr_block *unit_block(const hr_model *m, int unit, int *module, int *layer) {
    int high = m->modules[HR_MODULE_H].layers;
    *module = unit < high ? HR_MODULE_H : HR_MODULE_L;
    *layer = unit < high ? unit : unit - high;
    return &m->modules[*module].blocks[*layer];
}

/* Part of a unit's gradient over one row block. */
static void unit_gradient(const job *j, hr_worker *w, const hr_slot *slot, int unit, size_t part,
                          size_t parts) {
    const hr_exec *e = j->e;
    const hr_model *m = e->model;
    const hr_dims *s = &slot->block.dims;
    int units = block_units(m), module = 0, layer = 0;
    size_t to, from = hr_block_part(s->d, part, parts, &to);
    if (unit > units) {
        if (slot->first && from < to) hr_embed_clear(m, slot->sums + m->embed_sums, from, to);
        if (from < to)
            hr_embed_backward(m, &slot->block, j->of->batch, slot->dx, slot->sums + m->embed_sums,
                              from, to);
        return;
    }
    if (unit < units) unit_block(m, unit, &module, &layer);
    for (int c = e->grad_calls - 1; c >= e->from; c--) {
        if (unit < units && grad_call(e, c)->module == module) {
            const hr_block_work work = work_of(e, w, slot, c, layer);
            hr_block_gradient(&work, slot->sums, begins(e, slot, c), part, parts);
        }
        if (unit == units && e->read[c] >= 0 && from < to) heads_gradient(e, w, slot, c, from, to);
    }
}

static int parts_of(const hr_exec *e) {
    const hr_block *block = &e->model->modules[HR_MODULE_L].blocks[0];
    int parts = (int)((block->sums_end - block->sums) / PART_SUMS);
    int least = PARTS * hr_pool_width(e->pool);
    return parts > least ? parts : least;
}

/* Part of a unit's gradient of one shard, over its row blocks at work. */
static void gradient_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    int parts = parts_of(e), part = task % parts;
    int unit = j->unit + task / parts % j->units, shard = task / parts / j->units;
    for (int i = 0; i < j->blocks; i++)
        if (e->slot[i].sums == j->sums[shard] && hr_watch_on(e->watch, !worker))
            unit_gradient(j, &e->worker[worker], &e->slot[i], unit, (size_t)part, (size_t)parts);
}

/* The gradients of some units, of all row blocks at work. */
static void run_units(job *j, int unit, int units) {
    j->unit = unit;
    j->units = units;
    hr_pool_run(j->e->pool, parts_of(j->e) * units * j->shards, gradient_task, j);
}

/* Forward and backward of the row blocks at work. */
static void run_blocks(job *j) {
    hr_exec *e = j->e;
    int high = e->model->modules[HR_MODULE_H].layers, all = block_units(e->model);
    run_forward(j);
    for (j->call = e->grad_calls - 1; j->call >= e->from; j->call--)
        for (j->layer = layers_of(e, j->call) - 1; j->layer >= 0; j->layer--) {
            hr_pool_run(e->pool, j->blocks, layer_task, j);
            bool low = grad_call(e, j->call)->module != HR_MODULE_H;
            if (!e->keeps) run_units(j, j->layer + (low ? high : 0), 1);
        }
    run_units(j, e->keeps ? 0 : all, (e->keeps ? all : 0) + 2);
}

/* The row blocks of the shards at work, as many at once as there is space for. */
static void by_blocks(job *j) {
    hr_exec *e = j->e;
    int shard = 0, i = 0;
    while (shard < j->shards) {
        j->blocks = 0;
        for (e->space->used = 0; shard < j->shards; i++) {
            const hr_rows *rows = &e->shard[j->first + shard];
            const hr_row_block b = hr_rows_block(rows, i);
            if (slot_bytes(e, &b) > e->space->size - e->space->used) break;
            open_slot(e, &e->slot[j->blocks], &b, j->sums[shard], e->space);
            e->slot[j->blocks++].first = i == 0;
            if (i + 1 < rows->blocks) continue;
            shard++;
            i = -1;
        }
        run_blocks(j);
    }
}

/* ---- the batch ------------------------------------------------------------------------------- */

/* Sums of unit `task`, heads and embeddings in one, become gradients. */
static void collect_task(void *context, int task, int worker) {
    const job *j = context;
    const hr_model *m = j->e->model;
    const hr_places *p = &m->places;
    hr_real *sums = j->total, *grads = j->grads;
    (void)worker;
    int module, layer;
    size_t size = sizeof *sums;
    if (task < block_units(m)) {
        hr_block_collect(m, unit_block(m, task, &module, &layer), sums, grads);
        return;
    }
    memcpy(grads, sums + m->embed_sums, m->embed_count * size);
    memcpy(grads + m->lm_head.weight, sums + m->lm_head.sums,
           m->lm_head.in * m->lm_head.out * size);
    memcpy(grads + p->q_weight->offset, sums + m->q_sums, p->q_weight->count * size);
    memcpy(grads + p->q_bias->offset, sums + m->q_bias_sums, p->q_bias->count * size);
}

/* Sets what runs of the segment's calls. */
static void set_depth(hr_exec *e, int depth) {
    int calls = e->model->recur.calls;
    e->skip = depth > 0 && depth < calls ? calls - depth : 0;
    e->from = e->skip > e->first_grad ? e->skip - e->first_grad : 0;
    e->scored = 0;
    for (int c = e->from; c < e->grad_calls; c++) e->scored += e->read[c] >= 0;
}

/* The first row of a shard. */
static int row_of(const hr_exchange *all, int shard) {
    return (int)((int64_t)shard * all->rows / all->shards);
}

/* Which shards of which batch the rows at hand are. */
static hr_exchange place_of(const hr_exec *e, const hr_batch *batch) {
    if (e->size.exchange) return *e->size.exchange;
    int shards = e->size.shards < batch->rows ? e->size.shards : batch->rows;
    return (hr_exchange){.shards = shards, .rows = batch->rows};
}

/* Cuts the rows at hand, of so many tokens, into shards; returns how many. */
static int cut(hr_exec *e, const hr_batch *batch, const hr_exchange *all, size_t *tokens) {
    int first = row_of(all, all->first), shards = 0;
    *tokens = 0;
    for (int from = 0, to; from < batch->rows; from = to, shards++) {
        to = row_of(all, all->first + shards + 1) - first;
        hr_rows_set(&e->shard[shards], batch, from, to - from);
        *tokens += hr_rows_tokens(&e->shard[shards]);
    }
    return shards;
}

/* Zeros for the blocks that no call with gradient runs, as there are where calls are left out. */
static void clear_idle(const hr_exec *e, hr_real *sums) {
    for (int u = 0, module, layer; u < block_units(e->model); u++) {
        const hr_block *block = unit_block(e->model, u, &module, &layer);
        bool runs = false;
        for (int c = e->from; c < e->grad_calls; c++) runs |= grad_call(e, c)->module == module;
        if (!runs) memset(sums + block->sums, 0, (block->sums_end - block->sums) * sizeof *sums);
    }
}

/* Sums the gradients of the shards at work; they begin with shard `start` of the batch. */
static void run_shards(job *j, int start) {
    hr_exec *e = j->e;
    for (int i = 0; i < j->shards; i++) {
        j->sums[i] = hr_tree_leaf(&e->tree);
        clear_idle(e, j->sums[i]);
    }
    if (e->small) hr_pool_run(e->pool, j->shards, shard_task, j);
    else by_blocks(j);
    for (int i = 0; i < j->shards; i++) hr_tree_push(&e->tree, j->sums[i], start + i, 1);
    hr_tree_join(&e->tree, e->model->kern, e->pool);
}

double hr_exec_train(hr_exec *exec, const hr_training *of, hr_real *const z[HR_STATES_MAX],
                     hr_real *grads, hr_real *puzzle_grads) {
    job j = {.e = exec,
             .of = of,
             .z = z,
             .grads = grads,
             .puzzle_grads = puzzle_grads,
             .sums = exec->sums};
    set_depth(exec, of->objective->depth);
    const hr_exchange all = place_of(exec, of->batch);
    j.first_row = row_of(&all, all.first);
    size_t tokens;
    int shards = cut(exec, of->batch, &all, &tokens);
    for (; j.first < shards; j.first += exec->at_once) {
        int left = shards - j.first;
        j.shards = left < exec->at_once ? left : exec->at_once;
        run_shards(&j, all.first + j.first);
    }
    if (all.join) {
        all.join(all.user, exec->tree.done, exec->tree.depth, exec->tree.count);
        hr_tree_keep_first(&exec->tree);
    }
    j.total = hr_tree_finish(&exec->tree, exec->model->kern, exec->pool);
    hr_pool_run(exec->pool, block_units(exec->model) + 1, collect_task, &j);
    hr_tree_return(&exec->tree, j.total);
    return (double)tokens / ((double)of->batch->rows * (double)hr_row_tokens(&exec->dims));
}
