/* exec.c - runs a model's recursion over rows, forward and with gradient.
 *
 * Forward goes row block by row block: a worker takes a few rows through the whole segment while
 * they stay in its cache. Backward goes layer by layer over the micro-batch. A small model's row
 * blocks are dealt to LANES lanes, each with weight gradients of its own that stay in cache while
 * the lane's row blocks pass; in the end the lanes are added up in order. A large model's row
 * blocks leave behind what its weight gradients are made of, and the gradients are then split by
 * their rows or columns. Row blocks and lanes depend on shapes only and a split changes no sum, so
 * the bits do not depend on the number of threads. */
#include "nn/model.h"

#include <string.h>

#include "nn/block.h"
#include "nn/embed.h"
#include "nn/loss.h"

enum {
    ROW_BLOCK_TOKENS = 330, /* tokens that one row block aims at: activations that stay in L2 */
    LANES = 8,
    LANES_DENSE = 2 << 20, /* weights of a model that has lanes, at most */
    PARTS = 2,     /* of a layer's weight gradients, for each thread, where there are no lanes */
    CHANNELS = 64, /* channels of embedding and head gradients that one task computes */
};

/* One worker's memory, for one row block. */
typedef struct worker_memory {
    hr_scratch scratch;
    hr_tape tape[2];                /* calls without gradient: layers use them in turn */
    hr_real *in;                    /* (n x D) sum of a call's sources */
    hr_real *next_z[HR_STATES_MAX]; /* training: the q_continue target's own states */
    hr_real *x;                     /* forward only: input of the row block */
    hr_real *logits;                /* (rows x seq x outputs) */
    hr_real *read;                  /* training, pre-norm: (n x D) what a call gave */
} worker_memory;

struct hr_exec {
    hr_model *model;
    hr_pool *pool;
    hr_dims dims;
    bool train;
    int micro, block; /* rows of a micro-batch and of a row block */
    int workers;
    worker_memory *worker;
    /* training, over the micro-batch */
    int first_grad, grad_calls;
    int skip;          /* calls that training leaves out, from the front */
    int from, scored;  /* the first gradient call that runs; how many are read from there on */
    hr_tape *tape;     /* by gradient call, then layer */
    int tape_stride;   /* layers kept apart between calls */
    hr_real **call_in; /* by gradient call */
    hr_real *x, *dx;   /* (micro T x D) */
    hr_real *dz[HR_STATES_MAX];
    hr_deltas *deltas; /* with lanes: by worker, else by row block of the micro-batch */
    int lanes;         /* 0: none */
    hr_real *sums;     /* (max(1, lanes) x model->sums) weight gradients, as of block.h */
    int reads;         /* calls that the heads read */
    int *read;         /* (gradient calls) which of them a call is, or -1 */
    hr_real *dlogits;  /* (reads x micro x seq x outputs) */
    hr_real *dq;       /* (reads x micro x 2) */
    hr_arena arena;
};

static int row_block(const hr_dims *s) {
    int rows = (int)(ROW_BLOCK_TOKENS / s->tokens);
    return rows < 1 ? 1 : rows;
}

static void take_worker(hr_exec *e, worker_memory *w, hr_arena *arena) {
    const hr_dims *s = &e->dims;
    size_t rows = (size_t)e->block, n = rows * s->tokens;
    hr_scratch_take(&w->scratch, e->model, rows, e->train, arena);
    hr_tape_take(&w->tape[0], s, rows, arena);
    hr_tape_take(&w->tape[1], s, rows, arena);
    w->in = HR_TAKE(arena, hr_real, n * s->d);
    w->logits = HR_TAKE(arena, hr_real, rows * s->seq * s->outputs);
    w->x = HR_TAKE(arena, hr_real, n * s->d);
    w->read = e->train && s->pre ? HR_TAKE(arena, hr_real, n * s->d) : NULL;
    for (int i = 0; e->train && i < e->model->recur.states; i++)
        w->next_z[i] = HR_TAKE(arena, hr_real, n * s->d);
}

static void take_training(hr_exec *e, hr_arena *arena) {
    const hr_dims *s = &e->dims;
    size_t rows = (size_t)e->micro, n = rows * s->tokens;
    e->tape = HR_TAKE(arena, hr_tape, (size_t)(e->grad_calls * e->tape_stride));
    e->call_in = HR_TAKE(arena, hr_real *, (size_t)e->grad_calls);
    for (int c = 0; c < e->grad_calls; c++) {
        const hr_call *call = &e->model->recur.call[e->first_grad + c];
        hr_real *in = HR_TAKE(arena, hr_real, n * s->d);
        if (e->call_in) e->call_in[c] = in;
        for (int l = 0; l < e->model->modules[call->module].layers; l++) {
            hr_tape local, *tape = e->tape ? &e->tape[c * e->tape_stride + l] : &local;
            hr_tape_take(tape, s, rows, arena);
            tape->in = l == 0 || !e->tape ? in : tape[-1].y;
        }
    }
    e->x = HR_TAKE(arena, hr_real, n * s->d);
    e->dx = HR_TAKE(arena, hr_real, n * s->d);
    for (int i = 0; i < e->model->recur.states; i++) e->dz[i] = HR_TAKE(arena, hr_real, n * s->d);
    int deltas = e->lanes ? e->workers : (e->micro + e->block - 1) / e->block;
    e->deltas = HR_TAKE(arena, hr_deltas, (size_t)deltas);
    for (int i = 0; i < deltas; i++) {
        hr_deltas local;
        hr_deltas_take(e->deltas ? &e->deltas[i] : &local, e->model, (size_t)e->block, arena);
    }
    e->sums = HR_TAKE(arena, hr_real, (size_t)(e->lanes ? e->lanes : 1) * e->model->sums);
    size_t reads = (size_t)e->reads;
    e->read = HR_TAKE(arena, int, (size_t)e->grad_calls);
    for (int c = 0, r = 0; e->read && c < e->grad_calls; c++)
        e->read[c] = e->model->recur.call[e->first_grad + c].read ? r++ : -1;
    e->dlogits = HR_TAKE(arena, hr_real, reads * rows * s->seq * s->outputs);
    e->dq = HR_TAKE(arena, hr_real, reads * rows * 2);
}

static void layout(hr_exec *e, hr_arena *arena) {
    e->worker = HR_TAKE(arena, worker_memory, (size_t)e->workers);
    for (int i = 0; i < e->workers; i++) {
        worker_memory local = {0};
        take_worker(e, e->worker ? &e->worker[i] : &local, arena);
    }
    if (e->train) take_training(e, arena);
}

static hr_exec shape(hr_model *model, int workers, int micro, bool train) {
    hr_exec e = {.model = model, .train = train, .micro = micro, .workers = workers};
    e.dims = hr_dims_of(&model->spec);
    e.block = row_block(&e.dims);
    e.first_grad = hr_recur_first_grad(&model->recur);
    e.grad_calls = model->recur.calls - e.first_grad;
    e.reads = model->recur.reads;
    e.lanes = model->table.dense <= LANES_DENSE ? LANES : 0;
    for (int i = 0; i < HR_MODULES_MAX; i++)
        if (model->modules[i].layers > e.tape_stride) e.tape_stride = model->modules[i].layers;
    return e;
}

size_t hr_exec_bytes(const hr_model *model, int workers, int micro, bool train) {
    hr_exec e = shape((hr_model *)(uintptr_t)model, workers, micro, train);
    hr_arena count = {0};
    layout(&e, &count);
    return count.used;
}

/* Workers' scratch is left out of the budget: the micro-batch must not depend on their number. */
int hr_exec_plan(const hr_model *model, int rows, bool train, size_t budget, size_t *bytes) {
    int low = 1, high = rows;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (hr_exec_bytes(model, 0, middle, train) <= budget) low = middle;
        else high = middle - 1;
    }
    int parts = (rows + low - 1) / low; /* equal parts: as many, no small rest */
    low = (rows + parts - 1) / parts;
    hr_exec e = shape((hr_model *)(uintptr_t)model, 0, low, train);
    int even = train && e.lanes ? e.lanes * e.block : e.block; /* no lane and no block half full */
    if (low > even) low = low / even * even;
    *bytes = hr_exec_bytes(model, 0, low, train);
    return low;
}

hr_status hr_exec_new(hr_model *model, hr_pool *pool, int micro, bool train, hr_exec **out) {
    *out = NULL;
    hr_exec *e = HR_NEW(hr_exec, 1);
    if (!e) return HR_ERR_MEM;
    *e = shape(model, hr_pool_threads(pool), micro, train);
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

/* What a call with n tokens gives, from its last block's output; pre-norm nets end with a norm,
 * whose 1/rms goes to inv (n) unless NULL. */
static void end_call(const hr_model *m, hr_real *z, hr_real *inv, const hr_real *y, size_t n) {
    size_t d = (size_t)m->spec.hidden;
    if (m->spec.norm == HR_NORM_PRE)
        m->kern->add_rms(z, inv, y, NULL, n, d, (hr_real)m->spec.rms_eps);
    else memcpy(z, y, n * d * sizeof *z);
}

/* Runs one segment for a row block of `rows` rows; with e->train and `keep`, calls with gradient
 * leave their tape at micro-batch row `row`. */
static void segment(hr_exec *e, worker_memory *w, hr_real *const *z, const hr_real *x, int rows,
                    int row, bool keep) {
    const hr_model *m = e->model;
    size_t count = (size_t)rows * e->dims.tokens * e->dims.d;
    size_t start = (size_t)row * e->dims.tokens * e->dims.d;
    for (int c = keep ? e->skip : 0; c < m->recur.calls; c++) {
        const hr_call *call = &m->recur.call[c];
        const hr_module *module = &m->modules[call->module];
        bool taped = keep && call->grad;
        int g = c - e->first_grad;
        hr_real *in = taped ? e->call_in[g] + start : w->in;
        gather(m->kern, call, m->recur.states, z, x, in, count);
        hr_real *out = in;
        for (int l = 0; l < module->layers; l++) {
            hr_tape tape = taped
                               ? hr_tape_at(&e->tape[g * e->tape_stride + l], &e->dims, (size_t)row)
                               : w->tape[l % 2];
            if (!taped) tape.in = out;
            hr_block_forward(m, &module->blocks[l], &tape, &w->scratch, (size_t)rows);
            out = tape.y;
        }
        end_call(m, z[call->dest], NULL, out, (size_t)rows * e->dims.tokens);
    }
}

/* ---- few rows: all threads share each step of one row block -------------------------------- */

typedef struct share {
    hr_exec *e;
    hr_real *const *z;
    const hr_real *x;
    const hr_call *call;
    const hr_block *block;
    hr_tape tape;
    hr_step step; /* or GATHER, before a call's first block */
    bool last;    /* layer of its call */
    size_t rows, lanes, part;
} share;

#define GATHER HR_STEPS

/* The last step of a call also hands on its output. */
static void share_task(void *context, int task, int worker) {
    share *h = context;
    hr_exec *e = h->e;
    const hr_model *m = e->model;
    size_t from = (size_t)task * h->part,
           to = from + h->part < h->lanes ? from + h->part : h->lanes;
    size_t at = from * e->dims.d, count = (to - from) * e->dims.d; /* where lanes are tokens */
    if (h->step == GATHER) {
        hr_real *z[HR_STATES_MAX];
        for (int i = 0; i < m->recur.states; i++) z[i] = h->z[i] + at;
        gather(m->kern, h->call, m->recur.states, z, h->x + at, h->tape.in + at, count);
        return;
    }
    hr_scratch scratch = e->worker[worker].scratch;
    scratch.f = e->worker[0].scratch.f;
    scratch.norm = e->worker[0].scratch.norm;
    scratch.hidden = e->worker[0].scratch.hidden;
    hr_block_step(m, h->block, &h->tape, &scratch, h->step, h->rows, from, to);
    if (h->last && h->step == HR_STEP_END)
        end_call(m, h->z[h->call->dest] + at, NULL, h->tape.y + at, to - from);
}

/* Splits a step among the threads. */
static void share_step(share *h, size_t lanes) {
    size_t threads = (size_t)hr_pool_threads(h->e->pool);
    if (!lanes) return;
    h->lanes = lanes;
    h->part = (lanes + threads - 1) / threads;
    hr_pool_run(h->e->pool, (int)((lanes + h->part - 1) / h->part), share_task, h);
}

static void shared_segment(hr_exec *e, hr_real *const *z, const hr_real *x, int rows) {
    const hr_model *m = e->model;
    worker_memory *w = &e->worker[0];
    share h = {.e = e, .z = z, .x = x, .rows = (size_t)rows};
    for (int c = 0; c < m->recur.calls; c++) {
        h.call = &m->recur.call[c];
        const hr_module *module = &m->modules[h.call->module];
        hr_real *in = w->in;
        for (int l = 0; l < module->layers; l++, in = h.tape.y) {
            h.tape = w->tape[l % 2];
            h.tape.in = in;
            h.block = &module->blocks[l];
            h.last = l == module->layers - 1;
            h.step = GATHER;
            if (l == 0) share_step(&h, (size_t)rows * e->dims.tokens);
            for (h.step = 0; h.step < HR_STEPS; h.step++)
                share_step(&h, hr_block_lanes(&e->dims, h.step, (size_t)rows));
        }
    }
}

/* The state that the heads read in the end. */
static int final_state(const hr_exec *e) {
    return e->model->recur.call[e->model->recur.calls - 1].dest;
}

/* Logits (rows x seq x outputs; may be NULL) and q (rows x 2) from the state the heads read. */
static void heads(const hr_exec *e, const hr_real *z, int rows, hr_real *logits, hr_real *q) {
    const hr_model *m = e->model;
    const hr_dims *s = &e->dims;
    const hr_real *w = m->params + hr_param_find(&m->table, "model.inner.q_head.weight")->offset;
    const hr_real *bias = m->params + hr_param_find(&m->table, "model.inner.q_head.bias")->offset;
    for (int b = 0; b < rows; b++) {
        const hr_real *row = z + (size_t)b * s->tokens * s->d;
        if (logits)
            m->kern->gemm(logits + (size_t)b * s->seq * s->outputs, s->outputs,
                          row + s->prefix * s->d, s->d, m->lm_head.forward, s->seq, s->outputs,
                          s->d, false);
        for (int j = 0; q && j < 2; j++) {
            hr_real sum = 0;
            for (size_t i = 0; i < s->d; i++) sum += row[i] * w[(size_t)j * s->d + i];
            q[b * 2 + j] = sum + bias[j];
        }
    }
}

/* What the tasks of one pool run share. */
typedef struct job {
    hr_exec *e;
    const hr_batch *batch;
    int first, rows; /* the rows of the batch at work */
    hr_real *const *z;
    hr_real *logits, *q;
    /* training */
    const hr_objective *objective;
    const bool *last;
    hr_row_report *reports;
    hr_real *grads, *puzzle_grads;
    /* backward of one layer */
    int call, layer;
} job;

static int blocks_of(const hr_exec *e, int rows) {
    return (rows + e->block - 1) / e->block;
}

static int block_rows(const hr_exec *e, int rows, int task) {
    int left = rows - task * e->block;
    return left < e->block ? left : e->block;
}

/* Pointers to the states of batch row `row`. */
static void states_at(const job *j, int row, hr_real **z) {
    size_t start = (size_t)row * j->e->dims.tokens * j->e->dims.d;
    for (int i = 0; i < j->e->model->recur.states; i++) z[i] = j->z[i] + start;
}

/* Forward of row block `task` in a worker's memory; `shared`: by all threads, not by one. */
static void forward_block(const job *j, int task, worker_memory *w, bool shared) {
    hr_exec *e = j->e;
    int row = task * e->block, rows = block_rows(e, j->rows, task);
    hr_real *z[HR_STATES_MAX];
    states_at(j, row, z);
    hr_embed_forward(e->model, j->batch, row, rows, w->x);
    if (shared) shared_segment(e, z, w->x, rows);
    else segment(e, w, z, w->x, rows, 0, false);
    size_t logits_row = e->dims.seq * e->dims.outputs;
    heads(e, z[final_state(e)], rows, j->logits ? j->logits + (size_t)row * logits_row : NULL,
          j->q ? j->q + (size_t)row * 2 : NULL);
}

static void forward_task(void *context, int task, int worker) {
    const job *j = context;
    forward_block(j, task, &j->e->worker[worker], false);
}

void hr_exec_forward(hr_exec *exec, const hr_batch *batch, hr_real *const z[HR_STATES_MAX],
                     hr_real *logits, hr_real *q) {
    job j = {.e = exec, .batch = batch, .rows = batch->rows, .z = z, .logits = logits, .q = q};
    int blocks = blocks_of(exec, batch->rows);
    if (blocks >= hr_pool_threads(exec->pool)) hr_pool_run(exec->pool, blocks, forward_task, &j);
    else
        for (int task = 0; task < blocks; task++) forward_block(&j, task, &exec->worker[0], true);
}

/* q logits one segment later, from copies of the new states. */
static void next_q(hr_exec *e, worker_memory *w, hr_real *const *z, const hr_real *x, int rows,
                   hr_real *q) {
    size_t count = (size_t)rows * e->dims.tokens * e->dims.d;
    for (int i = 0; i < e->model->recur.states; i++)
        memcpy(w->next_z[i], z[i], count * sizeof *z[i]);
    segment(e, w, w->next_z, x, rows, 0, false);
    heads(e, w->next_z[final_state(e)], rows, NULL, q);
}

/* Adds the heads' gradient to that of the state they read, for one row. */
static void heads_backward(const hr_exec *e, const hr_real *dlogits, const hr_real *dq,
                           hr_real *dz) {
    const hr_model *m = e->model;
    const hr_dims *s = &e->dims;
    const hr_real *w = m->params + hr_param_find(&m->table, "model.inner.q_head.weight")->offset;
    m->kern->gemm(dz + s->prefix * s->d, s->d, dlogits, s->outputs, m->lm_head.backward, s->seq,
                  s->d, s->outputs, true);
    for (size_t i = 0; i < s->d; i++) dz[i] += dq[0] * w[i] + dq[1] * w[s->d + i];
}

/* Where the gradients at the heads of read r begin for row `row` of the micro-batch. */
static hr_real *dlogits_at(const hr_exec *e, int r, int row) {
    return e->dlogits +
           ((size_t)r * (size_t)e->micro + (size_t)row) * e->dims.seq * e->dims.outputs;
}

static hr_real *dq_at(const hr_exec *e, int r, int row) {
    return e->dq + 2 * ((size_t)r * (size_t)e->micro + (size_t)row);
}

/* The last block's output of call c (counted from the first with gradient), from row `row` of the
 * micro-batch on. */
static const hr_real *call_last(const hr_exec *e, int c, int row) {
    int layers = e->model->modules[e->model->recur.call[e->first_grad + c].module].layers;
    return e->tape[c * e->tape_stride + layers - 1].y + (size_t)row * e->dims.tokens * e->dims.d;
}

/* What call c gave, from row `row` of the micro-batch on; computed in w->read, with its 1/rms in
 * the scratch, where the call ends with a norm. */
static const hr_real *call_out(const hr_exec *e, const worker_memory *w, int c, int row, int rows) {
    const hr_real *y = call_last(e, c, row);
    if (!e->dims.pre) return y;
    end_call(e->model, w->read, w->scratch.inv, y, (size_t)rows * e->dims.tokens);
    return w->read;
}

/* Scores read r of call c for the rows of a block: losses, and gradients at the heads. Reports are
 * of the last read, but for the loss, which is the mean over all. */
static void score(const job *j, worker_memory *w, int c, int row, int rows, const hr_real *next) {
    hr_exec *e = j->e;
    const hr_dims *s = &e->dims;
    int r = e->read[c];
    size_t size = s->seq * s->outputs;
    hr_real q[2 * ROW_BLOCK_TOKENS];
    heads(e, call_out(e, w, c, row, rows), rows, w->logits, q);
    for (int b = 0; b < rows; b++) {
        size_t at = (size_t)(j->first + row + b);
        hr_loss_in in = {.logits = w->logits + (size_t)b * size,
                         .q = q + 2 * b,
                         .next_q = next ? next + 2 * b : NULL,
                         .inputs = j->batch->inputs + at * s->seq,
                         .labels = j->batch->labels + at * s->seq,
                         .last = j->last && j->last[at],
                         .reads = e->scored};
        hr_loss_row(j->objective, &e->model->spec, &in, &j->reports[at], dlogits_at(e, r, row + b),
                    dq_at(e, r, row + b));
        if (j->logits && r == e->reads - 1)
            memcpy(j->logits + at * size, in.logits, size * sizeof *in.logits);
    }
}

static void train_forward_task(void *context, int task, int worker) {
    const job *j = context;
    hr_exec *e = j->e;
    const hr_dims *s = &e->dims;
    worker_memory *w = &e->worker[worker];
    int row = task * e->block, rows = block_rows(e, j->rows, task); /* in the micro-batch */
    size_t start = (size_t)row * s->tokens * s->d, count = (size_t)rows * s->tokens * s->d;
    hr_real *z[HR_STATES_MAX], next[2 * ROW_BLOCK_TOKENS];
    states_at(j, j->first + row, z);
    hr_embed_forward(e->model, j->batch, j->first + row, rows, e->x + start);
    segment(e, w, z, e->x + start, rows, row, true);
    if (j->objective->q_continue) next_q(e, w, z, e->x + start, rows, next);
    for (int b = 0; b < rows; b++) j->reports[j->first + row + b] = (hr_row_report){0};
    for (int c = e->from; c < e->grad_calls; c++)
        if (e->read[c] >= 0) score(j, w, c, row, rows, j->objective->q_continue ? next : NULL);
    for (int i = 0; i < e->model->recur.states; i++)
        memset(e->dz[i] + start, 0, count * sizeof *e->dz[i]);
    memset(e->dx + start, 0, count * sizeof *e->dx);
}

/* Gradients of the heads in channels [from, to) for the rows of a block, over what call c gave. */
static void heads_gradient(const hr_exec *e, const hr_real *z, int c, int row, int rows,
                           hr_real *sums, size_t from, size_t to) {
    const hr_model *m = e->model;
    const hr_dims *s = &e->dims;
    hr_real *dw = sums + m->q_sums;
    for (int b = row; b < row + rows; b++, z += s->tokens * s->d) {
        const hr_real *dq = dq_at(e, e->read[c], b);
        m->kern->gemm_tn(sums + m->lm_head.sums + from, s->d, dlogits_at(e, e->read[c], b),
                         s->outputs, z + s->prefix * s->d + from, s->d, s->outputs, to - from,
                         s->seq);
        for (size_t i = from; i < to; i++) {
            dw[i] += dq[0] * z[i];
            dw[s->d + i] += dq[1] * z[i];
        }
    }
}

/* The gradient at a call's last block: the heads' part, and back through the call's norm. The
 * heads' own gradients go to sums unless NULL. */
static void enter_call(const job *j, worker_memory *w, int row, int rows, hr_real *dy,
                       hr_real *sums) {
    hr_exec *e = j->e;
    const hr_dims *s = &e->dims;
    int read = e->read[j->call];
    if (read < 0 && !s->pre) return;
    const hr_real *z = call_out(e, w, j->call, row, rows);
    if (read >= 0) {
        for (int b = 0; b < rows; b++)
            heads_backward(e, dlogits_at(e, read, row + b), dq_at(e, read, row + b),
                           dy + (size_t)b * s->tokens * s->d);
        if (sums) heads_gradient(e, z, j->call, row, rows, sums, 0, s->d);
    }
    if (s->pre)
        e->model->kern->add_rms_backward(dy, z, w->scratch.inv, dy, (size_t)rows * s->tokens, s->d);
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
    const hr_dims *s = &e->dims;
    worker_memory *w = &e->worker[worker];
    const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
    const hr_module *module = &e->model->modules[call->module];
    const hr_block *block = &module->blocks[j->layer];
    int row = task * e->block, rows = block_rows(e, j->rows, task);
    size_t start = (size_t)row * s->tokens * s->d, count = (size_t)rows * s->tokens * s->d;
    hr_tape tape = hr_tape_at(&e->tape[j->call * e->tape_stride + j->layer], s, (size_t)row);
    const hr_deltas *deltas = &e->deltas[e->lanes ? worker : task];
    hr_real *dy = e->dz[call->dest] + start;
    if (j->layer == module->layers - 1) enter_call(j, w, row, rows, dy, sums);
    hr_block_backward(e->model, block, &tape, deltas, &w->scratch, dy, (size_t)rows);
    if (sums)
        hr_block_gradient(e->model, block, &tape, deltas, &w->scratch, sums, (size_t)rows, 0, 1);
    if (j->layer == 0) leave_call(e, call, start, count);
}

/* The whole way of the row blocks of a lane: nothing of it concerns other lanes. */
static void lane_task(void *context, int lane, int worker) {
    job j = *(const job *)context;
    hr_exec *e = j.e;
    hr_real *sums = e->sums + (size_t)lane * e->model->sums;
    int blocks = blocks_of(e, j.rows);
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
    worker_memory *w = &e->worker[worker];
    const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
    const hr_module *module = &e->model->modules[call->module];
    size_t parts = PARTS * (size_t)e->workers, d = e->dims.d, each = (d + parts - 1) / parts;
    size_t from = each * (size_t)part, to = from + each < d ? from + each : d;
    bool read = j->layer == module->layers - 1 && e->read[j->call] >= 0 && from < to;
    for (int task = 0; task < blocks_of(e, j->rows); task++) {
        int row = task * e->block, rows = block_rows(e, j->rows, task);
        hr_tape tape =
            hr_tape_at(&e->tape[j->call * e->tape_stride + j->layer], &e->dims, (size_t)row);
        hr_block_gradient(e->model, &module->blocks[j->layer], &tape, &e->deltas[task], &w->scratch,
                          e->sums, (size_t)rows, (size_t)part, parts);
        if (read)
            heads_gradient(e, call_out(e, w, j->call, row, rows), j->call, row, rows, e->sums, from,
                           to);
    }
}

/* Forward and backward of the blocks, layer by layer over all row blocks. */
static void by_layers(job *j) {
    hr_exec *e = j->e;
    int blocks = blocks_of(e, j->rows);
    hr_pool_run(e->pool, blocks, train_forward_task, j);
    for (j->call = e->grad_calls - 1; j->call >= e->from; j->call--) {
        const hr_call *call = &e->model->recur.call[e->first_grad + j->call];
        for (j->layer = e->model->modules[call->module].layers - 1; j->layer >= 0; j->layer--) {
            hr_pool_run(e->pool, blocks, layer_task, j);
            hr_pool_run(e->pool, PARTS * e->workers, gradient_task, j);
        }
    }
}

/* Gradients of the embeddings in a slice of channels, over the micro-batch in row order. */
static void embed_task(void *context, int task, int worker) {
    const job *j = context;
    const hr_exec *e = j->e;
    (void)worker;
    size_t from = (size_t)task * CHANNELS, d = e->dims.d;
    hr_embed_backward(e->model, j->batch, j->first, j->rows, e->dx, j->grads, from,
                      from + CHANNELS < d ? from + CHANNELS : d);
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
    hr_real *lm_head = j->grads + m->lm_head.weight;
    hr_real *q_head = j->grads + hr_param_find(&m->table, "model.inner.q_head.weight")->offset;
    for (int lane = 0; lane < (e->lanes ? e->lanes : 1); lane++) {
        const hr_real *sums = e->sums + (size_t)lane * m->sums;
        if (task < blocks) hr_block_collect(m, block, sums, j->grads);
        if (task < blocks) continue;
        m->kern->add(lm_head, lm_head, sums + m->lm_head.sums, m->lm_head.out * m->lm_head.in);
        m->kern->add(q_head, q_head, sums + m->q_sums, 2 * m->lm_head.in);
    }
}

static void clear_task(void *context, int task, int worker) {
    hr_exec *e = ((const job *)context)->e;
    size_t count = (size_t)(e->lanes ? e->lanes : 1) * e->model->sums;
    size_t each = (count + LANES - 1) / LANES, from = each * (size_t)task;
    (void)worker;
    if (from < count)
        memset(e->sums + from, 0, (count - from < each ? count - from : each) * sizeof *e->sums);
}

static void micro_batch(job *j) {
    hr_exec *e = j->e;
    const hr_model *m = e->model;
    if (e->lanes) hr_pool_run(e->pool, e->lanes, lane_task, j);
    else by_layers(j);
    hr_pool_run(e->pool, (int)((e->dims.d + CHANNELS - 1) / CHANNELS), embed_task, j);
    hr_real *dbias = j->grads + hr_param_find(&m->table, "model.inner.q_head.bias")->offset;
    size_t ndim = (size_t)m->spec.puzzle_emb_ndim;
    for (int r = e->reads - e->scored; r < e->reads; r++) {
        for (int b = 0; b < j->rows; b++) {
            dbias[0] += dq_at(e, r, b)[0];
            dbias[1] += dq_at(e, r, b)[1];
        }
    }
    for (int b = 0; b < j->rows; b++) {
        if (ndim)
            hr_embed_puzzle_backward(m, e->dx + (size_t)b * e->dims.tokens * e->dims.d,
                                     j->puzzle_grads + (size_t)(j->first + b) * ndim);
    }
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
    hr_pool_run(exec->pool, LANES, clear_task, &j);
    for (j.first = 0; j.first < batch->rows; j.first += exec->micro) {
        j.rows = batch->rows - j.first < exec->micro ? batch->rows - j.first : exec->micro;
        micro_batch(&j);
    }
    int blocks =
        exec->model->modules[HR_MODULE_H].layers + exec->model->modules[HR_MODULE_L].layers;
    hr_pool_run(exec->pool, blocks + 1, collect_task, &j);
}
