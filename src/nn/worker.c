/* worker.c - a segment over one row block, and what the heads make of it. */
#include "nn/worker.h"

#include <string.h>

void hr_exec_gather(const hr_kern *k, const hr_call *call, int states, hr_real *const *z,
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

hr_mask hr_exec_mask(const hr_objective *o, int first_row, const hr_row_block *b) {
    return (hr_mask){.share = (uint32_t)(o->residual_dropout * 65536 + 0.5),
                     .rng = o->drop,
                     .from = (size_t)first_row + (b->row ? 0 : (size_t)b->from),
                     .row = b->row,
                     .dims = &b->dims};
}

void hr_exec_calls(hr_exec *e, hr_worker *w, const hr_calls *r) {
    const hr_model *m = e->model;
    const hr_dims *s = &r->block->dims;
    const hr_slot *slot = r->slot;
    hr_real *const *z = r->z;
    size_t rows = (size_t)r->block->rows * s->channels, n = rows * s->tokens;
    for (int c = r->from; c < r->to; c++) {
        const hr_call *call = &m->recur.call[c];
        const hr_module *module = &m->modules[call->module];
        bool taped = slot && call->grad;
        int g = c - e->first_grad;
        hr_real *in = taped ? slot->call_in[g] : w->in;
        hr_exec_gather(m->kern, call, m->recur.states, z, r->x, in, n * s->d);
        hr_real *out = in;
        for (int l = 0; l < module->layers; l++) {
            if (!hr_watch_on(e->watch, w == e->worker)) return;
            hr_tape tape = taped ? slot->tape[g * e->tape_stride + l] : w->tape[l % 2];
            if (!taped) tape.in = out;
            if (!taped && !s->pre && l == module->layers - 1) tape.y = z[call->dest];
            hr_mask mask = hr_exec_layer(e, r->mask ? *r->mask : (hr_mask){0}, c, l);
            hr_heeding heeding = hr_exec_heed(e, r->block, (int)(w - e->worker), c, l);
            hr_block_forward(&(hr_block_work){m, s, &module->blocks[l], &tape, &w->scratch, NULL,
                                              rows, mask, hr_exec_heeds(e) ? &heeding.heed : NULL});
            out = tape.y;
        }
        hr_exec_end_call(m, z[call->dest], NULL, out, n);
        if (e->probe) hr_exec_tell(e, w, r->block, c, z);
    }
}

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

static void tell_head(const hr_heed *heed, size_t row, size_t head, const hr_real *qkv,
                      const hr_head *shape) {
    const hr_heeding *x = (const hr_heeding *)(const void *)heed;
    const hr_probe *probe = x->exec->probe;
    int place = (int)(row / x->block->dims.channels);
    probe->head(probe->user, &(hr_probed_head){.row = (int)hr_row_at(x->block, place),
                                               .call = x->call,
                                               .layer = x->layer,
                                               .head = (int)head,
                                               .worker = x->worker,
                                               .tokens = shape->tokens,
                                               .width = shape->width,
                                               .ld = shape->ld,
                                               .scale = (double)shape->scale,
                                               .q = qkv,
                                               .k = qkv + shape->stride});
}

hr_heeding hr_exec_heed(const hr_exec *e, const hr_row_block *b, int worker, int call, int layer) {
    return (hr_heeding){{tell_head}, e, b, worker, call, layer};
}

void hr_exec_tell(const hr_exec *e, const hr_worker *w, const hr_row_block *b, int call,
                  hr_real *const *z) {
    const hr_probe *probe = e->probe;
    const int state = e->model->recur.call[call].dest, worker = (int)(w - e->worker);
    const size_t each = b->dims.seq * b->dims.outputs, whole = e->dims.seq * e->dims.outputs;
    hr_real q[2 * HR_ROW_BLOCK_TOKENS];
    hr_real *logits = probe->logits ? probe->logits + (size_t)worker * whole : NULL;
    if (logits) hr_exec_heads(e, w, b, z[state], w->logits, q);
    for (int i = 0; i < b->rows; i++) {
        size_t row = hr_row_at(b, i);
        if (logits)
            hr_rows_spread(b, i, &e->model->spec, e->probed->inputs + row * e->dims.seq,
                           w->logits + (size_t)i * each, logits);
        probe->told(
            probe->user,
            &(hr_probed){.row = (int)row,
                         .call = call,
                         .state = state,
                         .worker = worker,
                         .tokens = b->dims.tokens,
                         .numbers = z[state] + (size_t)i * hr_row_tokens(&b->dims) * b->dims.d,
                         .logits = logits,
                         .q = logits ? q + 2 * i : NULL});
    }
}

void hr_exec_put_logits(const hr_exec *e, const hr_batch *batch, const hr_row_block *b, int i,
                        const hr_real *logits, hr_real *all) {
    size_t row = hr_row_at(b, i), seq = e->dims.seq;
    hr_rows_spread(b, i, &e->model->spec, batch->inputs + row * seq, logits,
                   all + row * seq * e->dims.outputs);
}
