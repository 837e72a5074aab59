/* engine_ranks.c - see engine_ranks.h */
#include "nn/engine_ranks.h"

#include <math.h>
#include <string.h>

#include "base/os.h"
#include "base/part.h"
#include "nn/dims.h"
#include "nn/engines.h"

enum { LINE = HR_ALIGN / sizeof(hr_real) }; /* numbers of a cache line */

const hr_engine_ops *hr_engine_for(const hr_pool *pool) {
    return hr_pool_comm(pool) ? &hr_engine_ranks : hr_engines[0];
}

typedef struct ranks {
    hr_comm *comm;
    hr_engine *inner; /* of the rows of this rank */
    /* training */
    hr_exchange exchange;
    size_t each;      /* numbers of a sum that a rank finishes */
    int roots;        /* of all ranks */
    hr_tree tree;     /* of those numbers */
    hr_subtree *root; /* (roots) */
    hr_message *send, *receive;
    hr_real *puzzles;  /* (rows x puzzle_emb_ndim) */
    int *first;        /* (rows) scratch */
    int updates;       /* so far */
    bool dealt;        /* Muon's work is dealt out */
    double seconds[2]; /* of an update without and with that */
    hr_arena arena;
} ranks;

/* ---- who has what ---------------------------------------------------------------------------- */

/* The first shard of a rank, of so many. */
static int first_of(const hr_comm *comm, int rank, int shards) {
    return (int)((int64_t)shards * rank / hr_comm_size(comm));
}

static int row_of(const hr_engine_size *whole, int shard) {
    return (int)((int64_t)shard * whole->rows / whole->shards);
}

/* The first row of a rank. */
static int rows_from(const hr_comm *comm, const hr_engine_size *whole, int rank) {
    return row_of(whole, first_of(comm, rank, whole->shards));
}

hr_engine_size hr_ranks_part(const hr_comm *comm, const hr_engine_size *whole) {
    hr_engine_size own = *whole;
    int n = hr_comm_size(comm), rank = hr_comm_rank(comm);
    if (whole->shards) {
        own.shards = first_of(comm, rank + 1, whole->shards) - first_of(comm, rank, whole->shards);
        own.rows = rows_from(comm, whole, rank + 1) - rows_from(comm, whole, rank);
        if (own.micro > own.rows || whole->micro >= whole->rows) own.micro = own.rows;
    } else own.micro = (whole->micro + n - 1) / n;
    return own;
}

hr_status hr_ranks_fit(const hr_comm *comm, int shards) {
    int n = hr_comm_size(comm);
    if (shards >= n) return HR_OK;
    return hr_fail(
        HR_ERR_ARG,
        "%d ranks cannot share %d shard%s of a batch; start fewer, or a run whose recipe "
        "has more shards and rows",
        n, shards, shards == 1 ? "" : "s");
}

/* The finished subtrees of shards from..to-1: as large as they may be, from the first on. */
static int roots_of(int from, int to, hr_subtree *out) {
    int n = 0;
    for (int size; from < to; from += size, n++) {
        for (size = 1; from % (2 * size) == 0 && from + 2 * size <= to;) size *= 2;
        if (out) out[n] = (hr_subtree){.start = from, .size = size};
    }
    return n;
}

static int all_roots(const hr_comm *comm, int shards) {
    int n = 0;
    for (int r = 0; r < hr_comm_size(comm); r++)
        n += roots_of(first_of(comm, r, shards), first_of(comm, r + 1, shards), NULL);
    return n;
}

static size_t each_of(const hr_comm *comm, const hr_model *model) {
    size_t n = (size_t)hr_comm_size(comm), each = (model->sums + n - 1) / n;
    return (each + LINE - 1) / LINE * LINE;
}

size_t hr_ranks_sent(const hr_comm *comm, const hr_model *model, const hr_engine_size *whole,
                     const hr_optim_config *optim) {
    size_t at[HR_RANKS + 1];
    size_t n = (size_t)hr_comm_size(comm), each = each_of(comm, model);
    int from = first_of(comm, hr_comm_rank(comm), whole->shards),
        to = first_of(comm, hr_comm_rank(comm) + 1, whole->shards);
    hr_optim_deal(model, optim, (int)n, at);
    size_t matrices = at[hr_comm_rank(comm) + 1] - at[hr_comm_rank(comm)];
    return (n - 1) * sizeof(hr_real) * (each * (size_t)(roots_of(from, to, NULL) + 1) + matrices);
}

/* ---- the tree -------------------------------------------------------------------------------- */

/* The numbers of a sum that a rank finishes. */
static size_t part_of(const ranks *own, int rank, size_t numbers, size_t *from) {
    *from = (size_t)rank * own->each;
    if (*from > numbers) *from = numbers;
    return numbers - *from < own->each ? numbers - *from : own->each;
}

/* Every rank's subtrees, of the numbers that are this one's to finish; and its own to the others.
 */
static void deal_out(ranks *own, const hr_subtree *sums, int count, size_t numbers) {
    hr_comm *comm = own->comm;
    int sends = 0, receives = 0, at = 0;
    for (int r = 0; r < comm->size; r++) {
        int from = first_of(comm, r, own->exchange.shards),
            to = first_of(comm, r + 1, own->exchange.shards),
            roots = roots_of(from, to, own->root + at);
        size_t start, part = part_of(own, r, numbers, &start), size = part * sizeof(hr_real);
        for (int k = 0; k < count && r != comm->rank && part; k++)
            own->send[sends++] = (hr_message){r, sums[k].sum + start, size};
        part = part_of(own, comm->rank, numbers, &start);
        size = part * sizeof(hr_real);
        for (int k = 0; k < roots; k++, at++) {
            own->root[at].sum = hr_tree_leaf(&own->tree);
            if (r == comm->rank) memcpy(own->root[at].sum, sums[k].sum + start, size);
            else if (part) own->receive[receives++] = (hr_message){r, own->root[at].sum, size};
        }
    }
    hr_comm_trade(comm, own->send, sends, own->receive, receives);
}

/* See hr_exchange. What was cut on one rank is cut on all. */
static void join(void *user, const hr_subtree *sums, int count, size_t numbers) {
    hr_engine *e = user;
    ranks *own = e->own;
    size_t at[HR_RANKS + 1], start;
    if (!hr_comm_all(own->comm, !e->watch || !atomic_load(&e->watch->stopped))) {
        if (e->watch) atomic_store(&e->watch->stopped, true);
        return;
    }
    deal_out(own, sums, count, numbers);
    for (int i = 0; i < own->roots; i++)
        hr_tree_push(&own->tree, own->root[i].sum, own->root[i].start, own->root[i].size);
    hr_real *total = hr_tree_finish(&own->tree, e->model->kern, e->pool);
    size_t part = part_of(own, own->comm->rank, numbers, &start);
    memcpy(sums[0].sum + start, total, part * sizeof *total);
    hr_tree_return(&own->tree, total);
    for (int r = 0; r <= own->comm->size; r++) {
        part_of(own, r, numbers, &start);
        at[r] = start * sizeof *total;
    }
    hr_comm_gather_parts(own->comm, sums[0].sum, at);
}

/* ---- the engine ------------------------------------------------------------------------------ */

static void take(ranks *own, const hr_model *m, const hr_engine_size *whole, hr_arena *arena) {
    if (!whole->shards) return;
    size_t rows = (size_t)whole->rows, ndim = (size_t)m->spec.puzzle_emb_ndim;
    size_t roots = (size_t)(own->roots = all_roots(own->comm, whole->shards));
    size_t messages = roots * (size_t)hr_comm_size(own->comm);
    own->each = each_of(own->comm, m);
    hr_tree_take(&own->tree, own->each, own->roots, own->roots, arena);
    own->root = HR_TAKE(arena, hr_subtree, roots);
    own->send = HR_TAKE(arena, hr_message, messages);
    own->receive = HR_TAKE(arena, hr_message, messages);
    own->puzzles = ndim ? HR_TAKE(arena, hr_real, rows * ndim) : NULL;
    own->first = HR_TAKE(arena, int, rows);
}

static void layout(void *owner, hr_arena *arena) {
    const hr_engine *e = owner;
    take(e->own, e->model, &e->size, arena);
}

size_t hr_ranks_bytes(const hr_comm *comm, const hr_model *model, const hr_engine_size *whole) {
    ranks none = {.comm = (hr_comm *)(uintptr_t)comm};
    hr_arena count = {0};
    if (comm) take(&none, model, whole, &count);
    return count.used;
}

static hr_status engine_open(hr_engine *e) {
    ranks *own = e->own = HR_NEW(ranks, 1);
    if (!own) return HR_ERR_MEM;
    own->comm = hr_pool_comm(e->pool);
    hr_engine_size size = hr_ranks_part(own->comm, &e->size);
    hr_status status = e->size.shards ? hr_ranks_fit(own->comm, e->size.shards) : HR_OK;
    if (!status) status = hr_arena_fill(&own->arena, layout, e);
    own->exchange = (hr_exchange){.shards = e->size.shards,
                                  .rows = e->size.rows,
                                  .first = first_of(own->comm, own->comm->rank, e->size.shards),
                                  .join = join,
                                  .user = e};
    if (size.shards) size.exchange = &own->exchange;
    if (!status)
        status = hr_engine_new(hr_engines[0], e->model, e->pool, &size, e->optim, &own->inner);
    return status;
}

static void engine_close(hr_engine *e) {
    ranks *own = e->own;
    if (!own) return;
    hr_engine_free(own->inner);
    hr_arena_close(&own->arena);
    hr_free(own);
}

static hr_engine *inner_of(const hr_engine *e) {
    return ((ranks *)e->own)->inner;
}

/* ---- states ---------------------------------------------------------------------------------- */

/* Row i of a rank is row first + i * stride of all. */
typedef struct rows {
    int first, stride, count;
} rows;

typedef struct states {
    hr_carry *inner; /* NULL: this rank has no row */
    rows own;
    bool *which; /* (own rows) */
    int32_t *inputs, *ids;
    float *numbers;
    hr_real *logits, *q;           /* (rows) in order of ranks */
    hr_real *shown[HR_STATES_MAX]; /* (rows) those that were pulled; taken when they are */
    hr_arena arena;
} states;

/* The rows of a rank: of a batch that is trained on those of its shards, else every n-th. */
static rows rows_of(const hr_engine *e, int rows_in_all, int rank) {
    const ranks *own = e->own;
    int n = own->comm->size;
    if (!e->size.shards || rows_in_all != e->size.rows)
        return (rows){rank, n, (rows_in_all - rank + n - 1) / n};
    int from = rows_from(own->comm, &e->size, rank);
    return (rows){from, 1, rows_from(own->comm, &e->size, rank + 1) - from};
}

/* How many of them are among the first so many of all. */
static int among(const rows *r, int first) {
    int n = first <= r->first ? 0 : (first - r->first + r->stride - 1) / r->stride;
    return n < r->count ? n : r->count;
}

static void take_states(void *owner, hr_arena *arena) {
    const hr_carry *c = owner;
    const hr_spec *spec = &c->engine->model->spec;
    states *own = c->own;
    size_t all = (size_t)c->rows, mine = (size_t)own->own.count, seq = (size_t)spec->seq;
    own->which = HR_TAKE(arena, bool, mine);
    own->inputs = HR_TAKE(arena, int32_t, mine * seq);
    own->ids = HR_TAKE(arena, int32_t, mine);
    own->numbers = HR_TAKE(arena, float, mine *seq *(size_t)spec->numbers);
    own->logits = HR_TAKE(arena, hr_real, all * seq * (size_t)hr_spec_outputs(spec));
    own->q = HR_TAKE(arena, hr_real, all * 2);
}

static hr_status carry_open(hr_carry *c) {
    const hr_engine *e = c->engine;
    hr_comm *comm = ((ranks *)e->own)->comm;
    states *own = c->own = HR_NEW(states, 1);
    hr_status status = own ? HR_OK : HR_ERR_MEM;
    if (own) own->own = rows_of(e, c->rows, comm->rank);
    if (!status) status = hr_arena_fill(&own->arena, take_states, c);
    if (!status && own->own.count > 0)
        status = hr_carry_new(inner_of(e), own->own.count, &own->inner);
    return status;
}

static void carry_close(hr_carry *c) {
    states *own = c->own;
    if (!own) return;
    for (int i = 0; i < HR_STATES_MAX; i++) hr_free(own->shown[i]);
    hr_carry_free(own->inner);
    hr_arena_close(&own->arena);
    hr_free(own);
}

static void reset(hr_carry *c, const bool *which, int count) {
    states *own = c->own;
    int mine = among(&own->own, count);
    for (int i = 0; which && i < mine; i++)
        own->which[i] = which[own->own.first + i * own->own.stride];
    if (mine) hr_engines[0]->reset(own->inner, which ? own->which : NULL, mine);
}

/* The states of a batch that is trained on, from all ranks. */
static const hr_real *pull_states(hr_engine *e, hr_carry *c, int i) {
    hr_comm *comm = ((ranks *)e->own)->comm;
    states *own = c->own;
    size_t each = hr_spec_state(&e->model->spec), at[HR_RANKS + 1];
    if (own->own.stride != 1 || i >= e->model->recur.states) return NULL;
    if (!own->shown[i]) own->shown[i] = HR_NEW(hr_real, hr_mul((size_t)c->rows, each));
    if (!hr_comm_all(comm, own->shown[i] != NULL)) return NULL;
    const hr_real *mine =
        hr_engines[0]->pull(inner_of(e), own->inner, (hr_held)(HR_HELD_STATE_H + i));
    memcpy(own->shown[i] + (size_t)own->own.first * each, mine,
           (size_t)own->own.count * each * sizeof *mine);
    for (int r = 0; r <= comm->size; r++)
        at[r] = (size_t)rows_from(comm, &e->size, r) * each * sizeof *mine;
    hr_comm_gather_parts(comm, own->shown[i], at);
    return own->shown[i];
}

static const hr_real *pull(hr_engine *e, hr_carry *c, hr_held what) {
    if (what <= HR_HELD_STATE_L) return pull_states(e, c, (int)what - HR_HELD_STATE_H);
    if (what == HR_HELD_PUZZLES) return ((ranks *)e->own)->puzzles;
    return hr_engines[0]->pull(inner_of(e), NULL, what);
}

static void push(hr_engine *e, hr_carry *c, hr_held what, const hr_real *numbers) {
    ranks *own = e->own;
    if (what == HR_HELD_PUZZLES) {
        size_t count = (size_t)e->size.rows * (size_t)e->model->spec.puzzle_emb_ndim;
        if (own->puzzles) memcpy(own->puzzles, numbers, count * sizeof *numbers);
        return;
    }
    const states *s = what <= HR_HELD_STATE_L ? c->own : NULL;
    if (s && s->own.stride != 1) return;
    if (s) numbers += (size_t)s->own.first * hr_spec_state(&e->model->spec);
    hr_engines[0]->push(own->inner, s ? s->inner : NULL, what, numbers);
}

/* ---- work ------------------------------------------------------------------------------------ */

static void pack(hr_engine *e) {
    hr_engines[0]->pack(inner_of(e));
}

/* Where the ranks' first so many rows lie, in order of ranks. */
static void deal_rows(const hr_engine *e, const hr_carry *c, int count, size_t size, size_t *at) {
    at[0] = 0;
    for (int r = 0; r < ((ranks *)e->own)->comm->size; r++) {
        const rows x = rows_of(e, c->rows, r);
        at[r + 1] = at[r] + (size_t)among(&x, count) * size;
    }
}

/* What each row has `size` bytes of, from there to its place. */
static void put_rows(const hr_engine *e, const hr_carry *c, int count, const void *dealt, void *all,
                     size_t size) {
    const unsigned char *from = dealt;
    for (int r = 0; r < ((ranks *)e->own)->comm->size; r++) {
        const rows x = rows_of(e, c->rows, r);
        for (int i = 0; i < among(&x, count); i++, from += size)
            memcpy((unsigned char *)all + (size_t)(x.first + i * x.stride) * size, from, size);
    }
}

static void forward(hr_engine *e, const hr_batch *batch, hr_carry *c, hr_real *logits, hr_real *q) {
    ranks *own = e->own;
    states *s = c->own;
    size_t seq = (size_t)e->model->spec.seq, size = seq * (size_t)hr_spec_outputs(&e->model->spec),
           numbers = seq * (size_t)e->model->spec.numbers, at[3][HR_RANKS + 1];
    deal_rows(e, c, logits ? batch->rows : 0, size * sizeof *logits, at[1]);
    deal_rows(e, c, q ? batch->rows : 0, 2 * sizeof *q, at[2]);
    hr_batch mine = {
        .rows = among(&s->own, batch->rows), .inputs = s->inputs, .numbers = s->numbers};
    if (batch->ids) mine.ids = s->ids;
    for (int i = 0; i < mine.rows; i++) {
        size_t row = (size_t)(s->own.first + i * s->own.stride);
        memcpy(s->inputs + (size_t)i * seq, batch->inputs + row * seq, seq * sizeof *s->inputs);
        if (batch->ids) s->ids[i] = batch->ids[row];
        if (numbers)
            memcpy(s->numbers + (size_t)i * numbers, batch->numbers + row * numbers,
                   numbers * sizeof *s->numbers);
    }
    own->inner->watch = e->watch;
    if (mine.rows)
        hr_engines[0]->forward(own->inner, &mine, s->inner,
                               logits ? s->logits + at[1][own->comm->rank] / sizeof *logits : NULL,
                               q ? s->q + at[2][own->comm->rank] / sizeof *q : NULL);
    own->inner->watch = NULL;
    bool cut[HR_RANKS], any = false;
    int ranks_of_all = own->comm->size;
    for (int r = 0; r <= ranks_of_all; r++) at[0][r] = (size_t)r;
    cut[own->comm->rank] = e->watch && atomic_load(&e->watch->stopped);
    hr_comm_gather_lists(own->comm, (hr_parts[]){{cut, at[0]}, {s->logits, at[1]}, {s->q, at[2]}},
                         3);
    for (int r = 0; r < ranks_of_all; r++) any |= cut[r];
    if (e->watch) atomic_store(&e->watch->stopped, any); /* what was cut on one was on all */
    if (logits) put_rows(e, c, batch->rows, s->logits, logits, size * sizeof *logits);
    if (q) put_rows(e, c, batch->rows, s->q, q, 2 * sizeof *q);
}

/* Makes what each rank has of its rows what all have. share: of its tokens that it computed;
 * returns that of all. */
static double gather_trained(hr_engine *e, const hr_training *all, double share) {
    const ranks *own = e->own;
    hr_comm *comm = own->comm;
    const hr_spec *spec = &e->model->spec;
    const hr_dims dims = hr_dims_of(spec);
    size_t at[4][HR_RANKS + 1];
    double row = (double)hr_row_tokens(&dims), tokens[HR_RANKS], sum = 0;
    size_t logits = all->logits ? (size_t)spec->seq * (size_t)hr_spec_outputs(spec) : 0,
           ndim = (size_t)spec->puzzle_emb_ndim;
    for (int r = 0; r <= comm->size; r++) {
        size_t from = (size_t)rows_from(comm, &e->size, r);
        at[0][r] = (size_t)r * sizeof *tokens;
        at[1][r] = from * sizeof *all->reports;
        at[2][r] = from * logits * sizeof *all->logits;
        at[3][r] = from * ndim * sizeof *own->puzzles;
    }
    tokens[comm->rank] = round(share * (double)inner_of(e)->size.rows * row);
    hr_comm_gather_lists(
        comm,
        (hr_parts[]){
            {tokens, at[0]}, {all->reports, at[1]}, {all->logits, at[2]}, {own->puzzles, at[3]}},
        4);
    for (int r = 0; r < comm->size; r++) sum += tokens[r];
    return sum / ((double)e->size.rows * row);
}

static double train(hr_engine *e, const hr_training *all, hr_carry *c) {
    ranks *own = e->own;
    states *s = c->own;
    const hr_spec *spec = &e->model->spec;
    size_t first = (size_t)s->own.first, seq = (size_t)spec->seq,
           ndim = (size_t)spec->puzzle_emb_ndim, size = seq * (size_t)hr_spec_outputs(spec);
    const hr_batch mine = {.rows = s->own.count,
                           .inputs = all->batch->inputs + first * seq,
                           .labels = all->batch->labels + first * seq,
                           .ids = all->batch->ids ? all->batch->ids + first : NULL,
                           .numbers = spec->numbers ? all->batch->numbers +
                                                          first * seq * (size_t)spec->numbers
                                                    : NULL};
    const hr_training training = {&mine, all->objective, all->last ? all->last + first : NULL,
                                  all->reports + first,
                                  all->logits ? all->logits + first * size : NULL};
    own->inner->watch = e->watch;
    double share = hr_engines[0]->train(own->inner, &training, s->inner);
    own->inner->watch = NULL;
    if (e->watch && atomic_load(&e->watch->stopped)) return share; /* on all, by `join` */
    if (own->puzzles)
        memcpy(own->puzzles + first * ndim, hr_engines[0]->pull(own->inner, NULL, HR_HELD_PUZZLES),
               (size_t)s->own.count * ndim * sizeof *own->puzzles);
    return gather_trained(e, all, share);
}

/* See hr_dealt. */
static void gather_dealt(void *user, hr_real *grads, const size_t *at) {
    hr_comm *comm = user;
    size_t bytes[HR_RANKS + 1];
    for (int r = 0; r <= comm->size; r++) bytes[r] = at[r] * sizeof *grads;
    hr_comm_gather_parts(comm, grads, bytes);
}

/* Dealing out Muon's work saves most of its time, and sends half as much again over the link: which
 * counts for more depends on both, so the first updates try it. The bits are the same. */
enum { TRIED = 4 };
static void choose(ranks *own, double seconds) {
    if (own->updates >= TRIED) return;
    if (own->updates >= 2) own->seconds[own->dealt] = seconds; /* the first two touch new memory */
    own->updates++;
    own->dealt = own->updates == TRIED ? own->seconds[1] < own->seconds[0] : !own->dealt;
    if (own->updates == TRIED) hr_comm_share(own->comm, &own->dealt, sizeof own->dealt);
}

static double update(hr_engine *e, double lr, double muon_lr) {
    ranks *own = e->own;
    hr_engine *inner = own->inner;
    const hr_dealt dealt = {own->comm->rank, own->comm->size, gather_dealt, own->comm};
    double begin = hr_os_seconds();
    inner->updates = e->updates;
    inner->dealt = own->dealt ? &dealt : NULL;
    double norm = hr_engines[0]->update(inner, lr, muon_lr);
    inner->dealt = NULL;
    e->updates = inner->updates;
    choose(own, hr_os_seconds() - begin);
    return norm;
}

static void update_puzzles(hr_engine *e, const hr_batch *batch, double lr, double decay) {
    ranks *own = e->own;
    if (own->puzzles)
        hr_puzzle_step(e->model, batch->ids, batch->rows, own->puzzles, own->first, lr, decay);
    if (own->comm->mixed) /* whose steps are not the same to the bit */
        hr_comm_share(own->comm, e->model->params, e->model->table.total * sizeof(hr_real));
}

static void use_average(hr_engine *e, bool average) {
    hr_engines[0]->use_average(inner_of(e), average);
}

/* ---- sizes: of one process that has all; hr_ranks_part says what a rank has ------------------ */

static hr_engine_size plan(const hr_model *model, int all, int shards, size_t budget,
                           size_t *bytes) {
    return hr_engines[0]->plan(model, all, shards, budget, bytes);
}

static size_t bytes_of(const hr_model *model, int workers, const hr_engine_size *size) {
    return hr_engines[0]->bytes(model, workers, size);
}

static size_t optim_bytes(const hr_model *model, int workers, const hr_optim_config *optim,
                          int all) {
    return hr_engines[0]->optim_bytes(model, workers, optim, all);
}

static size_t carry_bytes(const hr_model *model, int all) {
    return hr_engines[0]->carry_bytes(model, all);
}

const hr_engine_ops hr_engine_ranks = {
    .name = "ranks",
    .plan = HR_BEYOND(plan),
    .bytes = bytes_of,
    .optim_bytes = HR_BEYOND(optim_bytes),
    .open = engine_open,
    .close = engine_close,
    .carry_bytes = carry_bytes,
    .carry_open = carry_open,
    .carry_close = carry_close,
    .reset = reset,
    .pull = pull,
    .push = push,
    .pack = pack,
    .forward = forward,
    .train = HR_BEYOND(train),
    .update = HR_BEYOND(update),
    .update_puzzles = HR_BEYOND(update_puzzles),
    .use_average = HR_BEYOND(use_average),
};
