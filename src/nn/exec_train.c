/* exec_train.c - segments with loss and gradient.
 *
 * Gradients are summed over the row blocks of a shard in order, within a row block from the last
 * call to the first; sums of shards meet in a tree (tree.h). That is the order of every sum, and
 * who computes what, when, changes none.
 *
 * Of a small model a thread takes a whole shard, row block by row block, and sums gradients where
 * they arise: sums and tape stay in its cache. Of a large model each thread takes a row block,
 * layer by layer over as many of them as memory allows, and leaves behind what weight gradients are
 * made of; then a piece of the weights, over all row blocks, up the tree as far as they reach, so
 * that what waits there stays in its cache: after each layer, or at the end where a layer has
 * gradients of several calls. */
#include "nn/exec_train.h"

#include <string.h>

#include "nn/embed.h"
#include "nn/piece.h"
#include "nn/slot.h"

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
    int unit;          /* large: the first whose gradients are summed */
    int depth;         /* large: of the tree's stack, before the row blocks at work */
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

static hr_mask mask_of(const job *j, const hr_row_block *b) {
    return hr_exec_mask(j->of->objective, j->first_row, b);
}

/* q logits one segment later, from copies of the new states. */
static void next_q(const job *j, hr_worker *w, const hr_row_block *b, hr_real *const *z,
                   const hr_real *x) {
    hr_exec *e = j->e;
    const hr_mask mask = mask_of(j, b);
    size_t count = (size_t)b->rows * hr_row_tokens(&b->dims) * b->dims.d;
    hr_real q[2 * HR_ROW_BLOCK_TOKENS];
    for (int i = 0; i < e->model->recur.states; i++)
        memcpy(w->next_z[i], z[i], count * sizeof *z[i]);
    hr_exec_calls(e, w, &(hr_calls){b, w->next_z, x, NULL, &mask, 0, e->model->recur.calls});
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
    int layers = e->model->modules[hr_slot_call(e, c)->module].layers;
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

/* The same of the input, or of its gradient. */
static void drop(const job *j, const hr_row_block *b, hr_real *x) {
    const hr_mask mask = mask_of(j, b);
    hr_mask_input(&mask, j->of->objective->dropout, x, (size_t)b->rows);
}

/* Calls from `from` on that training has. */
static void forward(const job *j, hr_worker *w, const hr_slot *slot, int from) {
    hr_exec *e = j->e;
    const hr_row_block *b = &slot->block;
    hr_real *z[HR_STATES_MAX];
    hr_exec_states(e, w, b, j->z, z);
    hr_embed_forward(e->model, b, j->of->batch, slot->x);
    drop(j, b, slot->x);
    const hr_mask mask = mask_of(j, b);
    hr_exec_calls(e, w,
                  &(hr_calls){b, z, slot->x, slot, &mask, from > e->skip ? from : e->skip,
                              e->model->recur.calls});
    hr_exec_put_states(e, b, j->z, z);
    if (j->of->objective->q_continue && !asks_between(j)) next_q(j, w, b, z, slot->x);
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

/* Whether the sums of the heads' gradients begin with call c of the slot. */
static bool clears(const hr_exec *e, const hr_slot *slot, int c) {
    return slot->first && e->read[c] == e->readouts - 1;
}

/* Gradients of the heads' weights in columns [from, to), over what call c gave, to `sums`, where
 * those begin. */
static void heads_gradient(const hr_exec *e, const hr_worker *own, const hr_slot *slot, int c,
                           hr_real *sums, size_t from, size_t to) {
    const hr_real *z = call_out(e, own, slot, c);
    const hr_model *m = e->model;
    const hr_row_block *b = &slot->block;
    const hr_dims *s = &b->dims;
    size_t each = s->outputs / s->channels, count = to - from;
    hr_real *dw = sums + each * s->d;
    for (size_t r = 0; clears(e, slot, c) && r < each + 2; r++)
        memset(sums + r * s->d, 0, count * sizeof *sums);
    z += from;
    for (size_t k = 0; k < (size_t)b->rows * s->channels; k++, z += s->tokens * s->d) {
        int row = (int)(k / s->channels);
        const hr_real *dq = dq_at(slot, e->read[c], row);
        const hr_real d[] = {dq[0] / (hr_real)s->channels, dq[1] / (hr_real)s->channels};
        const hr_real *dlogits =
            of_channel(s, own->channel, dlogits_at(slot, e->read[c], row), k % s->channels);
        m->kern->gemm_tn(&(hr_gemm){.c = sums,
                                    .ldc = s->d,
                                    .a = dlogits,
                                    .lda = each,
                                    .b = z + s->prefix * s->d,
                                    .ldb = s->d,
                                    .m = each,
                                    .n = count,
                                    .k = s->seq});
        for (size_t i = 0; i < count; i++) {
            dw[i] += d[0] * z[i];
            dw[s->d + i] += d[1] * z[i];
        }
    }
}

/* And of q's bias. */
static void bias_gradient(const hr_exec *e, const hr_slot *slot, int c, hr_real *sums) {
    if (clears(e, slot, c)) sums[0] = sums[1] = 0;
    for (int row = 0; row < slot->block.rows; row++)
        for (int i = 0; i < 2; i++) sums[i] += dq_at(slot, e->read[c], row)[i];
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
        if (e->small) {
            heads_gradient(e, w, slot, c, slot->sums + e->model->lm_head.sums, 0, s->d);
            bias_gradient(e, slot, c, slot->sums + e->model->q_bias_sums);
        }
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
static hr_block_work work_of(const job *j, const hr_worker *w, const hr_slot *slot, int c,
                             int layer) {
    const hr_exec *e = j->e;
    int at = c * e->tape_stride + layer;
    return (hr_block_work){
        .model = e->model,
        .dims = &slot->block.dims,
        .block = &e->model->modules[hr_slot_call(e, c)->module].blocks[layer],
        .tape = &slot->tape[at],
        .scratch = &w->scratch,
        .deltas = &slot->deltas[e->keeps ? at : 0],
        .rows = (size_t)slot->block.rows * slot->block.dims.channels,
        .mask = hr_exec_layer(e, mask_of(j, &slot->block), e->first_grad + c, layer)};
}

/* Whether the sums of a module's gradients begin with call c of the slot. */
static bool begins(const hr_exec *e, const hr_slot *slot, int c) {
    bool last = slot->first;
    for (int i = c + 1; i < e->grad_calls; i++)
        last &= hr_slot_call(e, i)->module != hr_slot_call(e, c)->module;
    return last;
}

/* Its backward. */
static void layer_backward(const job *j, hr_worker *w, const hr_slot *slot, int c, int layer) {
    const hr_exec *e = j->e;
    const hr_call *call = hr_slot_call(e, c);
    const hr_block_work work = work_of(j, w, slot, c, layer);
    hr_real *dy = slot->dz[call->dest];
    if (layer == hr_slot_layers(e, c) - 1) enter_call(e, w, slot, c, dy);
    hr_block_backward(&work, dy);
    if (e->small) hr_block_gradients(&work, slot->sums, begins(e, slot, c));
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
        hr_slot_open(e, slot, &b, j->sums[task], &e->space[own]);
        slot->first = i == 0;
        forward(j, w, slot, 0);
        score_all(j, w, slot);
        for (int c = e->grad_calls - 1; c >= e->from; c--)
            for (int l = hr_slot_layers(e, c) - 1; l >= 0; l--) {
                if (!hr_watch_on(e->watch, !worker)) return;
                layer_backward(j, w, slot, c, l);
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
    const hr_mask mask = mask_of(j, &b);
    if (j->scored) next_q(j, w, &b, z, w->x);
    else hr_exec_calls(e, w, &(hr_calls){&b, z, w->x, NULL, &mask, e->skip, e->first_grad});
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
    layer_backward(j, w, slot, j->call, j->layer);
    if (j->call == j->e->from && j->layer == 0) input_gradients(j, slot);
}

/* Sums the gradients of a piece over one row block. */
static void piece_gradient(const job *j, hr_worker *w, const hr_slot *slot, const hr_place *at,
                           hr_real *sums) {
    const hr_exec *e = j->e;
    const hr_model *m = e->model;
    int units = hr_piece_units(m), module = 0, layer = 0;
    size_t count, from = hr_kern_part((size_t)m->spec.hidden, at->of.part, at->of.parts, &count);
    if (at->unit > units) {
        if (slot->first) hr_embed_clear(m, sums, from, from + count);
        hr_embed_backward(m, &slot->block, j->of->batch, slot->dx, sums, from, from + count);
        return;
    }
    if (at->unit < units) hr_piece_block(m, at->unit, &module, &layer);
    for (int c = e->grad_calls - 1; c >= e->from; c--) {
        if (at->unit < units && hr_slot_call(e, c)->module == module) {
            const hr_block_work work = work_of(j, w, slot, c, layer);
            hr_block_gradient(&work, at->of, sums, begins(e, slot, c));
        }
        if (at->unit < units || e->read[c] < 0) continue;
        if (at->of.matrix == HR_MATRIX_HEADS)
            heads_gradient(e, w, slot, c, sums, from, from + count);
        else bias_gradient(e, slot, c, sums);
    }
}

static void add_piece(const hr_kern *k, const hr_piece *piece, hr_real *to, const hr_real *from) {
    for (size_t r = 0; r < piece->runs; r++, to += piece->stride, from += piece->stride)
        k->add(to, to, from, piece->length);
}

/* Where a piece of what is i-th in the tree's stack lies: in the tree's buffers what waits there
 * for later shards, the rest in the worker's memory. */
static hr_real *sums_at(const job *j, const hr_worker *w, const hr_place *at, int i) {
    hr_real *whole = j->e->tree.done[i].sum;
    return whole ? whole + at->piece.at : w->sums[i];
}

/* A piece of the sums of all row blocks at work, up the tree. */
static void gradient_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    hr_worker *w = &e->worker[worker];
    const hr_place at = hr_piece_at(e->model, e->workers, j->unit, task);
    for (int i = 0, depth = j->depth; i < j->blocks && at.piece.length; i++) {
        if (!hr_watch_on(e->watch, !worker)) return;
        const hr_slot *slot = &e->slot[i];
        depth += slot->first;
        piece_gradient(j, w, slot, &at, sums_at(j, w, &at, depth - 1));
        for (int k = 0; k < slot->meet; k++, depth--)
            add_piece(e->model->kern, &at.piece, sums_at(j, w, &at, depth - 2),
                      sums_at(j, w, &at, depth - 1));
    }
}

/* The gradients of some units, of all row blocks at work. */
static void run_units(job *j, int unit, int units) {
    j->unit = unit;
    hr_pool_run(j->e->pool, hr_piece_count(j->e->model, j->e->workers, unit, units), gradient_task,
                j);
}

/* Forward and backward of the row blocks at work. */
static void run_blocks(job *j) {
    hr_exec *e = j->e;
    int high = e->model->modules[HR_MODULE_H].layers, all = hr_piece_units(e->model);
    run_forward(j);
    for (j->call = e->grad_calls - 1; j->call >= e->from; j->call--)
        for (j->layer = hr_slot_layers(e, j->call) - 1; j->layer >= 0; j->layer--) {
            hr_pool_run(e->pool, j->blocks, layer_task, j);
            bool low = hr_slot_call(e, j->call)->module != HR_MODULE_H;
            if (!e->keeps) run_units(j, j->layer + (low ? high : 0), 1);
        }
    run_units(j, e->keeps ? 0 : all, (e->keeps ? all : 0) + 2);
}

/* Gives buffers to what of the tree's stack will be left after the row blocks at work, and takes
 * them from the rest once those have run. */
static void run_up_tree(job *j) {
    hr_tree *tree = &j->e->tree;
    for (int i = j->depth; i < tree->depth; i++) tree->done[i].sum = hr_tree_leaf(tree);
    run_blocks(j);
    for (int i = tree->depth; i < j->depth; i++) {
        hr_tree_return(tree, tree->done[i].sum);
        tree->done[i].sum = NULL;
    }
    j->depth = tree->depth;
}

/* All shards, which begin with shard `start` of the batch: as many row blocks at once as there is
 * space for. */
static void by_blocks(job *j, int start, int shards) {
    hr_exec *e = j->e;
    hr_tree *tree = &e->tree;
    for (int i = 0; i < HR_TREE_DEPTH; i++) tree->done[i].sum = NULL;
    for (int shard = 0, i = 0; shard < shards; run_up_tree(j)) {
        j->blocks = 0;
        for (e->space->used = 0; shard < shards && j->blocks < e->slots; i++) {
            const hr_rows *rows = &e->shard[shard];
            const hr_row_block b = hr_rows_block(rows, i);
            if (hr_slot_bytes(e, &b) > e->space->size - e->space->used) break;
            hr_slot *slot = &e->slot[j->blocks++];
            hr_slot_open(e, slot, &b, NULL, e->space);
            slot->first = i == 0;
            if (i == 0) hr_tree_begin(tree, start + shard);
            if (i + 1 < rows->blocks) continue;
            slot->meet = hr_tree_end(tree);
            i = -1;
            if (++shard < shards || e->size.exchange) continue;
            slot->meet += tree->depth - 1; /* the end of the tree */
            tree->depth = 1;
        }
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
    if (task < hr_piece_units(m)) {
        hr_block_collect(m, hr_piece_block(m, task, &module, &layer), sums, grads);
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
    for (int u = 0, module, layer; u < hr_piece_units(e->model); u++) {
        const hr_block *block = hr_piece_block(e->model, u, &module, &layer);
        bool runs = false;
        for (int c = e->from; c < e->grad_calls; c++) runs |= hr_slot_call(e, c)->module == module;
        if (!runs) memset(sums + block->sums, 0, (block->sums_end - block->sums) * sizeof *sums);
    }
}

/* Small models: sums the gradients of the shards at work; they begin with shard `start` of the
 * batch. */
static void run_shards(job *j, int start) {
    hr_exec *e = j->e;
    for (int i = 0; i < j->shards; i++) j->sums[i] = hr_tree_leaf(&e->tree);
    hr_pool_run(e->pool, j->shards, shard_task, j);
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
    if (!exec->small) by_blocks(&j, all.first, shards);
    for (; exec->small && j.first < shards; j.first += exec->at_once) {
        int left = shards - j.first;
        j.shards = left < exec->at_once ? left : exec->at_once;
        run_shards(&j, all.first + j.first);
    }
    for (int i = 0; i < exec->tree.depth; i++) clear_idle(exec, exec->tree.done[i].sum);
    if (all.join) {
        all.join(all.user, exec->tree.done, exec->tree.depth, exec->tree.count);
        hr_tree_keep_first(&exec->tree);
    }
    j.total = hr_tree_finish(&exec->tree, exec->model->kern, exec->pool);
    hr_pool_run(exec->pool, hr_piece_units(exec->model) + 1, collect_task, &j);
    hr_tree_return(&exec->tree, j.total);
    return (double)tokens / ((double)of->batch->rows * (double)hr_row_tokens(&exec->dims));
}
