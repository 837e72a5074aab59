/* slot.c - see slot.h */
#include "nn/slot.h"

#include "nn/piece.h"

/* At most, where no padding is skipped. */
static int shard_rows(const hr_exec *e) {
    return hr_ceil_div(e->size.rows, e->size.shards);
}

int hr_slot_block_rows(const hr_exec *e) {
    int rows = shard_rows(e), each = hr_rows_each(&e->dims);
    return rows < each ? rows : each;
}

int hr_slot_shard_blocks(const hr_exec *e) {
    return hr_ceil_div(shard_rows(e), hr_slot_block_rows(e));
}

/* Row blocks at work at once. */
static int blocks_at_once(const hr_exec *e) {
    int blocks = hr_ceil_div(e->size.micro, hr_slot_block_rows(e));
    int all = e->size.shards * (e->small ? 1 : hr_slot_shard_blocks(e));
    if (e->size.micro >= e->size.rows) return all; /* the last of a shard may be small */
    return blocks < 1 ? 1 : blocks < all ? blocks : all;
}

void hr_slot_shape(hr_exec *e) {
    int calls[HR_MODULES_MAX] = {0};
    for (int c = 0; c < e->grad_calls; c++)
        e->keeps |= !e->small && ++calls[hr_slot_call(e, c)->module] > 1;
    bool any_size = e->model->spec.skip_padding;
    int blocks = blocks_at_once(e);
    e->at_once = e->slots = blocks;
    if (e->small && e->workers && e->workers < e->slots) e->slots = e->workers;
    if (!e->small && any_size) e->slots *= hr_slot_block_rows(e);
}

/* Buffers for the sums of shards. */
static int buffers_of(const hr_exec *e) {
    int shards = e->size.shards, waiting = hr_tree_waiting(shards, !e->size.exchange);
    bool all = blocks_at_once(e) == shards * (e->small ? 1 : hr_slot_shard_blocks(e));
    int at_once = e->small ? e->at_once : 1;
    if (all && (e->small || !(e->size.exchange || e->model->spec.skip_padding))) return at_once;
    return at_once + waiting < shards ? at_once + waiting : shards;
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
        for (int l = 0; l < m->modules[hr_slot_call(e, c)->module].layers; l++) {
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
size_t hr_slot_bytes(const hr_exec *e, const hr_row_block *b) {
    const hr_dims *s = b ? &b->dims : &e->dims;
    bool any_size = e->model->spec.skip_padding;
    hr_slot slot = {.block = {.rows = b ? b->rows : hr_slot_block_rows(e)}};
    size_t n = (size_t)slot.block.rows * hr_row_tokens(s), cells = (size_t)slot.block.rows * s->seq;
    if (!b && any_size) { /* as many rows as there are tokens, all of them cells */
        n = cells = e->capacity;
        slot.block.rows = (int)n;
    }
    hr_arena count = {0};
    take_slot(e, &slot, s, n, cells, &count);
    return count.used;
}

/* Bytes of the row blocks at work, of which `each` is one of the most rows. */
static size_t blocks_bytes(const hr_exec *e, size_t each) {
    int blocks = blocks_at_once(e), shards = blocks / hr_slot_shard_blocks(e);
    if (e->size.micro < e->size.rows || e->model->spec.skip_padding)
        return hr_mul(each, (size_t)blocks);
    int most = hr_slot_block_rows(e), whole = (shard_rows(e) - 1) / most;
    const hr_row_block last = {.dims = e->dims, .rows = shard_rows(e) - whole * most};
    return hr_mul(hr_add(hr_mul(each, (size_t)whole), hr_slot_bytes(e, &last)), (size_t)shards);
}

static void take_space(hr_arena *space, size_t bytes, hr_arena *arena) {
    unsigned char *base = HR_TAKE(arena, unsigned char, bytes);
    if (space) *space = (hr_arena){.base = base, .size = bytes};
}

void hr_slot_take(hr_exec *e, hr_arena *arena) {
    size_t each = hr_slot_bytes(e, NULL);
    int spaces = e->small ? e->slots : 1;
    e->slot = HR_TAKE(arena, hr_slot, (size_t)e->slots);
    e->space = HR_TAKE(arena, hr_arena, (size_t)spaces);
    for (int i = 0; i < spaces; i++)
        take_space(e->space ? &e->space[i] : NULL, e->small ? each : blocks_bytes(e, each), arena);
    e->shard = HR_TAKE(arena, hr_rows, (size_t)e->size.shards);
    for (int s = 0; s < e->size.shards; s++) {
        hr_rows local;
        hr_rows_take(e->shard ? &e->shard[s] : &local, &e->model->spec, shard_rows(e), arena);
    }
    e->sums = HR_TAKE(arena, hr_real *, (size_t)e->at_once);
    hr_tree_take(&e->tree, e->model->sums, buffers_of(e), e->at_once, arena);
    int waiting = e->small ? 0 : hr_tree_waiting(e->size.shards, !e->size.exchange);
    e->piece = e->small ? 0 : hr_piece_largest(e->model, e->workers);
    for (int i = 0; waiting && i < e->workers; i++) {
        hr_real **sums = HR_TAKE(arena, hr_real *, (size_t)waiting + 1);
        for (int k = 1; k <= waiting; k++) {
            hr_real *piece = HR_TAKE(arena, hr_real, e->piece);
            if (sums) sums[k] = piece;
        }
        if (e->worker) e->worker[i].sums = sums;
    }
    e->next = HR_TAKE(arena, hr_real, (size_t)e->size.rows * 2);
    e->read = HR_TAKE(arena, int, (size_t)e->grad_calls);
    for (int c = 0, r = 0; e->read && c < e->grad_calls; c++)
        e->read[c] = hr_slot_call(e, c)->read ? r++ : -1;
}

/* Gives a row block a slot in the space; its angles are in the worker's memory. */
void hr_slot_open(const hr_exec *e, hr_slot *slot, const hr_row_block *b, hr_real *sums,
                  hr_arena *space) {
    size_t rows = (size_t)b->rows;
    *slot = (hr_slot){.block = *b, .sums = sums};
    take_slot(e, slot, &b->dims, rows * hr_row_tokens(&b->dims), rows * b->dims.seq, space);
}
