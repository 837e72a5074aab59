/* exec.h - inside an exec: what its forward (exec.c) and its training (exec_train.c) share. */
#ifndef HR_EXEC_H
#define HR_EXEC_H

#include "nn/rows.h"

/* One worker's memory, for one row block. */
typedef struct hr_worker {
    hr_scratch scratch;
    hr_tape tape[2];                /* calls without gradient: layers use them in turn */
    hr_real *in;                    /* (n x D) sum of a call's sources */
    hr_real *next_z[HR_STATES_MAX]; /* training: the q_continue target's own states */
    hr_real *x;                     /* forward only: input of the row block */
    hr_real *logits;                /* (cells of the row block x outputs) */
    hr_real *read;                  /* training, pre-norm: (n x D) what a call gave */
    hr_real *field;                 /* fields: logits of one, or their gradient (seq x 2) */
    /* where padding is skipped: states, closed up, and rotary angles */
    hr_real *z[HR_STATES_MAX], *cos, *sin;
} hr_worker;

struct hr_exec {
    hr_model *model;
    hr_pool *pool;
    hr_dims dims; /* of a row with all its cells */
    hr_rows rows; /* at work */
    bool train;
    int micro;   /* rows of a micro-batch */
    size_t room; /* tokens of a row block, at most */
    int workers;
    hr_worker *worker;
    size_t tokens, whole; /* of the batch last trained on, and if its rows had all cells */
    /* training, over the micro-batch; rows by place, tokens as they are in its row blocks */
    int first_grad, grad_calls;
    int skip;          /* calls that training leaves out, from the front */
    int from, scored;  /* the first gradient call that runs; how many are read from there on */
    hr_tape *tape;     /* by gradient call, then layer */
    int tape_stride;   /* layers kept apart between calls */
    hr_real **call_in; /* by gradient call */
    hr_real *x, *dx;   /* (micro T x D) */
    hr_real *dz[HR_STATES_MAX];
    hr_deltas *deltas;   /* with lanes: by worker, else by row block of the micro-batch */
    hr_arena delta_room; /* of the latter, where row blocks are of any size */
    int lanes;           /* 0: none */
    hr_real *sums;       /* (max(1, lanes) x model->sums) weight gradients, as of block.h */
    int reads;           /* calls that the heads read */
    int *read;           /* (gradient calls) which of them a call is, or -1 */
    hr_real *dlogits;    /* (reads x micro x seq x outputs) */
    hr_real *dq;         /* (reads x micro x 2) */
    hr_arena arena;
};

/* Weights of a model whose training has lanes, at most. Tests lower it, to train small models layer
 * by layer as large ones are; nothing else changes it. */
extern size_t hr_exec_lanes_dense;

/* Takes the memory of training; exec_train.c. */
void hr_exec_take_training(hr_exec *e, hr_arena *arena);

/* Row block i of the rows at work, its angles in the worker's memory. */
hr_row_block hr_exec_block(const hr_exec *e, const hr_worker *w, int i);
/* Its states: where they lie in `all` (rows x T x D), or closed up in the worker's memory, from
 * which hr_exec_put_states brings them back. */
void hr_exec_states(const hr_exec *e, const hr_worker *w, const hr_row_block *b,
                    hr_real *const *all, hr_real **z);
void hr_exec_put_states(const hr_exec *e, const hr_row_block *b, hr_real *const *all,
                        hr_real *const *z);

/* Runs one segment for a row block; with `keep`, calls with gradient leave their tape in the
 * micro-batch. */
void hr_exec_segment(hr_exec *e, hr_worker *w, const hr_row_block *b, hr_real *const *z,
                     const hr_real *x, bool keep);
/* What a call with n tokens gives, from its last block's output; pre-norm nets end with a norm,
 * whose 1/rms goes to inv (n) unless NULL. */
void hr_exec_end_call(const hr_model *m, hr_real *z, hr_real *inv, const hr_real *y, size_t n);
/* The state that the heads read in the end. */
int hr_exec_final_state(const hr_exec *e);
/* Logits (cells of the row block x outputs; may be NULL) and q (its rows x 2) from that state; of
 * fields q is from the mean of their first tokens. */
void hr_exec_heads(const hr_exec *e, const hr_worker *w, const hr_row_block *b, const hr_real *z,
                   hr_real *logits, hr_real *q);
/* Logits of its i-th row to where the batch's go. */
void hr_exec_put_logits(const hr_exec *e, const hr_batch *batch, const hr_row_block *b, int i,
                        const hr_real *logits, hr_real *all);

#endif
