/* worker.h - inside an exec: its memory, and a segment over one row block by one thread; what
 * forward (exec.c) and training (exec_train.c) share. */
#ifndef HR_WORKER_H
#define HR_WORKER_H

#include "nn/engine.h"
#include "nn/rows.h"

/* One worker's memory, for one row block. */
typedef struct hr_worker {
    hr_scratch scratch;
    hr_tape tape[2];                /* calls without gradient: layers use them in turn */
    hr_real *in;                    /* (n x D) sum of a call's sources */
    hr_real *next_z[HR_STATES_MAX]; /* training: the q_continue target's own states */
    hr_real *x;                     /* what has no gradient: input of the row block */
    hr_real *logits;                /* (cells of the row block x outputs) */
    hr_real *read;                  /* training, pre-norm: (n x D) what a call gave */
    hr_real *channel;               /* channels: logits of one, or their gradient (seq x 2) */
    hr_real **sums; /* training, large: a piece of sums, for each place of the tree's stack */
    /* where padding is skipped: states, closed up, and rotary angles */
    hr_real *z[HR_STATES_MAX], *cos, *sin;
} hr_worker;

/* Training: what a row block of n tokens keeps from its forward until its gradients are summed. */
typedef struct hr_slot {
    hr_row_block block;
    hr_real *sums;     /* small: of its shard */
    bool first;        /* row block of its shard */
    int meet;          /* large: after it so many sums of shards meet those before */
    hr_tape *tape;     /* by gradient call, then layer */
    hr_real **call_in; /* by gradient call (n x D) */
    hr_deltas *deltas; /* where they are kept as tape; else one, which layers use in turn */
    hr_real *x, *dx;   /* (n x D) */
    hr_real *dz[HR_STATES_MAX];
    hr_real *dlogits; /* (readouts x rows x cells of a row x outputs) */
    hr_real *dq;      /* (readouts x rows x 2) */
} hr_slot;

typedef struct hr_exec {
    hr_model *model;
    hr_pool *pool;
    hr_engine_size size;
    hr_watch *watch;        /* or NULL */
    const hr_probe *probe;  /* of forward; or NULL */
    const hr_batch *probed; /* of the probe */
    hr_dims dims;           /* of a row with all its cells */
    hr_rows rows;           /* at work without gradient */
    size_t capacity;        /* tokens of a row block, at most */
    int workers;
    hr_worker *worker;
    /* training */
    int first_grad, grad_calls;
    int skip;         /* calls that training leaves out, from the front */
    int from, scored; /* the first gradient call that runs; how many are read from there on */
    int tape_stride;  /* layers kept apart between calls */
    int readouts;     /* calls that the heads read */
    int *read;        /* (gradient calls) which of them a call is, or -1 */
    hr_real *next;    /* (rows x 2) q a segment later */
    bool small;       /* a thread takes a whole shard, else a row block or a part of the weights */
    bool keeps;       /* deltas of all layers of all calls, until their gradients are summed */
    int at_once;      /* small: shards at work at once */
    int slots;        /* small: that shards use in turn; else of the row blocks at work, at most */
    size_t piece;     /* large: numbers of a piece of sums, at most */
    hr_slot *slot;
    hr_arena *space; /* small: of each slot; else one for those of all row blocks at work */
    hr_rows *shard;  /* (shards) the rows of each */
    hr_real **sums;  /* small: (at_once) where they are summed */
    hr_tree tree;    /* their gradients' sums, model->sums numbers each, as of block.h */
    hr_arena arena;
} hr_exec;

/* Weights of a small model, at most. Tests lower it, to train small models as large ones are;
 * nothing else changes it. */
extern size_t hr_exec_small_dense;

/* Row block i of some rows, its angles in the worker's memory. */
hr_row_block hr_exec_block(const hr_exec *e, const hr_rows *rows, const hr_worker *w, int i);
/* Its states: where they lie in `all` (rows x T x D), or closed up in the worker's memory, from
 * which hr_exec_put_states brings them back. */
void hr_exec_states(const hr_exec *e, const hr_worker *w, const hr_row_block *b,
                    hr_real *const *all, hr_real **z);
void hr_exec_put_states(const hr_exec *e, const hr_row_block *b, hr_real *const *all,
                        hr_real *const *z);

/* in = dest + (other sources + x), the order of the reference. */
void hr_exec_gather(const hr_kern *kern, const hr_call *call, int states, hr_real *const *z,
                    const hr_real *x, hr_real *in, size_t count);
/* Calls from..to-1 of a segment on a row block. */
typedef struct hr_calls {
    const hr_row_block *block;
    hr_real *const *z;
    const hr_real *x;
    const hr_slot *slot; /* where calls with gradient leave their tape; NULL: nowhere */
    const hr_mask *mask; /* of all layers but for which one; NULL: none */
    int from, to;
} hr_calls;
void hr_exec_calls(hr_exec *e, hr_worker *w, const hr_calls *r);
/* What layers leave out of a row block, of the rows from first_row of the batch on; and of layer l
 * of call c, from that of all. */
hr_mask hr_exec_mask(const hr_objective *o, int first_row, const hr_row_block *b);
static inline hr_mask hr_exec_layer(const hr_exec *e, hr_mask all, int c, int l) {
    all.layer = (uint64_t)(c * e->tape_stride + l);
    return all;
}
/* What tells a probe of heads. */
typedef struct hr_heeding {
    hr_heed heed;
    const hr_exec *exec;
    const hr_row_block *block;
    int worker, call, layer;
} hr_heeding;
hr_heeding hr_exec_heed(const hr_exec *e, const hr_row_block *b, int worker, int call, int layer);
static inline bool hr_exec_heeds(const hr_exec *e) {
    return e->probe && e->probe->head;
}
/* Tells the probe, if there is one, of the rows of a row block after a call. */
void hr_exec_tell(const hr_exec *e, const hr_worker *w, const hr_row_block *b, int call,
                  hr_real *const *z);
/* What a call with n tokens gives, from its last block's output; pre-norm nets end with a norm,
 * whose 1/rms goes to inv (n) unless NULL. */
void hr_exec_end_call(const hr_model *m, hr_real *z, hr_real *inv, const hr_real *y, size_t n);
/* The state that the heads read in the end. */
int hr_exec_final_state(const hr_exec *e);
/* Logits (cells of the row block x outputs; may be NULL) and q (its rows x 2) from that state; of
 * channels q is from the mean of their first tokens. */
void hr_exec_heads(const hr_exec *e, const hr_worker *w, const hr_row_block *b, const hr_real *z,
                   hr_real *logits, hr_real *q);
/* Logits of its i-th row to where the batch's go. */
void hr_exec_put_logits(const hr_exec *e, const hr_batch *batch, const hr_row_block *b, int i,
                        const hr_real *logits, hr_real *all);

#endif
